#!/usr/bin/env bash
# Guess: who locks a file (RFC 4918, 9.10) and names no time, or asks for Infinite, is told how long the
#   lock holds: a number of seconds that the server likes, or Infinite. And its token is a URI (6.5).
# So it is in Apache (Infinite) and WsgiDAV (a week; four without end). rclone says Second-0, and the lock holds on (it
#   did so 1.5 s later): a client that believes it takes its lock for ended as soon as it has it, while everybody else is
#   told 423. The token is a number such as 1796006965, which is no URI; and who asks for the
#   locks of the file is told that there is no such property.
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
import re

LOCK = b"""<lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope><locktype><write/></locktype></lockinfo>"""
FIND = b"""<propfind xmlns="DAV:"><prop><lockdiscovery/></prop></propfind>"""
EXPECTED = {"Apache": (["Infinite", "Infinite"], "opaquelocktoken", 423, True),
            "rclone": (["Second-0", "Second-0"], None, 423, False),
            "WsgiDAV": (["7 days", "28 days"], "opaquelocktoken", 423, True)}
seen = {}
try:
    for name, start in SERVERS.items():
        port, times = start(), []
        for target, fields in {"/one": {}, "/two": {"Timeout": "Infinite"}}.items():
            ask(port, "PUT", target, {}, b"content")
            _, fields, text = ask(port, "LOCK", target, {**fields, "Depth": "0"}, LOCK)
            told = re.search(r"timeout>\s*([^<\s]+)", text)[1]
            seconds = int(told.partition("Second-")[2] or 0)
            times.append(told if seconds < 100 else f"{round(seconds / 86400)} days")
        token = fields["Lock-Token"].strip("<>")
        time.sleep(1.5)
        other = ask(port, "PUT", "/two", {}, b"of somebody else")[0]
        shown = "activelock" in ask(port, "PROPFIND", "/two", {"Depth": "0"}, FIND)[2]
        seen[name] = times, token.rpartition(":")[0] or None, other, shown
        print(f"{name}: without a Timeout {times[0]}, with Infinite {times[1]}; token {token}; somebody else {other} later; lock shown: {shown}")
finally:
    for child in CHILDREN:
        child.terminate()
        child.wait(10)
    for server in THREADED:
        server.stop()
if seen != EXPECTED:
    sys.exit(f"no longer so: expected {EXPECTED}")
CHECK
