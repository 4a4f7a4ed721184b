# SPDX-License-Identifier: MIT
# about: the client at an MQTT broker (mosquitto): its subprotocol, a broker that is stopped and started again, one that keeps TCP after its Close
# needs: host
# wants: brokers
"""CONNECT and CONNACK of MQTT 3.1.1 as bytes; the rest of MQTT is for the broker and the application."""
import contextlib
import queue
import select
import socket
import threading
from pathlib import Path

import pytest
from interop.process import Process
from interop.wire import BINARY, frame
from mqtt.brokers import mosquitto
from support.machine import compile_host, free_port

PROGRAM = Path(__file__).resolve().parent / "handshake" / "client.cpp"
PATIENCE_SECONDS = 60
CONNECT = bytes.fromhex("100c00044d5154540402003c0000")  # a clean session, keepalive 60 s, a name of the broker's choice
CONNACK = bytes.fromhex("20020000")                      # accepted


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return compile_host(PROGRAM, tmp_path_factory.mktemp("mosquitto") / "client")


@contextlib.contextmanager
def client(program, port, protocol="mqtt"):
    process = Process([str(program), f"ws://127.0.0.1:{port}/mqtt", "--protocol", protocol, "--send", CONNECT.hex()])
    try:
        yield process
    finally:
        process.stop()


def expect_times(process, start, count):
    """Waits for `count` lines that begin with `start`."""
    def found():
        return sum(line.startswith(start) for line in process.lines)
    with process.changed:
        assert process.changed.wait_for(lambda: found() >= count, PATIENCE_SECONDS), (start, count, process.output())


class Meddler:
    """Between client and broker. After CONNACK the broker gets a frame with reserved bits, as no client sends it, and nothing more."""

    def __init__(self, broker):
        self.broker = broker
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.first_end = queue.SimpleQueue()  # of each connection: the side that was the first to end TCP
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                threading.Thread(target=self.meddle, args=[near], daemon=True).start()

    def meddle(self, client_side):
        with client_side, socket.create_connection(("127.0.0.1", self.broker)) as broker_side, contextlib.suppress(OSError):
            said = b""
            while True:
                for source in select.select([client_side, broker_side], [], [], PATIENCE_SECONDS)[0]:
                    data = b""
                    with contextlib.suppress(ConnectionResetError):
                        data = source.recv(4096)
                    if not data:
                        self.first_end.put("broker" if source is broker_side else "client")
                        return
                    if source is broker_side:
                        client_side.sendall(data)
                        if CONNACK not in said and CONNACK in said + data:
                            broker_side.sendall(frame(BINARY, b"x", rsv=7))
                        said += data
                    elif CONNACK not in said:
                        broker_side.sendall(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def test_the_broker_is_stopped_and_started_again(program, tmp_path):
    port = free_port()
    with client(program, port) as process:
        for count in (1, 2, 3):
            with mosquitto(tmp_path, port):
                expect_times(process, f"message {CONNACK.hex()}", count)
            expect_times(process, "end connecting failed", count)
        assert any(line.startswith("end the peer ended TCP") for line in process.lines), process.lines


def test_a_subprotocol_that_the_broker_does_not_have(program, tmp_path):
    """It ends TCP without an answer, and each attempt says so."""
    port = free_port()
    with mosquitto(tmp_path, port), client(program, port, "mqtt-of-tomorrow") as process:
        expect_times(process, "end not a valid answer to the opening handshake: none of HTTP", 2)
        assert not any(line.startswith("open") for line in process.lines), process.lines


def test_a_broker_that_keeps_tcp_after_its_close(program, tmp_path):
    """R-CLOSE-3: mosquitto 2.0 says 1002 and keeps TCP open until the client's Close comes, which it never does here. The next connection
    opens meanwhile, and the client ends TCP of the old one in time."""
    port = free_port()
    with mosquitto(tmp_path, port), Meddler(port) as meddler, client(program, meddler.port) as process:
        expect_times(process, "end closed by the peer: code 1002", 2)
        expect_times(process, "open ", 3)
        assert meddler.first_end.get(timeout=PATIENCE_SECONDS) == "client"
