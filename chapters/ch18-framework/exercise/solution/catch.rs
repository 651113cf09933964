//! Your tests of chapter 18's framework. All of them pass on the chapter's own, and for each
//! broken one there is a test that fails.
//!
//! `ch18` is one of the frameworks; which one, your tests cannot see. Look at what the section
//! "Build" of chapter 18 promises of routes, sessions and templates: `App` and `segments`,
//! `Sessions`, `Templates`. They are called here without any network. Templates for a test go
//! into the folder of a `tempfile::tempdir()`; values are made by `minijinja::context!`.

use anyhow::Result;
use ch18::{
    App, Application, Call, Environ, RequestHead, Response, Session, Sessions, Templates, get,
    pieces_of,
};
use minijinja::context;
use mock::assert_bytes;
use std::fs;
use std::time::Duration;

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
    assert_bytes!(body(asked("/hello/%41nn%20B")), "Ann B");
}

#[test]
fn an_encoded_slash_is_a_part_of_its_segment() {
    let response = asked("/hello/a%2Fb");
    assert_eq!(response.status, 200);
    assert_bytes!(body(response), "a/b");
}

#[test]
fn a_session_is_good_for_its_lifetime_and_no_longer() {
    let sessions = Sessions::new(&[7; 64], Duration::from_secs(60)).unwrap();
    let mut session = Session::default();
    session.set("name", "Ann");
    let set = sessions.write(&session, 1_000_000).unwrap().expect("it has changed");
    let cookie = set.split(';').next().unwrap();
    assert_eq!(sessions.read(cookie, 1_000_059).get("name"), Some("Ann"));
    assert_eq!(sessions.read(cookie, 1_000_060).get("name"), None);
    assert_eq!(sessions.read(cookie, 2_000_000).get("name"), None);
}

#[test]
fn what_a_stranger_typed_is_escaped_whatever_the_template_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["page.html", "page.htm", "page.HTML", "picture.svg", "page"];
    for name in names {
        fs::write(folder.path().join(name), "<b>{{ name }}</b>").unwrap();
    }
    let templates = Templates::load(folder.path()).unwrap();
    for name in names {
        let page = templates.page(name, context! { name => "<script>" }).unwrap();
        let page = String::from_utf8(body(page)).unwrap();
        assert!(page.starts_with("<b>") && !page.contains("<script"), "{name}: {page}");
    }
}
