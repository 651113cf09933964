//! What stands between two parts of a chapter, notes what passes, and passes it on.

use crate::record::recorder::Recorder;
use ch08::Request;
use ch15::{Ready, System, Wake};
use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::iter;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Context, Poll, Waker};
use std::time::{Duration, Instant};
use workbook::pages::trace::event::{EventKind, Operation};

/// A connection whose reads and writes are noted.
pub struct Tapped<C> {
    conn: C,
    peer: Option<SocketAddr>,
    recorder: Recorder,
}

impl<C> Tapped<C> {
    /// `conn`, which leads to `peer`.
    pub fn new(conn: C, peer: Option<SocketAddr>, recorder: &Recorder) -> Self {
        Self { conn, peer, recorder: recorder.clone() }
    }

    fn tap(
        &mut self,
        operation: Operation,
        act: impl FnOnce(&mut C) -> io::Result<usize>,
    ) -> io::Result<usize> {
        self.recorder.note(EventKind::Begin(operation), self.peer, "");
        let outcome = act(&mut self.conn);
        let detail = match &outcome {
            Ok(0) => "the end".to_owned(),
            Ok(1) => "1 byte".to_owned(),
            Ok(count) => format!("{count} bytes"),
            Err(error) if error.kind() == ErrorKind::WouldBlock => "would wait".to_owned(),
            Err(error) => error.kind().to_string(),
        };
        self.recorder.note(EventKind::End(operation), self.peer, detail);
        outcome
    }
}

impl<C: Read> Read for Tapped<C> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tap(Operation::Read, |conn| conn.read(buffer))
    }
}

impl<C: Write> Write for Tapped<C> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tap(Operation::Write, |conn| conn.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}

/// The same connections; it is noted how long each is waited for.
pub fn accepting(
    incoming: impl IntoIterator<Item = io::Result<TcpStream>>,
    recorder: &Recorder,
) -> impl Iterator<Item = io::Result<TcpStream>> {
    let mut incoming = incoming.into_iter();
    iter::from_fn(move || {
        recorder.note(EventKind::Begin(Operation::Accept), None, "");
        let accepted = incoming.next()?;
        let peer = accepted.as_ref().ok().and_then(|stream| stream.peer_addr().ok());
        recorder.note(EventKind::End(Operation::Accept), peer, "");
        Some(accepted)
    })
}

/// The same handler; it is noted when it runs.
pub fn handling<R, H: Fn(&Request) -> R>(
    recorder: &Recorder,
    handler: H,
) -> impl Fn(&Request) -> R + use<R, H> {
    let recorder = recorder.clone();
    move |request| {
        recorder.note(EventKind::Begin(Operation::Handle), request.peer, "");
        let response = handler(request);
        recorder.note(EventKind::End(Operation::Handle), request.peer, "");
        response
    }
}

/// A future of which it is noted when it is polled, and when its waker is called.
pub struct TappedFuture<F> {
    future: Pin<Box<F>>,
    peer: Option<SocketAddr>,
    recorder: Recorder,
}

impl<F> TappedFuture<F> {
    /// `future`, which talks to `peer`, or to nobody.
    pub fn new(future: F, peer: Option<SocketAddr>, recorder: &Recorder) -> Self {
        Self { future: Box::pin(future), peer, recorder: recorder.clone() }
    }
}

impl<F: Future> Future for TappedFuture<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let (waker, peer, recorder) = (context.waker().clone(), self.peer, self.recorder.clone());
        recorder.note(EventKind::Begin(Operation::Poll), peer, "");
        let waker = Arc::new(TappedWaker { waker, peer, recorder: recorder.clone() }).into();
        let polled = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        let detail = if polled.is_ready() { "ready" } else { "pending" };
        recorder.note(EventKind::End(Operation::Poll), peer, detail);
        polled
    }
}

/// What a tapped future is given for a waker.
struct TappedWaker {
    waker: Waker,
    peer: Option<SocketAddr>,
    recorder: Recorder,
}

impl task::Wake for TappedWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.recorder.note(EventKind::Wake, self.peer, "");
        self.waker.wake_by_ref();
    }
}

/// An operating system of which it is noted when a loop sleeps, and what wakes it.
pub struct TappedSystem<S> {
    system: S,
    recorder: Recorder,
    /// What is watched, by its number; `None` is a listener.
    watched: HashMap<usize, Option<SocketAddr>>,
}

impl<S> TappedSystem<S> {
    /// `system`, with nothing watched yet.
    pub fn new(system: S, recorder: &Recorder) -> Self {
        Self { system, recorder: recorder.clone(), watched: HashMap::new() }
    }

    /// What the system said, in words, and about whom, if it is one client alone.
    fn in_words(&self, ready: &[Ready]) -> (String, Option<SocketAddr>) {
        let words = |ready: &Ready| match (self.watched.get(&ready.token).copied().flatten(), ready)
        {
            (None, _) => "somebody connects".to_owned(),
            (Some(peer), Ready { readable: true, .. }) => format!("<{peer}> can be read"),
            (Some(peer), _) => format!("<{peer}> can be written"),
        };
        let text = match ready {
            [] => "nobody is ready".to_owned(),
            some => some.iter().map(words).collect::<Vec<_>>().join(", "),
        };
        let peer = match ready {
            [one] => self.watched.get(&one.token).copied().flatten(),
            _ => None,
        };
        (text, peer)
    }
}

impl<S: System> System for TappedSystem<S> {
    type Listener = S::Listener;
    type Stream = Tapped<S::Stream>;

    fn short_read_is_last(&self) -> bool {
        self.system.short_read_is_last()
    }

    fn now(&self) -> Instant {
        self.system.now()
    }

    fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()> {
        let before = ready.len();
        self.recorder.note(EventKind::Begin(Operation::Sleep), None, "");
        let outcome = self.system.wait(timeout, ready);
        let (words, peer) = self.in_words(&ready[before..]);
        self.recorder.note(EventKind::End(Operation::Sleep), peer, words);
        outcome
    }

    fn wake(&self) -> Wake {
        let (wake, recorder) = (self.system.wake(), self.recorder.clone());
        Arc::new(move || {
            recorder.note(EventKind::Wake, None, "the loop is woken");
            wake();
        })
    }

    fn listen(&mut self, token: usize, listener: TcpListener) -> io::Result<Self::Listener> {
        self.watched.insert(token, None);
        self.system.listen(token, listener)
    }

    fn accept(&self, listener: &Self::Listener) -> io::Result<(Self::Stream, Option<SocketAddr>)> {
        self.recorder.note(EventKind::Begin(Operation::Accept), None, "");
        let accepted = self.system.accept(listener);
        let peer = accepted.as_ref().ok().and_then(|(_, peer)| *peer);
        let detail = if accepted.is_ok() { "" } else { "nobody else" };
        self.recorder.note(EventKind::End(Operation::Accept), peer, detail);
        let (stream, peer) = accepted?;
        Ok((Tapped::new(stream, peer, &self.recorder), peer))
    }

    fn adopt(&self, stream: TcpStream) -> io::Result<Self::Stream> {
        let peer = stream.peer_addr().ok();
        Ok(Tapped::new(self.system.adopt(stream)?, peer, &self.recorder))
    }

    fn connect(&self, address: SocketAddr) -> io::Result<Self::Stream> {
        Ok(Tapped::new(self.system.connect(address)?, Some(address), &self.recorder))
    }

    fn connected(&self, stream: &Self::Stream) -> io::Result<()> {
        self.system.connected(&stream.conn)
    }

    fn watch(&mut self, token: usize, stream: &mut Self::Stream) -> io::Result<()> {
        self.watched.insert(token, stream.peer);
        self.system.watch(token, &mut stream.conn)
    }

    fn finish(&self, stream: &Self::Stream) -> io::Result<()> {
        self.system.finish(&stream.conn)
    }
}
