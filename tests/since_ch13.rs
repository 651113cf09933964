//! What every chapter promises since the thirteenth, whatever serves the connections, and what
//! the tests of these chapters have in common.
//!
//! The file of a chapter has this as a module, and says what differs: which `chapter` it is, under
//! which `limits` so many connections are served and nobody waits, how a connection is `admitted`,
//! and how a server serves all that come.

use super::chapter::{
    Connections, HttpServer, Limits, Permit, Refused, Response, Stop, TimedStream, method, path,
};
use super::{admitted, connections, limits, serve_all};
use mock::{
    Ending, Events, Gate, Live, MockConnection, Reply, TcpClient, alone, assert_bytes, patience,
};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A request as a browser sends it. The connection stays.
pub const REQUEST: &str = "GET /hello HTTP/1.1\r\nHost: localhost:8013\r\nAccept: */*\r\n\r\n";

/// What a client hears for whom there is no permit.
pub const UNAVAILABLE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Server: OwnHands/0.1\r\n\
    Content-Length: 0\r\n\
    Connection: close\r\n\
    \r\n";

/// Short enough for a test to wait for it.
pub const SHORT: Duration = Duration::from_millis(200);

/// Longer than a test may take: whoever waits for it is found out by [`in_time`].
pub fn too_long() -> Duration {
    2 * patience()
}

/// What `wait` returns, which must not wait for ever.
pub fn in_time<T: Send + 'static>(wait: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, returned) = mpsc::channel();
    thread::spawn(move || done.send(wait()));
    match returned.recv_timeout(patience()) {
        Ok(returned) => returned,
        Err(RecvTimeoutError::Timeout) => panic!("it should have returned by now"),
        Err(RecvTimeoutError::Disconnected) => panic!("its thread panicked: see above"),
    }
}

/// Tries again until there is a result.
pub fn soon<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(started.elapsed() < patience(), "it should have happened by now");
        thread::yield_now();
    }
}

/// A connection over TCP: our side and the client's.
pub fn tcp() -> (TcpStream, TcpClient) {
    tcp_on((Ipv4Addr::LOCALHOST, 0).into()).expect("IPv4 of this machine")
}

/// The same on this address; an error if the machine does not have it.
pub fn tcp_on(address: SocketAddr) -> io::Result<(TcpStream, TcpClient)> {
    let listener = TcpListener::bind(address)?;
    let client = TcpClient::connect(listener.local_addr()?);
    Ok((listener.accept()?.0, client))
}

pub fn move_on() {
    let before = Instant::now();
    while Instant::now() == before {}
}

/// A connection whose client is gone: the system does not tell its address.
#[cfg(unix)]
pub fn without_address() -> TcpStream {
    let (stream, client) = tcp();
    client.reset();
    stream.set_read_timeout(Some(patience())).unwrap();
    assert!((&stream).read(&mut [0]).is_err());
    assert!(stream.peer_addr().is_err());
    stream
}

/// What we send arrives, so that the connection is open.
#[track_caller]
pub fn is_open(permit: &Permit, client: &mut TcpClient) {
    permit.stream().write_all(b"hello").unwrap();
    assert_bytes!(client.read_exact(5), b"hello");
}

/// The client finds that the connection has ended.
#[track_caller]
pub fn is_closed(client: &mut TcpClient) {
    assert_bytes!(client.read_to_end().0, b"");
}

/// One that is not taken.
pub fn refused(connections: &Connections) -> (Refused, TcpClient) {
    let (stream, client) = tcp();
    (connections.admit(stream).expect_err("there is no room for it"), client)
}

// Connections

#[test]
fn a_permit_stands_for_its_connection() {
    let connections = connections(2);
    let (first, mut ada) = admitted(&connections);
    let (second, mut bob) = admitted(&connections);
    is_open(&first, &mut ada);
    is_open(&second, &mut bob);
    drop(first);
    assert_eq!(ada.read_to_end(), (Vec::new(), Ending::Closed));
    is_open(&second, &mut bob);
}

#[test]
fn who_is_refused_comes_back_with_the_reason_and_nobody_is_closed_for_it() {
    let connections = connections(2);
    let (first, mut ada) = admitted(&connections);
    let (second, mut bob) = admitted(&connections);
    assert!(first.mark_busy() && second.mark_busy());
    for _ in 0..2 {
        let (refused, mut eve) = refused(&connections);
        assert!(!refused.reason.is_empty());
        let mut ours: &TcpStream = &refused.stream;
        ours.write_all(b"sorry").unwrap();
        assert_bytes!(eve.read_exact(5), b"sorry");
    }
    is_open(&first, &mut ada);
    is_open(&second, &mut bob);
    // Being refused has not changed the count.
    drop(first);
    let (third, _) = admitted(&connections);
    assert!(third.mark_busy());
    refused(&connections);
}

#[test]
fn a_permit_is_free_again_after_a_panic() {
    let connections = connections(1);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let (permit, _client) = admitted(&connections);
        permit.mark_busy();
        panic!("in a conversation");
    }));
    assert!(panicked.is_err());
    admitted(&connections);
}

// What a connection knows of its permit

/// Reads from `permit` what there is.
pub fn read(permit: &Permit) -> io::Result<Vec<u8>> {
    let mut bytes = [0; 1000];
    let count = TimedStream::new(permit, &Limits::default()).read(&mut bytes)?;
    Ok(bytes[..count].to_vec())
}

#[test]
fn with_the_first_byte_of_a_request_a_connection_is_busy() {
    let connections = connections(1);
    let (permit, mut ada) = admitted(&connections);
    ada.send("G");
    assert_bytes!(read(&permit).unwrap(), b"G");
    refused(&connections);
    is_open(&permit, &mut ada);
}

/// What a read fails with, which is repeated if it was interrupted: a process that is stopped
/// and goes on finds that after a wait that has a timeout.
#[track_caller]
pub fn read_error(conn: &mut TimedStream) -> ErrorKind {
    loop {
        let error = conn.read(&mut [0; 4]).expect_err("nothing comes");
        if error.kind() != ErrorKind::Interrupted {
            return error.kind();
        }
    }
}

/// Writes a whole answer.
pub fn answer(conn: &mut TimedStream, bytes: &[u8]) {
    conn.write_all(bytes).unwrap();
    conn.flush().unwrap();
}

#[test]
fn with_the_next_request_it_is_busy_again() {
    let connections = connections(1);
    let (permit, mut ada) = admitted(&connections);
    let mut conn = TimedStream::new(&permit, &Limits::default());
    ada.send("onetwo");
    for request in [b"one", b"two"] {
        let mut bytes = [0; 3];
        conn.read_exact(&mut bytes).unwrap();
        assert_bytes!(bytes, request);
        refused(&connections);
        answer(&mut conn, &bytes);
        assert_bytes!(ada.read_exact(3), request);
    }
}

#[test]
fn a_request_that_has_begun_has_the_time_of_a_request() {
    in_time(|| {
        let limits = Limits { request_time: SHORT, idle_time: too_long(), ..Limits::default() };
        let connections = connections(1);
        let (permit, mut ada) = admitted(&connections);
        let mut conn = TimedStream::new(&permit, &limits);
        for _ in 0..2 {
            ada.send("G");
            assert_eq!(conn.read(&mut [0; 4]).unwrap(), 1);
            assert_eq!(read_error(&mut conn), ErrorKind::TimedOut);
            answer(&mut conn, b"408");
        }
    });
}

/// How long a read was to wait is known afterwards.
#[test]
fn a_read_waits_only_for_as_long_as_there_is_time_left() {
    let connections = connections(1);
    let (permit, client) = admitted(&connections);
    let dripping = thread::spawn(move || {
        for _ in 0..10 {
            // A pause: nobody sends anything to the client.
            client.stream().set_read_timeout(Some(SHORT / 10)).unwrap();
            client.stream().read(&mut [0]).unwrap_err();
            client.stream().write_all(b"x").unwrap();
        }
    });
    let limits = Limits { request_time: patience(), ..Limits::default() };
    let mut conn = TimedStream::new(&permit, &limits);
    let waited = [(); 10].map(|()| {
        conn.read_exact(&mut [0]).unwrap();
        permit.stream().read_timeout().unwrap().expect("a timeout of the socket")
    });
    dripping.join().unwrap();
    assert!(waited.is_sorted_by(|one, next| one >= next), "{waited:?}");
    assert!(waited[9] + SHORT / 10 <= waited[0], "{waited:?}");
}

#[test]
fn a_client_that_is_told_to_go_on_is_in_the_middle_of_its_request() {
    let connections = connections(1);
    let (permit, mut ada) = admitted(&connections);
    let limits = Limits { idle_time: Duration::ZERO, ..Limits::default() };
    let mut conn = TimedStream::new(&permit, &limits);
    ada.send("PUT");
    conn.read_exact(&mut [0; 3]).unwrap();
    conn.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    ada.read_until("\r\n\r\n");
    ada.send("body");
    conn.read_exact(&mut [0; 4]).expect("time to send the body");
    // And behind the answer it is idle, whatever the answer looks like.
    conn.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    answer(&mut conn, b"HTTP/1.1 100 is how an interim answer begins");
    ada.send("next");
    assert_eq!(read_error(&mut conn), ErrorKind::TimedOut);
}

#[test]
fn a_request_that_was_told_to_go_on_keeps_its_permit() {
    let mut server = HttpServer::default();
    server.limits = limits(1);
    let reads = Gate::new();
    let is_reading = reads.clone();
    server.register_reading(method("POST"), move |_, body| {
        let mut first = [0];
        body.read_exact(&mut first)?;
        is_reading.open();
        Ok(Response::text(body.read_whole()?))
    });
    Live::run(
        |incoming| serve_all(&server, incoming),
        |live| {
            let mut ada = live.connect();
            ada.send("POST / HTTP/1.1\r\nHost: mock\r\n");
            ada.send("Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            ada.read_until("HTTP/1.1 100 Continue\r\n\r\n");
            is_told_503(live);
            ada.send("s");
            reads.wait();
            is_told_503(live);
            ada.send("oup!");
            assert_eq!(reply(&mut ada).text(), "oup!");
        },
    );
}

/// The longest tick of a kernel that is common (`CONFIG_HZ=100`).
const TICK: Duration = Duration::from_millis(10);

#[test]
fn who_is_silent_is_given_up_when_the_time_is_over() {
    let (request_time, idle_time) = (SHORT, 2 * SHORT);
    let limits = Limits { request_time, idle_time, ..Limits::default() };
    let connections = connections(1);
    let (permit, mut ada) = admitted(&connections);
    let mut conn = TimedStream::new(&permit, &limits);
    let mut read = |least| {
        let started = Instant::now();
        assert_eq!(read_error(&mut conn), ErrorKind::TimedOut);
        // A kernel counts in ticks, and the one that has begun already may count as a whole one.
        assert!(started.elapsed() + TICK >= least, "{:?}", started.elapsed());
        answer(&mut conn, b"x");
    };
    read(request_time);
    read(idle_time);
    assert_bytes!(ada.read_exact(2), b"xx");
}

// Connections come to their end

/// Reads until the end and leaves, in a thread of its own.
pub fn leaves_at_the_end(permit: Permit) {
    permit.stream().set_read_timeout(Some(patience())).unwrap();
    assert_eq!(permit.stream().read(&mut [0]).unwrap(), 0);
}

#[test]
fn where_nobody_is_nobody_is_waited_for() {
    in_time(|| assert_eq!(connections(3).close(too_long(), too_long()), 0));
}

#[test]
fn who_is_idle_is_closed_at_once() {
    in_time(|| {
        let connections = connections(3);
        let clients: Vec<_> = thread::scope(|scope| {
            let mut clients = Vec::new();
            for _ in 0..3 {
                let (permit, client) = admitted(&connections);
                assert!(permit.mark_busy() && permit.mark_idle());
                scope.spawn(move || leaves_at_the_end(permit));
                clients.push(client);
            }
            assert_eq!(connections.close(too_long(), too_long()), 0);
            clients
        });
        for mut client in clients {
            is_closed(&mut client);
        }
    });
}

#[test]
fn who_has_not_asked_is_closed_when_its_time_is_over() {
    let connections = connections(1);
    let (permit, mut ada) = admitted(&connections);
    thread::scope(|scope| {
        scope.spawn(move || leaves_at_the_end(permit));
        let started = Instant::now();
        assert_eq!(connections.close(SHORT, too_long()), 0);
        let elapsed = started.elapsed();
        assert!(elapsed >= SHORT, "{elapsed:?}");
        assert!(elapsed < patience(), "{elapsed:?}");
        is_closed(&mut ada);
    });
}

#[test]
fn nobody_is_waited_for_longer_than_the_stop_may_take() {
    in_time(|| {
        let connections = connections(1);
        let (permit, mut ada) = admitted(&connections);
        connections.close(too_long(), SHORT);
        is_closed(&mut ada);
        drop(permit);
    });
}

// Many clients over TCP

/// A server that says hello, and at `/wait` when it is told to.
pub struct Greeter {
    pub server: HttpServer,
    /// The targets of those who wait.
    pub waiting: Events,
    /// Lets them go on.
    pub go_on: Gate,
}

impl Greeter {
    pub fn new() -> Self {
        let (waiting, go_on) = (Events::new(), Gate::new());
        let mut server = HttpServer::default();
        server.register(path("/hello"), |_| Ok(Response::text("Hello!\n")));
        let (entered, gate) = (waiting.clone(), go_on.clone());
        server.register(path("/wait"), move |request| {
            entered.log(&request.target);
            gate.wait();
            Ok(Response::text(format!("{}\n", request.target)))
        });
        Self { server, waiting, go_on }
    }

    /// Runs it for as long as `body` takes.
    pub fn run<R>(&self, body: impl FnOnce(&Live) -> R) -> R {
        Live::run(|incoming| serve_all(&self.server, incoming), body)
    }

    /// A client that has asked for this below `/wait`, and is being served.
    pub fn waits(&self, client: &mut TcpClient, name: &str) {
        let target = format!("/wait?{name}");
        client.send(format!("GET {target} HTTP/1.1\r\nHost: mock\r\n\r\n"));
        self.waiting.wait_for(&target);
    }
}

/// One whole answer, after which more may come.
#[track_caller]
pub fn reply(client: &mut TcpClient) -> Reply {
    let mut bytes = client.read_until("\r\n\r\n");
    let head = String::from_utf8(bytes.clone()).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
    let length = length.expect("a length").parse().unwrap();
    bytes.extend(client.read_exact(length));
    Reply::parse(bytes)
}

/// The client asks, hears hello, and keeps its connection.
#[track_caller]
pub fn is_greeted(client: &mut TcpClient) {
    client.send(REQUEST);
    let reply = reply(client);
    assert_eq!((reply.status, reply.text()), (200, "Hello!\n"));
    assert_eq!(reply.header("Connection"), None);
}

/// A client comes and hears that there is no permit.
#[track_caller]
pub fn is_told_503(live: &Live) {
    let (bytes, ending) = live.connect().read_to_end();
    assert_bytes!(bytes, UNAVAILABLE);
    assert_eq!(ending, Ending::Closed);
}

/// A client that is greeted as soon as there is a permit. (Who has its answer is idle when its
/// thread waits for another request.)
pub fn greeted_soon(live: &Live) -> TcpClient {
    soon(|| {
        let mut client = live.connect();
        client.try_send(REQUEST).ok()?;
        let mut start = [0; 12];
        // Who is refused with a request on its way may see a reset.
        let mut stream = client.stream();
        stream.read_exact(&mut start).ok()?;
        (start == *b"HTTP/1.1 200").then(|| {
            assert!(client.read_until("\r\n\r\n").ends_with(b"\r\n\r\n"));
            assert_bytes!(client.read_exact(7), b"Hello!\n");
            client
        })
    })
}

#[test]
fn when_all_are_busy_the_next_is_told_503_until_one_of_them_is_done() {
    let mut greeter = Greeter::new();
    greeter.server.limits = limits(2);
    greeter.run(|live| {
        let (mut ada, mut bob) = (live.connect(), live.connect());
        greeter.waits(&mut ada, "ada");
        greeter.waits(&mut bob, "bob");
        is_told_503(live);
        is_told_503(live);
        greeter.go_on.open();
        assert_eq!(reply(&mut ada).text(), "/wait?ada\n");
        assert_eq!(reply(&mut bob).text(), "/wait?bob\n");
        greeted_soon(live);
    });
}

#[test]
fn who_is_idle_gives_way_and_who_waited_longest_first() {
    let mut greeter = Greeter::new();
    greeter.server.limits = limits(2);
    greeter.run(|live| {
        let (mut busy, mut ada) = (live.connect(), live.connect());
        greeter.waits(&mut busy, "busy");
        is_greeted(&mut ada);
        for _ in 0..10 {
            let mut next = greeted_soon(live);
            assert_eq!(ada.read_to_end(), (Vec::new(), Ending::Closed));
            is_greeted(&mut next);
            ada = next;
        }
        greeter.go_on.open();
        assert_eq!(reply(&mut busy).text(), "/wait?busy\n");
        is_greeted(&mut busy);
    });
}

#[test]
fn in_a_crowd_that_keeps_its_connections_everybody_is_served() {
    let mut greeter = Greeter::new();
    greeter.server.limits = limits(4);
    greeter.run(|live| {
        let mut crowd: Vec<_> = (0..40).map(|_| greeted_soon(live)).collect();
        // Whoever came first is not here any more.
        assert_eq!(crowd[0].read_to_end(), (Vec::new(), Ending::Closed));
    });
}

#[test]
fn as_many_as_there_are_permits_ask_at_once_and_all_are_served_again_and_again() {
    let mut greeter = Greeter::new();
    greeter.server.limits = limits(8);
    greeter.run(|live| {
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let mut client = live.connect();
                    (0..20).for_each(|_| is_greeted(&mut client));
                });
            }
        });
    });
}

#[test]
fn one_network_does_not_take_all_permits() {
    let mut greeter = Greeter::new();
    greeter.server.limits.connections_per_network = 1;
    greeter.run(|live| {
        let mut ada = live.connect();
        greeter.waits(&mut ada, "ada");
        is_told_503(live);
        greeter.go_on.open();
        assert_eq!(reply(&mut ada).status, 200);
        greeted_soon(live);
        assert_eq!(ada.read_to_end(), (Vec::new(), Ending::Closed));
    });
}

// Requests of one connection

/// What a client hears that sends all of this at once, answer by answer.
pub fn answers(server: &HttpServer, input: impl AsRef<[u8]>) -> Vec<Reply> {
    let (mut conn, peer) = MockConnection::pair(input.as_ref());
    server.on_connect(&mut conn, None).unwrap();
    let mut sent = &peer.sent()[..];
    let mut replies = Vec::new();
    while !sent.is_empty() {
        let head = sent.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let text = std::str::from_utf8(&sent[..head]).unwrap();
        let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let (one, rest) = sent.split_at(head + length.unwrap().parse::<usize>().unwrap());
        replies.push(Reply::parse(one));
        sent = rest;
    }
    replies
}

#[test]
fn the_last_answer_of_a_connection_says_that_it_is_the_last() {
    let old = "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    for (request, kept) in [(REQUEST, None), (old, Some("keep-alive"))] {
        for count in 1..=3 {
            let mut greeter = Greeter::new();
            greeter.server.limits.requests_per_connection = count as u64;
            let replies = answers(&greeter.server, request.repeat(5));
            let said: Vec<_> = replies.iter().map(|reply| reply.header("Connection")).collect();
            let mut expected = vec![kept; count];
            expected[count - 1] = Some("close");
            assert_eq!(said, expected);
            assert!(replies.iter().all(|reply| reply.text() == "Hello!\n"));
        }
    }
}

#[test]
fn fewer_requests_than_a_connection_may_have_are_all_answered_and_none_is_the_last() {
    let mut greeter = Greeter::new();
    greeter.server.limits.requests_per_connection = 3;
    let replies = answers(&greeter.server, REQUEST.repeat(2));
    assert_eq!(replies.len(), 2);
    assert!(replies.iter().all(|reply| reply.header("Connection").is_none()));
}

#[test]
fn every_connection_counts_its_own_requests() {
    let mut greeter = Greeter::new();
    greeter.server.limits.requests_per_connection = 2;
    for _ in 0..3 {
        assert_eq!(answers(&greeter.server, REQUEST.repeat(3)).len(), 2);
    }
}

#[test]
fn when_a_stop_is_requested_every_answer_is_the_last() {
    let greeter = Greeter::new();
    // Nobody listens there any more, and the request returns.
    let nowhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    greeter.server.stop.request(nowhere);
    for request in [REQUEST, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"] {
        let replies = answers(&greeter.server, request.repeat(2));
        assert_eq!(replies.len(), 1);
        assert_eq!(replies[0].header("Connection"), Some("close"));
        assert_eq!(replies[0].text(), "Hello!\n");
    }
}

// A stop

pub fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A server that accepts until it is told to stop, in a thread of its own.
pub struct Stoppable {
    pub stop: Stop,
    pub address: SocketAddr,
    pub serving: JoinHandle<()>,
}

impl Stoppable {
    pub fn start(server: HttpServer) -> Self {
        let (listener, address) = listener();
        let stop = server.stop.clone();
        let serving = thread::spawn(move || serve_all(&server, server.stop.accept_from(listener)));
        Self { stop, address, serving }
    }

    pub fn connect(&self) -> TcpClient {
        TcpClient::connect(self.address)
    }

    pub fn stop(&self) {
        self.stop.request(self.address);
    }

    /// `serve` returns.
    pub fn ends(self) {
        in_time(move || self.serving.join()).expect("it ends without a panic");
    }
}

/// A greeter that nobody leaves because of a time.
pub fn patient_greeter() -> Greeter {
    let mut greeter = Greeter::new();
    let limits = &mut greeter.server.limits;
    limits.idle_time = too_long();
    limits.request_time = too_long();
    limits.response_time = too_long();
    limits.stop_time = too_long();
    greeter
}

/// More than the kernel takes for a client that does not read, in bytes.
pub const LARGE: usize = 16 * 1024 * 1024;

/// What there is at `/large`.
pub fn large() -> Vec<u8> {
    b"0123456789abcdef".repeat(LARGE / 16)
}

/// A client that has the head of a large answer.
pub fn takes_the_head(server: &Stoppable) -> TcpClient {
    let mut client = server.connect();
    client.send("GET /large HTTP/1.1\r\nHost: mock\r\n\r\n");
    client.read_until("\r\n\r\n");
    client
}

pub fn with_large_answer(mut greeter: Greeter) -> HttpServer {
    greeter.server.register(path("/large"), |_| Ok(Response::text(large())));
    greeter.server
}

#[test]
fn at_a_stop_idle_clients_are_closed_at_once() {
    let server = Stoppable::start(patient_greeter().server);
    let mut clients: Vec<_> = (0..5).map(|_| server.connect()).collect();
    clients.iter_mut().for_each(is_greeted);
    server.stop();
    for mut client in clients {
        assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
    }
    server.ends();
}

#[test]
fn at_a_stop_a_large_answer_that_is_on_its_way_comes_whole() {
    let server = Stoppable::start(with_large_answer(patient_greeter()));
    let mut idle = server.connect();
    is_greeted(&mut idle);
    let mut client = takes_the_head(&server);
    server.stop();
    assert_eq!(idle.read_to_end(), (Vec::new(), Ending::Closed));
    let (body, ending) = client.read_to_end();
    assert_eq!(ending, Ending::Closed);
    assert!(body == large(), "other bytes, {} of them", body.len());
    drop(client);
    server.ends();
}

#[test]
fn at_a_stop_who_has_just_come_may_still_ask() {
    let server = Stoppable::start(patient_greeter().server);
    let (mut new, mut idle) = (server.connect(), server.connect());
    is_greeted(&mut idle); // so the other one was accepted
    server.stop();
    assert_eq!(idle.read_to_end(), (Vec::new(), Ending::Closed));
    new.send(REQUEST);
    let (bytes, ending) = new.read_to_end();
    let reply = Reply::parse(bytes);
    assert_eq!((reply.text(), reply.header("Connection")), ("Hello!\n", Some("close")));
    assert_eq!(ending, Ending::Closed);
    drop(new);
    server.ends();
}

#[test]
fn at_a_stop_who_has_come_and_asks_for_nothing_is_closed_after_the_time_to_close() {
    let mut greeter = patient_greeter();
    greeter.server.limits.drain_time = SHORT;
    let server = Stoppable::start(greeter.server);
    let (mut new, mut idle) = (server.connect(), server.connect());
    is_greeted(&mut idle);
    let requested = Instant::now();
    server.stop();
    assert_eq!(new.read_to_end(), (Vec::new(), Ending::Closed));
    let elapsed = requested.elapsed();
    assert!((SHORT..5 * SHORT).contains(&elapsed), "{elapsed:?}");
    server.ends();
}

#[test]
fn who_has_the_last_answer_and_stays_is_left_after_the_time_to_close() {
    let mut greeter = patient_greeter();
    greeter.server.limits.requests_per_connection = 1;
    greeter.server.limits.drain_time = SHORT;
    let (stream, mut stays) = tcp();
    stays.send(REQUEST);
    let started = Instant::now();
    in_time(move || serve_all(&greeter.server, [Ok(stream)]));
    assert!((SHORT..5 * SHORT).contains(&started.elapsed()), "{:?}", started.elapsed());
    assert_eq!(Reply::parse(stays.read_to_end().0).text(), "Hello!\n");
}

#[test]
fn at_a_stop_who_does_not_finish_is_closed_in_the_end_and_counted_in_the_log() {
    let test = "at_a_stop_who_does_not_finish_is_closed_in_the_end_and_counted_in_the_log";
    let log = alone(module_path!(), test, &[], || {
        let server = Stoppable::start(patient_greeter().server);
        let mut idle = server.connect();
        is_greeted(&mut idle);
        server.stop();
        assert_eq!(idle.read_to_end(), (Vec::new(), Ending::Closed));
        drop(idle);
        server.ends();

        let mut greeter = patient_greeter();
        greeter.server.limits.stop_time = SHORT;
        let server = Stoppable::start(with_large_answer(greeter));
        let (mut ada, mut bob) = (takes_the_head(&server), takes_the_head(&server));
        server.stop();
        server.ends();
        assert!(ada.read_to_end().0.len() < LARGE);
        assert!(bob.read_to_end().0.len() < LARGE);
    });
    let Some(log) = log else { return };
    let lines = log.lines().filter(|line| line.contains("closed before they were done"));
    let [line] = lines.collect::<Vec<_>>()[..] else { panic!("one line: {log}") };
    assert!(line.ends_with(": 2"), "{line}");
}

#[test]
fn when_nobody_else_comes_the_answer_is_the_last_and_serve_returns() {
    let (stream, mut client) = tcp();
    client.send(REQUEST);
    let server = patient_greeter().server;
    let serving = thread::spawn(move || serve_all(&server, [Ok(stream)]));
    let (bytes, ending) = client.read_to_end();
    assert_eq!(Reply::parse(bytes).text(), "Hello!\n");
    assert_eq!(ending, Ending::Closed);
    drop(client);
    in_time(move || serving.join()).unwrap();
}

#[test]
fn what_was_stopped_can_be_started_again() {
    in_time(|| {
        let mut server = patient_greeter().server;
        for _ in 0..3 {
            let (accepting, address) = listener();
            server.stop = Stop::default();
            thread::scope(|scope| {
                let incoming = server.stop.accept_from(accepting);
                let serving = scope.spawn(|| serve_all(&server, incoming));
                let mut client = TcpClient::connect(address);
                is_greeted(&mut client);
                server.stop.request(address);
                assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
                drop(client);
                serving.join().unwrap();
            });
        }
    });
}
