# SPDX-License-Identifier: MIT
# about: 200 peers that are silent, dribble their heads, stop inside a TLS handshake or only send SYN do not keep a good client out
# needs: tls
# parts: host lm3s6965evb mps2_an385
# long: mps2_an505 riscv_virt
# needs host: host
# needs lm3s6965evb: lm3s6965evb lm3s6965evb-wss
# needs mps2_an385: mps2_an385 mps2_an385-wss-test
# needs mps2_an505: mps2_an505 mps2_an505-wss-test
# needs riscv_virt: riscv_virt riscv_virt-wss-test
# minutes: 15
# early:
"""Real sockets, so the limits are those of a busy machine; virtual clocks prove the exact times
(tests/unit/core/accept_test.cpp, tests/unit/port/lwip). Without the rule a good client waits from 30 seconds to three
minutes.

The flood of SYNs reaches boards only: frames from addresses that never answer go in beside QEMU's user network. On this
machine the kernel answers them, before Whit sees a connection."""
import contextlib
import socket
import ssl
import subprocess
import threading
import time

import pytest
from interop.process import Process
from support.ethernet import Injector
from support.machine import BUILD, ROOT, free_port

PEERS = 200
LIMIT_SECONDS = 15  # QEMU's user network repeats a refused SYN after six
PATIENCE_SECONDS = 200
REQUEST = (b"GET / HTTP/1.1\r\nHost: crowd\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
IMAGES = {  # (part, scheme): folder of build/
    ("lm3s6965evb", "ws"): "lm3s6965evb", ("lm3s6965evb", "wss"): "lm3s6965evb-wss",
    ("mps2_an385", "ws"): "mps2_an385", ("mps2_an385", "wss"): "mps2_an385-wss-test",
    ("mps2_an505", "ws"): "mps2_an505", ("mps2_an505", "wss"): "mps2_an505-wss-test",
    ("riscv_virt", "ws"): "riscv_virt", ("riscv_virt", "wss"): "riscv_virt-wss-test",
}
schemes = pytest.mark.parametrize("scheme", ("ws", "wss"))


@contextlib.contextmanager
def running(*words):
    server = Process([str(word) for word in words])
    try:
        assert server.wait_line("^listening on", 60), server.output()
        yield
        assert server.alive(), f"the server ended: {server.output()}"
    finally:
        server.stop()


def board_words(part, scheme, *more):
    arguments = ["--args", "tls-cert tls-key"] if scheme == "wss" else []
    return [ROOT / "tools" / "qemu", part, BUILD / IMAGES[part, scheme] / "echo_server.elf", *arguments, *more]


def host_words(scheme, port, folder):
    words = [BUILD / "host" / "echo_server", "--address", "127.0.0.1", "--port", port]
    if scheme == "wss":
        subprocess.run([ROOT / "tools" / "certificates", folder], check=True, stdout=subprocess.DEVNULL)
        words += ["--tls-cert", folder / "server.pem", "--tls-key", folder / "server.key"]
    return words


def client_hello():
    """The bytes with which a TLS client begins."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    sent = ssl.MemoryBIO()
    tls = context.wrap_bio(ssl.MemoryBIO(), sent)
    with contextlib.suppress(ssl.SSLWantReadError):
        tls.do_handshake()
    return sent.read()


HELLO = client_hello()
KINDS = {  # bytes at once, and bytes of which one follows each second
    "silent": {"ws": (b"", b""), "wss": (b"", b"")},
    "dribbling": {"ws": (REQUEST[:1], REQUEST[1:]), "wss": (HELLO[:1], HELLO[1:])},
    "half a ClientHello": {"wss": (HELLO[:100], b"")},
}


def connect_good(port, scheme):
    """Seconds until a client is open."""
    start = time.monotonic()
    peer = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    if scheme == "wss":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        peer = context.wrap_socket(peer)
    with peer:
        peer.sendall(REQUEST)
        answer = peer.recv(12)
    assert answer == b"HTTP/1.1 101", f"answered {answer}"
    return time.monotonic() - start


class Crowd:
    """Peers that send `first`, and then one byte of `rest` each second."""

    def __init__(self, port, first, rest):
        self.over = threading.Event()
        self.peers = [socket.create_connection(("127.0.0.1", port)) for _ in range(PEERS)]
        self.send(first)
        self.rest = rest
        self.thread = threading.Thread(target=self.dribble)
        self.thread.start()

    def send(self, data):
        for peer in self.peers:
            with contextlib.suppress(OSError):  # this one had to give way
                peer.sendall(data)

    def dribble(self):
        for byte in self.rest:
            if self.over.wait(1):
                return
            self.send(bytes([byte]))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        for peer in self.peers:
            peer.close()


@pytest.fixture(scope="session")
def port_of(part, tmp_path_factory):
    """Starts a server for each scheme when it is first asked for; it runs for all tests of the part."""
    started = {}
    with contextlib.ExitStack() as stack:
        def port(scheme):
            if scheme not in started:
                chosen = free_port()
                words = (host_words(scheme, chosen, tmp_path_factory.mktemp("certificates")) if part == "host"
                         else board_words(part, scheme, "--port", chosen))
                stack.enter_context(running(*words))
                started[scheme] = chosen
            return started[scheme]
        yield port


def assert_served_as_if_alone(port, scheme, alone):
    for pause in (0.3, 2):
        time.sleep(pause)
        seconds = connect_good(port, scheme)
        assert seconds <= alone + LIMIT_SECONDS, f"a good client waits {seconds:.1f} s, alone {alone:.1f} s"


@pytest.mark.parametrize("scheme, kind", [
    # One kind is enough for the second board, which differs in its controller and its numbers.
    pytest.param(scheme, kind, marks=[] if kind == "dribbling" else pytest.mark.parts("host", "lm3s6965evb"))
    for kind, each in KINDS.items() for scheme in each])
def test_a_crowd_keeps_no_good_client_out(port_of, scheme, kind):
    port = port_of(scheme)
    alone = connect_good(port, scheme)
    with Crowd(port, *KINDS[kind][scheme]):
        assert_served_as_if_alone(port, scheme, alone)
    time.sleep(1)  # the ends of 200 connections


@pytest.mark.parts("lm3s6965evb", "mps2_an385", "mps2_an505", "riscv_virt")
@schemes
def test_syns_from_addresses_that_never_answer_keep_no_good_client_out(part, scheme):
    port = free_port()
    with Injector(port) as wire, running(*board_words(part, scheme, *wire.options)):
        alone = connect_good(port, scheme)
        wire.find_board()
        wire.flood(PEERS)
        assert_served_as_if_alone(port, scheme, alone)
        assert wire.syns_taken() > 0, "the board took none of the SYNs"
