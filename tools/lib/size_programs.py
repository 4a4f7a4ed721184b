#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds the minimal programs of tests/size/ for each processor and C library, with the flags of the release firmware."""
import concurrent.futures
import hashlib
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import firmware_map  # noqa: E402
from tables import Problem  # noqa: E402

CORES = {"m0plus": "Cortex-M0+", "m3": "Cortex-M3", "m4": "Cortex-M4", "m33": "Cortex-M33"}
LIBRARIES = {"picolibc": "picolibc", "nano": "newlib-nano"}
COMPILER = "arm-none-eabi-g++"
FLAGS = ("--specs=picolibcpp.specs -mthumb -mno-unaligned-access -Os -g -DNDEBUG -std=c++17 -fno-common -ffunction-sections "
         "-fdata-sections -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-unwind-tables -fno-asynchronous-unwind-tables").split()
LINK = {"picolibc": ["--specs=picolibcpp.specs"], "nano": ["--specs=nano.specs", "--specs=nosys.specs"]}


def core_flag(core):
    return "-mcpu=cortex-" + core


def sources_of(tree):
    """(archive, source) of what is linked into every program, as far as it is used."""
    for folder, _, names in os.walk(os.path.join(tree, "stack", "whit")):
        for name in sorted(names):
            if name.endswith(".cpp") and not name.endswith("_host.cpp"):
                yield "libwhit_stack.a", os.path.join(folder, name)
    yield "libwhit_port_template.a", os.path.join(tree, "port", "template", "template_network.cpp")
    yield "libwhit_board.a", os.path.join(tree, "tests", "size", "start.cpp")


def programs_of(tree):
    """{name: what it is} of tests/size/programs, the base first."""
    folder = os.path.join(tree, "tests", "size", "programs")
    found = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".cpp"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            about = re.search(r"^// what: (.*)$", file.read(), re.M)
        if not about:
            raise Problem(f"tests/size/programs/{name} does not say what it is: a line `// what: ...`")
        found[name[:-4]] = about.group(1)
    order = ["base", "server", "client", "both"]
    return dict(sorted(found.items(), key=lambda item: (order.index(item[0]) if item[0] in order else len(order), item[0])))


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"{os.path.basename(command[0])} failed: {' '.join(done.stdout.strip().split(chr(10))[:3])[:600]}")
    return done.stdout


def newest(tree):
    """Something that differs when any source or header does."""
    digest = hashlib.sha256()
    for top in ("stack", "port/template", "tests/size"):
        for folder, _, names in sorted(os.walk(os.path.join(tree, top))):
            for name in sorted(names):
                if name.endswith((".h", ".cpp", ".ld")):
                    with open(os.path.join(folder, name), "rb") as file:
                        digest.update(name.encode() + file.read())
    with open(__file__, "rb") as file:
        digest.update(file.read())
    return digest.hexdigest()


class Programs:
    """The programs of a tree, built in `folder` if they are not there already."""

    def __init__(self, tree, folder, cores=tuple(CORES), libraries=tuple(LIBRARIES)):
        self.tree, self.folder, self.cores, self.libraries = tree, folder, cores, libraries
        self.names = programs_of(tree)

    def map(self, name, core, library):
        return os.path.join(self.folder, core, library, name + ".map")

    def object(self, core, source):
        return os.path.join(self.folder, core, "objects", re.sub(r"[/.]", "_", os.path.relpath(source, self.tree)) + ".o")

    def build(self):
        stamp = os.path.join(self.folder, "built")
        state = f"{newest(self.tree)} {self.cores} {self.libraries}"
        if os.path.exists(stamp) and open(stamp, encoding="utf-8").read() == state:
            return
        print(f"building tests/size for {', '.join(self.cores)} with {', '.join(self.libraries)} ...", file=sys.stderr, flush=True)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for core in self.cores:
                self.build_core(core, pool)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(state)

    def build_core(self, core, pool):
        os.makedirs(os.path.join(self.folder, core, "objects"), exist_ok=True)
        programs = {name: os.path.join(self.tree, "tests", "size", "programs", name + ".cpp") for name in self.names}
        parts = list(sources_of(self.tree))
        list(pool.map(lambda source: self.compile(core, source), [source for _, source in parts] + list(programs.values())))
        archives = sorted({archive for archive, _ in parts})
        for archive in archives:
            path = os.path.join(self.folder, core, archive)
            if os.path.exists(path):
                os.remove(path)
            run(["arm-none-eabi-ar", "qcs", path, *(self.object(core, source) for name, source in parts if name == archive)])
        list(pool.map(lambda job: self.link(core, job[0], job[1], programs[job[1]], archives),
                      [(library, name) for library in self.libraries for name in programs]))

    def compile(self, core, source):
        run([COMPILER, core_flag(core), *FLAGS, "-I", os.path.join(self.tree, "stack"), "-I", os.path.join(self.tree, "port"),
             "-I", os.path.join(self.tree, "tests", "size"), "-c", source, "-o", self.object(core, source)])

    def link(self, core, library, name, source, archives):
        folder = os.path.join(self.folder, core, library)
        os.makedirs(os.path.join(folder, "programs"), exist_ok=True)
        run([COMPILER, core_flag(core), "-mthumb", *LINK[library], "-nostartfiles", "-Wl,--gc-sections",
             "-T", os.path.join(self.tree, "tests", "size", "cortex-m.ld"), f"-Wl,-Map={os.path.join(folder, name)}.map",
             "-o", os.path.join(folder, name + ".elf"), self.program_object(core, source), "-Wl,--start-group",
             *(os.path.join(self.folder, core, archive) for archive in archives), "-Wl,--end-group"])

    def program_object(self, core, source):
        # Its place tells firmware_map that it is a program.
        path = os.path.join(self.folder, core, "programs", os.path.basename(source)[:-4] + ".o")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.realpath(self.object(core, source)) != os.path.realpath(path):
            with open(self.object(core, source), "rb") as file, open(path, "wb") as out:
                out.write(file.read())
        return path

    def measure(self, name, core, library):
        """{layer: [flash, RAM]}; the C library's share is what the program draws in beyond the base."""
        cost, _ = firmware_map.measure(self.map(name, core, library))
        if name != "base":
            base, _ = firmware_map.measure(self.map("base", core, library))
            cost["libc"] = [cost["libc"][column] - base["libc"][column] for column in (0, 1)]
        return cost
