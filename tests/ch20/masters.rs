//! A master of other programs than `prefork`, and of some that do not start.

use super::started::{ask_once, worker};
use ch20::{Master, Order, Orders};
use mock::Events;
use program::divert_log;
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

fn who_answer(address: SocketAddr) -> BTreeSet<u32> {
    (0..20).map(|_| worker(&ask_once(address, "/"))).collect()
}

/// Asks until two workers have answered.
fn two_who_answer(address: SocketAddr) -> BTreeSet<u32> {
    let mut answers = (0..1000).map(|_| who_answer(address));
    answers.find(|workers| workers.len() == 2).expect("two workers")
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

#[test]
fn first_workers_that_end_at_once_are_an_error_and_not_tried_for_ever() {
    let (_, _orders, thread) = run(3, |_| none());
    let error = thread.join().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the workers end before they are ready");
}

#[test]
fn a_program_that_is_not_there_is_an_error() {
    let (_, _orders, thread) = run(1, |_| Command::new("/nowhere/at/all"));
    let error = thread.join().unwrap().unwrap_err();
    assert_eq!(error.to_string(), "cannot start a worker");
}

/// It would else be started and end without end, as fast as the machine can.
#[test]
fn a_worker_that_cannot_be_replaced_keeps_the_others_working() {
    let (address, orders, thread) = run(2, |number| match number {
        2 => none(),
        _ => prefork(),
    });
    let workers = two_who_answer(address);
    let mut workers = workers.into_iter();
    let (victim, other) = (workers.next().unwrap(), workers.next().unwrap());
    super::started::send_signal(victim, rustix::process::Signal::KILL);
    LOG.wait_for(&format!("worker {victim} has ended: signal: 9 (SIGKILL)"));
    // The next one ends at once, and the one after that works.
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
