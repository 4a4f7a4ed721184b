#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds the minimal programs of tests/size/ for each processor and C library, with the flags of the release firmware."""
import concurrent.futures
import hashlib
import json
import os
import re
import shlex
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
    """{name: (what it is, preset whose libraries it is linked with or None)} of tests/size/programs, the base first."""
    folder = os.path.join(tree, "tests", "size", "programs")
    found = {}
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".cpp"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            said = dict(re.findall(r"^// (what|over): (.*)$", file.read(), re.M))
        if "what" not in said:
            raise Problem(f"tests/size/programs/{name} does not say what it is: a line `// what: ...`")
        found[name[:-4]] = (said["what"], said.get("over"))
    order = ["base", "server", "client", "both"]
    return dict(sorted(found.items(), key=lambda item: (order.index(item[0]) if item[0] in order else len(order), item[0])))


def run(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"{os.path.basename(command[0])} failed: {' '.join(done.stdout.strip().split(chr(10))[:3])[:600]}")
    return done.stdout


def fingerprint(tree):
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


def libraries_of(builds, preset):
    folder = os.path.join(builds, preset)
    found = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.endswith(".a"))
    if not found:
        raise Problem(f"{os.path.relpath(folder)} has no libraries: build the firmware first, cmake --preset {preset} && cmake --build --preset {preset}")
    return found


def compiler_of(builds, preset):
    """How the preset compiles an application: everything but the files."""
    with open(os.path.join(builds, preset, "compile_commands.json"), encoding="utf-8") as file:
        command = next(entry["command"] for entry in json.load(file) if entry["file"].endswith("boards/apps/echo_server.cpp"))
    return shlex.split(command.split(" -o ")[0])


class Programs:
    """The programs of a tree, built in `folder` if they are not there already. `over`: those that are linked with the
    libraries of a preset, for its processor and C library alone."""

    def __init__(self, tree, folder, cores=tuple(CORES), libraries=tuple(LIBRARIES)):
        self.tree, self.folder, self.cores, self.libraries = tree, folder, cores, libraries
        found = programs_of(tree)
        self.names = {name: about for name, (about, preset) in found.items() if not preset}
        self.over = {name: preset for name, (_, preset) in found.items() if preset}
        self.abouts = {name: about for name, (about, _) in found.items()}

    def map(self, name, core, library):
        if name in self.over:
            return os.path.join(self.folder, "over", name + ".map")
        return os.path.join(self.folder, core, library, name + ".map")

    def object(self, core, source):
        return os.path.join(self.folder, core, "objects", re.sub(r"[/.]", "_", os.path.relpath(source, self.tree)) + ".o")

    def build(self):
        stamp = os.path.join(self.folder, "built")
        state = f"{fingerprint(self.tree)} {self.cores} {self.libraries}"
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

    # ---- over the libraries of a preset ----

    def build_over(self, builds):
        """Those of self.over, with what is in the presets' folders under `builds`."""
        stamp = os.path.join(self.folder, "over", "built")
        state = fingerprint(self.tree) + "".join(f" {path} {os.stat(path).st_mtime_ns}" for preset in sorted(set(self.over.values()))
                                            for path in libraries_of(builds, preset))
        if os.path.exists(stamp) and open(stamp, encoding="utf-8").read() == state:
            return
        os.makedirs(os.path.join(self.folder, "over", "programs"), exist_ok=True)
        for name, preset in self.over.items():
            self.link_over(builds, name, preset)
        with open(stamp, "w", encoding="utf-8") as file:
            file.write(state)

    def link_over(self, builds, name, preset):
        image = os.path.join(self.folder, "over", name)
        out = os.path.join(self.folder, "over", "programs", name + ".o")
        size = os.path.join(self.tree, "tests", "size")
        run([*compiler_of(builds, preset), "-I", os.path.join(self.tree, "port"), "-I", size,
             "-c", os.path.join(size, "programs", name + ".cpp"), "-o", out])
        run([COMPILER, core_flag("m3"), "-mthumb", *LINK["picolibc"], "-nostartfiles", "-Wl,--gc-sections",
             "-T", os.path.join(size, "cortex-m.ld"), f"-Wl,-Map={image}.map", "-o", f"{image}.elf", out,
             os.path.join(self.folder, "m3", "libwhit_board.a"), "-Wl,--start-group", *libraries_of(builds, preset), "-Wl,--end-group"])

    # ---- steps of a build ----

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
