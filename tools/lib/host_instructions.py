# SPDX-License-Identifier: MIT
"""The cost of a message for a server on this machine: instructions outside the kernel (callgrind) and system calls (strace),
of tests/cost/bench/echo_whit.cpp as it is deployed. One connection; `depth` messages leave in one write, and the next ones when
all answers are there. Two runs of different length give the slope, so that start and end cancel."""
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools", "lib"))
import tables  # noqa: E402
from tables import Problem  # noqa: E402

KIB, MIB = 1 << 10, 1 << 20
REQUEST = (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
KEY = bytes((0x37, 0xFA, 0x21, 0x3D))
START_SECONDS = 30
STEP_SECONDS = 60
# (depth, size, type, goal in instructions)
SCENARIOS = (
    (1, 16, "binary", 450),
    (16, 16, "binary", 170),
    (1, 125, "text", None),
    (16, 125, "text", None),
    (16, KIB, "binary", 450),
    (16, KIB, "text", None),
    (16, KIB, "multibyte", None),
    (1, 16 * KIB, "binary", None),
    (1, 16 * KIB, "multibyte", None),
    (1, MIB, "binary", 250000),
    (1, MIB, "text", None),
    (1, MIB, "multibyte", None),
)
INTRO = ("Of the server, per message echoed, on x86-64 with AVX2: instructions outside the kernel by callgrind, system calls by strace. One "
         "connection; depth: messages under way, which arrive together. 1 MiB is streamed: how often it is read and written "
         "depends on when the kernel has how much of it.")
# The tolerance of a count, as a share of the one in the file: the C library and the processor's features move it. When
# several messages arrive together the server may take one turn more; of long messages, it depends on how much the kernel
# hands over at once.
TOLERANCE, BATCH_TOLERANCE, LONG_TOLERANCE = 0.05, 0.1, 0.25
# ... and of system calls, absolute: a call more per turn is found at depth 1. Those of long messages as a share again.
CALL_TOLERANCE, LONG_CALL_TOLERANCE = 0.2, 1.0
LONG = 64 * KIB


def text_of(size):
    return f"{size // MIB} MiB" if size >= MIB else f"{size // KIB} KiB" if size >= KIB else f"{size} B"


def title(depth, size, kind):
    return f"{text_of(size)} {kind}, depth {depth}"


# ---- the program ----


def build(folder):
    source = os.path.join(ROOT, "tests", "cost", "bench", "echo_whit.cpp")
    for command in (["nice", "cmake", "--preset", "host-release", "-B", folder, f"-DWHIT_MORE_APPLICATIONS={source}"],
                    ["nice", "cmake", "--build", folder, "-j2", "--target", "echo_whit"]):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise Problem(f"building echo_whit failed: {(done.stdout + done.stderr).strip()[-1500:]}")
    return os.path.join(folder, "echo_whit")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connected(port, process):
    """A socket to a server, which may need a while to start."""
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), STEP_SECONDS)
        except ConnectionRefusedError:
            if process.poll() is not None or time.monotonic() > end:
                raise Problem("the server under callgrind or strace has not started") from None
            time.sleep(0.02)


@contextlib.contextmanager
def under(tool, program):
    """The port of a server that runs under a tool, which writes its result when it ends."""
    port = free_port()
    process = subprocess.Popen([*tool, program, str(port)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               start_new_session=True)
    try:
        yield port, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.communicate(timeout=STEP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise Problem(f"{tool[0]} did not end") from None


# ---- the load ----


def payload_of(size, kind):
    if kind == "multibyte":
        part = "ü世🌍".encode()
        return (part * (size // len(part) + 1))[:size // len(part) * len(part)] + b"x" * (size % len(part))
    pattern = bytes(range(256)) if kind == "binary" else bytes(range(32, 127))
    return (pattern * (size // len(pattern) + 1))[:size]


def frame_of(payload, kind):
    size = len(payload)
    head = bytes([0x82 if kind == "binary" else 0x81])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 1 << 16:
        head += bytes([0x80 | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([0x80 | 127]) + size.to_bytes(8, "big")
    key = KEY * (size // 4 + 1)
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(key[:size], "big")).to_bytes(size, "big")
    return head + KEY + masked


class Answers:
    """Reads the frames of a server."""

    def __init__(self, stream):
        self.stream = stream

    def exactly(self, size):
        found = self.stream.read(size)
        if len(found) != size:
            raise Problem("the server ended the connection")
        return found

    def message(self):
        whole = b""
        while True:
            first, second = self.exactly(2)
            if first & 0x70 or first & 0x0F > 2:
                raise Problem(f"the server sent a frame that begins with {first:02x}")
            size = second
            if second > 125:
                size = int.from_bytes(self.exactly(2 if second == 126 else 8), "big")
            whole += self.exactly(size)
            if first & 0x80:
                return whole


def load(port, process, depth, payload, kind, rounds):
    batch = frame_of(payload, kind) * depth
    with connected(port, process) as peer, peer.makefile("rb", buffering=MIB) as stream:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(REQUEST)
        while stream.readline() not in (b"\r\n", b""):
            pass
        answers = Answers(stream)
        for _ in range(rounds):
            exchange(peer, answers, batch, depth, payload)
        # The server is asleep again when the last answer has left; a reset then ends it in one turn.
        time.sleep(0.05)


def exchange(peer, answers, batch, depth, payload):
    # A batch longer than the kernel's buffers is taken only while its answers are read.
    sender = threading.Thread(target=peer.sendall, args=(batch,)) if len(batch) > LONG else None
    if sender:
        sender.start()
    else:
        peer.sendall(batch)
    for _ in range(depth):
        if answers.message() != payload:
            raise Problem("the server has not echoed what it got")
    if sender:
        sender.join()


# ---- the tools: {name: count} of one run ----


def instructions(program, folder, scenario, rounds):
    """{function: instructions} of callgrind."""
    depth, size, kind, _ = scenario
    out = os.path.join(folder, "callgrind.out")
    with under(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"], program) as (port, process):
        load(port, process, depth, payload_of(size, kind), kind, rounds)
    text = subprocess.run(["callgrind_annotate", "--threshold=100", out], capture_output=True, text=True, check=True).stdout
    lines = re.findall(r"^ *([\d,]+) \( *[\d.]+%\)  (?:PROGRAM (TOTALS)|\S+?:(.*?)(?: \[.*\])?)$", text, re.M)
    found = {}
    for count, total, name in lines:  # a function inlined from several files has several lines
        found[total or name] = found.get(total or name, 0) + int(count.replace(",", ""))
    return found


def system_calls(program, folder, scenario, rounds):
    """{system call: count} of strace."""
    depth, size, kind, _ = scenario
    out = os.path.join(folder, "strace.out")
    with under(["strace", "-f", "-c", "-U", "name,calls", "-o", out], program) as (port, process):
        load(port, process, depth, payload_of(size, kind), kind, rounds)
    with open(out, encoding="utf-8") as file:
        found = {name: int(calls) for name, calls in re.findall(r"^(\w+)\s+(\d+)$", file.read(), re.M)}
    return {"TOTALS" if name == "total" else name: count for name, count in found.items()}


def slope(measure, program, folder, scenario):
    """Counts per message: the slope between a short run and a long one."""
    depth, size = scenario[:2]
    few, many = (4, 24) if size >= LONG else (20, 220)
    less, more = (measure(program, folder, scenario, rounds) for rounds in (few, many))
    return {name: (count - less.get(name, 0)) / ((many - few) * depth) for name, count in more.items()}


def program_of(options):
    for tool in ("valgrind", "strace"):
        if not shutil.which(tool):
            raise Problem(f"{tool} is missing: tools/setup instructions")
    return build(os.path.abspath(os.path.join(options.build, "host")))


# ---- the table ----


def table(options):
    program, rows = program_of(options), []
    with tempfile.TemporaryDirectory() as folder:
        for scenario in SCENARIOS:
            count, calls = (slope(measure, program, folder, scenario)["TOTALS"] for measure in (instructions, system_calls))
            rows.append([title(*scenario[:3]), f"{count:,.0f}", f"{scenario[3]:,}" if scenario[3] else "", f"{calls:.2f}"])
    return "\n\n".join([INTRO, tables.markdown(["one message", "instructions", "goal", "system calls"], rows)])


def knows(wanted):
    return any(title(*each[:3]) == wanted for each in SCENARIOS)


def functions_text(options, wanted):
    """The instructions of a scenario by function, and its system calls by name."""
    scenario = next((each for each in SCENARIOS if title(*each[:3]) == wanted), None)
    if scenario is None:
        raise Problem(f"there is no measurement {wanted}; there are: {'; '.join(title(*each[:3]) for each in SCENARIOS)}")
    program, lines = program_of(options), [wanted]
    with tempfile.TemporaryDirectory() as folder:
        for measure in (instructions, system_calls):
            found = sorted(slope(measure, program, folder, scenario).items(), key=lambda item: -item[1])
            lines += [f"{count:12,.2f}  {name}" for name, count in found if count >= 0.005]
    return "\n".join(lines)


def comparable():
    """Whether this processor has the instructions with which the committed counts were made."""
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        return " avx2 " in file.read()


def cells(text):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n") if line.startswith("|")]


def near(name, old, new):
    """Two rows of cells without their name: instructions, goal, system calls."""
    count, calls, other_count, other_calls = (float(cell.replace(",", "")) for cell in (old[0], old[2], new[0], new[2]))
    is_long = name.startswith(("16 KiB", "1 MiB"))
    share = LONG_TOLERANCE if is_long else TOLERANCE if name.endswith("depth 1") else BATCH_TOLERANCE
    call_room = LONG_CALL_TOLERANCE * calls if is_long else CALL_TOLERANCE
    return old[1] == new[1] and abs(count - other_count) <= share * count and abs(calls - other_calls) <= call_room


def same(old, new):
    """Whether two tables agree, within the differences that libraries and timing make."""
    old_rows, new_rows = cells(old), cells(new)
    if [row[0] for row in old_rows] != [row[0] for row in new_rows] or old_rows[:2] != new_rows[:2]:
        return False
    try:
        return all(near(one[0], one[1:], other[1:]) for one, other in zip(old_rows[2:], new_rows[2:]))
    except (ValueError, IndexError):  # the table was edited by hand
        return False
