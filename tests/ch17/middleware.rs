//! Applications that have another one in them.

use super::requests::{
    Any, ask, body, fields, get, get_with, in_pieces, live, post, redirect, reply,
};
use super::requests::{last, status};
use super::stacks::{stacked, stacks};
use anyhow::{Result, bail};
use ch17::{Application, Body, Environ, HttpError, LocalRedirect, Mounts, Response};
use ch17::{caught, compressed, log, logged, pieces_of, timed};
use flate2::write::GzDecoder;
use mock::{alone, assert_bytes};
use std::io::{self, Cursor, ErrorKind, Read, Write};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// A client that understands gzip.
const GZIP: &str = "Accept-Encoding: gzip";

/// What an application answers always.
fn always(make: impl Fn() -> Response + Send + Sync) -> impl Application {
    move |_: &Environ, _: &mut dyn Read| Ok(make())
}

fn fails(_: &Environ, _: &mut dyn Read) -> Result<Response> {
    bail!("the cook is ill")
}

#[track_caller]
fn unzip(bytes: &[u8]) -> Vec<u8> {
    let mut decoder = GzDecoder::new(Vec::new());
    decoder.write_all(bytes).unwrap();
    decoder.finish().expect("it is complete")
}

// All of them

#[test]
fn no_middleware_holds_a_piece_back() {
    for (name, stack) in stacks() {
        for field in [GZIP, "Accept: */*"] {
            let (application, made) = in_pieces(&[b"first", b"second", b"third"]);
            let response = ask(&stacked(application, &stack), &get_with("/", field)).unwrap();
            let is_zipped = !fields(&response, "Content-Encoding").is_empty();
            assert_eq!(
                is_zipped,
                field == GZIP && !matches!(name, "timed" | "logged" | "caught" | "mounted")
            );
            assert_eq!(made.load(Ordering::Relaxed), 0, "{name}: the head waits for nothing");
            let mut decoder = GzDecoder::new(Vec::new());
            let mut pieces = pieces_of(response.body);
            for (number, expected) in ["first", "second", "third"].iter().enumerate() {
                let piece = pieces.next().expect("a piece").unwrap();
                assert_eq!(made.load(Ordering::Relaxed), number + 1, "{name}: {expected}");
                match is_zipped {
                    false => assert_bytes!(piece, expected),
                    true => {
                        decoder.write_all(&piece).unwrap();
                        decoder.flush().unwrap();
                        assert_bytes!(std::mem::take(decoder.get_mut()), expected);
                    }
                }
            }
            let rest: Vec<_> = pieces.map(|piece| piece.unwrap()).collect();
            if is_zipped {
                decoder.write_all(&rest.concat()).unwrap();
                assert_bytes!(decoder.finish().unwrap(), "");
            } else {
                assert_bytes!(rest.concat(), "");
            }
        }
    }
}

#[test]
fn every_middleware_passes_on_request_and_answer() {
    let echo = |environ: &Environ, input: &mut dyn Read| {
        let mut said = format!("{} ", environ.text("PATH_INFO")).into_bytes();
        input.read_to_end(&mut said)?;
        Ok(Response::text(said).status(418).header("X-A", "1")?.header("X-A", "2")?)
    };
    for (name, stack) in stacks() {
        let stack = stacked(echo, &stack);
        let response = stack.answer(&post("/path"), &mut Cursor::new("the body")).unwrap();
        assert_eq!(response.status, 418, "{name}");
        assert_eq!(fields(&response, "X-A"), ["1", "2"], "{name}");
        assert_bytes!(body(response), "/path the body");
    }
}

#[test]
fn every_middleware_passes_on_a_local_redirect() {
    let moved = |_: &Environ, _: &mut dyn Read| -> Result<Response> {
        Err(LocalRedirect("/menu".into()).into())
    };
    for (name, stack) in stacks().into_iter().filter(|(_, stack)| stack.len() == 1) {
        if name != "mounted" {
            assert_eq!(redirect(ask(&stacked(moved, &stack), &get("/"))), "/menu", "{name}");
        }
    }
    let here = always(|| Response::text("here"));
    let site = Mounts::default()
        .mount("/old", timed(logged(compressed(caught(false, moved)))))
        .mount("/menu", here);
    assert_bytes!(body(ask(&site, &get("/old")).unwrap()), "here");
}

#[test]
fn a_piece_that_fails_breaks_the_body_off_through_every_middleware() {
    let breaks = always(|| {
        let items: [io::Result<Vec<u8>>; 2] =
            [Ok(b"one".to_vec()), Err(ErrorKind::TimedOut.into())];
        Response::new(200).stream(Body::Pieces(Box::new(items.into_iter())))
    });
    let breaks = Any::new(breaks);
    for (name, stack) in stacks() {
        let response = ask(&stacked(breaks.clone(), &stack), &get_with("/", GZIP)).unwrap();
        let mut pieces = pieces_of(response.body).map(|piece| piece.map_err(|error| error.kind()));
        assert!(matches!(pieces.next(), Some(Ok(_))), "{name}");
        assert_eq!(pieces.next(), Some(Err(ErrorKind::TimedOut)), "{name}");
    }
}

#[test]
fn the_order_of_middleware_is_the_order_in_which_it_sees_an_answer() {
    let is_timed = |application: &dyn Application| {
        let response = application.answer(&get("/"), &mut io::empty()).unwrap();
        (response.status, response.headers.contains("Server-Timing"))
    };
    assert_eq!(is_timed(&caught(false, timed(fails))), (500, false));
    assert_eq!(is_timed(&timed(caught(false, fails))), (500, true));
}

// Time

#[test]
fn it_is_told_how_long_it_took_until_the_head() {
    let busy = always(|| {
        let since = Instant::now();
        while since.elapsed() < Duration::from_millis(3) {}
        Response::text("done").header("X-A", "1").unwrap()
    });
    let response = ask(&timed(busy), &get("/")).unwrap();
    let told = fields(&response, "Server-Timing").concat();
    let number = told.strip_prefix("app;dur=").expect(&told);
    let (_, decimals) = number.split_once('.').expect(number);
    assert_eq!(decimals.len(), 3, "{number}");
    let took: f64 = number.parse().unwrap();
    assert!((3.0..10_000.0).contains(&took), "{took} milliseconds");
    assert_eq!(fields(&response, "X-A"), ["1"]);
    assert_eq!(response.body.length(), Some(4), "the body is as it was");
}

#[test]
fn what_goes_wrong_is_told_no_time() {
    let missing =
        |_: &Environ, _: &mut dyn Read| -> Result<Response> { Err(HttpError(404).into()) };
    assert_eq!(status(ask(&timed(missing), &get("/"))), 404);
    assert_eq!(status(ask(&logged(missing), &get("/"))), 404);
    assert_eq!(status(ask(&compressed(missing), &get("/"))), 404);
}

// The log

/// A line of an answer, without the time that it took.
fn visits(log: &str) -> Vec<&str> {
    let lines = log.lines().filter(|line| line.starts_with("GET ") || line.starts_with("-- "));
    lines
        .map(|line| {
            line.strip_suffix(" ms").map_or(line, |line| {
                let (line, took) = line.rsplit_once(", ").unwrap();
                let (_, decimals) = took.split_once('.').expect("milliseconds with decimals");
                assert!(decimals.len() == 3 && took.parse::<f64>().unwrap() < 10_000.0, "{took}");
                line
            })
        })
        .collect()
}

#[test]
fn an_answer_is_logged_when_its_body_was_taken() {
    let test = "an_answer_is_logged_when_its_body_was_taken";
    let log = alone(module_path!(), test, &[], || {
        let whole =
            ask(&logged(always(|| Response::text("known").status(418))), &get("/known?a=1"));
        log("-- it is logged at once");
        body(whole.unwrap());

        let (streams, _) = in_pieces(&[b"one", b"two", b"", b"three"]);
        let streams = logged(streams);
        let response = ask(&streams, &get("/all")).unwrap();
        log("-- nothing is taken");
        let mut pieces = pieces_of(response.body);
        assert_eq!(pieces.by_ref().count(), 3);
        drop(pieces);

        let mut pieces = pieces_of(ask(&streams, &get("/two")).unwrap().body);
        pieces.next();
        pieces.next();
        log("-- two are taken");
        drop(pieces);
        drop(ask(&streams, &get("/none")).unwrap());

        let environ = {
            let mut environ = get("/");
            environ.set("REQUEST_URI", "/\x1b[31m\nGET /forged");
            environ
        };
        ask(&logged(always(|| Response::new(204))), &environ).unwrap();
    });
    let Some(log) = log else { return };
    let expected = [
        "GET /known?a=1: 418, 5 bytes",
        "-- it is logged at once",
        "-- nothing is taken",
        "GET /all: 200, 11 bytes",
        "-- two are taken",
        "GET /two: 200, 6 bytes",
        "GET /none: 200, 0 bytes",
        "GET /\\u{1b}[31m\\nGET /forged: 204, 0 bytes",
    ];
    assert_eq!(visits(&log), expected, "{log}");
}

// Compression

/// The answer of a middleware to a client that sends `field`.
fn compressed_for(field: &str, make: impl Fn() -> Response + Send + Sync) -> Response {
    ask(&compressed(always(make)), &get_with("/", field)).unwrap()
}

const TEXT: &str = "to be or not to be, that is the question; to be or not to be";

#[test]
fn text_is_compressed_for_those_who_understand_gzip() {
    for accepts in [
        "gzip",
        "GZIP",
        "deflate, gzip",
        "br;q=1.0, gzip;q=0.5",
        "*",
        "*;q=0.1",
        "identity;q=0, *",
        "gzip ; q=1",
        "gzip;q=0.001",
    ] {
        let field = format!("Accept-Encoding: {accepts}");
        let response = compressed_for(&field, || Response::text(TEXT));
        assert_eq!(fields(&response, "Content-Encoding"), ["gzip"], "{accepts}");
        assert_eq!(fields(&response, "Vary"), ["Accept-Encoding"], "{accepts}");
        assert_eq!(response.body.length(), None);
        assert_bytes!(unzip(&body(response)), TEXT);
    }
}

#[test]
fn others_have_text_as_it_is_and_caches_are_told_of_the_difference() {
    for field in [
        "Accept: text/html",
        "Accept-Encoding: br",
        "Accept-Encoding: gzip;q=0",
        "Accept-Encoding: gzip; q=0.0, *",
        "Accept-Encoding: *;q=0",
        "Accept-Encoding: identity",
        "Accept-Encoding: gzipped, xgzip",
        "Accept-Encoding: gzip;q=high",
        "Accept-Encoding:",
    ] {
        let response = compressed_for(field, || Response::text(TEXT));
        assert_eq!(fields(&response, "Content-Encoding"), [] as [&str; 0], "{field}");
        assert_eq!(fields(&response, "Vary"), ["Accept-Encoding"], "{field}");
        assert_eq!(response.body.length(), Some(TEXT.len() as u64));
        assert_bytes!(body(response), TEXT);
    }
}

#[test]
fn these_types_are_text() {
    for (content_type, is_text) in [
        ("text/plain", true),
        ("text/html; charset=utf-8", true),
        ("Text/CSS", true),
        ("application/json", true),
        ("application/javascript;charset=utf-8", true),
        ("image/svg+xml", true),
        ("image/png", false),
        ("application/octet-stream", false),
        ("application/gzip", false),
        ("texture/x", false),
    ] {
        // Whether it is the response's own or a field of its.
        let own = compressed_for(GZIP, || Response::text(TEXT).content_type(content_type));
        let field = compressed_for(GZIP, || {
            Response::text(TEXT).content_type("a/b").header("Content-Type", content_type).unwrap()
        });
        for response in [own, field] {
            let is_zipped = response.headers.contains("Content-Encoding");
            assert_eq!(is_zipped, is_text, "{content_type}");
            assert_eq!(response.headers.contains("Vary"), is_text, "{content_type}");
        }
    }
}

#[test]
fn what_must_not_be_changed_is_left_alone() {
    let text = || Response::text(TEXT);
    let with = |name, value| text().header(name, value).unwrap();
    let all: [fn() -> Response; 5] = [
        || Response::text(TEXT).status(206),
        || Response::text("").status(204),
        || Response::text("").status(304),
        || Response::text(TEXT).header("Content-Encoding", "br").unwrap(),
        || Response::text(TEXT).header("Cache-Control", "public, no-transform").unwrap(),
    ];
    for make in all {
        let response = compressed_for(GZIP, make);
        let same = make();
        assert_eq!(response.headers, same.headers);
        assert_eq!(response.body.length(), same.body.length());
        assert_bytes!(body(response), body(same));
    }
    assert!(compressed_for(GZIP, || with("Cache-Control", "public")).headers.len() > 1);
}

#[test]
fn a_compressed_answer_is_another_one_than_a_strong_etag_promises() {
    for (etag, expected) in [("\"a\"", "W/\"a\""), ("W/\"a\"", "W/\"a\"")] {
        let make = || {
            let response = Response::text(TEXT).header("X-First", "1").unwrap();
            response.header("etag", etag).unwrap().header("X-Last", b"\xff").unwrap()
        };
        let response = compressed_for(GZIP, make);
        let all: Vec<_> = response.headers.iter().collect();
        let expected = [
            ("X-First", b"1".as_slice()),
            ("etag", expected.as_bytes()),
            ("X-Last", b"\xff"),
            ("Vary", b"Accept-Encoding"),
            ("Content-Encoding", b"gzip"),
        ];
        assert_eq!(all, expected);
        // Not for those who get it as it is.
        assert_eq!(fields(&compressed_for("Accept: */*", make), "ETag"), [etag]);
    }
}

#[test]
fn an_empty_body_and_one_of_many_pieces_are_compressed_whole() {
    assert_bytes!(unzip(&body(compressed_for(GZIP, || Response::text("")))), "");
    const PIECE: &[u8] = b"\0\xff";
    let pieces: &[&[u8]] = &[PIECE; 500];
    let (streams, _) = in_pieces(pieces);
    let response = ask(&compressed(streams), &get_with("/", GZIP)).unwrap();
    assert_bytes!(unzip(&body(response)), pieces.concat());
}

// Pages of what goes wrong

#[test]
fn an_error_is_the_page_of_its_status() {
    for status in [400, 404, 418, 503, 599] {
        let raises = move |_: &Environ, _: &mut dyn Read| -> Result<Response> {
            Err(HttpError(status).into())
        };
        for debug in [false, true] {
            let response = ask(&caught(debug, raises), &get("/")).unwrap();
            assert_eq!(
                (response.status, response.content_type),
                (status, "text/html; charset=utf-8")
            );
            let page = String::from_utf8(body(response)).unwrap();
            assert!(page.contains(&status.to_string()), "{page}");
        }
    }
}

#[test]
fn what_goes_wrong_is_a_page_and_the_log_and_only_debug_shows_why() {
    let test = "what_goes_wrong_is_a_page_and_the_log_and_only_debug_shows_why";
    let log = alone(module_path!(), test, &[], || {
        let panics =
            |_: &Environ, _: &mut dyn Read| -> Result<Response> { panic!("no soup today") };
        let environ = &{
            let mut environ = get("/");
            environ.set("REQUEST_URI", "/menu?a=\u{1b}");
            environ
        };
        // This status is no error's, so that whoever raised it is wrong.
        let odd =
            |_: &Environ, _: &mut dyn Read| -> Result<Response> { Err(HttpError(302).into()) };
        for (application, why) in [
            (Any::new(fails), "the cook is ill"),
            (Any::new(panics), "no soup today"),
            (Any::new(odd), "302"),
        ] {
            for debug in [false, true] {
                let response = ask(&caught(debug, application.clone()), environ).unwrap();
                assert_eq!(response.status, 500);
                let page = String::from_utf8(body(response)).unwrap();
                assert_eq!(page.contains(why), debug, "{page}");
            }
        }
        // An answer is no error, whatever its status.
        let response = ask(&caught(true, always(|| Response::new(500))), &get("/")).unwrap();
        assert_eq!(response.body.length(), Some(0));
    });
    let Some(log) = log else { return };
    for why in ["the cook is ill", "no soup today", "302"] {
        let told = log.lines().filter(|line| !line.starts_with(" ") && line.contains(why));
        assert_eq!(told.count(), 2, "{why}: {log}");
    }
    let asked = log.lines().filter(|line| *line == "GET /menu?a=\\u{1b}");
    assert_eq!(asked.count(), 6, "{log}");
}

#[test]
fn a_page_is_what_a_client_sees() {
    let site = Mounts::default().mount("/fails", fails);
    live(caught(false, site), |live| {
        for (target, status) in [("/fails", 500), ("/nothing", 404)] {
            let reply = reply(live, last(target));
            assert_eq!(reply.status, status);
            assert_eq!(reply.header("Content-Type"), Some("text/html; charset=utf-8"));
            assert!(!reply.text().contains("the cook is ill"));
        }
    });
}
