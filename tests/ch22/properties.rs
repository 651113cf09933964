//! The table of dead properties.

use ch22::{MAX_ALL_PROPERTIES, MAX_PROPERTIES, Properties, PropertyName};
use mock::Seed;
use std::collections::BTreeMap;

fn name(name: &str) -> PropertyName {
    PropertyName { namespace: "ns:".to_owned(), name: name.to_owned() }
}

/// An update that sets one property.
fn set(property: &str, value: &str) -> (PropertyName, Option<String>) {
    (name(property), Some(value.to_owned()))
}

fn unset(property: &str) -> (PropertyName, Option<String>) {
    (name(property), None)
}

/// How much room the name `x` of these tests takes, in bytes.
const NAME: usize = "ns:x".len();

/// A property that takes so many bytes, its name included.
fn of_room(room: usize) -> (PropertyName, Option<String>) {
    set("x", &"v".repeat(room - NAME))
}

/// A table in which each of these has a property whose value is its key.
fn table(keys: &[&str]) -> Properties {
    let mut properties = Properties::default();
    for key in keys {
        properties.patch(key, &[set("key", key)]);
    }
    properties
}

/// Keys, and whose they were once.
fn listed(properties: &Properties) -> Vec<(&str, &str)> {
    let one = |map: &'_ BTreeMap<PropertyName, String>| map.len() == 1;
    assert!(properties.iter().all(|(_, map)| one(map)));
    properties.iter().map(|(key, map)| (key.as_str(), map[&name("key")].as_str())).collect()
}

const KEYS: [&str; 12] =
    ["", "a", "a-", "a.txt", "a%20b", "a/b", "a/b/c", "a/bc", "a-/b", "ab", "ab/c", "b"];

#[test]
fn an_update_sets_and_removes_in_its_order() {
    let mut properties = Properties::default();
    assert_eq!(properties.of("a"), None);
    properties.patch("a", &[set("x", "1"), set("y", "2"), set("x", "3"), unset("z")]);
    let map = properties.of("a").unwrap();
    assert_eq!(map.len(), 2);
    assert_eq!((&*map[&name("x")], &*map[&name("y")]), ("3", "2"));
    properties.patch("a", &[unset("x"), set("x", "4"), set("y", "5"), unset("y")]);
    let map = properties.of("a").unwrap();
    assert_eq!((map.len(), &*map[&name("x")]), (1, "4"));
    // Others have none of it.
    for key in ["", "A", "a/", "a/b", "ab"] {
        assert_eq!(properties.of(key), None);
    }
}

#[test]
fn a_name_is_another_one_in_another_namespace() {
    let mut properties = Properties::default();
    let names = ["", "ns:", "DAV:", "NS:"]
        .map(|namespace| PropertyName { namespace: namespace.to_owned(), name: "x".to_owned() });
    for name in &names {
        properties.patch("a", &[(name.clone(), Some(name.namespace.clone()))]);
    }
    let map = properties.of("a").unwrap();
    assert_eq!(map.len(), 4);
    assert!(names.iter().all(|name| map[name] == name.namespace));
    assert_eq!(names[2], PropertyName::dav("x"));
}

#[test]
fn what_has_none_any_more_is_not_listed() {
    let mut properties = table(&["a", "b"]);
    properties.patch("a", &[unset("key")]);
    properties.patch("c", &[unset("key")]);
    properties.patch("c", &[]);
    assert_eq!(listed(&properties), [("b", "b")]);
    assert_eq!(properties.of("a"), None);
}

#[test]
fn what_is_removed_goes_with_all_below_and_nothing_beside() {
    for (key, stays) in [
        ("", &[][..]),
        ("a", &["", "a%20b", "a-", "a-/b", "a.txt", "ab", "ab/c", "b"]),
        ("a/b", &["", "a", "a%20b", "a-", "a-/b", "a.txt", "a/bc", "ab", "ab/c", "b"]),
        ("a-", &["", "a", "a%20b", "a.txt", "a/b", "a/b/c", "a/bc", "ab", "ab/c", "b"]),
        ("ab/c", &["", "a", "a%20b", "a-", "a-/b", "a.txt", "a/b", "a/b/c", "a/bc", "ab", "b"]),
        ("a/b/c/d", {
            &["", "a", "a%20b", "a-", "a-/b", "a.txt", "a/b", "a/b/c", "a/bc", "ab", "ab/c", "b"]
        }),
    ] {
        let mut properties = table(&KEYS);
        properties.remove(key);
        assert_eq!(properties.iter().map(|(key, _)| &**key).collect::<Vec<_>>(), stays, "{key}");
    }
}

#[test]
fn a_deep_copy_has_all_that_is_below_and_a_flat_one_has_not() {
    let mut properties = table(&["a", "a/b", "a/b/c", "ab", "x", "x/y"]);
    properties.copy("a", "x", true);
    assert_eq!(
        listed(&properties),
        [
            ("a", "a"),
            ("a/b", "a/b"),
            ("a/b/c", "a/b/c"),
            ("ab", "ab"),
            ("x", "a"),
            ("x/b", "a/b"),
            ("x/b/c", "a/b/c"),
        ]
    );
    let mut properties = table(&["a", "a/b", "x", "x/b", "x/y", "xy"]);
    properties.copy("a", "x", false);
    assert_eq!(listed(&properties), [("a", "a"), ("a/b", "a/b"), ("x", "a"), ("xy", "xy")]);
}

#[test]
fn whoever_is_replaced_loses_what_it_had_though_nothing_comes() {
    for deep in [true, false] {
        let mut properties = table(&["x", "x/y", "xy"]);
        properties.copy("a", "x", deep);
        assert_eq!(listed(&properties), [("xy", "xy")]);
    }
    // What is below comes though the folder itself has none.
    let mut properties = table(&["a/b", "x"]);
    properties.copy("a", "x", true);
    assert_eq!(listed(&properties), [("a/b", "a/b"), ("x/b", "a/b")]);
    properties.copy("a", "x", false);
    assert_eq!(listed(&properties), [("a/b", "a/b")]);
}

#[test]
fn a_copy_of_the_root_alone_and_copies_into_and_out_of_a_folder() {
    let mut properties = table(&["", "a"]);
    properties.copy("", "x", false);
    assert_eq!(listed(&properties), [("", ""), ("a", "a"), ("x", "")]);
    let mut properties = table(&["a", "a/b", "a/x", "a/x/y"]);
    properties.copy("a", "a/x", false);
    assert_eq!(listed(&properties), [("a", "a"), ("a/b", "a/b"), ("a/x", "a")]);
    let mut properties = table(&["a", "a/b", "a/b/c"]);
    properties.copy("a/b", "a", true);
    assert_eq!(listed(&properties), [("a", "a/b"), ("a/c", "a/b/c")]);
    properties.copy("a", "a", true);
    assert_eq!(listed(&properties), [("a", "a/b"), ("a/c", "a/b/c")]);
}

// Room

#[test]
fn a_file_has_room_for_so_much_and_no_more() {
    assert_eq!(MAX_PROPERTIES, 65_536);
    let mut properties = Properties::default();
    assert!(properties.has_room("a", &[of_room(MAX_PROPERTIES)]));
    assert!(!properties.has_room("a", &[of_room(MAX_PROPERTIES + 1)]));
    // Names count, and their namespaces.
    let long = PropertyName { namespace: "n".repeat(30_000), name: "m".repeat(30_000) };
    let left = MAX_PROPERTIES - 60_000;
    assert!(properties.has_room("a", &[(long.clone(), Some("v".repeat(left)))]));
    assert!(!properties.has_room("a", &[(long, Some("v".repeat(left + 1)))]));
    // All of a file count together, and what they were before does not.
    properties.patch("a", &[of_room(MAX_PROPERTIES - 100), set("y", "old")]);
    assert!(properties.has_room("a", &[set("y", &"v".repeat(100 - NAME))]));
    assert!(!properties.has_room("a", &[set("y", &"v".repeat(101 - NAME))]));
    assert!(properties.has_room("a", &[set("y", &"v".repeat(101 - NAME)), unset("x")]));
    assert!(properties.has_room("a", &[unset("x"), of_room(MAX_PROPERTIES - 100)]));
    // What is not there takes none.
    assert!(properties.has_room("a", &[unset(&"z".repeat(MAX_PROPERTIES))]));
    // And others have theirs.
    assert!(properties.has_room("a/b", &[of_room(MAX_PROPERTIES)]));
}

#[test]
fn what_makes_it_less_is_always_possible() {
    let mut properties = Properties::default();
    // Nobody was asked whether there is room: as if the limit had been another one.
    properties.patch("a", &[of_room(MAX_PROPERTIES + 500), set("y", "12")]);
    assert!(properties.has_room("a", &[]));
    assert!(properties.has_room("a", &[set("y", "34")]));
    assert!(properties.has_room("a", &[set("y", "3")]));
    assert!(properties.has_room("a", &[unset("y")]));
    assert!(properties.has_room("a", &[of_room(MAX_PROPERTIES + 499)]));
    assert!(!properties.has_room("a", &[set("y", "345")]));
    assert!(!properties.has_room("a", &[set("z", "")]));
}

#[test]
fn all_together_have_room_for_so_much_and_no_more() {
    assert_eq!(MAX_ALL_PROPERTIES, 67_108_864);
    let mut properties = Properties::default();
    properties.patch("full", &[of_room(MAX_ALL_PROPERTIES - 1000)]);
    assert!(properties.has_room("a", &[of_room(1000)]));
    assert!(!properties.has_room("a", &[of_room(1001)]));
    properties.patch("a", &[of_room(600)]);
    assert!(properties.has_room("a", &[of_room(1000)]));
    assert!(!properties.has_room("a", &[of_room(1001)]));
    assert!(properties.has_room("b", &[of_room(400)]));
    assert!(!properties.has_room("b", &[of_room(401)]));
    properties.patch("b", &[of_room(400)]);
    assert!(!properties.has_room("c", &[set("", "")]));
    assert!(properties.has_room("c", &[unset("x")]));
    assert!(properties.has_room("a", &[of_room(600)]));
    properties.remove("a");
    assert!(properties.has_room("c", &[of_room(600)]));
    assert!(!properties.has_room("c", &[of_room(601)]));
    properties.patch("full", &[unset("x")]);
    properties.patch("b", &[unset("x")]);
    properties.patch("full", &[of_room(MAX_ALL_PROPERTIES)]);
    assert!(!properties.has_room("a", &[of_room(NAME)]));
}

#[test]
fn a_copy_needs_room_for_all_that_is_below() {
    let mut properties = Properties::default();
    properties.patch("a", &[of_room(100)]);
    properties.patch("a/b", &[of_room(200)]);
    properties.patch("ab", &[of_room(1000)]);
    properties.patch("full", &[of_room(MAX_ALL_PROPERTIES - 1600)]);
    assert!(properties.has_room_for_copy("a"));
    properties.patch("a/b", &[set("x", &"v".repeat(201 - NAME))]);
    assert!(!properties.has_room_for_copy("a"), "it needs 301 bytes of 299");
    assert!(properties.has_room_for_copy("a/b"));
    assert!(!properties.has_room_for_copy("ab"));
    assert!(!properties.has_room_for_copy(""));
    properties.patch("b", &[of_room(299)]);
    assert!(!properties.has_room_for_copy("a/b"));
    // Nothing has room, even where it is full.
    assert!(properties.has_room_for_copy("c"));
    properties.patch("d", &[of_room(10)]);
    assert!(properties.has_room_for_copy("c"), "more than full");
}

/// The same, as simple as can be: it is counted again each time.
#[derive(Default)]
struct Model(BTreeMap<String, BTreeMap<String, String>>);

impl Model {
    fn room(&self) -> usize {
        let one = |(name, value): (&String, &String)| "ns:".len() + name.len() + value.len();
        self.0.values().flatten().map(one).sum()
    }

    fn is_below(key: &str, outer: &str) -> bool {
        let (mut outer, mut names) = (outer.split('/'), key.split('/'));
        key == outer.clone().collect::<Vec<_>>().join("/")
            || outer.clone().eq([""])
            || outer.all(|name| names.next() == Some(name))
    }

    fn remove(&mut self, outer: &str) {
        self.0.retain(|key, _| !Self::is_below(key, outer));
    }

    fn copy(&mut self, from: &str, to: &str, deep: bool) {
        let mut copies = BTreeMap::new();
        for (key, map) in &self.0 {
            if key == from || (deep && Self::is_below(key, from)) {
                copies.insert(key.replacen(from, to, 1), map.clone());
            }
        }
        self.remove(to);
        self.0.extend(copies);
    }
}

#[test]
fn whatever_is_done_the_room_is_what_is_taken() {
    const LEFT: usize = 30_000;
    let keys = ["a", "a/b", "a/b/c", "a/d", "ab", "ab/c", "b", "b/x", "b/x/y", "a-"];
    let names = ["p", "q", "longer"];
    let mut seed = Seed::new();
    let (mut properties, mut model) = (Properties::default(), Model::default());
    properties.patch("full", &[of_room(MAX_ALL_PROPERTIES - LEFT)]);
    for _ in 0..1000 {
        let (key, other) = (seed.pick(&keys), seed.pick(&keys));
        match seed.number(0..=5) {
            0 => {
                properties.remove(key);
                model.remove(key);
            }
            1 | 2 => {
                let deep = seed.number(0..=1) == 1;
                // What is copied into itself grows; the server refuses that.
                if !Model::is_below(other, key) {
                    properties.copy(key, other, deep);
                    model.copy(key, other, deep);
                }
            }
            _ => {
                let mut update = Vec::new();
                for _ in 0..seed.number(0..=4) {
                    let property = seed.pick(&names);
                    let map = model.0.entry(key.to_owned()).or_default();
                    if seed.number(0..=2) == 0 {
                        update.push(unset(property));
                        map.remove(property);
                    } else {
                        let value = "v".repeat(seed.number(0..=200));
                        update.push(set(property, &value));
                        map.insert(property.to_owned(), value);
                    }
                }
                model.0.retain(|_, map| !map.is_empty());
                properties.patch(key, &update);
            }
        }
        let found = properties.iter().filter(|(key, _)| *key != "full").map(|(key, map)| {
            let map = map.iter().map(|(known, value)| {
                assert_eq!(known.namespace, "ns:");
                (known.name.clone(), value.clone())
            });
            (key.clone(), map.collect())
        });
        assert_eq!(found.collect::<BTreeMap<String, BTreeMap<_, _>>>(), model.0);
        let left = LEFT - model.room();
        assert!(properties.has_room("new", &[of_room(left)]));
        assert!(!properties.has_room("new", &[of_room(left + 1)]));
    }
}
