# SPDX-License-Identifier: MIT
# about: other compilers (Clang 14 and 19, GCC) and standards (C++17 to 23) find nothing in the public headers, the stack and the ports
# needs: host
# wants: clang
"""The commands are those of build/host, with another compiler or standard, and warnings that GCC lacks or defines differently.
Each compiler reads all sources, by a standard of its own; all headers together are read by each compiler and each standard."""
import concurrent.futures
import json
import shlex
from pathlib import Path

import pytest
from support.machine import BUILD, ROOT, command, expect_none, need_command

CLANG = "clang++"  # Debian 12: 14
COMPILERS = {"clang++": "clang", "clang++-19": "clang-19", "g++": "g++"}  # and the package of each
STANDARD_OF_SOURCES = {"clang++": "c++17", "clang++-19": "c++23", "g++": "c++20"}  # GCC with C++17 is the build itself
WARNINGS = ("-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wextra-semi "
            "-Werror -fno-exceptions").split()
AS_MAIN_FILE = ["-Wno-unused-const-variable", "-Wno-unused-function", "-Wno-pragma-once-outside-header", "-x", "c++"]  # of no use in a header
MODELS = {  # folder: a source of it whose options fit its headers, and its sources that build/host leaves out
    "stack/whit": "stack/whit/core/loop.cpp",
    "stack/addons/whit": "stack/addons/whit/message_assembler.cpp",
    "stack/c": "stack/c/loop.cpp",
    "port/whit/posix": "port/whit/posix/posix_base.cpp",
    "port/whit/pipe": "port/whit/pipe/pipe_network.cpp",
    "port/whit/template": "port/whit/pipe/pipe_network.cpp",
    "port/whit/lwip": "port/whit/lwip/lwip_network.cpp",
    "port/whit/mbedtls": "port/whit/mbedtls/tls_role.cpp",
    "port/whit/altcp": "port/whit/altcp/altcp_stream.cpp",
}


@pytest.fixture(scope="module")
def commands():
    """{source, relative to the tree: its include paths and macros} of stack/ and port/ in build/host."""
    need_command(CLANG, "clang")
    found = {}
    for entry in json.loads((BUILD / "host" / "compile_commands.json").read_text()):
        path = Path(entry["directory"], entry["file"])
        if path.suffix == ".cpp" and path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in ("stack", "port"):
            found.setdefault(str(path.relative_to(ROOT)), options_of(shlex.split(entry["command"])))
    return found


def options_of(words):
    """The words of a command that say where headers are and which macros are set, and those of the processor."""
    pairs = {index + 1 for index, word in enumerate(words) if word == "-isystem"}
    return [word for index, word in enumerate(words) if index in pairs or word.startswith(("-I", "-D", "-isystem", "-m"))]


def diagnosed(options, *inputs, compiler=CLANG, standard="c++17"):
    code, text = command(compiler, *WARNINGS, f"-std={standard}", *options, "-fsyntax-only", *inputs)
    return text if code != 0 else None


def diagnosed_all(jobs, **how):
    """Runs diagnosed(*job, **how) for all jobs, two at a time; returns the diagnostics."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [text for text in pool.map(lambda job: diagnosed(*job, **how), jobs) if text]


@pytest.mark.parametrize("compiler", COMPILERS)
def test_every_source_is_clean(commands, compiler):
    need_command(compiler, COMPILERS[compiler])
    sources = [path.relative_to(ROOT) for folder in ("stack", "port") for path in (ROOT / folder).rglob("*.cpp")]
    assert len(sources) > 40, sources
    expect_none(diagnosed_all([(commands.get(str(path)) or commands[MODELS[str(path.parent)]], path) for path in sources],
                              compiler=compiler, standard=STANDARD_OF_SOURCES[compiler]))


def test_every_header_is_clean_by_itself(commands):
    jobs = []
    for folder, source in MODELS.items():
        headers = sorted((ROOT / folder).glob("*.h"))
        assert headers, f"no header in {folder}"
        jobs += [(commands[source], *AS_MAIN_FILE, header) for header in headers]
    expect_none(diagnosed_all(jobs))


@pytest.mark.parametrize("standard", ("c++17", "c++20", "c++2b"))  # 2b: 23, by the name that Clang 14 knows
@pytest.mark.parametrize("compiler", COMPILERS)
def test_all_headers_are_clean_in_one_source(commands, tmp_path, compiler, standard):
    need_command(compiler, COMPILERS[compiler])
    jobs = []
    for source in sorted(set(MODELS.values())):
        headers = [header for folder, model in MODELS.items() if model == source for header in sorted((ROOT / folder).glob("*.h"))
                   if header.name != "config.h"]  # build/host has its own
        path = tmp_path / f"{len(jobs)}.cpp"
        path.write_text("".join(f'#include "{header}"\n' for header in headers))
        jobs.append((commands[source], path))
    expect_none(diagnosed_all(jobs, compiler=compiler, standard=standard))


# A fault for each of the most important warnings.
FAULTS = {
    "sign-conversion": "unsigned long f(int i) { return i; }",
    "shorten-64-to-32": "unsigned f(unsigned long i) { return i; }",
    "shadow": "int f(int i) { { int i = 1; (void)i; } return i; }",
    "non-virtual-dtor": "struct A { virtual void f(); };",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault, tmp_path):
    need_command(CLANG, "clang")
    path = tmp_path / "fault.cpp"
    path.write_text(FAULTS[fault] + "\n")
    assert f"-W{fault}" in (diagnosed([], path) or "nothing was found")
