//! Your tests of chapter 14's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch14` is one of the servers; which one, your tests cannot see. Look at `Pool` and `JobHandle`
//! in chapter 14's section "Build": they need no connection, and no server. A test that waits for
//! ever is not one that fails: wait with an end, as `recv_timeout` does.

use ch14::Pool;
use mock::Gate;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

#[test]
fn a_panic_costs_no_worker() {
    thread::scope(|scope| {
        let pool = Pool::new(scope, 1, 1).unwrap();
        assert!(pool.submit(|| panic!("there is no soup")).join().is_err());
        let (done, is_done) = mpsc::channel();
        pool.submit(move || done.send("bread"));
        assert_eq!(is_done.recv_timeout(Duration::from_secs(1)), Ok("bread"));
    });
}

#[test]
fn no_more_jobs_wait_than_there_is_room_for() {
    thread::scope(|scope| {
        let gate = Gate::new();
        let pool = Pool::new(scope, 1, 1).unwrap();
        let (begins, has_begun) = mpsc::channel();
        let busy = gate.clone();
        pool.submit(move || {
            begins.send(()).unwrap();
            busy.wait();
        });
        has_begun.recv_timeout(Duration::from_secs(1)).unwrap();
        let waits = pool.submit_within(Duration::ZERO, || ());
        let too_many = pool.submit_within(Duration::ZERO, || ());
        gate.open();
        assert!(waits.is_some());
        assert!(too_many.is_none());
    });
}

#[test]
fn what_a_job_returned_is_kept_until_somebody_asks() {
    let handle = thread::scope(|scope| {
        let pool = Pool::new(scope, 1, 1).unwrap();
        pool.submit(|| "soup")
    });
    // All workers have ended.
    assert_eq!(handle.join().unwrap(), "soup");
}
