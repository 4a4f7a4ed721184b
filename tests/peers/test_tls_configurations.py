# SPDX-License-Identifier: MIT
# about: every configuration of TLS that Kconfig allows makes connections with real peers, or is refused
# needs: host test check tls tlspeers
# parts: each_value
# long: each_pair
# minutes: 40
# early:
"""Every configuration of TLS that Kconfig allows makes connections with OpenSSL, GnuTLS, nginx, node, python and HAProxy,
in both roles, or is refused when it is configured. The product of all options is some 100,000 builds; here each value of
each option meets each value of every other one at least once, in the two variants together; in each_value alone each value is there.

One build per configuration, in build/tls-configurations, of the libraries that the options change; the rest is build/host's. An unchanged
configuration is not built again."""
import contextlib
import itertools
import os
import re
import ssl
import subprocess

import pytest
from interop import process
from interop.peers import need
from support.machine import BUILD, ROOT, need_command
from tls import peers, pki
from tls.peers import AUTHORITY

FOLDER = BUILD / "tls-configurations"
OPTIONS = {
    "versions": ("1.2 1.3", "1.2", "1.3"),
    "roles": ("CLIENT SERVER", "CLIENT", "SERVER"),
    "in": (16384, 4096, 1024),
    "out": (16384, 4096, 1024),
    "ciphers": ("AES_GCM CHACHA20_POLY1305", "AES_GCM", "CHACHA20_POLY1305"),
    "rsa": (True, False),
    "p384": (True, False),
    "prefer_chacha20": (True, False),
    "x25519": (True, False),
    "psk": (True, False),
    "pem": (True, False),
    "tickets": (True, False),
    "max_fragment_length": (True, False),
    "error_texts": (True, False),
    "handshakes": (1, 16),
    "session_bytes": (1280, 128),
}
NO_WEBSOCKET = "not a valid answer to the opening handshake"  # TLS was open by then
PSK = ("00112233445566778899aabbccddeeff", "device")


def pairs(configuration):
    return set(itertools.combinations(configuration.items(), 2))


def completed(seed, options, missing):
    """A configuration with the values of `seed`, the others chosen one by one so that most missing pairs are in it."""
    configuration = dict(seed)
    for name, values in options.items():
        if name not in configuration:
            configuration[name] = max(values, key=lambda value, name=name: len(
                missing & pairs({each: {**configuration, name: value}[each] for each in options if each in configuration or each == name})))
    return {name: configuration[name] for name in options}


def pairwise(options, first):
    """`first`, completed, and as many more until each value of an option stands beside each value of every other one."""
    missing = {pair for names in itertools.combinations(options.items(), 2)
               for pair in itertools.product(*([(name, value) for value in values] for name, values in names))}
    chosen = []
    while first or missing:
        seeds = first[:1] or sorted(missing, key=repr)[::7]
        first = first[1:]
        chosen.append(max((completed(seed, options, missing) for seed in seeds), key=lambda each: len(missing & pairs(each))))
        missing -= pairs(chosen[-1])
    return chosen


# Short records, with in and out of equal and of different size: three options decide together.
CONFIGURATIONS = pairwise(OPTIONS, [
    {"versions": "1.2 1.3", "roles": "CLIENT SERVER", "in": 4096, "out": 4096, "max_fragment_length": True},
    {"versions": "1.2 1.3", "roles": "CLIENT", "in": 4096, "out": 1024, "max_fragment_length": True},
])


def with_each_value(configurations):
    """As few of them as have each value of each option."""
    missing, chosen = set().union(*(each.items() for each in configurations)), []
    while missing:
        chosen.append(max(configurations, key=lambda each: len(missing & set(each.items()))))
        missing -= set(chosen[-1].items())
    return chosen


EACH_VALUE = with_each_value(CONFIGURATIONS)


def defconfig(configuration):
    """The defconfig of the host with other options of TLS."""
    lines = [line for line in (ROOT / "boards" / "host" / "defconfig").read_text().split("\n") if "WHIT_TLS" not in line]
    ciphers, roles = configuration["ciphers"].split(), configuration["roles"].split()
    flags = {"": True}
    for name, all_of in (("versions", "1.2 1.3"), ("roles", "CLIENT SERVER"), ("ciphers", "AES_GCM CHACHA20_POLY1305")):
        flags.update({word.replace(".", "_"): word in configuration[name].split() for word in all_of.split()})
    flags.update({name.upper(): configuration[name] for name in ("rsa", "p384", "x25519", "psk", "pem", "max_fragment_length", "error_texts")})
    if len(ciphers) == 2:
        flags["PREFER_CHACHA20"] = configuration["prefer_chacha20"]
    if "SERVER" in roles:
        flags["TICKETS"] = configuration["tickets"]
    numbers = {"ARENA_BYTES": 1048576, "IN_BYTES": configuration["in"], "OUT_BYTES": configuration["out"],
               "HANDSHAKES": configuration["handshakes"]}
    if "CLIENT" in roles:
        numbers["SESSION_BYTES"] = configuration["session_bytes"]
    for name, value in {**flags, **numbers}.items():
        symbol = "CONFIG_WHIT_TLS" + (f"_{name}" if name else "")
        lines.append(f"# {symbol} is not set" if value is False else f"{symbol}={'y' if value is True else value}")
    return "\n".join(lines) + "\n"


def command(*words, seconds=600):
    done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=seconds, check=False)
    return done.returncode, done.stdout.decode("utf-8", "replace")


def configure(name, text):
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "defconfig"
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return folder, *command("cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", f"-DWHIT_DEFCONFIG={path}", "-DWHIT_BOARD=host",
                            "-DWHIT_BUILD_TESTS=OFF", "-DWHIT_ASSERTS=ON", "-DCMAKE_BUILD_TYPE=", "-DCMAKE_C_FLAGS=-O0",
                            "-DCMAKE_CXX_FLAGS=-O0")


def build(name, text):
    """Builds echo_client and echo_server. The libraries that no option of TLS changes come from build/host: the core and the port below."""
    folder, code, output = configure(name, text)
    for program in ("echo_client", "echo_server"):
        if code == 0:
            link = command("ninja", "-C", folder, "-t", "commands", program)[1].strip().split("\n")[-1]
            of_tls = re.findall(r"\S+\.o\b|\S*mbedtls\S*\.a", link)
            code, output = command("ninja", "-C", folder, *of_tls)
        if code == 0:
            link = re.sub(r"(\S+\.a)\b", lambda match: match[1] if "mbedtls" in match[1] else str(BUILD / "host" / match[1]), link)
            code, output = command("sh", "-c", f"cd {folder} && {link}")
    return folder, code, output


# ---- peers: one server of each kind for each kind of key, for all configurations ----

HAPROXY = """
global
  ssl-server-verify none
defaults
  mode http
  timeout connect 9s
  timeout client 99s
  timeout server 99s
frontend in
  bind 127.0.0.1:{port} ssl crt {both} ssl-max-ver TLSv1.2
  default_backend out
backend out
  server plain 127.0.0.1:{backend}
"""
RELAY = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen 127.0.0.1:{port};
    location ~ ^/(?<to>[0-9]+)/(?<version>[0-9.]+)/ {{
      proxy_pass https://127.0.0.1:$to/;
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_ssl_trusted_certificate {ca}; proxy_ssl_verify on; proxy_ssl_name localhost; proxy_ssl_server_name on;
      proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
    }}
  }}
}}
"""
KINDS = {"p256": "P-256", "p384": "P-384", "rsa": "RSA2048"}


class Peers:
    """The peers that run for the whole test."""

    def __init__(self, folder, stack):
        self.folder, self.stack = folder, stack
        subprocess.run([ROOT / "tools" / "certificates", AUTHORITY], check=True, stdout=subprocess.DEVNULL)
        made = pki.Pki(folder, AUTHORITY)
        self.pairs = {kind: made.make(f"server-{name}", kind=name, digest="sha384" if kind == "p384" else "sha256")
                      for kind, name in KINDS.items()}
        self.backend = stack.enter_context(peers.EchoServer(None)).port
        self.servers = {(name, kind): start(pair) for kind, pair in self.pairs.items()
                        for name, start in (("python", self.python), ("python that chooses, TLS 1.2", self.choosing_python),
                                            ("openssl", self.openssl), ("gnutls", self.gnutls), ("nginx", self.nginx),
                                            ("node", self.node), ("haproxy, TLS 1.2", self.haproxy))}
        self.psk_server = self.run(["openssl", "s_server", "-nocert", "-psk", PSK[0], "-psk_identity", PSK[1], "-WWW",
                                    "-cipher", "PSK"], "-accept")
        self.relay = self.start_relay()

    def run(self, words, port_option):
        port = process.free_port()
        running = process.Process([str(word) for word in (*words, port_option, port)])
        self.stack.callback(running.stop)
        peers.wait_for_port(port)
        return port

    def python(self, pair):
        return self.stack.enter_context(peers.EchoServer(peers.server_context(pair))).port

    def choosing_python(self, pair):
        context = peers.server_context(pair, "1.2")
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
        return self.stack.enter_context(peers.EchoServer(context)).port

    def openssl(self, pair):
        return self.run(["openssl", "s_server", "-cert", pair.certificate, "-key", pair.key, "-serverpref", "-WWW"], "-accept")

    def gnutls(self, pair):
        return self.run(["gnutls-serv", "--quiet", "--x509certfile", pair.certificate, "--x509keyfile", pair.key], "--port")

    def nginx(self, pair):
        return self.stack.enter_context(peers.Nginx(self.folder / f"nginx-{pair.key.stem}", pair, "1.2 TLSv1.3", self.backend)).port

    def node(self, pair):
        return self.stack.enter_context(peers.NpmServer(pair)).port

    def haproxy(self, pair):
        port = process.free_port()
        both = self.folder / f"{pair.key.stem}-both.pem"
        both.write_text(pair.certificate.read_text() + pair.key.read_text())
        config = self.folder / f"{pair.key.stem}.cfg"
        config.write_text(HAPROXY.format(port=port, both=both, backend=self.backend))
        self.stack.callback(process.Process(["haproxy", "-f", str(config)]).stop)
        peers.wait_for_port(port)
        return port

    def start_relay(self):
        """nginx as a client of wss: ws://127.0.0.1:RELAY/PORT/VERSION/ leads to wss://127.0.0.1:PORT/."""
        port = process.free_port()
        config = self.folder / "relay.conf"
        config.write_text(RELAY.format(folder=self.folder, port=port, ca=AUTHORITY / "ca.pem"))
        self.stack.callback(process.Process(["/usr/sbin/nginx", "-c", str(config), "-p", str(self.folder)]).stop)
        peers.wait_for_port(port)
        return port


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    process.exit_on_signals()  # a test that is ended leaves no peer behind
    os.environ.pop("SSLKEYLOGFILE", None)
    for name, package in (("gnutls-serv", "gnutls-bin"), ("haproxy", "haproxy"), ("/usr/sbin/nginx", "nginx-light")):
        need_command(name, package)
    need("ws", str(BUILD))
    with contextlib.ExitStack() as stack:
        yield Peers(tmp_path_factory.mktemp("peers"), stack)


def form(path, pem):
    """The file, or the same in DER, for a program that knows no PEM."""
    if pem:
        return path
    der = path.with_suffix(path.suffix + ".der")
    if not der.exists():
        words = ["x509"] if path.suffix == ".pem" else ["pkey"]
        subprocess.run(["openssl", *words, "-in", path, "-outform", "DER", "-out", der], check=True)
    return der


def kinds(configuration):
    return [kind for kind in KINDS if configuration.get(kind, True)]


# ---- the cases ----


def connect(folder, configuration, url, *more):
    """Two connections, so that the second may resume. The size: more than one record, where the peer is asked for short ones."""
    asks = configuration["max_fragment_length"] or configuration["in"] == 16384
    return command(folder / "echo_client", url, "--connections", 2, "--count", 2, "--size", 5000 if asks else 300, *more, seconds=60)


def client_problems(folder, configuration, world):
    trust = ("--ca", form(AUTHORITY / "ca.pem", configuration["pem"]))
    for (name, kind), port in world.servers.items():
        if kind not in kinds(configuration) or (name.endswith("TLS 1.2") and "1.2" not in configuration["versions"]):
            continue
        for version in configuration["versions"].split():
            code, output = connect(folder, configuration, f"wss://127.0.0.1:{port}/", *trust, "--tls-max", version)
            # These two speak TLS and HTTP, and no WebSocket.
            answered = name in ("openssl", "gnutls") and NO_WEBSOCKET in output
            if code != 0 and not answered:
                yield f"client, {name}, {KINDS[kind]}, up to TLS {version}: {output}"
    if configuration["psk"]:
        for version in configuration["versions"].split():
            code, output = connect(folder, configuration, f"wss://127.0.0.1:{world.psk_server}/", "--psk", PSK[0], "--psk-identity", PSK[1],
                                   "--tls-max", version)
            if NO_WEBSOCKET not in output:
                yield f"client, PSK, up to TLS {version}: {output}"


@contextlib.contextmanager
def serving(folder, *options):
    port = process.free_port()
    running = process.Process([str(word) for word in (folder / "echo_server", "--address", "127.0.0.1", "--port", port, *options)])
    try:
        assert running.wait_line(r"listening on .*:(\d+)", 20), running.output()
        yield port
    finally:
        running.stop()


def python_client(port, version, _):
    peers.echo(port, peers.client_context(version), [1, 300, 900])


def openssl_client(port, version, _):
    output = peers.s_client(port, "-tls" + version.replace(".", "_"), seconds=0.3)
    assert "Verify return code: 0 (ok)" in output, output


def gnutls_client(port, version, _):
    priority = f"NORMAL:-VERS-ALL:+VERS-TLS{version}"
    output = command("gnutls-cli", "--priority", priority, "--x509cafile", AUTHORITY / "ca.pem", "--sni-hostname", "localhost",
                     "--verify-hostname", "localhost", "-p", port, "127.0.0.1", seconds=30)[1]
    assert "Handshake was completed" in output, output


def node_client(port, version, _):
    code, output = peers.npm_ws("client", port, AUTHORITY / "ca.pem", 900)
    assert code == 0, f"{version}: {output}"


def nginx_client(port, version, world):
    code, output = command(BUILD / "host" / "echo_client", f"ws://127.0.0.1:{world.relay}/{port}/{version}/", "--count", 2,
                           "--size", 900, seconds=30)
    assert code == 0, output


CLIENTS = {"python": python_client, "openssl": openssl_client, "gnutls": gnutls_client, "node": node_client, "nginx": nginx_client}


def server_problems(folder, configuration, world):
    for kind in kinds(configuration):
        pair = world.pairs[kind]
        options = ("--tls-cert", form(pair.certificate, configuration["pem"]), "--tls-key", form(pair.key, configuration["pem"]))
        with serving(folder, *options) as port:
            for version in configuration["versions"].split():
                for name, talk in CLIENTS.items():
                    try:
                        talk(port, version, world)
                    except Exception as error:  # pylint: disable=broad-except
                        yield f"server, {name}, {KINDS[kind]}, TLS {version}: {type(error).__name__}: {error}"
    if configuration["psk"]:
        with serving(folder, "--psk", PSK[0], "--psk-identity", PSK[1]) as port:
            for version in configuration["versions"].split():
                suite = ("-cipher", "PSK") if version == "1.2" else ()
                output = peers.s_client(port, "-tls" + version.replace(".", "_"), "-psk", PSK[0], "-psk_identity", PSK[1], *suite, seconds=0.3)
                if not re.search(r"Cipher is (TLS_|.*PSK)", output):
                    yield f"server, PSK, TLS {version}: {output}"


def title(configuration):
    words = [name if value is True else str(value).replace(" ", "+") for name, value in configuration.items() if value is not False]
    return ",".join(words).lower()


@pytest.mark.parametrize("configuration", [
    pytest.param(each, id=title(each), marks=pytest.mark.parts("each_value" if each in EACH_VALUE else "each_pair")) for each in CONFIGURATIONS])
def test_a_configuration_makes_connections(configuration, world, part):  # pylint: disable=unused-argument
    number = CONFIGURATIONS.index(configuration)
    folder, code, output = build(str(number), defconfig(configuration))
    assert code == 0, output[-3000:]
    problems = []
    if "CLIENT" in configuration["roles"]:
        problems += client_problems(folder, configuration, world)
    if "SERVER" in configuration["roles"]:
        problems += server_problems(folder, configuration, world)
    assert not problems, "\n".join(problems)


def test_every_value_is_among_the_usual_ones_and_every_pair_among_all():
    for name, values in OPTIONS.items():
        assert {each[name] for each in EACH_VALUE} == set(values)
    covered = set().union(*(pairs(configuration) for configuration in CONFIGURATIONS))
    for (one, values), (other, others) in itertools.combinations(OPTIONS.items(), 2):
        for pair in itertools.product(values, others):
            assert ((one, pair[0]), (other, pair[1])) in covered


BASE = {name: values[0] for name, values in OPTIONS.items()}


@pytest.mark.parametrize("change,reason", [
    ({"roles": ""}, r"WHIT_TLS without a role: set CONFIG_WHIT_TLS_CLIENT=y\s+or CONFIG_WHIT_TLS_SERVER=y"),
    ({"versions": ""}, r"WHIT_TLS without a version: set CONFIG_WHIT_TLS_1_2=y\s+or CONFIG_WHIT_TLS_1_3=y"),
    ({"ciphers": ""}, r"WHIT_TLS without a cipher: set\s+CONFIG_WHIT_TLS_AES_GCM=y\s+or CONFIG_WHIT_TLS_CHACHA20_POLY1305=y"),
    ({"in": 1023}, r"WHIT_TLS_IN_BYTES.*1024"),
    ({"out": 1023}, r"WHIT_TLS_OUT_BYTES.*1024"),
], ids=lambda value: str(value)[:24])
def test_what_cannot_work_is_refused_when_it_is_configured(change, reason):
    _, code, output = configure("refused", defconfig({**BASE, **change}))
    assert code != 0 and re.search(reason, output), output


def test_an_arena_without_room_for_a_handshake_is_refused_when_it_is_built():
    text = defconfig(BASE).replace("ARENA_BYTES=1048576", "ARENA_BYTES=40000")
    folder, code, output = configure("small", text)
    assert code == 0, output
    code, output = command("ninja", "-C", folder, "port/whit/mbedtls/CMakeFiles/whit_port_mbedtls.dir/tls_handshake.cpp.o")
    assert code != 0 and "WHIT_TLS_ARENA_BYTES is less than one handshake takes" in output, output
