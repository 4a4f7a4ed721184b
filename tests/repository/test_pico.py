# SPDX-License-Identifier: MIT
# about: Whit in the Pico SDK: its build description and its example, in both variants of Wi-Fi, on a Cortex-M0+ and on RISC-V
# needs: base cross lwip lwip-2.1
import os
import re

import pytest
from ecosystems import description
from ecosystems.cross import TARGETS, compile_sources
from support.machine import BUILD, ROOT, command, expect_none

PICO = ROOT / "port/ecosystems/pico"
EXAMPLE = PICO / "examples/echo_server"
SDK = description.HERE / "pico"
LWIP = BUILD / "lwip"
GLOBS = ("stack/whit/**/*.cpp", "stack/addons/whit/*.cpp", "port/whit/lwip/*.cpp")
VARIANTS = {"poll": "PICO_CYW43_ARCH_POLL", "threadsafe_background": "PICO_CYW43_ARCH_THREADSAFE_BACKGROUND"}
RP2040 = ["-mcpu=cortex-m0plus"]


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The description of the example's program, by variant."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PICO_SDK_PATH", str(SDK))
        return {variant: description.of_cmake(EXAMPLE, tmp_path_factory.mktemp(variant), f"-DARCH={variant}", f"-DPICO_LWIP_PATH={LWIP}")
                for variant in VARIANTS}


def folders(program, lwip=LWIP):
    """The include folders: those of Whit and of the program, those of the SDK and of lwIP."""
    own = [folder for folder in program.includes if folder.startswith(str(ROOT)) and not folder.startswith((str(SDK), os.path.realpath(BUILD)))]
    return own, [SDK / "include", SDK / "lwip", lwip / "src/include"]


def configure(folder, *lines):
    (folder / "CMakeLists.txt").write_text("\n".join(["cmake_minimum_required(VERSION 3.13)", "project(app NONE)", *lines, ""]))
    return command("cmake", "-S", folder, "-B", folder / "build", env={**os.environ, "PICO_SDK_PATH": str(SDK)})


def test_a_program_compiles_every_source_once_and_none_of_lwip(programs):
    expected = sorted(path.relative_to(ROOT) for pattern in GLOBS for path in ROOT.glob(pattern))
    for program in programs.values():
        assert sorted(program.sources) == sorted([*expected, (EXAMPLE / "echo_server.cpp").relative_to(ROOT)])


def test_each_variant_is_the_one_that_the_program_links(programs):
    for variant, macro in VARIANTS.items():
        assert [flag for flag in programs[variant].flags if flag.startswith("-DPICO_CYW43")] == [f"-D{macro}=1"]


def test_a_program_links_for_a_cortex_m0plus(programs, tmp_path):
    program = programs["poll"]
    own, others = folders(program)
    flags = [*RP2040, *program.flags]
    expect_none(compile_sources("arm", program.sources, own, flags, others, tmp_path))
    code, text = command(TARGETS["arm"].prefix + "ld", "-r", "-o", tmp_path / "all.o", *tmp_path.glob("*_*.o"))
    assert code == 0, text
    code, text = command(TARGETS["arm"].prefix + "nm", "-C", "-u", tmp_path / "all.o")
    assert code == 0, text
    unresolved = {line.split(maxsplit=1)[1] for line in text.splitlines()}
    assert {"tcp_new_ip_type", "cyw43_arch_lwip_begin"} <= unresolved, text
    assert not [name for name in unresolved if name.startswith(("whit", "malloc", "operator ", "__cxa_throw", "__cxa_guard"))], text


@pytest.mark.parametrize("target, variant, lwip", [
    ("arm", "threadsafe_background", "lwip"), ("arm", "poll", "lwip-2.1"), ("riscv", "threadsafe_background", "lwip")])
def test_what_depends_on_the_sdk_compiles(target, variant, lwip, programs):
    program = programs[variant]
    own, others = folders(program, BUILD / lwip)
    flags = [*(RP2040 if target == "arm" else []), *program.flags, "-fsyntax-only"]
    expect_none(compile_sources(target, program.beside_the_stack(), own, flags, others))


def test_a_program_without_a_variant_and_lwip_with_a_thread_are_errors(programs, tmp_path):
    own, others = folders(programs["poll"])
    source = tmp_path / "main.cpp"
    source.write_text('#include "whit/pico_network.h"\n')
    assert "no variant" in compile_sources("arm", [source], own, ["-fsyntax-only"], others)[0]
    (tmp_path / "lwipopts.h").write_text("#define NO_SYS 0\n")
    problem = compile_sources("arm", [source], [tmp_path, *own], ["-fsyntax-only", "-DPICO_CYW43_ARCH_POLL=1"], others)[0]
    assert "Whit: pico_network.h is for lwIP without a thread" in problem, problem


def test_numbers_of_the_programs_own_come_first(programs, tmp_path):
    header = tmp_path / "whit/config.h"
    header.parent.mkdir()
    header.write_text(re.sub(r"kBuffers = \d+;", "kBuffers = 9;", (ROOT / "stack/whit/config.h").read_text()))
    code, text = configure(tmp_path, "include($ENV{PICO_SDK_PATH}/external/pico_sdk_import.cmake)", "pico_sdk_init()",
                           f"set(WHIT_CONFIG_DIR {tmp_path})", f"add_subdirectory({PICO} whit)",
                           "get_target_property(found whit_pico INTERFACE_INCLUDE_DIRECTORIES)", 'message(STATUS "folders: ${found}")')
    assert code == 0 and f"folders: {tmp_path};{ROOT}/stack;" in text, text


def test_what_is_missing_is_named(tmp_path):
    code, text = configure(tmp_path, f"add_subdirectory({PICO} whit)")
    assert code != 0 and "whit_pico: the Pico SDK has no target pico_lwip_nosys here: pico_sdk_init() comes first" in " ".join(text.split()), text
    code, text = configure(tmp_path, "include($ENV{PICO_SDK_PATH}/external/pico_sdk_import.cmake)", "pico_sdk_init()",
                           "set(WHIT_CONFIG_DIR /nowhere)", f"add_subdirectory({PICO} whit)")
    assert code != 0 and "WHIT_CONFIG_DIR=/nowhere: there is no whit/config.h in it" in " ".join(text.split()), text


def test_the_page_has_the_lines_of_the_example():
    page = (PICO / "README.md").read_text()
    example = (EXAMPLE / "CMakeLists.txt").read_text() + (EXAMPLE / "echo_server.cpp").read_text()
    for name in ("pico_sdk_init()", "whit_pico", "pico_cyw43_arch_lwip_", "network.enter()", "network.wait(loop.wait_ms())", "pico_add_extra_outputs"):
        assert name in page and name in example, name
