#!/usr/bin/env bash
# Guess: whether a client sends a form in chunks or with its length, a script gets the same. RFC
#   3875, 4.1.2: the server MUST set CONTENT_LENGTH "if and only if the request is accompanied by a
#   message-body entity", "reflect[ing] the length of the message-body after the server has removed
#   any transfer-codings or content-codings".
# nginx does so: it takes the body whole and counts. Apache's mod_cgid and mod_cgi hand on the bytes
#   as they come and set no CONTENT_LENGTH. Then CGI.pm takes the form for an empty one, without an
#   error, while a script that reads to the end finds all of it.
# Seen on 2026-11-29 with Apache 2.4.71, nginx 1.22.1, fcgiwrap 1.1.0 and CGI.pm 4.55 of Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for p in apache2 nginx fcgiwrap libcgi-pm-perl; do
    dpkg-query -W "$p" > /dev/null 2>&1 || { apt-get update -q && apt-get install -yq --no-install-recommends "$p"; } > apt.log 2>&1
    echo "$p $(dpkg-query -W -f '${Version}' "$p") (seen with the version above)"
done
timeout 120 python3 - << 'CHECK'
import os, shutil, signal, socket, subprocess, sys, time
from pathlib import Path
signal.signal(signal.SIGTERM, lambda *_: sys.exit("too slow"))
HERE = Path().absolute()
CHILDREN = []


def script(name, text):
    path = HERE / "cgi-bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def start(command, wait_for=None, **options):
    # In a session of its own: Apache ends all of its group.
    child = subprocess.Popen(command, start_new_session=True, text=True,
                             stderr=subprocess.PIPE if wait_for else subprocess.DEVNULL, **options)
    CHILDREN.append(child)
    while wait_for and wait_for not in child.stderr.readline():
        if child.poll() is not None:
            sys.exit(f"{command} has ended")


def apache(kind, more=""):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    folder, modules = HERE / kind, "/usr/lib/apache2/modules"
    folder.mkdir()
    mpm = "prefork" if kind == "cgi" else "event"
    names = [f"mpm_{mpm}", "authz_core", "alias"] + (["proxy", "proxy_fcgi"] if kind == "proxy_fcgi" else [kind])
    sock = f"ScriptSock {folder}/sock\n" if kind == "cgid" else ""
    (folder / "conf").write_text("".join(f"LoadModule {n}_module {modules}/mod_{n}.so\n" for n in names) + f"""{sock}ServerName localhost
ServerRoot {folder}
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog /dev/stderr
DocumentRoot {HERE}
User #65534
Group #65534
{more or f"ScriptAlias /cgi-bin/ {HERE}/cgi-bin/"}
""")
    start(["apache2", "-DFOREGROUND", "-f", folder / "conf"], "resuming normal operations")
    return port


def nginx(socket_path, script_filename="$document_root$fastcgi_script_name"):
    listener, folder = socket.create_server(("127.0.0.1", 0)), HERE / f"nginx-{socket_path}"
    port = listener.getsockname()[1]
    folder.mkdir()
    temp = "".join(f"{n}_temp_path {folder}/{n};" for n in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "conf").write_text(f"""daemon off; user root; worker_processes 1; pid {folder}/pid; error_log stderr; events {{}}
http {{ access_log off; {temp} server {{ listen 127.0.0.1:{port}; root {HERE};
location / {{ include /etc/nginx/fastcgi_params; fastcgi_param SCRIPT_FILENAME {script_filename}; fastcgi_pass unix:{HERE}/{socket_path}; }} }} }}""")
    # NGINX names a socket that is already open: nobody has to wait for it.
    start(["nginx", "-e", "stderr", "-c", folder / "conf"], stdin=listener, env={**os.environ, "NGINX": "0;"})
    return port


def fcgiwrap():
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("wrap")
    listener.listen()
    os.chmod("wrap", 0o777)
    start(["fcgiwrap"], stdin=listener)
    return "wrap"


def ask(port, request):
    with socket.create_connection(("127.0.0.1", port), 20) as s:
        s.sendall(request)
        answer = b""
        while data := s.recv(65536):
            answer += data
    return answer


script("form", "#!/usr/bin/perl\nuse CGI; my $q = CGI->new; print $q->header('text/plain'), '<', $q->param('name') // 'no name', '>';\n")
script("raw", "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n<%s>' \"${CONTENT_LENGTH-unset}, $(cat)\"\n")
HEAD = ("POST /cgi-bin/{} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n{}\r\n\r\n{}")
BODIES = {"length": ("Content-Length: 8", "name=Ann"), "chunks": ("Transfer-Encoding: chunked", "8\r\nname=Ann\r\n0\r\n\r\n")}
EXPECTED = {(server, how, what): {"form": "Ann", "raw": "8, name=Ann"}[what]
            for server in ("mod_cgid", "mod_cgi", "nginx") for how in BODIES for what in ("form", "raw")}
for server in ("mod_cgid", "mod_cgi"):
    EXPECTED[server, "chunks", "form"] = "no name"
    EXPECTED[server, "chunks", "raw"] = "unset, name=Ann"
seen = {}
try:
    servers = {"mod_cgid": apache("cgid"), "mod_cgi": apache("cgi"), "nginx": nginx(fcgiwrap())}
    for server, how, what in EXPECTED:
        answer = ask(servers[server], HEAD.format(what, *BODIES[how]).encode())
        assert answer.split()[1] == b"200", answer
        seen[server, how, what] = answer.decode().partition("<")[2].partition(">")[0]
        print(f"{server}, {how}: {what} sees {seen[server, how, what]!r}")
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
if seen != EXPECTED:
    sys.exit(f"no longer so: expected {EXPECTED}")
CHECK
