# SPDX-License-Identifier: MIT
# about: Whit as a component of ESP-IDF: manifest, requirements, Kconfig, and its sources on RISC-V and Xtensa
# needs: base cross lwip mbedtls
import re
from pathlib import Path

import pytest
from ecosystems import description, posix_headers
from ecosystems.cross import compile_sources
from support.machine import BUILD, ROOT, command, expect_none

MANIFEST = "idf_component.yml"
EXAMPLES = ROOT / "port/ecosystems/esp_idf/examples"
# ESP-IDF's tree of Kconfig: components stand in this menu, each with the Kconfig that it has registered.
TREE = f'''
mainmenu "Espressif IoT Development Framework Configuration"
menu "Component config"
source "{ROOT}/port/ecosystems/esp_idf/Kconfig"
endmenu
'''
# Of ESP-IDF's headers, as much as the examples use.
HEADERS = {
    "esp_event.h": '#include "esp_netif.h"\nextern "C" esp_err_t esp_event_loop_create_default(void);\n',
    "esp_log.h": 'extern "C" void log_as_printf(const char* format, ...) __attribute__((format(printf, 1, 2)));\n'
                 "#define ESP_LOGE(tag, ...) (static_cast<void>(tag), log_as_printf(__VA_ARGS__))\n"
                 "#define ESP_LOGI ESP_LOGE\n#define ESP_LOGW ESP_LOGE\n",
    "esp_netif.h": "#pragma once\ntypedef int esp_err_t;\nextern \"C\" esp_err_t esp_netif_init(void);\n"
                   "#define ESP_ERROR_CHECK(x) static_cast<void>(x)\n",
    "esp_netif_sntp.h": '#include "esp_netif.h"\ntypedef struct { const char* server; } esp_sntp_config_t;\n'
                        '#define ESP_NETIF_SNTP_DEFAULT_CONFIG(server) {server}\n'
                        'extern "C" esp_err_t esp_netif_sntp_init(const esp_sntp_config_t* config);\n',
    "esp_random.h": '#include <stddef.h>\nextern "C" void esp_fill_random(void* data, size_t size);\n',
    "nvs_flash.h": '#include "esp_netif.h"\nextern "C" esp_err_t nvs_flash_init(void);\n',
    "protocol_examples_common.h": '#include "esp_netif.h"\nextern "C" esp_err_t example_connect(void);\n',
}


@pytest.fixture(scope="module")
def component(tmp_path_factory):
    return description.of_cmake("esp_idf", tmp_path_factory.mktemp("esp_idf"))


def whit_lines(path):
    """The lines of a configuration that set numbers of Whit."""
    return [line for line in path.read_text().split("\n") if line.removeprefix("# ").startswith("CONFIG_WHIT_")]


def headers(folder, lines=()):
    """A folder with sdkconfig.h, made from the component's Kconfig, and the headers of the stand-in."""
    (folder / "sdkconfig.h").write_text(description.macros(description.read_kconfig(TREE, lines)))
    for name, text in HEADERS.items():
        (folder / name).write_text(text)
    return folder


def test_the_manifest_is_in_order():
    manifest = description.read_manifest(MANIFEST)
    expect_none(description.unknown_keys(MANIFEST, manifest, {
        "version", "description", "url", "repository", "documentation", "license", "maintainers", "tags", "targets", "dependencies",
        "files", "examples"}))
    assert manifest["version"] == description.version(), f"{MANIFEST} says {manifest['version']}, Whit is {description.version()}"
    assert manifest["license"] == "MIT" and re.fullmatch(r">=5\.\d+", manifest["dependencies"]["idf"])
    paths = [manifest["documentation"], *(example["path"] for example in manifest["examples"])]
    expect_none([f"{MANIFEST} names {path}, which does not exist" for path in paths if not (ROOT / path).exists()])
    folders = {pattern.split("/")[0] for pattern in manifest["files"]["exclude"]}
    assert not folders & {"port", "stack"}, f"{MANIFEST} leaves out what is compiled: {folders}"


def test_every_example_is_named_and_takes_the_component_of_this_tree():
    named = {ROOT / example["path"] for example in description.read_manifest(MANIFEST)["examples"]}
    found = {path.parent for path in EXAMPLES.glob("*/CMakeLists.txt")}
    assert named == found and found, f"{MANIFEST} names {named}, there are {found}"
    for example in found:
        path = (example / "main/idf_component.yml").relative_to(ROOT)
        whit = description.read_manifest(path)["dependencies"]["whit"]
        assert (example / "main" / whit["override_path"]).resolve() == ROOT, f"{path}: override_path is another folder"
        assert whit["version"] == "^" + description.version(), f"{path} wants {whit['version']}"


def test_a_script_learns_the_requirements(tmp_path):
    """ESP-IDF's first look: no project(), no target, and another working folder than the component's."""
    code, text = command("cmake", "-DESP_PLATFORM=1", f"-DCOMPONENT={ROOT}", "-P",
                         description.HERE / "esp_idf/requirements.cmake", cwd=tmp_path)
    assert code == 0, text
    assert "requires lwip;mbedtls\n" in text, text
    assert f"kconfig {ROOT}/port/ecosystems/esp_idf/Kconfig\n" in text, text


def test_the_component_has_every_source_once(component):
    expect_none(component.problems("port/ecosystems/esp_idf/random.cpp"))
    assert len(set(component.sources)) == len(component.sources), "a source is compiled twice"


def wss_sources(folder, *options):
    """The sources of the port to Mbed TLS, which the options of the configuration choose."""
    found = description.of_cmake("esp_idf", folder, "-DCONFIG_WHIT_TLS=y", *options)
    return [path for path in found.sources if path.is_relative_to("port/whit/mbedtls")]


def test_wss_brings_the_port_to_mbed_tls(component, tmp_path):
    assert not [path for path in component.sources if "mbedtls" in path.parts], "it is compiled without CONFIG_WHIT_TLS"
    server, client = (wss_sources(tmp_path / role, f"-DCONFIG_WHIT_TLS_CLIENT={value}") for role, value in (("s", "n"), ("c", "y")))
    everything = {path.relative_to(ROOT) for path in ROOT.glob("port/whit/mbedtls/*.cpp")}
    roles = {Path(f"port/whit/mbedtls/{name}.cpp") for name in ("tls_client", "tls_sessions", "tls_client_none")}
    assert set(client) == everything - {Path("port/whit/mbedtls/tls_client_none.cpp")}
    assert set(server) == everything - roles | {Path("port/whit/mbedtls/tls_client_none.cpp")}


def test_wss_compiles(component, tmp_path):
    """As the example has it, with the headers of Mbed TLS and its own configuration: a project's Mbed TLS, not Whit's."""
    example = EXAMPLES / "wss_client"
    sources = [*wss_sources(tmp_path / "build", "-DCONFIG_WHIT_TLS_CLIENT=y"), *example.glob("main/*.cpp")]
    folder = headers(tmp_path, whit_lines(example / "sdkconfig.defaults"))
    own = ['-DCONFIG_EXAMPLE_URL="wss://server.example/"', '-DCONFIG_EXAMPLE_TIME_SERVER="time.example"']
    expect_none(compile_sources("xtensa", sources, [*component.includes, folder],
                                ["-DESP_PLATFORM", "-fsyntax-only", *own, *posix_headers.FLAGS],
                                [*posix_headers.make(tmp_path / "posix", "sys/poll.h"), BUILD / "mbedtls" / "include"]))


def test_the_menu_stands_in_component_config():
    tree = description.read_kconfig(TREE)
    assert tree.mainmenu_text.startswith("Espressif"), f"the main menu has become {tree.mainmenu_text}"
    assert description.menu_path(tree, "WHIT_BUFFERS") == ["Component config", "Whit (WebSocket)", "Buffers"]
    # Rules of ESP-IDF's own check of Kconfig files.
    expect_none([f"CONFIG_{symbol.name} is longer than 50 characters, or of another prefix" for symbol in tree.unique_defined_syms
                 if len(symbol.name) > 50 or not symbol.name.startswith("WHIT_")])


def test_the_examples_set_what_there_is():
    for path in EXAMPLES.glob("*/sdkconfig.defaults"):
        lines = whit_lines(path)
        tree = description.read_kconfig(TREE, lines)
        values = dict(line.removeprefix("# ").replace(" is not set", "=n").split("=") for line in lines)
        expect_none([f"{path}: {name} is {tree.syms[name[len('CONFIG_'):]].str_value}" for name, value in values.items()
                     if tree.syms[name[len("CONFIG_"):]].str_value != value])


@pytest.mark.parametrize("lines, changed", [((), {}), (("CONFIG_WHIT_BUFFERS=9", "# CONFIG_WHIT_KEEPALIVE is not set"), {
    "kBuffers": 9, "kKeepalive": "false", "kKeepaliveIntervalMs": 0, "kKeepaliveAnswerMs": 0})], ids=("defaults", "changed"))
def test_the_numbers_of_menuconfig_arrive(component, lines, changed, tmp_path):
    source = tmp_path / "numbers.cpp"
    source.write_text(description.numbers_program(changed, description.shared_numbers()))
    includes = [*component.includes, headers(tmp_path, lines)]
    expect_none(compile_sources("xtensa", [source], includes, ["-fsyntax-only", "-DESP_PLATFORM"]))


# The three ecosystems compile the same stack: each does so for one architecture, and for the others the port and the
# example, which include every public header.
@pytest.mark.parametrize("target, all_sources", [("xtensa", True), ("riscv", False)], ids=("xtensa", "riscv"))
def test_the_component_compiles(component, target, all_sources, tmp_path):
    includes = [*component.includes, headers(tmp_path)]
    own = component.sources if all_sources else component.beside_the_stack()
    sources = [*own, *EXAMPLES.glob("echo_server/main/*.cpp")]
    expect_none(compile_sources(target, sources, includes, ["-DESP_PLATFORM", *posix_headers.FLAGS], posix_headers.make(tmp_path / "posix", "sys/poll.h")))
