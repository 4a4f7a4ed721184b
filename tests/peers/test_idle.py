# SPDX-License-Identifier: MIT
# about: the boards sleep: at most 100,000 instructions in ten idle seconds, and no frame is lost on the way to sleep
# needs: cxx lm3s6965evb mps2_an385 mps2_an505 riscv_virt
"""Instructions are counted by a plugin of QEMU (idle/probe.c). Virtual time is read from the guest's own free-running clock
by QEMU's monitor, which runs no guest code. Each proof is repeated with an image that is broken on purpose.

A frame is lost when the CPU sleeps although the frame is in the controller. lwIP's timers hide that: they wake the CPU
four times a second. So the CPU is held at each instruction between its last look into the controller and WFI until a
frame has arrived, and the instructions from there to its sleep say whether it has seen the frame, however slow the
machine is."""
import collections
import concurrent.futures
import contextlib
import functools
import json
import mmap
import os
import random
import re
import select
import socket
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest
from support.machine import BUILD, ROOT, command, free_port

CLOCKS = {  # address of the clock, its sign, ticks in a second
    "lm3s6965evb": (0x40000004, -1, 12_500_000),
    "mps2_an385": (0x40028018, 1, 25_000_000),
    "mps2_an505": (0x50302018, 1, 20_000_000),
    "riscv_virt": (0x0200BFF8, 1, 10_000_000),
}
# mps2_an505 goes to sleep with the code and the driver of mps2_an385, so its frames are not tried.
AWAKE = ("lm3s6965evb", "mps2_an385", "riscv_virt")
FRAMES = {  # address of the controller's number of frames that wait, its shift
    "lm3s6965evb": (0x40048034, 0),
    "mps2_an385": (0x4020007C, 16),
}
MAX_INSTRUCTIONS = 100_000
IDLE_SECONDS = 10
ICOUNT_SHIFT = 6
INSTRUCTIONS_PER_SECOND = 1_000_000_000 >> ICOUNT_SHIFT
PATIENCE_SECONDS = 60  # for steps that take milliseconds on an idle machine
STALL_SECONDS = 0.9    # a peer repeats a lost frame after a second
EXCHANGES, EXCHANGE_SECONDS = 4000, 10
# Instructions by their name: their codes, and what does nothing in the same number of bytes.
ARM = {"wfi": 0xBF30, "interrupts off": 0xB672, "nop": 0xBF00, "format": "<H"}
RISC_V = {"wfi": 0x10500073, "interrupts off": 0x30047073, "nop": 0x00000013, "format": "<I"}

# probe.c: struct Shared
WORDS = ("instructions idles state hold_address hold_hits instructions_released instructions_asleep tracing traced "
         "trace").split()
TRACE_WORDS = 1 << 16
NOTHING, ARMED, HELD, RELEASED = range(4)
scratch = None  # the folder of this run


class Failure(AssertionError):
    """Something did not come in time."""


def until(condition, what, seconds=PATIENCE_SECONDS, pause=0.001):
    """Waits for a condition and returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(pause)


# ---- one QEMU ----


class Probe:
    """The memory that probe.c shares with us: its words are attributes."""

    def __init__(self, path):
        size = 8 * (len(WORDS) - 1 + TRACE_WORDS)
        with open(path, "w+b") as file:
            file.truncate(size)
            self.__dict__["words"] = memoryview(mmap.mmap(file.fileno(), size)).cast("Q")

    def __getattr__(self, name):
        return self.words[WORDS.index(name)]

    def __setattr__(self, name, value):
        self.words[WORDS.index(name)] = value

    def addresses(self):
        return list(self.words[len(WORDS) - 1:len(WORDS) - 1 + self.traced])


class Monitor:
    """QEMU's monitor (QMP)."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        until(lambda: self.socket.connect_ex(str(path)) == 0, "QEMU's monitor")
        self.socket.settimeout(PATIENCE_SECONDS)
        self.lines = self.socket.makefile()
        self.lines.readline()
        self.call("qmp_capabilities")

    def call(self, name, **arguments):
        self.socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode())
        while True:
            answer = json.loads(self.lines.readline())
            if "return" in answer or "error" in answer:
                assert "return" in answer, answer
                return answer["return"]

    def register(self, address):
        text = self.call("human-monitor-command", **{"command-line": f"x /1wx {address:#x}"})
        return int(text.split()[-1], 16)


class Board:
    def __init__(self, board, image=None, plugin=None, options=()):
        self.board = board
        self.clock, self.sign, self.ticks_per_second = CLOCKS[board]
        folder = Path(tempfile.mkdtemp(dir=scratch))
        self.probe = Probe(folder / "probe")
        self.port = free_port()
        arguments = [ROOT / "tools" / "qemu", board, image or image_of(board), "--port", self.port, "--",
                     "-qmp", f"unix:{folder / 'qmp'},server=on,wait=off", *options]
        if plugin:
            arguments += ["-plugin", f"{plugin},shared={folder / 'probe'}"]
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([str(a) for a in arguments], cwd=ROOT, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.peers = []
        try:
            self.wait_for_server()
            self.monitor = Monitor(folder / "qmp")
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.end()

    def wait_for_server(self):
        watchdog = threading.Timer(PATIENCE_SECONDS, self.process.kill)
        watchdog.start()
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("listening on"):
                break
        watchdog.cancel()
        if "listening on" in said:
            threading.Thread(target=self.process.stdout.read, daemon=True).start()
            return
        raise Failure(f"the board did not listen: {said}")

    def end(self):
        for peer in self.peers:
            peer.close()
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)

    def peer(self):
        self.peers.append(Peer(self.port))
        return self.peers[-1]

    def ticks(self):
        return self.monitor.register(self.clock) * self.sign & 0xFFFFFFFF

    def frames_waiting(self):
        if self.board in FRAMES:
            address, shift = FRAMES[self.board]
            return self.monitor.register(address) >> shift & 0x3F
        # A device of VIRTIO counts in RAM: the frames that it has put there (the upper half of a word) less those taken.
        return (self.monitor.register(variable(self.board, "receiver")) >> 16) - self.monitor.register(variable(self.board, "taken")) & 0xFFFF

    def wait_for_sleep(self, seconds=0.02):
        """Until the CPU has executed nothing for a while."""
        def quiet():
            before = self.probe.instructions
            time.sleep(seconds)
            return self.probe.instructions == before
        until(quiet, "the board goes to sleep")


class Peer:
    """A client with as little as possible between a message and the socket (RFC 6455)."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(b"GET / HTTP/1.1\r\nHost: idle\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.receive(1)
        assert head.startswith(b"HTTP/1.1 101 "), head
        self.number = 0

    def close(self):
        self.socket.close()

    def receive(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            assert piece, "the board closed the connection"
            data += piece
        return data

    def send(self):
        self.number += 1
        message = struct.pack(">Q", self.number)
        mask = os.urandom(4)
        self.socket.sendall(bytes([0x82, 0x88]) + mask + bytes(m ^ mask[i % 4] for i, m in enumerate(message)))

    def expect_echo(self):
        frame = self.receive(10)
        expected = b"\x82\x08" + struct.pack(">Q", self.number)
        assert frame == expected, f"message {self.number} came back as {frame.hex()}"

    def has_echo(self):
        return bool(select.select([self.socket], [], [], 0)[0])

    def exchange(self):
        self.send()
        self.expect_echo()


# ---- images ----


def image_of(board):
    return BUILD / board / "echo_server.elf"


def codes_of(board):
    return RISC_V if board == "riscv_virt" else ARM


def disassembly(board):
    """(address, code) of every instruction that is one number of 16 or 32 bits."""
    tool = "riscv64-unknown-elf-objdump" if board == "riscv_virt" else "arm-none-eabi-objdump"
    code, text = command(tool, "-d", image_of(board))
    assert code == 0, text
    return [(int(a, 16), int(c, 16)) for a, c in re.findall(r"^\s*([0-9a-f]+):\t([0-9a-f]{4}|[0-9a-f]{8}) +\t", text, re.M)]


def address_of(board, name):
    """The address of the only instruction of this name."""
    found = [address for address, code in disassembly(board) if code == codes_of(board)[name]]
    assert len(found) == 1, f"{len(found)} instructions `{name}` in {image_of(board)}"
    return found[0]


def function(board, name):
    code, text = command("arm-none-eabi-nm", "-CS", image_of(board))
    assert code == 0, text
    found = re.search(rf"^([0-9a-f]+) ([0-9a-f]+) [tT] {re.escape(name)}\(", text, re.M)
    assert found, f"no function {name} in {image_of(board)}"
    return range(int(found[1], 16) & ~1, (int(found[1], 16) & ~1) + int(found[2], 16))


@functools.lru_cache
def variable(board, name):
    code, text = command("arm-none-eabi-nm", "-C", image_of(board))
    assert code == 0, text
    found = re.search(rf"^([0-9a-f]+) [bB] board::nic::\(anonymous namespace\)::{name}$", text, re.M)
    assert found, f"no variable {name} in {image_of(board)}"
    return int(found[1], 16)


def without(board, name):
    """An image in which an instruction does nothing."""
    address, codes = address_of(board, name), codes_of(board)
    data = bytearray(image_of(board).read_bytes())
    table, = struct.unpack_from("<I", data, 28)
    entry_size, entries = struct.unpack_from("<HH", data, 42)
    for i in range(entries):
        kind, offset, _virtual, physical, size = struct.unpack_from("<5I", data, table + i * entry_size)
        place = offset + address - physical
        if kind == 1 and physical <= address < physical + size:
            assert struct.unpack_from(codes["format"], data, place) == (codes[name],), "the instruction is not where it should be"
            struct.pack_into(codes["format"], data, place, codes["nop"])
            path = scratch / f"{board}-without-{name.replace(' ', '-')}.elf"
            path.write_bytes(data)
            return path
    raise Failure(f"{address:#x} is in no segment of {image_of(board)}")


def plugin():
    return scratch / "probe.so"


def compile_plugin():
    code, text = command("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden",
                         "-I", ROOT / "tests", "-o", plugin(), Path(__file__).resolve().parent / "idle" / "probe.c")
    assert code == 0, text


# ---- instructions while idle ----


def counted(board, seconds):
    """Instructions executed in at least so many seconds of virtual time, and the seconds.

    QEMU moves the virtual clock of a sleeping CPU when it wakes, so the window begins right after the clock moved; what
    could have been missed since the look before is added to the window."""
    instructions, ticks, begin = board.probe.instructions, board.ticks(), time.monotonic()

    def moved():
        nonlocal instructions, begin
        executed, now = board.probe.instructions, time.monotonic()
        if board.ticks() == ticks:
            instructions, begin = executed, now
            return False
        return True

    until(moved, "the clock moves", pause=0.002)
    uncertain = time.monotonic() - begin
    start = board.ticks()

    def passed():
        return (board.ticks() - start & 0xFFFFFFFF) / board.ticks_per_second

    until(lambda: passed() >= seconds + uncertain, "virtual time passes", seconds + PATIENCE_SECONDS, 0.01)
    took = passed()
    return board.probe.instructions - instructions, took


def icount_board(board, image=None):
    return Board(board, image, plugin(), ["-icount", f"shift={ICOUNT_SHIFT}"])


def idle(board, connections):
    with icount_board(board) as target:
        peers = [target.peer() for _ in range(connections)]
        for peer in peers:
            peer.exchange()
        time.sleep(1)  # delayed acknowledgements of the last exchange
        instructions, seconds = counted(target, IDLE_SECONDS)
        for peer in peers:
            peer.exchange()
        assert target.process.poll() is None, "the board ended"
    text = f"{board}, {connections} idle connections: {instructions:,} instructions in {seconds:.2f} s"
    return text, instructions, round(instructions * IDLE_SECONDS / seconds)


def stated(page, board, connections):
    """The figure of boards/README.md, in its table of idle boards: with four connections, and with none."""
    found = re.search(rf"^ *\| `{board}` \| +([\d,]+) \| +([\d,]+) \|$", page, re.M)
    assert found, f"boards/README.md does not say what {board} executes when it is idle"
    return int(found[1 + (connections == 0)].replace(",", ""))


def differs_from_page(page, results):
    """A line for each measurement more than a thousand and a fifth away: a window holds a tick more or less."""
    wrong = []
    for (board, connections), measured in results.items():
        number = stated(page, board, connections)
        if abs(measured - number) > 1000 + number / 5:
            wrong.append(f"{board}, {connections} connections: {measured:,} in ten seconds; boards/README.md says {number:,}")
    return wrong


def polling_is_seen(board):
    """Without its WFI the board never sleeps. Then the number of instructions is known: it is the virtual time."""
    with icount_board(board, without(board, "wfi")) as target:
        target.peer().exchange()
        instructions, seconds = counted(target, 0.5)
    expected = seconds * INSTRUCTIONS_PER_SECOND
    text = f"{board} without WFI: {instructions:,} instructions in {seconds:.2f} s, {expected:,.0f} expected"
    assert instructions > MAX_INSTRUCTIONS and 0.95 < instructions / expected < 1.3, text
    return text


# ---- frames on the way to sleep ----


def trace_of_message(target, peer):
    """The addresses that the CPU executes for one message, from sleep to sleep."""
    target.wait_for_sleep()
    target.probe.traced = 0
    target.probe.tracing = 1
    peer.exchange()
    target.wait_for_sleep()
    target.probe.tracing = 0
    return target.probe.addresses()


def way_to_sleep(target, peer, board):
    """Returns the number of instructions of one message, and for each of those from the last look into the network
    controller on (address, number of its passage since the sleep)."""
    # The shortest of a few contains no timer.
    trace = min((trace_of_message(target, peer) for _ in range(5)), key=len)
    look, sleep = function(board, "board::nic::next_size")[0], address_of(board, "wfi")
    end = next(i for i in range(len(trace) - 1, -1, -1) if trace[i] == sleep)
    begin = next(i for i in range(end, -1, -1) if trace[i] == look)
    passages = collections.Counter()
    positions = []
    for i, address in enumerate(trace[:end + 1]):
        passages[address] += 1
        if i >= begin:
            positions.append((address, passages[address]))
    return end, positions


def send_at(target, first, second, position):
    """Holds the CPU at a position while a message arrives. Returns how many instructions it executed from there until
    it slept, or None if it never came there."""
    probe = target.probe
    target.wait_for_sleep(0.002)
    probe.hold_address, probe.hold_hits = position
    probe.state = ARMED
    first.send()
    until(lambda: probe.state == HELD or first.has_echo(), "an echo", pause=0.0002)
    with contextlib.suppress(Failure):
        until(lambda: probe.state == HELD, "the CPU comes there", 0.3, 0.0002)
    if probe.state != HELD:
        probe.state = NOTHING
        first.expect_echo()
        return None
    before = target.frames_waiting()
    second.send()
    until(lambda: target.frames_waiting() > before, "the frame is in the controller", pause=0)
    probe.state = RELEASED
    until(lambda: probe.state == NOTHING, "the CPU sleeps", pause=0.0002)
    first.expect_echo()
    second.expect_echo()
    return probe.instructions_asleep - probe.instructions_released


def is_lost(executed, size):
    """Whether the CPU slept before it had executed the instructions of a message."""
    return executed is not None and executed < size / 2


def sweep(board, image=None, only=None):
    """Sends a message at every instruction between the last look into the controller and WFI. Returns (those at which the CPU
    slept although a frame was there, the number of those tried, a text)."""
    with Board(board, image, f"{plugin()},step=on") as target:
        first, second = target.peer(), target.peer()
        for peer in (first, second) * 2:
            peer.exchange()
        size, positions = way_to_sleep(target, first, board)
        wanted = [p for p in positions if only is None or p[0] in only]
        lost, tried = [], 0
        for position in wanted:
            # Twice, because another frame, a late acknowledgement, may have been taken for ours.
            executed = send_at(target, first, second, position) or send_at(target, first, second, position)
            tried += executed is not None
            if is_lost(executed, size) and is_lost(send_at(target, first, second, position), size):
                lost.append(f"{position[0]:#x}")
    return lost, tried, (f"{board}: a message costs {size} instructions, {len(positions)} of them after the last look "
                         f"for frames; frames sent at {tried} of {len(wanted)}, lost at {len(lost)}")


def no_frame_is_lost(board):
    lost, tried, text = sweep(board)
    assert not lost, f"{text}: {' '.join(lost)}"
    assert tried >= 100, f"too few: {text}"
    return text


def lost_frame_is_seen(board):
    """The same with interrupts left on between the last look at their flag and WFI: the classic lost wake-up."""
    lost, _tried, text = sweep(board, without(board, "interrupts off"), function(board, "board::wait"))
    assert lost, f"interrupts on before WFI, and no frame was lost: {text}"
    return f"interrupts on before WFI: {text}"


class Heartbeat(threading.Thread):
    """Measures how long the machine delays a program that is ready to run: QEMU may have had the same delay."""

    def __init__(self):
        super().__init__(daemon=True)
        self.longest, self.over = 0.0, False
        self.start()

    def run(self):
        while not self.over:
            begin = time.monotonic()
            time.sleep(0.005)
            self.longest = max(self.longest, time.monotonic() - begin - 0.005)


def ping_pong(board):
    """Exchanges small messages with random pauses: frames meet the board in every state, and TCP has to repeat none."""
    chance = random.Random(6455)
    machine = Heartbeat()
    with Board(board) as target:
        peer = target.peer()
        slowest, count, end = (0.0, 0), 0, time.monotonic() + EXCHANGE_SECONDS
        while count < EXCHANGES and time.monotonic() < end:
            time.sleep(chance.uniform(0, 0.003))
            begin = time.monotonic()
            peer.exchange()
            count += 1
            slowest = max(slowest, (time.monotonic() - begin, count))
    machine.over = True
    text = (f"{board}: {count} messages with random pauses, the slowest, number {slowest[1]}, took "
            f"{slowest[0] * 1000:.0f} ms (the machine paused for {machine.longest * 1000:.0f} ms)")
    assert slowest[0] < STALL_SECONDS + machine.longest, text
    return text


# ---- the tests ----


@pytest.fixture(scope="session")
def running(request, tmp_path_factory):
    """Starts everything at once: tests that wait for time take nothing from the others. One line of work for each board,
    and every sleeping board in a thread of its own. {(function, board[, connections]): future}."""
    global scratch
    scratch = tmp_path_factory.mktemp("idle")
    compile_plugin()
    asked = {item.originalname.removeprefix("test_") for item in request.session.items}
    sleepers = concurrent.futures.ThreadPoolExecutor(2 * len(CLOCKS))
    work = {}
    for board in CLOCKS:
        if asked & {"idle_is_cheap", "page_is_true"}:
            work |= {(idle, board, count): sleepers.submit(idle, board, count) for count in (0, 4)}
    for board in AWAKE:
        one_by_one = concurrent.futures.ThreadPoolExecutor(1)
        work |= {(each, board): one_by_one.submit(each, board) for each in (polling_is_seen, no_frame_is_lost, lost_frame_is_seen, ping_pong)
                 if each.__name__ in asked}
    return work


every_board = pytest.mark.parametrize("board", AWAKE)


@pytest.mark.parametrize("board", CLOCKS)
def test_idle_is_cheap(running, board):
    for count in (0, 4):
        text, instructions, _in_ten_seconds = running[idle, board, count].result()
        print(text)
        assert 0 < instructions <= MAX_INSTRUCTIONS, f"{text}; at most {MAX_INSTRUCTIONS:,}"


def test_page_is_true(running):
    page = (ROOT / "boards" / "README.md").read_text()
    results = {(board, count): running[idle, board, count].result()[2] for board in CLOCKS for count in (0, 4)}
    print("; ".join(f"{board}, {count}: {measured:,}" for (board, count), measured in results.items()))
    wrong = differs_from_page(page, results)
    assert not wrong, "\n".join(wrong)
    assert len(differs_from_page(page, {key: 2 * measured for key, measured in results.items()})) == len(results), (
        "twice as many would pass as well")


@every_board
def test_polling_is_seen(running, board):
    print(running[polling_is_seen, board].result())


@every_board
def test_no_frame_is_lost(running, board):
    print(running[no_frame_is_lost, board].result())


@every_board
def test_lost_frame_is_seen(running, board):
    print(running[lost_frame_is_seen, board].result())


@every_board
def test_ping_pong(running, board):
    print(running[ping_pong, board].result())
