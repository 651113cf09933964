//! Your tests of chapter 9's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch09` is one of the servers; which one, your tests cannot see. Look at `HttpServer`
//! and `HttpError` in chapter 9's section "Build", and at its tests, `tests/ch09.rs`.

use ch09::{HttpServer, Response};
use mock::MockClient;

#[test]
fn a_handler_is_answered() {
    let mut server = HttpServer::default();
    server.register(|_| true, |_| Ok(Response::text("Hi there!\n")));
    let client = MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap());
    assert_eq!(client.get("/").text(), "Hi there!\n");
    todo!("this passes on broken servers too: what if the handler fails?")
}
