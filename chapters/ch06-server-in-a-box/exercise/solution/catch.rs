//! Your tests of chapter 6's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch06` is one of the servers; which one, your tests cannot see. Look at `MockConnection`,
//! `MockClient` and `Live` in chapter 6's section "Test it".

use ch06::{HttpServer, PICTURE};
use mock::{Ending, Live, MockConnection, Reply, assert_bytes};

const REQUEST: &str = "GET /picture.png HTTP/1.1\r\nHost: mock\r\n\r\n";

#[test]
fn the_answer_is_whole_though_writes_are_short() {
    let (conn, peer) = MockConnection::pair(REQUEST);
    HttpServer::default().on_connect(&mut conn.short_writes(7), None).unwrap();
    assert_bytes!(Reply::parse(peer.sent()).body, PICTURE);
}

#[test]
fn who_breaks_off_leaves_nothing_for_the_next() {
    let server = HttpServer::default();
    let (mut first, _) = MockConnection::pair("GET /picture.png HTTP/1.0\r\n");
    assert!(server.on_connect(&mut first, None).is_err());
    let (mut next, peer) = MockConnection::pair("GET / HTTP/1.0\r\n\r\n");
    server.on_connect(&mut next, None).unwrap();
    assert_eq!(Reply::parse(peer.sent()).text(), "Hi there!\n");
}

#[test]
fn who_has_been_answered_is_hung_up_on() {
    let serve = |incoming| HttpServer::default().serve(incoming);
    Live::run(serve, |live| {
        let mut client = live.connect();
        client.send(REQUEST);
        let (answer, ending) = client.read_to_end();
        assert_bytes!(Reply::parse(answer).body, PICTURE);
        assert_eq!(ending, Ending::Closed);
    });
}
