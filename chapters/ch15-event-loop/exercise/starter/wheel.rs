use std::marker::PhantomData;
use std::time::{Duration, Instant};

/// Timers for those who have very many of them and are not particular: a clock whose hand goes
/// from slot to slot.
///
/// Time is cut into grains. Each has a slot; and when the hand has passed the last slot, it comes
/// to the first one again. A timer lies in the slot of its grain, in whatever turn of the hand that
/// comes. So it is due less than a grain too late, and never too early; and to set one or to cancel
/// it costs the same whether there are ten or a million.
#[derive(Debug)]
pub struct Wheel<T> {
    // Here is all that it needs missing.
    timers: PhantomData<T>,
}

/// Names a timer of a wheel, so that it can be cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WheelId {
    // By what is a timer found, in whatever slot it lies?
}

impl<T> Wheel<T> {
    /// A wheel with so many slots, at least one. Its hand is at grain 0, which is `now`; the next
    /// one is a `grain` later, which is not zero.
    pub fn new(now: Instant, grain: Duration, slots: usize) -> Self {
        Self { timers: PhantomData }
    }

    /// Remembers `what` until the first grain that is not before `at`. If the hand has come there
    /// already, it is due.
    pub fn set(&mut self, at: Instant, what: T) -> WheelId {
        todo!("in which grain is it due, and in which slot is that?")
    }

    /// Forgets a timer, at once and wholly. `None` if it was taken or cancelled before.
    pub fn cancel(&mut self, id: WheelId) -> Option<T> {
        todo!("does it lie in its slot still, or has the hand found it?")
    }

    /// When to look again: when the hand comes to the next slot that is not empty, be it for a
    /// timer of a later turn. If there is one that the hand has found already, when its grain was.
    ///
    /// This costs as much as there are slots.
    pub fn next(&self) -> Option<Instant> {
        todo!("the next slot that is not empty; in a whole turn it comes to each")
    }

    /// Moves the hand to the last grain that is not after `now`, and takes out the first of those
    /// that are due, in the order of their grains, and in a grain as they were set.
    pub fn take_due(&mut self, now: Instant) -> Option<T> {
        todo!("slot after slot: what of it is due, and what belongs to a later turn?")
    }

    /// How many are set.
    pub fn len(&self) -> usize {
        todo!("how many are they?")
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
