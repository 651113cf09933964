//! What chapter 6 promises.

use ch06::{
    DRAIN_BYTES, Head, HttpServer, Limits, PICTURE, Permit, Permits, SLOWEST_RATE, TimedStream,
    answer, escape_controls, lingering_close, read_some, serve,
};
use mock::{
    Ending, Events, Gate, Live, MockClient, MockConnection, Reply, Script, TcpClient, alone,
    assert_bytes, at_once, for_every_split, patience,
};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// A request as a browser sends it.
const REQUEST: &[u8] = b"GET /picture.png HTTP/1.1\r\n\
    Host: localhost:8006\r\n\
    Accept: image/*\r\n\
    \r\n";

/// Short enough for a test to wait for it.
const SHORT: Duration = Duration::from_millis(200);

/// What `wait` returns, which must not wait for ever.
fn in_time<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, returned) = mpsc::channel();
    thread::spawn(move || done.send(wait()));
    match returned.recv_timeout(patience()) {
        Ok(returned) => returned,
        Err(RecvTimeoutError::Timeout) => panic!("it should have returned by now"),
        Err(RecvTimeoutError::Disconnected) => panic!("its thread panicked: see above"),
    }
}

/// A connection over TCP: our side and the client's.
fn tcp() -> (TcpStream, TcpClient) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpClient::connect(listener.local_addr().unwrap());
    (listener.accept().unwrap().0, client)
}

// The stages alone: on_request

fn head(method: &str, target: &str) -> Head {
    let (method, target) = (method.to_owned(), target.to_owned());
    Head { method, target, protocol: "HTTP/1.1".to_owned(), headers: Vec::new() }
}

#[test]
fn a_request_is_turned_into_an_answer_without_a_connection() {
    let server = HttpServer::default();
    let greeting = server.on_request(&head("GET", "/"));
    assert_bytes!(greeting, answer(&head("GET", "/")));
    assert_eq!(Reply::parse(greeting).text(), "Hi there!\n");
    let picture = server.on_request(&head("GET", "/picture.png"));
    assert_bytes!(Reply::parse(picture).body, PICTURE);
}

// The stages alone: on_connect

/// What a client hears that sends `input`, and what `on_connect` returns.
fn converse(server: &HttpServer, input: impl Into<Script>) -> (Vec<u8>, io::Result<()>) {
    let (mut conn, peer) = MockConnection::pair(input);
    let result = server.on_connect(&mut conn, None);
    (peer.sent(), result)
}

/// What a client hears whose conversation goes well.
fn heard(input: impl Into<Script>) -> Vec<u8> {
    let (sent, result) = converse(&HttpServer::default(), input);
    result.unwrap();
    sent
}

#[test]
fn a_client_sees_the_greeting_and_the_picture() {
    let server = HttpServer::default();
    let client = MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap());
    let reply = client.get("/");
    assert_eq!((reply.version, reply.status, reply.text()), (0, 200, "Hi there!\n"));
    assert_eq!(reply.header("Server"), Some("OwnHands/0.1"));
    assert_eq!(reply.header("Connection"), Some("close"));
    let reply = client.get("/picture.png");
    assert_eq!(reply.header("Content-Type"), Some("image/png"));
    assert_bytes!(reply.body, PICTURE);
    assert_eq!(client.post("/", "who is there?").text(), "Hi there!\n");
}

#[test]
fn a_request_gets_its_answer_however_it_is_cut() {
    let expected = answer(&head("GET", "/picture.png"));
    for_every_split(REQUEST, |input| assert_bytes!(heard(input), expected));
}

#[test]
fn the_answer_is_whole_though_writes_are_short_and_interrupted() {
    for at_most in [1, 7, 1000] {
        let (conn, peer) = MockConnection::pair(REQUEST);
        let mut conn = conn.short_writes(at_most).interrupt_writes();
        HttpServer::default().on_connect(&mut conn, None).unwrap();
        assert_bytes!(Reply::parse(peer.sent()).body, PICTURE);
    }
}

#[test]
fn the_answer_does_not_depend_on_who_asks() {
    let peer: SocketAddr = (Ipv4Addr::new(192, 0, 2, 1), 50_000).into();
    let (mut conn, wire) = MockConnection::pair(REQUEST);
    HttpServer::default().on_connect(&mut conn, Some(peer)).unwrap();
    assert_bytes!(wire.sent(), heard(REQUEST));
}

#[test]
fn the_answer_waits_for_the_blank_line_and_for_nothing_more() {
    let events = Events::new();
    let (thinks, answered) = (Gate::new(), Gate::new());
    let script = Script::new().bytes("GET / HTTP/1.1\r\nHost: mock\r\n").wait(&thinks);
    let (conn, peer) = MockConnection::pair(script.bytes("\r\n").wait(&answered));
    let mut conn = conn.log_to(&events, "client");
    thread::scope(|scope| {
        scope.spawn(move || HttpServer::default().on_connect(&mut conn, None).unwrap());
        events.wait_for("read client blocks");
        let sent_before = peer.sent();
        thinks.open();
        peer.wait_closed();
        answered.open();
        assert_bytes!(sent_before, b"");
    });
    assert_eq!(Reply::parse(peer.sent()).text(), "Hi there!\n");
}

#[test]
fn a_client_that_leaves_without_a_byte_hears_nothing_and_that_is_no_error() {
    assert_bytes!(heard(""), b"");
}

#[test]
fn a_request_that_is_cut_off_or_malformed_is_an_error_and_gets_no_greeting() {
    let malformed = [&b"GET /\r\n\r\n"[..], b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"\r\n\r\n"];
    let cut_off = (1..REQUEST.len()).map(|length| &REQUEST[..length]);
    for input in cut_off.chain(malformed) {
        let (sent, result) = converse(&HttpServer::default(), input);
        assert!(result.is_err(), "{}", input.escape_ascii());
        assert!(!sent.starts_with(b"HTTP/1.0 200"), "{}", input.escape_ascii());
    }
}

#[test]
fn an_error_of_either_side_is_returned() {
    let (_, result) = converse(&HttpServer::default(), Script::new().bytes("GET /").reset());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::ConnectionReset);

    let (conn, peer) = MockConnection::pair(REQUEST);
    let mut conn = conn.fail_writes_after(10, ErrorKind::BrokenPipe);
    let result = HttpServer::default().on_connect(&mut conn, None);
    assert_eq!(result.unwrap_err().kind(), ErrorKind::BrokenPipe);
    assert_eq!(peer.sent().len(), 10);
}

#[test]
fn a_write_that_takes_nothing_is_an_error() {
    let (conn, peer) = MockConnection::pair(REQUEST);
    let mut conn = conn.take_nothing_after(10);
    assert!(HttpServer::default().on_connect(&mut conn, None).is_err());
    assert_eq!(peer.sent().len(), 10);
}

// Nothing is kept from one conversation to the next

#[test]
fn an_answer_does_not_depend_on_what_was_asked_before() {
    let server = HttpServer::default();
    let inputs = [&b""[..], b"GET / HTTP/1.0\r\n\r\n", REQUEST, b"GET /", b"no colon\r\n\r\n"];
    let alone = inputs.map(|input| converse(&HttpServer::default(), input).0);
    for first in inputs {
        for (second, expected) in inputs.iter().zip(&alone) {
            let _ = converse(&server, first);
            let (sent, _) = converse(&server, *second);
            assert_bytes!(sent, expected, "{:?} after {:?}", second, first);
        }
    }
}

#[test]
fn two_conversations_at_once_do_not_mix() {
    let server = HttpServer::default();
    let events = Events::new();
    let answered = Gate::new();
    let script = Script::new().bytes("GET /pict").wait(&answered).bytes("ure.png HTTP/1.0\r\n\r\n");
    let (conn, peer) = MockConnection::pair(script);
    let mut conn = conn.log_to(&events, "slow");
    thread::scope(|scope| {
        scope.spawn(|| server.on_connect(&mut conn, None).unwrap());
        events.wait_for("read slow blocks");
        let (sent, result) = converse(&server, "GET / HTTP/1.0\r\n\r\n");
        answered.open();
        result.unwrap();
        assert_eq!(Reply::parse(sent).text(), "Hi there!\n");
    });
    assert_bytes!(Reply::parse(peer.sent()).body, PICTURE);
}

// The log

#[test]
fn who_is_answered_gets_a_line_in_the_log_and_who_leaves_gets_none() {
    let test = "who_is_answered_gets_a_line_in_the_log_and_who_leaves_gets_none";
    let log = alone(module_path!(), test, &[], || {
        let peer: SocketAddr = (Ipv4Addr::new(192, 0, 2, 1), 50_000).into();
        for (input, peer) in [(REQUEST, Some(peer)), (b"GET /soup HTTP/1.0\r\n\r\n", None)] {
            let (mut conn, _) = MockConnection::pair(input);
            HttpServer::default().on_connect(&mut conn, peer).unwrap();
        }
        heard("");
    });
    let Some(log) = log else { return };
    let [picture, soup] = log.lines().collect::<Vec<_>>()[..] else { panic!("two lines: {log}") };
    for (line, address, request, answer) in [
        (picture, "192.0.2.1:50000", "\"GET /picture.png HTTP/1.1\"", head("GET", "/picture.png")),
        (soup, "-", "\"GET /soup HTTP/1.0\"", head("GET", "/soup")),
    ] {
        assert!(line.starts_with(&format!("{address} {request} ")), "{line}");
        assert!(line.contains(&format!(" {} bytes", self::answer(&answer).len())), "{line}");
    }
}

#[test]
fn nobody_writes_a_log_line_but_the_server() {
    let target = "/\r\n- \"GET /forged\" 200\x1b[2J\0\u{85}\x7f";
    let escaped = escape_controls(target);
    assert!(!escaped.chars().any(char::is_control), "{escaped:?}");
    assert!(escaped.contains("- \"GET /forged\" 200"), "{escaped:?}");
    assert_eq!(escape_controls("GET /caf\u{e9}?a=\\b 200"), "GET /caf\u{e9}?a=\\b 200");
}

// Permits

#[test]
fn a_server_grants_200_connections_and_ten_seconds_each_way_and_one_to_close() {
    let limits = HttpServer::default().limits;
    let Limits { connections, request_time, response_time, drain_time } = limits;
    let ten_seconds = Duration::from_secs(10);
    assert_eq!((connections, request_time, response_time), (200, ten_seconds, ten_seconds));
    assert_eq!(drain_time, Duration::from_secs(1));
    assert_eq!(SLOWEST_RATE, 16_384);
}

#[test]
fn there_are_as_many_permits_as_were_made_and_a_permit_that_is_left_is_free() {
    let permits = Permits::new(2);
    let first = permits.take().unwrap();
    let second = permits.take().unwrap();
    assert!(permits.take().is_none());
    assert!(permits.take().is_none()); // asking in vain does not change the count
    drop(first);
    let third = permits.take().unwrap();
    assert!(permits.take().is_none());
    drop((second, third));
    let _both = [permits.take().unwrap(), permits.take().unwrap()];
    assert!(permits.take().is_none());
    assert!(Permits::new(0).take().is_none());
}

#[test]
fn a_permit_is_free_again_after_a_panic() {
    let permits = Permits::new(1);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _permit = permits.take();
        panic!("in a conversation");
    }));
    assert!(panicked.is_err());
    assert!(permits.take().is_some());
}

/// How often two threads must get into each other's way, so that whoever looks and takes in two
/// steps is found out.
const ROUNDS: usize = 10_000;

#[test]
fn two_threads_never_take_the_same_permit() {
    // None is free, or one.
    let rounds: Vec<_> = (0..ROUNDS).map(|round| Permits::new(round % 2)).collect();
    let taken = at_once(&rounds, Permits::take, Permits::take);
    for (round, (one, other)) in taken.iter().enumerate() {
        let taken = one.iter().chain(other).count();
        assert_eq!(taken, round % 2, "permits taken, in round {round}");
    }
}

#[test]
fn two_permits_that_are_left_at_once_are_both_free() {
    let permits: Vec<_> = (0..ROUNDS).map(|_| Permits::new(2)).collect();
    let take = |permits| Mutex::new(Permits::take(permits));
    let held: Vec<_> = permits.iter().map(|permits| [take(permits), take(permits)]).collect();
    let leave = |permit: &Mutex<Option<Permit>>| drop(permit.lock().unwrap().take());
    let rounds = at_once(&held, |[one, _]| leave(one), |[_, other]| leave(other));
    for (round, permits) in permits.iter().enumerate().take(rounds.len()) {
        let taken: Vec<_> = (0..3).map_while(|_| permits.take()).collect();
        assert_eq!(taken.len(), 2, "free permits, after round {round}");
    }
}

/// Tells the client that it is in, and lets it stay until it says a word.
fn hold_a_permit(conn: &mut TimedStream, _: Option<SocketAddr>) -> io::Result<()> {
    conn.write_all(b"in\n")?;
    let mut word = [0; 5];
    let length = read_some(conn, &mut word)?;
    assert_ne!(word[..length], *b"panic");
    Ok(())
}

/// A client that is in.
fn held(live: &Live) -> TcpClient {
    let mut client = live.connect();
    assert_bytes!(client.read_until("\n"), b"in\n");
    client
}

/// The same when the permit is being freed: a client that comes too early is refused.
fn admitted_soon(live: &Live) -> TcpClient {
    let started = Instant::now();
    loop {
        let mut client = live.connect();
        if client.read_exact(3) == b"in\n" {
            return client;
        }
        assert!(started.elapsed() < patience(), "the permit was not freed");
    }
}

/// A client comes and hears that the connection limit is reached.
fn is_refused(live: &Live) {
    let (bytes, ending) = live.connect().read_to_end();
    let reply = Reply::parse(bytes);
    assert_eq!((reply.status, reply.reason.as_str()), (503, "Service Unavailable"));
    assert_eq!(reply.header("Connection"), Some("close"));
    assert_eq!(ending, Ending::Closed);
}

#[test]
fn who_comes_when_the_connection_limit_is_reached_is_told_503_until_somebody_leaves() {
    let limits = Limits { connections: 2, ..Limits::default() };
    Live::run(
        |incoming| serve(incoming, &limits, hold_a_permit),
        |live| {
            let (mut first, mut second) = (held(live), held(live));
            is_refused(live);
            is_refused(live);

            first.finish();
            assert_eq!(first.read_to_end(), (Vec::new(), Ending::Closed));
            let third = admitted_soon(live);
            is_refused(live);

            second.send("bye");
            third.reset();
            second.finish();
            let _two = (admitted_soon(live), admitted_soon(live));
            is_refused(live);
        },
    );
}

#[test]
fn silent_clients_take_the_permits_of_a_server_and_are_not_waited_for() {
    let mut server = HttpServer::default();
    server.limits.connections = 2;
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let (mut first, _second) = (live.connect(), live.connect());
            is_refused(live);
            first.send(REQUEST);
            first.finish();
            assert_bytes!(Reply::parse(first.read_to_end().0).body, PICTURE);
        },
    );
}

#[test]
fn a_panic_in_a_conversation_frees_its_permit_and_disturbs_nobody() {
    let limits = Limits { connections: 2, ..Limits::default() };
    // A scope panics at its end if one of its threads did.
    let serve_all = |incoming| {
        let _ = catch_unwind(AssertUnwindSafe(|| serve(incoming, &limits, hold_a_permit)));
    };
    Live::run(serve_all, |live| {
        let mut patient = held(live);
        for _ in 0..3 {
            let mut unlucky = admitted_soon(live);
            unlucky.send("panic");
            unlucky.read_to_end();
        }
        drop(admitted_soon(live));
        patient.finish();
        assert_eq!(patient.read_to_end(), (Vec::new(), Ending::Closed));
    });
}

// Deadlines

#[test]
fn who_always_sends_must_be_done_by_the_deadline() {
    let (stream, mut client) = tcp();
    let sender = thread::spawn(move || while client.try_send([0; 1000]).is_ok() {});
    let limits = Limits { request_time: SHORT, ..Limits::default() };
    let started = Instant::now();
    let mut conn = TimedStream::new(&stream, &limits);
    let error = loop {
        assert!(
            started.elapsed() < patience(),
            "the read goes on although the request's time, {SHORT:?}, was over long ago",
        );
        if let Err(error) = conn.read(&mut [0; 10]) {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(started.elapsed() >= SHORT);
    // It is the connection that is too late, not the one read.
    assert_eq!(conn.read(&mut [0; 10]).unwrap_err().kind(), ErrorKind::TimedOut);
    // Who was too late can still be told so.
    conn.write_all(b"too late").unwrap();
    drop(stream);
    sender.join().unwrap();
}

#[test]
fn who_never_sends_is_too_late_by_the_same_name_on_every_system() {
    let (stream, _client) = tcp();
    let limits = Limits { request_time: SHORT, ..Limits::default() };
    let started = Instant::now();
    let socket = stream.try_clone().unwrap();
    let error = in_time(move || TimedStream::new(&stream, &limits).read(&mut [0; 10]));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(started.elapsed() >= SHORT);
    let waited = socket.read_timeout().unwrap().expect("a timeout of the socket");
    assert!(waited <= SHORT, "a read may wait for {waited:?}");
}

/// How long a read was to wait is known afterwards.
#[test]
fn a_read_waits_only_for_as_long_as_there_is_time_left() {
    let (stream, mut client) = tcp();
    let limits = Limits { request_time: patience(), ..Limits::default() };
    let mut conn = TimedStream::new(&stream, &limits);
    // By another `TimedStream`: this one has less time.
    let short = Limits { request_time: SHORT, ..Limits::default() };
    TimedStream::new(&stream, &short).read(&mut [0]).unwrap_err();
    client.send("x");
    conn.read_exact(&mut [0]).unwrap();
    let waited = stream.read_timeout().unwrap().expect("a timeout of the socket");
    // Systems round a timeout up, by some milliseconds.
    assert!(waited < patience() - SHORT / 2, "a read may wait for {waited:?}");
}

/// Writes without end, offering so many bytes at a time. Returns the error that
/// ended it, and when.
fn write_without_end(
    stream: TcpStream,
    response_time: Duration,
    offered: usize,
) -> (ErrorKind, Duration) {
    in_time(move || {
        let limits = Limits { response_time, ..Limits::default() };
        let mut conn = TimedStream::new(&stream, &limits);
        let started = Instant::now();
        loop {
            if let Err(error) = conn.write_all(&vec![0; offered]) {
                return (error.kind(), started.elapsed());
            }
        }
    })
}

/// Writes an answer in two parts to a client that keeps silent, the second one more than
/// `SHORT` after the first. Returns how the second one went.
fn write_late(stream: &TcpStream, first: &[u8], second: &[u8]) -> io::Result<()> {
    let limits = Limits { request_time: 2 * SHORT, response_time: SHORT, ..Limits::default() };
    let mut conn = TimedStream::new(stream, &limits);
    conn.write_all(first).unwrap();
    // This takes all the time that there is for the request. (By another `TimedStream`:
    // what is written behind a read is a new answer.)
    let read = TimedStream::new(stream, &limits).read(&mut [0]);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
    conn.write_all(second)
}

#[test]
fn the_time_is_for_the_whole_answer_and_not_for_each_write() {
    let (stream, _client) = tcp();
    // One byte more, and there would be another second.
    let second = vec![b'x'; usize::try_from(SLOWEST_RATE).unwrap() - 2];
    let error = in_time(move || write_late(&stream, b"x", &second).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn a_longer_answer_may_take_longer_whichever_part_of_it_is_long() {
    let long = vec![b'x'; usize::try_from(patience().as_secs() * SLOWEST_RATE).unwrap()];
    for (first, second) in [(&long[..], &b"x"[..]), (b"x", &long)] {
        let (stream, mut client) = tcp();
        let (whole, parts) = ([first, second].concat(), [first.to_vec(), second.to_vec()]);
        let writing = thread::spawn(move || write_late(&stream, &parts[0], &parts[1]));
        assert_bytes!(client.read_exact(whole.len()), whole);
        in_time(move || writing.join().unwrap()).unwrap();
    }
}

/// Chapter 7 tells some clients to go on, and reads on; that was not the answer.
#[test]
fn what_is_written_after_a_read_has_a_time_of_its_own() {
    let (stream, mut client) = tcp();
    in_time(move || {
        let limits = Limits { request_time: patience(), response_time: SHORT, ..Limits::default() };
        let mut conn = TimedStream::new(&stream, &limits);
        conn.write_all(b"go on").unwrap();
        let waits = Limits { request_time: 2 * SHORT, ..limits.clone() };
        TimedStream::new(&stream, &waits).read(&mut [0]).unwrap_err();
        client.send("I do");
        assert_eq!(conn.read(&mut [0; 4]).unwrap(), 4);
        conn.write_all(b"the answer").unwrap();
    });
}

#[test]
fn who_never_reads_is_given_up_at_the_deadline() {
    let (stream, _client) = tcp();
    let (error, elapsed) = write_without_end(stream, SHORT, 1000);
    assert_eq!(error, ErrorKind::TimedOut);
    assert!(elapsed >= SHORT);
}

/// A send that times out in the middle returns what was taken until then, and the time
/// must not begin anew with each of them.
#[test]
fn who_takes_nothing_is_not_waited_for_however_long_the_answer_is() {
    let (stream, _client) = tcp();
    let limit = 3 * SHORT;
    let (error, elapsed) = write_without_end(stream, limit, 100_000_000);
    assert_eq!(error, ErrorKind::TimedOut);
    assert!(elapsed >= limit, "{elapsed:?}");
    assert!(elapsed < 2 * limit, "{elapsed:?}");
}

/// On Windows a send takes all that it is offered while there is any room.
#[test]
fn no_more_than_a_piece_is_handed_over_at_once() {
    let (stream, client) = tcp();
    let reader = thread::spawn(move || while let Ok(1..) = client.stream().read(&mut [0; 1000]) {});
    let offered = vec![0; 1_000_000];
    let mut conn = TimedStream::new(&stream, &Limits::default());
    assert_eq!(conn.write(&offered).unwrap(), 64 * 1024);
    drop(stream);
    reader.join().unwrap();
}

#[test]
fn the_time_to_answer_begins_with_the_answer() {
    in_time(|| {
        let (stream, mut client) = tcp();
        let limits = Limits { request_time: SHORT, response_time: SHORT, ..Limits::default() };
        let mut conn = TimedStream::new(&stream, &limits);
        // This takes all the time that there is for the request.
        assert_eq!(conn.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        conn.write_all(b"too late").unwrap();
        assert_bytes!(client.read_exact(8), b"too late");
    });
}

#[test]
fn a_server_cuts_off_a_client_that_drips_although_each_gap_is_short() {
    let mut server = HttpServer::default();
    server.limits.request_time = SHORT;
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut dripper = live.connect();
            let started = Instant::now();
            dripper.send("GET / HTTP/1.1\r\nX: ");
            while dripper.try_send("x").is_ok() {
                assert!(started.elapsed() < patience(), "nobody stops the dripper");
            }
            assert!(!dripper.read_to_end().0.starts_with(b"HTTP/1.0 200"));
        },
    );
}

#[test]
fn a_server_hangs_up_on_a_silent_client() {
    let mut server = HttpServer::default();
    server.limits.request_time = SHORT;
    Live::run(
        |incoming| server.serve(incoming),
        |live| assert_eq!(live.connect().read_to_end().1, Ending::Closed),
    );
}

#[test]
fn a_server_gives_up_a_client_that_does_not_read() {
    let limits = Limits { response_time: SHORT, ..Limits::default() };
    let (report, ended) = mpsc::channel();
    // An answer without end, in small pieces.
    let on_connect = |conn: &mut TimedStream, _| {
        let error = loop {
            if let Err(error) = conn.write_all(&[b'x'; 1000]) {
                break error;
            }
        };
        report.send(error.kind()).unwrap();
        Err(error)
    };
    Live::run(
        |incoming| serve(incoming, &limits, on_connect),
        |live| {
            let _stalled = live.connect();
            assert_eq!(ended.recv_timeout(patience()), Ok(ErrorKind::TimedOut));
        },
    );
}

// A lingering close

#[test]
fn what_was_sent_arrives_though_not_all_was_read_that_came() {
    let (mut stream, mut client) = tcp();
    client.send([b'x'; 10_000]);
    client.finish();
    // More than travels before the client begins to read: the rest of it waits
    // with us, and would be thrown away by a reset.
    let answer = vec![b'a'; 200_000];
    let sent = answer.clone();
    in_time(move || {
        stream.read_exact(&mut [0]).unwrap(); // now the rest lies there unread
        stream.write_all(&sent).unwrap();
        lingering_close(&stream, patience()).unwrap();
    });
    let (heard, ending) = client.read_to_end();
    assert_eq!(ending, Ending::Closed);
    assert_bytes!(heard, answer);
}

#[test]
fn a_client_hears_that_all_was_sent_before_they_close_and_may_go_on_sending() {
    let (mut stream, mut client) = tcp();
    stream.write_all(b"enough").unwrap();
    // It stays open behind `lingering_close`: the end that is heard is not that of the drop.
    let mut kept = stream.try_clone().unwrap();
    let closing = thread::spawn(move || lingering_close(&stream, patience()));
    assert_eq!(client.read_to_end(), (b"enough".to_vec(), Ending::Closed));
    client.send([b'x'; 10_000]);
    client.finish();
    in_time(move || closing.join()).unwrap().unwrap();
    // Whoever says so late has not waited for what comes afterwards.
    assert_eq!(kept.read(&mut [0]).unwrap(), 0, "bytes that nobody has read");
    drop(kept);
    assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
}

#[test]
fn who_sends_without_end_is_left_after_so_many_bytes() {
    let (stream, mut client) = tcp();
    let sent = 8 * DRAIN_BYTES;
    let sender = thread::spawn(move || {
        client.send(vec![b'x'; sent]);
        client.finish();
    });
    let mut kept = stream.try_clone().unwrap();
    in_time(move || lingering_close(&stream, patience())).unwrap();
    kept.set_read_timeout(Some(patience())).unwrap();
    let rest = kept.read_to_end(&mut Vec::new()).unwrap();
    sender.join().unwrap();
    // The last read may take more than was missing.
    let drained = sent - rest;
    assert!((DRAIN_BYTES..=2 * DRAIN_BYTES).contains(&drained), "{drained} bytes were read");
}

#[test]
fn who_has_sent_so_many_bytes_is_not_waited_for() {
    let (stream, mut client) = tcp();
    let closing = thread::spawn(move || lingering_close(&stream, patience() / 2));
    client.send([b'x'; DRAIN_BYTES]);
    in_time(move || closing.join()).unwrap().expect("an end by bytes and not by time");
}

#[test]
fn who_neither_sends_nor_closes_is_left_after_some_time() {
    let (stream, _client) = tcp();
    let started = Instant::now();
    let _ = in_time(move || lingering_close(&stream, SHORT));
    // The upper bound is generous: the machine may be busy.
    assert!((SHORT..5 * SHORT).contains(&started.elapsed()), "{:?}", started.elapsed());
}

/// The time is for all that still comes, not for each byte of it.
#[test]
fn who_drips_is_left_after_the_same_time() {
    let (stream, mut client) = tcp();
    let (done, is_done) = mpsc::channel();
    let started = Instant::now();
    let closing = thread::spawn(move || {
        let _ = lingering_close(&stream, SHORT);
        let _ = done.send(());
    });
    // A byte in each tenth of the time. (It is over as well if the thread has panicked.)
    while is_done.recv_timeout(SHORT / 10) == Err(RecvTimeoutError::Timeout) {
        assert!(started.elapsed() < 5 * SHORT, "time does not end it");
        let _ = client.try_send("x");
    }
    closing.join().unwrap();
}

#[test]
fn serve_leaves_who_has_the_answer_and_stays_after_the_time_that_its_limits_say() {
    let (stream, _stays) = tcp();
    let limits = Limits { drain_time: SHORT, ..Limits::default() };
    let started = Instant::now();
    in_time(move || serve([Ok(stream)], &limits, |_, _| Ok::<_, io::Error>(())));
    assert!((SHORT..5 * SHORT).contains(&started.elapsed()), "{:?}", started.elapsed());
}

#[test]
fn a_body_that_nobody_reads_does_not_end_in_a_reset() {
    let server = HttpServer::default();
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut client = live.connect();
            let mut post = b"POST /picture.png HTTP/1.1\r\nHost: mock\r\n".to_vec();
            post.extend(b"Content-Length: 50000\r\n\r\n");
            post.extend([b'x'; 50_000]);
            client.send(post);
            client.finish();
            let (bytes, ending) = client.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert_bytes!(Reply::parse(bytes).body, PICTURE);
        },
    );
}

// Many conversations over TCP

#[test]
fn a_spare_connection_holds_nobody_up() {
    let server = HttpServer::default();
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut spare = live.connect();
            let mut client = live.connect();
            client.send(REQUEST);
            let (bytes, ending) = client.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert_bytes!(Reply::parse(bytes).body, PICTURE);

            spare.send("GET / HTTP/1.0\r\n");
            spare.send("\r\n");
            spare.finish();
            let (bytes, ending) = spare.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert_eq!(Reply::parse(bytes).text(), "Hi there!\n");

            let mut leaves = live.connect();
            leaves.finish();
            assert_eq!(leaves.read_to_end(), (Vec::new(), Ending::Closed));
        },
    );
}

#[test]
fn nobody_who_leaves_early_disturbs_the_others() {
    let server = HttpServer::default();
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut patient = live.connect();
            patient.send("GET /pict");
            for _ in 0..5 {
                drop(live.connect());
                live.connect().reset();
                let mut rude = live.connect();
                rude.send("GET /");
                rude.reset();
                live.connect().send("one two\r\n\r\n");
            }
            patient.send("ure.png HTTP/1.0\r\n\r\n");
            assert_bytes!(Reply::parse(patient.read_to_end().0).body, PICTURE);
        },
    );
}

#[test]
fn serve_passes_over_errors_of_accept_and_returns_when_all_conversations_have_ended() {
    let (first, mut asks) = tcp();
    let (second, mut leaves) = tcp();
    asks.send(REQUEST);
    asks.finish();
    leaves.finish();
    let incoming = vec![Ok(first), Err(ErrorKind::ConnectionAborted.into()), Ok(second)];
    in_time(move || HttpServer::default().serve(incoming));
    assert_bytes!(Reply::parse(asks.read_to_end().0).body, PICTURE);
    assert_eq!(leaves.read_to_end(), (Vec::new(), Ending::Closed));
}
