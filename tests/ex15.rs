//! What the extensions of chapter 15 promise.

#[allow(clippy::duplicate_mod)] // The chapter's tests have it too.
#[path = "simulated_system.rs"]
mod simulated_system;

use ch15::{RelayEnd, Wheel, relay};
use mock::Seed;
use std::iter;
use std::rc::Rc;
use std::time::{Duration, Instant};

mod wheel {
    use super::*;
    use mock::patience;
    use std::collections::BTreeMap;

    const MOMENT: Duration = Duration::from_nanos(1);

    /// A wheel that begins now, when that is, and its grain.
    fn wheel<T>(slots: usize) -> (Wheel<T>, Instant, Duration) {
        let now = Instant::now();
        let grain = Duration::from_micros(Seed::new().number(900..=9_999_999) as u64);
        (Wheel::new(now, grain, slots), now, grain)
    }

    /// All that is due at `now`, in its order.
    fn take_all<T>(wheel: &mut Wheel<T>, now: Instant) -> Vec<T> {
        iter::from_fn(|| wheel.take_due(now)).collect()
    }

    #[test]
    fn a_timer_is_never_too_early_and_less_than_a_grain_too_late() {
        let (mut wheel, begin, grain) = wheel(8);
        let mut hand = 0;
        for (at, due) in [
            (grain, 1),
            (grain - MOMENT, 1),
            (MOMENT, 1),
            (grain + MOMENT, 2),
            (grain * 2, 2),
            (grain * 5 / 2, 3),
        ] {
            // Wherever the hand is.
            hand += 10;
            wheel.set(begin + grain * hand + at, at);
            let when = begin + grain * (hand + due);
            assert_eq!(wheel.take_due(when - MOMENT), None, "{at:?}");
            assert_eq!(wheel.take_due(when), Some(at));
            assert_eq!(wheel.take_due(when), None);
        }
    }

    #[test]
    fn what_was_set_for_a_time_that_is_over_is_due() {
        let (mut wheel, begin, grain) = wheel(4);
        wheel.set(begin, "now");
        assert_eq!(wheel.take_due(begin), Some("now"));
        let now = begin + grain * 7;
        assert_eq!(wheel.take_due(now), None);
        wheel.set(now, "c");
        wheel.set(begin, "a");
        wheel.set(now - grain, "b");
        wheel.set(now + MOMENT, "later");
        assert_eq!(take_all(&mut wheel, now), ["a", "b", "c"]);
        // A clock that says what is over already turns nothing back.
        wheel.set(now, "d");
        assert_eq!(take_all(&mut wheel, begin), ["d"]);
        wheel.set(now, "e");
        assert_eq!(take_all(&mut wheel, begin), ["e"]);
        assert_eq!(take_all(&mut wheel, now + grain), ["later"]);
    }

    #[test]
    fn timers_come_in_the_order_of_their_grains_and_in_a_grain_as_they_were_set() {
        let (mut wheel, begin, grain) = wheel(4);
        // The last one comes in the second turn of the hand, to a slot that is used in the first.
        for (grains, name) in [(3, "d"), (1, "a"), (2, "b"), (2, "c"), (6, "f")] {
            wheel.set(begin + grain * grains, name);
        }
        wheel.set(begin + grain * 5 / 2, "e");
        assert_eq!(take_all(&mut wheel, begin + grain), ["a"]);
        assert_eq!(take_all(&mut wheel, begin + grain * 3), ["b", "c", "d", "e"]);
        assert_eq!(take_all(&mut wheel, begin + grain * 5), [""; 0]);
        assert_eq!(take_all(&mut wheel, begin + grain * 6), ["f"]);
        assert!(wheel.is_empty());
    }

    #[test]
    fn a_timer_waits_for_its_turn_of_the_hand() {
        let (mut wheel, begin, grain) = wheel(4);
        for turn in [2, 0, 5, 1] {
            wheel.set(begin + grain * (turn * 4 + 1), turn);
        }
        for step in 0..=21 {
            let due = take_all(&mut wheel, begin + grain * step);
            let expected = match step {
                1 => vec![0],
                5 => vec![1],
                9 => vec![2],
                21 => vec![5],
                _ => Vec::new(),
            };
            assert_eq!(due, expected, "grain {step}");
        }
    }

    #[test]
    fn who_comes_late_finds_all_of_several_turns_in_their_order() {
        let (mut wheel, begin, grain) = wheel(3);
        for grains in [7, 2, 11, 5, 1, 20, 8] {
            wheel.set(begin + grain * grains, grains);
        }
        assert_eq!(take_all(&mut wheel, begin + grain * 12), [1, 2, 5, 7, 8, 11]);
        assert_eq!(take_all(&mut wheel, begin + grain * 19), [0; 0]);
        // However late: a machine may have slept for ten years.
        assert_eq!(take_all(&mut wheel, begin + Duration::from_secs(315_360_000)), [20]);
    }

    #[test]
    fn a_timer_that_is_cancelled_is_gone_at_once_and_wholly() {
        let (mut wheel, begin, grain) = wheel(4);
        let what = Rc::new(());
        let at = begin + grain * 9;
        let [first, second, third] = [1, 1, 1].map(|_| wheel.set(at, Rc::clone(&what)));
        assert_eq!((wheel.len(), Rc::strong_count(&what)), (3, 4));
        assert!(wheel.cancel(second).is_some());
        assert_eq!((wheel.len(), Rc::strong_count(&what)), (2, 3));
        assert!(wheel.cancel(second).is_none(), "it is gone");
        assert!(wheel.take_due(at).is_some());
        assert!(wheel.cancel(first).is_none(), "it was taken");
        // The hand has found this one, and nobody has taken it.
        assert!(wheel.cancel(third).is_some());
        assert!(wheel.take_due(at).is_none() && wheel.is_empty());
        assert_eq!((wheel.next(), Rc::strong_count(&what)), (None, 1));
    }

    #[test]
    fn the_next_time_is_when_the_hand_comes_to_a_slot_that_is_used() {
        let (mut wheel, begin, grain) = wheel(8);
        assert_eq!(wheel.next(), None);
        let late = wheel.set(begin + grain * 19, "in the third turn");
        assert_eq!(wheel.next(), Some(begin + grain * 3));
        let soon = wheel.set(begin + grain, "soon");
        assert_eq!(wheel.next(), Some(begin + grain));
        wheel.cancel(soon);
        assert_eq!(wheel.take_due(begin + grain * 3), None);
        assert_eq!(wheel.next(), Some(begin + grain * 11));
        wheel.set(begin + grain * 8, "in the last slot before that");
        assert_eq!(wheel.next(), Some(begin + grain * 8));
        wheel.set(begin + grain * 2, "over");
        assert_eq!(wheel.next(), Some(begin + grain * 2));
        assert_eq!(wheel.take_due(begin + grain * 3), Some("over"));
        assert_eq!(wheel.take_due(begin + grain * 8), Some("in the last slot before that"));
        wheel.cancel(late);
        assert_eq!(wheel.next(), None);
    }

    #[test]
    fn a_loop_that_waits_until_the_next_time_misses_nothing() {
        let (mut wheel, begin, grain) = wheel(8);
        let mut seed = Seed::new();
        for _ in 0..200 {
            let at = grain * seed.number(0..=1000) as u32;
            wheel.set(begin + at, begin + at);
        }
        let (mut now, mut turns) = (begin, 0);
        while let Some(next) = wheel.next() {
            assert!(next > now || turns == 0, "it does not wait");
            now = next;
            turns += 1;
            assert!(turns <= 1001, "it waits for every grain more than once");
            for at in take_all(&mut wheel, now) {
                assert_eq!(at, now);
            }
        }
    }

    #[test]
    fn a_wheel_is_as_a_list_that_is_sorted() {
        let mut seed = Seed::new();
        let slots = seed.number(1..=9);
        let (mut wheel, begin, grain) = wheel(slots);
        // By grain and number, as they are due.
        let mut list = BTreeMap::new();
        let mut passed = 0;
        for number in 0..2000 {
            match seed.number(1..=4) {
                1 | 2 => {
                    let halves = (passed + seed.number(0..=50)) as u32;
                    let id = wheel.set(begin + grain * halves / 2, number);
                    list.insert((halves.div_ceil(2), number), id);
                }
                3 if !list.is_empty() => {
                    let place = seed.number(0..=list.len() - 1);
                    let (&key, &id) = list.iter().nth(place).unwrap();
                    list.remove(&key);
                    assert_eq!(wheel.cancel(id), Some(key.1));
                }
                _ => {
                    passed += seed.number(0..=10);
                    let now = begin + grain * passed as u32 / 2;
                    let later = list.split_off(&(passed as u32 / 2 + 1, 0));
                    let expected: Vec<_> = list.into_keys().map(|(_, number)| number).collect();
                    list = later;
                    assert_eq!(take_all(&mut wheel, now), expected);
                }
            }
            assert_eq!((wheel.len(), wheel.is_empty()), (list.len(), list.is_empty()));
        }
    }

    #[test]
    fn among_very_many_timers_of_one_slot_each_is_put_off_in_no_time() {
        const MANY: usize = 100_000;
        let started = Instant::now();
        let (mut wheel, begin, grain) = wheel(16);
        let mut ids: Vec<_> = (0..MANY).map(|name| wheel.set(begin + grain * 5, name)).collect();
        for (name, id) in ids.iter_mut().enumerate() {
            assert_eq!(wheel.cancel(*id), Some(name));
            *id = wheel.set(begin + grain * 21, name);
            if name.is_multiple_of(1000) {
                assert!(started.elapsed() < patience(), "{name} of {MANY} in a long time");
            }
        }
        assert_eq!(wheel.take_due(begin + grain * 20), None);
        assert!(take_all(&mut wheel, begin + grain * 21).into_iter().eq(0..MANY));
    }
}

mod relay {
    use super::simulated_system::{Client, RULES, Rules, Simulated};
    use super::*;
    use ch15::Reactor;
    use mock::assert_bytes;

    /// How much a loop reads at once.
    const READ: usize = 64 * 1024;

    /// A loop for a relay.
    struct Scene {
        system: Simulated,
        reactor: Reactor<Simulated>,
        /// All that is made up, so that one number repeats it.
        seed: Seed,
        enough: usize,
    }

    impl Scene {
        fn new(rules: Rules) -> Self {
            let system = Simulated::new(rules);
            let reactor = Reactor::new(system.clone());
            let mut seed = Seed::new();
            let enough = seed.number(1000..=200_000);
            Self { system, reactor, seed, enough }
        }

        /// A relay of which both ends are there.
        fn relay(rules: Rules) -> (Self, Client, Client) {
            let mut scene = Self::new(rules);
            let (near, far) = relay(scene.enough);
            let (ada, bob) = (scene.joins(near), scene.joins(far));
            (scene, ada, bob)
        }

        fn joins(&mut self, end: RelayEnd) -> Client {
            let (stream, client) = self.system.pair();
            self.reactor.adopt(stream, None, end);
            self.run();
            client
        }

        fn run(&mut self) {
            self.system.run(&mut self.reactor);
        }

        /// Both clients close, and then the loop has nothing to do.
        #[track_caller]
        fn ends(mut self, ada: &Client, bob: &Client) {
            self.run();
            assert!(ada.is_finished() && bob.is_finished(), "both hear that it is the end");
            ada.finish();
            bob.finish();
            self.run();
            assert!(!self.reactor.has_something_to_do());
        }
    }

    #[test]
    fn what_one_sends_comes_to_the_other_as_it_was_sent() {
        for rules in RULES {
            for cut in 1..=9 {
                let (mut scene, ada, bob) = Scene::relay(rules);
                let (there, back) = (b"\0hello\r\n\xff", b"good\0day\n");
                for (there, back) in there.chunks(cut).zip(back.chunks(cut)) {
                    ada.send(there);
                    scene.run();
                    bob.send(back);
                    scene.run();
                }
                assert_bytes!(bob.got(), there, "{rules:?}");
                assert_bytes!(ada.got(), back, "{rules:?}");
            }
        }
    }

    #[test]
    fn who_comes_first_is_heard_when_the_other_is_there() {
        for rules in RULES {
            let mut scene = Scene::new(rules);
            let (near, far) = relay(scene.enough);
            let ada = scene.joins(near);
            ada.send("hello").finish();
            scene.run();
            assert_eq!(ada.unread(), 5, "{rules:?}");
            let bob = scene.joins(far);
            assert_bytes!(bob.got(), "hello");
            scene.ends(&ada, &bob);
        }
    }

    #[test]
    fn who_sends_faster_than_the_other_takes_is_paused_and_resumed() {
        for rules in RULES {
            let (mut scene, ada, bob) = Scene::relay(rules);
            let bytes = scene.seed.bytes(1_000_000);
            let read = |ada: &Client| bytes.len() - ada.unread();
            bob.take_only(0);
            ada.send(&bytes);
            scene.run();
            let most = scene.enough + READ;
            assert!((scene.enough..most).contains(&read(&ada)), "{} read", read(&ada));
            // It is resumed when all is taken, and not with every byte.
            let before = read(&ada);
            bob.take(before - 1);
            scene.run();
            assert_eq!(read(&ada), before);
            bob.take(1);
            scene.run();
            assert!((before + 1..before + most).contains(&read(&ada)), "{rules:?}");
            bob.take(bytes.len());
            scene.run();
            assert_bytes!(bob.got(), &bytes);
        }
    }

    #[test]
    fn each_of_the_two_is_paused_for_the_other() {
        let (mut scene, ada, bob) = Scene::relay(Rules::Epoll);
        ada.take_only(0);
        bob.send(vec![b'b'; 1_000_000]);
        scene.run();
        assert!((scene.enough..scene.enough + READ).contains(&(1_000_000 - bob.unread())));
        ada.take(usize::MAX);
        scene.run();
        assert_bytes!(ada.got(), vec![b'b'; 1_000_000]);
        bob.take_only(0);
        ada.send(vec![b'a'; 1_000_000]);
        scene.run();
        assert!((scene.enough..scene.enough + READ).contains(&(1_000_000 - ada.unread())));
    }

    #[test]
    fn when_one_has_said_all_the_other_has_it_and_both_are_at_their_end() {
        for rules in RULES {
            let (mut scene, ada, bob) = Scene::relay(rules);
            let bytes = scene.seed.bytes(500_000);
            bob.take_only(1000);
            ada.send(&bytes).finish();
            scene.run();
            assert!(!bob.is_finished(), "there is more to come");
            bob.take(bytes.len());
            scene.run();
            assert_bytes!(bob.got(), &bytes);
            scene.ends(&ada, &bob);
        }
    }

    #[test]
    fn when_one_is_gone_the_other_has_what_came_before() {
        for rules in RULES {
            let (mut scene, ada, bob) = Scene::relay(rules);
            bob.take_only(4);
            ada.send("last words");
            scene.run();
            ada.reset();
            scene.run();
            assert!(!bob.is_finished());
            bob.take(100);
            scene.run();
            assert_bytes!(bob.got(), "last words");
            assert!(bob.is_finished() && ada.is_closed(), "{rules:?}");
            bob.finish();
            scene.run();
            assert!(!scene.reactor.has_something_to_do());
        }
    }

    #[test]
    fn who_was_paused_for_one_that_is_gone_comes_to_the_end() {
        for rules in RULES {
            let (mut scene, ada, bob) = Scene::relay(rules);
            bob.take_only(0);
            ada.send(vec![b'a'; 1_000_000]);
            scene.run();
            bob.reset();
            scene.run();
            assert!(ada.is_finished() && bob.is_closed(), "{rules:?}");
        }
    }

    #[test]
    fn when_the_second_cannot_come_the_first_is_at_its_end() {
        for rules in RULES {
            // At once, or after a while.
            for port in [0, 80] {
                let mut scene = Scene::new(rules);
                let (near, far) = relay(scene.enough);
                let ada = scene.joins(near);
                ada.send("hello?");
                scene.reactor.handle().connect(([192, 0, 2, 1], port).into(), far);
                scene.run();
                scene.system.dialled().iter().for_each(Client::refuse);
                scene.run();
                assert!(ada.is_finished(), "{rules:?}");
            }
        }
        // It has failed before the first one came.
        let mut scene = Scene::new(Rules::Epoll);
        let (near, far) = relay(scene.enough);
        scene.reactor.handle().connect(([192, 0, 2, 1], 0).into(), far);
        scene.run();
        assert!(scene.joins(near).is_finished());
    }

    #[test]
    fn whatever_the_system_does_both_have_all_that_was_sent() {
        for rules in RULES {
            let (mut scene, ada, bob) = Scene::relay(rules);
            let disturbance = scene.seed.number(0..=usize::MAX);
            scene.system.disturb(Seed::of(disturbance as u64));
            let (mut there, mut back) = (Vec::new(), Vec::new());
            for _ in 0..50 {
                for (from, to, sent) in [(&ada, &bob, &mut there), (&bob, &ada, &mut back)] {
                    let count = scene.seed.number(0..=20_000);
                    let bytes = scene.seed.bytes(count);
                    sent.extend(&bytes);
                    from.send(&bytes);
                    match scene.seed.number(1..=3) {
                        1 => to.take_only(scene.seed.number(0..=5000)),
                        _ => to.take(scene.seed.number(0..=50_000)),
                    };
                }
                scene.run();
            }
            ada.take(usize::MAX);
            bob.take(usize::MAX);
            scene.run();
            assert_bytes!(bob.got(), &there, "{rules:?}");
            assert_bytes!(ada.got(), &back, "{rules:?}");
        }
    }
}
