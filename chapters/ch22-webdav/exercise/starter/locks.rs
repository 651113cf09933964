use crate::Lock;
use crate::key::{at_or_below, upwards};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// All locks. One whose time is over is as good as none.
#[derive(Debug, Default)]
pub struct Locks(BTreeMap<String, Vec<Lock>>);

impl Locks {
    /// Adds a lock, or exchanges the one that has its token.
    pub fn put(&mut self, lock: Lock) {
        todo!("is there one already that has its token?")
    }

    /// Removes the lock that has this token, if it is there.
    pub fn remove(&mut self, key: &str, token: &str) {
        todo!("which goes, and what if it was the only one of this key?")
    }

    /// Removes all locks of `key` and below it; those of the key itself only if `and_itself`.
    pub fn remove_below(&mut self, key: &str, and_itself: bool) {
        todo!("which keys are at or below it? `at_or_below` knows; and which of them stays?")
    }

    /// Removes those whose time is over.
    pub fn remove_ended(&mut self, now: DateTime<Utc>) {
        todo!("which have no time left, and what is left of their keys?")
    }

    /// The locks that hold for `key`: its own, and those of folders above that hold for all below.
    pub fn on(&self, key: &str, now: DateTime<Utc>) -> impl Iterator<Item = &Lock> {
        upwards(key)
            .flat_map(|above| self.0.get(above).into_iter().flatten())
            .filter(move |lock| todo!("does it reach as far as `key`, and does it still last?"))
    }

    /// The locks of what is at `key` or below it.
    pub fn below(&self, key: &str, now: DateTime<Utc>) -> impl Iterator<Item = &Lock> {
        let below = at_or_below(&self.0, key).flat_map(|(_, locks)| locks);
        below.filter(move |lock| todo!("does it still last?"))
    }

    /// A lock that does not allow a new one, if there is one: of two locks on the same thing, both
    /// are shared.
    pub fn against(&self, wanted: &Lock, now: DateTime<Utc>) -> Option<&Lock> {
        todo!("which locks would hold for the same thing? and when may two do so?")
    }

    /// All, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &Lock> {
        self.0.values().flatten()
    }
}
