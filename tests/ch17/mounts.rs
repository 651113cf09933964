//! Applications below prefixes, and answers that are at another path.

use super::requests::{ask, body, get, get_with, post, redirect, status, tell_all};
use anyhow::Result;
use ch17::{Application, Environ, HttpError, LocalRedirect, Mounts, Response, caught};
use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// An application that says its name, and where it stands.
fn named(name: &'static str) -> impl Application {
    move |environ: &Environ, _: &mut dyn Read| {
        let (script, path) = (environ.text("SCRIPT_NAME"), environ.text("PATH_INFO"));
        Ok(Response::text(format!("{name} {script:?} {path:?}")))
    }
}

fn said(application: &impl Application, target: &str) -> String {
    let response = ask(application, &get(target)).unwrap();
    String::from_utf8(body(response)).unwrap()
}

/// One that says that the answer is elsewhere.
fn at(path: &'static str) -> impl Application {
    move |_: &Environ, _: &mut dyn Read| -> Result<Response> {
        Err(LocalRedirect(path.to_owned()).into())
    }
}

#[test]
fn the_first_application_whose_prefix_leads_to_a_request_answers() {
    let site = Mounts::default()
        .mount("/app", named("first"))
        .mount("/app/menu", named("hidden"))
        .mount("/apple", named("apple"))
        .mount("/", named("rest"));
    assert_eq!(said(&site, "/app"), r#"first "/app" """#);
    assert_eq!(said(&site, "/app/menu/7"), r#"first "/app" "/menu/7""#);
    assert_eq!(said(&site, "/apple"), r#"apple "/apple" """#);
    assert_eq!(said(&site, "/other"), r#"rest "" "/other""#);
}

#[test]
fn where_no_prefix_leads_is_404() {
    let site = Mounts::default().mount("/app", named("app"));
    for target in ["/", "/apple", "/ap", "/x/app"] {
        assert_eq!(status(ask(&site, &get(target))), 404, "{target}");
    }
    assert_eq!(status(ask(&Mounts::default(), &get("/"))), 404);
}

#[test]
fn an_application_that_is_mounted_reads_the_body() {
    let site = Mounts::default().mount("/app", tell_all);
    let response = site.answer(&post("/app"), &mut Cursor::new("the body")).unwrap();
    assert!(body(response).ends_with(b"\nthe body"));
}

#[test]
fn mounts_may_be_mounted() {
    let inner = Mounts::default().mount("/b", named("inner"));
    let site = Mounts::default().mount("/a", inner);
    assert_eq!(said(&site, "/a/b/c"), r#"inner "/a/b" "/c""#);
    assert_eq!(status(ask(&site, &get("/b"))), 404);
}

#[test]
fn what_goes_wrong_in_an_application_is_not_tried_with_the_next() {
    let fails = |_: &Environ, _: &mut dyn Read| -> Result<Response> { Err(HttpError(403).into()) };
    let site = Mounts::default().mount("/app", fails).mount("/", named("rest"));
    assert_eq!(status(ask(&site, &get("/app"))), 403);
}

// Local redirects

#[test]
fn a_local_redirect_is_a_get_without_a_body_of_the_same_client() {
    let environ = {
        let fields = "Content-Type: text/plain\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\
            Content-Language: en\r\nCookie: a=1";
        let mut environ = get_with("/old?x=1", fields);
        environ.set("REQUEST_METHOD", "POST");
        environ
    };
    let mut expected = get_with("/new%20menu?day=monday", "Cookie: a=1");
    let redirect = LocalRedirect("/new%20menu?day=monday".into());
    let lines = |environ: &Environ| String::from_utf8(body(ask(&tell_all, environ).unwrap()));
    assert_eq!(lines(&redirect.environ(&environ).unwrap()), lines(&expected));

    // And that is what the one who is there is told.
    let site = Mounts::default().mount("/old", at("/new%20menu?day=monday")).mount("/", tell_all);
    let response = site.answer(&environ, &mut Cursor::new("body")).unwrap();
    assert_eq!(String::from_utf8(body(response)), lines(&expected));

    expected = LocalRedirect("/menu".into()).environ(&environ).unwrap();
    assert_eq!((expected.text("QUERY_STRING"), expected.text("PATH_INFO")), ("", "/menu"));
}

#[test]
fn a_local_redirect_to_a_path_that_cannot_be_decoded_is_500() {
    let redirect = LocalRedirect("/%zz".into());
    assert_eq!(redirect.environ(&get("/")), Err(HttpError(500)));
    let site = Mounts::default().mount("/", at("/%zz"));
    assert_eq!(status(ask(&site, &get("/"))), 500);
}

#[test]
fn a_local_redirect_says_where_the_answer_is() {
    assert_eq!(LocalRedirect("/menu?x".into()).to_string(), "the answer is at /menu?x");
}

#[test]
fn a_redirect_to_where_nothing_is_mounted_is_404() {
    let site = Mounts::default().mount("/old", at("/new"));
    assert_eq!(status(ask(&site, &get("/old"))), 404);
}

#[test]
fn who_is_mounted_elsewhere_hands_a_redirect_on() {
    // `/menu` is a path of the server, and not one of the inner application's.
    let inner = Mounts::default().mount("/old", at("/menu")).mount("/menu", named("wrong"));
    assert_eq!(
        redirect(ask(
            &inner,
            &get("/old")
                .below("/")
                .map(|mut environ| {
                    environ.set("SCRIPT_NAME", "/inner");
                    environ
                })
                .unwrap()
        )),
        "/menu"
    );
    let site =
        Mounts::default().mount("/inner", caught(false, inner)).mount("/menu", named("right"));
    assert_eq!(said(&site, "/inner/old"), r#"right "/menu" """#);
}

#[test]
fn a_few_redirects_are_followed_and_a_circle_comes_to_an_end() {
    let site = Mounts::default()
        .mount("/1", at("/2"))
        .mount("/2", at("/3"))
        .mount("/3", at("/4"))
        .mount("/4", named("there"));
    assert_eq!(said(&site, "/1"), r#"there "/4" """#);

    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let circle = move |_: &Environ, _: &mut dyn Read| -> Result<Response> {
        assert!(count.fetch_add(1, Ordering::Relaxed) < 100, "it goes on and on");
        Err(LocalRedirect("/".into()).into())
    };
    let site = Mounts::default().mount("/", circle);
    assert_eq!(redirect(ask(&site, &get("/"))), "/");
    assert!(asked.load(Ordering::Relaxed) > 4);
}
