//! Raw bytes to a server and back, for the console on a page.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The most that is sent, and the most that is read.
pub const LIMIT: usize = 64 * 1024;

/// How long we listen.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// After this long without a byte we stop.
    pub silence: Duration,
    /// After this long we stop in any case.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { silence: Duration::from_millis(700), total: Duration::from_secs(5) }
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The bytes of each read.
    pub reads: Vec<Vec<u8>>,
    /// How it ended.
    pub ended: ConnectionEnd,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ConnectionEnd {
    /// The server closed the connection.
    Closed,
    /// The server reset the connection.
    Reset,
    /// The server kept the connection open and said no more.
    Open,
    /// The server said more than [`LIMIT`] bytes.
    Limit,
}

impl ConnectionEnd {
    /// As the page's script knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Reset => "reset",
            Self::Open => "open",
            Self::Limit => "limit",
        }
    }
}

/// Sends `bytes`, then listens. With `finish` the sending side is closed behind
/// them. An error means that nothing at all could be exchanged.
pub fn exchange(
    conn: &TcpStream,
    bytes: &[u8],
    finish: bool,
    patience: Timeouts,
) -> io::Result<Exchange> {
    let end = Instant::now() + patience.total;
    conn.set_write_timeout(Some(patience.total))?;
    // A server may answer, and hang up, before it has read all: what it said is
    // what we want to see.
    let sent = (&*conn).write_all(bytes);
    if finish && sent.is_ok() {
        let _ = conn.shutdown(Shutdown::Write);
    }
    let mut reads: Vec<Vec<u8>> = Vec::new();
    let mut room = LIMIT;
    let mut buffer = [0; 8192];
    loop {
        let left = end.saturating_duration_since(Instant::now()).min(patience.silence);
        if left.is_zero() {
            return Ok(Exchange { reads, ended: ConnectionEnd::Open });
        }
        if room == 0 {
            return Ok(Exchange { reads, ended: ConnectionEnd::Limit });
        }
        conn.set_read_timeout(Some(left))?;
        let size = room.min(buffer.len());
        let ended = match (&*conn).read(&mut buffer[..size]) {
            Ok(0) => ConnectionEnd::Closed,
            Ok(count) => {
                reads.push(buffer[..count].to_vec());
                room -= count;
                continue;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // On Unix a read that took too long is `WouldBlock`.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                ConnectionEnd::Open
            }
            Err(_) => ConnectionEnd::Reset,
        };
        return Ok(Exchange { reads, ended });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    const SHORT: Timeouts =
        Timeouts { silence: Duration::from_millis(50), total: Duration::from_secs(10) };

    /// What comes back from a server that does `work` with its only client.
    fn with(bytes: &[u8], finish: bool, work: impl FnOnce(TcpStream) + Send) -> Exchange {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::scope(|scope| {
            scope.spawn(move || work(listener.accept().unwrap().0));
            let conn = TcpStream::connect(address).unwrap();
            exchange(&conn, bytes, finish, SHORT).unwrap()
        })
    }

    #[test]
    fn the_answer_and_its_end_are_seen() {
        let seen = with(b"hi", true, |mut conn| {
            let mut got = Vec::new();
            conn.read_to_end(&mut got).unwrap();
            conn.write_all(&got).unwrap();
        });
        assert_eq!(seen, Exchange { reads: vec![b"hi".to_vec()], ended: ConnectionEnd::Closed });
    }

    #[test]
    fn a_server_that_waits_is_not_waited_for() {
        let (release, wait) = std::sync::mpsc::channel::<()>();
        let seen = with(b"hi", false, move |mut conn| {
            conn.write_all(b"a").unwrap();
            // Held open until the other side has gone.
            assert_eq!(conn.read(&mut [0; 2]).unwrap(), 2);
            let _ = conn.read(&mut [0; 1]);
            drop(wait);
        });
        drop(release);
        assert_eq!(seen, Exchange { reads: vec![b"a".to_vec()], ended: ConnectionEnd::Open });
    }

    #[test]
    fn no_more_is_read_than_the_limit() {
        let seen = with(b"", false, |mut conn| {
            // The other side leaves in the middle: an error is right here.
            let _ = conn.write_all(&vec![b'a'; 4 * LIMIT]);
        });
        assert_eq!(seen.ended, ConnectionEnd::Limit);
        assert_eq!(seen.reads.concat().len(), LIMIT);
    }
}
