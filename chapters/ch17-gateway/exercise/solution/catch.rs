//! Your tests of chapter 17's gateway. All of them pass on the chapter's own, and for each broken
//! one there is a test that fails.
//!
//! `ch17` is one of the gateways; which one, your tests cannot see. Look at what the section
//! "Build" of chapter 17 promises of `Environ::of`, `Mounts`, `compressed` and `append_params`:
//! they are called here without any network. A function is an application. `flate2` is here as
//! well; its `write::GzDecoder` decompresses what is written to it.

use ch17::{
    Application, Body, Environ, Mounts, Record, RequestHead, Response, append_params, compressed,
    parse_params,
};
use flate2::write::GzDecoder;
use mock::assert_bytes;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What an application is told of a request with these fields.
fn told(fields: &str) -> Environ {
    let head = format!("GET /menu/soup HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n");
    let head = RequestHead::parse(head.as_bytes(), None).unwrap().expect("a whole head");
    Environ::of(&head.request, ([127, 0, 0, 1], 8017).into()).unwrap()
}

/// What is left of the path when an application is asked.
fn path(environ: &Environ, _: &mut dyn Read) -> anyhow::Result<Response> {
    Ok(Response::text(environ.text("PATH_INFO")))
}

#[test]
fn an_application_below_a_prefix_is_told_the_rest_of_the_path() {
    let menu = Mounts::default().mount("/menu", path);
    let mut response = menu.answer(&told(""), &mut io::empty()).unwrap();
    let mut body = Vec::new();
    response.body.next_piece(&mut body).unwrap();
    assert_bytes!(body, "/soup");
}

#[test]
fn nobody_is_told_a_proxy() {
    let environ = told("X-Name: value\r\nProxy: http://198.51.100.7/\r\n");
    assert_eq!(environ.text("HTTP_X_NAME"), "value");
    assert_eq!(environ.get("HTTP_PROXY"), None);
}

#[test]
fn a_piece_is_not_kept_until_there_is_more() {
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let numbers = move |_: &Environ, _: &mut dyn Read| {
        let count = Arc::clone(&count);
        let pieces = (1..=3).map(move |number| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(format!("number {number}\n").into_bytes())
        });
        Ok(Response::new(200).stream(Body::Pieces(Box::new(pieces))))
    };
    let environ = told("Accept-Encoding: gzip\r\n");
    let mut response = compressed(numbers).answer(&environ, &mut io::empty()).unwrap();
    let mut decoder = GzDecoder::new(Vec::new());
    let mut piece = Vec::new();
    // One may begin with a head alone.
    while taken.load(Ordering::SeqCst) == 0 {
        response.body.next_piece(&mut piece).unwrap();
    }
    decoder.write_all(&piece).unwrap();
    decoder.flush().unwrap();
    assert_eq!(taken.load(Ordering::SeqCst), 1);
    assert_bytes!(decoder.get_ref(), "number 1\n");
}

#[test]
fn each_record_has_whole_pairs() {
    let (name, value) = ("NAME".repeat(10), vec![b'x'; 40_000]);
    let variables = [(&*name, &value[..]), ("SECOND", &value), ("THIRD", b"end")];
    let mut bytes = Vec::new();
    append_params(&mut bytes, 1, variables).unwrap();
    let (mut rest, mut came) = (&bytes[..], Vec::new());
    while let Some((record, length)) = Record::parse(rest).unwrap() {
        came.extend(parse_params(&record.content).expect("a record has whole pairs"));
        rest = &rest[length..];
    }
    let came: Vec<_> = came.iter().map(|(name, value)| (&**name, &value[..])).collect();
    assert_eq!(came, variables);
}
