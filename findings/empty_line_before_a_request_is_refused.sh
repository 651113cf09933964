#!/usr/bin/env bash
# Guess: an empty line before the request line is passed over. RFC 9112, 2.2: a server "SHOULD ignore at
#   least one empty line (CRLF) received prior to the request-line"; old clients send one behind a
#   body.
# Those who parse with h11 (uvicorn with http="h11", hypercorn) answer 400, and so does sanic. With
#   httptools the same uvicorn answers 200: which of the two it uses depends on what is installed.
# Seen on 2026-11-29 with uvicorn 0.54.0, h11 0.16.0, httptools 0.9.0, hypercorn 0.18.0, sanic 25.12.1,
#   aiohttp 3.14.5, tornado 6.6.1, Twisted 26.10.0, waitress 3.0.2, gunicorn 27.0.1, granian 2.8.9,
#   Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib uvicorn==0.54.0 h11==0.16.0 hypercorn==0.18.0 sanic==25.12.1 httptools==0.9.0 aiohttp==3.14.5 tornado==6.6.1 Twisted==26.10.0 waitress==3.0.2 gunicorn==27.0.1 granian==2.8.9
python3 --version
cat > serve.py << 'SERVE'
import sys


def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"text/plain"), (b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def run(name, port):
    if name == "uvicorn h11":
        import uvicorn
        uvicorn.run(asgi, host="127.0.0.1", port=port, http="h11", log_level="critical")
    if name == "hypercorn":
        import asyncio
        from hypercorn.asyncio import serve
        from hypercorn.config import Config
        config = Config()
        config.bind, config.loglevel = [f"127.0.0.1:{port}"], "CRITICAL"
        asyncio.run(serve(asgi, config))
    if name == "sanic":
        from sanic import Sanic, response
        application = Sanic("hello")
        @application.get("/")
        async def hello(request):
            return response.text("ok")
        application.run("127.0.0.1", port, single_process=True, motd=False, access_log=False)
    if name == "uvicorn httptools":
        import uvicorn
        uvicorn.run(asgi, host="127.0.0.1", port=port, http="httptools", log_level="critical")
    if name == "aiohttp":
        from aiohttp import web
        async def hello(request):
            return web.Response(text="ok")
        application = web.Application()
        application.router.add_route("*", "/", hello)
        web.run_app(application, host="127.0.0.1", port=port, print=None)
    if name == "tornado":
        import asyncio, tornado.web
        class Hello(tornado.web.RequestHandler):
            def get(self):
                self.write("ok")
            post = get
        async def main():
            tornado.web.Application([("/", Hello)]).listen(port, "127.0.0.1")
            await asyncio.Event().wait()
        asyncio.run(main())
    if name == "Twisted":
        from twisted.internet import reactor
        from twisted.web import resource, server
        class Hello(resource.Resource):
            isLeaf = True
            def render_GET(self, request):
                return b"ok"
        reactor.listenTCP(port, server.Site(Hello()), interface="127.0.0.1")
        reactor.run()
    if name == "waitress":
        import waitress
        waitress.serve(wsgi, host="127.0.0.1", port=port, _quiet=True)
    if name == "gunicorn gthread":
        from gunicorn.app.base import BaseApplication
        class One(BaseApplication):
            def load_config(self):
                self.cfg.set("bind", f"127.0.0.1:{port}")
                self.cfg.set("worker_class", "gthread")
                self.cfg.set("loglevel", "error")
            def load(self):
                return wsgi
        One().run()
    if name == "granian":
        import os
        os.execv(sys.executable, [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1",
                                  "--port", str(port), "--no-log", "serve:asgi"])


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
SERVE
export PYTHONPATH=lib:.
timeout 240 python3 - << 'CHECK'
import signal, socket, subprocess, sys, time

signal.signal(signal.SIGTERM, lambda *_: sys.exit("too slow"))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(name, *requests):
    """Starts the server, sends each request on a connection of its own, gives what came."""
    port, seen = free_port(), []
    child = subprocess.Popen([sys.executable, "serve.py", name, str(port)],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for request in requests:
            for _ in range(300):
                try:
                    s = socket.create_connection(("127.0.0.1", port), 3)
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            s.sendall(request)
            answer, ending = b"", "closed"
            try:
                while data := s.recv(65536):
                    answer += data
            except TimeoutError:
                ending = "open"
            seen.append((answer, ending))
    finally:
        child.terminate()
        child.wait(20)
    return seen


REQUEST = b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
expected = {
    "uvicorn h11": [200, 400], "hypercorn": [200, 400], "sanic": [200, 400], "uvicorn httptools": [200, 200],
    "aiohttp": [200, 200], "tornado": [200, 200], "Twisted": [200, 200], "waitress": [200, 200],
    "gunicorn gthread": [200, 200], "granian": [200, 200],
}
seen = {}
for name in expected:
    answers = ask(name, REQUEST, b"\r\n" + REQUEST)
    seen[name] = [int(answer.split()[1]) for answer, _ in answers]
    print(f"{name}: {seen[name]}")
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
