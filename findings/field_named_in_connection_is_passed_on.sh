#!/usr/bin/env bash
# Guess: "Connection: X-Hop" keeps X-Hop from whoever is behind the proxy. RFC 9110, 7.6.1:
#   "Intermediaries MUST parse a received Connection header field before a message is forwarded and,
#   for each connection-option in this field, remove any header or trailer field(s) from the message
#   with the same name as the connection-option".
# nginx, haproxy and Node's http-proxy pass it on, of a request and of an answer. They drop names that
#   they know, and those differ: nginx drops Keep-Alive, which is such a field since HTTP/1.0, and the
#   other two pass that on as well.
# Seen on 2026-11-29 with nginx 1.22.1, haproxy 2.6.12 of Debian 12, http-proxy 1.18.1 on Node 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for p in nginx haproxy; do
    dpkg-query -W "$p" > /dev/null 2>&1 || { apt-get update -q && apt-get install -yq --no-install-recommends "$p"; } > apt.log 2>&1
    echo "$p $(dpkg-query -W -f '${Version}' "$p") (seen with the version above)"
done
npm install --silent --no-audit --no-fund http-proxy@1.18.1
node --version
timeout 120 python3 - << 'CHECK'
import os, signal, socket, subprocess, sys, threading, time
from pathlib import Path

signal.signal(signal.SIGTERM, lambda *_: sys.exit("too slow"))
HERE = Path().absolute()
CHILDREN, ASKED = [], []
ANSWER = (b"HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nX-End: 1\r\n"
          b"Content-Length: 2\r\n\r\nok")
REQUEST = (b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\n"
           b"Keep-Alive: timeout=5\r\nX-End: 1\r\n\r\n")


def serve(listener):
    while True:
        connection = listener.accept()[0]
        with connection:
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(65536)
            ASKED.append(request)
            connection.sendall(ANSWER)


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


def http_proxy(port, backend):
    return ["node", "-e", f"""require('http-proxy').createProxyServer({{ target: 'http://127.0.0.1:{backend}' }})
.listen({port}, '127.0.0.1')"""]


def ask(port):
    for _ in range(300):
        try:
            s = socket.create_connection(("127.0.0.1", port), 10)
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    s.sendall(REQUEST)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += s.recv(65536)
    return answer


def names(head):
    return {line.split(b":")[0].decode().lower() for line in head.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]}


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=serve, args=(listener,), daemon=True).start()
HOP, KEEP = "x-hop", "keep-alive"
expected = {"nginx": ([HOP], [HOP]), "haproxy": ([KEEP, HOP], [KEEP, HOP]), "http_proxy": ([KEEP, HOP], [KEEP, HOP])}
seen = {}
try:
    for program in (nginx, haproxy, http_proxy):
        port = free_port()
        CHILDREN.append(subprocess.Popen(program(port, listener.getsockname()[1]), stderr=subprocess.DEVNULL))
        got = names(ask(port))
        asked = names(ASKED[-1])
        if not {"x-end"} <= asked & got:
            sys.exit(f"{program.__name__}: {asked} {got}")
        seen[program.__name__] = tuple(sorted(n for n in side if n in (HOP, KEEP)) for side in (asked, got))
        print(f"{program.__name__}: of the request it passes on {seen[program.__name__][0]}, of the answer {seen[program.__name__][1]}")
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
