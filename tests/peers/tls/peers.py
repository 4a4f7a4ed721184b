# SPDX-License-Identifier: MIT
"""Real peers of wss: python's ssl and websockets, npm ws, the openssl command, nginx."""
import asyncio
import os
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import websockets

from interop import process
from interop.peers import need
from support.machine import BUILD, need_command

HERE = Path(__file__).resolve().parent
AUTHORITY = BUILD / "tls"
REQUEST = (b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
LOCAL = "127.0.0.1"
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def client_context(version=None, certificate=None):
    context = ssl.create_default_context(cafile=AUTHORITY / "ca.pem")
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    if certificate:
        context.load_cert_chain(certificate.certificate, certificate.key)
    return context


def server_context(pair, version=None, ciphers=None, authority=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(ciphers or "DEFAULT:@SECLEVEL=0")
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    context.load_cert_chain(pair.certificate, pair.key)
    context.set_alpn_protocols(["http/1.1"])
    if authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority)
    return context


def echo(port, context, sizes, most=None):
    """python websockets as the client; returns the TLS version, the cipher and the ALPN protocol."""
    async def talk():
        url = f"wss://localhost:{port}/"
        async with websockets.connect(url, ssl=context, host="127.0.0.1", max_size=None, compression=None) as ws:
            for size in sizes:
                for message in (bytes(i * 7 % 256 for i in range(size)), "x" * size):
                    await ws.send(message)
                    assert await ws.recv() == message, f"{size} bytes came back wrong"
            secure = ws.transport.get_extra_info("ssl_object")
            return secure.version(), secure.cipher()[0], secure.selected_alpn_protocol()
    return asyncio.run(asyncio.wait_for(talk(), 60))


class EchoServer:
    """python websockets as the server, in a thread of its own."""

    def __init__(self, context):
        self.port = 0
        self.opened = 0
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(context, started), daemon=True)
        self.thread.start()
        assert started.wait(20), "the python server did not start"

    def _run(self, context, started):
        asyncio.set_event_loop(self.loop)
        self.loop.set_exception_handler(lambda *_: None)  # refused handshakes are under test, and no errors

        async def handler(ws, *_):
            self.opened += 1
            async for message in ws:
                await ws.send(message)

        async def start():
            server = await websockets.serve(handler, "127.0.0.1", 0, ssl=context, max_size=None, compression=None)
            self.port = server.sockets[0].getsockname()[1]
            started.set()
        self.loop.run_until_complete(start())
        self.loop.run_forever()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)


def s_client(port, *arguments, seconds=1.0):
    """openssl s_client, which stays for a while (TLS 1.3 tickets come after the handshake); its output."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost",
               "-CAfile", str(AUTHORITY / "ca.pem"), "-verify_hostname", "localhost", *map(str, arguments)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + seconds
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    try:
        return child.communicate(b"Q\n", timeout=10)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        child.kill()
        return child.communicate()[0].decode("utf-8", "replace")


class DemandingServer:
    """openssl s_server, which wants a certificate of its client. It speaks no WebSocket."""

    def __init__(self, pair, version):
        self.port = process.free_port()
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-cert", pair.certificate, "-key", pair.key,
                   "-Verify", "2", "-verify_return_error", "-CAfile", AUTHORITY / "ca.pem", "-tls" + version.replace(".", "_")]
        self.process = process.Process([str(word) for word in command], stdin=True)
        assert self.process.wait_line("ACCEPT", 10), self.process.output()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()


class Relay:
    """Servers behind one address: the first connection is led to the first of `ports`, and so on."""

    def __init__(self, ports):
        self.ports = list(ports)
        self.listener = socket.create_server((LOCAL, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        try:
            while True:
                front = self.listener.accept()[0]
                back = socket.create_connection((LOCAL, self.ports.pop(0)))
                for pair in ((front, back), (back, front)):
                    threading.Thread(target=self._pump, args=pair, daemon=True).start()
        except (OSError, IndexError):
            self.listener.close()

    @staticmethod
    def _pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def npm_ws(*arguments):
    """npm ws by ws_peer.js; (exit code, output)."""
    need("ws", str(BUILD))
    environment = dict(os.environ, NODE_PATH=str(BUILD / "interop" / "node_modules"))
    done = subprocess.run(["node", str(HERE / "ws_peer.js"), *map(str, arguments)], env=environment, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout.decode()


class NpmServer:
    def __init__(self, pair):
        need("ws", str(BUILD))
        environment = dict(os.environ, NODE_PATH=str(BUILD / "interop" / "node_modules"))
        self.process = process.Process(["node", str(HERE / "ws_peer.js"), "serve", str(pair.certificate), str(pair.key)],
                                       env=environment)
        match = self.process.wait_line(r"port (\d+)", 20)
        assert match, self.process.output()
        self.port = int(match.group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()


NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  log_format reuse '$ssl_protocol $ssl_session_reused';
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_protocols {protocol};
    ssl_session_cache shared:x:1m;
    access_log {folder}/access.log reuse;
    location / {{
      proxy_pass http://127.0.0.1:{backend};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_set_header Host $host;
    }}
  }}
}}
"""


class Nginx:
    """nginx with TLS in front of a plain WebSocket server; its log says which sessions it has resumed."""

    def __init__(self, folder, pair, version, backend):
        need_command("/usr/sbin/nginx", "nginx-light")
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = process.free_port()
        config = self.folder / "nginx.conf"
        config.write_text(NGINX.format(folder=self.folder, port=self.port, certificate=pair.certificate, key=pair.key,
                                       protocol=f"TLSv{version}", backend=backend))
        for name in ("access.log", "error.log"):
            (self.folder / name).unlink(missing_ok=True)
        self.process = process.Process(["/usr/sbin/nginx", "-c", str(config), "-p", str(self.folder)])
        wait_for_port(self.port)

    def log(self, lines):
        deadline = time.monotonic() + 5
        while True:
            path = self.folder / "access.log"
            found = path.read_text().split("\n")[:-1] if path.exists() else []
            if len(found) >= lines or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stop()


def wait_for_port(port, seconds=10):
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"nobody listens at {port}"
            time.sleep(0.05)


def raw(port, data=b"", pieces=None, read=True, seconds=5):
    """Sends bytes over TCP (`pieces`: each alone) and returns the answer up to the end of the stream, or None when time is over."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces or [data]:
            sock.sendall(piece)
            if pieces:
                time.sleep(0.001)
        if not read:
            return b""
        answer = b""
        try:
            while True:
                more = sock.recv(4096)
                if not more:
                    return answer
                answer += more
        except ConnectionResetError:
            return answer
        except socket.timeout:
            return None


class MemoryClient:
    """A TLS client whose bytes pass through the test's hands."""

    def __init__(self, port, version=None, dribble=False):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.inside, self.outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.secure = client_context(version).wrap_bio(self.inside, self.outside, server_hostname="localhost")
        self.dribble = dribble
        self._until(self.secure.do_handshake)

    def flush(self):
        data = self.outside.read()
        for piece in ([data[i:i + 1] for i in range(len(data))] if self.dribble else [data]):
            self.sock.sendall(piece)

    def _until(self, function, *arguments):
        while True:
            try:
                result = function(*arguments)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                data = self.sock.recv(65536)
                if not data:
                    self.inside.write_eof()
                self.inside.write(data)

    def send(self, data):
        self._until(self.secure.write, data)

    def receive(self):
        return self._until(self.secure.read, 65536)

    def open(self):
        self.send(REQUEST)
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.receive()
        assert head.startswith(b"HTTP/1.1 101"), head

    def echo(self, payload):
        size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
        self.send(b"\x82" + size + b"\0\0\0\0" + payload)
        wanted, got = len(payload) + len(size) + 1, b""
        while len(got) < wanted:
            got += self.receive()
        assert got.endswith(payload), "the echo differs"

    def close(self):
        self.sock.close()
