#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""inside.py COMMAND...: in a network namespace of its own, runs COMMAND beside a name server at 127.0.0.1 and a server of readings that
moves from one address to another. The name server says first that there is no such name, then nothing, then where the server is."""
import array
import fcntl
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from names.inside import A, question_of, raise_loopback, reply  # noqa: E402
from steady_client.serve import answer_next, listen  # noqa: E402

PORT = 8000
ADDRESSES = ["192.0.2.7", "192.0.2.8"]  # TEST-NET-1
NO_SUCH_NAME = 3


def add_address(label, address):
    """A further address of the loopback interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sHH4s8x", label.encode(), socket.AF_INET, 0, socket.inet_aton(address))
        fcntl.ioctl(control, 0x8916, array.array("B", request))  # SIOCSIFADDR


class Service:
    def __init__(self):
        self.address = ADDRESSES[0]
        self.listeners = [listen(address, PORT) for address in ADDRESSES]

    def serve(self):
        first, second = self.listeners
        answer_next(first, "resets")
        first.close()
        self.address = ADDRESSES[1]
        answer_next(second, "serves")


def serve_names(service):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    threading.Thread(target=answer_questions, args=[server, service], daemon=True).start()


def answer_questions(server, service):
    asked = 0  # for IPv4 addresses; the name has no IPv6 address
    while True:
        question, sender = server.recvfrom(2048)
        if question_of(question)[1] != A:
            server.sendto(reply(question), sender)
            continue
        asked += 1
        if asked == 1:
            server.sendto(reply(question, NO_SUCH_NAME), sender)
        elif asked > 2:
            server.sendto(reply(question, addresses=[socket.inet_aton(service.address)], ttl_seconds=1), sender)


def main():
    raise_loopback()
    for number, address in enumerate(ADDRESSES, start=1):
        add_address(f"lo:{number}", address)
    service = Service()
    threading.Thread(target=service.serve, daemon=True).start()
    serve_names(service)
    return subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, timeout=100, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
