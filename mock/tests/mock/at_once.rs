//! What two threads do at one moment.

use mock::{Gate, at_once, patience};
use std::collections::HashSet;
use std::panic::catch_unwind;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn both_are_called_with_each_round_in_two_threads_and_what_they_return_is_returned() {
    let of = |number: &usize| (*number, thread::current().id());
    let returned = at_once(&[1, 2, 3], of, of);
    let numbers = returned.iter().map(|(one, other)| [one.0, other.0]);
    assert_eq!(numbers.collect::<Vec<_>>(), [[1, 1], [2, 2], [3, 3]]);
    let threads = returned.iter().map(|(one, other)| [one.1, other.1]);
    assert_eq!(threads.flatten().collect::<HashSet<_>>().len(), 2);
}

#[test]
fn in_each_round_neither_of_them_waits_for_the_other_one_to_end() {
    let rounds = [(); 3].map(|()| [Gate::new(), Gate::new()]);
    let act = |mine: &Gate, yours: &Gate| {
        mine.open();
        yours.wait();
    };
    at_once(&rounds, |[one, other]| act(one, other), |[one, other]| act(other, one));
}

#[test]
fn no_round_begins_after_a_second() {
    let started = Instant::now();
    let rounds = at_once(&[(); usize::MAX], |()| {}, |()| {});
    assert!(started.elapsed() > Duration::from_secs(1) && !rounds.is_empty());
}

#[test]
fn whoever_panics_is_not_waited_for_and_the_panic_is_passed_on() {
    let fail = |round: &i32| assert_ne!(*round, 2, "no soup");
    for first in [true, false] {
        let (one, other) = (
            |round| {
                if first {
                    fail(round)
                }
            },
            |round| {
                if !first {
                    fail(round)
                }
            },
        );
        let started = Instant::now();
        let outcome = catch_unwind(|| at_once(&[1, 2, 3], one, other));
        let panic = *outcome.unwrap_err().downcast::<String>().unwrap();
        assert!(panic.contains("no soup"), "{panic}");
        assert!(started.elapsed() < patience());
    }
}
