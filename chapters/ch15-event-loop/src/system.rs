use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the operating system says about a socket.
///
/// It is a hint: between the word and the deed things may change, and some systems say it once
/// too often. Whoever believes it and finds nothing has lost a call, and no more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ready {
    /// Which one, by the number under which it is watched.
    pub token: usize,
    /// Something can be read, or its end, or an error.
    pub readable: bool,
    /// Something can be written; or an error is there.
    pub writable: bool,
    /// The client will send nothing more: the end is there, behind what can be read.
    pub read_closed: bool,
}

/// Ends a [`System::wait`], from any thread; if nobody waits, the next one.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// All that an event loop asks of the operating system. In a program that is
/// [`Mio`](crate::Mio); a test brings its own, and decides what is ready and what time it is.
///
/// Sockets are watched edge-triggered: [`wait`](Self::wait) tells that a socket *became* ready,
/// and is silent as long as it stays so. Who has not read or written until
/// [`WouldBlock`](io::ErrorKind::WouldBlock) will hear nothing more, and must remember it.
pub trait System {
    /// A socket that takes connections.
    type Listener;
    /// A connection. Reading and writing never wait.
    type Stream: Read + Write;

    /// Whether a read that does not fill the buffer has taken all that was there, so that the one
    /// that would find nothing can be spared: the system tells about what comes then. Some do so
    /// only after a read that has found nothing.
    fn short_read_is_last(&self) -> bool;

    /// What time it is.
    fn now(&self) -> Instant;

    /// Waits until something is ready, or for `timeout`, or until it is woken, and appends to
    /// `ready` what is.
    fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()>;

    /// What ends a [`wait`](Self::wait).
    fn wake(&self) -> Wake;

    /// Watches a listener under this number.
    fn listen(&mut self, token: usize, listener: TcpListener) -> io::Result<Self::Listener>;

    /// Takes a connection; `WouldBlock` if there is none. The address is `None` if the client
    /// has none, or is gone.
    fn accept(&self, listener: &Self::Listener) -> io::Result<(Self::Stream, Option<SocketAddr>)>;

    /// A connection that was accepted elsewhere.
    fn adopt(&self, stream: TcpStream) -> io::Result<Self::Stream>;

    /// Begins to connect. It is done when the stream becomes writable, well or not.
    fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream>;

    /// How connecting ended.
    fn connected(&self, stream: &Self::Stream) -> io::Result<()>;

    /// Watches a connection under this number.
    fn watch(&mut self, token: usize, stream: &mut Self::Stream) -> io::Result<()>;

    /// Says that nothing more will be written.
    fn finish(&self, stream: &Self::Stream) -> io::Result<()>;
}
