//! Servers that no client should trust.

use super::scripted::url;
use ch19::{
    FetchError, HOSTILE, Limits, Page, Session, Stage, by_event_loop, by_futures, misbehave,
};
use mock::{MockConnection, Reply, patience};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What a client grants here: little, besides time to read what comes at once.
const LIMITS: Limits = Limits {
    time: Duration::from_secs(5),
    slowest_rate: None,
    body: 100_000,
    redirects: 20,
    idle_connections: 4,
    idle_time: Duration::from_secs(60),
};

/// A server that misbehaves until its clients have gone, and how many bytes it could send.
fn hostile() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = format!("http://{}", listener.local_addr().unwrap());
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    // Nobody waits for it: what is silent for a minute may be so for longer than we are there.
    thread::spawn(move || {
        for conn in listener.incoming() {
            let conn = Counted { conn: conn.expect("a client"), sent: Arc::clone(&counter) };
            thread::spawn(move || misbehave(conn));
        }
    });
    (address, sent)
}

struct Counted {
    conn: TcpStream,
    sent: Arc<AtomicUsize>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.conn.read(buffer)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.conn.write(bytes)?;
        self.sent.fetch_add(count, Ordering::SeqCst);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}

/// Whether this is what must become of a path.
fn is_right(path: &str, error: &FetchError) -> bool {
    match path {
        "/silent" | "/dripping-head" => matches!(error, FetchError::Deadline(Stage::Head)),
        "/closed" => matches!(error, FetchError::NoAnswer),
        "/garbage" | "/endless-head" | "/endless-line" | "/continue" | "/two-lengths"
        | "/length-and-chunks" | "/huge-length" | "/larger-chunk" => {
            matches!(error, FetchError::Malformed(_))
        }
        "/dripping" => matches!(error, FetchError::Deadline(Stage::Head | Stage::Body(0..=9))),
        "/endless" | "/huge-chunk" => matches!(error, FetchError::TooLong(100_000)),
        "/short" => matches!(error, FetchError::CutOff(10)),
        "/cut-chunk" => matches!(error, FetchError::CutOff(7)),
        "/circle" => error.to_string().starts_with("redirected in a circle: http://"),
        "/farther" => error.to_string() == "redirected 21 times, and still not there",
        _ => false,
    }
}

/// What must become of a path whose redirects are pages like any other.
fn check(path: &str, outcome: Result<Page, FetchError>) {
    match (path, outcome) {
        // Nothing is taken but what was announced.
        ("/long", Ok(page)) => assert_eq!(page, Page { status: 200, body: b"12345".into() }),
        ("/circle" | "/farther", Ok(page)) => {
            assert_eq!((page.status, &*page.body), (302, &b""[..]))
        }
        (_, Ok(page)) => panic!("{path} is a page: {:?}", page.status),
        (_, Err(error)) => assert!(is_right(path, &error), "{path}: {error:?}"),
    }
}

/// A way to fetch a page.
type Fetch = fn(&str, &Limits) -> Result<Page, FetchError>;

/// Each gives a clear error in time, and takes no more than is good for us.
#[test]
fn nothing_that_a_server_does_takes_long_or_much() {
    let ways: [(&str, Fetch); 3] = [
        ("a session", |address, limits| {
            let session = Session::new(Limits { redirects: 0, ..limits.clone() });
            let response = session.get(address)?;
            Ok(Page { status: response.status, body: response.bytes()? })
        }),
        ("an event loop", |address, limits| {
            by_event_loop(&[url(address)], limits, 2).unwrap().remove(0)
        }),
        ("futures", |address, limits| by_futures(&[url(address)], limits, 2).unwrap().remove(0)),
    ];
    thread::scope(|scope| {
        for (path, _) in HOSTILE {
            for (way, fetch) in ways {
                scope.spawn(move || {
                    let (address, sent) = hostile();
                    let started = Instant::now();
                    let mut limits = LIMITS;
                    if path.contains("dripping") || *path == "/silent" {
                        limits.time = Duration::from_millis(400);
                    }
                    check(path, fetch(&format!("{address}{path}"), &limits));
                    let took = started.elapsed();
                    assert!(took < patience() / 2, "{way} took {took:?} for {path}");
                    // What is in the buffers of the system, besides what we have read.
                    let sent = sent.load(Ordering::SeqCst);
                    assert!(sent < 24 * 1024 * 1024, "{way} let {path} send {sent} bytes");
                });
            }
        }
    });
}

#[test]
fn redirects_that_lead_nowhere_end() {
    let (address, _) = hostile();
    for path in ["/circle", "/farther"] {
        let Err(error) = Session::new(LIMITS).get(&format!("{address}{path}")) else {
            panic!("{path} leads somewhere")
        };
        assert!(is_right(path, &error), "{path}: {error}");
    }
}

/// A client that goes on, where it was treated so.
#[test]
fn a_session_survives_all_of_it() {
    let (address, _) = hostile();
    let session = Session::new(LIMITS);
    let quick = HOSTILE.iter().map(|(path, _)| *path);
    for path in quick.filter(|path| !path.contains("dripping") && *path != "/silent") {
        let outcome = session.get(&format!("{address}{path}")).and_then(|found| found.bytes());
        assert_eq!(outcome.is_ok(), path == "/long", "{path}");
        let list = session.get(&format!("{address}/")).unwrap().text().unwrap();
        for (path, what) in HOSTILE {
            let line = list.lines().find(|line| line.starts_with(&format!("{path} ")));
            assert!(line.is_some_and(|line| line.ends_with(what)), "{list}");
        }
    }
}

// The server itself

/// What is answered to a request for `path`, of which a client takes so many bytes.
fn answer(path: &str, taken: usize) -> (io::Result<()>, Vec<u8>) {
    let (conn, peer) = MockConnection::pair(format!("GET {path} HTTP/1.1\r\nHost: test\r\n\r\n"));
    let outcome = misbehave(conn.fail_writes_after(taken, ErrorKind::BrokenPipe));
    (outcome, peer.sent())
}

/// What is at once and ends, byte by byte.
#[test]
fn what_is_sent_is_what_the_list_says() {
    let head = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
    for (path, expected) in [
        ("/closed", String::new()),
        ("/short", head("Content-Length: 1000") + "ten bytes."),
        ("/cut-chunk", head("Transfer-Encoding: chunked") + "10\r\nhalf of"),
        ("/long", head("Content-Length: 5") + "12345HTTP/1.1 200 OK\r\n"),
        ("/two-lengths", head("Content-Length: 5\r\nContent-Length: 6") + "123456"),
        (
            "/length-and-chunks",
            head("Content-Length: 5\r\nTransfer-Encoding: chunked") + "0\r\n\r\n",
        ),
        ("/huge-length", head("Content-Length: 18446744073709551616") + "x"),
        ("/larger-chunk", head("Transfer-Encoding: chunked") + "10000000000000000\r\nx"),
    ] {
        let (outcome, sent) = answer(path, usize::MAX);
        outcome.unwrap();
        mock::assert_bytes!(sent, expected, "{path}");
    }
    for (path, to) in [
        ("/circle", "/circle"),
        ("/farther", "/farther/1"),
        ("/farther/7", "/farther/8"),
        ("/farther/18446744073709551615", "/farther/18446744073709551615"),
    ] {
        let reply = Reply::parse(answer(path, usize::MAX).1);
        assert_eq!((reply.status, reply.header("Location")), (302, Some(to)));
    }
    let (_, garbage) = answer("/garbage", usize::MAX);
    assert!(!garbage.starts_with(b"HTTP"));
}

/// It stops when the client has had enough.
#[test]
fn what_has_no_end_goes_on_until_the_client_goes() {
    for path in ["/endless-head", "/endless-line", "/continue", "/endless", "/huge-chunk"] {
        let (outcome, sent) = answer(path, 200_000);
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::BrokenPipe, "{path}");
        assert_eq!(sent.len(), 200_000, "{path}");
        let has_end = sent.windows(4).any(|four| four == b"\r\n\r\n");
        assert_eq!(has_end, !path.starts_with("/endless-"), "{path}");
    }
}

#[test]
fn who_asks_nothing_is_answered_nothing() {
    let (conn, peer) = MockConnection::pair("");
    misbehave(conn).unwrap();
    assert!(peer.sent().is_empty());
    let (conn, _) = MockConnection::pair("nonsense\r\n\r\n");
    assert!(misbehave(conn).is_err());
}
