# SPDX-License-Identifier: MIT
# about: the client with TLS: which servers it accepts, which it refuses and with what cause, and what it resumes
# needs: test check tls
# wants: tlspeers
# parts: host lm3s6965evb mps2_an385
# long: mps2_an505 riscv_virt
# needs host: host
# needs lm3s6965evb: lm3s6965evb-wss-client-test
# needs mps2_an385: mps2_an385-wss-test
# needs mps2_an505: mps2_an505-wss-test
# needs riscv_virt: riscv_virt-wss-test
# minutes: 8
import re
import time

import pytest
from tls import peers
from tls.peers import AUTHORITY, EchoServer, Nginx, NpmServer, server_context
from tls.pki import BAD, EXPIRED, FUTURE, GOOD, GOOD_ELSEWHERE, Pair

CLIENT = Pair(AUTHORITY / "client.pem", AUTHORITY / "client.key")
SERVER = Pair(AUTHORITY / "server.pem", AUTHORITY / "server.key")
PSK = ("--psk", "00112233445566778899aabbccddeeff", "--psk-identity", "device")
both_versions = pytest.mark.parametrize("version", ("1.2", "1.3"))
host_only = pytest.mark.parts("host")
not_on_the_small_board = pytest.mark.parts("host", "mps2_an385", "mps2_an505", "riscv_virt")


def plain_server():
    return EchoServer(None)


def name_of(target):
    return "localhost" if target.name == "host" else target.here


def accepts(target, port, *arguments):
    code, text = target.client(f"wss://{name_of(target)}:{port}/", "--size", "1000", *arguments)
    assert code == 0 and "ok: " in text, text
    return text


def refuses(target, port, cause, *arguments, **options):
    code, text = target.client(f"wss://{name_of(target)}:{port}/", *arguments, **options)
    assert code != 0 and "failed: 0 of" in text, text
    if target.name == "lm3s6965evb":  # its images have the numbers and no texts
        cause = "see tls_error.h for the number " + cause[cause.index(r"\("):]
    assert re.search(cause, text), f"not '{cause}': {text}"


@both_versions
def test_python_websockets(target, version):
    with EchoServer(server_context(SERVER, version)) as server:
        accepts(target, server.port)


@both_versions
def test_nginx_resumes_its_session(target, version, tmp_path):
    with plain_server() as backend, Nginx(tmp_path, SERVER, version, backend.port) as nginx:
        text = accepts(target, nginx.port, "--connections", "3")
        assert text.count("TLS session resumed") == 2, text
        assert nginx.log(3) == [f"TLSv{version} .", f"TLSv{version} r", f"TLSv{version} r"], nginx.log(3)


def test_servers_of_either_version_behind_one_address(target):
    with EchoServer(server_context(SERVER, "1.2")) as old, EchoServer(server_context(SERVER, "1.3")) as new:
        # A session of TLS 1.2 hides TLS 1.3 and is given up; one of TLS 1.3 hides nothing.
        with peers.Relay([old.port, new.port, new.port, old.port]) as relay:
            text = accepts(target, relay.port, "--connections", "3")
            assert text.count("ok: ") == 3 and not relay.ports, f"{relay.ports} {text}"


def test_npm_ws(target):
    with NpmServer(SERVER) as server:
        accepts(target, server.port)


@pytest.mark.parametrize("make", [*(pytest.param(make, id=name) for name, make in GOOD.items()),
                                  *(pytest.param(make, id=name, marks=not_on_the_small_board) for name, make in GOOD_ELSEWHERE.items())])
def test_accepts_a_certificate(target, pki, make):
    for version in ("1.2", "1.3"):
        with EchoServer(server_context(make(pki), version)) as server:
            accepts(target, server.port)


@pytest.mark.parametrize("name", [pytest.param(name, marks=not_on_the_small_board if "rsa" in name else []) for name in BAD])
def test_refuses_a_certificate(target, pki, name):
    make, cause = BAD[name]
    pair = make(pki)
    # A board without a clock knows the date when it is told.
    options = () if target.name == "host" else ("--time", int(time.time()))
    # OpenSSL does not offer so short a key in TLS 1.3.
    for version in ("1.2",) if name == "with_rsa_of_1024_bits" else ("1.2", "1.3") if target.name == "host" else ("1.3",):
        with EchoServer(server_context(pair, version)) as server:
            refuses(target, server.port, cause, *options)
            assert server.opened == 0, "the request was sent"


def test_a_plain_server_is_no_tls_server(target):
    with plain_server() as backend:
        refuses(target, backend.port, r"the peer does not speak TLS \(1043\)")


@both_versions
def test_a_server_that_asks_for_a_certificate(target, version):
    with EchoServer(server_context(SERVER, version, authority=AUTHORITY / "ca.pem")) as server:
        accepts(target, server.port, *(("--cert", CLIENT.certificate, "--key", CLIENT.key) if target.name == "host" else ("--cert", "--key")))
    with peers.DemandingServer(SERVER, version) as server:  # it gives the reason, which asyncio does not
        refuses(target, server.port, r"the peer's alert: (certificate_required|handshake_failure) \(2(116|040)\)")


def test_the_time_counts(target):
    with EchoServer(server_context(SERVER)) as server:
        refuses(target, server.port, FUTURE, "--time", 1000000000)
        refuses(target, server.port, EXPIRED, "--time", 4000000000)
        accepts(target, server.port, "--time", int(time.time()))


def test_insecure_accepts_anything(target, pki):
    with EchoServer(server_context(pki.self_signed())) as server:
        accepts(target, server.port, "--insecure")


@host_only
def test_the_machines_own_authorities_do_not_know_ours(target):
    with EchoServer(server_context(SERVER)) as server:
        refuses(target, server.port, "not signed by an authority", trust=False)


@host_only
def test_an_ip_literal_needs_its_address_in_the_certificate(target, pki):
    with EchoServer(server_context(SERVER)) as server:
        code, text = target.client(f"wss://127.0.0.1:{server.port}/")
        assert code == 0, text
    with EchoServer(server_context(pki.make("no-ip", names="DNS:localhost,IP:127.0.0.3"))) as server:
        code, text = target.client(f"wss://127.0.0.1:{server.port}/")
        assert code != 0 and "for another name" in text, text


@host_only
@pytest.mark.parametrize("suite", ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"))
def test_suite(target, suite):
    with EchoServer(server_context(SERVER, "1.2", ciphers=suite)) as server:
        accepts(target, server.port)


@host_only
def test_messages_of_all_sizes(target):
    with EchoServer(server_context(SERVER)) as server:
        for size in (0, 1, 125, 126, 16000, 16384, 16385, 65536, 1000000):
            code, text = target.client(f"wss://localhost:{server.port}/", "--size", size, "--count", "3")
            assert code == 0, text


@host_only
def test_a_pre_shared_key(target):
    with target.server(*PSK, tls=False) as server:
        for version in ("1.2", "1.3"):
            code, text = target.client(f"wss://localhost:{server.port}/", *PSK, "--tls-max", version, trust=False)
            assert code == 0, text
        code, text = target.client(f"wss://localhost:{server.port}/", "--psk", "ff" * 16, "--psk-identity", "device", trust=False)
        assert code != 0, text
