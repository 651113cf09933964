#!/usr/bin/env bash
# Guess: where a stream of FastCGI is cut into records means nothing. FastCGI 1.0, 3.3, says that
#   of a stream's value, in other words; and FCGI_PARAMS is a stream (5.2).
# So it is in the FastCGI library (fcgiwrap). PHP reads each FCGI_PARAMS record by itself: of a pair
#   that begins in one record and ends in the next it makes nothing, and closes the connection with
#   a reset, php-fpm and php-cgi alike. Cut between pairs, the same parameters are taken. So who
#   fills records to their 65535 bytes works with PHP as long as there is but one.
# Seen on 2026-11-29 with PHP 8.2.36 and fcgiwrap 1.1.0 of Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for p in php8.2-fpm php8.2-cgi fcgiwrap; do
    dpkg-query -W "$p" > /dev/null 2>&1 || { apt-get update -q && apt-get install -yq --no-install-recommends "$p"; } > apt.log 2>&1
    echo "$p $(dpkg-query -W -f '${Version}' "$p") (seen with the version above)"
done
timeout 120 python3 - << 'CHECK'
import socket, struct, subprocess, sys
from pathlib import Path

HERE = Path().absolute()
(HERE / "fpm.conf").write_text(f"[global]\nerror_log = /dev/stderr\n[all]\nlisten = {HERE}/php-fpm\npm = static\n"
                               "pm.max_children = 1\nuser = root\ngroup = root\n")
(HERE / "a.php").write_text("<?php echo $_SERVER['WORD'];")
(HERE / "shell").write_text("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\necho $WORD\n")
(HERE / "shell").chmod(0o755)
children = []


def start(name, command):
    """On a socket of ours, which is its standard input."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(name)
    listener.listen()
    children.append(subprocess.Popen(command, stdin=listener))


def length(number):
    return bytes([number]) if number < 128 else struct.pack(">I", number | 1 << 31)


def pair(name, value):
    return length(len(name)) + length(len(value)) + name + value


def record(kind, content):
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def ask(server, script, cut):
    file = pair(b"SCRIPT_FILENAME", str(HERE / script).encode())
    params = file + pair(b"REQUEST_METHOD", b"GET") + pair(b"WORD", b"hello")
    pieces = {"not": [params], "between two pairs": [params[:len(file)], params[len(file):]],
              "in a name": [params[:len(file) + 5], params[len(file) + 5:]], "in a value": [params[:-2], params[-2:]]}[cut]
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(server)
        s.sendall(record(1, struct.pack(">HB5x", 1, 0)) + b"".join(record(4, p) for p in pieces) + record(4, b"") + record(5, b""))
        answer = b""
        try:
            while data := s.recv(65536):
                answer += data
        except ConnectionResetError:
            return "reset"
    return "hello" if b"hello" in answer else answer


wrong = []
try:
    start("php-cgi", ["php-cgi"])
    start("fcgiwrap", ["fcgiwrap"])
    fpm = subprocess.Popen([next(Path("/usr/sbin").glob("php-fpm*")), "-n", "-F", "-O", "-R", "-y", HERE / "fpm.conf"],
                           stderr=subprocess.PIPE, text=True)
    children.append(fpm)
    while "ready to handle connections" not in fpm.stderr.readline():
        pass
    for server, script in {"php-fpm": "a.php", "php-cgi": "a.php", "fcgiwrap": "shell"}.items():
        for cut in ("not", "between two pairs", "in a name", "in a value"):
            seen = ask(server, script, cut)
            print(f"{server}, cut {cut}: {seen}")
            if seen != ("reset" if server != "fcgiwrap" and cut.startswith("in") else "hello"):
                wrong.append((server, cut))
finally:
    for child in children:
        child.terminate()
        child.wait(10)
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
