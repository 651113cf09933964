#!/usr/bin/env bash
# Guess: a file server that answers 206 reads If-Range too. Without it, a client that resumes
#   a download of a file which has been replaced glues the end of the new one to the beginning
#   of the old one, with a correct length. RFC 9110, 13.1.5: "A recipient of an If-Range
#   header field MUST ignore the Range header field if the If-Range condition evaluates as
#   false."
# What happens: tornado and bottle do not know the field. aiohttp reads it only as a date, and
#   what is no date as no condition: to the ETag of another file it answers 206, though it
#   sends a strong ETag itself, which is what its clients will put there. Flask and Starlette
#   compare the ETag and send the whole file, as nginx does.
# Seen on 2026-11-28 with aiohttp 3.14.5, tornado 6.6.1, bottle 0.13.4, Flask 3.1.3 with
#   Werkzeug 3.1.9, Starlette 1.10.0 under uvicorn 0.54.0, nginx 1.22.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
command -v nginx > /dev/null || { apt-get update -q && apt-get install -yq --no-install-recommends nginx-light; } > apt.log 2>&1
echo "nginx-light $(dpkg-query -W -f '${Version}' nginx-light) (seen with the version above)"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib  aiohttp==3.14.5 tornado==6.6.1 flask==3.1.3 werkzeug==3.1.9 starlette==1.10.0 uvicorn==0.54.0 bottle==0.13.4
PYTHONPATH=lib timeout 120 python3 - << 'CHECK'
import asyncio, shutil, signal, socket, subprocess, sys, threading, time
from pathlib import Path

signal.signal(signal.SIGTERM, lambda *_: sys.exit("too slow"))
ROOT = Path("root").absolute()
ROOT.mkdir()
(ROOT / "digits.txt").write_text("0123456789")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(port, method, *fields):
    """One request for digits.txt on a connection of its own: status, fields, body."""
    for _ in range(200):
        try:
            s = socket.create_connection(("127.0.0.1", port), 10)
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    lines = [f"{method} /digits.txt HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close", *fields]
    s.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
    answer = b""
    while data := s.recv(65536):
        answer += data
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *rest = head.decode("latin1").split("\r\n")
    return int(status.split()[1]), dict((k.lower(), v.strip()) for k, _, v in (f.partition(":") for f in rest)), body


def aiohttp_static():
    from aiohttp import web
    app = web.Application()
    app.router.add_static("/", ROOT)
    loop, runner = asyncio.new_event_loop(), web.AppRunner(app)
    loop.run_until_complete(runner.setup())
    loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return runner.addresses[0][1]


def tornado_static():
    import tornado.httpserver, tornado.netutil, tornado.web
    sockets = tornado.netutil.bind_sockets(0, "127.0.0.1")
    handler = (r"/(.*)", tornado.web.StaticFileHandler, {"path": str(ROOT)})

    async def main():
        tornado.httpserver.HTTPServer(tornado.web.Application([handler])).add_sockets(sockets)
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
    return sockets[0].getsockname()[1]


def bottle_static():
    import bottle
    from wsgiref.simple_server import WSGIRequestHandler, make_server
    app = bottle.Bottle()
    app.route("/<name>", callback=lambda name: bottle.static_file(name, root=str(ROOT)))
    WSGIRequestHandler.log_message = lambda *_: None
    server = make_server("127.0.0.1", 0, app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def flask_static():
    import flask, logging
    from werkzeug.serving import make_server
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = flask.Flask("static", static_folder=str(ROOT), static_url_path="")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def starlette_static():
    import uvicorn
    from starlette.staticfiles import StaticFiles
    sock = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(StaticFiles(directory=ROOT), log_level="error", lifespan="off"))
    threading.Thread(target=lambda: server.run(sockets=[sock]), daemon=True).start()
    return sock.getsockname()[1]


CHILDREN = []


def nginx():
    port, here = free_port(), Path("nginx").absolute()
    here.mkdir()
    temp = "".join(f"{n}_temp_path {here}/{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (here / "conf").write_text(f"""daemon off; master_process off; pid {here}/pid; error_log {here}/error; events {{}}
http {{ access_log off; {temp} server {{ listen 127.0.0.1:{port}; root {ROOT}; }} }}""")
    CHILDREN.append(subprocess.Popen([shutil.which("nginx"), "-e", f"{here}/error", "-c", f"{here}/conf"]))
    return port


EXPECTED = {"aiohttp": (206, b"89", True), "tornado": (206, b"89", True), "bottle": (206, b"89", True),
            "Flask": (200, b"0123456789", True), "Starlette": (200, b"0123456789", True),
            "nginx": (200, b"0123456789", True)}
seen = {}
try:
    for name, start in {"aiohttp": aiohttp_static, "tornado": tornado_static, "bottle": bottle_static,
                        "Flask": flask_static, "Starlette": starlette_static, "nginx": nginx}.items():
        port = start()
        _, fields, _ = ask(port, "GET")
        status, _, body = ask(port, "GET", "Range: bytes=8-", 'If-Range: "of-another-file"')
        right = ask(port, "GET", "Range: bytes=8-", f"If-Range: {fields['etag']}")
        seen[name] = (status, body, right[0] == 206 and right[2] == b"89")
        print(f"{name} (its ETag: {fields['etag'][:34]}): to another ETag {status} {body}")
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
if seen != EXPECTED:
    sys.exit(f"no longer so: expected {EXPECTED}")
CHECK
