#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The fields of a struct with their places, from the debug information of an object file."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tables import Problem, markdown  # noqa: E402


def type_of(die):
    return die.get_DIE_from_attribute("DW_AT_type") if "DW_AT_type" in die.attributes else None


def size_of(die):
    while die is not None:
        if "DW_AT_byte_size" in die.attributes:
            return die.attributes["DW_AT_byte_size"].value
        if die.tag == "DW_TAG_array_type":
            count = [child.attributes["DW_AT_upper_bound"].value + 1 for child in die.iter_children() if "DW_AT_upper_bound" in child.attributes]
            return size_of(type_of(die)) * (count[0] if count else 0)
        die = type_of(die)
    return 0


def name_of(die):
    return die.attributes["DW_AT_name"].value.decode() if "DW_AT_name" in die.attributes else ""


def members(struct):
    """(name, offset, bytes, bits: 0 for a whole field) of each member; those of an unnamed union under its offset."""
    for child in struct.iter_children():
        if child.tag != "DW_TAG_member":
            continue
        offset = child.attributes["DW_AT_data_member_location"].value if "DW_AT_data_member_location" in child.attributes else 0
        if "DW_AT_data_bit_offset" in child.attributes or "DW_AT_bit_size" in child.attributes:
            bit = child.attributes.get("DW_AT_data_bit_offset")
            yield name_of(child), (bit.value // 8 if bit else offset), 0, child.attributes["DW_AT_bit_size"].value
        elif name_of(child):
            yield name_of(child), offset, size_of(type_of(child)), 0
        else:
            names = [f"{name} ({size})" for name, _, size, _ in members(type_of(child))]
            yield "one of " + ", ".join(names), offset, size_of(type_of(child)), 0


def find(paths, name):
    """The size of a struct and its members, from the first object that has it whole."""
    try:
        from elftools.elf.elffile import ELFFile
    except ImportError:
        raise Problem("the Python module elftools is missing: run tools/setup base, or install python3-pyelftools") from None
    for path in paths:
        with open(path, "rb") as file:
            for unit in ELFFile(file).get_dwarf_info().iter_CUs():
                for die in unit.iter_DIEs():
                    if die.tag == "DW_TAG_structure_type" and name_of(die) == name and "DW_AT_byte_size" in die.attributes:
                        return size_of(die), list(members(die))
    raise Problem(f"no object has debug information of {name}")


def table(paths, name):
    size, found = find(paths, name)
    rows = [[f"`{field}`", offset, bytes_ or f"{bits} bit"] for field, offset, bytes_, bits in found]
    return f"`{name}`, {size} bytes on a 32-bit machine:\n\n" + markdown(["field", "offset", "bytes"], rows)
