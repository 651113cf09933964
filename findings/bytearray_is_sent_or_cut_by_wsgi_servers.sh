#!/usr/bin/env bash
# Guess: GET /bytes/10 of httpbin is answered with ten bytes, whatever WSGI server runs it: it is
#   the page on which clients try a body of known length.
# So it is under waitress. httpbin gives its framework a bytearray, and Werkzeug passes that on;
#   PEP 3333 has "bytestrings", and that they are of the type bytes. gunicorn, cheroot and even
#   Werkzeug's own server look at that when they have already sent the head: 200,
#   Content-Length: 10, and then the end of the connection, so that a client sees a body that is
#   cut. Python's wsgiref sends the head with the first piece, and says 500. /stream-bytes makes
#   bytes of it, and arrives everywhere.
# Seen on 2026-11-29 with httpbin 0.10.2, gunicorn 27.0.1, waitress 3.0.2, cheroot 11.1.2,
#   Werkzeug 3.1.9, Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib httpbin==0.10.2 gunicorn==27.0.1 waitress==3.0.2 cheroot==11.1.2 werkzeug==3.1.9
python3 --version
PYTHONPATH=lib HOME="$work" timeout 120 python3 -W ignore - << 'CHECK'
import http.client, re, subprocess, sys, threading, wsgiref.simple_server

import cheroot.wsgi, waitress, werkzeug.serving
from httpbin import app


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path, headers={"Connection": "close"})
    answer = connection.getresponse()
    length = answer.getheader("Content-Length")
    try:
        return answer.status, length, len(answer.read())
    except http.client.IncompleteRead as error:
        return answer.status, length, len(error.partial)


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


def in_thread(serve, port):
    threading.Thread(target=serve, daemon=True).start()
    return port


def with_cheroot():
    server = cheroot.wsgi.Server(("127.0.0.1", 0), app)
    server.prepare()
    return in_thread(server.serve, server.socket.getsockname()[1])


def with_waitress():
    server = waitress.create_server(app, host="127.0.0.1", port=0)
    return in_thread(server.run, server.effective_port)


def with_wsgiref():
    server = wsgiref.simple_server.make_server("127.0.0.1", 0, app, handler_class=Quiet)
    return in_thread(server.serve_forever, server.server_port)


def with_werkzeug():
    server = werkzeug.serving.make_server("127.0.0.1", 0, app)
    return in_thread(server.serve_forever, server.server_port)


EXPECTED = {"waitress": (200, "10", 10), "wsgiref": (500, "59", 59)}
process = subprocess.Popen([sys.executable, "-m", "gunicorn", "-b", "127.0.0.1:0", "httpbin:app"], stderr=subprocess.PIPE, text=True)
wrong = []
try:
    for line in process.stderr:
        if found := re.search(r"Listening at: http://127\.0\.0\.1:(\d+)", line):
            break
    threading.Thread(target=process.stderr.read, daemon=True).start()
    servers = {
        "gunicorn": lambda: int(found[1]),
        "waitress": with_waitress,
        "cheroot": with_cheroot,
        "wsgiref": with_wsgiref,
        "Werkzeug": with_werkzeug,
    }
    for name, start in servers.items():
        port = start()
        seen, streamed = ask(port, "/bytes/10"), ask(port, "/stream-bytes/10")
        print(f"{name}: /bytes/10 status, length, bytes {seen}; /stream-bytes/10 {streamed}")
        if seen != EXPECTED.get(name, (200, "10", 0)) or streamed[2] != 10:
            wrong.append((name, seen, streamed))
finally:
    process.terminate()
    process.wait()
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
