# SPDX-License-Identifier: MIT
# about: a device whose server comes and goes: it is back within its back-off each time, and the server may move to another address of its name
# parts: host lm3s6965evb mps2_an385
# long: mps2_an505 riscv_virt
# needs host: host
# needs lm3s6965evb: lm3s6965evb-test lm3s6965evb-wss-client-test
# needs mps2_an385: mps2_an385-test
# needs mps2_an505: mps2_an505-test
# needs riscv_virt: riscv_virt-test
# minutes: 8
"""The same steady_client on this machine and as firmware on the QEMU boards, which reach servers of this machine. The waits are those
that the client has chosen and prints; how long a loaded machine makes of them is not judged."""
import re
import sys
from pathlib import Path

import pytest
from interop.process import Process
from support.machine import BUILD, board_command, free_port, need_namespaces

FOLDER = Path(__file__).resolve().parent / "steady_client"
PATIENCE_SECONDS = 90
WAIT_MS, DOUBLINGS = 100, 3
RETRY_AFTER_MS = 2000  # of serve.py
ENDED = re.compile(r"^ended: (.*); next attempt in (\d+) ms$")
BUSY = "not a valid answer to the opening handshake: HTTP status 503"
RESTART = "closed by the peer: code 1012 (service restart)"


def command(part, host, port, count, preset="-test", more=()):
    """The command of steady_client; a board has this machine as 10.0.2.2."""
    words = [f"url=ws://{host}:{port}/", f"count={count}", f"wait={WAIT_MS}", f"doublings={DOUBLINGS}", *more]
    if part == "host":
        return [str(BUILD / "host" / "steady_client"), *words]
    return board_command(part, BUILD / f"{part}{preset}" / "steady_client.elf", *words)


def serve(port, *answers):
    server = Process([sys.executable, str(FOLDER / "serve.py"), str(port), *answers])
    assert server.wait_line("^ready$", PATIENCE_SECONDS), server.output()
    return server


def ends(client):
    """Each end and the wait after it: (text, ms)."""
    return [(match[1], int(match[2])) for match in map(ENDED.match, client.lines) if match]


def wait_for_end(client, text):
    with client.changed:
        return client.changed.wait_for(lambda: client.ended or any(end.startswith(text) for end, _ in ends(client)), PATIENCE_SECONDS)


def expect_waits(found):
    """Each wait is within what ReconnectTimes allow there; Retry-After is the least one."""
    low, high = WAIT_MS, 2 * WAIT_MS
    for number, (text, wait_ms) in enumerate(found):
        if 0 < number <= DOUBLINGS:
            low, high = 2 * low, 2 * high + WAIT_MS
        if number == 0 and text == RESTART:
            assert wait_ms == 0, found
            continue
        least = RETRY_AFTER_MS if text == BUSY else 0
        assert max(low, least) <= wait_ms <= max(high, least), (number, found)


def test_it_outlives_a_server_that_comes_and_goes(part):
    """One that restarts, is busy, resets, is killed in the middle of a message, is away, and comes back."""
    port = free_port()
    server = serve(port, "restarts", "busy", "resets", "killed")
    client = Process(command(part, "127.0.0.1" if part == "host" else "10.0.2.2", port, count=5))
    try:
        assert server.wait(PATIENCE_SECONDS) == -9, (server.output(), client.output())
        assert wait_for_end(client, "connecting failed"), client.output()
        server = serve(port, "serves")
        assert client.wait(PATIENCE_SECONDS) == 0, client.output()
        found = ends(client)
        assert [text for text, _ in found[:2]] == [RESTART, BUSY], client.lines
        # A reset, and the end of a killed program. QEMU's user network may make an orderly end of either.
        lost = ("the connection was lost", "the peer ended TCP")
        assert all(text.startswith(lost) for text, _ in found[2:4]), client.lines
        assert all(text.startswith("connecting failed") for text, _ in found[4:]) and found[4:], client.lines
        connected = [line for line in client.lines if line.startswith("connected: ")]
        assert connected == [f"connected: {done} of 5 readings echoed" for done in (0, 1, 2, 2)], client.lines
        assert "ok: 5 of 5 readings echoed" in client.lines, client.lines
        expect_waits(found)
    finally:
        client.stop()
        server.stop()


@pytest.mark.parts("lm3s6965evb", "mps2_an385", "mps2_an505", "riscv_virt")
def test_a_board_follows_the_name_of_its_server(part):
    """R-DNS-1: the name does not exist yet, is not answered, then leads to one address and later to another."""
    need_namespaces()
    # The plain image of the small board has no names.
    preset = "-wss-client-test" if part == "lm3s6965evb" else "-test"
    board = command(part, "service.test", 8000, count=3, preset=preset, more=["dns=10.0.2.2"])
    client = Process(["unshare", "-rn", "/usr/bin/python3", str(FOLDER / "inside.py"), *board])
    try:
        assert client.wait(PATIENCE_SECONDS) == 0, client.output()
        found = ends(client)
        assert "could not be resolved" in found[0][0], client.lines
        assert any(line.startswith("connected: 0 of 3") for line in client.lines), client.lines
        assert any(line.startswith("connected: 1 of 3") for line in client.lines), client.lines
        assert "ok: 3 of 3 readings echoed" in client.lines, client.lines
        expect_waits(found)
    finally:
        client.stop()
