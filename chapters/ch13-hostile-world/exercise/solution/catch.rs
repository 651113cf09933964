//! Your tests of chapter 13's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch13` is one of the servers; which one, your tests cannot see. Look at `Connections` and
//! `Permit` in chapter 13's section "Build": they need a connection over TCP, and no server.

use ch13::{Connections, Limits};
use mock::TcpClient;
use std::net::{TcpListener, TcpStream};

/// Room for so many connections.
fn connections(limit: usize) -> Connections {
    Connections::new(&Limits { connections: limit, ..Limits::default() })
}

/// A connection over TCP: our side and the client's.
fn tcp() -> (TcpStream, TcpClient) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpClient::connect(listener.local_addr().unwrap());
    (listener.accept().unwrap().0, client)
}

#[test]
fn the_first_of_those_who_ask_for_nothing_goes() {
    let connections = connections(2);
    let ((first, mut ada), (second, _bob), (third, _eve)) = (tcp(), tcp(), tcp());
    let _first = connections.admit(first).unwrap();
    let second = connections.admit(second).unwrap();
    let _third = connections.admit(third).unwrap();
    assert_eq!(ada.read_to_end().0, b"");
    assert!(second.mark_idle());
}

#[test]
fn when_all_are_busy_nobody_goes() {
    let connections = connections(1);
    let ((first, _ada), (second, _bob)) = (tcp(), tcp());
    let first = connections.admit(first).unwrap();
    first.mark_busy();
    assert!(connections.admit(second).is_err());
    assert!(first.mark_idle());
}

#[test]
fn a_permit_that_was_lost_is_not_lost_again() {
    let connections = connections(1);
    let ((first, _ada), (second, _bob), (third, _eve)) = (tcp(), tcp(), tcp());
    let _first = connections.admit(first).unwrap();
    let second = connections.admit(second).unwrap();
    second.mark_busy();
    assert!(connections.admit(third).is_err());
}
