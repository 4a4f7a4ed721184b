# SPDX-License-Identifier: MIT
"""Fixtures that the tests of wss share. These tests alone import the peers that speak TLS: the others run without python3-websockets."""
import pytest


@pytest.fixture(scope="session")
def authority():
    """The folder of the certificates that tools/certificates has made."""
    from tls import peers, targets
    targets.prepare()
    return peers.AUTHORITY


@pytest.fixture(scope="session")
def target(part, authority):
    """echo_server and echo_client of the part: on this machine, or on a board."""
    from tls import targets
    del authority
    return targets.target(part)


@pytest.fixture(scope="session")
def server(target):
    """One echo_server with TLS for all tests of the part."""
    with target.server() as running:
        yield running


@pytest.fixture(scope="session")
def pki(tmp_path_factory, authority):
    """Makes certificates, signed by the authority."""
    from tls.pki import Pki
    return Pki(tmp_path_factory.mktemp("pki"), authority)
