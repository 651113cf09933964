use crate::connection::{Connection, Verdict};
use crate::handle::{Message, Order, Task};
use crate::{Handle, PAUSE, Protocol, Ready, System, Wake, accepted};
use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::{iter, mem};

/// How much is read at once, in bytes. There is one buffer for all connections.
const READ: usize = 64 * 1024;

/// Makes the protocol for a connection that has come.
type Factory = Box<dyn FnMut(Option<SocketAddr>) -> Box<dyn Protocol>>;

/// An event loop: one thread, and as many connections as there are.
///
/// It waits until the system says that some are ready, lets each of them do what it can without
/// waiting, makes the calls whose time has come, and waits again.
pub struct Reactor<S: System> {
    system: S,
    handle: Handle,
    /// By their token. A number that is free is given to the next one.
    sources: Vec<Option<Source<S>>>,
    free: Vec<usize>,
    input: Vec<u8>,
    // These two are empty between turns. They are kept for their memory.
    ready: Vec<Ready>,
    noted: Vec<usize>,
}

/// What can become ready.
enum Source<S: System> {
    Listener(S::Listener, Factory),
    Connection(Connection<S>),
}

impl<S: System> Reactor<S> {
    /// A loop with nothing to do.
    pub fn new(system: S) -> Self {
        let handle = Handle::new(system.now(), system.wake());
        Self {
            system,
            handle,
            sources: Vec::new(),
            free: Vec::new(),
            input: vec![0; READ],
            ready: Vec::new(),
            noted: Vec::new(),
        }
    }

    /// The loop, for whoever is called by it.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Takes the connections that come to `listener`, and lets a protocol that `factory` makes
    /// speak on each.
    pub fn listen<P: Protocol + 'static>(
        &mut self,
        listener: TcpListener,
        mut factory: impl FnMut(Option<SocketAddr>) -> P + 'static,
    ) -> io::Result<()> {
        let token = self.free_token();
        let factory: Factory = Box::new(move |peer| Box::new(factory(peer)));
        match self.system.listen(token, listener) {
            Ok(listener) => self.sources[token] = Some(Source::Listener(listener, factory)),
            Err(error) => {
                self.free.push(token);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Lets a protocol speak on a connection that was accepted elsewhere.
    pub fn adopt(
        &mut self,
        stream: S::Stream,
        peer: Option<SocketAddr>,
        protocol: impl Protocol + 'static,
    ) {
        self.add(Ok(stream), peer, Box::new(protocol), false);
    }

    /// What ends the waiting of a [`turn`](Self::turn), from any thread.
    pub fn wake(&self) -> Wake {
        self.system.wake()
    }

    /// Runs as long as there is a listener or a connection. Calls that would be later are
    /// not made.
    pub fn run(&mut self) -> io::Result<()> {
        while self.has_something_to_do() {
            self.turn()?;
        }
        Ok(())
    }

    /// Whether there is a listener or a connection, or one was ordered.
    pub fn has_something_to_do(&self) -> bool {
        self.free.len() < self.sources.len() || self.handle.has_work()
    }

    /// One turn: waits for something, and does what there is to do.
    pub fn turn(&mut self) -> io::Result<()> {
        let timeout = match self.handle.has_work() {
            true => Some(Default::default()),
            false => {
                self.handle.next_timer().map(|at| at.saturating_duration_since(self.system.now()))
            }
        };
        let mut ready = mem::take(&mut self.ready);
        self.system.wait(timeout, &mut ready)?;
        // Once a turn, for everybody.
        self.handle.set_now(self.system.now());
        for ready in ready.drain(..) {
            match self.sources.get_mut(ready.token) {
                Some(Some(Source::Connection(connection))) => connection.set_ready(ready),
                Some(Some(Source::Listener(..))) => self.accept(ready.token),
                // It was closed after the system had looked.
                _ => {}
            }
        }
        self.ready = ready;
        for message in self.handle.remote().take_messages() {
            match message {
                Message::Call(what) => what(&self.handle),
                Message::Wake(token) => self.with_connection(token, Connection::woken),
            }
        }
        // No more than there are now: a call may set the next one without any delay.
        for _ in 0..self.handle.timer_count() {
            let Some(task) = self.handle.take_due() else { break };
            match task {
                Task::Call(what) => what(),
                Task::Deadline(token) => self.with_connection(token, Connection::timer_is_due),
                Task::Accept(token) => self.accept(token),
            }
        }
        for order in self.handle.take_orders() {
            self.obey(order);
        }
        let mut noted = mem::take(&mut self.noted);
        self.handle.swap_noted(&mut noted);
        for token in noted.drain(..) {
            self.attend(token);
        }
        self.noted = noted;
        Ok(())
    }

    fn with_connection(&mut self, token: usize, what: impl FnOnce(&mut Connection<S>)) {
        if let Some(Some(Source::Connection(connection))) = self.sources.get_mut(token) {
            what(connection);
        }
    }

    /// Takes all who wait at a listener.
    fn accept(&mut self, token: usize) {
        // Not in its place while new connections get theirs.
        // If it is gone since the timer was set, somebody else may have its number.
        let is_listener = |source: &mut Source<S>| matches!(source, Source::Listener(..));
        let taken = self.sources[token].take_if(is_listener);
        let Some(Source::Listener(listener, mut factory)) = taken else { return };
        let pauses = Cell::new(false);
        let mut came = Vec::new();
        {
            let waiting = iter::from_fn(|| match self.system.accept(&listener) {
                _ if pauses.get() => None,
                Err(error) if error.kind() == ErrorKind::WouldBlock => None,
                accepted => Some(accepted),
            });
            came.extend(accepted(waiting, |_| pauses.set(true)));
        }
        for (stream, peer) in came {
            let protocol = factory(peer);
            self.add(Ok(stream), peer, protocol, false);
        }
        if pauses.get() {
            // Out of descriptors. Nobody will tell us about those who wait there again.
            self.handle.set_timer(self.handle.now() + PAUSE, Task::Accept(token));
        }
        self.sources[token] = Some(Source::Listener(listener, factory));
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Adopt(stream, protocol) => {
                let peer = stream.peer_addr().ok();
                self.add(self.system.adopt(stream), peer, protocol, false);
            }
            Order::Connect(address, protocol) => {
                self.add(self.system.connect(address), Some(address), protocol, true);
            }
            Order::StopListening => {
                for token in 0..self.sources.len() {
                    if let Some(Source::Listener(..)) = self.sources[token] {
                        self.sources[token] = None;
                        self.free.push(token);
                    }
                }
            }
        }
    }

    /// Takes a connection in, or tells its protocol why not.
    fn add(
        &mut self,
        stream: io::Result<S::Stream>,
        peer: Option<SocketAddr>,
        protocol: Box<dyn Protocol>,
        is_connecting: bool,
    ) {
        let token = self.free_token();
        let watched = stream.and_then(|mut stream| {
            self.system.watch(token, &mut stream)?;
            Ok(stream)
        });
        match Connection::new(watched, token, peer, protocol, is_connecting, &self.handle) {
            Some(connection) => self.sources[token] = Some(Source::Connection(connection)),
            None => self.free.push(token),
        }
    }

    fn free_token(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.sources.push(None);
            self.sources.len() - 1
        })
    }

    /// Lets a connection do what it can.
    fn attend(&mut self, token: usize) {
        let Some(Some(Source::Connection(connection))) = self.sources.get_mut(token) else {
            return;
        };
        if let Verdict::Ended = connection.attend(&self.system, &mut self.input) {
            self.sources[token] = None;
            self.free.push(token);
        }
    }
}
