#!/usr/bin/env bash
# Guess: a client that takes no header line of 200 KiB says that there is a limit, or that the
#   header is too large. RFC 9110, 5.4, has no limit, and lets a receiver have one.
# So it is in Python's http.client ("got more than 65536 bytes when reading header line"), and
#   about so in Node's fetch ("Headers Overflow Error"). curl says "Out of memory", and wget
#   "Cannot allocate memory", with gigabytes to spare: the limit is one of a buffer that may not
#   grow. If 360 KiB come in lines of 4 KiB, wget says the same; curl has another limit for their
#   sum, and names it: "Too large response headers". http.client takes any 100 lines.
# Seen on 2026-11-29 with curl 7.88.1 and GNU Wget 1.21.3 of Debian 12, Python 3.11, Node 20.20.
set -euo pipefail
curl --version | head -n 1
wget --version | head -n 1
python3 --version
node --version
timeout 60 python3 - << 'CHECK'
import socket, subprocess, sys, threading

HEADS = {
    "/one": b"X-One: " + b"x" * 200_000 + b"\r\n",
    "/more": b"".join(b"X-%d: " % number + b"x" * 4096 + b"\r\n" for number in range(90)),
}
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]


def serve():
    while True:
        connection, _ = listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + HEADS[head.split()[1].decode()] + b"Content-Length: 2\r\nConnection: close\r\n\r\nok")
        except OSError:
            pass  # the client has had enough
        connection.close()


threading.Thread(target=serve, daemon=True).start()
URLLIB = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())"
FETCH = "fetch(process.argv[1]).then(answer => answer.text()).then(console.log, error => { console.error(error.cause.message); process.exit(1) })"
CLIENTS = {
    "curl": ["curl", "-q", "-sS", "--max-time", "10"],
    "wget": ["wget", "--no-config", "-nv", "--tries=1", "--timeout=10", "-O", "-"],
    "urllib": [sys.executable, "-c", URLLIB],
    "fetch": ["node", "-e", FETCH],
}
EXPECTED = {
    "/one": {"curl": "Out of memory", "wget": "Cannot allocate memory", "urllib": "got more than 65536 bytes", "fetch": "Headers Overflow Error"},
    "/more": {"curl": "Too large response headers", "wget": "Cannot allocate memory", "urllib": "ok", "fetch": "Headers Overflow Error"},
}
wrong = []
for path in HEADS:
    for name, command in CLIENTS.items():
        ended = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, timeout=30, env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        said = "ok" if ended.returncode == 0 and ended.stdout.strip() == "ok" else ended.stderr.strip().splitlines()[-1]
        print(f"{path}: {name}: {said}")
        if EXPECTED[path][name] not in said:
            wrong.append((path, name, said))
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
