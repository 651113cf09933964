#!/usr/bin/env bash
# Guess: `Connection: te, close` closes the connection as `Connection: close` does. RFC 9110, 7.6.1: the
#   field is a list of options without regard to case, and any of them may be "close"; a client that
#   sends TE must name it there (10.1.4), so a list of two is ordinary.
# tornado and waitress compare the whole value: they say nothing about closing and keep the connection
#   open, for a client that will not use it again. The others close.
# Seen on 2026-11-29 with tornado 6.6.1, waitress 3.0.2, aiohttp 3.14.5, Twisted 26.10.0, uvicorn 0.54.0
#   with h11 0.16.0 and with httptools 0.9.0, hypercorn 0.18.0, Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib tornado==6.6.1 waitress==3.0.2 aiohttp==3.14.5 Twisted==26.10.0 uvicorn==0.54.0 h11==0.16.0 httptools==0.9.0 hypercorn==0.18.0
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
    if name == "waitress":
        import waitress
        waitress.serve(wsgi, host="127.0.0.1", port=port, _quiet=True)
    if name == "aiohttp":
        from aiohttp import web
        async def hello(request):
            return web.Response(text="ok")
        application = web.Application()
        application.router.add_route("*", "/", hello)
        web.run_app(application, host="127.0.0.1", port=port, print=None)
    if name == "Twisted":
        from twisted.internet import reactor
        from twisted.web import resource, server
        class Hello(resource.Resource):
            isLeaf = True
            def render_GET(self, request):
                return b"ok"
        reactor.listenTCP(port, server.Site(Hello()), interface="127.0.0.1")
        reactor.run()
    if name == "uvicorn h11":
        import uvicorn
        uvicorn.run(asgi, host="127.0.0.1", port=port, http="h11", log_level="critical")
    if name == "uvicorn httptools":
        import uvicorn
        uvicorn.run(asgi, host="127.0.0.1", port=port, http="httptools", log_level="critical")
    if name == "hypercorn":
        import asyncio
        from hypercorn.asyncio import serve
        from hypercorn.config import Config
        config = Config()
        config.bind, config.loglevel = [f"127.0.0.1:{port}"], "CRITICAL"
        asyncio.run(serve(asgi, config))


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


REQUESTS = [b"GET / HTTP/1.1\r\nHost: a.example\r\nTE: trailers\r\nConnection: " + value + b"\r\n\r\n"
            for value in (b"close", b"te, close")]
expected = {
    "tornado": ["closed", "open"], "waitress": ["closed", "open"],
    "aiohttp": ["closed", "closed"], "Twisted": ["closed", "closed"], "uvicorn h11": ["closed", "closed"],
    "uvicorn httptools": ["closed", "closed"], "hypercorn": ["closed", "closed"],
}
seen = {}
for name in expected:
    answers = ask(name, *REQUESTS)
    assert all(answer.startswith(b"HTTP/1.1 200") for answer, _ in answers), answers
    seen[name] = [ending for _, ending in answers]
    print(f"{name}: {seen[name]}")
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
