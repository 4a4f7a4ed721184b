# SPDX-License-Identifier: MIT
"""An echo server and an echo client in plain Python, correct unless told to be wrong: the proof that the cases can fail.

`selftest` starts them in place of Whit's programs, each time with one fault, and demands that the case made for that
fault fails. Clear rather than fast; nothing else may use this.
"""
import argparse
import base64
import codecs
import os
import re
import socket
import struct
import sys
import threading
import time

from .wire import (BINARY, CLOSE, CONT, PING, PONG, TEXT, Http, RawSocket, CheckFailed, accept_value, apply_mask, check_frame,
                   close_payload, connect, frame, text_pattern)

MAX_HEAD = 16384
MAX_CONNECTIONS = 12
PIECE = 16384
faults = set()


def is_wrong(fault):
  return fault in faults


class Violation(Exception):
  def __init__(self, code):
    super().__init__(code)
    self.code = code


class Refused(Exception):
  def __init__(self, status, fields=""):
    super().__init__(status)
    self.status = status
    self.fields = fields


class Session:
  """One connection of the server: reads, checks, echoes."""

  def __init__(self, sock):
    self.sock = sock
    self.input = bytearray()
    self.opcode = None  # of the open message
    self.pending = b""  # its bytes that were not echoed yet
    self.started = False  # whether a fragment of the echo has been sent
    self.text = None

  def read(self):
    data = self.sock.recv(65536)
    if not data:
      raise EOFError
    self.input += data

  def need(self, count):
    while len(self.input) < count:
      self.read()

  def take(self, count):
    data = bytes(self.input[:count])
    del self.input[:count]
    return data

  def send(self, opcode, payload, fin=True):
    if is_wrong("mask_as_server"):
      return self.sock.sendall(frame(opcode, payload, fin))
    form = 16 if is_wrong("long_length_form") and len(payload) < 126 and opcode < 8 else None
    self.sock.sendall(frame(opcode, payload, fin, mask=None, form=form))

  def head(self):
    while b"\r\n\r\n" not in self.input:
      if len(self.input) > MAX_HEAD:
        raise Refused(431)
      self.read()
    end = self.input.index(b"\r\n\r\n") + 4
    if end > MAX_HEAD:
      raise Refused(431)
    raw = self.take(end)
    check_lines(raw)
    return Http(raw)

  def handshake(self, full):
    head = self.head()
    if full and not is_wrong("no_limit"):
      raise Refused(503)
    check_request(head)
    key = b"wrong" if is_wrong("wrong_accept") else head.get("Sec-WebSocket-Key").encode()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
             "Sec-WebSocket-Accept: " + accept_value(key).decode()]
    offered = [one.strip() for value in head.all("Sec-WebSocket-Protocol") for one in value.split(",")]
    if "echo" in offered and not is_wrong("no_protocol"):
      lines.append("Sec-WebSocket-Protocol: echo")
    elif offered and is_wrong("any_protocol"):
      lines.append("Sec-WebSocket-Protocol: " + offered[0])
    if head.get("Sec-WebSocket-Extensions") and is_wrong("accepts_extension"):
      lines.append("Sec-WebSocket-Extensions: permessage-deflate")
    self.sock.sendall("\r\n".join(lines + ["", ""]).encode())
    if is_wrong("drops_early_bytes"):
      self.input.clear()

  def run(self):
    while True:
      self.one_frame()

  def one_frame(self):
    self.need(2)
    first, second = self.input[0], self.input[1]
    fin, rsv, opcode, masked, length = bool(first & 128), first >> 4 & 7, first & 15, second & 128, second & 127
    self.check_first(fin, rsv, opcode, masked, length)
    size = {126: 4, 127: 10}.get(length, 2)
    self.need(size)
    if size > 2:
      length = int.from_bytes(self.input[2:size], "big")
      if length >> 63 and not is_wrong("accepts_2_63"):
        raise Violation(1002)
      if length < (126 if size == 4 else 65536) and not is_wrong("accepts_long_form"):
        raise Violation(1002)
    self.need(size + (4 if masked else 0))
    key = self.take(size + (4 if masked else 0))[size:] or bytes(4)
    if opcode >= 8:
      self.need(length)
      return self.control(opcode, apply_mask(self.take(length), key))
    self.data(fin, opcode, length, key)

  def check_first(self, fin, rsv, opcode, masked, length):
    wrong = not masked and not is_wrong("accepts_unmasked")
    wrong |= rsv != 0 and not is_wrong("accepts_rsv")
    wrong |= opcode not in (0, 1, 2, 8, 9, 10) and not is_wrong("accepts_opcodes")
    wrong |= opcode >= 8 and not fin and not is_wrong("accepts_fragmented_control")
    wrong |= opcode >= 8 and length > 125 and not is_wrong("accepts_long_control")
    wrong |= opcode == CONT and self.opcode is None and not is_wrong("accepts_continuation")
    wrong |= opcode in (TEXT, BINARY) and self.opcode is not None and not is_wrong("accepts_nested")
    if wrong:
      raise Violation(1002)

  def data(self, fin, opcode, length, key):
    if opcode:
      self.opcode, self.started, self.pending, self.echoed = opcode, False, b"", 0
      self.text = codecs.getincrementaldecoder("utf-8")() if opcode == TEXT else None
    done = 0
    while True:
      if not self.input and done < length:
        self.read()
      raw = self.take(min(length - done, 65536))
      turn = done % 4
      piece = apply_mask(raw, key[turn:] + key[:turn])
      done += len(piece)
      self.validate(piece, fin and done == length)
      self.pending += piece
      if done == length:
        break
      self.flush(False)
    self.flush(fin)

  def validate(self, piece, final):
    if self.text is None or is_wrong("no_utf8"):
      return
    if is_wrong("utf8_at_end"):
      self.late = getattr(self, "late", b"") + piece
      piece, self.late = (self.late, b"") if final else (b"", self.late)
    try:
      self.text.decode(piece, final)
    except UnicodeDecodeError:
      raise Violation(1007)
    if re.match(rb"\xed[\xa0-\xbf]", self.text.getstate()[0]):  # Python waits for the third byte of a surrogate
      raise Violation(1007)

  def flush(self, fin):
    if not fin and len(self.pending) < PIECE or is_wrong("never_echoes"):
      return
    payload, self.pending = self.pending, b""
    place = 50000 - self.echoed
    self.echoed += len(payload)
    if is_wrong("corrupts") and 0 <= place < len(payload):
      payload = payload[:place] + b"?" + payload[place + 1:]
    opcode = (BINARY if is_wrong("echoes_binary") else self.opcode) if not self.started else CONT
    self.send(opcode, payload, fin)
    self.started = True
    if fin:
      self.opcode = None

  def control(self, opcode, payload):
    if opcode == PING and not is_wrong("no_pong") and not (is_wrong("pong_after_message") and self.opcode is not None):
      self.send(PONG, b"" if is_wrong("empty_pong") else payload)
    if opcode != CLOSE:
      return
    code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else None
    valid = code is None or 1000 <= code <= 1014 and code not in (1004, 1005, 1006) or 3000 <= code <= 4999
    if (len(payload) == 1 or not valid) and not is_wrong("accepts_close_codes"):
      raise Violation(1002)
    try:
      payload[2:].decode("utf-8")
    except UnicodeDecodeError:
      if not is_wrong("accepts_bad_reason"):
        raise Violation(1007)
    if is_wrong("no_close_echo"):
      time.sleep(30)
    self.send(CLOSE, close_payload(1000) if is_wrong("always_1000") else payload[:2])
    raise EOFError

  def end(self):
    """FIN, then input is thrown away until the client ends."""
    if is_wrong("closes_with_reset"):
      return self.sock.close()
    self.sock.shutdown(socket.SHUT_WR)
    self.sock.settimeout(3)
    while self.sock.recv(65536):
      pass


def check_lines(raw):
  lines = raw[:-4].split(b"\r\n")
  if is_wrong("lenient_head"):
    return
  for line in lines:
    if re.search(rb"[\0\r\n]", line):
      raise Refused(400)
  for line in lines[1:]:
    if not re.match(rb"[-!#$%&'*+.^_`|~0-9A-Za-z]+:", line):
      raise Refused(400)


def check_request(head):
  words = head.first_line.split(" ")
  if is_wrong("lenient_head"):
    return
  if len(words) != 3 or not words[2].startswith("HTTP/"):
    raise Refused(400)
  if words[2] != "HTTP/1.1":
    raise Refused(426 if words[2] == "HTTP/1.0" else 505)
  if words[0] != "GET":
    raise Refused(405)
  if len(head.all("Host")) != 1:
    raise Refused(400)
  if "websocket" not in head.tokens("Upgrade") or "upgrade" not in head.tokens("Connection"):
    raise Refused(426, "Upgrade: websocket\r\n")
  if head.all("Sec-WebSocket-Version") != ["13"]:
    raise Refused(426, "" if is_wrong("no_version_field") else "Sec-WebSocket-Version: 13\r\n")
  try:
    keys = head.all("Sec-WebSocket-Key")
    if len(keys) != 1 or len(base64.b64decode(keys[0], validate=True)) != 16:
      raise Refused(400)
  except ValueError:
    raise Refused(400)


class EchoServer:
  def __init__(self, port):
    self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
    self.count = 0
    self.lock = threading.Lock()
    print("listening on 127.0.0.1:%d" % self.listener.getsockname()[1], flush=True)

  def run(self):
    while True:
      sock, _ = self.listener.accept()
      sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
      with self.lock:
        self.count += 1
        full = self.count > MAX_CONNECTIONS
      threading.Thread(target=self.attend, args=(sock, full), daemon=True).start()

  def attend(self, sock, full):
    session = Session(sock)
    try:
      if is_wrong("one_at_a_time"):
        with self.lock:
          self.talk(session, full)
      else:
        self.talk(session, full)
      session.end()
    except OSError:
      if is_wrong("dies_of_reset"):
        os._exit(3)
    finally:
      sock.close()
      if not is_wrong("leaks_slots"):
        with self.lock:
          self.count -= 1

  def talk(self, session, full):
    try:
      session.handshake(full)
      session.run()
    except Refused as refused:
      status = 400 if is_wrong("always_400") else refused.status
      body = "no\n"
      session.sock.sendall(("HTTP/1.1 %d No\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s" % (
        status, len(body) + (1 if is_wrong("cuts_body") else 0), refused.fields, body)).encode())
    except Violation as violation:
      if not is_wrong("no_close_on_error"):
        session.send(CLOSE, close_payload(1000 if is_wrong("always_1000") else violation.code))
    except EOFError:
      if is_wrong("close_on_fin_hangs"):
        time.sleep(30)


# The client.

class EchoClient:
  def __init__(self, options):
    self.options = options
    self.close_sent = False

  def run(self):
    match = re.fullmatch(r"ws://([^/:]+)(?::(\d{1,5}))?(/[^#]*)?", self.options.url)
    if not match or int(match.group(2) or 80) > 65535:
      return "bad URL %r" % self.options.url
    host, port, path = match.group(1), int(match.group(2) or 80), match.group(3) or "/"
    self.raw = connect((host, port), timeout_s=5)
    with self.raw:
      problem = self.handshake(host, port, path) or self.talk()
      return problem

  def handshake(self, host, port, path):
    key = base64.b64encode(b"0123456789abcdef" if is_wrong("same_key") else os.urandom(16))
    fields = ["GET %s HTTP/1.1" % path, "Host: %s%s" % (host, "" if is_wrong("no_port_in_host") else ":%d" % port),
              "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: " + key.decode()]
    if self.options.protocol:
      fields.append("Sec-WebSocket-Protocol: " + self.options.protocol)
    self.raw.send("\r\n".join(fields + ["", ""]).encode())
    while b"\r\n\r\n" not in self.raw.buffer:
      if len(self.raw.buffer) > 16384:
        return "the response is too long"
      if not self.raw.receive():
        return "the server closed before the end of its response"
    head = self.raw.read_head()
    return None if is_wrong("trusts_handshake") else self.verify(head, key)

  def verify(self, head, key):
    if head.status != 101:
      return "status %s: %s" % (head.status, re.sub("[^ -~]", "?", head.first_line)[:60])
    if "websocket" not in head.tokens("Upgrade"):
      return "no Upgrade: websocket"
    if "upgrade" not in head.tokens("Connection"):
      return "no Connection: Upgrade"
    if head.all("Sec-WebSocket-Accept") != [accept_value(key).decode()]:
      return "wrong Sec-WebSocket-Accept"
    if head.all("Sec-WebSocket-Extensions"):
      return "an extension that was not offered"
    if head.get("Sec-WebSocket-Protocol", self.options.protocol) != self.options.protocol:
      return "a protocol that was not offered"

  def send(self, opcode, payload):
    mask = b"abcd" if is_wrong("same_mask") else None if is_wrong("sends_unmasked") else os.urandom(4)
    self.raw.send(frame(opcode, payload, mask=mask))

  def close(self, payload):
    if not self.close_sent:
      self.send(CLOSE, payload)
    self.close_sent = True

  def fail(self, code, text):
    self.close(close_payload(1000 if is_wrong("always_1000") else code))
    return "closed with %d: %s" % (code, text)

  def talk(self):
    opcode = BINARY if self.options.binary else TEXT
    for number in range(self.options.count):
      payload = text_pattern(self.options.size, number)
      self.send(opcode, payload)
      got = self.message()
      if isinstance(got, str):
        return got
      if got != (opcode, payload) and not is_wrong("trusts_echo"):
        return self.fail(1008, "the echo differs")
    self.close(close_payload(1000))
    got = self.message()
    if is_wrong("waits_for_tcp_end"):
      time.sleep(30)
    return None if isinstance(got, str) and " 1000" in got else "no clean close: %s" % (got,)

  def message(self):
    opcode, parts = None, []
    while True:
      self.raw.need(2)
      if self.raw.buffer[1] == 127:
        self.raw.need(3)
      if self.raw.buffer[1] == 127 and self.raw.buffer[2] & 128 and not is_wrong("trusts_frames"):
        return self.fail(1002, "length of 2^63 or more")
      got = self.raw.read_frame()
      problem = self.wrong(got, parts)
      if problem and not is_wrong("trusts_frames"):
        return self.fail(1002, problem)
      if got.opcode == PING and not is_wrong("no_pong"):
        self.send(PONG, got.payload)
      if got.opcode == CLOSE:
        return self.closed(got.payload)
      if got.opcode >= 8:
        continue
      opcode = got.opcode or opcode
      parts.append(got.payload)
      if got.fin:
        break
    payload = b"".join(parts)
    try:
      return opcode, payload if opcode == BINARY or payload.decode() else payload
    except UnicodeDecodeError:
      return self.fail(1007, "not UTF-8")

  def wrong(self, got, parts):
    try:
      check_frame(got, masked=False)
    except CheckFailed as error:
      return str(error)
    if got.opcode < 8 and (got.opcode == CONT) != bool(parts):
      return "continuation without start"
    code = struct.unpack("!H", got.payload[:2])[0] if len(got.payload) > 1 else 1000
    if got.opcode == CLOSE and (len(got.payload) == 1 or code in (1004, 1005, 1006)):
      return "bad Close"

  def closed(self, payload):
    code = struct.unpack("!H", payload[:2])[0] if payload else 1005
    if not is_wrong("no_close_echo"):
      self.close(payload[:2])
    return "closed by the server: %s %s" % ("" if is_wrong("hides_code") else code, payload[2:].decode("utf-8", "replace"))


def main(arguments):
  parser = argparse.ArgumentParser()
  parser.add_argument("role", choices=["server", "client"])
  parser.add_argument("url", nargs="?")
  parser.add_argument("--port", type=int)
  parser.add_argument("--count", type=int, default=1)
  parser.add_argument("--size", type=int, default=5)
  parser.add_argument("--text", action="store_true")
  parser.add_argument("--binary", action="store_true")
  parser.add_argument("--protocol", default="")
  parser.add_argument("--fault", action="append", default=[])
  options = parser.parse_intermixed_args(arguments)
  faults.update(options.fault)
  if options.role == "server":
    return EchoServer(options.port).run()
  try:
    problem = EchoClient(options).run()
  except CheckFailed as error:
    problem = "1006 lost: %s" % error
  print("echo_client: %s" % (problem or "%d messages of %d bytes" % (options.count, options.size)))
  return 0 if not problem or is_wrong("always_zero") else 1


if __name__ == "__main__":
  sys.exit(main(sys.argv[1:]))
