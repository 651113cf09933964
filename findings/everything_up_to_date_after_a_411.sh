#!/usr/bin/env bash
# Guess: what git says of a push that has failed is that it has failed.
# So it is by its exit code, and by two lines that speak of curl and a packet. But the last line, which
#   one reads first, is "Everything up-to-date", while nothing of the push has arrived. It is so if a
#   server wants a length: git sends what is more than 1 MiB (http.postBuffer) in chunks, to which a
#   server may say 411 (RFC 9110, 15.5.12), as those do that know HTTP/1.0 alone. Git does not try
#   again in another way. With a greater http.postBuffer the same push to the same server is taken.
# Seen on 2026-11-29 with git 2.39.5 of Debian 12 and Python 3.11.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
command -v git > /dev/null || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends git; } > apt.log 2>&1
export PATH=/usr/bin:/bin:$PATH
git --version
timeout 120 python3 - << 'CHECK'
import http.server, os, subprocess, sys, threading
from pathlib import Path

HERE = Path().absolute()
ENV = {"PATH": os.environ["PATH"], "HOME": str(HERE), "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
for who in ("AUTHOR", "COMMITTER"):
    ENV |= {f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@localhost"}


def git(*arguments, folder=HERE):
    return subprocess.run(["git", *arguments], cwd=folder, env=ENV, capture_output=True, text=True, timeout=60)


BACKEND = Path(git("--exec-path").stdout.strip()) / "git-http-backend"


class Server(http.server.BaseHTTPRequestHandler):
    """Runs git's own program, and wants to know the length of every body."""
    def log_message(self, *_):
        pass

    def do_GET(self, body=b""):
        path, _, query = self.path.partition("?")
        variables = {"PATH": ENV["PATH"], "GIT_PROJECT_ROOT": str(HERE), "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "a",
                     "REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": str(len(body)),
                     "CONTENT_TYPE": self.headers.get("Content-Type", ""), "SERVER_PROTOCOL": "HTTP/1.0"}
        head, _, answer = subprocess.run([BACKEND], env=variables, input=body, capture_output=True).stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for field in fields.items():
            self.send_header(*field)
        self.end_headers()
        self.wfile.write(answer)

    def do_POST(self):
        if "Content-Length" in self.headers:
            return self.do_GET(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(411)
        self.end_headers()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
url, work = f"http://127.0.0.1:{server.server_port}/one.git", HERE / "work"
git("init", "-q", "--bare", "-b", "main", "one.git")
git("init", "-q", "-b", "main", "work")


def push(size, *options):
    (work / "file").write_bytes(os.urandom(size))
    git("add", "file", folder=work)
    git("commit", "-q", "-m", "one", folder=work)
    done = git(*options, "push", url, "main", folder=work)
    arrived = git("rev-parse", "main", folder=HERE / "one.git").stdout == git("rev-parse", "main", folder=work).stdout
    print(f"{size} bytes {' '.join(options)}: exit code {done.returncode}, arrived: {arrived}\n{done.stderr}")
    return done.returncode, arrived, done.stderr.endswith("Everything up-to-date\n")


seen = [push(1000), push(3_000_000), push(3_000_000, "-c", "http.postBuffer=10000000")]
expected = [(0, True, False), (1, False, True), (0, True, False)]
if seen != expected:
    sys.exit(f"no longer so: {seen}")
CHECK
