//! What a client remembers from one request to the next.

use super::scripted::{Servers, answer, answers, asked, headers, lead, ok};
use ch19::{FetchError, Limits, Request, Response, Session};
use mock::{MockConnection, Script, assert_bytes};
use std::io::{ErrorKind, Read};
use std::thread;
use std::time::Duration;

#[track_caller]
fn text(outcome: Result<Response, FetchError>) -> String {
    outcome.expect("an answer").text().expect("its body")
}

fn request(method: &str, url: &str) -> Request {
    Request::new(method, url).expect("a URL")
}

/// The length of what is sent for `request`.
fn length(request: &Request) -> usize {
    request.encode(None).unwrap().len()
}

/// The values of a field in all that was sent to a server.
fn sent(servers: &Servers, number: usize, name: &str) -> Vec<String> {
    let sent = String::from_utf8(servers.peer(number).sent()).unwrap();
    let start = format!("{name}: ");
    sent.lines().filter_map(|line| line.strip_prefix(&*start)).map(str::to_owned).collect()
}

#[test]
fn what_is_granted_is_bounded() {
    let limits = Limits::default();
    assert_eq!((limits.time, limits.idle_time), (Duration::from_secs(30), Duration::from_secs(60)));
    assert_eq!((limits.body, limits.slowest_rate), (16 * 1024 * 1024, None));
    assert_eq!((limits.redirects, limits.idle_connections), (20, 64));
}

// Connections

#[test]
fn a_connection_is_used_again_when_the_body_was_read() {
    let servers = Servers::new([answers([ok("one"), ok("two"), ok("three")])]);
    let session = servers.session();
    for (path, body) in [("a", "one"), ("b", "two"), ("c", "three")] {
        assert_eq!(text(session.get(&format!("http://test/{path}"))), body);
    }
    assert_eq!(servers.connects(), 1);
    assert_eq!(servers.asked(0), ["GET /a", "GET /b", "GET /c"]);
}

#[test]
fn an_answer_without_a_body_gives_the_connection_back_at_once() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_owned();
    let none = "HTTP/1.1 204 No Content\r\n\r\n".to_owned();
    let servers = Servers::new([answers([ok(""), head, none, ok("")])]);
    let session = servers.session();
    let first = session.get("http://test/").unwrap();
    let second = session.send(request("HEAD", "http://test/")).unwrap();
    assert_eq!(second.length(), Some(5));
    let third = session.get("http://test/").unwrap();
    let fourth = session.get("http://test/").unwrap();
    assert_eq!([first.status, third.status, fourth.status], [200, 204, 200]);
    assert_eq!(servers.connects(), 1);
    [first, second, third, fourth]
        .into_iter()
        .for_each(|answer| assert_eq!(answer.bytes().unwrap(), b""));
}

#[test]
fn while_an_answer_is_read_its_connection_is_nobody_elses() {
    let servers = Servers::new([answers([ok("one")]), answers([ok("two")])]);
    let session = servers.session();
    let first = session.get("http://test/").unwrap();
    assert_eq!(text(session.get("http://test/")), "two");
    assert_eq!(text(Ok(first)), "one");
    assert_eq!(servers.connects(), 2);
}

#[test]
fn an_answer_that_is_dropped_before_its_end_closes_the_connection() {
    let servers = Servers::new([answers([ok("hello")]), answers([ok("two")])]);
    let session = servers.session();
    let mut response = session.get("http://test/").unwrap();
    response.read_exact(&mut [0; 4]).unwrap();
    drop(response);
    assert!(servers.peer(0).is_closed());
    assert_eq!(text(session.get("http://test/")), "two");
}

#[test]
fn read_to_its_end_an_answer_need_not_be_dropped() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for first in [ok("hello"), chunked.to_owned()] {
        let servers = Servers::new([answers([first, ok("two")])]);
        let session = servers.session();
        let mut response = session.get("http://test/").unwrap();
        let mut body = String::new();
        response.read_to_string(&mut body).unwrap();
        assert_eq!(text(session.get("http://test/")), "two");
        assert_eq!((&*body, servers.connects()), ("hello", 1));
        assert_eq!(response.read(&mut [0; 9]).unwrap(), 0);
    }
}

#[test]
fn what_the_server_does_not_keep_is_closed() {
    let until_end = "HTTP/1.1 200 OK\r\n\r\nhello";
    for (first, connection) in [
        (answers([answer("200 OK", "Connection: close\r\n", "hello")]), "said to close"),
        (answers([ok("hello").replace("1.1", "1.0")]), "old"),
        (Script::new().bytes(until_end), "without a length"),
        (answers([ok("hello") + "unasked"]), "more than was asked for"),
    ] {
        let servers = Servers::new([first, answers([ok("two")])]);
        let session = servers.session();
        assert_eq!(text(session.get("http://test/")), "hello");
        assert!(servers.peer(0).is_closed(), "{connection}");
        assert_eq!(text(session.get("http://test/")), "two");
        assert_eq!(servers.connects(), 2);
    }
}

#[test]
fn each_origin_has_its_own_connections() {
    let servers =
        Servers::new((0..4).map(|number| answers([ok(&format!("{number}")), ok("again")])));
    let session = servers.session();
    let urls = ["http://test/", "http://other/", "http://test:81/", "http://a.test/"];
    for (number, url) in urls.iter().enumerate() {
        assert_eq!(text(session.get(url)), number.to_string());
    }
    urls.iter().for_each(|url| assert_eq!(text(session.get(url)), "again"));
    assert_eq!(servers.origins(), ["test", "other", "test:81", "a.test"]);
}

/// The server closed it while nobody asked: nothing is sent on it.
#[test]
fn a_connection_that_the_server_has_closed_is_noticed_before_something_is_sent() {
    for method in ["GET", "POST"] {
        let servers = Servers::new([answers([ok("one")]), answers([ok("two")])]);
        let session = servers.session();
        assert_eq!(text(session.get("http://test/")), "one");
        servers.leave(0);
        assert_eq!(text(session.send(request(method, "http://test/"))), "two");
        assert_eq!(servers.asked(0), ["GET /"]);
        assert!(servers.peer(0).is_closed());
    }
}

/// Two connections that nobody uses: they are given back in this order.
fn two_idle(servers: &Servers, session: &Session) {
    let first = session.get("http://test/").unwrap();
    assert_eq!(text(session.get("http://test/")), "one");
    assert_eq!(text(Ok(first)), "one");
    assert_eq!(servers.connects(), 2);
}

#[test]
fn the_connection_that_was_used_last_is_used_first() {
    let servers =
        Servers::new([answers([ok("one"), ok("first")]), answers([ok("one"), ok("second")])]);
    let session = servers.session();
    two_idle(&servers, &session);
    assert_eq!(text(session.get("http://test/")), "first");
    // When it is gone, the other one.
    servers.leave(0);
    assert_eq!(text(session.get("http://test/")), "second");
    assert_eq!(servers.connects(), 2);
}

#[test]
fn so_many_connections_are_kept_and_of_more_the_oldest_is_closed() {
    for (limit, closed) in [(0, [true, true]), (1, [false, true]), (2, [false, false])] {
        let servers = Servers::new([answers([ok("one")]), answers([ok("one")])]);
        let session = servers.session_with(Limits { idle_connections: limit, ..Limits::default() });
        two_idle(&servers, &session);
        assert_eq!([0, 1].map(|number| servers.peer(number).is_closed()), closed, "{limit}");
    }
}

#[test]
fn a_connection_is_kept_for_a_time() {
    for (idle_time, connects) in [(Duration::ZERO, 2), (Duration::from_secs(60), 1)] {
        let servers = Servers::new([answers([ok("one"), ok("again")]), answers([ok("two")])]);
        let session = servers.session_with(Limits { idle_time, ..Limits::default() });
        text(session.get("http://test/"));
        text(session.get("http://test/"));
        assert_eq!(servers.connects(), connects);
        assert_eq!(servers.peer(0).is_closed(), connects == 2);
    }
}

// A connection that dies

/// Servers of which the first answers once and then dies in this way.
fn dying(script: Script) -> Servers {
    Servers::new([script, answers([ok("again")])])
}

/// The ways in which a connection dies before a byte of the second answer came.
fn deaths() -> Vec<Servers> {
    let first = || asked(Script::new(), 1).bytes(ok("one"));
    let written = |kind, more| {
        let (conn, peer) = MockConnection::pair(first());
        let taken = length(&request("GET", "http://test/")) + more;
        let dying = (conn.fail_writes_after(taken, kind), peer);
        Servers::of([dying, MockConnection::pair(answers([ok("again")]))])
    };
    vec![
        dying(asked(first(), 2)),
        dying(asked(first(), 2).reset()),
        dying(asked(first(), 2).fail(ErrorKind::ConnectionAborted)),
        dying(first()),
        written(ErrorKind::BrokenPipe, 0),
        written(ErrorKind::ConnectionReset, 10),
    ]
}

#[test]
fn what_may_be_done_twice_is_sent_again_when_a_used_connection_dies() {
    for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"] {
        for servers in deaths() {
            let session = servers.session();
            assert_eq!(text(session.get("http://test/")), "one");
            let response = session.send(request(method, "http://test/two").body("x")).unwrap();
            assert_eq!(response.status, 200);
            assert_eq!(servers.connects(), 2, "{method}");
            assert_eq!(servers.asked(1), [format!("{method} /two")]);
            assert!(servers.peer(0).is_closed());
        }
    }
}

#[test]
fn what_may_not_be_done_twice_is_not_sent_again() {
    for method in ["POST", "PATCH", "get", "BREW"] {
        for servers in deaths() {
            let session = servers.session();
            assert_eq!(text(session.get("http://test/")), "one");
            let outcome = session.send(request(method, "http://test/two"));
            let Err(error) = outcome else { panic!("{method} was answered") };
            assert!(matches!(error, FetchError::NoAnswer | FetchError::Broken(_)), "{error}");
            assert_eq!(servers.connects(), 1, "{method}");
            // It is not kept, either.
            assert_eq!(text(session.get("http://test/")), "again");
        }
    }
}

#[test]
fn it_is_sent_again_once_and_on_a_new_connection() {
    let first = || asked(asked(Script::new(), 1).bytes(ok("one")), 2);
    let dead = || asked(Script::new(), 1);
    let servers = Servers::new([first(), dead(), answers([ok("too often")])]);
    let session = servers.session();
    assert_eq!(text(session.get("http://test/")), "one");
    let Err(error) = session.get("http://test/two") else { panic!("it was sent again and again") };
    assert!(matches!(error, FetchError::NoAnswer), "{error}");
    assert_eq!(servers.connects(), 2);

    // Not on another one that is as old: it would be as dead.
    let servers = Servers::new([first(), first(), answers([ok("new")])]);
    let session = servers.session();
    two_idle(&servers, &session);
    assert_eq!(text(session.get("http://test/two")), "new");
    assert_eq!(servers.asked(1), ["GET /"]);
    assert_eq!(servers.asked(2), ["GET /two"]);
}

#[test]
fn the_death_of_a_new_connection_is_an_error() {
    for script in [asked(Script::new(), 1), asked(Script::new(), 1).reset(), Script::new()] {
        let servers = Servers::new([script, answers([ok("two")])]);
        assert!(servers.session().get("http://test/").is_err());
        assert_eq!(servers.connects(), 1);
    }
    let refused = Servers::default().session().get("http://test/").map(drop);
    assert!(matches!(refused, Err(FetchError::Connect(_, _))), "{refused:?}");
}

#[test]
fn after_the_first_byte_nothing_is_sent_again() {
    let second = || asked(asked(Script::new(), 1).bytes(ok("one")), 2);
    for script in [
        second().bytes("H"),
        second().bytes("H").reset(),
        second().bytes("HTTP/1.1 100 Continue\r\n\r\n"),
        second().bytes("HTTP/1.1 100 Continue\r\n\r\n").reset(),
        second().bytes("HTTP/1.1 100 Continue\r\n\r\nH"),
        // Nor if the answer is none, or comes too late.
        second().bytes("garbage\r\n\r\n"),
        second().fail(ErrorKind::TimedOut),
    ] {
        let servers = Servers::new([script, answers([ok("again")])]);
        let session = servers.session();
        assert_eq!(text(session.get("http://test/")), "one");
        assert!(session.get("http://test/two").is_err());
        assert_eq!(servers.connects(), 1);
    }
    // In the body it is said by the body.
    let cut = ok("hello").replace("hello", "hel");
    let servers = Servers::new([second().bytes(cut), answers([ok("again")])]);
    let session = servers.session();
    text(session.get("http://test/"));
    let error = session.get("http://test/two").unwrap().bytes().unwrap_err();
    assert!(matches!(error, FetchError::CutOff(3)), "{error}");
    assert_eq!(servers.connects(), 1);
}

/// 413, and the rest of the request goes nowhere.
#[test]
fn an_early_answer_is_an_answer() {
    let request = request("POST", "http://test/").body(vec![b'x'; 100_000]);
    let (conn, peer) = MockConnection::pair(answer("413 Too Large", "", "too much"));
    let early = (conn.fail_writes_after(5000, ErrorKind::ConnectionReset), peer);
    let servers = Servers::of([early, MockConnection::pair(answers([ok("two")]))]);
    let session = servers.session();
    let response = session.send(request).unwrap();
    assert_eq!(response.status_line(), "413 Too Large");
    assert_eq!(text(Ok(response)), "too much");
    assert!(servers.peer(0).is_closed());
    assert_eq!(text(session.get("http://test/")), "two");
}

// Redirects

#[test]
fn redirects_are_followed_and_remembered() {
    let servers = Servers::new([
        answers([lead(302, "/two"), lead(301, "//other/three#part")]),
        answers([ok("arrived")]),
    ]);
    let response = servers.session().get("http://test/one").unwrap();
    assert_eq!(response.url.as_str(), "http://other/three#part");
    let history: Vec<_> = response.history.iter().map(|url| url.as_str()).collect();
    assert_eq!(history, ["http://test/one", "http://test/two"]);
    assert_eq!(text(Ok(response)), "arrived");
    assert_eq!(servers.asked(0), ["GET /one", "GET /two"]);
    assert_eq!(
        (servers.asked(1), servers.origins()),
        (vec!["GET /three".into()], vec!["test".into(), "other".into()])
    );
    // Whom nobody redirects has no history.
    let servers = Servers::new([answers([ok("")])]);
    let response = servers.session().get("http://test/").unwrap();
    assert_eq!((response.url.as_str(), response.history.len()), ("http://test/", 0));
}

#[test]
fn a_redirect_changes_what_is_sent() {
    let servers = Servers::new([answers([lead(302, "/two"), ok("arrived")])]);
    let post = request("POST", "http://test/one").form([("a", "b")]);
    assert_eq!(text(servers.session().send(post)), "arrived");
    let sent = String::from_utf8(servers.peer(0).sent()).unwrap();
    let (first, second) = sent.split_once("a=b").expect("the form");
    assert!(first.starts_with("POST /one ") && first.ends_with("Content-Length: 3\r\n\r\n"));
    assert!(second.starts_with("GET /two ") && !second.contains("Content-"), "{second}");

    let servers = Servers::new([answers([lead(307, "/two"), ok("arrived")])]);
    let post = request("POST", "http://test/one").form([("a", "b")]);
    assert_eq!(text(servers.session().send(post)), "arrived");
    let sent = String::from_utf8(servers.peer(0).sent()).unwrap();
    assert_eq!(sent.matches("Content-Length: 3\r\n\r\na=b").count(), 2, "{sent}");
}

#[test]
fn so_many_redirects_are_followed_and_not_one_more() {
    for limit in [1, 3, 20] {
        let leads = |count: usize| (1..=count).map(|number| lead(302, &format!("/{number}")));
        let limits = || Limits { redirects: limit, ..Limits::default() };
        let servers = Servers::new([answers(leads(limit).chain([ok("arrived")]))]);
        let response = servers.session_with(limits()).get("http://test/0").unwrap();
        assert_eq!(response.history.len(), limit);
        assert_eq!(text(Ok(response)), "arrived");

        let servers = Servers::new([answers(leads(limit + 1).chain([ok("arrived")]))]);
        let Err(FetchError::Redirects(urls)) = servers.session_with(limits()).get("http://test/0")
        else {
            panic!("{limit} is no limit")
        };
        let paths: Vec<_> = urls.iter().map(|url| url.path().to_owned()).collect();
        let expected: Vec<_> = (0..=limit + 1).map(|number| format!("/{number}")).collect();
        assert_eq!(paths, expected);
        // The one too many is not asked for.
        assert_eq!(servers.asked(0).len(), limit + 1);
    }
    assert_eq!(Limits::default().redirects, 20);
}

#[test]
fn a_circle_is_named() {
    let servers = Servers::new([answers(["/b", "/a"].repeat(11).iter().map(|to| lead(302, to)))]);
    let Err(error) = servers.session().get("http://test/a") else { panic!("it has an end") };
    assert_eq!(
        error.to_string(),
        "redirected in a circle: http://test/b http://test/a http://test/b"
    );
    assert_eq!(servers.asked(0).len(), 21);
}

#[test]
fn a_redirect_may_be_taken_for_the_answer() {
    let servers = Servers::new([answers([lead(302, "https://test/"), ok("two")])]);
    let session = servers.session_with(Limits { redirects: 0, ..Limits::default() });
    let response = session.get("http://test/").unwrap();
    assert_eq!((response.status, response.url.as_str()), (302, "http://test/"));
    assert!(response.history.is_empty());
    assert_eq!(text(Ok(response)), "go on");
}

#[test]
fn a_redirect_without_a_place_is_an_answer_and_one_to_nowhere_an_error() {
    let servers =
        Servers::new([answers([answer("302 Found", "", "where?"), lead(302, "https://test/")])]);
    let session = servers.session();
    let response = session.get("http://test/").unwrap();
    assert_eq!((response.status, text(Ok(response))), (302, "where?".into()));
    let Err(error) = session.get("http://test/") else { panic!("it speaks TLS") };
    assert!(error.to_string().contains("TLS"), "{error}");
}

/// What a redirect says besides is read, if that is less work than another connection.
#[test]
fn the_body_of_a_redirect_is_passed_over() {
    for (length, connects) in [(0, 1), (5, 1), (60_000, 1), (200_000, 2)] {
        let fields = "Location: /two\r\n";
        let first = answer("302 Found", fields, &"x".repeat(length));
        let servers = Servers::new([answers([first, ok("one")]), answers([ok("two")])]);
        let session = servers.session();
        text(session.get("http://test/"));
        assert_eq!(servers.connects(), connects, "{length}");
        assert_eq!(servers.peer(0).is_closed(), connects == 2);
    }
    // One that ends in the middle is of no interest.
    let cut = lead(302, "/two").replace("go on", "go");
    let servers = Servers::new([asked(Script::new(), 1).bytes(cut), answers([ok("two")])]);
    assert_eq!(text(servers.session().get("http://test/")), "two");
}

#[test]
fn all_of_an_exchange_has_one_deadline() {
    let servers = Servers::new([
        answers([ok("zero"), lead(302, "/two"), lead(302, "http://other/")]),
        answers([ok("hello")]),
    ]);
    let session = servers.session();
    text(session.get("http://test/"));
    let before = servers.deadlines().len();
    text(session.get("http://test/one"));
    let given = servers.deadlines().split_off(before);
    assert!(given.len() >= 6 && given.iter().all(|at| *at == given[0]), "{given:?}");
    // The next exchange has its own.
    assert!(servers.deadlines()[0] < given[0]);
}

#[test]
fn the_rate_of_the_limits_is_that_of_the_deadline() {
    let servers = Servers::new([Script::new()
        .bytes("HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n")
        .bytes([b'x'; 200])
        .bytes([b'x'; 100])]);
    let session = servers.session_with(Limits { slowest_rate: Some(100), ..Limits::default() });
    text(session.get("http://test/"));
    let given = servers.deadlines();
    assert_eq!(*given.last().unwrap() - given[0], Duration::from_secs(2));
}

// Cookies and fields

#[test]
fn cookies_are_told_to_those_who_set_them_and_on_the_way_too() {
    let set = "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nLocation: http://other/\r\n";
    let servers = Servers::new([
        answers([answer("302 Found", set, ""), ok("again")]),
        answers([answer("302 Found", "Location: http://test/two\r\nSet-Cookie: c=3\r\n", "")]),
    ]);
    let session = servers.session();
    assert_eq!(text(session.get("http://test/one")), "again");
    assert_eq!(sent(&servers, 0, "Cookie"), ["a=1; b=2"]);
    assert!(sent(&servers, 1, "Cookie").is_empty());
    assert_eq!(servers.asked(0), ["GET /one", "GET /two"]);
}

#[test]
fn cookies_are_kept_and_taken_back_from_one_request_to_the_next() {
    let servers = Servers::new([answers([
        answer("404 Not Found", "Set-Cookie: a=1\r\n", ""),
        answer("200 OK", "Set-Cookie: a=; Max-Age=0\r\n", ""),
        ok(""),
    ])]);
    let session = servers.session();
    (0..3).for_each(|_| drop(session.get("http://test/").unwrap()));
    assert_eq!(sent(&servers, 0, "Cookie"), ["a=1"]);
    assert_eq!(servers.asked(0).len(), 3);
    // Where redirects are answers, too.
    let first = answer("302 Found", "Set-Cookie: a=1\r\nLocation: /\r\n", "");
    let servers = Servers::new([answers([first, ok("")])]);
    let session = servers.session_with(Limits { redirects: 0, ..Limits::default() });
    (0..2).for_each(|_| drop(session.get("http://test/").unwrap()));
    assert_eq!(sent(&servers, 0, "Cookie"), ["a=1"]);
}

#[test]
fn a_cookie_that_was_set_by_hand_takes_the_place_of_the_jars() {
    let servers = Servers::new([answers([answer("200 OK", "Set-Cookie: a=1\r\n", ""), ok("")])]);
    let session = servers.session();
    session.get("http://test/").unwrap();
    session.send(request("GET", "http://test/").header("Cookie", "own=1").unwrap()).unwrap();
    assert_eq!(sent(&servers, 0, "Cookie"), ["own=1"]);
}

#[test]
fn the_fields_of_the_session_are_those_of_every_request_that_has_none_of_the_name() {
    let servers = Servers::new([answers([ok(""), ok(""), ok("")])]);
    let mut session = servers.session();
    session.headers = headers(&[("Accept", "text/html"), ("X", "session")]);
    session.get("http://test/").unwrap();
    session.send(request("GET", "http://test/").header("x", "own").unwrap()).unwrap();
    session.get("http://test/").unwrap();
    assert_eq!(sent(&servers, 0, "Accept"), ["text/html"; 3]);
    assert_eq!(sent(&servers, 0, "X"), ["session", "session"]);
    assert_eq!(sent(&servers, 0, "x"), ["own"]);
}

#[test]
fn a_password_of_the_session_is_not_told_to_strangers() {
    let servers = Servers::new([answers([lead(302, "http://other/")]), answers([ok("")])]);
    let mut session = servers.session();
    session.headers = headers(&[("Authorization", "secret"), ("Accept", "y")]);
    session.get("http://test/").unwrap();
    assert_eq!(sent(&servers, 0, "Authorization"), ["secret"]);
    assert!(sent(&servers, 1, "Authorization").is_empty());
    assert_eq!(sent(&servers, 1, "Accept"), ["y"]);
}

#[test]
fn what_cannot_be_asked_is_not_sent() {
    let servers = Servers::new([answers([ok("")])]);
    let session = servers.session();
    assert!(matches!(session.get("https://test/"), Err(FetchError::Url { .. })));
    let bad = session.send(request("GE T", "http://test/"));
    assert!(matches!(bad, Err(FetchError::Request(_))));
    assert_eq!(servers.connects(), 0);
}

#[test]
fn a_status_is_an_answer_whatever_it_says() {
    for status in [200, 299, 300, 400, 404, 500, 599, 999] {
        let servers = Servers::new([answers([answer(&format!("{status} X"), "", "body")])]);
        let response = servers.session().get("http://test/").unwrap();
        assert_eq!(response.status, status);
        assert_eq!(text(Ok(response)), "body");
    }
}

#[test]
fn threads_may_share_a_session() {
    const THREADS: usize = 8;
    let servers =
        Servers::new((0..THREADS).map(|_| answers((0..THREADS * 20).map(|_| ok("hello")))));
    let session = servers.session();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                (0..20).for_each(|_| assert_eq!(text(session.get("http://test/")), "hello"))
            });
        }
    });
    let asked: usize = (0..THREADS).map(|number| servers.asked(number).len()).sum();
    assert_eq!(asked, THREADS * 20);
    assert!(servers.connects() <= THREADS);
    assert_bytes!(servers.peer(0).sent()[..7], "GET / H");
}
