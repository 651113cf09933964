#!/usr/bin/env bash
# Guess: GET with If-Match: * of a file that is there is 200. RFC 9110, 13.1.1: "If the field
#   value is '*', the condition is true if the origin server has a current representation for
#   the target resource."
# What happens: Flask's files (Werkzeug) answer 412, as to the ETag of another file. With the
#   file's own ETag it is 200, and If-None-Match: * is 304, as it should.
# Seen on 2026-11-28 with Flask 3.1.3 and Werkzeug 3.1.9.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib flask==3.1.3 werkzeug==3.1.9
PYTHONPATH=lib timeout 60 python3 - << 'CHECK'
import sys
from pathlib import Path

import flask

Path("root").mkdir()
Path("root/digits.txt").write_text("0123456789")
client = flask.Flask("static", static_folder=str(Path("root").absolute()), static_url_path="").test_client()


def status(**fields):
    with client.get("/digits.txt", headers={name.replace("_", "-"): value for name, value in fields.items()}) as answer:
        return answer.status_code


with client.get("/digits.txt") as answer:
    etag = answer.headers["ETag"]
seen = {"If-Match: the file's": status(If_Match=etag), "If-Match: *": status(If_Match="*"),
        "If-Match: another": status(If_Match='"other"'), "If-None-Match: *": status(If_None_Match="*")}
print(seen)
if list(seen.values()) != [200, 412, 412, 304]:
    sys.exit("no longer so")
CHECK
