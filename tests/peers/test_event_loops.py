# SPDX-License-Identifier: MIT
# about: Whit is driven by an epoll of the program's own, by asio and by libuv
# needs: host
# wants: loops
"""Each program of event_loops/ is an echo server whose only link to Whit's network is its descriptor and wait_ms()."""
import os
import re
import subprocess
import time
from pathlib import Path

import pytest
from interop.wire import BINARY, TEXT, RawClient, frame, pattern
from support.machine import compile_host

FOLDER = Path(__file__).resolve().parent / "event_loops"
LOOPS = {  # name: header that says whether the library is there, its package, flags
    "epoll": ("stdio.h", "libc6-dev", []),
    "asio": ("asio.hpp", "libasio-dev", ["-pthread"]),
    "libuv": ("uv.h", "libuv1-dev", ["-luv"]),
}
PATIENCE_SECONDS = 30


@pytest.fixture(params=LOOPS)
def program(request, tmp_path):
    header, package, flags = LOOPS[request.param]
    if not os.path.exists(f"/usr/include/{header}"):
        pytest.skip(f"{package} is not installed (tools/setup loops)")
    path = compile_host(FOLDER / f"echo_{request.param}.cpp", tmp_path / request.param, *flags)
    process = subprocess.Popen([path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()


def test_messages_arrive_and_the_program_sleeps(program):
    port = int(re.search(r":(\d+)$", program.stdout.readline().strip()).group(1))
    first, second = (RawClient.open(("127.0.0.1", port)) for _ in range(2))
    for size in (0, 1, 125, 126, 1000, 70000):  # the long ones come in pieces, under back-pressure
        for client in (first, second):
            client.echo(BINARY, pattern(size))
    time.sleep(2)
    first.send(frame(TEXT, b"end"))
    program.wait(PATIENCE_SECONDS)
    turns = int(re.search(r"turns: (\d+)", program.stdout.read()).group(1))
    assert turns < 5000, f"{turns} turns: it does not sleep"
