# SPDX-License-Identifier: MIT
"""The parts of the test suite: the GoogleTest programs of a preset, and the pytest files tests/*/test_<part>.py.

The first comment lines of a pytest file may say:
  # about: one line for --list
  # needs: presets of CMakePresets.json and groups of tools/packages without which it is skipped
  # wants: presets and groups that it can do without: the cases that use them skip themselves
  # parts: variants; each becomes the part <name>-<variant>, runs by itself, and is the fixture `part` of its tests
  # needs VARIANT: further presets and groups for one variant
  # early: it takes minutes, so it begins before the short ones
  # long: further variants, or nothing for all that there are, that run only with `tools/test --long`, or where they are named
  # alone: it measures time, so nothing else runs meanwhile
  # minutes: the time after which it is ended (default: 15)
"""
import glob
import json
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PRESET_PARTS = {
    "unit": ("host", "the GoogleTest programs"),
    "m32": ("host-m32", "the same on a 32-bit machine, compiled by Clang"),
    "big_endian": ("host-big-endian", "the protocol's on a big-endian machine (PowerPC) in qemu-user"),
    "asan": ("host-asan", "the same with the address and undefined-behaviour sanitizers, compiled by Clang"),
}
# The parts that begin first; then come the early ones. Rules of the tree fail within seconds. `link` builds the images, for which
# most parts wait. `asan` has the largest build, which occupies the processors while other parts wait for their peers.
FIRST = ["tree", "kconfig", "unit", "link", "asan"]
# Of the presets: the boards and `big_endian` are 32-bit machines, too.
LONG = ["m32"]


class Part:
    """A part: its tests, its needs, and its result."""

    def __init__(self, name, about, needs, path=None, variant=None, wants=(), early=False, alone=False, minutes=15, long=False):
        self.name, self.about, self.needs, self.wants = name, about, needs, wants
        self.path, self.variant, self.early, self.alone, self.minutes, self.long = path, variant, early, alone, minutes, long
        self.passed = self.failed = self.skipped = 0
        self.failures = []  # one line each
        self.skips = []     # reasons
        self.seconds = 0
        self.last_line = ""

    @property
    def preset(self):
        return PRESET_PARTS[self.name][0]

    @property
    def log(self):
        return os.path.join(ROOT, "build", "logs", f"test-{self.name}.log")

    def fail(self, line):
        self.failed += 1
        self.failures.append(line)

    def skip(self, reason):
        self.skipped += 1
        self.skips.append(reason)

    def skips_are_failures(self):
        self.failures += [f"skipped: {reason}" for reason in self.skips]
        self.failed, self.skipped, self.skips = self.failed + self.skipped, 0, []

    def counts(self):
        return result_line(self.passed, self.failed, self.skipped)


def result_line(passed, failed, skipped):
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def directives(path):
    """The comment lines at the beginning of a file as a dictionary."""
    found = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file.read().split("\n")[:40]:
            match = re.match(r"# ((?:about|needs|wants|parts|early|long|alone|minutes)(?: [\w-]+)?):(.*)", line)
            if match:
                found[match.group(1)] = match.group(2).strip()
    return found


def parts_of_file(name, path):
    said = directives(path)
    needs = [*said.get("needs", "").split(), "base", "pytest"]
    options = {"wants": said.get("wants", "").split(), "early": "early" in said, "alone": "alone" in said,
               "minutes": float(said.get("minutes", 15))}
    about = said.get("about", "")
    if "parts" not in said:
        return [Part(name, about, needs, path, long="long" in said, **options)]
    long = (said.get("long", "-") or said["parts"]).split()
    variants = list(dict.fromkeys([*said["parts"].split(), *(variant for variant in long if variant != "-")]))
    return [Part(f"{name}-{variant}", f"{about} ({variant})", needs + said.get(f"needs {variant}", "").split(), path, variant,
                 long=variant in long, **options) for variant in variants]


def discover():
    parts = [Part(name, about, ["base", preset], wants=["lwip-2.1"], early=True, long=name in LONG) for name, (preset, about) in PRESET_PARTS.items()]
    tests = os.path.join(ROOT, "tests")
    for path in glob.glob(f"{tests}/*/test_*.py"):
        parts += parts_of_file(os.path.basename(path)[len("test_"):-len(".py")], path)
    order = {name: index for index, name in enumerate(FIRST)}
    return sorted(parts, key=lambda part: (order.get(part.name, len(FIRST)), not part.early, part.name))


def select(parts, names, long=False):
    """The named parts (a name stands for its variants too); without names all, the long ones only if asked for. KeyError: an
    unknown name."""
    chosen = []
    for name in names:
        found = [part for part in parts if part.name == name or part.name.startswith((name + "-", name + "_"))]
        if not found:
            raise KeyError(name)
        chosen += found
    return [part for part in parts if part in chosen or not names and (long or not part.long)]


def preset_names():
    with open(os.path.join(ROOT, "CMakePresets.json"), encoding="utf-8") as file:
        return [preset["name"] for preset in json.load(file)["configurePresets"] if not preset.get("hidden")]


def groups_for(needs, presets):
    """The groups of tools/packages that presets and groups stand for."""
    groups = set()
    for need in needs:
        if need not in presets:
            groups.add(need)
        elif need == "host-big-endian":
            groups |= {"cxx", "bigendian"}
        elif need.startswith("host"):
            groups |= {"cxx", "gtest", "lwip", "mbedtls", "tls"} | {"host-m32": {"m32"}, "host-asan": {"asan"}}.get(need, set())
        else:
            groups |= {"lwip"} | ({"riscv"} if need.startswith("riscv") else {"arm", "qemu"}) | ({"newlib"} if need.endswith("-newlib") else set())
            groups |= {"mbedtls", "tls"} if "-wss" in need else set()
    return groups
