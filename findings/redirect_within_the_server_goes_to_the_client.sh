#!/usr/bin/env bash
# Guess: "Location: /other" of a script is the server's affair, and the client sees the other page.
#   RFC 3875, 6.2.2: "The CGI script can return a URI path and query-string [...] for a local
#   resource [...]. The server MUST generate the response that it would have produced in response to a
#   request containing the URL".
# So it is in Apache's mod_cgid and mod_cgi: the other page, with 200. nginx with fcgiwrap makes it a
#   302, and lighttpd's mod_cgi, too: the client asks once more, and learns the other address.
#   Apache's mod_proxy_fcgi sends the script's empty page, with 200 and that Location, which no
#   client follows.
# Seen on 2026-11-29 with Apache 2.4.71, nginx 1.22.1, fcgiwrap 1.1.0, lighttpd 1.4.69 of Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for p in apache2 nginx fcgiwrap lighttpd; do
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


def lighttpd():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (HERE / "lighttpd.conf").write_text(f"""server.document-root = "{HERE}"
server.bind = "127.0.0.1"
server.port = {port}
server.modules = ("mod_cgi")
cgi.assign = ("" => "")
""")
    start(["lighttpd", "-D", "-f", HERE / "lighttpd.conf"], "server started")
    return port


script("moved", "#!/bin/sh\nprintf 'Location: /cgi-bin/other\\n\\n'\n")
script("other", "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\nthe other page\\n'\n")
PAGE, REDIRECT = (200, True, False), (302, False, True)
EXPECTED = {"mod_cgid": PAGE, "mod_cgi": PAGE, "mod_proxy_fcgi": (200, False, True), "nginx": REDIRECT, "lighttpd": REDIRECT}
seen = {}
try:
    wrap = fcgiwrap()
    proxy = f'ProxyPass / "unix:{HERE}/wrap|fcgi://localhost{HERE}/"\nProxyFCGIBackendType GENERIC'
    for name, port in {"mod_cgid": apache("cgid"), "mod_cgi": apache("cgi"), "mod_proxy_fcgi": apache("proxy_fcgi", proxy),
                       "nginx": nginx(wrap), "lighttpd": lighttpd()}.items():
        answer = ask(port, b"GET /cgi-bin/moved HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
        seen[name] = int(answer.split()[1]), b"the other page" in answer, b"/cgi-bin/other" in answer
        print(f"{name}: {seen[name][0]}, " + ("the other page" if seen[name][1] else "Location"))
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
if seen != EXPECTED:
    sys.exit(f"no longer so: expected {EXPECTED}")
CHECK
