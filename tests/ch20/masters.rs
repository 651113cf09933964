//! A master of other programs than `prefork`, and of some that do not start.

use super::started::{PersistentClient, ask_once, send_signal, worker};
use ch20::{Master, Order, Orders};
use mock::Events;
use program::divert_log;
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What masters of this process have logged.
static LOG: LazyLock<Events> = LazyLock::new(|| {
    let events = Events::new();
    let lines = events.clone();
    divert_log(Arc::new(move |line| lines.log(line.trim_end())));
    events
});

/// A worker of `prefork`, which logs nothing.
fn prefork() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_prefork"));
    command.arg("--worker").stderr(Stdio::null());
    command
}

/// One that is no worker, and ends.
fn none() -> Command {
    Command::new("true")
}

/// One that never says that it is ready, and leaves when it is told to.
fn silent() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "exec cat <&1 >&2"]);
    command
}

/// One that cannot even be started.
fn missing() -> Command {
    Command::new("/nowhere/at/all")
}

/// Runs a master in a thread. Its workers are started by `command`, which is told how many were
/// started before.
fn run(
    count: usize,
    command: impl Fn(usize) -> Command + Send + 'static,
) -> (SocketAddr, Orders, JoinHandle<anyhow::Result<()>>) {
    LazyLock::force(&LOG);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, orders) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        let mut started = 0;
        let command = move || {
            started += 1;
            command(started - 1)
        };
        let master = Master::new(listener, count, Duration::from_secs(10), command)?;
        sender.send(master.orders()).unwrap();
        master.run()
    });
    (address, orders.recv().unwrap(), thread)
}

/// The same commands, and each start is an event.
fn logged(
    starts: &Events,
    command: impl Fn(usize) -> Command + Send + 'static,
) -> impl Fn(usize) -> Command + Send + 'static {
    let starts = starts.clone();
    move |number| {
        starts.log(number.to_string());
        command(number)
    }
}

fn who_answer(address: SocketAddr) -> BTreeSet<u32> {
    (0..20).map(|_| worker(&ask_once(address, "/"))).collect()
}

/// Asks until two workers have answered.
fn two_who_answer(address: SocketAddr) -> BTreeSet<u32> {
    let mut answers = (0..1000).map(|_| who_answer(address));
    let workers = answers.find(|workers| workers.len() == 2).expect("two workers");
    workers.iter().for_each(|worker| known_as_ready(*worker));
    workers
}

/// The one who answers.
fn one_who_answers(address: SocketAddr) -> u32 {
    let worker = worker(&ask_once(address, "/"));
    known_as_ready(worker);
    worker
}

/// A worker may answer before its master has heard that it can.
fn known_as_ready(worker: u32) {
    LOG.wait_for(&format!("worker {worker} is ready"));
}

#[test]
fn a_reload_whose_workers_do_not_start_leaves_the_old_ones() {
    let (address, orders, thread) = run(2, |number| match number {
        2 | 3 => none(),
        _ => prefork(),
    });
    let old = two_who_answer(address);
    orders.give(Order::Reload);
    LOG.wait_for("the new workers do not start: the old ones stay");
    assert!(who_answer(address).is_subset(&old));
    // Mended meanwhile.
    orders.give(Order::Reload);
    old.iter().for_each(|worker| {
        LOG.wait_for(&format!("worker {worker} has left"));
    });
    assert!(who_answer(address).is_disjoint(&old));
    orders.give(Order::Stop);
    thread.join().unwrap().unwrap();
}

/// As when the program is just being exchanged for a newer one.
#[test]
fn a_reload_whose_program_is_missing_leaves_the_old_workers() {
    let (address, orders, thread) = run(1, |number| match number {
        1 => missing(),
        _ => prefork(),
    });
    let old = one_who_answers(address);
    orders.give(Order::Reload);
    LOG.wait_for("cannot start a worker: No such file or directory (os error 2)");
    assert_eq!(worker(&ask_once(address, "/")), old);
    orders.give(Order::Reload);
    LOG.wait_for(&format!("worker {old} has left"));
    assert_ne!(worker(&ask_once(address, "/")), old);
    orders.give(Order::Stop);
    thread.join().unwrap().unwrap();
}

#[test]
fn old_workers_leave_when_the_last_new_one_is_no_longer_wanted() {
    let (address, orders, thread) = run(2, |number| match number {
        3 => silent(),
        _ => prefork(),
    });
    let old = two_who_answer(address);
    orders.give(Order::Reload);
    // The other new one is ready.
    let mut answers = (0..1000).map(|_| who_answer(address));
    answers.find(|workers| !workers.is_subset(&old)).expect("a new one");
    orders.give(Order::Fewer);
    old.iter().for_each(|worker| {
        LOG.wait_for(&format!("worker {worker} has left"));
    });
    assert!(who_answer(address).is_disjoint(&old));
    orders.give(Order::Stop);
    thread.join().unwrap().unwrap();
}

/// The old ones that still answer somebody are no reason to go back to them.
#[test]
fn a_worker_that_cannot_be_replaced_after_a_reload_is_no_failed_reload() {
    let starts = Events::new();
    let command = logged(&starts, |number| match number {
        4 => none(),
        _ => prefork(),
    });
    let (address, orders, thread) = run(2, command);
    let old = two_who_answer(address);
    // An old one has something to do for a while.
    let mut client = PersistentClient::connect(address);
    client.begin("/delay/3000");
    orders.give(Order::Reload);
    let mut answers = (0..1000).map(|_| two_who_answer(address));
    let new = answers.find(|workers| workers.is_disjoint(&old)).expect("two new ones");
    let mut workers = new.into_iter();
    let (victim, other) = (workers.next().unwrap(), workers.next().unwrap());
    send_signal(victim, Signal::KILL);
    LOG.wait_for(&format!("worker {victim} has ended: signal: 9 (SIGKILL)"));
    starts.wait_for("5");
    assert!(two_who_answer(address).contains(&other));
    assert!(client.answer().is_some());
    orders.give(Order::Stop);
    thread.join().unwrap().unwrap();
}

/// The first ones are another thing: nobody would be served.
#[test]
fn when_the_only_worker_is_gone_and_the_next_one_fails_there_is_a_third_one() {
    let (address, orders, thread) = run(1, |number| match number {
        1 => none(),
        2 => missing(),
        _ => prefork(),
    });
    let first = one_who_answers(address);
    send_signal(first, Signal::KILL);
    // It waits to be accepted until there is somebody again.
    LOG.wait_for(&format!("worker {first} has ended: signal: 9 (SIGKILL)"));
    assert_ne!(worker(&ask_once(address, "/")), first);
    orders.give(Order::Stop);
    thread.join().unwrap().unwrap();
}

#[test]
fn first_workers_that_end_at_once_are_an_error_and_not_tried_for_ever() {
    let (_, _orders, thread) = run(3, |_| none());
    let error = thread.join().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the workers end before they are ready");
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let (_, _orders, thread) = run(1, |_| missing());
    let error = thread.join().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "cannot start a worker");
}

/// It would else be started and end without end, as fast as the machine can.
#[test]
fn a_worker_that_cannot_be_replaced_keeps_the_others_working() {
    let starts = Events::new();
    let command = logged(&starts, |number| match number {
        2 => none(),
        _ => prefork(),
    });
    let (address, orders, thread) = run(2, command);
    let workers = two_who_answer(address);
    let mut workers = workers.into_iter();
    let (victim, other) = (workers.next().unwrap(), workers.next().unwrap());
    send_signal(victim, Signal::KILL);
    LOG.wait_for(&format!("worker {victim} has ended: signal: 9 (SIGKILL)"));
    // The next one ends at once, and the one after that works.
    assert!(who_answer(address).contains(&other));
    starts.wait_for("3");
    loop {
        let answers = who_answer(address);
        assert!(!answers.contains(&victim));
        if answers.iter().any(|worker| *worker != other) {
            break;
        }
    }
    assert!(who_answer(address).contains(&other));
    orders.give(Order::Stop);
    thread.join().unwrap().unwrap();
}
