# SPDX-License-Identifier: MIT
# about: permessage-deflate in both roles: groups 12 and 13 of a fuzzing peer, raw peers that break RFC 7692, npm ws, websockets, tornado, nats, browsers
# parts: host mps2_an385
# long: mps2_an505 riscv_virt
# needs host: host
# needs mps2_an385: mps2_an385
# needs mps2_an505: mps2_an505
# needs riscv_virt: riscv_virt
# wants: test check deflatepeers browser
# minutes: 5
"""The programs are permessage_deflate/deflate_server.cpp and autobahn_client on this machine and on the board, and
permessage_deflate/deflate_client.cpp on this machine."""
import contextlib
import json
import shutil
import socket
import struct
import threading
import zlib
from pathlib import Path

import pytest
from autobahn.images import build_board
from interop import peers
from interop.process import Process
from interop.wire import (BINARY, CLOSE, CONT, PING, PONG, TEXT, CheckFailed, RawSocket, accept_value, check, close_payload, connect, pattern,
                          request)
from permessage_deflate.cases import CASES, FuzzingServer, run_against_server
from permessage_deflate.deflated import NAME, RSV1, TAIL, Deflated, client, parse
from support.browser import BROWSERS, visit
from support.machine import BUILD, ROOT, command, compile_host, free_port

FOLDER = ROOT / "tests" / "peers" / "permessage_deflate"
AUTOBAHN_CLIENT = BUILD / "host" / "autobahn_client"
NATS = Path("/usr/sbin/nats-server")
PATIENCE_SECONDS = 60
ON_HOST = pytest.mark.parts("host")
SERVER_FORGETS, CLIENT_FORGETS = "server_no_context_takeover", "client_no_context_takeover"
BOTH = {SERVER_FORGETS: None, CLIENT_FORGETS: None}
SENTENCE = b"what is said twice is said twice in half of the bytes; "


# ---- programs ----


@pytest.fixture(scope="session")
def server_program(scratch):
    boards = ROOT / "boards"
    return compile_host(FOLDER / "deflate_server.cpp", scratch / "deflate_server", "-I", boards, "-pthread",
                        more=[boards / "host" / f"{name}.cpp" for name in ("board", "arguments")])


@pytest.fixture(scope="session")
def client_program(scratch):
    return compile_host(FOLDER / "deflate_client.cpp", scratch / "deflate_client", "-pthread")


@contextlib.contextmanager
def running(words, pattern_of_line="listening"):
    process = Process([str(word) for word in words])
    try:
        line = process.wait_line(pattern_of_line, PATIENCE_SECONDS)
        assert line, process.output()
        process.match = line
        yield process
        assert process.alive(), process.output()
    finally:
        process.stop()


@pytest.fixture(scope="session")
def serve(server_program):
    """serve(words): the address of a server with these arguments, which stays for the tests that come."""
    with contextlib.ExitStack() as stack:
        found = {}

        def start(*words):
            if words not in found:
                port = free_port()
                stack.enter_context(running([server_program, "--port", port, *words]))
                found[words] = ("127.0.0.1", port)
            return found[words]

        yield start


# ---- groups 12 and 13 ----


@pytest.fixture(scope="session")
def of_server(part, request):  # noqa: F811
    """{case: problem} of the server."""
    problems = {}
    with contextlib.ExitStack() as stack:
        if part == "host":
            address, times = request.getfixturevalue("serve")(), None
        else:
            address, times = ("127.0.0.1", free_port()), 1
            image = build_board(part) / "deflate_server.elf"
            stack.enter_context(running([ROOT / "tools" / "qemu", part, image, "--port", address[1]]))
        for case in CASES:
            try:
                run_against_server(address, case, times)
                problems[case.name] = None
            except CheckFailed as problem:
                problems[case.name] = str(problem)
    return problems


@pytest.fixture(scope="session")
def of_client(part):
    """({number: problem}, exit code, output) of the client."""
    with FuzzingServer(CASES, None if part == "host" else 1) as server:
        if part == "host":
            said = command(AUTOBAHN_CLIENT, f"ws://127.0.0.1:{server.port}/", "--deflate")
        else:
            said = command("tools/qemu", part, build_board(part) / "autobahn_client.elf", "--args", f"url=ws://10.0.2.2:{server.port} deflate")
        return server, *said


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_server_passes(of_server, case):
    assert of_server[case.name] is None


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_client_passes(of_client, case):
    server, code, text = of_client
    number = CASES.index(case) + 1
    assert number in server.results, f"did not run: exit code {code}, {text[-300:]}"
    assert server.results[number] is None


def test_the_client_ran_all_cases(of_client):
    server, code, text = of_client
    assert code == 0 and len(CASES) == 216 and list(server.results) == list(range(1, 217)) and server.reported.is_set(), (code, text)


# ---- offers (RFC 7692, 5 and 7.1) ----

OFFERS = [  # memory, fields, the parameters of the answer or None
    ("kept", [NAME], {}),
    ("kept", [f"{NAME}; {SERVER_FORGETS}"], {SERVER_FORGETS: None}),
    ("kept", [f"{NAME}; {CLIENT_FORGETS}"], {CLIENT_FORGETS: None}),
    ("kept", [f"{NAME};{CLIENT_FORGETS};\t{SERVER_FORGETS} "], BOTH),
    ("kept", [f"{NAME}; server_max_window_bits=\"10\""], {"server_max_window_bits": "10"}),
    ("kept", [f"{NAME.upper()}; SERVER_MAX_WINDOW_BITS=10"], {"server_max_window_bits": "10"}),
    ("shared", [NAME], BOTH),
    ("shared", [f"{NAME}; client_max_window_bits"], BOTH),
    ("small", [NAME], None),
    ("small", [f"{NAME}; client_max_window_bits"], {"client_max_window_bits": "9"}),
    ("small", [f"{NAME}; client_max_window_bits=8"], {"client_max_window_bits": "8"}),
    ("small", [f"{NAME}, {NAME}; client_max_window_bits=15"], {"client_max_window_bits": "9"}),
    ("small", [NAME, f"{NAME}; client_max_window_bits"], {"client_max_window_bits": "9"}),
    ("kept", ["x-webkit-deflate-frame, permessage-bzip2; a=\"x\", " + NAME], {}),
    ("kept", ["x-webkit-deflate-frame"], None),
    ("kept", [f"{NAME}; server_max_window_bits=12, {NAME}"], {"server_max_window_bits": "12"}),
    ("kept", [f"{NAME}; server_max_window_bits=7, {NAME}; server_max_window_bits=11"], {"server_max_window_bits": "11"}),
    ("kept", [f"{NAME}; client_max_window_bits=8; server_max_window_bits=8; {SERVER_FORGETS}; {CLIENT_FORGETS}"],
     {**BOTH, "server_max_window_bits": "8"}),
]
ILLEGAL = ["unknown", "unknown=1", f"{SERVER_FORGETS}=1", f"{SERVER_FORGETS}; {SERVER_FORGETS}", "server_max_window_bits", "server_max_window_bits=7",
           "server_max_window_bits=16", "server_max_window_bits=08", "server_max_window_bits=8; server_max_window_bits=9",
           "client_max_window_bits=7", "client_max_window_bits=x", "client_max_window_bits; client_max_window_bits=9"]


@ON_HOST
@pytest.mark.parametrize("memory, fields, expected", OFFERS)
def test_an_offer_is_answered_as_the_memory_allows(part, serve, memory, fields, expected):
    with client(serve("--memory", memory), *fields) as peer:
        got = None if peer.agreed is None else {name: value for name, value in peer.agreed.items()
                                                if memory != "small" or name == "client_max_window_bits"}
        assert got == expected, peer.agreed
        if expected is not None:
            for _ in range(3):
                assert peer.echo(TEXT, SENTENCE * 40)


@ON_HOST
@pytest.mark.parametrize("parameters", ILLEGAL)
def test_an_illegal_offer_is_passed_over(part, serve, parameters):
    for fields in ([f"{NAME}; {parameters}"], [f"{NAME}; {parameters}, {NAME}"], [f"{NAME}; {parameters}", NAME]):
        with client(serve(), *fields) as peer:
            assert peer.agreed == (None if fields == [f"{NAME}; {parameters}"] else {}), (fields, peer.agreed)


@ON_HOST
@pytest.mark.parametrize("value", [";", NAME + ";", NAME + "; =1", NAME + "; a=\"", NAME + "; a=\"\"", NAME + "; a=\"x, y\"", "\"" + NAME + "\"", NAME + " " + NAME])
def test_a_malformed_field_is_refused(part, serve, value):
    """RFC 6455, 9.1: a field that does not follow the grammar fails the connection."""
    with connect(serve()) as raw:
        raw.send(request(fields=[(b"Sec-WebSocket-Extensions", value.encode())]))
        assert raw.read_head().status == 400


@ON_HOST
@pytest.mark.parametrize("bits", range(8, 16))
@pytest.mark.parametrize("forgets", ["", f"; {SERVER_FORGETS}"])
def test_no_distance_is_above_the_window(part, serve, bits, forgets):
    """The peer's decoder has a window of this size, and finds each distance that is larger."""
    with client(serve(), f"{NAME}; server_max_window_bits={bits}{forgets}") as peer:
        assert peer.agreed["server_max_window_bits"] == str(bits)
        for distance in (1 << bits, (1 << bits) + 1, (1 << bits) - 1, 3 << (bits - 1)):
            block = pattern(distance, distance)
            peer.echo(BINARY, block + block[:300])
            peer.echo(BINARY, block[:300])


@ON_HOST
def test_a_connection_too_many_has_no_extension(part, serve):
    address = serve("--memory", "single")
    with client(address, NAME) as first, client(address, NAME) as second:
        assert first.agreed == BOTH and second.agreed is None
        first.echo(TEXT, SENTENCE * 9)
        second.raw.send(second.frame(TEXT, SENTENCE))
        assert not second.expect(TEXT, SENTENCE)


# ---- frames ----


def stored(data, final=False):
    return bytes([final]) + struct.pack("<HH", len(data), len(data) ^ 0xffff) + data


def deflated(data, **options):
    coder = zlib.compressobj(wbits=-15, **options)
    return coder.compress(data) + coder.flush(zlib.Z_SYNC_FLUSH)


def final_block(data):
    coder = zlib.compressobj(wbits=-15)
    return coder.compress(data) + coder.flush()


HELLO = b"Hello"
VALID = {  # what RFC 7692, 7.2.3 and RFC 1951 allow: body, message
    "a compressed block": (bytes.fromhex("f248cdc9c90700"), HELLO),
    "a stored block": (bytes.fromhex("000500faff48656c6c6f00"), HELLO),
    "a final block": (bytes.fromhex("f348cdc9c9070000"), HELLO),
    "a final block of zlib": (final_block(HELLO * 100) + b"\0", HELLO * 100),
    "two blocks": (bytes.fromhex("f24805000000ffffcac9c90700"), HELLO),
    "the tail is not left out": (bytes.fromhex("f248cdc9c90700") + TAIL + b"\0", HELLO),
    "nothing": (b"\0", b""),
    "nothing, in a final block": (b"\3\0\0", b""),
    "stored, dynamic and fixed blocks": (stored(b"a" * 300) + deflated(SENTENCE * 30) + deflated(b"x" * 50, strategy=zlib.Z_FIXED)[:-4],
                                         b"a" * 300 + SENTENCE * 30 + b"x" * 50),
    "final blocks in the middle": (final_block(b"one ") + final_block(b"two ") + stored(b"three", True) + b"\0", b"one two three"),
    "forty empty blocks": (stored(b"") * 40 + deflated(HELLO)[:-4], HELLO),
    "the largest stored block": (stored(b"z" * 65535) + b"\0", b"z" * 65535),
}


@ON_HOST
@pytest.mark.parametrize("memory", ["kept", "shared"])
@pytest.mark.parametrize("name", VALID)
def test_what_is_allowed_is_read(part, serve, memory, name):
    body, message = VALID[name]
    with client(serve("--memory", memory), NAME) as peer:
        for fragment in (0, 1, 3) if len(body) < 3000 else (0, 1000):
            peer.raw.send(peer.frames(BINARY, body, fragment))
            peer.expect(BINARY, message)


@ON_HOST
def test_a_message_may_be_split_at_every_byte(part, serve):
    with client(serve("--memory", "shared"), NAME) as peer:
        body = deflated("Grüße, Welt ".encode() * 9)[:-4]
        for at in range(len(body) + 1):
            peer.raw.send(peer.frame(TEXT, body[:at], False, RSV1) + peer.frame(PING, b"between") + peer.frame(CONT, b"", False)
                          + peer.frame(CONT, body[at:]))
            opcode, data, _, control = peer.receive()
            assert (opcode, data) == (TEXT, "Grüße, Welt ".encode() * 9)
            assert [(each.opcode, each.payload) for each in control] == [(PONG, b"between")], control


@ON_HOST
def test_plain_and_compressed_messages_alternate(part, serve):
    with client(serve(), NAME) as peer:
        for _ in range(20):
            peer.echo(TEXT, SENTENCE * 7)
            peer.raw.send(peer.frame(TEXT, SENTENCE * 7))
            peer.expect(TEXT, SENTENCE * 7)


# name: (is the extension agreed, frames as (opcode, payload, fin, rsv), code)
WRONG = {
    "RSV1 without the extension": (False, [(TEXT, b"\0", True, 4)], 1002),
    "RSV2": (True, [(TEXT, b"\0", True, 2)], 1002),
    "RSV1 and RSV3": (True, [(TEXT, b"\0", True, 5)], 1002),
    "RSV1 on a continuation": (True, [(TEXT, b"", False, 4), (CONT, b"\0", True, 4)], 1002),
    "RSV1 on the continuation of a plain message": (True, [(TEXT, b"a", False, 0), (CONT, b"\0", True, 4)], 1002),
    "RSV1 on a ping": (True, [(PING, b"", True, 4)], 1002),
    "RSV1 on a ping in a message": (True, [(TEXT, b"", False, 4), (PING, b"", True, 4)], 1002),
    "RSV1 on a Close": (True, [(CLOSE, close_payload(1000), True, 4)], 1002),
    "a reserved type of block": (True, [(BINARY, b"\x06\0", True, 4)], 1007),
    "a stored block with a wrong length": (True, [(BINARY, b"\0\x05\0\0\0Hello\0", True, 4)], 1007),
    "a distance before the beginning": (True, [(BINARY, b"\x02\x13\0\0\0", True, 4)], 1007),
    "noise": (True, [(BINARY, b"\xff" * 40, True, 4)], 1007),
    "a message that stops within a block": (True, [(BINARY, deflated(SENTENCE)[:9], True, 4)], 1007),
    "text that is none": (True, [(TEXT, deflated(b"abc\xff")[:-4], True, 4)], 1007),
    "text that ends within a character": (True, [(TEXT, deflated("abc\u00e9".encode()[:-1])[:-4], True, 4)], 1007),
    "text that is none, in a later fragment": (True, [(TEXT, deflated(b"abc"), False, 4), (CONT, stored(b"\xed\xa0") + b"\0", True, 0)], 1007),
}


@ON_HOST
@pytest.mark.parametrize("memory", ["kept", "shared"])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_ends_the_connection(part, serve, memory, name):
    agreed, frames, code = WRONG[name]
    address = serve("--memory", memory)
    with client(address, *([NAME] if agreed else [])) as peer:
        peer.raw.send(b"".join(peer.frame(*each) for each in frames))
        peer.closed_with(code)
    with client(address, NAME) as peer:  # it has given back what it had
        assert peer.echo(TEXT, SENTENCE * 40)


@ON_HOST
def test_a_bomb_is_refused_when_the_limit_is_reached(part, serve):
    """1 KiB per MiB. The limit counts what comes out, and nothing behind it is inflated: no more of the bomb is needed for the answer."""
    with client(serve("--most", "100000"), NAME) as peer:
        assert peer.echo(BINARY, bytes(100000))
        bomb = deflated(bytes(4 << 20))
        peer.raw.send(peer.frame(BINARY, bomb[:400], False, RSV1))
        peer.closed_with(1009)


# ---- one inflater, and many who need it ----


@ON_HOST
def test_who_stops_within_a_message_does_not_keep_the_inflater(part, serve):
    """Others wait while a peer has the only inflater; it is closed with 1008 when it sends nothing for Deadline::kData."""
    address = serve("--memory", "one", "--data-ms", "1000")
    body = deflated(SENTENCE * 40)[:-4]
    with client(address, NAME) as idle, client(address, NAME) as other, client(address, NAME) as third:
        idle.raw.send(idle.frame(TEXT, body[:20], False, RSV1) + idle.frame(PING, b"holds it"))
        while idle.raw.read_frame().opcode != PONG:
            pass
        other.raw.send(other.frames(TEXT, body))
        third.raw.send(third.frame(TEXT, SENTENCE))
        third.expect(TEXT, SENTENCE)  # a plain message does not wait
        third.raw.send(third.frames(TEXT, body))
        idle.closed_with(1008)
        other.expect(TEXT, SENTENCE * 40)
        third.expect(TEXT, SENTENCE * 40)


@ON_HOST
def test_who_goes_on_keeps_the_inflater_and_the_others_get_their_turn(part, serve):
    address = serve("--memory", "one")
    body = deflated(SENTENCE * 40)[:-4]
    with contextlib.ExitStack() as stack:
        all_of_them = [stack.enter_context(client(address, NAME)) for _ in range(6)]
        holder, *others = all_of_them
        holder.raw.send(holder.frame(TEXT, body[:10], False, RSV1) + holder.frame(PING))
        while holder.raw.read_frame().opcode != PONG:
            pass
        for peer in others:
            peer.raw.send(peer.frames(TEXT, body, 7))
        holder.raw.send(holder.frame(CONT, body[10:]))
        for peer in all_of_them:
            peer.expect(TEXT, SENTENCE * 40)


@ON_HOST
def test_a_peer_that_is_cut_gives_the_inflater_back(part, serve):
    address = serve("--memory", "one")
    for _ in range(12):
        peer = client(address, NAME)
        peer.raw.send(peer.frame(TEXT, deflated(SENTENCE)[:9], False, RSV1) + peer.frame(PING))
        while peer.raw.read_frame().opcode != PONG:
            pass
        peer.raw.abort()
    with client(address, NAME) as peer:
        assert peer.echo(TEXT, SENTENCE * 40)


# ---- answers to our client ----

ANSWERS = [  # memory, value of the field, is it accepted
    ("kept", NAME, True), ("kept", f"{NAME}; {SERVER_FORGETS}; {CLIENT_FORGETS}", True), ("kept", f"{NAME}; client_max_window_bits=9", True),
    ("kept", f"{NAME}; server_max_window_bits=\"9\"", True), ("kept", f"{NAME}; server_max_window_bits=15", True),
    ("shared", f"{NAME}; {SERVER_FORGETS}", True), ("small", f"{NAME}; server_max_window_bits=9", True),
    ("small", f"{NAME}; server_max_window_bits=8", True), ("shared", NAME, False), ("small", NAME, False),
    ("small", f"{NAME}; server_max_window_bits=10", False), ("kept", f"{NAME}; client_max_window_bits", False),
    ("kept", f"{NAME}; client_max_window_bits=7", False), ("kept", f"{NAME}; client_max_window_bits=16", False),
    ("kept", f"{NAME}; server_max_window_bits", False), ("kept", f"{NAME}; {SERVER_FORGETS}=x", False),
    ("kept", f"{NAME}; {SERVER_FORGETS}; {SERVER_FORGETS}", False), ("kept", f"{NAME}; unknown", False), ("kept", "x-other", False),
    ("kept", f"{NAME}, {NAME}", False), ("kept", f"{NAME}, x-other", False),
]


def answered_with(listener, value, result):
    """Answers one client, and echoes what it sends."""
    accepted, _ = listener.accept()
    with RawSocket(accepted) as raw:
        head = raw.read_head()
        result.append(head.get("Sec-WebSocket-Extensions"))
        raw.send(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                  f"{accept_value(head.get('Sec-WebSocket-Key').encode()).decode()}\r\nSec-WebSocket-Extensions: {value}\r\n\r\n").encode())
        try:
            peer = Deflated(raw, parse(value)[0][1], client=False)
            while True:
                opcode, data, compressed, _ = peer.receive()
                result.append(compressed)
                peer.send(opcode, data)
        except (CheckFailed, ValueError):
            pass  # the Close, or the end


@ON_HOST
@pytest.mark.parametrize("memory, value, good", ANSWERS)
def test_an_answer_that_breaks_the_offer_fails_the_handshake(part, client_program, memory, value, good):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE_SECONDS)
        result = []
        thread = threading.Thread(target=answered_with, args=(listener, value, result))
        thread.start()
        code, text = command(client_program, f"ws://127.0.0.1:{listener.getsockname()[1]}/", memory, "echo")
        thread.join()
    asked = parse(result[0])[0][1]
    assert (SERVER_FORGETS in asked) == (memory == "shared") and asked.get("server_max_window_bits") == ("9" if memory == "small" else None), asked
    if good:
        assert result.count(True) >= 5, result
    else:
        assert code == 1 and "error" in text and len(result) == 1, (code, text, result)


# ---- other implementations ----

WS_SETTINGS = {
    "as it comes": {},
    "threshold 0": {"threshold": 0},
    "serverNoContextTakeover": {"serverNoContextTakeover": True, "threshold": 0},
    "clientNoContextTakeover": {"clientNoContextTakeover": True, "threshold": 0},
    "neither keeps": {"serverNoContextTakeover": True, "clientNoContextTakeover": True, "threshold": 0},
    "windows of 9": {"serverMaxWindowBits": 9, "clientMaxWindowBits": 9, "threshold": 0},
    "windows of 15": {"serverMaxWindowBits": 15, "clientMaxWindowBits": 15, "threshold": 0},
    "neither keeps 10 and 12": {"serverNoContextTakeover": True, "clientNoContextTakeover": True, "serverMaxWindowBits": 10, "clientMaxWindowBits": 12,
                                "threshold": 0},
    "level 1": {"zlibDeflateOptions": {"level": 1, "memLevel": 3}, "zlibInflateOptions": {"chunkSize": 1024}, "threshold": 0, "concurrencyLimit": 1},
    "fixed codes": {"zlibDeflateOptions": {"strategy": 4}, "threshold": 0},
    "stored": {"zlibDeflateOptions": {"level": 0}, "threshold": 0},
    "off": False,
}


def node(*words):
    lacks = peers.install(str(BUILD))
    if lacks:
        pytest.skip(lacks)
    environment = f"NODE_PATH={BUILD / 'interop' / 'node_modules'}"
    return ["env", environment, "node", FOLDER / "ws_deflate.js", *words]


def ends_well(program, port, memory, how="echo"):
    code, text = command(program, f"ws://127.0.0.1:{port}/", memory, how)
    assert code == 0 and text == "done, closed with 1000\n", (code, text)


def ends_badly(program, port, memory, code_of_cause, how="echo"):
    code, text = command(program, f"ws://127.0.0.1:{port}/", memory, how)
    assert code == 1 and text == f"error {code_of_cause}\nnot done, closed with 1006\n", (code, text)


@ON_HOST
@pytest.mark.parametrize("memory", ["kept", "shared", "small"])
def test_ws_as_a_client(part, serve, memory):
    """`ws` offers client_max_window_bits by itself, so that it can be told to have a small window."""
    code, text = command(*node("client", f"ws://127.0.0.1:{serve('--memory', memory)[1]}/", json.dumps(list(WS_SETTINGS.values()))))
    assert code == 0, text
    for number, (name, settings) in enumerate(WS_SETTINGS.items()):
        agreed = NAME if settings is not False else ""
        assert f"client {number} closed with 1000 after 8 messages, agreed {agreed}\n" in text, (name, text)


@pytest.fixture(scope="session")
def ws_servers():
    with running(node("serve", json.dumps(list(WS_SETTINGS.values()))), f"server {len(WS_SETTINGS) - 1} listens") as server:
        yield server


@ON_HOST
@pytest.mark.parametrize("name", WS_SETTINGS)
def test_ws_as_a_server(part, client_program, ws_servers, name):
    number = list(WS_SETTINGS).index(name)
    port = ws_servers.wait_line(rf"^server {number} listens at (\d+)", PATIENCE_SECONDS).group(1)
    opened = 0
    for memory in ("kept", "shared", "small", "least"):
        if memory in ("small", "least") and (WS_SETTINGS[name] or {}).get("serverMaxWindowBits", 9) > 9:
            ends_badly(client_program, port, memory, 400)  # `ws` refuses a client that asks for a smaller window
            continue
        ends_well(client_program, port, memory)
        opened += 1

    def seen():
        return [line for line in ws_servers.lines if line.startswith(f"server {number} ") and "listens" not in line]

    with ws_servers.changed:  # its lines may come later than the end of our client
        ws_servers.changed.wait_for(lambda: len(seen()) >= opened, PATIENCE_SECONDS)
    assert seen() == [f"server {number} agreed {'' if name == 'off' else NAME}"] * opened, seen()


@ON_HOST
def test_websockets_in_both_roles(part, serve, client_program):
    websockets = pytest.importorskip("websockets", reason="python3-websockets is missing")
    import asyncio
    from websockets.extensions import permessage_deflate as its

    sides = [{}, {"server_no_context_takeover": True}, {"client_no_context_takeover": True}, {"server_max_window_bits": 9, "client_max_window_bits": 10}]

    async def as_client(settings, port):
        factory = its.ClientPerMessageDeflateFactory(**{"client_max_window_bits": True, **settings})
        async with websockets.connect(f"ws://127.0.0.1:{port}/", compression=None, extensions=[factory], max_size=None) as peer:
            assert len(peer.extensions) == 1, settings
            for size in (0, 1, 300, 5000, 5000, 100000):
                text = (SENTENCE.decode() * (size // 50 + 1))[:size]
                await peer.send(text)
                assert await asyncio.wait_for(peer.recv(), PATIENCE_SECONDS) == text, (settings, size)

    async def as_server(settings, seen):
        async def echo(peer):
            seen.append(len(peer.extensions))
            async for message in peer:
                await peer.send(message)

        # Without require_client_max_window_bits: the offer decides.
        factory = its.ServerPerMessageDeflateFactory(**settings)
        async with websockets.serve(echo, "127.0.0.1", 0, compression=None, extensions=[factory], max_size=None) as server:
            port = server.sockets[0].getsockname()[1]
            for memory in ("kept", "shared", "small", "least"):
                await asyncio.get_running_loop().run_in_executor(None, ends_well, client_program, port, memory)

    for settings in sides:
        for memory in ("kept", "shared", "small"):
            asyncio.run(as_client(settings, serve("--memory", memory)[1]))
        seen = []
        asyncio.run(as_server(settings, seen))
        assert seen == [1, 1, 1, 1], (settings, seen)


@ON_HOST
def test_tornado_as_a_server(part, client_program):
    """R-PMD: it leaves server_no_context_takeover out of its answer, and so would send what a client without a kept window cannot read:
    such a client refuses it, and says why."""
    if command("/usr/bin/python3", "-c", "import tornado")[0] != 0:
        pytest.skip("python3-tornado is missing")
    port = free_port()
    with running(["/usr/bin/python3", FOLDER / "tornado_server.py", port]):
        ends_well(client_program, port, "kept")
        for memory in ("shared", "least"):
            ends_badly(client_program, port, memory, 101)


@ON_HOST
def test_nats_compresses_what_it_says(part, client_program, scratch):
    if not NATS.exists():
        pytest.skip(f"no {NATS} (Debian: nats-server)")
    port = free_port()
    configuration = scratch / "nats.conf"
    configuration.write_text(f"listen: \"127.0.0.1:{free_port()}\"\nwebsocket {{\n  listen: \"127.0.0.1:{port}\"\n  no_tls: true\n  compression: true\n}}\n")
    with running([NATS, "-c", configuration], "Server is ready"):
        for memory in ("kept", "shared"):
            ends_well(client_program, port, memory, "nats")
        ends_badly(client_program, port, "least", 101, "nats")  # it answers without the window that was asked for


PAGE = """<!doctype html><script>
const seen = [];
const converse = (port) => new Promise((done) => {
  const sizes = [0, 1, 300, 5000, 5000, 100000];
  const socket = new WebSocket('ws://127.0.0.1:' + port + '/');
  let text = '';
  const next = () => {
    if (sizes.length === 0) return socket.close(1000);
    text = 'gr\\u00fc\\u00dfe aus dem browser; '.repeat(sizes[0] / 20 + 1).slice(0, sizes.shift());
    socket.send(text);
  };
  socket.onopen = () => { seen.push(socket.extensions); next(); };
  socket.onmessage = (event) => { if (event.data !== text) seen.push('another text of ' + event.data.length); next(); };
  socket.onclose = (event) => { seen.push(event.code); done(); };
});
converse(%d).then(() => converse(%d)).then(() => fetch('/result', {method: 'POST', body: JSON.stringify(seen)}));
</script>"""


@ON_HOST
@pytest.mark.parametrize("browser", BROWSERS)
def test_a_browser(part, serve, browser):
    """Firefox offers no client_max_window_bits, so a server with small windows has no extension for it."""
    if not shutil.which("chromium" if browser == "chromium" else "firefox-esr"):
        pytest.skip(f"{browser} is missing")
    kept, code, small, code_of_small = visit(browser, PAGE % (serve("--memory", "kept")[1], serve("--memory", "small")[1]))
    assert (code, code_of_small) == (1000, 1000), (code, code_of_small)
    assert NAME in kept and (NAME in small) == (browser == "chromium"), (kept, small)
