#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""inside.py CASE PROGRAM RESOLVE_MS: in a network and mount namespace of its own, with /etc/resolv.conf and its like put in place,
starts a name server and web servers as the case wants them, and runs PROGRAM with the URL of the case."""
import array
import fcntl
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from interop.wire import accept_value  # noqa: E402

A, AAAA = 1, 28
PORT = 8000
LATE_SECONDS = 1.5
FOUR, SIX = socket.inet_aton("127.0.0.1"), socket.inet_pton(socket.AF_INET6, "::1")


def question_of(data):
    """The name, the type, and the end of the question in the datagram."""
    labels, at = [], 12
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    return ".".join(labels), struct.unpack_from("!H", data, at + 1)[0], at + 5


def reply(data, code=0, addresses=(), identity=None, ttl_seconds=60):
    end = question_of(data)[2]
    head = (identity or data[:2]) + struct.pack("!HHHHH", 0x8180 | code, 1, len(addresses), 0, 0)
    kind = question_of(data)[1]
    records = b"".join(struct.pack("!HHHIH", 0xC00C, kind, 1, ttl_seconds, len(each)) + each for each in addresses)
    return head + data[12:end] + records


def answers(data):
    """What the name server sends for a question: a list of datagrams."""
    name, kind, _ = question_of(data)
    case = name.split(".")[0]
    four = [FOUR] if kind == A else []
    if case == "late":
        time.sleep(LATE_SECONDS)
    if case in ("plain", "late"):
        return [reply(data, 0, four)]
    if case == "six":
        return [reply(data, 0, [SIX] if kind == AAAA else [])]
    if case == "missing":
        return [reply(data, 3)]
    if case == "empty":
        return [reply(data)]
    if case == "failing":
        return [reply(data, 2)]
    if case == "garbage":
        return [b"nonsense", data[:2] + b"\xff" * 20, reply(data, 0, four, identity=b"\0\1")]
    if case == "both":
        return [reply(data, 0, [FOUR] if kind == A else [SIX])]
    if case == "several":
        return [reply(data, 0, [socket.inet_aton("127.0.0.3"), FOUR] if kind == A else [])]
    return []


def serve_names():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))

    def respond(data, sender):
        for each in answers(data):
            server.sendto(each, sender)

    while True:
        threading.Thread(target=respond, args=server.recvfrom(2048), daemon=True).start()


def serve_websocket(family, address):
    listener = socket.socket(family)
    listener.bind((address, PORT))
    listener.listen(16)

    def serve():
        while True:
            connection, _ = listener.accept()
            key = re.search(rb"Sec-WebSocket-Key: (\S+)", connection.recv(4096))[1]
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Sec-WebSocket-Accept: " + accept_value(key) + b"\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    return listener


def serve_nothing(family, address):
    """A listener whose kernel takes no more connections, and so answers no SYN."""
    listener = socket.socket(family)
    listener.bind((address, PORT))
    listener.listen(0)
    kept = [listener]
    for _ in range(100):
        filler = socket.socket(family)
        filler.settimeout(0.3)
        kept.append(filler)
        try:
            filler.connect((address, PORT))
        except TimeoutError:
            return kept
    sys.exit("the listener takes every connection")


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = array.array("B", struct.pack("16sH14x", b"lo", 1 | 0x40))  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(control, 0x8914, request)  # SIOCSIFFLAGS


def main():
    case, program, resolve_ms = sys.argv[1:]
    raise_loopback()
    kept = []
    if case != "nobody":
        threading.Thread(target=serve_names, daemon=True).start()
    if case.startswith("dead"):
        kept += serve_nothing(*((socket.AF_INET6, "::1") if case == "dead-six" else (socket.AF_INET, "127.0.0.1")))
    if not case.startswith("dead-four"):
        kept.append(serve_websocket(socket.AF_INET, "127.0.0.1"))
    if case in ("six", "dead-four", "both-six-first", "both-four-first"):
        kept.append(serve_websocket(socket.AF_INET6, "::1"))
    name = "both" if case.startswith(("dead", "both")) else case
    done = subprocess.run([program, f"ws://{name}.test:{PORT}/", resolve_ms], stdin=subprocess.DEVNULL, timeout=100, check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
