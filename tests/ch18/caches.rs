//! What is kept, for how long, and what is forgotten first.

use ch18::{Cache, DiskCache, Lru, MAX_KEY, Ttl, cached};
use mock::{Events, Gate, Seed};
use std::cell::{Cell, RefCell};
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

const HOUR: Duration = Duration::from_secs(3600);

// Least recently used

#[test]
fn the_one_that_was_not_asked_for_the_longest_is_forgotten() {
    let mut cache = Lru::new(3);
    for key in ["a", "b", "c"] {
        cache.insert(key, key.to_uppercase());
    }
    assert_eq!(cache.get(&"a"), Some(&"A".to_owned()));
    cache.insert("b", "B2".to_owned());
    cache.insert("d", "D".to_owned());
    assert_eq!(cache.get(&"c"), None);
    assert_eq!(cache.get(&"a"), Some(&"A".to_owned()));
    assert_eq!(cache.get(&"b"), Some(&"B2".to_owned()));
    assert_eq!(cache.get(&"d"), Some(&"D".to_owned()));
    assert_eq!(cache.len(), 3);
}

/// The same cache, as simple as can be: the key that was asked for last stands at the end.
struct Simple {
    room: usize,
    values: Vec<(u8, usize)>,
}

impl Simple {
    fn remove(&mut self, key: u8) -> Option<usize> {
        let place = self.values.iter().position(|(known, _)| *known == key)?;
        Some(self.values.remove(place).1)
    }

    fn get(&mut self, key: u8) -> Option<usize> {
        let value = self.remove(key)?;
        self.values.push((key, value));
        Some(value)
    }

    fn insert(&mut self, key: u8, value: usize) {
        self.remove(key);
        self.values.push((key, value));
        if self.values.len() > self.room {
            self.values.remove(0);
        }
    }
}

#[test]
fn an_lru_does_what_a_simple_one_does() {
    let mut seed = Seed::new();
    for room in [0, 1, 2, 3, 7] {
        let (mut lru, mut simple) = (Lru::new(room), Simple { room, values: Vec::new() });
        for step in 0..3000 {
            let key = seed.number(0..=room + 2) as u8;
            match seed.number(0..=9) {
                0 => assert_eq!(lru.remove(&key), simple.remove(key), "room {room}, step {step}"),
                1..=5 => {
                    assert_eq!(lru.get(&key).copied(), simple.get(key), "room {room}, step {step}")
                }
                _ => {
                    lru.insert(key, step);
                    simple.insert(key, step);
                }
            }
            assert_eq!(lru.len(), simple.values.len());
            assert_eq!(lru.is_empty(), simple.values.is_empty());
        }
    }
}

#[test]
fn without_room_nothing_is_kept() {
    let mut lru = Lru::new(0);
    lru.insert("a", 1);
    assert_eq!(lru.get(&"a"), None);
    assert_eq!((lru.len(), lru.is_empty()), (0, true));
    let (mut ttl, now) = (Ttl::new(0, HOUR), Instant::now());
    ttl.insert("a", 1, now);
    assert_eq!(ttl.get(&"a", now), None);
}

/// A key that counts how often one is compared with another.
#[derive(Clone, Debug, Eq)]
struct Counted(u32);

thread_local! {
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        COMPARED.set(COMPARED.get() + 1);
        self.0 == other.0
    }
}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn a_large_cache_is_not_searched_from_end_to_end() {
    const ROOM: u32 = 2000;
    let mut cache = Lru::new(ROOM as usize);
    for key in 0..2 * ROOM {
        cache.insert(Counted(key), key);
        assert!(cache.get(&Counted(key.saturating_sub(ROOM / 4))).is_some());
        cache.get(&Counted(7 * ROOM));
    }
    // Each of some thousand steps looks at a few, and not at hundreds.
    assert!(COMPARED.get() < 100_000, "{} keys were compared", COMPARED.get());
}

// Time to live

#[test]
fn a_value_is_good_for_its_time_and_no_longer() {
    let (mut cache, start) = (Ttl::new(2, HOUR), Instant::now());
    cache.insert("a", 1, start);
    let just_before = start + HOUR - Duration::from_nanos(1);
    assert_eq!(cache.get(&"a", start), Some(&1));
    assert_eq!(cache.get(&"a", just_before), Some(&1));
    // That it was asked for does not make it younger.
    assert_eq!(cache.get(&"a", start + HOUR), None);
    // It is gone, and does not come back.
    assert_eq!(cache.get(&"a", start), None);
    cache.insert("a", 2, just_before);
    cache.insert("a", 3, start + HOUR);
    assert_eq!(cache.get(&"a", just_before + HOUR), Some(&3));
    assert_eq!(cache.get(&"a", start + 2 * HOUR), None);
}

#[test]
fn with_no_time_at_all_nothing_is_good() {
    let (mut cache, now) = (Ttl::new(2, Duration::ZERO), Instant::now());
    cache.insert("a", 1, now);
    assert_eq!(cache.get(&"a", now), None);
}

#[test]
fn a_ttl_does_what_a_simple_one_does() {
    let mut seed = Seed::new();
    let start = Instant::now();
    for room in [0, 1, 2, 5] {
        let mut ttl = Ttl::new(room, Duration::from_secs(10));
        let mut simple = Simple { room, values: Vec::new() };
        // What is in the simple one is the second in which the value was made, and is the value.
        for second in 0..3000 {
            let (key, now) = (seed.number(0..=room + 2) as u8, start + Duration::from_secs(second));
            if seed.number(0..=2) == 0 {
                ttl.insert(key, second as usize, now);
                simple.insert(key, second as usize);
            } else {
                let mut expected = simple.get(key);
                if expected.is_some_and(|made| second as usize - made >= 10) {
                    simple.remove(key);
                    expected = None;
                }
                assert_eq!(ttl.get(&key, now).copied(), expected, "room {room}, second {second}");
            }
        }
    }
}

// A function that is not asked again

/// Counts how often it was asked for each of these.
#[derive(Default)]
struct Asked(RefCell<Vec<u32>>);

impl Asked {
    fn double(&self, key: &u32) -> Result<u32, String> {
        self.0.borrow_mut().push(*key);
        match key {
            0 => Err(format!("no double, {} times", self.0.borrow().len())),
            _ => Ok(2 * key),
        }
    }
}

#[test]
fn a_function_is_asked_once_for_each_key() {
    let asked = Asked::default();
    let double = cached(Lru::new(2), |key: &u32| asked.double(key));
    for key in [1, 1, 2, 2, 1, 2] {
        assert_eq!(double(&key), Ok(2 * key));
    }
    assert_eq!(*asked.0.borrow(), [1, 2]);
    // The third has no room beside them, and takes that of 1.
    assert_eq!([double(&3), double(&2), double(&1)], [Ok(6), Ok(4), Ok(2)]);
    assert_eq!(*asked.0.borrow(), [1, 2, 3, 1]);
}

#[test]
fn an_error_is_not_kept() {
    let asked = Asked::default();
    let double = cached(Lru::new(2), |key: &u32| asked.double(key));
    assert_eq!(double(&0), Err("no double, 1 times".into()));
    assert_eq!(double(&0), Err("no double, 2 times".into()));
}

#[test]
fn a_value_that_is_good_for_an_hour_is_kept_and_one_that_is_good_for_a_moment_is_not() {
    let moment = Duration::from_micros(1);
    for (lifetime, times) in [(HOUR, 1), (moment, 3), (Duration::ZERO, 3)] {
        let asked = Asked::default();
        let double = cached(Ttl::new(2, lifetime), |key: &u32| asked.double(key));
        for _ in 0..3 {
            assert_eq!(double(&7), Ok(14));
            let since = Instant::now();
            while since.elapsed() <= moment {}
        }
        assert_eq!(asked.0.borrow().len(), times, "{lifetime:?}");
    }
}

#[test]
fn whoever_asks_for_something_else_does_not_wait_for_the_slow_one() {
    let (events, gate) = (Events::new(), Gate::new());
    let answer = cached(Lru::new(9), |key: &&'static str| {
        events.log(format!("{key} is asked for"));
        if *key == "slow" {
            gate.wait();
        }
        Ok::<_, ()>(key.len())
    });
    thread::scope(|scope| {
        // Both of these find nothing, and both have it made.
        for _ in 0..2 {
            scope.spawn(|| assert_eq!(answer(&"slow"), Ok(4)));
        }
        while events.list().iter().filter(|event| *event == "slow is asked for").count() < 2 {
            events.wait_for("slow is asked for");
            thread::yield_now();
        }
        let fast = scope.spawn(|| {
            assert_eq!(answer(&"at once"), Ok(7));
            events.log("the fast one has its answer");
        });
        events.wait_for("the fast one has its answer");
        fast.join().unwrap();
        gate.open();
    });
    assert_eq!(answer(&"slow"), Ok(4));
    assert_eq!(events.list().iter().filter(|event| *event == "slow is asked for").count(), 2);
}

#[test]
fn a_function_that_panics_leaves_the_cache_as_it_was() {
    let calls = AtomicUsize::new(0);
    let answer = cached(Lru::new(9), |key: &u32| match calls.fetch_add(1, Ordering::Relaxed) {
        1 => panic!("once"),
        _ => Ok::<_, ()>(*key),
    });
    assert_eq!(answer(&1), Ok(1));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| answer(&2))).is_err());
    assert_eq!((answer(&1), answer(&2)), (Ok(1), Ok(2)));
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

/// One that breaks once in the middle of a change.
struct Fragile {
    is_whole: bool,
    values: Lru<u32, u32>,
}

impl Cache<u32, u32> for Fragile {
    fn look_up(&mut self, key: &u32) -> Option<u32> {
        self.values.look_up(key)
    }

    fn keep(&mut self, key: u32, value: u32) {
        assert!(std::mem::replace(&mut self.is_whole, true), "once");
        self.values.keep(key, value);
    }
}

#[test]
fn a_cache_that_panics_is_asked_again() {
    let asked = Asked::default();
    let fragile = Fragile { is_whole: false, values: Lru::new(9) };
    let double = cached(fragile, |key: &u32| asked.double(key));
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| double(&1))).is_err());
    assert_eq!([double(&1), double(&1)], [Ok(2), Ok(2)]);
    assert_eq!(*asked.0.borrow(), [1, 1]);
}

// On the disk

fn disk(folder: &Path) -> DiskCache {
    DiskCache::new(folder, HOUR).unwrap()
}

fn look_up(cache: &mut DiskCache, key: &str) -> Option<Vec<u8>> {
    cache.look_up(&key.to_owned())
}

/// The files of a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_value_on_the_disk_outlives_whoever_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("not/there/yet");
    let mut first = disk(&below);
    first.keep("soup".into(), b"hot\r\n\0\xff".to_vec());
    first.keep("nothing".into(), Vec::new());
    drop(first);
    let mut second = disk(&below);
    assert_eq!(look_up(&mut second, "soup"), Some(b"hot\r\n\0\xff".to_vec()));
    assert_eq!(look_up(&mut second, "nothing"), Some(Vec::new()));
    assert_eq!(look_up(&mut second, "bread"), None);
    second.keep("soup".into(), b"cold".to_vec());
    assert_eq!(look_up(&mut disk(&below), "soup"), Some(b"cold".to_vec()));
    // Of what was replaced, nothing is left.
    assert_eq!(files(&below).len(), 2);
}

#[test]
fn any_text_is_a_key_and_no_two_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    let mut cache = disk(&inner);
    let longest = "k".repeat(MAX_KEY);
    let keys = [
        "a",
        "A",
        "aa",
        "6161",
        "",
        " ",
        "/",
        "../a",
        "a/b",
        "a\0",
        "a\\b",
        "con",
        "ä",
        "Ä",
        "é",
        "e\u{301}",
        "%61",
        "a.",
        "a..",
        ".",
        "..",
        "*",
        "a:b",
        "😀",
        "-",
        &longest,
        &longest[1..],
    ];
    for (number, key) in keys.iter().enumerate() {
        cache.keep((*key).to_owned(), number.to_string().into_bytes());
    }
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(look_up(&mut cache, key), Some(number.to_string().into_bytes()), "{key:?}");
    }
    // Where letters of either case are the same file, they are still two files.
    let names = files(&inner).into_iter().map(|path| path.to_string_lossy().to_lowercase());
    let names = names.collect::<std::collections::BTreeSet<_>>();
    assert_eq!(names.len(), keys.len());
    // And none of them lies elsewhere.
    assert_eq!(files(folder.path()), [inner]);
}

#[test]
fn a_value_with_a_key_that_is_too_long_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = disk(folder.path());
    for key in ["k".repeat(MAX_KEY + 1), "ä".repeat(MAX_KEY / 2 + 1), "k".repeat(100_000)] {
        cache.keep(key.clone(), b"soup".to_vec());
        assert_eq!(cache.look_up(&key), None);
    }
    assert!(files(folder.path()).is_empty());
}

/// As if that long ago it had been written.
fn make_older(folder: &Path, age: Duration) {
    for path in files(folder) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - age).unwrap();
    }
}

#[test]
fn a_value_on_the_disk_is_good_for_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = disk(folder.path());
    let minute = Duration::from_secs(60);
    for (age, is_good) in [(HOUR - minute, true), (HOUR + minute, false), (100 * HOUR, false)] {
        cache.keep("soup".into(), b"hot".to_vec());
        make_older(folder.path(), age);
        assert_eq!(look_up(&mut cache, "soup").is_some(), is_good, "{age:?}");
        // What is not good any more takes no room either.
        assert_eq!(files(folder.path()).len(), usize::from(is_good), "{age:?}");
    }
    let mut never = DiskCache::new(folder.path(), Duration::ZERO).unwrap();
    never.keep("soup".into(), b"hot".to_vec());
    assert_eq!(look_up(&mut never, "soup"), None);
}

#[test]
fn a_value_from_the_future_is_not_good() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = disk(folder.path());
    cache.keep("soup".into(), b"hot".to_vec());
    for path in files(folder.path()) {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() + HOUR).unwrap();
    }
    assert_eq!(look_up(&mut cache, "soup"), None);
    cache.keep("soup".into(), b"new".to_vec());
    assert_eq!(look_up(&mut cache, "soup"), Some(b"new".to_vec()));
}

/// A reader that has the file open is the one whom a change in the middle would reach.
#[cfg(unix)]
#[test]
fn whoever_reads_while_a_value_is_replaced_has_the_old_one_whole() {
    use std::io::Read;
    let folder = tempfile::tempdir().unwrap();
    let mut cache = disk(folder.path());
    let (old, new) = (vec![b'a'; 100_000], vec![b'b'; 300_000]);
    cache.keep("soup".into(), old.clone());
    let [path] = &files(folder.path())[..] else { panic!("it is one file") };
    let mut reading = fs::File::open(path).unwrap();
    let mut read = vec![0; 1000];
    reading.read_exact(&mut read).unwrap();
    cache.keep("soup".into(), new.clone());
    reading.read_to_end(&mut read).unwrap();
    assert!(read == old, "{} bytes were read", read.len());
    assert!(look_up(&mut cache, "soup") == Some(new));
}

#[test]
fn readers_see_whole_values_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let write = |letter: u8, length| {
        let mut cache = disk(folder.path());
        for _ in 0..100 {
            cache.keep("soup".into(), vec![letter; length]);
        }
    };
    write(b'a', 1_000);
    thread::scope(|scope| {
        let writers = [(b'a', 1_000), (b'b', 50_000), (b'c', 200_000)];
        let writers = writers.map(|(letter, length)| scope.spawn(move || write(letter, length)));
        let mut cache = disk(folder.path());
        let mut seen = 0;
        while !writers.iter().all(|writer| writer.is_finished()) || seen == 0 {
            // On Windows a file cannot be opened while it is replaced.
            let Some(value) = look_up(&mut cache, "soup") else { continue };
            let whole = match value.first() {
                Some(b'a') => 1_000,
                Some(b'b') => 50_000,
                _ => 200_000,
            };
            assert!(value.len() == whole && value.iter().all(|byte| *byte == value[0]));
            seen += 1;
        }
    });
}

/// What a program leaves behind that was ended while it wrote is not a value.
#[test]
fn half_a_file_of_another_name_is_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = disk(folder.path());
    cache.keep("soup".into(), b"hot".to_vec());
    fs::write(folder.path().join(".tmp12345"), "hal").unwrap();
    assert_eq!(look_up(&mut cache, "soup"), Some(b"hot".to_vec()));
    assert_eq!(look_up(&mut cache, ".tmp12345"), None);
}

#[test]
fn a_cache_whose_folder_is_gone_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("inner");
    let asked = Asked::default();
    let say = cached(disk(&inner), |key: &String| {
        asked.double(&(key.len() as u32)).map(|double| double.to_string().into_bytes())
    });
    assert_eq!(say(&"soup".to_owned()), Ok(b"8".to_vec()));
    fs::remove_dir_all(&inner).unwrap();
    for _ in 0..2 {
        assert_eq!(say(&"soup".to_owned()), Ok(b"8".to_vec()));
    }
    assert_eq!(asked.0.borrow().len(), 3);
}

#[test]
fn a_folder_that_cannot_be_is_an_error_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(DiskCache::new(&file.join("below"), HOUR).is_err());
}

#[test]
fn a_function_is_asked_once_by_all_programs_that_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Asked::default();
    for _ in 0..3 {
        let say = cached(disk(folder.path()), |key: &String| {
            asked.double(&(key.len() as u32)).map(|double| double.to_string().into_bytes())
        });
        assert_eq!(say(&"soup".to_owned()), Ok(b"8".to_vec()));
        assert!(say(&String::new()).is_err());
    }
    assert_eq!(*asked.0.borrow(), [4, 0, 0, 0]);
}
