//! What is written down for whoever shows a failure.

use mock::{Live, MockConnection, Script, assert_bytes, for_every_split, full_name};
use std::env;
use std::io::{ErrorKind, Read, Write};
use std::process::Command;

/// Not tests of their own: they run in the processes that the others start.
#[test]
fn scripted() {
    if env::var_os("MOCK_TRANSCRIPT").is_none() {
        return;
    }
    let script = Script::new().bytes("hel").fail(ErrorKind::Interrupted).bytes("lo");
    let (conn, peer) = MockConnection::pair(script);
    let mut conn = conn.short_writes(4);
    let mut heard = [0; 10];
    assert_eq!(conn.read(&mut heard).unwrap(), 3);
    conn.read(&mut heard).unwrap_err();
    assert_eq!(conn.read(&mut heard).unwrap(), 2);
    assert_eq!(conn.read(&mut heard).unwrap(), 0);
    conn.write_all(b"hello\n").unwrap();
    drop(conn);
    assert_bytes!(peer.sent(), "hallo\n");
}

#[test]
fn split() {
    if env::var_os("MOCK_TRANSCRIPT").is_none() {
        return;
    }
    for_every_split("abc", |input| {
        let (mut conn, _peer) = MockConnection::pair(input);
        let count = conn.read(&mut [0; 10]).unwrap();
        assert_ne!(count, 2);
    });
}

#[test]
fn live() {
    if env::var_os("MOCK_TRANSCRIPT").is_none() {
        return;
    }
    let serve = |incoming: mock::Incoming| {
        for conn in incoming {
            let mut conn = conn.unwrap();
            conn.read_exact(&mut [0; 2]).unwrap();
            conn.write_all(b"no\n").unwrap();
        }
    };
    Live::run(serve, |live| {
        let mut client = live.connect();
        client.send("hi");
        assert_bytes!(client.read_to_end().0, "yes\n");
    });
}

/// The lines that the test called `name` has written, without the hexadecimal of notes.
fn transcript(name: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("transcript");
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", &full_name(module_path!(), name)]).env("MOCK_TRANSCRIPT", &file);
    assert_eq!(command.output().unwrap().status.code(), Some(101));
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| line.trim_end().replace('\t', " | ")).collect()
}

#[test]
fn a_scripted_connection_is_written_down() {
    assert_eq!(
        transcript("scripted"),
        [
            "note | a client connects",
            "sent | a read delivers | 68656c",
            "note | a read fails: Interrupted",
            "sent | a read delivers | 6c6f",
            "note | a read finds the end: the client sends no more",
            "came | the server writes 6 bytes, of which are taken | 68656c6c",
            "came | the server writes | 6f0a",
            "note | the server closes the connection",
            "expected |  | 68616c6c6f0a",
            "actual |  | 68656c6c6f0a",
        ]
    );
}

#[test]
fn of_many_splits_the_last_is_written_down() {
    assert_eq!(
        transcript("split"),
        [
            "note | the input comes b\"ab\" | b\"c\"",
            "note | a client connects",
            "sent | a read delivers | 6162",
            "note | the server closes the connection",
        ]
    );
}

#[test]
fn a_client_over_tcp_is_written_down() {
    assert_eq!(
        transcript("live"),
        [
            "note | a client connects",
            "sent | the client sends | 6869",
            "came | the client reads | 6e6f0a",
            "note | the connection has ended: Closed",
            "expected |  | 7965730a",
            "actual |  | 6e6f0a",
        ]
    );
}
