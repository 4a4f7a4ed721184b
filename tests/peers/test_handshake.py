# SPDX-License-Identifier: MIT
# about: the opening handshake of a client with real servers: long targets, credentials, cookies, redirections, sticky sessions
# needs: host
# wants: check test tlspeers
"""What npm `ws`, npm `websocket` and python `websockets` find in the request, and what nginx and HAProxy answer to it."""
import base64
import collections
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from interop import peers
from interop.process import Process, listening
from interop.wire import CLOSE, TEXT, accept_value, close_payload, frame
from support.machine import BUILD, compile_host, free_port, need_command

FOLDER = Path(__file__).resolve().parent / "handshake"
PATIENCE_SECONDS = 30
PASSWORD = bytes([0, 255, 58, 10, 13, 128, 127, 1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 251, 252, 253])  # OCPP: 20 raw bytes


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    return compile_host(FOLDER / "client.cpp", tmp_path_factory.mktemp("handshake") / "client")


def lines_of(client, url, *words):
    """The lines of a client that ends by itself."""
    done = subprocess.run([client, url, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=PATIENCE_SECONDS, check=True)
    return done.stdout.decode().splitlines()


# ---- what arrives ----


@pytest.fixture(scope="module", params=["ws", "websocket", "websockets"])
def reporter_name(request):
    peers.need(request.param, str(BUILD.resolve()))
    return request.param


@pytest.fixture(scope="module")
def reporter(reporter_name):
    """The port of a server that tells each client what its request was."""
    command = [sys.executable, FOLDER / "reports.py"] if reporter_name == "websockets" else ["node", FOLDER / "reports.js", reporter_name]
    environment = dict(os.environ, NODE_PATH=str(BUILD.resolve() / "interop" / "node_modules"))
    server = Process([str(word) for word in command], env=environment)
    port = server.wait_line(r"^port (\d+)$", PATIENCE_SECONDS)
    assert port, server.output()
    yield int(port[1])
    server.stop()


def report(client, port, target, *words):
    lines = lines_of(client, f"ws://127.0.0.1:{port}{target}", *words)
    assert lines[0].startswith("open ") and lines[-1] == "stopped", lines
    return json.loads(next(line for line in lines if line.startswith("message ")).removeprefix("message "))


def test_a_target_of_2_kilobytes_arrives(client, reporter):
    """A presigned URL of AWS, through buffers of 512 bytes."""
    target = "/mqtt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Security-Token=" + "ab%2F".join(map(str, range(300)))
    assert len(target) > 2000
    assert report(client, reporter, target)["target"] == target


def test_basic_credentials_are_binary(client, reporter):
    """R-HS-4"""
    field = report(client, reporter, "/", "--basic", "charger-7", PASSWORD.hex())["fields"]["authorization"]
    scheme, encoded = field.split(" ")
    assert scheme == "Basic" and base64.b64decode(encoded, validate=True) == b"charger-7:" + PASSWORD, field


def test_a_bearer_token_of_1_kilobyte_arrives(client, reporter):
    """R-HS-4"""
    token = "eyJ" + "a.b-c_d" * 150
    assert report(client, reporter, "/", "--bearer", token)["fields"]["authorization"] == f"Bearer {token}"


def test_cookies_arrive(client, reporter):
    """R-HS-4"""
    fields = report(client, reporter, "/", "--cookie", "SID", "31d4d96e", "--cookie", "lang", "en-US")["fields"]
    assert fields["cookie"] == "SID=31d4d96e; lang=en-US", fields


def test_a_server_that_selects_no_subprotocol_may_be_refused(client, reporter_name, reporter):
    """Where they are not told otherwise, `ws` selects the first one offered, and the others none."""
    program = Process([str(client), f"ws://127.0.0.1:{reporter}/", "--protocol", "ocpp1.6"])
    try:
        assert program.wait_line("^open " if reporter_name == "ws" else "^end .*HTTP status 101, and a field", PATIENCE_SECONDS), program.output()
    finally:
        program.stop()


# ---- backends behind a proxy ----


def read_head(connection):
    head = b""
    while b"\r\n\r\n" not in head:
        data = connection.recv(4096)
        if not data:
            return None
        head += data
    return head


class Backend:
    """A WebSocket server that says its name, then ends each connection with the code; None: it waits for the end."""

    def __init__(self, name, code):
        self.name, self.code = name, code
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heads = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self.answer, args=[connection], daemon=True).start()

    def answer(self, connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(PATIENCE_SECONDS)
            head = read_head(connection)
            if head is None:
                return
            self.heads.append(head)
            key = re.search(rb"(?i)Sec-WebSocket-Key: (\S+)", head)[1]
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               b"Sec-WebSocket-Accept: " + accept_value(key) + b"\r\n\r\n" + frame(TEXT, self.name.encode(), mask=None))
            if self.code is not None:
                connection.sendall(frame(CLOSE, close_payload(self.code, b""), mask=None))
            while connection.recv(4096):
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):  # ended already
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


# ---- nginx ----

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
    location /ws {{ proxy_pass http://127.0.0.1:{backend}; }}
    location /idle {{ proxy_pass http://127.0.0.1:{backend}; proxy_read_timeout 1s; }}
    location /secret {{ auth_basic x; auth_basic_user_file {folder}/users; proxy_pass http://127.0.0.1:{backend}; }}
    location = /old {{ return 301 /ws; }}
    location = /host {{ return 302 http://localhost:{port}/ws; }}
    location = /loop {{ return 302 /loop; }}
  }}
}}
"""


@contextlib.contextmanager
def nginx(folder, backend):
    need_command("/usr/sbin/nginx", "nginx-light")
    port = free_port()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, backend=backend.port))
    (folder / "users").write_bytes(b"charger-7:{PLAIN}" + bytes(range(128, 148)) + b"\n")
    with listening(["/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], port):
        yield f"ws://127.0.0.1:{port}"


def test_nginx_redirects_with_an_absolute_url(client, tmp_path):
    """R-RED-1: 301 with `http://`, to the same host, which gets the credentials."""
    with Backend("a", 4401) as backend, nginx(tmp_path, backend) as url:
        lines = lines_of(client, url + "/old", "--redirects", "3", "--bearer", "token")
        assert "HTTP status 301" in lines[0] and lines[1:4] == ["end redirected", f"open {url}/ws", "message a"], lines
        assert b"Authorization: Bearer token" in backend.heads[0], backend.heads


def test_nginx_redirects_to_another_host_name(client, tmp_path):
    """R-RED-1: no credentials go there."""
    with Backend("a", 4401) as backend, nginx(tmp_path, backend) as url:
        lines = lines_of(client, url + "/host", "--redirects", "3", "--bearer", "token", "--cookie", "a", "b")
        assert "message a" in lines, lines
        assert b"token" not in backend.heads[0] and b"Cookie" not in backend.heads[0], backend.heads


def test_nginx_redirects_for_ever(client, tmp_path):
    with Backend("a", 4401) as backend, nginx(tmp_path, backend) as url:
        program = Process([str(client), url + "/loop", "--redirects", "3"])
        try:
            assert program.wait_line("^end too many redirections$", PATIENCE_SECONDS), program.output()
            first_attempt = program.lines[:program.lines.index("end too many redirections")]
            assert first_attempt.count("end redirected") == 3 and "HTTP status 302" in first_attempt[-1], first_attempt
        finally:
            program.stop()


def test_nginx_wants_credentials(client, tmp_path):
    """A password of 20 bytes that are no text."""
    with Backend("a", 4401) as backend, nginx(tmp_path, backend) as url:
        assert "HTTP status 401" in lines_of(client, url + "/secret")[0]
        lines = lines_of(client, url + "/secret", "--basic", "charger-7", bytes(range(128, 148)).hex())
        assert lines[:2] == [f"open {url}/secret", "message a"], lines
        assert "HTTP status 401" in lines_of(client, url + "/secret", "--basic", "charger-7", "00")[0]


def test_nginx_ends_an_idle_connection(client, tmp_path):
    """It ends TCP without a Close frame, and Reconnect makes the next one."""
    with Backend("a", None) as backend, nginx(tmp_path, backend) as url:
        program = Process([str(client), url + "/idle"])
        try:
            assert program.wait_line("^end the peer ended TCP without a Close frame", PATIENCE_SECONDS), program.output()
            with program.changed:
                assert program.changed.wait_for(lambda: program.lines.count(f"open {url}/idle") > 1, PATIENCE_SECONDS), program.output()
        finally:
            program.stop()


# ---- HAProxy ----

HAPROXY = """
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 30s
  option redispatch
  retries 1
frontend all
  bind 127.0.0.1:{port}
  default_backend three
backend three
  balance roundrobin
  cookie SRV insert indirect nocache
{servers}
"""
CONNECTIONS = 9


@contextlib.contextmanager
def haproxy(folder, backends):
    need_command("haproxy", "haproxy")
    port = free_port()
    servers = [f"  server {each.name} 127.0.0.1:{each.port} cookie {each.name}" for each in backends]
    (folder / "haproxy.cfg").write_text(HAPROXY.format(port=port, servers="\n".join(servers)))
    with listening(["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], port):
        yield f"ws://127.0.0.1:{port}/"


def names(program, count):
    """The names of the servers that the client has reached, `count` of them at least."""
    def found():
        return [line.removeprefix("message ") for line in program.lines if line.startswith("message ")]
    with program.changed:
        assert program.changed.wait_for(lambda: len(found()) >= count, PATIENCE_SECONDS), program.output()
        return found()


def test_haproxy_has_the_client_back_on_one_server(client, tmp_path):
    with contextlib.ExitStack() as stack:
        backends = [stack.enter_context(Backend(name, 1001)) for name in ("web1", "web2", "web3")]
        url = stack.enter_context(haproxy(tmp_path, backends))
        stays, roams = Process([str(client), url]), Process([str(client), url, "--no-jar"])
        stack.callback(stays.stop)
        stack.callback(roams.stop)
        assert len(set(names(stays, CONNECTIONS)[:CONNECTIONS])) == 1, stays.output()
        assert len(set(names(roams, CONNECTIONS)[:CONNECTIONS])) == 3, "without its cookie it is led around"

        # Its server goes; the cookie of the next one holds from then on.
        home = names(stays, CONNECTIONS)[0]
        next(each for each in backends if each.name == home).__exit__()
        reached = names(stays, len(names(stays, 1)) + CONNECTIONS)
        counts = collections.Counter(reached[reached.index(next(name for name in reached if name != home)):])
        counts.pop(home, None)
        assert len(counts) == 1, reached
