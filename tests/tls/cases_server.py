# SPDX-License-Identifier: MIT
"""The server under test, against real clients and against what is no client."""
import concurrent.futures
import re
import ssl
import time

import peers
from peers import AUTHORITY, REQUEST, s_client
from pki import Pair
from support.cases import Skip, add_case, check

CLIENT = Pair(AUTHORITY / "client.pem", AUTHORITY / "client.key")
SUITES_12 = ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256")
SUITES_13 = ("TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256")
MORE_12, MORE_13 = ("ECDHE-ECDSA-AES256-GCM-SHA384",), ("TLS_AES_256_GCM_SHA384",)


def sizes(target):
    return [0, 1, 125, 126, 127, 1000, target.record - 20] + ([65535, 65536, 200000] if target.record >= 16384 else [])


def add(target, name):
    def decorate(function):
        add_case(f"{target.name} server: {name}", function)
        return function
    return decorate


def cases(target, server):
    """`server`: the running one that the cases share."""
    for version in ("1.2", "1.3"):
        @add(target, f"python websockets, TLS {version} only")
        def _(version=version):
            got = peers.echo(server().port, peers.client_context(version), sizes(target))
            check(got[0] == f"TLSv{version}" and got[2] in (None, "http/1.1"), got)

        @add(target, f"openssl resumes, TLS {version}")
        def _(version=version):
            session = peers.BUILD / "tls-tests" / f"{target.name}-{version}.session"
            session.parent.mkdir(exist_ok=True)
            option = "-tls" + version.replace(".", "_")
            first = s_client(server().port, option, "-sess_out", session)
            check("New, TLSv" in first and "Verify return code: 0 (ok)" in first, first)
            second = s_client(server().port, option, "-sess_in", session, seconds=0.5)
            check("Reused, TLSv" in second, second)

        @add(target, f"a ClientHello and all else byte by byte, TLS {version}")
        def _(version=version):
            client = peers.MemoryClient(server().port, version, dribble=True)
            client.open()
            for size in (0, 1, 125, 300):
                client.echo(b"x" * size)
            client.close()

    for option, flag, suites in (("-tls1_2", "-cipher", SUITES_12 + (MORE_12 if target.everything else ())),
                                 ("-tls1_3", "-ciphersuites", SUITES_13 + (MORE_13 if target.everything else ()))):
        for suite in suites:
            @add(target, f"suite {suite}")
            def _(option=option, flag=flag, suite=suite):
                text = s_client(server().port, option, flag, suite, "-alpn", "http/1.1", seconds=0.3)
                check(f"Cipher is {suite}" in text and "Verify return code: 0 (ok)" in text, text)
                check("ALPN protocol: http/1.1" in text, text)

    @add(target, "npm ws")
    def _():
        code, text = peers.npm_ws("client", server().port, AUTHORITY / "ca.pem")
        check(code == 0, text)

    @add(target, "a browser's first choice, h2 before http/1.1")
    def _():
        text = s_client(server().port, "-alpn", "h2,http/1.1", seconds=0.3)
        check("ALPN protocol: http/1.1" in text, text)

    @add(target, "TLS 1.1 is refused with an alert")
    def _():
        text = s_client(server().port, "-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0", seconds=0.3)
        check("alert" in text and "Cipher is (NONE)" in text, text)

    @add(target, "a suite without forward secrecy is refused with an alert")
    def _():
        text = s_client(server().port, "-tls1_2", "-cipher", "AES128-SHA", seconds=0.3)
        check("alert handshake failure" in text, text)

    @add(target, "a plain client gets an end, and is no harm")
    def _():
        answer = peers.raw(server().port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        check(answer is not None and b"HTTP" not in answer, answer)

    @add(target, "garbage, nothing and half handshakes leave it serving")
    def _():
        hello = first_flight()
        for data in (b"\0" * 600, b"\x16\x03\x01\xff\xff", b"\x80\x2e\x01", b"", hello[:100], hello[:-1]):
            peers.raw(server().port, data, read=False)
        for _ in range(2):
            peers.raw(server().port, hello, read=False)
        deadline = time.monotonic() + 20
        while True:  # what was left behind frees its place by and by
            try:
                peers.echo(server().port, peers.client_context(), [100])
                return
            except (OSError, ssl.SSLError):
                check(time.monotonic() < deadline, "it does not serve any more")

    @add(target, "a page is answered over TLS")
    def _():
        client = peers.MemoryClient(server().port)
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = client.receive()
        check(answer.startswith(b"HTTP/1.1 426 "), answer)
        client.close()

    if target.record < 16384:
        @add(target, "a record that is too long ends that connection, with an alert")
        def _():
            for version in ("1.2", "1.3"):
                other = peers.MemoryClient(server().port, version)
                other.open()
                client = peers.MemoryClient(server().port, version)
                client.open()
                try:
                    client.echo(b"x" * (target.record + 100))
                    check(False, "it was echoed")
                except (OSError, ssl.SSLError, AssertionError) as error:
                    check("OVERFLOW" in str(error).upper() or isinstance(error, (ssl.SSLEOFError, ConnectionError)), error)
                other.echo(b"the other one lives")
                other.close()

    many = 3 if target.record < 16384 else 6

    @add(target, f"{many} at once, and once more")
    def _():
        for _ in range(2):
            with concurrent.futures.ThreadPoolExecutor(many) as pool:
                jobs = [pool.submit(peers.echo, server().port, peers.client_context(), [10, 500] * 5) for _ in range(many)]
                for job in jobs:
                    job.result()

    if target.record < 16384:
        for version, answer in (("1.2", "503"), ("1.3", "an alert, for want of memory")):
            @add(target, f"three open at once, TLS {version}; the fourth gets {answer}")
            def _(version=version):
                clients = []
                for _ in range(3):  # one after the other: it has one place for a peer that is not open yet
                    clients.append(peers.MemoryClient(server().port, version))
                    clients[-1].open()
                try:
                    fourth = peers.MemoryClient(server().port, version)
                    check(version == "1.2", "there was memory for it: its answer is 503 now")
                    fourth.send(REQUEST)
                    answer = fourth.receive()
                    check(answer.startswith(b"HTTP/1.1 503 "), answer)
                    fourth.close()
                except ssl.SSLError as error:
                    check(version == "1.3" and "INTERNAL_ERROR" in str(error), error)
                for client in clients:
                    client.echo(b"still here")
                for client in clients:
                    client.close()
                time.sleep(2)  # what has ended still lingers for a moment


def first_flight():
    """A ClientHello."""
    inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = peers.client_context().wrap_bio(inside, outside, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outside.read()


def more_cases(target, pki):
    """Those that need a server of their own."""
    @add(target, "a TLS client at the plain port gets an HTTP answer or an end")
    def _():
        with target.server(tls=False) as server:
            answer = peers.raw(server.port, first_flight())
            check(answer is not None and b"\x16\x03" not in answer[:3], answer)

    for version in ("1.2", "1.3"):
        @add(target, f"asks for a certificate, TLS {version}")
        def _(version=version):
            with target.server(*(("--tls-ca", AUTHORITY / "ca.pem") if target.name == "host" else ("--tls-ca",))) as server:
                peers.echo(server.port, peers.client_context(version, CLIENT), [100])
                for name, bad in (("without one", None), ("of another authority", pki.make("stranger2", issuer=pki.other_root()))):
                    try:
                        peers.echo(server.port, peers.client_context(version, bad), [100])
                        check(False, f"a client {name} was let in")
                    except (OSError, ssl.SSLError, peers.websockets.exceptions.WebSocketException):
                        pass
                wanted = r"TLS handshake refused: .*(no certificate|\(1007\))"
                check(server.wait_line(wanted, 5), server.output())
                wanted = r"TLS handshake refused: .*(not signed by|\(1004\))"
                check(server.wait_line(wanted, 5), server.output())
                peers.echo(server.port, peers.client_context(version, CLIENT), [100])

    if not target.everything:
        return

    for options, expected in ((("--tls-max", "1.2"), "TLSv1.2"), (("--tls-min", "1.3"), "TLSv1.3")):
        @add(target, f"offers {expected} alone")
        def _(options=options, expected=expected):
            with target.server(*options) as server:
                check(peers.echo(server.port, peers.client_context(), [10])[0] == expected, expected)
                other = "1.3" if expected == "TLSv1.2" else "1.2"
                try:
                    peers.echo(server.port, peers.client_context(other), [10])
                    check(False, f"TLS {other} was spoken")
                except (OSError, ssl.SSLError):
                    pass

    if target.name != "host":
        return

    for name, pair in (("RSA", pki.make("server-rsa", kind="RSA2048")), ("P-384", pki.make("server-p384", kind="P-384"))):
        @add(target, f"with a certificate with {name}")
        def _(pair=pair):
            with target.server("--tls-cert", pair.certificate, "--tls-key", pair.key, tls=False) as server:
                for version in ("1.2", "1.3"):
                    for _ in range(5):
                        peers.echo(server.port, peers.client_context(version), [10])

    @add(target, "a pre-shared key, TLS 1.2 and 1.3")
    def _():
        key = "00112233445566778899aabbccddeeff"
        with target.server("--psk", key, "--psk-identity", "device", tls=False) as server:
            for option in ("-tls1_2", "-tls1_3"):
                text = s_client(server.port, option, "-psk", key, "-psk_identity", "device", "-cipher", "PSK",
                                *(("-ciphersuites", "TLS_AES_128_GCM_SHA256") if option == "-tls1_3" else ()), seconds=0.4)
                check(re.search(r"Cipher is (TLS_AES_128|.*PSK)", text), text)
            wrong = s_client(server.port, "-tls1_2", "-psk", "ff" * 16, "-psk_identity", "device", "-cipher", "PSK", seconds=0.4)
            check("alert" in wrong, wrong)

    for name, arguments, text in (
            ("a missing certificate file", ("--tls-cert", "/nowhere", "--tls-key", AUTHORITY / "server.key"), "cannot be opened"),
            ("a key without a certificate", ("--tls-key", AUTHORITY / "server.key"), "--tls-key needs --tls-cert"),
            ("a certificate without a key", ("--tls-cert", AUTHORITY / "server.pem"), "--tls-cert needs --tls-key"),
            ("another certificate's key", ("--tls-cert", AUTHORITY / "server.pem", "--tls-key", AUTHORITY / "client.key"), "does not belong"),
            ("a file that is no certificate", ("--tls-cert", AUTHORITY / "server.key", "--tls-key", AUTHORITY / "server.key"), "cannot be read"),
            ("a TLS version that is none", ("--tls-cert", AUTHORITY / "server.pem", "--tls-key", AUTHORITY / "server.key", "--tls-min", "1.1"), "1.2 or 1.3"),
            ("a short pre-shared key", ("--psk", "0011", "--psk-identity", "x"), "too short")):
        @add(target, f"{name} is named")
        def _(arguments=arguments, text=text):
            import subprocess
            command = [str(word) for word in (peers.BUILD / "host" / "echo_server", "--port", "0", *arguments)]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False)
            output = done.stdout.decode()
            check(done.returncode in (1, 2) and text in output and output.count("\n") == 1, output)


__all__ = ["cases", "more_cases", "Skip"]
