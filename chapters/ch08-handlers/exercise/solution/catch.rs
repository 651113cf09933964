//! Your tests of chapter 8's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch08` is one of the servers; which one, your tests cannot see. Look at `register_logged`,
//! `Events` and `MockClient` in chapter 8's section "Test it".

use ch08::{HttpServer, Response, prefix};
use mock::{Events, MockClient, MockConnection, assert_bytes};

fn client_of(server: &HttpServer) -> MockClient<impl Fn(MockConnection)> {
    MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap())
}

#[test]
fn of_two_that_match_the_first_answers_and_it_is_asked_once() {
    let (mut server, events) = (HttpServer::default(), Events::new());
    for name in ["first", "second"] {
        let asked = events.clone();
        server.register(
            move |_| {
                asked.log(name);
                true
            },
            move |_| Ok(Response::text(name)),
        );
    }
    assert_bytes!(client_of(&server).get("/").body, "first");
    assert_eq!(events.list(), ["first"], "the patterns that were asked");
}

#[test]
fn head_is_get_without_its_body() {
    let mut server = HttpServer::default();
    server.register(prefix("/"), |_| Ok(Response::text("soup")));
    // `head` reads an answer that must not have a body.
    let reply = client_of(&server).head("/");
    assert_eq!((reply.status, reply.header("Content-Length")), (200, Some("4")));
}
