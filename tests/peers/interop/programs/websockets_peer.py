#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Debian's python3-websockets as a peer, both roles. One JSON object per line in, one per line out."""
import asyncio
import base64
import json
import sys

import websockets

OPTIONS = dict(ping_interval=None, close_timeout=10, max_size=None, max_queue=None)


class Log:
  def __init__(self):
    self.events, self.close, self.error = [], None, None
    self.protocol, self.path = "", None
    self.changed = asyncio.Event()

  def add(self, kind, data):
    self.events.append([kind, base64.b64encode(data).decode()])
    self.changed.set()

  def end(self, socket):
    code = socket.close_code
    self.close = [code, socket.close_reason or ""]
    self.changed.set()

  async def until(self, condition, timeout_ms, what):
    async def wait():
      while not condition():
        self.changed.clear()
        await self.changed.wait()
    try:
      await asyncio.wait_for(wait(), timeout_ms / 1000)
    except asyncio.TimeoutError:
      raise RuntimeError("peer waited %d ms for %s; had %s" % (timeout_ms, what, str(self.events)[:300]))

  def answer(self):
    return dict(protocol=self.protocol, events=self.events, close=self.close, path=self.path, failed=self.error)


async def send_frame(log, socket, opcode, fin, data):
  if opcode != 9:
    return await socket.write_frame(fin, opcode, data)
  pong = await socket.ping(data)

  def answered(future):  # the library matches the payload itself: an unequal pong never completes this
    if not future.cancelled() and future.exception() is None:
      log.add("pong", data)
  pong.add_done_callback(answered)


async def collect(log, socket, on_message):
  try:
    async for message in socket:
      await on_message(message)
  except websockets.ConnectionClosed:
    pass
  except Exception as error:  # reported to the test instead of lost in a task
    log.error = repr(error)
  await socket.wait_closed()
  log.end(socket)


async def client(command):
  log, timeout_ms = Log(), command["timeout_ms"]
  protocols = command.get("protocols") or None
  try:
    socket = await websockets.connect(command["url"], subprotocols=protocols, open_timeout=timeout_ms / 1000, **OPTIONS)
  except Exception as error:
    return dict(protocol="", events=[], close=[1006, ""], failed=str(error))
  log.protocol = socket.subprotocol or ""

  async def store(message):
    log.add("text" if isinstance(message, str) else "binary", message.encode() if isinstance(message, str) else message)
  task = asyncio.ensure_future(collect(log, socket, store))
  for name, *args in command["steps"]:
    if name == "frame":
      await send_frame(log, socket, args[0], args[1], base64.b64decode(args[2]))
    elif name == "expect":
      await log.until(lambda: len(log.events) >= args[0] or log.close, timeout_ms, "%d events" % args[0])
    elif name == "close":
      await close(socket, *args)
  await asyncio.wait_for(task, timeout_ms / 1000)
  return log.answer()


async def close(socket, code, reason):
  if code is not None:
    return await socket.close(code, reason)
  # close() always sends a code; write_close_frame sends a Close without one.
  await socket.write_close_frame(websockets.frames.Close(1005, ""), b"")
  await socket.wait_closed()


server, server_log = None, None


async def listen(command):
  global server, server_log
  if server:
    server.close()
  wants = command["wants"]
  log = server_log = Log()

  async def attend(socket, path):
    log.protocol, log.path = socket.subprotocol or "", path
    for ping in wants.get("pings", ()):
      await send_frame(log, socket, 9, True, base64.b64decode(ping))
    if wants.get("close") and not wants.get("close_after"):
      await socket.close(*wants["close"])
    count = 0

    async def echo(message):
      nonlocal count
      opcode = 1 if isinstance(message, str) else 2
      data = message.encode() if opcode == 1 else message
      log.add("text" if opcode == 1 else "binary", data[:4096])
      await send_message(log, socket, opcode, data, wants.get("fragment") or max(1, len(data)))
      count += 1
      if wants.get("close") and count == wants.get("close_after"):
        asyncio.ensure_future(socket.close(*wants["close"]))
    await collect(log, socket, echo)

  protocols = [wants["protocol"]] if wants.get("protocol") else None
  server = await websockets.serve(attend, "127.0.0.1", 0, subprotocols=protocols, **OPTIONS)
  return dict(port=server.sockets[0].getsockname()[1])


async def send_message(log, socket, opcode, data, piece):
  for at in range(0, max(1, len(data)), piece):
    last = at + piece >= len(data)
    await socket.write_frame(last, 0 if at else opcode, data[at: at + piece])
    if at == 0 and not last:
      await send_frame(log, socket, 9, True, b"between")


async def report(command):
  await server_log.until(lambda: server_log.close, command["timeout_ms"], "the close")
  return server_log.answer()


async def main():
  reader = asyncio.StreamReader(limit=1 << 27)
  loop = asyncio.get_running_loop()
  await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
  while True:
    line = await reader.readline()
    if not line:
      return
    command = json.loads(line)
    try:
      answer = await dict(client=client, listen=listen, report=report)[command["op"]](command)
    except Exception as error:
      answer = dict(error=str(error) or repr(error))
    sys.stdout.write(json.dumps(dict(answer, id=command["id"])) + "\n")
    sys.stdout.flush()


asyncio.run(main())
