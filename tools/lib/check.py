#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Talks to an echo server with an independent client (python3-websockets). Exit code 0: every message came back."""
import argparse
import asyncio
import ssl
import sys

import websockets

SECONDS = 60
SIZES = (0, 1, 125, 126, 127, 4096, 65535, 65536)


def messages(most):
    yield "text", "gr\u00fc\u00df dich, \u4e16\u754c \U0001f30d"
    for size in (size for size in SIZES if size <= most):
        yield f"text of {size} bytes", "abcdefghijklmnopqrstuvwxyz"[:size] if size < 26 else ("whit " * size)[:size]
        yield f"binary of {size} bytes", bytes((7 * i + size) % 256 for i in range(size))


async def talk(url, authority, most):
    secure = ssl.create_default_context(cafile=authority) if url.startswith("wss:") else None
    # Compression is not part of the check; the server may decline it, but then nothing of it is seen here.
    async with websockets.connect(url, max_size=None, compression=None, open_timeout=20,
                                  ssl=secure) as socket:
        count = 0
        for name, message in messages(most):
            await socket.send(message)
            answer = await socket.recv()
            if type(answer) is not type(message) or answer != message:
                return f"{name}: something else came back ({type(answer).__name__}, {len(answer)})"
            count += 1
        await asyncio.wait_for(await socket.ping(b"whit"), 20)
    if socket.close_code != 1000:
        return f"the connection was closed with {socket.close_code} instead of 1000"
    print(f"check: {count} messages, a ping and the close came back as they should")
    return None


async def main():
    parser = argparse.ArgumentParser(prog="check.py", description="Echoes messages through a WebSocket server.")
    parser.add_argument("url")
    parser.add_argument("--ca", help="certificate authority of a wss server")
    parser.add_argument("--most", type=int, default=max(SIZES), help="size of the largest message")
    options = parser.parse_args()
    try:
        failure = await asyncio.wait_for(talk(options.url, options.ca, options.most), SECONDS)
    except asyncio.TimeoutError:
        failure = f"no answer within {SECONDS} s"
    except (OSError, websockets.exceptions.WebSocketException) as error:
        failure = f"{type(error).__name__}: {error}"
    if failure:
        print(f"check: FAILED: {failure}")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
