#!/usr/bin/env bash
# Guess: whoever reads chunks skips what stands behind the size, and a trailer. RFC 9112,
#   7.1.1: "A recipient MUST ignore unrecognized chunk extensions"; 7.1.2: "A recipient that
#   removes the chunked coding from a message MAY selectively retain or discard the received
#   trailer fields."
# What happens: tornado takes neither. Its client closes the connection on an answer with either
#   (HTTPStreamClosedError), its server answers such a request with 400. The same body without
#   them is read by both.
# Seen on 2026-11-28 with tornado 6.6.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib tornado==6.6.1
PYTHONPATH=lib timeout 60 python3 - << 'CHECK'
import asyncio, logging, sys

import tornado.httpclient, tornado.httpserver, tornado.netutil, tornado.web

logging.disable()
BODIES = {"plain": b"5\r\nhello\r\n0\r\n\r\n", "extension": b"5;name=value\r\nhello\r\n0\r\n\r\n",
          "trailer": b"5\r\nhello\r\n0\r\nX-Sum: 5d41\r\n\r\n"}


class Echo(tornado.web.RequestHandler):
    def post(self):
        self.write(self.request.body)


async def answer(reader, writer):
    target = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n" + BODIES[target[1:]])
    await writer.drain()
    writer.close()


async def with_client(port, name):
    try:
        return (await tornado.httpclient.AsyncHTTPClient().fetch(f"http://127.0.0.1:{port}/{name}")).body
    except Exception as error:
        return type(error).__name__


async def with_server(port, name):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + BODIES[name])
    status = (await reader.read()).split()[1]
    writer.close()
    return int(status)


async def main():
    raw = await asyncio.start_server(answer, "127.0.0.1", 0)
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    tornado.httpserver.HTTPServer(tornado.web.Application([("/", Echo)])).add_sockets(sockets)
    seen = {}
    for name in BODIES:
        client = await with_client(raw.sockets[0].getsockname()[1], name)
        server = await with_server(sockets[0].getsockname()[1], name)
        seen[name] = client, server
        print(f"{name}: the client gives {client}, the server answers {server}")
    return seen


expected = {"plain": (b"hello", 200), "extension": ("HTTPStreamClosedError", 400), "trailer": ("HTTPStreamClosedError", 400)}
if asyncio.run(main()) != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
