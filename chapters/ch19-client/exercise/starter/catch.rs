//! Your tests of chapter 19's client. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch19` is one of the clients; which one, your tests cannot see. Look at what the section
//! "Build" of chapter 19 promises of answers, of redirects, and of what is sent again: `Session`.
//! No network is needed: a `ScriptedServer` answers each request with the next of the bytes that
//! you wrote down, and tells which requests came. Without bytes it closes the connection.

use crate::scripted::ScriptedServer;
use ch19::Session;
use mock::assert_bytes;

/// A server with these answers, and a client that reaches no other.
fn client(answers: &[&str]) -> (ScriptedServer, Session) {
    let server = ScriptedServer::new(answers.iter().copied());
    (server.clone(), Session::default().connecting_by(server))
}

#[test]
fn a_page_is_fetched() {
    let (server, session) = client(&["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi"]);
    let response = session.get("http://one.test/page").unwrap();
    assert_bytes!(response.bytes().unwrap(), "Hi");
    assert!(server.requests()[0].starts_with("GET /page HTTP/1.1\r\n"));
    todo!("this passes on broken ones too: which answers, which requests, and which places?")
}
