//! What the extensions of chapter 16 promise.

#[allow(clippy::duplicate_mod)] // The chapter's tests have it too.
#[path = "simulated_system.rs"]
mod simulated_system;

use ch16::Executor;
use simulated_system::{Rules, Simulated, Turns};
use std::io;

impl Turns for Executor<Simulated> {
    fn turn(&mut self) -> io::Result<()> {
        Executor::turn(self)
    }
}

mod semaphore {
    use super::*;
    use ch16::{Acquire, Semaphore, SemaphorePermit};
    use mock::Seed;
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;

    /// Somebody who waits for a permit, and is polled by hand.
    struct Waits {
        acquire: Pin<Box<Acquire>>,
        bell: Arc<Bell>,
    }

    /// What its waker rings.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Waits {
        /// Nobody has polled it yet.
        fn new(semaphore: &Semaphore) -> Self {
            Self { acquire: Box::pin(semaphore.acquire()), bell: Arc::default() }
        }

        /// The same, and in the queue.
        fn queued(semaphore: &Semaphore) -> Self {
            let mut waits = Self::new(semaphore);
            assert!(waits.poll().is_none(), "a permit, though none is free");
            waits
        }

        fn poll(&mut self) -> Option<SemaphorePermit> {
            self.poll_for(&Waker::from(Arc::clone(&self.bell)))
        }

        fn poll_for(&mut self, waker: &Waker) -> Option<SemaphorePermit> {
            match self.acquire.as_mut().poll(&mut Context::from_waker(waker)) {
                Poll::Ready(permit) => Some(permit),
                Poll::Pending => None,
            }
        }

        /// How often it was woken since the last time.
        fn wakes(&self) -> usize {
            self.bell.0.swap(0, Ordering::SeqCst)
        }
    }

    /// All permits of a semaphore that has one.
    fn taken() -> (Semaphore, SemaphorePermit) {
        let semaphore = Semaphore::new(1);
        let permit = semaphore.try_acquire().expect("it is free");
        (semaphore, permit)
    }

    #[test]
    fn who_finds_a_permit_has_it_at_once_and_who_finds_none_waits() {
        let count = Seed::new().number(1..=5);
        let semaphore = Semaphore::new(count);
        let mut permits: Vec<_> = (0..count)
            .map(|taken| {
                assert_eq!(semaphore.available(), count - taken);
                Waits::new(&semaphore).poll().expect("one is free")
            })
            .collect();
        assert_eq!((semaphore.available(), semaphore.waiting()), (0, 0));
        let mut waits = Waits::queued(&semaphore);
        assert!(semaphore.try_acquire().is_none());
        assert_eq!((semaphore.available(), semaphore.waiting()), (0, 1));
        permits.pop();
        assert_eq!(waits.wakes(), 1, "who waits is woken when a permit is given back");
        let permit = waits.poll().expect("it was woken for this");
        assert_eq!((semaphore.available(), semaphore.waiting()), (0, 0));
        drop((permits, permit));
        assert_eq!(semaphore.available(), count);
    }

    #[test]
    fn without_permits_everybody_waits() {
        let semaphore = Semaphore::new(0);
        let waits = Waits::queued(&semaphore);
        assert!(semaphore.try_acquire().is_none());
        assert_eq!((semaphore.available(), semaphore.waiting(), waits.wakes()), (0, 1, 0));
    }

    #[test]
    fn a_permit_goes_to_the_one_who_waits_longest() {
        let (semaphore, permit) = taken();
        // Who asks first and is polled last, comes last.
        let mut last = Waits::new(&semaphore);
        assert_eq!(semaphore.waiting(), 0, "who has not been polled does not wait");
        let mut queue = VecDeque::from([(); 4].map(|()| Waits::queued(&semaphore)));
        assert!(last.poll().is_none());
        queue.push_back(last);
        // Who is polled once more keeps its place.
        assert!(queue[1].poll().is_none() && queue[0].poll().is_none());
        let mut permit = Some(permit);
        while let Some(mut first) = queue.pop_front() {
            drop(permit.take());
            assert_eq!(first.wakes(), 1, "with {} behind it", queue.len());
            for waits in &mut queue {
                assert_eq!(waits.wakes(), 0, "nobody is woken for what another one gets");
                assert!(waits.poll().is_none());
            }
            permit = first.poll();
            assert!(permit.is_some());
        }
    }

    #[test]
    fn between_wake_up_and_poll_nobody_is_overtaken() {
        let (semaphore, permit) = taken();
        let mut first = Waits::queued(&semaphore);
        drop(permit);
        assert_eq!((semaphore.available(), semaphore.waiting()), (0, 1));
        assert!(semaphore.try_acquire().is_none(), "it belongs to the one who waits");
        let second = Waits::queued(&semaphore);
        assert!(first.poll().is_some());
        assert_eq!(second.wakes(), 1, "the permit was dropped at once");
    }

    #[test]
    fn who_no_longer_wants_to_wait_leaves_the_queue() {
        let (semaphore, permit) = taken();
        let [mut first, second, mut third] = [(); 3].map(|()| Waits::queued(&semaphore));
        let bell = Arc::clone(&second.bell);
        drop(second);
        assert_eq!(semaphore.waiting(), 2);
        assert_eq!(Arc::strong_count(&bell), 1, "its waker is gone too");
        drop(permit);
        drop(first.poll().expect("it is the first"));
        assert!(third.poll().is_some(), "nobody is between the two any more");
        assert_eq!(bell.0.load(Ordering::SeqCst), 0);
        assert_eq!((semaphore.available(), semaphore.waiting()), (1, 0));
        drop(Waits::new(&semaphore));
        assert_eq!(semaphore.available(), 1, "who was never polled had nothing");
    }

    #[test]
    fn a_permit_of_one_who_has_not_seen_it_and_is_gone_goes_to_the_next() {
        let (semaphore, permit) = taken();
        let [first, second, mut third] = [(); 3].map(|()| Waits::queued(&semaphore));
        drop(permit);
        assert_eq!(first.wakes(), 1);
        drop(first);
        assert_eq!(second.wakes(), 1, "who is dropped does not swallow the permit");
        drop(second);
        assert_eq!(third.wakes(), 1, "and the next one neither");
        assert!(third.poll().is_some());
        assert_eq!(semaphore.available(), 1);
        let (semaphore, permit) = taken();
        let alone = Waits::queued(&semaphore);
        drop(permit);
        drop(alone);
        assert_eq!((semaphore.available(), semaphore.waiting()), (1, 0), "nobody is next");
    }

    #[test]
    fn who_was_served_gives_back_one_permit_and_not_two() {
        let (semaphore, permit) = taken();
        let mut waits = Waits::queued(&semaphore);
        drop(permit);
        let permit = waits.poll().expect("it is the first");
        drop(waits);
        assert_eq!(semaphore.available(), 0, "somebody has it still");
        drop(permit);
        assert_eq!((semaphore.available(), semaphore.waiting()), (1, 0));
    }

    #[test]
    fn the_task_is_woken_that_has_polled_last() {
        let (semaphore, permit) = taken();
        let mut waits = Waits::queued(&semaphore);
        let other = Arc::new(Bell::default());
        assert!(waits.poll_for(&Waker::from(Arc::clone(&other))).is_none());
        drop(permit);
        assert_eq!(other.0.load(Ordering::SeqCst), 1, "the future has moved to another task");
        assert_eq!(waits.wakes(), 0, "and the old one has nothing to do with it");
    }

    /// A semaphore, and how many permits were free and how many waited when somebody looked.
    type Seen = (Semaphore, Vec<(usize, usize)>);

    thread_local! {
        static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
    }

    /// Looks at the semaphore as soon as it is woken.
    struct Looks;

    impl Wake for Looks {
        fn wake(self: Arc<Self>) {
            SEEN.with_borrow_mut(|seen| {
                let (semaphore, seen) = seen.as_mut().expect("the test has put it there");
                assert!(semaphore.try_acquire().is_none());
                seen.push((semaphore.available(), semaphore.waiting()));
            });
        }
    }

    #[test]
    fn who_is_woken_may_look_at_the_semaphore_at_once() {
        let (semaphore, permit) = taken();
        let mut queue = [(); 2].map(|()| Waits::new(&semaphore));
        for waits in &mut queue {
            assert!(waits.poll_for(&Waker::from(Arc::new(Looks))).is_none());
        }
        SEEN.set(Some((semaphore, Vec::new())));
        drop(permit);
        let [first, second] = queue;
        drop(first);
        let seen = SEEN.take().map(|(_, seen)| seen);
        assert_eq!(seen, Some(vec![(0, 2), (0, 1)]));
        drop(second);
    }

    #[test]
    fn a_semaphore_is_as_a_list_of_those_who_wait() {
        let mut seed = Seed::new();
        let count = seed.number(1..=3);
        let semaphore = Semaphore::new(count);
        let (mut free, mut permits) = (count, Vec::new());
        // Who waits, with a number, and the numbers of those who have been given a permit.
        let (mut waiting, mut given, mut next) = (VecDeque::new(), Vec::new(), 0);
        for _ in 0..2000 {
            let mut returned = 0;
            match seed.number(1..=5) {
                1 | 2 => {
                    let mut waits = Waits::new(&semaphore);
                    match (waits.poll(), free) {
                        (Some(permit), 1..) => {
                            permits.push(permit);
                            free -= 1;
                        }
                        (None, 0) => waiting.push_back((next, waits)),
                        (permit, _) => panic!("{} of {free} permits", permit.iter().count()),
                    }
                    next += 1;
                }
                3 if !waiting.is_empty() => {
                    let place = seed.number(0..=waiting.len() - 1);
                    let (number, mut waits) = waiting.remove(place).unwrap();
                    let was_given = given.contains(&number);
                    match waits.poll() {
                        Some(permit) if was_given => permits.push(permit),
                        None if !was_given => waiting.insert(place, (number, waits)),
                        permit => panic!("given: {was_given}, got: {}", permit.is_some()),
                    }
                }
                4 if !waiting.is_empty() => {
                    let (number, waits) =
                        waiting.remove(seed.number(0..=waiting.len() - 1)).unwrap();
                    returned = usize::from(given.contains(&number));
                    drop(waits);
                }
                _ if !permits.is_empty() => {
                    permits.swap_remove(seed.number(0..=permits.len() - 1));
                    returned = 1;
                }
                _ => {}
            }
            for _ in 0..returned {
                match waiting.iter().find(|(number, _)| !given.contains(number)) {
                    Some((number, waits)) => {
                        given.push(*number);
                        assert_eq!(waits.wakes(), 1, "who gets it is woken");
                    }
                    None => free += 1,
                }
            }
            assert_eq!((semaphore.available(), semaphore.waiting()), (free, waiting.len()));
            assert!(waiting.iter().all(|(_, waits)| waits.wakes() == 0), "woken for nothing");
        }
    }

    #[test]
    fn among_tasks_that_give_up_no_more_go_on_at_once_than_may_and_nobody_waits_for_ever() {
        let mut seed = Seed::new();
        let system = Simulated::new(Rules::Epoll);
        let mut executor = Executor::new(system.clone());
        let count = seed.number(1..=4);
        let semaphore = Semaphore::new(count);
        let (now, most, done) = <(Rc<Cell<usize>>, Rc<Cell<usize>>, Rc<Cell<usize>>)>::default();
        for _ in 0..100 {
            let clock = executor.handle().clock().clone();
            let mut time = |most| Duration::from_millis(seed.number(0..=most) as u64);
            let (begin, patience, work) = (time(100), time(100), time(10));
            let semaphore = semaphore.clone();
            let (now, most, done) = (Rc::clone(&now), Rc::clone(&most), Rc::clone(&done));
            executor.handle().spawn(async move {
                clock.sleep(begin).await;
                if let Some(_permit) = clock.timeout(patience, semaphore.acquire()).await {
                    now.set(now.get() + 1);
                    most.set(most.get().max(now.get()));
                    clock.sleep(work).await;
                    now.set(now.get() - 1);
                }
                done.set(done.get() + 1);
            });
        }
        for _ in 0..1000 {
            system.pass(Duration::from_millis(1), &mut executor);
        }
        assert_eq!(
            (most.get(), done.get()),
            (count, 100),
            "most at once, and all that came to an end"
        );
        assert_eq!((semaphore.available(), semaphore.waiting()), (count, 0));
    }
}

mod race {
    use super::simulated_system::Client;
    use super::*;
    use ch16::{Clock, fetch, race};
    use mock::{Seed, assert_bytes};
    use std::cell::RefCell;
    use std::net::{Ipv4Addr, SocketAddr};
    use std::rc::Rc;
    use std::time::{Duration, Instant};

    /// What has happened, and after how many milliseconds.
    type Log = Rc<RefCell<Vec<String>>>;

    /// One who writes down what it does.
    struct Runner {
        name: &'static str,
        clock: Clock,
        begin: Instant,
        log: Log,
    }

    impl Runner {
        fn says(&self, what: &str) {
            let after = (self.clock.now() - self.begin).as_millis();
            self.log.borrow_mut().push(format!("{after} {} {what}", self.name));
        }

        /// Succeeds or fails after so many milliseconds.
        async fn run(self, (after, succeeds): (u64, bool)) -> Result<String, String> {
            self.says("begins");
            self.clock.sleep(Duration::from_millis(after)).await;
            self.says(if succeeds { "succeeds" } else { "fails" });
            match succeeds {
                true => Ok(self.name.to_owned()),
                false => Err(self.name.to_owned()),
            }
        }
    }

    impl Drop for Runner {
        fn drop(&mut self) {
            self.says("is gone");
        }
    }

    /// After how many milliseconds each of two succeeds or fails, from its own beginning on.
    type Plan = [(u64, bool); 2];

    /// Lets them race, and returns what has happened and how it ended.
    fn raced(head_start: u64, plan: Plan) -> Vec<String> {
        raced_until(head_start, plan, 200)
    }

    /// The same, and the race is dropped after so many milliseconds.
    fn raced_until(head_start: u64, [first, second]: Plan, until: u64) -> Vec<String> {
        let system = Simulated::new(Rules::Epoll);
        let mut executor = Executor::new(system.clone());
        let clock = executor.handle().clock().clone();
        let (begin, log) = (clock.now(), Log::default());
        let runner = |name| Runner { name, clock: clock.clone(), begin, log: Rc::clone(&log) };
        let all = runner("the race");
        let (first, second) = (runner("first").run(first), runner("second").run(second));
        let theirs = clock.clone();
        executor.handle().spawn(async move {
            let head_start = Duration::from_millis(head_start);
            let race = race(&theirs, head_start, first, second);
            match theirs.timeout(Duration::from_millis(until), race).await {
                Some(Ok(name)) => all.says(&format!("is won by {name}")),
                Some(Err(name)) => all.says(&format!("is lost, at last by {name}")),
                None => all.says("is given up"),
            }
        });
        system.run(&mut executor);
        for _ in 0..=until {
            system.pass(Duration::from_millis(1), &mut executor);
        }
        assert_eq!(executor.tasks(), 0, "it comes to an end: {:?}", log.borrow());
        assert_eq!(clock.sleepers(), 0, "nobody is waited for any more");
        log.take()
    }

    /// What of it is about the second one.
    fn of_second(log: &[String]) -> Vec<&str> {
        let all = log.iter().map(String::as_str);
        all.filter(|line| line.contains("second") && !line.contains("the race")).collect()
    }

    /// When it ended and how.
    fn end(log: &[String]) -> &str {
        log.iter().rfind(|line| line.contains("the race") && !line.contains("gone")).unwrap()
    }

    #[test]
    fn who_succeeds_within_its_head_start_runs_alone() {
        let log = raced(50, [(49, true), (0, true)]);
        assert_eq!(end(&log), "49 the race is won by first");
        assert_eq!(of_second(&log), ["49 second is gone"], "it is never polled");
    }

    #[test]
    fn when_the_head_start_is_over_the_second_runs_too_and_may_win() {
        let log = raced(50, [(100, true), (20, true)]);
        assert_eq!(of_second(&log)[0], "50 second begins");
        assert_eq!(end(&log), "70 the race is won by second");
    }

    #[test]
    fn the_first_goes_on_when_its_head_start_is_over_and_may_win_still() {
        let log = raced(50, [(60, true), (20, true)]);
        assert_eq!(end(&log), "60 the race is won by first", "{log:?}");
        let begun = log.iter().filter(|line| line.ends_with("first begins")).count();
        assert_eq!(begun, 1, "it does not begin anew");
    }

    #[test]
    fn when_both_succeed_the_first_wins() {
        assert_eq!(end(&raced(50, [(70, true), (20, true)])), "70 the race is won by first");
        assert_eq!(end(&raced(50, [(50, true), (0, true)])), "50 the race is won by first");
        assert_eq!(end(&raced(0, [(0, true), (0, true)])), "0 the race is won by first");
    }

    #[test]
    fn who_loses_is_gone_at_once() {
        let log = raced(10, [(100, true), (20, true)]);
        assert!(log.contains(&"30 first is gone".to_owned()), "{log:?}");
        let log = raced(10, [(20, true), (100, true)]);
        assert!(log.contains(&"20 second is gone".to_owned()), "{log:?}");
    }

    #[test]
    fn when_the_first_fails_within_its_head_start_the_second_does_not_wait_for_it() {
        let log = raced(50, [(10, false), (20, true)]);
        assert_eq!(of_second(&log)[0], "10 second begins");
        assert_eq!(end(&log), "30 the race is won by second");
    }

    #[test]
    fn a_failure_is_no_answer_as_long_as_the_other_may_succeed() {
        let log = raced(10, [(100, true), (20, false)]);
        assert_eq!(end(&log), "100 the race is won by first", "the second has failed");
        let log = raced(10, [(20, false), (100, true)]);
        assert_eq!(end(&log), "110 the race is won by second", "the first has failed");
    }

    #[test]
    fn if_both_fail_the_error_is_of_the_one_who_failed_last() {
        for (plan, expected) in [
            ([(30, false), (5, false)], "30 the race is lost, at last by first"),
            ([(20, false), (50, false)], "60 the race is lost, at last by second"),
            // The second begins when the first has failed.
            ([(5, false), (5, false)], "10 the race is lost, at last by second"),
        ] {
            let log = raced(10, plan);
            assert_eq!(end(&log), expected, "{log:?}");
        }
    }

    #[test]
    fn a_race_that_is_given_up_is_given_up_by_both() {
        let log = raced_until(10, [(100, true), (100, true)], 30);
        assert_eq!(end(&log), "30 the race is given up");
        for gone in ["30 first is gone", "30 second is gone"] {
            assert!(log.contains(&gone.to_owned()), "{gone}: {log:?}");
        }
    }

    #[test]
    fn whatever_the_two_do_it_ends_as_it_does_on_paper() {
        let mut seed = Seed::new();
        for _ in 0..30 {
            let mut number = |most| seed.number(0..=most) as u64;
            let (head_start, plan) = (number(20), [0; 2].map(|_| (number(40), number(2) > 0)));
            let [(of_first, first), (of_second, second)] = plan;
            let begins = match first {
                true => head_start,
                false => head_start.min(of_first),
            };
            let of_second = begins + of_second;
            let expected = match (first, second) {
                (true, true) if of_second < of_first => (of_second, "won by second"),
                (true, _) => (of_first, "won by first"),
                (false, true) => (of_second, "won by second"),
                (false, false) if of_second < of_first => (of_first, "lost, at last by first"),
                (false, false) => (of_second, "lost, at last by second"),
            };
            let log = raced(head_start, plan);
            let expected = format!("{} the race is {}", expected.0, expected.1);
            assert_eq!(end(&log), expected, "head start {head_start}, {plan:?}: {log:?}");
        }
    }

    /// Two servers, of which the first says nothing.
    fn fetched_from(silent_is_reached: bool) {
        let system = Simulated::new(Rules::Epoll);
        let mut executor = Executor::new(system.clone());
        let handle = executor.handle().clone();
        let [first, second] =
            [1, 2].map(|host| SocketAddr::from((Ipv4Addr::new(192, 0, 2, host), 80)));
        let answer = Rc::new(RefCell::new(None));
        let theirs = Rc::clone(&answer);
        handle.clone().spawn(async move {
            let head_start = Duration::from_millis(250);
            let asked = [fetch(&handle, first, "/soup"), fetch(&handle, second, "/soup")];
            let [first, second] = asked;
            *theirs.borrow_mut() = Some(race(handle.clock(), head_start, first, second).await);
        });
        system.run(&mut executor);
        assert_eq!(system.dialled().len(), 1, "only one is asked");
        let [silent] = &system.dialled()[..] else { unreachable!() };
        if silent_is_reached {
            silent.accept();
        }
        system.pass(Duration::from_millis(249), &mut executor);
        assert_eq!(system.dialled().len(), 1, "the head start is not over");
        system.pass(Duration::from_millis(1), &mut executor);
        let dialled = system.dialled();
        let talkative: &Client = dialled.get(1).expect("the head start is over");
        talkative.accept();
        system.run(&mut executor);
        assert_bytes!(talkative.got(), "GET /soup HTTP/1.0\r\n\r\n");
        assert!(!silent.is_closed(), "it may answer still");
        talkative.send("soup").finish();
        system.run(&mut executor);
        let answer = answer.take().expect("there is an answer").expect("and no error");
        assert_bytes!(answer, "soup");
        assert!(silent.is_closed() && talkative.is_closed(), "both connections are closed");
    }

    #[test]
    fn of_two_fetches_the_one_that_loses_has_its_connection_closed() {
        fetched_from(true);
        // And if it is not even connected.
        fetched_from(false);
    }
}
