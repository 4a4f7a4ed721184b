# SPDX-License-Identifier: MIT
"""A connection with permessage-deflate: frames by hand, zlib as the codec, every frame that arrives checked (RFC 7692, 6 and 7)."""
import os
import zlib

from interop.wire import CLOSE, CONT, RawClient, accept_value, check, connect, frame, request

NAME = "permessage-deflate"
TAIL = b"\0\0\xff\xff"  # RFC 7692, 7.2.1
RSV1 = 4


def parse(value):
    """[(name, {parameter: value or None})] of the field Sec-WebSocket-Extensions."""
    found = []
    for offer in filter(None, (part.strip() for part in value.split(","))):
        name, *parameters = (part.strip() for part in offer.split(";"))
        pairs = [part.partition("=") for part in parameters]
        check(len({pair[0] for pair in pairs}) == len(pairs), f"a parameter stands twice: {value}")
        found.append((name, {key.strip(): text.strip(" \"") if equals else None for key, equals, text in pairs}))
    return found


class Way:
    """One direction: the bits of its window, and whether it keeps the window from message to message."""

    def __init__(self, parameters, side):
        self.bits = int(parameters.get(f"{side}_max_window_bits") or 15)
        self.takeover = f"{side}_no_context_takeover" not in parameters
        self.codec = None

    def deflate(self, data):
        if self.codec is None or not self.takeover:
            self.codec = zlib.compressobj(6, zlib.DEFLATED, -max(9, self.bits))  # zlib has no raw windows of 2^8
        made = self.codec.compress(data) + self.codec.flush(zlib.Z_SYNC_FLUSH)
        return made[:-4] or b"\0"

    def inflate(self, data):
        if self.codec is None or not self.takeover:
            self.codec = zlib.decompressobj(-self.bits)
        made = self.codec.decompress(data + TAIL)
        check(not self.codec.unconsumed_tail and not self.codec.unused_data, "bytes behind the message")
        return made


class Deflated:
    """`agreed`: the parameters of the answer, or None; `client`: our side."""

    def __init__(self, raw, agreed, client=True):
        ours, theirs = ("client", "server") if client else ("server", "client")
        self.raw, self.client, self.agreed = raw, client, agreed
        self.out, self.into = Way(agreed or {}, ours), Way(agreed or {}, theirs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.close()

    def frame(self, opcode, payload=b"", fin=True, rsv=0):
        return frame(opcode, payload, fin=fin, rsv=rsv, mask=os.urandom(4) if self.client else None)

    def frames(self, opcode, body, fragment=0):
        """The frames of a compressed message."""
        pieces = [body[at: at + fragment] for at in range(0, len(body), fragment)] if fragment else [body]
        return b"".join(self.frame(CONT if i else opcode, piece, i == len(pieces) - 1, 0 if i else RSV1) for i, piece in enumerate(pieces))

    def send(self, opcode, data, fragment=0):
        self.raw.send(self.frames(opcode, self.out.deflate(data), fragment))

    def receive(self):
        """(opcode, data, whether it came compressed, control frames between)."""
        opcode, compressed, parts, control = None, False, [], []
        while True:
            got = self.raw.read_frame()
            check((got.mask is None) == self.client, "a frame is masked wrongly")
            if got.opcode >= 8:
                check(got.rsv == 0 and got.fin and len(got.payload) <= 125, "a control frame that none may be")
                check(got.opcode != CLOSE, f"Close {got.payload!r}{self.raw.trail()}")
                control.append(got)
                continue
            check((got.opcode == CONT) == bool(parts), f"opcode {got.opcode} does not fit the fragments")
            check(got.rsv == 0 or (got.rsv == RSV1 and not parts and self.agreed is not None), f"reserved bits {got.rsv}")
            if not parts:
                opcode, compressed = got.opcode, got.rsv == RSV1
            parts.append(got.payload)
            if got.fin:
                whole = b"".join(parts)
                return opcode, self.into.inflate(whole) if compressed else whole, compressed, control

    def echo(self, opcode, data, fragment=0):
        """What is sent comes back; whether compressed."""
        self.send(opcode, data, fragment)
        return self.expect(opcode, data)

    def expect(self, opcode, data):
        got_opcode, got, compressed, _ = self.receive()
        check((got_opcode, got) == (opcode, data), f"{len(data)} bytes of type {opcode} came back as {len(got)} of {got_opcode}")
        return compressed

    def closed_with(self, *codes):
        """Close with one of the codes. Messages before it are echoes of what was right."""
        while True:
            got = self.raw.read_frame()
            if got.opcode == CLOSE:
                code = int.from_bytes(got.payload[:2], "big")
                check(code in codes, f"Close {code} instead of {codes}{self.raw.trail()}")
                return code


def client(address, *fields):
    """Opens a connection, with one field Sec-WebSocket-Extensions for each of `fields`."""
    raw = connect(address)
    try:
        raw.__class__ = RawClient
        raw.send(request(fields=[(b"Sec-WebSocket-Extensions", each.encode()) for each in fields]))
        head = raw.read_head()
        check(head.status == 101, f"{head.first_line} for {fields}")
        check(head.get("Sec-WebSocket-Accept") == accept_value(b"dGhlIHNhbXBsZSBub25jZQ==").decode(), "another key")
        answers = head.all("Sec-WebSocket-Extensions")
        check(len(answers) <= 1, f"{len(answers)} fields")
        accepted = parse(answers[0]) if answers else []
        check(len(accepted) <= 1 and all(name == NAME for name, _ in accepted), f"answered {answers}")
        return Deflated(raw, accepted[0][1] if accepted else None)
    except BaseException:
        raw.close()
        raise
