# SPDX-License-Identifier: MIT
"""Whit's server, real libraries as clients: every case runs with every peer."""
import time

from .environment import case
from .peers import PEERS, step
from .wire import BINARY, CONT, PING, TEXT, check, difference, pattern, text_pattern

SIZES = (0, 1, 125, 126, 127, 65535, 65536)
MIB = 1 << 20
MIXED = "a\u00e9\u20ac\U0001f600z".encode()  # sequences of 1, 2, 3, 4 bytes
KINDS = {"text": TEXT, "binary": BINARY}


def run(env, peer, steps, close=(1000, "bye"), protocols=None, timeout_s=30):
  """Plays the steps, closes, and checks that the close handshake was clean and quick."""
  answer = env.peer(peer).call("client", url=env.url, protocols=protocols or [], timeout_s=timeout_s,
                               steps=steps + [["close"] + list(close)])
  check(not answer["failed"], "peer %s reports: %s" % (peer, answer["failed"]))
  want = 1005 if close[0] is None else close[0]
  check(answer["close"] and answer["close"][0] == want, "peer saw close %s instead of %s" % (answer["close"], want))
  return answer


def messages(answer):
  return [event for event in answer["events"] if event[0] in KINDS]


def check_messages(answer, want):
  got = messages(answer)
  check(len(got) == len(want), "%d messages came back instead of %d" % (len(got), len(want)))
  for number, ((kind, payload), (got_kind, got_payload)) in enumerate(zip(want, got)):
    check(kind == got_kind, "message %d: %s came back as %s" % (number, kind, got_kind))
    check(payload == got_payload, "message %d (%d bytes): %s" % (number, len(payload), difference(payload, got_payload)))


def exchange(env, peer, want, wait_each=True, **options):
  steps = []
  for number, (kind, payload) in enumerate(want):
    steps.append(step(KINDS[kind], payload))
    if wait_each:
      steps.append(["expect", number + 1])
  steps.append(["expect", len(want)])
  check_messages(run(env, peer, steps, **options), want)


def handshake(env, peer):
  answer = run(env, peer, [])
  check(answer["protocol"] == "", "a subprotocol nobody offered was selected: %r" % answer["protocol"])


def protocol_selected(env, peer):
  answer = run(env, peer, [step(TEXT, b"x"), ["expect", 1]], protocols=["chat", "echo", "other"])
  check(answer["protocol"] == "echo", "selected %r instead of 'echo'" % answer["protocol"])
  check_messages(answer, [("text", b"x")])


def protocol_none(env, peer):
  """None of the offered ones is known. Only python-websockets goes on without one; the others give up themselves."""
  answer = env.peer(peer).call("client", url=env.url, protocols=["chat"], steps=[["close", 1000, ""]])
  if peer == "websockets":
    check(answer["protocol"] == "" and answer["close"][0] == 1000, "unexpected: %s" % answer)
  else:
    check("protocol" in (answer["failed"] or "").lower(), "the peer did not miss its subprotocol: %s" % answer)


def sizes(env, peer, kind):
  make = text_pattern if kind == "text" else pattern
  exchange(env, peer, [(kind, make(size, seed)) for seed, size in enumerate(SIZES)])


def mebibyte(env, peer, kind):
  payload = text_pattern(MIB) if kind == "text" else pattern(MIB)
  exchange(env, peer, [(kind, payload)], timeout_s=60)


def pipelined(env, peer):
  """Sent without waiting: the order must survive and nothing may be lost."""
  want = [("binary", pattern(size, size)) if size % 2 else ("text", text_pattern(size, size)) for size in range(0, 300, 3)]
  exchange(env, peer, want, wait_each=False)


def fragments(opcode, pieces):
  last = len(pieces) - 1
  return [step(opcode if at == 0 else CONT, piece, fin=at == last) for at, piece in enumerate(pieces)]


def text_split_everywhere(env, peer):
  """Two fragments, split at every byte: inside each multibyte sequence too."""
  steps = []
  for at in range(len(MIXED) + 1):
    steps += fragments(TEXT, [MIXED[:at], MIXED[at:]])
  count = len(MIXED) + 1
  answer = run(env, peer, steps + [["expect", count]])
  check_messages(answer, [("text", MIXED)] * count)


def one_byte_fragments(env, peer):
  text, data = text_pattern(300), pattern(300)
  steps = fragments(TEXT, [text[i:i + 1] for i in range(300)]) + [["expect", 1]]
  steps += fragments(BINARY, [data[i:i + 1] for i in range(300)]) + [["expect", 2]]
  check_messages(run(env, peer, steps), [("text", text), ("binary", data)])


def pings(env, peer):
  """Every payload length that a ping can have, each answered with the same payload (section 5.5.3)."""
  payloads = [pattern(size, size) for size in range(126)]
  steps = []
  for number, payload in enumerate(payloads):
    steps += [step(PING, payload), ["expect", number + 1]]
  answer = run(env, peer, steps)
  got = [payload for kind, payload in answer["events"] if kind == "pong"]
  check(got == payloads, "%d pongs, or with another payload: first wrong %s" % (
    len(got), next((i for i, (a, b) in enumerate(zip(got, payloads)) if a != b), "none")))


def ping_between_fragments(env, peer):
  """The pong must come although the message is still open: the peer waits for it before it goes on."""
  steps = [step(TEXT, MIXED, fin=False), step(PING, b"one"), ["expect", 1], step(CONT, MIXED, fin=False),
           step(PING, b"two"), ["expect", 2], step(CONT, MIXED), ["expect", 3]]
  answer = run(env, peer, steps)
  check_messages(answer, [("text", MIXED * 3)])
  check([data for kind, data in answer["events"] if kind == "pong"] == [b"one", b"two"], "pongs: %s" % answer["events"])


def closes(env, peer, code, reason):
  started = time.monotonic()
  run(env, peer, [step(TEXT, b"x"), ["expect", 1]], close=(code, reason))
  took_s = time.monotonic() - started
  check(took_s < 4, "the close took %.1f s: the server did not answer the Close or did not end TCP" % took_s)


def table():
  cases = []
  for peer in PEERS:
    add = lambda name, function, *arguments: cases.append(case("%s/%s" % (peer, name), function, peer, *arguments))
    add("handshake", handshake)
    add("protocol_selected", protocol_selected)
    add("protocol_none", protocol_none)
    for kind in KINDS:
      add("sizes_" + kind, sizes, kind)
      add("mebibyte_" + kind, mebibyte, kind)
    add("pipelined", pipelined)
    add("text_split_everywhere", text_split_everywhere)
    add("one_byte_fragments", one_byte_fragments)
    add("pings_0_to_125", pings)
    add("ping_between_fragments", ping_between_fragments)
    for code, reason in ((1000, ""), (3001, "reason \u00e9"), (4999, "r" * 123)):
      add("close_%d" % code, closes, code, reason)
    if peer != "websocket":  # npm websocket cannot send a Close without a code
      add("close_without_code", closes, None, "")
  return cases
