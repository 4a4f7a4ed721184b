# SPDX-License-Identifier: MIT
# about: a server behind HAProxy, whose checks in HTTP/1.0 count the server as up, and down when it is gone; clients reach it through HAProxy
# needs: host
# wants: tlspeers
"""A check is a GET without an upgrade, in HTTP/1.0. echo_server answers it as RFC 6455, 4.4 and RFC 9110, 15.5.22 have it: 426."""
import contextlib
import socket
import time

from interop.process import listening
from support.machine import BUILD, command, free_port, need_command

PATIENCE_SECONDS = 30

HAPROXY = """
global
  stats socket {socket}
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 30s
frontend all
  bind 127.0.0.1:{port}
  default_backend whit
backend whit
  option httpchk GET / HTTP/1.0
  http-check expect status {status}
  server one 127.0.0.1:{server} check inter 100ms fall 2 rise 2
"""


def state(path):
    """The state of the server and the result of the last check, as HAProxy's statistics say: ("UP", "L7OK", "426")."""
    with socket.socket(socket.AF_UNIX) as control:
        control.settimeout(PATIENCE_SECONDS)
        control.connect(str(path))
        control.sendall(b"show stat\n")
        lines = b"".join(iter(lambda: control.recv(65536), b"")).decode().splitlines()
    names = lines[0].removeprefix("# ").split(",")
    rows = [dict(zip(names, line.split(","))) for line in lines[1:] if line]
    row = next(row for row in rows if row["pxname"] == "whit" and row["svname"] == "one")
    return row["status"], row["check_status"], row["check_code"]


def wait_for(path, wanted):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := state(path)) != wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)


@contextlib.contextmanager
def haproxy(folder, server, status=426):
    """The port of HAProxy, and the path of its statistics."""
    need_command("/usr/sbin/haproxy", "haproxy")
    port, path = free_port(), folder / "haproxy.sock"
    (folder / "haproxy.cfg").write_text(HAPROXY.format(socket=path, port=port, server=server, status=status))
    with listening(["/usr/sbin/haproxy", "-db", "-f", str(folder / "haproxy.cfg")], port):
        yield port, path


def echo_server(port):
    return listening([str(BUILD / "host" / "echo_server"), "--address", "127.0.0.1", "--port", str(port)], port)


def echo_client(port):
    return command(BUILD / "host" / "echo_client", f"ws://127.0.0.1:{port}/", "--count", 3, timeout=PATIENCE_SECONDS)


def test_haproxy_counts_the_server_as_up_while_it_runs(tmp_path):
    server = free_port()
    with haproxy(tmp_path, server) as (port, path):
        wait_for(path, ("DOWN", "L4CON", ""))
        code, text = echo_client(port)
        assert code == 1 and "HTTP status 503" in text, text
        for _ in range(2):
            with echo_server(server):
                wait_for(path, ("UP", "L7OK", "426"))
                code, text = echo_client(port)
                assert code == 0 and "ok: 3 of 3" in text, text
            wait_for(path, ("DOWN", "L4CON", ""))


def test_a_check_that_expects_another_status_fails(tmp_path):
    server = free_port()
    with echo_server(server), haproxy(tmp_path, server, status=200) as (_, path):
        wait_for(path, ("DOWN", "L7STS", "426"))
