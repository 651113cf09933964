#!/usr/bin/env bash
# Guess: Sat, 31 Dec 2016 23:59:60 GMT, the last leap second, is read as the second before or
#   behind it. RFC 9110, 5.6.7, has 60 in its grammar: "second = 2DIGIT ; 00-60".
# What happens: Node reads 23:59:00, a minute back, without a word. Python's
#   email.utils.parsedate_to_datetime raises ValueError, and Werkzeug, Django and aiohttp,
#   which use it or datetime, take it for no date at all. http.cookiejar, WebOb, bottle and
#   Twisted read the second behind it.
# Seen on 2026-11-28 with Python 3.11, Node 20.20, Werkzeug 3.1.9, Django 5.2.19, WebOb
#   1.8.11, bottle 0.13.4, aiohttp 3.14.5, Twisted 26.10.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib werkzeug==3.1.9 django==5.2.19 webob==1.8.11 bottle==0.13.4 aiohttp==3.14.5 twisted==26.10.0
python3 --version
node --version
PYTHONPATH=lib timeout 60 python3 - << 'CHECK'
import calendar, datetime, email.utils, http.cookiejar, subprocess, sys

import bottle, aiohttp.helpers, django.utils.http, twisted.web.http, webob.datetime_utils, werkzeug.http


def node(text):
    done = subprocess.run(["node", "-p", "new Date(process.argv[1]).getTime() / 1000", text],
                          capture_output=True, text=True, timeout=30, check=True)
    return float(done.stdout)


def seconds(parse, text):
    """What the parser makes of it, in seconds since 1970, or None if it refuses."""
    try:
        got = parse(text)
    except ValueError:
        return None
    if isinstance(got, datetime.datetime):
        got = got.timestamp()
    return None if got is None or got != got else int(got)


PARSERS = {
    "email.utils": email.utils.parsedate_to_datetime,
    "http.cookiejar": http.cookiejar.http2time,
    "Werkzeug": werkzeug.http.parse_date,
    "Django": django.utils.http.parse_http_date,
    "WebOb": webob.datetime_utils.parse_date,
    "bottle": bottle.parse_date,
    "aiohttp": aiohttp.helpers.parse_http_date,
    "Twisted": lambda text: twisted.web.http.stringToDatetime(text.encode()),
    "Node": node,
}

TEXT = "Sat, 31 Dec 2016 23:59:60 GMT"
NEXT = calendar.timegm((2017, 1, 1, 0, 0, 0))
expected = dict.fromkeys(PARSERS, NEXT) | {"Node": NEXT - 60, "email.utils": None, "Werkzeug": None, "Django": None, "aiohttp": None}
seen = {name: seconds(parse, TEXT) for name, parse in PARSERS.items()}
for name, what in seen.items():
    print(f"{name}: {'refused' if what is None else datetime.datetime.fromtimestamp(what, datetime.UTC)}")
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
