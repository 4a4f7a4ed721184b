#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""python websockets as an echo server: echo_websockets.py PORT [CERTIFICATE KEY]"""
import asyncio
import logging
import ssl
import sys

import websockets


async def echo(socket, *_path):
    try:
        async for message in socket:
            await socket.send(message)
    except (OSError, websockets.exceptions.ConnectionClosed):
        pass


async def main():
    secure = None
    if len(sys.argv) == 4:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(sys.argv[2], sys.argv[3])
    async with websockets.serve(echo, "127.0.0.1", int(sys.argv[1]), compression=None, max_size=1 << 24,
                                ping_interval=None, backlog=4096, ssl=secure):
        await asyncio.Future()


logging.disable()
asyncio.run(main())
