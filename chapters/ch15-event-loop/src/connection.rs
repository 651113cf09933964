use crate::handle::Task;
use crate::transport::CloseRequest;
use crate::{DRAIN_BYTES, Handle, Protocol, Ready, System, TimerId, Transport};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

/// A connection in the loop: its socket, what we know about it, and its protocol.
pub(crate) struct Connection<S: System> {
    stream: S::Stream,
    protocol: Box<dyn Protocol>,
    transport: Transport,
    phase: Phase,
    // The system has said so, and nothing has shown that it is otherwise.
    is_readable: bool,
    is_writable: bool,
    /// Whether the end is there, or behind what can be read.
    end_is_near: bool,
    at_end: bool,
    /// Whether the protocol has not been told yet that all is sent.
    is_drained: bool,
    timer: Option<TimerId>,
}

#[derive(Clone, Copy)]
enum Phase {
    Connecting,
    Open,
    /// All is sent; until then, so many more bytes are thrown away: see `lingering_close`. The
    /// transport knows the `drain_time`.
    Lingering(Instant, usize),
}

/// What becomes of a connection.
pub(crate) enum Verdict {
    Stays,
    Ended,
}

impl<S: System> Connection<S> {
    /// `None` if there is no stream; the protocol knows then.
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
        let phase = match is_connecting {
            true => Phase::Connecting,
            false => {
                protocol.connection_made(&transport);
                Phase::Open
            }
        };
        transport.note();
        Some(Self {
            stream,
            protocol,
            transport,
            phase,
            // It is tried; what cannot be done yet will be told.
            is_readable: false,
            is_writable: !is_connecting,
            end_is_near: false,
            at_end: false,
            is_drained: false,
            timer: None,
        })
    }

    pub fn set_ready(&mut self, ready: Ready) {
        self.is_readable |= ready.readable;
        self.is_writable |= ready.writable;
        self.end_is_near |= ready.read_closed;
        self.transport.note();
    }

    pub fn woken(&mut self) {
        self.protocol.woken(&self.transport);
    }

    /// A timer was set for the deadline as it was then; it may be later by now.
    pub fn timer_is_due(&mut self) {
        self.timer = None;
        let shared = self.transport.shared();
        if let Phase::Connecting | Phase::Open = self.phase
            && shared.deadline.get().is_some_and(|at| at <= self.transport.reactor().now())
        {
            shared.deadline.set(None);
            self.protocol.timed_out(&self.transport);
        }
        self.transport.note();
    }

    /// Does what can be done without waiting, each thing once, so that others have their turn.
    pub fn attend(&mut self, system: &S, input: &mut [u8]) -> Verdict {
        let outcome = self.work(system, input);
        let shared = self.transport.shared();
        shared.is_noted.set(false);
        let lingers_too_long = match self.phase {
            Phase::Lingering(until, left) => {
                self.at_end || left == 0 || until <= self.transport.reactor().now()
            }
            _ => false,
        };
        if outcome.is_err() || lingers_too_long || shared.close_request.get() == CloseRequest::Abort
        {
            self.end(outcome.err());
            return Verdict::Ended;
        }
        self.set_timer();
        if self.is_drained || self.can_read() || self.can_write() {
            self.transport.note();
        }
        Verdict::Stays
    }

    fn work(&mut self, system: &S, input: &mut [u8]) -> io::Result<()> {
        if let Phase::Connecting = self.phase {
            if !self.is_writable {
                return Ok(());
            }
            match system.connected(&self.stream) {
                // It was said too early.
                Err(error) if error.kind() == ErrorKind::NotConnected => {
                    self.is_writable = false;
                    return Ok(());
                }
                outcome => outcome?,
            }
            self.phase = Phase::Open;
            self.protocol.connection_made(&self.transport);
        }
        self.send()?;
        self.receive(system, input)?;
        self.send()?;
        let is_sent = self.transport.unsent() == 0;
        let shared = self.transport.shared();
        if let Phase::Open = self.phase
            && is_sent
            && shared.close_request.get() == CloseRequest::Lingering
        {
            system.finish(&self.stream)?;
            let until = self.transport.reactor().now() + shared.drain_time.get();
            self.phase = Phase::Lingering(until, DRAIN_BYTES);
        }
        Ok(())
    }

    /// Sends what there is. If that was all, the protocol may write more, and that is sent too.
    fn send(&mut self) -> io::Result<()> {
        self.flush()?;
        if std::mem::take(&mut self.is_drained) {
            self.protocol.drained(&self.transport);
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let shared = self.transport.shared();
        let mut unsent = shared.unsent.borrow_mut();
        let mut sent = 0;
        while sent < unsent.len() && self.is_writable {
            match self.stream.write(&unsent[sent..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    sent += count;
                    shared.taken.set(shared.taken.get() + count as u64);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_writable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if sent > 0 {
            shared.last_taken.set(self.transport.reactor().now());
            self.is_drained = sent == unsent.len();
            match self.is_drained {
                // Not `clear`: thousands of clients that are idle shall have no buffer.
                true => *unsent = Vec::new(),
                false => drop(unsent.drain(..sent)),
            }
        }
        Ok(())
    }

    /// Reads once, if anything is there and the protocol wants it.
    fn receive(&mut self, system: &S, input: &mut [u8]) -> io::Result<()> {
        if !self.can_read() {
            return Ok(());
        }
        match self.stream.read(input) {
            Ok(0) => {
                self.at_end = true;
                if let Phase::Open = self.phase {
                    self.protocol.eof_received(&self.transport);
                }
            }
            Ok(count) => {
                if system.short_read_is_last() && count < input.len() && !self.end_is_near {
                    self.is_readable = false;
                }
                match &mut self.phase {
                    Phase::Lingering(_, left) => *left = left.saturating_sub(count),
                    _ => self.protocol.data_received(&self.transport, &input[..count]),
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_readable = false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Who does not take what is sent is not heard either: else it could let us collect answers
    /// without end.
    fn can_read(&self) -> bool {
        let shared = self.transport.shared();
        let wants = match self.phase {
            Phase::Connecting => false,
            Phase::Open => {
                shared.close_request.get() == CloseRequest::None
                    && !shared.is_paused.get()
                    && self.transport.unsent() == 0
            }
            Phase::Lingering(..) => true,
        };
        wants && self.is_readable && !self.at_end
    }

    fn can_write(&self) -> bool {
        self.is_writable && self.transport.unsent() > 0
    }

    /// Sees to it that a timer is set that is not later than the deadline. It may be earlier: a
    /// deadline that is put off with every byte would be much work.
    fn set_timer(&mut self) {
        let at = match self.phase {
            Phase::Lingering(until, _) => Some(until),
            _ => self.transport.shared().deadline.get(),
        };
        let handle = self.transport.reactor();
        if let Some(at) = at
            && self.timer.is_none_or(|timer| timer.at() > at)
        {
            let token = self.transport.token();
            let later = self.timer.replace(handle.set_timer(at, Task::Deadline(token)));
            later.into_iter().for_each(|timer| handle.cancel(timer));
        }
    }

    fn end(&mut self, error: Option<io::Error>) {
        if let Some(timer) = self.timer.take() {
            self.transport.reactor().cancel(timer);
        }
        let shared = self.transport.shared();
        shared.close_request.set(CloseRequest::Abort);
        shared.unsent.take();
        self.protocol.connection_lost(&self.transport, error);
    }
}
