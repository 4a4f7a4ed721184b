#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Debian's python3-tornado as an echo server with permessage-deflate. tornado_server.py PORT"""
import asyncio
import sys

import tornado.web
import tornado.websocket


class Echo(tornado.websocket.WebSocketHandler):
    def get_compression_options(self):
        return {}

    def check_origin(self, origin):
        return True

    async def on_message(self, message):
        await self.write_message(message, binary=isinstance(message, bytes))


async def main():
    tornado.web.Application([("/", Echo)]).listen(int(sys.argv[1]), "127.0.0.1")
    print("listening", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
