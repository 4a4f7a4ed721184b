# SPDX-License-Identifier: MIT
"""Whit's client (the echo_client program) against real servers and against a raw server that misbehaves."""
import base64
import os
import re
import socket
import threading
import time

from .environment import case
from .peers import PEERS
from .targets import HOSTS
from .wire import (BINARY, CLOSE, CONT, PING, PONG, TEXT, RawSocket, accept_value, check, close_payload, frame, show)

SIZES = (0, 1, 125, 126, 127, 65535, 65536)
MIB = 1 << 20
PINGS = [b"", b"p", bytes(range(125))]


def url_of(env, port, path="/"):
  return "ws://%s:%d%s" % (env.target.host_address, port, path)


def succeed(outcome):
  check(outcome.code == 0, "exit code %s: %s" % (outcome.code, outcome.text))


def fail_with(outcome, patterns):
  """Exit code 1 and a message that contains every pattern."""
  check(outcome.code == 1, "exit code %s instead of 1: %s" % (outcome.code, outcome.text))
  check(outcome.text.strip(), "failed without a word")
  for pattern in patterns:
    check(re.search(pattern, outcome.text, re.I), "the message does not mention /%s/: %s" % (pattern, outcome.text))


# Real servers.

def talk(env, peer, wants=None, path="/", timeout_s=30, **options):
  """Runs echo_client against the peer's echo server; returns the client's output and the server's report."""
  port = env.peer(peer).call("listen", wants=wants or {})["port"]
  outcome = env.target.run_client(url_of(env, port, path), timeout_s=timeout_s, **options)
  if outcome.code != 0 and not (wants or {}).get("close") and not (wants or {}).get("own_limits"):
    succeed(outcome)
  return outcome, env.peer(peer).call("report", timeout_s=10)


def seen(report, kind):
  return [data for event, data in report["events"] if event == kind]


def closed_normally(report):
  check(report["close"][0] == 1000, "the server saw close %s instead of 1000" % report["close"])
  check(not report["failed"], "the server reports: %s" % report["failed"])


def greet(env, peer):
  outcome, report = talk(env, peer, path="/chat/room?x=1&y=2")
  closed_normally(report)
  check(report["path"] == "/chat/room?x=1&y=2", "the server saw the path %r" % report["path"])
  check(report["protocol"] == "", "protocol %r" % report["protocol"])
  check(len(outcome.text.strip().splitlines()) >= 1, "no summary line")


def protocol(env, peer):
  outcome, report = talk(env, peer, wants={"protocol": "echo"}, protocol="echo")
  closed_normally(report)
  check(report["protocol"] == "echo", "protocol %r" % report["protocol"])


def size(env, peer, kind, count, bytes_each):
  outcome, report = talk(env, peer, count=count, size=bytes_each, kind=kind, timeout_s=60)
  closed_normally(report)
  check(len(seen(report, kind)) == count, "the server saw %d %s messages instead of %d" % (
    len(seen(report, kind)), kind, count))
  check(all(len(data) == min(bytes_each, 4096) for data in seen(report, kind)), "messages of another size")


def pinged(env, peer):
  """Pings at once after the 101, of three sizes."""
  wants = {"pings": [base64.b64encode(ping).decode() for ping in PINGS]}
  outcome, report = talk(env, peer, wants=wants, count=3, size=300)
  closed_normally(report)
  # The newest must be answered (section 5.5.3 allows no more than that to be demanded).
  got = seen(report, "pong")
  check(got and got[-1] == PINGS[-1], "pongs: %s" % [show(data) for data in got])
  check(all(data in PINGS for data in got), "a pong nobody asked for: %s" % got)


def fragmented(env, peer, kind, bytes_each, piece):
  """The echo comes in fragments, a ping after the first."""
  outcome, report = talk(env, peer, wants={"fragment": piece}, count=3, size=bytes_each, kind=kind)
  closed_normally(report)
  check(b"between" in seen(report, "pong"), "no pong: %s" % report["events"])


def closed_by_peer(env, peer, code, reason, after):
  outcome, report = talk(env, peer, wants={"close": [code, reason], "close_after": after}, count=5, size=20)
  fail_with(outcome, [r"\b%d\b" % code, re.escape(re.sub("[^ -~].*", "", reason))])
  check(report["close"][0] == code, "the server saw close %s instead of its own %d" % (report["close"], code))


def too_big_for_peer(env):
  """npm websocket with its own limits answers more than 1 MiB with Close 1009, then a reset."""
  outcome, _ = talk(env, "websocket", wants={"own_limits": True}, size=MIB + 100000, kind="binary", timeout_s=60)
  fail_with(outcome, [r"\b1009\b|reset|write|lost"])


# The raw server.

class RawServer:
  """Takes one connection on a thread, reads the request, plays a script; finish() raises the error of the script."""

  def __init__(self, script, timeout_s=15):
    self.script = script
    self.timeout_s = timeout_s
    self.error = None
    self.result = None
    self.listener = socket.socket()
    self.listener.bind(("127.0.0.1", 0))
    self.listener.listen(4)
    self.listener.settimeout(timeout_s)
    self.port = self.listener.getsockname()[1]
    self.thread = threading.Thread(target=self._run, daemon=True)
    self.thread.start()

  def _run(self):
    try:
      sock, _ = self.listener.accept()
      with RawSocket(sock, self.timeout_s) as raw:
        self.result = self.script(raw, raw.read_head())
    except Exception as error:  # carried to the thread that runs the case
      self.error = error

  def finish(self):
    """For the end of the client: bytes that have not come until then never come."""
    self.thread.join(2)
    try:
      self.listener.shutdown(socket.SHUT_RDWR)  # wakes a thread that still waits for a client
    except OSError:
      pass
    self.listener.close()
    self.thread.join(self.timeout_s)
    if self.error:
      raise self.error
    return self.result


def serve(env, script, url_path="/", **options):
  server = RawServer(script)
  outcome = env.target.run_client(url_of(env, server.port, url_path), **options)
  try:
    return outcome, server.finish()
  except Exception as error:
    check(False, "server side: %s; echo_client: exit %s, %s" % (error, outcome.code, outcome.text))


def response(head, status=b"101 Switching Protocols", version=b"HTTP/1.1", without=(), fields=(), accept=None):
  key = head.get("Sec-WebSocket-Key").encode()
  default = [(b"Upgrade", b"websocket"), (b"Connection", b"Upgrade"), (b"Sec-WebSocket-Accept", accept or accept_value(key))]
  replaced = {name for name, _ in fields} | set(without)
  lines = [version + b" " + status] + [b"%s: %s" % field for field in default if field[0] not in replaced]
  return b"\r\n".join(lines + [b"%s: %s" % field for field in fields]) + b"\r\n\r\n"


def echo_until_close(raw, alter=lambda opcode, payload: (opcode, payload)):
  """A strict echo server; the frames that it got."""
  frames, parts, opcode = [], [], None
  while True:
    got = raw.read_until((CONT, TEXT, BINARY, CLOSE, PING, PONG), masked=True)[0]
    frames.append(got)
    if got.opcode == CLOSE:
      raw.send(frame(CLOSE, got.payload, mask=None))
      raw.half_close()
      raw.read_end("after the Close")
      return frames
    if got.opcode in (PING, PONG):
      continue
    opcode = got.opcode or opcode
    parts.append(got.payload)
    if got.fin:
      raw.send(frame(*alter(opcode, b"".join(parts)), mask=None))
      parts = []


def request_is_right(env):
  """RFC 6455, 4.1, and the rules for frames of a client (5.1, 5.3)."""
  def script(raw, head):
    raw.send(response(head))
    return head, raw.sock.getsockname()[1], echo_until_close(raw)
  outcome, (head, raw_port, frames) = serve(env, script, url_path="/a/b?c=d", count=8, size=40, kind="binary", protocol="echo")
  check(head.first_line == "GET /a/b?c=d HTTP/1.1", "request line %r" % head.first_line)
  check(head.all("Host") == ["%s:%d" % (env.target.host_address, raw_port)], "Host: %s" % head.all("Host"))
  check(head.get("Upgrade").lower() == "websocket", "Upgrade: %r" % head.get("Upgrade"))
  check("upgrade" in head.tokens("Connection"), "Connection: %r" % head.get("Connection"))
  check(head.all("Sec-WebSocket-Version") == ["13"], "Sec-WebSocket-Version: %s" % head.all("Sec-WebSocket-Version"))
  check(head.all("Sec-WebSocket-Protocol") == ["echo"], "Sec-WebSocket-Protocol: %s" % head.all("Sec-WebSocket-Protocol"))
  keys = head.all("Sec-WebSocket-Key")
  check(len(keys) == 1 and len(base64.b64decode(keys[0], validate=True)) == 16, "Sec-WebSocket-Key: %s" % keys)
  masks = [one.mask for one in frames]
  check(len(set(masks)) == len(masks), "a mask was used twice: %s" % [mask.hex() for mask in masks])
  check(frames[-1].payload[:2] == close_payload(1000), "the client closed with %s" % show(frames[-1].payload))
  # A server that selects nothing is legal; echo_client may still insist on what it was told to use.
  check(outcome.code in (0, 1), "exit code %s" % outcome.code)


def keys_differ(env):
  """Two connections, two keys. (QEMU boards are seeded on purpose and start alike.)"""
  keys = []
  for _ in range(2):
    def script(raw, head):
      raw.send(response(head))
      echo_until_close(raw)
      return head.get("Sec-WebSocket-Key")
    outcome, key = serve(env, script)
    succeed(outcome)
    keys.append(key)
  check(keys[0] != keys[1], "the same key twice: %s" % keys[0])


def after_refusal(raw):
  """A client that does not accept the handshake sends no frame (section 4.1: it fails the connection)."""
  raw.half_close()
  try:
    got = raw.sock.recv(65536)
  except ConnectionError:
    return
  check(not got, "after a refused handshake the client sent %s" % show(got))


def bad_response(env, make, patterns):
  def script(raw, head):
    raw.send(make(head))
    after_refusal(raw)
  started = time.monotonic()
  outcome, _ = serve(env, script)
  fail_with(outcome, patterns)
  check(time.monotonic() - started < 8, "took %.1f s" % (time.monotonic() - started))


def wrong_accept(head):
  return response(head, accept=accept_value(b"another key"))


def accept_of_other_case(head):
  return response(head, accept=accept_value(head.get("Sec-WebSocket-Key").encode()).swapcase())


def http_error(status, fields=b""):
  return lambda head: b"HTTP/1.1 %s\r\nContent-Length: 5\r\n%s\r\nsorry" % (status, fields)


# name, the server's answer, patterns of the message.
BAD_RESPONSES = [
  ("wrong_accept", wrong_accept, ["accept|handshake"]),
  ("accept_other_case", accept_of_other_case, ["accept|handshake"]),
  ("no_accept", lambda head: response(head, without=[b"Sec-WebSocket-Accept"]), ["accept|handshake"]),
  ("accept_cut", lambda head: response(head, accept=accept_value(head.get("Sec-WebSocket-Key").encode())[:-1]), ["accept|handshake"]),
  ("no_upgrade", lambda head: response(head, without=[b"Upgrade"]), ["upgrade|handshake"]),
  ("wrong_upgrade", lambda head: response(head, fields=[(b"Upgrade", b"h2c")]), ["upgrade|handshake"]),
  ("no_connection", lambda head: response(head, without=[b"Connection"]), ["connection|upgrade|handshake"]),
  ("connection_close", lambda head: response(head, fields=[(b"Connection", b"close")]), ["connection|upgrade|handshake"]),
  ("unoffered_extension", lambda head: response(head, fields=[(b"Sec-WebSocket-Extensions", b"permessage-deflate")]), ["extension|handshake"]),
  ("unoffered_protocol", lambda head: response(head, fields=[(b"Sec-WebSocket-Protocol", b"chat")]), ["protocol|handshake"]),
  ("status_200", http_error(b"200 OK"), [r"\b200\b"]),
  ("status_301", http_error(b"301 Moved Permanently", b"Location: ws://127.0.0.1:1/\r\n"), [r"\b301\b"]),
  ("status_401", http_error(b"401 Unauthorized", b"WWW-Authenticate: Basic realm=\"x\"\r\n"), [r"\b401\b"]),
  ("status_404", http_error(b"404 Not Found"), [r"\b404\b"]),
  ("status_503", http_error(b"503 Service Unavailable", b"Retry-After: 7\r\n"), [r"\b503\b"]),
  ("status_without_body", lambda head: b"HTTP/1.1 500 \r\n\r\n", [r"\b500\b"]),
  ("http_1_0", lambda head: response(head, version=b"HTTP/1.0"), []),
  ("garbage", lambda head: os.urandom(200).replace(b"\n", b".") + b"\r\n\r\n", []),
  ("other_protocol", lambda head: b"SSH-2.0-OpenSSH_9.2\r\n\r\n", []),
  ("nothing_then_end", lambda head: b"", []),
  ("half_a_head", lambda head: response(head)[:40], []),
  ("endless_line", lambda head: b"HTTP/1.1 101 " + b"x" * 200000, []),
  ("endless_fields", lambda head: response(head)[:-2] + b"X-Filler: yes, more of it\r\n" * 8000, []),
]


def good_response(env, make):
  def script(raw, head):
    raw.send(make(head))
    return echo_until_close(raw)
  outcome, _ = serve(env, script)
  succeed(outcome)


GOOD_RESPONSES = [
  ("other_case", lambda head: response(head, fields=[(b"Upgrade", b"WebSocket"), (b"Connection", b"upgrade")])),
  ("token_list", lambda head: response(head, fields=[(b"Connection", b"keep-alive, Upgrade")])),
  ("other_phrase", lambda head: response(head, status=b"101 Web Socket Protocol Handshake")),
  ("no_phrase", lambda head: response(head, status=b"101 ")),
  ("many_fields", lambda head: response(head, fields=[(b"Set-Cookie", b"AWSALB=" + b"c" * 120)] * 8)),
  ("no_space_after_colon", lambda head: response(head).replace(b": ", b":")),
]


def frames_behind_head(env):
  """Frames in the same segment as the 101: a ping (answered) and an unsolicited pong."""
  def script(raw, head):
    raw.send(response(head) + frame(PING, b"early", mask=None) + frame(PONG, b"", mask=None))
    return echo_until_close(raw)
  outcome, frames = serve(env, script, count=2)
  succeed(outcome)
  check(b"early" in [one.payload for one in frames if one.opcode == PONG], "the early ping was not answered: %s" % frames)


def close_behind_head(env):
  def script(raw, head):
    raw.send(response(head) + frame(CLOSE, close_payload(1001, b"going away"), mask=None))
    raw.half_close()
    return raw.read_until((CLOSE,), masked=True)[-1]
  outcome, last = serve(env, script)
  fail_with(outcome, [r"\b1001\b", "going away"])
  check(last.payload[:2] == close_payload(1001), "the client answered the Close with %s" % show(last.payload))


def byte_by_byte(env):
  def script(raw, head):
    raw.send_slowly(response(head) + frame(PING, b"p" * 20, mask=None))
    send, raw.send = raw.send, lambda data: [send(data[at:at + 1]) for at in range(len(data))]
    return echo_until_close(raw)
  outcome, _ = serve(env, script, count=3, size=130, kind="text")
  succeed(outcome)


# name, bytes of the server instead of an echo, the Close that must come back.
BAD_FRAMES = [
  ("masked", frame(TEXT, b"hello"), 1002),  # 5.1
  ("rsv1", frame(TEXT, b"hello", rsv=4, mask=None), 1002),
  ("opcode_3", frame(3, b"hello", mask=None), 1002),
  ("opcode_15", frame(15, b"", mask=None), 1002),
  ("fragmented_ping", frame(PING, b"x", fin=False, mask=None), 1002),
  ("ping_126", frame(PING, bytes(126), mask=None), 1002),
  ("not_minimal", frame(TEXT, b"hello", form=16, mask=None), 1002),
  ("length_2_to_63", bytes.fromhex("827f8000000000000000"), 1002),
  ("continuation_without_start", frame(CONT, b"hello", mask=None), 1002),
  ("bad_utf8", frame(TEXT, b"\xc3\x28", mask=None), 1007),
  ("close_1005", frame(CLOSE, close_payload(1005), mask=None), 1002),
  ("close_length_1", frame(CLOSE, b"\x03", mask=None), 1002),
]


def bad_frame(env, data, code):
  """Refused with the right Close, masked like every frame of a client; reported; exit 1."""
  def script(raw, head):
    raw.send(response(head) + data)
    last = raw.read_until((CLOSE,), masked=True)[-1]
    raw.half_close()
    raw.read_end("after the Close")
    return last
  outcome, last = serve(env, script)
  check(last.payload[:2] == close_payload(code), "Close %s instead of %d" % (show(last.payload), code))
  fail_with(outcome, [r"\b%d\b" % code])


def wrong_echo(env, alter):
  """The client really checks the echo."""
  def script(raw, head):
    raw.send(response(head))
    try:
      echo_until_close(raw, alter)
    except Exception:  # the end of the client does not matter here
      pass
  outcome, _ = serve(env, script, count=2, size=100, kind="text")
  fail_with(outcome, [])


WRONG_ECHOES = [
  ("one_byte", lambda opcode, payload: (opcode, payload[:-1] + b"\x01")),
  ("shorter", lambda opcode, payload: (opcode, payload[:-1])),
  ("longer", lambda opcode, payload: (opcode, payload + b"x")),
  ("other_type", lambda opcode, payload: (3 - opcode, payload)),
  ("empty", lambda opcode, payload: (opcode, b"")),
]


def lost(env, how):
  """The connection ends without a Close: 1006 or a word about it, exit 1."""
  def script(raw, head):
    raw.send(response(head))
    raw.read_until((TEXT, BINARY), masked=True)
    if how == "reset":
      raw.abort()
    else:
      if how == "mid_frame":
        raw.send(frame(BINARY, bytes(300), mask=None)[:50])
      raw.half_close()
      raw.sock.recv(65536)
  outcome, _ = serve(env, script, count=3)
  fail_with(outcome, [r"1006|reset|abort|lost|closed|end"])


def tcp_stays_open(env):
  """Servers that answer the Close and then keep TCP: the client ends by itself, and that is success."""
  def script(raw, head):
    raw.send(response(head))
    raw.half_close = lambda: None
    raw.read_end = lambda what: None
    echo_until_close(raw)
    raw.sock.settimeout(12)
    started = time.monotonic()
    try:
      while raw.sock.recv(1000):
        pass
    except ConnectionError:
      pass
    return time.monotonic() - started
  outcome, waited_s = serve(env, script)
  succeed(outcome)
  check(waited_s < 10, "the client kept TCP for %.1f s" % waited_s)


def connection_refused(env):
  from .process import free_port
  outcome = env.target.run_client(url_of(env, free_port()), timeout_s=20)
  fail_with(outcome, [])


def bad_url(env, url):
  outcome = env.target.run_client(url, timeout_s=10)
  check(outcome.code not in (0, None) and outcome.text.strip(), "exit %s: %s" % outcome)
  check(outcome.code < 100, "exit %s: %s" % outcome)


BAD_URLS = [("scheme", "http://127.0.0.1:1/"), ("no_host", "ws:///x"), ("port", "ws://127.0.0.1:99999/"),
            ("fragment", "ws://127.0.0.1:1/#f"), ("nothing", "ws://"), ("port_word", "ws://127.0.0.1:eighty/")]


def peer_cases(peer):
  add = lambda name, function, *arguments: case("%s/%s" % (peer, name), function, peer, *arguments)
  cases = [add("handshake", greet), add("protocol", protocol), add("pinged", pinged)]
  for kind in ("text", "binary"):
    cases += [add("%s_%d" % (kind, bytes_each), size, kind, 2, bytes_each) for bytes_each in SIZES]
    cases.append(add(kind + "_mebibyte", size, kind, 1, MIB))
    cases.append(add("fragments_" + kind, fragmented, kind, 1000, 7))
  cases.append(add("many_messages", size, "text", 200, 33))
  cases.append(add("one_byte_fragments", fragmented, "text", 130, 1))
  for code, reason, after in ((1000, "bye", 0), (1001, "going away", 1), (1011, "broken \u00e9", 2),
                              (3001, "reason \u00e9", 1), (4999, "r" * 123, 1)):
    cases.append(add("peer_closes_%d" % code, closed_by_peer, code, reason, after))
  return cases


def raw_cases():
  add = lambda name, function, *arguments: case("raw/" + name, function, *arguments)
  cases = [add("request_is_right", request_is_right), add("frames_behind_head", frames_behind_head)]
  cases.append(case("raw/keys_differ", keys_differ, parts=HOSTS))
  cases += [add("refuses_" + name, bad_response, make, patterns) for name, make, patterns in BAD_RESPONSES]
  cases += [add("accepts_" + name, good_response, make) for name, make in GOOD_RESPONSES]
  cases += [add("close_behind_head", close_behind_head), add("byte_by_byte", byte_by_byte)]
  cases += [add("bad_frame_" + name, bad_frame, data, code) for name, data, code in BAD_FRAMES]
  cases += [add("wrong_echo_" + name, wrong_echo, alter) for name, alter in WRONG_ECHOES]
  cases += [add("lost_" + how, lost, how) for how in ("reset", "fin", "mid_frame")]
  cases += [add("tcp_stays_open", tcp_stays_open), add("connection_refused", connection_refused)]
  cases += [add("bad_url_" + name, bad_url, url) for name, url in BAD_URLS]
  return cases


def table():
  cases = [one for peer in PEERS for one in peer_cases(peer)]
  return cases + [case("websocket/too_big_for_peer", too_big_for_peer)] + raw_cases()
