# SPDX-License-Identifier: MIT
"""The servers that tools/bench measures: how each one is built, started and named, and the machine it runs on."""
import contextlib
import os
import platform
import resource
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
sys.path.insert(0, str(ROOT / "tools" / "lib"))
sys.path.insert(0, str(ROOT / "tests" / "peers"))
from commands import run  # noqa: E402
from tables import Problem  # noqa: E402
from interop import peers as npm_peers  # noqa: E402

FLAGS = ["-std=c++17", "-O2", "-DNDEBUG"]
# name: libraries, the header that says whether the package is there, the package
COMPILED = {
    "load": (["-lssl", "-lcrypto"], "openssl/ssl.h", "libssl-dev"),
    "echo_floor": (["-lssl", "-lcrypto"], "openssl/ssl.h", "libssl-dev"),
    "echo_beast": (["-pthread"], "boost/beast.hpp", "libboost-dev"),
    "client_beast": (["-pthread"], "boost/beast.hpp", "libboost-dev"),
    "echo_websocketpp": (["-pthread"], "websocketpp/server.hpp", "libwebsocketpp-dev"),
    "client_websocketpp": (["-pthread"], "websocketpp/client.hpp", "libwebsocketpp-dev"),
    "echo_lws": (["-lwebsockets"], "libwebsockets.h", "libwebsockets-dev"),
    "client_lws": (["-lwebsockets"], "libwebsockets.h", "libwebsockets-dev"),
    "echo_wslay": (["-lwslay"], "wslay/wslay.h", "libwslay-dev"),
}
PACKAGES = ("libboost-dev", "libwebsocketpp-dev", "libwebsockets-dev", "libwslay-dev", "python3-websockets", "nodejs")
TITLES = {
    "whit": "Whit",
    "beast": "Boost.Beast",
    "lws": "libwebsockets",
    "websocketpp": "websocketpp",
    "wslay": "wslay",
    "ws": "npm ws",
    "websockets": "python websockets",
}
WITH_TLS = ("whit", "lws", "ws", "websockets")
CLIENTS = ("whit", "beast", "lws", "websocketpp", "ws", "websockets")
# Numbers above those of boards/host/defconfig: memory of TLS for a thousand connections.
WHIT_NUMBERS = {"CONFIG_WHIT_TLS_ARENA_BYTES": 1 << 26}
READY_SECONDS = 20


# ---- building ----


def whit_defconfig(folder):
    """The host's, with WHIT_NUMBERS."""
    lines = (ROOT / "boards" / "host" / "defconfig").read_text(encoding="utf-8").split("\n")
    for name, value in WHIT_NUMBERS.items():
        found = [index for index, line in enumerate(lines) if line.startswith(f"{name}=")]
        if len(found) != 1:
            raise Problem(f"boards/host/defconfig does not have {name} once")
        lines[found[0]] = f"{name}={value}"
    path = folder / "whit.defconfig"
    if not path.exists() or path.read_text(encoding="utf-8") != "\n".join(lines):
        path.write_text("\n".join(lines), encoding="utf-8")
    return path


def build_whit(folder):
    """Whit as it is deployed: preset host-release, with the programs of this folder as further applications."""
    sources = ";".join(str(HERE / f"{name}.cpp") for name in ("echo_whit", "client_whit", "broadcast_whit"))
    where = folder / "whit"
    (where / "CMakeCache.txt").unlink(missing_ok=True)  # it keeps the defaults of older sources
    run(["nice", "cmake", "--preset", "host-release", "-B", where, f"-DWHIT_MORE_APPLICATIONS={sources}",
         f"-DWHIT_DEFCONFIG={whit_defconfig(folder)}"], "configuring Whit")
    run(["nice", "cmake", "--build", where, "-j2", "--target", "echo_whit", "client_whit", "broadcast_whit"], "building Whit")


def compile_one(folder, name):
    source, program = HERE / f"{name}.cpp", folder / name
    if program.exists() and program.stat().st_mtime > source.stat().st_mtime:
        return
    libraries, header, package = COMPILED[name]
    if subprocess.run(["g++", "-E", "-x", "c++", "-include", header, "/dev/null"], capture_output=True, check=False).returncode:
        raise Problem(f"{header} is missing: tools/setup bench, or install the package {package}")
    run(["nice", "g++", *FLAGS, "-o", program, source, *libraries], f"building {name}")


def build(folder, servers, clients=False):
    if not shutil.which("g++") or not shutil.which("taskset"):
        raise Problem("g++ or taskset is missing: tools/setup cxx bench")
    folder.mkdir(parents=True, exist_ok=True)
    names = ["load", "echo_floor"] + [f"echo_{name}" for name in servers] + ([f"client_{name}" for name in servers] if clients else [])
    for name in names:
        if name in COMPILED:
            compile_one(folder, name)
    if "whit" in servers:
        build_whit(folder)
    if "ws" in servers:
        problem = npm_peers.install(str(folder.parent))
        if problem:
            raise Problem(problem)
    if "websockets" in servers and subprocess.run(["/usr/bin/python3", "-c", "import websockets"], check=False).returncode:
        raise Problem("python3-websockets is missing: tools/setup bench")


# ---- the machine ----


def two_processors():
    """(one for the server, one for the load)"""
    found = sorted(os.sched_getaffinity(0))
    if len(found) < 2:
        raise Problem("two processors are needed, one for the server and one for the load; this machine offers one")
    return found[:2]


def raise_descriptors(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (ValueError, OSError):
        raise Problem(f"{wanted} open files are needed, the limit is {hard}: raise it (ulimit -Hn {wanted}, as root), "
                      "or choose fewer connections with --only") from None


def first(command, otherwise="?"):
    try:
        lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip().split("\n")
        return lines[0] or otherwise
    except OSError:
        return otherwise


def versions(folder):
    found = {package: first(["dpkg-query", "-W", "-f", "${Version}", package]) for package in PACKAGES[:5]}
    found["node"] = first(["node", "--version"])
    found["npm ws"] = first(["node", "-p", f"require('{folder.parent}/interop/node_modules/ws/package.json').version"])
    found["g++"] = first(["g++", "-dumpfullversion"])
    return ", ".join(f"{name} {version}" for name, version in sorted(found.items()))


def revision():
    return first(["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"])


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return f"{models[0] if models else platform.machine()}, {len(os.sched_getaffinity(0))} processors, Linux {platform.release()}"


# ---- a server that runs ----


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command_of(folder, name, port, certificates=None):
    keys = [certificates / "server.pem", certificates / "server.key"] if certificates else []
    if name == "whit":
        return [folder / "whit" / "echo_whit", port, *keys]
    if name == "ws":
        return ["node", HERE / "echo_ws.js", port, folder.parent / "interop" / "node_modules", *keys]
    if name == "websockets":
        return ["/usr/bin/python3", HERE / "echo_websockets.py", port, *keys]
    return [folder / f"echo_{name}", port, *keys]


def client_of(folder, name, words):
    if name == "ws":
        return ["node", HERE / "client_ws.js", folder.parent / "interop" / "node_modules", *words]
    if name == "websockets":
        return ["/usr/bin/python3", HERE / "client_websockets.py", *words]
    return [folder / ("whit" if name == "whit" else ".") / f"client_{name}", *words]


class Server:
    """A server on the first processor."""

    def __init__(self, folder, name, certificates=None, more=(), command=None):
        self.name, self.port = name, free_port()
        words = command(folder, name, self.port) if command else command_of(folder, name, self.port, certificates)
        command = ["taskset", "-c", two_processors()[0], *words, *more]
        self.log = folder / f"{name}{'-tls' if certificates else ''}.log"
        with open(self.log, "wb") as log:
            # pylint: disable-next=consider-using-with
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self.wait()
        except BaseException:
            self.end()
            raise

    def wait(self):
        limit = time.monotonic() + READY_SECONDS
        while time.monotonic() < limit and self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        raise Problem(f"{self.name} does not listen: {self.log.read_text(errors='replace').strip()[-500:] or 'no message'}")

    @property
    def pid(self):
        return self.process.pid

    def end(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.end()
