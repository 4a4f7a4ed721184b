# SPDX-License-Identifier: MIT
"""Real browsers, without a screen. A page of the test's is visited, and reports by a request for /result; or a browser is driven by
npm `puppeteer-core` (peers/dashboard/driver.js), click by click."""
import base64
import contextlib
import http.server
import itertools
import json
import os
import queue
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest
from interop import peers, process
from support.machine import BUILD, ROOT

PATIENCE_SECONDS = 150


def key_hash(certificate):
    """The hash of the key, with which Chromium is told to trust it."""
    pem = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], stdout=subprocess.PIPE, check=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=pem, stdout=subprocess.PIPE, check=True).stdout
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-binary"], input=der, stdout=subprocess.PIPE, check=True).stdout
    return base64.b64encode(digest).decode()


def chromium(profile, url, trusted, *options):
    if trusted:
        options = [*options, f"--ignore-certificate-errors-spki-list={key_hash(trusted / 'server.pem')}"]
    return ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", f"--user-data-dir={profile}", *options, url]


def firefox(profile, url, trusted, *options):
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
    return ["firefox-esr", "--headless", "--no-remote", "--profile", profile, *options, url]


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


# ---- browsers that are driven ----

DRIVER = ROOT / "tests" / "peers" / "dashboard"
# The line in which a browser tells where it listens, what is to be added to it, and the protocol spoken there.
REMOTE = {"chromium": (r"DevTools listening on (ws://\S+)", "", "cdp"),
          "firefox": (r"WebDriver BiDi listening on (ws://\S+)", "/session", "webDriverBiDi")}
# A page that is behind another one is to work as one that is looked at.
AWAKE = ("--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding")


def lacks_driver():
    """A line about a thing that the machine lacks to drive browsers, or None."""
    return peers.install(str(BUILD), str(DRIVER))


class Driver:
    """Browsers that are driven, one process of each kind, all by one node process."""

    def __init__(self, names, trusted):
        environment = dict(os.environ, NODE_PATH=str(BUILD / "dashboard" / "node_modules"))
        self.node = process.Process(["node", str(DRIVER / "driver.js")], stdin=True, merge=False, env=environment)
        self.numbers = itertools.count(1)
        self.stack = contextlib.ExitStack()
        self.stack.callback(self.node.stop)
        try:
            started = {name: self.start(name, trusted) for name in names}
            for name, browser in started.items():
                pattern, path, protocol = REMOTE[name]
                line = browser.wait_line(pattern, PATIENCE_SECONDS)
                assert line, f"{name} does not listen: {browser.output()}"
                self.call("connect", browser=name, endpoint=line.group(1) + path, protocol=protocol)
        except BaseException:
            self.stack.close()
            raise

    def start(self, name, trusted):
        profile = self.stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        options = ["--remote-debugging-port=0", *(AWAKE if name == "chromium" else ())]
        browser = process.Process([str(word) for word in BROWSERS[name](profile, "about:blank", trusted, *options)])
        self.stack.callback(browser.stop)
        return browser

    def call(self, operation, seconds=30, **arguments):
        number = next(self.numbers)
        command = {"id": number, "op": operation, "timeout_ms": 1000 * seconds, **arguments}
        self.node.child.stdin.write(json.dumps(command).encode() + b"\n")
        self.node.child.stdin.flush()
        deadline = time.monotonic() + seconds + 10
        with self.node.changed:
            while True:
                while self.node.lines:
                    answer = json.loads(self.node.lines.pop(0))
                    if answer["id"] == number:
                        assert "error" not in answer, f"{operation} {arguments}: {answer['error']}"
                        return answer.get("value")
                assert not self.node.ended and time.monotonic() < deadline, f"no answer to {operation} {arguments}"
                self.node.changed.wait(0.5)

    @contextlib.contextmanager
    def page(self, browser, url):
        page = Page(self, self.call("open", browser=browser, url=url))
        try:
            yield page
        finally:
            page.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()


class Page:
    """A page of a driven browser. It is closed once, by whoever comes first."""

    def __init__(self, driver, number):
        self.driver, self.number, self.open = driver, number, True

    def call(self, operation, **arguments):
        return self.driver.call(operation, page=self.number, **arguments)

    def evaluate(self, expression):
        return self.call("evaluate", expression=expression)

    def wait(self, expression, seconds=30):
        """Waits until the expression is true; its value."""
        return self.call("wait", expression=expression, seconds=seconds)

    def close(self):
        if self.open:
            self.open = False
            self.call("close")
