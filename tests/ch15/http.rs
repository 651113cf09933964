//! HTTP as a protocol. What it promises is in `since_ch15`.

use super::no_listener;
use super::simulated_system::{Simulated, Turns};
use super::since_ch15::{Site, failing, pieces, server};
use ch15::{HttpServer, HttpSite, Outgoing, Pool, Reactor, Response, Terms, Version};
use chrono::Utc;
use mock::{Seed, assert_bytes};
use std::io;
use std::sync::Arc;

/// A loop that serves whoever comes.
pub struct Engine {
    reactor: Reactor<Simulated>,
    site: HttpSite,
}

impl Engine {
    pub fn new(system: Simulated, server: Arc<HttpServer>, pool: Arc<Pool<'static>>) -> Self {
        let mut reactor = Reactor::new(system);
        let site = HttpSite::new(server, pool, reactor.handle());
        let theirs = site.clone();
        reactor.listen(no_listener(), move |_| theirs.protocol()).unwrap();
        Self { reactor, site }
    }

    /// What `serve` does when a stop was requested.
    pub fn close(&mut self) {
        self.site.close();
    }

    pub fn has_ended(&self) -> bool {
        !self.reactor.has_something_to_do()
    }
}

impl Turns for Engine {
    fn turn(&mut self) -> io::Result<()> {
        self.reactor.turn()
    }
}

// An answer on its way

/// What `outgoing` appends in its calls, and whether it fails then.
fn calls(mut outgoing: Outgoing) -> (Vec<String>, bool) {
    let mut pieces = Vec::new();
    loop {
        let mut out = b"before".to_vec();
        match outgoing.append_piece(&mut out) {
            Ok(true) => pieces.push(String::from_utf8(out.split_off(6)).unwrap()),
            Ok(false) => {
                assert_bytes!(out, "before");
                assert!(!outgoing.append_piece(&mut out).unwrap());
                return (pieces, false);
            }
            Err(_) => return (pieces, true),
        }
    }
}

#[test]
fn an_answer_is_its_head_and_a_piece_and_then_piece_by_piece() {
    let outgoing = |method: &str, version, response| {
        Outgoing::new(response, &Terms { method, version, keep: true }, Utc::now())
    };
    let streamed = |body| Response::new(200).stream(body);
    let abc = || streamed(pieces(["ab", "", "c"]));
    for (method, version, response, expected, keep) in [
        ("GET", Version::Http11, Response::text("hello"), vec!["hello"], true),
        ("HEAD", Version::Http11, Response::text("hello"), vec![""], true),
        ("GET", Version::Http11, Response::text(""), vec![""], true),
        ("GET", Version::Http11, abc(), vec!["2\r\nab\r\n", "1\r\nc\r\n", "0\r\n\r\n"], true),
        ("HEAD", Version::Http11, abc(), vec![""], true),
        ("GET", Version::Http10, abc(), vec!["ab", "c"], false),
    ] {
        let outgoing = outgoing(method, version, response).unwrap();
        let (status, head) = (outgoing.status, outgoing.head_length());
        assert_eq!((status, outgoing.keep), (200, keep));
        let (mut pieces, fails) = calls(outgoing);
        assert!(pieces[0][..head].ends_with("\r\n\r\n"));
        pieces[0].drain(..head);
        assert_eq!((pieces, fails), (expected.into_iter().map(str::to_owned).collect(), false));
    }
    for panics in [false, true] {
        let failing = |count| outgoing("GET", Version::Http11, streamed(failing(count, panics)));
        assert!(failing(0).is_err(), "the client can still be told");
        let (pieces, fails) = calls(failing(2).unwrap());
        assert_eq!((pieces.len(), fails), (2, true));
    }
    for status in [100, 199] {
        assert!(outgoing("GET", Version::Http11, Response::new(status)).is_err());
    }
}

/// Chapter 12 made a list of the fields first, and encoded that.
#[test]
fn a_head_is_byte_for_byte_that_of_chapter_12() {
    let mut seed = Seed::new();
    let now = Utc::now();
    for _ in 0..2000 {
        let status = seed.pick(&[200, 204, 304, 404, 599, 777, 999, 199, 1000, 65_535]);
        let content_type = seed.pick(&["text/plain", " text/html\t", "", "a\r\nb: c", "a\0", "é"]);
        let names = ["server", "Date", "Content-Type", "Content-Length", "Transfer-Encoding", "X"];
        let mut fields: Vec<_> = names.into_iter().filter(|_| seed.number(0..=3) == 0).collect();
        fields.extend(["Connection"].into_iter().filter(|_| seed.number(0..=2) == 0));
        let values = ["close", "keep-alive", ""];
        let values: Vec<_> = fields.iter().map(|_| seed.pick(&values)).collect();
        let is_known = seed.number(0..=1) == 0;
        let response = || {
            let mut response = Response::new(status).content_type(content_type);
            for (name, value) in fields.iter().zip(&values) {
                response = response.header(name, value).unwrap();
            }
            match is_known {
                true => response.body("Hi there!\n"),
                false => response.stream(pieces(["Hi ", "there!\n"])),
            }
        };
        let (method, keep) = (seed.pick(&["GET", "HEAD", "POST"]), seed.pick(&[true, false]));
        let terms = Terms { method, version: seed.pick(&[Version::Http10, Version::Http11]), keep };
        let shown = format!("{status} {content_type:?} {fields:?} {values:?} {terms:?}");
        let theirs = ch14::Outgoing::new(response(), &terms, now).map(|outgoing| {
            let (keep, mut sent) = (outgoing.keep, Vec::new());
            let (body, outcome) = outgoing.send(&mut sent);
            outcome.unwrap();
            (keep, body as usize, sent)
        });
        let ours = Outgoing::new(response(), &terms, now).map(|mut outgoing| {
            let (keep, head, mut sent) = (outgoing.keep, outgoing.head_length(), Vec::new());
            while outgoing.append_piece(&mut sent).unwrap() {}
            (keep, sent.len() - head, sent)
        });
        assert_eq!(ours.ok(), theirs.ok(), "{shown}");
    }
}

#[test]
fn at_a_stop_nobody_else_is_taken_not_even_from_elsewhere() {
    let mut site = Site::new(server());
    let busy = site.client("GET");
    let (stream, late) = site.system.pair();
    site.close();
    let engine = &mut site.engine;
    engine.reactor.adopt(stream, None, engine.site.protocol());
    site.run();
    assert!(late.is_closed() && late.got().is_empty() && !busy.is_closed());
}
