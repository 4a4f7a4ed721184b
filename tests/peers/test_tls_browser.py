# SPDX-License-Identifier: MIT
# about: a browser (Chromium) speaks wss
# needs: check tls browser
# parts: host lm3s6965evb mps2_an385
# needs host: host
# needs lm3s6965evb: lm3s6965evb-wss-test
# needs mps2_an385: mps2_an385-wss-test
# minutes: 6
"""This program serves the page; the observations of its WebSocket come back as a request for /result."""
import base64
import hashlib
import http.server
import json
import queue
import subprocess
import tempfile
import threading

import pytest
from interop import process
from tls.peers import AUTHORITY

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


def spki(certificate):
    """The hash of the key, with which Chromium is told to trust it."""
    pem = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], stdout=subprocess.PIPE, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem, stdout=subprocess.PIPE, check=True).stdout
    return base64.b64encode(hashlib.sha256(der).digest()).decode()


def visit(port, size, trusted):
    results = queue.Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            body = (PAGE % (port, size)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self):  # noqa: N802
            results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as pages, tempfile.TemporaryDirectory() as profile:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        options = [f"--ignore-certificate-errors-spki-list={spki(AUTHORITY / 'server.pem')}"] if trusted else []
        browser = process.Process(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                                   "--no-first-run", "--disable-background-networking", f"--user-data-dir={profile}", *options,
                                   f"http://127.0.0.1:{pages.server_address[1]}/"])
        try:
            return results.get(timeout=60)
        except queue.Empty:
            pytest.fail(f"the page has not reported: {browser.output()}")
        finally:
            browser.stop()
            pages.shutdown()


def test_open_text_binary_close(target, server):
    size = 100000 if target.record >= 16384 else 3000
    seen = visit(server.port, size, True)
    assert seen == ["open", "text gr\u00fc\u00df \U0001f642", f"binary {size} true", "close 4001 enough true"], seen


@pytest.mark.parts("host")
def test_a_browser_that_does_not_know_the_authority_refuses(server):
    seen = visit(server.port, 10, False)
    assert seen[0] == "error" and seen[1].startswith("close 1006"), seen
    assert server.wait_line("TLS handshake refused: the peer's alert", 5), server.output()
