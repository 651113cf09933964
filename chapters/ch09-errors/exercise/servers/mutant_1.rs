//! Broken: the traceback is shown outside of debug mode too.

pub use chapter::*;

use anyhow::Result;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// The chapter's server, which is in debug mode whatever anybody says.
pub struct HttpServer {
    pub limits: Limits,
    pub debug: bool,
    server: chapter::HttpServer,
}

impl Default for HttpServer {
    fn default() -> Self {
        let mut server = chapter::HttpServer::default();
        server.debug = true;
        Self { limits: Limits::default(), debug: false, server }
    }
}

impl HttpServer {
    pub fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.server.register(pattern, handler);
    }

    pub fn set_error_page(
        &mut self,
        error_page: impl Fn(&Failure<'_>) -> Response + Send + Sync + 'static,
    ) {
        self.server.set_error_page(error_page);
    }

    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> Result<()> {
        self.server.on_connect(conn, peer)
    }

    pub fn on_request(&self, request: &Request) -> Response {
        self.server.on_request(request)
    }
}
