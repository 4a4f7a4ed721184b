# SPDX-License-Identifier: MIT
"""The parts of the test suite: the GoogleTest programs of a preset, and the pytest files tests/*/test_<part>.py.

The first comment lines of a pytest file may say:
  # about: one line for --list
  # needs: presets of CMakePresets.json and groups of tools/packages without which it is skipped
  # wants: presets and groups that it can do without: the cases that use them skip themselves
  # parts: variants; each becomes the part <name>-<variant>, runs by itself, and is the fixture `part` of its tests
  # needs VARIANT: further presets and groups for one variant
  # long: it takes minutes, so it begins before the short ones
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
# The parts that begin first; then come the long ones. Rules of the tree fail within seconds. `link` builds the images, for which
# most parts wait. `asan` has the largest build, which occupies the processors while other parts wait for their peers.
FIRST = ["tree", "kconfig", "unit", "link", "asan"]


class Part:
    """A part: its tests, its needs, and its result."""

    def __init__(self, name, about, needs, path=None, variant=None, wants=(), long=False, alone=False, minutes=15):
        self.name, self.about, self.needs, self.wants = name, about, needs, wants
        self.path, self.variant, self.long, self.alone, self.minutes = path, variant, long, alone, minutes
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
            match = re.match(r"# ((?:about|needs|wants|parts|long|alone|minutes)(?: [\w-]+)?):(.*)", line)
            if match:
                found[match.group(1)] = match.group(2).strip()
    return found


def parts_of_file(name, path):
    said = directives(path)
    needs = [*said.get("needs", "").split(), "base", "pytest"]
    options = {"wants": said.get("wants", "").split(), "long": "long" in said, "alone": "alone" in said,
               "minutes": float(said.get("minutes", 15))}
    about = said.get("about", "")
    if "parts" not in said:
        return [Part(name, about, needs, path, **options)]
    return [Part(f"{name}-{variant}", f"{about} ({variant})", needs + said.get(f"needs {variant}", "").split(), path, variant,
                 **options) for variant in said["parts"].split()]


def discover():
    parts = [Part(name, about, ["base", preset], wants=["lwip-2.1"], long=True) for name, (preset, about) in PRESET_PARTS.items()]
    tests = os.path.join(ROOT, "tests")
    for path in glob.glob(f"{tests}/*/test_*.py"):
        parts += parts_of_file(os.path.basename(path)[len("test_"):-len(".py")], path)
    order = {name: index for index, name in enumerate(FIRST)}
    return sorted(parts, key=lambda part: (order.get(part.name, len(FIRST)), not part.long, part.name))


def select(parts, names):
    """The named parts (a name stands for its variants too), or all if there are no names. KeyError: an unknown name."""
    chosen = []
    for name in names:
        found = [part for part in parts if part.name == name or part.name.startswith((name + "-", name + "_"))]
        if not found:
            raise KeyError(name)
        chosen += found
    return [part for part in parts if part in chosen] if names else parts


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
            groups |= {"arm", "lwip", "qemu"} | ({"newlib"} if need.endswith("-newlib") else set())
            groups |= {"mbedtls", "tls"} if "-wss" in need else set()
    return groups
