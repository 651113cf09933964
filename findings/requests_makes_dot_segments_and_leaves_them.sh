#!/usr/bin/env bash
# Guess: the path of a URL is sent as it stands, or normalised as RFC 3986, 6.2.2, says: first
#   the octets of unreserved characters are decoded (%2e is a dot, %7E a tilde), then the dot
#   segments are removed.
# What happens: curl, wget, httpx and urllib send /a/%2e%2e/b as it stands; Node's fetch, axios
#   and aiohttp send /b. requests decodes and does not remove: it sends /a/../b, which no URL
#   needs to have, and which servers answer with what they think right. /a/../b itself it
#   sends as /b. And /a? loses its ? in requests, aiohttp, axios and fetch, though by 6.2.3 it
#   is another URL than /a; curl, wget, httpx and urllib keep it. httpx makes /a of /a/. where
#   5.2.4 has /a/.
# Seen on 2026-11-28 with requests 2.34.2 (urllib3 2.8.0), httpx 0.28.1, aiohttp 3.14.5,
#   Python 3.11, curl 7.88.1 and GNU Wget 1.21.3 of Debian 12, axios 1.21.1 and fetch on Node
#   20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 aiohttp==3.14.5
npm install --silent --no-audit --no-fund --prefix . axios@1.21.1
curl --version | head -n 1
wget --version | head -n 1
python3 --version
node --version
PYTHONPATH=lib timeout 120 python3 - << 'CHECK'
import asyncio, subprocess, sys, threading, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp, httpx, requests

targets = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        targets.append(self.requestline.split()[1])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def with_aiohttp(url):
    async def main():
        async with aiohttp.ClientSession() as session, session.get(url):
            pass
    asyncio.run(main())


def program(*command):
    return lambda url: subprocess.run([*command, url], check=True, timeout=30, stdout=subprocess.DEVNULL)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
CLIENTS = {
    "requests": lambda url: requests.get(url, timeout=10),
    "httpx": lambda url: httpx.get(url, timeout=10),
    "urllib": lambda url: urllib.request.urlopen(url, timeout=10).close(),
    "aiohttp": with_aiohttp,
    "curl": program("curl", "-s"),
    "wget": program("wget", "-q", "-O", "-"),
    "fetch": program("node", "-e", "fetch(process.argv[1])"),
    "axios": program("node", "-e", "require('axios').get(process.argv[1])"),
}
DECODED = {"aiohttp": "/b", "fetch": "/b", "axios": "/b"}
EXPECTED = {  # what differs from the rest, which is under None
    "/a/%2e%2e/b": {None: "/a/%2e%2e/b", "requests": "/a/../b"} | DECODED,
    "/a/../b": {None: "/b", "urllib": "/a/../b"},
    "/a?": {None: "/a?", "requests": "/a", "aiohttp": "/a", "fetch": "/a", "axios": "/a"},
    "/a/.": {None: "/a/", "httpx": "/a", "urllib": "/a/."},
}
wrong = []
for path, expected in EXPECTED.items():
    for name, client in CLIENTS.items():
        client(f"http://127.0.0.1:{server.server_port}{path}")
        seen = targets.pop()
        print(f"{path}: {name} sends {seen}")
        if seen != expected.get(name, expected[None]):
            wrong.append((path, name, seen))
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
