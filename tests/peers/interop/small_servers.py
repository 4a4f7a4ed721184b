# SPDX-License-Identifier: MIT
"""Servers of a few lines, which answer clients as no real server does."""
import re
import socket
import threading

from .wire import CLOSE, accept_value, close_payload, frame


class Peer:
    """Answers one connection after the other with `answer(socket)`."""

    def __init__(self, answer):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self):
        try:
            while True:
                connection, _ = self.listener.accept()
                with connection:
                    connection.settimeout(10)
                    self.answer(connection)
        except OSError:
            return

    def __enter__(self):
        self.thread.start()
        return self.port

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(20)


def sends(text):
    """Sends bytes after whatever the client has sent first."""
    def answer(connection):
        connection.recv(4096)
        connection.sendall(text)
    return answer


def closes(code, reason=b""):
    """Accepts the opening handshake, sends Close and ends TCP. Without a code it ends TCP without a Close frame."""
    def answer(connection):
        key = re.search(rb"Sec-WebSocket-Key: (\S+)", connection.recv(4096))[1]
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Accept: " + accept_value(key) + b"\r\n\r\n")
        if code is not None:
            connection.sendall(frame(CLOSE, close_payload(code, reason), mask=None))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    return answer
