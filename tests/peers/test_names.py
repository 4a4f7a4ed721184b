# SPDX-License-Identifier: MIT
# about: names on POSIX, with a name server that answers late, wrongly or not at all, dead addresses, and threads without a race
# needs: host cxx
"""A name server of the test's own, at port 53 of a network namespace in which /etc/resolv.conf names it."""
import re
import shutil
from pathlib import Path

import pytest
from support.machine import ROOT, command, compile_host, need_command

FOLDER = Path(__file__).resolve().parent / "names"
LATE_TURNS = 40  # of 20 ms at most, and so fewer than pass in 1.5 s, unless the machine is very slow
FLAGS = ["-std=c++17", "-O1", "-g", "-fsanitize=thread", "-fno-exceptions", "-fno-rtti", "-pthread"]

V4_FIRST = "precedence ::1/128 50\nprecedence ::/0 40\nprecedence ::ffff:0:0/96 100\n"
RESOLVER = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"
PATIENT_RESOLVER = "nameserver 127.0.0.1\noptions timeout:5 attempts:2\n"


@pytest.fixture(scope="module")
def connects(tmp_path_factory):
    return compile_host(FOLDER / "connects.cpp", tmp_path_factory.mktemp("names") / "connects")


def connect(tmp_path, program, case, resolver=RESOLVER, resolve_ms=60_000, order=""):
    """The first line of the program, and the number of turns, in a namespace with these files."""
    need_command("unshare", "util-linux")
    files = {"resolv.conf": resolver, "nsswitch.conf": "hosts: files dns\n", "gai.conf": order}
    mounts = []
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        mounts.append(f"if [ -e /etc/{name} ]; then mount --bind {tmp_path}/{name} /etc/{name}; fi")
    code, text = command("unshare", "-rnm", "sh", "-ec", "\n".join(mounts))
    if code != 0:
        pytest.skip(f"no namespace in which files of /etc can be put in place: {text.strip()}")
    code, text = command("unshare", "-rnm", "sh", "-ec", "\n".join(mounts + ['exec "$@"']), "sh", "/usr/bin/python3", FOLDER / "inside.py",
                         case, program, resolve_ms, timeout=150)
    assert code == 0, text
    lines = text.splitlines()
    return lines[0], int(re.match(r"(\d+) turns", lines[1])[1])


FAILURES = {  # case: the line
    "missing": "the name could not be resolved: no such name (-2)",
    "empty": "the name could not be resolved: the name has no address (-5)",
    "failing": "the name could not be resolved: no name server has answered, or it could not find out (-3)",
    "garbage": "the name could not be resolved: no name server has answered, or it could not find out (-3)",
    "silent": "the name could not be resolved: no name server has answered, or it could not find out (-3)",
    "nobody": "the name could not be resolved: no name server has answered, or it could not find out (-3)",
}


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_says_why(tmp_path, connects, case):
    line, _ = connect(tmp_path, connects, case)
    assert line == FAILURES[case], line


def test_a_name_is_connected(tmp_path, connects):
    assert connect(tmp_path, connects, "plain")[0] == "open 127.0.0.1"


def test_an_ipv6_address_alone_is_connected(tmp_path, connects):
    assert connect(tmp_path, connects, "six")[0] == "open " + "0." * 15 + "1"


def test_the_loop_goes_on_until_a_late_answer_comes(tmp_path, connects):
    """R-DNS-1: the resolver is asynchronous."""
    line, turns = connect(tmp_path, connects, "late", PATIENT_RESOLVER)
    assert line == "open 127.0.0.1"
    assert turns >= LATE_TURNS, f"{turns} turns in 1.5 s"


def test_silence_ends_with_the_deadline_of_resolving(tmp_path, connects):
    """R-DNS-1: it is cancelled. The program ends although getaddrinfo() would go on for ten seconds more."""
    line, _ = connect(tmp_path, connects, "silent", PATIENT_RESOLVER, resolve_ms=500)
    assert line == "the peer took too long: resolving the name", line


def test_an_address_that_refuses_is_passed_over(tmp_path, connects):
    assert connect(tmp_path, connects, "several")[0] == "open 127.0.0.1"


SIX = "open " + "0." * 15 + "1"
ORDERS = {  # case: order of getaddrinfo(), address
    "both-six-first": ("", SIX),
    "both-four-first": (V4_FIRST, "open 127.0.0.1"),
    "dead-six": ("", "open 127.0.0.1"),
    "dead-four": (V4_FIRST, SIX),
}


@pytest.mark.parametrize("case", ORDERS)
def test_both_families_are_tried_in_the_order_of_the_system(tmp_path, connects, case):
    """R-DNS-1: an address that does not answer costs WHIT_ADDRESS_TIMEOUT_MS, and the other one is connected before the deadline of all
    of them."""
    order, line = ORDERS[case]
    if order and not Path("/etc/gai.conf").exists():
        pytest.skip("no /etc/gai.conf over which another one could be mounted")
    assert connect(tmp_path, connects, case, order=order)[0] == line


def churn(folder, change=lambda text: text):
    """The output of churn.cpp under ThreadSanitizer, with posix_names.cpp changed."""
    changed = folder / "posix_names.cpp"
    changed.write_text(change((ROOT / "port/whit/posix/hosted/posix_names.cpp").read_text()))
    folders = [ROOT / "port/whit/posix", ROOT / "port/whit/posix/hosted"]
    sources = [path for folder in folders for path in sorted(folder.glob("*.cpp")) if path.name != changed.name]
    sources.append(ROOT / "stack/host_kernels/copy.cpp")
    code, text = command("g++", *FLAGS, "-I", ROOT / "stack", "-I", ROOT / "port", FOLDER / "churn.cpp", changed,
                         *sources, "-o", folder / "churn")
    assert code == 0, text
    # Without a fixed layout of memory ThreadSanitizer runs where the kernel scatters addresses more than it expects.
    words = ["setarch", "-R"] if shutil.which("setarch") else []
    code, text = command(*words, folder / "churn")
    if "unexpected memory mapping" in text or "personality" in text:
        pytest.skip("ThreadSanitizer does not run on this kernel")
    return code, text


def test_look_ups_that_are_given_up_are_no_race(tmp_path):
    code, text = churn(tmp_path)
    assert code == 0 and "WARNING: ThreadSanitizer" not in text, text[-3000:]
    assert int(re.match(r"(\d+) connections", text)[1]) > 100, text


def test_giving_up_without_the_lock_is_a_race(tmp_path):
    _, text = churn(tmp_path, lambda text: text.replace("  const Lock lock;\n  for", "  for"))
    assert "WARNING: ThreadSanitizer: data race" in text, text[-500:]
