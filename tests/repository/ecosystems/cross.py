# SPDX-License-Identifier: MIT
"""Compiles the sources of an ecosystem's build description with Debian's compilers for ARM, RISC-V and Xtensa.

These know the processors of the ecosystems and a C library (picolibc), but no SDK: its headers come from the caller.
"""
import concurrent.futures
import subprocess
from pathlib import Path
from typing import NamedTuple

from support.machine import ROOT, need_command


class Target(NamedTuple):
    prefix: str
    package: str
    flags: tuple


TARGETS = {
    "arm": Target("arm-none-eabi-", "gcc-arm-none-eabi", ("-mcpu=cortex-m4", "-mthumb", "--specs=picolibc.specs")),
    "riscv": Target("riscv64-unknown-elf-", "gcc-riscv64-unknown-elf", ("-march=rv32imac", "-mabi=ilp32", "--specs=picolibc.specs")),
    # The compiler's own folder of headers is where picolibc-xtensa-lx106-elf lies.
    "xtensa": Target("xtensa-lx106-elf-", "gcc-xtensa-lx106", ("-mlongcalls",)),
}
# -nostdinc++: an ecosystem may have no C++ library (NuttX), so <cstdint> must be in no file.
CXX_FLAGS = ("-std=c++17", "-fno-exceptions", "-fno-rtti", "-nostdinc++")
FLAGS = ("-Os", "-Wall", "-Wextra", "-Werror", "-ffunction-sections", "-fdata-sections")


def need_target(target):
    """Skips the test where there is no compiler for "arm", "riscv" or "xtensa"."""
    need_command(TARGETS[target].prefix + "g++", TARGETS[target].package)


def flags_for(target, includes=(), system_includes=(), flags=()):
    folders = [f"-I{folder}" for folder in includes] + [f"-isystem{folder}" for folder in system_includes]
    return [*TARGETS[target].flags, *FLAGS, *folders, *map(str, flags)]


def compile_sources(target, sources, includes=(), flags=(), system_includes=(), objects=None):
    """Compiles C and C++ sources, two at a time. Returns one message per source that does not compile, so [] is good.

    target            "arm", "riscv" or "xtensa"; the test is skipped where it has no compiler
    includes          folders in the order in which they are looked through; system_includes come after, without warnings
    flags             more of the compiler's flags: definitions, -include, or -fsyntax-only
    objects           a folder for the object files, which are thrown away otherwise
    """
    need_target(target)
    common = flags_for(target, includes, system_includes, flags)

    def compile_one(numbered):
        number, source = numbered
        source = Path(source)
        cxx = source.suffix in (".cpp", ".cc", ".cxx")
        output = Path(objects) / f"{number}_{source.stem}.o" if objects else "/dev/null"
        line = [TARGETS[target].prefix + ("g++" if cxx else "gcc"), *common, *(CXX_FLAGS if cxx else ("-std=c11",)),
                "-c", str(source), "-o", str(output)]
        result = subprocess.run(line, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, timeout=300, check=False)
        return f"{target}: {source}: {result.stdout[:2000]}" if result.returncode else None

    sources = sorted(map(str, sources))
    assert sources, "no source is to be compiled"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [message for message in pool.map(compile_one, enumerate(sources)) if message]
