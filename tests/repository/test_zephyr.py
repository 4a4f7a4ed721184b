# SPDX-License-Identifier: MIT
# about: Whit as a module of Zephyr: its manifests, Kconfig, and its sources on ARM, RISC-V and Xtensa
# needs: base cross lwip
import pytest
from ecosystems import description, posix_headers
from ecosystems.cross import compile_sources
from support.machine import ROOT, command, expect_none

MANIFEST = "zephyr/module.yml"
SAMPLES = ROOT / "port/ecosystems/zephyr/samples"
# Zephyr's tree of Kconfig, as much as the module depends on; modules stand in this menu.
ZEPHYR = "CPP NET_TCP NET_UDP NET_IPV4 NET_LOOPBACK NET_SOCKETS POSIX_API ENTROPY_GENERATOR".split()
OLD_CPP = "STD_CPP98 STD_CPP11 STD_CPP14".split()
TREE = 'mainmenu "Zephyr Kernel Configuration"\n' + "".join(f'config {name}\n\tbool "{name}"\n' for name in ZEPHYR + OLD_CPP) + f'''
config CSPRNG_ENABLED
	def_bool ENTROPY_GENERATOR

menu "Modules"
source "{ROOT}/port/ecosystems/zephyr/Kconfig"
endmenu
'''
ENABLED = [f"CONFIG_{name}=y" for name in (*ZEPHYR, "WHIT")]
# Of Zephyr's headers, as much as the module and its samples use.
HEADERS = {
    "zephyr/sys/printk.h": 'extern "C" void printk(const char* format, ...) __attribute__((format(printf, 1, 2)));\n',
    "zephyr/random/random.h": '#include <stddef.h>\nextern "C" int sys_csrand_get(void* data, size_t size);\n',
}


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    folder = description.read_manifest(MANIFEST)["build"]["cmake"]
    return description.of_cmake("zephyr", tmp_path_factory.mktemp("zephyr"), f"-DMODULE={folder}", "-DCONFIG_WHIT=y")


def headers(folder, lines=()):
    """A folder with Zephyr's macros, which its build includes before the first line of every source, and the stand-in's headers."""
    (folder / "autoconf.h").write_text(description.macros(description.read_kconfig(TREE, [*ENABLED, *lines])))
    for name, text in HEADERS.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(text)
    return folder


def flags(folder):
    return ["-imacros", folder / "autoconf.h", "-I", folder]


def test_the_manifest_is_in_order():
    manifest = description.read_manifest(MANIFEST)
    expect_none(description.unknown_keys(MANIFEST, manifest, {"name", "build", "samples"}))
    assert manifest["name"] == "whit" and set(manifest["build"]) == {"cmake", "kconfig"}
    paths = [manifest["build"]["cmake"] + "/CMakeLists.txt", manifest["build"]["kconfig"], *manifest["samples"]]
    expect_none([f"{MANIFEST} names {path}, which does not exist" for path in paths if not (ROOT / path).exists()])


def test_the_samples_are_in_order():
    found = [path.parent for path in SAMPLES.glob("*/CMakeLists.txt")]
    assert found, "there is no sample"
    for sample in found:
        path = (sample / "sample.yaml").relative_to(ROOT)
        manifest = description.read_manifest(path)
        expect_none(description.unknown_keys(path, manifest, {"sample", "common", "tests"}))
        expect_none([f"{path}: {name} is no name of a test of this sample" for name in manifest["tests"]
                     if not name.startswith(f"sample.whit.{sample.name}")])
        lines = [line for line in (sample / "prj.conf").read_text().split("\n") if line.startswith(("CONFIG_WHIT", *ENABLED))]
        tree = description.read_kconfig(TREE, lines)
        values = dict(line.split("=") for line in lines)
        expect_none([f"{sample}/prj.conf: {name} is {tree.syms[name[len('CONFIG_'):]].str_value}" for name, value in values.items()
                     if tree.syms[name[len("CONFIG_"):]].str_value != value])
        assert values.get("CONFIG_WHIT") == "y", f"{sample}/prj.conf does not enable Whit"


def test_the_menu_leaves_those_of_zephyr_alone():
    tree = description.read_kconfig(TREE, ENABLED)
    assert tree.mainmenu_text.startswith("Zephyr"), f"the main menu has become {tree.mainmenu_text}"
    assert description.menu_path(tree, "WHIT_BUFFERS") == ["Modules", "Whit: WebSocket client and server", "Buffers"]


@pytest.mark.parametrize("missing", ZEPHYR)
def test_whit_is_off_without(missing):
    tree = description.read_kconfig(TREE, [line for line in ENABLED if line != f"CONFIG_{missing}=y"])
    assert tree.syms["WHIT"].str_value == "n" and "WHIT" not in description.macros(tree)


@pytest.mark.parametrize("standard", OLD_CPP)
def test_whit_is_off_where_the_language_is_older_than_17(standard):
    tree = description.read_kconfig(TREE, [*ENABLED, f"CONFIG_{standard}=y"])
    assert tree.syms["WHIT"].str_value == "n"


def test_a_build_without_whit_has_nothing_of_it(tmp_path):
    module = description.read_manifest(MANIFEST)["build"]["cmake"]
    code, text = command("cmake", "-G", "Ninja", "-S", description.HERE / "zephyr", "-B", tmp_path, f"-DWHIT={ROOT}", f"-DMODULE={module}")
    assert code == 0, text
    assert not [path for path in tmp_path.rglob("*.ninja") if "libwhit.a" in path.read_text()], "there is a library"


def test_the_module_has_every_source_once(module):
    expect_none(module.problems("port/ecosystems/zephyr/random.cpp"))
    assert len(set(module.sources)) == len(module.sources), "a source is compiled twice"


@pytest.mark.parametrize("lines, changed", [((), {}), (("CONFIG_WHIT_BUFFERS=9",), {"kBuffers": 9})], ids=("defaults", "changed"))
def test_the_numbers_of_prj_conf_arrive(module, lines, changed, tmp_path):
    source = tmp_path / "numbers.cpp"
    source.write_text(description.numbers_program(changed, description.shared_numbers()))
    expect_none(compile_sources("arm", [source], module.includes, ["-fsyntax-only", *flags(headers(tmp_path, lines))]))


def test_a_source_without_the_configuration_is_told(module, tmp_path):
    source = tmp_path / "numbers.cpp"
    source.write_text('#include "whit/config.h"\n')
    messages = compile_sources("arm", [source], module.includes, ["-fsyntax-only"])
    assert messages and "Whit has no numbers: enable it in menuconfig" in messages[0], messages


# The three ecosystems compile the same stack: each does so for one architecture, and for the others the port and the
# example, which include every public header.
@pytest.mark.parametrize("target, all_sources", [("arm", True), ("riscv", False), ("xtensa", False)], ids=("arm", "riscv", "xtensa"))
def test_the_module_compiles(module, target, all_sources, tmp_path):
    sources = [*(module.sources if all_sources else module.beside_the_stack()), *SAMPLES.glob("*/src/*.cpp")]
    expect_none(compile_sources(target, sources, module.includes, [*flags(headers(tmp_path)), *posix_headers.FLAGS],
                                posix_headers.make(tmp_path / "posix")))
