//! Values, combinations and time: futures that are polled by hand.

use super::MINUTE;
use super::by_hand::{ByHand, Heard, Run, Steps};
use super::simulated_system::Rules;
use ch16::{Clock, Either, Receiver, Stop, join, oneshot, select};
use mock::{at_once, patience};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};
use std::{future, iter};

// A value

#[test]
fn a_value_is_received_whether_it_is_sent_before_or_after_somebody_waits() {
    let task = ByHand::new();
    let (sender, receiver) = oneshot();
    sender.send("before");
    assert_eq!(task.poll(&mut Box::pin(receiver)), Poll::Ready(Some("before")));
    assert_eq!(task.wakes(), 0);

    let (sender, receiver) = oneshot();
    let mut receiver = Box::pin(receiver);
    for _ in 0..3 {
        assert_eq!(task.poll(&mut receiver), Poll::Pending);
    }
    assert_eq!(task.wakes(), 0, "it is not polled in vain");
    sender.send("after");
    assert_eq!(task.wakes(), 1);
    assert_eq!(task.poll(&mut receiver), Poll::Ready(Some("after")));
}

#[test]
fn of_a_sender_that_is_dropped_no_value_comes_and_who_waits_is_told() {
    let task = ByHand::new();
    let (sender, receiver) = oneshot::<u32>();
    let mut receiver = Box::pin(receiver);
    assert_eq!(task.poll(&mut receiver), Poll::Pending);
    drop(sender);
    assert_eq!(task.wakes(), 1);
    assert_eq!(task.poll(&mut receiver), Poll::Ready(None));
    let (sender, receiver) = oneshot::<u32>();
    drop(sender);
    assert_eq!(task.poll(&mut Box::pin(receiver)), Poll::Ready(None));
}

#[test]
fn a_value_that_nobody_waits_for_any_more_is_dropped() {
    let (task, value) = (ByHand::new(), Rc::new(()));
    for was_polled in [false, true] {
        let (sender, receiver) = oneshot();
        let mut receiver = Box::pin(receiver);
        if was_polled {
            assert_eq!(task.poll(&mut receiver), Poll::Pending);
        }
        drop(receiver);
        sender.send(Rc::clone(&value));
        assert_eq!(Rc::strong_count(&value), 1);
    }
    // And one that was sent, and not fetched.
    let (sender, receiver) = oneshot();
    sender.send(Rc::clone(&value));
    drop(receiver);
    assert_eq!(Rc::strong_count(&value), 1);
}

#[test]
fn who_polled_last_is_woken_and_nobody_else() {
    let [first, second] = [ByHand::new(), ByHand::new()];
    for gives in [false, true] {
        let (sender, receiver) = oneshot();
        let mut receiver = Box::pin(receiver);
        assert!(first.poll(&mut receiver).is_pending() && second.poll(&mut receiver).is_pending());
        match gives {
            true => sender.send(()),
            false => drop(sender),
        }
        assert_eq!((first.wakes(), second.wakes()), (0, 1));
    }
}

/// Polls what it waits for in the moment in which it is woken, as another thread may.
struct AtOnce {
    receiver: Mutex<Receiver<u32>>,
    polled: Mutex<Option<Poll<Option<u32>>>>,
}

impl Wake for AtOnce {
    fn wake(self: Arc<Self>) {
        let mut receiver = self.receiver.lock().unwrap();
        let mut context = Context::from_waker(Waker::noop());
        *self.polled.lock().unwrap() = Some(Pin::new(&mut *receiver).poll(&mut context));
    }
}

#[test]
fn who_is_woken_finds_the_value_at_once() {
    let (done, has_ended) = mpsc::channel();
    // In a thread: who is woken while the value is locked waits for ever.
    thread::spawn(move || {
        let (sender, receiver) = oneshot();
        let polled = Mutex::default();
        let task = Arc::new(AtOnce { receiver: Mutex::new(receiver), polled });
        let waker = Waker::from(Arc::clone(&task));
        let mut context = Context::from_waker(&waker);
        assert!(Pin::new(&mut *task.receiver.lock().unwrap()).poll(&mut context).is_pending());
        sender.send(7);
        done.send(*task.polled.lock().unwrap()).unwrap();
    });
    assert_eq!(has_ended.recv_timeout(patience()), Ok(Some(Poll::Ready(Some(7)))));
}

#[test]
fn a_value_may_come_from_another_thread() {
    let task = ByHand::new();
    let (sender, receiver) = oneshot();
    let mut receiver = Box::pin(receiver);
    assert!(task.poll(&mut receiver).is_pending());
    thread::spawn(|| sender.send("from afar")).join().unwrap();
    assert_eq!((task.wakes(), task.poll(&mut receiver)), (1, Poll::Ready(Some("from afar"))));
}

// Two of them

#[test]
fn who_joins_two_polls_both_until_each_has_ended_and_none_of_them_again() {
    let (task, owned) = (ByHand::new(), Rc::new(()));
    for (a, b) in (0..4).flat_map(|a| (0..4).map(move |b| (a, b))) {
        let mut both = Box::pin(join(Steps::new(a, "a", &owned), Steps::new(b, 2, &owned)));
        for turn in 0..a.max(b) {
            assert!(task.poll(&mut both).is_pending(), "{a} and {b}");
            let wanted = usize::from(turn < a) + usize::from(turn < b);
            assert_eq!(task.wakes(), wanted, "both are polled each time");
        }
        assert_eq!(task.poll(&mut both), Poll::Ready(("a", 2)));
        assert_eq!(Rc::strong_count(&owned), 1);
    }
    let mut both = Box::pin(join(Steps::new(0, (), &owned), Steps::new(9, (), &owned)));
    assert!(task.poll(&mut both).is_pending());
    drop(both);
    assert_eq!(Rc::strong_count(&owned), 1);
}

#[test]
fn of_two_that_are_selected_the_one_that_ends_first_counts_and_the_other_is_dropped() {
    let (task, owned) = (ByHand::new(), Rc::new(()));
    for (a, b) in (0..4).flat_map(|a| (0..4).map(move |b| (a, b))) {
        task.wakes();
        let mut either = Box::pin(select(Steps::new(a, "a", &owned), Steps::new(b, 2, &owned)));
        for _ in 0..a.min(b) {
            assert!(task.poll(&mut either).is_pending());
            assert_eq!(task.wakes(), 2, "both are polled each time");
        }
        // If both can end, it is the first one.
        let expected = if a <= b { Either::First("a") } else { Either::Second(2) };
        assert_eq!(task.poll(&mut either), Poll::Ready(expected), "{a} and {b}");
        assert_eq!(Rc::strong_count(&owned), 1, "and not when the whole is dropped");
    }
}

#[test]
fn either_of_two_wakes_who_waits_for_them() {
    for first in [false, true] {
        let task = ByHand::new();
        let [(to_a, a), (to_b, b)] = [oneshot(), oneshot()];
        let mut both = Box::pin(join(a, b));
        assert!(task.poll(&mut both).is_pending());
        let (one, other) = if first { (to_a, to_b) } else { (to_b, to_a) };
        one.send(1);
        assert_eq!(task.wakes(), 1);
        assert!(task.poll(&mut both).is_pending());
        other.send(2);
        assert_eq!(task.wakes(), 1);
        let expected = if first { (1, 2) } else { (2, 1) };
        assert_eq!(task.poll(&mut both), Poll::Ready((Some(expected.0), Some(expected.1))));

        let [(to_a, a), (to_b, b)] = [oneshot(), oneshot()];
        let mut either = Box::pin(select(a, b));
        assert!(task.poll(&mut either).is_pending());
        let (one, _other) = if first { (to_a, to_b) } else { (to_b, to_a) };
        one.send(1);
        assert_eq!(task.wakes(), 1);
        let expected = if first { Either::First(Some(1)) } else { Either::Second(Some(1)) };
        assert_eq!(task.poll(&mut either), Poll::Ready(expected));
    }
}

#[test]
fn what_the_loser_has_not_done_it_will_not_do() {
    let (task, heard, owned) = (ByHand::new(), Heard::default(), Rc::new(()));
    let (its, waits) = (heard.clone(), Steps::new(1, (), &owned));
    let slow = async move {
        its.add("begins");
        waits.await;
        its.add("ends");
    };
    let mut either = Box::pin(select(slow, future::ready("fast")));
    assert_eq!(task.poll(&mut either), Poll::Ready(Either::Second("fast")));
    assert_eq!((heard.take(), Rc::strong_count(&owned)), (vec!["begins".to_owned()], 1));
}

// Time

/// A clock with nobody else who sleeps.
fn clock() -> (Run, Clock) {
    let run = Run::new(Rules::Epoll);
    let clock = run.handle.clock().clone();
    (run, clock)
}

const MOMENT: Duration = Duration::from_nanos(1);

#[test]
fn a_sleep_ends_at_its_time_and_not_a_moment_before() {
    let ((mut run, clock), task) = (clock(), ByHand::new());
    let at = clock.now() + MINUTE;
    for until in [false, true] {
        let at = if until { clock.now() + MINUTE } else { at };
        let sleep = if until { clock.sleep_until(at) } else { clock.sleep(MINUTE) };
        let mut sleep = Box::pin(sleep);
        assert!(task.poll(&mut sleep).is_pending());
        assert_eq!(run.run(), Some(MINUTE), "the loop waits for it");
        run.system.move_on(MINUTE - MOMENT);
        assert_eq!(run.run(), Some(MOMENT));
        assert_eq!((task.wakes(), task.poll(&mut sleep)), (0, Poll::Pending));
        run.system.move_on(MOMENT);
        assert!(clock.now() < at, "the time is that of the turn");
        assert_eq!(run.run(), None);
        assert_eq!((clock.now(), clock.sleepers()), (at, 0));
        assert_eq!((task.wakes(), task.poll(&mut sleep)), (1, Poll::Ready(())));
    }
}

#[test]
fn who_need_not_wait_does_not_sleep() {
    let ((mut run, clock), task) = (clock(), ByHand::new());
    run.pass(MINUTE);
    let now = clock.now();
    for sleep in
        [clock.sleep(Duration::ZERO), clock.sleep_until(now), clock.sleep_until(now - MINUTE)]
    {
        assert_eq!(task.poll(&mut Box::pin(sleep)), Poll::Ready(()));
    }
    assert_eq!((clock.sleepers(), task.wakes()), (0, 0));
}

#[test]
fn a_sleep_that_is_dropped_is_forgotten_at_once() {
    let ((mut run, clock), task) = (clock(), ByHand::new());
    let mut sleeps = [(); 3].map(|()| Box::pin(clock.sleep(MINUTE)));
    assert_eq!(clock.sleepers(), 0, "nobody has waited for one");
    for (number, sleep) in sleeps.iter_mut().enumerate() {
        assert!(task.poll(sleep).is_pending());
        assert_eq!(clock.sleepers(), number + 1);
    }
    let [first, second, third] = sleeps;
    drop(second);
    assert_eq!(clock.sleepers(), 2, "the others have the same time, and stay");
    run.pass(MINUTE);
    assert_eq!((task.wakes(), clock.sleepers()), (2, 0));
    // They were due.
    let mut next = Box::pin(clock.sleep(MINUTE));
    assert!(task.poll(&mut next).is_pending());
    drop((first, third));
    assert_eq!(clock.sleepers(), 1);
}

#[test]
fn a_sleep_that_is_polled_often_is_one_and_wakes_who_polled_it_last() {
    let ((mut run, clock), [first, second]) = (clock(), [ByHand::new(), ByHand::new()]);
    let mut sleep = Box::pin(clock.sleep(MINUTE));
    for task in [&first, &first, &second, &first, &second, &second] {
        assert!(task.poll(&mut sleep).is_pending());
        assert_eq!(clock.sleepers(), 1);
    }
    run.pass(MINUTE);
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
    assert_eq!(first.poll(&mut sleep), Poll::Ready(()));
}

#[test]
fn those_who_sleep_are_woken_in_the_order_of_their_times() {
    let ((mut run, clock), heard) = (clock(), Heard::default());
    for (seconds, name) in [(2, "c"), (1, "a"), (1, "b"), (3, "d"), (60, "e")] {
        let (clock, heard) = (clock.clone(), heard.clone());
        run.spawn(async move {
            clock.sleep(Duration::from_secs(seconds)).await;
            heard.add(name);
        });
    }
    assert_eq!(run.run(), Some(Duration::from_secs(1)), "it waits for the first one");
    run.pass(Duration::from_secs(10));
    assert_eq!(heard.take(), ["a", "b", "c", "d"]);
    run.pass(MINUTE);
    assert_eq!((heard.take(), run.run()), (vec!["e".to_owned()], None));
}

#[test]
fn who_sleeps_again_and_again_sleeps_each_time() {
    let ((mut run, clock), heard) = (clock(), Heard::default());
    let (its, ticks) = (clock.clone(), heard.clone());
    run.spawn(async move {
        loop {
            its.sleep(MINUTE).await;
            ticks.add("tick");
        }
    });
    for _ in 0..5 {
        assert_eq!(heard.take(), [""; 0]);
        run.pass(MINUTE);
        assert_eq!((heard.take().len(), clock.sleepers()), (1, 1));
    }
}

#[test]
fn what_ends_in_time_is_returned_and_no_timer_is_left() {
    let ((mut run, clock), task, owned) = (clock(), ByHand::new(), Rc::new(()));
    for steps in [0, 3] {
        let mut timeout = Box::pin(clock.timeout(MINUTE, Steps::new(steps, "done", &owned)));
        for _ in 0..steps {
            assert!(task.poll(&mut timeout).is_pending());
            assert_eq!(clock.sleepers(), 1);
        }
        assert_eq!(task.poll(&mut timeout), Poll::Ready(Some("done")));
        assert_eq!((clock.sleepers(), Rc::strong_count(&owned)), (0, 1));
    }
    // At the last moment, and when there is no time at all.
    let (sender, receiver) = oneshot();
    let mut timeout = Box::pin(clock.timeout(MINUTE, receiver));
    assert!(task.poll(&mut timeout).is_pending());
    run.pass(MINUTE);
    sender.send("just");
    assert_eq!(task.poll(&mut timeout), Poll::Ready(Some(Some("just"))));
    let timeout = clock.timeout(Duration::ZERO, future::ready("at once"));
    assert_eq!(task.poll(&mut Box::pin(timeout)), Poll::Ready(Some("at once")));
}

#[test]
fn what_does_not_end_in_time_is_dropped_then() {
    let ((mut run, clock), task, owned) = (clock(), ByHand::new(), Rc::new(()));
    let endless = || {
        let owned = Rc::clone(&owned);
        async move {
            future::pending::<()>().await;
            drop(owned);
        }
    };
    let at = clock.now() + MINUTE;
    let mut timeout = Box::pin(clock.timeout(MINUTE, endless()));
    let mut timeout_at = Box::pin(clock.timeout_at(at, endless()));
    assert!(task.poll(&mut timeout).is_pending() && task.poll(&mut timeout_at).is_pending());
    run.system.move_on(MINUTE - MOMENT);
    run.run();
    assert_eq!(task.wakes(), 0);
    run.system.move_on(MOMENT);
    run.run();
    assert_eq!((task.wakes(), Rc::strong_count(&owned)), (2, 3));
    assert_eq!(task.poll(&mut timeout), Poll::Ready(None));
    assert_eq!(task.poll(&mut timeout_at), Poll::Ready(None));
    assert_eq!((Rc::strong_count(&owned), clock.sleepers()), (1, 0));
}

#[test]
fn the_time_of_a_timeout_begins_when_it_is_first_waited_for_and_that_of_a_sleep_when_it_is_made() {
    let ((mut run, clock), task) = (clock(), ByHand::new());
    let (mut sleep, mut timeout) =
        (Box::pin(clock.sleep(MINUTE)), Box::pin(clock.timeout(MINUTE, future::pending::<()>())));
    run.pass(MINUTE);
    assert_eq!(task.poll(&mut sleep), Poll::Ready(()));
    assert!(task.poll(&mut timeout).is_pending());
}

// A stop

#[test]
fn a_stop_is_noticed_whether_it_is_requested_before_or_while_somebody_waits() {
    let task = ByHand::new();
    let stop = Stop::default();
    stop.request();
    assert_eq!(task.poll(&mut Box::pin(stop.requested())), Poll::Ready(()));

    let stop = Stop::default();
    let mut requested = Box::pin(stop.requested());
    assert!(task.poll(&mut requested).is_pending());
    let clone = stop.clone();
    thread::spawn(move || clone.request()).join().unwrap();
    assert_eq!((task.wakes(), task.poll(&mut requested)), (1, Poll::Ready(())));
    // And it stays so.
    stop.request();
    assert_eq!(task.poll(&mut Box::pin(stop.requested())), Poll::Ready(()));
}

#[test]
fn of_a_stop_the_task_hears_that_waited_last() {
    let (stop, [first, second]) = (Stop::default(), [ByHand::new(), ByHand::new()]);
    let mut requested = Box::pin(stop.requested());
    assert!(first.poll(&mut requested).is_pending());
    drop(requested);
    let mut requested = Box::pin(stop.requested());
    assert!(first.poll(&mut requested).is_pending() && second.poll(&mut requested).is_pending());
    stop.request();
    assert_eq!((first.wakes(), second.wakes()), (0, 1));
}

#[test]
fn a_stop_that_is_requested_while_somebody_begins_to_wait_is_noticed() {
    let is_noticed = |stop: &Stop| {
        let (task, mut requested) = (ByHand::new(), Box::pin(stop.requested()));
        let (polled, started) = (task.poll(&mut requested), Instant::now());
        while polled.is_pending() && task.wakes() == 0 {
            // Before the other thread gives up waiting for us.
            if started.elapsed() > patience() / 2 {
                return false;
            }
            thread::yield_now();
        }
        polled.is_ready() || task.poll(&mut requested).is_ready()
    };
    let stops: Vec<_> = iter::repeat_with(Stop::default).take(5000).collect();
    let rounds = at_once(&stops, Stop::request, is_noticed);
    let missed = rounds.iter().position(|((), is_noticed)| !is_noticed);
    assert_eq!(missed, None, "nobody tells it, in this round");
}
