# SPDX-License-Identifier: MIT
# about: the board NUCLEO-H743ZI, which runs nowhere here: its image links, starts where the CPU does, and has no heap and nothing of QEMU
# needs: base arm lwip
import re

import pytest
from support.machine import ROOT, command, expect_none
from test_link import UNWANTED, role_in, symbols, unwanted_in

BOARD = "nucleo_h743zi"
FLASH, RAM, DMA = (0x08000000, 2048), (0x24000000, 512), (0x30000000, 128)  # address, KiB: ST RM0433, memory map
INTERRUPTS = 150
ARGUMENTS = "ip=192.0.2.7 gateway=192.0.2.1"


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    build = tmp_path_factory.mktemp("nucleo")
    code, text = command("cmake", "--preset", BOARD, "-B", build, f"-DWHIT_ARGUMENTS={ARGUMENTS}")
    assert code == 0, text
    code, text = command("cmake", "--build", build, "--parallel", "2", "--target", "echo_server", timeout=900)
    assert code == 0, text
    return build / "echo_server.elf"


def addresses(image):
    code, text = command("arm-none-eabi-nm", image)
    assert code == 0, text
    return {name: int(address, 16) for address, name in re.findall(r"^([0-9a-f]{8}) \w (\w+)$", text, re.M)}


def words(image, count):
    """The first words of the image, as the CPU finds them in flash."""
    flash = image.with_suffix(".bin")
    code, text = command("arm-none-eabi-objcopy", "-O", "binary", "-j", ".text", image, flash)
    assert code == 0, text
    data = flash.read_bytes()
    return [int.from_bytes(data[4 * i:4 * i + 4], "little") for i in range(count)]


def inside(address, memory):
    return memory[0] <= address <= memory[0] + 1024 * memory[1]


@pytest.mark.parametrize("kind", UNWANTED)
def test_the_image_holds_nothing_unwanted(image, kind):
    expect_none(unwanted_in(image, kind))


def test_the_image_holds_one_role(image):
    expect_none(role_in(image, "client"))


def test_the_image_holds_nothing_of_qemu(image):
    names = symbols(image)
    assert "_Z10board_seedPh" in names and not [name for name in names if "insecure" in name]
    code, text = command("arm-none-eabi-objdump", "-d", "--no-show-raw-insn", image)
    assert code == 0 and "board_seed" in text and not re.search(r"\tbkpt\b", text), "it asks a debugger"


def test_the_cpu_finds_its_vectors_and_starts_before_it_writes_to_ram(image):
    place = addresses(image)
    vectors = words(image, 16 + INTERRUPTS)
    assert place["board_vectors"] == FLASH[0]
    assert vectors[0] == place["board_stack_top"] and inside(vectors[0], RAM)
    assert vectors[1] == place.get("__wrap_board_reset", 0) | 1, "reset goes elsewhere"
    assert vectors[16 + 28] == place["board_alarm_interrupt"] | 1 and vectors[16 + 61] == place["board_nic_interrupt"] | 1
    assert {vectors[i] for i in range(16, 16 + INTERRUPTS) if i not in (16 + 28, 16 + 61)} == {place["board_fault"] | 1}
    code, text = command("arm-none-eabi-objdump", "-d", "--no-show-raw-insn", "--disassemble=__wrap_board_reset", image)
    assert code == 0 and re.search(r"\tb(\.w|\.n)?\t.*<board_reset>", text), text
    assert not re.search(r"\b(push|sp|bl|blx)\b", text), f"the stack is RAM: {text}"


def test_what_the_controller_reaches_is_apart_and_not_loaded(image):
    code, text = command("arm-none-eabi-readelf", "-SW", image)
    assert code == 0, text
    found = re.search(r"\] \.dma +(\w+) +([0-9a-f]{8}) [0-9a-f]{6} ([0-9a-f]{6})", text)
    assert found, "nothing is apart"
    kind, address, size = found.groups()
    begin, end = int(address, 16), int(address, 16) + int(size, 16)
    assert kind == "NOBITS" and begin == addresses(image)["board_dma_start"] == DMA[0] and inside(end, DMA)
    assert end - begin >= (16 + 8) * 1536, "the buffers lie elsewhere"


def test_the_arguments_are_those_of_cmake(image):
    assert f"program {ARGUMENTS}\0".encode() in image.read_bytes()


def test_the_pages_say_that_it_was_not_run():
    page = (ROOT / "boards/README.md").read_text()
    row = next(line for line in page.splitlines() if line.startswith(f"| `{BOARD}` |"))
    assert row.endswith("| compiled, not run |"), row
