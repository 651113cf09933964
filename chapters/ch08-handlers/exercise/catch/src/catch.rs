//! Your tests of chapter 8's server. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch08` is one of the servers; which one, your tests cannot see. Look at `register_logged`,
//! `Events` and `MockClient` in chapter 8's section "Test it".

use ch08::{HttpServer, Response, path};
use mock::{MockClient, assert_bytes};

#[test]
fn a_page_is_answered_by_its_handler() {
    let mut server = HttpServer::default();
    server.register(path("/menu"), |_| Ok(Response::text("soup")));
    let client = MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap());
    assert_bytes!(client.get("/menu").body, "soup");
    todo!("this passes on broken servers too: register more, and ask in another way")
}
