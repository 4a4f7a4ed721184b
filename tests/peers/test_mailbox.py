# SPDX-License-Identifier: MIT
# about: three threads post through mailboxes to the loop of a server; ThreadSanitizer finds no race, and finds one in a broken copy
# needs: cxx
"""The program of mailbox/ is built with ThreadSanitizer (R-THR-1) from the sources of stack/ and port/whit/posix."""
import re
import shutil
from pathlib import Path

import pytest
from support.machine import ROOT, command

PROGRAM = Path(__file__).resolve().parent / "mailbox" / "threads.cpp"
FLAGS = ["-std=c++17", "-O1", "-g", "-fsanitize=thread", "-fno-exceptions", "-fno-rtti", "-pthread"]


def build(folder, change=lambda text: text):
    """The program, with its mailbox.cpp changed."""
    mailbox = folder / "mailbox.cpp"
    mailbox.write_text(change((ROOT / "stack/addons/whit/mailbox.cpp").read_text()))
    sources = [path for path in sorted((ROOT / "stack/whit").rglob("*.cpp")) if path.parent.name != "kernels"]
    for each in ("stack/host_kernels", "port/whit/posix", "port/whit/posix/hosted"):
        sources += sorted((ROOT / each).glob("*.cpp"))
    code, text = command("g++", *FLAGS, "-I", ROOT / "stack", "-I", ROOT / "stack/addons", "-I", ROOT / "port", PROGRAM, mailbox, *sources,
                         "-o", folder / "threads")
    assert code == 0, text
    return folder / "threads"


def run(program):
    # Without a fixed layout of memory ThreadSanitizer runs where the kernel scatters addresses more than it expects.
    words = ["setarch", "-R"] if shutil.which("setarch") else []
    code, text = command(*words, program)
    if "unexpected memory mapping" in text or "personality" in text:
        pytest.skip("ThreadSanitizer does not run on this kernel")
    return code, text


def test_messages_of_three_threads_arrive_in_order_and_without_a_race(tmp_path):
    code, text = run(build(tmp_path))
    assert code == 0 and "WARNING: ThreadSanitizer" not in text, text[-3000:]
    assert re.search(r"^60000 messages$", text, re.M), text[-500:]


def test_a_mailbox_without_its_order_is_a_race(tmp_path):
    _, text = run(build(tmp_path, lambda text: text.replace("__ATOMIC_RELEASE", "__ATOMIC_RELAXED")))
    assert "WARNING: ThreadSanitizer: data race" in text, text[-500:]
