use ch16::DRAIN_BYTES;
use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, copy, sink};
use tokio::time::timeout;

/// How much is read at once, in bytes.
const READ: usize = 64 * 1024;

/// Whatever can be a connection: a [`TcpStream`](tokio::net::TcpStream), and in tests a
/// [`DuplexStream`](tokio::io::DuplexStream). Ours asks for a whole system; tokio has one.
pub trait System: AsyncRead + AsyncWrite + Unpin {}

impl<C: AsyncRead + AsyncWrite + Unpin> System for C {}

/// A connection for tasks, over one of tokio's.
pub(crate) struct Stream<S> {
    socket: RefCell<S>,
    peer: Option<SocketAddr>,
}

impl<S: System> Stream<S> {
    pub fn new(socket: S, peer: Option<SocketAddr>) -> Self {
        Self { socket: RefCell::new(socket), peer }
    }

    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Appends what has come to `into`, and returns how many bytes; none at the end.
    ///
    /// `AsyncReadExt::read_buf` would say this in a word, and keep a buffer for each client that
    /// says nothing. This one is there only while it is polled. Readiness, the waker and the
    /// budget are in tokio's `poll_read`.
    pub async fn read(&self, into: &mut Vec<u8>) -> io::Result<usize> {
        poll_fn(|context| {
            let mut input = [const { MaybeUninit::uninit() }; READ];
            let mut input = ReadBuf::uninit(&mut input);
            let mut socket = self.socket.borrow_mut();
            ready!(Pin::new(&mut *socket).poll_read(context, &mut input))?;
            into.extend_from_slice(input.filled());
            Poll::Ready(Ok(input.filled().len()))
        })
        .await
    }

    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let written =
            poll_fn(|context| Pin::new(&mut *self.socket.borrow_mut()).poll_write(context, bytes));
        match written.await {
            Ok(0) if !bytes.is_empty() => Err(ErrorKind::WriteZero.into()),
            outcome => outcome,
        }
    }

    /// The lingering close, of tokio's parts.
    pub async fn close_within(self, drain_time: Duration) {
        let mut socket = self.socket.into_inner();
        if socket.shutdown().await.is_ok() {
            let mut rest = socket.take(DRAIN_BYTES as u64);
            // Late or broken: it is closed.
            let _ = timeout(drain_time, copy(&mut rest, &mut sink())).await;
        }
    }
}
