# SPDX-License-Identifier: MIT
"""Whit's server against raw sockets, with bytes that no library sends. The tables hold the bytes; the functions the demands."""
import os
import select
import socket
import struct
import threading
import time

from .environment import case
from .wire import (BINARY, CLOSE, CONT, PING, PONG, TEXT, RawClient, CheckFailed, apply_mask, check, check_response,
                   close_payload, connect, difference, frame, header, pattern, request, show, text_pattern)

MIXED = "a\u00e9\u20ac\U0001f600z".encode()
MASK = b"\x37\xfa\x21\x3d"

# name, bytes that break RFC 6455 (section), code of the Close that must answer.
VIOLATIONS = [
  ("unmasked_text", frame(TEXT, b"hi", mask=None), 1002),  # 5.1
  ("unmasked_empty", frame(BINARY, b"", mask=None), 1002),
  ("unmasked_ping", frame(PING, b"hi", mask=None), 1002),
  ("unmasked_close", frame(CLOSE, close_payload(1000), mask=None), 1002),
  ("rsv1", frame(TEXT, b"hi", rsv=4), 1002),  # 5.2: no extension was negotiated
  ("rsv2", frame(TEXT, b"hi", rsv=2), 1002),
  ("rsv3", frame(BINARY, b"hi", rsv=1), 1002),
  ("rsv1_on_ping", frame(PING, b"hi", rsv=4), 1002),
  ("rsv1_on_continuation", frame(TEXT, b"a", fin=False) + frame(CONT, b"b", rsv=4), 1002),
  ("fragmented_ping", frame(PING, b"hi", fin=False), 1002),  # 5.5
  ("fragmented_pong", frame(PONG, b"hi", fin=False), 1002),
  ("fragmented_close", frame(CLOSE, close_payload(1000), fin=False), 1002),
  ("ping_126", frame(PING, bytes(126)), 1002),
  ("pong_126", frame(PONG, bytes(126)), 1002),
  ("close_126", frame(CLOSE, close_payload(1000, b"r" * 124)), 1002),
  ("ping_65536", frame(PING, bytes(65536)), 1002),
  ("length_0_in_16_bits", frame(TEXT, b"", form=16), 1002),  # 5.2: minimal number of bytes
  ("length_125_in_16_bits", frame(BINARY, bytes(125), form=16), 1002),
  ("length_0_in_64_bits", frame(TEXT, b"", form=64), 1002),
  ("length_126_in_64_bits", frame(BINARY, bytes(126), form=64), 1002),
  ("length_65535_in_64_bits", frame(BINARY, bytes(65535), form=64), 1002),
  ("length_2_to_63", header(BINARY, 1 << 63), 1002),  # 5.2: the most significant bit is 0
  ("length_all_ones", header(TEXT, (1 << 64) - 1), 1002),
  ("continuation_without_start", frame(CONT, b"hi"), 1002),  # 5.4
  ("open_continuation_without_start", frame(CONT, b"hi", fin=False), 1002),
  ("continuation_after_end", frame(TEXT, b"a", fin=False) + frame(CONT, b"b") + frame(CONT, b"c"), 1002),
  ("text_inside_text", frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), 1002),
  ("binary_inside_text", frame(TEXT, b"a", fin=False) + frame(BINARY, b"b", fin=False), 1002),
  ("close_length_1", frame(CLOSE, b"\x03"), 1002),  # 5.5.1
] + [("opcode_%d" % opcode, frame(opcode, b"hi"), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)]

# 7.4: codes that must not be on the wire.
BAD_CLOSE_CODES = (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
GOOD_CLOSE_CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999)

# Impossible at the last byte given; the frame announces more that never comes (8.1, RFC 3629 section 4).
BAD_UTF8 = [
  ("lone_continuation", b"\x80"), ("c0", b"\xc0"), ("c1", b"\xc1"), ("f5", b"\xf5"), ("ff", b"\xff"),
  ("two_byte_cut", b"\xc3\x28"), ("three_byte_cut", b"\xe2\x82\x28"), ("four_byte_cut", b"\xf0\x9f\x98\x28"),
  ("overlong_three", b"\xe0\x9f"), ("overlong_four", b"\xf0\x8f"), ("surrogate", b"\xed\xa0"), ("above_10ffff", b"\xf4\x90"),
]

# name, request, statuses that may answer, None or fields that the answer must have.
GET = b"GET / HTTP/1.1"
HANDSHAKES = [
  ("http_1_0", request(b"GET / HTTP/1.0"), (426,), None),  # RFC 9110 7.8: Upgrade means nothing in 1.0
  ("http_2_0", request(b"GET / HTTP/2.0"), (400, 505), None),
  ("post", request(b"POST / HTTP/1.1"), (400, 405), None),
  ("lower_case_get", request(b"get / HTTP/1.1"), (400, 405, 501), None),
  ("no_host", request(without=[b"Host"]), (400,), None),  # RFC 9112 3.2
  ("two_hosts", request(fields=[(b"Host", b"a"), (b"Host", b"b")]), (400,), None),
  ("no_key", request(without=[b"Sec-WebSocket-Key"]), (400,), None),
  ("empty_key", request(fields=[(b"Sec-WebSocket-Key", b"")]), (400,), None),
  ("short_key", request(fields=[(b"Sec-WebSocket-Key", b"c2hvcnQ=")]), (400,), None),
  ("long_key", request(fields=[(b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZTEyMzQ1")]), (400,), None),
  ("key_not_base64", request(fields=[(b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25j*Q==")]), (400,), None),
  ("two_keys", request(fields=[(b"Sec-WebSocket-Key", b"dGhlIHNhbXBsZSBub25jZQ==")] * 2), (400,), None),
  ("version_8", request(fields=[(b"Sec-WebSocket-Version", b"8")]), (426,), {"Sec-WebSocket-Version": "13"}),  # 4.4
  ("version_14", request(fields=[(b"Sec-WebSocket-Version", b"14")]), (426,), {"Sec-WebSocket-Version": "13"}),
  ("version_130", request(fields=[(b"Sec-WebSocket-Version", b"130")]), (426, 400), None),
  ("no_version", request(without=[b"Sec-WebSocket-Version"]), (400, 426), None),
  ("no_upgrade", request(without=[b"Upgrade"]), (400, 426), None),
  ("upgrade_h2c", request(fields=[(b"Upgrade", b"h2c")]), (400, 426), None),
  ("upgrade_websocketx", request(fields=[(b"Upgrade", b"websocketx")]), (400, 426), None),
  ("no_connection", request(without=[b"Connection"]), (400, 426), None),
  ("connection_close", request(fields=[(b"Connection", b"close")]), (400, 426), None),
  ("space_before_colon", request(fields=[(b"Upgrade ", b"websocket")], without=[b"Upgrade"]), (400, 426), None),  # RFC 9112 5.1
  ("no_colon", request(fields=[(b"X", b"y")]).replace(b"X: y", b"nonsense"), (400,), None),
  ("nul_in_field", request(fields=[(b"Cookie", b"a\0b")]), (400,), None),  # RFC 9110 5.5
  ("cr_in_field", request(fields=[(b"Cookie", b"a\rb")]), (400,), None),
  ("no_target", request(b"GET HTTP/1.1"), (400,), None),
  ("two_words", request(b"GET /"), (400, 505), None),
  ("garbage_line", b"\x01\x02\x03\x04\xff\r\n\r\n", (400, 405, 501, 505), None),
  ("http2_preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 405, 501, 505), None),
]

# Requests that a conforming server accepts.
ACCEPTED = [
  ("token_lists", request(fields=[(b"Connection", b"keep-alive, Upgrade"), (b"Upgrade", b"WebSocket")])),
  ("upper_case_names", request().replace(b"Sec-WebSocket-Key", b"SEC-WEBSOCKET-KEY").replace(b"Connection", b"CONNECTION")),
  ("connection_on_two_lines", request(fields=[(b"Connection", b"keep-alive"), (b"Connection", b"upgrade")])),
  ("no_space_after_colon", request().replace(b": ", b":")),
  ("spaces_around_value", request(fields=[(b"Upgrade", b"\t websocket \t")])),
  ("path_and_query", request(b"GET /a/b%20c?d=e&f HTTP/1.1")),
  ("long_target", request(b"GET /ws?token=" + b"t" * 900 + b" HTTP/1.1")),  # tokens of browsers, which no application asks for
  ("absolute_target", request(b"GET http://127.0.0.1/chat HTTP/1.1")),  # RFC 9112 3.2.2
  ("deflate_offered", request(fields=[(b"Sec-WebSocket-Extensions", b"permessage-deflate; client_max_window_bits")])),
  ("unknown_fields", request(fields=[(b"X-%d" % i, b"v" * 60) for i in range(20)])),
  ("browser_like", request(fields=[
    (b"Pragma", b"no-cache"), (b"Cache-Control", b"no-cache"), (b"Origin", b"http://127.0.0.1:8080"),
    (b"User-Agent", b"Mozilla/5.0 (X11; Linux x86_64) " + b"u" * 90), (b"Accept-Encoding", b"gzip, deflate, br"),
    (b"Accept-Language", b"en-GB,en;q=0.9"), (b"Sec-WebSocket-Extensions", b"permessage-deflate; client_max_window_bits"),
    (b"Cookie", b"session=" + b"c" * 300)])),
]

# offered, selected: matching is exact and in the order of the client (section 4.2.2).
PROTOCOLS = [
  ("echo_alone", [b"echo"], "echo"), ("echo_in_list", [b"chat, echo,more"], "echo"),
  ("echo_on_second_line", [b"chat", b"echo"], "echo"), ("other_case", [b"ECHO"], None), ("unknown", [b"chat"], None),
  ("prefix", [b"echo2, xecho"], None), ("long_token_behind", [b"echo, bearer." + b"t" * 800], "echo"),
  ("long_token_before", [b"bearer." + b"t" * 800 + b", echo"], "echo"),
]


def opened(env, **options):
  return RawClient.open(env.address, **options)


def violation(env, data, code):
  with opened(env) as raw:
    raw.send(data)
    raw.expect_close((code,), sent=b"ab" if data[0] & 15 == TEXT else b"")


def violation_with_junk(env):
  """Much input behind the broken frame, some of it late: it is read and thrown away, so that no reset eats the Close."""
  with opened(env) as raw:
    raw.send(frame(TEXT, b"hi", mask=None) + pattern(3000))
    for seed in range(1, 4):
      time.sleep(0.03)
      raw.send(pattern(3000, seed))
    raw.expect_close((1002,))


def violation_after_echo(env):
  """A correct message in the same segment is echoed before the Close."""
  with opened(env) as raw:
    raw.send(frame(TEXT, b"first") + frame(3, b""))
    frames = raw.read_until((CLOSE,), masked=False)
    check([got.payload for got in frames[:-1]] == [b"first"], "the message before the violation was not echoed: %s" % frames)
    check(frames[-1].payload[:2] == close_payload(1002), "Close %s" % show(frames[-1].payload))
    raw.read_end()


def bad_utf8(env, bad):
  payload = MIXED + bad
  with opened(env) as raw:
    raw.send(header(TEXT, 1000, mask=MASK) + apply_mask(payload, MASK))
    raw.expect_close((1007,), sent=MIXED)


def bad_utf8_late_bytes(env):
  """F4 can still become U+100000, so there is no verdict yet (a piece of the echo may come). F4 90 cannot."""
  with opened(env) as raw:
    raw.send(header(TEXT, 1000, mask=MASK) + apply_mask(b"\xf4", MASK))
    while select.select([raw.sock], [], [], 0.2)[0]:
      check(raw.receive(), "TCP ended although F4 is a possible start")
    check(not raw.buffer or raw.buffer[0] & 15 == TEXT, "an answer to F4: %s" % show(bytes(raw.buffer)))
    raw.send(apply_mask(b"\xf4\x90", MASK)[1:])
    raw.expect_close((1007,), sent=b"\xf4")


def bad_utf8_at_end(env, pieces):
  with opened(env) as raw:
    for at, piece in enumerate(pieces):
      raw.send(frame(TEXT if at == 0 else CONT, piece, fin=at == len(pieces) - 1))
    raw.expect_close((1007,), sent=b"".join(pieces))


def bad_utf8_in_reason(env):
  with opened(env) as raw:
    raw.send(frame(CLOSE, close_payload(1000, b"\xc3\x28")))
    raw.expect_close((1007, 1002))


def binary_is_not_text(env):
  with opened(env) as raw:
    raw.echo(BINARY, bytes(range(256)))


def close_code(env, code):
  """The peer's code comes back (section 5.5.1), nothing comes after it, TCP ends by the server first (7.1.1)."""
  with opened(env) as raw:
    payload = close_payload(code, b"" if code is None else "r\u00e9".encode())
    raw.send(frame(CLOSE, payload))
    raw.expect_close((code,))


def bad_close_code(env, code):
  with opened(env) as raw:
    raw.send(frame(CLOSE, close_payload(code)))
    raw.expect_close((1002,))


def silence_after_close(env):
  with opened(env) as raw:
    raw.send(frame(CLOSE, close_payload(1000)) + frame(TEXT, b"late") + frame(PING, b"late") + frame(3, b""))
    frames = raw.read_until((CLOSE,), masked=False)
    check(len(frames) == 1, "frames before the Close: %s" % frames)
    raw.read_end("after the Close")


def message_then_close(env):
  """Message, Close and FIN at once: the echo still arrives, then the Close, then the end."""
  with opened(env) as raw:
    raw.send(frame(TEXT, b"last words") + frame(CLOSE, close_payload(1000)))
    raw.half_close()
    frames = raw.read_until((CLOSE,), masked=False)
    check([got.payload for got in frames[:-1]] == [b"last words"], "not echoed: %s" % frames)
    check(frames[-1].payload[:2] == close_payload(1000), "Close %s" % show(frames[-1].payload))
    raw.read_end()


def half_closed(env, data):
  """FIN without Close: the server must let go in bounded time, with or without a Close of its own, without a reset."""
  with opened(env) as raw:
    raw.send(data)
    raw.half_close()
    while raw.receive():
      pass


def ping_before_message_ends(env):
  with opened(env) as raw:
    raw.send(frame(TEXT, MIXED, fin=False))
    raw.send(frame(PING, b"now"))
    frames = raw.read_until((PONG,), masked=False)
    check(frames[-1].payload == b"now", "pong %s" % show(frames[-1].payload))
    raw.send(frame(CONT, MIXED) + frame(CLOSE, close_payload(1000)))
    frames += raw.read_until((CLOSE,), masked=False)
    echoed = b"".join(got.payload for got in frames if got.opcode < 8)
    check(echoed == MIXED * 2, difference(MIXED * 2, echoed))


def ping_in_the_middle_of_big_fragments(env):
  with opened(env) as raw:
    first, second = pattern(5000), pattern(7000, 1)
    raw.send(frame(BINARY, first, fin=False) + frame(PING, b"p" * 125) + frame(CONT, second))
    opcode, got, control = raw.read_message()
    check(opcode == BINARY and got == first + second, difference(first + second, got))
    while not control:
      control.append(raw.read_frame())
    check([(one.opcode, one.payload) for one in control] == [(PONG, b"p" * 125)], "control frames: %s" % control)
    raw.finish()


def ping_flood(env):
  """Two hundred pings at once: the newest must be answered, in order, and never with a payload of its own making."""
  with opened(env) as raw:
    pings = [struct.pack("!I", number) * 31 for number in range(200)]
    raw.send(b"".join(frame(PING, payload) for payload in pings) + frame(CLOSE, close_payload(1000)))
    got = [one.payload for one in raw.read_until((CLOSE,), masked=False) if one.opcode == PONG]
    check(got and got[-1] == pings[-1], "%d pongs; the newest ping was not answered" % len(got))
    numbers = [pings.index(payload) if payload in pings else -1 for payload in got]
    check(-1 not in numbers and numbers == sorted(set(numbers)), "pongs out of order or with another payload")
    raw.read_end()


def unsolicited_pong(env):
  with opened(env) as raw:
    raw.send(frame(PONG, b"nobody asked"))
    raw.echo(TEXT, b"still here")


def byte_by_byte(env):
  """Head and frames of each length form, one byte per segment."""
  with connect(env.address) as raw:
    raw.__class__ = RawClient
    raw.send_slowly(request())
    check_response(raw.read_head())
    for size in (0, 1, 125, 126, 300):
      payload = text_pattern(size)
      raw.send_slowly(frame(TEXT, payload, mask=os.urandom(4)))
      opcode, got, _ = raw.read_message()
      check(opcode == TEXT and got == payload, difference(payload, got))
    raw.send(header(BINARY, 65536)[:7])
    time.sleep(0.05)
    raw.send((header(BINARY, 65536) + apply_mask(pattern(65536), MASK))[7:])
    opcode, got, _ = raw.read_message()
    check(opcode == BINARY and got == pattern(65536), difference(pattern(65536), got))


def masks(env):
  with opened(env) as raw:
    for key in (bytes(4), b"\xff" * 4, b"\x00\x00\x00\x01", b"\x80\x00\x00\x00"):
      for size in (3, 4, 5, 200):
        raw.send(frame(BINARY, pattern(size), mask=key))
        opcode, got, _ = raw.read_message()
        check(opcode == BINARY and got == pattern(size), difference(pattern(size), got))


def frame_behind_head(env):
  """Bytes of frames in the same segment as the head (section 4.2.2 does not make the client wait for frames to be read)."""
  with connect(env.address) as raw:
    raw.__class__ = RawClient
    raw.send(request() + frame(TEXT, b"early") + frame(BINARY, pattern(400))[:7])
    check_response(raw.read_head())
    opcode, got, _ = raw.read_message()
    check((opcode, got) == (TEXT, b"early"), "got %s" % show(got))
    raw.send(frame(BINARY, pattern(400))[7:])
    opcode, got, _ = raw.read_message()
    check((opcode, got) == (BINARY, pattern(400)), "the frame split behind the head: %s" % show(got))
    raw.finish()


def endless_frame(env):
  """A frame of 2^63-1 bytes is legal: it is streamed, or refused with 1009; the server lives on."""
  with opened(env) as raw:
    raw.send(header(BINARY, (1 << 63) - 1, mask=bytes(4)))
    sent, limit = b"", 4 << 20
    while len(sent) < limit and not raw.buffer:
      piece = pattern(16384, len(sent))
      raw.send(piece)
      sent += piece
      if select.select([raw.sock], [], [], 0.002)[0]:
        check(raw.receive(), "TCP ended without a Close")
    check(raw.buffer or raw.receive(), "TCP ended without a Close")
    got = raw.read_frame()
    check_legal = got.opcode == CLOSE and got.payload[:2] == close_payload(1009) or got.opcode == BINARY and not got.fin
    check(check_legal, "answered with opcode %d, fin %s, %s" % (got.opcode, got.fin, show(got.payload)))
    check(got.opcode == CLOSE or sent.startswith(got.payload), "streamed other bytes than were sent")
    raw.abort()


def refused(raw, statuses, fields=None):
  """A complete HTTP answer, then the orderly end."""
  answer = raw.read_head()
  check(answer.status in statuses, "%r instead of %s" % (answer.first_line, "/".join(map(str, statuses))))
  for name, value in (fields or {}).items():
    check(answer.get(name) == value, "%s: %r instead of %r" % (name, answer.get(name), value))
  while raw.receive():
    pass
  length = answer.get("Content-Length", None)
  check(length is None or int(length) == len(raw.buffer),
        "Content-Length %s, but %d bytes of body" % (length, len(raw.buffer)))
  check("close" in answer.tokens("Connection"), "an answer that ends the connection without Connection: close (RFC 9112 section 9.6)")


def bad_handshake(env, data, statuses, fields):
  with connect(env.address) as raw:
    raw.send(data)
    refused(raw, statuses, fields)


def big(env):
  return 96 * 1024 if env.target.is_board else 1 << 20


def big_head(env, make, statuses):
  """A head larger than all buffers: the answer arrives whole although much of the head came after it was decided."""
  with connect(env.address) as raw:
    raw.send(make(big(env)))
    refused(raw, statuses)


def big_field(size):
  return request(fields=[(b"Sec-WebSocket-Protocol", b"p" * size)])


def big_cookie(size):
  return request(fields=[(b"Cookie", b"c" * size)])


def many_fields(size):
  return request(fields=[(b"X-Filler-%06d" % i, b"v" * 80) for i in range(size // 100)])


def junk_line(size):
  return b"A" * size + b"\r\n\r\n"


def either(env, data):
  """Where the RFC leaves it open: refused with 400, or accepted and then working."""
  with connect(env.address) as raw:
    raw.__class__ = RawClient
    raw.send(data)
    head = raw.read_head()
    if head.status == 101:
      check_response(head)
      return raw.echo(TEXT, b"works")
    check(head.status == 400, "status line %r instead of 101 or 400" % head.first_line)
    while raw.receive():
      pass


def not_http(env, data):
  """Another protocol on this port: an HTTP error or silence, and in any case the end of TCP."""
  with connect(env.address) as raw:
    raw.send(data)
    raw.half_close()
    while raw.receive():
      pass
    check(not raw.buffer or raw.buffer.startswith(b"HTTP/1.1 "), "answered %s" % show(bytes(raw.buffer)))


def accepted(env, data):
  with opened(env, head=data) as raw:
    raw.echo(TEXT, MIXED)
    raw.finish()


def protocols(env, offered, selected):
  fields = [(b"Sec-WebSocket-Protocol", one) for one in offered]
  with opened(env, head=request(fields=fields)) as raw:
    got = raw.response.all("Sec-WebSocket-Protocol")
    check(got == ([selected] if selected else []), "selected %r instead of %r" % (got, selected))
    raw.finish()


def aborted(env, data, after_handshake):
  """The client dies by reset in the middle of something; the next client is served."""
  raw = opened(env) if after_handshake else connect(env.address)
  raw.send(data)
  time.sleep(0.02)
  raw.abort()
  time.sleep(0.05)  # a server that dies of it needs a moment for that, and must not serve the next client before
  with opened(env) as other:
    other.echo(TEXT, b"next")
    other.finish()


def stuff(raw, limit=64 << 20):
  """Sends echoes that are never read until the server takes no more for 0.3 s; the number of bytes taken."""
  data = frame(BINARY, pattern(1000)) * 64
  sent = 0
  raw.sock.setblocking(False)
  while sent < limit:
    if not select.select([], [raw.sock], [], 0.3)[1]:
      return sent
    try:
      sent += raw.sock.send(data[sent % len(data):])
    except BlockingIOError:
      continue
    except ConnectionError as error:
      raise CheckFailed("the server dropped the client that does not read (%s)" % error)
  return sent


def one_never_reads(env):
  """Some clients echo at once while one more never reads: none of them may wait for it."""
  size, echoing = (256 << 10, 3) if env.target.is_board else (1 << 20, 4)
  failures = []
  with RawClient.open(env.address, receive_buffer=4096) as lazy:
    taken = stuff(lazy)
    check(taken < 64 << 20, "the server took %d bytes from a client that reads no echo: no back-pressure" % taken)
    threads = [threading.Thread(target=echo_stream, args=(env, size, seed, failures)) for seed in range(echoing)]
    for thread in threads:
      thread.start()
    for thread in threads:
      thread.join(60)
      check(not thread.is_alive(), "an echo did not finish while another client did not read")
    lazy.abort()
  check(not failures, "; ".join(failures))


def echo_stream(env, size, seed, failures):
  """Sends `size` bytes in messages of many sizes and checks the echo as it comes; both directions at once."""
  try:
    with opened(env, timeout_s=20) as raw:
      messages, at = [], 0
      while at < size:
        messages.append(pattern((at * 7 + seed * 131) % 5000 + 1, at + seed))
        at += len(messages[-1])
      failed = []

      def send_all():
        try:
          for message in messages:
            raw.sock.sendall(frame(BINARY, message, mask=os.urandom(4)))
        except OSError as error:
          failed.append("sending: %s" % error)
      raw.sock.settimeout(20)
      sender = threading.Thread(target=send_all)
      sender.start()
      for number, message in enumerate(messages):
        opcode, got, _ = raw.read_message()
        check(opcode == BINARY and got == message, "client %d message %d: %s" % (seed, number, difference(message, got)))
      sender.join()
      check(not failed, "client %d: %s" % (seed, failed))
      raw.finish()
  except CheckFailed as error:
    failures.append(str(error))


def full_server(env):
  """As many connections as it takes until 503; that answer is complete; the open ones go on; slots come back."""
  inside = []
  try:
    status = fill(env, inside)
    check(status == 503, "status %s after %d connections" % (status, len(inside)))
    for raw in (inside[0], inside[-1]):
      raw.echo(TEXT, b"still served")
  finally:
    for raw in inside:
      raw.sock.shutdown(socket.SHUT_WR)
    for raw in inside:
      raw.close()
  deadline = time.monotonic() + 10
  while True:
    with connect(env.address) as raw:
      raw.send(request())
      if raw.read_head().status == 101:
        return
    check(time.monotonic() < deadline, "still full 10 s after all clients left")
    time.sleep(0.1)


def fill(env, inside, limit=500):
  while len(inside) < limit:
    raw = connect(env.address)
    raw.send(request())
    head = raw.read_head()
    if head.status != 101:
      with raw:
        while raw.receive():
          pass
      return head.status
    raw.__class__ = RawClient
    inside.append(raw)
  return None


def table():
  cases = []
  add = lambda name, function, *arguments: cases.append(case("raw/" + name, function, *arguments))
  for name, data, code in VIOLATIONS:
    add(name, violation, data, code)
  add("violation_with_junk_behind", violation_with_junk)
  add("violation_after_message", violation_after_echo)
  for name, bad in BAD_UTF8:
    add("utf8_" + name, bad_utf8, bad)
  add("utf8_no_early_verdict", bad_utf8_late_bytes)
  add("utf8_incomplete_at_end", bad_utf8_at_end, [b"ok\xe2\x82"])
  add("utf8_incomplete_in_fragments", bad_utf8_at_end, [b"ok\xe2", b"", b"\x82"])
  add("utf8_broken_by_continuation", bad_utf8_at_end, [b"ok\xf0\x9f", b"\x98", b"x"])
  add("utf8_in_close_reason", bad_utf8_in_reason)
  add("binary_is_not_validated", binary_is_not_text)
  for code in GOOD_CLOSE_CODES:
    add("close_%d" % code, close_code, code)
  add("close_without_code", close_code, None)
  for code in BAD_CLOSE_CODES:
    add("bad_close_%d" % code, bad_close_code, code)
  add("silence_after_close", silence_after_close)
  add("message_close_fin", message_then_close)
  add("half_closed_idle", half_closed, b"")
  add("half_closed_after_message", half_closed, frame(TEXT, b"bye"))
  add("half_closed_in_header", half_closed, frame(BINARY, pattern(300))[:3])
  add("half_closed_in_payload", half_closed, frame(BINARY, pattern(300))[:100])
  add("half_closed_in_message", half_closed, frame(TEXT, b"a", fin=False))
  add("pong_before_message_ends", ping_before_message_ends)
  add("ping_between_big_fragments", ping_in_the_middle_of_big_fragments)
  add("ping_flood", ping_flood)
  add("unsolicited_pong", unsolicited_pong)
  add("byte_by_byte", byte_by_byte)
  add("masks", masks)
  add("frame_behind_head", frame_behind_head)
  add("endless_frame", endless_frame)
  for name, data, statuses, fields in HANDSHAKES:
    add("head_" + name, bad_handshake, data, statuses, fields)
  add("head_big_protocol_field", big_head, big_field, (431,))
  add("head_big_cookie", big_head, big_cookie, (431,))
  add("head_many_fields", big_head, many_fields, (431,))
  add("head_junk_line", big_head, junk_line, (400, 414, 431))
  add("head_bare_lf", either, request(end=b"\n") + b"\r\n\r\n")
  add("head_obs_fold", either, request(fields=[(b"Cookie", b"a\r\n b")]))
  add("head_obs_fold_of_connection", either, request(fields=[(b"Connection", b"keep-alive,\r\n Upgrade")]))
  add("tls_client_hello", not_http, bytes.fromhex("16030100c8010000c40303") + pattern(196))
  for name, data in ACCEPTED:
    add("accepts_" + name, accepted, data)
  for name, offered, selected in PROTOCOLS:
    add("protocol_" + name, protocols, offered, selected)
  add("reset_in_head", aborted, request()[:50], False)
  add("reset_behind_head", aborted, request(), False)
  add("reset_in_header", aborted, frame(BINARY, pattern(300))[:3], True)
  add("reset_in_payload", aborted, frame(BINARY, pattern(3000))[:1500], True)
  add("reset_with_unread_echo", aborted, frame(BINARY, pattern(3000)) * 3, True)
  add("one_never_reads", one_never_reads)
  add("full_server", full_server)
  return cases
