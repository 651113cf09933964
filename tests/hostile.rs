//! Chapters 13 to 18 among clients that crowd, cross our decisions, and go when they like; and
//! chapter 19's client on a server that does.
//!
//! What happens by chance between two threads is asked of the parts, where it can be put in
//! order; the whole server is asked only what must hold whatever the order is.

use ch13::{Connections, Limits, Permit, TimedStream};
#[cfg(unix)]
use ch17::{Cgi, gateway};
use course_tests::event_loop::LoopServer;
use course_tests::scripted_system::{Scripted, ScriptedStream};
use course_tests::task_server::TaskServer;
use mock::{
    Ending, Events, Gate, Incoming, Live, MockConnection, PATIENCE, Reply, Script, Seed, TcpClient,
    assert_bytes,
};
use socket2::SockRef;
#[cfg(unix)]
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
#[cfg(unix)]
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(unix)]
use std::sync::mpsc;
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
        drain_time: Duration::from_secs(1),
        stop_time: 2 * PATIENCE,
    }
}

/// The same for chapter 14: so many workers, and room for so many that wait. Only who has come and
/// says nothing is not waited for long.
fn pool_limits(workers: usize, queue: usize) -> ch14::Limits {
    ch14::Limits {
        workers,
        queue,
        queue_time: Duration::ZERO,
        connections_per_network: workers + queue,
        requests_per_connection: u64::MAX,
        idle_time: 2 * PATIENCE,
        first_time: Duration::from_millis(100),
        request_time: 2 * PATIENCE,
        response_time: 2 * PATIENCE,
        drain_time: Duration::from_secs(1),
        stop_time: 2 * PATIENCE,
    }
}

/// And for chapters 15 and 16: so many connections, and a worker for whoever needs one.
fn loop_limits(connections: usize) -> ch15::Limits {
    ch15::Limits {
        connections,
        connections_per_network: connections,
        workers: 1,
        queue: CROWD,
        requests_per_connection: u64::MAX,
        idle_time: 2 * PATIENCE,
        request_time: 2 * PATIENCE,
        response_time: 2 * PATIENCE,
        drain_time: Duration::from_secs(1),
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

/// In chapter 14 it has a worker, which looks once more: what had come is answered, for the last
/// time. (On Linux; elsewhere what had come is lost with the connection.)
#[cfg(target_os = "linux")]
#[test]
fn who_asks_when_it_is_to_leave_already_is_heard_by_a_worker() {
    let (limits, pairs) = (pool_limits(1, 1), Pairs::new());
    let connections = ch14::Connections::new(&limits);
    let (mut first, stream) = pairs.connect();
    let first_permit = connections.admit(stream).unwrap();
    assert!(first_permit.mark_idle());
    first.send("POST");
    let _second = connections.admit(pairs.connect().1).unwrap();
    let mut buffer = [0; 100];
    let mut stream = ch14::TimedStream::new(&first_permit, &limits);
    let count = stream.read(&mut buffer).unwrap();
    assert_bytes!(buffer[..count], b"POST");
    stream.write_all(b"the answer").unwrap();
    stream.flush().unwrap();
    assert_eq!(stream.read(&mut buffer).unwrap(), 0, "others wait");
    assert_bytes!(first.read_exact(10), b"the answer");
}

#[test]
fn who_says_nothing_leaves_though_whoever_waits_came_when_its_worker_waited_already() {
    let (limits, pairs) = (pool_limits(1, 1), Pairs::new());
    let connections = ch14::Connections::new(&limits);
    let (_silent, stream) = pairs.connect();
    let permit = connections.admit(stream).unwrap();
    permit.mark_new();
    let begun = Instant::now();
    thread::scope(|scope| {
        let read = || ch14::TimedStream::new(&permit, &limits).read(&mut [0]);
        let reading = scope.spawn(read);
        // It is set just before the read.
        while permit.stream().read_timeout().unwrap().is_none() {
            thread::yield_now();
        }
        let _waiting = connections.admit(pairs.connect().1).unwrap();
        let error = reading.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        assert!(begun.elapsed() < limits.request_time);
    });
}

#[test]
fn who_asks_when_a_stop_has_closed_it_is_not_heard_by_a_worker() {
    let (limits, pairs) = (pool_limits(2, 1), Pairs::new());
    let connections = ch14::Connections::new(&limits);
    let (mut clients, streams): (Vec<_>, Vec<_>) = (0..3).map(|_| pairs.connect()).unzip();
    let permits: Vec<_> = streams.into_iter().map(|one| connections.admit(one).unwrap()).collect();
    permits[0].mark_new();
    assert!(permits[1].mark_busy());
    clients.iter_mut().for_each(|client| client.send("POST"));
    assert_eq!(connections.close(Duration::ZERO, Duration::ZERO), 3, "there was no time");
    for permit in &permits {
        let mut stream = ch14::TimedStream::new(permit, &limits);
        assert_eq!(stream.read(&mut [0; 100]).unwrap(), 0);
        assert!(!permit.mark_busy() && !permit.mark_idle());
    }
}

/// Who has begun to ask is not closed in favour of another, and neither is who is told to go
/// on: between both there is no moment of idleness.
#[test]
fn who_sends_a_body_after_a_100_is_not_idle() {
    macro_rules! is_not_idle {
        ($chapter:ident, $limits:expr) => {
            let (limits, pairs) = ($limits, Pairs::new());
            let connections = $chapter::Connections::new(&limits);
            let (mut client, stream) = pairs.connect();
            let permit = connections.admit(stream).unwrap();
            let mut stream = $chapter::TimedStream::new(&permit, &limits);
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
        };
    }
    is_not_idle!(ch13, limits(1));
    is_not_idle!(ch14, pool_limits(1, 0));
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
    let ch14 = answer!(ch14, ch14::Limits { idle_time, workers: 4, ..Default::default() });
    for reply in [ch12, ch13, ch14] {
        assert_eq!((reply.status, reply.text()), (200, "soup"));
    }
}

// Whole servers

/// What serves until nobody else comes.
type Serve = Box<dyn FnOnce(Incoming) + Send>;

/// What is done while a request is being answered.
type Handle = Box<dyn Fn() + Send + Sync>;

/// A chapter's server, which has so many permits, or workers. It does that, and says hello; at
/// `/large` there is more than fits between a server and a client that does not read.
type Engine = fn(usize, Handle) -> Serve;

/// `$run` makes of the server what serves.
macro_rules! engine {
    ($chapter:ident, $limits:expr, $run:expr) => {
        |permits, handle| {
            let mut server = $chapter::HttpServer::default();
            server.limits = $limits(permits);
            server.register($chapter::path("/"), move |_| {
                handle();
                Ok($chapter::Response::text("Hi there!\n"))
            });
            server.register($chapter::path("/large"), |_| {
                Ok($chapter::Response::text(vec![b'x'; LARGE]))
            });
            let server = $run(server);
            Box::new(move |incoming| {
                // Chapter 14 can say that it could not begin.
                #[allow(clippy::let_unit_value)]
                let _ = server.serve(incoming);
            })
        }
    };
}

const ENGINES: [Engine; 4] = [
    engine!(ch13, limits, |server| server),
    engine!(ch14, |workers| pool_limits(workers, CROWD), |server| server),
    engine!(ch15, loop_limits, LoopServer::new),
    engine!(ch16, loop_limits, TaskServer::new),
];

/// In bytes.
const LARGE: usize = 8 << 20;

/// Whether a client that comes and asks is answered, or is told 503.
fn is_greeted(address: SocketAddr) -> bool {
    let mut client = TcpClient::connect(address);
    client.send(GET_AND_CLOSE);
    match next_answer(&mut client) {
        Some((200, true)) => true,
        Some((503, true)) => false,
        other => panic!("answered {other:?}"),
    }
}

/// A client that has the head of a large answer, unless it was told 503.
fn take_the_head(live: &Live) -> Option<TcpClient> {
    let mut client = live.connect();
    // Some systems let a buffer grow to more than the answer has.
    SockRef::from(client.stream()).set_recv_buffer_size(64 * 1024).unwrap();
    client.send(GET.replace("/ ", "/large "));
    client.read_until("\r\n\r\n").starts_with(b"HTTP/1.1 200 ").then_some(client)
}

/// Tries again, as long as nobody has noticed that others are gone.
fn soon<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(result) = attempt() {
            return result;
        }
        assert!(started.elapsed() < PATIENCE, "nobody is gone");
    }
}

/// For a second each, a lingering close waits for them.
#[test]
fn who_has_its_last_answer_and_stays_gives_its_permit_to_another() {
    for engine in ENGINES {
        Live::run(engine(3, Box::new(|| {})), |live| {
            let mut staying = Vec::new();
            for _ in 0..30 {
                let mut client = live.connect();
                client.send(GET_AND_CLOSE);
                let (answer, ending) = client.read_to_end();
                assert_eq!((Reply::parse(answer).status, ending), (200, Ending::Closed));
                staying.push(client);
            }
        });
    }
}

/// Although nobody came behind who asks, and before it only such.
#[test]
fn who_says_nothing_makes_way_for_the_one_who_asks() {
    for engine in ENGINES {
        for count in [PERMITS, 2 * PERMITS, CROWD] {
            Live::run(engine(PERMITS, Box::new(|| {})), |live| {
                let _silent: Vec<_> = (0..count).map(|_| live.connect()).collect();
                assert!(is_greeted(live.addr()));
            });
        }
    }
}

/// As many as there are permits are served at once when it is over.
#[test]
fn who_resets_the_connection_whenever_it_likes_takes_no_permit_along() {
    let says = |live: &Live, bytes: &str| {
        let mut client = live.connect();
        client.send(bytes);
        client
    };
    let post = GET.replace("GET", "POST").replace("\r\n\r\n", "\r\nContent-Length: 9\r\n\r\nsoup");
    let large = GET.replace("/ ", "/large ").repeat(3);
    for engine in ENGINES {
        Live::run(engine(PERMITS, Box::new(|| {})), |live| {
            for _ in 0..2 * PERMITS {
                live.connect().reset();
                says(live, &GET[..GET.len() / 2]).reset();
                says(live, GET).reset();
                says(live, &post).reset();
                says(live, &large).reset();
                soon(|| take_the_head(live)).reset();
                let mut idle = says(live, GET);
                next_answer(&mut idle);
                idle.reset();
            }
            let downloads: Vec<_> = (0..PERMITS).map(|_| soon(|| take_the_head(live))).collect();
            for mut download in downloads {
                assert_eq!(download.read_exact(LARGE), vec![b'x'; LARGE]);
            }
        });
    }
}

#[test]
fn five_thousand_who_come_and_go_at_once_leave_nothing_behind() {
    for engine in ENGINES {
        Live::run(engine(PERMITS, Box::new(|| {})), |live| {
            // Not more at once than the kernel lets wait to be accepted.
            for _ in 0..50 {
                for _ in 0..100 {
                    live.connect().reset();
                }
                soon(|| is_greeted(live.addr()).then_some(()));
            }
        });
    }
}

// Chapters 15 and 16 with their own listener

/// What is sent last of this is less than what is sent at once. In bytes.
const SOME: usize = 10 * STEP;

/// A part of it.
const STEP: usize = 16 * 1024;

macro_rules! with_own_listener {
    ($($module:ident: $chapter:ident),+) => {$(
        mod $module {
            use super::*;
            use ::$chapter::{HttpServer, Request, Response, Stop, path};

            /// Runs it, and stops it when `body` is done, if it has not been stopped by then. The
            /// kernel takes little at once, where a connection has this from the listener.
            fn run(server: HttpServer, body: impl FnOnce(SocketAddr, &Stop)) {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                SockRef::from(&listener).set_send_buffer_size(4096).unwrap();
                let (address, stop) = (listener.local_addr().unwrap(), server.stop.clone());
                let serving = thread::spawn(move || server.serve(listener));
                body(address, &stop);
                stop.request();
                serving.join().unwrap().unwrap();
            }

            fn server(connections: usize) -> HttpServer {
                let mut server = HttpServer::default();
                server.limits = loop_limits(connections);
                server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
                server.register(path("/large"), |_| Ok(Response::text(vec![b'x'; LARGE])));
                server
            }

            /// Whether it stays or has said that it goes: as long as bytes of its answer are with
            /// us, it does not make way for others.
            #[test]
            fn who_takes_an_answer_slowly_gets_all_of_it_though_others_come() {
                for request in [GET, GET_AND_CLOSE] {
                    let mut server = server(1);
                    server.register(path("/some"), |_| Ok(Response::text(vec![b'x'; SOME])));
                    run(server, |address, _| {
                        let mut slow = TcpClient::connect(address);
                        SockRef::from(slow.stream()).set_recv_buffer_size(4096).unwrap();
                        slow.send(request.replace("/ ", "/some "));
                        slow.read_until("\r\n\r\n");
                        let mut taken = 0;
                        soon(|| {
                            let is_greeted = is_greeted(address);
                            if !is_greeted && taken < SOME {
                                slow.read_exact(STEP);
                                taken += STEP;
                            }
                            is_greeted.then_some(())
                        });
                        let (rest, ending) = slow.read_to_end();
                        assert_eq!((taken + rest.len(), ending), (SOME, Ending::Closed));
                    });
                }
            }

            /// It was not told that this is the last one, but waiting for the next one makes no
            /// sense.
            #[test]
            fn who_is_taking_an_answer_when_a_stop_comes_is_closed_when_it_has_it() {
                run(server(PERMITS), |address, stop| {
                    let mut client = TcpClient::connect(address);
                    client.send(GET.replace("/ ", "/large "));
                    client.read_until("\r\n\r\n");
                    stop.request();
                    // When the listener is gone, the stop has been heard.
                    soon(|| TcpStream::connect(address).err());
                    assert_eq!(client.read_exact(LARGE), vec![b'x'; LARGE]);
                    assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
                });
            }

            #[test]
            fn five_thousand_who_come_at_once_are_all_taken_in_turn() {
                run(server(PERMITS), |address, _| {
                    for _ in 0..50 {
                        let crowd: Vec<_> = (0..100).map(|_| TcpClient::connect(address)).collect();
                        let mut client = TcpClient::connect(address);
                        client.send(GET);
                        assert_eq!(next_answer(&mut client), Some((200, false)));
                        crowd.into_iter().for_each(TcpClient::reset);
                    }
                });
            }

            /// In the loop it keeps everybody waiting, as its documentation says; a worker keeps
            /// nobody.
            #[test]
            fn a_handler_that_waits_keeps_others_waiting_unless_a_worker_has_it() {
                let events_of = |has_worker: bool| {
                    let (events, gate) = (Events::new(), Gate::new());
                    let (log, door) = (events.clone(), gate.clone());
                    let wait = move |_: &Request| {
                        log.log("waits");
                        door.wait();
                        log.log("goes on");
                        Ok(Response::text("At last!\n"))
                    };
                    let mut server = HttpServer::default();
                    match has_worker {
                        true => server.register_waiting(path("/waits"), wait),
                        false => server.register(path("/waits"), wait),
                    }
                    let log = events.clone();
                    server.register(path("/"), move |_| {
                        log.log("another");
                        Ok(Response::text("Hi there!\n"))
                    });
                    run(server, |address, _| {
                        let ask = |path: &str| {
                            let mut client = TcpClient::connect(address);
                            client.send(GET.replace("/ ", path));
                            client
                        };
                        let mut waiting = ask("/waits ");
                        events.wait_for("waits");
                        let mut another = ask("/ ");
                        if has_worker {
                            events.wait_for("another");
                        }
                        gate.open();
                        assert_eq!(next_answer(&mut waiting), Some((200, false)));
                        assert_eq!(next_answer(&mut another), Some((200, false)));
                    });
                    events.list()
                };
                assert_eq!(events_of(false), ["waits", "goes on", "another"]);
                assert_eq!(events_of(true), ["waits", "another", "goes on"]);
            }
        }
    )+};
}

with_own_listener!(listener_of_ch15: ch15, listener_of_ch16: ch16);

/// Whatever time it is when the handler begins to read: its clock runs ahead whenever nobody else
/// has anything to do.
#[test]
fn who_is_told_to_go_on_is_not_late() {
    macro_rules! server_and_pool {
        ($chapter:ident) => {{
            let mut server = $chapter::HttpServer::default();
            server.register_reading($chapter::path("/"), |_, body| {
                Ok($chapter::Response::text(body.read_whole()?))
            });
            (Arc::new(server), Arc::new($chapter::Pool::detached(1, 1).unwrap()))
        }};
    }
    let (server, pool) = server_and_pool!(ch15);
    let in_a_loop = |system: Scripted, stream| {
        let mut reactor = ch15::Reactor::new(system);
        let (server, pool) = (Arc::clone(&server), Arc::clone(&pool));
        let protocol = ch15::HttpSite::new(server, pool, reactor.handle()).protocol();
        reactor.adopt(stream, None, protocol);
        reactor.run().unwrap();
    };
    let (server, pool) = server_and_pool!(ch16);
    let in_a_task = |system: Scripted, stream| {
        let mut executor = ch16::Executor::new(system);
        let (server, pool) = (Arc::clone(&server), Arc::clone(&pool));
        let site = ch16::HttpSite::new(server, pool, executor.handle());
        let stream = executor.handle().stream(stream, None).unwrap();
        executor.run(async move { site.on_connect(stream).await }).unwrap();
    };
    let engines: [&dyn Fn(Scripted, ScriptedStream); 2] = [&in_a_loop, &in_a_task];
    let script = || {
        let head = "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n";
        let head = format!("{head}Connection: close\r\nContent-Length: 4\r\n\r\n");
        Script::new().bytes(head).once(|sent| sent.ends_with(b"\r\n\r\n")).bytes("soup")
    };
    for engine in engines.into_iter().cycle().take(400) {
        let (conn, peer) = MockConnection::pair(script());
        let system = Scripted::new(|| false);
        let stream = system.stream(conn);
        engine(system, stream);
        let sent = String::from_utf8(peer.sent()).unwrap();
        assert!(sent.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "{sent}");
        assert!(sent.ends_with("\r\n\r\nsoup"), "{sent}");
    }
}

// Whoever waits for a program

/// In the middle of its answer, and each in another way. The programs would write for ever.
#[cfg(unix)]
#[test]
fn who_leaves_leaves_no_program_behind() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("alive");
    mock::named_pipe(&pipe).unwrap();
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("wire/scripts");
    let answer = gateway(([127, 0, 0, 1], 8017).into(), Cgi::below(&scripts).at_once(CROWD));
    let mut server = ch17::HttpServer::default();
    server.limits = limits(CROWD);
    server.register_reading(|_| true, move |request, body| answer(request, body));
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let (end, at_end) = mpsc::channel();
            let reading = pipe.clone();
            thread::spawn(move || {
                assert_eq!(File::open(reading).unwrap().read(&mut [0]).unwrap(), 0);
                end.send(()).unwrap();
            });
            // Open for writing here, too, until all of them have it.
            let ours = OpenOptions::new().write(true).open(&pipe).unwrap();
            let begin = |_| {
                let mut client = live.connect();
                client.send(GET.replace("/ ", &format!("/flood{} ", pipe.display())));
                client.read_until("and so on\n");
                client
            };
            let clients: Vec<_> = (0..CROWD).map(begin).collect();
            drop(ours);
            for (number, mut client) in clients.into_iter().enumerate() {
                match number % 3 {
                    0 => client.reset(),
                    1 => client.finish(),
                    _ => {}
                }
            }
            at_end.recv_timeout(PATIENCE).expect("all programs have ended");
        },
    );
}

// Whoever sends a form

/// A body of which is counted how much was taken.
struct Counted<'a> {
    body: &'a mut dyn Read,
    taken: &'a AtomicUsize,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.body.read(buffer)?;
        self.taken.fetch_add(count, Ordering::SeqCst);
        Ok(count)
    }
}

/// What is taken of it is what is in memory, and that is bounded. Whoever comes next is served.
#[test]
fn a_form_of_a_million_fields_is_refused_before_it_is_all_in_memory() {
    const FIELDS: usize = 1_000_000;
    let mut app = ch18::App::default();
    app.route("/", ch18::post(|call| Ok(ch18::Response::text(call.form()?.to_string())))).unwrap();
    let taken = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&taken);
    let counting = move |environ: &ch18::Environ, input: &mut dyn Read| {
        ch18::Application::answer(&app, environ, &mut Counted { body: input, taken: &seen })
    };
    let answer = ch18::gateway(([127, 0, 0, 1], 8018).into(), counting);
    let mut server = ch18::HttpServer::default();
    server.limits = limits(PERMITS);
    server.register_reading(ch18::prefix("/"), move |request, body| answer(request, body));
    let post = |live: &Live, framing: &str, body: &str| {
        let mut client = live.connect();
        let fields = "Host: localhost\r\nConnection: close\r\n\
                      Content-Type: application/x-www-form-urlencoded";
        client.send(format!("POST / HTTP/1.1\r\n{fields}\r\n{framing}\r\n\r\n"));
        // Hardly more than what must be enough for an answer. Who wants more waits for it in vain.
        client.send(&body.as_bytes()[..body.len().min(ch18::MAX_FORM as usize + 64)]);
        Reply::parse(client.read_to_end().0)
    };
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let few = "a=b&".repeat(ch18::MAX_FORM_FIELDS + 1);
            let many = "a=b&".repeat(FIELDS);
            let empty = "&".repeat(FIELDS);
            for body in [few, many, empty] {
                let most = (ch18::MAX_FORM as usize + 1).min(body.len());
                let length = format!("Content-Length: {}", body.len());
                let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
                let chunked = "Transfer-Encoding: chunked".to_owned();
                for (framing, body) in [(length, &body), (chunked, &chunks)] {
                    let before = taken.load(Ordering::SeqCst);
                    assert_eq!(post(live, &framing, body).status, 413);
                    assert_eq!(taken.load(Ordering::SeqCst) - before, most, "{framing}");
                }
            }
            let reply = post(live, "Content-Length: 3", "a=b");
            assert_eq!((reply.status, reply.text()), (200, "a=b"));
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
    ENGINES.into_iter().for_each(be_crowded);
}

fn be_crowded(engine: Engine) {
    let (inside, most) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let handle = move || {
        seen.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::yield_now();
        inside.fetch_sub(1, Ordering::SeqCst);
    };
    let mut seed = Seed::new();
    let seeds: Vec<_> = (0..CROWD).map(|_| Seed::of(seed.number(0..=usize::MAX) as u64)).collect();
    Live::run(engine(PERMITS, Box::new(handle)), |live| {
        thread::scope(|scope| {
            for mut seed in seeds {
                scope.spawn(move || {
                    for _ in 0..20 {
                        be_answered(live, &mut seed);
                    }
                });
            }
        });
    });
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
                Some((200, false)) => {}
                // In chapter 14 others wait, whatever else it has asked for.
                Some((200, true)) => {
                    assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
                    return Seen::Answers;
                }
                Some((503, _)) => return Seen::Refusal,
                Some((status, _)) => panic!("answered {status}"),
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

/// The status of the next answer, which is whole, and whether it says that it is the last; `None`
/// if the connection has ended before it.
fn next_answer(client: &mut TcpClient) -> Option<(u16, bool)> {
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
    Some((reply.status, reply.header("Connection") == Some("close")))
}

// A client, and a server that goes when it likes

/// Answers one request, and closes the connection when the next one has come; `note` is told of
/// both.
fn answer_one(mut conn: &TcpStream, note: impl Fn(usize)) {
    for is_first in [true, false] {
        // It fails if nobody asks any more.
        let Ok(Some(message)) = ch12::read_message(&mut conn, &mut Vec::new()) else { return };
        let ch12::StartLine::Request { target, .. } = message.start else { panic!("a request") };
        note(target[1..].parse().unwrap());
        if is_first {
            let length = target.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{target}");
            conn.write_all(answer.as_bytes()).unwrap();
        }
    }
}

/// Nobody can know whether the server has done what it was asked last. No page is lost, and what
/// may not be done twice is not.
#[test]
fn threads_that_share_a_session_ask_again_for_pages_and_for_nothing_else() {
    const EACH: usize = 40;
    let came: Vec<_> = (0..CROWD * EACH).map(|_| AtomicUsize::new(0)).collect();
    let note = |number: usize| _ = came[number].fetch_add(1, Ordering::SeqCst);
    let serve = |incoming: Incoming| {
        thread::scope(|scope| {
            for conn in incoming {
                scope.spawn(move || answer_one(&conn.unwrap(), note));
            }
        });
    };
    let unanswered = AtomicUsize::new(0);
    Live::run(serve, |live| {
        let session = ch19::Session::default();
        let ask = |thread: usize| {
            for (number, came) in came.iter().enumerate().skip(thread * EACH).take(EACH) {
                let method = if number % 3 == 0 { "POST" } else { "GET" };
                let url = format!("http://{}/{number}", live.addr());
                let request = ch19::Request::new(method, &url).unwrap();
                match session.send(request).and_then(|answer| answer.text()) {
                    Ok(page) => assert_eq!(page, format!("/{number}")),
                    Err(ch19::FetchError::NoAnswer) if method == "POST" => {
                        unanswered.fetch_add(1, Ordering::SeqCst);
                    }
                    Err(error) => panic!("{method} {number}: {error}"),
                }
                let times = came.load(Ordering::SeqCst);
                assert!(times == 1 || (method == "GET" && times == 2), "{method}: {times}");
            }
        };
        let ask = &ask;
        thread::scope(|scope| {
            for number in 0..CROWD {
                scope.spawn(move || ask(number));
            }
        });
    });
    assert!(unanswered.into_inner() > 0, "connections were kept");
}
