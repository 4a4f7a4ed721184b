# SPDX-License-Identifier: MIT
# about: what the dashboard answers, message by message: telemetry, switch, chat, wrong commands, too many of them, a full device, a tab that comes again
# needs: check
# parts: host lm3s6965evb mps2_an385
# long: mps2_an505 riscv_virt
# needs host: host
# needs lm3s6965evb: lm3s6965evb-test
# needs mps2_an385: mps2_an385-test
# needs mps2_an505: mps2_an505-test
# needs riscv_virt: riscv_virt-test
# minutes: 4
"""python3-websockets as a page. One device for all tests, which leave it without a connection."""
import asyncio
import contextlib
import gzip
import json
import re
import socket
import time
import urllib.request
from pathlib import Path

import pytest
import websockets
from interop import process
from support.machine import BUILD, ROOT, free_port

SECONDS = 20
LIMITS = {"host": 64, "lm3s6965evb": 4, "mps2_an385": 8, "mps2_an505": 8, "riscv_virt": 8}
SILENT_SECONDS = 7  # a page that has been silent for so long gives way where that is chosen: 5, and the random part of the keepalive


class Device:
    def __init__(self, part, *arguments):
        self.limit = LIMITS[part]
        self.port = free_port()
        if part == "host":
            command = [BUILD / "host" / "dashboard", "--address", "127.0.0.1", "--port", self.port, *(f"--{word}" for word in arguments)]
        else:
            command = [ROOT / "tools" / "qemu", part, BUILD / f"{part}-test" / "dashboard.elf", "--port", self.port,
                       *(["--args", " ".join(arguments)] if arguments else [])]
        self.process = process.Process([str(word) for word in command])
        assert self.process.wait_line("listening on ", 30), self.process.output()

    def open(self, query="", path="/live", **options):
        origin = options.pop("origin", f"http://127.0.0.1:{self.port}")
        return websockets.connect(f"ws://127.0.0.1:{self.port}{path}{query}", origin=origin, compression=None, max_queue=None, **options)


@contextlib.contextmanager
def running(part, *arguments):
    device = Device(part, *arguments)
    try:
        yield device
        assert device.process.alive(), f"the dashboard has ended: {device.process.output()}"
    finally:
        device.process.stop()


@pytest.fixture(scope="session")
def device(part):
    with running(part) as started:
        yield started


def in_time(test):
    """A test that is a coroutine."""
    def run(device):
        asyncio.run(asyncio.wait_for(test(device), SECONDS))
    return run


async def until(page, kind, wanted=lambda _: True):
    """The first message of a kind that is wanted."""
    while True:
        value = json.loads(await page.recv()).get(kind)
        if value is not None and wanted(value):
            return value


async def closed(page):
    """Code and reason with which the device has closed."""
    with contextlib.suppress(websockets.exceptions.ConnectionClosed):
        while True:
            await page.recv()
    return page.close_code, page.close_reason


async def status_of(opening):
    with pytest.raises(websockets.exceptions.InvalidStatusCode) as refused:
        await opening
    return refused.value.status_code


def get(device, path, **fields):
    request = urllib.request.Request(f"http://127.0.0.1:{device.port}{path}", headers=fields)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return answer.read(), answer.headers


def test_the_page_is_the_file_and_the_readme_says_its_size(device):
    folder = ROOT / "boards" / "apps" / "dashboard"
    file = (folder / "pages" / "index.html").read_bytes()
    body, fields = get(device, "/")
    small, small_fields = get(device, "/", **{"Accept-Encoding": "gzip"})
    assert body == gzip.decompress(small) == file and small_fields["Content-Encoding"] == "gzip"
    assert fields["Content-Type"].startswith("text/html")
    stated = re.search(r"The page has ([\d,]+) bytes, compressed ([\d,]+)", (folder / "README.md").read_text())
    numbers = [int(number.replace(",", "")) for number in stated.groups()]
    print(f"the page: {len(body)} bytes, compressed {len(small)}")
    # How far a page is compressed depends a little on the zlib of the machine.
    assert numbers[0] == len(body) and abs(numbers[1] - len(small)) < 100, (numbers, len(body), len(small))


@in_time
async def test_telemetry_says_what_the_traffic_is(device):
    async with device.open() as page:
        about = json.loads(await page.recv())["device"]
        assert about["connections"] == device.limit, about
        before = await until(page, "now")
        await page.send("led off")
        after = await until(page, "now", lambda now: now["messages"][0] > before["messages"][0])
        assert after["messages"][0] == before["messages"][0] + 1 and after["bytes"][0] == before["bytes"][0] + len("led off")
        assert after["bytes"][1] > before["bytes"][1] and after["connections"][0] >= 1, (before, after)


def wakes_of(device):
    """How often the program has waited, and so was awake."""
    status = Path(f"/proc/{device.process.child.pid}/status").read_text()
    return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.M).group(1))


@pytest.mark.parts("host")
def test_the_device_sleeps_while_no_page_looks(part, device):
    async def look():
        async with device.open() as page:
            for _ in range(3):
                await until(page, "now")
    asyncio.run(asyncio.wait_for(look(), SECONDS))
    time.sleep(1.5)  # the end of the connection lingers
    before = wakes_of(device)
    time.sleep(2)
    assert wakes_of(device) - before <= 1


@in_time
async def test_the_switch_is_that_of_the_device(device):
    async with device.open() as first, device.open() as second:
        for led in (True, False, True):
            await first.send("led on" if led else "led off")
            for page in (first, second):
                await until(page, "now", lambda now, led=led: now["led"] is led)
    async with device.open() as late:
        assert (await until(late, "now"))["led"] is True
        await late.send("led off")
        await until(late, "now", lambda now: not now["led"])


@in_time
async def test_chat_reaches_all_as_it_was_said(device):
    said = {"name": "\u00c4da \"\\", "text": "\\\"" * 80}
    async with device.open() as first, device.open() as second:
        await first.send(f"chat {said['name']}\n{said['text']}")
        for page in (first, second):
            assert await until(page, "chat") == said


WRONG = {"of_another_kind": ("open the door", 1008, "no such command"), "empty": ("", 1008, "no such command"),
         "longer_than_the_switch": ("led on ", 1008, "no such command"), "without_text": ("chat Ada\n", 1008, "no such command"),
         "without_name": ("chat \nhi", 1008, "no such command"), "without_end_of_name": ("chat Ada", 1008, "no such command"),
         "of_two_lines": ("chat Ada\nhi\nho", 1008, "no such command"), "with_nul": ("chat Ada\nhi\0", 1008, "no such command"),
         "with_long_name": ("chat " + "A" * 25 + "\nhi", 1008, "no such command"),
         "with_long_text": ("chat A\n" + "a" * 161, 1008, "no such command"),
         "longer_than_any": ("chat " + "A" * 24 + "\n" + "a" * 161, 1009, ""), "binary": (b"led on", 1003, "text only")}


@pytest.mark.parametrize("message, code, reason", WRONG.values(), ids=WRONG)
def test_a_command_that_is_none_ends_the_connection(device, message, code, reason):
    @in_time
    async def run(device):
        async with device.open() as page:
            await page.send(message)
            assert await closed(page) == (code, reason)
    run(device)


@in_time
async def test_a_page_that_says_too_much_is_closed_and_the_others_stay(device):
    async with device.open() as loud, device.open() as quiet:
        for _ in range(100):
            with contextlib.suppress(websockets.exceptions.ConnectionClosed):
                await loud.send("led off")
        assert await closed(loud) == (1008, "too many messages")
        await quiet.send("led on")
        await until(quiet, "now", lambda now: now["led"])
        await quiet.send("led off")
        await until(quiet, "now", lambda now: not now["led"])


@in_time
async def test_only_the_own_page_is_let_in(device):
    for origin in ("http://foreign.example", "null", f"http://127.0.0.1:{device.port + 1}", None):
        assert await status_of(device.open(origin=origin)) == 403, origin
    assert await status_of(device.open(path="/lives")) == 404


@in_time
async def test_a_full_device_says_so_and_the_same_tab_gets_its_place(device):
    async with contextlib.AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(device.open(f"?tab={number + 1}")) for number in range(device.limit)]
        assert await status_of(device.open("?tab=1000")) == 503
        body, fields = await asyncio.to_thread(get, device, "/status")
        assert json.loads(body) == {"open": device.limit, "limit": device.limit} and fields["Retry-After"] == "2", (body, fields)
        assert await status_of(device.open()) == 503
        again = await stack.enter_async_context(device.open("?tab=1"))
        assert (await until(again, "now"))["connections"][0] == device.limit
        assert await closed(pages[0]) == (4001, "this tab has come again")
        for page in pages[1:]:
            assert page.open
    body, fields = await asyncio.to_thread(get, device, "/status")
    assert fields["Retry-After"] is None and fields["Cache-Control"] == "no-store", (body, fields)


@in_time
async def test_a_page_that_does_not_read_delays_no_other(device):
    with socket.create_connection(("127.0.0.1", device.port)) as mute:
        mute.sendall(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{device.port}\r\nOrigin: http://127.0.0.1:{device.port}\r\n"
                     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        assert mute.recv(12) == b"HTTP/1.1 101"
        async with device.open() as page:
            for number in range(10):
                await page.send(f"chat Ada\n{number}")
                assert (await until(page, "chat"))["text"] == str(number)


@pytest.mark.parts("host")
def test_a_full_device_takes_the_place_of_the_idlest_where_that_is_chosen(part):
    async def run(device):
        async with contextlib.AsyncExitStack() as stack:
            pages = [await stack.enter_async_context(device.open()) for _ in range(device.limit)]
            assert await status_of(device.open()) == 503  # each has just come
            await asyncio.sleep(SILENT_SECONDS)
            for page in pages[1:]:
                await page.send("led off")
            await until(pages[-1], "now")
            late = await stack.enter_async_context(device.open())
            await until(late, "now")
            assert (await closed(pages[0]))[0] == 1013
    with running(part, "evict") as device:
        asyncio.run(asyncio.wait_for(run(device), 60))
