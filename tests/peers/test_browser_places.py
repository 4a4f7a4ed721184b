# SPDX-License-Identifier: MIT
# about: what browsers (Chromium, Firefox) open in advance keeps none of their WebSockets out; a page that is reloaded at the limit gets its place back
# needs: tls browser
# parts: host lm3s6965evb
# needs host: host
# needs lm3s6965evb: lm3s6965evb-wss-test
# minutes: 8
"""Browsers open connections before they need them, and say nothing on them: spare ones beside each page, others for
rel=preconnect. Each of them took a place until its deadline, 14 seconds (ws) to 30 (wss) later."""
import pytest
from support.browser import BROWSERS, visit
from tls.peers import AUTHORITY

browsers = pytest.mark.parametrize("browser", BROWSERS)
schemes = pytest.mark.parametrize("scheme", ("ws", "wss"))
LIMIT_MS = 10000  # above the time of a socket with nothing before it; 13,700 were seen

SCRIPT = """
const device = '%(scheme)s://localhost:%(port)d/';
const page = device.replace('ws', 'http');
const seen = [];
const sleep = (ms) => new Promise((over) => setTimeout(over, ms));
const open = () => new Promise((over) => {
  const start = performance.now();
  const socket = new WebSocket(device);
  const end = (result) => { socket.onclose = null; over({socket, result, ms: Math.round(performance.now() - start)}); };
  socket.onopen = () => end('open');
  socket.onclose = (event) => end('close ' + event.code);
});
const note = async (name) => {
  const {socket, result, ms} = await open();
  seen.push([name, result, ms]);
  socket.close();
  await sleep(300);
};
const report = () => fetch('/result', {method: 'POST', body: JSON.stringify(seen)});
"""
SPARE = """<!doctype html><meta charset=utf-8><body><script>""" + SCRIPT + """
(async () => {
  await note('nothing before');
  const link = document.createElement('link');
  link.rel = 'preconnect';
  link.href = page;
  document.head.append(link);
  await sleep(1000);
  await note('preconnect');
  for (let i = 0; i < 2; ++i) {
    const frame = document.createElement('iframe');
    frame.src = page;
    document.body.append(frame);
    await sleep(1500);
    await note('the device opened as a page');
    frame.remove();
  }
  await fetch(page, {mode: 'no-cors'}).catch(() => 0);
  await note('a fetch');
  for (let i = 0; i < 4; ++i) new Image().src = page + i + '.png';
  await note('four images at the same time');
  report();
})();
</script>"""
RELOADED = """<!doctype html><meta charset=utf-8><body><script>""" + SCRIPT + """
(async () => {
  const sockets = [];
  for (let i = 0; i < %(limit)d; ++i) sockets.push((await open()).socket);
  for (let i = 0; i < 15; ++i) {
    const old = sockets.shift();
    await new Promise((over) => { old.onclose = over; old.close(); });
    const {socket, result, ms} = await open();
    seen.push(['closed and opened again', result, ms]);
    sockets.push(socket);
  }
  report();
})();
</script>"""


@pytest.fixture
def device(target, scheme):
    with target.server(tls=scheme == "wss") as server:
        yield server


@schemes
@browsers
def test_spare_connections_keep_no_socket_out(device, scheme, browser):
    seen = visit(browser, SPARE % {"scheme": scheme, "port": device.port}, AUTHORITY if scheme == "wss" else None)
    assert len(seen) == 6, seen
    alone = seen[0][2]
    late = [each for each in seen if each[1] != "open" or each[2] > alone + LIMIT_MS]
    assert not late, seen


@pytest.mark.parametrize("scheme", ("ws",))
@browsers
def test_a_place_at_the_limit_is_given_back(target, device, scheme, browser):
    limit = 64 if target.name == "host" else 3
    seen = visit(browser, RELOADED % {"scheme": scheme, "port": device.port, "limit": limit})
    assert [each[1] for each in seen] == ["open"] * 15, seen
