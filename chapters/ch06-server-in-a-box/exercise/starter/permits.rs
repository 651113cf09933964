use std::sync::atomic::AtomicUsize;

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

    /// A permit, if one is free; then there is one less.
    ///
    /// Two threads that ask at the same moment never get the same last permit, and whoever
    /// asks in vain changes nothing.
    pub fn take(&self) -> Option<Permit<'_>> {
        todo!("look whether one is free, and take it, in one step")
    }
}

impl Drop for Permit<'_> {
    /// There is one free permit more.
    fn drop(&mut self) {
        // Yours to write. (It is no `todo!()`, because this runs in a panic too, and a panic
        // in a panic ends the whole process.)
    }
}
