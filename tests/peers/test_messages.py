# SPDX-License-Identifier: MIT
# about: every wrong argument and every failure of the applications is told in one line
# needs: host base
"""The error lines of echo_server and echo_client: one line that names the fault, its place and the remedy, on standard error when
they cannot begin, as the result on standard output when a connection failed."""
import socket
import subprocess

import pytest
from interop.wire import CLOSE, RawClient, close_payload, frame
from support.machine import BUILD, ROOT, free_port
from interop.small_servers import Peer, closes, sends

SERVER = BUILD / "host/echo_server"
CLIENT = BUILD / "host/echo_client"
SOCKET_IO_SERVER = BUILD / "host/socket_io_server"
SOCKET_IO_CLIENT = BUILD / "host/socket_io_client"


def run(*arguments, timeout=30):
    """(exit code, standard output, standard error)."""
    done = subprocess.run([str(each) for each in arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=timeout, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run([ROOT / "tools/certificates", folder], check=True, stdout=subprocess.DEVNULL)
    (folder / "empty.pem").write_text("")
    (folder / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    return folder


# ---- programs that cannot begin: one line on standard error, nothing on standard output ----

LONG = "a" * 300

REFUSED = {
    "server: a port that is no number": (SERVER, ["--port", "http"], ["--port http", "a number from 0 to 65535"]),
    "server: a port that is too large": (SERVER, ["--port", "65536"], ["--port 65536", "a number from 0 to 65535"]),
    "server: an option without a value": (SERVER, ["--port"], ["--port needs a value", "--help"]),
    "server: an unknown option": (SERVER, ["--prot", "1"], ["unknown option --prot", "--help"]),
    "server: a word too many": (SERVER, ["8080", "8081"], ["8080", "--help"]),
    "server: an address of another machine": (SERVER, ["--port", "0", "--address", "192.0.2.1"],
                                              ["--address 192.0.2.1", "not an IP address of this machine"]),
    "server: a name as the address": (SERVER, ["--port", "0", "--address", "nowhere"],
                                      ["--address nowhere", "not an IP address of this machine"]),
    "server: an address that is too long": (SERVER, ["--port", "0", "--address", LONG], ["--address is too long"]),
    "server: a certificate without its key": (SERVER, ["--tls-cert", "{pki}/server.pem"], ["--tls-cert needs --tls-key"]),
    "server: a key without its certificate": (SERVER, ["--tls-key", "{pki}/server.key"], ["--tls-key needs --tls-cert"]),
    "server: a file that is missing": (SERVER, ["--tls-cert", "/nowhere", "--tls-key", "{pki}/server.key"],
                                       ["--tls-cert /nowhere", "there is no such file"]),
    "server: a file that is empty": (SERVER, ["--tls-cert", "{pki}/empty.pem", "--tls-key", "{pki}/server.key"],
                                     ["--tls-cert", "empty.pem is empty"]),
    "server: a folder": (SERVER, ["--tls-cert", "{pki}", "--tls-key", "{pki}/server.key"], ["--tls-cert", "cannot be read"]),
    "server: a certificate that is none": (SERVER, ["--tls-cert", "{pki}/broken.pem", "--tls-key", "{pki}/server.key"],
                                           ["a certificate of ours cannot be read (1022)", "--tls-cert"]),
    "server: another certificate's key": (SERVER, ["--tls-cert", "{pki}/server.pem", "--tls-key", "{pki}/client.key"],
                                          ["does not belong to the certificate (1023)", "--tls-key"]),
    "server: a key that is none": (SERVER, ["--tls-cert", "{pki}/server.pem", "--tls-key", "{pki}/server.pem"],
                                   ["our private key cannot be read", "--tls-key"]),
    "server: an authority that is none": (SERVER, ["--tls-cert", "{pki}/server.pem", "--tls-key", "{pki}/server.key",
                                                   "--tls-ca", "{pki}/broken.pem"], ["(1022)", "--tls-ca"]),
    "server: a version of TLS that is none": (SERVER, ["--tls-min", "1.1"], ["--tls-min 1.1", "1.2 or 1.3"]),
    "server: a long version of TLS": (SERVER, ["--tls-max", LONG], ["--tls-max", "1.2 or 1.3"]),
    "server: a key of an odd number of digits": (SERVER, ["--psk", "abc", "--psk-identity", "me"], ["--psk", "odd"]),
    "server: a key that is not hexadecimal": (SERVER, ["--psk", "xyzx", "--psk-identity", "me"], ["--psk", "hexadecimal"]),
    "server: a key that is too short": (SERVER, ["--psk", "abcd", "--psk-identity", "me"],
                                        ["pre-shared key is too short", "(1024)"]),
    "server: a key that is too long": (SERVER, ["--psk", "ab" * 65, "--psk-identity", "me"], ["--psk is too long"]),
    "client: no URL of WebSocket": (CLIENT, ["http://localhost/"], ["http://localhost/", "not a WebSocket URL", "begins with ws:// or wss://"]),
    "client: a URL without a host": (CLIENT, ["ws:///"], ["ws:///", "not a WebSocket URL: there is no host, at \"/\""]),
    "client: a URL with a port that is none": (CLIENT, ["ws://h:70000/"], ["not a WebSocket URL: the port is not a number from 1 to 65535, at \"70000/\""]),
    "client: a URL with a fragment": (CLIENT, ["ws://h/#x"], ["not a WebSocket URL: a fragment is not allowed, at \"#x\""]),
    "client: a URL that is too long": (CLIENT, ["ws://h/" + "x" * 600], ["the URL is too long"]),
    "client: a subprotocol that is none": (CLIENT, ["ws://h/", "--protocol", "a b"], ["--protocol"]),
    "client: a subprotocol that is too long": (CLIENT, ["ws://h/", "--protocol", LONG], ["--protocol is too long"]),
    "client: a type that is none": (CLIENT, ["ws://h/", "--type", "json"], ["--type json", "text or binary"]),
    "client: two types": (CLIENT, ["ws://h/", "--text", "--binary"], ["--text and --binary at once"]),
    "client: a value for a flag": (CLIENT, ["ws://h/", "--text=yes"], ["--text takes no value"]),
    "client: an authority that is missing": (CLIENT, ["wss://h/", "--ca", "/nowhere"], ["--ca /nowhere", "no such file"]),
    "client: a certificate without its key": (CLIENT, ["wss://h/", "--cert", "{pki}/client.pem"], ["--cert and --key"]),
    "Socket.IO client: no URL of WebSocket": (SOCKET_IO_CLIENT, ["http://h"], ["http://h", "begins with ws:// or wss://"]),
    "Socket.IO client: a URL that is too long": (SOCKET_IO_CLIENT, ["ws://h/" + "x" * 400], ["the URL is too long"]),
    "Socket.IO client: an authentication that is none": (SOCKET_IO_CLIENT, ["ws://h", "--auth", "secret"], ["--auth secret", "not a JSON object"]),
    "Socket.IO client: an object and more": (SOCKET_IO_CLIENT, ["ws://h", "--auth", "{{}},1"], ["--auth {},1", "not a JSON object"]),
    "Socket.IO client: a long authentication": (SOCKET_IO_CLIENT, ["ws://h", "--auth", LONG], ["--auth is too long"]),
    "Socket.IO server: an address of another machine": (SOCKET_IO_SERVER, ["--port", "0", "--address", "192.0.2.1"],
                                                        ["--address 192.0.2.1", "not an IP address of this machine"]),
    "Socket.IO server: a long token": (SOCKET_IO_SERVER, ["--token", LONG], ["--token is too long"]),
    "client: another certificate's key": (CLIENT, ["wss://h/", "--cert", "{pki}/client.pem", "--key", "{pki}/server.key"],
                                          ["does not belong to the certificate (1023)", "--key"]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_begin_is_one_line_on_standard_error(what, pki):
    program, arguments, parts = REFUSED[what]
    code, out, err = run(program, *[each.format(pki=pki) for each in arguments])
    assert code in (1, 2), (code, out, err)
    assert out == "", out
    assert err.count("\n") == 1 and err.endswith("\n"), err
    for part in parts:
        assert part in err, f"no {part!r} in {err!r}"


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, out, err = run(SERVER, "--address", "127.0.0.1", "--port", port)
    assert (code, out) == (1, "")
    assert err == f"echo_server: port {port} is in use: end the program that has it, or choose another with --port\n"


@pytest.mark.parametrize("program", [SERVER, CLIENT], ids=["server", "client"])
def test_the_help_separates_names_from_what_they_mean(program):
    code, out, err = run(program, "--help")
    assert (code, err) == (0, "")
    options = [line for line in out.splitlines() if line.startswith("  ")]
    assert len(options) > 5
    for line in options:
        name = line.split()[0]
        assert line[2 + len(name)] == " ", line


# ---- connections that fail: the result on standard output says why ----

ANSWERS = {
    "no WebSocket server": (b"SSH-2.0-OpenSSH_9\r\n", "ws", ["not a valid answer to the opening handshake: none of HTTP"]),
    "another status": (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "ws", ["HTTP status 503"]),
    "no answer at all": (b"", "ws", ["not a valid answer to the opening handshake"]),
    "no TLS": (b"HTTP/1.1 400 Bad Request\r\n\r\n", "wss", ["the peer does not speak TLS (1043)"]),
    "an end instead of TLS": (b"", "wss", ["the peer has ended TCP without ending TLS (1042)"]),
    "an alert": (b"\x15\x03\x03\x00\x02\x02\x28", "wss", ["the peer's alert: handshake_failure (2040)"]),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_that_is_none_is_the_cause(what, pki):
    text, scheme, parts = ANSWERS[what]
    with Peer(sends(text)) as port:
        code, out, err = run(CLIENT, f"{scheme}://127.0.0.1:{port}/", "--ca", pki / "ca.pem")
    assert code == 1 and err == "", (code, out, err)
    assert out.startswith("failed: 0 of 10") and out.count("\n") == 1, out
    for part in parts:
        assert part in out, f"no {part!r} in {out!r}"


# Codes that a peer may send (RFC 6455, 7.4), and one of its own.
CODES = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 4001)


@pytest.mark.parametrize("code", CODES)
def test_the_close_code_and_the_reason_of_a_server_are_told(code):
    with Peer(closes(code, b"because of \xc3\xa4\x07")) as port:
        result, out, err = run(CLIENT, f"ws://127.0.0.1:{port}/")
    assert (result, err) == (1, ""), (result, out, err)
    assert out.startswith(f"failed: 0 of 10 binary messages of 64 bytes echoed; closed by the peer: code {code} ("), out
    assert out.endswith("), \"because of \u00e4.\"\n"), out


def test_a_server_that_ends_without_a_close_frame_is_told():
    with Peer(closes(None)) as port:
        result, out, err = run(CLIENT, f"ws://127.0.0.1:{port}/")
    assert (result, err) == (1, "") and "the peer ended TCP without a Close frame" in out, (out, err)


def test_a_server_answers_every_close_code_and_has_nothing_to_say_about_it():
    with Server() as server:
        for code in CODES:
            raw = RawClient.open(("127.0.0.1", server.port))
            raw.send(frame(CLOSE, close_payload(code, b"because")))
            answer = raw.read_frame()
            assert (answer.opcode, answer.payload[:2]) == (CLOSE, close_payload(code)), (code, answer)
            raw.close()
        server.process.terminate()
        assert server.line() == "", "a line too many"


UNREACHED = {
    "refused": (lambda: f"ws://127.0.0.1:{free_port()}/", "connecting failed: error 111"),
    "a name of 300 characters": (lambda: f"ws://{LONG}/", "the name could not be resolved: error -2"),
    "a name of 300 characters, with TLS": (lambda: f"wss://{LONG}/", "the host name is too long (1027)"),
    "a name that does not exist": (lambda: "ws://nobody.invalid/", "the name could not be resolved: error -"),
}


@pytest.mark.parametrize("what", UNREACHED)
def test_a_host_that_cannot_be_reached_is_the_cause(what, pki):
    url, part = UNREACHED[what]
    code, out, err = run(CLIENT, url(), "--ca", pki / "ca.pem")
    assert code == 1 and err == "", (code, out, err)
    assert part in out and out.count("\n") == 1, out


def test_a_server_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, out, err = run(CLIENT, f"ws://127.0.0.1:{silent.getsockname()[1]}/", "--timeout", "1")
    assert (code, out) == (1, "")
    assert err == "echo_client: no progress for the seconds of --timeout: giving up\n"


class Server:
    def __init__(self, *arguments):
        self.process = subprocess.Popen([SERVER, "--port", "0", "--address", "127.0.0.1", *map(str, arguments)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def __enter__(self):
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening on 127.0.0.1:"), line
        self.port = int(line.split(":")[1].split()[0])
        return self

    def line(self):
        return self.process.stdout.readline().decode()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def test_the_scheme_has_no_case(pki):
    with Server("--tls-cert", pki / "server.pem", "--tls-key", pki / "server.key") as server:
        for scheme in ("wss", "WSS", "Wss"):
            code, out, err = run(CLIENT, f"{scheme}://127.0.0.1:{server.port}/", "--ca", pki / "ca.pem")
            assert code == 0, (scheme, out, err)


# The lines of client and server about one refused handshake.
REFUSALS = {
    "an unknown authority": (["--ca", "{pki}/client.pem"], [], "not signed by an authority that is trusted (1004)",
                             "the peer's alert: unknown_ca (2048)"),
    "an expired certificate": (["--ca", "{pki}/ca.pem", "--time", "4000000000"], [], "has expired (1001)",
                               "the peer's alert: certificate_expired (2045)"),
    "a certificate of the future": (["--ca", "{pki}/ca.pem", "--time", "1000000000"], [], "is not valid yet (1002)",
                                    "the peer's alert: certificate_expired (2045)"),
    "no version in common": (["--ca", "{pki}/ca.pem", "--tls-max", "1.2"], ["--tls-min", "1.3"],
                             "the peer's alert: protocol_version (2070)", "no version and cipher suite in common (1045)"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_refused_handshake_is_told_on_both_sides(what, pki):
    client, server_arguments, of_client, of_server = REFUSALS[what]
    with Server("--tls-cert", pki / "server.pem", "--tls-key", pki / "server.key", *server_arguments) as server:
        code, out, err = run(CLIENT, f"wss://127.0.0.1:{server.port}/", *[each.format(pki=pki) for each in client])
        assert code == 1 and of_client in out, (out, err)
        line = server.line()
        assert line.startswith("TLS handshake refused: ") and of_server in line, line


def test_a_client_without_a_certificate_is_told_so(pki):
    for version, alert in (("1.2", "handshake_failure (2040)"), ("1.3", "certificate_required (2116)")):
        with Server("--tls-cert", pki / "server.pem", "--tls-key", pki / "server.key", "--tls-ca", pki / "ca.pem") as server:
            code, out, err = run(CLIENT, f"wss://localhost:{server.port}/", "--ca", pki / "ca.pem", "--tls-max", version)
            assert code == 1 and alert in out, (version, out, err)
            line = server.line()
            assert "the peer has sent no certificate (1007)" in line, line
