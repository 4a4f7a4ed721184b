#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""python websockets as a client that keeps DEPTH messages under way: client_websockets.py PORT SIZE DEPTH MS [tls].
Prints what client_whit.cpp prints."""
import asyncio
import json
import os
import ssl
import sys
import time

import websockets

WARM_SECONDS = 0.1


async def main():
    port, size, depth = map(int, sys.argv[1:4])
    secure = ssl._create_unverified_context() if len(sys.argv) > 5 else None  # pylint: disable=protected-access
    payload = b"w" * size
    url = f"{'wss' if secure else 'ws'}://127.0.0.1:{port}/"
    async with websockets.connect(url, compression=None, max_size=1 << 24, ping_interval=None, ssl=secure) as socket:
        for _ in range(depth):
            await socket.send(payload)
        begin, cpu, messages = time.monotonic(), None, 0
        while cpu is None or time.monotonic() - begin < float(sys.argv[4]) / 1000 or messages == 0:
            if cpu is None and time.monotonic() - begin > WARM_SECONDS:
                begin, cpu, messages = time.monotonic(), time.process_time(), 0
            if len(await socket.recv()) != size:
                sys.exit(1)
            messages += 1
            await socket.send(payload)
        print(json.dumps({"messages": messages, "own_us": (time.process_time() - cpu) / messages * 1e6}), flush=True)
        os._exit(0)  # the peer knows no closing handshake


asyncio.run(main())
