# SPDX-License-Identifier: MIT
# about: the tables of the deepest stack in the documents are the present ones; no run was deeper
# needs: lm3s6965evb check mbedtls tls
# minutes: 12
import functools
import re
import shutil
from pathlib import Path

import pytest

from support.machine import ROOT, command
from tool import tool

stack_tool = tool("stack_depth")

README = ROOT / "tests" / "cost" / "README.md"
RULES = Path(stack_tool.RULES)
BUILD = str(ROOT / "build" / "stack")
SERVER = ROOT / "build" / "stack" / stack_tool.BOARD


def test_the_tables_are_the_present_ones_and_a_run_was_not_deeper():
    code, text = command("tools/stack_depth", "--check")
    assert code == 0, text


@functools.cache
def images():
    stack_tool.build(BUILD)
    return stack_tool.images_of(BUILD)


def stacks():
    return stack_tool.stacks_of(images(), RULES)


def test_the_image_is_that_of_the_release(tmp_path):
    stack_tool.build(BUILD)
    code, text = command("cmake", "--preset", "lm3s6965evb")
    assert code == 0, text
    code, text = command("cmake", "--build", "--preset", "lm3s6965evb")
    assert code == 0, text
    codes = []
    for name, path in (("stack", SERVER), ("release", ROOT / "build" / "lm3s6965evb")):
        code, text = command("arm-none-eabi-objcopy", "-O", "binary", path / "echo_server.elf", tmp_path / name)
        assert code == 0, text
        codes.append((tmp_path / name).read_bytes())
    assert codes[0] == codes[1], "the flags that ask for frames change the code"


def test_the_stack_is_large_enough():
    found = stacks()
    for name, stack in found.items():
        bottom, top = stack_tool.bounds(stack.image.path)
        assert stack.row(stack_tool.RESET, stack_tool.whole)[0] <= top - bottom, f"{name}: {top - bottom} bytes"


def test_a_run_that_was_deeper_is_found():
    found = stacks()
    del found["echo_client"], found["echo_server, wss"]
    stack = found["echo_server"]
    stack.row = lambda *_: (100, [])
    with pytest.raises(stack_tool.Problem, match="a call is missing"):
        stack_tool.check_painted(found)


@pytest.fixture
def copied_build(tmp_path):
    """A copy of the build and, in it, what GCC says about tcp_input's file."""
    shutil.copytree(SERVER, tmp_path / "build")
    return tmp_path / "build", next((tmp_path / "build").rglob("tcp_in.c.ci"))


TCP_INPUT = r'(title: "tcp_input" label: "[^"]*\\n)(\d+) bytes \(static\)'


@pytest.mark.parametrize("pattern, change, expected", [
    pytest.param(TCP_INPUT, lambda m: f"{m.group(1)}{int(m.group(2)) - 4} bytes (static)", "tcp_input has a frame of", id="too small"),
    pytest.param(TCP_INPUT, r"\1\2 bytes (dynamic)", "tcp_input has no fixed size", id="without a fixed size"),
    pytest.param(r'(title: "tcp_input" label: "[^"]*)\\n\d+ bytes[^"]*"', r'\1"', "says nothing about tcp_input", id="missing"),
])
def test_a_wrong_frame_is_found(copied_build, pattern, change, expected):
    folder, path = copied_build
    text = path.read_text()
    path.write_text(re.sub(pattern, change, text))
    assert path.read_text() != text, "nothing was changed"
    with pytest.raises(stack_tool.Problem, match=expected):
        stack_tool.Image(str(folder / "echo_server.elf"), str(folder))


def without(line):
    return lambda text: re.sub(rf"^{re.escape(line)}.*\n", "", text, flags=re.M)


def with_more(line):
    return lambda text: text + line + "\n"


@pytest.mark.parametrize("change, expected", [
    pytest.param(without("ethernet_output ->"), "ethernet_output calls through a pointer", id="a caller is missing"),
    pytest.param(lambda text: text.replace("-> whit::LwipTransport::write", "-> nothing"), "the address of whit::LwipTransport::write",
                 id="a target is missing"),
    pytest.param(lambda text: text.replace("ip4_output_if_src -> etharp_output", "ip4_output_if_src -> etharp_output; ip4_input"),
                 "nothing takes the address of ip4_input", id="a target whose address is not taken"),
    pytest.param(with_more("ip4_input -> etharp_output"), "calls nothing through a pointer", id="a caller that makes no such call"),
    pytest.param(with_more("nobody -> nothing"), "nobody is in no image", id="a caller that is in no image"),
    pytest.param(without("recursion:"), "recursion that", id="a recursion that is not bounded"),
    pytest.param(with_more("who knows"), "neither `caller", id="a line that is none"),
])
def test_a_mistake_in_the_list_is_found(tmp_path, change, expected):
    text = RULES.read_text()
    assert change(text) != text, "nothing was changed"
    (tmp_path / "calls").write_text(change(text))
    with pytest.raises(stack_tool.Problem, match=re.escape(expected)):
        stack_tool.stacks_of(images(), tmp_path / "calls")


def test_a_path_is_shown():
    code, text = command("tools/stack_depth", "--path", "whit::core::Core::poll", "--no-run")
    assert code == 0 and "whit::core::Core::poll" in text and " lwip " in text, text
    code, text = command("tools/stack_depth", "--path", "no_such_function", "--no-run")
    assert code == 1 and "there is no function no_such_function" in text, text


def test_a_stale_number_is_found(tmp_path):
    number = r"(below `poll`, with port, lwIP and driver \| [\d,]*)(\d)"
    path = tmp_path / "README.md"
    path.write_text(re.sub(number, lambda m: f"{m.group(1)}{(int(m.group(2)) + 4) % 10}", README.read_text()))
    code, text = command("tools/stack_depth", "--no-run", "--check", "--file", path)
    assert code == 1 and "is stale; run: tools/stack_depth --write" in text, text
