use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// A cache that holds so many values, and forgets the one that was not asked for the longest
/// (least recently used).
///
/// A look or an addition takes time that grows with the logarithm of their number.
#[derive(Debug)]
pub struct Lru<K, V> {
    room: usize,
    values: HashMap<K, (u64, V)>,
    /// The keys in the order in which they were asked for.
    order: BTreeMap<u64, K>,
    /// The number of the next look.
    next: u64,
}

impl<K: Clone + Eq + Hash, V> Lru<K, V> {
    /// Room for `room` values.
    pub fn new(room: usize) -> Self {
        Self { room, values: HashMap::new(), order: BTreeMap::new(), next: 0 }
    }

    /// The value of `key`, which is now the one that was asked for last.
    pub fn get(&mut self, key: &K) -> Option<&V> {
        todo!("its value; and what changes in the order?")
    }

    /// Keeps a value. If there is no room, the one that was not asked for the longest is
    /// forgotten.
    pub fn insert(&mut self, key: K, value: V) {
        todo!("is it there already? is there room? who goes?")
    }

    /// Forgets a value, and returns it.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        todo!("where does it stand? in two places")
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}
