# SPDX-License-Identifier: MIT
# about: the guides: every program of stack/guide is compiled, those for this machine run with real peers
# needs: base cxx host arm lwip check tls
import asyncio
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
import websockets
from support.machine import BUILD, ROOT, command, compile_host, expect_none, free_port

GUIDE = ROOT / "stack" / "guide"
PAGES = sorted(GUIDE.glob("*.md"))
PATIENCE_SECONDS = 60
# What each kind of code block is checked by.
CHECKED = {"cpp": "test_the_program_compiles", "c": "test_lwip", "cmake": "test_the_first_server, test_pages, test_lwip; of project.md: test_consume, test_package",
           "sh": "RUN", "html": "test_pages", "js": "test_the_first_server"}
# Commands of the guides, and the test that runs each of them.
RUN = {"cmake -S": "test_the_first_server", "cmake --build": "test_the_first_server", "build/first": "test_the_first_server",
       "tools/certificates": "test_wss", "openssl": "test_wss", "printf": "test_wss", "build/host/whitcat": "tests/peers/test_whitcat.py",
       "tools/sizing": "tests/repository/test_sizing.py", "cmake --preset": "test_package", "cmake --install": "test_package",
       "g++ -std=c++17 main.cpp $(pkg-config": "test_package"}


def blocks(page, language):
    text = (GUIDE / f"{page}.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def programs():
    return [page.stem for page in PAGES if blocks(page.stem, "cpp")]


def compile_program(page, folder):
    """The program of a page for this machine; built once."""
    program = Path(folder) / page
    if not program.exists():
        source = Path(folder) / f"{page}.cpp"
        source.write_text(blocks(page, "cpp")[0])
        more = []
        if page == "wss":
            host = BUILD.resolve() / "host"
            more = [host / "port/whit/mbedtls/libwhit_port_mbedtls.a", host / "libwhit_mbedtls.a"]
        if page == "porting":
            more = sorted((ROOT / "port/whit/template").glob("*.cpp"))
        compile_host(source, program, "-pthread", "-Wl,--gc-sections", more=more)
    return program


def compile_for_arm(source, to, *includes):
    return command("arm-none-eabi-g++", "-std=c++17", "-mcpu=cortex-m3", "-mthumb", "--specs=picolibc.specs", "-Os", "-fno-exceptions",
                   "-fno-rtti", "-Wall", "-Wextra", "-Werror", "-I", ROOT / "stack", "-I", ROOT / "port", *includes, "-c", source, "-o", to)


class Running:
    """A program of a page, with its port as the first argument, until the end of the block."""

    def __init__(self, program, *arguments, port=None, cwd=None):
        self.port = port or free_port()
        self.child = subprocess.Popen([str(word) for word in (program, *arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, cwd=cwd)

    def __enter__(self):
        return self

    def listening(self):
        line = self.child.stdout.readline()
        assert line == f"listening on {self.port}\n", line + self.child.stdout.read()
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait(PATIENCE_SECONDS)


def serve(program, *arguments, cwd=None):
    port = free_port()
    return Running(program, port, *arguments, port=port, cwd=cwd).listening()


def talk(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, PATIENCE_SECONDS))


def connect(port, path="/", scheme="ws", **options):
    return websockets.connect(f"{scheme}://localhost:{port}{path}", compression=None, open_timeout=PATIENCE_SECONDS, **options)


async def echoes(port, greeting=None, **options):
    async with connect(port, max_size=None, **options) as peer:
        if greeting:
            assert await peer.recv() == greeting
        for message in ("hello", "ä€😀" * 1000, b"\0" * 5000):
            await peer.send(message)
            assert await peer.recv() == message


# ---- every page ----


def test_every_page_is_in_the_list():
    text = (GUIDE / "README.md").read_text()
    expect_none([f"README.md does not list {page.name}" for page in PAGES if page.name != "README.md" and f"({page.name})" not in text])


def test_every_code_block_is_checked():
    for page in PAGES:
        kinds = re.findall(r"^```(\w*)\n", page.read_text(), re.M)[::2]  # each block has a line before and one behind it
        expect_none([f"{page.name}: nothing checks a block of {kind!r}" for kind in kinds if kind not in CHECKED])
        lines = [line for block in blocks(page.stem, "sh") for line in block.splitlines() if not line.startswith("#")]
        expect_none([f"{page.name}: nothing runs {line!r}" for line in lines if not line.startswith(tuple(RUN))])
        fenced = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
        expect_none([f"{page.name}: code without a language, which nothing checks: {line}" for line in re.findall(r"^    .*", fenced, re.M)])
    assert len(programs()) >= 8, programs()
    expect_none([f"{page} has more than one program" for page in programs() if len(blocks(page, "cpp")) != 1])


@pytest.mark.parametrize("page", [page for page in programs() if page not in ("lwip", "pages", "server")])
def test_the_program_compiles(page, scratch):
    compile_program(page, scratch)


# ---- page by page ----


@pytest.fixture(scope="session")
def projects(scratch):
    """The projects of the pages `server` and `pages`, the second one inside the first, built by the commands of the page."""
    folder = scratch / "projects"
    paged = folder / "paged"
    (paged / "pages").mkdir(parents=True)
    (folder / "CMakeLists.txt").write_text(blocks("server", "cmake")[0].replace("/path/to/whit", str(ROOT)) + "add_subdirectory(paged)\n")
    (folder / "main.cpp").write_text(blocks("server", "cpp")[0])
    head, lines = blocks("pages", "cmake")[0].split("add_subdirectory(/path/to/whit whit)\n")
    assert "project(paged CXX C)" in head, head
    (paged / "CMakeLists.txt").write_text(lines)
    (paged / "main.cpp").write_text(blocks("pages", "cpp")[0])
    (paged / "pages" / "index.html").write_text(blocks("pages", "html")[0])
    configure, build, start = blocks("server", "sh")[0].splitlines()
    assert start == "build/first 8080"
    # Not optimised, because half of the compiler's time is that.
    for line in (f"{configure} -DCMAKE_CXX_FLAGS_RELEASE=-O0", f"{build} --target first paged"):
        code, text = command("nice", *line.split(), cwd=folder)
        assert code == 0, f"{line}: {text}"
    return folder / "build"


def first_frame(port, size):
    """The first byte of the echo of one binary message: 0x82 if the server has had it whole."""
    with socket.create_connection(("localhost", port)) as peer:
        peer.settimeout(PATIENCE_SECONDS)
        peer.sendall(b"GET / HTTP/1.1\r\nHost: guide\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        stream = peer.makefile("rb")
        while stream.readline() != b"\r\n":
            pass
        assert stream.read(9) == b"\x81\x07welcome"
        peer.sendall(bytes([0x82, 0xFE]) + size.to_bytes(2, "big") + bytes(4 + size))
        return stream.read(1)[0]


def test_the_first_server(projects):
    with serve(projects / "first") as server:
        talk(echoes(server.port, greeting="welcome"))
        # Buffers of 512 bytes, as sizing.md says: with its header of at most 14 bytes a message has to fit.
        assert first_frame(server.port, 512 - 14) == 0x82 and first_frame(server.port, 512) == 0x02
        if shutil.which("node"):
            script = (blocks("server", "js")[0].replace("8080", str(server.port))
                      + "\nlet left = 2; socket.addEventListener('message', () => { if (--left === 0) process.exit(0); });\n")
            code, text = command("node", "-e", "if (!globalThis.WebSocket) process.exit(3);\n" + script, timeout=PATIENCE_SECONDS)
            assert code == 3 or (code == 0 and text == "welcome\nhello\n"), text


def test_client(scratch):
    seen = []

    async def handler(connection):
        seen.append((connection.request_headers.get("Authorization"), await connection.recv()))
        await connection.send("thanks")
        await connection.close(1012 if len(seen) == 1 else 4403)  # service restart; then: not wanted

    async def run():
        async with websockets.serve(handler, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            child = await asyncio.create_subprocess_exec(compile_program("client", scratch), f"ws://127.0.0.1:{port}/", "t0ken",
                                                         stdout=subprocess.PIPE)
            try:
                return (await child.communicate())[0].decode().splitlines()
            finally:
                if child.returncode is None:
                    child.kill()

    lines = talk(run())
    assert seen == [("Bearer t0ken", '{"temperature":21}')] * 2
    assert lines == ["server: thanks", "closed by the peer: code 1012 (service restart)", "server: thanks",
                     "closed by the peer: code 4403 (private use)"]


def test_wss(scratch, tmp_path):
    certificate, own = blocks("wss", "sh")[:2]
    script = f"set -e\n{certificate.replace('tools/', str(ROOT) + '/tools/')}\ntest -s build/tls/server.pem\n{own}"
    code, text = command("bash", "-c", script, cwd=tmp_path)
    assert code == 0, text
    program = compile_program("wss", scratch)
    for folder in (tmp_path, tmp_path / "build/tls"):
        trusting = ssl.create_default_context(cafile=folder / "ca.pem")
        with serve(program, folder / "server.pem", folder / "server.key") as server:
            talk(echoes(server.port, scheme="wss", ssl=trusting))
    code, text = command(program, 0, tmp_path / "nothing.pem", timeout=PATIENCE_SECONDS)
    assert code == 1 and "(1022)" in text, text


def test_event_loop(scratch):
    with serve(compile_program("event_loop", scratch)) as server:
        talk(echoes(server.port))


def test_threads(scratch):
    async def readings(port):
        async with connect(port) as peer:
            numbers = [int((await peer.recv()).removeprefix("reading ")) for _ in range(3)]
            assert numbers == list(range(numbers[0], numbers[0] + 3))

    with serve(compile_program("threads", scratch)) as server:
        talk(readings(server.port))


async def refusal(port, path, **options):
    try:
        async with connect(port, path, **options):
            return None
    except websockets.InvalidStatusCode as error:
        return error.status_code


def test_subprotocols(scratch):
    async def visit(port):
        async with connect(port, "/api", subprotocols=["v1.example", "v2.example"]) as peer:
            assert peer.subprotocol == "v2.example" and await peer.recv() == "v2.example"
        assert await refusal(port, "/api") == 400
        assert await refusal(port, "/other") == 404
        assert await refusal(port, "/live", origin="http://elsewhere.example") == 403
        async with connect(port, "/live", origin=f"http://localhost:{port}") as peer:
            assert await peer.recv() == "live"

    with serve(compile_program("subprotocols", scratch)) as server:
        talk(visit(server.port))


def test_pages(projects):
    page = blocks("pages", "html")[0]
    with serve(projects / "paged" / "paged") as server:
        answers = {}
        for path in ("/", "/status", "/nothing"):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_SECONDS)
            connection.request("GET", path)
            answer = connection.getresponse()
            answers[path] = (answer.status, answer.read().decode())
            connection.close()
        assert answers["/"] == (200, page) and answers["/status"] == (200, '{"ok":true}') and answers["/nothing"][0] == 404

        async def greeting(port):
            async with connect(port) as peer:
                assert await peer.recv() == "hello from the device"
        talk(greeting(server.port))


def test_lwip(tmp_path):
    (tmp_path / "arch").mkdir()
    (tmp_path / "arch" / "cc.h").write_text("")
    (tmp_path / "lwipopts.h").write_text(blocks("lwip", "c")[0])
    (tmp_path / "main.cpp").write_text(blocks("lwip", "cpp")[0])
    includes = ["-I", tmp_path, "-isystem", BUILD / "lwip" / "src" / "include"]
    for source in (tmp_path / "main.cpp", *sorted((ROOT / "port/whit/lwip").glob("*.cpp"))):
        code, text = compile_for_arm(source, tmp_path / "object.o", *includes)
        assert code == 0, text
    # The lines of CMake make the target that they link.
    include = tmp_path / "include"
    include.mkdir()
    shutil.copytree(tmp_path / "arch", include / "arch")
    shutil.copy(tmp_path / "lwipopts.h", include)
    os.symlink(BUILD / "lwip", tmp_path / "lwip")
    (tmp_path / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.21)\nproject(product C CXX)\nadd_executable(firmware main.cpp)\n"
                                             + blocks("lwip", "cmake")[0].replace("/path/to/whit", str(ROOT)))
    code, text = command("cmake", "-S", tmp_path, "-B", tmp_path / "build")
    assert code == 0, text


def test_porting(scratch, tmp_path):
    assert command(compile_program("porting", scratch), timeout=PATIENCE_SECONDS)[0] == 1, "nothing can be opened with the template"
    source = tmp_path / "porting.cpp"
    source.write_text(blocks("porting", "cpp")[0])
    code, text = compile_for_arm(source, tmp_path / "object.o")
    assert code == 0, text
