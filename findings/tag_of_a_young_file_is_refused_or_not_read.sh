#!/usr/bin/env bash
# Guess: who has written a file by PUT, or has read it, can write it again with its ETag in If-Match, and is
#   told 412 with any other tag: so nobody's change is lost, without locks (RFC 9110, 13.1.1, for all
#   methods).
# So it is in WsgiDAV. Apache says no tag when a file was PUT, and for who asks within a second it is weak,
#   W/"...", which in If-Match is equal to nothing. So who writes, looks, and writes again with what he
#   has seen is told 412, though nobody else was there, and is told so with this tag for ever; who waits
#   before he looks gets the same tag without W/, and may write. rclone gives a tag, but reads neither
#   If-Match nor If-None-Match: the file is overwritten, whatever the condition was.
# Seen on 2026-11-30 with apache2 2.4.71, rclone 1.60.1 (golang.org/x/net/webdav) and WsgiDAV 4.4.0 with
#   cheroot 11.1.2.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export PATH="$PATH:/usr/sbin" DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
for program in apache2 rclone; do
    command -v $program > /dev/null || { apt-get update -q && apt-get install -yq --no-install-recommends $program; } > apt.log 2>&1
    echo "$program $(dpkg-query -W -f '${Version}' $program) (seen with the version above)"
done
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib wsgidav==4.4.0 cheroot==11.1.2
PYTHONPATH=lib timeout 120 python3 - << 'CHECK'
import http.client, os, shutil, signal, socket, subprocess, sys, threading, time
from pathlib import Path

signal.signal(signal.SIGTERM, lambda *_: sys.exit("too slow"))
HERE, CHILDREN, THREADED = Path().absolute(), [], []
ENV = {**os.environ, "HOME": str(HERE), "RCLONE_CONFIG": os.devnull, "XDG_CACHE_HOME": str(HERE)}
HERE.chmod(0o755)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def ask(port, method, target, fields={}, body=None):
    """One request on a connection of its own: status, fields, body."""
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.connect()
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    connection.request(method, target, body, fields)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def apache():
    port, root = free_port(), HERE / "apache"
    (root / "files").mkdir(parents=True)
    user = ""
    if os.getuid() == 0:
        user = "User #65534\nGroup #65534"
        for folder in (root, root / "files"):
            os.chown(folder, 65534, 65534)
    modules = "".join(f"LoadModule {n}_module /usr/lib/apache2/modules/mod_{n}.so\n"
                      for n in ("mpm_event", "authz_core", "mime", "dav", "dav_fs"))
    (HERE / "apache.conf").write_text(f"""ServerName localhost
ServerRoot {HERE}
Listen 127.0.0.1:{port}
PidFile {HERE}/apache.pid
ErrorLog {HERE}/apache.log
{modules}{user}
TypesConfig /etc/mime.types
DocumentRoot {root}/files
DavLockDB {root}/locks
<Directory {root}/files>
Dav On
Require all granted
</Directory>
""")
    CHILDREN.append(subprocess.Popen([shutil.which("apache2"), "-DFOREGROUND", "-f", f"{HERE}/apache.conf"]))
    return port


def rclone():
    port, root = free_port(), HERE / "rclone"
    root.mkdir()
    command = ["rclone", "serve", "webdav", str(root), "--addr", f"127.0.0.1:{port}"]
    CHILDREN.append(subprocess.Popen(command, env=ENV, stderr=subprocess.DEVNULL))
    return port


def wsgidav():
    from cheroot import wsgi
    from wsgidav.wsgidav_app import WsgiDAVApp
    root = HERE / "wsgidav"
    root.mkdir()
    app = WsgiDAVApp({"provider_mapping": {"/": str(root)}, "simple_dc": {"user_mapping": {"*": True}},
                      "verbose": 0, "logging": {"enable": False}})
    server = wsgi.Server(("127.0.0.1", 0), app)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    THREADED.append(server)
    return server.bind_addr[1]


SERVERS = {"Apache": apache, "rclone": rclone, "WsgiDAV": wsgidav}
EXPECTED = {"Apache": (False, True, 412, 412, True, 204, 412, 412), "rclone": (True, False, 201, 201, False, 201, 201, 201),
            "WsgiDAV": (True, False, 204, 204, False, 204, 412, 412)}
seen = {}
try:
    for name, start in SERVERS.items():
        port = start()

        def put(target, **condition):
            fields = {field.replace("_", "-"): value for field, value in condition.items()}
            return ask(port, "PUT", target, fields, b"content")

        told = put("/file")[1]["ETag"] is not None
        young = ask(port, "GET", "/file")[1]["ETag"]
        at_once = put("/file", If_Match=young)[0]
        put("/other")
        young_other = ask(port, "GET", "/other")[1]["ETag"]
        time.sleep(2.5)
        later = put("/other", If_Match=young_other)[0]
        time.sleep(2.5)
        read = ask(port, "GET", "/other")[1]["ETag"]
        same = read == young_other.removeprefix("W/")
        by_get = put("/other", If_Match=read)[0]
        wrong, only_new = put("/file", If_Match='"another"')[0], put("/file", If_None_Match="*")[0]
        seen[name] = (told, young.startswith("W/"), at_once, later, same, by_get, wrong, only_new)
        print(f"{name}: PUT says an ETag: {told}; GET at once {young}; with it in If-Match {at_once}, later {later}; with that of a later GET, "
              f"{read}: {by_get}; with another {wrong}; If-None-Match: * {only_new}")
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
    for server in THREADED:
        server.stop()
if seen != EXPECTED:
    sys.exit(f"no longer so: expected {EXPECTED}")
CHECK
