//! The same pages, waited for in five ways.

use super::scripted::{answer, ok, url};
use ch19::{
    FetchError, Limits, Page, Stage, by_event_loop, by_futures, by_threads, in_series, in_session,
};
use mock::{Live, patience};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;
use url::Url;

type Pages = Vec<Result<Page, FetchError>>;
type Way = fn(&[Url], &Limits) -> Pages;
/// One of those that may fail as a whole, and take a number of connections.
type WayOfMany = fn(&[Url], &Limits, usize) -> anyhow::Result<Pages>;
type IsFault = fn(&FetchError) -> bool;

/// Each way, with several connections where it may have several.
const WAYS: [(&str, Way); 7] = [
    ("in series", |urls, limits| in_series(urls, limits)),
    ("in a session", |urls, limits| in_session(urls, limits)),
    ("by threads", |urls, limits| by_threads(urls, limits, 4).unwrap()),
    ("by an event loop", |urls, limits| by_event_loop(urls, limits, 4).unwrap()),
    ("by futures", |urls, limits| by_futures(urls, limits, 4).unwrap()),
    ("by one connection of an event loop", |urls, limits| by_event_loop(urls, limits, 1).unwrap()),
    ("by one future", |urls, limits| by_futures(urls, limits, 1).unwrap()),
];

/// What a server knows when it is asked.
struct Asked<'a> {
    path: &'a str,
    /// How many requests there were on this connection, with this one.
    on_connection: usize,
}

/// What a server did.
#[derive(Default)]
struct Seen {
    connections: AtomicUsize,
    paths: Mutex<HashMap<String, usize>>,
}

impl Seen {
    fn requests(&self) -> usize {
        self.paths.lock().unwrap().values().sum()
    }
}

/// Serves a client; `answer` says what is sent, and whether the connection stays.
fn serve(conn: TcpStream, seen: &Seen, answer: impl Fn(&Asked) -> (Vec<u8>, bool)) {
    seen.connections.fetch_add(1, Ordering::SeqCst);
    conn.set_read_timeout(Some(patience())).unwrap();
    let mut reader = BufReader::new(&conn);
    for on_connection in 1.. {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            match reader.read_line(&mut head) {
                Ok(1..) => {}
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    panic!("the client neither asks nor goes");
                }
                // One that goes may well reset the connection.
                _ => return,
            }
        }
        let path = head.split(' ').nth(1).expect("a target");
        *seen.paths.lock().unwrap().entry(path.to_owned()).or_default() += 1;
        let (bytes, stays) = answer(&Asked { path, on_connection });
        let sent = (&conn).write_all(&bytes);
        if sent.is_err() || !stays {
            return;
        }
    }
}

/// What a way makes of these paths, and what the server saw.
fn fetch(
    way: Way,
    paths: &[String],
    limits: &Limits,
    answer: impl Fn(&Asked) -> (Vec<u8>, bool) + Sync,
) -> (Pages, Seen) {
    fetch_from(|address| address.to_string(), way, paths, limits, answer)
}

/// The same from another name of the server.
fn fetch_from(
    name: impl Fn(SocketAddr) -> String,
    way: Way,
    paths: &[String],
    limits: &Limits,
    answer: impl Fn(&Asked) -> (Vec<u8>, bool) + Sync,
) -> (Pages, Seen) {
    let seen = Seen::default();
    let pages = Live::run(
        |incoming| {
            thread::scope(|scope| {
                for conn in incoming {
                    let (seen, answer) = (&seen, &answer);
                    scope.spawn(move || serve(conn.unwrap(), seen, answer));
                }
            });
        },
        |live| {
            let url = |path: &String| url(&format!("http://{}{path}", name(live.addr())));
            let urls: Vec<_> = paths.iter().map(url).collect();
            way(&urls, limits)
        },
    );
    (pages, seen)
}

fn paths(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("/page/{number}")).collect()
}

fn page_of(asked: &Asked) -> String {
    ok(&format!("this is {}\n", asked.path))
}

/// Each page is the one that was asked for, in the order in which it was.
#[track_caller]
fn assert_right(pages: Pages, paths: &[String], way: &str) {
    assert_eq!(pages.len(), paths.len(), "{way}");
    for (page, path) in pages.into_iter().zip(paths) {
        let page = page.unwrap_or_else(|error| panic!("{way}: {path}: {error}"));
        let body = format!("this is {path}\n").into_bytes();
        assert_eq!(page, Page { status: 200, body }, "{way}");
    }
}

#[test]
fn each_way_gives_the_same_pages_in_the_same_order() {
    let paths = paths(20);
    for (way, fetch_by) in WAYS {
        let (pages, seen) =
            fetch(fetch_by, &paths, &Limits::default(), |asked| (page_of(asked).into(), true));
        assert_right(pages, &paths, way);
        assert_eq!(seen.requests(), 20, "{way}");
        let connections = seen.connections.into_inner();
        match way {
            "in series" => assert_eq!(connections, 20),
            "in a session" => assert_eq!(connections, 1),
            _ if way.contains("one") => assert_eq!(connections, 1, "{way}"),
            _ => assert!((1..=4).contains(&connections), "{way}: {connections}"),
        }
    }
}

/// Until all four are there, nobody is answered.
#[test]
fn several_pages_are_waited_for_at_once() {
    for (way, fetch_by) in &WAYS[2..5] {
        let paths = paths(4);
        let barrier = Barrier::new(4);
        let limits = Limits { time: patience(), ..Limits::default() };
        let (pages, _) = fetch(*fetch_by, &paths, &limits, |asked| {
            barrier.wait();
            (page_of(asked).into(), true)
        });
        assert_right(pages, &paths, way);
    }
}

#[test]
fn no_more_connections_than_asked_for_are_made() {
    let ways: [(&str, Way); 5] = [
        ("two threads", |urls, limits| by_threads(urls, limits, 2).unwrap()),
        ("an event loop with two", |urls, limits| by_event_loop(urls, limits, 2).unwrap()),
        ("two futures", |urls, limits| by_futures(urls, limits, 2).unwrap()),
        WAYS[5],
        WAYS[6],
    ];
    let paths = paths(12);
    for (way, fetch_by) in ways {
        let (pages, seen) =
            fetch(fetch_by, &paths, &Limits::default(), |asked| (page_of(asked).into(), true));
        assert_right(pages, &paths, way);
        let most = if way.contains("one") { 1 } else { 2 };
        assert!(seen.connections.into_inner() <= most, "{way}");
    }
}

#[test]
fn with_more_connections_than_pages_nothing_is_amiss() {
    for (way, fetch_by) in WAYS {
        for count in [1, 2] {
            let paths = paths(count);
            let (pages, seen) =
                fetch(fetch_by, &paths, &Limits::default(), |asked| (page_of(asked).into(), true));
            assert_right(pages, &paths, way);
            assert!(seen.connections.into_inner() <= count, "{way}");
        }
    }
}

#[test]
fn a_server_that_closes_after_each_answer_is_asked_on_new_connections() {
    let paths = paths(10);
    for (way, fetch_by) in WAYS {
        for says_so in [true, false] {
            let (pages, seen) = fetch(fetch_by, &paths, &Limits::default(), |asked| {
                let body = format!("this is {}\n", asked.path);
                let bytes = match says_so {
                    true => answer("200 OK", "Connection: close\r\n", &body),
                    // The end of the connection is that of the body.
                    false => format!("HTTP/1.1 200 OK\r\n\r\n{body}"),
                };
                (bytes.into_bytes(), false)
            });
            assert_right(pages, &paths, way);
            assert_eq!((seen.requests(), seen.connections.into_inner()), (10, 10), "{way}");
        }
    }
}

/// A server that says that it is the last answer, or sends another one unasked, is believed, and
/// is asked nothing more on that connection; even if it does not close it.
#[test]
fn a_connection_that_is_not_kept_is_not_used_again() {
    let paths = paths(9);
    let unasked = ok("wrong");
    for (way, fetch_by) in WAYS {
        for (fields, behind) in [("Connection: close\r\n", ""), ("", &*unasked)] {
            for last in [1, 2] {
                let most = AtomicUsize::new(0);
                let (pages, _) = fetch(fetch_by, &paths, &Limits::default(), |asked| {
                    most.fetch_max(asked.on_connection, Ordering::SeqCst);
                    let body = format!("this is {}\n", asked.path);
                    let bytes = match asked.on_connection == last {
                        true => answer("200 OK", fields, &body) + behind,
                        false => ok(&body),
                    };
                    (bytes.into_bytes(), true)
                });
                assert_right(pages, &paths, way);
                assert!(most.into_inner() <= last, "{way}");
            }
        }
    }
}

/// It does not say so: sometimes it is noticed, and sometimes a request is on its way.
#[test]
fn a_server_that_closes_without_a_word_is_asked_again() {
    let paths = paths(10);
    for (way, fetch_by) in WAYS {
        let (pages, _) =
            fetch(fetch_by, &paths, &Limits::default(), |asked| (page_of(asked).into(), false));
        assert_right(pages, &paths, way);
    }
}

/// It reads the second request of a connection, and closes without an answer.
#[test]
fn a_request_on_a_used_connection_that_dies_is_sent_again_once() {
    let paths = paths(10);
    for (way, fetch_by) in WAYS {
        let (pages, seen) =
            fetch(fetch_by, &paths, &Limits::default(), |asked| match asked.on_connection {
                1 => (page_of(asked).into(), true),
                _ => (Vec::new(), false),
            });
        assert_right(pages, &paths, way);
        assert!(seen.paths.into_inner().unwrap().into_values().all(|times| times <= 2), "{way}");
    }
    // In the same way it never ends, if the new connection dies as well.
    for (way, fetch_by) in WAYS {
        let (pages, seen) =
            fetch(fetch_by, &paths, &Limits::default(), |asked| match asked.path == "/page/0" {
                true => (page_of(asked).into(), true),
                false => (Vec::new(), false),
            });
        let failed = pages.iter().filter(|page| page.is_err()).count();
        assert_eq!(failed, 9, "{way}");
        assert!(seen.requests() <= 20, "{way}: {}", seen.requests());
    }
}

#[test]
fn a_new_connection_that_dies_is_an_error() {
    for (way, fetch_by) in WAYS {
        let (pages, seen) = fetch(fetch_by, &paths(3), &Limits::default(), |_| (Vec::new(), false));
        for page in pages {
            let error = page.unwrap_err();
            assert!(
                matches!(error, FetchError::NoAnswer | FetchError::Broken(_)),
                "{way}: {error}"
            );
        }
        assert_eq!(seen.requests(), 3, "{way}");
    }
}

#[test]
fn an_answer_that_has_begun_is_not_asked_for_again() {
    for (way, fetch_by) in WAYS {
        for begun in [
            "H",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel",
        ] {
            let paths = paths(6);
            let (pages, seen) = fetch(fetch_by, &paths, &Limits::default(), |asked| {
                match asked.path == "/page/3" {
                    true => (begun.into(), false),
                    false => (page_of(asked).into(), true),
                }
            });
            for (number, page) in pages.into_iter().enumerate() {
                match page {
                    Err(FetchError::CutOff(count)) => {
                        assert_eq!(
                            (number, count),
                            (3, if begun.ends_with("hel") { 3 } else { 0 })
                        );
                    }
                    Err(error) => panic!("{way}: {error}"),
                    Ok(_) => assert_ne!(number, 3, "{way}"),
                }
            }
            assert_eq!(seen.requests(), 6, "{way}");
        }
    }
}

/// The same where it breaks: a connection that is closed while something is unread is reset, and
/// Linux delivers first what came before that.
#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_has_begun_and_breaks_is_not_asked_for_again() {
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel";
    for (way, fetch_by) in [WAYS[1], WAYS[5], WAYS[6]] {
        let connections = AtomicUsize::new(0);
        let mut pages = Live::run(
            |incoming| {
                for conn in incoming {
                    let mut conn = conn.unwrap();
                    connections.fetch_add(1, Ordering::SeqCst);
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        conn.read_exact(&mut byte).unwrap();
                        head.extend(byte);
                    }
                    conn.write_all(ok("first").as_bytes()).unwrap();
                    conn.read_exact(&mut [0]).unwrap();
                    conn.write_all(begun).unwrap();
                }
            },
            |live| {
                let urls = paths(2).into_iter().map(|path| format!("http://{}{path}", live.addr()));
                fetch_by(&urls.map(|each| url(&each)).collect::<Vec<_>>(), &Limits::default())
            },
        );
        let error = pages.remove(1).unwrap_err();
        assert!(matches!(error, FetchError::Broken(_)), "{way}: {error}");
        assert!(pages.remove(0).is_ok() && connections.into_inner() == 1, "{way}");
    }
}

#[test]
fn one_page_that_fails_leaves_the_others_alone() {
    let faults: [(&str, IsFault); 4] = [
        ("garbage\r\n\r\n", |error| matches!(error, FetchError::Malformed(_))),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", |error| {
            matches!(error, FetchError::Malformed(_))
        }),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhellox", |error| {
            matches!(error, FetchError::Malformed(_))
        }),
        ("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\nxxxxxxxxxxxxxxxxx", |error| {
            matches!(error, FetchError::TooLong(16))
        }),
    ];
    let paths = paths(8);
    let limits = Limits { body: 16, ..Limits::default() };
    for (way, fetch_by) in WAYS {
        for (sent, is_it) in &faults {
            for bad in ["/page/0", "/page/5"] {
                let (mut pages, _) =
                    fetch(fetch_by, &paths, &limits, |asked| match asked.path == bad {
                        true => (sent.as_bytes().into(), true),
                        false => (page_of(asked).into(), true),
                    });
                let place = paths.iter().position(|path| path == bad).unwrap();
                let error = pages.remove(place).unwrap_err();
                assert!(is_it(&error), "{way}: {error}");
                let others: Vec<_> = paths.iter().filter(|path| *path != bad).cloned().collect();
                assert_right(pages, &others, way);
            }
        }
    }
}

#[test]
fn a_status_is_a_page_and_so_is_a_redirect() {
    let paths: Vec<_> = ["/200", "/302", "/404", "/500"].map(str::to_owned).into();
    for (way, fetch_by) in WAYS {
        let (pages, seen) = fetch(fetch_by, &paths, &Limits::default(), |asked| {
            let status = asked.path.trim_start_matches('/');
            (answer(&format!("{status} X"), "Location: /200\r\n", status).into(), true)
        });
        let statuses: Vec<_> = pages.into_iter().map(|page| page.unwrap().status).collect();
        assert_eq!((statuses, seen.requests()), (vec![200, 302, 404, 500], 4), "{way}");
    }
}

#[test]
fn bodies_in_chunks_and_none_and_large_ones_come_whole() {
    let large = "x".repeat(300_000);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    let paths: Vec<_> = ["/none", "/large", "/chunked", "/early"].map(str::to_owned).into();
    for (way, fetch_by) in WAYS {
        let (pages, _) = fetch(fetch_by, &paths, &Limits::default(), |asked| {
            let bytes = match asked.path {
                "/none" => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
                "/large" => ok(&large),
                "/chunked" => chunked.clone(),
                _ => format!("HTTP/1.1 103 Early\r\n\r\n{}", ok("early")),
            };
            (bytes.into_bytes(), true)
        });
        let lengths: Vec<_> = pages.into_iter().map(|page| page.unwrap().body.len()).collect();
        assert_eq!(lengths, [0, 300_000, 300_000, 5], "{way}");
    }
}

/// One is silent, and the others are answered; what came of it is said.
#[test]
fn a_page_that_takes_too_long_is_given_up() {
    let limits = Limits { time: Duration::from_millis(500), ..Limits::default() };
    let paths = paths(4);
    let begun = [
        ("", Stage::Head),
        ("HTTP/1.1 200 OK\r\n", Stage::Head),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel", Stage::Body(3)),
    ];
    let try_it = |way: &str, fetch_by: Way, sent: &str, is_it: Stage| {
        let (mut pages, _) = fetch(fetch_by, &paths, &limits, |asked| match asked.path {
            "/page/1" => (sent.into(), true),
            _ => (page_of(asked).into(), true),
        });
        let error = pages.remove(1).unwrap_err();
        let is_right = matches!(error, FetchError::Deadline(stage) if stage == is_it);
        assert!(is_right, "{way}: {error}");
        assert_right(pages, &[0, 2, 3].map(|number| paths[number].clone()), way);
    };
    // Side by side: each waits.
    thread::scope(|scope| {
        for (way, fetch_by) in WAYS {
            let try_it = &try_it;
            begun.iter().for_each(|(sent, stage)| {
                scope.spawn(move || try_it(way, fetch_by, sent, *stage));
            });
        }
    });
}

/// Two addresses, of which the first may be one where nobody listens.
#[test]
fn a_name_with_two_addresses_is_as_good_as_an_address() {
    let paths = paths(6);
    for (way, fetch_by) in WAYS {
        let name = |address: SocketAddr| format!("localhost:{}", address.port());
        let (pages, _) = fetch_from(name, fetch_by, &paths, &Limits::default(), |asked| {
            (page_of(asked).into(), true)
        });
        assert_right(pages, &paths, way);
    }
}

#[test]
fn where_nobody_listens_each_page_is_refused() {
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).unwrap();
    // The port of a client, which is taken.
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let address = client.local_addr().unwrap();
    let urls: Vec<_> =
        paths(3).iter().map(|path| url(&format!("http://{address}{path}"))).collect();
    for (way, fetch_by) in WAYS {
        let pages = fetch_by(&urls, &Limits::default());
        assert_eq!(pages.len(), 3);
        for page in pages {
            let error = page.unwrap_err();
            assert!(matches!(error, FetchError::Connect(_, _)), "{way}: {error}");
        }
    }
}

#[test]
fn those_who_wait_in_one_thread_fetch_from_one_server() {
    let limits = Limits::default();
    let urls = ["http://a.test/", "http://b.test/"].map(url);
    let ways: [WayOfMany; 2] = [by_event_loop, by_futures];
    for way in ways {
        let error = way(&urls, &limits, 2).unwrap_err().to_string();
        assert!(error.contains("http://b.test/ is of another server than a.test"), "{error}");
        assert!(way(&[], &limits, 2).is_err());
        assert!(way(&[url("https://a.test/")], &limits, 2).is_err());
    }
    assert!(by_threads(&urls, &limits, 0).is_err());
}
