#!/usr/bin/env bash
# Guess: a WSGI server drops the body that an application returns for HEAD, as it adds Date
#   and chunks: RFC 9110, 9.3.2: "the server MUST NOT send content in the response", and an
#   application that has one function for GET and HEAD is the usual one.
# What happens: gunicorn and Twisted drop it. wsgiref, waitress, cheroot and Werkzeug's server
#   send it; waitress chunks the body of an iterator with all its framing. PEP 3333 leaves it
#   open who does it; Flask and bottle empty their answers to HEAD themselves, which is why it
#   is seldom seen.
# Seen on 2026-11-28 with Python 3.11 (wsgiref), waitress 3.0.2, cheroot 11.1.2, Werkzeug
#   3.1.9, gunicorn 27.0.1, Twisted 26.10.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib waitress==3.0.2 cheroot==11.1.2 werkzeug==3.1.9 gunicorn==27.0.1 twisted==26.10.0
python3 --version
cat > serve.py << 'SERVE'
import socket, sys

def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]

def app(environ, start_response):
    fields = [("Content-Type", "text/plain")]
    if environ["PATH_INFO"] == "/length":
        start_response("200 OK", fields + [("Content-Length", "4")])
        return [b"abcd"]
    start_response("200 OK", fields)
    return iter([b"ab", b"cd"])


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


HEAD = "HEAD {} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
expected = {"wsgiref": [b"abcd", b"abcd"], "waitress": [b"abcd", b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"],
            "cheroot": [b"abcd", b"abcd"], "Werkzeug": [b"abcd", b"abcd"], "gunicorn": [b"", b""], "Twisted": [b"", b""]}
seen = {}
for name in expected:
    answers = ask(name, HEAD.format("/length").encode(), HEAD.format("/iterator").encode())
    assert all(head.split()[1] == b"200" for head, _ in answers), answers
    seen[name] = [body for _, body in answers]
    print(f"{name}: {seen[name]}")
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
