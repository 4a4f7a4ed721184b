#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The stack that a firmware image has used in QEMU: boards paint it at reset, and QEMU's monitor reads it."""
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tables import Problem  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAINT = 0xC5C5C5C5
CLIENTS = 4
KEY = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
OPENING = b"GET / HTTP/1.1\r\nHost: x\r\n" + KEY
# Input that no friendly peer sends: requests that are refused, one that never ends, frames that break a rule (masked with zeros).
RUDE = (b"GET / HTTP/1.1\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /" + 9000 * b"a",
        b"GET http://[1:2:3:4:5:6:7.8.9.10]:80/ HTTP/1.1\r\nHost: [fe80::1:2:3:4]:80\r\n" + KEY,
        OPENING + b"\xc1\x80\0\0\0\0", OPENING + b"\x81\x82\0\0\0\0\xc3\x28", OPENING + b"\x89\xfe\0\x7e\0\0\0\0", OPENING + b"\x88\x82\0\0\0\0\0\x01",
        OPENING + b"\x01\x81\0\0\0\0a\x89\x84\0\0\0\0ping\x80\x81\0\0\0\0b", OPENING + b"\x88\x85\0\0\0\0\x03\xe8bye")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Board:
    """A running image."""

    def __init__(self, board, image, bounds, *options):
        self.bottom, self.top = bounds
        self.folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.qmp = os.path.join(self.folder.name, "qmp")
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([os.path.join(ROOT, "tools", "qemu"), board, image, *options, "--", "-qmp", f"unix:{self.qmp},server=on,wait=off"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(20)
        self.folder.cleanup()

    def wait_for(self, beginning):
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith(beginning):
                return
        raise Problem(f"the firmware did not say `{beginning}`: {''.join(lines)[-500:].strip()}")

    def monitor(self, command):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(self.qmp)
            lines = connection.makefile("r", encoding="utf-8")
            lines.readline()
            for message in ({"execute": "qmp_capabilities"}, {"execute": "human-monitor-command", "arguments": {"command-line": command}}):
                connection.sendall(json.dumps(message).encode())
                answer = json.loads(lines.readline())
                while "return" not in answer and "error" not in answer:
                    answer = json.loads(lines.readline())
            if answer.get("return") != "":
                raise Problem(f"QEMU's monitor does not take `{command}`: {answer}")

    def used(self):
        """Bytes from the deepest one that differs from the paint of reset to the top of the stack."""
        dump = os.path.join(self.folder.name, "stack")
        self.monitor(f"memsave {self.bottom:#x} {self.top - self.bottom} \"{dump}\"")
        with open(dump, "rb") as file:
            data = file.read()
        unused = 0
        while unused < len(data) and int.from_bytes(data[unused:unused + 4], "little") == PAINT:
            unused += 4
        return len(data) - unused


def check_together(url, count, *options):
    """`CLIENTS` clients at once, which echo messages of many sizes."""
    command = ["/usr/bin/python3", os.path.join(ROOT, "tools", "lib", "check.py"), url, *options]
    # pylint: disable-next=consider-using-with
    clients = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(count)]
    said = [client.communicate(timeout=120)[0] for client in clients]
    for client, text in zip(clients, said):
        if client.returncode != 0:
            raise Problem(f"tools/lib/check.py failed: {text.strip()[-500:]}")


def be_rude(port):
    for words in RUDE:
        for reset in (False, True):
            with socket.create_connection(("127.0.0.1", port), 10) as peer:
                if reset:
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                peer.settimeout(0.1)
                try:
                    peer.sendall(words)
                    while peer.recv(4096):
                        pass
                except OSError:
                    pass  # refused, or the board waits for more


def of_server(board, image, bounds):
    port = free_port()
    with Board(board, image, bounds, "--port", str(port)) as running:
        running.wait_for("listening on")
        check_together(f"ws://127.0.0.1:{port}/", CLIENTS)
        be_rude(port)
        check_together(f"ws://127.0.0.1:{port}/", 1)
        return running.used()


def of_tls_server(board, image, bounds):
    port = free_port()
    with Board(board, image, bounds, "--port", str(port), "--args", "tls-cert tls-key") as running:
        running.wait_for("listening on")
        for count in (2, 1):
            # A record of the other side is not larger than this board's buffer for it.
            check_together(f"wss://127.0.0.1:{port}/", count, "--ca", os.path.join(ROOT, "build", "tls", "ca.pem"), "--most", "4000")
            be_rude(port)
        return running.used()


class EchoServer(threading.Thread):
    """A server that counts the ended connections."""

    def __init__(self):
        super().__init__(daemon=True)
        self.port, self.ended = free_port(), 0
        self.ready = threading.Event()

    def run(self):
        asyncio.run(self.serve())

    async def echo(self, connection, _path=None):
        import websockets  # pylint: disable=import-outside-toplevel
        try:
            async for message in connection:
                await connection.send(message)
        except websockets.exceptions.ConnectionClosedError:
            return  # the firmware was ended in the middle of a connection
        self.ended += 1

    async def serve(self):
        import websockets  # pylint: disable=import-outside-toplevel
        async with websockets.serve(self.echo, "127.0.0.1", self.port, max_size=None, compression=None):
            self.ready.set()
            await asyncio.Future()


def of_client(board, image, bounds):
    server = EchoServer()
    server.start()
    if not server.ready.wait(20):
        raise Problem("the echo server for echo_client did not start")
    words = f"url=ws://10.0.2.2:{server.port}/ count=20 size=5000 type=text connections=1000"
    with Board(board, image, bounds, "--args", words) as running:
        end = time.monotonic() + 60
        while server.ended < 6:  # the firmware still runs then: QEMU's monitor needs it alive
            if running.process.poll() is not None or time.monotonic() > end:
                raise Problem(f"echo_client made {server.ended} connections only")
            time.sleep(0.05)
        return running.used()
