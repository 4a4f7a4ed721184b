# SPDX-License-Identifier: MIT
# about: ws and wss through tinyproxy and squid, with Basic credentials, and each of their refusals (R-PRX-1)
# needs: host check tls
# wants: proxies
"""The proxies are started with configurations of their own, on the loopback; the servers are python websockets."""
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from interop.process import Process
from support.machine import BUILD, compile_host, free_port, need_command

PROGRAM = Path(__file__).resolve().parent / "proxy" / "through.cpp"
USER, PASSWORD = "device", "secret"
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def through(tmp_path_factory):
    host = BUILD.resolve() / "host"
    libraries = [path for name in ("libwhit_port_proxy.a", "libwhit_port_mbedtls.a", "libwhit_mbedtls.a") for path in host.rglob(name)]
    return compile_host(PROGRAM, tmp_path_factory.mktemp("proxy") / "through", "-Wl,--gc-sections", "-Wl,--start-group", *libraries,
                        host / "port/whit/posix/libwhit_port_posix.a", host / "stack/libwhit_stack.a", "-Wl,--end-group")


@pytest.fixture(scope="module")
def servers(authority):
    """The ports of an echo server for ws and of one for wss."""
    from tls.peers import EchoServer, server_context
    from tls.pki import Pair
    with EchoServer(None) as plain, EchoServer(server_context(Pair(authority / "server.pem", authority / "server.key"))) as secure:
        yield {"ws": plain.port, "wss": secure.port}


class Proxy:
    """A proxy in the foreground, with its files in a folder that an account without rights may read."""

    def __init__(self, command, package, configuration):
        need_command(command, package)
        self.folder = Path(tempfile.mkdtemp(prefix="whit-proxy-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.port = free_port()
        self.words, text = configuration(self)
        (self.folder / "configuration").write_text(text)

    def __enter__(self):
        self.process = Process(self.words)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.alive():
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self.port
            time.sleep(0.1)
        self.__exit__()
        raise AssertionError(f"{self.words[0]} does not listen: {self.process.output()}")

    def __exit__(self, *_):
        self.process.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def tinyproxy(credentials=False, allowed=None):
    def configuration(self):
        lines = [f"Port {self.port}", "Listen 127.0.0.1", "Allow 127.0.0.1", "Timeout 60", "MaxClients 10", "LogLevel Error"]
        if credentials:
            lines.append(f"BasicAuth {USER} {PASSWORD}")
        if allowed:
            lines.append(f"ConnectPort {allowed}")
        return ["tinyproxy", "-d", "-c", str(self.folder / "configuration")], "\n".join(lines) + "\n"
    return Proxy("tinyproxy", "tinyproxy-bin", configuration)


def squid(credentials=False, allowed=None):
    def configuration(self):
        lines = [f"http_port 127.0.0.1:{self.port}", "pid_filename none", "access_log none", "cache deny all", "netdb_filename none",
                 "cache_log /dev/null", "visible_hostname localhost", "shutdown_lifetime 0 seconds", f"coredump_dir {self.folder}",
                 "pinger_enable off", "hosts_file /etc/hosts"]
        if credentials:
            digest = subprocess.run(["openssl", "passwd", "-apr1", PASSWORD], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
            (self.folder / "users").write_text(f"{USER}:{digest}\n")
            lines += [f"auth_param basic program /usr/lib/squid/basic_ncsa_auth {self.folder}/users", "auth_param basic children 1",
                      "acl known proxy_auth REQUIRED", "http_access deny !known"]
        if allowed:
            lines += [f"acl allowed port {allowed}", "http_access deny !allowed"]
        return ["squid", "-N", "-f", str(self.folder / "configuration")], "\n".join(lines + ["http_access allow all"]) + "\n"
    return Proxy("squid", "squid", configuration)


PROXIES = {"tinyproxy": tinyproxy, "squid": squid}
each_proxy = pytest.mark.parametrize("make", PROXIES.values(), ids=PROXIES)


def ends(program, authority, url, port, credentials=""):
    """The lines of the program."""
    done = subprocess.run([program, url, str(port), credentials, authority / "ca.pem"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE_SECONDS, check=False)
    return done.stdout.decode().splitlines()


ECHO = ["echo hello", "closed by the application: code 1000 (normal closure)"]


@each_proxy
@pytest.mark.parametrize("scheme", ("ws", "wss"))
def test_a_message_comes_back_through_the_tunnel(through, authority, servers, make, scheme):
    with make() as port:
        assert ends(through, authority, f"{scheme}://localhost:{servers[scheme]}/", port) == ECHO


@each_proxy
def test_credentials_are_asked_for_and_given(through, authority, servers, make):
    wanted = ["connecting failed: the proxy wants a user name and password, or others (407)"]
    with make(credentials=True) as port:
        for scheme in ("ws", "wss"):
            assert ends(through, authority, f"{scheme}://localhost:{servers[scheme]}/", port, f"{USER}:{PASSWORD}") == ECHO
        url = f"wss://localhost:{servers['wss']}/"
        assert ends(through, authority, url, port) == wanted
        refused = ends(through, authority, url, port, f"{USER}:guess")
        assert refused[0] in (wanted[0], "connecting failed: the proxy refused, with an HTTP status (401)"), refused


@each_proxy
def test_a_port_that_is_not_allowed_is_said(through, authority, servers, make):
    with make(allowed=443) as port:
        assert ends(through, authority, f"ws://127.0.0.1:{servers['ws']}/", port) == \
            ["connecting failed: the proxy does not allow that host or port (403)"]


STATUS_OF_A_CLOSED_PORT = {tinyproxy: "the proxy refused, with an HTTP status (500)", squid: "the proxy could not reach the host (503)"}


@each_proxy
def test_a_server_that_is_away_is_said(through, authority, make):
    with make() as port:
        lines = ends(through, authority, f"ws://127.0.0.1:{free_port()}/", port)
        assert lines == ["connecting failed: " + STATUS_OF_A_CLOSED_PORT[make]], lines


def test_a_proxy_that_is_away_is_said(through, authority):
    assert ends(through, authority, "ws://127.0.0.1:1/", free_port()) == \
        ["connecting failed: refused: nothing listens at that port (111)"]


def test_a_web_server_is_not_taken_for_a_proxy(through, authority, servers):
    """python websockets refuses CONNECT; the TLS server answers with an alert."""
    url = f"ws://127.0.0.1:{servers['ws']}/"
    assert ends(through, authority, url, servers["wss"])[0] in (
        "connecting failed: what answers is not an HTTP proxy (3001)",
        "connecting failed: the proxy ended the connection before it answered (3003)")
