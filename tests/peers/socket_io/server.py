# SPDX-License-Identifier: MIT
"""The same server as server.js, with python3-socketio. usage: server.py PORT"""
import sys

import socketio
from aiohttp import web

io = socketio.AsyncServer(async_mode="aiohttp", ping_interval=0.2, ping_timeout=30)


def say(*words):
    print(*words, flush=True)


@io.event
async def connect(_, environment, auth):
    if auth.get("token") != "secret":
        raise socketio.exceptions.ConnectionRefusedError("Not authorized")
    say("connected", environment["QUERY_STRING"])


@io.event
async def reading(sid, number):
    say("reading", number)
    if number == 0:
        await io.emit("led", True, to=sid, callback=lambda state: say("led", state))
    return {"got": number}


@io.event
async def image(sid, data):
    say("image", type(data).__name__, len(data))
    await io.emit("copies", (data, {"also": data}), to=sid)
    return len(data), data


@io.event
async def disconnect(_):
    say("disconnected")


async def report(_):
    say("ready")


application = web.Application()
application.on_startup.append(report)
io.attach(application)
web.run_app(application, host="127.0.0.1", port=int(sys.argv[1]), print=None)
