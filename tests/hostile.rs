//! Chapter 13 among clients that crowd, cross our decisions, and go when they like.
//!
//! What happens by chance between two threads is asked of the parts, where it can be put in
//! order; the whole server is asked only what must hold whatever the order is.

use ch13::{Connections, HttpServer, Limits, Permit, Response, TimedStream, path};
use mock::{Ending, Live, PATIENCE, Reply, Seed, TcpClient, assert_bytes};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const GET_AND_CLOSE: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Limits that nothing here reaches by its own slowness.
fn limits(connections: usize) -> Limits {
    Limits {
        connections,
        connections_per_network: connections,
        requests_per_connection: u64::MAX,
        idle_time: 2 * PATIENCE,
        request_time: 2 * PATIENCE,
        response_time: 2 * PATIENCE,
        stop_time: 2 * PATIENCE,
    }
}

/// Clients and their connections as a server gets them.
struct Pairs(TcpListener);

impl Pairs {
    fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    fn connect(&self) -> (TcpClient, TcpStream) {
        let client = TcpClient::connect(self.0.local_addr().unwrap());
        (client, self.0.accept().unwrap().0)
    }
}

/// What a connection reads of what its client has sent.
fn read(permit: &Permit, limits: &Limits) -> Vec<u8> {
    let mut buffer = [0; 100];
    let count = TimedStream::new(permit, limits).read(&mut buffer).unwrap();
    buffer[..count].to_vec()
}

// Who asks in the moment in which it is closed

/// It gets no answer, and will ask again somewhere else. So nothing may be done for it: what
/// it asks for might be an order.
#[test]
fn who_asks_when_its_permit_is_gone_already_is_not_heard() {
    let (limits, pairs) = (limits(1), Pairs::new());
    let connections = Connections::new(&limits);
    for is_new in [true, false] {
        let (mut first, stream) = pairs.connect();
        let first_permit = connections.admit(stream).unwrap();
        assert!(is_new || first_permit.mark_idle());
        let (_second, stream) = pairs.connect();
        // As if it had crossed: it is there when the first one's thread comes to read.
        first.send("POST");
        let second_permit = connections.admit(stream).unwrap();
        assert_bytes!(read(&first_permit, &limits), b"");
        assert!(!first_permit.mark_busy());
        assert!(second_permit.mark_busy());
    }
}

#[test]
fn who_asks_when_a_stop_has_closed_it_is_not_heard() {
    let (limits, pairs) = (limits(3), Pairs::new());
    let connections = Connections::new(&limits);
    let (mut clients, streams): (Vec<_>, Vec<_>) = (0..3).map(|_| pairs.connect()).unzip();
    let permits: Vec<_> = streams.into_iter().map(|one| connections.admit(one).unwrap()).collect();
    assert!(permits[1].mark_idle() && permits[2].mark_busy());
    clients.iter_mut().for_each(|client| client.send("POST"));
    let left = connections.close(Duration::ZERO, Duration::ZERO);
    assert_eq!(left, 1, "the busy one; the others were not in the middle of anything");
    for permit in &permits {
        assert_bytes!(read(permit, &limits), b"");
        assert!(!permit.mark_busy() && !permit.mark_idle());
    }
}

/// Who has begun to ask is not closed in favour of another, and neither is who is told to go
/// on: between both there is no moment of idleness.
#[test]
fn who_sends_a_body_after_a_100_is_not_idle() {
    let (limits, pairs) = (limits(1), Pairs::new());
    let connections = Connections::new(&limits);
    let (mut client, stream) = pairs.connect();
    let permit = connections.admit(stream).unwrap();
    let mut stream = TimedStream::new(&permit, &limits);
    client.send("h");
    stream.read_exact(&mut [0]).unwrap();
    stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    thread::scope(|scope| {
        let reading = scope.spawn(|| stream.read(&mut [0]).unwrap());
        for _ in 0..100 {
            // Before the read or in it, it makes no difference.
            thread::yield_now();
            assert!(connections.admit(pairs.connect().1).is_err());
        }
        client.send("b");
        assert_eq!(reading.join().unwrap(), 1);
    });
}

/// Even where nobody may be idle at all.
#[test]
fn the_body_after_a_100_is_part_of_its_request() {
    macro_rules! answer {
        ($chapter:ident, $limits:expr) => {{
            let mut server = $chapter::HttpServer::default();
            server.limits = $limits;
            server.register($chapter::method("POST"), |request| {
                Ok($chapter::Response::new(200).body(request.body.clone()))
            });
            Live::run(
                |incoming| server.serve(incoming),
                |live| {
                    let mut client = live.connect();
                    let fields = "Host: localhost\r\nContent-Length: 4\r\nExpect: 100-continue";
                    client.send(format!("POST / HTTP/1.1\r\n{fields}\r\n\r\n"));
                    assert_bytes!(client.read_exact(25), "HTTP/1.1 100 Continue\r\n\r\n");
                    client.send("soup");
                    Reply::parse(client.read_to_end().0)
                },
            )
        }};
    }
    let idle_time = Duration::ZERO;
    let ch12 = answer!(ch12, ch12::Limits { idle_time, ..Default::default() });
    let ch13 = answer!(ch13, ch13::Limits { idle_time, ..Default::default() });
    for reply in [ch12, ch13] {
        assert_eq!((reply.status, reply.text()), (200, "soup"));
    }
}

// Who has its last answer and does not close

fn hello() -> HttpServer {
    let mut server = HttpServer::default();
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    server
}

/// For a second each, a lingering close waits for them.
#[test]
fn who_has_its_last_answer_and_stays_gives_its_permit_to_another() {
    let mut server = hello();
    server.limits = limits(3);
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut staying = Vec::new();
            for _ in 0..30 {
                let mut client = live.connect();
                client.send(GET_AND_CLOSE);
                let (answer, ending) = client.read_to_end();
                assert_eq!((Reply::parse(answer).status, ending), (200, Ending::Closed));
                staying.push(client);
            }
        },
    );
}

// A crowd

/// How many permits there are, and how many clients want one.
const PERMITS: usize = 4;
const CROWD: usize = 16;

/// What a client of the crowd has seen on one of its connections.
enum Seen {
    /// Its requests were answered.
    Answers,
    /// It was told 503.
    Refusal,
    /// It was closed instead of being answered.
    End,
}

/// Whatever order they come, ask, stay and go in: of each connection a client sees whole answers
/// and then its end, one that it did not provoke is no reset, whoever asks again is answered
/// in the end, and no more are served at once than there are permits.
#[test]
fn a_crowd_gets_whole_answers_or_a_clean_end_and_never_more_permits_than_there_are() {
    let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (inside, most): (&'static _, &'static _) =
        (Box::leak(inside.into()), Box::leak(most.into()));
    let mut server = HttpServer::default();
    server.limits = limits(PERMITS);
    server.register(path("/"), |_| {
        most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::yield_now();
        inside.fetch_sub(1, Ordering::SeqCst);
        Ok(Response::text("Hi there!\n"))
    });
    let mut seed = Seed::new();
    let seeds: Vec<_> = (0..CROWD).map(|_| Seed::of(seed.number(0..=usize::MAX) as u64)).collect();
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            thread::scope(|scope| {
                for mut seed in seeds {
                    scope.spawn(move || {
                        for _ in 0..20 {
                            be_answered(live, &mut seed);
                        }
                    });
                }
            });
        },
    );
    let most = most.load(Ordering::SeqCst);
    assert!((1..=PERMITS).contains(&most), "{most} were served at once");
}

/// Comes again until it is answered.
fn be_answered(live: &Live, seed: &mut Seed) {
    let started = Instant::now();
    loop {
        match visit(live, seed) {
            Seen::Answers => return,
            Seen::Refusal | Seen::End if started.elapsed() < PATIENCE => thread::yield_now(),
            Seen::Refusal | Seen::End => panic!("a client was not answered for {PATIENCE:?}"),
        }
    }
}

/// One connection: up to three requests, one behind the other or at once, and then it goes, or
/// stays until it is sent away.
fn visit(live: &Live, seed: &mut Seed) -> Seen {
    let mut client = live.connect();
    let requests = seed.number(1..=3);
    let (at_once, stays) = (seed.number(0..=1) == 1, seed.number(0..=3) == 0);
    let pieces = match at_once {
        true => vec![GET.repeat(requests)],
        false => vec![GET.to_owned(); requests],
    };
    for piece in pieces {
        // It fails if it has just been closed.
        let _ = client.try_send(&piece);
        for number in 0..piece.len() / GET.len() {
            match next_answer(&mut client) {
                Some(200) => {}
                Some(503) => return Seen::Refusal,
                Some(status) => panic!("answered {status}"),
                // Pipelined answers are all given, or none: no read lies between them.
                None if number == 0 => return Seen::End,
                None => panic!("closed between the answers to pipelined requests"),
            }
        }
    }
    if stays {
        // It has nothing on its way that could provoke a reset. If nobody takes its permit, this
        // would wait for as long as it may be idle; so it says itself that it goes.
        client.finish();
        assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
    }
    Seen::Answers
}

/// The status of the next answer, which is whole; `None` if the connection has ended before it.
fn next_answer(client: &mut TcpClient) -> Option<u16> {
    let mut stream = client.stream();
    let mut first = [0];
    // It may be a reset: the request has crossed the close.
    if !matches!(stream.read(&mut first), Ok(1)) {
        return None;
    }
    let head = [&first[..], &client.read_until("\r\n\r\n")].concat();
    let reply = Reply::try_parse(&head, true).expect("a head");
    let length = reply.header("Content-Length").expect("a length").parse().expect("a number");
    client.read_exact(length);
    Some(reply.status)
}
