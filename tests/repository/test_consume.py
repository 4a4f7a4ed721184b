# SPDX-License-Identifier: MIT
# about: Whit as a part of other CMake projects, with their numbers and flags, and the errors of its CMake files
# needs: base cxx lwip
# early:
import json
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from support.machine import ROOT, command
from test_tree import tracked

CONSUME = ROOT / "tests" / "repository" / "consume"
MAIN = CONSUME / "main.cpp"
LWIP = ROOT / "build" / "lwip"
VERSION = re.search(r'WHIT_VERSION_TEXT "(.*)"', (ROOT / "stack/whit/version.h").read_text()).group(1)
OK = (0, f"whit {VERSION}: ok\n")  # of the programs that say "hello" to themselves
HEAD = "cmake_minimum_required(VERSION 3.21)\nproject(product LANGUAGES CXX C)\n"
PROGRAM = f"add_executable(product {MAIN})\ntarget_link_libraries(product PRIVATE whit::stack)\n"
ECHO = f"add_executable(product {CONSUME}/pipe_echo.cpp)\ntarget_link_libraries(product PRIVATE whit::port_pipe)\n"
ADD = f"add_subdirectory({ROOT} whit)\n"


class Product:
    """A project, configured and perhaps built, in a folder that is used again by the next one: CMake then knows the compilers."""

    folder = tempfile.TemporaryDirectory()
    cache = None  # of a project with nothing in it

    def __init__(self, cmake, *options, build=True, copy_stack=False):
        self.path = Path(self.folder.name)
        self.build_path = self.path / "build"
        if self.cache is None:
            code, text = self.configure(HEAD)
            assert code == 0, text
            Product.cache = (self.build_path / "CMakeCache.txt").read_text()
            self.clean()
        if copy_stack:
            shutil.copytree(ROOT / "stack", self.path / "vendor" / "whit")
        self.code, self.text = self.configure(cmake, *options)
        if self.code == 0 and build:
            self.code, self.text = command("nice", "cmake", "--build", self.build_path)

    def clean(self):
        """Leaves what CMake has found out about the compilers."""
        for path in [*self.build_path.iterdir(), *self.build_path.glob("CMakeFiles/*"), self.path / "vendor"]:
            if path.is_dir() and path.name != "CMakeFiles" and not (path / "CMakeSystem.cmake").exists():
                shutil.rmtree(path)
            elif path.is_file():
                path.unlink()
        (self.build_path / "CMakeCache.txt").write_text(self.cache)

    def configure(self, cmake, *options):
        (self.path / "CMakeLists.txt").write_text(cmake)
        return command("cmake", "-G", "Ninja", "-S", self.path, "-B", self.build_path, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *options)

    def compile(self, source):
        """Compiles this source alone, and makes no library for it."""
        return command("nice", "ninja", "-C", self.build_path, f"{source}^")

    def run(self):
        assert self.code == 0, self.text
        return command(self.build_path / "product", timeout=60)

    def commands(self):
        return json.loads((self.build_path / "compile_commands.json").read_text())

    def command_for(self, name):
        return next(entry["command"] for entry in self.commands() if entry["file"].endswith(name))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.clean()


def assert_compiles(product):
    code, text = product.compile(MAIN)
    assert code == 0, text


def own_header(folder, buffers):
    """A folder with a whit/config.h in which kBuffers is another number."""
    text = (ROOT / "stack/whit/config.h").read_text()
    assert "kBuffers = 6;" in text, "the default is not 6 any more"
    (Path(folder) / "whit").mkdir(parents=True)
    (Path(folder) / "whit" / "config.h").write_text(text.replace("kBuffers = 6;", f"kBuffers = {buffers};"))
    return folder


def repository(folder):
    """A git repository of the tree as it is, with what has not been committed yet; its URL and the commit."""
    folder = Path(folder) / "whit.git"
    for path in tracked():
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.org", "-C", folder)
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "tree")):
        code, text = command(*git, *words)
        assert code == 0, text
    return f"file://{folder}", command(*git, "rev-parse", "HEAD")[1].strip()


def assert_own_build_type(product):
    assert "CMAKE_BUILD_TYPE:STRING=\n" in (product.build_path / "CMakeCache.txt").read_text(), "the type is the project's"


def test_add_subdirectory_builds_what_is_linked_alone():
    with Product(HEAD + ADD + ECHO) as product:
        assert product.run() == OK
        files = [entry["file"] for entry in product.commands()]
        foreign = [file for file in files if "/tests/unit/" in file or "/boards/" in file]
        assert not foreign, f"compiled too: {foreign}"
        built = {path.name for path in product.build_path.rglob("*.a")}
        assert built == {"libwhit_stack.a", "libwhit_port_pipe.a"}, "not asked for, and built"
        assert_own_build_type(product)


def test_add_subdirectory_leaves_the_flags_of_the_project_alone():
    with Product(HEAD + ADD + PROGRAM, build=False) as product:
        assert product.code == 0, product.text
        line = product.command_for("consume/main.cpp")
        unwanted = [word for word in line.split() if word.startswith(("-W", "-f", "-O", "-m", "-D"))]
        assert not unwanted, f"flags that the project has not asked for: {unwanted}"
        core = product.command_for("wire/close_code.cpp")
        assert "-fno-exceptions" in core and "-Werror" not in core, core


FETCH = "include(FetchContent)\nFetchContent_Declare(whit {})\nFetchContent_MakeAvailable(whit)\n"


def test_fetch_content_from_a_folder():
    with Product(HEAD + FETCH.format(f"SOURCE_DIR {ROOT}") + ECHO, "-DBUILD_SHARED_LIBS=ON") as product:
        assert product.run() == OK


def test_fetch_content_from_a_git_url(tmp_path):
    url, commit = repository(tmp_path)
    with Product(HEAD + FETCH.format(f"GIT_REPOSITORY {url} GIT_TAG {commit}") + ECHO) as product:
        assert product.run() == OK


def test_a_build_without_a_type_optimises_where_whit_is_the_project():
    with tempfile.TemporaryDirectory() as folder:
        for source, expected in ((ROOT, "RelWithDebInfo"), (ROOT / "stack", "RelWithDebInfo")):
            build = Path(folder) / source.name
            code, text = command("cmake", "-G", "Ninja", "-S", source, "-B", build, "-DWHIT_BOARD=", "-DWHIT_BUILD_TESTS=OFF",
                                 "-DWHIT_PORTS=pipe")
            assert code == 0, text
            assert f"CMAKE_BUILD_TYPE:STRING={expected}\n" in (build / "CMakeCache.txt").read_text()


def test_only_the_ports_asked_for_are_there():
    check = ("foreach(port IN ITEMS posix proxy template)\nif(TARGET whit::port_${port})\nmessage(FATAL_ERROR ${port})\nendif()\n"
             "endforeach()\nif(NOT TARGET whit::port_pipe)\nmessage(FATAL_ERROR pipe)\nendif()\n")
    with Product(HEAD + ADD + check, "-DWHIT_PORTS=pipe", build=False) as product:
        assert product.code == 0, product.text


def test_the_stack_alone_can_be_vendored():
    with Product(HEAD + "add_subdirectory(vendor/whit)\n" + PROGRAM, copy_stack=True) as product:
        assert product.code == 0, product.text
        outside = [entry["command"] for entry in product.commands() if f"-I{ROOT}" in entry["command"]]
        assert not outside, f"needs files outside of stack/: {outside}"
        assert_own_build_type(product)


def test_every_target_has_its_alias():
    targets = ["stack", "port_posix", "port_pipe"]
    checks = "".join(f"if(NOT TARGET whit::{name})\nmessage(FATAL_ERROR \"no whit::{name}\")\nendif()\n" for name in targets)
    with Product(HEAD + ADD + checks + PROGRAM, build=False) as product:
        assert product.code == 0, product.text


def test_a_folder_of_lwip_makes_the_lwip_port():
    boards = sorted(path.parent for path in (ROOT / "boards").glob("**/lwipopts.h"))
    assert (LWIP / "src/core/tcp.c").exists() and boards, "no lwIP in build/lwip, or no board with lwipopts.h"
    text = HEAD + ADD + "if(NOT TARGET whit::port_lwip)\nmessage(FATAL_ERROR \"no whit::port_lwip\")\nendif()\n"
    with Product(text, f"-DWHIT_LWIP_DIR={LWIP}", f"-DWHIT_LWIPOPTS_DIR={boards[0]}", build=False) as product:
        assert product.code == 0, product.text


# A library target of lwIP, and the folder in the message; None: it is as it should be.
LWIP_TARGETS = {
    "private": ("target_include_directories(mine PRIVATE {lwip} {board})", "{lwip}"),
    "private_options": ("target_include_directories(mine PUBLIC {lwip} PRIVATE {board})", "{board}"),
    "public": ("target_include_directories(mine PUBLIC {lwip} $<BUILD_INTERFACE:{board}>)", None),
    "by_another_target": ("add_library(headers INTERFACE)\ntarget_include_directories(headers INTERFACE {lwip} {board})\n"
                          "target_link_libraries(mine PUBLIC headers)\ntarget_include_directories(mine PRIVATE {lwip})", None),
}


@pytest.mark.parametrize("text, expected", LWIP_TARGETS.values(), ids=LWIP_TARGETS)
def test_private_include_folders_of_lwip_are_named(text, expected):
    names = {"lwip": LWIP / "src/include", "board": ROOT / "boards/lm3s6965evb"}
    text = (f"add_library(mine STATIC {LWIP}/src/core/def.c)\n" + text.format(**names) + "\nset(WHIT_LWIP_TARGET mine)\n")
    with Product(HEAD + text + ADD, build=False) as product:
        words = " ".join(product.text.split())
        if expected is None:
            assert product.code == 0, product.text
        else:
            assert product.code != 0 and f"its include folder {expected.format(**names)}, which has" in words, product.text


def test_a_project_brings_a_header_of_its_own():
    with tempfile.TemporaryDirectory() as folder:
        own = own_header(folder, 7)
        for add, copy in ((ADD, False), ("add_subdirectory(vendor/whit)\n", True)):
            text = HEAD + add + PROGRAM + "target_compile_definitions(product PRIVATE EXPECTED_BUFFERS=7)\n"
            with Product(text, f"-DWHIT_CONFIG_DIR={own}", copy_stack=copy, build=False) as product:
                assert product.code == 0, product.text
                assert_compiles(product)
                # The core and its user see the same numbers, or the two would not fit together.
                for name in ("consume/main.cpp", "wire/close_code.cpp"):
                    line = product.command_for(name)
                    assert f"{own}" in line and line.index(str(own)) < line.index("stack" if not copy else "vendor"), line


def test_without_it_the_default_header_is_used():
    text = HEAD + ADD + PROGRAM + "target_compile_definitions(product PRIVATE EXPECTED_BUFFERS=6)\n"
    with Product(text, "-DWHIT_PYTHON=/nowhere/python3", build=False) as product:
        assert product.code == 0, product.text
        assert_compiles(product)


def test_the_expectation_of_the_program_is_checked():
    text = HEAD + ADD + PROGRAM + "target_compile_definitions(product PRIVATE EXPECTED_BUFFERS=5)\n"
    with Product(text, build=False) as product:
        code, text = product.compile(MAIN)
        assert code != 0 and "not the numbers of this project" in text, text


def test_a_project_brings_a_defconfig_of_its_own():
    with tempfile.TemporaryDirectory() as folder:
        defconfig = Path(folder) / "product.config"
        defconfig.write_text("CONFIG_WHIT_BUFFERS=9\n")
        text = HEAD + ADD + PROGRAM + "target_compile_definitions(product PRIVATE EXPECTED_BUFFERS=9)\n"
        with Product(text, f"-DWHIT_DEFCONFIG={defconfig}", build=False) as product:
            assert product.code == 0, product.text
            assert_compiles(product)
            # A change of the defconfig reaches the next build by itself.
            defconfig.write_text("CONFIG_WHIT_BUFFERS=10\n")
            code, text = product.compile(MAIN)
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
    "lwip_without_lwipopts": (f"-DWHIT_LWIP_DIR={LWIP}", "WHIT_LWIPOPTS_DIR is not: the folder that holds lwipopts.h"),
    "lwipopts_without_lwip": ("-DWHIT_LWIPOPTS_DIR={}", "WHIT_LWIP_DIR is not: lwIP's folder"),
    "no_lwipopts": (f"-DWHIT_LWIP_DIR={LWIP};-DWHIT_LWIPOPTS_DIR={{}}", "there is no lwipopts.h in it"),
    "unknown_lwip_target": ("-DWHIT_LWIP_TARGET=lwip_of_mine", "there is no such target; it has to be added before Whit"),
    "unknown_port": ("-DWHIT_PORTS=tls", "there is no port tls. There are: posix, lwip, pipe"),
    "port_without_its_need": ("-DWHIT_PORTS=mbedtls", "the port mbedtls needs CONFIG_WHIT_TLS=y"),
    "port_without_lwip": ("-DWHIT_PORTS=lwip", "the port lwip needs lwIP: WHIT_LWIP_TARGET"),
    "tests_of_a_shared_library": ("-DWHIT_BUILD_TESTS=ON;-DBUILD_SHARED_LIBS=ON", "the tests call private functions"),
    "no_googletest": ("-DWHIT_BUILD_TESTS=ON;-DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON", "install the package libgtest-dev, or build no tests"),
    "board_without_its_port": ("-DWHIT_BOARD=host;-DWHIT_PORTS=pipe", "WHIT_BOARD=host needs the port posix"),
}


@pytest.mark.parametrize("option, expected", WRONG.values(), ids=WRONG)
def test_a_wrong_variable_is_named(option, expected, tmp_path):
    (tmp_path / "misspelt").write_text("CONFIG_WHIT_BUFERS=9\n")
    with Product(HEAD + ADD, *option.format(tmp_path).split(";"), build=False) as product:
        assert product.code != 0 and expected in " ".join(product.text.split()), product.text

