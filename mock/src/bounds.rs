//! Every wait has a bound, and says in a sentence what it waited for. In these
//! tests, and only here, [`PATIENCE`](crate::PATIENCE) is half a second.

use std::env;
use std::io::{Read, Write};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use crate::{Events, Gate, Incoming, Live, MockClient, MockConnection, Script, at_once, patience};

/// The sentence with which `wait` gives up.
fn sentence<R>(wait: impl FnOnce() -> R) -> String {
    let panic = catch_unwind(AssertUnwindSafe(wait)).err().expect("a wait that is bounded");
    *panic.downcast::<String>().expect("a panic with a sentence")
}

/// Lets everybody in and says nothing until the test is over.
fn silent(incoming: Incoming) {
    drop(incoming.collect::<Vec<_>>());
}

#[test]
fn a_gate_that_nobody_opens() {
    let gate = Gate::new();
    assert_eq!(sentence(|| gate.wait()), "a thread waited 500ms for its gate to be opened");
    gate.open();
    gate.wait(); // it still works
}

#[test]
fn one_of_two_who_does_not_come_to_the_next_round() {
    let (_never, word) = mpsc::channel::<()>();
    let come_too_late = |_| assert!(word.recv_timeout(3 * patience()).is_err());
    assert_eq!(
        sentence(|| at_once(&[1, 2], |_| {}, come_too_late)),
        "a thread waited 500ms for the other one"
    );
}

#[test]
fn a_read_whose_gate_nobody_opens() {
    let (mut conn, peer) = MockConnection::pair(Script::new().wait(&Gate::new()));
    assert_eq!(
        sentence(|| conn.read(&mut [0])),
        "a read of a MockConnection waited 500ms for its gate to be opened"
    );
    drop(conn);
    assert!(peer.is_closed());
}

#[test]
fn a_write_whose_gate_nobody_opens() {
    let (conn, peer) = MockConnection::pair("");
    let mut conn = conn.block_writes(2, &Gate::new());
    assert_eq!(
        sentence(|| conn.write_all(b"hello")),
        "a write of a MockConnection waited 500ms for its gate to be opened"
    );
    assert_eq!(peer.sent(), b"he");
}

#[test]
fn an_event_that_nobody_logs() {
    let events = Events::new();
    events.log("enter first");
    assert_eq!(
        sentence(|| events.wait_for("enter")),
        "waited 500ms for the event \"enter\"; logged so far: [\"enter first\"]"
    );
}

#[test]
fn a_connection_that_nobody_closes() {
    let (_conn, peer) = MockConnection::pair("");
    assert_eq!(sentence(|| peer.wait_closed()), "waited 500ms for the connection to be closed");
    let client = MockClient::new(mem::forget::<MockConnection>);
    assert_eq!(sentence(|| client.raw("hello")), "waited 500ms for the connection to be closed");
}

#[test]
fn bytes_that_nobody_sends() {
    let (mut conn, peer) = MockConnection::pair("");
    conn.write_all(b"hel").unwrap();
    assert_eq!(
        sentence(|| peer.wait_sent(5)),
        "waited 500ms, and 3 of 5 bytes were sent: b\"hel\""
    );
}

#[test]
fn a_server_that_says_nothing() {
    Live::run(silent, |live| {
        assert_eq!(
            sentence(|| live.connect().read_exact(5)),
            "waited 500ms for 5 bytes, and only b\"\" came"
        );
        assert_eq!(
            sentence(|| live.connect().read_until("\r\n")),
            "waited 500ms for b\"\\r\\n\", and only b\"\" came"
        );
        assert_eq!(
            sentence(|| live.connect().read_to_end()),
            "waited 500ms for the end, and only b\"\" came"
        );
        assert_eq!(
            sentence(|| live.connect().read_reply()),
            "waited 500ms for an answer, and only b\"\" came"
        );
    });
}

#[test]
fn a_server_that_never_stops_talking() {
    let talk = |incoming: Incoming| {
        for conn in incoming {
            while conn.as_ref().unwrap().write_all(b"bla").is_ok() {}
        }
    };
    Live::run(talk, |live| {
        let sentence = sentence(|| live.connect().read_until("\r\n"));
        assert!(
            sentence.starts_with("waited 500ms for b\"\\r\\n\", and only b\"blablabla"),
            "{sentence}"
        );
    });
}

#[test]
fn a_server_that_does_not_listen() {
    Live::run(silent, |live| {
        let sentence = sentence(|| live.connect().try_send(vec![0; 64_000_000]));
        assert!(sentence.starts_with("waited 500ms for the server to take "), "{sentence}");
    });
}

/// Not a test of its own: it runs in the process that the next one starts.
#[test]
fn stubborn() {
    if env::var_os("STUBBORN").is_some() {
        let never_returns = |_incoming| {
            loop {
                thread::park();
            }
        };
        Live::run(never_returns, |_live| panic!("the test's own failure"));
    }
}

#[test]
fn a_server_that_does_not_return() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "bounds::stubborn"])
        .env("STUBBORN", "1")
        // Both would print what the harness keeps to itself.
        .env_remove("RUST_TEST_NOCAPTURE")
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(101));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap().trim_end(),
        "bounds::stubborn: the server did not return within 500ms after its last client \
         had gone and no more could come (and the test itself had panicked)"
    );
}
