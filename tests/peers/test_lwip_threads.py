# SPDX-License-Identifier: MIT
# about: Whit in tasks beside lwIP's own thread: no race for ThreadSanitizer, which finds one in a copy without the lock, and no turn in silence
# needs: cxx lwip
"""The program of lwip_threads/ is built with ThreadSanitizer from stack/, port/whit/lwip and lwIP with its port to Unix."""
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.machine import ROOT, command

FOLDER = Path(__file__).resolve().parent / "lwip_threads"
LWIP = ROOT / "build/lwip"
UNIX = LWIP / "contrib/ports/unix/port"
LIBRARY = ["core/" + name for name in "init def inet_chksum ip mem memp netif pbuf stats sys tcp tcp_in tcp_out timeouts udp".split()]
LIBRARY += ["core/ipv4/" + name for name in "etharp icmp ip4 ip4_addr ip4_frag".split()] + ["api/tcpip", "api/err", "netif/ethernet"]
FLAGS = ["-O1", "-g", "-fsanitize=thread", "-pthread", "-I", FOLDER, "-isystem", LWIP / "src/include", "-isystem", UNIX / "include"]
OURS = ["-std=c++17", "-fno-exceptions", "-fno-rtti", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "stack", "-I", ROOT / "stack/addons"]


def compile_one(source, folder, flags):
    target = folder / (source.parent.name + "_" + source.stem + ".o")
    code, text = command("gcc" if source.suffix == ".c" else "g++", *FLAGS, *flags, "-c", source, "-o", target)
    assert code == 0, text
    return target


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Everything but what includes lwip_task.h."""
    folder = tmp_path_factory.mktemp("lwip_threads")
    sources = [(LWIP / "src" / (name + ".c"), ["-w"]) for name in LIBRARY] + [(UNIX / "sys_arch.c", ["-w"])]
    ours = [path for path in sorted((ROOT / "stack/whit").rglob("*.cpp")) if path.parent.name != "kernels"]
    ours += sorted((ROOT / "stack/host_kernels").glob("*.cpp")) + sorted((ROOT / "port/whit/lwip").glob("*.cpp"))
    ours.append(ROOT / "stack/addons/whit/mailbox.cpp")
    sources += [(path, [*OURS, "-I", ROOT / "port"]) for path in ours]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda each: compile_one(each[0], folder, each[1]), sources))


def run(parts, folder, change=lambda text: text):
    """The program with its lwip_task.h changed: its status and what it says."""
    header = folder / "whit/lwip/lwip_task.h"
    header.parent.mkdir(parents=True)
    original = (ROOT / "port/whit/lwip/lwip_task.h").read_text()
    header.write_text(change(original).replace('"lwip_network.h"', '"whit/lwip/lwip_network.h"'))
    program = compile_one(FOLDER / "threads.cpp", folder, [*OURS, "-I", folder, "-I", ROOT / "port"])
    code, text = command("g++", *FLAGS, program, *parts, "-o", folder / "threads")
    assert code == 0, text
    # Without a fixed layout of memory ThreadSanitizer runs where the kernel scatters addresses more than it expects.
    words = ["setarch", "-R"] if shutil.which("setarch") else []
    # lwIP's Unix port asks, before it locks, whether it has locked already.
    (folder / "suppressions").write_text("race:sys_arch_protect\n")
    code, text = command("env", f"TSAN_OPTIONS=suppressions={folder}/suppressions", *words, folder / "threads")
    if "unexpected memory mapping" in text or "personality" in text:
        pytest.skip("ThreadSanitizer does not run on this kernel")
    return code, text


def test_messages_arrive_in_order_without_a_race_and_silence_costs_no_turn(parts, tmp_path):
    code, text = run(parts, tmp_path)
    assert code == 0 and "WARNING: ThreadSanitizer" not in text, text[-3000:]
    match = re.search(r"^6000 messages, (\d+) turns in silence$", text, re.M)
    assert match, text[-500:]
    assert int(match[1]) == 0


def test_a_copy_without_the_lock_is_a_race(parts, tmp_path):
    _, text = run(parts, tmp_path, lambda text: re.sub(r"\b(UN)?LOCK_TCPIP_CORE\(\);", "", text))
    assert "WARNING: ThreadSanitizer: data race" in text, text[-500:]


def test_a_copy_that_polls_is_noticed(parts, tmp_path):
    code, text = run(parts, tmp_path, lambda text: text.replace("longest_ms < kForever ? longest_ms : 0", "10"))
    assert code == 0 and not re.search(r" 0 turns in silence$", text, re.M), text[-500:]
