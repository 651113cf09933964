use crate::server::Found;
use crate::{HttpServer, Incoming, ReadError, RequestBody, RequestHead, Response};
use std::io::{self, ErrorKind, Read, Write};

/// What comes back from a handler.
pub(crate) struct Handled {
    pub head: RequestHead,
    pub response: Response,
    pub unread: Option<u64>,
    pub failure: Option<ReadError>,
    /// What it did not use of what had come.
    pub received: Vec<u8>,
}

/// Where a handler in the loop reads what has not come: the end, or an error.
pub(crate) struct Nobody(pub Option<ErrorKind>);

impl Read for Nobody {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.map_or(Ok(0), |kind| Err(kind.into()))
    }
}

impl Write for Nobody {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Lets a handler answer; `conn` is where it finds what is not in `received`.
pub(crate) fn respond(
    server: &HttpServer,
    mut head: RequestHead,
    found: Found,
    received: Vec<u8>,
    conn: &mut (impl Read + Write),
) -> Handled {
    let mut incoming = Incoming::new(conn);
    incoming.received = received;
    let mut body = RequestBody::new(&mut incoming, &head);
    let response = server.respond(found, &mut head.request, &mut body);
    let unread = body.unread();
    let failure = body.into_failure();
    Handled { response, unread, failure, received: incoming.received, head }
}
