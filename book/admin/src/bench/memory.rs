//! What clients cost a server who do nothing: those who do not read, and those who do not ask.

use crate::bench::load::{PATIENCE, get};
use crate::bench::servers::Running;
use crate::bench::usage;
use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// How many clients do not read.
const UNREAD: usize = 10;

/// How long a server may take to come to rest.
const REST: Duration = Duration::from_secs(5);

/// Between two looks at its memory.
const LOOK: Duration = Duration::from_millis(100);

/// By how many bytes the server grows while ten clients have asked for `target` and do not read.
pub fn unread(server: &Running, target: &str) -> Result<f64> {
    let request = get(target, server.address, false);
    let before = at_rest(server)?;
    let mut clients = Vec::new();
    for _ in 0..UNREAD {
        let mut client = TcpStream::connect_timeout(&server.address, PATIENCE)?;
        client.write_all(&request)?;
        clients.push(client);
    }
    Ok(at_rest(server)?.saturating_sub(before) as f64)
}

/// What idle clients cost.
pub struct Idle {
    /// By how many bytes the server grows.
    pub memory: f64,
    /// How long it takes until all are connected, in microseconds.
    pub connected: f64,
    /// How many of them are answered when they ask once more.
    pub answered: f64,
}

/// Connects `clients`, has each of them ask once, and once more after all have been silent.
///
/// # Errors
///
/// If they are not all connected within [`PATIENCE`], or the memory of the server cannot be seen.
pub fn idle(server: &Running, target: &str, body: &[u8], clients: usize) -> Result<Idle> {
    let request = get(target, server.address, true);
    let before = at_rest(server)?;
    let begin = Instant::now();
    let connect = |number| -> Result<_> {
        let late = begin.elapsed() > PATIENCE;
        ensure!(!late, "only {number} were connected after {} s", PATIENCE.as_secs());
        Ok(TcpStream::connect_timeout(&server.address, PATIENCE)?)
    };
    let mut clients = (0..clients).map(connect).collect::<Result<Vec<_>>>()?;
    let connected = begin.elapsed().as_secs_f64() * 1e6;
    let mut ask_all = || {
        let mut answered = 0;
        let deadline = Instant::now() + PATIENCE;
        for client in &mut clients {
            // All of them have so long together; who is not answered by then is not.
            let left = deadline.saturating_duration_since(Instant::now()).max(LOOK / 100);
            let asked =
                client.set_read_timeout(Some(left)).and_then(|()| client.write_all(&request));
            answered += usize::from(asked.is_ok() && answers(client, body));
        }
        answered as f64
    };
    ask_all();
    let memory = usage::memory(server.id).context("its memory cannot be seen")?;
    let answered = ask_all();
    Ok(Idle { memory: memory.saturating_sub(before) as f64, connected, answered })
}

/// Whether an answer comes with the status 200 and this body.
fn answers(client: &mut impl Read, body: &[u8]) -> bool {
    let mut received = Vec::new();
    let mut buffer = [0; 4096];
    while !received.ends_with(body) {
        match client.read(&mut buffer) {
            Ok(count @ 1..) => received.extend_from_slice(&buffer[..count]),
            _ => return false,
        }
    }
    received.starts_with(b"HTTP/1.1 200 ")
}

/// The server's memory once it does not change any more.
fn at_rest(server: &Running) -> Result<u64> {
    let deadline = Instant::now() + REST;
    let look = || usage::memory(server.id).context("its memory cannot be seen");
    let mut last = look()?;
    loop {
        thread::sleep(LOOK);
        let now = look()?;
        if now == last || Instant::now() > deadline {
            return Ok(now);
        }
        last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_200_and_ends_with_the_body() {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
        assert!(answers(&mut format!("{head}hi").as_bytes(), b"hi"));
        assert!(!answers(&mut format!("{head}h").as_bytes(), b"hi"));
        assert!(!answers(&mut "HTTP/1.1 503 No\r\n\r\nhi".as_bytes(), b"hi"));
        assert!(!answers(&mut "".as_bytes(), b"hi"));
    }
}
