//! Your tests of chapter 19's client. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch19` is one of the clients; which one, your tests cannot see. Look at what the section
//! "Build" of chapter 19 promises of answers, of redirects, and of what is sent again: `Session`.
//! No network is needed: a `ScriptedServer` answers each request with the next of the bytes that
//! you wrote down, and tells which requests came. Without bytes it closes the connection.

use crate::scripted::ScriptedServer;
use ch19::{Request, Session};
use mock::assert_bytes;

/// A server with these answers, and a client that reaches no other.
fn client(answers: &[&str]) -> (ScriptedServer, Session) {
    let server = ScriptedServer::new(answers.iter().copied());
    (server.clone(), Session::default().connecting_by(server))
}

const HI: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi";

#[test]
fn a_page_is_fetched() {
    let (server, session) = client(&[HI]);
    let response = session.get("http://one.test/page").unwrap();
    assert_bytes!(response.bytes().unwrap(), "Hi");
    assert!(server.requests()[0].starts_with("GET /page HTTP/1.1\r\n"));
}

#[test]
fn an_answer_that_breaks_off_is_an_error() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHi",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHi\r\n",
    ] {
        let (_, session) = client(&[answer]);
        let body = session.get("http://one.test/").and_then(|response| response.bytes());
        assert!(body.is_err(), "{answer:?} is {body:?}");
    }
}

#[test]
fn a_post_is_sent_once_although_nobody_answers() {
    let (server, session) = client(&[HI, "", HI]);
    // Then there is a connection to be used again.
    session.get("http://one.test/").unwrap().bytes().unwrap();
    // Whatever comes of it.
    let _ = session.send(Request::post("http://one.test/buy").unwrap());
    let posts = server.requests().iter().filter(|request| request.starts_with("POST ")).count();
    assert_eq!(posts, 1);
}

#[test]
fn a_password_is_for_whom_it_was_sent_to() {
    for place in ["http://two.test/", "http://one.test:81/"] {
        let answer =
            format!("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {place}\r\n\r\n");
        let (server, session) = client(&[&answer, HI]);
        let request = Request::get("http://one.test/").unwrap();
        session.send(request.header("Authorization", "secret").unwrap()).unwrap();
        let requests = server.requests();
        assert!(requests[0].contains("secret") && !requests[1].contains("secret"), "{place}");
    }
}
