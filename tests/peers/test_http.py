# SPDX-License-Identifier: MIT
# about: pages, POST and WebSockets on one port: curl, wget, ab, nginx in front, and every shape of request that could be taken for two
# needs: host
# wants: http tlspeers
# minutes: 5
"""The device of http_device/server.cpp, with real peers and raw sockets. What is answered is read to the end of the connection,
so an answer too many is seen. On a device, an answer is for exactly one request: R-HS-5, R-SRV-1, R-FLOW-5."""
import base64
import contextlib
import gzip
import hashlib
import json
import random
import re
import socket
import struct
import threading
import time
import zlib
from pathlib import Path

import pytest
from http_device.raw import (BEHIND, LAST, PATIENCE_SECONDS, REFUSALS, REFUSED_AND_ENDED, SMUGGLED, connect, curl, ended, exchange, get,
                             opening, read_to_end, split_answers)
from interop.process import Process, listening
from interop.wire import BINARY, DEFAULT_KEY, TEXT, accept_value, frame
from support.machine import ROOT, command, compile_host, free_port, need_command

FOLDER = Path(__file__).resolve().parent / "http_device"
SHORT_MS = 700  # the deadlines of a server that is to end somebody
SECRET = b"only for those with the password"
FILES = {
    "/": ("text/html; charset=utf-8", b"<!doctype html><title>device</title><h1>It works</h1>\n" * 3),
    "/app.js": ("text/javascript; charset=utf-8", b"".join(b"let value%d = %d;\n" % (i, i * i) for i in range(4000))),
    "/large.bin": ("application/octet-stream", b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(1 << 15))),
    "/smuggled.txt": ("text/plain; charset=utf-8", SMUGGLED),
    "/admin/page.txt": ("text/plain; charset=utf-8", SECRET),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for path, (_, body) in FILES.items():
        file = folder / "files" / (path[1:] or "index.html")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    code, text = command("python3", ROOT / "stack" / "cmake" / "make_pages.py", folder / "files", folder)
    assert code == 0, text
    return compile_host(FOLDER / "server.cpp", folder / "server", "-I", folder, folder / "whit_pages.cpp")


class Server:
    def __init__(self, program, *words):
        self.process = Process([str(program), *map(str, words)])
        ready = self.process.wait_line(r"^listening on 127\.0\.0\.1:(\d+)$", PATIENCE_SECONDS)
        assert ready, self.process.output()
        self.port = int(ready[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        alive = self.process.alive()
        self.process.stop()
        assert alive, self.process.output()


@pytest.fixture(scope="module")
def server(program):
    with Server(program) as running:
        yield running


@pytest.fixture(scope="module")
def plain(program):
    """A server whose application reviews no requests."""
    with Server(program, 5000, "plain") as running:
        yield running


@pytest.fixture(scope="module", params=["reviewed", "plain"])
def either(request):
    return request.getfixturevalue("server" if request.param == "reviewed" else "plain")


@pytest.fixture(scope="module")
def hasty(program):
    """The same with short deadlines."""
    with Server(program, SHORT_MS) as running:
        yield running


def page(name):
    return FILES[name][1]


def expect_good(server):
    """A client that comes now is served, on a connection of its own."""
    answer, = exchange(server, get("/", LAST))
    assert (answer.status, answer.body) == (200, page("/")), answer


# ---- one page ----


def test_a_page_and_its_fields(server):
    answer, = exchange(server, get("/app.js", LAST))
    assert (answer.status, answer.body) == (200, page("/app.js"))
    assert answer.fields["content-type"] == FILES["/app.js"][0]
    assert answer.fields["content-length"] == str(len(page("/app.js")))
    assert answer.fields["vary"].lower() == "accept-encoding" and "content-encoding" not in answer.fields
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', answer.fields["etag"]), answer
    assert answer.fields["cache-control"] == "no-cache"
    assert answer.fields["connection"].lower() == "close"


def test_head_is_get_without_its_body(server):
    for codings in ("identity", "gzip"):
        fields = (f"Accept-Encoding: {codings}", LAST)
        whole, = exchange(server, get("/app.js", *fields))
        head, = exchange(server, get("/app.js", *fields, method="HEAD"), ["HEAD"])
        assert head.status == whole.status == 200 and head.fields == whole.fields, (head, whole)


@pytest.mark.parametrize("coding", ["gzip", "deflate, gzip;q=0.5", "GZIP", "*", "gzip;q=1.0, identity; q=0.5, *;q=0"])
def test_the_compressed_form(server, coding):
    answer, = exchange(server, get("/app.js", f"Accept-Encoding: {coding}", LAST))
    assert answer.fields["content-encoding"] == "gzip" and gzip.decompress(answer.body) == page("/app.js"), answer


@pytest.mark.parametrize("coding", ["", "identity", "gzip;q=0", "gzip; q=0.000", "deflate, br", "xgzip", "gzipx", "*;q=0, identity"])
def test_the_plain_form(server, coding):
    answer, = exchange(server, get("/app.js", f"Accept-Encoding: {coding}", LAST))
    assert "content-encoding" not in answer.fields and answer.body == page("/app.js"), answer


def test_tags_of_the_two_forms_differ(server):
    plain, = exchange(server, get("/app.js", LAST))
    small, = exchange(server, get("/app.js", "Accept-Encoding: gzip", LAST))
    assert plain.fields["etag"] != small.fields["etag"], "RFC 9110, 8.8.3"


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_conditional_request(server, coding):
    fields = (f"Accept-Encoding: {coding}", LAST)
    whole, = exchange(server, get("/app.js", *fields))
    tag = whole.fields["etag"]
    for given in (tag, "W/" + tag, f'"x", {tag}', f'"x" , W/{tag} ,"y"', "*"):
        answer, = exchange(server, get("/app.js", f"If-None-Match: {given}", *fields))
        assert answer.status == 304 and answer.fields["etag"] == tag and "vary" in answer.fields, (given, answer)
        answer, = exchange(server, get("/app.js", f"If-None-Match: {given}", *fields, method="HEAD"), ["HEAD"])
        assert answer.status == 304, (given, answer)
    for given in ('"x"', tag.strip('"'), tag[:-2] + '"', f'"{tag}"', ""):
        answer, = exchange(server, get("/app.js", f"If-None-Match: {given}", *fields))
        assert (answer.status, answer.body) == (200, whole.body), (given, answer)


@pytest.mark.parametrize("field", ["Range: bytes=0-9", "Range: bytes=-5", "Range: bytes=9-1", "Range: lines=1-2",
                                   "Range: bytes=0-0,2-3", "Range: bytes=0-9\r\nIf-Range: \"x\""])
def test_a_range_is_ignored(server, field):
    """RFC 9110, 14.2: a server may."""
    answer, = exchange(server, get("/app.js", field, LAST))
    assert (answer.status, answer.body) == (200, page("/app.js")), answer


@pytest.mark.parametrize("target, status", [("/app.js?v=2", 200), ("http://other.example/app.js", 200), ("/nothing", 404),
                                            ("/app.js/", 404), ("/APP.JS", 404), ("/%61pp.js", 404), ("/x/../app.js", 404),
                                            ("//app.js", 404), ("/../../etc/passwd", 404), ("/app.js%00", 404), ("/?", 200)])
def test_which_page_a_target_is(server, target, status):
    answer, = exchange(server, get(target, LAST))
    assert answer.status == status, answer


def test_refusals_are_for_readers(server):
    for request, status in ((get("/nothing", LAST), 404), (get(method="PUT"), 405), (get(method="BREW"), 405),
                            (opening("/", "Sec-WebSocket-Version: 13").replace(b"Version: 13", b"Version: 8", 1), 400),
                            (opening().replace(b"Version: 13", b"Version: 8"), 426)):
        answer, = exchange(server, request)
        assert answer.status == status and answer.fields["content-type"].startswith("text/"), answer
        assert re.search(rb"[A-Za-z]{3}", answer.body), answer
        if status == 405:
            assert "GET" in answer.fields["allow"], answer
        if status == 426:
            assert answer.fields["sec-websocket-version"] == "13" and answer.fields["upgrade"] == "websocket", answer


# ---- one connection, several requests ----


def test_pipelined_requests_are_answered_in_their_order(server):
    for pieces in (None, 7):
        answers = exchange(server, get("/") + get("/app.js", method="HEAD") + get("/nothing") + get("/smuggled.txt", LAST), ["GET", "HEAD"], pieces)
        assert [each.status for each in answers] == [200, 200, 404, 200], answers
        assert (answers[0].body, answers[3].body) == (page("/"), SMUGGLED)


def test_large_pages_pipelined(server):
    answers = exchange(server, get("/large.bin") * 3 + get("/app.js") + get("/large.bin", LAST))
    assert [each.body for each in answers] == [page("/large.bin")] * 3 + [page("/app.js"), page("/large.bin")]


def test_requests_before_an_upgrade(server):
    """And a frame right behind it (R-HS-2)."""
    data = get("/") + get("/app.js") + opening() + frame(TEXT, b"hello")
    for pieces in (None, 5):
        with connect(server) as sock:
            for at in range(0, len(data), pieces or len(data)):
                sock.sendall(data[at:at + (pieces or len(data))])
            received = b""
            while not received.endswith(frame(TEXT, b"hello", mask=None)):
                piece = sock.recv(1 << 16)
                assert piece, received[-200:]
                received += piece
        answers = split_answers(received)
        assert [each.status for each in answers] == [200, 200, 101], answers
        assert answers[2].fields["sec-websocket-accept"] == accept_value(DEFAULT_KEY).decode()
        assert answers[2].body == frame(TEXT, b"hello", mask=None)


def test_a_connection_has_an_end(server):
    """WHIT_HTTP_REQUESTS: one client does not keep a place for ever."""
    answers = exchange(server, get("/smuggled.txt") * 1000)
    assert 1 < len(answers) <= 1000, len(answers)
    assert [each.fields.get("connection", "keep").lower() for each in answers][-2:] == ["keep", "close"], answers[-2:]


def test_http_1_0(server):
    answer, = exchange(server, b"GET / HTTP/1.0\r\n\r\n" + get("/smuggled.txt"))
    assert (answer.status, answer.body) == (200, page("/")), answer


@pytest.mark.parametrize("name", ["/app.js", "/large.bin"])
def test_a_peer_that_has_ended_its_side_is_answered(server, name):
    """RFC 9112, 9.6: it may have nothing more to ask."""
    with connect(server) as sock:
        sock.sendall(get(name))
        sock.shutdown(socket.SHUT_WR)
        answer, = split_answers(read_to_end(sock))
    assert answer.body == page(name)


@pytest.mark.parametrize("fields", [["X: " + "x" * 5000], ["Cookie: " + "c" * 5000], ["Accept-Language: " + "de, " * 1000],
                                    [f"X-{i}: {i}" for i in range(300)], ["If-None-Match: " + '"x", ' * 500],
                                    ["Accept-Encoding: " + "x, " * 1000]], ids=lambda fields: fields[0][:15].replace(" ", ""))
def test_fields_longer_than_a_buffer(plain, fields):
    answers = exchange(plain, get("/app.js", *fields) + get("/", LAST))
    assert [each.status for each in answers] == [200, 200] and answers[0].body == page("/app.js"), answers


def test_a_target_longer_than_a_buffer(plain):
    answers = exchange(plain, get("/app.js?v=" + "2" * 3000) + get("/" + "x" * 3000) + get("/", LAST))
    assert [each.status for each in answers] == [200, 404, 200], answers


def test_a_handshake_is_a_get(server):
    answer, = exchange(server, opening("/", LAST).replace(b"GET", b"HEAD"), ["HEAD"])
    assert answer.status in (200, 400, 405), answer
    answers = exchange(server, opening("/").replace(b"GET", b"POST") + BEHIND)
    assert len(answers) == 1 and answers[0].status in REFUSALS, answers


def test_pages_of_a_full_server(server):
    """Every connection is open: a page still comes, and says so by its script; another WebSocket is refused with 503."""
    open_ones = []
    try:
        for _ in range(4):
            open_ones.append(connect(server))
            open_ones[-1].sendall(opening())
            assert open_ones[-1].recv(1000).startswith(b"HTTP/1.1 101 ")
        expect_good(server)
        answer, = exchange(server, opening())
        assert answer.status == 503 and int(answer.fields["retry-after"]) > 0, answer
    finally:
        for sock in open_ones:
            sock.close()


# ---- answers of the application ----

PASSWORD = b"p\0\xff:"
CREDENTIALS = "Authorization: Basic " + base64.b64encode(b"admin:" + PASSWORD).decode()


def test_an_answer_of_the_application(server):
    answers = exchange(server, get("/state?x") + get("/state", method="HEAD") + get("/state", LAST), ["GET", "HEAD"])
    assert [each.status for each in answers] == [200] * 3, answers
    assert answers[0].fields["content-type"] == "application/json" and answers[0].fields["cache-control"] == "no-store"
    assert json.loads(answers[0].body) == json.loads(answers[2].body) == {"port": server.port}
    assert answers[1].fields == answers[0].fields


def test_an_answer_made_of_its_request(server):
    """It is written in place of the request, which is as long as it likes, with the next one right behind it."""
    for size in (10, 100, 300, *range(380, 520, 3), 600, 700, 900):
        target = "/said?" + "".join(chr(97 + i % 26) for i in range(size))
        for behind in (b"", get("/state"), get("/said?" + "x" * 100)):
            answers = exchange(server, get(target) + behind + get("/", LAST))
            assert [each.status for each in answers[1:]] == [200] * (len(answers) - 1), (size, answers)
            assert answers[0].status == 507 or answers[0].body == target.encode(), (size, answers)
            assert answers[0].status == 200 or (len(answers) == 1 and size > 300), (size, answers)
            assert answers[-1].body == page("/") or answers[-1].fields["connection"] == "close", (size, answers)


def test_a_late_answer(server):
    answers = exchange(server, get("/later") * 3 + get("/", LAST))
    assert [each.body for each in answers] == [b"late\n"] * 3 + [page("/")], answers


def test_peers_that_do_not_wait_for_a_late_answer(server):
    for i in range(30):
        sock = connect(server)
        sock.sendall(get("/later") * (1 + i % 3))
        if i % 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
        sock.close()
    expect_good(server)


def test_any_requests_in_any_pieces(server):
    """Random requests in one stream, cut anywhere: each is answered with its own answer, in order. An answer that has no room beside
    what has come behind its request says that it is the last one."""
    whole = 0
    lines = b"".join(b'device_value{line="%d"} %d\n' % (i, i) for i in range(2000))
    known = {"/": page("/"), "/app.js": page("/app.js"), "/smuggled.txt": SMUGGLED, "/metrics": lines, "/said?x=%20y": b"/said?x=%20y",
             "/state": b'{"port":%d}' % server.port, "/later": b"late\n", "/nothing": None, "/upload": None, "/slow": None}
    for seed in range(12):
        chance = random.Random(seed)
        asked = [any_request(chance, known) for _ in range(chance.randrange(2, 30))]
        asked[-1] = (asked[-1][0].replace(b"\r\n", f"\r\n{LAST}\r\n".encode(), 1), *asked[-1][1:])
        with connect(server) as sock:
            sender = threading.Thread(target=send_in_pieces, args=(sock, b"".join(data for data, *_ in asked), chance))
            sender.start()
            answers = split_answers(read_to_end(sock), [method for _, method, *_ in asked])
            sender.join()
        assert answers[-1].fields["connection"] == "close", (seed, answers[-1])
        whole += len(answers) == len(asked)
        for (data, _, *expected), answer in zip(asked, answers):
            assert answer.status == expected[0] and expected[1] in (None, answer.body), (seed, data, answer)
    assert whole >= 6, f"only {whole} of 12 streams were answered to their end"


def any_request(chance, known):
    """(bytes, method, status, body of the answer)"""
    target, method = chance.choice(list(known)), chance.choice(["GET", "GET", "HEAD"])
    fields = ["X: " + "y" * chance.randrange(200)] * chance.randrange(3)
    if target in ("/upload", "/slow"):
        body = chance.randbytes(chance.choice([0, 1, 100, 1000, 1024, 5000]))
        return get(target, *fields, f"Content-Length: {len(body)}", method="POST", body=body), "POST", 200, received(body)
    body = known[target] if method == "GET" else b""
    return get(target, *fields, method=method), method, 404 if known[target] is None else 200, body


def received(body):
    """What the device says of a body."""
    return b"%d %08x\n" % (len(body), zlib.crc32(body))


def send_in_pieces(sock, data, chance):
    while data:
        size = chance.choice([1, 2, 10, 100, 1000, 5000])
        sock.sendall(data[:size])
        data = data[size:]
        if chance.random() < 0.3:
            time.sleep(0.001)


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_an_answer_of_many_parts(server, version):
    """2,000 lines of Prometheus through buffers of 1,024 bytes: in chunks (RFC 9112, 7.1), and for HTTP/1.0 to the end of the connection."""
    lines = b"".join(b'device_value{line="%d"} %d\n' % (i, i) for i in range(2000))
    if version == "1.1":
        answers = exchange(server, get("/metrics") + get("/metrics", method="HEAD") + get("/metrics", LAST), ["GET", "HEAD"])
        assert [each.body for each in answers] == [lines, b"", lines], answers
        assert answers[0].fields["transfer-encoding"] == "chunked", answers
        assert answers[0].fields["content-type"].startswith("text/plain; version=")
        return
    with connect(server) as sock:
        sock.sendall(get("/metrics", version="1.0"))
        head, _, body = read_to_end(sock).partition(b"\r\n\r\n")
    assert body == lines and b"chunked" not in head.lower(), head


def test_a_page_with_a_password(server):
    """RFC 7617: any bytes, a realm and UTF-8 in the challenge; the page behind it is a static one."""
    answer, = exchange(server, get("/admin/page.txt", LAST))
    assert answer.status == 401 and b"password" in answer.body and SECRET not in answer.body, answer
    assert answer.fields["www-authenticate"] == 'Basic realm="device 7", charset="UTF-8"', answer
    for wrong in (b"admin:p\0\xff;", b"admin:p", b"root:" + PASSWORD, b"admin:" + PASSWORD + b"\0"):
        field = "Authorization: Basic " + base64.b64encode(wrong).decode()
        answer, = exchange(server, get("/admin/page.txt", field, LAST))
        assert answer.status == 401 and SECRET not in answer.body, (wrong, answer)
    answer, = exchange(server, get("/admin/page.txt", CREDENTIALS, LAST))
    assert (answer.status, answer.body) == (200, SECRET), answer
    answer, = exchange(server, get("/admin/nothing", CREDENTIALS, LAST))
    assert answer.status == 404, answer


@pytest.mark.parametrize("target", ["/admin/page.txt?x", "/x/../admin/page.txt", "/admin/../admin/page.txt", "/%61dmin/page.txt",
                                    "/admin%2fpage.txt", "//admin/page.txt", "/./admin/page.txt", "/ADMIN/page.txt", "/admin//page.txt",
                                    "http://device/admin/page.txt", "http://other.example/admin/page.txt", "/admin;x/page.txt"])
def test_no_way_around_a_guard(server, target):
    answer, = exchange(server, get(target, LAST))
    assert answer.status in (401, 404) and SECRET not in answer.body, answer


def first_bytes(server, data, size=13):
    with connect(server) as sock:
        sock.sendall(data)
        received = b""
        while len(received) < size:
            piece = sock.recv(1 << 16)
            assert piece, received
            received += piece
        return received


def status_of_opening(server, target, *fields):
    return int(first_bytes(server, opening(target, *fields))[9:12])


def test_a_ticket_opens_one_websocket(server):
    """For browsers, which send no Authorization with a WebSocket (R-HS-4)."""
    assert exchange(server, get("/ticket", LAST))[0].status == 401
    ticket, = [each.body.decode() for each in exchange(server, get("/ticket", CREDENTIALS, LAST))]
    assert re.fullmatch("[0-9a-f]{32}", ticket), ticket
    wrong = ticket[:-1] + ("0" if ticket[-1] != "0" else "1")
    for query in ("", "?ticket=", f"?ticket={wrong}", f"?ticket={ticket}0", f"?x={ticket}"):
        assert status_of_opening(server, "/live" + query) == 403, query
    assert status_of_opening(server, f"/live?ticket={ticket}") == 101
    assert status_of_opening(server, f"/live?ticket={ticket}") == 403, "it is used up"


@pytest.mark.parametrize("fields, status", [
    ((), 403), (("Origin: null",), 403), (("Origin: http://evil.example",), 403), (("Origin: http://device.evil.example",), 403),
    (("Origin: http://device:8080",), 403), (("Origin: https://device",), 101), (("Origin: http://device",), 101),
    (("Origin: http://DEVICE:80",), 101), (("Origin: http://device/",), 403), (("Origin: http://device", "Origin: http://evil.example"), 400),
], ids=str)
def test_cross_site_hijacking(server, fields, status):
    """RFC 6455, 10.2: a foreign page has the visitor's cookies, but not our Origin."""
    assert status_of_opening(server, "/own", "Cookie: session=1", *fields) == status


def test_endpoints_by_path(server):
    expected = frame(TEXT, b"SHOUT", mask=None)
    data = opening("/shout?x=1", "Sec-WebSocket-Protocol: other, v1.device, v2.device") + frame(TEXT, b"hello")
    with connect(server) as sock:
        sock.sendall(data)
        received = b""
        while not received.endswith(expected):
            piece = sock.recv(1 << 16)
            assert piece, received
            received += piece
    assert split_answers(received)[0].fields["sec-websocket-protocol"] == "v2.device", received
    for fields in ((), ("Sec-WebSocket-Protocol: other",)):
        answer, = exchange(server, opening("/shout", *fields))
        assert answer.status == 400 and b"subprotocol" in answer.body, answer
    for target in ("/nothing", "/state", "/shout/", "/SHOUT", "/admin/page.txt"):
        assert exchange(server, opening(target))[0].status == 404, target


# ---- a POST ----


def post(target, body, *fields):
    return get(target, f"Content-Length: {len(body)}", *fields, method="POST", body=body)


@pytest.mark.parametrize("size", [0, 1, 900, 1024, 1025, 5000, 300000])
@pytest.mark.parametrize("target", ["/upload", "/slow"])
def test_the_body_of_a_post(server, target, size):
    """Through buffers of 1,024 bytes, also into an application that is slower than the network."""
    body = random.Random(size).randbytes(size)
    answers = exchange(server, post(target, body) + get("/", LAST))
    assert [(each.status, each.body) for each in answers] == [(200, received(body)), (200, page("/"))], answers


def test_a_body_that_looks_like_a_request(server):
    for data in (BEHIND, b"\r\n\r\n" + BEHIND, b"0\r\n\r\n" + BEHIND):
        for pieces in (None, 1):
            answers = exchange(server, post("/upload", data) + get("/", LAST), (), pieces)
            assert [each.body for each in answers] == [received(data), page("/")], answers


@pytest.mark.parametrize("target, fields, status", [("/", (), 405), ("/app.js", (), 405), ("/nothing", (), 405), ("/guarded", (), 401),
                                                    ("/own", (), 403), ("/upload", ("Expect: 200-ok",), 417),
                                                    ("/upload", ("Upgrade: websocket", "Connection: Upgrade"), 200)])
def test_a_body_that_is_not_wanted_is_no_request(server, target, fields, status):
    answers = exchange(server, post(target, BEHIND, *fields) + (b"" if status != 200 else get("/", LAST)))
    assert [each.status for each in answers] == [status] + [200] * (status == 200), answers
    assert SMUGGLED not in answers[0].body, answers


def test_a_body_that_was_answered_before_it_was_read(server):
    """respond() at the request: what follows is the body still."""
    answers = exchange(server, post("/state", BEHIND) + BEHIND)
    assert [(each.status, each.fields["connection"]) for each in answers] == [(200, "close")], answers
    answers = exchange(server, post("/state", b"") + get("/", LAST))
    assert [each.status for each in answers] == [200, 200], answers


def test_a_guarded_post(server):
    answer, = exchange(server, post("/guarded", b"firmware", CREDENTIALS, LAST))
    assert (answer.status, answer.body) == (200, received(b"firmware")), answer


def test_a_body_that_is_too_long(server):
    """It is told before it is sent, and what is sent all the same is nobody's request."""
    with connect(server) as sock:
        sock.sendall(get("/upload", f"Content-Length: {(16 << 20) + 1}", method="POST") + BEHIND)
        answer, = split_answers(read_to_end(sock))
    assert answer.status == 413 and SMUGGLED not in answer.body, answer


@pytest.mark.parametrize("at_once", [False, True])
def test_a_peer_that_asks_before_it_sends(server, at_once):
    """RFC 9110, 10.1.1"""
    body = bytes(3000)
    with connect(server) as sock:
        sock.sendall(get("/upload", "Expect: 100-continue", f"Content-Length: {len(body)}", LAST, method="POST") + (body if at_once else b""))
        if not at_once:
            interim = sock.recv(1 << 16)
            assert interim == b"HTTP/1.1 100 Continue\r\n\r\n", interim
            sock.sendall(body)
        answers = split_answers(read_to_end(sock))
    assert (answers[-1].status, answers[-1].body) == (200, received(body)) and len(answers) <= 2, answers
    answer, = exchange(server, get("/guarded", "Expect: 100-continue", "Content-Length: 5", method="POST"))
    assert answer.status == 401, "the body of it is never asked for"


def test_peers_that_leave_in_the_middle_of_a_body(server):
    for i in range(30):
        sock = connect(server)
        sock.sendall(get("/slow" if i % 3 else "/upload", "Content-Length: 100000", method="POST", body=bytes(1500 * (i % 4))))
        if i % 2:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
        sock.close()
    expect_good(server)
    answer, = exchange(server, post("/upload", b"hello", LAST))
    assert answer.body == received(b"hello"), answer


def test_uploads_that_stop_delay_nobody(server):
    """R-FLOW-5"""
    stopped = [connect(server) for _ in range(3)]
    try:
        for sock in stopped:
            sock.sendall(get("/upload", "Content-Length: 100000", method="POST", body=bytes(5000)))
        for _ in range(5):
            expect_good(server)
            answer, = exchange(server, post("/upload", bytes(20000), LAST))
            assert answer.body == received(bytes(20000)), answer
    finally:
        for sock in stopped:
            sock.close()


@pytest.mark.parametrize("more, pause", [(b"", 0), (b"x", 0.05)], ids=["silence", "a-byte-now-and-then"])
def test_a_slow_body_ends(hasty, more, pause):
    ended(hasty, get("/upload", "Content-Length: 100000", method="POST", body=bytes(700)), more, pause)
    expect_good(hasty)


# ---- one request is never two ----

@pytest.mark.parametrize("shape", REFUSED_AND_ENDED, ids=lambda name: name.replace(" ", "-"))
def test_what_cannot_be_trusted_is_answered_once_and_ended(either, shape):
    """Another request stands behind each of them. An answer to it would be one that somebody else's browser is given."""
    data = REFUSED_AND_ENDED[shape]
    methods = [data.split(b" ")[0].decode("latin-1")]
    for pieces in (None, 3):
        answers = exchange(either, data + BEHIND, methods, pieces)
        assert len(answers) == 1, answers
        assert answers[0].status in REFUSALS and SMUGGLED not in answers[0].body, answers
    expect_good(either)


def test_a_client_that_speaks_tls(server):
    """A ClientHello on the port that is in the clear ends at once."""
    hello = bytes.fromhex("16030100a5010000a10303") + bytes(range(32)) + bytes(122)
    with connect(server) as sock:
        sock.sendall(hello)
        answers = split_answers(read_to_end(sock))
    assert all(each.status == 400 for each in answers) and len(answers) <= 1, answers
    expect_good(server)


# ---- floods, slowness, silence ----


@pytest.mark.parametrize("name, data, more", [
    ("many fields", get("/")[:-2], b"X-Flood: 1\r\n" * 100),
    ("one field", get("/")[:-2] + b"X-Flood: ", b"f" * 1000),
    ("one name", get("/")[:-2], b"f" * 1000),
    ("one target", b"GET /", b"f" * 1000),
    ("one method", b"", b"F" * 1000),
    ("empty lines", b"", b"\r\n" * 100),
], ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "")
def test_a_flood_of_a_head_ends(hasty, name, data, more):
    """It is told so, unless its own flood destroys the answer."""
    received = ended(hasty, data, more)
    assert not received or split_answers(received)[0].status in (400, 405, 414, 431), (name, received)
    expect_good(hasty)


@pytest.mark.parametrize("data", [b"", b"GET", get("/")[:-2], opening()[:-2], get("/", "X: ")[:-4], get("/") + b"GET /"],
                         ids=["silence", "a-method", "a-head", "a-handshake", "a-field", "a-second-request"])
def test_a_slow_head_ends(hasty, data):
    """Deadline::kHead is absolute: a byte now and then does not move it."""
    received = ended(hasty, data, b"x" if data else b"", 0.05)
    assert received.count(b"HTTP/1.1 ") <= 1 + (data[:-5] == get("/")), received


def test_an_idle_connection_ends(hasty):
    """Whether in order or by a reset: nothing is on its way."""
    with connect(hasty) as sock:
        sock.sendall(get("/smuggled.txt"))
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := sock.recv(1 << 16):
                received += piece
    answer, = split_answers(received)
    assert answer.status == 200 and "connection" not in answer.fields, answer


def test_200_half_open_peers(program):
    """R-SRV-1: a page and a WebSocket within the deadline of a handshake, through peers that never finish theirs."""
    with Server(program, 20000) as crowded:
        peers = []
        try:
            for i in range(200):
                peers.append(connect(crowded))
                peers[-1].sendall(get("/")[:5 + i % 30] if i % 4 else b"")
            begin = time.monotonic()
            expect_good(crowded)
            with connect(crowded) as sock:
                sock.sendall(opening() + frame(BINARY, b"here"))
                received = b""
                while not received.endswith(frame(BINARY, b"here", mask=None)):
                    piece = sock.recv(1 << 16)
                    assert piece, received
                    received += piece
            took = time.monotonic() - begin
        finally:
            for peer in peers:
                peer.close()
        assert took < 20, f"{took:.1f} s"


def test_a_reader_that_stops(program):
    """R-FLOW-5: three of them take no more of a large page; the others do not notice."""
    with Server(program, 2000) as server:
        stuck = [connect(server, receive_buffer=4096) for _ in range(3)]
        for sock in stuck:
            sock.sendall(get("/large.bin"))
            assert sock.recv(100).startswith(b"HTTP/1.1 200 ")
        for _ in range(5):
            expect_good(server)
            answer, = exchange(server, get("/large.bin", LAST))
            assert answer.body == page("/large.bin")
        for sock in stuck:
            wait_for_end(sock)


def test_a_peer_that_asks_and_never_listens(hasty):
    """Its requests stay with it: they are not read before the answers before them have left."""
    with connect(hasty, receive_buffer=4096) as sock:
        sock.settimeout(0.5)
        taken, asked = 0, get("/large.bin") * 50
        with pytest.raises(OSError):
            while taken < 1 << 30:
                taken += sock.send(asked)
        sock.settimeout(PATIENCE_SECONDS)
        wait_for_end(sock)
    expect_good(hasty)


def wait_for_end(sock):
    """Until the server has given the connection up, without taking anything of what it sends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        state = struct.unpack("B", sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1))[0]
        if state != 1:  # TCP_ESTABLISHED
            sock.close()
            return
        time.sleep(0.05)
    raise AssertionError("the connection of a peer that takes nothing is still there")


# ---- real peers ----


def test_curl_gets_a_page(server):
    assert curl(server.url + "/app.js") == page("/app.js")
    assert curl("--compressed", server.url + "/app.js") == page("/app.js")
    assert curl("--compressed", "-o", "/dev/null", "-w", "%{size_download}", server.url + "/app.js") \
        == str(len(gzip.compress(page("/app.js"), mtime=0))).encode()
    assert curl("--http1.0", server.url + "/app.js") == page("/app.js")
    assert curl("--http2", server.url + "/") == page("/"), "an offer of h2c is passed over"
    assert curl("-r", "0-9", server.url + "/app.js") == page("/app.js")
    head = curl("-I", server.url + "/app.js")
    assert head.startswith(b"HTTP/1.1 200 ") and f"Content-Length: {len(page('/app.js'))}\r\n".encode() in head, head


def test_curl_keeps_a_tag(server, tmp_path):
    tag, body = tmp_path / "tag", tmp_path / "body"
    words = ("--etag-save", tag, "--etag-compare", tag, "-o", body, "-w", "%{http_code}", server.url + "/app.js")
    assert curl(*words) == b"200" and body.read_bytes() == page("/app.js")
    assert curl(*words) == b"304"


def test_curl_reuses_its_connection(server):
    urls = [word for _ in range(20) for word in ("-o", "/dev/null", server.url + "/app.js")]
    assert curl("-w", "%{num_connects}\n", *urls).decode().split() == ["1"] + ["0"] * 19


def test_curl_posts(server, tmp_path):
    assert curl("--data-urlencode", "ssid=my net & \u00fc", "-d", "key=x", server.url + "/form") == "joining my net & \u00fc\n".encode()
    firmware = random.Random(1).randbytes(12 << 20)
    (tmp_path / "firmware").write_bytes(firmware)
    upload = ("--data-binary", f"@{tmp_path / 'firmware'}", server.url + "/upload")
    assert curl(*upload) == received(firmware), "with Expect: 100-continue"
    assert curl("-H", "Expect:", *upload) == received(firmware)
    assert curl("--http1.0", *upload) == received(firmware)
    code = curl("-o", "/dev/null", "-w", "%{http_code}", "-T", "-", "-X", "POST", server.url + "/upload")
    assert code in (b"501", b"411"), "chunks are not taken"


def test_wget_gets_a_page(server, tmp_path):
    need_command("wget", "wget")
    code, text = command("wget", "--no-proxy", "-q", "-O", tmp_path / "page", server.url + "/large.bin", timeout=PATIENCE_SECONDS)
    assert code == 0 and (tmp_path / "page").read_bytes() == page("/large.bin"), text


@pytest.mark.parametrize("words", [(), ("-k",)], ids=["a-connection-each", "kept-alive"])
def test_ab_of_the_apache_project(server, words):
    """It speaks HTTP/1.0, in which a connection need not be kept (RFC 9112, 9.3)."""
    need_command("ab", "apache2-utils")
    code, text = command("ab", "-q", "-n", "400", "-c", "4", "-s", PATIENCE_SECONDS, *words, server.url + "/app.js", timeout=PATIENCE_SECONDS)
    assert code == 0 and re.search(r"Complete requests: +400\n", text) and re.search(r"Failed requests: +0\n", text), text
    assert "Non-2xx" not in text, text
    expect_good(server)


NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  map $http_upgrade $upgrade_connection {{ default upgrade; '' ''; }}
  upstream device {{ server 127.0.0.1:{backend}; keepalive 2; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://device; proxy_http_version 1.1; proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgrade_connection;
      client_max_body_size 100m; proxy_request_buffering off;
    }}
  }}
}}
"""


@pytest.fixture()
def proxy(server, tmp_path):
    """nginx in front of the device, which it keeps connections to."""
    need_command("/usr/sbin/nginx", "nginx-light")
    port = free_port()
    (tmp_path / "nginx.conf").write_text(NGINX.format(folder=tmp_path, port=port, backend=server.port))
    with listening(["/usr/sbin/nginx", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)], port) as process:
        process.port, process.url = port, f"http://127.0.0.1:{port}"
        yield process


def test_pages_and_a_websocket_through_nginx(proxy):
    for _ in range(20):
        assert curl(proxy.url + "/app.js") == page("/app.js")
    assert curl("--compressed", proxy.url + "/app.js") == page("/app.js")
    assert curl("-o", "/dev/null", "-w", "%{http_code}", proxy.url + "/nothing") == b"404"
    assert curl("--data-binary", "@-", proxy.url + "/upload") == received(b"")
    assert curl("-d", "x" * 30000, proxy.url + "/upload") == received(b"x" * 30000)
    with connect(proxy) as sock:
        sock.sendall(opening() + frame(TEXT, b"through"))
        data = b""
        while not data.endswith(frame(TEXT, b"through", mask=None)):
            piece = sock.recv(1 << 16)
            assert piece, data
            data += piece
    assert data.startswith(b"HTTP/1.1 101 "), data
