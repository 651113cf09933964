//! The promises of chapter 16.

#[path = "ch16/by_hand.rs"]
mod by_hand;
#[path = "ch16/executor.rs"]
mod executor;
#[path = "ch16/futures.rs"]
mod futures;
#[path = "ch16/http.rs"]
mod http;
#[path = "ch16/lost_wakeups.rs"]
mod lost_wakeups;
#[path = "simulated_system.rs"]
mod simulated_system;
mod since_ch15;
#[path = "ch16/streams.rs"]
mod streams;

use ch16 as chapter;
use http::Engine;
use mock::patience;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A listener for a system that has its own.
fn no_listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}

/// What `body` returns, in a thread of its own, which must end.
fn in_time<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, ended) = mpsc::channel();
    let running = thread::spawn(move || done.send(body()));
    match ended.recv_timeout(patience()) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it should have ended by now"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            panic!("its thread panicked: {:?}", running.join().is_err())
        }
    }
}
