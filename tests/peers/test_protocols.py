# SPDX-License-Identifier: MIT
# about: STOMP, GraphQL over WebSocket, OCPP and SignalR by the API alone: subprotocol, first messages, their own keepalive, close codes
# needs: host test
"""One program, protocols/client.cpp, has a session of each; the servers are npm packages, and a hub of this test for SignalR."""
import contextlib
import os
import shutil
from pathlib import Path

import pytest
from interop import peers
from interop.process import Process
from support.machine import BUILD, compile_host, free_port

FOLDER = Path(__file__).resolve().parent / "protocols"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def program(scratch):
    lacks = peers.install(str(BUILD.resolve()), str(FOLDER))
    if lacks:
        pytest.skip(lacks)
    return compile_host(FOLDER / "client.cpp", scratch / "protocols_client")


@contextlib.contextmanager
def served(name):
    port = free_port()
    environment = dict(os.environ, WHIT_NODE_FOLDER=str(BUILD.resolve() / "protocols"))
    server = Process([shutil.which("node"), str(FOLDER / "server.js"), name, str(port)], env=environment)
    try:
        assert server.wait_line("^ready$", PATIENCE_SECONDS), server.output()
        server.port = port
        yield server
    finally:
        server.stop()


def session(program, name, server, path="/", *password):
    """The lines of a client's whole session."""
    client = Process([str(program), name, f"ws://127.0.0.1:{server.port}{path}", *password])
    try:
        assert client.wait(PATIENCE_SECONDS) == 0, (client.output(), server.output())
        return client.lines
    finally:
        client.stop()


def expect(server, *patterns):
    for pattern in patterns:
        assert server.wait_line(pattern, PATIENCE_SECONDS), (pattern, server.output())


@pytest.mark.parametrize("name, promise", [("stomp", "100,0"), ("stomp-listener", "0,100")])
def test_stomp(program, name, promise):
    """Line ends as heartbeats of the client, or of the broker; the second question leaves after three of them."""
    with served("stomp") as server:
        lines = session(program, name, server, "/stomp")
        expect(server, "^protocol v12.stomp$", f"^connected 1.1,1.2 {promise}$", "^close 1000 $")
        assert ("heartbeat" in server.lines) == (name == "stomp"), server.output()
        assert lines[:-1] == ["CONNECTED", "MESSAGE", "first answered", "MESSAGE", "second answered", "RECEIPT"], lines
        assert lines[-1] == "end: closed by the application: code 1000 (normal closure)", lines


def test_graphql(program):
    with served("graphql") as server:
        lines = session(program, "graphql", server, "/", "secret")
        expect(server, "^protocol graphql-transport-ws$", "^message connection_init$", "^message ping$", "^close 1000 $")
        assert '{"type":"connection_ack"}' in lines and '{"type":"pong"}' in lines, lines
        for payload in ('{"data":{"hello":"world"}}', '{"data":{"greeting":"hi"}}', '{"data":{"greeting":"hello"}}'):
            assert any('"type":"next"' in line and payload in line for line in lines), lines
        assert lines[-1].startswith("end: closed by the application: code 1000"), lines


@pytest.mark.parametrize("password, code", [([], "4401"), (["wrong"], "4403")], ids=["before_its_init", "with_a_wrong_token"])
def test_graphql_refuses(program, password, code):
    with served("graphql") as server:
        lines = session(program, "graphql", server, "/", *password)
        assert lines[-1].startswith(f"end: closed by the peer: code {code}"), lines
        expect(server, f"^close {code} ")


def test_ocpp(program):
    """The station calls, is called meanwhile, answers the pings of the server, and is sent away with 1012."""
    with served("ocpp") as server:
        lines = session(program, "ocpp", server, "/charger", "secret")
        expect(server, "^auth charger secret$", "^protocol ocpp1.6$", "^boot whit$", "^heartbeat$", "^configuration none$", "^close 1012$")
        assert any(line.startswith('[2,"') and "GetConfiguration" in line for line in lines), lines
        assert lines[-1].startswith("end: closed by the peer: code 1012 (service restart)"), lines


def test_ocpp_refuses_a_wrong_password(program):
    with served("ocpp") as server:
        lines = session(program, "ocpp", server, "/charger", "wrong")
        assert lines == ["end: not a valid answer to the opening handshake: HTTP status 401"], lines


def test_signalr(program):
    """Two records in one message and one in two; a ping in each 60 ms, though the hub is never silent."""
    with served("signalr") as server:
        lines = session(program, "signalr", server)
        expect(server, "^protocol -$", "^invocation twice 21$", "^ping$", "^goodbye$", "^close 1000 $")
        assert lines[:1] == ["{}"], lines
        assert [line for line in lines if "note" in line] == [
            '{"type":1,"target":"note","arguments":["first"]}', '{"type":1,"target":"note","arguments":["second"]}'], lines
        assert '{"type":3,"invocationId":"7","result":42}' in lines and '{"type":7}' in lines, lines
        assert lines[-1].startswith("end: closed by the peer: code 1000"), lines
