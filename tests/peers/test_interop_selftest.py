# SPDX-License-Identifier: MIT
# about: the cases of part interop notice faults: stand-ins for Whit with one fault each
# needs: test check
# minutes: 15
# early:
"""Each case must be able to fail: stand-ins with one fault each, and the cases that must notice it."""
import concurrent.futures
import os
import re
import sys

import pytest
from interop import client_cases, peers, server_peer_cases, server_raw_cases, targets, wire
from interop.environment import Environment
from interop.wire import CheckFailed
from support.machine import BUILD

# fault of a stand-in server -> cases that must all fail.
SERVER_FAULTS = [
  ("wrong_accept", r"^(ws|websocket|websockets)/handshake$|^raw/masks$"),
  ("no_protocol", r"^ws/protocol_selected$|^raw/protocol_echo_"),
  ("any_protocol", r"^(ws|websocket|websockets)/protocol_none$|^raw/protocol_(unknown|prefix|other_case)$"),
  ("accepts_extension", r"^raw/accepts_deflate_offered$"),
  ("mask_as_server", r"^(ws|websockets)/sizes_binary$|^raw/masks$"),
  ("long_length_form", r"^raw/masks$"),
  ("never_echoes", r"^raw/binary_is_not_validated$"),
  ("corrupts", r"/(sizes_(text|binary)|mebibyte_(text|binary))$"),
  ("echoes_binary", r"/(sizes_text|pipelined|text_split_everywhere|one_byte_fragments)$"),
  ("no_pong", r"^raw/(pong_before_message_ends|ping_between_big_fragments|ping_flood)$"),
  ("empty_pong", r"/(pings_0_to_125|ping_between_fragments)$|^raw/ping_flood$"),
  ("pong_after_message", r"^raw/pong_before_message_ends$"),
  ("accepts_unmasked", r"^raw/unmasked_(text|ping)$"),
  ("accepts_rsv", r"^raw/rsv[123]$|^raw/rsv1_on_(ping|continuation)$"),
  ("accepts_opcodes", r"^raw/opcode_(3|15)$"),
  ("accepts_fragmented_control", r"^raw/fragmented_(ping|pong|close)$"),
  ("accepts_long_control", r"^raw/(ping_126|pong_126|close_126)$"),
  ("accepts_continuation", r"^raw/(open_)?continuation_(without_start|after_end)$"),
  ("accepts_nested", r"^raw/(text|binary)_inside_text$"),
  ("accepts_long_form", r"^raw/length_(0_in_16|125_in_16|0_in_64|126_in_64|65535_in_64)_bits$"),
  ("accepts_2_63", r"^raw/length_(2_to_63|all_ones)$"),
  ("no_utf8", r"^raw/utf8_(ff|surrogate|incomplete_at_end|broken_by_continuation)$"),
  ("utf8_at_end", r"^raw/utf8_(lone_continuation|c0|overlong_three|surrogate|above_10ffff)$"),
  ("accepts_close_codes", r"^raw/bad_close_\d+$|^raw/close_length_1$"),
  ("accepts_bad_reason", r"^raw/utf8_in_close_reason$"),
  ("no_close_echo", r"^raw/close_1001$|^ws/close_1000$"),
  # npm websocket is left out: it reports its own code, whatever comes back.
  ("always_1000", r"^raw/close_(1001|3000|without_code)$|^(ws|websockets)/close_(3001|4999|without_code)$|^raw/(rsv1|utf8_c0)$"),
  ("no_close_on_error", r"^raw/(rsv1|utf8_c0|violation_after_message)$"),
  ("closes_with_reset", r"^raw/(violation_with_junk_behind|head_big_cookie|head_junk_line)$"),
  ("close_on_fin_hangs", r"^raw/half_closed_(idle|after_message|in_header|in_payload|in_message)$"),
  ("lenient_head", r"^raw/head_(http_1_0|post|two_hosts|no_host|version_8|no_upgrade|nul_in_field|space_before_colon)$"),
  ("always_400", r"^raw/head_(version_8|big_cookie|big_protocol_field|many_fields)$|^raw/full_server$"),
  ("no_version_field", r"^raw/head_version_(8|14)$"),
  ("cuts_body", r"^raw/head_(version_8|post|big_cookie)$"),
  ("drops_early_bytes", r"^raw/frame_behind_head$"),
  ("one_at_a_time", r"^raw/(one_never_reads|full_server)$"),
  ("leaks_slots", r"^raw/full_server$"),
  ("no_limit", r"^raw/full_server$"),
  ("dies_of_reset", r"^raw/reset_(behind_head|in_payload)$"),
]

CLIENT_FAULTS = [
  ("always_zero", r"^raw/(refuses_|bad_frame_|wrong_echo_|lost_|bad_url_|connection_refused|close_behind)|/peer_closes_"),
  ("trusts_handshake", r"^raw/refuses_(wrong_accept|no_accept|accept_cut|no_upgrade|no_connection|unoffered_)"),
  ("trusts_echo", r"^raw/wrong_echo_"),
  ("trusts_frames", r"^raw/bad_frame_(masked|rsv1|opcode_3|opcode_15|fragmented_ping|ping_126|not_minimal|close_1005)$"),
  ("same_key", r"^raw/keys_differ$"),
  ("same_mask", r"^raw/request_is_right$"),
  ("sends_unmasked", r"^raw/request_is_right$|^(ws|websockets)/handshake$"),
  ("no_port_in_host", r"^raw/request_is_right$"),
  ("no_pong", r"/(pinged|fragments_text|fragments_binary|one_byte_fragments)$|^raw/frames_behind_head$"),
  ("no_close_echo", r"^raw/close_behind_head$"),
  ("hides_code", r"/peer_closes_\d+$|^raw/close_behind_head$"),
  ("always_1000", r"^raw/bad_frame_(masked|bad_utf8)$"),
  ("waits_for_tcp_end", r"^raw/tcp_stays_open$"),
]


class StandIn(targets.HostTarget):
  def __init__(self, fault):
    super().__init__("host", "")
    start = "import sys; sys.path.insert(0, %r); from interop.standin import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-B", "-c", start % os.path.dirname(os.path.abspath(__file__))]
    self.server_command = command + ["server", "--fault", fault]
    self.client_command = command + ["client", "--fault", fault]


def outcomes(role, fault, pattern):
  """Runs the cases that match against a stand-in: {name: None or why it failed}."""
  table = client_cases.table() if role == "client" else server_peer_cases.table() + server_raw_cases.table()
  cases = [one for one in table if re.search(pattern, one.id)]
  environment = Environment(StandIn(fault), str(BUILD))
  results = {}
  try:
    for one in cases:
      if role == "server" and (environment.server is None or not environment.server.process.alive()):
        environment.server = environment.target.start_server()
      function, arguments = one.values
      try:
        function(environment, *arguments)
        results[one.id] = None
      except CheckFailed as error:
        results[one.id] = str(error)
        environment.drop_peers()
  finally:
    environment.stop()
  return results


FAULTS = [(role, fault, pattern) for role, faults in (("server", SERVER_FAULTS), ("client", CLIENT_FAULTS))
          for fault, pattern in [("none", "."), *faults]]
IDS = ["%s/%s" % (role, fault) for role, fault, _ in FAULTS]


@pytest.fixture(scope="session")
def running(request):
  """Runs all selected faults, six at a time. Cases fail by waiting, so the waits are shortened."""
  wire.TIMEOUT_S, peers.MAX_TIMEOUT_S = 2.0, 3.0
  with concurrent.futures.ThreadPoolExecutor(6) as pool:
    yield {item.callspec.id: pool.submit(outcomes, *FAULTS[IDS.index(item.callspec.id)]) for item in request.session.items
           if "running" in item.fixturenames}


@pytest.mark.parametrize("role, fault, pattern", FAULTS, ids=IDS)
def test_a_fault_is_noticed(running, role, fault, pattern):
  del pattern
  results = running["%s/%s" % (role, fault)].result()
  assert results, "no case matches"
  if fault == "none":  # without a fault every case passes: so the others noticed the fault
    wrong = {name: error for name, error in results.items() if error}
    assert not wrong, wrong
  else:
    blind = [name for name, error in results.items() if error is None]
    assert not blind, "did not notice a %s with the fault %s: %s" % (role, fault, ", ".join(blind))
