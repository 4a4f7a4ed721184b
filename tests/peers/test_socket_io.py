# SPDX-License-Identifier: MIT
# about: Socket.IO 4 in both roles: npm socket.io and socket.io-client, python3-socketio, and HAProxy with sticky cookies between
# wants: test socketio tlspeers
# parts: host mps2_an385
# long: mps2_an505 riscv_virt
# needs host: host
# needs mps2_an385: mps2_an385-test
# needs mps2_an505: mps2_an505-test
# needs riscv_virt: riscv_virt-test
# minutes: 5
"""R-SIO-1: socket_io_client and socket_io_server of boards/apps, on this machine and on a board, against the peers in socket_io/."""
import contextlib
import importlib.util
import os
import re
import subprocess
from pathlib import Path

import pytest
from interop import peers
from interop.process import Process, listening
from support.machine import BUILD, board_command, compile_host, free_port, need_command

FOLDER = Path(__file__).resolve().parent / "socket_io"
PATIENCE_SECONDS = 60
CASES = ("events", "echo", "attachments", "question", "namespaces", "pings", "silent", "polling")
ON_HOST = pytest.mark.parts("host")
AUTH = '{"token":"secret"}'
OPTIONS = '{"pingInterval":100}'


@pytest.fixture(scope="session")
def node():
    """Starts a script of the folder with its npm packages."""
    lacks = peers.install(str(BUILD), str(FOLDER))
    if lacks:
        pytest.skip(lacks)
    environment = dict(os.environ, NODE_PATH=str(BUILD.resolve() / "socket_io" / "node_modules"))

    def start(script, *words):
        return Process(["node", str(FOLDER / script), *map(str, words)], env=environment)
    return start


@pytest.fixture(scope="session")
def python():
    for module, package in (("socketio", "python3-socketio"), ("aiohttp", "python3-aiohttp")):
        if not importlib.util.find_spec(module):
            pytest.skip(f"no {package} on this machine")

    def start(script, *words):
        return Process(["/usr/bin/python3", str(FOLDER / script), *map(str, words)])
    return start


def application(part, name, *words, forwarded=None):
    """The command of an application; a board has this machine as 10.0.2.2, and its port 8080 is `forwarded` here."""
    if part == "host":
        return [str(BUILD / "host" / name), *words]
    return board_command(part, BUILD / f"{part}-test" / f"{name}.elf", *words, port=forwarded)


@contextlib.contextmanager
def whit_server(part, *words):
    port = free_port()
    own = [f"port={port}"] if part == "host" else []
    process = Process(application(part, "socket_io_server", *own, "interval=100", *words, forwarded=port))
    try:
        assert process.wait_line("^listening on", PATIENCE_SECONDS), process.output()
        yield port
        assert process.alive(), process.output()
    finally:
        process.stop()


@pytest.fixture(scope="session")
def server(part):
    """One server for all cases; a client that does not answer a ping is given up after 3 s."""
    with whit_server(part, "ping=200", "patience=3000") as port:
        yield port


@contextlib.contextmanager
def peer_server(start, script, *words):
    port = free_port()
    process = start(script, port, *words)
    try:
        assert process.wait_line("^ready$", PATIENCE_SECONDS), process.output()
        yield port, process
    finally:
        process.stop()


def outcome(process):
    """Exit code and lines."""
    try:
        return process.wait(PATIENCE_SECONDS), process.lines
    finally:
        process.stop()


def whit_client(part, port, auth=AUTH, count=3):
    host = "127.0.0.1" if part == "host" else "10.0.2.2"
    return Process(application(part, "socket_io_client", f"url=ws://{host}:{port}", f"auth={auth}", f"count={count}", "wait=100"))


# ---- the server of Whit ----


@pytest.mark.parametrize("case", CASES)
def test_socket_io_client_at_our_server(node, server, case):
    code, lines = outcome(node("client.js", f"ws://127.0.0.1:{server}", case))
    assert (code, lines[-1:]) == (0, ["ok"]), lines


def test_python_socketio_at_our_server(python, server):
    code, lines = outcome(python("client.py", f"ws://127.0.0.1:{server}"))
    assert (code, lines[-1:]) == (0, ["ok"]), lines


# ---- the client of Whit ----


def check_client(part, port, process):
    code, lines = outcome(whit_client(part, port))
    assert code == 0 and lines[-1] == "ok", lines
    for number in range(3):
        assert any(re.match(rf'reading acknowledged: \{{"got": ?{number}\b', line) for line in lines), lines
    assert 'event led true' in lines, lines
    assert lines.count("attachment of 3000 bytes") == 3, "twice in an event, and once in an acknowledgement"
    assert any(line.startswith("image acknowledged: 3000,") for line in lines), lines
    assert process.wait_line("^disconnected", PATIENCE_SECONDS), process.output()
    assert [line for line in process.lines if line.startswith("reading")] == [f"reading {number}" for number in range(3)]
    assert process.wait_line("^led (true|True)$", PATIENCE_SECONDS), "our answer to an event"


def test_our_client_at_npm_socket_io(part, node):
    with peer_server(node, "server.js", OPTIONS) as (port, process):
        check_client(part, port, process)
        assert "connected 4 websocket" in process.lines


def test_our_client_at_python_socketio(part, python):
    with peer_server(python, "server.py") as (port, process):
        check_client(part, port, process)


def test_our_client_is_refused_and_says_why(part, node):
    with peer_server(node, "server.js", OPTIONS) as (port, _):
        code, lines = outcome(whit_client(part, port, auth='{"token":"wrong"}'))
        assert code == 1 and 'refused: {"message":"Not authorized"}' in lines, lines


@ON_HOST
def test_our_client_gives_up_a_server_that_stops_and_comes_back(part, node):
    """A stopped process keeps its connections: nothing but the missing ping shows it."""
    with peer_server(node, "server.js", '{"pingInterval":200,"pingTimeout":300}') as (port, process):
        client = whit_client(part, port, count=1000000)
        try:
            assert client.wait_line('^reading acknowledged: {"got":9,', PATIENCE_SECONDS), client.output()
            process.child.send_signal(19)  # SIGSTOP
            assert client.wait_line('^ended: the peer took too long: the answer to a Close frame', PATIENCE_SECONDS), client.output()
            process.child.send_signal(18)  # SIGCONT
            with client.changed:
                assert client.changed.wait_for(lambda: client.lines.count("joined") == 2, PATIENCE_SECONDS), client.output()
        finally:
            client.stop()


@ON_HOST
def test_a_server_without_eio_in_the_url_ends_in_1002(part, node):
    """npm engine.io answers 101, and then writes a response of HTTP into the stream of frames."""
    with peer_server(node, "server.js", OPTIONS) as (port, process):
        program = [str(BUILD / part / "echo_client"), f"ws://127.0.0.1:{port}/socket.io/?transport=websocket"]
        done = subprocess.run(program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE_SECONDS,
                              check=False)
        assert done.returncode == 1 and b"1002" in done.stdout, done.stdout
        assert process.wait_line("^connection error 5 ", PATIENCE_SECONDS), process.output()


# ---- through HAProxy ----

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


@contextlib.contextmanager
def haproxy(folder, ports):
    need_command("haproxy", "haproxy")
    port = free_port()
    servers = "\n".join(f"  server s{each} 127.0.0.1:{each} cookie s{each}" for each in ports)
    (folder / "haproxy.cfg").write_text(HAPROXY.format(port=port, servers=servers))
    with listening(["haproxy", "-db", "-f", str(folder / "haproxy.cfg")], port):
        yield port


@ON_HOST
@pytest.mark.usefixtures("part")
def test_a_sticky_cookie_leads_our_client_back_to_its_server(node, tmp_path):
    """With a JSON library. Without the cookie HAProxy takes the two servers in turn."""
    if not Path("/usr/include/cjson/cJSON.h").exists():
        pytest.skip("no cJSON on this machine (Debian: libcjson-dev)")
    program = compile_host(FOLDER / "json_client.cpp", tmp_path / "json_client", "-lcjson")
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(peer_server(node, "server.js", OPTIONS))[0] for _ in range(2)]
        front = stack.enter_context(haproxy(tmp_path, ports))
        code, lines = outcome(Process([str(program), f"ws://127.0.0.1:{front}", "secret", "5"]))
        assert code == 0 and [line.split()[0] for line in lines] == list("01234"), lines
        assert len({line.split()[1] for line in lines}) == 1, lines


@ON_HOST
def test_socket_io_client_through_haproxy_at_our_server(node, tmp_path, server):
    with haproxy(tmp_path, [server]) as front:
        for case in ("events", "attachments"):
            code, lines = outcome(node("client.js", f"ws://127.0.0.1:{front}", case))
            assert (code, lines[-1:]) == (0, ["ok"]), lines
