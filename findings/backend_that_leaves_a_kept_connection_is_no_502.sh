#!/usr/bin/env bash
# Guess: a proxy whose backend closes the connection without an answer says 502, whichever connection
#   it was; or sends a GET again if the connection was a kept one, since a backend may close such a one
#   at any time, and the request has crossed with that. RFC 9112, 9.3.1: "Implementations ought to
#   anticipate the need to recover from asynchronous close events"; RFC 9110, 9.2.2, lets what is
#   idempotent be repeated.
# nginx does so: 502 on a new connection, and on a kept one the GET goes out again on another. haproxy
#   says 502 on a new one too. On a kept one it closes the client's connection, and sends nothing at
#   all: the client learns nothing of a proxy, and is to try again by itself. curl does ("Connection
#   died, retrying a fresh connect"), Python's http.client raises RemoteDisconnected.
# Seen on 2026-11-29 with nginx 1.22.1, haproxy 2.6.12 and curl 7.88.1 of Debian 12, Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for p in nginx haproxy curl; do
    dpkg-query -W "$p" > /dev/null 2>&1 || { apt-get update -q && apt-get install -yq --no-install-recommends "$p"; } > apt.log 2>&1
    echo "$p $(dpkg-query -W -f '${Version}' "$p") (seen with the version above)"
done
python3 --version
timeout 120 python3 - << 'CHECK'
import http.client, signal, socket, subprocess, sys, threading, time
from pathlib import Path

signal.signal(signal.SIGTERM, lambda *_: sys.exit("too slow"))
HERE = Path().absolute()
CHILDREN, ASKED = [], []


def answer(connection):
    """Closes the connection when /leave is asked for the first time, and answers all else."""
    with connection:
        while True:
            request = b""
            while b"\r\n\r\n" not in request:
                piece = connection.recv(65536)
                if not piece:
                    return
                request += piece
            target = request.split()[1].decode()
            ASKED.append(target)
            if target.startswith("/leave") and ASKED.count(target) == 1:
                return
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def serve(listener):
    while True:
        threading.Thread(target=answer, args=listener.accept()[:1], daemon=True).start()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def nginx(port, backend):
    temp = "".join(f"{n}_temp_path {HERE}/{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (HERE / "nginx.conf").write_text(f"""daemon off; master_process off; pid {HERE}/pid; error_log stderr; events {{}}
http {{ access_log off; {temp} upstream backends {{ server 127.0.0.1:{backend}; keepalive 8; }}
server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://backends; proxy_http_version 1.1;
proxy_set_header Connection ""; }} }} }}""")
    return ["nginx", "-e", "stderr", "-c", str(HERE / "nginx.conf")]


def haproxy(port, backend):
    (HERE / "haproxy.cfg").write_text(f"""defaults
    mode http
    timeout client 10s
    timeout connect 3s
    timeout server 10s
frontend clients
    bind 127.0.0.1:{port}
    default_backend backends
backend backends
    server one 127.0.0.1:{backend}
""")
    return ["haproxy", "-db", "-f", str(HERE / "haproxy.cfg")]


def ask(client, target):
    client.request("GET", target)
    try:
        got = client.getresponse()
        got.read()
        return got.status
    except http.client.RemoteDisconnected:
        return "nothing"


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
# On a new connection; on a kept one; curl on a kept one; how often the backend was asked in each.
expected = {"nginx": ([502, 200, "200 200"], [1, 2, 2]), "haproxy": ([502, "nothing", "200 200"], [1, 1, 2])}
seen = {}
try:
    for program in (nginx, haproxy):
        name, port = program.__name__, free_port()
        CHILDREN.append(subprocess.Popen(program(port, listener.getsockname()[1]), stderr=subprocess.DEVNULL))
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 10).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        targets = [f"/leave/{name}/{n}" for n in ("new", "kept", "curl")]
        first = ask(http.client.HTTPConnection("127.0.0.1", port, timeout=10), targets[0])
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        if ask(client, "/") != 200:
            sys.exit(f"{name} does not answer")
        second = ask(client, targets[1])
        url = f"http://127.0.0.1:{port}"
        curl = ["curl", "-s", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{http_code} ", url + "/", url + targets[2]]
        third = subprocess.run(curl, capture_output=True, text=True, timeout=30).stdout.strip()
        seen[name] = ([first, second, third], [ASKED.count(target) for target in targets])
        print(f"{name}: new {first}, kept {second}, curl {third}; asked {seen[name][1]} times")
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
