//! Your tests of chapter 18's framework. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch18` is one of the frameworks; which one, your tests cannot see. Look at what the section
//! "Build" of chapter 18 promises of routes, sessions and templates: `App` and `segments`,
//! `Sessions`, `Templates`. They are called here without any network. Templates for a test go
//! into the folder of a `tempfile::tempdir()`; values are made by `minijinja::context!`.

use anyhow::Result;
use ch18::{App, Application, Call, Environ, RequestHead, Response, get, pieces_of};
use mock::assert_bytes;

/// What an application is told of a request for `target`.
fn told(target: &str) -> Environ {
    let head = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let head = RequestHead::parse(head.as_bytes(), None).unwrap().expect("a whole head");
    Environ::of(&head.request, ([127, 0, 0, 1], 8018).into()).unwrap()
}

fn body(response: Response) -> Vec<u8> {
    pieces_of(response.body).map(|piece| piece.unwrap()).collect::<Vec<_>>().concat()
}

/// Says what was captured.
fn hello(call: &mut Call<'_>) -> Result<Response> {
    let name: String = call.capture("name")?;
    Ok(Response::text(name))
}

/// What is answered to a GET.
fn asked(target: &str) -> Response {
    let mut app = App::default();
    app.route("/hello/{name}", get(hello)).unwrap();
    app.answer(&told(target), &mut std::io::empty()).unwrap()
}

#[test]
fn a_handler_is_given_what_was_captured() {
    assert_bytes!(body(asked("/hello/Ann")), "Ann");
    todo!("this passes on broken ones too: which names, which cookies, and which templates?")
}
