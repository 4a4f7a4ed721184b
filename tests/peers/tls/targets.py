# SPDX-License-Identifier: MIT
"""echo_server and echo_client under test: on this machine, and on the boards in QEMU."""
import contextlib
import os
import subprocess

from interop import process
from support.machine import BUILD, ROOT, board_command, command as run_command
from .peers import AUTHORITY

HOST = "host"
READY = r"listening on .*:(\d+)"


class Host:
    name = HOST
    here = "127.0.0.1"
    record = 16384     # the longest record that it receives
    everything = True  # RSA, P-384, AES-256, PSK, mutual TLS from files
    resumes = True

    @contextlib.contextmanager
    def server(self, *arguments, tls=True):
        port = process.free_port()
        options = ["--tls-cert", AUTHORITY / "server.pem", "--tls-key", AUTHORITY / "server.key"] if tls else []
        command = [BUILD / "host" / "echo_server", "--address", "127.0.0.1", "--port", port, *options, *arguments]
        running = process.Process([str(word) for word in command])
        try:
            assert running.wait_line(READY, 20), running.output()
            running.port = port
            yield running
            assert running.alive(), f"echo_server has ended: {running.output()}"
        finally:
            running.stop()

    def client(self, url, *arguments, trust=True, seconds=30):
        options = ["--ca", AUTHORITY / "ca.pem"] if trust else []
        command = [BUILD / "host" / "echo_client", url, *options, *arguments]
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds, check=False)
        return done.returncode, done.stdout.decode()


class Board:
    here = "10.0.2.2"  # this machine, as QEMU's user network shows it
    everything = False

    def __init__(self, name):
        self.name = name
        self.small = name == "lm3s6965evb"
        self.record = 4096 if self.small else 16384
        self.everything = not self.small

    @staticmethod
    def words(arguments):
        """Options as a board is given them: name=value, and flags for files that it has in flash."""
        words, rest = [], [str(word).removeprefix("--") for word in arguments]
        while rest:
            word = rest.pop(0)
            words.append(word if word in ("insecure", "cert", "key", "tls-ca") else f"{word}={rest.pop(0)}")
        return words

    def image(self, application):
        # The small board has room for one role at a time.
        role = "-client" if self.small and application == "echo_client" else ""
        return BUILD / f"{self.name}-wss{role}-test" / f"{application}.elf"

    @contextlib.contextmanager
    def server(self, *arguments, tls=True):
        port = process.free_port()
        words = self.words(arguments) + (["tls-cert", "tls-key"] if tls else [])
        running = process.Process(board_command(self.name, self.image("echo_server"), *words, port=port))
        try:
            assert running.wait_line(READY, 20), running.output()
            running.port = port
            yield running
            assert running.alive(), f"echo_server has ended: {running.output()}"
        finally:
            running.stop()

    def client(self, url, *arguments, trust=True, seconds=60):
        del trust  # its authorities are in its flash
        words = [f"url={url}", *self.words(arguments)]
        done = subprocess.run(board_command(self.name, self.image("echo_client"), *words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds, check=False)
        return done.returncode, done.stdout.decode("utf-8", "replace")


def target(name):
    return Host() if name == HOST else Board(name)


def prepare():
    code, text = run_command(ROOT / "tools" / "certificates", AUTHORITY)
    assert code == 0, text
    os.environ.pop("SSLKEYLOGFILE", None)
