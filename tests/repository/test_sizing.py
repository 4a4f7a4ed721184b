# SPDX-License-Identifier: MIT
# about: tools/sizing: its bytes are those of the linker, its rules, its messages
# needs: base cxx host arm
# wants: lm3s6965evb
import re

import pytest
from support.machine import BUILD, ROOT, command

TOOL = ROOT / "tools" / "sizing"


def run(*words):
    code, text = command(TOOL, *words, timeout=60)
    assert code == 0, text
    return text


def bytes_of(text, name):
    return int(re.search(rf"^{re.escape(name)} +([\d,]+)", text, re.M).group(1).replace(",", ""))


def symbol_bytes(nm, image, name):
    code, text = command(nm, "-SC", image)
    assert code == 0, text
    return int(re.search(rf"^\w+ (\w+) \w {name}$", text, re.M).group(1), 16)


# The echo server of the README: Loop<4, 2, 256>, with the handshakes of the board's configuration.
IMAGES = {"host": ("readme_echo", "nm", "g++"), "lm3s6965evb": ("readme_echo.elf", "arm-none-eabi-nm", "")}


@pytest.mark.parametrize("preset", IMAGES)
def test_its_bytes_are_those_of_the_linker(preset):
    name, nm, compiler = IMAGES[preset]
    image = BUILD / preset / name
    if not image.exists():
        pytest.skip(f"no {image.relative_to(ROOT)}: cmake --build --preset {preset}")
    config = (BUILD / preset / "generated/whit/config.h")
    handshakes = re.search(r"kHandshakes = (\d+);", (config if config.exists() else ROOT / "stack/whit/config.h").read_text()).group(1)
    text = run("--connections", 4, "--buffers", 2, "--buffer-bytes", 256, "--handshakes", handshakes,
               *(["--compiler", compiler] if compiler else []))
    assert bytes_of(text, f"Loop<4, 2, 256, {handshakes}>") == symbol_bytes(nm, image, "loop")
    assert bytes_of(text, "Server") == symbol_bytes(nm, image, "server")


def test_the_sum_is_of_all_rows():
    text = run("--mailbox", 1024, "--router", "--broadcast-messages", 8, "--inflaters", 2, "--window-bits", 9, "--table-bits", 8, "--tls")
    rows = re.findall(r"^(\S.*?)  +([\d,]+)(?:   .*)?$", text, re.M)
    numbers = {name: int(size.replace(",", "")) for name, size in rows}
    total = numbers.pop("bytes of RAM")
    assert len(numbers) == 10 and sum(numbers.values()) == total, text
    assert numbers["MessageDeflater<8>"] == 2 << 8 and numbers["Mailbox<1024>"] > 1024


def test_when_does_anyone_wait():
    assert "Nobody ever waits for a buffer: there are two for each of 4 connections." in run()
    few = run("--connections", 8, "--buffers", 3)
    assert "so 2 peers can be in the middle of a message at once" in few and "With 16 buffers nobody would ever wait." in few


def test_a_message_that_comes_whole_chooses_the_buffer():
    assert "A message of up to 1,002 bytes comes whole" in run("--message-bytes", 1000)
    small = run("--message-bytes", 1000, "--buffer-bytes", 512)
    assert "Messages of 1,000 bytes come in pieces: --buffer-bytes 1014 would hold one." in small


WRONG = {
    "one buffer": (["--buffers", "1"], "argument --buffers: 1: it is a number from 2 to 65000 (try --help)"),
    "a small buffer": (["--buffer-bytes", "255"], "argument --buffer-bytes: 255: it is a number from 256 to 1073741824 (try --help)"),
    "no number": (["--connections", "many"], "argument --connections: many: it is a number from 1 to 65000 (try --help)"),
    "no compiler": (["--compiler", "nothing"], "nothing compiles nothing here; name another compiler with --compiler"),
    "no power of 2": (["--mailbox", "1000"], "arm-none-eabi-g++: static assertion failed: a power of 2, at least 128 bytes"),
    "an unknown option": (["--ram", "1"], "unrecognized arguments: --ram 1 (try --help)"),
}


@pytest.mark.parametrize("words, expected", WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_line(words, expected):
    code, text = command(TOOL, *words, timeout=60)
    assert code == 1 and text == f"tools/sizing: {expected}\n", text
