# SPDX-License-Identifier: MIT
# about: browsers (Chromium, Firefox) speak wss
# needs: check tls browser
# parts: host lm3s6965evb mps2_an385
# needs host: host
# needs lm3s6965evb: lm3s6965evb-wss-test
# needs mps2_an385: mps2_an385-wss-test
# minutes: 6
import pytest
from support.browser import BROWSERS, visit
from tls.peers import AUTHORITY

browsers = pytest.mark.parametrize("browser", BROWSERS)

PAGE = """<!doctype html><script>
const seen = [];
const socket = new WebSocket('wss://localhost:%d/path?query');
socket.binaryType = 'arraybuffer';
const done = () => fetch('/result', {method: 'POST', body: JSON.stringify(seen)});
socket.onopen = () => { seen.push('open'); socket.send('gr\\u00fc\\u00df \\u{1f642}'); };
socket.onmessage = (event) => {
  if (typeof event.data === 'string') {
    seen.push('text ' + event.data);
    socket.send(new Uint8Array(%d).fill(7));
  } else {
    const bytes = new Uint8Array(event.data);
    seen.push('binary ' + bytes.length + ' ' + bytes.every((byte) => byte === 7));
    socket.close(4001, 'enough');
  }
};
socket.onerror = () => seen.push('error');
socket.onclose = (event) => { seen.push('close ' + event.code + ' ' + event.reason + ' ' + event.wasClean); done(); };
</script>"""


@browsers
def test_open_text_binary_close(target, server, browser):
    size = 100000 if target.record >= 16384 else 3000
    seen = visit(browser, PAGE % (server.port, size), AUTHORITY)
    assert seen == ["open", "text gr\u00fc\u00df \U0001f642", f"binary {size} true", "close 4001 enough true"], seen


@pytest.mark.parts("host")
@browsers
def test_a_browser_that_does_not_know_the_authority_refuses(server, browser):
    seen = visit(browser, PAGE % (server.port, 10))
    # Firefox tells pages that it was TLS.
    assert seen[0] == "error" and seen[1].split()[:2] in (["close", "1006"], ["close", "1015"]), seen
    assert server.wait_line("TLS handshake refused: the peer's alert", 5), server.output()
