# SPDX-License-Identifier: MIT
# about: whitcat in pipes and on a terminal, each option and each exit code, against itself, ws, websockets, nginx, openssl's certificates
# needs: host cli check tls
# wants: test tlspeers
"""Each test starts its peers. Times are bounds against standing still, never measurements."""
import base64
import collections
import contextlib
import http.server
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.parse

import pytest
from interop.process import Process
from interop.small_servers import Peer, closes, sends
from interop.wire import BINARY, CLOSE, PING, PONG, TEXT, RawClient, RawSocket, accept_value, close_payload, frame, text_pattern
from support.machine import BUILD, ROOT, command, need_command
from tls.peers import wait_for_port
from whitcat import Listening, PATIENCE_SECONDS, PROGRAM, Recorder, Running, Terminal, arguments, free_port, run, until

SOURCES = ROOT / "boards/host/apps/whitcat"
MANUAL = SOURCES / "whitcat.1"
COMPLETIONS = SOURCES / "whitcat.bash"
SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


# ---- documents ----


def parsed_options():
    text = (SOURCES / "options.cpp").read_text()
    found = set(re.findall(r'(?:add_option|add_flag|add_list)\((?:app, )?"(--[a-z-]+)"', text))
    assert len(found) > 25, "the declarations of options.cpp are not found"
    return found | {"--help", "--version"}


def manual_options():
    options = MANUAL.read_text().replace("\\-", "-").split(".SH OPTIONS")[1].split(".SH JSON")[0]
    return set(re.findall(r"^\.BI? (--[a-z-]+)", options, re.M)) | set(re.findall(r'^\.BI .*"\\fR, \\fP" (--[a-z-]+)', options, re.M))


@pytest.mark.parametrize("named", [
    pytest.param(lambda: set(OPTION.findall(run("--help")[1].decode())), id="the help"),
    pytest.param(manual_options, id="the man page"),
    pytest.param(lambda: set(OPTION.findall(completions_of("--"))), id="the completions"),
])
def test_it_names_the_options_that_are_parsed(named):
    assert named() == parsed_options()


def completions_of(*words):
    script = 'source "$1"; shift; COMP_WORDS=(whitcat "$@"); COMP_CWORD=$#; _whitcat 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"'
    code, text = command("bash", "-c", script, "bash", COMPLETIONS, *words)
    assert code == 0, text
    return text


def test_completions_are_of_the_word_that_is_typed(tmp_path):
    (tmp_path / "some.pem").touch()
    assert completions_of("--ca", f"{tmp_path}/so").split() == [f"{tmp_path}/some.pem"]
    assert completions_of("--auth", f"@{tmp_path}/so").split() == [f"@{tmp_path}/some.pem"]
    assert completions_of("ws").split() == ["ws://", "wss://"] and completions_of("--origin", "w").split() == []


def test_help_fits_a_terminal():
    code, out, err = run("--help")
    lines = out.decode().splitlines()
    assert code == 0 and not err and len(lines) < 24 and max(map(len, lines)) <= 80


def test_version():
    version = re.search(r"WHIT_VERSION_TEXT \"([\d.]+)\"", (ROOT / "stack/whit/version.h").read_text())[1]
    assert run("--version") == (0, f"whitcat {version}\n".encode(), "")


def test_the_man_page_has_the_exit_codes_of_the_program():
    codes = set(re.findall(r"^  k\w+ = (\d+),", (SOURCES / "exit_code.h").read_text(), re.M))
    section = MANUAL.read_text().split(".SH EXIT STATUS")[1].split(".SH ENVIRONMENT")[0]
    named = set(re.findall(r"\d+", " ".join(re.findall(r"^\.TP\n(\.B .*)$", section, re.M))))
    assert named == codes and len(codes) > 10


def test_the_man_page_is_free_of_errors():
    need_command("man", "man-db")
    env = dict(os.environ, LC_ALL="C.UTF-8", MANROFFSEQ="", MANWIDTH="80")
    code, text = command("man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", MANUAL, env=env)
    complaints = [line for line in text.splitlines() if "whitcat.1" in line or "<standard input>" in line]
    assert code == 0 and not complaints, complaints


def test_it_is_installed_with_its_man_page_and_completions(tmp_path):
    code, text = command("cmake", "--install", BUILD / "host", "--prefix", tmp_path)
    assert code == 0, text
    installed = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("whitcat*")}
    assert {"bin/whitcat", "share/man/man1/whitcat.1", "share/bash-completion/completions/whitcat"} <= installed
    code, text = command(tmp_path / "bin/whitcat", "--version")
    assert code == 0, text


def test_without_its_libraries_it_is_left_out_with_one_line(tmp_path):
    code, text = command("cmake", "-S", ROOT, "-B", tmp_path, "-G", "Ninja", "-DWHIT_BUILD_TESTS=OFF", "-DCMAKE_IGNORE_PATH=/usr/include")
    assert code == 0, text
    lines = [line for line in text.splitlines() if "whitcat" in line]
    assert lines == ["-- whitcat is left out, it needs: CLI11 (libcli11-dev), readline (libreadline-dev)"], text


# ---- echo servers ----


@pytest.fixture(scope="module")
def echo():
    with Listening("--echo", stdin=subprocess.DEVNULL) as server:
        drain(server)
        yield server.url


def drain(server):
    """Reads away what a server prints, so that it never waits for its reader."""
    threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(server.child.stdout.fileno(), 1 << 20), b"")], daemon=True).start()


def websockets_server():
    from tls.peers import EchoServer
    return EchoServer(None)


def npm_server(pair):
    from tls.peers import NpmServer
    return NpmServer(pair)


LINES = "".join(f"line {i} ü\n" for i in range(500)).encode() + b"\n" + text_pattern(70000, 3).replace(b"\n", b" ") + b"\nthe last one"


def test_lines_come_back_from_itself(echo):
    assert run(echo, send=LINES) == (0, LINES + b"\n", "")


def test_lines_come_back_from_python_websockets():
    with websockets_server() as server:
        assert run(f"ws://127.0.0.1:{server.port}/", send=LINES) == (0, LINES + b"\n", "")


def test_lines_come_back_from_npm_ws_over_tls(pki, authority):
    with npm_server(pki.make("npm")) as server:
        assert run(f"wss://localhost:{server.port}/", "--ca", authority / "ca.pem", send=LINES) == (0, LINES + b"\n", "")


def test_lines_come_back_through_nginx(pki, authority, tmp_path, echo):
    from tls.peers import Nginx
    with Nginx(tmp_path / "nginx", pki.make("nginx"), "1.3", int(echo.split(":")[2].rstrip("/"))) as server:
        assert run(f"wss://localhost:{server.port}/", "--ca", authority / "ca.pem", send=LINES) == (0, LINES + b"\n", "")


# ---- messages ----


def test_a_line_is_one_text_message():
    with Recorder() as server:
        assert run(server.url, "--wait", 0, send="eins\n\nzwei ü\ndrei".encode())[0] == 0
    assert server.messages() == [(TEXT, b"eins"), (TEXT, b""), (TEXT, "zwei ü".encode()), (TEXT, b"drei")]
    assert all(each.fin for each in server.received)


@pytest.mark.parametrize("size", [61439, 61440, 61441, 65536, 1000000])
def test_a_long_line_is_one_message(size):
    line = text_pattern(size, 1).replace(b"\n", b" ")
    with Recorder() as server:
        assert run(server.url, "--wait", 0, send=line + b"\nnext\n")[0] == 0
    assert server.messages() == [(TEXT, line), (TEXT, b"next")]


def test_binary_input_is_one_message():
    data = os.urandom(300000)
    with Recorder() as server:
        assert run(server.url, "--binary", "--wait", 0, send=data)[0] == 0
        assert run(server.url, "--binary", "--wait", 0, send=b"a\nb\n")[0] == 0
        assert run(server.url, "--binary", "--wait", 0)[0] == 0
    assert server.messages() == [(BINARY, data), (BINARY, b"a\nb\n")]


def test_a_file_that_fits_a_frame_is_one_frame(tmp_path):
    (tmp_path / "file").write_bytes(b"1\n2\n")
    with Recorder() as server, open(tmp_path / "file", "rb") as file:
        subprocess.run(arguments(server.url, "--binary", "--wait", 0), stdin=file, timeout=PATIENCE_SECONDS, check=True)
    assert [(each.fin, each.opcode, each.payload) for each in server.received] == [(True, BINARY, b"1\n2\n")]


@pytest.mark.parametrize("size", [1, 1000, 61440, 150000])
def test_binary_input_is_cut_by_size(size):
    data = os.urandom(size * 3 + 1)
    with Recorder() as server:
        assert run(server.url, "--binary", "--size", size, "--wait", 0, send=data)[0] == 0
    assert server.messages() == [(BINARY, data[i:i + size]) for i in range(0, len(data), size)]


def test_binary_messages_leave_as_they_are(echo):
    data = os.urandom(200000)
    assert run(echo, "--binary", "--size", 1000, "--count", 200, send=data) == (0, data, "")


def test_text_says_what_is_the_default():
    with Recorder() as server:
        assert run(server.url, "--text", "--wait", 0, send=b"a\n")[0] == 0
    assert server.messages() == [(TEXT, b"a")]


def test_input_is_sent_while_it_is_still_written(echo):
    with Running(echo) as client:
        for word in (b"one\n", b"two\n"):
            client.send(word)
            assert client.line() == word
        assert client.end()[0] == 0


def test_once_sends_one_and_prints_one(echo):
    assert run(echo, "--once", send=b"a\nb\nc\n") == (0, b"a\n", "")


def test_once_sends_no_second_message_and_takes_no_greeting_for_an_answer():
    def greets(connection):
        raw = RawSocket(connection)
        raw.send(SWITCHING + accept_value(raw.read_head().get("Sec-WebSocket-Key").encode()) + b"\r\n\r\n" +
                 frame(TEXT, b"welcome", mask=None))
        got.append(raw.read_frame().payload)
        raw.send(frame(TEXT, b"answer", mask=None))
        frames = raw.read_until([CLOSE], True)
        got.extend(each.payload for each in frames[:-1])
        raw.send(frame(CLOSE, frames[-1].payload, mask=None))
    got = []
    with Peer(greets) as port, Running(f"ws://127.0.0.1:{port}/", "--once") as client:
        assert client.line() == b"welcome\n"
        client.send(b"question\nanother\n")
        assert client.line() == b"answer\n"
        assert client.end() == (0, b"", "")
    assert got == [b"question"]


def test_count_ends_after_so_many():
    with Recorder(b"".join(frame(TEXT, b"%d" % i, mask=None) for i in range(10))) as server:
        assert run(server.url, "--count", 3) == (0, b"0\n1\n2\n", "")


def test_the_end_of_the_input_waits_for_answers():
    """The second message comes later than the first one by most of --wait."""
    def late(connection):
        raw = RawSocket(connection)
        key = raw.read_head().get("Sec-WebSocket-Key").encode()
        raw.send(SWITCHING + accept_value(key) + b"\r\n\r\n")
        for word in (b"a", b"b"):
            time.sleep(1.5)
            raw.send(frame(TEXT, word, mask=None))
        raw.send(frame(CLOSE, raw.read_until([CLOSE], True)[-1].payload, mask=None))
    with Peer(late) as port:
        assert run(f"ws://127.0.0.1:{port}/", "--wait", 4) == (0, b"a\nb\n", "")


def test_it_can_wait_forever():
    with Listening("--json") as server, Running(server.url, "--wait", "forever", stdin=subprocess.DEVNULL) as client:
        assert json.loads(server.line())["event"] == "open"
        time.sleep(1.5)  # longer than --wait is without the option
        server.send(b"late\n")
        assert client.line() == b"late\n"
        client.child.send_signal(signal.SIGINT)
        assert client.end()[0] == 130


# ---- the request ----


def request_of(*words, env=None):
    with Recorder() as server:
        code, _, err = run(server.url, "--wait", 0, *words, env=env)
    assert code == 0, err
    return server.requests[0]


def test_header_fields(tmp_path):
    (tmp_path / "fields").write_text("X-Three: 3\n\nX-Four:4  \n")
    request = request_of("--header", "X-One: 1 one", "--header", "X-Two:2", "--header", f"@{tmp_path}/fields")
    assert [request.get(f"X-{name}") for name in ("One", "Two", "Three", "Four")] == ["1 one", "2", "3", "4"]


def test_cookies(tmp_path):
    (tmp_path / "cookie").write_text("b=secret\n")
    assert request_of("--cookie", "a=1", "--cookie", f"@{tmp_path}/cookie").all("Cookie") == ["a=1; b=secret"]


def test_credentials_from_the_command_line_a_file_and_the_environment(tmp_path):
    (tmp_path / "secret").write_text("me:from:file\n")
    wanted = {"me:pass": ["--auth", "me:pass"], "me:from:file": ["--auth", f"@{tmp_path}/secret"]}
    for credentials, words in wanted.items():
        assert request_of(*words).get("Authorization") == "Basic " + base64.b64encode(credentials.encode()).decode()
    request = request_of(env={"WHITCAT_AUTH": f"@{tmp_path}/secret"})
    assert request.get("Authorization") == "Basic " + base64.b64encode(b"me:from:file").decode()
    assert request_of().get("Authorization") == ""


def test_credentials_in_the_environment_do_not_disturb_a_server():
    with subprocess.Popen(arguments("--listen", 0), env=dict(os.environ, WHITCAT_AUTH="a:b"), stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as server:
        assert b"listening" in server.stderr.readline()
        server.terminate()


def test_origin():
    assert request_of("--origin", "http://localhost").get("Origin") == "http://localhost"


def test_protocols():
    with Recorder(fields=b"Sec-WebSocket-Protocol: two\r\n") as server:
        code, out, err = run(server.url, "--json", "--wait", 0, "--protocol", "one", "--protocol", "two")
    assert code == 0 and not err and json.loads(out.splitlines()[0])["protocol"] == "two"
    assert server.requests[0].get("Sec-WebSocket-Protocol") == "one, two"


def test_a_server_that_chooses_no_protocol_can_be_refused():
    """R-HS-3"""
    with Recorder() as server:
        code, err = ends_with(server.url, "--protocol", "one", "--require-protocol", send=b"a\n")
    assert code == 6 and not server.messages(), err


def test_a_request_may_be_longer_than_a_buffer():
    """R-HS-4"""
    assert request_of("--header", "X-Long: " + "x" * 100000).get("X-Long") == "x" * 100000


def test_a_server_that_chooses_no_protocol_is_told_of():
    with Recorder() as server:
        assert run(server.url, "--wait", 0, "--protocol", "one") == (0, b"", "whitcat: the server has chosen none of the subprotocols\n")


def test_a_password_is_wiped_from_the_list_of_processes():
    for words in (["--auth", "me:hidden"], ["--auth=me:hidden"]):
        with Recorder() as server, Running(server.url, *words, "--wait", "forever") as client:
            client.send(b"a\n")
            until(server.messages)
            assert b"hidden" not in open(f"/proc/{client.child.pid}/cmdline", "rb").read()
            assert server.requests[0].get("Authorization") == "Basic " + base64.b64encode(b"me:hidden").decode()


def test_a_url_without_a_scheme_is_ws():
    with Recorder() as server:
        assert run(f"127.0.0.1:{server.port}/path", "--wait", 0)[0] == 0
    assert server.requests[0].first_line == "GET /path HTTP/1.1"


# ---- what is refused, with one line and code 2 ----


NOT_TAKEN = {
    "no url": ([], "a URL is missing"),
    "two urls": (["ws://a", "ws://b"], "not expected: ws://b"),
    "scheme": (["http://a/"], "begins with ws:// or wss://"),
    "password in the url": (["ws://me:secret@a/"], "use --auth"),
    "port of the url": (["ws://a:70000/"], 'the port is not a number from 1 to 65535, at "70000/"'),
    "path of the url": (["ws://a/{x}"], 'a character that must be percent-encoded, at "{x}"'),
    "zone": (["ws://[fe80::1%eth0]/"], "a zone of an IPv6 address is not supported"),
    "unknown option": (["ws://a", "--frob"], "--frob"),
    "option without a value": (["ws://a", "--origin"], "--origin"),
    "number": (["ws://a", "--count", "many"], "--count"),
    "number too large": (["ws://a", "--redirects", "101"], "--redirects"),
    "window": (["ws://a", "--bench", "--window", "0"], "--window"),
    "seconds": (["ws://a", "--ping", "-1"], "--ping"),
    "wait": (["ws://a", "--wait", "long"], "--wait long: seconds are expected"),
    "timeout": (["ws://a", "--timeout", "1e5"], "--timeout 1e5: seconds are expected"),
    "header without a colon": (["ws://a", "--header", "X"], "there is no colon"),
    "header with a space in its name": (["ws://a", "--header", "X Y: 1"], "not the name of a field"),
    "header with a line end": (["ws://a", "--header", "X: 1\r\nY: 2"], "a line end or control character"),
    "header of the handshake": (["ws://a", "--header", "Sec-WebSocket-Key: x"], "belongs to the opening handshake"),
    "header with an option of its own": (["ws://a", "--header", "origin: x"], "use --origin"),
    "cookie": (["ws://a", "--cookie", "a=1; b=2"], "no white space"),
    "cookie without a value": (["ws://a", "--cookie", "a"], "NAME=VALUE"),
    "protocol": (["ws://a", "--protocol", "a b"], "not a token"),
    "protocol twice": (["ws://a", "--protocol", "a", "--protocol", "a"], "given twice"),
    "auth": (["ws://a", "--auth", "nobody"], "USER:PASSWORD"),
    "auth from no file": (["ws://a", "--auth", "@/no/such/file"], "--auth /no/such/file: cannot be opened: No such file"),
    "close code": (["ws://a", "--close", "1005"], "a code is 1000"),
    "close reason": (["ws://a", "--close", "1000:" + "x" * 124], "123 bytes at most"),
    "listen": (["--listen", "web"], "the port is a number"),
    "listen at a foreign address": (["--listen", "192.0.2.1:8080"], "192.0.2.1: not an address of this machine"),
    "listen at IPv6 without brackets": (["--listen", "::1:8080"], "needs brackets"),
    "text and binary": (["ws://a", "--text", "--binary"], "choose one"),
    "once and count": (["ws://a", "--once", "--count", "2"], "choose one"),
    "url and listen": (["ws://a", "--listen", "0"], "choose one"),
    "echo of a client": (["ws://a", "--echo"], "--echo needs --listen"),
    "option of a client at a server": (["--listen", "0", "--origin", "x"], "--origin is for clients"),
    "size of lines": (["ws://a", "--size", "5"], "--size needs --binary or --bench"),
    "window without bench": (["ws://a", "--window", "5"], "--window needs --bench"),
    "bench with once": (["ws://a", "--bench", "--once"], "--once has no use with --bench"),
    "cert without key": (["wss://a", "--cert", str(MANUAL)], "--cert and --key need each other"),
    "tls-cert without tls-key": (["--listen", "0", "--tls-cert", str(MANUAL)], "--tls-cert and --tls-key need each other"),
    "no certificate": (["wss://a", "--ca", str(MANUAL)], "whitcat.1: this file is not a certificate of an authority"),
    "no own certificate": (["wss://a", "--cert", str(MANUAL), "--key", str(MANUAL)], "whitcat.1: this file is not a certificate"),
    "no file": (["wss://a", "--ca", "/no/such/file"], "--ca /no/such/file: cannot be opened: No such file"),
    "a folder": (["wss://a", "--ca", "/"], "--ca /: cannot be read: Is a directory"),
    "an empty file": (["wss://a", "--ca", "/dev/null"], "--ca /dev/null: is empty"),
    "ca of a plain url": (["ws://a", "--ca", str(MANUAL)], "use wss://"),
    "require-protocol alone": (["ws://a", "--require-protocol"], "--require-protocol needs --protocol"),
    "proxy over TLS": (["ws://a", "--proxy", "https://a:1"], "--proxy: it is http://"),
    "proxy without a port": (["ws://a", "--proxy", "http://me:secret@a"], "--proxy: a host and a port"),
    "proxy with a path": (["ws://a", "--proxy", "http://me:secret@a:1/x"], "--proxy: a host and a port"),
    "proxy without a password": (["ws://a", "--proxy", "http://me@a:1"], "--proxy: the user has no :PASSWORD"),
}


@pytest.mark.parametrize("what", NOT_TAKEN)
def test_one_line_says_what_is_wrong(what):
    words, expected = NOT_TAKEN[what]
    code, out, err = run(*words)
    assert code == 2 and not out and err.count("\n") == 1 and expected in err, (code, err)
    assert "secret" not in err


def test_a_broken_certificate_and_a_key_of_another_one_are_named(pki, tmp_path):
    one, other = pki.make("one"), pki.make("other")
    broken = tmp_path / "broken.pem"
    broken.write_text(one.certificate.read_text().replace("M", "A", 40))
    code, _, err = run("--listen", 0, "--tls-cert", broken, "--tls-key", one.key)
    assert code == 2 and f"--tls-cert {broken}: " in err and "(1022)" in err, err
    code, _, err = run("--listen", 0, "--tls-cert", one.certificate, "--tls-key", other.key)
    assert code == 2 and f"--tls-key {other.key}: " in err and "(1023)" in err, err


# ---- exit codes of connections ----


def ends_with(*words, send=b"", env=None):
    code, out, err = run(*words, send=send, env=env)
    assert not out and err.count("\n") == 1 and err.startswith("whitcat: "), (out, err)
    return code, err


def test_a_name_that_does_not_exist():
    code, err = ends_with("ws://nobody.invalid/")
    assert code == 3 and "the name could not be resolved" in err


def test_nobody_listens():
    code, err = ends_with(f"ws://127.0.0.1:{free_port()}/")
    assert code == 4 and "connecting failed: Connection refused (111)" in err


class Refusing(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(int(self.path[1:]))
        self.send_header("Retry-After", "7")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def refusing():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("status", [200, 301, 401, 404, 503])
def test_a_refusal_by_an_http_server(refusing, status):
    code, err = ends_with(f"{refusing}/{status}")
    assert code == 6 and f"HTTP status {status}" in err


def test_a_refusal_says_what_to_do(refusing):
    assert ends_with(f"{refusing}/503")[1].endswith("HTTP status 503, Retry-After: 7\n")


def test_verbose_shows_the_fields_of_a_refusal(refusing):
    code, _, err = run(f"{refusing}/503", "--verbose")
    assert code == 6 and re.search(r"^ +\d+\.\d{3} < Retry-After: 7$", err, re.M), err


@pytest.mark.parametrize("answer, code, text", [
    (sends(b"nonsense\r\n\r\n"), 6, "not a valid answer to the opening handshake"),
    (closes(None), 7, "the peer ended TCP without a Close frame"),
    (closes(1000), 0, ""),
    (closes(1001, b"later"), 0, ""),
    (closes(1011, b"oh\x1b dear"), 8, 'code 1011 (internal error), "oh. dear"'),
    (closes(4401), 8, "code 4401 (private use)"),
], ids=["nonsense", "no Close", "1000", "1001", "1011", "4401"])
def test_a_server_that_ends(answer, code, text):
    with Peer(answer) as port:
        got, out, err = run(f"ws://127.0.0.1:{port}/", "--wait", "forever")
    assert got == code and not out and text in err and err.count("\n") == (1 if text else 0), (got, err)


def test_an_end_in_order_that_comes_too_early():
    with Peer(closes(1000)) as port:
        code, err = ends_with(f"ws://127.0.0.1:{port}/", "--count", 2)
        assert code == 8 and "before all messages had come" in err
        code, err = ends_with(f"ws://127.0.0.1:{port}/", send=b"x\n" * 3000000)
        assert code == 8 and "before all of the input was sent" in err


def test_a_peer_that_breaks_the_protocol():
    with Recorder(frame(3, b"", mask=None)) as server:
        code, err = ends_with(server.url, "--wait", "forever")
    assert code == 7 and "the peer broke the protocol: code 1002" in err


def silent(connection):
    while connection.recv(4096):
        pass


def test_a_server_that_never_answers():
    with Peer(silent) as port:
        code, err = ends_with(f"ws://127.0.0.1:{port}/", "--timeout", 0.3)
    assert code == 9 and "the peer took too long: the head of the opening handshake" in err


def test_no_answer_to_a_message():
    with Recorder() as server:
        code, err = ends_with(server.url, "--once", "--timeout", 0.3, send=b"a\n")
    assert code == 9 and "no message for the seconds of --timeout" in err and server.closes == [close_payload(1000)]


def test_pings_and_the_end_of_a_peer_that_gives_no_pong():
    with Recorder() as server:
        code, err = ends_with(server.url, "--wait", "forever", "--ping", 0.1, "--timeout", 0.5)
    assert code == 9 and "the answer to a ping" in err and any(each.opcode == 9 for each in server.received)


def test_input_that_is_no_text():
    with Recorder() as server:
        code, err = ends_with(server.url, send=b"good\nb\xffd\nnever\n")
    assert code == 10 and "line 2 of the input is not UTF-8" in err and server.messages() == [(TEXT, b"good")]


def test_output_that_cannot_be_written(echo):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(arguments(echo), input=b"a\n", stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 1 and b"standard output cannot be written: No space left on device" in done.stderr


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_in_order(number, code):
    with Recorder() as server, Running(server.url, "--close", "4321:by\xfce") as client:
        client.send(b"a\n")
        until(server.messages)
        client.child.send_signal(number)
        assert client.end() == (code, b"", "")
    assert server.closes == [close_payload(4321, "by\xfce".encode())]


def test_a_second_signal_ends_at_once():
    accepted = threading.Event()

    def mute(connection):
        raw = RawSocket(connection)
        raw.send(SWITCHING + accept_value(raw.read_head().get("Sec-WebSocket-Key").encode()) + b"\r\n\r\n")
        accepted.set()
        silent(connection)
    with Peer(mute) as port, Running(f"ws://127.0.0.1:{port}/", "--timeout", 1000) as client:
        assert accepted.wait(PATIENCE_SECONDS)
        time.sleep(0.3)
        for _ in range(2):
            client.child.send_signal(signal.SIGINT)
            time.sleep(0.3)
        assert client.end()[0] == 130


def test_close_is_what_the_server_gets():
    with Recorder() as server:
        assert run(server.url, "--wait", 0, "--close", "3000:that is all")[0] == 0
        assert run(server.url, "--wait", 0)[0] == 0
    assert server.closes == [close_payload(3000, b"that is all"), close_payload(1000)]


# ---- pipes ----


def test_a_reader_that_goes_away_ends_the_connection_in_order():
    with Recorder(b"".join(frame(TEXT, b"x" * 5000, mask=None) for _ in range(200))) as server:
        words = " ".join(arguments(server.url, "--wait", "forever"))
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {words} </dev/null | head -c 10"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE_SECONDS, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"x" * 10, b"") and server.closes == [close_payload(1000)]


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1])


def test_a_slow_reader_makes_the_server_wait():
    """The server cannot send 60 MB while nobody reads standard output; afterwards all of it is there."""
    count, message = 1000, b"y" * 60000
    with Recorder(frame(TEXT, message, mask=None) * count) as server, \
         Running(server.url, "--count", count, stdin=subprocess.DEVNULL) as client:
        time.sleep(2)
        assert client.child.poll() is None and resident_kib(client.child.pid) < 30000
        code, out, err = client.end()
    assert code == 0 and not err and out == (message + b"\n") * count


def test_input_is_sent_while_nobody_reads_the_output():
    def floods(connection):
        raw = RawSocket(connection)
        raw.send(SWITCHING + accept_value(raw.read_head().get("Sec-WebSocket-Key").encode()) + b"\r\n\r\n")

        def flood():
            with contextlib.suppress(OSError):
                connection.sendall(frame(TEXT, b"y" * 60000, mask=None) * 1000)
        threading.Thread(target=flood, daemon=True).start()
        got.append(raw.read_frame().payload)
        raw.abort()
    got = []
    with Peer(floods) as port, Running(f"ws://127.0.0.1:{port}/") as client:
        time.sleep(1)
        client.send(b"hello\n")
        until(lambda: got == [b"hello"])


def test_a_message_of_many_buffers_passes_in_constant_memory(tmp_path):
    size = 50 << 20
    with open(tmp_path / "input", "wb") as file:
        file.truncate(size)
    with Listening("--echo", "--binary", stdin=subprocess.DEVNULL) as server, open(tmp_path / "input", "rb") as file, \
         open(tmp_path / "output", "wb") as output:
        drain(server)
        with subprocess.Popen(arguments(server.url, "--binary", "--count", 1), stdin=file, stdout=output) as client:
            peak = 0
            while client.poll() is None:
                try:
                    peak = max(peak, resident_kib(client.pid), resident_kib(server.child.pid))
                except (TypeError, OSError):  # it ends just now
                    pass
                time.sleep(0.02)
        assert client.returncode == 0 and 0 < peak < 40000
    assert (tmp_path / "output").stat().st_size == size


# ---- JSON and --verbose ----


def test_json_has_each_event_in_a_line(echo):
    code, out, err = run(echo, "--json", "--count", 1, send='ü "quoted" \\ \t\x01\n'.encode())
    opened, message, closed = map(json.loads, out.decode().splitlines())
    assert code == 0 and not err
    assert (opened["event"], opened["url"], opened["protocol"], opened["secure"]) == ("open", echo, "", False)
    assert (message["event"], message["type"], message["data"]) == ("message", "text", 'ü "quoted" \\ \t\x01')
    assert (closed["event"], closed["code"], closed["clean"]) == ("close", 1000, True) and "normal closure" in closed["text"]
    assert all(abs(each["time"] - time.time()) < 3600 for each in (opened, message, closed))


def test_json_has_bytes_in_base64(echo):
    for size in (0, 1, 2, 3, 1000):
        data = os.urandom(size + 1)
        message = json.loads(run(echo, "--json", "--binary", "--count", 1, send=data)[1].splitlines()[1])
        assert message["type"] == "binary" and base64.b64decode(message["base64"], validate=True) == data


def test_json_of_a_long_message_cuts_no_character(echo):
    text = "aü€🙂" * 40000
    lines = run(echo, "--json", "--count", 1, send=text.encode() + b"\n")[1].decode().splitlines()
    pieces = [json.loads(line) for line in lines[1:-1]]
    assert len(pieces) > 1 and "".join(each["data"] for each in pieces) == text
    offset = 0
    for each in pieces:
        assert each["offset"] == offset and each["last"] == (each is pieces[-1])
        offset += len(each["data"].encode())


def test_json_of_a_refused_close():
    with Peer(closes(4000, b'"why"')) as port:
        code, out, _ = run(f"ws://127.0.0.1:{port}/", "--json", "--wait", "forever")
    closed = json.loads(out.splitlines()[-1])
    assert code == 8 and (closed["code"], closed["reason"], closed["clean"]) == (4000, '"why"', True)


def test_verbose_tells_steps_and_messages_with_sizes_and_times():
    with Recorder(frame(BINARY, b"abc", mask=None), fields=b"Server: test\x1b[2J\r\n".replace(b"\x1b", b"")) as server:
        code, out, err = run(server.url, "--verbose", "--count", 1, send=b"hello\n")
    told = [re.fullmatch(r" *\d+\.\d{3} (.*)", line)[1] for line in err.splitlines()]
    assert code == 0 and out == b"abc\n"
    for line in (f"* connecting to {server.url}", "< Server: test[2J", "* open, HTTP status 101", "< binary, 3 bytes",
                 "* closing with code 1000", "* closed by the application: code 1000 (normal closure)"):
        assert line in told, told


# ---- TLS ----


def tls_server(pair, authority=None):
    from tls.peers import EchoServer, server_context
    return EchoServer(server_context(pair, authority=authority))


def tls_cases():
    from tls import pki
    return pki.BAD


@pytest.mark.parametrize("what", ["expired", "not_yet_valid", "of_another_name", "of_another_authority", "self_signed",
                                  "without_its_intermediate", "for_clients_only"])
def test_a_bad_certificate_is_refused_with_its_reason(what, pki, authority):
    make, reason = tls_cases()[what]
    with tls_server(make(pki)) as server:
        code, err = ends_with(f"wss://localhost:{server.port}/", "--ca", authority / "ca.pem", send=b"a\n")
    assert code == 5 and re.search("TLS failed: " + reason, err), err


def test_without_ca_the_authorities_of_the_machine_are_trusted(pki):
    with tls_server(pki.make("good")) as server:
        code, err = ends_with(f"wss://localhost:{server.port}/", send=b"a\n")
    assert code == 5 and "not signed by an authority that is trusted" in err


def test_insecure_accepts_and_warns(pki):
    with tls_server(pki.self_signed()) as server:
        code, out, err = run(f"wss://localhost:{server.port}/", "--insecure", "--once", send=b"a\n")
    assert code == 0 and out == b"a\n" and err.startswith("whitcat: WARNING: --insecure: ") and err.count("\n") == 1


def test_a_certificate_of_ours(pki, authority):
    good, mine = pki.make("good"), pki.make("mine")
    ca = authority / "ca.pem"
    with tls_server(good, authority=ca) as server:
        url = f"wss://localhost:{server.port}/"
        assert run(url, "--ca", ca, "--cert", mine.certificate, "--key", mine.key, "--once", send=b"a\n") == (0, b"a\n", "")
        code, _, err = run(url, "--ca", ca, "--once", send=b"a\n")
    # With TLS 1.3 the refusal may come after the client's last message of the handshake, which it then has sent.
    assert code in (5, 7), err


def test_a_plain_server_at_a_wss_url(refusing):
    code, err = ends_with(refusing.replace("ws:", "wss:") + "/")
    assert code == 5 and "TLS failed" in err


# ---- --redirects (R-RED-1) ----


class Redirecting(http.server.BaseHTTPRequestHandler):
    """/STATUS/LOCATION: the Location is the rest of the path, percent-decoded."""
    def do_GET(self):
        _, status, location = self.path.split("/", 2)
        self.send_response(int(status))
        self.send_header("Location", urllib.parse.unquote(location))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def redirecting():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"ws://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def to(location):
    return urllib.parse.quote(location, safe="")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(redirecting, echo, status):
    """The first one leads to the second by its path alone, the second one to the echo server."""
    location = echo.replace("ws:", "http:")
    url = f"{redirecting}/{status}/" + to(f"/{status}/{to(location)}")
    code, out, err = run(url, "--redirects", 2, "--json", "--count", 1, send=b"a\n")
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and not err
    assert [each["event"] for each in events] == ["redirect", "redirect", "open", "message", "close"]
    assert events[0]["status"] == status and events[1]["url"] == events[2]["url"] == echo


def test_no_more_redirects_than_allowed(redirecting, echo):
    url = f"{redirecting}/301/" + to(f"/301/{to(echo)}")
    code, err = ends_with(url, "--redirects", 1)
    assert code == 6 and "HTTP status 301" in err and "not followed: too many redirections" in err


def test_another_host_gets_no_credentials(redirecting):
    words = ["--auth", "me:secret", "--cookie", "a=1", "--header", "X-Key: 2", "--wait", 0]
    with Recorder() as server:
        assert run(f"{redirecting}/302/{to(server.url)}", "--redirects", 1, *words)[0] == 0
        assert run(server.url, *words)[0] == 0
    foreign, own = ([request.get(name) for name in ("Authorization", "Cookie", "X-Key")] for request in server.requests)
    assert foreign == ["", "", ""] and own == ["Basic bWU6c2VjcmV0", "a=1", "2"]


def test_a_redirect_out_of_tls_is_refused(pki, authority):
    from tls.peers import server_context
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        server.socket = server_context(pki.make("redirecting")).wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"wss://127.0.0.1:{server.server_address[1]}/302/{to('http://127.0.0.1:1/')}"
        code, err = ends_with(url, "--redirects", 3, "--ca", authority / "ca.pem")
        server.shutdown()
    assert code == 6 and "not followed: a redirection out of TLS" in err


def test_a_location_that_is_no_url(redirecting):
    code, err = ends_with(f"{redirecting}/301/{to('ftp://a/')}", "--redirects", 3)
    assert code == 6 and "not followed: a redirection to no valid URL" in err


# ---- --proxy (R-PRX-1) ----


class TinyProxy:
    """tinyproxy that wants the user "me" with the password "pass1"."""

    def __init__(self, folder):
        need_command("tinyproxy", "tinyproxy-bin")
        self.port = free_port()
        (folder / "configuration").write_text(f"Port {self.port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nBasicAuth me pass1\n")
        self.process = Process(["tinyproxy", "-d", "-c", str(folder / "configuration")])

    def __enter__(self):
        wait_for_port(self.port)
        return self

    def __exit__(self, *_):
        self.process.stop()


def test_through_a_proxy_with_a_password(tmp_path, echo, pki, authority):
    with TinyProxy(tmp_path) as proxy:
        url = f"http://me:p%61ss1@127.0.0.1:{proxy.port}"
        (tmp_path / "proxy").write_text(url + "/\n")
        assert run(echo, "--proxy", url, "--once", send=b"a\n") == (0, b"a\n", "")
        assert run(echo, "--proxy", f"@{tmp_path}/proxy", "--once", send=b"b\n") == (0, b"b\n", "")
        with tls_server(pki.make("behind-a-proxy")) as server:
            words = [f"wss://localhost:{server.port}/", "--ca", authority / "ca.pem", "--proxy", url]
            assert run(*words, "--once", send=b"c\n") == (0, b"c\n", "")
        code, err = ends_with(echo, "--proxy", f"http://me:wrong@127.0.0.1:{proxy.port}", send=b"a\n")
        assert code == 6 and "(401)" in err


def test_a_proxy_is_used():
    """So that the test before cannot pass without one."""
    with Peer(sends(b"HTTP/1.1 403 Forbidden\r\n\r\n")) as port, Recorder() as server:
        code, err = ends_with(server.url, "--proxy", f"http://127.0.0.1:{port}", send=b"a\n")
        assert code == 6 and "the proxy does not allow that host or port (403)" in err and not server.requests


def test_no_proxy_there_and_one_that_is_none():
    code, err = ends_with("ws://nobody.invalid/", "--proxy", f"http://127.0.0.1:{free_port()}")
    assert code == 4 and "Connection refused" in err
    with Peer(sends(b"SSH-2.0-x\r\n")) as port:
        code, err = ends_with("ws://nobody.invalid/", "--proxy", f"http://127.0.0.1:{port}")
    assert code == 6 and "what answers is not an HTTP proxy" in err


# ---- --reconnect ----


def test_it_connects_again_and_input_waits():
    port = free_port()
    with Running(f"ws://127.0.0.1:{port}/", "--reconnect", "--json") as client:
        seen = collections.Counter()

        def next_of(event):
            while True:
                line = json.loads(client.line())
                seen[line["event"]] += 1
                if line["event"] == event:
                    return line
        assert next_of("close")["text"] == "connecting failed: Connection refused (111)"
        assert 1000 <= next_of("retry")["wait_ms"] <= 2000
        client.send(b"first\n")
        for word in ("first", "second"):
            with subprocess.Popen(arguments("--listen", port, "--echo"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL) as server:
                next_of("open")
                assert next_of("message")["data"] == word
                server.kill()
            next_of("close")
            client.send(b"second\n")
        client.child.send_signal(signal.SIGTERM)
        assert client.end()[0] == 143


def test_the_rest_of_a_message_whose_connection_is_lost_is_not_sent():
    def resets(connection):
        raw = RawSocket(connection)
        raw.send(SWITCHING + accept_value(raw.read_head().get("Sec-WebSocket-Key").encode()) + b"\r\n\r\n")
        raw.read_frame()
        raw.abort()
    recorder = Recorder()
    answers = [resets, recorder.serve_one]
    with Peer(lambda connection: answers.pop(0)(connection)) as port, \
         Running(f"ws://127.0.0.1:{port}/", "--reconnect", "--json") as client:
        client.send(b"x" * 100000)
        for event in ("open", "close", "retry"):
            assert json.loads(client.line())["event"] == event
        client.send(b"the rest\nnext\n")
        assert json.loads(client.line())["event"] == "open"
        until(recorder.messages)
        assert recorder.messages() == [(TEXT, b"next")]


def test_cookies_of_the_server_come_back():
    def sets_a_cookie(connection):
        raw = RawSocket(connection)
        raw.send(SWITCHING.replace(b"Sec-", b"Set-Cookie: SRV=b2; Path=/\r\nSec-") +
                 accept_value(raw.read_head().get("Sec-WebSocket-Key").encode()) + b"\r\n\r\n" +
                 frame(CLOSE, close_payload(1012), mask=None))
        raw.read_until([CLOSE], True)
        raw.close()
    recorder = Recorder()
    answers = [sets_a_cookie, recorder.serve_one]
    with Peer(lambda connection: answers.pop(0)(connection)) as port, \
         Running(f"ws://127.0.0.1:{port}/", "--reconnect", "--cookie", "own=1") as client:
        client.send(b"a\n")
        until(recorder.messages)
    assert recorder.requests[0].all("Cookie") == ["own=1; SRV=b2"]


HAPROXY = """
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  timeout tunnel 500ms
frontend f
  bind 127.0.0.1:{port}
  default_backend b
backend b
  balance roundrobin
  cookie SRV insert indirect nocache
{servers}
"""


def test_a_load_balancer_leads_it_back_to_the_same_server(tmp_path):
    """HAProxy ends each connection after a short silence, and would lead the next one to another of three servers."""
    need_command("haproxy", "haproxy")
    with Listening("--json") as one, Listening("--json") as two, Listening("--json") as three:
        servers = (one, two, three)
        port = free_port()
        lines = "\n".join(f"  server s{i} 127.0.0.1:{each.port} cookie c{i}" for i, each in enumerate(servers))
        (tmp_path / "haproxy.cfg").write_text(HAPROXY.format(port=port, servers=lines))
        balancer = Process(["haproxy", "-db", "-f", str(tmp_path / "haproxy.cfg")])
        try:
            wait_for_port(port)
            with Running(f"ws://127.0.0.1:{port}/", "--reconnect", "--json") as client:
                opened = 0
                while opened < 3:
                    opened += json.loads(client.line())["event"] == "open"
                client.child.send_signal(signal.SIGINT)
                assert client.end()[0] == 130
        finally:
            balancer.stop()
        ends = []
        for each in servers:
            each.child.send_signal(signal.SIGINT)
            ends.append([json.loads(line)["event"] for line in each.end()[1].splitlines()].count("open"))
        assert sorted(ends) == [0, 0, 3]


def test_it_does_not_connect_again_where_it_is_not_wanted(refusing):
    code, err = ends_with(f"{refusing}/401", "--reconnect")
    assert code == 6 and "HTTP status 401" in err


def test_it_waits_as_long_as_the_server_says(refusing):
    with Running(f"{refusing}/503", "--reconnect", "--json") as client:
        assert json.loads(client.line())["event"] == "close"
        assert json.loads(client.line())["wait_ms"] in range(6000, 7001)


# ---- --listen ----


def test_the_input_goes_to_all_and_all_is_printed():
    with Listening("--json") as server, Running(server.url) as one, Running(server.url) as two:
        for _ in range(2):
            assert json.loads(server.line())["event"] == "open"
        server.send(b"to all\n")
        assert one.line() == two.line() == b"to all\n"
        one.send(b"from one\n")
        message = json.loads(server.line())
        assert message["data"] == "from one" and message["connection"] in (1, 2)
        one.end()
        closed = json.loads(server.line())
        assert closed["event"] == "close" and closed["connection"] == message["connection"]
        server.send(b"x" * 200000 + b"\n")
        assert two.line() == b"x" * 200000 + b"\n"
        server.child.terminate()
        assert server.end()[0] == 143 and two.end()[0] == 0


def test_long_messages_of_several_clients_are_not_mixed():
    with Listening("--count", 8) as server:
        clients = [Running(server.url, "--wait", 0) for _ in range(4)]
        for letter, client in zip("abcd", clients):
            threading.Thread(target=lambda c=client, t=letter: c.child.communicate((t * 400000 + "\n").encode() * 2), daemon=True).start()
        out = server.end()[1]
        for client in clients:
            client.child.wait(PATIENCE_SECONDS)
    assert collections.Counter(out.splitlines()) == {letter.encode() * 400000: 2 for letter in "abcd"}


def test_a_client_that_joins_within_a_message_gets_none_of_it():
    with Listening("--binary") as server, RawClient.open(("127.0.0.1", server.port)) as one:
        server.send(b"first")
        got = one.read_frame()
        assert (got.fin, got.opcode, got.payload) == (False, BINARY, b"first")
        with RawClient.open(("127.0.0.1", server.port)) as two:
            server.send(b"second")
            got = one.read_frame()
            assert (got.fin, got.opcode, got.payload) == (False, 0, b"second")
            two.send(frame(PING, b"?"))
            assert two.read_frame().opcode == PONG


def test_a_port_that_is_in_use():
    with Listening(stdin=subprocess.DEVNULL) as server:
        code, err = ends_with("--listen", server.port)
    assert code == 4 and f"127.0.0.1:{server.port}: the port is in use" in err


def test_addresses_to_listen_at():
    for address in ("0.0.0.0", "[::1]"):
        with Running("--listen", f"{address}:0", "--echo", stdin=subprocess.DEVNULL) as server:
            port = re.fullmatch(rf"whitcat: listening on ws://{re.escape(address)}:(\d+)/\n", server.error_line())[1]
            host = "127.0.0.1" if address == "0.0.0.0" else address
            assert run(f"ws://{host}:{port}/", "--once", send=b"a\n")[1] == b"a\n"


def test_a_secure_server(pki, authority):
    pair = pki.make("good")
    with Running("--listen", 0, "--echo", "--tls-cert", pair.certificate, "--tls-key", pair.key, stdin=subprocess.DEVNULL) as server:
        port = re.fullmatch(r"whitcat: listening on wss://127\.0\.0\.1:(\d+)/\n", server.error_line())[1]
        assert run(f"wss://127.0.0.1:{port}/", "--ca", authority / "ca.pem", "--once", send=b"a\n") == (0, b"a\n", "")


def test_a_server_speaks_a_protocol():
    with Listening("--protocol", "chat", stdin=subprocess.DEVNULL) as server:
        out = run(server.url, "--json", "--wait", 0, "--protocol", "mqtt", "--protocol", "chat")[1]
        assert json.loads(out.splitlines()[0])["protocol"] == "chat"


def test_a_server_echoes_to_a_raw_client_and_closes_as_told():
    with Listening("--echo", "--close", "4002:over", "--count", 2) as server:
        with RawClient.open(("127.0.0.1", server.port)) as raw:
            raw.echo(TEXT, b"a")
            raw.send(frame(TEXT, b"b"))
            frames = raw.read_until([CLOSE], False)
        assert frames[-1].payload == close_payload(4002, b"over")
        assert server.end()[:2] == (0, b"a\nb\n")


# ---- --bench ----


def test_bench_counts_and_measures(echo):
    code, out, err = run(echo, "--bench", "--json", "--count", 500, "--size", 70000, "--window", 4)
    result = json.loads(out)
    assert code == 0 and not err and (result["messages"], result["bytes"], result["window"]) == (500, 70000, 4)
    assert 0 < result["p50_us"] <= result["p90_us"] <= result["p99_us"] <= result["p999_us"] <= result["max_us"]
    assert result["per_second"] == pytest.approx(500 / result["seconds"], rel=0.05)
    assert result["max_us"] <= result["seconds"] * 1e6 + 1000


def test_bench_sends_what_it_says():
    with Recorder() as server:
        code, _, err = run(server.url, "--bench", "--count", 9, "--size", 100, "--window", 3, "--ping", 0.1, "--timeout", 0.3)
    assert code == 9 and "the answer to a ping" in err and server.messages() == [(TEXT, (b"abcdefghijklmnopqrstuvwxyz" * 4)[:100])] * 3


def test_bench_is_readable_for_persons(echo):
    code, out, _ = run(echo, "--bench", "--count", 20, "--binary")
    assert code == 0 and out.startswith(b"20 echoes of 64 bytes, 1 on their way at once: ") and b"99.9 %" in out


def test_bench_of_a_server_that_does_not_echo():
    with Recorder(frame(TEXT, b"hello", mask=None)) as server:
        code, _, err = run(server.url, "--bench")
    assert code == 7 and "this server does not echo" in err


def test_bench_shows_progress_on_a_terminal(echo):
    with Terminal(echo, "--bench", "--count", 30000) as terminal:
        terminal.wait_until(lambda lines: any(line.startswith("30000 echoes of 64 bytes") for line in lines))
        assert terminal.wait_end() == 0
        assert re.search(rb"\r\d+ of 30000 messages, \d+ per second", terminal.raw) and "of 30000" not in "".join(terminal.lines())


# ---- a terminal ----


@pytest.fixture
def conversation():
    """A client on a terminal of 40 columns, and its server in pipes."""
    pytest.importorskip("pyte", reason="no python3-pyte on this machine")
    with Listening("--json") as server, Terminal(server.url, columns=40) as terminal:
        terminal.first = f"* connected to {server.url}"
        terminal.wait_for(terminal.first, ">")
        assert json.loads(server.line())["event"] == "open"
        yield terminal, server


def test_an_incoming_message_does_not_tear_the_line(conversation):
    terminal, server = conversation
    typed = "a line of wörds that is longer than the screen is wide"
    terminal.type(typed)
    shown = ["> " + typed[:38], typed[38:]]
    terminal.wait_for(terminal.first, *shown)
    server.send(b"one\ntwo\n")
    terminal.wait_for(terminal.first, "< one", "< two", *shown)
    assert (terminal.screen.cursor.y, terminal.screen.cursor.x) == (4, len(typed) - 38)
    terminal.type("\x01")  # to the begin of the line
    server.send(b"three\n")
    terminal.wait_for(terminal.first, "< one", "< two", "< three", *shown)
    assert (terminal.screen.cursor.y, terminal.screen.cursor.x) == (4, 2)
    terminal.type("Not \r")
    assert json.loads(server.line())["data"] == "Not " + typed


def test_a_line_of_wide_characters_on_a_terminal_that_becomes_narrow(conversation):
    terminal, server = conversation
    terminal.type("end\x01" + "世界" * 6)
    terminal.wait_until(lambda lines: lines[1].startswith("> 世"))
    terminal.resize(20)
    server.send(b"one\n")
    server.send(b"two\n")
    terminal.wait_until(lambda lines: "< two" in lines and lines[-1] == "end" or lines[-1].endswith("end"))
    terminal.type("\x03")
    assert terminal.wait_end() == 130
    assert not any("end" in line or "世" in line for line in terminal.lines()), terminal.lines()


def test_lines_are_edited_and_remembered(conversation):
    terminal, server = conversation
    terminal.type("hellp\x7fo\r")
    assert json.loads(server.line())["data"] == "hello"
    terminal.type("\x1b[A world\r")
    assert json.loads(server.line())["data"] == "hello world"


def test_a_message_cannot_control_the_terminal(conversation):
    terminal, server = conversation
    server.send("a\x1b[2J\x07b \x9bc\n".encode())
    terminal.wait_for(terminal.first, r"< a\x1b[2J\x07b \x9bc", ">")


def test_ctrl_d_ends_in_order_and_leaves_no_prompt(conversation):
    terminal, server = conversation
    terminal.type("\x04")
    assert terminal.wait_end() == 0
    assert terminal.lines() == [terminal.first, "* closed by the application: code 1000 (", "normal closure)"]
    assert json.loads(server.line())["code"] == 1000


def test_ctrl_c_ends_in_order_with_its_code(conversation):
    terminal, server = conversation
    terminal.type("half a line\x03")
    assert terminal.wait_end() == 130
    assert json.loads(server.line())["code"] == 1000 and "half" not in "".join(terminal.lines())


def test_the_end_of_the_server_is_told(conversation):
    terminal, server = conversation
    server.child.terminate()
    assert terminal.wait_end() == 0
    assert terminal.lines()[1].startswith("* closed by the peer: code 1000")


def test_what_is_pasted_is_one_message(conversation):
    terminal, server = conversation
    terminal.type("\x1b[200~two\rlines\x1b[201~\r")
    assert json.loads(server.line())["data"] == "two\nlines"


def test_bytes_are_shown_in_hexadecimal():
    pytest.importorskip("pyte", reason="no python3-pyte on this machine")
    with Recorder(frame(BINARY, bytes(range(0x3C, 0x4F)), mask=None)) as server, Terminal(server.url) as terminal:
        terminal.wait_for(f"* connected to {server.url}", "< 19 bytes, binary",
                          "  000000  3c 3d 3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK",
                          "  000010  4c 4d 4e                                         LMN", ">")
        terminal.type("\x04")
        assert terminal.wait_end() == 0


def test_a_server_on_a_terminal_numbers_its_clients():
    pytest.importorskip("pyte", reason="no python3-pyte on this machine")
    with Terminal("--listen", 0) as terminal:
        terminal.wait_until(lambda lines: len(lines) == 2)
        url = terminal.lines()[0].split()[-1]
        with Running(url) as one, Running(url) as two:
            terminal.wait_until(lambda lines: sum("connected from" in line for line in lines) == 2)
            one.send(b"hello\n")
            terminal.wait_until(lambda lines: "1< hello" in lines or "2< hello" in lines)
            terminal.type("good day\r")
            assert one.line() == two.line() == b"good day\n"
        terminal.type("\x04")
        assert terminal.wait_end() == 0


def test_a_message_cannot_control_the_terminal_behind_a_pipe(echo):
    code, text = command("script", "-qec", f"printf 'a\\033[2Jb\\n' | {PROGRAM} --count 1 {echo}", "/dev/null")
    assert code == 0 and r"a\x1b[2Jb" in text and "\x1b" not in text, text


def test_a_dumb_terminal_has_plain_lines(echo):
    """The program's own echo of the line, and the terminal's."""
    code, text = command("script", "-qec", f"TERM=dumb {PROGRAM} --once {echo}", "/dev/null")
    assert code == 0 and "\x1b" not in text, text
