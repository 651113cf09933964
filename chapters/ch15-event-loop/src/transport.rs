use crate::{Handle, Remote};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// How long a client may take to close too, once it has all that was sent, unless its protocol
/// says otherwise: see [`Transport::set_drain_time`].
pub const DRAIN_TIME: Duration = Duration::from_secs(1);

/// What a [`Protocol`](crate::Protocol) can do to its connection. Nothing of it waits, and nothing
/// calls the protocol: it is noted, and the loop does it when the protocol has returned.
///
/// All clones are the same connection. Whoever has one may write to it, as a room does to its
/// members; when the connection is gone, that does nothing.
#[derive(Clone)]
pub struct Transport(Rc<Shared>);

pub(crate) struct Shared {
    token: usize,
    peer: Option<SocketAddr>,
    handle: Handle,
    /// What was written and not taken by the kernel yet.
    pub unsent: RefCell<Vec<u8>>,
    /// How many bytes the kernel has taken, and when it took the last of them.
    pub taken: Cell<u64>,
    pub last_taken: Cell<Instant>,
    pub close_request: Cell<CloseRequest>,
    pub is_paused: Cell<bool>,
    pub drain_time: Cell<Duration>,
    pub deadline: Cell<Option<Instant>>,
    /// Whether the loop has been told to look at this connection.
    pub is_noted: Cell<bool>,
}

/// Which close of the connection was asked for.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum CloseRequest {
    None,
    Lingering,
    Abort,
}

impl Transport {
    pub(crate) fn new(token: usize, peer: Option<SocketAddr>, handle: &Handle) -> Self {
        Self(Rc::new(Shared {
            token,
            peer,
            handle: handle.clone(),
            unsent: RefCell::default(),
            taken: Cell::new(0),
            last_taken: Cell::new(handle.now()),
            close_request: Cell::new(CloseRequest::None),
            is_paused: Cell::new(false),
            drain_time: Cell::new(DRAIN_TIME),
            deadline: Cell::new(None),
            is_noted: Cell::new(false),
        }))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0
    }

    pub(crate) fn token(&self) -> usize {
        self.0.token
    }

    /// Who is on the other side.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.0.peer
    }

    /// The loop that this connection is in.
    pub fn reactor(&self) -> &Handle {
        &self.0.handle
    }

    /// Sends `bytes`, behind all that was written before. Nothing is sent after
    /// [`lose_connection`](Self::lose_connection).
    ///
    /// There is no limit to what is kept for a slow client: who writes much looks at
    /// [`unsent`](Self::unsent), and goes on when [`drained`](crate::Protocol::drained) says so.
    pub fn write(&self, bytes: &[u8]) {
        self.write_with(|out| out.extend_from_slice(bytes));
    }

    /// The same for whoever appends to a buffer: it is spared a copy.
    pub fn write_with(&self, append: impl FnOnce(&mut Vec<u8>)) {
        if self.0.close_request.get() == CloseRequest::None {
            append(&mut self.0.unsent.borrow_mut());
            self.note();
        }
    }

    /// How many bytes were written and not taken by the kernel yet.
    pub fn unsent(&self) -> usize {
        self.0.unsent.borrow().len()
    }

    /// How many bytes the kernel has taken.
    pub fn taken(&self) -> u64 {
        self.0.taken.get()
    }

    /// When it took the last of them; before that, when the connection was made.
    pub fn last_taken(&self) -> Instant {
        self.0.last_taken.get()
    }

    /// Sends what was written, and then closes the connection so that the client gets all of it
    /// (a lingering close). What it sends meanwhile is thrown away.
    pub fn lose_connection(&self) {
        if self.0.close_request.get() == CloseRequest::None {
            self.0.close_request.set(CloseRequest::Lingering);
            self.note();
        }
    }

    /// From now on, a lingering close that begins may take so long; before, [`DRAIN_TIME`].
    pub fn set_drain_time(&self, time: Duration) {
        self.0.drain_time.set(time);
    }

    /// Closes the connection now, whatever was not sent.
    pub fn abort(&self) {
        self.0.close_request.set(CloseRequest::Abort);
        self.note();
    }

    /// Gives the protocol no more bytes. Soon the kernel will have no room for what the client
    /// sends, and will tell it to wait (back-pressure).
    pub fn pause_reading(&self) {
        self.0.is_paused.set(true);
    }

    /// Gives the protocol bytes again, and those first that were held back.
    pub fn resume_reading(&self) {
        self.0.is_paused.set(false);
        self.note();
    }

    /// From now on [`timed_out`](crate::Protocol::timed_out) is called at this time, and not at
    /// another.
    pub fn set_deadline(&self, at: Option<Instant>) {
        self.0.deadline.set(at);
        self.note();
    }

    /// What calls [`woken`](crate::Protocol::woken), from any thread.
    pub fn waker(&self) -> Waker {
        Waker { token: self.0.token, remote: self.0.handle.remote() }
    }

    /// Lets the loop look at this connection.
    pub(crate) fn note(&self) {
        if !self.0.is_noted.replace(true) {
            self.0.handle.note(self.0.token);
        }
    }
}

/// Lets the loop call [`woken`](crate::Protocol::woken), from any thread. If the connection is
/// gone, it may call that of another one, which must not mind.
#[derive(Clone)]
pub struct Waker {
    token: usize,
    remote: Remote,
}

impl Waker {
    /// Does it, soon.
    pub fn wake(&self) {
        self.remote.wake(self.token);
    }
}
