# SPDX-License-Identifier: MIT
"""Tests and the machine: commands, ports, and skips with their reason for everything that a machine may lack."""
import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / os.environ.get("WHIT_BUILD", "build")


def command(*arguments, cwd=ROOT, timeout=600, env=None):
    """Runs a command. Returns (exit code, its output, stdout and stderr in one text)."""
    result = subprocess.run([str(a) for a in arguments], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, timeout=timeout, env=env, check=False)
    return result.returncode, result.stdout.decode("utf-8", "replace")


def compile_host(program, to, *flags, more=()):
    """Compiles a program of one file, and `more`, with the libraries of build/host: the core, the addons and the POSIX port."""
    host = BUILD.resolve() / "host"
    code, text = command("g++", "-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror", "-DWHIT_ASSERTS=1", "-I", host / "generated",
                         "-I", ROOT / "stack", "-I", ROOT / "stack/addons", "-I", ROOT / "port", program, *more, "-o", to,
                         host / "port/whit/posix/libwhit_port_posix.a", host / "stack/libwhit_addons.a", host / "stack/libwhit_stack.a",
                         *flags)
    assert code == 0, text
    return to


def board_command(board, image, *words, netdev=None, port=None, mac=None):
    """The command that boots an image with the arguments `words`; 127.0.0.1:port leads to its port 8080, or it is on `netdev`."""
    options = {"--port": port, "--args": " ".join(str(word) for word in words), "--netdev": netdev, "--mac": mac}
    return [str(ROOT / "tools" / "qemu"), board, str(image), *(str(part) for option in options.items() if option[1] for part in option)]


def expect_none(problems):
    """Fails with all problems that a rule has found in many places, a line each."""
    problems = list(problems)
    assert not problems, "\n".join(problems)


def free_port():
    """A TCP port of 127.0.0.1 on which nothing listened a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def need_command(name, package):
    """Skips the test where there is no such command."""
    if not shutil.which(name):
        pytest.skip(f"no {name} on this machine (Debian: {package})")


def need_namespaces():
    """Skips the test where this account may make no network namespace."""
    need_command("unshare", "util-linux")
    code, text = command("unshare", "-rn", "true")
    if code != 0:
        pytest.skip(f"this account may make no network namespace: {text.strip()}")


def need_tun():
    """Skips the test where no network interface of a program can be made."""
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as error:
        pytest.skip(f"/dev/net/tun cannot be opened: {error.strerror}")
