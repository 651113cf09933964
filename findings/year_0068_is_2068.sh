#!/usr/bin/env bash
# Guess: a year of four digits is that year, or is refused: Mon, 01 Jan 0001 00:00:00 GMT, the
#   least time of .NET, which sends it in Expires, is long past. RFC 9110, 5.6.7: "year =
#   4DIGIT"; RFC 5322, 4.3, lets years of two and of three digits be guessed, no others.
# What happens: email.utils, Werkzeug, Django, WebOb, bottle, aiohttp and Node look at the number
#   alone. 0001 is 2001 and 0068 is 2068 (Node's border is at 50: 0049 is 2049), so an Expires
#   in the past may lie in the future. http.cookiejar refuses; so does RFC 6265, 5.1.1, below
#   1601, and a cookie that was to be deleted so is kept for the session. Twisted refuses what
#   is before 1970.
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

wrong = []
for year, text in ((1, "Mon, 01 Jan 0001 00:00:00 GMT"), (49, "Fri, 01 Jan 0049 00:00:00 GMT"), (68, "Sun, 01 Jan 0068 00:00:00 GMT")):
    for name, parse in PARSERS.items():
        got = seconds(parse, text)
        seen = None if got is None else datetime.datetime.fromtimestamp(got, datetime.UTC).year
        expected = 2000 + year
        if name in ("http.cookiejar", "Twisted"):
            expected = None
        elif name == "Node" and year == 68:
            expected = 1968
        print(f"{text}: {name} says {seen or 'no date'}")
        if seen != expected:
            wrong.append((text, name, seen))
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
