# SPDX-License-Identifier: MIT
# about: MQTT over WebSocket at mosquitto and aedes: a client behind a transport interface, as clients of coreMQTT's kind are
# needs: host
# wants: brokers test
"""R-MQTT-1. The client of mqtt/client.cpp knows recv() and send() alone."""
import pytest
from mqtt.brokers import BROKERS, FOLDER, PATIENCE_SECONDS, aedes, client, expect
from support.machine import compile_host, free_port

both_brokers = pytest.mark.parametrize("name", BROKERS)


@pytest.fixture(scope="session")
def program(scratch):
    return compile_host(FOLDER / "client.cpp", scratch / "mqtt_client")


@both_brokers
def test_it_subscribes_and_publishes(program, tmp_path, name):
    """A packet of 20 KB comes back through 64 bytes of input."""
    port = free_port()
    with BROKERS[name](tmp_path, port) as broker:
        with client(program, port, "one", "--subscribe", "a/+", "--publish", "a/b", "0123456789", "--repeat", "2000", "--until", "1") as one:
            assert one.wait(PATIENCE_SECONDS) == 0, one.output()
            assert "message a/b 20000 " + 6 * "0123456789" in one.lines, one.output()
            assert "acknowledged" in one.lines and one.lines[-1] == "done", one.output()
        if name == "aedes":
            expect(broker, "^close")
            assert "protocol mqtt" in broker.lines, broker.output()
            found = [line.split()[:2] for line in broker.lines if line.startswith(("p", "part")) and not line.startswith("protocol")]
            assert len(found) == 5 and all(words == ["packet", "binary"] for words in found), broker.lines


@both_brokers
def test_packets_need_not_be_aligned(program, tmp_path, name):
    """Each part of a packet in a frame of its own: MQTT 5.0, 6.0 allows it, and these brokers take it."""
    port = free_port()
    with BROKERS[name](tmp_path, port) as broker:
        words = ["--scattered", "--subscribe", "a/b", "--publish", "a/b", "text", "--until", "1"]
        with client(program, port, "one", *words) as one:
            assert one.wait(PATIENCE_SECONDS) == 0, one.output()
            assert "message a/b 4 text" in one.lines, one.output()
        if name == "aedes":
            assert any(line.startswith("part ") for line in broker.lines), broker.lines


@both_brokers
def test_the_last_will_of_a_killed_client(program, tmp_path, name):
    port = free_port()
    with BROKERS[name](tmp_path, port), client(program, port, "heir", "--subscribe", "gone", "--until", "1") as heir:
        expect(heir, "^subscribed$")
        with client(program, port, "mortal", "--will", "gone", "by kill", "--until", "1") as mortal:
            expect(mortal, "^connected$")
            mortal.child.kill()
            expect(heir, "^message gone 7 by kill$")
        assert heir.wait(PATIENCE_SECONDS) == 0, heir.output()


def test_a_text_message_ends_the_connection_with_1003(program, tmp_path):
    """[MQTT-6.0.0-1]"""
    port = free_port()
    with aedes(tmp_path, port) as broker, client(program, port, "one", path="/text") as one:
        expect(broker, "^close 1003$")
        assert one.wait(PATIENCE_SECONDS) == 1, one.output()
