# SPDX-License-Identifier: MIT
# about: autobahn_client, which drives Autobahn's fuzzing server, against a small stand-in for it
# needs: host test
import os
import socket
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
from support.machine import BUILD, ROOT, command
import fuzzing_server  # noqa: E402

CLIENT = ROOT / os.environ.get("WHIT_BUILD", "build") / "host" / "autobahn_client"


def run_all():
    with fuzzing_server.FuzzingServer() as server:
        code, text = command(CLIENT, f"ws://127.0.0.1:{server.port}/", "--agent", "whit & co", timeout=300)
    return server, code, text


SERVER, CODE, TEXT = run_all()


def result_case(number, name):
    def run():
        found = [problem for found_number, _, problem in SERVER.results if found_number == number]
        assert len(found) == 1, f"ran {len(found)} times: {TEXT}"
        assert found[0] is None, found[0]
    return run


for _number, (_name, _) in enumerate(fuzzing_server.CASES, 1):
    add_case(f"case {_number}: {_name}", result_case(_number, _name))


def test_all_cases_ran_in_order_and_the_reports_were_asked_for():
    assert CODE == 0, TEXT
    assert [number for number, _, _ in SERVER.results] == list(range(1, len(fuzzing_server.CASES) + 1)), SERVER.results
    assert SERVER.reported.is_set(), TEXT
    assert f"{len(fuzzing_server.CASES)} cases" in TEXT and "done" in TEXT, TEXT


def test_the_agent_is_percent_encoded():
    assert SERVER.agents == {"whit & co"}, SERVER.agents


def test_no_cases_is_no_error():
    with fuzzing_server.FuzzingServer(0) as server:
        code, text = command(CLIENT, f"ws://127.0.0.1:{server.port}")
    assert code == 0 and text.startswith("0 cases") and server.reported.is_set(), text


def test_nobody_listens():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        code, text = command(CLIENT, f"ws://127.0.0.1:{unused.getsockname()[1]}")
    assert code == 1 and "no number of cases" in text, (code, text)


def test_a_server_that_is_silent_is_given_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        code, text = command(CLIENT, f"ws://127.0.0.1:{silent.getsockname()[1]}", "--timeout", "1", timeout=60)
    assert code == 1 and "no number of cases" in text, (code, text)


def test_arguments():
    code, text = command(CLIENT, "--help")
    assert code == 0 and "--agent" in text, text
    for words, says in (((), "url is missing"), (("http://x",), "not a valid WebSocket URL"),
                        (("ws://x", "--agent", "a" * 65), "too long"), (("ws://x", "--nonsense"), "unknown option")):
        code, text = command(CLIENT, *words)
        assert code != 0 and says in text, (words, code, text)


main()
