#!/usr/bin/env bash
# Guess: Content-Type: Multipart/Form-Data is multipart/form-data. RFC 9110, 8.3.1: "The type
#   and subtype tokens are case-insensitive."
# So it is in Flask, Starlette and aiohttp. WebOb and tornado give a form without a field, and
#   no error. bottle takes the body for an urlencoded one and gives a field whose name is the
#   boundary and the part's head. Django raises MultiPartParserError, "Invalid Content-Type".
#   With small letters all of them give the field.
# Seen on 2026-11-28 with Flask 3.1.3 with Werkzeug 3.1.9, Starlette 1.10.0 with
#   python-multipart 0.0.34, aiohttp 3.14.5, WebOb 1.8.11, tornado 6.6.1, bottle 0.13.4,
#   Django 5.2.19.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --target lib flask==3.1.3 werkzeug==3.1.9 starlette==1.10.0 python-multipart==0.0.34 aiohttp==3.14.5 webob==1.8.11 tornado==6.6.1 bottle==0.13.4 django==5.2.19
python3 --version
PYTHONPATH=lib timeout 60 python3 -W ignore - << 'CHECK'
import asyncio, io, sys
from unittest import mock

import aiohttp, bottle, django.conf, flask, starlette.requests, tornado.httputil, webob
from aiohttp.test_utils import make_mocked_request
from django.core.handlers.wsgi import WSGIRequest

django.conf.settings.configure()


def environ(kind, body):
    return {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "SERVER_NAME": "a.example", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
            "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}


def with_flask(kind, body):
    request = flask.Request(environ(kind, body))
    return request.form.to_dict(), {name: file.filename for name, file in request.files.items()}


def with_django(kind, body):
    request = WSGIRequest(environ(kind, body))
    return request.POST.dict(), {name: file.name for name, file in request.FILES.items()}


def with_bottle(kind, body):
    request = bottle.BaseRequest(environ(kind, body))
    return dict(request.forms), {name: file.raw_filename for name, file in request.files.items()}


def split(items):
    return ({name: value for name, value in items if isinstance(value, str)},
            {name: value.filename for name, value in items if not isinstance(value, str)})


def with_webob(kind, body):
    return split(list(webob.Request(environ(kind, body)).POST.items()))


def with_tornado(kind, body):
    fields, files = {}, {}
    tornado.httputil.parse_body_arguments(kind, body, fields, files)
    return {name: values[0].decode() for name, values in fields.items()}, {name: values[0].filename for name, values in files.items()}


def with_starlette(kind, body):
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def main():
        scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind.encode())]}
        return split((await starlette.requests.Request(scope, receive).form()).multi_items())
    return asyncio.run(main())


def with_aiohttp(kind, body):
    async def main():
        stream = aiohttp.StreamReader(mock.Mock(_reading_paused=False), 2**16, loop=asyncio.get_running_loop())
        stream.feed_data(body)
        stream.feed_eof()
        form = await make_mocked_request("POST", "/", headers={"Content-Type": kind}, payload=stream).post()
        return split(list(form.items()))
    return asyncio.run(main())


PARSERS = {"Flask": with_flask, "Django": with_django, "bottle": with_bottle, "WebOb": with_webob,
           "tornado": with_tornado, "Starlette": with_starlette, "aiohttp": with_aiohttp}


def parse(name, kind, body):
    try:
        return PARSERS[name](kind, body)
    except Exception as error:
        return type(error).__name__, str(error)


BODY = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nv\r\n--b--\r\n'
FORM, EMPTY = ({"x": "v"}, {}), ({}, {})
expected = {"Flask": FORM, "Starlette": FORM, "aiohttp": FORM, "WebOb": EMPTY, "tornado": EMPTY,
            "bottle": ({'--b\r\nContent-Disposition: form-data; name': '"x"\r\n\r\nv\r\n--b--\r\n'}, {}),
            "Django": ("MultiPartParserError", "Invalid Content-Type: Multipart/Form-Data; boundary=b")}
assert all(parse(name, "multipart/form-data; boundary=b", BODY) == FORM for name in PARSERS)
seen = {name: parse(name, "Multipart/Form-Data; boundary=b", BODY) for name in PARSERS}
for name, what in seen.items():
    print(f"{name}: {what}")
if seen != expected:
    sys.exit(f"no longer so: expected {expected}")
CHECK
