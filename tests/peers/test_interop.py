# SPDX-License-Identifier: MIT
# about: real peers (npm ws, npm websocket, python websockets) and raw sockets, both roles
# wants: test check
# parts: host lm3s6965evb mps2_an385
# needs host: host
# needs lm3s6965evb: lm3s6965evb-test
# needs mps2_an385: mps2_an385-test
# needs mps2_an505: mps2_an505-test
# needs riscv_virt: riscv_virt-test
# minutes: 8
# early:
"""The tables of peers/interop. A server runs for all cases of its part. By hand also --part host-asan, host-m32 or host-release;
WHIT_ECHO_SERVER and WHIT_ECHO_CLIENT name other commands to test on the host."""
import pytest
from interop import client_cases, server_peer_cases, server_raw_cases, targets
from interop.environment import Environment
from support.machine import BUILD


@pytest.fixture(scope="session")
def environment(part):
    environment = Environment(targets.make(part, str(BUILD)), str(BUILD))
    missing = environment.target.missing()
    assert not missing, missing
    yield environment
    environment.stop()


@pytest.mark.parametrize("function, arguments", server_peer_cases.table() + server_raw_cases.table())
def test_server(environment, function, arguments):
    environment.ensure_server()
    environment.run(function, arguments)


def test_server_lives_to_the_end(environment):
    trouble = environment.trouble()
    assert not trouble, trouble


@pytest.mark.parametrize("function, arguments", client_cases.table())
def test_client(environment, function, arguments):
    if not environment.sound:
        environment.drop_peers()
    environment.sound = True
    environment.run(function, arguments)
