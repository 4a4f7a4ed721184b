# SPDX-License-Identifier: MIT
# about: a client that Reconnect keeps up, with servers that end in every way, that are killed and started again, and with several URLs
# needs: host
"""Virtual clocks prove the times (tests/unit/addons/reconnect_test.cpp); here are real sockets."""
import contextlib
import re
import socket
import struct
import subprocess
import threading
from pathlib import Path

import pytest
from interop.process import Process
from interop.small_servers import Peer, closes, sends
from interop.wire import TEXT, accept_value, frame
from support.machine import BUILD, compile_host, free_port

PROGRAM = Path(__file__).resolve().parent / "reconnect" / "keeps_up.cpp"
PATIENCE_SECONDS = 30


@pytest.fixture(scope="module")
def keeps_up(tmp_path_factory):
    return compile_host(PROGRAM, tmp_path_factory.mktemp("reconnect") / "keeps_up")


def one_after_the_other(*answers):
    """Each connection gets the next answer."""
    waiting = list(answers)
    return lambda connection: waiting.pop(0)(connection)


def accepts(*messages, resets=False):
    """Accepts the opening handshake, sends messages, and resets the connection or waits for its end."""
    def answer(connection):
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", connection.recv(4096))[1]
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Accept: " + accept_value(key) + b"\r\n\r\n")
        for message in messages:
            connection.sendall(frame(TEXT, message, mask=None))
        if resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        with contextlib.suppress(ConnectionResetError):
            while connection.recv(4096):
                pass
    return answer


def lines_of(program, *urls):
    done = subprocess.run([program, *urls], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE_SECONDS, check=True)
    return done.stdout.decode().splitlines()


def test_it_outlives_every_way_to_end_until_it_is_not_wanted(keeps_up):
    with Peer(one_after_the_other(
            closes(1012), accepts(resets=True), sends(b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n\r\n"), sends(b"nonsense\r\n\r\n"),
            closes(None), closes(1001, b"moving"), accepts(b"a", b"again"), sends(b"HTTP/1.1 401 Unauthorized\r\n\r\n"))) as port:
        url = f"ws://127.0.0.1:{port}/"
        lines = lines_of(keeps_up, url)
    opened = f"open {url}"
    refused = "not a valid answer to the opening handshake: "
    assert lines == [
        opened, "closed by the peer: code 1012 (service restart)",
        opened, "the connection was lost: error 104",
        refused + "HTTP status 503", refused + "none of HTTP",
        opened, "the peer ended TCP without a Close frame",
        opened, "closed by the peer: code 1001 (going away), \"moving\"",
        opened, "aborted by the application",
        refused + "HTTP status 401", "stopped"], "\n".join(lines)


def test_stop_ends_in_order(keeps_up):
    with Peer(accepts(b"stop")) as port:
        lines = lines_of(keeps_up, f"ws://127.0.0.1:{port}/")
    assert lines[0].startswith("open ") and lines[-1] == "stopped", lines


def test_the_next_url_is_tried(keeps_up):
    with Peer(accepts(b"stop")) as port:
        good = f"ws://127.0.0.1:{port}/"
        lines = lines_of(keeps_up, f"ws://127.0.0.1:{free_port()}/", "ws://nobody.invalid/", good)
    assert lines[0] == "connecting failed: error 111" and "could not be resolved" in lines[1] and lines[2] == f"open {good}", lines


def test_a_server_that_is_killed_and_started_again(keeps_up):
    port = free_port()
    opens = threading.Semaphore(0)
    client = subprocess.Popen([keeps_up, f"ws://127.0.0.1:{port}/"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    threading.Thread(target=lambda: [opens.release() for line in client.stdout if line.startswith("open")], daemon=True).start()
    try:
        for _ in range(4):
            server = Process([str(BUILD / "host/echo_server"), "--address", "127.0.0.1", "--port", str(port)])
            try:
                assert opens.acquire(timeout=PATIENCE_SECONDS), "not connected again"
            finally:
                server.stop()
        assert client.poll() is None
    finally:
        client.kill()
        client.wait()
