# SPDX-License-Identifier: MIT
# about: Whit as a part of other CMake projects, with their numbers and flags, and the errors of its CMake files
# needs: base cxx lwip
# early:
import json
import shutil
import tempfile
from pathlib import Path

import pytest
from support.machine import ROOT, command

MAIN = ROOT / "tests" / "repository" / "consume" / "main.cpp"
HEAD = "cmake_minimum_required(VERSION 3.21)\nproject(product LANGUAGES CXX C)\n"
PROGRAM = f"add_executable(product {MAIN})\ntarget_link_libraries(product PRIVATE whit::stack)\n"
ADD = f"add_subdirectory({ROOT} whit)\n"


class Product:
    """A project in a folder of its own, configured and perhaps built."""

    def __init__(self, cmake, *options, build=True, copy_stack=False):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        (self.path / "CMakeLists.txt").write_text(cmake)
        if copy_stack:
            shutil.copytree(ROOT / "stack", self.path / "vendor" / "whit")
        self.build_path = self.path / "build"
        self.code, self.text = command("cmake", "-G", "Ninja", "-S", self.path, "-B", self.build_path,
                                       "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *options)
        if self.code == 0 and build:
            self.code, self.text = command("nice", "cmake", "--build", self.build_path)

    def commands(self):
        return json.loads((self.build_path / "compile_commands.json").read_text())

    def command_for(self, name):
        return next(entry["command"] for entry in self.commands() if entry["file"].endswith(name))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()


def own_header(folder, buffers):
    """A folder with a whit/config.h in which kBuffers is another number."""
    text = (ROOT / "stack/whit/config.h").read_text()
    assert "kBuffers = 6;" in text, "the default is not 6 any more"
    (Path(folder) / "whit").mkdir(parents=True)
    (Path(folder) / "whit" / "config.h").write_text(text.replace("kBuffers = 6;", f"kBuffers = {buffers};"))
    return folder


def test_add_subdirectory_builds_and_brings_neither_tests_nor_boards():
    with Product(HEAD + ADD + PROGRAM) as product:
        assert product.code == 0, product.text
        assert command(product.build_path / "product")[0] == 0, "the program fails"
        files = [entry["file"] for entry in product.commands()]
        foreign = [file for file in files if "/tests/unit/" in file or "/boards/" in file]
        assert not foreign, f"compiled too: {foreign}"


def test_add_subdirectory_leaves_the_flags_of_the_project_alone():
    with Product(HEAD + ADD + PROGRAM, build=False) as product:
        assert product.code == 0, product.text
        line = product.command_for("consume/main.cpp")
        unwanted = [word for word in line.split() if word.startswith(("-W", "-f", "-O", "-m", "-D"))]
        assert not unwanted, f"flags that the project has not asked for: {unwanted}"
        core = product.command_for("wire/close_code.cpp")
        assert "-fno-exceptions" in core and "-Werror" not in core, core


def test_fetch_content_builds():
    text = (HEAD + "include(FetchContent)\n" + f"FetchContent_Declare(whit SOURCE_DIR {ROOT})\n"
            + "FetchContent_MakeAvailable(whit)\n" + PROGRAM)
    with Product(text) as product:
        assert product.code == 0, product.text


def test_the_stack_alone_can_be_vendored():
    with Product(HEAD + "add_subdirectory(vendor/whit)\n" + PROGRAM, copy_stack=True) as product:
        assert product.code == 0, product.text
        outside = [entry["command"] for entry in product.commands() if f"-I{ROOT}" in entry["command"]]
        assert not outside, f"needs files outside of stack/: {outside}"


def test_every_target_has_its_alias():
    targets = ["stack", "port_posix", "port_pipe"]
    checks = "".join(f"if(NOT TARGET whit::{name})\nmessage(FATAL_ERROR \"no whit::{name}\")\nendif()\n" for name in targets)
    with Product(HEAD + ADD + checks + PROGRAM, build=False) as product:
        assert product.code == 0, product.text


def test_a_folder_of_lwip_makes_the_lwip_port():
    lwip = ROOT / "build" / "lwip"
    boards = sorted(path.parent for path in (ROOT / "boards").glob("**/lwipopts.h"))
    assert (lwip / "src/core/tcp.c").exists() and boards, "no lwIP in build/lwip, or no board with lwipopts.h"
    text = HEAD + ADD + "if(NOT TARGET whit::port_lwip)\nmessage(FATAL_ERROR \"no whit::port_lwip\")\nendif()\n"
    with Product(text, f"-DWHIT_LWIP_DIR={lwip}", f"-DWHIT_LWIPOPTS_DIR={boards[0]}", build=False) as product:
        assert product.code == 0, product.text


def test_a_project_brings_a_header_of_its_own():
    with tempfile.TemporaryDirectory() as folder:
        own = own_header(folder, 7)
        for add, copy in ((ADD, False), ("add_subdirectory(vendor/whit)\n", True)):
            text = HEAD + add + PROGRAM + "target_compile_definitions(product PRIVATE EXPECTED_BUFFERS=7)\n"
            with Product(text, f"-DWHIT_CONFIG_DIR={own}", copy_stack=copy) as product:
                assert product.code == 0, product.text
                # The core and its user see the same numbers, or the two would not fit together.
                for name in ("consume/main.cpp", "wire/close_code.cpp"):
                    line = product.command_for(name)
                    assert f"{own}" in line and line.index(str(own)) < line.index("stack" if not copy else "vendor"), line


def test_without_it_the_default_header_is_used():
    text = HEAD + ADD + PROGRAM + "target_compile_definitions(product PRIVATE EXPECTED_BUFFERS=6)\n"
    with Product(text, "-DWHIT_PYTHON=/nowhere/python3") as product:
        assert product.code == 0, product.text


def test_the_expectation_of_the_program_is_checked():
    text = HEAD + ADD + PROGRAM + "target_compile_definitions(product PRIVATE EXPECTED_BUFFERS=5)\n"
    with Product(text) as product:
        assert product.code != 0 and "not the numbers of this project" in product.text, product.text


def test_a_project_brings_a_defconfig_of_its_own():
    with tempfile.TemporaryDirectory() as folder:
        defconfig = Path(folder) / "product.config"
        defconfig.write_text("CONFIG_WHIT_BUFFERS=9\n")
        text = HEAD + ADD + PROGRAM + "target_compile_definitions(product PRIVATE EXPECTED_BUFFERS=9)\n"
        with Product(text, f"-DWHIT_DEFCONFIG={defconfig}") as product:
            assert product.code == 0, product.text
            # A change of the defconfig reaches the next build by itself.
            defconfig.write_text("CONFIG_WHIT_BUFFERS=10\n")
            code, text = command("cmake", "--build", product.build_path)
            assert code != 0 and "not the numbers of this project" in text, text


def test_a_python_without_kconfiglib_is_told_which_package():
    with tempfile.TemporaryDirectory() as folder:
        defconfig, python = Path(folder) / "product.config", Path(folder) / "python3"
        defconfig.write_text("CONFIG_WHIT_BUFFERS=9\n")
        python.write_text('#!/bin/sh\nexec /usr/bin/python3 -I -S "$@"\n')
        python.chmod(0o755)
        with Product(HEAD + ADD, f"-DWHIT_DEFCONFIG={defconfig}", f"-DWHIT_PYTHON={python}", build=False) as product:
            assert product.code != 0 and "python3-kconfiglib" in product.text, product.text


# A mistake in a variable, and words of the message.
WRONG = {
    "unknown_board": ("-DWHIT_BOARD=arduino", "there is no such board. There are:"),
    "unknown_kernels": ("-DWHIT_KERNELS=fast", "it is mcu or host"),
    "missing_config_dir": ("-DWHIT_CONFIG_DIR=/nowhere", "there is no whit/config.h in it"),
    "missing_defconfig": ("-DWHIT_DEFCONFIG=/nowhere", "there is no such file"),
    "misspelt_symbol": ("-DWHIT_DEFCONFIG={}/misspelt", "did you mean CONFIG_WHIT_BUFFERS?"),
    "missing_lwip": ("-DWHIT_LWIP_DIR=/nowhere", "there is no src/core/tcp.c in it"),
}


@pytest.mark.parametrize("option, expected", WRONG.values(), ids=WRONG)
def test_a_wrong_variable_is_named(option, expected, tmp_path):
    (tmp_path / "misspelt").write_text("CONFIG_WHIT_BUFERS=9\n")
    with Product(HEAD + ADD, option.format(tmp_path), build=False) as product:
        assert product.code != 0 and expected in " ".join(product.text.split()), product.text

