# SPDX-License-Identifier: MIT
# about: proofs on the linked firmware images: no heap, no exceptions, no RTTI, no stdio, no exit, no clock; one role each
# needs: base arm newlib mbedtls lm3s6965evb mps2_an385 lm3s6965evb-test mps2_an385-test lm3s6965evb-newlib lm3s6965evb-wss lm3s6965evb-wss-test mps2_an385-wss-test mps2_an505 riscv_virt
import json
import re
import shlex
import tempfile
from pathlib import Path

import firmware_map
import pytest
from support.machine import BUILD, ROOT, command, expect_none

PRESETS = ("lm3s6965evb", "lm3s6965evb-test", "lm3s6965evb-newlib", "mps2_an385", "mps2_an385-test", "lm3s6965evb-wss",
           "lm3s6965evb-wss-test", "mps2_an385-wss-test", "mps2_an505", "riscv_virt")
APPLICATIONS = sorted(path.stem for pattern in ("*.cpp", "c_echo/*.c") for path in (ROOT / "boards" / "apps").glob(pattern))

# Symbols that no image may have, as nm prints them, mangled.
UNWANTED = {
    "allocator": r"_?(malloc|calloc|realloc|free|memalign|aligned_alloc|strdup)(_r)?|_?sbrk(_r)?|_Zn[wa].*|_Zd[la]P.*",
    "general heap": r"ram_heap|__heap_start|__malloc_.*|mem_malloc_fallback",
    "exceptions": r"_Unwind_.*|__cxa_(throw|rethrow|begin_catch|end_catch|allocate_exception|free_exception)|"
                  r"__gxx_personality.*|__aeabi_unwind_cpp_.*|_ZSt9terminatev",
    "RTTI": r"_ZT[IS].*|__dynamic_cast|_ZNKSt9type_info.*",
    "stdio": r"_?(v|f|s|sn|d|as|vf|vs|vsn|vas)?i?printf(_r)?|_?(f|s|vs)?scanf(_r)?|f?put[sc](har)?(_r)?|fopen|fwrite|fread|"
             r"fflush|std(in|out|err)|__sinit|_ZSt4cout|_ZSt4cerr|_ZNSt8ios_base.*",
    "guards of static variables": r"__cxa_guard_.*|__cxa_atexit",
    "exit": r"_*(exit|_Exit|quick_exit|abort|atexit)",
    # The time comes from the loop, the date from TlsOptions::unix_time.
    "clock of the C library": r"_?(time|gmtime|localtime|mktime|clock|clock_gettime|gettimeofday|times|strftime)(_r)?|"
                              r"mbedtls_platform_gmtime_r",
}
# An image of one role holds nothing of the other: the application, and the role that it must not have.
ROLES = {"echo_server": "client", "echo_client": "server", "steady_client": "server", "socket_io_server": "client",
         "socket_io_client": "server", "c_echo_server": "client", "c_echo_client": "server"}


def symbols(image):
    code, text = command("arm-none-eabi-nm", image)
    assert code == 0, text
    names = [line.split()[-1] for line in text.split("\n") if line.strip()]
    assert len(names) > 5, f"{image} has hardly any symbol"
    return names


def section_sizes(image):
    code, text = command("arm-none-eabi-readelf", "-SW", image)
    assert code == 0, text
    return {name: int(size, 16) for name, size in
            re.findall(r"\] (\.[\w.]+) +\w+ +[0-9a-f]{8} [0-9a-f]{6} ([0-9a-f]{6})", text)}


def unwanted_in(image, kind):
    pattern = re.compile(UNWANTED[kind])
    found = [f"{image.name} holds {name} ({kind})" for name in symbols(image) if pattern.fullmatch(name)]
    sizes = section_sizes(image)
    if kind == "exceptions":
        # libgcc's 64-bit division brings one entry "cannot unwind" of 8 bytes into .ARM.exidx.
        limits = {".ARM.extab": 0, ".ARM.exidx": 8, ".eh_frame": 0, ".gcc_except_table": 0}
        found += [f"{image.name}: {name} has {sizes[name]} bytes" for name, most in limits.items() if sizes.get(name, 0) > most]
    return found


def names_of_role(role):
    """Parts of demangled names that belong to one role, taken from its sources: stack/whit/<role>.h and <role>/."""
    files = [ROOT / "stack" / "whit" / f"{role}.h", *(ROOT / "stack" / "whit" / role).glob("*.h")]
    text = "".join(path.read_text() for path in files if path.exists())
    names = set(re.findall(r"^(?:class|struct)(?: \[\[\w+\]\])? (\w+)(?: final)?\s*[:{]", text, re.M))
    assert names, f"found no class in the headers of the {role}"
    return names


def role_in(image, role):
    code, text = command("arm-none-eabi-nm", "-C", "--defined-only", image)
    assert code == 0, text
    own = names_of_role(role) - names_of_role("server" if role == "client" else "client")
    pattern = re.compile(r"\bwhit::(?:\w+::)*(?:" + "|".join(sorted(own)) + r")\b|\bwhit::" + role + r"::")
    found = [line.split(maxsplit=2)[-1] for line in text.split("\n") if pattern.search(line)]
    return [f"{image.name} holds {name} of the {role}" for name in found]


def image_path(preset, application):
    image = BUILD / preset / f"{application}.elf"
    assert image.exists(), f"{image} was not built"
    return image


@pytest.mark.parametrize("kind", UNWANTED)
@pytest.mark.parametrize("application", APPLICATIONS)
@pytest.mark.parametrize("preset", PRESETS)
def test_an_image_holds_nothing_unwanted(preset, application, kind):
    expect_none(unwanted_in(image_path(preset, application), kind))


@pytest.mark.parametrize("application, other_role", ROLES.items())
@pytest.mark.parametrize("preset", PRESETS)
def test_an_image_holds_one_role(preset, application, other_role):
    expect_none(role_in(image_path(preset, application), other_role))


def test_there_are_images_of_both_roles():
    assert set(ROLES) <= set(APPLICATIONS), f"boards/apps has only {APPLICATIONS}"


# ---- the limits of the firmware's cost ----

MOST_FLASH, MOST_RAM = 36 * 1024, 20 * 1024  # everything, lwIP and the stack included, with four connections


def too_large(application, most_flash, most_ram):
    layers = firmware_map.measure(str(image_path("lm3s6965evb", application).with_suffix(".map")))[0].values()
    flash, ram = (sum(layer[i] for layer in layers) for i in range(2))
    print(f"{application}: {flash:,} bytes of flash, {ram:,} of RAM")
    return [f"{application} takes {size:,} bytes of {name}; at most {most:,}"
            for name, size, most in (("flash", flash, most_flash), ("RAM", ram, most_ram)) if size > most]


def test_the_echo_firmware_fits():
    expect_none(too_large("echo_server", MOST_FLASH, MOST_RAM))


def test_a_larger_firmware_is_found():
    assert len(too_large("echo_server", 30000, 15000)) == 2, "it passes"


# ---- the RAM of lwIP in boards/README.md ----


def lwip_kilobytes(page):
    found = re.search(r"lwIP has ([\d.]+) KB of RAM, of which received frames are ([\d.]+) KB and\s+segments to be sent ([\d.]+) KB", page)
    assert found, "boards/README.md does not say what lwIP takes"
    return found.groups()


def test_the_page_of_the_boards_is_true():
    image = image_path("lm3s6965evb", "echo_server")
    code, text = command("arm-none-eabi-nm", "-S", image)
    assert code == 0, text
    pools = {name: int(size, 16) for size, name in re.findall(r"^\w+ (\w+) \w memp_memory_(\w+)_base$", text, re.M)}
    frames, segments = pools["PBUF_POOL"], sum(size for name, size in pools.items() if name.startswith("POOL_"))
    total = firmware_map.measure(str(image.with_suffix(".map")))[0]["lwip"][1]
    measured = (f"{total / 1000:.0f}", f"{frames / 1000:.1f}", f"{segments / 1000:.1f}")
    said = lwip_kilobytes((ROOT / "boards" / "README.md").read_text())
    assert said == measured, f"boards/README.md says {said}, the image has {measured}"
    assert lwip_kilobytes("lwIP has 15 KB of RAM, of which received frames are 7.9 KB and segments to be sent 5.6 KB") != measured, (
        "another page passes as well")


# ---- the proofs, shown images that break them ----

BROKEN = {
    "allocator": '#include <stdlib.h>\nint main() { return *static_cast<volatile char*>(malloc(3)); }\n',
    "general heap": "extern char ram_heap[64]; char ram_heap[64];\nint main() { return *(volatile char*)ram_heap; }\n",
    "exceptions": "int main(int n, char**) { try { if (n) throw n; } catch (int e) { return e; } return 0; }\n",
    "RTTI": "struct A { virtual int f() { return 1; } };\nA* volatile a;\nint main() { A b; a = &b; return a->f(); }\n",
    "stdio": '#include <stdio.h>\nint main(int n, char**) { return printf("%d", n); }\n',
    "exit": "#include <stdlib.h>\nint main(int n, char**) { if (n) exit(3); return 0; }\n",
    "clock of the C library": "#include <time.h>\nint main() { const time_t t = time(nullptr); return gmtime(&t)->tm_year; }\n",
    "guards of static variables": "int f();\nint main() { static int a = f(); return a; }\nint f() { volatile int a = 3; return a; }\n",
}


def build_broken(folder, source, flags=()):
    path, image = Path(folder) / "broken.cpp", Path(folder) / "broken.elf"
    path.write_text(source)
    code, text = command("arm-none-eabi-g++", "-mcpu=cortex-m3", "-mthumb", "-Os", "--specs=nosys.specs", *flags, path, "-o", image)
    assert code == 0, text
    return image


@pytest.mark.parametrize("kind, source", BROKEN.items(), ids=BROKEN)
def test_an_image_that_holds_it_is_found(kind, source, tmp_path):
    assert unwanted_in(build_broken(tmp_path, source), kind), f"an image with {kind} passes"


def test_an_image_with_operator_new_is_found():
    with tempfile.TemporaryDirectory() as folder:
        image = build_broken(folder, "int* volatile p;\nint main() { p = new int; delete p; return 0; }\n")
        assert unwanted_in(image, "allocator"), "it passes"


def test_an_image_with_the_other_role_is_found():
    for role in ("client", "server"):
        name = sorted(names_of_role(role))[0]
        other = "server" if role == "client" else "client"
        if name in names_of_role(other):
            continue
        with tempfile.TemporaryDirectory() as folder:
            source = f"namespace whit {{ struct {name} {{ int f(); }}; __attribute__((used, noinline)) int {name}::f() {{ return 1; }} }}\n"
            image = build_broken(folder, source + "int main() { return 0; }\n")
            assert role_in(image, role), f"an image with whit::{name} passes"


def test_the_linker_refuses_an_application_with_malloc():
    """The wrapped allocator makes it a link error, for the very target that the applications are built with."""
    for preset in PRESETS:
        ninja = (BUILD / preset / "build.ninja").read_text()
        for name in APPLICATIONS:
            rule = re.search(rf"^build {name}\.elf: .*?\n\n", ninja, re.M | re.S)
            assert rule and "--wrap=malloc" in rule.group(0), f"{preset}: {name}.elf is linked without --wrap=malloc"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "broken.cpp"
        path.write_text(BROKEN["allocator"])
        code, output = command("arm-none-eabi-g++", "-mcpu=cortex-m3", "-mthumb", "--specs=nosys.specs", "-Wl,--wrap=malloc",
                               path, "-o", Path(folder) / "broken.elf")
        assert code != 0 and "__wrap_malloc" in output, output


# ---- a program that uses all of TLS, whatever the applications leave out ----

ALL_OF_TLS = """
#include "whit/mbedtls/tls_network.h"
#include "board.h"
static whit::TlsNetwork<4> network{board::network()};
static uint8_t bytes[64];
static whit::TlsOptions options;
int main() {
  whit::Bytes one{bytes, sizeof bytes};
  options.trusted = options.certificates = &one;
  options.trusted_count = options.certificate_count = 1;
  options.private_key = options.psk = one;
  network.dangerously_accept_any_server_certificate();
  int32_t sum = static_cast<int32_t>(network.set_client(options)) + static_cast<int32_t>(network.set_server(options));
  whit::Status status = network.listen(0, whit::Text{}, 443, true);
  whit::Transport* transports[] = {network.connect(0, whit::Text{}, 443, true, &status), network.accept(0, 1)};
  for (whit::Transport* each : transports) {
    (void)each->progress();
    (void)each->read({bytes, sizeof bytes});
    (void)each->write(one);
    (void)each->finish();
    each->abort();
  }
  network.poll(1);
  sum += static_cast<int32_t>(network.export_session(whit::Text{}, 443, {bytes, sizeof bytes}));
  sum += static_cast<int32_t>(network.import_session(whit::Text{}, 443, one));
  network.forget_sessions();
  sum += network.statistics().last_failure + whit::tls_error_text(sum)[0];
  EXTRA
  return sum;
}
"""


def build_all_of_tls(folder, extra=""):
    """Compiled and linked as the applications of the preset are, with everything that Kconfig has for TLS."""
    build = BUILD / "mps2_an385-wss-test"
    source, thing, image = (Path(folder) / name for name in ("all_of_tls.cpp", "all_of_tls.obj", "all_of_tls.elf"))
    source.write_text(ALL_OF_TLS.replace("EXTRA", extra))
    like = next(entry for entry in json.loads((build / "compile_commands.json").read_text())
                if entry["file"].endswith("support/secure_tls.cpp"))
    words = shlex.split(like["command"])
    words[words.index("-o") + 1] = str(thing)
    words[words.index("-c") + 1] = str(source)
    code, text = command(*words, cwd=build)
    assert code == 0, text
    code, text = command("ninja", "-C", build, "-t", "commands", "echo_server.elf")
    assert code == 0, text
    link = shlex.split(text.strip().split("\n")[-1].removeprefix(": && ").removesuffix(" && :"))
    link = [word for word in link if not word.endswith(".cpp.obj") and not word.startswith("-Wl,-Map")]
    link[link.index("-o"):link.index("-o") + 2] = [str(thing), "-o", str(image)]
    code, text = command(*link, cwd=build)
    return image, code, text


def test_a_program_with_all_of_tls_holds_nothing_unwanted():
    with tempfile.TemporaryDirectory() as folder:
        image, code, text = build_all_of_tls(folder)
        assert code == 0, text
        names = set(symbols(image))
        missing = {"mbedtls_ssl_handshake_client_step", "mbedtls_ssl_handshake_server_step", "mbedtls_ssl_ticket_write",
                   "mbedtls_ssl_tls13_handshake_client_step", "mbedtls_ssl_tls13_handshake_server_step", "mbedtls_rsa_private",
                   "mbedtls_ssl_session_load"} - names
        assert not missing, f"it has no {missing}, so it proves little"
        expect_none([problem for kind in UNWANTED for problem in unwanted_in(image, kind)])


def test_a_program_with_tls_and_malloc_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        _, code, text = build_all_of_tls(folder, "sum += *static_cast<volatile char*>(__builtin_malloc(3));")
        assert code != 0 and "__wrap_malloc" in text, text

