# SPDX-License-Identifier: MIT
"""Raw Ethernet frames into the network of a QEMU board, with QEMU's user network or without, and without any privilege."""
import socket
import struct
import threading
import time

BOARD = "10.0.2.15"
BOARD_PORT = 8080
PATIENCE_SECONDS = 30
BROADCAST = b"\xff" * 6
ARP, IPV4 = 0x0806, 0x0800
FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10


def address(number):
    """The address of peer `number`, on the board's own network, so that the board asks for it by ARP."""
    return socket.inet_aton(f"10.0.2.{20 + number}")


def hardware(ip):
    return b"\x02\x00" + ip


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def arp(operation, source, target, target_hardware):
    return struct.pack(">6s6sH HHBBH 6s4s6s4s", target_hardware, hardware(source), ARP, 1, IPV4, 6, 4, operation,
                       hardware(source), source, target_hardware, target)


def segment(source, source_port, board_hardware, sequence, acknowledged, flags, window, payload=b""):
    """A TCP segment to the board, in its frame."""
    target = socket.inet_aton(BOARD)
    tcp = struct.pack(">HHIIBBHHH", source_port, BOARD_PORT, sequence & 0xFFFFFFFF, acknowledged & 0xFFFFFFFF, 5 << 4,
                      flags, window, 0, 0) + payload
    pseudo = source + target + struct.pack(">BBH", 0, socket.IPPROTO_TCP, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", checksum((pseudo + tcp).ljust(len(pseudo) + len(tcp) + len(tcp) % 2, b"\0"))) + tcp[18:]
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, socket.IPPROTO_TCP, 0, source, target)
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    return struct.pack(">6s6sH", board_hardware, hardware(source), IPV4) + header + tcp


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Wire:
    """A UDP socket with one frame in each datagram, and the board at its other end: nothing else is on it.

    `options` are those of tools/qemu, after BOARD and IMAGE."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.qemu = ("127.0.0.1", free_udp_port())
        self.netdev = f"udp=127.0.0.1:{self.socket.getsockname()[1]},localaddr=127.0.0.1:{self.qemu[1]}"
        self.options = ["--netdev", f"socket,{self.netdev}"]
        self.board_hardware = None
        self.peers = {}  # by address: those that answer
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.receive)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.socket.close()

    def send(self, frame):
        self.socket.sendto(frame.ljust(60, b"\0"), self.qemu)

    def receive(self):
        while not self.over.is_set():
            try:
                self.take(self.socket.recv(2048))
            except OSError:  # nothing for a while, or QEMU is not there yet
                continue

    def take(self, frame):
        kind, = struct.unpack_from(">H", frame, 12)
        if kind == ARP and frame[28:32] == socket.inet_aton(BOARD):
            self.board_hardware = frame[22:28]
            if frame[38:42] in self.peers and frame[20:22] == b"\0\1":
                self.send(arp(2, frame[38:42], frame[28:32], frame[22:28]))
        if kind == IPV4 and frame[30:34] in self.peers:
            self.peers[frame[30:34]].take(frame[14:])

    def find_board(self):
        """Asks for the board's hardware address until it answers."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.board_hardware:
            assert time.monotonic() < end, f"no answer to ARP within {PATIENCE_SECONDS} s"
            self.send(arp(1, address(0), socket.inet_aton(BOARD), BROADCAST))
            time.sleep(0.1)


class Peer:
    """A TCP client on a wire, which sends when it is asked to, and acknowledges at will."""

    SEGMENT = 400  # bytes of payload; below the least that any TCP takes
    REPEAT_SECONDS = 1

    def __init__(self, wire, number, window):
        self.wire, self.address, self.port, self.window = wire, address(number), 40000 + number, window
        self.changed = threading.Condition()
        self.sent = 1000 * number  # the next sequence number of ours
        self.taken = self.sent     # what the board has acknowledged
        self.next = None           # the next sequence number of the board
        self.acknowledged = 0      # ours of it
        self.received = b""
        self.ended = False
        wire.peers[self.address] = self
        self.emit(SYN, self.sent)
        self.sent += 1
        self.wait(lambda: self.next is not None, lambda: self.emit(SYN, self.sent - 1))
        self.acknowledge()

    def emit(self, flags, sequence, payload=b""):
        self.wire.send(segment(self.address, self.port, self.wire.board_hardware, sequence, self.acknowledged, flags,
                               self.window, payload))

    def wait(self, condition, repeat):
        """Repeats until the condition holds, or the connection has ended. True: it holds."""
        end = time.monotonic() + PATIENCE_SECONDS
        with self.changed:
            while not self.changed.wait_for(lambda: condition() or self.ended, self.REPEAT_SECONDS):
                assert time.monotonic() < end, f"the board's TCP does not answer within {PATIENCE_SECONDS} s"
                repeat()
            return condition()

    def take(self, packet):
        tcp = packet[(packet[0] & 15) * 4:struct.unpack_from(">H", packet, 2)[0]]
        to, sequence, acknowledged, offset, flags = struct.unpack_from(">2xHIIBB", tcp)
        if to != self.port:
            return
        payload = tcp[(offset >> 4) * 4:]
        with self.changed:
            if flags & SYN and self.next is None:
                self.next = self.acknowledged = sequence + 1
            elif sequence == self.next:
                self.received += payload
                self.next += len(payload)
            if flags & ACK:
                self.taken = max(self.taken, acknowledged)
            self.ended = self.ended or bool(flags & (FIN | RST))
            self.changed.notify_all()

    def acknowledge(self):
        """All that has come, and the window is open again."""
        with self.changed:
            self.acknowledged = self.next
        self.emit(ACK, self.sent)

    def send(self, data):
        """Sends all, and waits until the board's TCP has it. False: the connection has ended."""
        for at in range(0, len(data), self.SEGMENT):
            piece, begin = data[at:at + self.SEGMENT], self.sent
            self.sent += len(piece)
            self.emit(ACK, begin, piece)
            if not self.wait(lambda: self.taken >= self.sent, lambda: self.emit(ACK, begin, piece)):
                return False
        return True


class Injector(Wire):
    """A hub with three ports: the board, QEMU's user network, and the wire.

    The peers of this wire answer nothing, not even ARP: QEMU's user network would take the board's SYN+ACK for its own,
    and answer with a reset."""

    def __init__(self, forwarded_port):
        super().__init__()
        self.options = [
            "--netdev", "hubport,hubid=0", "--",
            "-netdev", f"user,id=user,hostfwd=tcp:127.0.0.1:{forwarded_port}-:{BOARD_PORT}",
            "-netdev", f"socket,id=wire,{self.netdev}",
            "-netdev", "hubport,id=port1,hubid=0,netdev=user",
            "-netdev", "hubport,id=port2,hubid=0,netdev=wire"]
        self.silent = set()
        self.asked_for = set()

    def take(self, frame):
        super().take(frame)
        if frame[12:14] == b"\x08\x06" and frame[28:32] == socket.inet_aton(BOARD):
            self.asked_for |= {frame[38:42]} & self.silent

    def flood(self, count):
        """One SYN from each of `count` peers."""
        for number in range(count):
            self.silent.add(address(number))
            self.send(segment(address(number), 40000 + number, self.board_hardware, number << 16, 0, SYN, 8192))
            time.sleep(0.001)  # the controllers of the boards hold few frames

    def syns_taken(self):
        """The number of peers to which the board wants to send SYN+ACK."""
        return len(self.asked_for)
