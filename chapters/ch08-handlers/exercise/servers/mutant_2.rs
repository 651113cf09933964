//! Broken: the patterns are asked twice, once whether one matches and once which.

pub use chapter::*;

use anyhow::Result;
use chrono::Utc;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

type Pattern = Box<dyn Fn(&Request) -> bool + Send + Sync>;
type Handler = Box<dyn Fn(&Request) -> Result<Response> + Send + Sync>;

#[derive(Default)]
pub struct HttpServer {
    pub limits: Limits,
    handlers: Vec<(Pattern, Handler)>,
}

impl HttpServer {
    pub fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.handlers.push((Box::new(pattern), Box::new(handler)));
    }

    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> Result<()> {
        let mut received = Vec::new();
        let response = match read_request(conn, &mut received, peer) {
            Ok(None) => return Ok(()), // connected, and left
            Ok(Some(request)) => {
                let response = self.on_request(&request)?;
                let (status, length) = (response.status, response.body.len());
                log_request(peer, format_args!("\"{request}\" {status} {length}"));
                response
            }
            Err(error) => {
                let Some(status) = error.status() else { return Err(error.into()) };
                log_request(peer, format_args!("{status}: {error}"));
                let body = format!("{status} {}: {error}\n", reason(status));
                Response::new(status).body(body)
            }
        };
        let message = response.into_message(method_of(&received), Utc::now())?;
        conn.write_all(&encode(&message)?)?;
        Ok(())
    }

    pub fn on_request(&self, request: &Request) -> Result<Response> {
        let known = self.handlers.iter().any(|(pattern, _)| pattern(request));
        match self.handlers.iter().find(|(pattern, _)| pattern(request)) {
            Some((_, handler)) if known => handler(request),
            _ => no_handler(request),
        }
    }
}
