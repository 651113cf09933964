//! Right too: it reads a few bytes at a time and decodes them one by one, writes a few at a
//! time, has shorter error pages, and takes a connection's options apart as text.

pub use chapter::*;

use anyhow::Result;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};

pub struct HttpServer(chapter::HttpServer);

impl Default for HttpServer {
    fn default() -> Self {
        let mut server = chapter::HttpServer::default();
        server.set_error_page(|failure| Response::text(format!("{}\n", failure.detail)));
        Self(server)
    }
}

impl Deref for HttpServer {
    type Target = chapter::HttpServer;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for HttpServer {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl HttpServer {
    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> Result<()> {
        self.0.on_connect(&mut InSmallPieces(conn), peer)
    }
}

struct InSmallPieces<'a, C>(&'a mut C);

impl<C: Read> Read for InSmallPieces<'_, C> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = out.len().min(7);
        self.0.read(&mut out[..count])
    }
}

impl<C: Write> Write for InSmallPieces<'_, C> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(&bytes[..bytes.len().min(100)])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[derive(Debug, Default)]
pub struct ChunkedDecoder(chapter::ChunkedDecoder);

impl ChunkedDecoder {
    pub fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<(usize, usize), ParseError> {
        let room = out.len().min(1);
        self.0.decode(input, &mut out[..room])
    }

    pub fn trailers(&self) -> Option<&Headers> {
        self.0.trailers()
    }
}

pub fn encode_chunk(piece: &[u8], out: &mut Vec<u8>) {
    // The decoder takes both cases, and zeros.
    if let Some(length) = Some(piece.len()).filter(|&length| length > 0) {
        out.extend_from_slice(format!("{length:02X}\r\n").as_bytes());
        out.extend_from_slice(piece);
        out.extend_from_slice(b"\r\n");
    }
}

pub fn keeps_alive(version: Version, headers: &Headers) -> bool {
    let mut all = String::new();
    for value in headers.get_all("Connection") {
        all += &String::from_utf8_lossy(value).to_ascii_lowercase();
        all.push(',');
    }
    let options: Vec<&str> = all.split(',').map(str::trim).collect();
    if options.contains(&"close") {
        return false;
    }
    match version {
        Version::Http11 => true,
        Version::Http10 => options.contains(&"keep-alive"),
    }
}
