# SPDX-License-Identifier: MIT
# about: lwIP's own MQTT client over WebSocket on the boards, at mosquitto: subscribes, publishes, last will, a broker that comes and goes, wss
# parts: lm3s6965evb mps2_an385
# needs: host brokers check
# needs lm3s6965evb: lm3s6965evb-mqtt-test
# needs mps2_an385: mps2_an385-wss-mqtt-test tls
# minutes: 5
"""R-MQTT-1. One boot of each board for ws; wss on the one whose image has TLS. The other client is the program of mqtt/client.cpp."""
import contextlib
import getpass

import pytest
from interop.process import Process
from mqtt.brokers import FOLDER, client, expect, mosquitto
from support.machine import BUILD, board_command, compile_host, free_port

PRESETS = {"lm3s6965evb": "lm3s6965evb-mqtt-test", "mps2_an385": "mps2_an385-wss-mqtt-test"}
PATIENCE_SECONDS = 60


@pytest.fixture(scope="session")
def program(scratch):
    return compile_host(FOLDER / "client.cpp", scratch / "mqtt_client")


@contextlib.contextmanager
def board(part, url, *more):
    words = [f"url={url}", "name=board", "wait=100", *more]
    process = Process(board_command(part, BUILD / PRESETS[part] / "mqtt_client.elf", *words))
    try:
        yield process
    finally:
        process.stop()


def expect_times(process, line, count):
    with process.changed:
        assert process.changed.wait_for(lambda: process.lines.count(line) >= count or process.ended, PATIENCE_SECONDS), process.output()
        assert process.lines.count(line) >= count, process.output()


def test_a_device_at_a_broker_that_comes_and_goes(program, part, tmp_path):
    """The broker is started after the board, killed, and started again; then the board is killed."""
    port = free_port()
    with board(part, f"ws://10.0.2.2:{port}/mqtt") as device:
        expect(device, "^ended: connecting failed")
        with mosquitto(tmp_path, port) as broker:
            expect_times(device, "subscribed", 1)
            with client(program, port, "one", "--subscribe", "board/led", "--publish", "board/set", "on", "--until", "1") as one:
                assert one.wait(PATIENCE_SECONDS) == 0, (one.output(), device.output())
                assert "message board/led 2 on" in one.lines, one.output()
            assert "led on" in device.lines, device.output()
            broker.child.kill()
            expect(device, "^ended: (the peer ended TCP|the connection was lost)")
        with mosquitto(tmp_path, port):
            expect_times(device, "subscribed", 2)
            with client(program, port, "heir", "--subscribe", "board/+", "--publish", "board/set", "off", "--until", "3") as heir:
                expect(heir, "^message board/led 3 off$")
                device.child.kill()
                expect(heir, "^message board/state 4 gone$")
                assert heir.wait(PATIENCE_SECONDS) == 0, heir.output()


@pytest.mark.parts("mps2_an385")
def test_a_device_over_tls(program, part, authority, tmp_path):
    port, plain = free_port(), free_port()
    # It gives up the rights of root otherwise, and could not read the key.
    secure = f"user {getpass.getuser()}\nlistener {port} 127.0.0.1\nprotocol websockets\nsocket_domain ipv4\ncertfile {authority / 'server.pem'}\nkeyfile {authority / 'server.key'}\n"
    with mosquitto(tmp_path, plain, secure), board(part, f"wss://10.0.2.2:{port}/mqtt") as device:
        expect_times(device, "subscribed", 1)
        with client(program, plain, "one", "--subscribe", "board/led", "--publish", "board/set", "on", "--until", "1") as one:
            assert one.wait(PATIENCE_SECONDS) == 0, (one.output(), device.output())
        with client(program, plain, "two", "--publish", "board/set", "stop") as two:
            assert two.wait(PATIENCE_SECONDS) == 0, two.output()
        assert device.wait(PATIENCE_SECONDS) == 0, device.output()
        assert "TLS session new" in device.lines and device.lines[-1] == "over", device.output()
