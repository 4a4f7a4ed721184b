# SPDX-License-Identifier: MIT
# about: every failure that a board can meet is told in one line on its console
# needs: check tls
# parts: lm3s6965evb mps2_an385
# long: mps2_an505 riscv_virt
# needs lm3s6965evb: lm3s6965evb-wss-test lm3s6965evb-wss-client-test
# needs mps2_an385: mps2_an385-wss-test
# needs mps2_an505: mps2_an505-wss-test
# needs riscv_virt: riscv_virt-wss-test
"""The lines of echo_client and echo_server on a board when a connection fails. A port in use does not occur there: no other program
has the board's ports. test_messages.py has the same for this machine."""
import contextlib
import socket
import ssl

import pytest
from interop.small_servers import Peer, closes, sends
from support.machine import free_port
from tls.peers import EchoServer, server_context


def failed(target, url, *arguments):
    """The line with the result, of a client that must fail."""
    code, text = target.client(url, *arguments)
    lines = [line for line in text.splitlines() if line.startswith("failed:")]
    assert code == 1 and len(lines) == 1, (code, text)
    assert lines[0].startswith("failed: 0 of 10 "), text
    return lines[0]


def test_a_name_without_an_answer(target):
    assert "the name could not be resolved: error -" in failed(target, "ws://nobody.invalid/", "--dns", "10.0.2.77")


def test_a_port_on_which_nothing_listens(target):
    assert "connecting failed: error -14" in failed(target, f"ws://{target.here}:{free_port()}/")  # ERR_RST of lwIP


def test_a_refused_handshake(target):
    with Peer(sends(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")) as port:
        assert "not a valid answer to the opening handshake: HTTP status 503" in failed(target, f"ws://{target.here}:{port}/")


@pytest.mark.parametrize("code", (1009, 1011, 4001))
def test_the_close_code_and_the_reason_of_a_server(target, code):
    with Peer(closes(code, b"because")) as port:
        assert f"closed by the peer: code {code} (" in failed(target, f"ws://{target.here}:{port}/")


def test_a_server_without_tls(target):
    with Peer(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert "(1043)" in failed(target, f"wss://{target.here}:{port}/")


def test_a_certificate_of_an_unknown_authority(target, pki):
    with EchoServer(server_context(pki.self_signed())) as server:
        assert "(1004)" in failed(target, f"wss://{target.here}:{server.port}/")


def test_a_client_that_refuses_the_certificate_is_told_by_the_server(target):
    with target.server() as server:
        with socket.create_connection(("127.0.0.1", server.port), 30) as raw, contextlib.suppress(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(raw, server_hostname="localhost")
        assert server.wait_line(r"^TLS handshake refused: .*\(2048\)", 30), server.output()
