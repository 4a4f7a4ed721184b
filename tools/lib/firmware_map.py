#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The contents of an image: reads the linker's map, and assigns each byte to a layer of the tree."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tables import Problem  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAYERS = (
    ("application", "application (`boards/apps/`)"),
    ("loop", "connection states and buffers (the application's `Loop`)"),
    ("stack", "protocol (`stack/`)"),
    ("port", "port (`port/whit/lwip/`)"),
    ("tls", "TLS (`port/whit/mbedtls/`) and its arena"),
    ("mbedtls", "Mbed TLS"),
    ("board", "start-up, drivers (`boards/`)"),
    ("lwip", "lwIP and its packet pools"),
    ("libc", "C library, compiler's run time"),
    ("reserved", "stack"),
    ("fill", "alignment"),
)
NOT_LOADED = (".debug", ".comment", ".ARM.attributes", ".riscv.attributes", ".stab", "/DISCARD/", ".note")


def layer_of(section, source):
    """The layer that an input section belongs to: by its object file, and by its symbol where a header was instantiated."""
    name = section.split(".")[-1] if section.count(".") > 1 else ""
    in_header = name.startswith(("_ZN4whit", "_ZNK4whit"))
    if "boards/apps/" in source or "/programs/" in source:
        if re.search(r"\bbss\b", section) and re.search(r"4loop|Loop|^loop", name):
            return "loop"
        return "stack" if in_header else "application"
    if re.search(r"libwhit_port_mbedtls\b", source):
        return "tls"
    if re.search(r"libwhit_mbedtls\b", source):
        return "mbedtls"
    if re.search(r"libwhit_port_\w+\b", source):
        return "port"
    if re.search(r"libwhit_lwip\b", source):
        return "lwip"
    if re.search(r"libwhit_board\b", source):
        if in_header:
            return "port" if re.match(r"_ZNK?4whit\d+Lwip", name) else "stack"
        return "board"
    return "stack" if "libwhit_" in source else "libc"


def rest_layer(output):
    """The layer of bytes of an output section that come from no object."""
    return "reserved" if "stack" in output else "fill"


def contributions(text):
    """(output section, address, size, input section, object) of each input section that is in the image."""
    text = text.split("Linker script and memory map", 1)[-1]
    # A long name has a line of its own, and its numbers the next one.
    text = re.sub(r"^( ?[.*/\w][^\s]*)\n +0x", r"\1 0x", text, flags=re.M)
    output = None
    for line in text.split("\n"):
        head = re.match(r"(\.[^\s]+|/DISCARD/) +0x([0-9a-f]+) +0x([0-9a-f]+)", line) or re.match(r"(\.[^\s]+|/DISCARD/)()()$", line)
        if head:
            output = None if head.group(1).startswith(NOT_LOADED) else head.group(1)
            if output and head.group(3):
                yield output, int(head.group(2), 16), int(head.group(3), 16), None, None
            continue
        if output is None:
            continue
        part = re.match(r" (\.[^\s]+|\*fill\*|COMMON) +0x([0-9a-f]+) +0x([0-9a-f]+)(?: +(.*))?$", line)
        if part and int(part.group(3), 16):
            yield output, int(part.group(2), 16), int(part.group(3), 16), part.group(1), part.group(4) or ""


def without_overlaps(found):
    """The linker lists merged texts with the size they had before. A byte belongs to the last part that begins there."""
    heads = [part for part in found if part[3] is None]
    inside = sorted((part for part in found if part[3] is not None), key=lambda part: part[1])
    shortened = [(output, address, min(size, following[1] - address if following[0] == output else size), *rest)
                 for (output, address, size, *rest), following in zip(inside, inside[1:] + [("",)])]
    return heads + shortened


def memories(text):
    block = text.split("Memory Configuration", 1)[-1].split("Linker script", 1)[0]
    found = {name: (int(origin, 16), int(length, 16))
             for name, origin, length in re.findall(r"^(\w+) +0x([0-9a-f]+) +0x([0-9a-f]+)", block, re.M)}
    if not {"FLASH", "RAM"} <= set(found):
        raise Problem("the map names no memories FLASH and RAM")
    return found


def measure(path):
    """{layer: [flash, RAM]} of one map, and the sizes of the memories."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        raise Problem(f"{os.path.relpath(path, ROOT)} is missing: build the firmware first, "
                      f"cmake --preset {os.path.basename(os.path.dirname(path))}") from None
    places = memories(text)
    cost = {layer: [0, 0] for layer, _ in LAYERS}
    total, parts = {}, {}

    def add(layer, output, address, size):
        in_ram = places["RAM"][0] <= address < places["RAM"][0] + places["RAM"][1]
        if in_ram:
            cost[layer][1] += size
        if not in_ram or output == ".data":
            cost[layer][0] += size

    for output, address, size, section, source in without_overlaps(list(contributions(text))):
        if section is None:
            total[output] = (address, size)
            continue
        parts[output] = parts.get(output, 0) + size
        add(rest_layer(output) if section == "*fill*" else layer_of(section, source), output, address, size)
    for output, (address, size) in total.items():
        rest = size - parts.get(output, 0)
        if rest < 0:
            raise Problem(f"{path}: the parts of {output} are larger than the whole")
        add(rest_layer(output), output, address, rest)
    return cost, {name: size for name, (_, size) in places.items()}


def sections_in_flash(path):
    """(layer, section, object, bytes) of each object's sections in flash."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    begin, length = memories(text)["FLASH"]
    for output, address, size, section, source in without_overlaps(list(contributions(text))):
        if section not in (None, "*fill*") and (begin <= address < begin + length or output == ".data"):
            yield layer_of(section, source), section, source, size


def functions(path):
    """[(layer, readable name, bytes of flash)] of each function and constant of a map, largest first."""
    found = {}
    for layer, section, source, size in sections_in_flash(path):
        key = (layer, re.sub(r"^\.(text|rodata|data)\.?(cst\d*|str[\d.]*)?\.?", "", section) or os.path.basename(source))
        found[key] = found.get(key, 0) + size
    names = subprocess.run(["arm-none-eabi-c++filt"], input="\n".join(name for _, name in found), capture_output=True, text=True,
                           check=True).stdout.split("\n")
    return sorted(((layer, name, size) for ((layer, _), size), name in zip(found.items(), names)), key=lambda row: (-row[2], row[1]))
