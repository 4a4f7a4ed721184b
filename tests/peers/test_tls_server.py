# SPDX-License-Identifier: MIT
# about: the server with TLS, against python, npm ws, openssl, and peers that are no TLS clients
# needs: test check tls
# parts: host lm3s6965evb mps2_an385
# long: mps2_an505 riscv_virt
# needs host: host
# needs lm3s6965evb: lm3s6965evb-wss-test
# needs mps2_an385: mps2_an385-wss-test
# needs mps2_an505: mps2_an505-wss-test
# needs riscv_virt: riscv_virt-wss-test
# minutes: 8
import concurrent.futures
import re
import ssl
import time

import pytest
from support.machine import BUILD, command
from tls import peers
from tls.peers import AUTHORITY, REQUEST, s_client
from tls.pki import Pair

CLIENT = Pair(AUTHORITY / "client.pem", AUTHORITY / "client.key")
PSK = "00112233445566778899aabbccddeeff"
both_versions = pytest.mark.parametrize("version", ("1.2", "1.3"))
host_only = pytest.mark.parts("host")
not_on_the_small_board = pytest.mark.parts("host", "mps2_an385", "mps2_an505", "riscv_virt")
on_the_small_board = pytest.mark.parts("lm3s6965evb")  # its longest record has 4,096 bytes, and it has room for three


def sizes(target):
    return [0, 1, 125, 126, 127, 1000, target.record - 20] + ([65535, 65536, 200000] if target.record >= 16384 else [])


def first_flight():
    """A ClientHello."""
    inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = peers.client_context().wrap_bio(inside, outside, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outside.read()


# ---- one server for all ----


@both_versions
def test_python_websockets(target, server, version):
    got = peers.echo(server.port, peers.client_context(version), sizes(target))
    assert got[0] == f"TLSv{version}" and got[2] in (None, "http/1.1"), got


@both_versions
def test_openssl_resumes(server, version, tmp_path):
    option = "-tls" + version.replace(".", "_")
    first = s_client(server.port, option, "-sess_out", tmp_path / "session")
    assert "New, TLSv" in first and "Verify return code: 0 (ok)" in first, first
    second = s_client(server.port, option, "-sess_in", tmp_path / "session", seconds=0.5)
    assert "Reused, TLSv" in second, second


@both_versions
def test_a_client_hello_and_all_else_byte_by_byte(server, version):
    client = peers.MemoryClient(server.port, version, dribble=True)
    client.open()
    for size in (0, 1, 125, 300):
        client.echo(b"x" * size)
    client.close()


@pytest.mark.parametrize("suite", [
    "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256",
    pytest.param("ECDHE-ECDSA-AES256-GCM-SHA384", marks=not_on_the_small_board),
    pytest.param("TLS_AES_256_GCM_SHA384", marks=not_on_the_small_board)])
def test_suite(server, suite):
    options = ("-tls1_3", "-ciphersuites") if suite.startswith("TLS_") else ("-tls1_2", "-cipher")
    text = s_client(server.port, *options, suite, "-alpn", "http/1.1", seconds=0.3)
    assert f"Cipher is {suite}" in text and "Verify return code: 0 (ok)" in text, text
    assert "ALPN protocol: http/1.1" in text, text


def test_npm_ws(server):
    code, text = peers.npm_ws("client", server.port, AUTHORITY / "ca.pem")
    assert code == 0, text


def test_a_browsers_first_choice_h2_before_http_1_1(server):
    text = s_client(server.port, "-alpn", "h2,http/1.1", seconds=0.3)
    assert "ALPN protocol: http/1.1" in text, text


def test_tls_1_1_is_refused_with_an_alert(server):
    text = s_client(server.port, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0", seconds=0.3)
    assert "alert" in text and "Cipher is (NONE)" in text, text


def test_a_suite_without_forward_secrecy_is_refused_with_an_alert(server):
    text = s_client(server.port, "-tls1_2", "-cipher", "AES128-SHA", seconds=0.3)
    assert "alert handshake failure" in text, text


def test_a_plain_client_gets_an_end_and_is_no_harm(server):
    answer = peers.raw(server.port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer is not None and b"HTTP" not in answer, answer


def test_garbage_nothing_and_half_handshakes_leave_it_serving(server):
    hello = first_flight()
    for data in (b"\0" * 600, b"\x16\x03\x01\xff\xff", b"\x80\x2e\x01", b"", hello[:100], hello[:-1], hello, hello):
        peers.raw(server.port, data, read=False)
    deadline = time.monotonic() + 20
    while True:  # the connections left behind free their places one after the other
        try:
            peers.echo(server.port, peers.client_context(), [100])
            return
        except (OSError, ssl.SSLError):
            assert time.monotonic() < deadline, "it does not serve any more"


def test_a_page_is_answered_over_tls(server):
    client = peers.MemoryClient(server.port)
    client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = client.receive()
    assert answer.startswith(b"HTTP/1.1 426 "), answer
    client.close()


@on_the_small_board
@both_versions
def test_a_record_that_is_too_long_ends_that_connection_with_an_alert(part, target, server, version):
    del part
    other = peers.MemoryClient(server.port, version)
    other.open()
    client = peers.MemoryClient(server.port, version)
    client.open()
    with pytest.raises((OSError, ssl.SSLError, AssertionError)) as caught:
        client.echo(b"x" * (target.record + 100))
    assert "OVERFLOW" in str(caught.value).upper() or isinstance(caught.value, (ssl.SSLEOFError, ConnectionError)), caught.value
    other.echo(b"the other one lives")
    other.close()


def test_many_at_once_and_once_more(target, server):
    many = 3 if target.record < 16384 else 6
    for _ in range(2):
        with concurrent.futures.ThreadPoolExecutor(many) as pool:
            jobs = [pool.submit(peers.echo, server.port, peers.client_context(), [10, 500] * 5) for _ in range(many)]
            for job in jobs:
                job.result()


@on_the_small_board
@pytest.mark.parametrize("version, answer", [("1.2", "503"), ("1.3", "an alert for want of memory")])
def test_three_are_open_and_the_fourth_is_answered(part, server, version, answer):
    del part
    clients = []
    for _ in range(3):  # one after the other: the board has one place for a peer that is not open yet
        clients.append(peers.MemoryClient(server.port, version))
        clients[-1].open()
    if answer == "503":
        fourth = peers.MemoryClient(server.port, version)
        fourth.send(REQUEST)
        text = fourth.receive()
        assert text.startswith(b"HTTP/1.1 503 "), text
        fourth.close()
    else:
        with pytest.raises(ssl.SSLError, match="INTERNAL_ERROR"):
            peers.MemoryClient(server.port, version)
    for client in clients:
        client.echo(b"still here")
    for client in clients:
        client.close()
    time.sleep(2)  # an ended connection still lingers for a moment


# ---- servers of their own ----


def test_a_tls_client_at_the_plain_port_gets_an_http_answer_or_an_end(target):
    with target.server(tls=False) as server:
        answer = peers.raw(server.port, first_flight())
        assert answer is not None and b"\x16\x03" not in answer[:3], answer


@both_versions
def test_asks_for_a_certificate(target, pki, version):
    with target.server(*(("--tls-ca", AUTHORITY / "ca.pem") if target.name == "host" else ("--tls-ca",))) as server:
        peers.echo(server.port, peers.client_context(version, CLIENT), [100])
        for bad in (None, pki.make("stranger2", issuer=pki.other_root())):
            with pytest.raises((OSError, ssl.SSLError, peers.websockets.exceptions.WebSocketException)):
                peers.echo(server.port, peers.client_context(version, bad), [100])
        for wanted in (r"no certificate|\(1007\)", r"not signed by|\(1004\)"):
            assert server.wait_line(f"TLS handshake refused: .*({wanted})", 5), server.output()
        text = s_client(server.port, "-tls" + version.replace(".", "_"), seconds=0.5)
        alert = {"1.2": 40, "1.3": 116}[version]  # handshake_failure; certificate_required (RFC 8446, 4.4.2.4)
        assert f"alert number {alert}" in text, text
        peers.echo(server.port, peers.client_context(version, CLIENT), [100])


@not_on_the_small_board
@pytest.mark.parametrize("options, expected, other", [(("--tls-max", "1.2"), "TLSv1.2", "1.3"),
                                                      (("--tls-min", "1.3"), "TLSv1.3", "1.2")], ids=["1.2", "1.3"])
def test_offers_one_version_alone(target, options, expected, other):
    with target.server(*options) as server:
        assert peers.echo(server.port, peers.client_context(), [10])[0] == expected, expected
        with pytest.raises((OSError, ssl.SSLError)):
            peers.echo(server.port, peers.client_context(other), [10])


@host_only
@pytest.mark.parametrize("kind", ("RSA2048", "P-384"))
def test_with_a_certificate_with(target, pki, kind):
    pair = pki.make(f"server-{kind}", kind=kind)
    with target.server("--tls-cert", pair.certificate, "--tls-key", pair.key, tls=False) as server:
        for version in ("1.2", "1.3"):
            for _ in range(5):
                peers.echo(server.port, peers.client_context(version), [10])


@host_only
def test_a_pre_shared_key_in_both_versions(target):
    with target.server("--psk", PSK, "--psk-identity", "device", tls=False) as server:
        for option in ("-tls1_2", "-tls1_3"):
            text = s_client(server.port, option, "-psk", PSK, "-psk_identity", "device", "-cipher", "PSK",
                            *(("-ciphersuites", "TLS_AES_128_GCM_SHA256") if option == "-tls1_3" else ()), seconds=0.4)
            assert re.search(r"Cipher is (TLS_AES_128|.*PSK)", text), text
        wrong = s_client(server.port, "-tls1_2", "-psk", "ff" * 16, "-psk_identity", "device", "-cipher", "PSK", seconds=0.4)
        assert "alert" in wrong, wrong


# Files of its authority are named {0}.
WRONG = {
    "a_missing_certificate_file": (("--tls-cert", "/nowhere", "--tls-key", "{0}/server.key"), "cannot be opened"),
    "a_key_without_a_certificate": (("--tls-key", "{0}/server.key"), "--tls-key needs --tls-cert"),
    "a_certificate_without_a_key": (("--tls-cert", "{0}/server.pem"), "--tls-cert needs --tls-key"),
    "another_certificates_key": (("--tls-cert", "{0}/server.pem", "--tls-key", "{0}/client.key"), "does not belong"),
    "a_file_that_is_no_certificate": (("--tls-cert", "{0}/server.key", "--tls-key", "{0}/server.key"), "cannot be read"),
    "a_tls_version_that_is_none": (("--tls-cert", "{0}/server.pem", "--tls-key", "{0}/server.key", "--tls-min", "1.1"), "1.2 or 1.3"),
    "a_short_pre_shared_key": (("--psk", "0011", "--psk-identity", "x"), "too short"),
}


@host_only
@pytest.mark.parametrize("arguments, expected", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named(part, authority, arguments, expected):
    del part
    code, text = command(BUILD / "host" / "echo_server", "--port", "0", *(each.format(authority) for each in arguments), timeout=20)
    assert code in (1, 2) and expected in text and text.count("\n") == 1, text
