//! What a program that was started prints, and the port that it names there.

use anyhow::{Context, Result};
use std::io::{BufRead, BufReader, PipeReader};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// The port that a server tells in its first line.
pub fn listening_port(line: &str) -> Option<u16> {
    let (_, address) = line.split_once("listening on ")?;
    port_of(address.split_whitespace().next()?)
}

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

/// The lines of a pipe, as they come.
pub fn read_lines(reader: PipeReader) -> Result<Receiver<String>> {
    let (send, lines) = channel();
    thread::Builder::new().spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line);
            if send.send(text.trim_end_matches(['\r', '\n']).to_owned()).is_err() {
                return;
            }
            line.clear();
        }
    })?;
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_tells_its_port() {
        assert_eq!(listening_port("ch05: listening on 127.0.0.1:8005"), Some(8005));
        assert_eq!(listening_port("ch05: hello"), None);
    }
}
