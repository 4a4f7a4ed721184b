# SPDX-License-Identifier: MIT
"""Real browsers, without a screen. A page of the test's is visited, and reports by a request for /result."""
import base64
import contextlib
import http.server
import json
import queue
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest
from interop import process

PATIENCE_SECONDS = 150


def key_hash(certificate):
    """The hash of the key, with which Chromium is told to trust it."""
    pem = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], stdout=subprocess.PIPE, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem, stdout=subprocess.PIPE, check=True).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=der, stdout=subprocess.PIPE, check=True).stdout
    return base64.b64encode(digest).decode()


def chromium(profile, url, trusted):
    options = [f"--ignore-certificate-errors-spki-list={key_hash(trusted / 'server.pem')}"] if trusted else []
    return ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", f"--user-data-dir={profile}", *options, url]


def firefox(profile, url, trusted):
    settings = {"app.update.enabled": False, "app.normandy.enabled": False, "network.captive-portal-service.enabled": False,
                "network.connectivity-service.enabled": False, "browser.shell.checkDefaultBrowser": False,
                "datareporting.policy.dataSubmissionEnabled": False, "toolkit.telemetry.enabled": False,
                "browser.safebrowsing.update.enabled": False, "extensions.update.enabled": False,
                "services.settings.server": "http://127.0.0.1:9/"}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items()]
    Path(profile, "user.js").write_text("".join(lines))
    if trusted:
        database = f"sql:{profile}"
        subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True)
        subprocess.run(["certutil", "-A", "-d", database, "-n", "whit", "-t", "C,,", "-i", trusted / "ca.pem"], check=True)
    return ["firefox-esr", "--headless", "--no-remote", "--profile", profile, url]


BROWSERS = {"chromium": chromium, "firefox": firefox}


@contextlib.contextmanager
def serving(page, results):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            body = page.encode() if self.path == "/" else b""
            self.send_response(200 if body else 404)
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

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{pages.server_address[1]}/"
        pages.shutdown()


def visit(name, page, trusted=None):
    """What the page reports. `trusted`: the folder of certificates that the browser is to trust."""
    results = queue.Queue()
    with serving(page, results) as url, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = process.Process([str(word) for word in BROWSERS[name](profile, url, trusted)])
        try:
            return results.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            pytest.fail(f"the page in {name} has not reported: {browser.output()}")
        finally:
            browser.stop()
