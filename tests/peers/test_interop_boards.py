# SPDX-License-Identifier: MIT
# about: firmware to firmware, board to board; the programs in C, with third-party peers
# needs: lm3s6965evb-test mps2_an385-test mps2_an505 riscv_virt
# wants: test check
# minutes: 8
"""Firmware to firmware: echo_client on one board, echo_server on another, one wire between two QEMUs, no host in it."""
import pytest
from interop import process, server_peer_cases
from interop.client_cases import closed_normally, succeed
from interop.client_cases import talk as talk_to_peer
from interop.environment import Environment
from interop.targets import BOARDS, BoardTarget
from interop.wire import check
from support.machine import BUILD

SERVER_ADDRESS = "10.0.2.15"
CLIENT_ADDRESS = "10.0.2.16"


def wire(end, port, last_byte):
  """One end of QEMU's socket network; each board needs a MAC address of its own."""
  return {"netdev": "socket,%s=127.0.0.1:%d" % (end, port), "mac": "52:54:00:12:34:%02x" % last_byte}


def talk(build, server_board, client_board, count, size, kind, in_c=(False, False)):
  port = process.free_port()
  prefixes = ["c_" if each else "" for each in in_c]
  server = BoardTarget(server_board, build, prefixes[0]).boot_server(wire("listen", port, 0x15))
  try:
    outcome = BoardTarget(client_board, build, prefixes[1]).run_client(
      "ws://%s:8080/" % SERVER_ADDRESS, count=count, size=size, kind=kind, timeout_s=60,
      network=wire("connect", port, 0x16), more=["ip=" + CLIENT_ADDRESS])
    succeed(outcome)
    check(server.process.alive(), "the server board ended: %s" % server.process.output())
  finally:
    server.process.stop()


# Each pair of the first two, and each board as a client and as a server of another CPU.
FIRST, SECOND, CORTEX_M33, RISC_V = BOARDS
PAIRS = [(FIRST, FIRST), (FIRST, SECOND), (SECOND, FIRST), (SECOND, SECOND), (CORTEX_M33, RISC_V), (RISC_V, CORTEX_M33), (RISC_V, FIRST),
         (SECOND, CORTEX_M33)]


@pytest.mark.parametrize("count, size, kind", [(20, 100, "text"), (5, 126, "binary"), (2, 65536, "binary"), (3, 0, "text")],
                         ids=["text", "sizes_126", "64k", "empty"])
@pytest.mark.parametrize("server, client", PAIRS)
def test_two_boards_talk(server, client, count, size, kind):
  talk(str(BUILD), server, client, count, size, kind)


# ---- the programs in C ----

PEER = "websockets"
BOARDS_IN_C = sorted(BOARDS)
MESSAGES = [("text", "Gr\u00fc\u00dfe \U0001f642".encode()), ("binary", bytes(range(256))), ("text", b""), ("binary", bytes(65536))]


@pytest.fixture
def in_c(request):
  """The environment of interop, whose target are the programs in C on a board."""
  env = Environment(BoardTarget(request.param, str(BUILD), "c_"), str(BUILD))
  yield env
  env.stop()


@pytest.mark.parametrize("in_c", BOARDS, indirect=True)
def test_the_server_in_c_echoes_to_a_third_party_client(in_c):
  in_c.ensure_server()
  server_peer_cases.exchange(in_c, PEER, MESSAGES)
  server_peer_cases.protocol_selected(in_c, PEER)
  check(in_c.server.process.alive(), "the server in C ended: %s" % in_c.server.process.output())


@pytest.mark.parametrize("in_c", BOARDS, indirect=True)
def test_the_client_in_c_talks_to_a_third_party_server(in_c):
  outcome, report = talk_to_peer(in_c, PEER, count=3, size=2000, kind="text", timeout_s=60)
  check("ok: 3 of 3 messages echoed; close code 1000" in outcome.text, outcome.text)
  closed_normally(report)


def test_two_boards_talk_in_c():
  talk(str(BUILD), BOARDS_IN_C[0], BOARDS_IN_C[1], 2, 65536, "binary", in_c=(True, True))
