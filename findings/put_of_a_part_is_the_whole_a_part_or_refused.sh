#!/usr/bin/env bash
# Guess: a PUT with Content-Range is refused. RFC 7231, 4.3.4: "An origin server that allows PUT on a
#   given target resource MUST send a 400 (Bad Request) response to a PUT request that contains a
#   Content-Range header field"; RFC 9110, 14.5 has made a SHOULD of it, for servers that do not support
#   it, as a part could else be taken for the whole.
# So it is in WsgiDAV. Apache writes the part into the file, which stays as long as it was. rclone takes
#   the part for the whole, and says 201: the rest of the file is gone. So a client that changes the
#   first bytes of a large file has a changed file, a file that is too short, or an error; and only
#   the last can be told from the first by the status.
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
EXPECTED = {"Apache": (204, "HELlo, world"), "rclone": (201, "HEL"), "WsgiDAV": (400, "hello, world")}
seen = {}
try:
    for name, start in SERVERS.items():
        port = start()
        ask(port, "PUT", "/file", {}, b"hello, world")
        status = ask(port, "PUT", "/file", {"Content-Range": "bytes 0-2/12"}, b"HEL")[0]
        seen[name] = status, ask(port, "GET", "/file")[2]
        print(f"{name}: {status}, and then the file is {seen[name][1]!r}")
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
    for server in THREADED:
        server.stop()
if seen != EXPECTED:
    sys.exit(f"no longer so: expected {EXPECTED}")
CHECK
