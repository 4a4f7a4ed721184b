# SPDX-License-Identifier: MIT
"""The scenarios of tools/bench and how they are measured: interleaved with the floor, medians of the rounds' ratios."""
import contextlib
import json
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import servers  # noqa: E402
from servers import Problem, Server  # noqa: E402

KIB, MIB = 1 << 10, 1 << 20
HANDSHAKES = 32
TLS_HANDSHAKES = 16
IDLE = 10000
TLS_IDLE = 1000  # 10,000 are minutes of handshakes, and 3 GB of the greediest
SIZES = (16, 125, KIB, 16 * KIB, MIB)
UNSIZED = ("handshakes", "idle")  # groups whose rows have no size
SPARE_DESCRIPTORS = 64


def text_of_size(size):
    return f"{size // MIB} MiB" if size >= MIB else f"{size // KIB} KiB" if size >= KIB else f"{size} B"


def connections_for(size, depth):
    """As many as make a machine busy, and few enough that 1 MiB each does not fill it."""
    return 64 if size < 16 * KIB else 16 if size < MIB else 4 if depth == 1 else 1


class Scenario:
    def __init__(self, group, size=125, depth=1, connections=None, kind="binary", tls=False):
        self.group, self.size, self.depth, self.kind, self.tls = group, size, depth, kind, tls
        self.connections = connections or connections_for(size, depth)

    @property
    def name(self):
        if self.group in UNSIZED:
            return self.group + (" wss" if self.tls else "")
        return (f"{self.group} {text_of_size(self.size)} x{self.depth} {self.kind} {self.connections}" + (" wss" if self.tls else ""))

    def keys(self):
        return [f"connections={self.connections}", f"depth={self.depth}", f"size={self.size}", f"type={self.kind}",
                f"tls={int(self.tls)}"]


def scenarios():
    """Every size at both depths; texts and numbers of connections where they make a difference."""
    every = [(size, depth) for size in SIZES for depth in (1, 16)]
    found = [Scenario("echo", size, depth) for size, depth in every]
    found += [Scenario("text", size, depth, kind=kind) for kind in ("ascii", "utf8") for size, depth in every if depth == 16 or size == MIB]
    found += [Scenario("many", size, depth, count) for count in (1, 1000) for size in (16, 125, KIB) for depth in (1, 16)]
    found += [Scenario("wss", size, depth, tls=True) for size, depth in every]
    found += [Scenario("wss", KIB, 16, kind=kind, tls=True) for kind in ("ascii", "utf8")]
    found += [Scenario("wss", 125, depth, count, tls=True) for count in (1, 1000) for depth in (1, 16)]
    found += [Scenario("client", size, depth, 1) for size, depth in every]
    found += [Scenario("client", size, depth, 1, tls=True) for size in (125, KIB) for depth in (1, 16)]
    found += [Scenario("handshakes", connections=HANDSHAKES), Scenario("handshakes", connections=TLS_HANDSHAKES, tls=True)]
    found += [Scenario("idle", connections=IDLE), Scenario("idle", connections=TLS_IDLE, tls=True)]
    return found


class Bench:
    """Servers that run, and the load."""

    def __init__(self, folder, certificates, milliseconds):
        self.folder, self.certificates, self.milliseconds = folder, certificates, milliseconds
        self.stack = contextlib.ExitStack()
        self.running = {}

    def server(self, name, tls=False):
        if (name, tls) not in self.running:
            started = Server(self.folder, name, self.certificates if tls else None)
            self.running[name, tls] = self.stack.enter_context(started)
        return self.running[name, tls]

    def load(self, server, words):
        return self.pinned([self.folder / "load", server.port, f"pid={server.pid}", *words], server.name)

    def pinned(self, command, name):
        """A program on the second processor that prints JSON."""
        command = ["taskset", "-c", servers.two_processors()[1], *command]
        try:
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=180, check=False)
        except subprocess.TimeoutExpired:
            raise Problem(f"{name}: the load did not end within 180 s") from None
        if done.returncode != 0:
            raise Problem(f"{name}: {done.stderr.strip()[-500:] or 'no message'} ({' '.join(str(word) for word in command[3:])})")
        return json.loads(done.stdout)

    # ---- one figure each ----

    def echo(self, scenario, name):
        words = [*scenario.keys(), f"ms={self.milliseconds}", f"masked={int(name != 'floor')}"]
        return self.load(self.server(name, scenario.tls), words)["cpu_us"]

    def handshake(self, scenario, name):
        words = [*scenario.keys(), "mode=handshakes", f"ms={self.milliseconds}"]
        return self.load(self.server(name, scenario.tls), words)["cpu_us"]

    def client(self, scenario, name):
        """The client's CPU time; the floor is the load generator, which has made its masks beforehand."""
        size = scenario.size
        header = 2 if size < 126 else 4 if size < 65536 else 10
        certificates = self.certificates if scenario.tls else None
        with Server(self.folder, "floor", certificates, ["--canned", size + header + 4, size]) as peer:
            if name == "floor":
                return self.load(peer, [*scenario.keys(), f"ms={self.milliseconds}", f"reply={size}", "content=0"])["own_us"]
            words = [peer.port, size, scenario.depth, self.milliseconds, *(["tls"] if scenario.tls else [])]
            return self.pinned(servers.client_of(self.folder, name, words), name)["own_us"]

    def idle(self, scenario, name):
        """Bytes of each connection; what a program has set aside from its start counts as well, where it says so."""
        with Server(self.folder, name, self.certificates if scenario.tls else None) as server:
            grown = self.load(server, [*scenario.keys(), "mode=idle"])["bytes"]
            said = server.log.read_text(errors="replace").split()
            return grown + (float(said[1]) if said[:1] == ["state"] else 0)


def measure_ratios(bench, scenario, names, rounds):
    """floor, X, floor, Y, floor ... : each figure over the mean of the floors beside it; (median, half the range) of the rounds."""
    figure = {"handshakes": bench.handshake, "client": bench.client}.get(scenario.group, bench.echo)
    ratios, floors = {name: [] for name in names}, []
    for _ in range(rounds):
        before = figure(scenario, "floor")
        for name in names:
            time = figure(scenario, name)
            after = figure(scenario, "floor")
            ratios[name].append(2 * time / (before + after))
            floors.append(before)
            before = after
    return {"floor": round(statistics.median(floors), 3),
            **{name: (statistics.median(found), (max(found) - min(found)) / 2) for name, found in ratios.items()}}


def names_for(scenario, names):
    """Those that can do it."""
    if scenario.tls:
        names = [name for name in names if name in servers.WITH_TLS]
    if scenario.group == "client":
        names = [name for name in names if name in servers.CLIENTS]
    return names


def measure(bench, scenario, names, rounds):
    names = names_for(scenario, names)
    if scenario.group == "idle":
        return {"floor": round(bench.idle(scenario, "floor")), **{name: (round(bench.idle(scenario, name)), None) for name in names}}
    return measure_ratios(bench, scenario, names, rounds)


def prepare(chosen):
    servers.two_processors()
    most = max([scenario.connections for scenario in chosen] or [0])
    servers.raise_descriptors(most + SPARE_DESCRIPTORS)
