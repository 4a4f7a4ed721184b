# SPDX-License-Identifier: MIT
"""What the tests of whitcat share: the program in pipes, and on a terminal whose screen can be read."""
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pytest

from interop import process
from interop.small_servers import Peer
from interop.wire import BINARY, CLOSE, CONT, TEXT, CheckFailed, RawSocket, accept_value, frame
from support.machine import BUILD

PROGRAM = BUILD / "host" / "whitcat"
PATIENCE_SECONDS = 40


def arguments(*words):
    if not PROGRAM.exists():
        pytest.fail("build/host/whitcat was not built: cmake says which library is missing")
    return [str(PROGRAM), *map(str, words)]


def run(*words, send=b"", env=None, timeout=PATIENCE_SECONDS):
    """whitcat with an input, to its end: (exit code, standard output, standard error)."""
    done = subprocess.run(arguments(*words), input=send, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                          env=dict(os.environ, **(env or {})), check=False)
    return done.returncode, done.stdout, done.stderr.decode("utf-8", "replace")


def until(there):
    """Waits until a condition holds, with an end."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not there():
        assert time.monotonic() < deadline, "it did not become so in time"
        time.sleep(0.02)


class Running:
    """whitcat in the background, with pipes; ended at the latest with the `with` block."""

    def __init__(self, *words, stdin=subprocess.PIPE):
        self.child = subprocess.Popen(arguments(*words), stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def send(self, data):
        self.child.stdin.write(data)
        self.child.stdin.flush()

    def line(self, stream=None):
        """The next line of standard output."""
        stream = stream or self.child.stdout
        deadline, line = time.monotonic() + PATIENCE_SECONDS, b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"no line came, only {line!r}"
            byte = os.read(stream.fileno(), 1)
            if not byte:
                return line
            line += byte
        return line

    def error_line(self):
        return self.line(self.child.stderr).decode()

    def end(self, timeout=PATIENCE_SECONDS):
        """Ends the input; (exit code, rest of standard output, rest of standard error)."""
        out, err = self.child.communicate(timeout=timeout)
        return self.child.returncode, out, err.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
        self.child.communicate()


class Listening(Running):
    """whitcat --listen at a free port."""

    def __init__(self, *words, **options):
        super().__init__("--listen", "0", *words, **options)
        self.url = self.error_line().split()[-1]
        self.port = int(self.url.split(":")[-1].rstrip("/"))


class Terminal:
    """whitcat on a pseudo-terminal, and its screen as a person sees it (pyte)."""

    def __init__(self, *words, columns=80, rows=24):
        import pyte
        words = arguments(*words)
        self.child, self.master = pty.fork()
        if self.child == 0:
            os.environ.update(TERM="xterm", LC_ALL="C.UTF-8", INPUTRC="/dev/null")
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execv(words[0], words)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.code = None

    def resize(self, columns, rows=24):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen.resize(rows, columns)

    def type(self, text):
        os.write(self.master, text.encode() if isinstance(text, str) else text)

    def _read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            return False
        self.raw += data
        self.stream.feed(data)
        return bool(data)

    def lines(self):
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def wait_for(self, *expected):
        """Until these are all lines of the screen, but for empty ones."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.lines() != list(expected):
            if time.monotonic() > deadline:
                assert self.lines() == list(expected)
            self._read(0.1)

    def wait_until(self, there):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not there(self.lines()):
            assert time.monotonic() < deadline, "\n".join(self.lines())
            self._read(0.1)

    def wait_end(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.code is None:
            assert time.monotonic() < deadline, "it did not end: " + "\n".join(self.lines())
            self._read(0.05)
            done, status = os.waitpid(self.child, os.WNOHANG)
            if done:
                self.code = os.waitstatus_to_exitcode(status)
        while self._read(0):
            pass
        return self.code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.code is None:
            os.kill(self.child, 9)
            os.waitpid(self.child, 0)
        os.close(self.master)


def free_port():
    return process.free_port()


class Recorder(Peer):
    """A server that keeps the requests and the frames of its clients. It sends `frames` after its 101, and answers Close."""

    def __init__(self, frames=b"", fields=b""):
        super().__init__(self.serve_one)
        self.frames, self.fields = frames, fields
        self.requests = []
        self.received = []  # the frames of all clients, in their order
        self.closes = []    # payloads of their Close frames

    def serve_one(self, connection):
        raw = RawSocket(connection)
        request = raw.read_head()
        self.requests.append(request)
        raw.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + self.fields +
                 b"Sec-WebSocket-Accept: " + accept_value(request.get("Sec-WebSocket-Key").encode()) + b"\r\n\r\n" + self.frames)
        while True:
            try:
                got = raw.read_frame()
            except CheckFailed:  # a client that gives up
                return
            if got.opcode == CLOSE:
                self.closes.append(got.payload)
                raw.send(frame(CLOSE, got.payload, mask=None))
                raw.close()
                return
            self.received.append(got)

    def messages(self):
        """(opcode, payload) of each message, its fragments joined."""
        joined = []
        for each in self.received:
            if each.opcode in (TEXT, BINARY):
                joined.append([each.opcode, b""])
            if each.opcode in (TEXT, BINARY, CONT):
                joined[-1][1] += each.payload
        return [tuple(each) for each in joined]

    def __enter__(self):
        super().__enter__()
        self.url = f"ws://127.0.0.1:{self.port}/"
        return self
