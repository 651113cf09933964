//! Ports, as words of a command and as free ones.

use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpListener};

/// The port of an argument like `127.0.0.1:8005`.
pub fn port_of(word: &str) -> Option<u16> {
    let (host, port) = word.rsplit_once(':')?;
    if host.is_empty() { None } else { port.parse().ok() }
}

/// A port on which nobody listens just now.
pub fn closed_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    Ok(listener.local_addr()?.port())
}
