//! How long a whole exchange may take.

use super::scripted::url;
use ch19::{Deadline, FetchError, Limits, Session, Stage};
use mock::{Live, patience};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn it_is_over_when_its_time_has_passed() {
    let before = Instant::now();
    let deadline = Deadline::within(MINUTE);
    let after = Instant::now();
    assert!((before + MINUTE..=after + MINUTE).contains(&deadline.at()));
    let left = deadline.left();
    assert!(left <= MINUTE && left > Duration::ZERO);
    assert!(left >= deadline.at().saturating_duration_since(Instant::now()));
    let over = Deadline::within(Duration::ZERO);
    assert_eq!(over.left(), Duration::ZERO);
}

#[test]
fn bytes_buy_seconds_at_a_rate_and_else_nothing() {
    let start = Deadline::within(MINUTE);
    for (rate, seconds) in [
        (None, [0, 0, 0, 0]),
        (Some(0), [0, 0, 0, 0]),
        (Some(100), [0, 1, 1, 20]),
        (Some(1), [99, 100, 199, 2000]),
        (Some(u64::MAX), [0, 0, 0, 0]),
    ] {
        for (received, bought) in [99, 100, 199, 2000].into_iter().zip(seconds) {
            let mut deadline = start.or_at(rate);
            deadline.receive(received);
            assert_eq!(deadline.at() - start.at(), Duration::from_secs(bought), "{rate:?}");
            // It does not matter how they come.
            let mut deadline = start.or_at(rate);
            (0..received).for_each(|_| deadline.receive(1));
            assert_eq!(deadline.at() - start.at(), Duration::from_secs(bought), "{rate:?}");
        }
    }
}

/// Sends `start`, and then a byte now and then, as long as somebody takes it.
fn dripping(start: &'static [u8], byte: &'static [u8]) -> impl Fn(TcpStream) {
    move |mut conn| {
        let _ = conn.read(&mut [0; 1000]);
        let (_never, pace) = mpsc::channel::<()>();
        let until = Instant::now() + patience() / 2;
        let mut taken = conn.write_all(start);
        while taken.is_ok() && Instant::now() < until {
            let _ = pace.recv_timeout(Duration::from_millis(10));
            taken = conn.write_all(byte);
        }
    }
}

/// How long the clients of these servers wait.
const TIME: Duration = Duration::from_millis(300);

/// How a server's client fares.
fn outcome(serve: impl Fn(TcpStream) + Sync) -> (FetchError, Duration) {
    let limits = Limits { time: TIME, ..Limits::default() };
    Live::run(
        |incoming| {
            thread::scope(|scope| {
                for conn in incoming {
                    let serve = &serve;
                    scope.spawn(move || serve(conn.unwrap()));
                }
            })
        },
        |live| {
            let started = Instant::now();
            let session = Session::new(limits);
            let outcome = session.get(&format!("http://{}/", live.addr()));
            let outcome = outcome.and_then(|response| response.bytes());
            (outcome.unwrap_err(), started.elapsed())
        },
    )
}

/// A timeout for each read would never be met by the first two.
#[test]
fn a_server_that_drips_is_left_when_the_time_is_over() {
    let body = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b".");
    let head = dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x");
    let silent = |mut conn: TcpStream| while let Ok(1..) = conn.read(&mut [0; 1000]) {};
    let is_in_head = |error: &FetchError| matches!(error, FetchError::Deadline(Stage::Head));
    let check = |(error, took): (FetchError, Duration), is_right: &dyn Fn(&FetchError) -> bool| {
        assert!(is_right(&error), "{error}");
        assert!(took >= TIME && took < patience() / 2, "{took:?}");
    };
    // Side by side: each waits.
    thread::scope(|scope| {
        scope.spawn(|| {
            check(outcome(body), &|error| matches!(error, FetchError::Deadline(Stage::Body(1..))));
        });
        scope.spawn(|| check(outcome(head), &is_in_head));
        scope.spawn(|| check(outcome(silent), &is_in_head));
    });
}

/// Redirect after redirect, each in time, and all of them not.
#[test]
fn redirects_have_no_time_of_their_own() {
    let redirect = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n";
    let limits = Limits { time: TIME, redirects: usize::MAX, ..Limits::default() };
    let (error, took) = Live::run(
        |incoming| {
            let (_never, pace) = mpsc::channel::<()>();
            for conn in incoming {
                let mut conn = conn.unwrap();
                while let Ok(1..) = conn.read(&mut [0; 1000]) {
                    let _ = pace.recv_timeout(Duration::from_millis(10));
                    if conn.write_all(redirect).is_err() {
                        break;
                    }
                }
            }
        },
        |live| {
            let started = Instant::now();
            let address = format!("http://{}/", live.addr());
            // In a thread of its own, or a client without end would be a test without end.
            let (done, ended) = mpsc::channel();
            thread::spawn(move || {
                let _ = done.send(Session::new(limits).get(&address).map(drop));
            });
            let outcome = ended.recv_timeout(patience()).expect("it ends");
            (outcome.unwrap_err(), started.elapsed())
        },
    );
    assert!(matches!(error, FetchError::Deadline(Stage::Send | Stage::Head)), "{error}");
    assert!(took < patience(), "{took:?}");
}

/// Nobody takes what we send.
#[test]
fn a_request_that_is_not_taken_ends_when_the_time_is_over() {
    // On a busy machine it takes a while to connect.
    let limits = Limits { time: 2 * TIME, ..Limits::default() };
    let (closed, wait) = mpsc::channel::<()>();
    let error = Live::run(
        move |incoming| {
            let held: Vec<_> = incoming.collect();
            let _ = wait.recv_timeout(patience());
            drop(held);
        },
        |live| {
            let request = ch19::Request::post(url(&format!("http://{}", live.addr())).as_str());
            let request = request.unwrap().body(vec![0; 16 * 1024 * 1024]);
            let outcome = Session::new(limits).send(request).map(drop);
            drop(closed);
            outcome.unwrap_err()
        },
    );
    assert!(matches!(error, FetchError::Deadline(Stage::Send)), "{error}");
}
