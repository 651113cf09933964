#!/usr/bin/env bash
# Guess: a 304 ends the exchange, whatever fields it has: it says that the copy which the
#   client has is good. RFC 9110, 15.4.5: "the server is therefore redirecting the client to
#   make use of that stored representation".
# So it is in wget and Node's fetch. curl -L, axios and got look for Location in any 3xx: with
#   one in a 304, as a server may have put it into all answers of a resource, they fetch the
#   other URL, and give 200 and its body for a conditional request that was answered "not
#   modified".
# Seen on 2026-11-28 with curl 7.88.1 and GNU Wget 1.21.3 of Debian 12, axios 1.21.1, got
#   14.6.6 and fetch on Node 20.20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . axios@1.21.1 got@14.6.6
curl --version | head -n 1
wget --version | head -n 1
node --version
timeout 90 python3 - << 'CHECK'
import subprocess, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/other":
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"other")
        else:
            assert self.headers["If-None-Match"] == '"x"'
            self.send_response(304)
            self.send_header("ETag", '"x"')
            self.send_header("Location", "/other")
            self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
NODE = "const url = process.argv[1], headers = {'If-None-Match': '\"x\"'}, show = (s, b) => process.stdout.write(s + ' ' + b); "
COMMANDS = {
    "curl": ["curl", "-sL", "-H", 'If-None-Match: "x"', "-w", "%{stderr}%{http_code} ", url],
    "wget": ["wget", "-S", "-q", "-t1", "-O", "-", "--header", 'If-None-Match: "x"', url],
    "fetch": ["node", "-e", NODE + "fetch(url, {headers}).then(async r => show(r.status, await r.text()))", url],
    "axios": ["node", "-e", NODE + "require('axios').get(url, {headers, validateStatus: null}).then(r => show(r.status, r.data))", url],
    "got": ["node", "-e", NODE + "import('got').then(g => g.got(url, {headers, throwHttpErrors: false})).then(r => show(r.statusCode, r.body))", url],
}
wrong = []
for name, command in COMMANDS.items():
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    seen = (done.stderr if name == "curl" else "") + done.stdout
    followed = "other" in seen
    print(f"{name}: {seen!r}, {'followed' if followed else 'not followed'}, exit code {done.returncode}")
    if followed != (name in ("curl", "axios", "got")) or (followed and "200" not in seen):
        wrong.append(name)
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
