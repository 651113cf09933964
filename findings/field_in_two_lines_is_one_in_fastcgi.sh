#!/usr/bin/env bash
# Guess: of a list field in two lines an application is told both. RFC 9110, 5.2: "the field value
#   consists of the list of corresponding field line values [...] separated by a comma"; RFC 3875,
#   4.1.18: "If multiple header fields with the same field-name are received then the server MUST
#   rewrite them as a single value having the same semantics".
# So it is in Apache, by CGI and by FastCGI (mod_proxy_fcgi). nginx 1.22 sends two parameters of the
#   same name; what becomes of them is the application's affair, and fcgiwrap and php-fpm keep the
#   last. Of "Accept-Language: de" and "Accept-Language: en" they know "en".
# Seen on 2026-11-29 with nginx 1.22.1, Apache 2.4.71, fcgiwrap 1.1.0 and PHP 8.2.36 (php-fpm) of Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for p in apache2 nginx fcgiwrap php8.2-fpm; do
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


def php_fpm():
    (HERE / "fpm.conf").write_text(f"""[global]
error_log = /dev/stderr
[all]
listen = {HERE}/fpm
listen.mode = 0666
pm = static
pm.max_children = 1
user = root
group = root
""")
    program = next(Path("/usr/sbin").glob("php-fpm*"))
    start([program, "-n", "-F", "-O", "-R", "-y", HERE / "fpm.conf"], "ready to handle connections")
    return "fpm"


script("language", "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\necho \"<$HTTP_ACCEPT_LANGUAGE>\"\n")
(HERE / "language.php").write_text('<?php echo "<$_SERVER[HTTP_ACCEPT_LANGUAGE]>";')
EXPECTED = {"nginx, fcgiwrap": "en", "nginx, php-fpm": "en", "Apache, php-fpm": "de, en", "Apache, mod_cgid": "de, en"}
seen = {}
try:
    fpm = php_fpm()
    proxy = f'ProxyPass / "unix:{HERE}/fpm|fcgi://localhost{HERE}/"'
    for name, port, path in (("nginx, fcgiwrap", nginx(fcgiwrap()), "cgi-bin/language"), ("nginx, php-fpm", nginx(fpm), "language.php"),
                             ("Apache, php-fpm", apache("proxy_fcgi", proxy), "language.php"),
                             ("Apache, mod_cgid", apache("cgid"), "cgi-bin/language")):
        answer = ask(port, f"GET /{path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n"
                     "Accept-Language: de\r\nAccept-Language: en\r\n\r\n".encode())
        assert answer.split()[1] == b"200", answer
        seen[name] = answer.decode().rpartition("<")[2].partition(">")[0]
        print(f"{name}: HTTP_ACCEPT_LANGUAGE is {seen[name]!r}")
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
if seen != EXPECTED:
    sys.exit(f"no longer so: expected {EXPECTED}")
CHECK
