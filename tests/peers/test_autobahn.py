# SPDX-License-Identifier: MIT
# about: autobahn_client, which drives Autobahn's fuzzing server, against a small stand-in for it; ws, wss, and on a board
# needs: check tls
# parts: ws wss mps2_an385
# long: mps2_an505 riscv_virt
# needs ws: host
# needs wss: host
# needs mps2_an385: mps2_an385
# needs mps2_an505: mps2_an505
# needs riscv_virt: riscv_virt
# early:
import socket

import pytest
from autobahn.fuzzing_server import CASES, FuzzingServer
from autobahn.images import build_board
from support.machine import BUILD, command
from tls.peers import server_context
from tls.pki import Pair

HOST_CLIENT = BUILD / "host" / "autobahn_client"
BOARD_BUFFER = 2048  # of the boards: a longer message comes back in several frames
NAMES = [f"{number}: {name}" for number, (name, _) in enumerate(CASES, 1)]
only_once = pytest.mark.parts("ws")


def on_host(url, *arguments):
    return command(HOST_CLIENT, url, "--agent", "whit&co", *arguments, timeout=600)


def on_board(board, url):
    """Builds and runs the board's image."""
    return command("tools/qemu", board, build_board(board) / "autobahn_client.elf", "--args", f"url={url} agent=whit&co", timeout=800)


@pytest.fixture(scope="session")
def outcome(part, authority):
    """(server, exit code, output) of a run through all cases."""
    if part == "wss":
        with FuzzingServer(context=server_context(Pair(authority / "server.pem", authority / "server.key"))) as server:
            return server, *on_host(f"wss://localhost:{server.port}/", "--ca", authority / "ca.pem")
    if part == "ws":
        with FuzzingServer() as server:
            return server, *on_host(f"ws://127.0.0.1:{server.port}/")
    with FuzzingServer(whole=BOARD_BUFFER - 100) as server:
        return server, *on_board(part, f"ws://10.0.2.2:{server.port}")


@pytest.mark.parametrize("name", NAMES)
def test_case(outcome, name):
    server, _, text = outcome
    found = [problem for number, case, problem in server.results if f"{number}: {case}" == name]
    assert len(found) == 1, f"ran {len(found)} times: {text}"
    assert found[0] is None, found[0]


def test_all_cases_ran_in_order_and_the_reports_were_asked_for(outcome):
    server, code, text = outcome
    assert code == 0, text
    assert [number for number, _, _ in server.results] == list(range(1, len(CASES) + 1)), server.results
    assert server.reported.is_set() and f"{len(CASES)} cases" in text and "done" in text, text


def test_the_agent_is_percent_encoded(outcome):
    assert outcome[0].agents == {"whit&co"}, outcome[0].agents


@only_once
def test_no_cases_is_no_error(part):
    del part
    with FuzzingServer(0) as server:
        code, text = on_host(f"ws://127.0.0.1:{server.port}")
    assert code == 0 and text.startswith("0 cases") and server.reported.is_set(), text


@only_once
def test_nothing_listens(part):
    del part
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        code, text = on_host(f"ws://127.0.0.1:{unused.getsockname()[1]}")
    assert code == 1 and "no number of cases" in text, (code, text)


@only_once
def test_a_server_that_is_silent_is_given_up(part):
    del part
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        code, text = on_host(f"ws://127.0.0.1:{silent.getsockname()[1]}", "--timeout", "1")
    assert code == 1 and "no number of cases" in text, (code, text)


@pytest.mark.parts("wss")
def test_a_certificate_that_is_not_trusted_is_the_cause(part, authority):
    del part
    with FuzzingServer(context=server_context(Pair(authority / "server.pem", authority / "server.key"))) as server:
        code, text = on_host(f"wss://localhost:{server.port}")
        assert code == 1 and "not signed by an authority that is trusted" in text and text.count("\n") == 1, (code, text)
        code, text = on_host(f"wss://127.0.0.1:{server.port}", "--insecure")
        assert code == 0 and "done" in text, text


@only_once
def test_arguments(part):
    del part
    code, text = command(HOST_CLIENT, "--help")
    assert code == 0 and "--agent" in text and "--ca" in text, text
    for words, says in (((), "url is missing"), (("http://x",), "not a valid WebSocket URL"),
                        (("ws://x", "--agent", "a" * 65), "too long"), (("ws://x", "--nonsense"), "unknown option")):
        code, text = command(HOST_CLIENT, *words)
        assert code != 0 and says in text, (words, code, text)
