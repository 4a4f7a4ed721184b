#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes Whit as an Arduino library: arduino_library.py FOLDER, which must not exist or be empty. The Arduino IDE knows one include
folder of a library, src/, and compiles every source below it, so the stack, its addons and the one port share a folder there."""
import os
import re
import shutil
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGES = os.path.join("port", "ecosystems", "arduino")
# (folder of the tree, folder of the library): sources and headers, with all folders below but the ones left out.
PARTS = ((os.path.join("stack", "whit"), "whit"), (os.path.join("stack", "addons", "whit"), "whit"),
         (os.path.join("port", "whit", "posix"), os.path.join("whit", "posix")))
LEFT_OUT = {"hosted"}  # the half of the port for systems with processes
FILES = ((os.path.join("port", "ecosystems", "esp_idf", "random.cpp"), os.path.join("src", "whit", "random_of_esp32.cpp")),
         (os.path.join("port", "ecosystems", "esp_idf", "include", "poll.h"), os.path.join("src", "poll.h")),
         (os.path.join(PAGES, "WhitWebSocket.h"), os.path.join("src", "WhitWebSocket.h")),
         (os.path.join(PAGES, "README.md"), "README.md"), ("LICENSE", "LICENSE"))
PROPERTIES = """\
name=Whit
version={version}
author=The Whit authors
maintainer=The Whit authors
sentence=WebSocket client and server without a heap.
paragraph=All of RFC 6455, strictly, in both roles. Memory is what a template argument says; nothing blocks and nothing calls back.
category=Communication
url={url}
architectures=esp32
includes=WhitWebSocket.h
"""


class Problem(Exception):
    """One line for the user."""


def version():
    with open(os.path.join(ROOT, "stack", "whit", "version.h"), encoding="utf-8") as file:
        found = re.search(r'^#define WHIT_VERSION_TEXT "([^"]*)"$', file.read(), re.M)
    if not found:
        raise Problem("stack/whit/version.h states no version")
    return found.group(1)


def copy(source, target):
    if os.path.exists(target):
        raise Problem(f"{os.path.relpath(source, ROOT)}: there is another file of that name in the library")
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(source, target)


def copy_sources(source, target):
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        for name in sorted(names):
            if name.endswith((".h", ".cpp")):
                copy(os.path.join(folder, name), os.path.join(target, os.path.relpath(folder, source), name))


def write(library):
    if os.path.isdir(library) and os.listdir(library):
        raise Problem(f"{library} is not empty")
    for source, target in PARTS:
        copy_sources(os.path.join(ROOT, source), os.path.join(library, "src", target))
    for source, target in FILES:
        copy(os.path.join(ROOT, source), os.path.join(library, target))
    shutil.copytree(os.path.join(ROOT, PAGES, "examples"), os.path.join(library, "examples"))
    with open(os.path.join(library, "library.properties"), "w", encoding="utf-8") as file:
        file.write(PROPERTIES.format(version=version(), url=""))


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("usage: arduino_library.py FOLDER", file=sys.stderr)
        return 2
    try:
        write(os.path.abspath(sys.argv[1]))
    except (Problem, OSError) as problem:
        print(f"arduino_library.py: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
