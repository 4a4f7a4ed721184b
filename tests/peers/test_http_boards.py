# SPDX-License-Identifier: MIT
# about: the page of the dashboard on a board: curl, refused shapes of requests, silence, and half-open peers in front of a browser
# wants: http
# parts: lm3s6965evb
# long: mps2_an505 riscv_virt
# needs lm3s6965evb: lm3s6965evb-test
# needs mps2_an505: mps2_an505-test
# needs riscv_virt: riscv_virt-test
# minutes: 4
"""One boot for all. What a board answers to its peers is what test_http.py proves of this machine, with its buffers, its TCP and its time."""
import contextlib
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from http_device.raw import BEHIND, LAST, PATIENCE_SECONDS, REFUSALS, REFUSED_AND_ENDED, connect, curl, ended, exchange, get, opening
from interop.process import Process
from support.machine import BUILD, ROOT, free_port

PEERS = 50
DEADLINE_SECONDS = 15  # WHIT_HEAD_TIMEOUT_MS
PAGE = (ROOT / "boards" / "apps" / "dashboard" / "pages" / "index.html").read_bytes()


class Board:
    def __init__(self, name):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        image = BUILD / f"{name}-test" / "dashboard.elf"
        self.process = Process([str(ROOT / "tools" / "qemu"), name, str(image), "--port", str(self.port)])
        assert self.process.wait_line("^listening on ", PATIENCE_SECONDS), self.process.output()


@pytest.fixture(scope="module")
def board(part):
    started = Board(part)
    yield started
    alive = started.process.alive()
    started.process.stop()
    assert alive, started.process.output()


def expect_good(board):
    answer, = exchange(board, get("/", LAST))
    assert (answer.status, answer.body) == (200, PAGE), answer


def test_curl_gets_the_page(board, tmp_path):
    assert curl(board.url + "/") == PAGE
    assert curl("--compressed", board.url + "/") == PAGE
    assert int(curl("--compressed", "-o", "/dev/null", "-w", "%{size_download}", board.url + "/")) < len(PAGE) / 2
    head = curl("-I", board.url + "/")
    assert f"Content-Length: {len(PAGE)}\r\n".encode() in head, head
    tag = tmp_path / "tag"
    words = ("--etag-save", tag, "--etag-compare", tag, "-o", "/dev/null", "-w", "%{http_code}", board.url + "/")
    assert [curl(*words), curl(*words)] == [b"200", b"304"]
    assert curl("-o", "/dev/null", "-w", "%{http_code}", board.url + "/nothing") == b"404"


def test_what_cannot_be_trusted_is_answered_once_and_ended(board):
    for shape, data in REFUSED_AND_ENDED.items():
        answers = exchange(board, data + BEHIND, [data.split(b" ")[0].decode("latin-1")])
        assert len(answers) == 1 and answers[0].status in REFUSALS, (shape, answers)
    expect_good(board)


def test_heads_without_an_end_end(board):
    """Silence, a byte now and then, a flood; at once, because the board's deadline is that of a device."""
    cases = [(get("/")[:-2], b""), (get("/")[:-2], b"x"), (get("/")[:-2], b"X-Flood: 1\r\n" * 20)]
    with ThreadPoolExecutor(len(cases)) as pool:
        for received in pool.map(lambda case: ended(board, *case, 0.1), cases):
            assert re.fullmatch(rb"(HTTP/1\.1 4\d\d [^\0]*)?", received), received
    expect_good(board)


def retry(succeeds):
    """Again at once, as a browser does, when the board took a busy machine's delay for silence."""
    for _ in range(20):
        with contextlib.suppress(OSError, IndexError):
            if succeeds():
                return
    raise AssertionError("none of 20 attempts")


def first_bytes(board, data):
    with connect(board) as sock:
        sock.sendall(data)
        return sock.recv(1000)


def test_half_open_peers(board):
    """R-SRV-1: a board of 64 KiB delivers its page, and opens a WebSocket, through peers that never finish, within the deadline of a
    handshake. test_crowd.py has more of them."""
    peers = []
    try:
        for i in range(PEERS):
            peers.append(connect(board))
            peers[-1].sendall(get("/")[:5 + i % 30] if i % 4 else b"")
        begin = time.monotonic()
        retry(lambda: exchange(board, get("/", LAST))[0].body == PAGE)
        retry(lambda: first_bytes(board, opening("/live", "Origin: http://device")).startswith(b"HTTP/1.1 101 "))
        took = time.monotonic() - begin
        assert took < DEADLINE_SECONDS, f"{took:.1f} s"
    finally:
        for peer in peers:
            peer.close()
