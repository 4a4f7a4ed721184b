# SPDX-License-Identifier: MIT
"""Raw Ethernet frames into the network of a QEMU board, beside QEMU's user network, without any privilege."""
import socket
import struct
import threading
import time

BOARD = "10.0.2.15"
BOARD_PORT = 8080
PATIENCE_SECONDS = 30
BROADCAST = b"\xff" * 6
ARP, IPV4 = 0x0806, 0x0800
SYN = 0x02


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


def syn(source, source_port, board_hardware):
    target = socket.inet_aton(BOARD)
    segment = struct.pack(">HHIIBBHHH", source_port, BOARD_PORT, source_port << 16, 0, 5 << 4, SYN, 8192, 0, 0)
    pseudo = source + target + struct.pack(">BBH", 0, socket.IPPROTO_TCP, len(segment))
    segment = segment[:16] + struct.pack(">H", checksum(pseudo + segment)) + segment[18:]
    header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, socket.IPPROTO_TCP, 0, source, target)
    header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
    return struct.pack(">6s6sH", board_hardware, hardware(source), IPV4) + header + segment


def free_udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Injector:
    """A hub with three ports: the board, QEMU's user network, and a UDP socket of ours with one frame in each datagram.

    `options` are those of QEMU, after `tools/qemu BOARD IMAGE --no-net --`. The peers of this wire answer nothing, not even
    ARP: QEMU's user network would take the board's SYN+ACK for its own, and answer with a reset."""

    def __init__(self, forwarded_port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.qemu = ("127.0.0.1", free_udp_port())
        self.options = [
            "-netdev", f"user,id=user,hostfwd=tcp:127.0.0.1:{forwarded_port}-:{BOARD_PORT}",
            "-netdev", f"socket,id=wire,udp=127.0.0.1:{self.socket.getsockname()[1]},localaddr=127.0.0.1:{self.qemu[1]}",
            "-netdev", "hubport,id=port1,hubid=0,netdev=user",
            "-netdev", "hubport,id=port2,hubid=0,netdev=wire",
            "-netdev", "hubport,id=port3,hubid=0", "-net", "nic,netdev=port3"]
        self.board_hardware = None
        self.peers = set()
        self.asked_for = set()
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
            self.asked_for |= {frame[38:42]} & self.peers

    def find_board(self):
        """Asks for the board's hardware address until it answers."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.board_hardware:
            assert time.monotonic() < end, f"no answer to ARP within {PATIENCE_SECONDS} s"
            self.send(arp(1, address(0), socket.inet_aton(BOARD), BROADCAST))
            time.sleep(0.1)

    def flood(self, count):
        """One SYN from each of `count` peers."""
        for number in range(count):
            self.peers.add(address(number))
            self.send(syn(address(number), 40000 + number, self.board_hardware))
            time.sleep(0.001)  # the controllers of the boards hold few frames

    def syns_taken(self):
        """The number of peers to which the board wants to send SYN+ACK."""
        return len(self.asked_for)
