use crate::source::Source;
use crate::{DRAIN_BYTES, DRAIN_TIME, System};
use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A connection for tasks. Dropped, it is closed at once.
///
/// Reading and writing may be waited for side by side, but neither of them twice. A read or write
/// that is dropped before it has ended has done nothing.
pub struct Stream<S: System> {
    // In this order they are dropped: first the socket is closed, then its place is free.
    socket: RefCell<S::Stream>,
    source: Source<S>,
    peer: Option<SocketAddr>,
}

impl<S: System> Stream<S> {
    pub(crate) fn new(socket: S::Stream, source: Source<S>, peer: Option<SocketAddr>) -> Self {
        Self { socket: RefCell::new(socket), source, peer }
    }

    /// Who is on the other side.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Waits until bytes have come, appends them to `into`, and returns how many; none at the end.
    ///
    /// Between calls there is no buffer, so that thousands who say nothing cost none.
    pub async fn read(&self, into: &mut Vec<u8>) -> io::Result<usize> {
        poll_fn(|context| self.poll_read(context, into)).await
    }

    fn poll_read(&self, context: &mut Context<'_>, into: &mut Vec<u8>) -> Poll<io::Result<usize>> {
        let reactor = &self.source.reactor;
        ready!(reactor.poll_budget(context));
        self.source.read.poll(context, || {
            let mut input = reactor.input.borrow_mut();
            let count = self.socket.borrow_mut().read(&mut input)?;
            into.extend_from_slice(&input[..count]);
            if reactor.system.borrow().short_read_is_last()
                && (1..input.len()).contains(&count)
                && !self.source.end_is_near.get()
            {
                self.source.read.clear();
            }
            Ok(count)
        })
    }

    /// Waits until the kernel takes some of `bytes`, and returns how many.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        poll_fn(|context| {
            ready!(self.source.reactor.poll_budget(context));
            self.source.write.poll(context, || match self.socket.borrow_mut().write(bytes) {
                Ok(0) if !bytes.is_empty() => Err(ErrorKind::WriteZero.into()),
                outcome => outcome,
            })
        })
        .await
    }

    /// Waits until the kernel has taken all of `bytes`.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = self.write(bytes).await?;
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Waits until connecting has ended.
    pub(crate) async fn connected(&self) -> io::Result<()> {
        poll_fn(|context| {
            self.source.write.poll(context, || {
                let connected =
                    self.source.reactor.system.borrow().connected(&self.socket.borrow());
                // It was said too early.
                connected.map_err(|error| match error.kind() {
                    ErrorKind::NotConnected => ErrorKind::WouldBlock.into(),
                    _ => error,
                })
            })
        })
        .await
    }

    /// The kernel may take something.
    pub(crate) fn assume_writable(&self) {
        self.source.write.set();
    }

    /// Closes the connection so that the client gets all that was written: a
    /// [lingering close](crate::lingering_close), within [`DRAIN_TIME`]. What it sends meanwhile
    /// is thrown away.
    pub async fn close(self) {
        self.close_within(DRAIN_TIME).await;
    }

    /// The same within another time.
    pub async fn close_within(self, drain_time: Duration) {
        let finished = self.source.reactor.system.borrow().finish(&self.socket.borrow());
        if finished.is_ok() {
            self.source.reactor.clock.timeout(drain_time, self.drain()).await;
        }
    }

    async fn drain(&self) {
        let mut left = DRAIN_BYTES;
        while left > 0 {
            match self.read(&mut Vec::new()).await {
                Ok(0) | Err(_) => return,
                Ok(count) => left = left.saturating_sub(count),
            }
        }
    }
}
