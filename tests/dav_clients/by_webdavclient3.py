"""Does with webdavclient3 what it can do, and says nothing. Arguments: URL, folder of files."""

import io
import os
import sys
from importlib.metadata import version

from webdav3 import client as webdav
from webdav3.exceptions import ResourceLocked, ResponseErrorCode

url, folder = sys.argv[1:]
client = webdav.Client({"webdav_hostname": url.rstrip("/")})
names = sorted(os.listdir(folder))


def quietly(function, *arguments):
    """It prints which folders it makes."""
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        return function(*arguments)
    finally:
        sys.stdout = out


def content(remote):
    buffer = io.BytesIO()
    client.download_from(buffer, remote)
    return buffer.getvalue().decode()


def upload(client, remote, name):
    client.upload_sync(remote_path=remote, local_path=os.path.join(folder, name))


assert client.check()
assert quietly(client.mkdir, "new") and quietly(client.mkdir, "new/a folder")
for name in names:
    upload(client, f"new/{name}", name)
    assert client.check(f"new/{name}")
assert sorted(client.list("new")) == sorted([*names, "a folder/"])
assert client.is_dir("new") and not client.is_dir("new/a+b.txt")
info = client.info("new/a+b.txt")
assert info["size"] == "7" and info["etag"].startswith('"'), info
for name in names:
    client.move(f"new/{name}", f"new/a folder/{name}")
    client.copy(f"new/a folder/{name}", f"new/copy of {name}")
assert sorted(client.list("new/a folder")) == names
assert {name: content(f"new/copy of {name}") for name in names} == {name: name for name in names}

lock = client.lock("new/copy of a+b.txt", timeout=60)
try:
    upload(client, "new/copy of a+b.txt", "why?.txt")
    raise AssertionError("it was locked")
except ResourceLocked:
    pass
with lock as owner:  # with its token; and the lock ends with the block
    upload(owner, "new/copy of a+b.txt", "no#1.txt")
assert content("new/copy of a+b.txt") == "no#1.txt"
upload(client, "new/copy of a+b.txt", "why?.txt")

color = {"namespace": "http://a.example/", "name": "color"}
client.set_property("new/a folder", {**color, "value": "red & blue"})
if version("webdavclient3") == "3.14.7":
    # If it is not told something else, it copies a folder with a Depth of 1, which there is not for
    # a copy (RFC 4918, 9.8.3).
    try:
        client.copy("new/a folder", "new/another folder")
        raise AssertionError("a Depth of 1")
    except ResponseErrorCode as error:
        assert error.code == 400
client.copy("new/a folder", "new/another folder", "infinity")
assert client.get_property("new/another folder", color) == "red & blue"
client.clean("new/a folder")
assert not client.check("new/a folder") and client.check("new/another folder/why?.txt")
client.clean("new")
assert client.list() == []
