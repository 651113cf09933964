#!/usr/bin/env bash
# Guess: an application that calls start_response and returns [] has an empty body. PEP 3333,
#   "The Application/Framework Side": the application returns "an iterable yielding zero or
#   more bytestrings"; for a 204, a 304 or a redirect an empty list is the usual way.
# So it is in the others. hypercorn sends the head with the first block of the body; where
#   there is none it answers 500 whatever the application's status was (204, 304 and 200 with
#   Content-Length: 0 were tried). [b""] works.
# Seen on 2026-11-28 with hypercorn 0.18.0, wsgiref of Python 3.11, waitress 3.0.2, gunicorn
#   27.0.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib hypercorn==0.18.0 waitress==3.0.2 gunicorn==27.0.1
python3 --version
cat > serve.py << 'SERVE'
import socket, sys

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

def app(environ, start_response):
    start_response({"/204": "204 No Content", "/304": "304 Not Modified"}.get(environ["PATH_INFO"], "200 OK"),
                   [] if environ["PATH_INFO"] in ("/204", "/304") else [("Content-Length", "0")])
    return [b""] if environ["PATH_INFO"] == "/block" else []


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


REQUESTS = [f"GET /{path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n".encode() for path in ("204", "304", "200", "block")]
right = [204, 304, 200, 200]
expected = {"wsgiref": right, "waitress": right, "gunicorn": right, "hypercorn": [500, 500, 500, 200]}
seen = {}
for name in expected:
    seen[name] = [int(head.split()[1]) for head, _ in ask(name, *REQUESTS)]
    print(f"{name}: {seen[name]}")
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
