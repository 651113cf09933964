//! `prefork`: a master and its workers.

use super::started::{PersistentClient, Started, ask_once, get, refusal, send_signal, worker};
use mock::patience;
use rustix::process::Signal;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

const PREFORK: &str = env!("CARGO_BIN_EXE_prefork");

fn set(workers: &[u32]) -> BTreeSet<u32> {
    workers.iter().copied().collect()
}

// Sharing

/// Each of four has between half and one and a half of its share, 250 and 750. Seen on two cores:
/// 467 to 582, and with epoll (and `EPOLLEXCLUSIVE`) in the place of a blocking accept 53 to 872. A
/// busy machine may keep a worker from running for a while, but not for half of the time.
#[test]
fn two_thousand_connections_are_shared_by_four_workers_and_none_is_lost() {
    let (master, workers) = Started::prefork(4);
    let address = master.address;
    let counts = thread::scope(|scope| {
        let client = || {
            let mut counts = BTreeMap::<u32, usize>::new();
            (0..500).for_each(|_| *counts.entry(worker(&ask_once(address, "/"))).or_default() += 1);
            counts
        };
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(client)).collect();
        let counts = clients.into_iter().flat_map(|client| client.join().unwrap());
        counts.fold(BTreeMap::<u32, usize>::new(), |mut all, (worker, count)| {
            *all.entry(worker).or_default() += count;
            all
        })
    });
    assert_eq!(counts.keys().copied().collect::<BTreeSet<_>>(), set(&workers));
    assert_eq!(counts.values().sum::<usize>(), 2000);
    assert!(counts.values().all(|count| (250..=750).contains(count)), "{counts:?}");
}

// Reloading

/// Lets `client` ask again and again in four threads while `work` is done. Returns what they have
/// counted.
fn meanwhile(client: impl Fn() -> usize + Sync, work: impl FnOnce()) -> usize {
    let is_over = AtomicBool::new(false);
    /// Else a panic of `work` would let the clients go on for ever.
    struct Ends<'a>(&'a AtomicBool);
    impl Drop for Ends<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    thread::scope(|scope| {
        let ends = Ends(&is_over);
        let run = || {
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                count += client();
            }
            count
        };
        let clients: Vec<ScopedJoinHandle<usize>> = (0..4).map(|_| scope.spawn(run)).collect();
        work();
        drop(ends);
        clients.into_iter().map(|client| client.join().unwrap()).sum()
    })
}

/// Reloads, and waits until the new workers are ready and all old ones have left.
#[track_caller]
fn reload(master: &Started, old: &[u32]) -> Vec<u32> {
    master.signal(Signal::HUP);
    let new = master.workers_who("is ready", old.len());
    assert!(set(&new).is_disjoint(&set(old)));
    assert_eq!(set(&master.workers_who("has left", old.len())), set(old));
    new
}

#[test]
fn three_reloads_lose_none_of_those_who_come_meanwhile() {
    let (master, mut workers) = Started::prefork(4);
    let client = || {
        worker(&ask_once(master.address, "/"));
        1
    };
    let asked = meanwhile(client, || (0..3).for_each(|_| workers = reload(&master, &workers)));
    assert!(asked > 0);
    let answers: BTreeSet<_> = (0..40).map(|_| worker(&ask_once(master.address, "/"))).collect();
    assert!(answers.is_subset(&set(&workers)), "{answers:?} {workers:?}");
}

/// A connection may end between two requests, and a client knows then that the one that it has
/// just sent was not seen. What may not be is an answer that breaks off.
#[test]
fn three_reloads_break_no_answer_on_a_kept_connection() {
    let (master, mut workers) = Started::prefork(4);
    let client = || {
        let mut kept = PersistentClient::connect(master.address);
        let mut count = 0;
        while kept.send(&get("/")).is_ok() {
            let Some(answer) = kept.answer() else { break };
            worker(&answer);
            count += 1;
            if answer.header("Connection") == Some("close") || count == 500 {
                break;
            }
        }
        count
    };
    let answered = meanwhile(client, || (0..3).for_each(|_| workers = reload(&master, &workers)));
    assert!(answered > 0);
}

#[test]
fn a_worker_that_is_replaced_finishes_its_answer() {
    let (master, old) = Started::prefork(2);
    let mut client = PersistentClient::connect(master.address);
    let asked = worker(&client.ask("/"));
    client.begin("/delay/1000");
    master.signal(Signal::HUP);
    let answer = client.answer().expect("an answer");
    assert_eq!(worker(&answer), asked);
    assert_eq!(set(&master.workers_who("has left", 2)), set(&old));
}

// Who is killed

#[test]
fn a_worker_that_is_killed_is_replaced_and_only_its_own_connections_break() {
    let (master, workers) = Started::prefork(4);
    let connect = |_| {
        let mut client = PersistentClient::connect(master.address);
        (worker(&client.ask("/")), client)
    };
    let clients: Vec<_> = (0..16).map(connect).collect();
    let victim = clients[0].0;
    send_signal(victim, Signal::KILL);
    master.line(|line| line == format!("worker {victim} has ended: signal: 9 (SIGKILL)"));
    let [new] = master.workers_who("is ready", 1)[..] else { unreachable!() };
    assert!(!workers.contains(&new));
    for (asked, mut client) in clients {
        if asked == victim {
            assert!(client.send(&get("/")).is_err() || client.answer().is_none());
        } else {
            assert_eq!(worker(&client.ask("/")), asked);
        }
    }
    // And the new one takes its share.
    while worker(&ask_once(master.address, "/")) != new {}
}

#[test]
fn workers_leave_by_themselves_when_their_master_is_killed_and_finish_before() {
    let (master, workers) = Started::prefork(3);
    let address = master.address;
    let mut client = PersistentClient::connect(address);
    let asked = worker(&client.ask("/"));
    client.begin("/delay/1000");
    master.signal(Signal::KILL);
    let answer = client.answer().expect("an answer");
    assert_eq!(worker(&answer), asked);
    assert!(workers.contains(&asked));
    // Nobody holds the log any more, and nobody the port.
    master.running.wait_killed();
    // The last one may close its log before the socket, as it ends.
    wait_until_refused(address);
}

// More and fewer

#[test]
fn workers_become_more_and_fewer_and_one_stays() {
    let (master, first) = Started::prefork(1);
    master.signal(Signal::TTIN);
    let second = master.workers_who("is ready", 1);
    master.signal(Signal::TTIN);
    let third = master.workers_who("is ready", 1);
    // Those that came last leave first.
    master.signal(Signal::TTOU);
    assert_eq!(master.workers_who("has left", 1), third);
    master.signal(Signal::TTOU);
    assert_eq!(master.workers_who("has left", 1), second);
    master.signal(Signal::TTOU);
    let new = reload(&master, &first);
    assert_eq!(worker(&ask_once(master.address, "/")), new[0]);
}

// Stopping

/// Waits until nobody has the listening socket any more. A worker may take ten seconds to leave,
/// and is not waited for so long.
fn wait_until_refused(address: SocketAddr) {
    let until = Instant::now() + patience() / 2;
    let is_refused = |error: io::Error| error.kind() == ErrorKind::ConnectionRefused;
    while !TcpStream::connect(address).is_err_and(is_refused) {
        assert!(Instant::now() < until, "the port is still open");
        // Else the queue would be full of us, and we would wait in it.
        thread::sleep(Duration::from_millis(10));
    }
}

fn has_left(log: &str, worker: u32) -> bool {
    log.lines().any(|line| line == format!("worker {worker} has left"))
}

#[test]
fn who_is_asked_to_stop_finishes_and_ends_well() {
    for signal in [Signal::INT, Signal::TERM] {
        let (master, workers) = Started::prefork(2);
        let address = master.address;
        let mut client = PersistentClient::connect(address);
        let asked = worker(&client.ask("/"));
        client.begin("/delay/500");
        master.signal(signal);
        let answer = client.answer().expect("an answer");
        assert_eq!(worker(&answer), asked);
        assert_eq!(answer.header("Connection"), Some("close"));
        drop(client);
        let ended = master.running.wait();
        assert_eq!(ended.code, 0);
        for worker in workers {
            assert!(has_left(&ended.errors, worker), "{}", ended.errors);
        }
        wait_until_refused(address);
    }
}

#[test]
fn who_is_asked_to_stop_a_second_time_waits_for_nobody() {
    let (master, workers) = Started::prefork(2);
    let mut client = PersistentClient::connect(master.address);
    let busy = worker(&client.ask("/"));
    // Longer than anybody here waits.
    client.begin("/delay/60000");
    master.signal(Signal::INT);
    // Two signals at once might be one: the first one has been understood when the other leaves.
    let idle = master.workers_who("has left", 1);
    assert_eq!(set(&[busy, idle[0]]), set(&workers));
    // Whoever comes now is refused, and does not wait in vain until the other one has left.
    wait_until_refused(master.address);
    master.signal(Signal::INT);
    assert!(client.answer().is_none());
    let ended = master.running.wait();
    assert_eq!(ended.code, 0);
    assert!(has_left(&ended.errors, busy), "{}", ended.errors);
}

// Who cannot start

#[test]
fn a_port_that_is_in_use_is_a_sentence() {
    let (master, _) = Started::prefork(1);
    let (code, said) = refusal(PREFORK, &[&master.address.to_string()]);
    assert_eq!(code, 1);
    assert!(said.contains("is in use: another program, perhaps an earlier prefork"), "{said}");
}

#[test]
fn wrong_arguments_of_prefork_are_sentences() {
    for count in ["0", "-1", "many", ""] {
        let (code, said) = refusal(PREFORK, &["--workers", count]);
        assert_eq!((code, &*said), (1, "prefork: --workers is a number, and not 0\n"));
    }
    let (code, said) = refusal(PREFORK, &["--wokers", "4"]);
    assert_eq!(code, 2);
    assert!(said.contains("--wokers"), "{said}");
    // What the master starts, started by somebody else.
    let (code, said) = refusal(PREFORK, &["--worker"]);
    assert_eq!(code, 1);
    assert!(said.contains("the standard input is no listening socket"), "{said}");
}
