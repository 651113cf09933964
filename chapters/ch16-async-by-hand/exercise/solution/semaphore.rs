use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// So many permits, for as many tasks of one executor: who finds none waits until one is given
/// back. All clones are the same semaphore.
///
/// Nobody is overtaken. A permit that is given back belongs at once to the one who waits longest,
/// although that is polled only later; whoever comes meanwhile finds none.
///
/// Nothing is lost either. Who no longer wants to wait, as after a timeout, leaves the queue; and
/// if a permit belonged to it already, that belongs to the next one then.
#[derive(Clone)]
pub struct Semaphore(Rc<Shared>);

struct Shared {
    /// How many permits nobody has. Nobody waits if there is one.
    free: Cell<usize>,
    next_number: Cell<u64>,
    /// Who waits for one, by number: the first has waited longest.
    waiting: RefCell<BTreeMap<u64, Waker>>,
    /// How many have been given one and have not seen it.
    granted: Cell<usize>,
}

/// A permit, when there is one: see [`Semaphore::acquire`].
pub struct Acquire {
    semaphore: Semaphore,
    /// Its number among those who wait, or have been given one; `None` before and after that.
    number: Option<u64>,
}

/// Whoever has this may go on. Dropped, it is given back.
pub struct SemaphorePermit {
    semaphore: Semaphore,
}

impl Semaphore {
    /// So many are free.
    pub fn new(permits: usize) -> Self {
        Self(Rc::new(Shared {
            free: Cell::new(permits),
            next_number: Cell::new(0),
            waiting: RefCell::default(),
            granted: Cell::new(0),
        }))
    }

    /// Ends with a permit. Its place in the queue is where it was when it was polled first.
    pub fn acquire(&self) -> Acquire {
        Acquire { semaphore: self.clone(), number: None }
    }

    /// A permit, if one is free now.
    pub fn try_acquire(&self) -> Option<SemaphorePermit> {
        let left = self.0.free.get().checked_sub(1)?;
        self.0.free.set(left);
        Some(SemaphorePermit { semaphore: self.clone() })
    }

    /// How many are free.
    pub fn available(&self) -> usize {
        self.0.free.get()
    }

    /// How many wait, with those who have been given one and have not seen it.
    pub fn waiting(&self) -> usize {
        self.0.waiting.borrow().len() + self.0.granted.get()
    }

    /// Gives one to whoever waits longest, or to all.
    fn give(&self) {
        // Its own statement: the borrow must be over when somebody is woken.
        let first = self.0.waiting.borrow_mut().pop_first();
        match first {
            Some((_, waker)) => {
                self.0.granted.set(self.0.granted.get() + 1);
                waker.wake();
            }
            None => self.0.free.set(self.0.free.get() + 1),
        }
    }

    /// Somebody who was given one has seen it, or is gone.
    fn take_granted(&self) {
        self.0.granted.set(self.0.granted.get() - 1);
    }
}

impl Future for Acquire {
    type Output = SemaphorePermit;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<SemaphorePermit> {
        let semaphore = self.semaphore.clone();
        let waker = context.waker().clone();
        let Some(number) = self.number else {
            if let Some(permit) = semaphore.try_acquire() {
                return Poll::Ready(permit);
            }
            let number = semaphore.0.next_number.get();
            semaphore.0.next_number.set(number + 1);
            semaphore.0.waiting.borrow_mut().insert(number, waker);
            self.number = Some(number);
            return Poll::Pending;
        };
        if let Some(theirs) = semaphore.0.waiting.borrow_mut().get_mut(&number) {
            *theirs = waker;
            return Poll::Pending;
        }
        // It no longer waits, so it was given one.
        self.number = None;
        semaphore.take_granted();
        Poll::Ready(SemaphorePermit { semaphore })
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let waited = self.semaphore.0.waiting.borrow_mut().remove(&number);
        if waited.is_none() {
            self.semaphore.take_granted();
            self.semaphore.give();
        }
    }
}

impl Drop for SemaphorePermit {
    fn drop(&mut self) {
        self.semaphore.give();
    }
}
