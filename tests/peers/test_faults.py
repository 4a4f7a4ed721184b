# SPDX-License-Identifier: MIT
# about: a bug ends the firmware with one line on the console that says what, where, at what address
# needs: lm3s6965evb mps2_an385 mps2_an505 riscv_virt
"""faults/faults.cpp is compiled and linked as an application of each board, and started once for each bug."""
import json
import re
import shlex

import pytest
from interop.targets import BOARDS
from support.machine import BUILD, ROOT, board_command, command

SOURCE = ROOT / "tests" / "peers" / "faults" / "faults.cpp"
EXIT_FAULT = 98
PLACE = r" pc=0x(\w{8}) \w\w=0x\w{8}"  # of the instruction, and where its function returns to
ARM_V7 = {
    "deeper": r"MemManage cfsr=0x000000[89]2 stack overflow address=0x1fffff\w\w",
    "jump": r"MemManage cfsr=0x000000[89]2 stack overflow address=0x1ff\w{5}",
    "below": r"MemManage cfsr=0x00000082" + PLACE + " address=0x1ffffffc",
    "nowhere": r"BusFault cfsr=0x00008200" + PLACE + " address=0x60000000",
    "unaligned": r"UsageFault cfsr=0x01000000" + PLACE,
    "division": r"UsageFault cfsr=0x02000000" + PLACE,
    "opcode": r"UsageFault cfsr=0x00010000" + PLACE,
    "interrupt": r"unexpected exception number=0x00000011 cfsr=0x00000000" + PLACE,
}
STACK_LIMIT = r"UsageFault cfsr=0x00100000 stack overflow"
RISC_V = {
    "deeper": r"forbidden store mcause=0x00000007" + PLACE + r" stack overflow address=0x807fff\w\w",
    "jump": r"forbidden store mcause=0x00000007" + PLACE + r" stack overflow address=0x807\w{5}",
    "below": r"forbidden store mcause=0x00000007" + PLACE + " stack overflow address=0x807ffffc",
    "nowhere": r"forbidden load mcause=0x00000005" + PLACE + " address=0x08000000",
    "opcode": r"illegal opcode mcause=0x00000002" + PLACE,
    "code": r"forbidden store mcause=0x00000007" + PLACE + r" address=0x800\w{5}",
    "interrupt": r"unexpected interrupt or exception mcause=0x80000003" + PLACE,
}
# The line of each bug; one that is in no list goes unseen there, because the CPU or the machine of QEMU is so.
EXPECTED = {
    "lm3s6965evb": {bug: line for bug, line in ARM_V7.items() if bug != "nowhere"},
    "mps2_an385": ARM_V7,
    "mps2_an505": ARM_V7 | {"deeper": STACK_LIMIT, "jump": STACK_LIMIT,
                            "below": r"BusFault cfsr=0x00008200" + PLACE + " address=0x37fffffc"},
    "riscv_virt": RISC_V,
}
BUGS = sorted({*ARM_V7, *RISC_V})


def build(board, folder):
    """The image of faults.cpp, by the commands of the board's echo_server."""
    place = BUILD.resolve() / board
    like = next(entry for entry in json.loads((place / "compile_commands.json").read_text()) if entry["file"].endswith("apps/echo_server.cpp"))
    words = shlex.split(like["command"])
    words[words.index("-o") + 1], words[words.index("-c") + 1] = str(folder / "faults.obj"), str(SOURCE)
    code, text = command(*words, cwd=place)
    assert code == 0, text
    code, text = command("ninja", "-C", place, "-t", "commands", "echo_server.elf")
    assert code == 0, text
    link = shlex.split(text.strip().split("\n")[-1].removeprefix(": && ").removesuffix(" && :"))
    link = [word for word in link if not word.endswith(".cpp.obj") and not word.startswith("-Wl,-Map")]
    link[link.index("-o"):link.index("-o") + 2] = [str(folder / "faults.obj"), "-o", str(folder / "faults.elf")]
    code, text = command(*link, cwd=place)
    assert code == 0, text
    return folder / "faults.elf"


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return {board: build(board, tmp_path_factory.mktemp(board)) for board in BOARDS}


def function_at(image, address):
    code, text = command("arm-none-eabi-nm", "-CS", "--defined-only", image)
    assert code == 0, text
    found = [name for begin, size, name in re.findall(r"^(\w{8}) (\w{8}) [tT] (?:\(anonymous namespace\)::)?(\w+)", text, re.M)
             if int(begin, 16) & ~1 <= address < (int(begin, 16) & ~1) + int(size, 16)]
    return found[0] if found else None


@pytest.mark.parametrize("bug", BUGS)
@pytest.mark.parametrize("board", BOARDS)
def test_a_bug_is_one_line(images, board, bug):
    code, text = command("timeout", "30", *board_command(board, images[board], f"bug={bug}"))
    lines = [line for line in text.splitlines() if line != "Timer with period zero, disabling"]
    if bug not in EXPECTED[board]:
        assert (code, lines) == (0, ["the bug was not seen"]), "it is seen: the list can say so"
        return
    assert code == EXIT_FAULT and len(lines) == 1, (code, text)
    found = re.fullmatch("fault: (?:" + EXPECTED[board][bug] + ")", lines[0])
    assert found, text
    if found.groups():
        place = function_at(images[board], int(found[1], 16))
        # An interrupt may come when its function has returned.
        assert place == bug or (bug, place) == ("interrupt", "main"), f"{place}: {text}"
