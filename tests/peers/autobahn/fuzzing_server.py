# SPDX-License-Identifier: MIT
"""A small stand-in for a fuzzing server: the protocol of the Autobahn testsuite, with a few cases of our own.

It uses python3-websockets where that suffices, and raw bytes where a case breaks the protocol."""
import asyncio
import struct
import threading
import urllib.parse

import websockets
from websockets.exceptions import ConnectionClosed
from websockets.server import WebSocketServerProtocol

SECONDS = 60  # the longest time of a step, on a machine with other work too
CASES = []


def case(name):
    def add(function):
        CASES.append((name, function))
        return function
    return add


class CaseFailed(Exception):
    pass


class Connection(WebSocketServerProtocol):
    """Counts the data frames that arrive."""

    frames = 0
    whole = 1 << 20  # the longest message that the client has to send back in one frame

    async def read_data_frame(self, max_size):
        frame = await super().read_data_frame(max_size)
        self.frames += frame is not None
        return frame


def expect(condition, text):
    if not condition:
        raise CaseFailed(text)


async def receive(ws):
    return await asyncio.wait_for(ws.recv(), SECONDS)


async def echo(ws, message):
    """Sends a message whole; it must come back as it was, in one frame if that is possible."""
    before = ws.frames
    await ws.send(message)
    got = await receive(ws)
    expect(got == message, f"{len(message)} came back as {len(got)}")
    expect(len(message) > ws.whole or ws.frames - before == 1, f"{ws.frames - before} frames")


async def closed_with(ws, code):
    """The client must close with this code, and send nothing else."""
    try:
        got = await receive(ws)
        raise CaseFailed(f"a message: {got[:20]!r}")
    except ConnectionClosed as closed:
        expect(closed.rcvd is not None and closed.rcvd.code == code, f"closed with {closed.rcvd}")


for _size in (0, 1, 125, 126, 127, 128, 65535, 65536, 1 << 20):
    case(f"text of {_size}")(lambda ws, size=_size: echo(ws, "*" * size))
    case(f"binary of {_size}")(lambda ws, size=_size: echo(ws, bytes(i * 7 & 255 for i in range(size))))


@case("binary of 4 MiB, longer than any buffer")
async def _(ws):
    await echo(ws, bytes(range(256)) * 16384)


@case("text with characters of two to four bytes")
async def _(ws):
    await echo(ws, "Grüße 世界 🙂" * 1000)


@case("fragments come back as one message")
async def _(ws):
    await ws.send(["Hel", "", "lo ", "wörld"])
    expect(await receive(ws) == "Hello wörld", "another text")


@case("a ping between fragments")
async def _(ws):
    ws.transport.write(b"\x01\x02ab\x89\x01p\x80\x02cd")
    expect(await receive(ws) == "abcd", "another text")


@case("pings of 1 and 125 bytes")
async def _(ws):
    for size in (1, 125):
        await asyncio.wait_for(await ws.ping(b"p" * size), SECONDS)


@case("a pong that nobody asked for")
async def _(ws):
    await ws.pong(b"unasked")
    await echo(ws, "after")


def close_case(code):
    async def run(ws):
        await ws.close(code, "reason")
        expect(ws.close_rcvd is not None and ws.close_rcvd.code == code, str(ws.close_rcvd))
    return run


def failure_case(data, code):
    async def run(ws):
        ws.transport.write(data)
        await closed_with(ws, code)
    return run


for _code in (1000, 1001, 3000, 4999):
    case(f"close with {_code}")(close_case(_code))

for _name, _bytes, _code in (
        ("reserved bit", b"\xc1\x01x", 1002), ("reserved opcode", b"\x83\x00", 1002), ("masked", b"\x81\x80abcd", 1002),
        ("fragmented ping", b"\x09\x00", 1002), ("ping of 126", b"\x89\x7e\x00\x7e", 1002),
        ("stray continuation", b"\x80\x01x", 1002), ("text in a text", b"\x01\x01x\x81\x01y", 1002),
        ("length not in its shortest form", b"\x82\x7e\x00\x01x", 1002), ("invalid text", b"\x81\x01\xff", 1007),
        ("text that fails early", b"\x81\x7f" + struct.pack(">Q", 1 << 20) + b"\xce\xba\xed\xa0", 1007),
        ("close with 1005", b"\x88\x02" + struct.pack(">H", 1005), 1002), ("half a close code", b"\x88\x01\x03", 1002),
        ("close reason that is no text", b"\x88\x03\x03\xe8\xff", 1007)):
    case(_name)(failure_case(_bytes, _code))


@case("the connection is cut")
async def _(ws):
    await echo(ws, "x")
    ws.transport.abort()


class FuzzingServer:
    """Runs on a free port of the loopback interface. `results` is a list of (case number, name, problem or None).

    `context`: of TLS; `whole`: the longest message that the client has to send back in one frame."""

    def __init__(self, count=None, context=None, whole=1 << 20):
        self.context = context
        self.protocol = type("Protocol", (Connection,), {"whole": whole})
        self.count = len(CASES) if count is None else count
        self.results = []
        self.agents = set()
        self.reported = threading.Event()
        self.started = threading.Event()
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self.stop = None
        self.thread = threading.Thread(target=lambda: self.loop.run_until_complete(self.serve()), daemon=True)

    def __enter__(self):
        self.thread.start()
        assert self.started.wait(SECONDS), "the server does not start"
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join()
        self.loop.close()

    async def serve(self):
        self.stop = asyncio.Event()
        async with websockets.serve(self.handle, "127.0.0.1", 0, max_size=None, compression=None, ping_interval=None,
                                    ssl=self.context, create_protocol=self.protocol) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.started.set()
            await self.stop.wait()

    async def handle(self, ws):
        path, _, query = ws.path.partition("?")
        values = dict(urllib.parse.parse_qsl(query))
        if path == "/getCaseCount":
            await ws.send(str(self.count))
        elif path == "/runCase":
            self.agents.add(values["agent"])
            await self.run(ws, int(values["case"]))
        elif path == "/updateReports":
            self.agents.add(values["agent"])
            self.reported.set()

    async def run(self, ws, number):
        name, function = CASES[number - 1]
        try:
            await function(ws)
            problem = None
        except CaseFailed as failed:
            problem = str(failed)
        except (ConnectionClosed, asyncio.TimeoutError, OSError) as failed:
            problem = repr(failed)
        self.results.append((number, name, problem))
