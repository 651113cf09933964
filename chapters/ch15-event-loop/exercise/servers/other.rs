//! Right too: its timers are in a list, it reads and writes in small pieces, and it never does
//! more for a connection than one of these before it looks at the next.

mod chat;
mod connections;
mod echo;
mod end_of_body;
mod greeter;
mod handle;
mod http;
mod mio_system;
mod notes;
mod pipe;
mod progress;
mod protocol;
mod reactor;
mod respond;
mod serve;
mod server;
mod stop;
mod transport;

pub use chapter::*;
pub use chat::Chat;
pub use echo::Echo;
pub use greeter::Greeter;
pub use handle::{Handle, Remote};
pub use http::{Http, HttpSite};
pub use mio_system::Mio;
pub use notes::{NoteTaker, Notes};
pub use protocol::Protocol;
pub use reactor::Reactor;
pub use server::HttpServer;
pub use stop::Stop;
pub use transport::{Transport, Waker};

use std::time::Instant;

#[derive(Debug)]
pub struct Timers<T> {
    /// The last is due first.
    list: Vec<(TimerId, T)>,
    count: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimerId {
    at: Instant,
    number: u64,
}

impl TimerId {
    pub fn at(self) -> Instant {
        self.at
    }
}

impl<T> Timers<T> {
    pub fn set(&mut self, at: Instant, what: T) -> TimerId {
        let id = TimerId { at, number: self.count };
        self.count += 1;
        let place = self.list.partition_point(|(other, _)| *other > id);
        self.list.insert(place, (id, what));
        id
    }

    pub fn cancel(&mut self, id: TimerId) -> Option<T> {
        let place = self.list.iter().position(|(other, _)| *other == id)?;
        Some(self.list.remove(place).1)
    }

    pub fn next(&self) -> Option<Instant> {
        self.list.last().map(|(id, _)| id.at)
    }

    pub fn take_due(&mut self, now: Instant) -> Option<T> {
        let (_, what) = self.list.pop_if(|(id, _)| id.at <= now)?;
        Some(what)
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self { list: Vec::new(), count: 0 }
    }
}

/// A connection, as the loop above wants it.
mod connection {
    use crate::handle::Task;
    use crate::transport::CloseRequest;
    use crate::{DRAIN_BYTES, Handle, Protocol, Ready, System, TimerId, Transport};
    use std::io::{self, ErrorKind, Read, Write};
    use std::net::SocketAddr;
    use std::time::Instant;

    const PIECE: usize = 4096;

    pub(crate) struct Connection<S: System> {
        stream: S::Stream,
        protocol: Box<dyn Protocol>,
        transport: Transport,
        is_connecting: bool,
        may_read: bool,
        may_write: bool,
        at_end: bool,
        /// Something was sent since the protocol heard that all is.
        has_sent: bool,
        lingers: Option<(Instant, usize)>,
        timer: Option<TimerId>,
    }

    pub(crate) enum Verdict {
        Stays,
        Ended,
    }

    /// What is to be done next.
    enum Next {
        Connect,
        Write,
        Tell,
        Finish,
        Read,
        Nothing,
    }

    impl<S: System> Connection<S> {
        pub fn new(
            stream: io::Result<S::Stream>,
            token: usize,
            peer: Option<SocketAddr>,
            mut protocol: Box<dyn Protocol>,
            is_connecting: bool,
            handle: &Handle,
        ) -> Option<Self> {
            let transport = Transport::new(token, peer, handle);
            let stream = match stream {
                Ok(stream) => stream,
                Err(error) => {
                    transport.shared().close_request.set(CloseRequest::Abort);
                    protocol.connection_lost(&transport, Some(error));
                    return None;
                }
            };
            if !is_connecting {
                protocol.connection_made(&transport);
            }
            transport.note();
            Some(Self {
                stream,
                protocol,
                transport,
                is_connecting,
                may_read: true,
                may_write: !is_connecting,
                at_end: false,
                has_sent: false,
                lingers: None,
                timer: None,
            })
        }

        pub fn set_ready(&mut self, ready: Ready) {
            self.may_read |= ready.readable || ready.read_closed;
            self.may_write |= ready.writable;
            self.transport.note();
        }

        pub fn woken(&mut self) {
            self.protocol.woken(&self.transport);
        }

        pub fn timer_is_due(&mut self) {
            self.timer = None;
            let deadline = &self.transport.shared().deadline;
            let now = self.transport.reactor().now();
            if self.lingers.is_none() && deadline.get().is_some_and(|at| at <= now) {
                deadline.set(None);
                self.protocol.timed_out(&self.transport);
            }
            self.transport.note();
        }

        pub fn attend(&mut self, system: &S, input: &mut [u8]) -> Verdict {
            self.transport.shared().is_noted.set(false);
            let outcome = match self.transport.shared().close_request.get() {
                CloseRequest::Abort => Ok(()),
                _ => self.take_a_step(system, &mut input[..PIECE]),
            };
            let now = self.transport.reactor().now();
            let is_over =
                self.lingers.is_some_and(|(until, left)| self.at_end || left == 0 || until <= now);
            let shared = self.transport.shared();
            if outcome.is_err() || is_over || shared.close_request.get() == CloseRequest::Abort {
                self.timer.into_iter().for_each(|timer| self.transport.reactor().cancel(timer));
                shared.close_request.set(CloseRequest::Abort);
                shared.unsent.take();
                self.protocol.connection_lost(&self.transport, outcome.err());
                return Verdict::Ended;
            }
            self.watch_the_clock();
            if !matches!(self.next(), Next::Nothing) {
                self.transport.note();
            }
            Verdict::Stays
        }

        fn next(&self) -> Next {
            let shared = self.transport.shared();
            let unsent = self.transport.unsent();
            let stays = shared.close_request.get() == CloseRequest::None;
            let listens = unsent == 0 && stays && !shared.is_paused.get();
            match () {
                () if self.is_connecting && self.may_write => Next::Connect,
                () if self.is_connecting => Next::Nothing,
                () if unsent > 0 && self.may_write => Next::Write,
                () if unsent == 0 && self.has_sent => Next::Tell,
                () if unsent == 0 && !stays && self.lingers.is_none() => Next::Finish,
                () if self.may_read && !self.at_end && (listens || self.lingers.is_some()) => {
                    Next::Read
                }
                () => Next::Nothing,
            }
        }

        fn take_a_step(&mut self, system: &S, input: &mut [u8]) -> io::Result<()> {
            match self.next() {
                Next::Connect => match system.connected(&self.stream) {
                    Err(error) if error.kind() == ErrorKind::NotConnected => self.may_write = false,
                    outcome => {
                        outcome?;
                        self.is_connecting = false;
                        self.protocol.connection_made(&self.transport);
                    }
                },
                Next::Write => self.write()?,
                Next::Tell => {
                    self.has_sent = false;
                    self.protocol.drained(&self.transport);
                }
                Next::Finish => {
                    system.finish(&self.stream)?;
                    let drain_time = self.transport.shared().drain_time.get();
                    let until = self.transport.reactor().now() + drain_time;
                    self.lingers = Some((until, DRAIN_BYTES));
                }
                Next::Read => self.read(input)?,
                Next::Nothing => {}
            }
            Ok(())
        }

        fn write(&mut self) -> io::Result<()> {
            let shared = self.transport.shared();
            let mut unsent = shared.unsent.borrow_mut();
            match self.stream.write(&unsent[..unsent.len().min(PIECE)]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    unsent.drain(..count);
                    shared.taken.set(shared.taken.get() + count as u64);
                    shared.last_taken.set(self.transport.reactor().now());
                    self.has_sent = true;
                }
                Err(error) => self.may_write = goes_on(error)?,
            }
            Ok(())
        }

        fn read(&mut self, input: &mut [u8]) -> io::Result<()> {
            match (self.stream.read(input), &mut self.lingers) {
                (Ok(0), lingers) => {
                    self.at_end = true;
                    if lingers.is_none() {
                        self.protocol.eof_received(&self.transport);
                    }
                }
                (Ok(count), Some((_, left))) => *left = left.saturating_sub(count),
                (Ok(count), None) => self.protocol.data_received(&self.transport, &input[..count]),
                (Err(error), _) => self.may_read = goes_on(error)?,
            }
            Ok(())
        }

        fn watch_the_clock(&mut self) {
            let handle = self.transport.reactor();
            let deadline = self.transport.shared().deadline.get();
            let Some(at) = self.lingers.map(|(until, _)| until).or(deadline) else { return };
            if self.timer.is_none_or(|timer| at < timer.at()) {
                self.timer.into_iter().for_each(|timer| handle.cancel(timer));
                self.timer = Some(handle.set_timer(at, Task::Deadline(self.transport.token())));
            }
        }
    }

    /// Whether it can be tried again now, and not when the system says so.
    fn goes_on(error: io::Error) -> io::Result<bool> {
        match error.kind() {
            ErrorKind::WouldBlock => Ok(false),
            ErrorKind::Interrupted => Ok(true),
            _ => Err(error),
        }
    }
}
