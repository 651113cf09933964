use crate::key::{at_or_below, upwards};
use crate::{Depth, Lock, Scope};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// All locks. One whose time is over is as good as none.
#[derive(Debug, Default)]
pub struct Locks(BTreeMap<String, Vec<Lock>>);

impl Locks {
    /// Adds a lock, or exchanges the one that has its token.
    pub fn put(&mut self, lock: Lock) {
        let locks = self.0.entry(lock.key.clone()).or_default();
        locks.retain(|known| known.token != lock.token);
        locks.push(lock);
    }

    /// Removes the lock that has this token, if it is there.
    pub fn remove(&mut self, key: &str, token: &str) {
        if let Some(locks) = self.0.get_mut(key) {
            locks.retain(|known| known.token != token);
        }
        self.0.retain(|_, locks| !locks.is_empty());
    }

    /// Removes all locks of `key` and below it; those of the key itself only if `and_itself`.
    pub fn remove_below(&mut self, key: &str, and_itself: bool) {
        let gone: Vec<_> = at_or_below(&self.0, key).map(|(key, _)| key.clone()).collect();
        for below in gone.iter().filter(|below| and_itself || *below != key) {
            self.0.remove(below);
        }
    }

    /// Removes those whose time is over.
    pub fn remove_ended(&mut self, now: DateTime<Utc>) {
        for locks in self.0.values_mut() {
            locks.retain(|lock| lock.lasts(now));
        }
        self.0.retain(|_, locks| !locks.is_empty());
    }

    /// The locks that hold for `key`: its own, and those of folders above that hold for all below.
    pub fn on(&self, key: &str, now: DateTime<Utc>) -> impl Iterator<Item = &Lock> {
        upwards(key)
            .flat_map(|above| self.0.get(above).into_iter().flatten())
            .filter(move |lock| lock.key == key || lock.depth == Depth::Infinity)
            .filter(move |lock| lock.lasts(now))
    }

    /// The locks of what is at `key` or below it.
    pub fn below(&self, key: &str, now: DateTime<Utc>) -> impl Iterator<Item = &Lock> {
        at_or_below(&self.0, key).flat_map(|(_, locks)| locks).filter(move |lock| lock.lasts(now))
    }

    /// A lock that does not allow a new one, if there is one: of two locks on the same thing, both
    /// are shared.
    pub fn against(&self, wanted: &Lock, now: DateTime<Utc>) -> Option<&Lock> {
        let below = (wanted.depth == Depth::Infinity).then(|| self.below(&wanted.key, now));
        self.on(&wanted.key, now)
            .chain(below.into_iter().flatten())
            .find(|known| wanted.scope == Scope::Exclusive || known.scope == Scope::Exclusive)
    }

    /// All, in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = &Lock> {
        self.0.values().flatten()
    }
}
