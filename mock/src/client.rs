//! An HTTP client that talks to a server's `on_connect`, without a socket.

use crate::{MockConnection, Reply, Script};

/// A client of the server whose `on_connect` it was given.
///
/// Each request is a connection of its own.
///
/// ```
/// use mock::MockClient;
/// use std::io::{Read, Write};
///
/// let client = MockClient::new(|mut conn| {
///     let mut request = [0; 1024];
///     conn.read(&mut request).unwrap();
///     conn.write_all(b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nHi there!").unwrap();
/// });
/// let reply = client.get("/");
/// assert_eq!(reply.status, 200);
/// assert_eq!(reply.text(), "Hi there!");
/// ```
#[derive(Clone, Debug)]
pub struct MockClient<F> {
    on_connect: F,
}

impl<F: Fn(MockConnection)> MockClient<F> {
    /// A client whose connections go to `on_connect`.
    pub fn new(on_connect: F) -> MockClient<F> {
        MockClient { on_connect }
    }

    /// Sends a GET request.
    #[track_caller]
    pub fn get(&self, target: &str) -> Reply {
        self.request("GET", target).send()
    }

    /// Sends a HEAD request, whose reply has no body.
    #[track_caller]
    pub fn head(&self, target: &str) -> Reply {
        self.request("HEAD", target).send()
    }

    /// Sends a POST request with a body.
    #[track_caller]
    pub fn post(&self, target: &str, body: impl AsRef<[u8]>) -> Reply {
        self.request("POST", target).body(body).send()
    }

    /// Begins a request that has more to say.
    pub fn request(&self, method: &str, target: &str) -> RequestBuilder<'_, F> {
        RequestBuilder {
            client: self,
            method: method.to_string(),
            target: target.to_string(),
            version: "HTTP/1.1".to_string(),
            headers: Vec::new(),
            body: None,
        }
    }

    /// Sends these bytes and returns all that comes back.
    ///
    /// # Panics
    ///
    /// If `on_connect` keeps the connection open when it returns, and nobody
    /// closes it within [`patience`](crate::patience).
    #[track_caller]
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        self.raw_script(bytes.as_ref())
    }

    /// Like [`raw`](MockClient::raw), with bytes that come as a script says.
    #[track_caller]
    pub fn raw_script(&self, script: impl Into<Script>) -> Vec<u8> {
        let (conn, peer) = MockConnection::pair(script);
        (self.on_connect)(conn);
        // A server may have handed the connection to another thread.
        peer.wait_closed();
        peer.sent()
    }
}

/// A request in the making.
///
/// It writes what it is told, right or wrong: a client for tests must be able to
/// send nonsense. It adds two headers that are otherwise easy to forget, unless
/// they were given: `Host: mock` (to HTTP/1.1), and `Content-Length` (if there is
/// a body and no `Transfer-Encoding`).
///
/// ```
/// # use mock::{MockClient, assert_bytes};
/// # let client = MockClient::new(|_| {});
/// let request = client.request("PUT", "/menu").header("Accept", "text/plain").body("soup");
/// assert_bytes!(
///     request.bytes(),
///     b"PUT /menu HTTP/1.1\r\n\
///       Host: mock\r\n\
///       Accept: text/plain\r\n\
///       Content-Length: 4\r\n\
///       \r\n\
///       soup"
/// );
/// ```
#[derive(Clone, Debug)]
#[must_use = "a request is sent by `send`"]
pub struct RequestBuilder<'client, F> {
    client: &'client MockClient<F>,
    method: String,
    target: String,
    version: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Option<Vec<u8>>,
}

impl<F: Fn(MockConnection)> RequestBuilder<'_, F> {
    /// Adds a header. The same name may be added again.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name.to_string(), value.as_ref().to_vec()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = Some(body.as_ref().to_vec());
        self
    }

    /// Sets the version, which is `HTTP/1.1` otherwise.
    pub fn version(mut self, version: &str) -> Self {
        self.version = version.to_string();
        self
    }

    /// The request as it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            format!("{} {} {}\r\n", self.method, self.target, self.version).into_bytes();
        if self.version == "HTTP/1.1" && !self.has("Host") {
            bytes.extend(b"Host: mock\r\n");
        }
        for (name, value) in &self.headers {
            bytes.extend(name.as_bytes());
            bytes.extend(b": ");
            bytes.extend(value);
            bytes.extend(b"\r\n");
        }
        if let Some(body) = &self.body
            && !self.has("Content-Length")
            && !self.has("Transfer-Encoding")
        {
            bytes.extend(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    /// Sends the request and reads the reply.
    ///
    /// # Panics
    ///
    /// If the reply is not well-formed: see [`Reply::parse`].
    #[track_caller]
    pub fn send(self) -> Reply {
        let reply = self.client.raw(self.bytes());
        if self.method == "HEAD" { Reply::parse_head_only(reply) } else { Reply::parse(reply) }
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))
    }
}
