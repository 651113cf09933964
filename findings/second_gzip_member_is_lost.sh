#!/usr/bin/env bash
# Guess: a body with Content-Encoding: gzip that is two gzip members, one behind the other, is
#   decoded to both. RFC 9110, 8.4.1.3, refers to RFC 1952, whose 2.2 says: "A gzip file
#   consists of a series of 'members'". A server that joins compressed log files, or
#   compresses its pieces one by one, sends that.
# What happens: requests (urllib3), aiohttp, tornado and Node's fetch give both. httpx and wget
#   give the first alone, without an error: wget exits with 0. curl writes the first and exits
#   with 23, "failed writing received data".
# Seen on 2026-11-28 with httpx 0.28.1, requests 2.34.2 (urllib3 2.8.0), aiohttp 3.14.5,
#   tornado 6.6.1, Node 20.20, curl 7.88.1 and GNU Wget 1.21.3 of Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib httpx==0.28.1 requests==2.34.2 urllib3==2.8.0 aiohttp==3.14.5 tornado==6.6.1
curl --version | head -n 1
wget --version | head -n 1
node --version
PYTHONPATH=lib timeout 120 python3 - << 'CHECK'
import asyncio, gzip, subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp, httpx, requests, tornado.httpclient

BODY = gzip.compress(b"first ") + gzip.compress(b"second")
assert gzip.decompress(BODY) == b"first second"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        for field in (("Content-Type", "text/plain"), ("Content-Encoding", "gzip"), ("Content-Length", str(len(BODY)))):
            self.send_header(*field)
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"


async def with_aiohttp():
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.read()


async def with_tornado():
    return (await tornado.httpclient.AsyncHTTPClient().fetch(url)).body


def program(*args):
    done = subprocess.run([*args, url], capture_output=True, timeout=30)
    return done.returncode, done.stdout


NODE = "fetch(process.argv[1]).then(r => r.text()).then(t => process.stdout.write(t))"
seen = {
    "requests": requests.get(url, timeout=10).content,
    "aiohttp": asyncio.run(with_aiohttp()),
    "tornado": asyncio.run(with_tornado()),
    "node": program("node", "-e", NODE),
    "httpx": httpx.get(url, timeout=10).content,
    "wget": program("wget", "-q", "--compression=gzip", "-O", "-"),
    "curl": program("curl", "-s", "--compressed"),
}
both, first = b"first second", b"first "
expected = {"requests": both, "aiohttp": both, "tornado": both, "node": (0, both),
            "httpx": first, "wget": (0, first), "curl": (23, first)}
for name, what in seen.items():
    print(f"{name}: {what}")
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
