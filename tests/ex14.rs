//! What the extensions of chapter 14 promise.

use ch14::{DeadlineQueue, ElasticPool, Taken, sorry};
use mock::{Events, Gate, Seed, alone, assert_bytes, patience};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A clock that a test moves. Clones are the same clock.
#[derive(Clone)]
struct Clock(Arc<Mutex<Instant>>);

impl Clock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }

    fn pass(&self, time: Duration) {
        *self.0.lock().unwrap() += time;
    }
}

const MOMENT: Duration = Duration::from_nanos(1);

/// Waits until it is so.
#[track_caller]
fn soon(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < patience(), "it should have happened by now");
        thread::yield_now();
    }
}

mod deadline {
    use super::*;
    use std::sync::mpsc;

    /// A deadline, and a queue that has it.
    fn queue<T>(capacity: usize) -> (Duration, DeadlineQueue<T>) {
        let deadline = Duration::from_millis(Seed::new().number(2..=5000) as u64);
        (deadline, DeadlineQueue::new(capacity, deadline))
    }

    #[test]
    fn who_has_waited_for_the_deadline_is_in_time_and_a_moment_later_too_late() {
        let (deadline, queue) = queue(3);
        let clock = Clock::new();
        for waited in [Duration::ZERO, deadline / 2, deadline - MOMENT, deadline] {
            queue.push(clock.now(), "soup").unwrap();
            clock.pass(waited);
            assert_eq!(queue.pop(|| clock.now()), Some(Taken::InTime("soup")), "{waited:?}");
        }
        for waited in [deadline + MOMENT, 2 * deadline, 1000 * deadline] {
            queue.push(clock.now(), "soup").unwrap();
            clock.pass(waited);
            assert_eq!(queue.pop(|| clock.now()), Some(Taken::TooLate("soup", waited)));
        }
    }

    #[test]
    fn what_was_put_first_is_taken_first_and_each_has_its_own_time() {
        let (deadline, queue) = queue(4);
        let clock = Clock::new();
        for item in 0..4 {
            queue.push(clock.now(), item).unwrap();
            clock.pass(deadline / 2);
        }
        let pop = || queue.pop(|| clock.now());
        assert_eq!(pop(), Some(Taken::TooLate(0, deadline / 2 * 4)));
        assert_eq!(pop(), Some(Taken::TooLate(1, deadline / 2 * 3)));
        assert_eq!(pop(), Some(Taken::InTime(2)));
        // Meanwhile the last one has become too late.
        clock.pass(deadline);
        assert_eq!(pop(), Some(Taken::TooLate(3, deadline / 2 + deadline)));
    }

    #[test]
    fn a_full_or_closed_queue_gives_the_item_back_and_keeps_what_it_has() {
        let capacity = Seed::new().number(1..=5);
        let (_, queue) = queue(capacity);
        let now = Instant::now();
        for item in 0..capacity {
            assert_eq!(queue.push(now, item), Ok(()));
        }
        assert_eq!(queue.push(now, 77), Err(77));
        assert_eq!(queue.pop(|| now), Some(Taken::InTime(0)));
        queue.close();
        assert_eq!(queue.push(now, 78), Err(78));
        for item in 1..capacity {
            assert_eq!(queue.pop(|| now), Some(Taken::InTime(item)));
        }
        assert_eq!(queue.pop(|| now), None);
    }

    #[test]
    fn what_comes_late_into_a_queue_that_somebody_waits_for_is_too_late() {
        let (deadline, queue) = queue(1);
        let (queue, clock, events) = (Arc::new(queue), Clock::new(), Events::new());
        let came = clock.now();
        let (done, taken) = mpsc::channel();
        thread::spawn({
            let (queue, clock, events) = (Arc::clone(&queue), clock.clone(), events.clone());
            move || {
                events.log("takes");
                done.send(queue.pop(|| clock.now()))
            }
        });
        events.wait_for("takes");
        // It has been under way for so long; the clock is asked when it is there.
        clock.pass(2 * deadline);
        queue.push(came, "soup").unwrap();
        let taken = taken.recv_timeout(patience()).expect("it is taken");
        assert_eq!(taken, Some(Taken::TooLate("soup", 2 * deadline)));
    }

    #[test]
    fn closing_wakes_who_waits() {
        let (_, queue) = queue::<()>(1);
        let (queue, events) = (Arc::new(queue), Events::new());
        let (done, taken) = mpsc::channel();
        thread::spawn({
            let (queue, events) = (Arc::clone(&queue), events.clone());
            move || {
                events.log("takes");
                done.send(queue.pop(Instant::now))
            }
        });
        events.wait_for("takes");
        queue.close();
        assert_eq!(taken.recv_timeout(patience()), Ok(None));
    }

    #[test]
    fn who_is_put_later_than_now_has_not_waited() {
        let (deadline, queue) = queue(1);
        let now = Instant::now();
        queue.push(now + 2 * deadline, "soup").unwrap();
        assert_eq!(queue.pop(|| now), Some(Taken::InTime("soup")));
    }

    #[test]
    fn who_has_waited_in_vain_hears_503_and_when_to_come_again() {
        for (waited, seconds) in [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (59_999, 60)] {
            let expected = format!(
                "HTTP/1.1 503 Service Unavailable\r\n\
                 Server: OwnHands/0.1\r\n\
                 Content-Length: 0\r\n\
                 Retry-After: {seconds}\r\n\
                 Connection: close\r\n\
                 \r\n"
            );
            assert_bytes!(sorry(Duration::from_millis(waited)), expected);
        }
        let seconds = Seed::new().number(2..=1000) as u64;
        let text = sorry(Duration::from_secs(seconds) + MOMENT);
        assert!(text.contains(&format!("\r\nRetry-After: {}\r\n", seconds + 1)), "{text}");
    }
}

mod elastic {
    use super::*;
    use std::cell::RefCell;
    use std::collections::HashSet;
    use std::ops::RangeInclusive;
    use std::sync::mpsc;
    use std::thread::ThreadId;

    /// What a test has of a pool: its clock, and what its jobs did.
    struct Scene {
        clock: Clock,
        events: Events,
        idle_time: Duration,
        seed: Seed,
    }

    /// Lets `test` use a pool of so many workers. All of it must come to its end in time.
    fn with_pool(
        workers: RangeInclusive<usize>,
        waiting: usize,
        test: impl FnOnce(&ElasticPool<'_, '_>, &mut Scene) + Send + 'static,
    ) -> Events {
        let mut seed = Seed::new();
        let idle_time = Duration::from_millis(seed.number(1000..=9999) as u64);
        let mut scene = Scene { clock: Clock::new(), events: Events::new(), idle_time, seed };
        let events = scene.events.clone();
        let (done, ended) = mpsc::channel();
        thread::spawn(move || {
            thread::scope(|scope| {
                let clock = scene.clock.clone();
                let pool =
                    ElasticPool::new(scope, workers, waiting, idle_time, move || clock.now());
                test(&pool.unwrap(), &mut scene);
            });
            done.send(())
        });
        let ended = ended.recv_timeout(patience());
        assert_eq!(ended, Ok(()), "the test panicked (see above), or workers did not end");
        events
    }

    /// A job that begins, tells of its thread, and ends when it is told to.
    struct Job {
        gate: Gate,
        thread: mpsc::Receiver<ThreadId>,
    }

    impl Scene {
        /// A job that is taken by the pool.
        fn job(&self, pool: &ElasticPool<'_, '_>, name: &str) -> Job {
            let (gate, events) = (Gate::new(), self.events.clone());
            let (tell, thread) = mpsc::channel();
            let (ends, name) = (gate.clone(), name.to_owned());
            let taken = pool.submit(move || {
                events.log(format!("begin {name}"));
                let _ = tell.send(thread::current().id());
                ends.wait();
                events.log(format!("end {name}"));
            });
            assert!(taken);
            Job { gate, thread }
        }
    }

    impl Job {
        /// The thread in which it is done; it has begun then.
        fn thread(&self) -> ThreadId {
            self.thread.recv_timeout(patience()).expect("the job begins")
        }

        /// Lets it come to its end; its worker is idle then, the `count`th one.
        fn end(self, pool: &ElasticPool<'_, '_>, count: usize) {
            self.gate.open();
            soon(|| pool.idle() == count);
        }
    }

    /// How many workers there are, and how many of them are idle.
    fn counts(pool: &ElasticPool<'_, '_>) -> (usize, usize) {
        (pool.workers(), pool.idle())
    }

    #[test]
    fn at_first_there_are_as_few_workers_as_there_may_be_and_all_are_idle() {
        for least in 0..=3 {
            with_pool(least..=4, 1, move |pool, _| assert_eq!(counts(pool), (least, least)));
        }
    }

    #[test]
    fn when_all_are_busy_another_worker_is_made_until_there_are_the_most() {
        let least = Seed::new().number(0..=2);
        with_pool(least..=4, 1, move |pool, scene| {
            let mut jobs = Vec::new();
            for count in 1..=4_usize {
                jobs.push(scene.job(pool, "x"));
                assert_eq!(counts(pool), (count.max(least), least.saturating_sub(count)));
            }
            let threads: HashSet<_> = jobs.iter().map(Job::thread).collect();
            assert_eq!(threads.len(), 4, "all at the same time");
            // One more waits.
            let waits = scene.job(pool, "waits");
            assert_eq!(counts(pool), (4, 0));
            jobs.iter().chain([&waits]).for_each(|job| job.gate.open());
            soon(|| counts(pool) == (4, 4));
        });
    }

    #[test]
    fn who_is_idle_gets_the_job_and_nobody_is_made() {
        with_pool(1..=5, 1, |pool, scene| {
            let mut threads = HashSet::new();
            for _ in 0..scene.seed.number(2..=5) {
                let job = scene.job(pool, "x");
                assert_eq!(counts(pool), (1, 0));
                threads.insert(job.thread());
                job.end(pool, 1);
            }
            assert_eq!(threads.len(), 1);
        });
    }

    #[test]
    fn what_waits_is_done_in_order_and_what_is_too_much_is_not_done() {
        let waiting = Seed::new().number(1..=4);
        let events = with_pool(1..=1, waiting, move |pool, scene| {
            let busy = scene.job(pool, "busy");
            busy.thread();
            let waits: Vec<_> = (0..waiting).map(|n| scene.job(pool, &n.to_string())).collect();
            waits.iter().for_each(|job| job.gate.open());
            let events = scene.events.clone();
            assert!(!pool.submit(move || events.log("too much")));
            busy.end(pool, 1);
            let events = scene.events.clone();
            assert!(pool.submit(move || events.log("there is room again")));
        });
        let mut expected = vec!["begin busy".to_owned(), "end busy".to_owned()];
        for number in 0..waiting {
            expected.extend([format!("begin {number}"), format!("end {number}")]);
        }
        expected.push("there is room again".to_owned());
        assert_eq!(events.list(), expected);
    }

    #[test]
    fn who_has_been_idle_for_long_enough_goes_and_the_fewest_stay() {
        let least = Seed::new().number(0..=3);
        with_pool(least..=5, 1, move |pool, scene| {
            let jobs: Vec<_> = (0..5).map(|_| scene.job(pool, "x")).collect();
            jobs.iter().for_each(|job| job.gate.open());
            soon(|| counts(pool) == (5, 5));
            scene.clock.pass(scene.idle_time - MOMENT);
            pool.dismiss();
            assert_eq!(counts(pool), (5, 5));
            scene.clock.pass(MOMENT);
            pool.dismiss();
            assert_eq!(counts(pool), (least, least));
            pool.dismiss();
            assert_eq!(counts(pool), (least, least));
            // And they are made again.
            let jobs: Vec<_> = (0..5).map(|_| scene.job(pool, "x")).collect();
            assert_eq!(counts(pool), (5, 0));
            jobs.iter().for_each(|job| job.gate.open());
        });
    }

    #[test]
    fn each_is_idle_since_the_end_of_its_last_job() {
        with_pool(0..=3, 1, |pool, scene| {
            let jobs: Vec<_> = (0..3).map(|_| scene.job(pool, "x")).collect();
            let quarter = scene.idle_time / 4;
            for (count, job) in jobs.into_iter().enumerate() {
                job.end(pool, count + 1);
                scene.clock.pass(quarter);
            }
            for left in [3, 2, 1, 0] {
                pool.dismiss();
                assert_eq!(counts(pool), (left, left));
                scene.clock.pass(quarter);
            }
        });
    }

    #[test]
    fn who_is_busy_stays_however_long_it_takes() {
        with_pool(0..=2, 1, |pool, scene| {
            let (long, short) = (scene.job(pool, "long"), scene.job(pool, "short"));
            short.end(pool, 1);
            scene.clock.pass(scene.idle_time * 10);
            pool.dismiss();
            assert_eq!(counts(pool), (1, 0));
            long.end(pool, 1);
            pool.dismiss();
            assert_eq!(counts(pool), (1, 1));
        });
    }

    #[test]
    fn the_one_that_became_idle_last_gets_the_job_so_that_the_others_may_go() {
        with_pool(0..=3, 1, |pool, scene| {
            let mut jobs: Vec<_> = (0..3).map(|_| scene.job(pool, "x")).collect();
            // In which order they become idle is made up.
            let last = jobs.remove(scene.seed.number(0..=2));
            let (first, second) = (jobs.remove(0), jobs.remove(0));
            let thread = last.thread();
            first.end(pool, 1);
            second.end(pool, 2);
            scene.clock.pass(MOMENT);
            last.end(pool, 3);
            scene.clock.pass(scene.idle_time - MOMENT);
            let next = scene.job(pool, "next");
            assert_eq!(next.thread(), thread);
            pool.dismiss();
            assert_eq!(counts(pool), (1, 0), "the two others have waited for long enough");
            next.gate.open();
        });
    }

    #[test]
    fn who_goes_first_has_been_idle_for_the_longest_time() {
        with_pool(1..=2, 1, |pool, scene| {
            let (first, last) = (scene.job(pool, "first"), scene.job(pool, "last"));
            let thread = last.thread();
            first.end(pool, 1);
            scene.clock.pass(MOMENT);
            last.end(pool, 2);
            scene.clock.pass(scene.idle_time);
            pool.dismiss();
            assert_eq!(counts(pool), (1, 1));
            let next = scene.job(pool, "next");
            assert_eq!(next.thread(), thread);
            next.gate.open();
        });
    }

    /// Logs when it is dropped.
    struct LogsTheEnd(Events);

    impl Drop for LogsTheEnd {
        fn drop(&mut self) {
            self.0.log("a thread ends");
        }
    }

    thread_local! {
        static IN_THIS_THREAD: RefCell<Option<LogsTheEnd>> = const { RefCell::new(None) };
    }

    #[test]
    fn the_thread_of_who_goes_ends() {
        with_pool(0..=1, 1, |pool, scene| {
            let logs = LogsTheEnd(scene.events.clone());
            assert!(pool.submit(move || IN_THIS_THREAD.set(Some(logs))));
            soon(|| pool.idle() == 1);
            scene.clock.pass(scene.idle_time);
            pool.dismiss();
            // The pool is still there.
            scene.events.wait_for("a thread ends");
        });
    }

    #[test]
    fn a_job_that_panics_costs_no_worker() {
        let log = alone(module_path!(), "a_job_that_panics_costs_no_worker", &[], || {
            with_pool(1..=1, 1, |pool, scene| {
                let before = scene.job(pool, "before");
                let thread = before.thread();
                before.end(pool, 1);
                for _ in 0..3 {
                    assert!(pool.submit(|| panic!("there is no soup")));
                    soon(|| pool.idle() == 1);
                }
                let after = scene.job(pool, "after");
                assert_eq!(after.thread(), thread);
                after.gate.open();
            });
        });
        let Some(log) = log else { return };
        assert_eq!(log.lines().filter(|line| line.starts_with("panicked at ")).count(), 3, "{log}");
    }

    #[test]
    fn a_pool_that_is_dropped_does_what_waits_and_ends() {
        let events = with_pool(2..=2, 3, |pool, scene| {
            let busy = [scene.job(pool, "busy"), scene.job(pool, "busy")];
            for number in 0..3 {
                scene.job(pool, &number.to_string()).gate.open();
            }
            // When it is dropped, they may be busy or not.
            busy.iter().for_each(|job| job.gate.open());
        });
        let list = events.list();
        for number in 0..3 {
            assert!(list.contains(&format!("end {number}")), "{list:?}");
        }
    }

    #[test]
    fn several_threads_may_submit_and_dismiss_and_each_job_is_done_once() {
        const EACH: usize = 100;
        let events = with_pool(1..=3, 4 * EACH, |pool, scene| {
            thread::scope(|scope| {
                for thread in 0..4 {
                    let (events, clock, time) =
                        (scene.events.clone(), scene.clock.clone(), scene.idle_time);
                    scope.spawn(move || {
                        for number in 0..EACH {
                            let events = events.clone();
                            assert!(pool.submit(move || events.log(format!("{thread} {number}"))));
                            clock.pass(time);
                            pool.dismiss();
                            assert!((1..=3).contains(&pool.workers()));
                        }
                    });
                }
            });
        });
        let mut done = events.list();
        done.sort();
        done.dedup();
        assert_eq!(done.len(), 4 * EACH);
        assert_eq!(events.list().len(), 4 * EACH);
    }
}
