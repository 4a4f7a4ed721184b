# SPDX-License-Identifier: MIT
# about: the tables of instructions in the documents, on the M3 board and on this machine, are the present ones
# needs: cxx arm qemu lwip mbedtls tls instructions
# minutes: 15
import re

import pytest

from support.machine import ROOT, command
from tool import tool

README = ROOT / "tests" / "cost" / "instructions" / "README.md"
instructions = tool("instructions")


def test_the_tables_are_the_present_ones():
    code, text = command("tools/instructions", "--check")
    assert code == 0, text


def test_counts_repeat_exactly():
    built = instructions.build(str(ROOT / "build" / "instructions"))
    assert instructions.measure_all(*built) == instructions.measure_all(*built), "two runs, two counts"


def test_every_instruction_has_a_layer():
    found = instructions.measure_all(*instructions.build(str(ROOT / "build" / "instructions")))
    echo, over_lwip = (next(counts for name, counts in found.items() if name.startswith(f"{network}, binary 16"))
                       for network in ("server", "over lwIP"))
    assert {layer for layer, _ in echo} == {"stack", "application"}, echo
    assert {layer for layer, _ in over_lwip} == {"stack", "port", "copies", "lwip", "checksums", "board", "application"}, over_lwip
    # An instruction executed once is counted once: the mark at the end, before its counting.
    assert sum(count for (_, function), count in echo.items() if function.startswith("measure_")) <= 2, echo


def test_a_copy_counts_for_its_caller():
    found = instructions.measure_all(*instructions.build(str(ROOT / "build" / "instructions")))
    short, long = (next(counts for name, counts in found.items() if name.startswith(f"over lwIP, binary {size}")) for size in (200, 500))
    for caller in ("tcp_write", "pbuf_copy_partial"):
        cost = [sum(count for (layer, function), count in counts.items() if layer == "copies" and function.endswith(f" for {caller}"))
                for counts in (short, long)]
        assert 300 / 4 < cost[1] - cost[0] < 300 * 8, (caller, cost)


@pytest.mark.parametrize("row", [r"server, binary 16, at 4n\+\d \| [\d,]*", r"\n\| binary 16, at 4n\+\d \| .* \| [\d,]*",
                                 r"\| single, table 2\^10 \| .* \| [\d.]*"])
def test_a_stale_number_is_found(tmp_path, row):
    exact, _, _ = README.read_text().partition("## On a host")
    path = tmp_path / "README.md"
    path.write_text(re.sub(f"({row})" + r"(\d) \|", lambda m: f"{m.group(1)}{(int(m.group(2)) + 1) % 10} |", exact, count=1))
    code, text = command("tools/instructions", "--check", "--file", path)
    assert code == 1 and "is stale; run: tools/instructions --write" in text, text


def test_an_unknown_measurement_is_named():
    code, text = command("tools/instructions", "--functions", "nothing")
    assert code == 1 and "there is no measurement nothing" in text and "server, binary 16" in text, text
