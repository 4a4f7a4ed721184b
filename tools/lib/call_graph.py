#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The calls in a firmware image, and the stack that each function takes. Calls are read from the image's own code;
frames from GCC's call-graph information (-fcallgraph-info=su), compared with the code, and where a library has none, from its
code. A call through a pointer leads where a list says, and the list is checked against the image."""
import bisect
import fnmatch
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import firmware_map  # noqa: E402
from elftools.elf.elffile import ELFFile  # noqa: E402
from tables import Problem  # noqa: E402

ADDRESSES = (2, 38)  # R_ARM_ABS32, and R_ARM_TARGET1 of constructors
EXCEPTION_FRAME = 36  # ARMv7-M: eight words, and one to align them
INSTRUCTION = re.compile(r" +([0-9a-f]+):\t(\w[\w.]*)\t?([^@;]*)")
# Calls and jumps through a register. `bx lr` returns.
BY_POINTER = re.compile(r"blx (r\d+|sl|fp|ip|lr)$|bx (r\d+|sl|fp|ip)$")
CONDITIONAL = re.compile(r"b(eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)(\.[nw])?$|cbn?z$")
# From a table of places in the same function.
SWITCH = re.compile(r"tb[bh] |ldr(\.w)? pc, \[r\d+, r\d+, lsl #2\]")


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def readable(names):
    return output_of_input("arm-none-eabi-c++filt", "\n".join(names)).split("\n")[:len(names)]


def output_of_input(command, text):
    return subprocess.run([command], input=text, capture_output=True, text=True, check=True).stdout


class Function:
    def __init__(self, name, address, size):
        self.name, self.address, self.size = name, address, size
        self.layer = "libc"
        self.frame = None
        self.calls, self.jumps = set(), set()  # addresses of the functions that it calls, and that it jumps to at its end
        self.indirect = 0                      # calls through a pointer
        self.code = []                         # (address, operation, operands)
        self.depth = 0                         # bytes, as its code says
        self.moves_stack = False               # sets the stack pointer to something else

    def __repr__(self):
        return self.name

    @property
    def short(self):
        """The name without parameters and unnamed namespaces."""
        return self.name.replace("(anonymous namespace)::", "").split("(")[0]


class Image:
    def __init__(self, path, folder):
        self.path = path
        self.functions = {}
        self.read_symbols()
        self.read_code()
        for function in self.functions.values():
            Walk(function)
        self.read_layers()
        self.read_frames(folder)
        self.compare_frames()
        self.taken = self.addresses_taken()

    def read_symbols(self):
        rows = re.findall(r"^ *\d+: ([0-9a-f]+) +(\d+) FUNC +\w+ +\w+ +\w+ (\S+)$",
                          output_of("arm-none-eabi-readelf", "-sW", self.path), re.M)
        for (address, size, _), name in zip(rows, readable([row[2] for row in rows])):
            place = int(address, 16) & ~1
            if int(size) and place not in self.functions:
                self.functions[place] = Function(name, place, int(size))
        self.mangled = {}
        for address, _, symbol in rows:
            self.mangled.setdefault(symbol, set()).add(int(address, 16) & ~1)

    def read_code(self):
        at = None
        for line in output_of("arm-none-eabi-objdump", "-d", "--no-show-raw-insn", self.path).split("\n"):
            head = re.match(r"([0-9a-f]+) <", line)
            if head:
                at = self.functions.get(int(head.group(1), 16), at)
                continue
            code = INSTRUCTION.match(line)
            if code and at:
                at.code.append((int(code.group(1), 16), code.group(2), code.group(3).strip()))

    def read_layers(self):
        with open(self.path[:-4] + ".map", encoding="utf-8", errors="replace") as file:
            parts = firmware_map.without_overlaps(list(firmware_map.contributions(file.read())))
        places = sorted((address, section, source) for _, address, _, section, source in parts if section)
        starts = [place[0] for place in places]
        for function in self.functions.values():
            _, section, function.source = places[bisect.bisect_right(starts, function.address) - 1]
            function.layer = firmware_map.layer_of(section, function.source)

    def read_frames(self, folder):
        """Gives each function the frame of the object that the map names for it: several objects have a `main`."""
        infos = {os.path.relpath(os.path.join(directory, name), folder)[:-3]: os.path.join(directory, name)
                 for directory, _, names in os.walk(folder) for name in names if name.endswith(".ci")}
        if not infos:
            raise Problem(f"no call-graph information in {folder}")
        read = {}
        for symbol, places in self.mangled.items():
            for place in places & self.functions.keys():
                function = self.functions[place]
                path = info_of(function.source, infos)
                if path is None:
                    continue
                if path not in read:
                    read[path] = frames_of(path)
                if symbol in read[path]:
                    function.frame = read[path][symbol]
        for function in self.functions.values():
            if function.frame is None and info_of(function.source, infos):
                raise Problem(f"{info_of(function.source, infos)} says nothing about {function.name}")

    def compare_frames(self):
        for function in self.functions.values():
            if function.frame is None:
                function.frame = function.depth  # of a library
                continue
            function.frame += uncounted(function)
            if function.frame < function.depth:
                raise Problem(f"{function.name} has a frame of {function.frame} bytes as GCC says, and takes {function.depth} in its code")

    def addresses_taken(self):
        """Functions whose address the linker has put somewhere (-Wl,--emit-relocs): the targets that a pointer may have."""
        values = set()
        with open(self.path, "rb") as file:
            image = ELFFile(file)
            places = [(section["sh_addr"], section.data()) for section in image.iter_sections() if section["sh_flags"] & 2 and section["sh_type"] != "SHT_NOBITS"]
            tables = [section for section in image.iter_sections() if section["sh_type"] == "SHT_REL" and ".debug" not in section.name]
            if not tables:
                raise Problem(f"{self.path} has no relocations: it was not linked with -Wl,--emit-relocs")
            for relocation in (each for table in tables for each in table.iter_relocations()):
                where = relocation["r_offset"]
                if relocation["r_info_type"] in ADDRESSES:
                    values |= {int.from_bytes(data[where - start:where - start + 4], "little") for start, data in places if start <= where < start + len(data)}
        return {place for place in self.functions if place | 1 in values}

    def find(self, pattern):
        # Parameters are compared only if the pattern has some.
        return {place for place, function in self.functions.items()
                if fnmatch.fnmatchcase(function.name if "(" in pattern else function.name.split("(")[0] if not function.name.startswith("(anonymous")
                                       else function.name, pattern)}


def info_of(source, infos):
    """The .ci file of an object as the map names it (a path, or an archive and its member); None: a library without one."""
    member = re.match(r".*lib(\w+)\.a\((.*)\.obj\)$", source)
    if not member:
        return infos.get(re.sub(r"\.obj$", "", source))
    found = [path for name, path in infos.items() if f"/{member.group(1)}.dir/" in "/" + name and name.endswith("/" + member.group(2))]
    if len(found) > 1:
        raise Problem(f"two files could be of {source}: {found[0]}, {found[1]}")
    return found[0] if found else None


def frames_of(path):
    """{symbol: bytes} of one .ci file."""
    with open(path, encoding="utf-8") as file:
        rows = re.findall(r'^node: \{ title: "([^"]*)" label: "[^"]*\\n(\d+) bytes \((\w+)[^"]*"', file.read(), re.M)
    for title, _, kind in rows:
        if kind != "static":
            raise Problem(f"the frame of {title} has no fixed size ({kind})")
    return {title.rsplit(":", 1)[-1]: int(size) for title, size, _ in rows}


def registers_in(operands):
    count = 0
    for part in re.search(r"\{(.*)\}", operands).group(1).split(","):
        span = re.match(r"\s*r(\d+)-r(\d+)", part)
        count += int(span.group(2)) - int(span.group(1)) + 1 if span else 1
    return count


def growth(operation, operands):
    """The bytes that an instruction adds to the stack; None: it sets the stack pointer to something else."""
    if operation.startswith("push") or (operation.startswith("stmdb") and operands.startswith("sp!")):
        return 4 * registers_in(operands)
    if operation.startswith("pop") or (operation.startswith("ldmia") and operands.startswith("sp!")):
        return -4 * registers_in(operands)
    indexed = re.search(r"\[sp, #(-\d+)\]!|\[sp\], #(\d+)", operands)
    if indexed:
        return -int(indexed.group(1) or indexed.group(2))
    room = re.match(r"sp, (?:sp, )?#(\d+)", operands)
    if room and operation.startswith(("add", "sub")):
        return int(room.group(1)) * (1 if operation.startswith("sub") else -1)
    return None if operands.startswith("sp,") and not operation.startswith(("cmp", "cmn", "tst", "stm", "ldm")) else 0


def uncounted(function):
    """GCC does not count the registers that it puts before arguments of the stack, to make one object of both."""
    first = [code[1:] for code in function.code[:2]]
    if len(first) < 2 or not first[0][0].startswith("sub") or not first[1][0].startswith(("push", "stmdb")):
        return 0
    return max(0, growth(*first[0]) or 0)


class Walk:
    """All paths through the code of a function: the depth of its stack, and the functions that it calls."""

    def __init__(self, function):
        self.function = function
        self.places = {code[0]: index for index, code in enumerate(function.code)}
        self.waiting, self.unseen, self.at_switch = [(0, 0)], set(range(len(function.code))), 0
        while self.unseen:
            # An instruction that no jump leads to is a case of a switch.
            index, depth = self.waiting.pop() if self.waiting else (min(self.unseen), self.at_switch)
            self.follow(index, depth)

    def follow(self, index, depth):
        conditional = 0  # instructions that still belong to an IT
        while index in self.unseen:
            self.unseen.remove(index)
            _, operation, operands = self.function.code[index]
            maybe = conditional > 0 or CONDITIONAL.match(operation) is not None
            conditional = len(operation) - 1 if re.match(r"it[te]*$", operation) else conditional - 1
            change = growth(operation, operands)
            if change is None:
                self.function.moves_stack, change = True, 0
            # Room that is given back under a condition is still taken if the condition does not hold.
            if change > 0 or not maybe:
                depth += change
            self.function.depth = max(self.function.depth, depth)
            if self.ends(operation, operands, depth) and not maybe:
                return
            index += 1

    def ends(self, operation, operands, depth):
        """Notes the targets of an instruction. True: the next one is not reached from it."""
        function = self.function
        if SWITCH.match(f"{operation} {operands}"):
            self.at_switch = depth
            return True
        if BY_POINTER.match(f"{operation} {operands}"):
            function.indirect += 1
            return operation == "bx"
        target = re.match(r"(?:\w+, )?([0-9a-f]+) <", operands)
        if target and operation == "bl":
            function.calls.add(int(target.group(1), 16))
        elif target and re.match(r"b(\w\w)?(\.[nw])?$|cbn?z$", operation):
            self.jump(int(target.group(1), 16), depth)
            return not CONDITIONAL.match(operation)
        return operation in ("bx", "udf") or "pc}" in operands or operands.startswith("pc,")

    def jump(self, place, depth):
        if place in self.places:
            self.waiting.append((self.places[place], depth))
        else:
            (self.function.calls if depth else self.function.jumps).add(place)


class Rules:
    """The list: `caller -> target, target` for calls through a pointer; `caller -> nothing` where none is made in this image;
    `recursion: a -> b at most N times: why`; `entry: function` for a function that the processor calls, or whose address is taken and never called."""

    def __init__(self, path):
        self.path, self.targets, self.recursions, self.entries = path, {}, {}, []
        self.met = set()  # names that an image has
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.split("#")[0].strip()
                if line:
                    self.read(line, number)

    def read(self, line, number):
        recursion = re.match(r"recursion: (.+?) -> (.+?) at most (\d+) times?: .+$", line)
        entry = re.match(r"entry: (.+)$", line)
        call = re.match(r"(.+?) -> (.+)$", line)
        if recursion:
            self.recursions[recursion.group(1), recursion.group(2)] = int(recursion.group(3))
        elif entry:
            self.entries.append(entry.group(1))
        elif call:
            self.targets.setdefault(call.group(1), []).extend(part.strip() for part in call.group(2).split(";"))
        else:
            raise Problem(f"{self.path}:{number}: neither `caller -> target; target` nor `recursion:` nor `entry:`")


    def check_all_met(self):
        """After all images: raises Problem for names of the list that no image has."""
        named = [*self.targets, *self.entries, *(target for targets in self.targets.values() for target in targets),
                 *(name for pair in self.recursions for name in pair)]
        stray = [name for name in named if name != "nothing" and name not in self.met]
        if stray:
            raise Problem(f"{self.path}: {stray[0]} is in no image")


class CallGraph:
    def __init__(self, image, rules):
        self.image, self.rules = image, rules
        self.indirect = self.resolve()
        self.cut = self.cuts()
        self.depths = {}

    def find(self, pattern):
        found = self.image.find(pattern)
        if found:
            self.rules.met.add(pattern)
        return found

    def one(self, pattern, what):
        found = self.image.find(pattern)
        if not found:
            raise Problem(f"{self.rules.path}: {what} {pattern} is not in the image {os.path.basename(self.image.path)}")
        return found

    def resolve(self):
        """{function: the functions that its calls through pointers may reach}; every such call and every address taken is accounted for."""
        image, found, reached = self.image, {}, set()
        for caller, targets in self.rules.targets.items():
            places = self.find(caller)
            goals = set()
            for target in targets:
                if target != "nothing":
                    goals |= self.find(target)
            not_taken = [image.functions[goal].name for goal in goals - image.taken]
            if places and not_taken:
                raise Problem(f"{self.rules.path}: nothing takes the address of {not_taken[0]}, a target of {caller}")
            for place in places:
                if not image.functions[place].indirect:
                    raise Problem(f"{self.rules.path}: {image.functions[place].name} calls nothing through a pointer")
                found[place] = found.get(place, set()) | goals
            if places:
                reached |= goals
        for place, function in sorted(image.functions.items()):
            if function.indirect and place not in found:
                raise Problem(f"{function.name} calls through a pointer, and {self.rules.path} does not say what")
        for pattern in self.rules.entries:
            reached |= self.find(pattern)
        stray = sorted(image.functions[place].name for place in image.taken - reached)
        if stray:
            raise Problem(f"the address of {stray[0]} is taken, and {self.rules.path} names no call that may reach it")
        return found

    def cuts(self):
        found = {}
        for (caller, target), times in self.rules.recursions.items():
            for place in self.find(caller):
                for goal in self.find(target):
                    found[place, goal] = times
        return found

    def depth(self, place, weight, path=()):
        """(bytes, path) of the deepest stack below a function. `weight`: gives the bytes that a function counts for."""
        if place in self.depths:
            return self.depths[place]
        if place in path:
            cycle = [self.image.functions[each].name for each in path[path.index(place):]]
            raise Problem(f"recursion that {self.rules.path} does not bound: {' -> '.join(cycle)} -> {cycle[0]}")
        function = self.image.functions[place]
        own = weight(function)
        best = (own, [place])
        for goal, jump in self.goals(function):
            below, trail = self.depth(goal, weight, (*path, place))
            total = below if jump else own + below
            if total > best[0]:
                best = (total, [place, *trail])
        self.depths[place] = best
        return best

    def goals(self, function):
        for goal in function.calls | self.indirect.get(function.address, set()):
            if goal in self.image.functions and (function.address, goal) not in self.cut:
                yield goal, False
        for goal in function.jumps:
            if goal in self.image.functions and (function.address, goal) not in self.cut:
                yield goal, True

    def deepest(self, pattern, weight=lambda function: function.frame):
        """(bytes, functions on the way). Each bounded recursion adds its whole cycle as often as the list allows."""
        place = min(self.one(pattern, "the function"))
        self.depths = {}
        total, trail = self.depth(place, weight)
        below = self.reachable(place)
        extra = sum(times * self.cycle(caller, goal, weight) for (caller, goal), times in self.cut.items() if caller in below)
        return total + extra, [self.image.functions[each] for each in trail]

    def reachable(self, place):
        found, waiting = {place}, [place]
        while waiting:
            new = {goal for goal, _ in self.goals(self.image.functions[waiting.pop()])} - found
            found |= new
            waiting += new
        return found

    def cycle(self, caller, goal, weight):
        """Bytes of one more round: from the target of a bounded call back to its caller."""
        self_depths, self.depths = self.depths, {}
        best = self.way(goal, caller, weight, ())
        self.depths = self_depths
        return best or 0

    def way(self, place, end, weight, path):
        if place in path:
            return None
        own = weight(self.image.functions[place])
        if place == end:
            return own
        found = [self.way(goal, end, weight, (*path, place)) for goal, _ in self.goals(self.image.functions[place])]
        found = [each for each in found if each is not None]
        return own + max(found) if found else None
