# SPDX-License-Identifier: MIT
"""Requests as bytes, answers as they were sent, and the requests that could be taken for two: for servers of pages on this machine and on boards."""
import re
import socket
import subprocess
import threading
import time

from interop.wire import DEFAULT_KEY
from support.machine import need_command

PATIENCE_SECONDS = 60
SMUGGLED = b"this page was never asked for"
LAST = "Connection: close"


class Answer:
    def __init__(self, head, body=b""):
        first, *lines = head.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3})( .*)?", first)
        assert match, head
        self.status, self.body = int(match[1]), body
        self.fields = {}
        for line in lines:
            name, colon, value = line.partition(":")
            assert colon and name.lower() not in self.fields, f"{line!r} in {head!r}"
            self.fields[name.lower()] = value.strip()

    def __repr__(self):
        return f"{self.status} {self.fields} {self.body[:60]!r}"


def split_answers(data, methods=()):
    """The answers in what a server has sent; `methods`: those of the requests, GET when there are fewer."""
    answers = []
    while data:
        head, end, rest = data.partition(b"\r\n\r\n")
        assert end, f"no head of an answer: {data[:200]!r}"
        answer = Answer(head)
        method = methods[len(answers)] if len(answers) < len(methods) else "GET"
        data = rest
        if answer.status == 101:
            answer.body, data = rest, b""
        elif method != "HEAD" and answer.status not in (100, 204, 304):
            answer.body, data = cut_body(answer, rest)
        answers.append(answer)
    return answers


def cut_body(answer, rest):
    if answer.fields.get("transfer-encoding") != "chunked":
        size = int(answer.fields["content-length"])
        assert len(rest) >= size, f"{len(rest)} of {size} bytes of the body: {answer}"
        return rest[:size], rest[size:]
    assert "content-length" not in answer.fields, answer
    body = b""
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line, 16)
        assert rest[size:size + 2] == b"\r\n", f"a chunk of {size} bytes does not end: {answer}"
        body, rest = body + rest[:size], rest[size + 2:]
        if size == 0:
            return body, rest


def connect(server, receive_buffer=None):
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE_SECONDS)
    sock.connect(("127.0.0.1", server.port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def read_to_end(sock):
    """All up to the end of the connection, which has to come in order; no reset."""
    data = b""
    while True:
        piece = sock.recv(1 << 16)
        if not piece:
            return data
        data += piece


def exchange(server, data, methods=(), pieces=None):
    """The answers until the server ends the connection. `pieces`: bytes of each segment."""
    with connect(server) as sock:
        for at in range(0, len(data), pieces or len(data)):
            sock.sendall(data[at:at + (pieces or len(data))])
            if pieces:
                time.sleep(0.001)
        return split_answers(read_to_end(sock), methods)


def get(target="/", *fields, method="GET", version="1.1", body=b""):
    lines = [f"{method} {target} HTTP/{version}", "Host: device", *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def opening(target="/", *fields):
    return get(target, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
               f"Sec-WebSocket-Key: {DEFAULT_KEY.decode()}", *fields)


def ended(server, data, more=b"", pause=0.0):
    """Sends `data`, then `more` again and again, until the server has ended the connection; what it answered."""
    sock = connect(server)
    stop = threading.Event()

    def send():
        try:
            sock.sendall(data)
            while more and not stop.wait(pause):
                sock.sendall(more)
        except OSError:
            pass  # ended
    sender = threading.Thread(target=send)
    sender.start()
    try:
        received = b""
        while piece := sock.recv(1 << 16):
            received += piece
    except ConnectionResetError:
        pass  # more was on its way than the server waited for
    finally:
        stop.set()
        sock.close()
        sender.join()
    return received


def curl(*words):
    """What it writes; it has to succeed."""
    need_command("curl", "curl")
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", str(PATIENCE_SECONDS), *map(str, words)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, (words, done.stderr.decode())
    return done.stdout


# ---- requests that could be taken for two ----

BEHIND = get("/smuggled.txt", LAST)
REFUSED_AND_ENDED = {
    # Two lengths, or a length and a coding: RFC 9112, 6.1 and 6.3.
    "two lengths": get("/upload", "Content-Length: 5", "Content-Length: 6", method="POST", body=b"hello"),
    "two lengths in one": get("/upload", "Content-Length: 5, 6", method="POST", body=b"hello"),
    "0 and a length": get("/upload", "Content-Length: 0", f"Content-Length: {len(BEHIND)}", method="POST"),
    "a length and a coding": get("/upload", "Content-Length: 5", "Transfer-Encoding: chunked", method="POST", body=b"0\r\n\r\n"),
    "a coding and a length": get("/upload", "Transfer-Encoding: chunked", f"Content-Length: {len(BEHIND)}", method="POST", body=b"0\r\n\r\n"),
    "a coding and a length of a GET": get("/", "Transfer-Encoding: chunked", "Content-Length: 3", body=b"0\r\n\r\n"),
    # Codings that one side might know and the other not.
    "an unknown coding": get("/upload", "Transfer-Encoding: xchunked", method="POST", body=b"0\r\n\r\n"),
    "identity": get("/upload", "Transfer-Encoding: identity", method="POST"),
    "chunked twice": get("/upload", "Transfer-Encoding: chunked, chunked", method="POST", body=b"0\r\n\r\n"),
    "chunked in two fields": get("/upload", "Transfer-Encoding: chunked", "Transfer-Encoding: x", method="POST", body=b"0\r\n\r\n"),
    "chunked and identity": get("/upload", "Transfer-Encoding: chunked, identity", method="POST", body=b"0\r\n\r\n"),
    "chunked behind a control byte": get("/upload", "Transfer-Encoding: \x0bchunked", method="POST", body=b"0\r\n\r\n"),
    "chunked in quotes": get("/upload", 'Transfer-Encoding: "chunked"', method="POST", body=b"0\r\n\r\n"),
    "a folded coding": get("/upload", "Transfer-Encoding:\r\n chunked", method="POST", body=b"0\r\n\r\n"),
    "a folded field before a length": get("/upload", "X: y\r\n Content-Length: 5", method="POST", body=b"hello"),
    "an empty coding": get("/upload", "Transfer-Encoding:", method="POST"),
    # Chunks that are none.
    "junk for a chunk": get("/upload", "Transfer-Encoding: chunked", method="POST", body=b"zz\r\nhello\r\n0\r\n\r\n"),
    "a chunk with a sign": get("/upload", "Transfer-Encoding: chunked", method="POST", body=b"+5\r\nhello\r\n0\r\n\r\n"),
    "a chunk with 0x": get("/upload", "Transfer-Encoding: chunked", method="POST", body=b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk that ends elsewhere": get("/upload", "Transfer-Encoding: chunked", method="POST", body=b"3\r\nhello\r\n0\r\n\r\n"),
    "a chunk with a bare LF": get("/upload", "Transfer-Encoding: chunked", method="POST", body=b"5\nhello\n0\n\n"),
    "a chunk of 2^64": get("/upload", "Transfer-Encoding: chunked", method="POST", body=b"10000000000000000\r\n\r\n0\r\n\r\n"),
    # Lengths that are none.
    **{f"the length {value!r}": get("/upload", f"Content-Length: {value}", method="POST", body=b"hello")
       for value in ("+5", "-5", "0x5", "5x", "5 5", "5;", "5.0", "1e1", '"5"', "", "18446744073709551621", "9" * 40)},
    # Lines that one side might read as two, or as none.
    "a bare LF": b"POST /upload HTTP/1.1\r\nHost: device\r\nX: y\nContent-Length: 5\r\n\r\nhello",
    "LF for all lines": get("/").replace(b"\r\n", b"\n"),
    "a bare CR": b"POST /upload HTTP/1.1\r\nHost: device\r\nX: y\rContent-Length: 5\r\n\r\nhello",
    "NUL in a field": get("/", "X: a\0b"),
    "a space before the colon": get("/upload", "Content-Length : 5", method="POST", body=b"hello"),
    "a space before the colon of a coding": get("/upload", "Transfer-Encoding : chunked", method="POST", body=b"0\r\n\r\n"),
    "a space before the colon beside a length": get("/upload", "Content-Length: 5", "Transfer-Encoding : chunked", method="POST", body=b"hello"),
    "a space before the colon of a GET": get("/", f"Content-Length : {len(BEHIND)}"),
    "a tab before the colon": get("/upload", "Content-Length\t: 5", method="POST", body=b"hello"),
    "a space before a field": get("/upload", " Content-Length: 5", method="POST", body=b"hello"),
    "a space before the first field": b"GET / HTTP/1.1\r\n Host: device\r\n\r\n",
    "a field without a colon": get("/", "Content-Length"),
    "a field without a name": get("/", ": 5"),
    "a name with a byte above 127": get("/", "Content-Length\u00a0: 5"),
    # Requests that are none.
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": get("/", "Host: other"),
    "a Host of two": get("/").replace(b"Host: device", b"Host: device, other"),
    "a Host with a path": get("/").replace(b"Host: device", b"Host: device/x"),
    "two spaces": get("/").replace(b"GET /", b"GET  /"),
    "a tab for a space": get("/").replace(b"GET /", b"GET\t/"),
    "a space in the target": get("/a b"),
    "a fragment": get("/#x"),
    "no target": b"GET HTTP/1.1\r\nHost: device\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n",
    "HTTP/2.0": get("/", version="2.0"),
    "HTTP/1.11": get("/", version="1.11"),
    "http in small letters": get("/").replace(b"HTTP", b"http"),
    "a small method": get("/", method="get"),
    "CONNECT": get("device:80", method="CONNECT"),
    "OPTIONS *": get("*", method="OPTIONS"),
    "TRACE": get("/", method="TRACE"),
    # Requests with a body that have none.
    "a GET with a request for its body": get("/", f"Content-Length: {len(BEHIND)}"),
    "a HEAD with a request for its body": get("/", f"Content-Length: {len(BEHIND)}", method="HEAD"),
    "a GET in chunks": get("/", "Transfer-Encoding: chunked", body=b"%x\r\n" % len(BEHIND)),
    "an opening handshake with a body": opening("/", f"Content-Length: {len(BEHIND)}"),
    "an opening handshake in chunks": opening("/", "Transfer-Encoding: chunked"),
    "another version of the protocol": opening().replace(b"Version: 13", b"Version: 8"),
    # Other protocols.
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an upgrade to h2c": opening("/", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA").replace(b"Upgrade: websocket", b"Upgrade: h2c")
                         .replace(b"Connection: Upgrade", b"Connection: Upgrade, HTTP2-Settings"),
}
REFUSALS = (400, 403, 404, 405, 411, 413, 414, 417, 426, 431, 501, 505)
