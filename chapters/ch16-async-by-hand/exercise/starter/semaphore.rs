use std::pin::Pin;
use std::task::{Context, Poll};

/// So many permits, for as many tasks of one executor: who finds none waits until one is given
/// back. All clones are the same semaphore.
///
/// Nobody is overtaken. A permit that is given back belongs at once to the one who waits longest,
/// although that is polled only later; whoever comes meanwhile finds none.
///
/// Nothing is lost either. Who no longer wants to wait, as after a timeout, leaves the queue; and
/// if a permit belonged to it already, that belongs to the next one then.
#[derive(Clone)]
pub struct Semaphore {
    // Here is all that it needs missing: how many are free, and who waits, in which order?
}

/// A permit, when there is one: see [`Semaphore::acquire`].
pub struct Acquire {
    semaphore: Semaphore,
    // How does it know which of those who wait it is, and that it has been given one?
}

/// Whoever has this may go on. Dropped, it is given back.
pub struct SemaphorePermit {
    semaphore: Semaphore,
}

impl Semaphore {
    /// So many are free.
    pub fn new(permits: usize) -> Self {
        Self {}
    }

    /// Ends with a permit. Its place in the queue is where it was when it was polled first.
    pub fn acquire(&self) -> Acquire {
        Acquire { semaphore: self.clone() }
    }

    /// A permit, if one is free now.
    pub fn try_acquire(&self) -> Option<SemaphorePermit> {
        todo!("is one free, and not somebody's who has not seen it yet?")
    }

    /// How many are free.
    pub fn available(&self) -> usize {
        todo!("how many are they?")
    }

    /// How many wait, with those who have been given one and have not seen it.
    pub fn waiting(&self) -> usize {
        todo!("how many are they?")
    }
}

impl Future for Acquire {
    type Output = SemaphorePermit;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<SemaphorePermit> {
        todo!("is one free, has it been given one, or does it wait, and since when?")
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        // Yours to write: who was to get what this one got, or waits for? (It is no `todo!()`,
        // because this runs in a panic too, and a panic in a panic ends the whole process.)
    }
}

impl Drop for SemaphorePermit {
    fn drop(&mut self) {
        // Yours to write: whose is it now? Whoever is woken may look at the semaphore at once.
    }
}
