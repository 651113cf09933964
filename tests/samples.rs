//! Messages as programs really send them.

/// What a browser asks for when a link is followed: about 500 bytes.
pub const BROWSER: &[u8] = b"GET /picture.png?size=small HTTP/1.1\r\n\
    Host: localhost:8007\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Connection: keep-alive\r\n\
    Referer: http://localhost:8007/\r\n\
    Cookie: theme=dark\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Sec-Fetch-Site: same-origin\r\n\
    Priority: u=0, i\r\n\
    \r\n";

/// Requests and responses of many kinds, which chapter 7's `parse` takes.
pub const MESSAGES: &[&[u8]] = &[
    BROWSER,
    // curl
    b"GET / HTTP/1.1\r\nHost: localhost:8007\r\nUser-Agent: curl/8.14.1\r\nAccept: */*\r\n\r\n",
    b"HEAD /picture.png HTTP/1.1\r\nHost: [::1]:8007\r\nUser-Agent: curl/8.14.1\r\n\r\n",
    // a form
    b"POST /guestbook HTTP/1.1\r\n\
      Host: localhost\r\n\
      Content-Type: application/x-www-form-urlencoded\r\n\
      Content-Length: 14\r\n\
      Origin: null\r\n\
      \r\n\
      name=Ada&age=9",
    // a length that a proxy has joined, and a body that looks like a request
    b"PUT /a HTTP/1.1\r\nhost: a\r\ncontent-length: 18, 18\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    // ab, the load tool
    b"GET / HTTP/1.0\r\nHost: 127.0.0.1:8007\r\nUser-Agent: ApacheBench/2.3\r\nAccept: */*\r\n\r\n",
    // by hand
    b"GET / HTTP/1.0\r\n\r\n",
    b"\r\nGET / HTTP/1.0\r\n\r\n",
    // the other forms of a target
    b"GET http://localhost:8007/a?b HTTP/1.1\r\nHost: localhost:8007\r\nVia: 1.1 proxy\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 0\r\n\r\n",
    b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n",
    // curl, which waits for a 100
    b"PUT /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nsoup",
    // answers
    b"HTTP/1.0 200 OK\r\n\
      Server: OwnHands/0.1\r\n\
      Content-Type: text/plain; charset=utf-8\r\n\
      Content-Length: 10\r\n\
      Connection: close\r\n\
      \r\n\
      Hi there!\n",
    b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\nX-Empty:\r\n\r\n",
    b"HTTP/1.1 299 \r\nWarning: 299 - \"caf\xc3\xa9 \xff\"\r\n\r\n",
];

/// Messages that chapter 7's `parse` refuses, each for another reason.
pub const REFUSED: &[&[u8]] = &[
    b"GET /\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: []\r\n\r\n",
    b"GET /#top HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.0\n\n",
    b"GET / HTTP/1.0\r\nA: b\rc\r\n\r\n",
    b"GET / HTTP/1.0\r\nA: b\0\r\n\r\n",
    b"GET / HTTP/1.0\r\nA: b\r\n c\r\n\r\n",
    b"GET / HTTP/1.0\r\nA : b\r\n\r\n",
    b"GET / HTTP/1.0\r\nno colon\r\n\r\n",
    b"PUT / HTTP/1.0\r\nContent-Length: +3\r\n\r\nabc",
    b"PUT / HTTP/1.0\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"PUT / HTTP/1.0\r\nContent-Length: 1048577\r\n\r\n",
    b"PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"PUT / HTTP/1.0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.0 99 Too Small\r\n\r\n",
];

/// Heads that scripts write (RFC 3875 section 6), each with the beginning of a body.
pub const SCRIPT_HEADS: &[&[u8]] = &[
    b"Content-Type: text/plain\n\nHi there!\n",
    // php-cgi 8.2
    b"X-Powered-By: PHP/8.2.29\r\nContent-type: text/html; charset=UTF-8\r\n\r\n<h1>",
    // CGI.pm 4.55
    b"Set-Cookie: a=b; path=/\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
      Content-Type: text/html; charset=ISO-8859-1\r\n\r\n<!DOCTYPE html",
    // git http-backend 2.39
    b"Expires: Fri, 01 Jan 1980 00:00:00 GMT\r\nPragma: no-cache\r\n\
      Cache-Control: no-cache, max-age=0, must-revalidate\r\n\
      Content-Type: application/x-git-upload-pack-advertisement\r\n\r\n001e#",
    b"Status: 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    b"Status: 418\nContent-Type: text/plain\n\nshort and stout\n",
    b"Location: /hello?name=Ann\n\n",
    b"Location: http://example.org/\n\n",
    b"Status: 201\nLocation: /hello\n\n",
    b"Content-Type: text/plain\nTransfer-Encoding: chunked\nConnection: close\n\n",
    b"no colon\n\n",
];

/// Paths that try to leave the folder they are meant for, and some that do not.
pub const PATHS: &[&str] = &[
    "",
    "index.html",
    "pictures/my%20house.png",
    "pictures/",
    "caf%C3%A9",
    "..",
    "../secret",
    "a/../../secret",
    "%2e%2e/secret",
    ".%2E/secret",
    "%252e%252e/secret",
    "..%2fsecret",
    "..%5csecret",
    "..\\secret",
    "/etc/passwd",
    "//server/share",
    "%2fetc%2fpasswd",
    "C:/secret",
    "C:secret",
    "%5c%5cserver%5cshare",
    "file.txt::$DATA",
    "file.txt%00.png",
    "%c0%ae%c0%ae/secret",
    "%c0%afsecret",
    ".. /secret",
    ".../secret",
    "..;/secret",
    "a//b",
    "./a",
    "%",
    "%4",
    "%zz",
    "%+1",
];
