# SPDX-License-Identifier: MIT
# about: whitcat behind nginx, HAProxy, tinyproxy and squid: redirections, credentials, idle times, sticky sessions, tunnels
# needs: host cli check tls
# wants: tlspeers proxies
"""The proxies are those of the parts `handshake` and `proxies`; test_whitcat.py has the options and the exit codes."""
import contextlib

import pytest
from interop.process import Process
from test_handshake import Backend, haproxy, nginx
from test_proxies import PASSWORD, USER, each_proxy, servers  # noqa: F401 (a fixture)
from whitcat import PATIENCE_SECONDS, arguments, run

REFUSED, LOST = 6, 7  # exit codes of whitcat


@pytest.fixture
def web(tmp_path):
    with Backend("a", 1000) as backend, nginx(tmp_path, backend) as url:
        yield url


def test_nginx_redirects(web):
    """R-RED-1"""
    code, out, err = run(web + "/old")
    assert (code, out) == (REFUSED, b"") and "301" in err and "/ws" in err, err
    assert run(web + "/old", "--redirects", 2, "--wait", "forever")[:2] == (0, b"a\n")
    code, out, err = run(web + "/loop", "--redirects", 2)
    assert (code, out) == (REFUSED, b"") and err.count("\n") == 1, err


def test_nginx_wants_credentials(web, tmp_path):
    """R-HS-4: a password that is no text comes from a file."""
    code, out, err = run(web + "/secret")
    assert (code, out) == (REFUSED, b"") and "401" in err, err
    (tmp_path / "credentials").write_bytes(b"charger-7:" + bytes(range(128, 148)))
    assert run(web + "/secret", "--auth", f"@{tmp_path}/credentials", "--wait", "forever")[:2] == (0, b"a\n")


def test_nginx_ends_an_idle_connection(tmp_path):
    with Backend("a", None) as backend, nginx(tmp_path, backend) as url:
        code, out, err = run(url + "/idle", "--wait", "forever")
        assert (code, out) == (LOST, b"a\n") and "without a Close frame" in err, err


def test_haproxy_has_it_back_on_one_server(tmp_path):
    with contextlib.ExitStack() as stack:
        backends = [stack.enter_context(Backend(name, 1012)) for name in ("web1", "web2", "web3")]
        url = stack.enter_context(haproxy(tmp_path, backends))
        program = Process(arguments(url, "--reconnect", "--wait", "forever"))
        stack.callback(program.stop)
        with program.changed:
            reached = lambda: [line for line in program.lines if line.startswith("web")]  # noqa: E731
            assert program.changed.wait_for(lambda: len(reached()) >= 3, PATIENCE_SECONDS), program.output()
            assert len(set(reached())) == 1, program.output()


@each_proxy
@pytest.mark.parametrize("scheme", ("ws", "wss"))
def test_a_line_comes_back_through_a_tunnel(authority, servers, make, scheme):  # noqa: F811
    """R-PRX-1"""
    words = (f"{scheme}://localhost:{servers[scheme]}/", "--once", *(("--ca", authority / "ca.pem") if scheme == "wss" else ()))
    with make(credentials=True) as port:
        assert run(*words, "--proxy", f"http://{USER}:{PASSWORD}@127.0.0.1:{port}", send=b"hello\n") == (0, b"hello\n", "")
        code, out, err = run(*words, "--proxy", f"http://127.0.0.1:{port}", send=b"hello\n")
        assert (code, out) == (REFUSED, b"") and "407" in err, err
