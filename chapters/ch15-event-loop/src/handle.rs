use crate::{Protocol, TimerId, Timers, Wake};
use std::cell::{Cell, RefCell};
use std::mem;
use std::net::{SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A loop, as those see it who are called by it. All clones are the same loop.
#[derive(Clone)]
pub struct Handle(Rc<Shared>);

struct Shared {
    now: Cell<Instant>,
    timers: RefCell<Timers<Task>>,
    orders: RefCell<Vec<Order>>,
    /// The connections that are to be looked at.
    noted: RefCell<Vec<usize>>,
    remote: Remote,
}

/// What a loop does when a timer is due.
pub(crate) enum Task {
    Call(Box<dyn FnOnce()>),
    /// The deadline of this connection may have passed.
    Deadline(usize),
    /// Connections may wait at this listener.
    Accept(usize),
}

/// What a loop is asked to do.
pub(crate) enum Order {
    Adopt(TcpStream, Box<dyn Protocol>),
    Connect(SocketAddr, Box<dyn Protocol>),
    StopListening,
}

impl Handle {
    pub(crate) fn new(now: Instant, wake: Wake) -> Self {
        Self(Rc::new(Shared {
            now: Cell::new(now),
            timers: RefCell::default(),
            orders: RefCell::default(),
            noted: RefCell::default(),
            remote: Remote { wake, messages: Arc::default() },
        }))
    }

    /// What time it was when this turn of the loop began. Asking costs nothing.
    pub fn now(&self) -> Instant {
        self.0.now.get()
    }

    /// Calls `what` once, and not before `delay` has passed.
    pub fn call_later(&self, delay: Duration, what: impl FnOnce() + 'static) -> TimerId {
        self.set_timer(self.now() + delay, Task::Call(Box::new(what)))
    }

    /// Forgets a call. If it was made already, nothing happens.
    pub fn cancel(&self, call: TimerId) {
        // What is dropped here may have a handle of its own: not while we hold the timers.
        let cancelled = self.0.timers.borrow_mut().cancel(call);
        drop(cancelled);
    }

    /// Lets `protocol` speak on a connection that somebody else has accepted.
    pub fn adopt(&self, stream: TcpStream, protocol: impl Protocol + 'static) {
        self.order(Order::Adopt(stream, Box::new(protocol)));
    }

    /// Connects to `address` and lets `protocol` speak there. If that fails, the first it hears
    /// is [`connection_lost`](Protocol::connection_lost).
    pub fn connect(&self, address: SocketAddr, protocol: impl Protocol + 'static) {
        self.order(Order::Connect(address, Box::new(protocol)));
    }

    /// Closes all listeners. When the last connection has ended, so does the loop.
    pub fn stop_listening(&self) {
        self.order(Order::StopListening);
    }

    /// The same loop for other threads.
    pub fn remote(&self) -> Remote {
        self.0.remote.clone()
    }

    pub(crate) fn set_now(&self, now: Instant) {
        self.0.now.set(now);
    }

    pub(crate) fn set_timer(&self, at: Instant, task: Task) -> TimerId {
        self.0.timers.borrow_mut().set(at, task)
    }

    pub(crate) fn next_timer(&self) -> Option<Instant> {
        self.0.timers.borrow().next()
    }

    pub(crate) fn timer_count(&self) -> usize {
        self.0.timers.borrow().len()
    }

    pub(crate) fn take_due(&self) -> Option<Task> {
        self.0.timers.borrow_mut().take_due(self.now())
    }

    fn order(&self, order: Order) {
        self.0.orders.borrow_mut().push(order);
    }

    pub(crate) fn take_orders(&self) -> Vec<Order> {
        self.0.orders.take()
    }

    pub(crate) fn note(&self, token: usize) {
        self.0.noted.borrow_mut().push(token);
    }

    /// Exchanges the list of those to be looked at for an empty one.
    pub(crate) fn swap_noted(&self, list: &mut Vec<usize>) {
        mem::swap(list, &mut self.0.noted.borrow_mut());
    }

    /// Whether the loop must not wait.
    pub(crate) fn has_work(&self) -> bool {
        !self.0.noted.borrow().is_empty() || !self.0.orders.borrow().is_empty()
    }
}

/// A loop, as other threads see it.
#[derive(Clone)]
pub struct Remote {
    wake: Wake,
    messages: Arc<Mutex<Vec<Message>>>,
}

pub(crate) enum Message {
    Call(Box<dyn FnOnce(&Handle) + Send>),
    Wake(usize),
}

impl Remote {
    /// Calls `what` in the loop's thread, soon. If the loop is gone, it is dropped or kept, and
    /// never called.
    pub fn call(&self, what: impl FnOnce(&Handle) + Send + 'static) {
        self.send(Message::Call(Box::new(what)));
    }

    pub(crate) fn wake(&self, token: usize) {
        self.send(Message::Wake(token));
    }

    fn send(&self, message: Message) {
        let mut messages = self.lock();
        messages.push(message);
        // For the others it has been woken already.
        if messages.len() == 1 {
            (self.wake)();
        }
    }

    pub(crate) fn take_messages(&self) -> Vec<Message> {
        mem::take(&mut self.lock())
    }

    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, Vec<Message>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
