# SPDX-License-Identifier: MIT
# about: ten thousand idle connections in one process and eight on a board of 64 KiB get broadcasts; several processes share a port, and stand behind nginx and HAProxy
# needs: base
# parts: host lm3s6965evb
# needs host: host
# needs lm3s6965evb: lm3s6965evb-eight
# wants: tlspeers
# minutes: 3
"""The servers are many/many.cpp on this machine and many/chat_server.cpp on the board: both send each text to all clients."""
import contextlib
import re
import resource
import selectors
import socket
import time
from pathlib import Path

import painted_stack
import pytest
from interop.process import Process, listening
from interop.wire import BINARY, TEXT, RawClient, connect, frame, pattern, request
from support.machine import BUILD, ROOT, command, compile_host, free_port, need_command

PATIENCE_SECONDS = 60
CONNECTIONS = 10000
ON_HOST = pytest.mark.parts("host")
ON_BOARD = pytest.mark.parts("lm3s6965evb")
REQUEST = (b"GET / HTTP/1.1\r\nHost: many\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


# ---- ten thousand ----


@pytest.fixture(scope="session")
def many(part, scratch):
    assert part == "host"
    return compile_host(ROOT / "tests/peers/many/many.cpp", scratch / "many", "-pthread")


@contextlib.contextmanager
def running(many, port, *words):
    server = Process([str(many), str(port), *words])
    try:
        if not server.wait_line("^listening on", PATIENCE_SECONDS):
            if server.wait(5) == 3:
                pytest.skip(server.output())
            raise AssertionError(server.output())
        yield server
    finally:
        server.stop()


def raise_descriptors(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
        except (ValueError, OSError):
            pytest.skip(f"{wanted} open files are needed, and this account may have {hard}")


class Crowd:
    """Clients of which each counts the bytes it has received."""

    def __init__(self, port, count):
        self.selector = selectors.DefaultSelector()
        self.received = {}
        self.sockets = []
        for _ in range(count):
            peer = socket.create_connection(("127.0.0.1", port))
            self.sockets.append(peer)
            peer.sendall(REQUEST)
            peer.setblocking(False)
            self.selector.register(peer, selectors.EVENT_READ)
            self.received[peer] = b""
            if len(self.sockets) % 100 == 0 or len(self.sockets) == count:
                self.wait(lambda: all(self.received[each].endswith(b"\r\n\r\n") for each in self.sockets[-100:]))

    def wait(self, condition):
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < end, f"not within {PATIENCE_SECONDS} s"
            for key, _ in self.selector.select(1):
                data = key.fileobj.recv(65536)
                assert data, "the server has closed a connection"
                self.received[key.fileobj] += data

    def expect(self, data):
        """Each gets these bytes, and no others since the last call."""
        self.wait(lambda: all(len(self.received[peer]) >= len(data) for peer in self.sockets))
        assert set(self.received.values()) == {data}
        self.forget()

    def forget(self):
        self.received = {peer: b"" for peer in self.sockets}

    def close(self):
        for peer in self.sockets:
            peer.close()


def memory_of(pid):
    """Bytes of RAM that the process has touched."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8")).group(1)) * 1024


@ON_HOST
def test_ten_thousand_idle_connections_get_a_broadcast(many):
    """R-FLOW-4: all of it with 64 buffers; one that does not read does not delay the others (R-FLOW-5)."""
    raise_descriptors(CONNECTIONS + 100)
    port = free_port()
    with running(many, port) as server:
        before = memory_of(server.child.pid)
        crowd = Crowd(port, CONNECTIONS - 1)
        try:
            grown = (memory_of(server.child.pid) - before) / CONNECTIONS
            assert grown < 1000, f"{grown:.0f} bytes for each idle connection"
            crowd.forget()
            speaker = RawClient.open(("127.0.0.1", port))
            for text in (b"to all", b"x" * 200):
                speaker.send(frame(TEXT, text))
                crowd.expect(frame(TEXT, text, mask=None))
                assert speaker.read_message()[1] == text
            refused = connect(("127.0.0.1", port))
            refused.send(request())
            assert refused.read_head().status == 503, "the connection after the last"
            refused.close()
            speaker.finish()
        finally:
            crowd.close()


# ---- several processes ----


def process_of(port, head=None):
    """An open connection, and the number of the process that has it."""
    client = RawClient.open(("127.0.0.1", port), head)
    client.send(frame(TEXT, b"who"))
    return client, int(client.read_message()[1])


@ON_HOST
def test_two_processes_share_a_port(many):
    port = free_port()
    with running(many, port, "share") as first, running(many, port, "share") as second:
        clients = []
        while len({number for _, number in clients}) < 2:
            assert len(clients) < 200, "all connections are of one process"
            clients.append(process_of(port))
        first.stop()
        for client, number in clients:
            if number == second.child.pid:
                client.echo(BINARY, pattern(300))
            client.close()
        for _ in range(20):
            client, number = process_of(port)
            assert number == second.child.pid
            client.finish()


@ON_HOST
def test_without_sharing_the_second_process_is_told_that_the_port_is_in_use(many):
    port = free_port()
    with running(many, port, "share"):
        second = Process([str(many), str(port)])
        assert second.wait(PATIENCE_SECONDS) == 1, second.output()
        assert "in use" in second.output()


NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 128; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  map $cookie_SRV $home {{ default all; {homes} }}
  upstream all {{ {servers} }}
  {upstreams}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
      proxy_pass http://$home; add_header Set-Cookie "SRV=$upstream_addr" always;
    }}
  }}
}}
"""
HAPROXY = """
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 30s
frontend all
  bind 127.0.0.1:{port}
  default_backend all
backend all
  balance roundrobin
  cookie SRV insert indirect nocache
{servers}
"""


def nginx_words(folder, port, ports):
    need_command("/usr/sbin/nginx", "nginx-light")
    servers = [f"127.0.0.1:{each}" for each in ports]
    names = {server: f"home{number}" for number, server in enumerate(servers)}
    (folder / "nginx.conf").write_text(NGINX.format(
        folder=folder, port=port, servers=" ".join(f"server {each};" for each in servers),
        homes=" ".join(f'"{server}" {name};' for server, name in names.items()),
        upstreams="\n  ".join(f"upstream {name} {{ server {server}; }}" for server, name in names.items())))
    return ["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]


def haproxy_words(folder, port, ports):
    need_command("haproxy", "haproxy")
    servers = "\n".join(f"  server s{each} 127.0.0.1:{each} cookie s{each}" for each in ports)
    (folder / "haproxy.cfg").write_text(HAPROXY.format(port=port, servers=servers))
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


@ON_HOST
@pytest.mark.parametrize("proxy_words", (nginx_words, haproxy_words), ids=("nginx", "haproxy"))
def test_a_sticky_cookie_leads_back_to_the_same_process(many, tmp_path, proxy_words):
    port, ports = free_port(), [free_port(), free_port()]
    with contextlib.ExitStack() as stack:
        words = proxy_words(tmp_path, port, ports)
        servers = [stack.enter_context(running(many, each)) for each in ports]
        stack.enter_context(listening(words, port))
        reached = set()
        for _ in range(4):  # without a cookie: in turn
            client, number = process_of(port)
            reached.add(number)
            cookie = client.response.get("Set-Cookie").split(";")[0]
            client.finish()
            for _ in range(3):
                again, home = process_of(port, request().replace(b"\r\n\r\n", b"\r\nCookie: " + cookie.encode() + b"\r\n\r\n"))
                assert home == number, f"{cookie} led to another process"
                again.echo(BINARY, pattern(300))
                again.finish()
        assert reached == {server.child.pid for server in servers}


# ---- eight in 64 KiB ----


def stack_of(image):
    """The addresses of the bottom and the top of its stack."""
    code, text = command("arm-none-eabi-nm", image)
    assert code == 0, text
    places = {name: int(at, 16) for at, name in re.findall(r"^([0-9a-f]+) \w board_stack_(bottom|top)$", text, re.M)}
    return places["bottom"], places["top"]


@ON_BOARD
def test_eight_connections_of_a_board_echo_and_get_broadcasts_and_a_ninth_gets_503(part):
    """R-FLOW-5: a slow reader does not stop the others. None of it needs more stack than is reserved."""
    port, image = free_port(), BUILD.resolve() / "lm3s6965evb-eight" / "chat_server.elf"
    bottom, top = stack_of(image)
    with painted_stack.Board(part, image, (bottom, top), "--port", str(port)) as board:
        board.wait_for("listening on")
        clients = [RawClient.open(("127.0.0.1", port)) for _ in range(8)]
        for size in (0, 125, 500, 3000):
            for client in clients:  # all at once
                client.send(frame(BINARY, pattern(size)))
            for client in clients:
                assert client.read_message()[1] == pattern(size)
        ninth = connect(("127.0.0.1", port))
        ninth.send(request())
        assert ninth.read_head().status == 503
        ninth.close()
        # Each says something; all hear it, in the same order.
        for number, client in enumerate(clients):
            client.send(frame(TEXT, b"%d" % number))
        heard = {tuple(client.read_message()[1] for _ in clients) for client in clients}
        assert len(heard) == 1 and sorted(heard.pop()) == [b"%d" % number for number in range(8)]
        # The first asks for much more than its window holds, and reads nothing.
        slow, *others = clients
        slow.sock.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(2000):
                slow.sock.send(frame(BINARY, pattern(1000)))
        slow.sock.setblocking(True)
        for number in range(20):
            others[0].send(frame(TEXT, b"news %d" % number))
            for client in others:
                assert client.read_message()[1] == b"news %d" % number
                client.echo(BINARY, pattern(300))
        slow.close()
        for client in others:
            client.finish()
        assert board.process.poll() is None, "the board has ended"
        used = board.used()
        assert used < top - bottom, f"all {used} bytes of stack were used"
