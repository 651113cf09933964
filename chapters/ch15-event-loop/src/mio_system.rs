use crate::{Ready, System, Wake};
use mio::{Events, Interest, Poll, Token, Waker};
use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many events are taken at once; what is more is taken the next time.
const EVENTS: usize = 1024;

/// How many clients may wait to be accepted. The system may have a lower limit.
const BACKLOG: i32 = 4096;

/// The token of the waker. No socket has it.
const WAKER: Token = Token(usize::MAX);

/// The operating system, by way of mio: epoll on Linux, kqueue on macOS, on Windows the
/// completion ports under another mask.
pub struct Mio {
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
}

impl Mio {
    /// Nothing is watched yet.
    pub fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        Ok(Self { poll, events: Events::with_capacity(EVENTS), waker })
    }
}

impl System for Mio {
    type Listener = mio::net::TcpListener;
    type Stream = mio::net::TcpStream;

    fn short_read_is_last(&self) -> bool {
        // On Windows mio tells of what comes only after a read that has found nothing.
        cfg!(unix)
    }

    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout) {
            // A signal came. There is nothing to do, and then we wait again.
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            outcome => outcome?,
        }
        let sockets = self.events.iter().filter(|event| event.token() != WAKER);
        ready.extend(sockets.map(|event| Ready {
            token: event.token().0,
            readable: event.is_readable(),
            writable: event.is_writable(),
            read_closed: event.is_read_closed(),
        }));
        Ok(())
    }

    fn wake(&self) -> Wake {
        let waker = Arc::clone(&self.waker);
        // It fails if the loop is gone, and then nobody need be woken.
        Arc::new(move || drop(waker.wake()))
    }

    fn listen(&mut self, token: usize, listener: TcpListener) -> io::Result<Self::Listener> {
        // The standard library lets 128 clients wait to be accepted. Of thousands who come at
        // once, the others would have to try again after a second.
        rustix::net::listen(&listener, BACKLOG)?;
        listener.set_nonblocking(true)?;
        let mut listener = mio::net::TcpListener::from_std(listener);
        self.poll.registry().register(&mut listener, Token(token), Interest::READABLE)?;
        Ok(listener)
    }

    fn accept(&self, listener: &Self::Listener) -> io::Result<(Self::Stream, Option<SocketAddr>)> {
        let (stream, peer) = listener.accept()?;
        // Else the kernel would hold back the end of an answer: see chapter 12.
        stream.set_nodelay(true)?;
        Ok((stream, Some(peer)))
    }

    fn adopt(&self, stream: TcpStream) -> io::Result<Self::Stream> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(mio::net::TcpStream::from_std(stream))
    }

    fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream> {
        mio::net::TcpStream::connect(address)
    }

    fn connected(&self, stream: &Self::Stream) -> io::Result<()> {
        match stream.take_error()? {
            Some(error) => Err(error),
            None => stream.peer_addr().map(drop),
        }
    }

    fn watch(&mut self, token: usize, stream: &mut Self::Stream) -> io::Result<()> {
        let both = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(stream, Token(token), both)
    }

    fn finish(&self, stream: &Self::Stream) -> io::Result<()> {
        stream.shutdown(Shutdown::Write)
    }
}
