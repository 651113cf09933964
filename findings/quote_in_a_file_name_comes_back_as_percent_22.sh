#!/usr/bin/env bash
# Guess: a file called a"b.txt that is uploaded in a form arrives as a"b.txt. A quoted-string
#   has a way to write it, \" (RFC 9110, 5.6.4; RFC 2183, 2), and a parser reads that.
# What happens: all servers read \", and no client sends it. requests, httpx, curl 7.88 and Node's
#   fetch write %22, as the HTML standard has it ("Multipart form data"), and RFC 7578 does
#   not know it. Flask takes %22 for a quote; Django, bottle, WebOb, tornado, Starlette and
#   aiohttp give the name a%22b.txt. And a file which really is called a%22b.txt cannot be
#   told from it: Flask calls it a"b.txt.
# Seen on 2026-11-28 with requests 2.34.2 (urllib3 2.8.0), httpx 0.28.1, curl 7.88.1 of Debian
#   12, Node 20.20; Flask 3.1.3 with Werkzeug 3.1.9, Django 5.2.19, bottle 0.13.4, WebOb
#   1.8.11, tornado 6.6.1, Starlette 1.10.0 with python-multipart 0.0.34, aiohttp 3.14.5.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 flask==3.1.3 werkzeug==3.1.9 starlette==1.10.0 python-multipart==0.0.34 aiohttp==3.14.5 webob==1.8.11 tornado==6.6.1 bottle==0.13.4 django==5.2.19
curl --version | head -n 1
node --version
PYTHONPATH=lib timeout 90 python3 -W ignore - << 'CHECK'
import asyncio, io, sys
from unittest import mock

import aiohttp, bottle, django.conf, flask, starlette.requests, tornado.httputil, webob
from aiohttp.test_utils import make_mocked_request
from django.core.handlers.wsgi import WSGIRequest

django.conf.settings.configure()


def environ(kind, body):
    return {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "SERVER_NAME": "a.example", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
            "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}


def with_flask(kind, body):
    request = flask.Request(environ(kind, body))
    return request.form.to_dict(), {name: file.filename for name, file in request.files.items()}


def with_django(kind, body):
    request = WSGIRequest(environ(kind, body))
    return request.POST.dict(), {name: file.name for name, file in request.FILES.items()}


def with_bottle(kind, body):
    request = bottle.BaseRequest(environ(kind, body))
    return dict(request.forms), {name: file.raw_filename for name, file in request.files.items()}


def split(items):
    return ({name: value for name, value in items if isinstance(value, str)},
            {name: value.filename for name, value in items if not isinstance(value, str)})


def with_webob(kind, body):
    return split(list(webob.Request(environ(kind, body)).POST.items()))


def with_tornado(kind, body):
    fields, files = {}, {}
    tornado.httputil.parse_body_arguments(kind, body, fields, files)
    return {name: values[0].decode() for name, values in fields.items()}, {name: values[0].filename for name, values in files.items()}


def with_starlette(kind, body):
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def main():
        scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
        return split((await starlette.requests.Request(scope, receive).form()).multi_items())
    return asyncio.run(main())


def with_aiohttp(kind, body):
    async def main():
        stream = aiohttp.StreamReader(mock.Mock(_reading_paused=False), 2**16, loop=asyncio.get_running_loop())
        stream.feed_data(body)
        stream.feed_eof()
        form = await make_mocked_request("POST", "/", headers={"Content-Type": kind}, payload=stream).post()
        return split(list(form.items()))
    return asyncio.run(main())


PARSERS = {"Flask": with_flask, "Django": with_django, "bottle": with_bottle, "WebOb": with_webob,
           "tornado": with_tornado, "Starlette": with_starlette, "aiohttp": with_aiohttp}


def parse(name, kind, body):
    try:
        return PARSERS[name](kind, body)
    except Exception as error:
        return type(error).__name__, str(error)


import subprocess, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx, requests

got = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        if self.headers["Transfer-Encoding"]:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        got.append((self.headers["Content-Type"], body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
NAME = 'a"b.txt'
Path(NAME).write_text("v")
NODE = "const f = new FormData(); f.append('x', new Blob(['v']), process.argv[2]); fetch(process.argv[1], {method: 'POST', body: f})"
CLIENTS = {
    "requests": lambda: requests.post(url, files={"x": open(NAME, "rb")}, timeout=10),
    "httpx": lambda: httpx.post(url, files={"x": open(NAME, "rb")}, timeout=10),
    "curl": lambda: subprocess.run(["curl", "-s", "-F", 'x=@"a\\"b.txt"', url], check=True, timeout=30),
    "node fetch": lambda: subprocess.run(["node", "-e", NODE, url, NAME], check=True, timeout=30),
}
expected = dict.fromkeys(PARSERS, "a%22b.txt") | {"Flask": NAME}
wrong = []
for client, send in CLIENTS.items():
    send()
    kind, body = got.pop()
    line = next(line for line in body.split(b"\r\n") if b"filename=" in line)
    seen = {name: parse(name, kind, body)[1]["x"] for name in PARSERS}
    print(f"{client} sends {line.decode()}; seen as {seen}")
    if seen != expected or b'filename="a%22b.txt"' not in line:
        wrong.append(client)
    quoted = body.replace(b"a%22b.txt", b'a\\"b.txt')
    if any(parse(name, kind, quoted)[1]["x"] != NAME for name in PARSERS):
        wrong.append(f"{client}, with a backslash")
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
