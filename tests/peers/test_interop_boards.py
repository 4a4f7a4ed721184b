# SPDX-License-Identifier: MIT
# about: firmware to firmware, board to board
# needs: lm3s6965evb-test mps2_an385-test mps2_an505 riscv_virt
# minutes: 8
"""Firmware to firmware: echo_client on one board, echo_server on another, one wire between two QEMUs, no host in it."""
import pytest
from interop import process
from interop.client_cases import succeed
from interop.targets import BOARDS, BoardTarget
from interop.wire import check
from support.machine import BUILD

SERVER_ADDRESS = "10.0.2.15"
CLIENT_ADDRESS = "10.0.2.16"


def wire(end, port, last_byte):
  """One end of QEMU's socket network; each board needs a MAC address of its own."""
  return {"netdev": "socket,%s=127.0.0.1:%d" % (end, port), "mac": "52:54:00:12:34:%02x" % last_byte}


def talk(build, server_board, client_board, count, size, kind):
  port = process.free_port()
  server = BoardTarget(server_board, build).boot_server(wire("listen", port, 0x15))
  try:
    outcome = BoardTarget(client_board, build).run_client(
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
