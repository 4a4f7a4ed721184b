# SPDX-License-Identifier: MIT
"""Raw WebSocket bytes: frame builder, frame reader and a socket that speaks them without any politeness.

It refuses to help: no automatic pong, no automatic close, no check of what is sent. RFC 6455 sections 4, 5 and 7.
"""
import base64
import collections
import hashlib
import os
import re
import socket
import struct
import time

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
TIMEOUT_S = 30.0  # for everything that a correct peer does at once; selftest shortens it
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 section 1.3

Frame = collections.namedtuple("Frame", "fin rsv opcode mask payload length_bytes")


class CheckFailed(Exception):
  """A peer did something else than the case demands."""


def check(condition, message):
  if not condition:
    raise CheckFailed(message)


def show(data, limit=60):
  """Bytes for a failure message: short, exact."""
  if len(data) <= limit:
    return data.hex(" ") or "nothing"
  return "%s ... (%d bytes)" % (data[:limit].hex(" "), len(data))


def show_tail(data, limit=60):
  return ("... " if len(data) > limit else "") + (data[-limit:].hex(" ") or "nothing")


def apply_mask(payload, key):
  if not payload:
    return b""
  repeated = (key * (len(payload) // 4 + 1))[: len(payload)]
  return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")


def header(opcode, length, fin=True, rsv=0, mask=b"\x37\xfa\x21\x3d", form=None):
  """A frame header. `form` forces the length form (7, 16 or 64 bits), minimal or not."""
  if form is None:
    form = 7 if length < 126 else 16 if length < 65536 else 64
  first = (0x80 if fin else 0) | rsv << 4 | opcode
  bit = 0x80 if mask is not None else 0
  if form == 7:
    head = struct.pack("!BB", first, bit | length)
  elif form == 16:
    head = struct.pack("!BBH", first, bit | 126, length)
  else:
    head = struct.pack("!BBQ", first, bit | 127, length)
  return head + (mask or b"")


def frame(opcode, payload=b"", fin=True, rsv=0, mask=b"\x37\xfa\x21\x3d", form=None):
  body = payload if mask is None else apply_mask(payload, mask)
  return header(opcode, len(payload), fin, rsv, mask, form) + body


def close_payload(code=None, reason=b""):
  return b"" if code is None else struct.pack("!H", code) + reason


def accept_value(key):
  return base64.b64encode(hashlib.sha1(key + GUID).digest())


def pattern(size, seed=0):
  """Bytes without a short period, so that a piece that is lost, doubled or moved is seen."""
  block = hashlib.sha512(b"whit %d" % seed).digest()
  counted = b"".join(struct.pack("!I", i) + block[i % 32: i % 32 + 24] for i in range(size // 28 + 1))
  return counted[:size]


def text_pattern(size, seed=0):
  """Valid UTF-8 of exactly `size` bytes with sequences of 1, 2, 3 and 4 bytes."""
  unit = "a\u00e9\u20ac\U0001f600%d " % seed
  text = (unit * (size // len(unit.encode()) + 1)).encode()[:size]
  while True:  # cut off a torn sequence, at most three bytes of it
    try:
      text.decode()
      return text + b"." * (size - len(text))
    except UnicodeDecodeError as error:
      text = text[: error.start]


class Http:
  """A parsed HTTP head with its body."""

  def __init__(self, head):
    lines = head.decode("latin-1").split("\r\n")
    self.first_line = lines[0]
    self.fields = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if ":" in line]
    match = re.match(r"HTTP/1\.1 (\d{3})( |$)", lines[0])
    self.status = int(match.group(1)) if match else None

  def all(self, name):
    return [value for field, value in self.fields if field.lower() == name.lower()]

  def get(self, name, default=""):
    values = self.all(name)
    return values[0] if values else default

  def tokens(self, name):
    return [token.strip().lower() for value in self.all(name) for token in value.split(",") if token.strip()]


class RawSocket:
  """A connected socket, its unparsed input and the frames read from it."""

  def __init__(self, sock, timeout_s=None):
    self.sock = sock
    self.timeout_s = timeout_s = timeout_s or TIMEOUT_S
    self.buffer = bytearray()
    self.sent_tail = b""
    self.got_tail = b""
    self.reset = False
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(timeout_s)

  def __enter__(self):
    return self

  def __exit__(self, kind, value, trace):
    self.close()

  def trail(self):
    return "; last sent: %s; last got: %s" % (show_tail(self.sent_tail), show_tail(self.got_tail))

  def send(self, data):
    self.sent_tail = (self.sent_tail + bytes(data[-200:]))[-200:]
    try:
      self.sock.sendall(data)
    except (BrokenPipeError, ConnectionResetError) as error:
      raise CheckFailed("the peer reset the connection while we sent (%s)%s" % (error, self.trail()))
    except socket.timeout:
      raise CheckFailed("the peer took no bytes for %.0f s%s" % (self.timeout_s, self.trail()))

  def send_slowly(self, data, piece=1):
    """Each piece in a segment of its own (as far as a TCP sender can)."""
    for start in range(0, len(data), piece):
      self.send(data[start: start + piece])
      time.sleep(0.0005)

  def receive(self, timeout_s=None):
    """More input into the buffer; False at the orderly end. A reset is remembered and is an error."""
    self.sock.settimeout(timeout_s or self.timeout_s)
    try:
      data = self.sock.recv(65536)
    except socket.timeout:
      raise CheckFailed("nothing arrived for %.1f s%s" % (timeout_s or self.timeout_s, self.trail()))
    except ConnectionError as error:
      self.reset = True
      raise CheckFailed("TCP reset instead of an orderly end (%s)%s" % (error, self.trail()))
    finally:
      self.sock.settimeout(self.timeout_s)
    self.got_tail = (self.got_tail + data[-200:])[-200:]
    self.buffer += data
    return bool(data)

  def take(self, count):
    data = bytes(self.buffer[:count])
    del self.buffer[:count]
    return data

  def need(self, count):
    while len(self.buffer) < count:
      check(self.receive(), "TCP ended where %d more bytes were due%s" % (count - len(self.buffer), self.trail()))

  def read_head(self):
    while b"\r\n\r\n" not in self.buffer:
      check(self.receive(), "TCP ended before the end of the HTTP head%s" % self.trail())
    return Http(self.take(self.buffer.index(b"\r\n\r\n") + 4))

  def read_frame(self):
    self.need(2)
    first, second = self.buffer[0], self.buffer[1]
    length, size = second & 127, 2
    if length >= 126:
      size = 4 if length == 126 else 10
      self.need(size)
      length = int.from_bytes(self.buffer[2:size], "big")
    key_at, size = size, size + (4 if second & 128 else 0)
    self.need(size + length)
    raw = self.take(size + length)
    key = raw[key_at:size] if second & 128 else None
    payload = apply_mask(raw[size:], key) if key else raw[size:]
    return Frame(bool(first & 128), first >> 4 & 7, first & 15, key, payload, key_at - 1)

  def read_until(self, opcodes, masked):
    """Frames up to the first whose opcode is in `opcodes`; every frame is checked against RFC 6455 section 5.2."""
    frames = []
    while True:
      got = self.read_frame()
      check_frame(got, masked)
      frames.append(got)
      if got.opcode in opcodes:
        return frames

  def read_end(self, what="after the last frame"):
    """The orderly TCP end, nothing before it."""
    while not self.buffer and self.receive():
      pass
    check(not self.buffer, "bytes %s: %s" % (what, show(bytes(self.buffer))))

  def half_close(self):
    try:
      self.sock.shutdown(socket.SHUT_WR)
    except OSError:
      pass

  def abort(self):
    """Sends RST, as the system of a crashed peer does."""
    self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    self.sock.close()

  def close(self):
    """Ends without a reset, so that the server's slot is free when the next case starts."""
    if self.sock.fileno() < 0:
      return
    self.half_close()
    deadline = time.monotonic() + 1.0
    try:
      self.sock.settimeout(0.2)
      while time.monotonic() < deadline and self.sock.recv(65536):
        pass
    except OSError:
      pass
    self.sock.close()


def check_frame(got, masked):
  """The rules for every frame of a correct sender."""
  check(got.rsv == 0, "frame with reserved bits %d" % got.rsv)
  check(got.opcode in (0, 1, 2, 8, 9, 10), "frame with reserved opcode %d" % got.opcode)
  check((got.mask is not None) == masked, "frame is %s" % ("not masked" if masked else "masked"))
  size = len(got.payload)
  minimal = 1 if size < 126 else 3 if size < 65536 else 9
  check(got.length_bytes == minimal, "length %d in %d bytes, not in the minimal form" % (size, got.length_bytes))
  if got.opcode >= 8:
    check(got.fin and size <= 125, "control frame fragmented or longer than 125")


def connect(address, timeout_s=None, receive_buffer=None):
  sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
  if receive_buffer:  # before connect: the window is announced in the SYN
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
  sock.settimeout(timeout_s or TIMEOUT_S)
  try:
    sock.connect(address)
  except OSError as error:
    sock.close()
    raise CheckFailed("connect to %s:%d: %s" % (address + (error,)))
  return RawSocket(sock, timeout_s)


DEFAULT_KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


def request(first_line=b"GET / HTTP/1.1", fields=(), without=(), end=b"\r\n"):
  """An opening handshake; a field in `fields` replaces the default one of that name, `without` removes it."""
  default = [(b"Host", b"127.0.0.1:8080"), (b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"),
             (b"Sec-WebSocket-Key", DEFAULT_KEY), (b"Sec-WebSocket-Version", b"13")]
  replaced = {name.lower() for name, _ in fields} | {name.lower() for name in without}
  lines = [first_line] + [b"%s: %s" % field for field in default if field[0].lower() not in replaced]
  lines += [b"%s: %s" % field for field in fields]
  return end.join(lines) + end + end


class RawClient(RawSocket):
  """The client side: handshake by hand, frames masked unless a case says otherwise."""

  @classmethod
  def open(cls, address, head=None, key=DEFAULT_KEY, **options):
    raw = connect(address, **options)
    raw.__class__ = cls
    try:
      raw.send(head or request())
      raw.response = raw.read_head()
      check_response(raw.response, key)
    except CheckFailed:
      raw.close()
      raise
    return raw

  def read_message(self):
    """One whole message with the control frames that came between: (opcode, payload, control frames)."""
    opcode, parts, control = None, [], []
    while True:
      got = self.read_frame()
      check_frame(got, masked=False)
      if got.opcode >= 8:
        control.append(got)
        check(got.opcode != CLOSE, "Close %s where a message was due%s" % (show(got.payload), self.trail()))
        continue
      check((got.opcode == CONT) == bool(parts), "opcode %d does not fit the fragments" % got.opcode)
      opcode = got.opcode if not parts else opcode
      parts.append(got.payload)
      if got.fin:
        return opcode, b"".join(parts), control

  def echo(self, opcode, payload):
    self.send(frame(opcode, payload, mask=os.urandom(4)))
    got_opcode, got, _ = self.read_message()
    check(got_opcode == opcode, "opcode %d came back as %d" % (opcode, got_opcode))
    check(got == payload, "echo differs: %s" % difference(payload, got))

  def expect_close(self, codes, sent=None):
    """Close with one of `codes` (None: empty payload), then the orderly TCP end. Echoed data before it must be ours."""
    frames = self.read_until((CLOSE,), masked=False)
    payload = frames[-1].payload
    check(len(payload) != 1, "Close with a payload of one byte")
    code = struct.unpack("!H", payload[:2])[0] if payload else None
    check(code in codes, "Close %s instead of %s%s" % (code, "/".join(map(str, codes)), self.trail()))
    payload[2:].decode("utf-8")
    if sent is not None:
      echoed = b"".join(got.payload for got in frames if got.opcode < 8)
      check(sent.startswith(echoed), "echoed before the Close what was not sent: %s" % show(echoed))
    self.read_end()
    return payload

  def finish(self):
    """The polite end: Close 1000, its echo, TCP end by the server first (RFC 6455 section 7.1.1)."""
    self.send(frame(CLOSE, close_payload(1000)))
    self.expect_close((1000,))
    self.close()


def check_response(response, key=DEFAULT_KEY):
  """The 101 of RFC 6455 section 4.2.2."""
  check(response.status == 101, "status line %r instead of 101" % response.first_line)
  check(response.get("Upgrade").lower() == "websocket", "Upgrade: %r" % response.get("Upgrade"))
  check("upgrade" in response.tokens("Connection"), "Connection: %r" % response.get("Connection"))
  accept = response.all("Sec-WebSocket-Accept")
  check(accept == [accept_value(key).decode()], "Sec-WebSocket-Accept: %r" % accept)
  check(not response.all("Sec-WebSocket-Extensions"), "an extension nobody implements was accepted")


def difference(want, got):
  """Where two byte strings part, for a message; callers build messages before they know whether they need them."""
  if want == got:
    return "equal"
  if len(want) != len(got):
    return "%d bytes instead of %d; got %s" % (len(got), len(want), show(got))
  at = next(i for i in range(len(want)) if want[i] != got[i])
  return "first at byte %d: want %s, got %s" % (at, show(want[at: at + 16]), show(got[at: at + 16]))
