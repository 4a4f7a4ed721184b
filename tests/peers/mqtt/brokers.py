# SPDX-License-Identifier: MIT
"""The brokers, and the client of client.cpp."""
import contextlib
import os
import shutil
from pathlib import Path

import pytest
from interop import peers
from interop.process import Process, listening
from support.machine import BUILD, free_port, need_command

FOLDER = Path(__file__).resolve().parent
PATIENCE_SECONDS = 60

# This mosquitto needs one listener that is not for WebSocket, and without `socket_domain` it binds all addresses.
MOSQUITTO = """
allow_anonymous true
persistence false
listener {other} 127.0.0.1
listener {port} 127.0.0.1
protocol websockets
socket_domain ipv4
"""


@contextlib.contextmanager
def mosquitto(folder, port, more=""):
    # Not in the PATH of every account.
    need_command("/usr/sbin/mosquitto", "mosquitto")
    (folder / "mosquitto.conf").write_text(MOSQUITTO.format(port=port, other=free_port()) + more)
    with listening(["/usr/sbin/mosquitto", "-c", str(folder / "mosquitto.conf")], port) as broker:
        yield broker


@contextlib.contextmanager
def aedes(_, port):
    lacks = peers.install(str(BUILD.resolve()), str(FOLDER))
    if lacks:
        pytest.skip(lacks)
    environment = dict(os.environ, WHIT_NODE_FOLDER=str(BUILD.resolve() / "mqtt"))
    broker = Process([shutil.which("node"), str(FOLDER / "broker.mjs"), str(port)], env=environment)
    try:
        assert broker.wait_line("^ready$", PATIENCE_SECONDS), broker.output()
        yield broker
    finally:
        broker.stop()


BROKERS = {"mosquitto": mosquitto, "aedes": aedes}


@contextlib.contextmanager
def client(program, port, name, *words, path="/mqtt"):
    process = Process([str(program), f"ws://127.0.0.1:{port}{path}", name, *words])
    try:
        yield process
    finally:
        process.stop()


def expect(process, pattern):
    match = process.wait_line(pattern, PATIENCE_SECONDS)
    assert match, (pattern, process.output())
    return match
