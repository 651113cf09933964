#!/usr/bin/env bash
# Guess: Cookie: path=2; sid=1 is two cookies. RFC 6265, 4.2.1, knows no attributes in a
#   Cookie field (4.2.2: "the cookie attributes are not returned"); a cookie may be called
#   path, version, expires, domain or comment, since its name is any token.
# So it is in Werkzeug (Flask), Django, Starlette, aiohttp and the npm package cookie.
#   Python's http.cookies.SimpleCookie reads a Cookie field as it reads Set-Cookie: such a
#   name behind another cookie is taken for an attribute of that one and disappears, and one
#   in front of all makes it give up: no cookie at all, and no error. bottle reads with
#   SimpleCookie, so there a site that sets a cookie called version loses the session too.
#   tornado's request.cookies drops the named one alone, and so does WebOb, but for version.
# Seen on 2026-11-28 with Python 3.11, bottle 0.13.4, WebOb 1.8.11, tornado 6.6.1, Werkzeug
#   3.1.9, Django 5.2.19, Starlette 1.10.0, aiohttp 3.14.5, cookie 1.1.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib bottle==0.13.4 webob==1.8.11 tornado==6.6.1 werkzeug==3.1.9 django==5.2.19 starlette==1.10.0 aiohttp==3.14.5
npm install --silent --no-audit --no-fund --prefix . cookie@1.1.1
python3 --version
node --version
PYTHONPATH=lib timeout 60 python3 -W ignore - << 'CHECK'
import json, subprocess, sys
from http.cookies import SimpleCookie

import bottle, django.http.cookie, starlette.requests, tornado.httputil, webob, werkzeug.http
from aiohttp.test_utils import make_mocked_request


def with_webob(text):
    return dict(webob.Request.blank("/", headers={"Cookie": text}).cookies)


def with_tornado(text):
    fields = tornado.httputil.HTTPHeaders({"Cookie": text})
    request = tornado.httputil.HTTPServerRequest("GET", "/", headers=fields, host="a", connection=type("C", (), {"context": None})())
    return {name: cookie.value for name, cookie in request.cookies.items()}


def with_node(text):
    program = "console.log(JSON.stringify(require('cookie').parseCookie(process.argv[1])))"
    return json.loads(subprocess.run(["node", "-e", program, text], capture_output=True, check=True, timeout=30).stdout)


PARSERS = {
    "SimpleCookie": lambda text: {name: cookie.value for name, cookie in SimpleCookie(text).items()},
    "bottle": lambda text: dict(bottle.BaseRequest({"HTTP_COOKIE": text}).cookies),
    "WebOb": with_webob,
    "tornado": with_tornado,
    "Werkzeug": lambda text: dict(werkzeug.http.parse_cookie(text)),
    "Django": django.http.cookie.parse_cookie,
    "Starlette": starlette.requests.cookie_parser,
    "aiohttp": lambda text: dict(make_mocked_request("GET", "/", headers={"Cookie": text}).cookies),
    "npm cookie": with_node,
}
wrong = []
for name in ("path", "version", "expires", "domain", "comment"):
    for text, full in ((f"sid=1; {name}=2; x=3", {"sid": "1", name: "2", "x": "3"}), (f"{name}=2; sid=1; x=3", {name: "2", "sid": "1", "x": "3"})):
        less = {"sid": "1", "x": "3"}
        none = {} if text.startswith(name) else less
        expected = {"SimpleCookie": none, "bottle": none, "tornado": less}
        if name != "version":
            expected["WebOb"] = less
        for library, parse in PARSERS.items():
            seen = parse(text)
            if name == "path":
                print(f"{text}: {library} {seen}")
            if seen != expected.get(library, full):
                wrong.append((text, library, seen))
if wrong:
    sys.exit(f"no longer so: {wrong}")
CHECK
