# SPDX-License-Identifier: MIT
"""The client under test: which servers it accepts, which it refuses and with what cause, and what it resumes."""
import re
import time

import peers
from peers import AUTHORITY, EchoServer, Nginx, NpmServer, server_context
from pki import EXPIRED, FUTURE, Pair, bad_certificates, good_certificates
from support.cases import add_case, check

CLIENT = Pair(AUTHORITY / "client.pem", AUTHORITY / "client.key")
SERVER = Pair(AUTHORITY / "server.pem", AUTHORITY / "server.key")


def add(target, name):
    def decorate(function):
        add_case(f"{target.name} client: {name}", function)
        return function
    return decorate


def name_of(target):
    return "localhost" if target.name == "host" else target.here


def accepts(target, port, *arguments):
    code, text = target.client(f"wss://{name_of(target)}:{port}/", "--size", "1000", *arguments)
    check(code == 0 and "ok: " in text, text)
    return text


def refuses(target, port, cause, *arguments, **options):
    code, text = target.client(f"wss://{name_of(target)}:{port}/", *arguments, **options)
    check(code != 0 and "failed: 0 of" in text, text)
    if target.name == "lm3s6965evb":  # its images have the numbers alone
        cause = "see tls_error.h for the number " + cause[cause.index(r"\("):]
    check(re.search(cause, text), f"not '{cause}': {text}")


def cases(target, pki):
    for version in ("1.2", "1.3"):
        @add(target, f"python websockets, TLS {version} only")
        def _(version=version):
            with EchoServer(server_context(SERVER, version)) as server:
                accepts(target, server.port)

        @add(target, f"nginx resumes its session, TLS {version}")
        def _(version=version):
            with target_backend() as backend, Nginx(peers.BUILD / "tls-tests" / f"nginx-{target.name}-{version}", SERVER,
                                                    version, backend.port) as nginx:
                text = accepts(target, nginx.port, "--connections", "3")
                check(text.count("TLS session resumed") == 2, text)
                check(nginx.log(3) == [f"TLSv{version} .", f"TLSv{version} r", f"TLSv{version} r"], nginx.log(3))

    @add(target, "servers of either version behind one address")
    def _():
        with EchoServer(server_context(SERVER, "1.2")) as old, EchoServer(server_context(SERVER, "1.3")) as new:
            # A session of TLS 1.2 hides TLS 1.3 and is given up; one of TLS 1.3 hides nothing.
            with peers.Relay([old.port, new.port, new.port, old.port]) as relay:
                text = accepts(target, relay.port, "--connections", "3")
                check(text.count("ok: ") == 3 and not relay.ports, f"{relay.ports} {text}")

    @add(target, "npm ws")
    def _():
        with NpmServer(SERVER) as server:
            accepts(target, server.port)

    for name, pair in good_certificates(pki, target.everything).items():
        @add(target, f"accepts a certificate {name}")
        def _(pair=pair):
            for version in ("1.2", "1.3"):
                with EchoServer(server_context(pair, version)) as server:
                    accepts(target, server.port)

    # A board without a clock knows the date when it is told.
    clock = () if target.name == "host" else ("--time", int(time.time()))
    for name, (pair, cause) in bad_certificates(pki).items():
        versions = ("1.2", "1.3") if target.name == "host" else ("1.3",)
        if name in ("signed_with_sha1", "with_rsa_of_1024_bits"):
            versions = ("1.2",)  # in TLS 1.3 there is no way to offer them
        if name == "with_rsa_of_1024_bits" and not target.everything:
            continue

        @add(target, f"refuses a certificate {name}")
        def _(pair=pair, cause=cause, versions=versions):
            for version in versions:
                with EchoServer(server_context(pair, version)) as server:
                    refuses(target, server.port, cause, *clock)
                    check(server.opened == 0, "the request was sent")

    @add(target, "a plain server is no TLS server")
    def _():
        with target_backend() as backend:
            refuses(target, backend.port, r"the peer does not speak TLS \(1043\)")

    for version in ("1.2", "1.3"):
        @add(target, f"a server that asks for a certificate, TLS {version}")
        def _(version=version):
            with EchoServer(server_context(SERVER, version, authority=AUTHORITY / "ca.pem")) as server:
                own = ("--cert", CLIENT.certificate, "--key", CLIENT.key) if target.name == "host" else ("--cert", "--key")
                accepts(target, server.port, *own)
            with peers.DemandingServer(SERVER, version) as server:  # which, other than asyncio, says why
                refuses(target, server.port, r"the peer's alert: (certificate_required|handshake_failure) \(2(116|040)\)")

    @add(target, "the time counts")
    def _():
        with EchoServer(server_context(SERVER)) as server:
            refuses(target, server.port, FUTURE, "--time", 1000000000)
            refuses(target, server.port, EXPIRED, "--time", 4000000000)
            accepts(target, server.port, "--time", int(time.time()))

    @add(target, "--insecure accepts anything")
    def _():
        with EchoServer(server_context(bad_certificates(pki)["self_signed"][0])) as server:
            accepts(target, server.port, "--insecure")

    if target.name != "host":
        return

    @add(target, "the machine's own authorities do not know ours")
    def _():
        with EchoServer(server_context(SERVER)) as server:
            refuses(target, server.port, "not signed by an authority", trust=False)

    @add(target, "an IP literal needs its address in the certificate")
    def _():
        with EchoServer(server_context(SERVER)) as server:
            code, text = target.client(f"wss://127.0.0.1:{server.port}/")
            check(code == 0, text)
        with EchoServer(server_context(pki.make("no-ip", names="DNS:localhost,IP:127.0.0.3"))) as server:
            code, text = target.client(f"wss://127.0.0.1:{server.port}/")
            check(code != 0 and "for another name" in text, text)

    for suite in ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"):
        @add(target, f"suite {suite}")
        def _(suite=suite):
            with EchoServer(server_context(SERVER, "1.2", ciphers=suite)) as server:
                accepts(target, server.port)

    @add(target, "messages of all sizes")
    def _():
        with EchoServer(server_context(SERVER)) as server:
            for size in (0, 1, 125, 126, 16000, 16384, 16385, 65536, 1000000):
                code, text = target.client(f"wss://localhost:{server.port}/", "--size", size, "--count", "3")
                check(code == 0, text)

    @add(target, "a pre-shared key")
    def _():
        key = ("--psk", "00112233445566778899aabbccddeeff", "--psk-identity", "device")
        with target.server(*key, tls=False) as server:
            for version in ("1.2", "1.3"):
                code, text = target.client(f"wss://localhost:{server.port}/", *key, "--tls-max", version, trust=False)
                check(code == 0, text)
            code, text = target.client(f"wss://localhost:{server.port}/", "--psk", "ff" * 16, "--psk-identity", "device", trust=False)
            check(code != 0, text)


def target_backend():
    """A plain WebSocket server."""
    return EchoServer(None)
