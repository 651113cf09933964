#!/usr/bin/env bash
# Guess: a script that has seen enough of the body of a request answers, and its answer arrives. RFC
#   3875, 4.2, of the script and its body: "it is not obliged to read any of the data". So does
#   whoever says 413, or 401 to a POST.
# So it is under mod_cgi, and with fcgiwrap behind nginx. Under mod_cgid, which every Apache with
#   threads has, standard input and output of a script are one socket. If it ends with bytes of the
#   body unread, even four, the system tells Apache that the connection was reset. The last chunk is
#   missing (curl: exit code 18), now and then the whole answer (52), whether or not the script has
#   named its Content-Length. With `cat > /dev/null` in the script all is well. If the script has
#   ended before Apache sends it the body, all is well, too: so a script that is quick is seldom hit.
# Seen on 2026-11-29 with Apache 2.4.71, nginx 1.22.1, fcgiwrap 1.1.0 and curl 7.88.1 of Debian 12.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for p in apache2 nginx fcgiwrap curl; do
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


def curl(port, name):
    url = f"http://127.0.0.1:{port}/cgi-bin/{name}"
    done = subprocess.run(["curl", "-s", "-m", "20", "-H", "Connection: close", "--data", "hello", url], capture_output=True)
    return done.returncode, done.stdout


HEAD = "#!/bin/sh\n%s >/dev/null 2>&1\nprintf 'Content-Type: text/plain\\n%s\\nthis is all\\n'\n"
script("leaves", HEAD % ("dd bs=1 count=1", ""))
script("leaves-length", HEAD % ("dd bs=1 count=1", "Content-Length: 12\\n"))
script("reads", HEAD % ("cat", ""))
WELL, CUT, LOST = (0, b"this is all\n"), (18, b"this is all\n"), (52, b"")
wrong = []
try:
    for name, port in {"mod_cgid": apache("cgid"), "mod_cgi": apache("cgi"), "nginx": nginx(fcgiwrap())}.items():
        for body in ("leaves", "leaves-length", "reads"):
            seen = {curl(port, body) for _ in range(10)}
            expected = {CUT, LOST} if name == "mod_cgid" and body != "reads" else {WELL}
            print(f"{name}, {body}: {seen}")
            if not seen <= expected:
                wrong.append((name, body))
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
