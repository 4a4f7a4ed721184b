#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Uses a dashboard as a browser does, with an independent client (python3-websockets): the page comes, telemetry arrives, the switch
follows, and a foreign page gets no WebSocket. Exit code 0: all of it."""
import argparse
import asyncio
import json
import ssl
import sys
import urllib.error
import urllib.request

import websockets
import websockets.exceptions

SECONDS = 60
NUMBERS = ("clock", "up", "refused", "stack")
PAIRS = ("buffers", "connections", "messages", "bytes", "tls")


def page_problem(url, secure):
    with urllib.request.urlopen(url, timeout=20, context=secure) as answer:
        body = answer.read().decode()
        kind = answer.headers["Content-Type"]
    if not kind.startswith("text/html") or "</html>" not in body:
        return f"{url} is no page: {kind}, {len(body)} characters"
    return None


async def next_state(socket, wanted=lambda state: True):
    while True:
        state = json.loads(await socket.recv()).get("now")
        if state and wanted(state):
            return state


def is_state(state):
    return (type(state["led"]) is bool and all(type(state[name]) is int for name in NUMBERS)
            and all(len(state[name]) == 2 and all(type(value) is int for value in state[name]) for name in PAIRS))


async def talk(address, origin, secure):
    def connect(own):
        return websockets.connect(address, origin=own, ssl=secure, compression=None, open_timeout=20)

    async with connect(origin) as socket:
        first = json.loads(await socket.recv())
        if "board" not in first.get("device", {}):
            return f"the first message does not name the device: {first}"
        for _ in range(3):
            state = await next_state(socket)
            if not is_state(state):
                return f"the telemetry has another form: {state}"
        for led in (True, False):
            await socket.send("led on" if led else "led off")
            await next_state(socket, lambda state, led=led: state["led"] is led)
    try:
        async with connect("http://foreign.example"):
            return "a page of another origin opened a WebSocket"
    except websockets.exceptions.InvalidStatusCode as refused:
        if refused.status_code != 403:
            return f"a page of another origin got {refused.status_code} instead of 403"
    print(f"check: the page, the telemetry and the switch of {first['device']['board']} are as they should be")
    return None


async def main():
    parser = argparse.ArgumentParser(prog="check_dashboard.py", description="Uses a dashboard as a browser does.")
    parser.add_argument("url", help="of the page: http://host:port/ or https://...")
    parser.add_argument("--ca", help="certificate authority of an https server")
    options = parser.parse_args()
    secure = ssl.create_default_context(cafile=options.ca) if options.url.startswith("https:") else None
    address = options.url.replace("http", "ws", 1) + "live"
    try:
        failure = page_problem(options.url, secure)
        failure = failure or await asyncio.wait_for(talk(address, options.url.rstrip("/"), secure), SECONDS)
    except asyncio.TimeoutError:
        failure = f"no answer within {SECONDS} s"
    except (OSError, ValueError, KeyError, websockets.exceptions.WebSocketException) as error:
        failure = f"{type(error).__name__}: {error}"
    if failure:
        print(f"check: FAILED: {failure}")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
