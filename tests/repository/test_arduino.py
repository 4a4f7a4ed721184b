# SPDX-License-Identifier: MIT
# about: Whit as a library for the Arduino IDE and for PlatformIO: manifests, layout, and its sources and examples on RISC-V and Xtensa
# needs: base cross lwip
import fnmatch
import json
import re
from pathlib import Path

import pytest
from ecosystems import description, posix_headers
from ecosystems.cross import TARGETS, compile_sources
from support.machine import ROOT, command, expect_none

CORE = description.HERE / "arduino"
# arduino.cc's specification of a library, revision 2.2: keys that must be there, keys that may.
REQUIRED = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"}
OPTIONAL = {"includes", "depends", "dot_a_linkage", "ldflags", "precompiled"}
CATEGORIES = {"Display", "Communication", "Signal Input/Output", "Sensors", "Device Control", "Timing", "Data Storage", "Data Processing", "Other"}
# Left out: the half of the POSIX port for systems with processes.
GLOBS = ("stack/whit/**/*.cpp", "stack/addons/whit/*.cpp", "port/whit/posix/*.cpp", "port/whit/posix/embedded/*.cpp",
         "port/ecosystems/esp_idf/random.cpp")


def in_tree():
    return {path.relative_to(ROOT).as_posix() for pattern in GLOBS for path in ROOT.glob(pattern)}


def write(folder):
    return command("tools/lib/arduino_library.py", folder, timeout=60)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("arduino") / "Whit"
    code, text = write(folder)
    assert code == 0 and text == "", text
    return folder


@pytest.fixture(scope="module")
def system_headers(tmp_path_factory):
    return posix_headers.make(tmp_path_factory.mktemp("posix"), "sys/poll.h")


@pytest.fixture(scope="module")
def platformio():
    return json.loads((ROOT / "library.json").read_text())


# ---- Arduino ----


def test_the_properties_are_in_order(library):
    properties = dict(line.split("=", 1) for line in (library / "library.properties").read_text().splitlines())
    assert REQUIRED <= set(properties) <= REQUIRED | OPTIONAL
    assert re.fullmatch(r"[A-Za-z0-9][\w .-]{0,62}", properties["name"]) and properties["category"] in CATEGORIES
    assert properties["version"] == description.version()
    assert properties["paragraph"] and properties["sentence"].endswith(".")
    assert (library / "src" / properties["includes"]).exists()


def test_the_layout_is_one_that_the_ide_takes(library):
    found = [path for path in library.rglob("*") if path.is_file()]
    assert not [path for path in library.rglob("*") if path.is_symlink()]
    # The IDE compiles what lies below src/, but folders of these names it treats differently, and tests/ not at all.
    assert {path.name for path in library.iterdir()} == {"src", "examples", "library.properties", "README.md", "LICENSE"}
    assert {path.suffix for path in found if "src" in path.parts} == {".h", ".cpp"}
    sketches = [path for path in found if "examples" in path.parts]
    expect_none([f"{path}: a sketch has the name of its folder" for path in sketches if path.suffix != ".ino" or path.stem != path.parent.name])
    assert len(sketches) >= 2


def test_the_library_has_every_source_once(library):
    def text(path):
        return Path(path).read_text()

    have = sorted(text(path) for path in library.rglob("*.cpp"))
    assert have == sorted(text(ROOT / name) for name in in_tree())


def test_the_library_is_not_written_over_another_one(library):
    code, text = write(library)
    assert code == 1 and text == f"arduino_library.py: {library} is not empty\n", text


def test_the_library_compiles_and_no_two_sources_define_the_same(library, system_headers, tmp_path):
    expect_none(compile_sources("riscv", library.rglob("*.cpp"), [library / "src", CORE], posix_headers.FLAGS, system_headers, tmp_path))
    code, text = command(TARGETS["riscv"].prefix + "ld", "-m", "elf32lriscv", "-r", "-o", tmp_path / "all.o", *tmp_path.glob("*_*.o"))
    assert code == 0, text


@pytest.mark.parametrize("target", ["riscv", "xtensa"])
def test_the_sketches_compile(target, library, system_headers, tmp_path):
    sketches = []
    for sketch in library.glob("examples/*/*.ino"):
        sketches.append(tmp_path / (sketch.stem + ".cpp"))
        sketches[-1].write_text("#include <Arduino.h>\n" + sketch.read_text())
    expect_none(compile_sources(target, sketches, [library / "src", CORE], ["-fsyntax-only", *posix_headers.FLAGS], system_headers))


# ---- PlatformIO ----


def filtered(filters):
    """The sources that PlatformIO takes: the patterns in their order, `+` takes, `-` leaves out; a folder stands for all within."""
    chosen = set()
    everything = {path.relative_to(ROOT).as_posix() for top in ("stack", "port") for path in (ROOT / top).rglob("*.c*")}
    for each in filters:
        sign, pattern = re.fullmatch(r"([+-])<(.*)>", each).groups()
        match = {name for name in everything if fnmatch.fnmatch(name, pattern + ("*" if pattern.endswith("/") else ""))}
        assert match, f"library.json: {each} fits no file"
        chosen = chosen | match if sign == "+" else chosen - match
    return chosen


def test_the_manifest_is_in_order(platformio):
    known = {"name", "version", "description", "keywords", "license", "frameworks", "platforms", "headers", "build", "export"}
    expect_none(description.unknown_keys("library.json", platformio, known))
    expect_none(description.unknown_keys("library.json: build", platformio["build"], {"srcDir", "srcFilter", "includeDir", "flags", "unflags"}))
    assert platformio["version"] == description.version() and len(platformio["description"]) <= 255
    folder = ROOT / platformio["build"]["includeDir"]
    expect_none([f"{header} is not in {folder}" for header in platformio["headers"] if not (folder / header).exists()])
    expect_none([f"export leaves out {name}, which does not exist" for name in platformio["export"]["exclude"]
                 if name != "build" and not (ROOT / name).exists()])


def test_platformio_compiles_every_source_once(platformio):
    assert filtered(platformio["build"]["srcFilter"]) == in_tree()


def test_what_platformio_compiles_finds_its_headers(platformio, system_headers, tmp_path):
    build = platformio["build"]
    folders = [build["includeDir"], *(flag[2:] for flag in build["flags"] if flag.startswith("-I"))]
    program = tmp_path / "main.cpp"
    program.write_text("".join(f'#include "{name}"\n' for name in (*platformio["headers"], "whit/posix/posix_network.h", "whit/reconnect.h")))
    sources = [*filtered(build["srcFilter"]), program]
    expect_none(compile_sources("xtensa", sources, [*folders, CORE], ["-fsyntax-only", *posix_headers.FLAGS], system_headers))
