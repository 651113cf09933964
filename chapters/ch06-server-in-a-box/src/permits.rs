use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the connections that may still be taken.
#[derive(Debug)]
pub struct Permits {
    free: AtomicUsize,
}

/// Stands for one connection; dropping it makes room for another, also in a panic.
#[derive(Debug)]
pub struct Permit<'a>(&'a Permits);

impl Permits {
    /// So many free permits.
    pub fn new(count: usize) -> Self {
        Self { free: AtomicUsize::new(count) }
    }

    /// A permit, if one is free.
    pub fn take(&self) -> Option<Permit<'_>> {
        // Check and subtraction are one step, so that two threads cannot take
        // the same last permit. `Relaxed`: nothing but the count is shared.
        let minus_one = |free: usize| free.checked_sub(1);
        let taken = self.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, minus_one);
        // Not `then_some`: it would make a permit in any case, and drop it.
        taken.is_ok().then(|| Permit(self))
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.free.fetch_add(1, Ordering::Relaxed);
    }
}
