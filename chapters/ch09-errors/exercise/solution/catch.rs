//! Your tests of chapter 9's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch09` is one of the servers; which one, your tests cannot see. Look at `HttpServer`
//! and `HttpError` in chapter 9's section "Build", and at its tests, `tests/ch09.rs`.

use ch09::{HttpError, HttpServer, Response, path};
use mock::{MockClient, Reply};
use std::io;

/// What a server that is not in debug mode answers to `GET target`.
fn get(target: &str) -> Reply {
    let mut server = HttpServer::default();
    server.register(path("/fails"), |_| Err(io::Error::other("the cellar is locked"))?);
    server.register(path("/panics"), |_| panic!("no soup today"));
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    server.register(|_| true, |_| Err(HttpError(418))?);
    let client = MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap());
    let reply = client.get(target);
    // Whatever it was, the server lives.
    assert_eq!(client.get("/").text(), "Hi there!\n", "after {target}");
    reply
}

#[test]
fn outside_of_debug_mode_an_error_tells_nothing() {
    let reply = get("/fails");
    assert_eq!(reply.status, 500);
    assert!(!reply.text().contains("cellar"), "{}", reply.text());
}

#[test]
fn what_a_client_sent_is_not_taken_for_html() {
    let reply = get("/<script>?'soup'&\"salad\"");
    assert_eq!(reply.status, 418);
    for part in ["<script>", "'soup'", "\"salad\""] {
        assert!(!reply.text().contains(part), "{}", reply.text());
    }
}

#[test]
fn a_panic_is_answered_and_the_server_lives() {
    assert_eq!(get("/panics").status, 500);
}
