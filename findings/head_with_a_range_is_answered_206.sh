#!/usr/bin/env bash
# Guess: HEAD with a Range is answered 200, as without. RFC 9110, 14.2: "A server MUST ignore
#   a Range header field received with a request method that is unrecognized or for which
#   range handling is not defined. For this specification, GET is the only method for which
#   range handling is defined."
# What happens: nginx, aiohttp, tornado, Flask and Starlette answer 206 with the length of the
#   range; a range behind the end of the file makes the HEAD a 416. Of those tried only
#   lighttpd does as the RFC says. A client that asks HEAD for the size of a file and leaves a
#   Range in its fields is told the size of the range.
# Seen on 2026-11-28 with nginx 1.22.1, lighttpd 1.4.69, aiohttp 3.14.5, tornado 6.6.1, Flask
#   3.1.3 with Werkzeug 3.1.9, Starlette 1.10.0 under uvicorn 0.54.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for p in nginx-light lighttpd; do
    command -v "${p%-light}" > /dev/null || { apt-get update -q && apt-get install -yq --no-install-recommends "$p"; } > apt.log 2>&1
    echo "$p $(dpkg-query -W -f '${Version}' "$p") (seen with the version above)"
done
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib aiohttp==3.14.5 tornado==6.6.1 flask==3.1.3 werkzeug==3.1.9 starlette==1.10.0 uvicorn==0.54.0
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


def lighttpd():
    port, conf = free_port(), Path("lighttpd.conf").absolute()
    conf.write_text(f'server.document-root="{ROOT}"\nserver.bind="127.0.0.1"\nserver.port={port}\n')
    CHILDREN.append(subprocess.Popen([shutil.which("lighttpd"), "-D", "-f", str(conf)], stderr=subprocess.DEVNULL))
    return port


EXPECTED = {name: (206, "1", 416) for name in ("nginx", "aiohttp", "tornado", "Flask", "Starlette")}
EXPECTED["lighttpd"] = (200, "10", 200)
seen = {}
try:
    for name, start in {"nginx": nginx, "lighttpd": lighttpd, "aiohttp": aiohttp_static, "tornado": tornado_static,
                        "Flask": flask_static, "Starlette": starlette_static}.items():
        port = start()
        assert ask(port, "HEAD")[:1] == (200,), name
        status, fields, _ = ask(port, "HEAD", "Range: bytes=0-0")
        seen[name] = (status, fields.get("content-length"), ask(port, "HEAD", "Range: bytes=99-")[0])
        print(f"{name}: HEAD with bytes=0-0 is {status}, Content-Length {seen[name][1]}; with bytes=99- {seen[name][2]}")
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
if seen != EXPECTED:
    sys.exit(f"no longer so: expected {EXPECTED}")
CHECK
