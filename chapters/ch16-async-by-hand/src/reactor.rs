use crate::readiness::Readiness;
use crate::{Clock, Ready, System};
use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

/// How much is read at once, in bytes. There is one buffer for all connections.
const READ: usize = 64 * 1024;

/// How often a task may read, write or accept before the others have their turn.
const BUDGET: u32 = 16;

/// What wakes tasks: sockets that became ready, and the clock.
pub(crate) struct Reactor<S: System> {
    pub system: RefCell<S>,
    pub clock: Clock,
    /// Those that are watched, by their token. One that is free is given to the next.
    sources: RefCell<Vec<Option<Rc<Readiness>>>>,
    free: RefCell<Vec<usize>>,
    pub input: RefCell<Vec<u8>>,
    /// It is empty between turns, and kept for its memory.
    ready: RefCell<Vec<Ready>>,
    budget: Cell<u32>,
}

impl<S: System> Reactor<S> {
    /// Nothing is watched.
    pub fn new(system: S) -> Self {
        Self {
            clock: Clock::new(system.now()),
            system: RefCell::new(system),
            sources: RefCell::default(),
            free: RefCell::default(),
            input: RefCell::new(vec![0; READ]),
            ready: RefCell::default(),
            budget: Cell::new(BUDGET),
        }
    }

    /// Waits, if it may, until something is ready or somebody's time has come, and wakes whom
    /// that concerns.
    pub fn turn(&self, may_wait: bool) -> io::Result<()> {
        let mut system = self.system.borrow_mut();
        let timeout = match may_wait {
            true => self.clock.next_timer().map(|at| at.saturating_duration_since(system.now())),
            false => Some(Duration::ZERO),
        };
        let mut list = self.ready.borrow_mut();
        system.wait(timeout, &mut list)?;
        for ready in list.drain(..) {
            // It may have been closed after the system had looked.
            if let Some(Some(readiness)) = self.sources.borrow().get(ready.token) {
                readiness.add(ready);
            }
        }
        self.clock.advance(system.now());
        Ok(())
    }

    /// A token, and what will be known of the socket that is watched under it.
    pub fn claim_token(&self) -> (usize, Rc<Readiness>) {
        let mut sources = self.sources.borrow_mut();
        let token = self.free.borrow_mut().pop().unwrap_or_else(|| {
            sources.push(None);
            sources.len() - 1
        });
        let readiness = Rc::default();
        sources[token] = Some(Rc::clone(&readiness));
        (token, readiness)
    }

    /// Its socket is closed.
    pub fn release_token(&self, token: usize) {
        self.sources.borrow_mut()[token] = None;
        self.free.borrow_mut().push(token);
    }

    /// A task is polled from now on.
    pub fn grant_budget(&self) {
        self.budget.set(BUDGET);
    }

    /// Takes one of the budget. When it is used up, the task is woken at once, and goes on when
    /// the others had their turn: who always finds something to read would else never wait, and
    /// never let go.
    pub fn poll_budget(&self, context: &Context<'_>) -> Poll<()> {
        match self.budget.get() {
            0 => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            left => {
                self.budget.set(left - 1);
                Poll::Ready(())
            }
        }
    }
}
