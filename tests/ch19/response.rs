//! An answer, and its body.

use super::scripted::{Servers, answer, answers, asked, ok};
use ch19::{FetchError, Limits, Response};
use mock::{Script, assert_bytes, for_every_split};
use std::io::{ErrorKind, Read};

/// What a server answers that sends this.
fn response(input: impl Into<Script>) -> Response {
    Servers::new([input]).session().get("http://test/").expect("an answer")
}

#[test]
fn an_answer_has_what_was_sent() {
    for_every_split(answer("404 Gone Fishing", "A: b\r\n", "hello"), |input| {
        let response = response(input);
        assert_eq!((response.status, &*response.reason), (404, "Gone Fishing"));
        assert_eq!(response.status_line(), "404 Gone Fishing");
        assert_eq!(response.headers.get_text("a"), Some("b"));
        assert_eq!(response.length(), Some(5));
        assert_bytes!(response.bytes().unwrap(), "hello");
    });
}

#[test]
fn a_status_without_a_word_gets_ours() {
    assert_eq!(response(answer("404 ", "", "")).status_line(), "404 Not Found");
}

#[test]
fn the_length_is_what_was_announced() {
    assert_eq!(response("HTTP/1.1 200 OK\r\n\r\nhello").length(), None);
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(response(chunked).length(), None);
    assert_eq!(response(ok("")).length(), Some(0));
}

#[test]
fn a_body_is_read_into_memory_up_to_a_limit() {
    let chunked = |body: &str| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        format!("{head}{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
    };
    let until_end = |body: &str| format!("HTTP/1.1 200 OK\r\n\r\n{body}");
    let with: [&dyn Fn(&str) -> String; 3] = [&ok, &chunked, &until_end];
    for limit in [1, 5, 20_000] {
        for input in with {
            let read = |length: usize| {
                let servers = Servers::new([input(&"x".repeat(length))]);
                let limits = Limits { body: limit as u64, ..Limits::default() };
                let outcome = servers.session_with(limits).get("http://test/").unwrap().bytes();
                assert!(servers.peer(0).reads() < 10);
                outcome
            };
            assert_eq!(read(limit).unwrap().len(), limit);
            let error = read(limit + 1).unwrap_err();
            assert!(matches!(error, FetchError::TooLong(said) if said == limit as u64), "{error}");
        }
    }
    assert_eq!(Limits::default().body, 16 * 1024 * 1024);
}

#[test]
fn of_a_body_that_is_too_long_little_more_is_read_and_the_connection_is_closed() {
    let piece = vec![b'x'; 16 * 1024];
    let endless = std::iter::repeat_n(piece, 100)
        .fold(Script::new().bytes("HTTP/1.1 200 OK\r\n\r\n"), Script::bytes);
    let servers = Servers::new([endless]);
    let limits = Limits { body: 20_000, ..Limits::default() };
    let response = servers.session_with(limits).get("http://test/").unwrap();
    assert!(matches!(response.bytes(), Err(FetchError::TooLong(20_000))));
    assert!(servers.peer(0).reads() < 5);
    assert!(servers.peer(0).is_closed());
}

/// As long as one likes, if it is not to be in memory.
#[test]
fn whoever_reads_by_themselves_has_no_limit() {
    let servers = Servers::new([ok(&"x".repeat(100_000))]);
    let limits = Limits { body: 10, ..Limits::default() };
    let mut response = servers.session_with(limits).get("http://test/").unwrap();
    assert_eq!(std::io::copy(&mut response, &mut std::io::sink()).unwrap(), 100_000);
}

#[test]
fn text_is_utf_8_whatever_its_type_says() {
    assert_eq!(response(answer("200 OK", "Content-Type: x/y\r\n", "ä€")).text().unwrap(), "ä€");
    let latin = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=latin1\r\nContent-Length: 1\r\n\r\n\xe4";
    assert!(matches!(response(latin).text(), Err(FetchError::Body(_))));
    assert_bytes!(response(latin).bytes().unwrap(), b"\xe4");
}

#[test]
fn json_is_json_whatever_its_type_says() {
    let read =
        |body: &str| response(answer("200 OK", "Content-Type: x/y\r\n", body)).json::<Vec<u8>>();
    assert_eq!(read(" [1, 2] ").unwrap(), [1, 2]);
    for body in ["", "[1,", "[300]", "{}", "[1] [2]", "<html>"] {
        assert!(matches!(read(body), Err(FetchError::Body(_))), "{body}");
    }
}

#[test]
fn a_body_that_ends_too_early_is_none() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[1]";
    assert!(matches!(response(cut).bytes(), Err(FetchError::CutOff(3))));
    assert!(matches!(response(cut).text(), Err(FetchError::CutOff(3))));
    assert!(matches!(response(cut).json::<Vec<u8>>(), Err(FetchError::CutOff(3))));
}

#[test]
fn a_fault_while_reading_is_our_own_and_stays() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello";
    let servers = Servers::new([asked(Script::new(), 1).bytes(cut), answers([ok("two")])]);
    let session = servers.session();
    let mut response = session.get("http://test/").unwrap();
    let mut body = Vec::new();
    let error = response.read_to_end(&mut body).unwrap_err();
    assert_bytes!(body, "hello");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<FetchError>());
    assert!(matches!(inner, Some(FetchError::CutOff(5))), "{error:?}");
    assert!(servers.peer(0).is_closed());
    // Never an end that is none.
    for _ in 0..2 {
        assert!(response.read(&mut [0; 9]).is_err());
    }
    assert!(matches!(response.bytes(), Err(FetchError::Body(_))));
    assert_eq!(session.get("http://test/").unwrap().text().unwrap(), "two");
}

#[test]
fn a_read_without_room_reads_nothing() {
    let mut response = response(ok("hello"));
    assert_eq!(response.read(&mut []).unwrap(), 0);
    let mut body = String::new();
    response.read_to_string(&mut body).unwrap();
    assert_eq!(body, "hello");
}
