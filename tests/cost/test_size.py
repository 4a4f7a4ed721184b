# SPDX-License-Identifier: MIT
# about: the images fit their boards, and the tables of sizes in the documents are the present ones
# needs: arm newlib lm3s6965evb mps2_an385 mps2_an505 riscv_virt lm3s6965evb-wss
# early:
# minutes: 40
import argparse
import re
import shutil
from pathlib import Path

import pytest

import firmware_map
import size_programs
import tables
from size_programs import CORES, LIBRARIES, OVER_CORES, Programs
from support.machine import BUILD, ROOT, command

PRESETS = ("lm3s6965evb", "mps2_an385", "mps2_an505", "riscv_virt", "lm3s6965evb-wss")
APPLICATIONS = sorted(path.stem for pattern in ("*.cpp", "c_echo/*.c") for path in (ROOT / "boards" / "apps").glob(pattern))


def loaded(image):
    """(flash, RAM) of an image as readelf sees it."""
    code, text = command("arm-none-eabi-readelf", "-SW", image)
    assert code == 0, text
    flash = ram = 0
    for kind, size, flags in re.findall(r"\] \.\S+ +(\w+) +[0-9a-f]{8} [0-9a-f]{6} ([0-9a-f]{6}) \d\d +(\w*)", text):
        if "A" not in flags:
            continue
        in_flash = kind in ("PROGBITS", "INIT_ARRAY", "ARM_EXIDX")
        flash += int(size, 16) if in_flash else 0
        ram += int(size, 16) if "W" in flags and not ("X" in flags) else 0
    return flash, ram


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("application", APPLICATIONS)
def test_the_layers_of_an_image_add_up_and_fit(preset, application):
    folder = BUILD / preset
    cost, memories = firmware_map.measure(folder / f"{application}.map")
    flash, ram = (sum(row[column] for row in cost.values()) for column in (0, 1))
    assert (flash, ram) == loaded(folder / f"{application}.elf")
    assert flash <= memories["FLASH"] and ram <= memories["RAM"]
    assert not [layer for layer in ("stack", "port", "board", "lwip", "application") if sum(cost[layer]) == 0], "nothing is counted"


def built(over=False):
    programs = Programs(ROOT, str(BUILD / "size"))
    programs.build(over)
    return programs


def test_the_minimal_programs_can_be_built():
    # Here and not in a tool that is called, because it takes minutes the first time and says how far it is.
    built(over=True)


def test_the_small_board_has_tls_within_130_kib():
    cost, _ = firmware_map.measure(BUILD / "lm3s6965evb-wss" / "echo_server.map")
    flash = sum(row[0] for row in cost.values())
    assert flash < 130 * 1024, f"{flash} bytes of flash"
    assert cost["mbedtls"][0] > 50000 and cost["tls"][1] > 30000, cost


def test_the_small_board_is_small():
    _, memories = firmware_map.measure(BUILD / "lm3s6965evb" / "echo_server.map")
    assert memories["FLASH"] == 256 * 1024 and memories["RAM"] == 64 * 1024, str(memories)


def test_the_tables_are_the_present_ones():
    code, text = command("tools/size", "--check")
    assert code == 0, text


# ---- tables in documents, for every tool that has some ----


@pytest.fixture
def said_of(tmp_path):
    """The answer of keep() to a document of a text, whose table `numbers` is to be `| 12 |`, and the text afterwards."""
    def keep(text, *, same=None, action="check"):
        path = tmp_path / "a.md"
        path.write_text(text)
        options = argparse.Namespace(file=str(path), check=action == "check", write=action == "write", markdown=False)
        try:
            tables.keep(options, "tools/some", {"numbers": lambda: "| 12 |"}, same)
            return "", path.read_text()
        except tables.Problem as problem:
            return str(problem), path.read_text()
    return keep


BEGIN, END = "<!-- numbers: begin -->", "<!-- numbers: end -->"


def test_a_table_is_written_between_its_markers(said_of):
    said, text = said_of(f"# A\n{BEGIN}\n{END}\nend\n", action="write")
    assert (said, text) == ("", f"# A\n{BEGIN}\n| 12 |\n{END}\nend\n"), (said, text)
    assert said_of(text) == ("", text), said_of(text)


def test_a_stale_table_is_found(said_of):
    said, _ = said_of(f"{BEGIN}\n| 13 |\n{END}\n")
    assert "the numbers in" in said and "is stale; run: tools/some --write" in said and "| 13 |" in said and "| 12 |" in said, said
    said, _ = said_of(f"{BEGIN}\n| 13 |\n{END}\n", same={"numbers": lambda old, new: len(old) == len(new)})
    assert said == "", said


def test_a_document_without_markers_is_refused(said_of):
    assert "no table of tools/some" in said_of("# A\n")[0], said_of("# A\n")
    for text in (f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"):
        assert "does not have the lines" in said_of(text)[0], said_of(text)


# ---- the minimal programs ----

EVERY = [(core, library) for core in CORES for library in LIBRARIES]


def every(programs, name):
    """The processors and C libraries for which a program is built."""
    return [(core, library) for core, library in EVERY if core in OVER_CORES or name not in programs.over]


def test_each_role_is_there_with_and_without_tls():
    wanted = {"base"} | {role + tls for role in ("server", "client", "both") for tls in ("", "_tls")}
    assert wanted <= set(built().abouts), wanted - set(built().abouts)


@pytest.mark.parametrize("role", ["server", "client"])
def test_a_program_in_c_costs_little_more(role):
    """All of the C interface that it uses: at most 400 bytes, in stack/ and in the whole image."""
    programs = built()
    for core in CORES:
        plain, in_c = (programs.measure(name, core, "picolibc") for name in (role, role + "_c"))
        for more in (in_c["stack"][0] - plain["stack"][0], sum(row[0] for row in in_c.values()) - sum(row[0] for row in plain.values())):
            assert more <= 400, f"{CORES[core]}: {role}_c takes {more} bytes more than {role}"


def test_a_part_is_a_line(tmp_path):
    folder = tmp_path / "tests" / "cost" / "size"
    shutil.copytree(ROOT / "tests" / "cost" / "size", folder)
    (folder / "parts").write_text("server_tls | new_part | whit/new.h | new_part() | what is new\n")
    found = size_programs.programs_of(tmp_path)["server_tls_new_part"]
    assert (found.base, found.about, found.flags) == ("server_tls", "what is new", ["-DPART=new_part()", "-include", "whit/new.h"])
    for line in ("server | new | new_part()", "nobody | new | - | new_part() | what is new"):
        (folder / "parts").write_text(line + "\n")
        with pytest.raises(tables.Problem, match=r"has to be PROGRAM \| NAME"):
            size_programs.programs_of(tmp_path)


def test_a_part_costs_what_it_draws_in():
    programs = built()
    costs = {name: programs.measure(name, "m3", "picolibc")["stack"][0] for name in programs.names}
    assert costs["server_on_request"] > costs["server"] + 50 and costs["server_streaming"] == costs["server"], costs


def test_the_folders_add_up():
    programs = built()
    for name in ("server", "client", "both"):
        folders = programs.folders(name, "m3", "picolibc")
        assert sum(folders.values()) == programs.measure(name, "m3", "picolibc")["stack"][0] and len(folders) > 3, folders
    assert not any("host" in folder for folder in folders), folders


def test_a_program_has_nothing_of_the_other_role():
    programs = built(over=True)
    for name in programs.abouts:
        other = {"server": "Client::", "client": "Server::"}.get(name.split("_")[0])
        for core, library in every(programs, name) if other else ():
            names = [function for layer, function, _ in firmware_map.functions(programs.map(name, core, library)) if layer in ("stack", "tls")]
            assert names and not [function for function in names if function.startswith("whit::" + other)], f"{name}: {names}"


def test_programs_over_libraries_have_them():
    programs = built(over=True)
    for name in programs.over:
        layers = ("port", "lwip") if name.endswith("lwip") else ("tls", "mbedtls")
        for core, library in every(programs, name):
            cost = programs.measure(name, core, library)
            assert all(cost[layer][0] > 2000 for layer in layers), f"{name}: {cost}"


def test_a_library_without_a_configuration_is_named():
    programs = Programs(ROOT, str(BUILD / "size"))
    for said, wanted in (("mbedtls", "it has to be `// over: LIBRARY, configured by DEFCONFIG`"), ("lwip, configured by nothing", "there is no such file")):
        programs.over = {"server_tls": said}
        with pytest.raises(tables.Problem, match=wanted):
            programs.build(over=True)


def test_objects_and_images_are_for_their_processor_and_c_library():
    programs = built(over=True)
    for core, architecture in (("m0plus", "v6S-M"), ("m3", "v7"), ("m4", "v7E-M"), ("m33", "v8-M.mainline")):
        for archive in (BUILD / "size" / core).glob("*/*.a"):
            code, text = command("arm-none-eabi-readelf", "-A", archive)
            found = set(re.findall(r"Tag_CPU_arch: (\S+)", text))
            assert code == 0 and found == {architecture}, f"{archive}: {found}"
        for name in programs.names if core not in OVER_CORES else programs.abouts:
            for library, path in (("picolibc", "/picolibc/"), ("nano", "/libc_nano.a")):
                loads = re.findall(r"^LOAD (\S*libc\S*\.a)$", Path(programs.map(name, core, library)).read_text(), re.M)
                assert loads and all(path in load for load in loads), f"{name}, {core}, {library}: {loads}"


def test_an_object_does_not_depend_on_the_c_librarys_headers():
    programs = built(over=True)
    pairs, statements = [], []
    for said in {programs.over["both_tls"], programs.over["server_lwip"]}:
        folder, targets = programs.configured(said)
        for _, source, how in programs.configured_kit(folder, targets, "m3")[1]:
            out = programs.object("m3", source, Path(folder).name + "-newlib")
            pairs.append((programs.object("m3", source, Path(folder).name), out))
            statements += size_programs.statement("compile", out, [source], re.sub(r"--specs=\S+", "--specs=nano.specs", how))
    programs.ninja("newlib", statements)
    assert len(pairs) > 150, len(pairs)
    assert not [one for one, other in pairs if Path(one).read_bytes() != Path(other).read_bytes()], "newlib's headers make another object"


def test_what_a_source_includes_is_noticed(tmp_path):
    for part in ("stack", "port/whit/template", "port/whit/proxy", "tests/cost/size"):
        shutil.copytree(ROOT / part, tmp_path / part)
    programs = Programs(tmp_path, str(tmp_path / "build"), ("m3",), ("picolibc",))
    programs.build()
    before = programs.measure("server", "m3", "picolibc")["application"][0]
    header = tmp_path / "tests" / "cost" / "size" / "network.h"
    header.write_text(header.read_text() + "[[gnu::used, gnu::section(\".vectors\")]] static const int kept = 1;\n")
    programs.build()
    assert programs.measure("server", "m3", "picolibc")["application"][0] == before + 4


def test_programs_are_compiled_like_the_firmware():
    firmware = set(size_programs.application_command(str(BUILD / "lm3s6965evb")).split())
    flags = {flag for flag in [*size_programs.FLAGS, size_programs.core_flag("m3")] if flag != "-std=c++17"}
    assert flags <= firmware, f"only in the programs: {flags - firmware}"


def test_programs_by_function_add_up():
    programs = built(over=True)
    for name in ("both", "both_tls"):
        for core, library in every(programs, name):
            path = programs.map(name, core, library)
            by_function = sum(size for layer, _, size in firmware_map.functions(path) if layer == "stack")
            by_layer = firmware_map.measure(path)[0]["stack"][0]
            assert by_function == by_layer > 1000, f"{name} {core} {library}: {by_function}, {by_layer}"


def test_the_difference_to_a_revision_is_shown():
    code, text = command("tools/size", "--since", "HEAD")
    assert code == 0 and "server: bytes of flash before, now, difference" in text, text
    code, text = command("tools/size", "--since", "no-such-revision")
    assert code == 1 and "git knows no revision no-such-revision" in text and "Traceback" not in text, text


def test_another_processor_and_c_library_can_be_chosen():
    for core, library in (("m3", "picolibc"), ("m0plus", "nano")):
        code, text = command("tools/size", "--functions", "server_tls", "--processor", core, "--libc", library)
        mbedtls = firmware_map.measure(built().map("server_tls", core, library))[0]["mbedtls"][0]
        assert code == 0 and f"server_tls, {CORES[core]}, {LIBRARIES[library]}" in text and f"{mbedtls:,}  Mbed TLS" in text, text[:500]


def test_an_unknown_program_or_table_is_named():
    code, text = command("tools/size", "--functions", "nothing")
    assert code == 1 and "there is no program nothing" in text, text
    code, text = command("tools/size", "nothing")
    assert code == 1 and "there is no table nothing" in text, text


def test_symbols_of_a_header_belong_to_their_layer():
    expected = {
        ("libwhit_stack.a(loop.cpp.obj)", ".text._ZN4whit4core4Core4pollEm"): "stack",
        ("libwhit_addons.a(message_assembler.cpp.obj)", ".text._ZN4whit16MessageAssembler3addEv"): "stack",
        ("libwhit_port_lwip.a(lwip_stream.cpp.obj)", ".bss.stream"): "port",
        ("libwhit_board.a(network.cpp.obj)", ".text._ZNK4whit15LwipNetworkBase8capacityEv"): "port",
        ("libwhit_board.a(time.cpp.obj)", ".text._ZN5board6now_msEv"): "board",
        ("libwhit_port_mbedtls.a(tls_network.cpp.obj)", ".text._ZN4whit14TlsNetworkBase4pollEm"): "tls",
        ("libwhit_mbedtls.a(ssl_msg.c.obj)", ".text.mbedtls_ssl_read"): "mbedtls",
        ("libwhit_lwip.a(tcp.c.obj)", ".text.tcp_input"): "lwip",
        ("boards/apps/CMakeFiles/echo_server.dir/echo_server.cpp.obj", ".bss._ZL4loop"): "loop",
        ("boards/apps/CMakeFiles/echo_server.dir/echo_server.cpp.obj", ".text.startup.main"): "application",
        ("boards/apps/CMakeFiles/echo_server.dir/echo_server.cpp.obj", ".text._ZN4whit4LoopILj4EE4pollEm"): "stack",
        ("/usr/lib/gcc/arm-none-eabi/12.2.1/thumb/v7-m/nofp/libgcc.a(_udivmoddi4.o)", ".text"): "libc",
    }
    found = {key: firmware_map.layer_of(section, source) for key in expected for source, section in [key]}
    assert found == expected
