use crate::PropertyName;
use crate::key::at_or_below;
use std::collections::BTreeMap;

/// How much room the properties of one file or folder may take, in bytes.
pub const MAX_PROPERTIES: usize = 64 * 1024;

/// How much room those of all may take, in bytes: they are in memory.
pub const MAX_ALL_PROPERTIES: usize = 64 * 1024 * 1024;

/// How many properties all may have: each takes more room in memory than that of its text.
pub const MAX_COUNT: usize = 512 * 1024;

type Map = BTreeMap<PropertyName, String>;

/// The dead properties: what clients have attached to files, and what means nothing to us (RFC 4918
/// section 4.2). A value is an element of XML that can stand anywhere.
#[derive(Debug, Default)]
pub struct Properties {
    all: BTreeMap<String, Map>,
    room: usize,
    count: usize,
}

impl Properties {
    /// Those of one file or folder.
    pub fn of(&self, key: &str) -> Option<&Map> {
        self.all.get(key)
    }

    /// Sets properties, and removes those without a value.
    pub fn patch(&mut self, key: &str, update: &[(PropertyName, Option<String>)]) {
        self.set(key.to_owned(), self.patched(key, update));
    }

    /// Whether there is room for an update: [`MAX_PROPERTIES`] for those of `key`,
    /// [`MAX_ALL_PROPERTIES`] and [`MAX_COUNT`] for all. One that leaves no more of `key` than
    /// there was, in bytes and in number, has room in any case.
    pub fn has_room(&self, key: &str, update: &[(PropertyName, Option<String>)]) -> bool {
        let patched = self.patched(key, update);
        let before = self.of(key).map_or((0, 0), |before| (room_of(before), before.len()));
        let after = (room_of(&patched), patched.len());
        let is_room = after.0 <= MAX_PROPERTIES
            && self.room - before.0 + after.0 <= MAX_ALL_PROPERTIES
            && self.count - before.1 + after.1 <= MAX_COUNT;
        // What makes it less is always possible.
        is_room || (after.0 <= before.0 && after.1 <= before.1)
    }

    /// Whether there is room for a copy of those of `key` and all below it.
    pub fn has_room_for_copy(&self, key: &str) -> bool {
        let copied = || at_or_below(&self.all, key).map(|(_, map)| map);
        let copies: usize = copied().map(room_of).sum();
        let count: usize = copied().map(Map::len).sum();
        count == 0 || (self.room + copies <= MAX_ALL_PROPERTIES && self.count + count <= MAX_COUNT)
    }

    /// Removes those of `key` and all below it.
    pub fn remove(&mut self, key: &str) {
        for (key, _) in self.at_or_below(key) {
            self.set(key, Map::default());
        }
    }

    /// Gives those of `from`, and if `deep` of all below it, to `to`, which loses what it had.
    pub fn copy(&mut self, from: &str, to: &str, deep: bool) {
        let copies = self.at_or_below(from);
        self.remove(to);
        for (key, properties) in copies.into_iter().filter(|(key, _)| deep || key == from) {
            self.set(format!("{to}{}", &key[from.len()..]), properties);
        }
    }

    /// How much room they take, in bytes.
    pub fn room(&self) -> usize {
        self.room
    }

    /// All that have some.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Map)> {
        self.all.iter()
    }

    fn patched(&self, key: &str, update: &[(PropertyName, Option<String>)]) -> Map {
        let mut properties = self.of(key).cloned().unwrap_or_default();
        for (name, value) in update {
            match value {
                Some(value) => properties.insert(name.clone(), value.clone()),
                None => properties.remove(name),
            };
        }
        properties
    }

    fn set(&mut self, key: String, properties: Map) {
        self.room += room_of(&properties);
        self.count += properties.len();
        let before = match properties.is_empty() {
            true => self.all.remove(&key),
            false => self.all.insert(key, properties),
        };
        self.room -= before.as_ref().map_or(0, room_of);
        self.count -= before.as_ref().map_or(0, Map::len);
    }

    fn at_or_below(&self, key: &str) -> Vec<(String, Map)> {
        at_or_below(&self.all, key).map(|(key, map)| (key.clone(), map.clone())).collect()
    }
}

/// How much room properties take, in bytes.
fn room_of(properties: &Map) -> usize {
    let one = |(name, value): (&PropertyName, &String)| name.length() + value.len();
    properties.iter().map(one).sum()
}
