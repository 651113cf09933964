"""Does with webdav4 what it can do, and says nothing. Arguments: URL, folder of files."""

import io
import os
import sys
from importlib.metadata import version

import httpx
from webdav4.client import Client, HTTPError, ResourceAlreadyExists

url, folder = sys.argv[1:]
client = Client(url)
# It writes a name into an address as it is: a ? or # ends the path, and what follows a % counts as
# encoded. So it is in 0.11.0.
unencoded = [name for name in sorted(os.listdir(folder)) if set(name) & set("%#?")]
names = [name for name in sorted(os.listdir(folder)) if name not in unencoded]
assert len(names) == 3


def upload(name, remote, **how):
    client.upload_file(os.path.join(folder, name), remote, **how)


def content(remote):
    buffer = io.BytesIO()
    client.download_fileobj(remote, buffer)
    return buffer.getvalue().decode()


def ls(remote):
    """The names in a folder, in order."""
    return sorted(os.path.basename(path) for path in client.ls(remote, detail=False))


def fails(what, *arguments):
    try:
        what(*arguments)
    except (HTTPError, httpx.InvalidURL) as error:
        return str(error)
    raise AssertionError(arguments)


client.mkdir("new")
client.mkdir("new/a folder")
for name in names:
    upload(name, f"new/{name}")
    assert client.exists(f"new/{name}") and client.isfile(f"new/{name}")
assert ls("new") == sorted([*names, "a folder"])
info = client.info("new/a+b.txt")
assert (info["content_length"], info["type"]) == (7, "file"), info
assert client.etag("new/a+b.txt").startswith('"') and client.modified("new/a+b.txt")
for name in names:
    client.move(f"new/{name}", f"new/a folder/{name}")
    client.copy(f"new/a folder/{name}", f"new/copy of {name}")
assert {name: content(f"new/copy of {name}") for name in names} == {name: name for name in names}
try:
    upload("Grüße.txt", "new/copy of a+b.txt")
    raise AssertionError("it is there")
except ResourceAlreadyExists:
    pass
upload("Grüße.txt", "new/copy of a+b.txt", overwrite=True)
with client.open("new/copy of a+b.txt") as file:
    assert file.read() == "Grüße.txt"

if version("webdav4") == "0.11.0":
    for name in unencoded:
        fails(upload, name, f"new/{name}")
    # It asks without a Depth, which means all that is below (RFC 4918, 9.1), and we say 403.
    assert "403" in fails(client.exists, "new")
    assert "403" in fails(client.isdir, "new")

client.copy("new/a folder", "new/another folder")
client.remove("new/a folder")
assert ls("new/another folder") == names
client.remove("new")
assert ls("") == []
