#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""serve.py PORT ANSWER...: a server of readings at 127.0.0.1 that gives each connection the next answer; after the last one it ends."""
import contextlib
import os
import re
import signal
import socket
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from interop.wire import CLOSE, PONG, TEXT, accept_value, apply_mask, close_payload, frame  # noqa: E402

SILENCE_SECONDS = 120  # longer than any wait of the tests: a client that is gone ends it


def read(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionResetError("TCP has ended")
        data += piece
    return data


def read_reading(connection):
    """The next text message; None: a Close frame. The client's frames are short."""
    while True:
        first, second = read(connection, 2)
        mask = read(connection, 4)
        payload = apply_mask(read(connection, second & 0x7F), mask)
        if first & 15 == CLOSE:
            connection.sendall(frame(CLOSE, payload, mask=None))
            return None
        if first & 15 == TEXT:
            return payload
        connection.sendall(frame(PONG, payload, mask=None))


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        head += read(connection, 1)
    return head


def accept(connection):
    key = re.search(rb"Sec-WebSocket-Key: (\S+)", read_head(connection))[1]
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       b"Sec-WebSocket-Accept: " + accept_value(key) + b"\r\n\r\n")


def echo(connection):
    reading = read_reading(connection)
    if reading is not None:
        connection.sendall(frame(TEXT, reading, mask=None))
    return reading is not None


def restarts(connection):
    accept(connection)
    echo(connection)
    connection.sendall(frame(CLOSE, close_payload(1012, b""), mask=None))
    with contextlib.suppress(OSError):
        while read(connection, 1):
            pass


def is_busy(connection):
    read_head(connection)
    connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n")


def resets(connection):
    accept(connection)
    echo(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def is_killed(connection):
    """In the middle of an echo, which the client must not take for a whole one."""
    accept(connection)
    connection.sendall(frame(TEXT, read_reading(connection), mask=None)[:6])
    os.kill(os.getpid(), signal.SIGKILL)


def serves(connection):
    accept(connection)
    while echo(connection):
        pass


ANSWERS = {"restarts": restarts, "busy": is_busy, "resets": resets, "killed": is_killed, "serves": serves}


def listen(address, port):
    listener = socket.create_server((address, port))
    listener.settimeout(SILENCE_SECONDS)
    return listener


def answer_next(listener, name):
    connection, _ = listener.accept()
    with connection, contextlib.suppress(ConnectionError):
        connection.settimeout(SILENCE_SECONDS)
        ANSWERS[name](connection)


def main():
    port, *names = sys.argv[1:]
    listener = listen("127.0.0.1", int(port))
    print("ready", flush=True)
    for name in names:
        answer_next(listener, name)


if __name__ == "__main__":
    main()
