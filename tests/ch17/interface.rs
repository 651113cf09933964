//! Servers on one side, applications on the other, and what both stand on.

use super::requests::{ADDRESS, ask, body, chunk, client, get, last, last_post, live, reply};
use super::requests::{tell_all, told};
use anyhow::{Result, bail};
use ch17::{Application, Body, Environ, HttpError, HttpServer, Response, Spool, Turns};
use ch17::{gateway, hello, pieces_of};
use mock::{MockConnection, Script, assert_bytes, for_every_split};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
use std::iter;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

/// All that a server sends for `input`, without the line of the date.
fn sent(application: impl Application + 'static, input: impl Into<Script>) -> String {
    let mut server = HttpServer::default();
    let answer = gateway(ADDRESS, application);
    server.register_reading(|_| true, move |request, body| answer(request, body));
    let (mut conn, peer) = MockConnection::pair(input);
    server.on_connect(&mut conn, None).unwrap();
    let sent = String::from_utf8(peer.sent()).unwrap();
    sent.split_inclusive('\n').filter(|line| !line.starts_with("Date: ")).collect()
}

#[test]
fn an_application_answers_through_a_server() {
    for_every_split(last_post("/a%20b?c=d", b"the body"), |input| {
        let expected = "HTTP/1.1 200 OK\r\nServer: OwnHands/0.1\r\n\
            Content-Type: text/plain; charset=utf-8\r\nContent-Length: 226\r\n\
            Connection: close\r\n\r\n\
            CONTENT_LENGTH=8\nHTTP_HOST=localhost\nPATH_INFO=/a b\nQUERY_STRING=c=d\n\
            REQUEST_METHOD=POST\nREQUEST_URI=/a%20b?c=d\nSCRIPT_NAME=\nSERVER_NAME=localhost\n\
            SERVER_PORT=8017\nSERVER_PROTOCOL=HTTP/1.1\nSERVER_SOFTWARE=OwnHands/0.1\nthe body";
        assert_bytes!(sent(tell_all, input), expected);
    });
}

#[test]
fn what_goes_wrong_in_an_application_is_its_status_or_500() {
    let fails = |environ: &Environ, _: &mut dyn Read| -> Result<Response> {
        match environ.text("PATH_INFO") {
            "/404" => Err(HttpError(404).into()),
            "/503" => Err(anyhow::Error::from(HttpError(503)).context("with a reason")),
            "/panic" => panic!("no soup today"),
            _ => bail!("the cook is ill"),
        }
    };
    live(fails, |live| {
        for (target, status) in [("/404", 404), ("/503", 503), ("/panic", 500), ("/", 500)] {
            assert_eq!(reply(live, last(target)).status, status, "{target}");
        }
        // A path that says nothing never reaches it.
        assert_eq!(reply(live, last("/%zz")).status, 400);
    });
}

/// The application has answered before the client has sent the body, which it does not need.
#[test]
fn an_application_may_answer_without_having_read() {
    let answers = |_: &Environ, _: &mut dyn Read| Ok(Response::text("not interested"));
    live(answers, |live| {
        let request = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n";
        let mut client = client(live, request);
        assert!(client.read_until("not interested").starts_with(b"HTTP/1.1 200"));
    });
}

#[test]
fn pieces_are_sent_when_they_are_there() {
    let (sender, receiver) = mpsc::channel::<&str>();
    let receiver = Mutex::new(Some(receiver));
    let streams = move |_: &Environ, _: &mut dyn Read| {
        let receiver = receiver.lock().unwrap().take().expect("one request");
        let pieces = receiver.into_iter().map(|piece| Ok(piece.as_bytes().to_vec()));
        Ok(Response::new(200).stream(Body::Pieces(Box::new(pieces))))
    };
    live(streams, |live| {
        let mut client = client(live, last("/"));
        sender.send("first").unwrap();
        client.read_until("\r\n\r\n");
        for piece in ["second", "third"] {
            let before = if piece == "second" { "first" } else { "second" };
            assert_bytes!(chunk(&mut client), before);
            sender.send(piece).unwrap();
        }
        drop(sender);
        assert_bytes!(client.read_to_end().0, "5\r\nthird\r\n0\r\n\r\n");
    });
}

#[test]
fn an_input_is_read_as_it_comes() {
    let says_first = |_: &Environ, input: &mut dyn Read| {
        let mut first = [0];
        input.read_exact(&mut first)?;
        let mut rest = Vec::new();
        input.read_to_end(&mut rest)?;
        Ok(Response::text(format!("{first:?} and {} more", rest.len())))
    };
    let request = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\
        Connection: close\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n";
    for_every_split(request, |input| {
        assert!(sent(says_first, input).ends_with("\r\n\r\n[97] and 2 more"));
    });
}

// The application of this chapter

#[test]
fn it_greets_whoever_the_name_says() {
    let page =
        |name: &str| format!("<!DOCTYPE html>\n<title>Hello</title>\n<h1>Hello, {name}!</h1>\n");
    for (query, name) in [
        ("name=Ann", "Ann"),
        ("x=1&name=Ann+%26+Bob&y", "Ann & Bob"),
        ("name=J%C3%B6rg", "Jörg"),
        ("name=%ff", "\u{fffd}"),
        ("name=%2B", "+"),
        ("name=a=b", "a=b"),
        ("name=", ""),
        ("name=first&name=second", "first"),
        ("surname=Ann", "stranger"),
        ("", "stranger"),
        // Chapter 17 says what comes of it.
        ("name=<script>alert(1)</script>", "<script>alert(1)</script>"),
    ] {
        let mut environ = Environ::default();
        environ.set("QUERY_STRING", query);
        let response = ask(&hello, &environ).unwrap();
        let about = (response.status, response.content_type);
        assert_eq!(about, (200, "text/html; charset=utf-8"), "{query}");
        assert_bytes!(body(response), page(name));
    }
    assert_bytes!(body(ask(&hello, &get("/hello?name=Ann")).unwrap()), page("Ann"));
}

// Pieces

#[test]
fn every_kind_of_body_comes_in_its_pieces() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"from a file").unwrap();
    let file = Body::File(Arc::new(file), 5..11);
    let pieces = Body::Pieces(Box::new(
        [b"one".to_vec(), Vec::new(), b"two".to_vec()].into_iter().map(Ok::<_, io::Error>),
    ));
    let bytes = || Body::from(b"bytes".to_vec());
    let all = Body::Chain(VecDeque::from([bytes(), Body::default(), file, pieces, bytes()]));
    let pieces: Vec<_> = pieces_of(all).take(10).map(Result::unwrap).collect();
    let expected: [&[u8]; 5] = [b"bytes", b"a file", b"one", b"two", b"bytes"];
    assert_eq!(pieces, expected);
    assert!(pieces_of(Body::default()).next().is_none());
}

#[test]
fn a_piece_that_fails_is_an_error_behind_those_that_came() {
    let items: [io::Result<Vec<u8>>; 2] = [Ok(b"one".to_vec()), Err(ErrorKind::TimedOut.into())];
    let mut pieces = pieces_of(Body::Pieces(Box::new(items.into_iter())));
    assert_bytes!(pieces.next().unwrap().unwrap(), "one");
    assert_eq!(pieces.next().unwrap().unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(pieces.next().is_none());
}

#[test]
fn a_piece_is_not_made_before_it_is_asked_for() {
    let items = iter::once(Ok(b"one".to_vec())).chain(iter::from_fn(|| panic!("not yet")));
    let mut pieces = pieces_of(Body::Pieces(Box::new(items)));
    assert_bytes!(pieces.next().unwrap().unwrap(), "one");
}

// Bodies that are kept

#[track_caller]
fn kept(mut spool: Spool) -> Vec<u8> {
    let mut kept = Vec::new();
    if let Some(file) = &mut spool.file {
        assert_eq!(file.stream_position().unwrap(), 0, "it stands where the body begins");
        file.read_to_end(&mut kept).unwrap();
    }
    assert_eq!(kept.len() as u64, spool.length);
    kept
}

#[test]
fn a_body_is_kept_whole_however_it_comes() {
    for_every_split(b"the \0body\r\n\xff", |input| {
        let spool = Spool::fill(&mut MockConnection::pair(input).0, 100).unwrap();
        assert_bytes!(kept(spool), b"the \0body\r\n\xff");
    });
    let large: Vec<_> = (0..300_000_u32).flat_map(u32::to_be_bytes).collect();
    let spool = Spool::fill(&mut Cursor::new(&large), u64::MAX).unwrap();
    assert!(kept(spool) == large);
}

#[test]
fn no_body_needs_no_file() {
    let spool = Spool::fill(&mut io::empty(), 0).unwrap();
    assert!(spool.file.is_none() && spool.length == 0);
}

#[test]
fn a_body_that_is_longer_than_the_limit_is_413_and_not_read_to_its_end() {
    for limit in [0, 1, 7, 8191, 8192, 8193, 20_000] {
        let fill = |length: usize| {
            let mut input = Cursor::new(vec![b'x'; length]);
            let outcome = Spool::fill(&mut input, limit);
            (outcome, input.position())
        };
        let (outcome, _) = fill(limit as usize);
        assert_eq!(outcome.unwrap().length, limit);
        let (outcome, read) = fill(100_000 + limit as usize);
        let error = outcome.unwrap_err().downcast::<HttpError>().unwrap();
        assert_eq!(error, HttpError(413), "{limit}");
        assert!(read < 50_000, "{read} bytes were read");
        let (outcome, _) = fill(limit as usize + 1);
        assert!(outcome.is_err(), "{limit}");
    }
}

#[test]
fn a_body_that_breaks_off_is_its_error() {
    for script in [Script::new(), Script::new().bytes("some")] {
        let mut input = MockConnection::pair(script.fail(ErrorKind::ConnectionReset)).0;
        let error = Spool::fill(&mut input, 100).unwrap_err().downcast::<io::Error>().unwrap();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
}

/// It is nobody's who looks into the folder.
#[test]
fn a_body_may_be_read_again_from_its_file() {
    let spool = Spool::fill(&mut Cursor::new("abc"), 3).unwrap();
    let mut file: File = spool.file.unwrap();
    file.seek(SeekFrom::Start(1)).unwrap();
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "bc");
}

// Turns

#[test]
fn so_many_have_a_turn_at_once() {
    let turns = Turns::new(2);
    let (first, second) = (turns.take().unwrap(), turns.take().unwrap());
    assert!(turns.take().is_none());
    assert!(turns.take().is_none(), "who was refused has taken none");
    drop(first);
    let third = turns.take().unwrap();
    assert!(turns.take().is_none());
    drop((second, third));
    assert!(turns.take().is_some());
    assert!(Turns::new(0).take().is_none());
}

#[test]
fn a_turn_lasts_until_the_items_are_dropped() {
    let turns = Turns::new(1);
    let mut items = turns.take().unwrap().during([1, 2].into_iter());
    assert_eq!((items.next(), items.next(), items.next()), (Some(1), Some(2), None));
    assert!(turns.take().is_none(), "there may be more to do than to count");
    drop(items);
    assert!(turns.take().is_some());
}

#[test]
fn a_turn_is_given_back_when_the_items_have_been_dropped_and_not_before() {
    /// Items that look, while they are dropped, whether there is a turn.
    struct Looks(Arc<Turns>, mpsc::Sender<bool>);
    impl Iterator for Looks {
        type Item = ();
        fn next(&mut self) -> Option<()> {
            None
        }
    }
    impl Drop for Looks {
        fn drop(&mut self) {
            self.1.send(self.0.take().is_some()).unwrap();
        }
    }
    let (sender, seen) = mpsc::channel();
    let turns = Arc::new(Turns::new(1));
    drop(turns.take().unwrap().during(Looks(Arc::clone(&turns), sender)));
    assert!(!seen.recv().unwrap());
    assert!(turns.take().is_some());
}

/// It is told of a request that has no variable but those.
#[test]
fn an_application_can_be_asked_without_a_server() {
    let mut environ = Environ::default();
    environ.set("QUERY_STRING", "name=Ann+Lee");
    assert!(body(ask(&hello, &environ).unwrap()).ends_with(b"<h1>Hello, Ann Lee!</h1>\n"));
    let environ = told("GET /hello?name=Ann HTTP/1.0\r\n\r\n");
    assert!(body(ask(&hello, &environ).unwrap()).ends_with(b"<h1>Hello, Ann!</h1>\n"));
}
