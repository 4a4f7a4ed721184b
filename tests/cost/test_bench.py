# SPDX-License-Identifier: MIT
# about: tools/bench: every server echoes right, a wrong answer is found, the tables are those of the results
# needs: host check bench
# parts: tables
# long: servers
# minutes: 25
# early:
"""These tests compare no times; other parts check the costs that repeat exactly."""
import contextlib
import json
import os
import re
import socket
import sys
import threading
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent / "bench"))
import measure  # noqa: E402
import results  # noqa: E402
import servers  # noqa: E402
from support.machine import BUILD, command  # noqa: E402

FOLDER = BUILD.resolve() / "bench"


def test_the_tables_are_those_of_the_results():
    code, text = command("tools/bench", "--check")
    assert code == 0, text


def test_results_of_another_run_are_found(tmp_path):
    found = results.load(results.PATH)
    value, spread = found.rows["echo 16 B x1 binary 64"]["whit"]
    found.rows["echo 16 B x1 binary 64"]["whit"] = (value + 1, spread)
    path = tmp_path / "results.tsv"
    found.save(path)
    code, text = command("tools/bench", "--check", "--results", path)
    assert code == 1 and "run: tools/bench --write" in text, text


def test_what_is_kept_is_read_back(tmp_path):
    path = tmp_path / "results.tsv"
    results.load(results.PATH).save(path)
    assert path.read_bytes() == results.PATH.read_bytes()


SHORT, LONG = "echo 16 B x1 binary 64", "echo 125 B x1 binary 64"


def results_of(rows, machine="one", versions="nodejs 1"):
    return results.Results(machine, versions, rows)


def test_rows_that_are_measured_anew_replace_the_old_ones_alone():
    old = results_of({SHORT: {"run": "old", "floor": 1.0, "whit": (1.0, 0.1), "beast": (2.0, 0.1)}, LONG: {"run": "old", "floor": 1.0, "whit": (5.0, 0.1)},
                      "no scenario": {"run": "old", "floor": 1.0}})
    rows = old.merged(results_of({SHORT: {"run": "new", "floor": 1.1, "whit": (3.0, 0.2)}}))
    assert [scenario.name for scenario, _ in rows.ordered()] == [SHORT, LONG], rows.rows
    assert rows.rows[SHORT] == {"run": "new", "floor": 1.1, "whit": (3.0, 0.2), "beast": (2.0, 0.1)}, rows.rows
    assert rows.rows[LONG] == old.rows[LONG], rows.rows


def test_rows_of_another_machine_are_not_mixed_in():
    for other in ({"machine": "another"}, {"versions": "nodejs 2"}):
        with pytest.raises(servers.Problem, match="leave out --only"):
            results_of({}).merged(results_of({}, **other))


def test_every_scenario_has_its_row():
    rows = results.load(results.PATH).rows
    for scenario in measure.scenarios():
        assert scenario.name in rows, f"no row of {scenario.name}"
        missing = [name for name in measure.names_for(scenario, list(servers.TITLES)) if name not in rows[scenario.name]]
        assert not missing, f"{scenario.name}: no figure of {missing}"


@pytest.mark.parts("servers")
def test_every_server_echoes_every_size(part):  # pylint: disable=unused-argument
    code, text = command("tools/bench", "--quick", "--build", FOLDER, timeout=700)
    assert code == 0, text
    lines = re.findall(r"^\d+/(\d+) (.*): (whit .*)$", text, re.M)
    assert lines and len(lines) == int(lines[0][0]), text
    for _, name, figures in lines:
        scenario = measure.Scenario(name.split()[0], tls=name.endswith("wss"))
        wanted = measure.names_for(scenario, list(servers.TITLES))
        missing = [server for server in wanted if not re.search(rf"\b{server} \d", figures)]
        assert not missing, f"{name}: no figure of {missing}: {figures}"


def test_a_broadcast_reaches_every_connection_once():
    code, text = command("tools/bench", "--broadcast", "--quick", "--build", FOLDER, timeout=700)
    assert code == 0 and len(re.findall(r"to 100: floor [\d.]+ us, whit [\d.]+$", text, re.M)) == 4, text


def test_sources_of_uwebsockets_that_are_missing_get_a_clear_line(tmp_path):
    code, text = command("tools/bench", "--broadcast", "--quick", "--uws", tmp_path, "--build", FOLDER, timeout=700)
    assert code == 1 and f"tools/bench: --uws {tmp_path}: there is no uSockets/src/libusockets.h" in text, text


# ---- faults that the load generator must find ----


def load(server, *words):
    return command(FOLDER / "load", server.port, f"pid={server.pid}", "ms=20", *words)


def must_fail(expected, *words, more=()):
    servers.build(FOLDER, [])
    with servers.Server(FOLDER, "floor", more=more) as server:
        code, text = load(server, *words)
    assert code == 1 and re.search(expected, text), f"exit code {code}, {text!r} in place of {expected!r}"


def test_what_is_right_passes():
    servers.build(FOLDER, [])
    with servers.Server(FOLDER, "floor") as server:
        code, text = load(server, "size=1000", "depth=4", "connections=3", "masked=0")
    assert code == 0 and json.loads(text)["messages"] > 0, text


def test_a_wrong_byte_is_found():
    must_fail("came back with other bytes", "size=100", "masked=0", more=["--broken"])


def test_a_wrong_size_is_found():
    must_fail("15 bytes came back in place of 16", "size=16", "content=0", more=["--canned", 22, 15])
    must_fail("too many bytes came back", "size=16", "content=0", more=["--canned", 22, 17])


def test_a_wrong_opcode_is_found():
    must_fail("opcode 2 came in place of 1", "size=16", "type=ascii", "content=0", more=["--canned", 22, 16])


def test_a_masked_answer_is_found():
    must_fail("a frame with wrong bits", "size=16")


def answer_and_end(listener):
    """Opens two connections, as the floor would, and ends one of them."""
    key = re.search(r'kAccept\[\] = "(.*)"', (Path(__file__).parent / "bench" / "load.cpp").read_text()).group(1)
    found = []
    for _ in range(2):
        found.append(listener.accept()[0])
        found[-1].recv(4096)
        found[-1].sendall(f"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {key}\r\n\r\n".encode())
    found[0].shutdown(socket.SHUT_WR)
    with contextlib.suppress(ConnectionError):
        found[1].recv(1)  # until the load is done


def test_an_idle_connection_that_is_ended_is_found():
    servers.build(FOLDER, [])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer_and_end, args=[listener], daemon=True).start()
        code, text = command(FOLDER / "load", listener.getsockname()[1], f"pid={os.getpid()}", "mode=idle", "connections=2")
    assert code == 1 and "the server ended an idle connection" in text, text


# ---- machines that are not enough ----


def test_one_processor_gets_a_clear_line():
    processor = min(os.sched_getaffinity(0))
    code, text = command("taskset", "-c", processor, "tools/bench", "--quick", "--build", FOLDER)
    assert code == 1 and "tools/bench: two processors are needed" in text, text


def test_too_few_descriptors_get_a_clear_line():
    with pytest.raises(servers.Problem, match="open files are needed, the limit is"):
        servers.raise_descriptors(1 << 31)


def test_a_missing_package_gets_a_clear_line():
    servers.COMPILED["echo_none"] = ([], "no/such/header.h", "libnone-dev")
    with pytest.raises(servers.Problem, match="install the package libnone-dev"):
        servers.compile_one(FOLDER, "echo_none")


def test_a_server_that_does_not_start_gets_a_clear_line():
    with pytest.raises(servers.Problem, match="(?s)websockets does not listen.*No such file"):
        servers.Server(FOLDER, "websockets", FOLDER / "no-certificates")
