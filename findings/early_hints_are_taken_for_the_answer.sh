#!/usr/bin/env bash
# Guess: a client that knows no 103 reads over it to the final answer. RFC 9110, 15.2: "A
#   client MUST be able to parse one or more 1xx responses received prior to a final response,
#   even if the client does not expect one."
# So it is in curl, wget, httpx, aiohttp, tornado and Node's http. Python's http.client reads
#   over 100 alone: it takes 102, 103 and any other 1xx for the answer, with an empty body. So
#   do requests and urllib3, which are built on it; urllib.request raises HTTPError 103.
#   Node's fetch (undici) does the reverse: it reads over 102, 103 and 199, and to a 100 that
#   it has not asked for it throws "fetch failed", cause "bad response".
# Seen on 2026-11-28 with Python 3.11, requests 2.34.2 (urllib3 2.8.0), httpx 0.28.1, aiohttp
#   3.14.5, tornado 6.6.1, Node 20.20, curl 7.88.1 and GNU Wget 1.21.3 of Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib httpx==0.28.1 requests==2.34.2 urllib3==2.8.0 aiohttp==3.14.5 tornado==6.6.1
curl --version | head -n 1
wget --version | head -n 1
python3 --version
node --version
PYTHONPATH=lib timeout 120 python3 - << 'CHECK'
import asyncio, http.client, json, socket, subprocess, sys, threading, urllib.error, urllib.request

import aiohttp, httpx, requests, tornado.httpclient

INTERIM = ("100 Continue", "102 Processing", "103 Early Hints", "199 Unheard Of")


def answer(connection):
    with connection:
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += connection.recv(65536)
        interim = next(i for i in INTERIM if i.startswith(request.split()[1].decode().lstrip("/")))
        connection.sendall(f"HTTP/1.1 {interim}\r\n\r\n".encode())
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


def serve(listener):
    while True:
        threading.Thread(target=answer, args=listener.accept()[:1], daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
port = listener.getsockname()[1]


def with_http_client(url):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/" + url.rpartition("/")[2])
    got = connection.getresponse()
    return got.status, got.read().decode()


def with_urllib(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as got:
            return got.status, got.read().decode()
    except urllib.error.HTTPError as error:
        return "HTTPError", error.code


def with_requests(url):
    got = requests.get(url, timeout=10)
    return got.status_code, got.text


def with_httpx(url):
    got = httpx.get(url, timeout=10)
    return got.status_code, got.text


def with_aiohttp(url):
    async def main():
        async with aiohttp.ClientSession() as session, session.get(url) as got:
            return got.status, await got.text()
    return asyncio.run(main())


def with_tornado(url):
    async def main():
        got = await tornado.httpclient.AsyncHTTPClient().fetch(url)
        return got.code, got.body.decode()
    return asyncio.run(main())


def with_curl(url):
    done = subprocess.run(["curl", "-s", "-w", " %{http_code}", url], capture_output=True, text=True, timeout=30)
    body, _, status = done.stdout.rpartition(" ")
    return int(status), body


def with_wget(url):
    done = subprocess.run(["wget", "-q", "-t1", "-O", "-", url], capture_output=True, text=True, timeout=30)
    return (200 if done.returncode == 0 else "failed"), done.stdout


def with_node(url, program):
    done = subprocess.run(["node", "-e", program, url], capture_output=True, text=True, timeout=30)
    return tuple(json.loads(done.stdout))


FETCH = """fetch(process.argv[1]).then(async r => [r.status, await r.text()], e => [e.message, e.cause.message])
    .then(r => console.log(JSON.stringify(r)))"""
HTTP = """require('http').get(process.argv[1], r => { let b = ''; r.on('data', d => b += d);
    r.on('end', () => console.log(JSON.stringify([r.statusCode, b]))) })"""
CLIENTS = {"curl": with_curl, "wget": with_wget, "httpx": with_httpx, "aiohttp": with_aiohttp, "tornado": with_tornado,
           "node http": lambda url: with_node(url, HTTP), "node fetch": lambda url: with_node(url, FETCH),
           "http.client": with_http_client, "requests": with_requests, "urllib.request": with_urllib}
wrong = []
for interim in INTERIM:
    code = int(interim[:3])
    for name, client in CLIENTS.items():
        expected = (200, "hello")
        if code != 100 and name in ("http.client", "requests"):
            expected = (code, "")
        if code != 100 and name == "urllib.request":
            expected = ("HTTPError", code)
        if code == 100 and name == "node fetch":
            expected = ("fetch failed", "bad response")
        seen = client(f"http://127.0.0.1:{port}/{code}")
        print(f"{interim}, then 200: {name} sees {seen}")
        if seen != expected:
            wrong.append((code, name, seen))
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
