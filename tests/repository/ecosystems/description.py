# SPDX-License-Identifier: MIT
"""Executes the build description of an ecosystem, and its Kconfig, with stand-ins of what the ecosystem gives them."""
import json
import os
import re
import shlex
import tempfile
from pathlib import Path
from typing import NamedTuple

import kconfiglib
import yaml
from support.machine import ROOT, command

HERE = Path(__file__).resolve().parent


class Description(NamedTuple):
    """What a build description has compiled."""
    sources: list  # relative to the tree
    includes: list  # in their order
    flags: list  # besides -I, -isystem, -D of the stand-in's compiler

    def beside_the_stack(self):
        """The sources that are compiled against headers of the ecosystem."""
        return [path for path in self.sources if path.parts[0] != "stack"]

    def problems(self, *more):
        """Sources that are missing or too many: the stack, its addons, the POSIX port for small systems, and the globs `more`."""
        globs = ("stack/whit/**/*.cpp", "stack/addons/whit/*.cpp", "port/whit/posix/*.cpp", "port/whit/posix/embedded/*.cpp", *more)
        expected = {path.relative_to(ROOT) for pattern in globs for path in ROOT.glob(pattern)}
        found = set(self.sources)
        return ([f"not compiled: {path}" for path in sorted(expected - found)]
                + [f"compiled too: {path}" for path in sorted(found - expected)])


def inside(path):
    return Path(os.path.realpath(path)).relative_to(ROOT)


def of_cmake(standin, build, *options):
    """Configures tests/repository/ecosystems/<standin>/CMakeLists.txt, which adds the description, and reads what would be compiled."""
    code, text = command("cmake", "-G", "Ninja", "-S", HERE / standin, "-B", build, "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
                         f"-DWHIT={ROOT}", *options)
    assert code == 0, text
    entries = json.loads((Path(build) / "compile_commands.json").read_text())
    words = shlex.split(entries[0]["command"])
    includes = [word[2:] for word in words if word.startswith("-I")]
    assert all(shlex.split(entry["command"])[1:-4] == words[1:-4] for entry in entries), "the sources have different flags"
    flags = [word for word in words[1:-4] if re.match(r"-(std|f|W|O|D)", word)]
    return Description([inside(entry["file"]) for entry in entries], [os.path.realpath(folder) for folder in includes], flags)


# ---- Kconfig ----


def read_kconfig(text, lines=(), **environment):
    """Parses a Kconfig tree that begins with `text`, with a configuration. Returns the tree; a warning is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        top, config = Path(folder) / "Kconfig", Path(folder) / "config"
        top.write_text(text)
        config.write_text("".join(f"{line}\n" for line in lines))
        before = dict(os.environ)
        os.environ.update(srctree=folder, **environment)
        for name in ("CONFIG_", "KCONFIG_CONFIG"):
            os.environ.pop(name, None)
        try:
            tree = kconfiglib.Kconfig(str(top), warn_to_stderr=False)
            tree.warn_assign_undef = True
            tree.load_config(str(config))
        finally:
            os.environ.clear()
            os.environ.update(before)
    assert not tree.warnings, "\n".join(tree.warnings)
    return tree


def menu_path(tree, name):
    """The titles of the menus in which a symbol stands, from the outermost."""
    titles, node = [], tree.syms[name].nodes[0].parent
    while node is not tree.top_node:
        if node.prompt:
            titles.insert(0, node.prompt[0])
        node = node.parent
    return titles


def macros(tree):
    """The header of macros that an ecosystem makes of its configuration: ESP-IDF, Zephyr and NuttX agree about its form."""
    with tempfile.TemporaryDirectory() as folder:
        tree.write_autoconf(str(Path(folder) / "autoconf.h"), header="")
        return (Path(folder) / "autoconf.h").read_text()


# ---- whit/config.h ----


def constants(path):
    """The constants of a whit/config.h: name to text of the value."""
    return dict(re.findall(r"^inline constexpr \w+ (k\w+)(?:\[\])? = (.*);$", path.read_text(), re.M))


def numbers_program(changed, only=None):
    """A source that compiles only if every number of the configuration is the default of stack/whit/config.h, or the `changed` one."""
    lines = ['#include "whit/config.h"']
    for name, value in constants(ROOT / "stack/whit/config.h").items():
        if not value.startswith('"') and (only is None or name in only):
            lines.append(f'static_assert(whit::config::{name} == {changed.get(name, value)}, "{name}");')
    assert len(lines) > 20, "hardly any number"
    return "\n".join(lines) + "\n"


def shared_numbers():
    """The numbers that every ecosystem offers: those of stack/Kconfig."""
    text = (ROOT / "stack/Kconfig").read_text()
    return {"k" + "".join(word.capitalize() for word in name.lower().split("_")) for name in re.findall(r"^config WHIT_(\w+)$", text, re.M)}


# ---- manifests ----


def read_manifest(path):
    text = (ROOT / path).read_text()
    assert text.startswith("# SPDX-License-Identifier: MIT\n"), f"{path} does not begin with its licence"
    assert "\t" not in text, f"{path} has a tab, which is none of YAML's"
    return yaml.safe_load(text)


def unknown_keys(path, found, allowed):
    return [f"{path}: unknown key {name}" for name in found if name not in allowed]


def version():
    """The version of Whit: of whit/version.h, or of the root's project() where that has a number."""
    found = re.search(r"^project\(whit VERSION ([\d.]+) ", (ROOT / "CMakeLists.txt").read_text(), re.M)
    if not found:
        found = re.search(r'^#define WHIT_VERSION_TEXT "([\d.]+)"$', (ROOT / "stack/whit/version.h").read_text(), re.M)
    assert found, "neither CMakeLists.txt nor stack/whit/version.h has a version"
    return found.group(1)
