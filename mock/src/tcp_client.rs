//! A client of a real server, over TCP.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::Reply;
use crate::bytes::excerpt;
use crate::transcript;
use crate::watched::patience;

/// How a connection ended, as the client saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The server said that it sends no more: a read returned 0 bytes.
    Closed,
    /// The server threw the connection away: a read or a write failed with
    /// `ConnectionReset` (or what the system calls it).
    Reset,
}

/// A client over TCP, as a test has it.
///
/// Dropping a client closes the connection. Every method that waits gives up
/// after [`patience`](crate::patience) and panics with a sentence that says what it waited for.
/// [`Live::connect`](crate::Live::connect) shows one at work.
#[derive(Debug)]
pub struct TcpClient {
    /// [`Live`](crate::Live) knows it too, weakly, to hang up when a test is over.
    pub(crate) stream: Arc<TcpStream>,
    /// A write has met the reset. The system reports it once only, so that the
    /// read that comes after would find a plain end of file.
    write_was_reset: bool,
}

impl TcpClient {
    /// Connects to any server, such as a program that was started by a test.
    ///
    /// # Panics
    ///
    /// If there is no connection. Of a server that resets it at once this may be
    /// the first that one hears.
    #[track_caller]
    pub fn connect(addr: SocketAddr) -> TcpClient {
        match TcpClient::try_connect(addr) {
            Ok(client) => client,
            Err(error) => panic!("no connection to {addr}: {error}"),
        }
    }

    /// Connects to any server, and returns the error if there is no connection.
    pub fn try_connect(addr: SocketAddr) -> io::Result<TcpClient> {
        let stream = TcpStream::connect_timeout(&addr, patience())?;
        // These fail, on some systems, when the server has hung up already. Then
        // there is nothing to wait for either.
        let _ = stream.set_read_timeout(Some(patience()));
        let _ = stream.set_write_timeout(Some(patience()));
        // Each `send` leaves at once, and does not wait to be sent with the next.
        let _ = stream.set_nodelay(true);
        transcript::note("a client connects");
        Ok(TcpClient { stream: Arc::new(stream), write_was_reset: false })
    }

    /// The socket itself.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends all of `bytes`.
    ///
    /// # Panics
    ///
    /// If that fails.
    #[track_caller]
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        if let Err(error) = self.try_send(bytes) {
            panic!("the client could not send: {error}");
        }
    }

    /// Sends all of `bytes`, and returns the error if the server is gone.
    ///
    /// # Panics
    ///
    /// Like all waits, if the server does not take them within [`patience`](crate::patience).
    #[track_caller]
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let started = Instant::now();
        let mut rest = bytes.as_ref();
        transcript::sent(rest, "the client sends");
        while !rest.is_empty() {
            match in_time(started, || (&*self.stream).write(rest)) {
                Ok(count) => rest = &rest[count..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    let (patience, rest) = (patience(), rest.len());
                    panic!("waited {patience:?} for the server to take {rest} more bytes")
                }
                Err(error) => {
                    self.write_was_reset |= is_reset(&error);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Says that nothing more will be sent, and can still read (half-close).
    pub fn finish(&mut self) {
        transcript::note("the client sends no more");
        // Fails if the server has hung up, and then there is nothing to say.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Reads exactly `count` bytes.
    ///
    /// # Panics
    ///
    /// If the connection ends before.
    #[track_caller]
    pub fn read_exact(&mut self, count: usize) -> Vec<u8> {
        let what = format!("{count} bytes");
        self.read_while(&what, |got| count - got.len())
    }

    /// Reads until the last bytes are `end`, and returns everything with them.
    ///
    /// # Panics
    ///
    /// If the connection ends before.
    #[track_caller]
    pub fn read_until(&mut self, end: impl AsRef<[u8]>) -> Vec<u8> {
        let end = end.as_ref();
        let what = excerpt(end);
        // Byte by byte, so that nothing is read that comes after the end.
        self.read_while(&what, |got| if got.ends_with(end) { 0 } else { 1 })
    }

    /// Reads until the connection ends, and returns what came and how it ended.
    #[track_caller]
    pub fn read_to_end(&mut self) -> (Vec<u8>, Ending) {
        let started = Instant::now();
        let mut got = Vec::new();
        loop {
            if let Err(ending) = self.read_some(&mut got, usize::MAX, started, "the end") {
                return (got, ending);
            }
        }
    }

    /// Reads the next answer of an HTTP server that keeps the connection: one that says how long
    /// it is, or comes in chunks. If the connection ends before its end, what came is the error.
    ///
    /// All of the answer must come within [`patience`](crate::patience).
    ///
    /// # Panics
    ///
    /// If it is no answer, or something stands behind it: see [`Reply::try_parse_first`].
    #[track_caller]
    pub fn read_reply(&mut self) -> Result<Reply, Vec<u8>> {
        let started = Instant::now();
        let mut got = Vec::new();
        loop {
            if self.read_some(&mut got, usize::MAX, started, "an answer").is_err() {
                return Err(got);
            }
            match Reply::try_parse_first(&got, false, false) {
                Ok(None) => {}
                Ok(Some((reply, length))) if length == got.len() => return Ok(reply),
                Ok(Some((_, length))) => {
                    panic!("behind the answer stands {}", excerpt(&got[length..]))
                }
                Err(error) => panic!("this is no answer, {error}: {}", excerpt(&got)),
            }
        }
    }

    /// Goes away without a goodbye: the server's next read or write fails with
    /// `ConnectionReset`.
    pub fn reset(self) {
        transcript::note("the client resets the connection");
        // To linger for no time means to drop what is under way, and to send a
        // reset instead of an end.
        // (It fails, on some systems, if the server has hung up already.)
        let _ = SockRef::from(&*self.stream).set_linger(Some(Duration::ZERO));
    }

    /// Reads as many bytes as `wanted` asks for, looking at those that came,
    /// until it asks for none.
    #[track_caller]
    fn read_while(&mut self, what: &str, wanted: impl Fn(&[u8]) -> usize) -> Vec<u8> {
        let started = Instant::now();
        let mut got = Vec::new();
        loop {
            let at_most = wanted(&got);
            if at_most == 0 {
                return got;
            }
            if let Err(ending) = self.read_some(&mut got, at_most, started, what) {
                panic!(
                    "waited for {what}, but the connection ended ({ending:?}) after {}",
                    excerpt(&got)
                );
            }
        }
    }

    /// Appends what one read delivers to `got`, or tells how the connection ended.
    #[track_caller]
    fn read_some(
        &mut self,
        got: &mut Vec<u8>,
        at_most: usize,
        started: Instant,
        what: &str,
    ) -> Result<(), Ending> {
        let mut buffer = [0; 4096];
        let at_most = at_most.min(buffer.len());
        loop {
            match in_time(started, || (&*self.stream).read(&mut buffer[..at_most])) {
                Ok(0) => {
                    let ending = match self.write_was_reset {
                        true => Ending::Reset,
                        false => Ending::Closed,
                    };
                    transcript::note(format_args!("the connection has ended: {ending:?}"));
                    return Err(ending);
                }
                Ok(count) => {
                    transcript::came(&buffer[..count], "the client reads");
                    got.extend(&buffer[..count]);
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if is_reset(&error) => {
                    transcript::note("the connection has ended: Reset");
                    return Err(Ending::Reset);
                }
                Err(error) if is_timeout(&error) => {
                    let patience = patience();
                    panic!("waited {patience:?} for {what}, and only {} came", excerpt(got))
                }
                Err(error) => panic!("the client could not read: {error}"),
            }
        }
    }
}

/// Reads or writes, unless it is too late for it.
///
/// The socket's own timeout bounds one read. This bounds all of them together,
/// of a server that sends a byte now and then.
fn in_time(started: Instant, io: impl FnOnce() -> io::Result<usize>) -> io::Result<usize> {
    if started.elapsed() < patience() { io() } else { Err(ErrorKind::TimedOut.into()) }
}

/// Windows says `ConnectionAborted` where others say `ConnectionReset`.
fn is_reset(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)
}

/// A socket's timeout is `WouldBlock` on Unix and `TimedOut` on Windows.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
