# SPDX-License-Identifier: MIT
"""tools/bench --broadcast: the cost of one message to many connections, over a program that makes one write for each (the floor)."""
import statistics
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import servers  # noqa: E402
from measure import Bench, text_of_size  # noqa: E402
from servers import Problem, Server, run  # noqa: E402
from tables import markdown  # noqa: E402

PATH = HERE / "broadcast.tsv"
CONNECTIONS, SIZES = 10000, (16, 125, 1024, 8192)
QUICK_CONNECTIONS = 100
TITLES = {"whit": "Whit", "uws": "uWebSockets"}
USOCKETS = ("bsd.c", "context.c", "loop.c", "socket.c", "udp.c", "eventing/epoll_kqueue.c")
SPARE_DESCRIPTORS = 64


def build_uws(folder, sources):
    """From a folder that holds uWebSockets and uSockets."""
    below, above = Path(sources) / "uSockets" / "src", Path(sources) / "uWebSockets" / "src"
    for path in (below / "libusockets.h", above / "App.h"):
        if not path.exists():
            raise Problem(f"--uws {sources}: there is no {path.relative_to(sources)}; it has to hold the repositories uWebSockets and uSockets")
    flags = ["-O2", "-DNDEBUG", "-DLIBUS_NO_SSL", "-DUWS_NO_ZLIB", "-w", "-I", below, "-I", above]
    objects = [folder / (Path(name).stem + ".o") for name in USOCKETS]
    for name, out in zip(USOCKETS, objects):
        run(["nice", "gcc", *flags, "-c", below / name, "-o", out], f"building uSockets' {name}")
    run(["nice", "g++", "-std=c++20", *flags, HERE / "broadcast_uws.cpp", *objects, "-o", folder / "broadcast_uws"], "building broadcast_uws")


def command_of(folder, name, port):
    if name == "floor":
        return [folder / "echo_floor", port, "--broadcast"]
    return [folder / ("whit" if name == "whit" else ".") / f"broadcast_{name}", port]


def figure(bench, name, size, connections):
    """CPU time of the server per message that has reached a client, in µs."""
    words = ["mode=broadcast", f"connections={connections}", f"size={size}", f"ms={bench.milliseconds}", f"masked={int(name != 'floor')}"]
    return bench.load(bench.running[name], words)["cpu_us"]


def ratios_of(bench, names, size, connections, rounds):
    found, floors = {name: [] for name in names}, []
    for _ in range(rounds):
        before = figure(bench, "floor", size, connections)
        for name in names:
            time_us = figure(bench, name, size, connections)
            after = figure(bench, "floor", size, connections)
            found[name].append(2 * time_us / (before + after))
            floors.append(before)
            before = after
    return statistics.median(floors), {name: statistics.median(each) for name, each in found.items()}


def measure(folder, options, say):
    """Lines of broadcast.tsv: the conditions, then size, floor, ratios."""
    names = ["whit"] + (["uws"] if options.uws else [])
    connections = QUICK_CONNECTIONS if options.quick else CONNECTIONS
    rounds, milliseconds = (1, 20) if options.quick else (options.rounds, options.ms)
    servers.two_processors()
    servers.raise_descriptors(connections + SPARE_DESCRIPTORS)
    say("building ...")
    servers.build(folder, ["whit"])
    if options.uws:
        build_uws(folder, options.uws)
    bench = Bench(folder, None, milliseconds)
    rows = []
    with bench.stack:
        for name in ["floor", *names]:
            bench.running[name] = bench.stack.enter_context(Server(folder, name, command=command_of))
        for size in SIZES:
            floor, ratios = ratios_of(bench, names, size, connections, rounds)
            rows.append([str(size), f"{floor:.2f}", *(f"{ratios[name]:.2f}" if name in ratios else "" for name in TITLES)])
            say(f"{text_of_size(size)} to {connections:,}: floor {floor:.2f} us, " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()))
    run_ = f"{servers.machine()}. {time.strftime('%Y-%m-%d')}, {rounds} rounds of {milliseconds} ms, Whit {servers.revision()}"
    if options.uws:
        run_ += f", uWebSockets {servers.first(['git', '-C', str(Path(options.uws) / 'uWebSockets'), 'describe', '--tags', '--always'])}"
    return [[f"# {run_}."], ["size", "floor", *TITLES], *rows]


def save(lines):
    PATH.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


def table(lines=None):
    lines = lines or [line.split("\t") for line in PATH.read_text(encoding="utf-8").rstrip("\n").split("\n")]
    head = [f"Server CPU per message delivered to one of {CONNECTIONS:,}, over the floor", *TITLES.values(), "floor, µs"]
    rows = [[text_of_size(int(size)), *ratios, floor] for size, floor, *ratios in lines[2:]]
    return f"{lines[0][0][2:]}\n\n{markdown(head, rows)}"
