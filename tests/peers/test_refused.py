# SPDX-License-Identifier: MIT
# about: a server that refuses the opening handshake and keeps the connection sees FIN, and no reset that would end it
# needs: host
# wants: test
"""On this machine alone: QEMU's user network turns a reset of a board into an orderly end."""
import base64
from pathlib import Path

import pytest
from interop.process import Process
from support.machine import BUILD, command, need_command

SERVER = Path(__file__).resolve().parent / "interop" / "programs" / "refusing_server.js"
CLIENT = BUILD / "host" / "echo_client"
BODY = b"come back later " * 4


def answer(status, *fields):
    return "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()


ANSWERS = {  # status: words of refusing_server.js
    "401 without a body": ("401", [answer("401 Unauthorized", "WWW-Authenticate: Basic")]),
    "503 with a body": ("503", [answer("503 Service Unavailable", f"Content-Length: {len(BODY)}") + BODY]),
    "503 with a long body": ("503", [answer("503 Service Unavailable", "Content-Length: 60000") + bytes(60000)]),
    "503 with a body that comes later": ("503", [answer("503 Service Unavailable", f"Content-Length: {len(BODY)}"), BODY, 50]),
    "200 of a page": ("200", [answer("200 OK", "Connection: close") + BODY]),
}


def encoded(word):
    return base64.b64encode(word).decode() if isinstance(word, bytes) else str(word)


@pytest.mark.parametrize("what", ANSWERS)
def test_a_node_server_that_refuses_lives_on(what):
    need_command("node", "nodejs")
    status, words = ANSWERS[what]
    server = Process(["node", str(SERVER), *map(encoded, words)])
    try:
        port = server.wait_line(r"^port (\d+)$", 20)
        assert port, server.output()
        for _ in range(2):  # the second client: the first one has done no harm
            code, text = command(CLIENT, f"ws://127.0.0.1:{port[1]}/", "--timeout", 30, timeout=60)
            assert code == 1 and f"HTTP status {status}" in text, (text, server.output())
        assert server.wait_line("^end$", 20), f"no FIN: {server.output()}"
        assert server.wait(1) is None, f"the server ended: {server.output()}"
        assert server.lines.count("end") == 2, server.output()
    finally:
        server.stop()
