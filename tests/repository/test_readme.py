# SPDX-License-Identifier: MIT
# about: the echo server of the README, as it stands there: 2 buffers of 256 bytes, three clients with 1 MiB each at once, one that never reads
# needs: host check
# parts: host lm3s6965evb mps2_an385
# long: mps2_an505 riscv_virt
# needs lm3s6965evb: lm3s6965evb check
# needs mps2_an385: mps2_an385 check
# needs mps2_an505: mps2_an505 check
# needs riscv_virt: riscv_virt check
"""The README's echo server has four connections and two buffers. A peer that sends and never reads can delay the others
until its write deadline ends it; no byte of theirs may be lost or changed."""
import asyncio
import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import websockets

sys.path.append(str(Path(__file__).resolve().parent.parent))
from support.machine import BUILD, ROOT, command, free_port, need_namespaces  # noqa: E402

PATIENCE_SECONDS = 150
MEGABYTE = 1 << 20
HANDSHAKE = (b"GET / HTTP/1.1\r\nHost: readme\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


def start(arguments):
    """Starts a server and waits for the line in which it says that it listens."""
    server = subprocess.Popen([str(a) for a in arguments], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
    said = []
    for line in server.stdout:
        said.append(line)
        if line.startswith("listening on"):
            threading.Thread(target=server.stdout.read, daemon=True).start()
            return server
    raise RuntimeError(f"{arguments[0]} did not listen: {''.join(said)}")


def never_read(port, stop):
    """Opens a connection, sends messages as long as the server takes them, and reads nothing but the handshake."""
    frame = bytes([0x82, 0xFE, 0x04, 0x00, 1, 2, 3, 4]) + bytes(1024)
    sent = 0
    with socket.create_connection(("127.0.0.1", port)) as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.sendall(HANDSHAKE)
        peer.recv(1)
        peer.settimeout(0.2)
        while not stop.is_set():
            try:
                sent += peer.send(frame)
            except TimeoutError:
                pass
            except OSError:
                return  # the server has ended it, as it should
    return


async def echo(port, message):
    # The one that never reads may keep a buffer for two times of a deadline (stack/README.md), which is 20 s.
    async with websockets.connect(f"ws://127.0.0.1:{port}/", max_size=None, open_timeout=PATIENCE_SECONDS, ping_interval=None,
                                  compression=None) as peer:
        await peer.send(message)
        assert await peer.recv() == message


async def echo_all(port):
    messages = [os.urandom(MEGABYTE), "ä€😀-" * (MEGABYTE // 10), os.urandom(MEGABYTE)]
    await asyncio.wait_for(asyncio.gather(*[echo(port, message) for message in messages]), PATIENCE_SECONDS)


def three_and_one(port):
    stop = threading.Event()
    mute = threading.Thread(target=never_read, args=(port, stop))
    mute.start()
    time.sleep(0.5)
    try:
        asyncio.run(echo_all(port))
    finally:
        stop.set()
        mute.join(10)


def with_server(arguments, port):
    server = start(arguments)
    try:
        three_and_one(port)
        assert server.poll() is None, "the server ended"
    finally:
        server.terminate()
        server.wait(10)


def in_a_namespace():
    """Port 8080 is in the README; a network namespace of our own has it free."""
    with socket.socket() as any_socket:  # a new namespace's loopback is down: SIOCSIFFLAGS, IFF_UP | IFF_RUNNING
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
    with_server([BUILD / "host" / "readme_echo"], 8080)


def test_three_are_served_while_one_never_reads(part):
    if part == "host":
        need_namespaces()
        code, text = command("unshare", "-rn", sys.executable, __file__)
        assert code == 0, text
    else:
        port = free_port()
        with_server([ROOT / "tools" / "qemu", part, BUILD / part / "readme_echo.elf", "--port", port], port)


if __name__ == "__main__":
    in_a_namespace()
