# SPDX-License-Identifier: MIT
# about: a peer that acknowledges 536 bytes every 8 seconds keeps the buffers of a board for a bounded time
# needs: tls
# parts: lm3s6965evb
# long: mps2_an505 riscv_virt
# needs lm3s6965evb: lm3s6965evb
# needs mps2_an505: mps2_an505
# needs riscv_virt: riscv_virt
# minutes: 5
"""The board of the README's example, with two buffers, and peers whose TCP is the test's: it acknowledges when it wants to.
tests/unit/core/stalls_test.cpp proves the exact times."""
import threading
import time

from interop.process import Process
from interop.wire import PING, TEXT, frame
from support.ethernet import Peer, Wire
from support.machine import BUILD, ROOT

REQUEST = (b"GET / HTTP/1.1\r\nHost: board\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
MESSAGE = b"honest"
WATCHED_SECONDS = 45
LONGEST_SECONDS = 30  # the times of kData and kWrite


def opened(wire, number, window):
    peer = Peer(wire, number, window)
    assert peer.send(REQUEST)
    peer.wait(lambda: b"\r\n\r\n" in peer.received, lambda: None)
    assert peer.received.startswith(b"HTTP/1.1 101 "), peer.received
    peer.acknowledge()
    peer.received = b""
    return peer


def feed(peer, end):
    """Pings as fast as the board takes them, until a time of the clock."""
    while time.monotonic() < end and peer.send(3 * frame(PING, b"p" * 125)):
        pass


def test_others_are_answered_beside_a_peer_that_acknowledges_now_and_then(part):
    image = BUILD / part / "readme_echo.elf"
    with Wire() as wire:
        server = Process([str(word) for word in (ROOT / "tools" / "qemu", part, image, *wire.options)])
        try:
            wire.find_board()
            honest = opened(wire, 1, 2000)
            slow = opened(wire, 2, 536)
            acknowledged = time.monotonic()
            end = acknowledged + WATCHED_SECONDS
            feeder = threading.Thread(target=feed, args=(slow, end))
            feeder.start()
            longest, answered, asked = 0, 0, None
            while time.monotonic() < end:
                if time.monotonic() - acknowledged >= 8:
                    acknowledged = time.monotonic()
                    slow.acknowledge()
                if asked is None:
                    honest.received = b""
                    honest.send(frame(TEXT, MESSAGE))
                    asked = time.monotonic()
                time.sleep(0.02)
                longest = max(longest, time.monotonic() - asked)
                if honest.received.endswith(MESSAGE):
                    honest.acknowledge()
                    answered, asked = answered + 1, None
            feeder.join()
            assert slow.received, "the slow peer was answered nothing"
            assert longest <= LONGEST_SECONDS, f"an honest peer waited {longest:.1f} s, and had {answered} answers"
        finally:
            server.stop()
