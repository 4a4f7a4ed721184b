# SPDX-License-Identifier: MIT
# about: Whit in a plain Makefile and in a project of STM32Cube: its sources and flags, a program that runs, an image that links
# needs: base cxx cross lwip lwip-2.1
import collections
import re
import shutil
from pathlib import Path

import pytest
from ecosystems.cross import compile_sources
from support.machine import ROOT, command, expect_none

WHIT_MK = ROOT / "port/ecosystems/make/whit.mk"
CUBE = ROOT / "tests/repository/ecosystems/stm32cube"
ECHO = ROOT / "tests/repository/consume/posix_echo.cpp"
POSIX = "posix posix/hosted"
MAKEFILE = """include {whit}
SOURCES = {program} $(WHIT_SOURCES)
OBJECTS = $(notdir $(SOURCES:.cpp=.o))
vpath %.cpp $(sort $(dir $(SOURCES)))
program: $(OBJECTS)
	g++ -pthread -Wl,--gc-sections $^ -o $@
%.o: %.cpp
	g++ -O1 -ffunction-sections -fdata-sections $(WHIT_CXXFLAGS) $(WHIT_CPPFLAGS) -I{include} -c $< -o $@
show:
	@echo $(WHIT_SOURCES)
"""


def make(folder, *arguments, whit=WHIT_MK, program=ECHO):
    (folder / "Makefile").write_text(MAKEFILE.format(whit=whit, program=program, include=ROOT / "tests/repository/consume"))
    return command("make", "-s", "-j2", "-C", folder, *arguments, timeout=300)


def sources(folder, *arguments):
    code, text = make(folder, "show", *arguments)
    assert code == 0, text
    return [Path(name).resolve().relative_to(ROOT).as_posix() for name in text.split()]


def in_tree(*patterns):
    return {path.relative_to(ROOT).as_posix() for pattern in patterns for path in ROOT.glob(pattern)}


def test_a_program_of_a_makefile_runs(tmp_path):
    code, text = make(tmp_path, "program", f"WHIT_PORTS={POSIX}")
    assert code == 0, text
    assert command(tmp_path / "program", timeout=60)[0] == 0, "the program fails"


@pytest.mark.parametrize("ports", ["lwip", POSIX, "lwip mbedtls proxy"])
def test_the_sources_are_those_of_the_tree_and_no_two_have_one_name(tmp_path, ports):
    found = sources(tmp_path, f"WHIT_PORTS={ports}")
    expected = in_tree("stack/whit/**/*.cpp", "stack/addons/whit/*.cpp", *(f"port/whit/{port}/*.cpp" for port in ports.split()))
    assert set(found) == expected - {"port/whit/mbedtls/tls_client_none.cpp"} and len(set(found)) == len(found)
    names = collections.Counter(Path(name).name for name in found)
    assert not [name for name, count in names.items() if count > 1], "objects in one folder would overwrite each other"


def test_the_port_is_lwip_unless_another_one_is_named(tmp_path):
    assert sources(tmp_path) == sources(tmp_path, "WHIT_PORTS=lwip")


def test_a_wrong_port_and_a_folder_without_numbers_are_named(tmp_path):
    code, text = make(tmp_path, "show", "WHIT_PORTS=lwpi")
    assert code != 0 and "WHIT_PORTS: there is no port lwpi; there are: " in text and " lwip " in text, text
    code, text = make(tmp_path, "show", "WHIT_CONFIG_DIR=/nowhere")
    assert code != 0 and "WHIT_CONFIG_DIR=/nowhere: there is no whit/config.h in it" in text, text


def test_numbers_of_the_projects_own_come_first(tmp_path):
    header = tmp_path / "config/whit/config.h"
    header.parent.mkdir(parents=True)
    text = (ROOT / "stack/whit/config.h").read_text()
    header.write_text(re.sub(r"kBuffers = \d+;", "kBuffers = 9;", text))
    (tmp_path / "main.cpp").write_text('#include "whit/server.h"\nstatic_assert(whit::config::kBuffers == 9, "");\n')
    code, text = make(tmp_path, "main.o", f"WHIT_CONFIG_DIR={tmp_path}/config", program=tmp_path / "main.cpp")
    assert code == 0, text


def test_the_page_names_the_flags_of_the_file():
    flags = re.search(r"WHIT_CXXFLAGS := (.*)", WHIT_MK.read_text())[1]
    for page in ("make", "stm32cube"):
        assert f"`{flags}`" in (ROOT / "port/ecosystems" / page / "README.md").read_text(), page


def test_a_project_of_stm32cube_links(tmp_path):
    project = shutil.copytree(CUBE, tmp_path / "project")
    code, text = command("make", "-s", "-j2", "-C", project, f"WHIT={ROOT}", f"LWIP={ROOT}/build/lwip", timeout=600)
    assert code == 0, text
    code, text = command("arm-none-eabi-nm", "-C", project / "build/firmware.elf")
    assert code == 0 and "whit::Server::listen" in text and not re.search(r" [UT] (malloc|_malloc_r|_sbrk|abort)\n", text), text


def test_the_application_of_stm32cube_compiles_with_the_older_lwip():
    headers = [ROOT / "build/lwip-2.1/src/include"]
    whit = [ROOT / "stack", ROOT / "stack/addons", ROOT / "port", CUBE]
    found = [*(ROOT / "port/whit/lwip").glob("*.cpp"), ROOT / "port/ecosystems/stm32cube/whit_app.cpp"]
    expect_none(compile_sources("arm", found, whit, ["-fsyntax-only"], headers))
