# SPDX-License-Identifier: MIT
"""A client of python3-socketio against a server of Whit. usage: client.py URL. Prints "ok", or what went wrong."""
import asyncio
import sys

import socketio

PATIENCE_SECONDS = 30
IMAGE = bytes(at % 251 for at in range(5000))


async def run(url):
    refused = socketio.AsyncClient(reconnection=False)
    reasons = []
    refused.on("connect_error", reasons.append, namespace="/admin")
    try:
        await refused.connect(url, transports=["websocket"], namespaces=["/admin"], auth={"token": "wrong"})
    except socketio.exceptions.ConnectionError:
        pass
    assert reasons == [{"message": "Not authorized"}], reasons
    await refused.disconnect()

    client = socketio.AsyncClient(reconnection=False)
    readings = asyncio.Queue()
    echoes = asyncio.Queue()
    answered = asyncio.Queue()
    client.on("reading", readings.put)
    client.on("echo", lambda *values: echoes.put_nowait(values))
    client.on("question", lambda value: value * 2)
    client.on("answered", answered.put)
    await client.connect(url, transports=["websocket"], namespaces=["/", "/admin"], auth={"token": "secret"})
    assert await client.call("led", True) is True
    assert await client.call("led", False) is False
    assert await client.call("subscribe") is False
    assert await readings.get() < await readings.get()
    values = ("text \u00e4 \"\\", 1.5, None, {"a": [1, {"b": "c"}]}, [])
    assert tuple(await client.call("echo", values)) == values
    assert tuple(await client.call("echo", (IMAGE, {"small": b"abc"}))) == (IMAGE, {"small": b"abc"})
    await client.emit("echo", IMAGE)
    assert await echoes.get() == (IMAGE,)
    await client.emit("ask", 21)
    assert await answered.get() == 42
    assert await client.call("count", namespace="/admin") >= 1
    await client.disconnect()


asyncio.run(asyncio.wait_for(run(sys.argv[1]), PATIENCE_SECONDS))
print("ok")
