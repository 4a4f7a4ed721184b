# SPDX-License-Identifier: MIT
"""Groups 12 and 13 of a fuzzing peer: 216 cases, as many as the Autobahn testsuite has, with its sizes and parameters, our own payloads
and fewer messages."""
import collections
import functools
import json
import random
import socket
import threading
import urllib.parse

from interop.wire import BINARY, CLOSE, TEXT, CheckFailed, RawSocket, accept_value, check, close_payload, frame

from .deflated import NAME, Deflated, client, parse

Case = collections.namedtuple("Case", "name kind size fragment no_takeover bits")
SIZES = [(size, 0) for size in (16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072)] + [
    (8192, 256), (16384, 256), (32768, 256), (65536, 256), (131072, 256), (131072, 1024), (131072, 4096), (131072, 32768)]
KINDS = ("json", "picture", "prose", "html", "mixture")
# What one side asks of the other: no context takeover, and the bits of the window; the last one offers all it could bear.
PARAMETERS = [(False, 0), (True, 0), (False, 9), (False, 15), (True, 9), (True, 15), (None, 9)]
CASES = [Case(f"12.{i}.{j}", kind, size, fragment, False, 0)
         for i, kind in enumerate(KINDS, 1) for j, (size, fragment) in enumerate(SIZES, 1)]
CASES += [Case(f"13.{i}.{j}", "json", size, fragment, no_takeover, bits)
          for i, (no_takeover, bits) in enumerate(PARAMETERS, 1) for j, (size, fragment) in enumerate(SIZES, 1)]


@functools.lru_cache(None)
def payload(kind):
    """400,000 bytes and more, the same in every run; text is ASCII, so that it may be cut anywhere."""
    chance = random.Random(kind)
    words = ["".join(chance.choice("etaoinshrdlucm") for _ in range(chance.randint(2, 9))) for _ in range(900)]
    if kind == "json":
        rows = [{"id": i, "name": chance.choice(words), "value": chance.random(), "tags": chance.sample(words, 3)} for i in range(5000)]
        return json.dumps(rows).encode()
    if kind == "picture":
        return bytes((x // 3 + y // 2 + chance.randrange(4)) & 255 for y in range(640) for x in range(640))
    if kind == "html":
        return "".join(f"<tr class=\"row\"><td>{chance.choice(words)}</td><td>{i}</td></tr>\n" for i in range(8000)).encode()
    if kind == "mixture":
        return b"".join(chance.randbytes(700) + b"endstream endobj <</Length 700>> stream " for _ in range(600))
    return " ".join(chance.choice(words) for _ in range(70000)).encode()


def messages(case):
    """The messages of a case: consecutive parts of the payload, so that context takeover finds much of them."""
    data = payload(case.kind)
    count = 12 if case.size <= 1024 else 4 if case.size <= 8192 else 2
    return [(data + data)[at % len(data):][:case.size] for at in range(0, count * case.size, case.size)]


def opcode_of(case):
    return TEXT if case.kind in ("json", "html") else BINARY


def converse(peer, case, times=None):
    compressed = [peer.echo(opcode_of(case), message, case.fragment) for message in messages(case)[:times]]
    # Prose, JSON and HTML get shorter, unless a message is too short for that.
    check(case.size < 256 or case.kind in ("picture", "mixture") or all(compressed), "what could be compressed was not")


# ---- our side is the client ----


def offers(case):
    both = [("server_no_context_takeover", case.no_takeover), (f"server_max_window_bits={case.bits}", case.bits)]
    if case.no_takeover is None:
        return f"{NAME}; server_no_context_takeover; server_max_window_bits=9, {NAME}; server_no_context_takeover, {NAME}"
    return "; ".join([NAME, *(text for text, wanted in both if wanted)])


def run_against_server(address, case, times=None):
    with client(address, offers(case)) as peer:
        check(peer.agreed is not None, "permessage-deflate was not accepted")
        if case.no_takeover or case.no_takeover is None:
            check(not peer.into.takeover, "server_no_context_takeover was not answered")
        if case.bits:
            check(peer.into.bits == case.bits, f"server_max_window_bits={peer.into.bits}")
        converse(peer, case, times)
        peer.raw.send(peer.frame(CLOSE, close_payload(1000)))
        peer.closed_with(1000)


# ---- our side is the server ----


def answer(case, offered):
    """The parameters with which the first offer is accepted: what it asks for, and what the case asks of the client."""
    said = {name: value for name, value in offered.items() if name.startswith("server_")}
    if case.no_takeover or case.no_takeover is None:
        said["client_no_context_takeover"] = None
    if "client_no_context_takeover" in offered:
        said["client_no_context_takeover"] = None
    if case.bits:
        check("client_max_window_bits" in offered, "client_max_window_bits was not offered")
        said["client_max_window_bits"] = str(case.bits)
    return said


class FuzzingServer:
    """Runs the cases for a client of the Autobahn testsuite. `results`: {number: problem or None}."""

    def __init__(self, cases, times=None):
        self.cases, self.times, self.results, self.reported = cases, times, {}, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.close()

    def serve(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            with RawSocket(accepted) as raw:
                try:
                    self.handle(raw)
                except (CheckFailed, OSError) as problem:
                    self.results.setdefault("before a case", str(problem))

    def handle(self, raw):
        head = raw.read_head()
        path, _, query = head.first_line.split()[1].partition("?")
        values = dict(urllib.parse.parse_qsl(query))
        case = self.cases[int(values["case"]) - 1] if path.endswith("/runCase") else None
        offered = dict(parse(head.get("Sec-WebSocket-Extensions"))).get(NAME)
        check(offered is not None, "permessage-deflate was not offered")
        agreed = answer(case, offered) if case else None
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Accept: " + accept_value(head.get("Sec-WebSocket-Key").encode()).decode()]
        if agreed is not None:
            lines.append("Sec-WebSocket-Extensions: " + "; ".join([NAME, *(name if value is None else f"{name}={value}" for name, value in agreed.items())]))
        raw.send("\r\n".join([*lines, "", ""]).encode())
        peer = Deflated(raw, agreed, client=False)
        if path.endswith("/getCaseCount"):
            raw.send(peer.frame(TEXT, str(len(self.cases)).encode()))
        if path.endswith("/updateReports"):
            self.reported.set()
        if case:
            self.results[int(values["case"])] = self.outcome(peer, case)
        raw.send(frame(CLOSE, close_payload(1000), mask=None))
        peer.closed_with(1000)

    def outcome(self, peer, case):
        try:
            converse(peer, case, self.times)
            return None
        except CheckFailed as problem:
            return str(problem)
