#!/usr/bin/env bash
# Guess: the parsers of the three HTTP dates do what RFC 9110, 5.6.7, asks for the years of
#   two digits: "Recipients of a timestamp value in rfc850-date format, which uses a two-digit
#   year, MUST interpret a timestamp that appears to be more than 50 years in the future as
#   representing the most recent year in the past that had the same last two digits." So 70
#   has been 2070 since 2020.
# So it is in Django and in http.cookiejar. Python's email.utils, and with it Werkzeug, WebOb,
#   bottle and aiohttp, have a fixed border between 68 and 69, Twisted and Node one of their
#   own: they say 1970. Each year one more number is read wrongly. Day of the week: 6 November
#   is a Thursday in 2070, which none looks at.
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

TEXT = "Thursday, 06-Nov-70 08:49:37 GMT"
OLD, NEW = (calendar.timegm((year, 11, 6, 8, 49, 37)) for year in (1970, 2070))
expected = dict.fromkeys(PARSERS, OLD) | {"Django": NEW, "http.cookiejar": NEW}
seen = {name: seconds(parse, TEXT) for name, parse in PARSERS.items()}
for name, what in seen.items():
    print(f"{name}: {datetime.datetime.fromtimestamp(what, datetime.UTC)}")
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
