//! What chapter 14 promises.

mod since_ch13;

use ch14 as chapter;
use ch14::{
    Close, Connections, HttpServer, Limits, Permit, Pool, Queue, Response, TimedStream, path, serve,
};
use mock::{
    Ending, Events, Gate, Live, MockConnection, Reply, Script, TcpClient, alone, assert_bytes,
    patience,
};
use since_ch13::*;
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{Ipv6Addr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Serves all who come.
fn serve_all(server: &HttpServer, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
    server.serve(incoming).expect("the workers can be made");
}

// A queue

const AT_ONCE: Duration = Duration::ZERO;

#[test]
fn what_was_put_first_is_taken_first() {
    in_time(|| {
        let queue = Queue::new(3);
        for round in 0..3 {
            for item in 0..3 {
                assert_eq!(queue.push_within(AT_ONCE, (round, item)), Ok(()));
            }
            for item in 0..3 {
                assert_eq!(queue.pop(), Some((round, item)));
            }
        }
    });
}

#[test]
fn who_takes_from_an_empty_queue_waits_until_something_comes() {
    in_time(|| {
        let queue = Queue::new(1);
        for number in 0..20 {
            thread::scope(|scope| {
                // It takes longer to make a thread than to find nothing.
                scope.spawn(|| queue.push_within(AT_ONCE, number).unwrap());
                assert_eq!(queue.pop(), Some(number));
            });
        }
    });
}

#[test]
fn a_full_queue_gives_the_item_back_and_keeps_what_it_has() {
    in_time(|| {
        let queue = Queue::new(2);
        assert_eq!(queue.push_within(AT_ONCE, 1), Ok(()));
        assert_eq!(queue.push_within(AT_ONCE, 2), Ok(()));
        assert_eq!(queue.push_within(AT_ONCE, 3), Err(3));
        assert_eq!(queue.push_within(AT_ONCE, 4), Err(4));
        assert_eq!(queue.pop(), Some(1));
        assert_eq!(queue.push_within(AT_ONCE, 5), Ok(()));
        assert_eq!([queue.pop(), queue.pop()], [Some(2), Some(5)]);
        assert_eq!(Queue::new(0).push_within(AT_ONCE, 1), Err(1));
    });
}

#[test]
fn who_waits_for_room_waits_for_no_longer_than_they_chose() {
    in_time(|| {
        let queue = Queue::new(1);
        queue.push_within(AT_ONCE, 1).unwrap();
        let begun = Instant::now();
        assert_eq!(queue.push_within(SHORT, 2), Err(2));
        assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
    });
}

#[test]
fn all_who_wait_for_room_get_it() {
    let taken = in_time(|| {
        let queue = Queue::new(1);
        thread::scope(|scope| {
            for item in 0..50 {
                let queue = &queue;
                scope.spawn(move || queue.push_within(too_long(), item).unwrap());
            }
            (0..50).map(|_| queue.pop().unwrap()).collect::<BTreeSet<_>>()
        })
    });
    assert!(taken.into_iter().eq(0..50));
}

#[test]
fn a_closed_queue_lets_nothing_in_and_gives_what_it_has() {
    in_time(|| {
        let queue = Queue::new(3);
        queue.push_within(AT_ONCE, 1).unwrap();
        queue.push_within(AT_ONCE, 2).unwrap();
        queue.close();
        assert_eq!(queue.push_within(too_long(), 3), Err(3));
        assert_eq!(
            [queue.pop(), queue.pop(), queue.pop(), queue.pop()],
            [Some(1), Some(2), None, None]
        );
    });
}

#[test]
fn closing_wakes_all_who_wait() {
    in_time(|| {
        let (empty, full, events) = (Queue::<i32>::new(1), Queue::new(1), Events::new());
        full.push_within(AT_ONCE, 0).unwrap();
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    events.log("takes");
                    assert_eq!(empty.pop(), None);
                });
                scope.spawn(|| {
                    events.log("puts");
                    assert_eq!(full.push_within(too_long(), 1), Err(1));
                });
            }
            soon(|| (events.list().len() == 6).then_some(()));
            empty.close();
            full.close();
        });
    });
}

#[test]
fn among_many_threads_nothing_is_lost_and_nothing_comes_twice() {
    const EACH: usize = 300;
    let mut taken = in_time(|| {
        let (queue, taken) = (Queue::new(3), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Some(item) = queue.pop() {
                        taken.lock().unwrap().push(item);
                    }
                });
            }
            thread::scope(|scope| {
                for thread in 0..4 {
                    let queue = &queue;
                    scope.spawn(move || {
                        for item in thread * EACH..(thread + 1) * EACH {
                            queue.push_within(too_long(), item).unwrap();
                        }
                    });
                }
            });
            queue.close();
        });
        taken.into_inner().unwrap()
    });
    taken.sort();
    assert!(taken.into_iter().eq(0..4 * EACH));
}

// A pool

/// The threads in which as many jobs are done as there are workers, all at once.
fn threads_of(pool: &Pool<'_>, workers: usize) -> HashSet<thread::ThreadId> {
    let together = Arc::new(Barrier::new(workers));
    let handles: Vec<_> = (0..workers)
        .map(|_| {
            let together = Arc::clone(&together);
            pool.submit(move || {
                together.wait();
                thread::current().id()
            })
        })
        .collect();
    handles.into_iter().map(|handle| handle.join().unwrap()).collect()
}

#[test]
fn the_workers_are_made_once_and_work_at_the_same_time() {
    in_time(|| {
        thread::scope(|scope| {
            let pool = Pool::new(scope, 3, 10).unwrap();
            let threads = threads_of(&pool, 3);
            assert_eq!(threads.len(), 3);
            assert!(!threads.contains(&thread::current().id()));
            for _ in 0..5 {
                assert_eq!(threads_of(&pool, 3), threads);
            }
        });
    });
}

#[test]
fn no_more_jobs_are_done_at_once_than_there_are_workers() {
    in_time(|| {
        let at_once = AtomicUsize::new(0);
        let most = AtomicUsize::new(0);
        thread::scope(|scope| {
            let pool = Pool::new(scope, 3, 1).unwrap();
            for _ in 0..100 {
                pool.submit(|| {
                    let count = at_once.fetch_add(1, Ordering::SeqCst) + 1;
                    most.fetch_max(count, Ordering::SeqCst);
                    thread::yield_now();
                    at_once.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        assert!((1..=3).contains(&most.into_inner()));
    });
}

/// A job that says that it is done.
fn logs(events: &Events, what: &'static str) -> impl FnOnce() + Send + use<> {
    let events = events.clone();
    move || events.log(what)
}

/// A pool of one worker that is busy until the gate opens, and whose queue is full.
fn with_full_pool(events: &Events, test: impl FnOnce(&Pool<'_>, &Gate)) {
    let gate = Gate::new();
    thread::scope(|scope| {
        let pool = Pool::new(scope, 1, 1).unwrap();
        pool.submit(|| {
            events.log("one begins");
            gate.wait();
            events.log("one ends");
        });
        events.wait_for("one begins");
        pool.submit(|| events.log("two"));
        test(&pool, &gate);
    });
}

#[test]
fn who_submits_when_too_many_wait_waits_too() {
    in_time(|| {
        for _ in 0..20 {
            let events = Events::new();
            with_full_pool(&events, |pool, gate| {
                thread::scope(|scope| {
                    scope.spawn(|| gate.open());
                    pool.submit(logs(&events, "three"));
                    assert_eq!(events.list()[..2], ["one begins", "one ends"]);
                });
            });
            let all = events.list();
            assert_eq!(all, ["one begins", "one ends", "two", "three"]);
        }
    });
}

#[test]
fn who_does_not_wait_for_room_is_told_so_and_the_job_is_not_done() {
    in_time(|| {
        let events = Events::new();
        with_full_pool(&events, |pool, gate| {
            assert!(pool.submit_within(AT_ONCE, logs(&events, "three")).is_none());
            let begun = Instant::now();
            assert!(pool.submit_within(SHORT, logs(&events, "four")).is_none());
            assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
            gate.open();
            // There is room as soon as the second one has begun.
            events.wait_for("two");
            assert!(pool.submit_within(AT_ONCE, logs(&events, "five")).is_some());
        });
        assert_eq!(events.list(), ["one begins", "one ends", "two", "five"]);
    });
}

#[test]
fn what_a_job_returns_can_be_fetched_in_any_order_and_when_the_pool_is_gone() {
    let words = ["made", "once", "and", "for", "all"].map(str::to_owned);
    let mut handles = in_time({
        let words = words.clone();
        move || {
            thread::scope(|scope| {
                let pool = Pool::new(scope, 2, 10).unwrap();
                words.map(|word| pool.submit(move || word))
            })
        }
    });
    handles.reverse();
    let fetched = handles.map(|handle| handle.join().unwrap());
    assert!(fetched.iter().rev().eq(&words));
}

#[test]
fn a_job_may_borrow_what_outlives_the_pool() {
    in_time(|| {
        let words = ["soup".to_owned(), "bread".to_owned()];
        let longest = thread::scope(|scope| {
            let pool = Pool::new(scope, 1, 1).unwrap();
            pool.submit(|| words.iter().max_by_key(|word| word.len()).unwrap()).join().unwrap()
        });
        assert_eq!(longest, "bread");
    });
}

#[test]
fn a_job_is_done_whether_anybody_waits_for_it_or_not() {
    in_time(|| {
        let events = Events::new();
        thread::scope(|scope| {
            let pool = Pool::new(scope, 1, 1).unwrap();
            let gate = Gate::new();
            let open = gate.clone();
            drop(pool.submit(move || {
                gate.wait();
                "nobody hears this"
            }));
            open.open();
            drop(pool.submit(|| events.log("done")));
        });
        assert_eq!(events.list(), ["done"]);
    });
}

/// How many panics a log tells of, for want of soup. (A traceback shows the line as well.)
fn panics(log: &str) -> usize {
    let lines = log.lines().filter(|line| line.starts_with("panicked at "));
    lines.filter(|line| line.contains("there is no soup")).count()
}

#[test]
fn a_job_that_panics_is_an_error_for_who_waits_and_costs_no_worker() {
    let test = "a_job_that_panics_is_an_error_for_who_waits_and_costs_no_worker";
    let log = alone(module_path!(), test, &[], || {
        in_time(|| {
            thread::scope(|scope| {
                let pool = Pool::new(scope, 2, 10).unwrap();
                let before = threads_of(&pool, 2);
                for _ in 0..3 {
                    let unlucky = pool.submit(|| -> u8 { panic!("there is no soup") });
                    let lucky = pool.submit(|| "bread");
                    assert!(unlucky.join().is_err());
                    assert_eq!(lucky.join().unwrap(), "bread");
                }
                assert_eq!(threads_of(&pool, 2), before);
            });
        });
    });
    let Some(log) = log else { return };
    assert_eq!(panics(&log), 3, "{log}");
}

#[test]
fn a_pool_that_is_dropped_does_what_waits_and_ends() {
    in_time(|| {
        let events = Events::new();
        let gate = Gate::new();
        thread::scope(|scope| {
            let pool = Pool::new(scope, 1, 5).unwrap();
            for number in 1..=5 {
                let (events, gate) = (&events, &gate);
                pool.submit(move || {
                    gate.wait();
                    events.log(number.to_string());
                });
            }
            drop(pool);
            events.log("dropped");
            gate.open();
        });
        assert_eq!(events.list(), ["dropped", "1", "2", "3", "4", "5"]);
    });
}

#[test]
fn a_pool_needs_a_worker_and_room_for_a_job() {
    in_time(|| {
        thread::scope(|scope| {
            for (workers, waiting) in [(0, 1), (1, 0), (0, 0)] {
                let error = Pool::new(scope, workers, waiting).err().expect("no pool");
                assert_eq!(error.kind(), ErrorKind::InvalidInput, "{workers} {waiting}");
            }
            assert_eq!(Pool::new(scope, 1, 1).unwrap().submit(|| 5).join().unwrap(), 5);
        });
    });
}

// Who leaves when others wait

/// As many connections as there are workers, and none that wait. Who is new may be made to leave
/// at once.
fn limits(connections: usize) -> Limits {
    Limits { workers: connections, queue: 0, first_time: Duration::ZERO, ..Limits::default() }
}

fn connections(limit: usize) -> Connections {
    Connections::new(&limits(limit))
}

/// A connection that is taken and has a worker, and its client. The clock has moved on since the
/// one before.
fn admitted(connections: &Connections) -> (Permit<'_>, TcpClient) {
    let (permit, client) = queued(connections);
    permit.mark_new();
    (permit, client)
}

/// One that waits for a worker.
fn queued(connections: &Connections) -> (Permit<'_>, TcpClient) {
    move_on();
    let (stream, client) = tcp();
    (connections.admit(stream).expect("it is taken"), client)
}

/// A connection of another network than `admitted` has; `None` on a machine without IPv6.
fn stranger(connections: &Connections) -> Option<(Permit<'_>, TcpClient)> {
    move_on();
    let (stream, client) = tcp_on((Ipv6Addr::LOCALHOST, 0).into()).ok()?;
    let permit = connections.admit(stream).expect("it is taken");
    permit.mark_new();
    Some((permit, client))
}

/// Whether nothing has come, not even an end.
fn is_silent(permit: &Permit) -> bool {
    permit.stream().set_nonblocking(true).unwrap();
    let read = permit.stream().read(&mut [0]).map_err(|error| error.kind());
    permit.stream().set_nonblocking(false).unwrap();
    read == Err(ErrorKind::WouldBlock)
}

/// It goes on in both directions.
#[track_caller]
fn stays(permit: &Permit, client: &mut TcpClient) {
    assert!(is_silent(permit));
    is_open(permit, client);
}

/// The worker finds the end of the connection, and so does the client when it has let go.
#[track_caller]
fn leaves(permit: Permit, client: &mut TcpClient) {
    leaves_at_the_end(permit);
    is_closed(client);
}

#[test]
fn the_limits_of_a_server_are_these() {
    let limits = HttpServer::default().limits;
    assert_eq!([limits.workers, limits.queue, limits.connections_per_network], [200, 100, 100]);
    assert_eq!(limits.requests_per_connection, 1000);
    let Limits {
        queue_time,
        idle_time,
        first_time,
        request_time,
        response_time,
        drain_time,
        stop_time,
        ..
    } = limits;
    let times =
        [queue_time, idle_time, first_time, request_time, response_time, drain_time, stop_time];
    assert_eq!(times.map(|time| time.as_secs_f32()), [0.0, 5.0, 1.0, 10.0, 10.0, 1.0, 10.0]);
}

#[test]
fn who_has_a_worker_and_has_asked_for_nothing_for_the_longest_time_leaves() {
    let connections = connections(5);
    let (ada, a) = admitted(&connections);
    let (bob, b) = admitted(&connections);
    let (eve, e) = admitted(&connections);
    let (dan, d) = admitted(&connections);
    let (zoe, z) = admitted(&connections);
    // Bob and Dan never asked. Eve has waited since her answer, Zoe since her last one, and
    // Ada since the one after.
    assert!(eve.mark_busy());
    move_on();
    assert!(eve.mark_idle());
    move_on();
    zoe.mark_done();
    move_on();
    assert!(ada.mark_idle());
    let mut waiting = VecDeque::from([(bob, b), (dan, d), (eve, e), (zoe, z), (ada, a)]);
    let mut newcomers = Vec::new();
    while let Some((loser, mut client)) = waiting.pop_front() {
        let (newcomer, newclient) = admitted(&connections);
        assert!(newcomer.mark_busy());
        newcomers.push((newcomer, newclient));
        for (permit, client) in waiting.iter_mut().chain(&mut newcomers) {
            stays(permit, client);
        }
        leaves(loser, &mut client);
    }
    refused(&connections);
}

#[test]
fn who_is_busy_stays_however_long_it_takes() {
    let connections = connections(2);
    let (busy, mut ada) = admitted(&connections);
    assert!(busy.mark_busy());
    for _ in 0..5 {
        let (first, mut bob) = admitted(&connections);
        let (_second, _eve) = admitted(&connections);
        leaves(first, &mut bob);
        stays(&busy, &mut ada);
        assert!(busy.mark_busy());
    }
}

#[test]
fn who_waits_for_a_worker_stays() {
    let connections = Connections::new(&Limits { queue: 2, ..limits(1) });
    let (busy, mut ada) = admitted(&connections);
    assert!(busy.mark_busy());
    let (second, mut bob) = queued(&connections);
    let (third, mut eve) = queued(&connections);
    for _ in 0..2 {
        refused(&connections);
    }
    for (permit, client) in [(&busy, &mut ada), (&second, &mut bob), (&third, &mut eve)] {
        stays(permit, client);
    }
    // It has been waiting for longer than anybody, but for a worker.
    drop(busy);
    third.mark_new();
    let (_fourth, _dan) = queued(&connections);
    stays(&second, &mut bob);
    leaves(third, &mut eve);
}

#[test]
fn who_has_just_got_a_worker_has_its_time_to_ask() {
    let limits = Limits { queue: 1, first_time: too_long(), ..limits(1) };
    let connections = Connections::new(&limits);
    let (new, mut ada) = admitted(&connections);
    let (next, mut bob) = queued(&connections);
    refused(&connections);
    stays(&new, &mut ada);
    // An answer, and it may be made to leave at once.
    assert!(new.mark_busy());
    drop(next);
    is_closed(&mut bob);
    assert!(new.mark_idle());
    let (_next, _bob) = queued(&connections);
    leaves(new, &mut ada);
}

#[test]
fn who_must_leave_makes_room_once_and_at_once() {
    let connections = connections(2);
    let (loser, mut ada) = admitted(&connections);
    let (second, mut bob) = admitted(&connections);
    assert!(second.mark_busy());
    let (third, mut eve) = admitted(&connections);
    assert!(third.mark_busy());
    // The loser's worker has not noticed yet, and then it has.
    refused(&connections);
    leaves(loser, &mut ada);
    refused(&connections);
    stays(&second, &mut bob);
    stays(&third, &mut eve);
    drop(third);
    let (fourth, _dan) = admitted(&connections);
    assert!(fourth.mark_busy());
    refused(&connections);
}

#[test]
fn only_a_request_keeps_who_must_leave() {
    let connections = Connections::new(&Limits { queue: 1, ..limits(1) });
    let (loser, _ada) = admitted(&connections);
    let (winner, _bob) = queued(&connections);
    assert!(!winner.others_wait(), "who must leave does not count");
    loser.mark_idle();
    assert!(!winner.others_wait());
    loser.mark_new();
    assert!(!winner.others_wait());
    loser.mark_done();
    assert!(!winner.others_wait());
    assert!(loser.mark_busy());
    assert!(winner.others_wait());
    refused(&connections);
}

#[test]
fn others_wait_while_there_are_more_connections_than_workers() {
    let connections = Connections::new(&Limits { queue: 2, ..limits(2) });
    let (first, _ada) = admitted(&connections);
    let (second, _bob) = admitted(&connections);
    assert!(first.mark_busy() && second.mark_busy());
    assert!(!first.others_wait());
    let (third, _eve) = queued(&connections);
    let (fourth, _dan) = queued(&connections);
    assert!([&first, &second, &third, &fourth].iter().all(|permit| permit.others_wait()));
    // Nobody is idle now.
    assert!(!first.mark_idle());
    assert!(first.mark_busy());
    drop(second);
    assert!(first.others_wait());
    drop(third);
    assert!(!first.others_wait());
    assert!(first.mark_idle());
}

#[test]
fn a_network_that_has_its_share_loses_one_of_its_own() {
    let connections = Connections::new(&Limits { connections_per_network: 2, ..limits(4) });
    // The stranger waits longest, and is of another network.
    let mut stranger_at_first = stranger(&connections);
    let (first, mut ada) = admitted(&connections);
    let (second, mut bob) = admitted(&connections);
    assert!(first.mark_busy());
    let (third, mut dan) = admitted(&connections);
    leaves(second, &mut bob);

    // All of them are busy; there is a worker, but not for this network.
    assert!(third.mark_busy());
    refused(&connections);
    let mut stranger_behind = stranger(&connections);
    for (permit, client) in stranger_at_first.iter_mut().chain(&mut stranger_behind) {
        stays(permit, client);
    }
    stays(&first, &mut ada);
    stays(&third, &mut dan);

    // One of theirs leaves, and the next one gets in.
    drop(first);
    admitted(&connections);
}

#[test]
fn a_network_within_its_share_takes_the_worker_of_who_waits_longest() {
    let connections = Connections::new(&Limits { connections_per_network: 2, ..limits(2) });
    let (longest, mut client) = stranger(&connections).unwrap_or_else(|| admitted(&connections));
    let (second, mut bob) = admitted(&connections);
    let (third, mut eve) = admitted(&connections);
    leaves(longest, &mut client);
    stays(&second, &mut bob);
    stays(&third, &mut eve);
}

#[test]
fn one_too_many_is_held_back_until_another_has_left() {
    in_time(|| {
        let connections = Connections::new(&Limits { queue_time: too_long(), ..limits(1) });
        let (first, mut ada) = admitted(&connections);
        assert!(first.mark_busy());
        let (stream, mut bob) = tcp();
        thread::scope(|scope| {
            let comes = scope.spawn(|| connections.admit(stream).expect("it is taken"));
            soon(|| first.others_wait().then_some(()));
            stays(&first, &mut ada);
            drop(first);
            let permit = comes.join().unwrap();
            permit.mark_new();
            stays(&permit, &mut bob);
            assert!(!permit.others_wait());
        });
    });
}

#[test]
fn who_was_held_back_in_vain_is_refused() {
    let connections = Connections::new(&Limits { queue_time: SHORT, ..limits(1) });
    let (first, _ada) = admitted(&connections);
    assert!(first.mark_busy());
    let begun = Instant::now();
    refused(&connections);
    assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
    assert!(!first.others_wait());
}

/// Admits, is busy, is idle and leaves, in several threads at once.
#[test]
fn in_a_crowd_nobody_is_closed_while_busy_and_nobody_is_forgotten() {
    const LIMIT: usize = 3;
    let connections = connections(LIMIT);
    let request = |permit: &Permit| {
        permit.mark_busy();
        // It may have been made to leave before.
        let was_silent = is_silent(permit);
        thread::yield_now();
        assert_eq!(is_silent(permit), was_silent);
    };
    let visits = || {
        for _ in 0..30 {
            let (stream, _client) = tcp();
            if let Ok(permit) = connections.admit(stream) {
                permit.mark_new();
                request(&permit);
                permit.mark_idle();
                thread::yield_now();
                request(&permit);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..2 * LIMIT {
            scope.spawn(visits);
        }
    });
    // Nobody has left a permit behind.
    let all: Vec<_> = (0..LIMIT).map(|_| admitted(&connections)).collect();
    assert!(all.iter().all(|(permit, _)| permit.mark_busy() && !permit.others_wait()));
    refused(&connections);
}

// What has come from who must leave

#[test]
fn who_must_leave_and_has_sent_nothing_finds_the_end() {
    let connections = Connections::new(&Limits { queue: 1, ..limits(1) });
    let (permit, _ada) = admitted(&connections);
    let (_newcomer, _bob) = queued(&connections);
    assert_bytes!(read(&permit).unwrap(), b"");
}

#[test]
fn who_must_leave_and_has_asked_has_its_answer() {
    let connections = Connections::new(&Limits { queue: 1, ..limits(1) });
    let (permit, mut ada) = admitted(&connections);
    ada.send("GET ");
    // Until it has arrived, and it is still there then.
    assert_eq!(permit.stream().peek(&mut [0; 4]).unwrap(), 4);
    let (newcomer, _bob) = queued(&connections);
    assert!(!newcomer.others_wait());
    if cfg!(not(target_os = "linux")) {
        // macOS throws away what has come, and on Windows the read fails.
        assert!(read(&permit).map_or(true, |bytes| bytes.is_empty()));
        return;
    }
    assert_bytes!(read(&permit).unwrap(), b"GET ");
    assert!(newcomer.others_wait(), "it is busy now");
    is_open(&permit, &mut ada);
    assert!(!permit.mark_idle());
}

#[test]
fn who_has_its_answer_is_at_its_end_if_others_wait() {
    let connections = Connections::new(&Limits { queue: 1, ..limits(1) });
    let (permit, mut ada) = admitted(&connections);
    let mut conn = TimedStream::new(&permit, &Limits::default());
    ada.send("onetwo");
    assert_eq!(conn.read(&mut [0; 3]).unwrap(), 3);
    let (newcomer, _bob) = queued(&connections);
    answer(&mut conn, b"one");
    assert_eq!(conn.read(&mut [0; 3]).unwrap(), 0, "bytes");
    drop(newcomer);
    let mut two = [0; 3];
    conn.read_exact(&mut two).unwrap();
    assert_bytes!(two, b"two");
}

// The first byte

/// Limits under which the first byte is waited for as long as `first_time` alone.
fn first_within(first_time: Duration) -> Limits {
    Limits { queue: 1, first_time, request_time: too_long(), ..limits(1) }
}

#[test]
fn if_others_wait_who_is_new_must_ask_within_its_time() {
    in_time(|| {
        let limits = first_within(SHORT);
        let connections = Connections::new(&limits);
        let (permit, mut ada) = admitted(&connections);
        let (newcomer, _bob) = queued(&connections);
        let begun = Instant::now();
        let mut conn = TimedStream::new(&permit, &limits);
        assert_eq!(read_error(&mut conn), ErrorKind::TimedOut);
        assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
        stays(&permit, &mut ada);
        drop(newcomer);
    });
}

#[test]
fn others_may_come_while_the_first_byte_is_waited_for() {
    // Before the time is over, and then.
    for first_time in [SHORT, Duration::from_millis(1)] {
        in_time(move || {
            let limits = first_within(first_time);
            let connections = Connections::new(&limits);
            let (permit, _ada) = admitted(&connections);
            let events = Events::new();
            thread::scope(|scope| {
                let reading = scope.spawn(|| {
                    events.log("reads");
                    TimedStream::new(&permit, &limits).read(&mut [0])
                });
                events.wait_for("reads");
                let _newcomer = queued(&connections);
                match reading.join().unwrap() {
                    Ok(count) => assert_eq!(count, 0),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
                }
            });
        });
    }
}

#[test]
fn if_nobody_waits_who_is_new_has_the_time_of_a_request() {
    let limits = Limits { request_time: SHORT, ..first_within(Duration::from_millis(1)) };
    let connections = Connections::new(&limits);
    let (permit, mut ada) = admitted(&connections);
    let begun = Instant::now();
    let mut conn = TimedStream::new(&permit, &limits);
    assert_eq!(read_error(&mut conn), ErrorKind::TimedOut);
    assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
    is_open(&permit, &mut ada);
}

#[test]
fn a_request_that_has_begun_has_its_time_though_others_wait() {
    let limits = first_within(Duration::ZERO);
    let connections = Connections::new(&limits);
    let (permit, mut ada) = admitted(&connections);
    assert!(permit.mark_busy());
    let (_newcomer, _bob) = queued(&connections);
    let mut conn = TimedStream::new(&permit, &limits);
    for byte in [b"G", b"E", b"T"] {
        ada.send(byte);
        assert_eq!(permit.stream().peek(&mut [0]).unwrap(), 1);
        let mut read = [0];
        conn.read_exact(&mut read).expect("time to ask");
        assert_bytes!(read, byte);
    }
}

// Connections come to their end

#[test]
fn who_waits_for_a_worker_when_all_end_may_ask_and_is_not_idle_again() {
    let connections = Connections::new(&Limits { queue: 1, ..limits(3) });
    let (busy, _ada) = admitted(&connections);
    let (idle, mut bob) = admitted(&connections);
    let (new, mut zoe) = admitted(&connections);
    assert!(busy.mark_busy() && idle.mark_busy() && new.mark_busy());
    let (next, mut eve) = queued(&connections);
    new.mark_new();
    assert!(!idle.mark_idle());
    thread::scope(|scope| {
        let closing = scope.spawn(|| connections.close(Duration::ZERO, too_long()));
        leaves(idle, &mut bob);
        // So the time is over in which who is new may ask.
        leaves(new, &mut zoe);
        drop(busy);
        next.mark_new();
        assert!(next.mark_busy());
        stays(&next, &mut eve);
        assert!(!next.mark_idle());
        drop(next);
        soon(|| closing.is_finished().then_some(()));
        assert_eq!(closing.join().unwrap(), 0);
    });
}

#[test]
fn who_is_not_done_in_the_end_is_closed_and_counted_also_if_it_waits_for_a_worker() {
    let connections = Connections::new(&Limits { queue: 1, ..limits(3) });
    let (busy, mut ada) = admitted(&connections);
    let (done, mut bob) = admitted(&connections);
    let (idle, mut eve) = admitted(&connections);
    assert!(busy.mark_busy() && done.mark_busy() && idle.mark_busy());
    let (waits, mut dan) = queued(&connections);
    assert!(idle.mark_busy() && !idle.mark_idle());
    done.mark_done();
    let stop_time = 2 * SHORT;
    thread::scope(|scope| {
        let closing = scope.spawn(|| {
            let begun = Instant::now();
            (connections.close(SHORT, stop_time), begun.elapsed())
        });
        leaves(idle, &mut eve);
        stays(&busy, &mut ada);
        let (left, elapsed) = closing.join().unwrap();
        assert_eq!(left, 2);
        assert!(elapsed >= stop_time, "{elapsed:?}");
    });
    for client in [&mut ada, &mut dan] {
        is_closed(client);
    }
    assert!(!busy.mark_busy() && !waits.mark_busy());
    stays(&done, &mut bob);
}

// How a connection is closed

#[test]
fn who_has_said_that_nothing_follows_is_closed_at_once() {
    let (mut ours, mut ada) = tcp();
    Close::AtOnce.carry_out(&ours, patience()).unwrap();
    // Nothing is closed yet; this is for whoever drops it.
    ours.write_all(b"bye").unwrap();
    drop(ours);
    assert_eq!(ada.read_to_end(), (b"bye".to_vec(), Ending::Closed));

    // The same if it has closed its side already.
    let (mut ours, mut bob) = tcp();
    bob.finish();
    assert_eq!(ours.peek(&mut [0]).unwrap(), 0);
    Close::AtOnce.carry_out(&ours, patience()).unwrap();
    ours.write_all(b"bye").unwrap();
}

/// Closes it in such a way; the client waits for that, says so much more and closes too.
fn lingers(how: Close, ours: TcpStream, client: &mut TcpClient) {
    thread::scope(|scope| {
        let closing = scope.spawn(|| {
            how.carry_out(&ours, patience()).unwrap();
            (&ours).write(b"x").is_err()
        });
        // Ours is not dropped: it was told that nothing follows.
        assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
        client.send([b'x'; 10_000]);
        client.finish();
        assert!(closing.join().unwrap(), "nothing can be sent any more");
    });
}

#[test]
fn in_all_other_cases_what_still_comes_is_read() {
    let (ours, mut ada) = tcp();
    lingers(Close::Lingering, ours, &mut ada);

    // It has said that nothing follows, and something did.
    let (ours, mut bob) = tcp();
    bob.send("more");
    assert_eq!(ours.peek(&mut [0; 4]).unwrap(), 4);
    lingers(Close::AtOnce, ours, &mut bob);
}

/// How a greeter closes after such bytes and nothing else, and how many answers that were.
fn closing(input: impl Into<Script>) -> (Close, usize) {
    let mut server = Greeter::new().server;
    server.limits.requests_per_connection = 3;
    server.register_reading(path("/unread"), |_, _| Ok(Response::text("I did not look.\n")));
    let (mut conn, peer) = MockConnection::pair(input);
    let close = server.on_connect(&mut conn, None).unwrap();
    let sent = String::from_utf8(peer.sent()).unwrap();
    (close, sent.matches("HTTP/1.1 ").count())
}

#[test]
fn a_connection_is_closed_at_once_if_its_client_wanted_it_closed_and_all_was_read() {
    let last = "GET /hello HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n";
    let old = "GET /hello HTTP/1.0\r\n\r\n";
    let posted = "POST /unread HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n";
    assert_eq!(closing(last), (Close::AtOnce, 1));
    assert_eq!(closing(old), (Close::AtOnce, 1));
    assert_eq!(closing([REQUEST, last].concat()), (Close::AtOnce, 2));
    assert_eq!(closing([REQUEST, REQUEST, last].concat()), (Close::AtOnce, 3));
    assert_eq!(closing(format!("{posted}\r\n")), (Close::AtOnce, 1));
    // Who has said nothing has nothing more to say.
    assert_eq!(closing(""), (Close::AtOnce, 0));
    assert_eq!(closing(Script::new().fail(ErrorKind::TimedOut)), (Close::AtOnce, 1));
}

#[test]
fn it_lingers_in_all_other_cases() {
    let posted = "POST /unread HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n";
    for (input, answers) in [
        (REQUEST.to_owned(), 1),
        // The limit is ours.
        (REQUEST.repeat(3), 3),
        (REQUEST.repeat(4), 3),
        // A body that nobody has read, whole or in part.
        (format!("{posted}Content-Length: 4\r\n\r\nsoup"), 1),
        (format!("{posted}Transfer-Encoding: chunked\r\n\r\n4\r\nsoup\r\n0\r\n\r\n"), 1),
        // Where a request ends that cannot be read, nobody knows.
        ("GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(), 1),
        ("soup\r\n\r\n".to_owned(), 1),
    ] {
        assert_eq!(closing(input.as_str()), (Close::Lingering, answers), "{input:?}");
    }
}

// Many clients over TCP

/// Serves this one client and returns our side of its connection, which `serve` has let go of.
fn served(client: &mut TcpClient, ours: TcpStream, how: Close) -> TcpStream {
    let kept = ours.try_clone().unwrap();
    client.finish();
    serve([Ok(ours)], &limits(1), |_| Ok::<_, &str>(how)).unwrap();
    kept
}

#[test]
fn a_conversation_says_how_to_close() {
    in_time(|| {
        let (ours, mut ada) = tcp();
        let mut kept = served(&mut ada, ours, Close::AtOnce);
        kept.write_all(b"still there").unwrap();
        assert_bytes!(ada.read_exact(11), b"still there");

        let (ours, mut bob) = tcp();
        let mut kept = served(&mut bob, ours, Close::Lingering);
        assert!(kept.write(b"gone").is_err());
        assert_eq!(bob.read_to_end(), (Vec::new(), Ending::Closed));
    });
}

#[test]
fn what_was_sent_arrives_though_not_all_was_read_that_came() {
    let answer = vec![b'a'; 200_000];
    for how in [Close::Lingering, Close::AtOnce] {
        let limits = Limits::default();
        let talk = |permit: &Permit| {
            let mut conn = TimedStream::new(permit, &limits);
            conn.read_exact(&mut [0])?;
            conn.write_all(&answer).map(|()| how)
        };
        Live::run(
            |incoming| serve(incoming, &Limits { workers: 1, ..limits.clone() }, talk),
            |live| {
                let mut client = live.connect();
                client.send([b'x'; 10_000]);
                client.finish();
                let (heard, ending) = client.read_to_end();
                assert_eq!(ending, Ending::Closed);
                assert_bytes!(heard, answer);
            },
        );
    }
}

#[test]
fn clients_are_served_by_the_workers_and_no_other_threads() {
    in_time(|| {
        let threads = Mutex::new(HashSet::new());
        let talk = |_: &Permit| {
            threads.lock().unwrap().insert(thread::current().id());
            Ok::<_, &str>(Close::AtOnce)
        };
        let (streams, _clients): (Vec<_>, Vec<_>) = (0..20).map(|_| tcp()).unzip();
        let limits = Limits { queue: 20, ..limits(2) };
        serve(streams.into_iter().map(Ok), &limits, talk).unwrap();
        let threads = threads.into_inner().unwrap();
        assert!((1..=2).contains(&threads.len()), "{threads:?}");
        assert!(!threads.contains(&thread::current().id()));
    });
}

#[test]
fn a_panic_in_a_conversation_ends_it_and_costs_no_worker() {
    let test = "a_panic_in_a_conversation_ends_it_and_costs_no_worker";
    let log = alone(module_path!(), test, &[], || {
        let limits = Limits { queue: 10, ..limits(2) };
        let talk = |permit: &Permit| {
            let mut conn = TimedStream::new(permit, &Limits::default());
            let mut word = [0; 5];
            conn.read_exact(&mut word)?;
            assert_ne!(word, *b"panic", "there is no soup");
            conn.write_all(&word)?;
            io::Result::Ok(Close::Lingering)
        };
        Live::run(
            |incoming| serve(incoming, &limits, talk).unwrap(),
            |live| {
                let mut patient = live.connect();
                patient.send("hel");
                for _ in 0..4 {
                    let mut unlucky = live.connect();
                    unlucky.send("panic");
                    assert_bytes!(unlucky.read_to_end().0, b"");
                }
                patient.send("lo");
                assert_eq!(patient.read_to_end(), (b"hello".to_vec(), Ending::Closed));
            },
        );
    });
    let Some(log) = log else { return };
    assert_eq!(panics(&log), 4, "{log}");
}

#[test]
fn what_goes_wrong_in_a_conversation_ends_it_and_is_logged_in_a_line() {
    let test = "what_goes_wrong_in_a_conversation_ends_it_and_is_logged_in_a_line";
    let log = alone(module_path!(), test, &[], || {
        let (first, mut ada) = tcp();
        let (second, mut bob) = tcp();
        let accepted = [Ok(first), Err(ErrorKind::ConnectionAborted.into()), Ok(second)];
        ada.finish();
        bob.finish();
        in_time(|| serve(accepted, &limits(2), |_| Err("there is no soup"))).unwrap();
        assert_eq!(ada.read_to_end(), (Vec::new(), Ending::Closed));
        assert_eq!(bob.read_to_end(), (Vec::new(), Ending::Closed));
    });
    let Some(log) = log else { return };
    assert_eq!(log.lines().filter(|line| line.ends_with("there is no soup")).count(), 2, "{log}");
    assert_eq!(log.lines().count(), 3, "two conversations and one error of accept: {log}");
}

/// Clients that must not be asked for.
fn nobody() -> impl Iterator<Item = io::Result<TcpStream>> {
    std::iter::from_fn(|| panic!("nobody can be served"))
}

#[test]
fn without_workers_nobody_is_served_and_that_is_an_error() {
    let mut server = HttpServer::default();
    server.limits.workers = 0;
    assert!(server.serve(nobody()).is_err());
}

#[cfg(unix)]
mod unix {
    use super::*;

    #[test]
    fn a_connection_without_an_address_is_of_no_network_and_takes_a_worker() {
        let connections = Connections::new(&Limits { connections_per_network: 1, ..limits(3) });
        let first = connections.admit(without_address()).unwrap();
        let second = connections.admit(without_address()).unwrap();
        let (third, _ada) = admitted(&connections);
        assert!([&first, &second, &third].iter().all(|permit| permit.mark_busy()));
        assert_eq!(first.peer(), None);
        assert!(third.peer().is_some());
        assert!(connections.admit(without_address()).is_err());
    }

    /// No system has a stack of 2^60 bytes, so that no thread can be started; the tests'
    /// harness runs this one in its own.
    #[test]
    fn if_the_system_refuses_threads_nobody_is_served_and_that_is_an_error() {
        let test = "if_the_system_refuses_threads_nobody_is_served_and_that_is_an_error";
        let no_thread = [("RUST_MIN_STACK", "1152921504606846976")];
        alone(module_path!(), test, &no_thread, || {
            assert!(thread::Builder::new().spawn(|| ()).is_err());
            thread::scope(|scope| assert!(Pool::new(scope, 2, 1).is_err()));
            assert!(HttpServer::default().serve(nobody()).is_err());
        });
    }
}

#[test]
fn while_others_wait_each_answer_is_the_last_one() {
    let mut greeter = patient_greeter();
    greeter.server.limits.workers = 1;
    greeter.server.limits.queue = 2;
    greeter.run(|live| {
        let (mut ada, mut bob, mut eve) = (live.connect(), live.connect(), live.connect());
        greeter.waits(&mut ada, "ada");
        is_told_503(live); // so Bob and Eve wait
        greeter.go_on.open();
        bob.send(REQUEST);
        for (client, text) in [(&mut ada, "/wait?ada\n"), (&mut bob, "Hello!\n")] {
            let (bytes, ending) = client.read_to_end();
            let reply = Reply::parse(bytes);
            assert_eq!((reply.text(), reply.header("Connection")), (text, Some("close")));
            assert_eq!(ending, Ending::Closed);
            client.finish();
        }
        for _ in 0..3 {
            is_greeted(&mut eve);
        }
    });
}

/// A client that has asked and waits for the answer.
fn asks(mut client: TcpClient) -> TcpClient {
    client.send(REQUEST);
    client
}

/// The answer has come; if it is the last one, the client closes too.
#[track_caller]
fn is_answered(client: &mut TcpClient) {
    let reply = reply(client);
    assert_eq!(reply.text(), "Hello!\n");
    if reply.header("Connection") == Some("close") {
        client.finish();
    }
}

#[test]
fn twice_as_many_clients_as_workers_that_keep_their_connections_are_all_answered() {
    let mut greeter = patient_greeter();
    greeter.server.limits.workers = 4;
    greeter.server.limits.queue = 4;
    greeter.run(|live| {
        let mut clients: Vec<_> = (0..8).map(|_| asks(live.connect())).collect();
        clients.iter_mut().for_each(is_answered);
    });
}

#[test]
fn clients_that_say_nothing_do_not_keep_the_workers_from_those_who_ask() {
    let mut greeter = patient_greeter();
    let limits = &mut greeter.server.limits;
    (limits.workers, limits.queue, limits.first_time) = (2, 4, Duration::from_millis(1));
    greeter.run(|live| {
        for _ in 0..2 {
            let mut silent = live.connect();
            // It closes when we do, or when the test is over.
            thread::spawn(move || silent.read_to_end());
        }
        let mut clients: Vec<_> = (0..4).map(|_| asks(live.connect())).collect();
        clients.iter_mut().for_each(is_answered);
    });
}

/// What becomes of the same clients if a worker belongs to a connection and nobody must leave:
/// the server of chapter 13 talks to each until it goes.
#[test]
fn a_pool_alone_answers_as_many_clients_as_it_has_workers() {
    let events = Events::new();
    let mut server = ch13::HttpServer::default();
    server.register(path("/hello"), |_| Ok(Response::text("Hello!\n")));
    in_time(move || {
        let (streams, clients): (Vec<_>, VecDeque<_>) = (0..8).map(|_| tcp()).unzip();
        let mut clients: VecDeque<_> = clients.into_iter().map(asks).collect();
        thread::scope(|scope| {
            let pool = Pool::new(scope, 4, 8).unwrap();
            for mut stream in streams {
                let (server, events) = (&server, &events);
                pool.submit(move || {
                    events.log("begins");
                    server.on_connect(&mut stream, None).unwrap();
                    events.log("ends");
                });
            }
            clients.iter_mut().take(4).for_each(is_answered);
            while let Some(first) = clients.pop_front() {
                // Those who came before the fifth have to go first.
                drop(first);
                clients.get_mut(3).into_iter().for_each(is_answered);
            }
        });
        let list = events.list();
        assert_eq!(list[..5], ["begins", "begins", "begins", "begins", "ends"]);
        assert_eq!(list.len(), 16);
    });
}

#[test]
fn at_a_stop_who_is_being_served_and_who_waits_have_their_answers_which_are_the_last() {
    let mut greeter = patient_greeter();
    greeter.server.limits.workers = 2;
    greeter.server.limits.queue = 1;
    greeter.server.limits.first_time = too_long();
    let server = Stoppable::start(mem::take(&mut greeter.server));
    let (mut busy, mut other) = (server.connect(), server.connect());
    greeter.waits(&mut busy, "busy");
    greeter.waits(&mut other, "other");
    let mut waits = server.connect();
    // One more is refused, so the one before it waits for a worker.
    assert_bytes!(server.connect().read_to_end().0, UNAVAILABLE);
    server.stop();
    waits.send(REQUEST);
    greeter.go_on.open();
    for (client, text) in
        [(&mut busy, "/wait?busy\n"), (&mut other, "/wait?other\n"), (&mut waits, "Hello!\n")]
    {
        let (bytes, ending) = client.read_to_end();
        let reply = Reply::parse(bytes);
        assert_eq!((reply.status, reply.text()), (200, text));
        assert_eq!(reply.header("Connection"), Some("close"));
        assert_eq!(ending, Ending::Closed);
        client.finish();
    }
    server.ends();
}

#[test]
fn at_a_stop_who_has_its_last_answer_and_does_not_close_is_not_counted() {
    let test = "at_a_stop_who_has_its_last_answer_and_does_not_close_is_not_counted";
    let log = alone(module_path!(), test, &[], || {
        let (ours, mut ada) = tcp();
        let told = Gate::new();
        let ada_is_told = told.clone();
        let nobody_else = std::iter::from_fn(move || {
            ada_is_told.wait();
            None
        });
        let incoming = std::iter::once(Ok(ours)).chain(nobody_else);
        let limits = Limits { stop_time: SHORT, drain_time: 2 * SHORT, ..limits(1) };
        let serving =
            thread::spawn(move || serve(incoming, &limits, |_| Ok::<_, &str>(Close::Lingering)));
        assert_eq!(ada.read_to_end(), (Vec::new(), Ending::Closed));
        told.open();
        in_time(move || serving.join()).unwrap().unwrap();
    });
    let Some(log) = log else { return };
    assert_eq!(log, "");
}
