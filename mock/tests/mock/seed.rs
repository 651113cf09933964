//! Values that are different in each run, and can be had again.

use mock::{Seed, full_name};
use std::collections::HashSet;
use std::env;
use std::process::Command;

#[test]
fn the_same_number_gives_the_same_values() {
    let values = |mut seed: Seed| {
        (seed.word(), seed.words(5), seed.bytes(20), seed.number(1..=1000), seed.pick(&[1, 2, 3]))
    };
    assert_eq!(values(Seed::of(7)), values(Seed::of(7)));
    assert_ne!(values(Seed::of(7)), values(Seed::of(8)));
}

#[test]
fn values_are_what_was_asked_for() {
    let mut seed = Seed::new();
    for _ in 0..1000 {
        assert!((3..=5).contains(&seed.number(3..=5)));
        let word = seed.word();
        assert!((4..=10).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase()));
        assert!([1, 2].contains(&seed.pick(&[1, 2])));
    }
    assert_eq!(seed.bytes(0), b"");
    assert_eq!(seed.bytes(1000).len(), 1000);
    let words = seed.words(100);
    assert_eq!(words.iter().collect::<HashSet<_>>().len(), 100);
    let numbers: HashSet<_> = (0..1000).map(|_| seed.number(1..=3)).collect();
    assert_eq!(numbers, HashSet::from([1, 2, 3]), "both ends are in the range");
}

/// Not a test of its own: it runs in the process that the next one starts.
#[test]
fn unlucky() {
    if env::var_os("UNLUCKY").is_some() {
        let mut seed = Seed::new();
        panic!("the word is {}", seed.word());
    }
}

#[test]
fn who_panics_tells_the_seed_and_the_environment_repeats_it() {
    let run = |seed: Option<&str>| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", &full_name(module_path!(), "unlucky")]).env("UNLUCKY", "1");
        command.env_remove("MOCK_SEED").env_remove("RUST_TEST_NOCAPTURE");
        command.envs(seed.map(|seed| ("MOCK_SEED", seed)));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let first = run(None);
    let (_, behind) = first.split_once("this was seed ").unwrap();
    let (number, _) = behind.split_once(':').unwrap();
    let word = |output: &str| {
        output.lines().find(|line| line.starts_with("the word is")).unwrap().to_owned()
    };
    assert_eq!(word(&run(Some(number))), word(&first));
}
