use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many may do something at once.
pub struct Turns {
    limit: usize,
    taken: Arc<AtomicUsize>,
}

/// One of them; it is given back when this is dropped.
pub struct Turn(Arc<AtomicUsize>);

impl Turns {
    /// `limit` at once.
    pub fn new(limit: usize) -> Self {
        Self { limit, taken: Arc::default() }
    }

    /// A turn, if one is left.
    pub fn take(&self) -> Option<Turn> {
        let more = |taken| (taken < self.limit).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Turn(Arc::clone(&self.taken)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Turn {
    /// The same items; the turn is given back behind `items`, when those have been dropped.
    pub fn during<I: Iterator>(self, items: I) -> impl Iterator<Item = I::Item> {
        // Fields are dropped in their order.
        struct During<I>(I, #[expect(dead_code, reason = "it is dropped")] Turn);
        impl<I: Iterator> Iterator for During<I> {
            type Item = I::Item;
            fn next(&mut self) -> Option<I::Item> {
                self.0.next()
            }
        }
        During(items, self)
    }
}
