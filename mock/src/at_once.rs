//! Two threads at one moment, again and again.

use crate::patience;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{hint, iter, thread};

/// For how long [`at_once`] begins rounds.
const TIME: Duration = Duration::from_secs(1);

/// Calls `one` and `other` with each of `rounds`, in two threads and as nearly at the same moment
/// as may be, and returns what they returned, in order.
///
/// Whoever looks and takes in two steps is found out by this, sooner or later: ten thousand rounds
/// take some milliseconds where two processors are free. Where they are not, a round can take as
/// many itself, so that no more rounds begin after a second.
///
/// ```
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// let places = [const { AtomicBool::new(false) }; 100];
/// let take = |is_taken: &AtomicBool| !is_taken.swap(true, Ordering::SeqCst);
/// for (one, other) in mock::at_once(&places, take, take) {
///     assert_ne!(one, other);
/// }
/// ```
///
/// # Panics
///
/// If one of the two panics, or is not done with a round within [`patience`].
pub fn at_once<'a, T: Sync, A: Send, B>(
    rounds: &'a [T],
    one: impl Fn(&'a T) -> A + Sync,
    other: impl Fn(&'a T) -> B,
) -> Vec<(A, B)> {
    let (arrived, has_left) = Default::default();
    // The first round that does not begin.
    let end = AtomicUsize::new(usize::MAX);
    let numbered = || iter::zip(1.., rounds);
    let begins = |number: usize| {
        meet(&arrived, 2 * number, &has_left) && number < end.load(Ordering::SeqCst)
    };
    thread::scope(|scope| {
        let ones = scope.spawn(|| {
            let _leaves = Leaves(&has_left);
            let begun = numbered().take_while(|&(number, _)| begins(number));
            begun.map(|(_, round)| one(round)).collect::<Vec<_>>()
        });
        let _leaves = Leaves(&has_left);
        let started = Instant::now();
        let begun = numbered().take_while(|&(number, _)| {
            // For both, and so before they meet.
            if started.elapsed() > TIME {
                end.store(number, Ordering::SeqCst);
            }
            begins(number)
        });
        let others: Vec<_> = begun.map(|(_, round)| other(round)).collect();
        let ones = ones.join().unwrap_or_else(|panic| resume_unwind(panic));
        iter::zip(ones, others).collect()
    })
}

/// Tells that a thread comes to no other round, also if it panics.
struct Leaves<'a>(&'a AtomicBool);

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Returns true when `all` have arrived, and false if one of them has left and will not come. It
/// spins, so that they go on at the same moment: threads that are woken go on one after the other.
/// But one that finds no processor is let run.
fn meet(arrived: &AtomicUsize, all: usize, has_left: &AtomicBool) -> bool {
    let started = Instant::now();
    arrived.fetch_add(1, Ordering::SeqCst);
    let mut spins = 0_u64;
    loop {
        // In this order: whoever has left may have come here before.
        let is_alone = has_left.load(Ordering::SeqCst);
        if arrived.load(Ordering::SeqCst) >= all {
            return true;
        }
        if is_alone {
            return false;
        }
        hint::spin_loop();
        spins += 1;
        if spins.is_multiple_of(1000) {
            let time = patience();
            assert!(started.elapsed() < time, "a thread waited {time:?} for the other one");
            thread::yield_now();
        }
    }
}
