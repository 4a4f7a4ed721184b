#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Debian's python3-websockets, which tells each client what its request was, then closes with 4401. It prints `port N`."""
import asyncio
import json

import websockets


async def report(connection, *_):
    fields = {name.lower(): value for name, value in connection.request_headers.raw_items()}
    await connection.send(json.dumps({"target": connection.path, "fields": fields}))
    await connection.close(4401)


async def main():
    async with websockets.serve(report, "127.0.0.1", 0) as server:
        print(f"port {server.sockets[0].getsockname()[1]}", flush=True)
        await asyncio.Future()


asyncio.run(main())
