#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Builds the minimal programs of tests/cost/size/ for each processor and C library, with the flags of the release firmware.

Ninja does the work. The objects of one configuration of Whit are a kit: that of the plain programs has the numbers of
stack/whit/config.h; a program with a line `// over: LIBRARY, configured by DEFCONFIG` gets the kit that CMake makes of that file.
Each line of tests/cost/size/parts makes a program of its own: the named one and one more statement."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import commands  # noqa: E402
import firmware_map  # noqa: E402
from tables import Problem  # noqa: E402

CORES = {"m0plus": "Cortex-M0+", "m3": "Cortex-M3", "m4": "Cortex-M4", "m33": "Cortex-M33"}
# Those for which the programs over lwIP and Mbed TLS are built: they tell no more of the other two than the plain ones do.
OVER_CORES = ("m0plus", "m3")
LIBRARIES = {"picolibc": "picolibc", "nano": "newlib-nano"}
COMPILER = "arm-none-eabi-g++"
FLAGS = ("--specs=picolibcpp.specs -mthumb -mno-unaligned-access -Os -g -DNDEBUG -std=c++17 -fno-common -ffunction-sections "
         "-fdata-sections -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-unwind-tables -fno-asynchronous-unwind-tables").split()
LINK = {"picolibc": ["--specs=picolibcpp.specs"], "nano": ["--specs=nano.specs", "--specs=nosys.specs"]}
# The preset with which a defconfig is configured. Its commands give the processor and the C library.
PRESET, PRESET_CORE = "lm3s6965evb", "m3"
PROGRESS_SECONDS = 10
# The programs with which the others are compared, in the order of the tables.
PLAIN = ("base", "server", "client", "both")
RULES = """\
rule compile
  command = $begin -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule archive
  command = rm -f $out && arm-none-eabi-ar qcs $out $in
rule link
  command = $begin -Wl,--start-group $in -Wl,--end-group -o $out
"""


def escaped(path):
    return re.sub(r"([ :$])", r"$\1", path)


def statement(rule, out, inputs, command="", also=None):
    """A build statement of Ninja: output, inputs, command; `also`: a file that the command names itself."""
    line = f"build {escaped(out)}: {rule} {' '.join(map(escaped, inputs))}" + (f" | {escaped(also)}" if also else "")
    return [line, "  begin = " + command.replace("$", "$$")] if command else [line]


def for_source(command, source):
    """The command of C++ as the one that compiles `source`."""
    if not source.endswith(".c"):
        return command
    words = [word for word in shlex.split(command) if word not in ("-std=c++17", "-fno-rtti", "-fno-threadsafe-statics")]
    return shlex.join([re.sub(r"picolibcpp\.specs$", "picolibc.specs", re.sub(r"g\+\+$", "gcc", word)) for word in words])


def core_flag(core):
    return "-mcpu=cortex-" + core


def sources_of(tree):
    """(archive, source) of everything from which the linker takes what a plain program uses."""
    for folder, folders, names in os.walk(os.path.join(tree, "stack")):
        folders[:] = sorted(name for name in folders if not name.startswith("host"))  # kernels of other machines
        for name in sorted(names):
            if name.endswith(".cpp"):
                yield "whit_stack", os.path.join(folder, name)
    yield "whit_port_template", os.path.join(tree, "port", "whit", "template", "template_network.cpp")
    proxy = os.path.join(tree, "port", "whit", "proxy")
    for name in sorted(os.listdir(proxy)) if os.path.isdir(proxy) else ():
        if name.endswith(".cpp"):
            yield "whit_port_proxy", os.path.join(proxy, name)


class Program:
    """A minimal program. `base`: the program that it extends, or ""; `over`: a library and its configuration, or ""; `flags`: of its source."""

    def __init__(self, base, source, about, over, flags=("-DPART=",)):
        self.base, self.source, self.about, self.over, self.flags = base, source, about, over, list(flags)


def part_of(programs, line):
    """(name, program) of a line `PROGRAM | NAME | HEADER or nothing | STATEMENT | what it is`."""
    fields = [field.strip() for field in line.split(" | ")]
    if len(fields) != 5 or fields[0] not in programs:
        raise Problem(f"tests/cost/size/parts: `{line}` has to be PROGRAM | NAME | HEADER or - | STATEMENT | what it is; "
                      f"programs: {' '.join(programs)}")
    base, name, header, statement_, about = fields
    include = [] if header == "-" else ["-include", header]
    return f"{base}_{name}", Program(base, programs[base].source, about, programs[base].over, [f"-DPART={statement_}", *include])


def programs_of(tree):
    """{name: Program} of tests/cost/size: the base first, each followed by its parts."""
    folder = os.path.join(tree, "tests", "cost", "size", "programs")
    found = {}
    for name in sorted(os.listdir(folder)):
        stem, suffix = os.path.splitext(name)
        if suffix not in (".cpp", ".c"):
            continue
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            said = dict(re.findall(r"^// (what|over): (.*)$", file.read(), re.M))
        if "what" not in said:
            raise Problem(f"tests/cost/size/programs/{name} does not say what it is: a line `// what: ...`")
        if stem.split("_")[0] not in PLAIN:
            raise Problem(f"tests/cost/size/programs/{name}: the name of a program begins with {', '.join(PLAIN[1:])}")
        found[stem] = Program(stem.rpartition("_")[0], os.path.join(folder, name), said["what"], said.get("over", ""))
    with open(os.path.join(os.path.dirname(folder), "parts"), encoding="utf-8") as file:
        found.update([part_of(found, line.strip()) for line in file if line.strip() and not line.startswith("#")])
    return dict(sorted(found.items(), key=lambda item: (item[0] not in PLAIN, PLAIN.index(item[0].split("_")[0]))))


def commands_of(folder):
    """(target, source, compiler's command without the files) of each object that CMake would make there."""
    with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as file:
        for entry in json.load(file):
            command, files = entry["command"].split(" -o ")
            yield re.search(r"(\w+)\.dir/", files).group(1), entry["file"], command


def application_command(folder):
    return next(command for target, _, command in commands_of(folder) if target == "echo_server")


class Programs:
    """The programs of a tree, built in `folder`. `over`: the programs that need lwIP or Mbed TLS, and their `over:` lines."""

    def __init__(self, tree, folder, cores=tuple(CORES), libraries=tuple(LIBRARIES), over_cores=OVER_CORES):
        # The same path each time: it is part of the commands that Ninja compares.
        self.tree, self.folder, self.cores, self.libraries = os.path.realpath(tree), os.path.realpath(folder), cores, libraries
        self.over_cores = over_cores
        self.found = programs_of(self.tree)
        self.names = {name: each.about for name, each in self.found.items() if not each.over}
        self.over = {name: each.over for name, each in self.found.items() if each.over}
        self.abouts = {name: each.about for name, each in self.found.items()}

    def map(self, name, core, library):
        return os.path.join(self.folder, core, library, name + ".map")

    def object(self, core, source, kit="plain"):
        return os.path.join(self.folder, core, kit, re.sub(r"[/.]", "_", os.path.relpath(source, self.tree)) + ".o")

    def measure(self, name, core, library):
        """{layer: [flash, RAM]}"""
        return firmware_map.measure(self.map(name, core, library))[0]

    def folders(self, name, core, library):
        """{folder of stack/: bytes of flash}; "" for code of stack/ in the program's own object."""
        archived = {os.path.basename(self.object(core, source)): os.path.dirname(os.path.relpath(source, self.tree)) for _, source in sources_of(self.tree)}
        found = {}
        for layer, _, source, size in firmware_map.sections_in_flash(self.map(name, core, library)):
            if layer == "stack":
                folder = next((folder for made, folder in archived.items() if f"({made})" in source), "")
                found[folder] = found.get(folder, 0) + size
        return found

    def objects_of_stack(self, core):
        return [self.object(core, source) for archive, source in sources_of(self.tree) if archive == "whit_stack"]

    def libc(self, name, core, library):
        """Bytes of flash that a program adds to the C library of the base."""
        return self.measure(name, core, library)["libc"][0] - self.measure("base", core, library)["libc"][0]

    # ---- building ----

    def build(self, over=False):
        """`over`: also the programs that need lwIP or Mbed TLS."""
        self.ninja("plain", [line for core in self.cores for line in self.statements("plain", core, self.plain_kit(core), list(self.names))])
        if over:
            self.ninja("over", [line for said in dict.fromkeys(self.over.values()) for line in self.over_statements(said)])

    def over_statements(self, said):
        """The kit of all programs with the same `over:` line."""
        folder, targets = self.configured(said)
        names = [name for name in self.over if self.over[name] == said]
        kit = os.path.basename(folder)
        return [line for core in self.over_cores for line in self.statements(kit, core, self.configured_kit(folder, targets, core), names)]

    def plain_kit(self, core):
        """The command that compiles a program, and (archive, source, command) of its libraries."""
        launcher = os.environ.get("CMAKE_CXX_COMPILER_LAUNCHER", "").split()  # as CMake puts it before the commands of the other kits
        command = shlex.join([*launcher, COMPILER, core_flag(core), *FLAGS, *self.includes("stack"), *self.includes("stack", "addons"), *self.includes("port")])
        return command, [(archive, source, command) for archive, source in sources_of(self.tree)]

    def configured_kit(self, folder, targets, core):
        core_sources = os.path.join(self.tree, "stack", "")
        parts = [(target, source, self.retargeted(command, core)) for target, source, command in commands_of(folder)
                 if target in targets or source.startswith(core_sources)]
        return self.retargeted(application_command(folder), core), parts

    @staticmethod
    def retargeted(command, core):
        # Debug information is the one thing that the C library's headers change in an object (a test checks that).
        return command.replace(core_flag(PRESET_CORE), core_flag(core)).replace(" -g ", " ")

    def configured(self, said):
        """The folder that CMake has configured as the program's `over:` line says, and the targets that the program needs."""
        match = re.fullmatch(r"(\w+), configured by (\S+)", said)
        if not match:
            raise Problem(f"a program of tests/cost/size/programs says `// over: {said}`; it has to be `// over: LIBRARY, configured by DEFCONFIG`")
        library, defconfig = match.groups()
        folder = os.path.join(self.folder, "configured", re.sub(r"\W+", "-", said))
        self.discard_foreign_cache(folder)
        command = ["ninja", "-C", folder, "build.ninja"]
        if not os.path.exists(os.path.join(folder, "build.ninja")):
            command = ["cmake", "-S", self.tree, "--preset", PRESET, "-B", folder, "-DWHIT_DEFCONFIG=" + os.path.join(self.tree, defconfig)]
        commands.run(command, f"CMake with {defconfig}")
        return folder, ("whit_port_template", "whit_port_" + library, "whit_" + library)

    def discard_foreign_cache(self, folder):
        """CMake refuses a cache that was made for another place (a copied tree)."""
        cache = os.path.join(folder, "CMakeCache.txt")
        if os.path.exists(cache):
            with open(cache, encoding="utf-8") as file:
                own = f"CMAKE_HOME_DIRECTORY:INTERNAL={self.tree}\n" in file.read()
            if not own:
                shutil.rmtree(folder)

    def includes(self, *path):
        return ["-I", os.path.join(self.tree, *path)]

    def statements(self, kit, core, program_and_parts, names):
        """Ninja's statements for the programs `names` of a kit."""
        command, parts = program_and_parts
        program = f"{command} {shlex.join([*self.includes('port'), *self.includes('stack', 'c'), *self.includes('tests', 'cost', 'size')])}"
        archives, text = {}, []
        for archive, source, how in [*parts, ("whit_board", os.path.join(self.tree, "tests", "cost", "size", "start.cpp"), program)]:
            out = self.object(core, source, kit)
            archives.setdefault(os.path.join(self.folder, core, kit, f"lib{archive}.a"), []).append(out)
            text += statement("compile", out, [source], how)
        for archive, objects in archives.items():
            text += statement("archive", archive, objects)
        for name in names:
            # By its folder firmware_map knows that it is a program.
            out = os.path.join(self.folder, core, "programs", name + ".o")
            source = self.found[name].source
            text += statement("compile", out, [source], f"{for_source(program, source)} {shlex.join(self.found[name].flags)}")
            for library in self.libraries:
                text += self.link(name, core, library, [out, *archives])
        return text

    def link(self, name, core, library, inputs):
        script = os.path.join(self.tree, "tests", "cost", "size", "cortex-m.ld")
        command = [COMPILER, core_flag(core), "-mthumb", *LINK[library], "-nostartfiles", "-Wl,--gc-sections", "-T", script,
                   "-Wl,-Map=" + self.map(name, core, library)]
        return statement("link", self.map(name, core, library)[:-4] + ".elf", inputs, shlex.join(command), script)

    def ninja(self, name, statements):
        """Builds everything that the statements name. Ninja keeps its log in a folder of that name."""
        os.makedirs(self.folder, exist_ok=True)
        path = os.path.join(self.folder, name + ".ninja")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join([RULES, f"builddir = {name}", *statements]) + "\n")
        process = subprocess.Popen(["ninja", "-C", self.folder, "-f", path, "-j", str(os.cpu_count())], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, env={**os.environ, "NINJA_STATUS": "[%f/%t] "})
        said, last = [], time.monotonic()
        for line in process.stdout:
            step = re.match(r"\[(\d+)/(\d+)\]", line)
            if not step:
                said.append(line)
            elif time.monotonic() - last > PROGRESS_SECONDS:
                last = time.monotonic()
                print(f"building tests/cost/size ({name}): {step.group(1)} of {step.group(2)} steps", file=sys.stderr, flush=True)
        if process.wait() != 0:
            raise Problem(f"building tests/cost/size failed: {''.join(said)[:1500]}")
