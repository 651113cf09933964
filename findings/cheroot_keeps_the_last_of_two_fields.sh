#!/usr/bin/env bash
# Guess: a field that is sent twice reaches a WSGI application as one value, joined by a
#   comma. RFC 9110, 5.3: a recipient "MAY combine multiple field lines within a field section
#   that have the same field name into one field line [...] by appending each subsequent field
#   line value to the initial field line value in order, separated by a comma"; RFC 3875,
#   4.1.18, asks a CGI server for a value with the same meaning.
# So it is in the others: "1,2" in wsgiref, Werkzeug, gunicorn, Twisted and tornado, "1, 2" in
#   waitress. cheroot, the server of CherryPy, joins the fields of a list that it knows
#   (Accept, Cache-Control and more), and of all others keeps the last line: the first X-A is
#   lost. And none of them joins Cookie by "; ", so two lines of Cookie are one with a comma
#   in it.
# Seen on 2026-11-28 with Python 3.11 (wsgiref), waitress 3.0.2, cheroot 11.1.2, Werkzeug
#   3.1.9, gunicorn 27.0.1, Twisted 26.10.0, tornado 6.6.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib waitress==3.0.2 cheroot==11.1.2 werkzeug==3.1.9 gunicorn==27.0.1 twisted==26.10.0 tornado==6.6.1
python3 --version
cat > serve.py << 'SERVE'
import socket, sys

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

def app(environ, start_response):
    body = "|".join(environ[key] for key in ("HTTP_X_A", "HTTP_ACCEPT", "HTTP_COOKIE")).encode("latin1")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def run(name, port):
    if name == "wsgiref":
        from wsgiref.simple_server import make_server
        make_server("127.0.0.1", port, app).serve_forever()
    elif name == "waitress":
        import waitress
        waitress.serve(app, host="127.0.0.1", port=port, _quiet=True)
    elif name == "cheroot":
        from cheroot.wsgi import Server
        Server(("127.0.0.1", port), app).start()
    elif name == "Werkzeug":
        from werkzeug.serving import run_simple
        run_simple("127.0.0.1", port, app)
    elif name == "gunicorn":
        from gunicorn.app.base import BaseApplication
        class One(BaseApplication):
            def load_config(self):
                self.cfg.set("bind", f"127.0.0.1:{port}")
                self.cfg.set("loglevel", "error")
            def load(self):
                return app
        One().run()
    elif name == "Twisted":
        from twisted.internet import reactor
        from twisted.web import server, wsgi
        site = server.Site(wsgi.WSGIResource(reactor, reactor.getThreadPool(), app))
        reactor.listenTCP(port, site, interface="127.0.0.1")
        reactor.run()
    elif name == "tornado":
        import asyncio, tornado.httpserver, tornado.wsgi
        async def main():
            tornado.httpserver.HTTPServer(tornado.wsgi.WSGIContainer(app)).listen(port, "127.0.0.1")
            await asyncio.Event().wait()
        asyncio.run(main())
    elif name == "hypercorn":
        import asyncio
        from hypercorn.asyncio import serve
        from hypercorn.config import Config
        config = Config()
        config.bind, config.loglevel = [f"127.0.0.1:{port}"], "CRITICAL"
        asyncio.run(serve(app, config, mode="wsgi"))

if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
SERVE
export PYTHONPATH=lib
timeout 120 python3 - << 'CHECK'
import signal, socket, subprocess, sys, time

from serve import free_port

signal.signal(signal.SIGTERM, lambda *_: sys.exit("too slow"))


def ask(name, *requests):
    """Starts the server, sends each request on a connection of its own, gives the answers."""
    port, answers = free_port(), []
    child = subprocess.Popen([sys.executable, "serve.py", name, str(port)], stderr=subprocess.DEVNULL)
    try:
        for request in requests:
            for _ in range(300):
                try:
                    s = socket.create_connection(("127.0.0.1", port), 20)
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            s.sendall(request)
            answer = b""
            while data := s.recv(65536):
                answer += data
            answers.append(answer.partition(b"\r\n\r\n")[::2])
    finally:
        child.terminate()
        child.wait(20)
    return answers


FIELDS = ("X-A: 1", "X-A: 2", "Accept: a/b", "Accept: c/d", "Cookie: e=1", "Cookie: f=2")
REQUEST = "\r\n".join(("GET / HTTP/1.1", "Host: a.example", *FIELDS, "Connection: close", "", "")).encode()
joined = b"1,2|a/b,c/d|e=1,f=2"
expected = {"wsgiref": joined, "Werkzeug": joined, "gunicorn": joined, "Twisted": joined, "tornado": joined,
            "waitress": b"1, 2|a/b, c/d|e=1, f=2", "cheroot": b"2|a/b, c/d|f=2"}
seen = {}
for name in expected:
    [(head, seen[name])] = ask(name, REQUEST)
    assert head.split()[1] == b"200", head
    print(f"{name}: {seen[name]}")
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
