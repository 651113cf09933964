#!/usr/bin/env bash
# Guess: a client that was promised a thousand bytes, and sees the connection end after ten, says
#   so however the body is read. RFC 9112, 8: such a message "MUST" be considered incomplete.
# So it is with requests (urllib3 2), httpx and aiohttp. Python's urllib and http.client raise
#   IncompleteRead for read() alone. read(n), which is how one reads what is large, and what
#   shutil.copyfileobj does, ends as if that were all; so does a loop over the lines. urlretrieve
#   counts for itself, and raises ContentTooShortError. If chunks break off, read(n) raises, too,
#   and the loop over the lines does not.
# Seen on 2026-11-29 with Python 3.11, requests 2.34.2 (urllib3 2.8.0), httpx 0.28.1, aiohttp
#   3.14.5.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib requests==2.34.2 urllib3==2.8.0 httpx==0.28.1 aiohttp==3.14.5
python3 --version
PYTHONPATH=lib timeout 120 python3 - << 'CHECK'
import asyncio, io, shutil, socket, sys, threading, urllib.request

import aiohttp, httpx, requests

ANSWERS = {
    "/length": b"Content-Length: 1000\r\n\r\nten bytes.",
    "/chunks": b"Transfer-Encoding: chunked\r\n\r\na\r\nten bytes.\r\n",
}
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]


def serve():
    while True:
        connection, _ = listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + ANSWERS[head.split()[1].decode()])
        connection.close()


def in_pieces(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        pieces = list(iter(lambda: answer.read(100), b""))
        return b"".join(pieces)


def copied(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        to = io.BytesIO()
        shutil.copyfileobj(answer, to)
        return to.getvalue()


def lines(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return b"".join(answer)


def with_requests(url):
    return b"".join(requests.get(url, stream=True, timeout=10).iter_content(100))


def with_httpx(url):
    with httpx.stream("GET", url, timeout=10) as answer:
        return b"".join(answer.iter_raw())


def with_aiohttp(url):
    async def main():
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return b"".join([piece async for piece in answer.content.iter_any()])
    return asyncio.run(main())


threading.Thread(target=serve, daemon=True).start()
WAYS = {
    "urllib, read()": lambda url: urllib.request.urlopen(url, timeout=10).read(),
    "urllib, read(100)": in_pieces,
    "urllib, shutil.copyfileobj": copied,
    "urllib, line by line": lines,
    "urllib, urlretrieve": lambda url: urllib.request.urlretrieve(url, "file"),
    "requests": with_requests,
    "httpx": with_httpx,
    "aiohttp": with_aiohttp,
}
SILENT = {
    "/length": {"urllib, read(100)", "urllib, shutil.copyfileobj", "urllib, line by line"},
    "/chunks": {"urllib, line by line"},
}
wrong = []
for path in ANSWERS:
    for name, way in WAYS.items():
        try:
            seen = way(f"http://127.0.0.1:{port}{path}")
        except Exception as error:
            seen = type(error).__name__
        print(f"{path}: {name}: {seen}")
        is_silent = seen == b"ten bytes."
        if is_silent != (name in SILENT[path]):
            wrong.append((path, name, seen))
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
