use crate::{Clock, Handle, Health, HealthRules, Stream, System, log};
use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

/// A server that requests are passed on to.
pub(crate) struct Backend<S: System> {
    pub address: SocketAddr,
    pub weight: u32,
    /// How many requests it has now.
    active: Cell<usize>,
    /// The connections to it that nobody uses, and since when.
    idle: RefCell<Vec<(Stream<S>, Instant)>>,
    health: RefCell<Health>,
}

impl<S: System> Backend<S> {
    pub fn new(address: SocketAddr, weight: u32) -> Self {
        Self {
            address,
            weight,
            active: Cell::new(0),
            idle: RefCell::default(),
            health: RefCell::default(),
        }
    }

    pub fn active(&self) -> usize {
        self.active.get()
    }

    pub fn is_available(&self, now: Instant, rules: &HealthRules) -> bool {
        self.health.borrow().is_available(now, rules)
    }

    /// It is given a request, until what is returned is dropped.
    pub fn lease(&self, now: Instant, rules: &HealthRules) -> Lease<'_, S> {
        self.health.borrow_mut().chosen(now, rules);
        self.active.set(self.active.get() + 1);
        Lease(self)
    }

    /// It has answered.
    pub fn answered(&self, rules: &HealthRules) {
        if self.health.borrow_mut().answered(rules) {
            self.say("is up again");
        }
    }

    /// It has not, because of this.
    pub fn failed(&self, why: impl fmt::Display, now: Instant, rules: &HealthRules) {
        self.say(why);
        if self.health.borrow_mut().failed(now, rules) {
            self.say("is down");
        }
    }

    /// A check went well.
    pub fn checked(&self, rules: &HealthRules) {
        if self.health.borrow_mut().checked(rules) {
            self.say("is up again");
        }
    }

    /// Notes in the log what became of it.
    pub fn say(&self, what: impl fmt::Display) {
        log(format_args!("{}: {what}", self.address));
    }

    /// A connection that is kept, if there is one that the backend has not closed: the one that
    /// was used last, since the backend's patience with it will last longest.
    pub async fn kept(&self, clock: &Clock, idle_time: Duration) -> Option<Stream<S>> {
        loop {
            let (stream, since) = self.idle.borrow_mut().pop()?;
            if clock.now() < since + idle_time && is_quiet(&stream).await {
                return Some(stream);
            }
        }
    }

    /// A new connection; an error if there is none within this time.
    pub async fn connect(&self, handle: &Handle<S>, time: Duration) -> io::Result<Stream<S>> {
        let connecting = handle.connect(self.address);
        let connected = handle.clock().timeout(time, connecting).await;
        connected.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Keeps a connection for later, in the place of the oldest if there are `limit`.
    pub fn keep(&self, stream: Stream<S>, now: Instant, limit: usize) {
        let mut idle = self.idle.borrow_mut();
        idle.push((stream, now));
        if idle.len() > limit {
            idle.remove(0);
        }
    }

    /// Closes those that nobody has used for this time.
    pub fn close_idle(&self, now: Instant, idle_time: Duration) {
        self.idle.borrow_mut().retain(|(_, since)| now < *since + idle_time);
    }
}

/// Whether nothing has come on a connection on which nothing should: not even its end.
async fn is_quiet<S: System>(stream: &Stream<S>) -> bool {
    let mut received = Vec::new();
    let mut read = pin!(stream.read(&mut received));
    // Asked once, and not waited for.
    poll_fn(|context| Poll::Ready(read.as_mut().poll(context).is_pending())).await
}

/// A request that a backend has.
pub(crate) struct Lease<'a, S: System>(&'a Backend<S>);

impl<S: System> Drop for Lease<'_, S> {
    fn drop(&mut self) {
        self.0.active.set(self.0.active.get() - 1);
    }
}
