//! The table of locks.

use ch22::{Depth, Lock, Locks, PropertyName, Scope};
use chrono::{DateTime, Utc};

/// The moment that the tests call now.
const NOW: i64 = 1_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// A lock on `key` that ends a minute from now.
fn lock(token: &str, key: &str, depth: Depth, scope: Scope) -> Lock {
    let (token, key) = (token.to_owned(), key.to_owned());
    Lock { token, key, depth, scope, owner: None, seconds: 60, ends: NOW + 60 }
}

fn exclusive(token: &str, key: &str, depth: Depth) -> Lock {
    lock(token, key, depth, Scope::Exclusive)
}

/// A table with one lock for each, whose token is its key with the first letter of its depth.
fn table(entries: &[(&str, Depth)]) -> Locks {
    let mut locks = Locks::default();
    for (key, depth) in entries {
        let sign = if *depth == Depth::Infinity { "+" } else { "" };
        locks.put(lock(&format!("{key}{sign}"), key, *depth, Scope::Shared));
    }
    locks
}

/// Tokens, sorted.
fn tokens<'a>(locks: impl Iterator<Item = &'a Lock>) -> Vec<&'a str> {
    let mut tokens: Vec<_> = locks.map(|lock| lock.token.as_str()).collect();
    tokens.sort_unstable();
    tokens
}

fn on<'a>(locks: &'a Locks, key: &str) -> Vec<&'a str> {
    tokens(locks.on(key, at(NOW)))
}

fn below<'a>(locks: &'a Locks, key: &str) -> Vec<&'a str> {
    tokens(locks.below(key, at(NOW)))
}

/// Keys of which some begin like others, and are not above them. A `-`, a `.` and a `%` are before
/// the slash in the order of bytes, and letters behind it.
const KEYS: [&str; 12] =
    ["", "a", "a-", "a.txt", "a%20b", "a/b", "a/b/c", "a/bc", "a-/b", "ab", "ab/c", "b"];

#[test]
fn a_deep_lock_holds_for_all_below_and_a_flat_one_for_itself() {
    let flat = table(&KEYS.map(|key| (key, Depth::Zero)));
    for key in KEYS {
        assert_eq!(on(&flat, key), [key]);
    }
    assert_eq!(on(&flat, "a/b/c/d"), [""; 0]);
    let deep = table(&KEYS.map(|key| (key, Depth::Infinity)));
    for (key, expected) in [
        ("", &["+"][..]),
        ("a", &["+", "a+"]),
        ("a-", &["+", "a-+"]),
        ("a.txt", &["+", "a.txt+"]),
        ("a%20b", &["+", "a%20b+"]),
        ("a/b", &["+", "a+", "a/b+"]),
        ("a/bc", &["+", "a+", "a/bc+"]),
        ("a/b/c", &["+", "a+", "a/b+", "a/b/c+"]),
        ("a/b/c/d/e", &["+", "a+", "a/b+", "a/b/c+"]),
        ("a/bcd", &["+", "a+"]),
        ("a-/b/x", &["+", "a-+", "a-/b+"]),
        ("ab", &["+", "ab+"]),
        ("abc", &["+"]),
        ("b/b", &["+", "b+"]),
    ] {
        assert_eq!(on(&deep, key), expected, "{key}");
    }
}

#[test]
fn the_nearest_is_first() {
    let deep = table(&[("", Depth::Infinity), ("a", Depth::Infinity), ("a/b", Depth::Zero)]);
    let found: Vec<_> = deep.on("a/b", at(NOW)).map(|lock| lock.key.as_str()).collect();
    assert_eq!(found, ["a/b", "a", ""]);
}

#[test]
fn a_flat_lock_of_a_folder_does_not_hold_for_what_is_in_it() {
    let locks = table(&[("", Depth::Zero), ("a", Depth::Zero), ("a/b", Depth::Infinity)]);
    assert_eq!(on(&locks, "a/c"), [""; 0]);
    assert_eq!(on(&locks, "b"), [""; 0]);
    assert_eq!(on(&locks, "a/b/c"), ["a/b+"]);
    // It is one of the two levels that are meant: never the one in between.
    let locks = table(&[("a", Depth::One)]);
    assert_eq!((on(&locks, "a"), on(&locks, "a/b")), (vec!["a"], vec![]));
}

#[test]
fn below_are_all_that_are_there_and_deeper_and_nothing_beside() {
    let locks = table(&KEYS.map(|key| (key, Depth::Zero)));
    let mut all = KEYS.to_vec();
    all.sort_unstable();
    assert_eq!(below(&locks, ""), all);
    for (key, expected) in [
        ("a", &["a", "a/b", "a/b/c", "a/bc"][..]),
        ("a-", &["a-", "a-/b"]),
        ("a.", &[]),
        ("a.txt", &["a.txt"]),
        ("a/b", &["a/b", "a/b/c"]),
        ("a/b/c", &["a/b/c"]),
        ("a/b/c/d", &[]),
        ("ab", &["ab", "ab/c"]),
        ("c", &[]),
        ("a/", &[]),
    ] {
        assert_eq!(below(&locks, key), expected, "{key}");
    }
}

#[test]
fn removing_below_takes_those_and_itself_only_if_that_is_said() {
    let full = || table(&KEYS.map(|key| (key, Depth::Zero)));
    for key in KEYS.into_iter().chain(["c", "a/b/c/d"]) {
        for and_itself in [true, false] {
            let mut locks = full();
            locks.remove_below(key, and_itself);
            let full = full();
            let gone = below(&full, key);
            let stays = |known: &&str| !gone.contains(known) || (*known == key && !and_itself);
            let mut expected: Vec<_> = KEYS.into_iter().filter(stays).collect();
            expected.sort_unstable();
            assert_eq!(tokens(locks.iter()), expected, "{key} {and_itself}");
        }
    }
}

#[test]
fn removing_takes_the_one_that_has_key_and_token() {
    let mut locks = Locks::default();
    for token in ["one", "two"] {
        locks.put(lock(token, "a", Depth::Zero, Scope::Shared));
    }
    locks.put(lock("three", "a/b", Depth::Zero, Scope::Shared));
    for (key, token) in [("a", "three"), ("", "one"), ("a/b", "one"), ("ab", "one"), ("a", "on")] {
        locks.remove(key, token);
        assert_eq!(tokens(locks.iter()), ["one", "three", "two"]);
    }
    locks.remove("a", "one");
    assert_eq!(tokens(locks.iter()), ["three", "two"]);
    locks.remove("a", "two");
    locks.remove("a", "two");
    assert_eq!((on(&locks, "a"), tokens(locks.iter())), (vec![], vec!["three"]));
}

#[test]
fn one_that_has_its_token_takes_its_place() {
    let mut locks = Locks::default();
    locks.put(lock("one", "a", Depth::Zero, Scope::Shared));
    locks.put(lock("two", "a", Depth::Zero, Scope::Shared));
    let longer =
        Lock { seconds: 90, ends: NOW + 90, ..lock("one", "a", Depth::Zero, Scope::Shared) };
    locks.put(longer.clone());
    assert_eq!(tokens(locks.iter()), ["one", "two"]);
    assert!(locks.iter().any(|lock| *lock == longer));
}

/// Who locks and unlocks one name after the other fills no memory.
#[test]
fn nothing_is_left_of_what_was_locked_once() {
    let one = || table(&[("a", Depth::Zero)]);
    let (mut removed, mut ended, mut below) = (one(), one(), one());
    removed.remove("a", "a");
    ended.remove_ended(at(NOW + 60));
    below.remove_below("", true);
    for locks in [removed, ended, below] {
        assert_eq!(format!("{locks:?}"), format!("{:?}", Locks::default()));
    }
}

#[test]
fn all_are_listed_in_the_order_of_their_keys() {
    let locks = table(&[("b", Depth::Zero), ("", Depth::Zero), ("a/b", Depth::Zero)]);
    assert_eq!(locks.iter().map(|lock| &*lock.key).collect::<Vec<_>>(), ["", "a/b", "b"]);
    assert_eq!(Locks::default().iter().count(), 0);
}

// Time

#[test]
fn a_lock_is_over_in_the_very_second_in_which_it_ends() {
    let lock = Lock { ends: NOW, ..exclusive("one", "a", Depth::Infinity) };
    let mut locks = Locks::default();
    locks.put(lock.clone());
    let wanted = exclusive("two", "a", Depth::Zero);
    let almost = DateTime::from_timestamp_millis(NOW * 1000 - 1).unwrap();
    for (now, lasts) in [
        (at(NOW - 1), true),
        (almost, true),
        (at(NOW), false),
        (at(NOW + 1), false),
        (at(i64::from(i32::MIN)), true),
        (DateTime::<Utc>::MIN_UTC, true),
        (DateTime::<Utc>::MAX_UTC, false),
    ] {
        assert_eq!(lock.lasts(now), lasts, "{now}");
        assert_eq!(locks.on("a/b", now).count(), usize::from(lasts), "{now}");
        assert_eq!(locks.below("", now).count(), usize::from(lasts), "{now}");
        assert_eq!(locks.against(&wanted, now).is_some(), lasts, "{now}");
    }
    assert_eq!(locks.iter().count(), 1, "it is there until it is removed");
    locks.remove_ended(at(NOW - 1));
    assert_eq!(locks.iter().count(), 1);
    locks.remove_ended(at(NOW));
    assert_eq!(locks.iter().count(), 0);
}

#[test]
fn only_those_that_are_over_are_removed() {
    let mut locks = Locks::default();
    for (token, key, ends) in
        [("1", "a", NOW), ("2", "a", NOW + 1), ("3", "b", NOW - 1), ("4", "", NOW + 9)]
    {
        locks.put(Lock { ends, ..lock(token, key, Depth::Zero, Scope::Shared) });
    }
    locks.remove_ended(at(NOW));
    assert_eq!(tokens(locks.iter()), ["2", "4"]);
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for ends in [i64::MAX, i64::MIN] {
        let lock = Lock { ends, ..exclusive("one", "a", Depth::Zero) };
        for now in [DateTime::<Utc>::MIN_UTC, at(NOW), DateTime::<Utc>::MAX_UTC] {
            assert_eq!(lock.lasts(now), ends > 0);
            lock.describe("/a", now);
        }
    }
}

// One against another

/// Whether the second one is refused when the first one is there.
fn is_against(first: &Lock, second: &Lock) -> bool {
    let mut locks = Locks::default();
    locks.put(first.clone());
    let found = locks.against(second, at(NOW));
    assert!(found.is_none_or(|known| known == first));
    found.is_some()
}

#[test]
fn two_share_what_both_want_to_share() {
    use Scope::{Exclusive, Shared};
    for (first, second, refused) in [
        (Shared, Shared, false),
        (Shared, Exclusive, true),
        (Exclusive, Shared, true),
        (Exclusive, Exclusive, true),
    ] {
        let first = lock("one", "a", Depth::Zero, first);
        let second = lock("two", "a", Depth::Zero, second);
        assert_eq!(is_against(&first, &second), refused, "{first:?} {second:?}");
    }
}

#[test]
fn locks_meet_where_both_hold() {
    use Depth::{Infinity, Zero};
    for (first, second, meet) in [
        (("a", Zero), ("a", Zero), true),
        (("a", Zero), ("a/b", Zero), false),
        (("a", Zero), ("a/b", Infinity), false),
        (("a", Infinity), ("a/b", Zero), true),
        (("a", Infinity), ("a/b/c/d", Infinity), true),
        (("a/b", Zero), ("a", Zero), false),
        (("a/b", Infinity), ("a", Zero), false),
        (("a/b", Zero), ("a", Infinity), true),
        (("a/b/c", Infinity), ("a", Infinity), true),
        (("a", Infinity), ("ab", Infinity), false),
        (("ab", Infinity), ("a", Infinity), false),
        (("a-", Infinity), ("a", Infinity), false),
        (("a", Infinity), ("a-", Zero), false),
        (("", Infinity), ("a/b", Zero), true),
        (("", Zero), ("a/b", Infinity), false),
        (("a/b", Zero), ("", Infinity), true),
        (("a/b", Infinity), ("", Zero), false),
        (("", Zero), ("", Zero), true),
    ] {
        let one = exclusive("one", first.0, first.1);
        let two = exclusive("two", second.0, second.1);
        assert_eq!(is_against(&one, &two), meet, "{first:?} {second:?}");
        assert_eq!(is_against(&two, &one), meet, "{second:?} {first:?}");
        // Who shares does not mind others who do.
        let one = Lock { scope: Scope::Shared, ..one };
        let two = Lock { scope: Scope::Shared, ..two };
        assert!(!is_against(&one, &two), "{first:?} {second:?}");
    }
}

#[test]
fn behind_one_that_shares_there_may_be_one_that_does_not() {
    let mut locks = Locks::default();
    locks.put(lock("one", "a", Depth::Infinity, Scope::Shared));
    locks.put(lock("two", "a/b", Depth::Zero, Scope::Exclusive));
    let wanted = lock("three", "a", Depth::Infinity, Scope::Shared);
    assert_eq!(locks.against(&wanted, at(NOW)).map(|lock| &*lock.token), Some("two"));
    let wanted = lock("three", "a", Depth::Zero, Scope::Shared);
    assert_eq!(locks.against(&wanted, at(NOW)), None);
}

// What is shown of one

#[test]
fn a_lock_is_described_as_rfc_4918_wants_it() {
    let lock = Lock {
        owner: Some("<D:owner xmlns:D=\"DAV:\">Ada</D:owner>".to_owned()),
        ..exclusive("urn:uuid:1", "a%20b", Depth::Infinity)
    };
    assert_eq!(
        lock.describe("/dav/a%20b", at(NOW + 1)),
        "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:exclusive/></D:lockscope>\
         <D:depth>infinity</D:depth><D:owner xmlns:D=\"DAV:\">Ada</D:owner>\
         <D:timeout>Second-59</D:timeout>\
         <D:locktoken><D:href>urn:uuid:1</D:href></D:locktoken>\
         <D:lockroot><D:href>/dav/a%20b</D:href></D:lockroot></D:activelock>"
    );
    let lock = self::lock("urn:uuid:2", "", Depth::Zero, Scope::Shared);
    assert_eq!(
        lock.describe("/", at(NOW + 61)),
        PropertyName::dav("activelock").element(
            "<D:locktype><D:write/></D:locktype><D:lockscope><D:shared/></D:lockscope>\
             <D:depth>0</D:depth><D:timeout>Second-0</D:timeout>\
             <D:locktoken><D:href>urn:uuid:2</D:href></D:locktoken>\
             <D:lockroot><D:href>/</D:href></D:lockroot>"
        )
    );
}
