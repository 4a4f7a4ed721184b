# SPDX-License-Identifier: MIT
# about: the dashboard of the small board in Chromium and Firefox at once, over ws and wss: values, switch, chat, reset, a full board; the browser's API
# needs: tls browser test lm3s6965evb-test lm3s6965evb-wss-test mps2_an385-wss-test
# minutes: 5
"""Both browsers use the page that the board in QEMU serves, and what they show is read from the page. One process of each browser for
all tests, and one board for each scheme."""
import contextlib
import json
import re
import socket

import pytest
from interop import process
from support.browser import Driver, lacks_driver, serving
from support.machine import BUILD, ROOT, free_port
from tls.peers import AUTHORITY

BOARD = "lm3s6965evb"
BROWSERS = ("chromium", "firefox")
LIVE = "document.documentElement.dataset.state === 'live'"
LIMITS = {"ws": 4, "wss": 2}  # pages at once: the connections of the defconfig, with TLS one less
browsers = pytest.mark.parametrize("browser", BROWSERS)


class Device:
    """An application of the board in QEMU."""

    def __init__(self, application, scheme, scratch, board=BOARD):
        secure = scheme == "wss"
        image = BUILD / (f"{board}-wss-test" if secure else f"{board}-test") / f"{application}.elf"
        self.port = free_port()
        self.web_socket = f"{scheme}://127.0.0.1:{self.port}"
        self.url = f"http{'s' if secure else ''}://127.0.0.1:{self.port}/"
        self.monitor = scratch / f"{application}-{scheme}.qmp"
        arguments = ["--args", "tls-cert tls-key"] if secure else []
        command = [ROOT / "tools" / "qemu", board, image, "--port", self.port, *arguments, "--", "-qmp",
                   f"unix:{self.monitor},server=on,wait=off"]
        self.process = process.Process([str(word) for word in command])
        self.wait_ready(1)

    def wait_ready(self, times):
        with self.process.changed:
            assert self.process.changed.wait_for(lambda: self.starts() >= times or self.process.ended, 30) and not self.process.ended, (
                self.process.output())

    def starts(self):
        return sum("listening on" in line for line in self.process.lines)

    def reset(self):
        """The reset button of the board: TCP's peers are not told."""
        before = self.starts()
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(str(self.monitor))
            for command in ("qmp_capabilities", "system_reset"):
                monitor.sendall(json.dumps({"execute": command}).encode() + b"\n")
            lines = monitor.makefile()
            answers = [json.loads(lines.readline()) for _ in range(3)]
            assert not [answer for answer in answers if "error" in answer], answers
        self.wait_ready(before + 1)


@contextlib.contextmanager
def running(*arguments):
    device = Device(*arguments)
    try:
        yield device
        assert device.process.alive(), f"it has ended: {device.process.output()}"
    finally:
        device.process.stop()


@pytest.fixture(scope="session", params=LIMITS)
def scheme(request):
    return request.param


@pytest.fixture(scope="session")
def device(scheme, scratch, authority):
    del authority
    with running("dashboard", scheme, scratch) as board:
        yield board


@pytest.fixture(scope="session")
def echo(scheme, scratch, authority):
    del authority
    # The small board has no room for the long records of TLS in which browsers send long messages.
    with running("echo_server", scheme, scratch, "mps2_an385" if scheme == "wss" else BOARD) as board:
        yield board


@pytest.fixture(scope="session")
def driver(authority):
    lacks = lacks_driver()
    if lacks:
        pytest.skip(lacks)
    del authority
    with Driver(BROWSERS, AUTHORITY) as started:
        yield started


@contextlib.contextmanager
def live_page(driver, browser, device):
    with driver.page(browser, device.url) as page:
        page.wait(LIVE)
        yield page
        if page.open:
            errors = page.call("errors")
            assert not errors, f"{browser}: {errors}"


@pytest.fixture
def both(driver, device):
    with live_page(driver, "chromium", device) as chromium, live_page(driver, "firefox", device) as firefox:
        yield chromium, firefox


def text_of(page, name):
    return page.evaluate(f"document.getElementById('{name}').textContent")


def wait_text(page, name, text):
    page.wait(f"document.getElementById('{name}').textContent.includes({json.dumps(text)})")


# ---- the dashboard ----


@browsers
def test_values_change_and_curves_appear(driver, device, browser):
    with live_page(driver, browser, device) as page:
        uptime = text_of(page, "uptime")
        page.wait(f"document.getElementById('uptime').textContent !== {json.dumps(uptime)}")
        page.wait("performance.getEntriesByName('first curve').length > 0")
        milliseconds = page.evaluate("performance.getEntriesByName('first curve')[0].startTime")
        print(f"{browser}, {device.url}: first curve after {milliseconds:.0f} ms")
        titles = page.evaluate("[...document.querySelectorAll('.curve h2')].map((title) => title.textContent)")
        expected = ["Messages", "Bytes", "Buffers in use", "Connections", "Stack, deepest"]
        assert titles == expected + (["TLS arena"] if device.url.startswith("https") else []), titles
        # Each curve has its number: of the board's messages at least two come in a second.
        page.wait("[...document.querySelectorAll('.value')].every((value) => /[0-9]/.test(value.textContent))")
        page.wait("parseInt(document.querySelector('.value').textContent) >= 1")
        assert text_of(page, "board") == BOARD


def test_the_switch_follows_in_both_browsers_and_in_one_that_comes_later(driver, device, both):
    shown = "document.getElementById('switch').getAttribute('aria-checked')"
    for page, state in ((both[0], "true"), (both[1], "false"), (both[0], "true")):
        page.call("click", selector="#switch")
        for each in both:
            each.wait(f"{shown} === '{state}'")
    both[0].close()
    with live_page(driver, "chromium", device) as late:
        late.wait(f"{shown} === 'true'")
        late.call("click", selector="#switch")
        both[1].wait(f"{shown} === 'false'")


def test_chat_arrives_as_text(both):
    """Markup stays what was typed: nothing of it becomes an element."""
    for page, name, text in ((both[0], "Ada", "<img src=x onerror=alert(1)> gr\u00fc\u00dfe \U0001f642"), (both[1], "\"Bob\\", "</li>\\ \"hi\"")):
        page.call("type", selector="#name", text=name)
        page.call("type", selector="#text", text=text)
        page.call("press", key="Enter")
        for each in both:
            wait_text(each, "log", text)
            assert each.evaluate("document.querySelector('#log li:last-child b').textContent") == name
            assert each.evaluate("document.querySelectorAll('#log img').length") == 0


def test_a_wrong_command_is_named_and_the_page_comes_back(driver, device):
    with live_page(driver, "chromium", device) as page:
        page.evaluate("socket.send('open the door')")
        wait_text(page, "log", "The device closed the connection: no such command")
        page.wait(LIVE)


def test_the_pages_come_back_after_a_reset_of_the_device(device, both):
    both[0].evaluate("socket.send('led on')")
    both[1].wait("document.getElementById('led-text').textContent === 'on'")
    device.reset()
    for page in both:
        wait_text(page, "log", "The device was reset")
        page.wait(LIVE)
        page.wait("document.getElementById('led-text').textContent === 'off'")
        assert page.evaluate("marks.length") == 1


def test_a_full_board_is_busy_until_a_page_goes_and_a_reload_gets_in(driver, device, scheme):
    with contextlib.ExitStack() as stack:
        pages = [stack.enter_context(live_page(driver, "chromium", device)) for _ in range(LIMITS[scheme])]
        for page in pages[:2]:
            page.call("reload")
            page.wait(LIVE)
        late = stack.enter_context(driver.page("firefox", device.url))
        late.wait("document.documentElement.dataset.state === 'busy'")
        wait_text(late, "state-text", "The device is busy")
        for page in pages:
            assert page.evaluate(LIVE)
        pages.pop().close()
        late.wait(LIVE)
        late.wait("reports?.length > 0")
        deepest, size = late.evaluate("[reports.at(-1).stack, device.stack]")
        print(f"{device.url}: the deepest stack is {deepest} of {size} bytes")
        assert 0 < deepest < 0.9 * size


CROSS_SITE = """<!doctype html><script>
const seen = [];
const socket = new WebSocket('%s/live');
socket.onopen = () => seen.push('open');
socket.onerror = () => seen.push('error');
socket.onclose = (event) => seen.push('close ' + event.code + ' ' + event.wasClean);
</script>"""


@browsers
def test_a_page_of_another_origin_opens_no_socket(driver, device, browser):
    with serving(CROSS_SITE % device.web_socket, None) as url, driver.page(browser, url) as page:
        page.wait("seen.length === 2")
        assert page.evaluate("seen") == ["error", "close 1006 false"]


# ---- the browser's WebSocket, at the board's echo server ----

OPEN = """(async (address, protocols) => {
  window.seen = [];
  window.socket = new WebSocket(address, protocols);
  socket.onopen = () => seen.push('open ' + socket.protocol);
  socket.onerror = () => seen.push('error');
  socket.onclose = (event) => seen.push(`close ${event.code} ${event.reason} ${event.wasClean}`);
  await new Promise((over) => { socket.addEventListener('open', over); socket.addEventListener('close', over); });
  return seen;
})"""
ECHO = """(async (kind, size) => {
  const bytes = Uint8Array.from({length: size}, (_, i) => 7 * i + size);
  const text = 'gr\\u00fc\\u00df \\u{1f642}'.repeat(size / 11);
  const sent = kind === 'text' ? text : kind === 'blob' ? new Blob([bytes]) : bytes;
  socket.binaryType = kind === 'blob' ? 'blob' : 'arraybuffer';
  const answer = await new Promise((over) => { socket.onmessage = (event) => over(event.data); socket.send(sent); });
  if (kind === 'text') return answer === text;
  if ((kind === 'blob') !== (answer instanceof Blob)) return 'another type';
  const back = new Uint8Array(kind === 'blob' ? await answer.arrayBuffer() : answer);
  return back.length === size && back.every((byte, i) => byte === bytes[i]);
})"""


@browsers
def test_the_api_of_the_browser(driver, echo, browser):
    """Every kind of message, also longer than all memory of the small board."""
    address = json.dumps(echo.web_socket)
    with serving("<!doctype html>", None) as url, driver.page(browser, url) as page:
        assert page.evaluate(f"{OPEN}({address}, ['other', 'echo'])") == ["open echo"]
        for kind, size in (("text", 11), ("blob", 300), ("buffer", 0), ("text", 200000), ("blob", 200000), ("buffer", 200000)):
            assert page.evaluate(f"{ECHO}('{kind}', {size})") is True, f"{kind} of {size} bytes"
        page.evaluate("socket.close(4001, 'gr\\u00fc\\u00dfe')")
        page.wait("seen.length === 2")
        assert page.evaluate("seen") == ["open echo", "close 4001 gr\u00fc\u00dfe true"]
        nowhere = json.dumps(re.sub(r":\d+$", f":{free_port()}", echo.web_socket))
        assert page.evaluate(f"{OPEN}({nowhere}, [])") == ["error", "close 1006  false"]
