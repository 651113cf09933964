//! The attacks of the core: what breaks each chapter's server, and is the reason
//! for a later one.
//!
//! An attack is one function. It is run against the server that it breaks, where
//! it must work, and against the server that answers it, where it must fail. So
//! "chapter 6 has a deadline" is not a claim: take the deadline away, and a test
//! here fails.
//!
//! Neither outcome may come about by luck, and none is taken for granted. That
//! "nothing came within a second" proves nothing: on a busy machine nothing comes
//! from a good server either. So each attack recognises both outcomes by something
//! that only this outcome can bring about (the order of events, how a connection
//! ended, what the kernel was told to do) and panics at anything else. No time is
//! measured; waits have a bound, which only a server meets that does neither.

use Attack::{Fails, Works};
use ch17::{Application, Environ};
use course_tests::event_loop::LoopServer;
use course_tests::proxy_server::serve_before;
use course_tests::task_server::TaskServer;
use mock::{
    Ending, Events, Gate, Live, MockClient, MockConnection, MockReader, PATIENCE, Reply, Script,
    TcpClient, assert_bytes,
};
use socket2::SockRef;
#[cfg(unix)]
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::Debug;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};
use std::{env, fs, process};

/// How an attack went.
#[derive(Debug, PartialEq)]
#[must_use]
enum Attack {
    /// The server does what the attacker wants.
    Works,
    /// The server has an answer.
    Fails,
}

/// What was seen is neither the one outcome nor the other.
#[track_caller]
fn unclear(seen: impl Debug) -> ! {
    panic!("the attack has neither worked nor failed: {seen:?}")
}

/// What a server accepts, as it comes over TCP.
type Clients<'a> = &'a mut dyn Iterator<Item = io::Result<TcpStream>>;

/// What a conversation calls at its beginning, or at its end.
type Hook<'a> = &'a (dyn Fn() + Sync);

/// Short enough for a test to wait for it.
const SHORT: Duration = Duration::from_millis(200);

// Chapter 1: one client, then the program ends

/// Comes when the first client has left.
///
/// Chapter 1 accepts once. With the end of that conversation the listening socket
/// is dropped, the kernel closes the port, and whoever comes now is refused: no
/// byte of theirs reaches a program. Chapter 2 puts a loop around `accept`.
///
/// *Why this is a proof:* `ConnectionRefused` is what the kernel says of a port
/// that nobody listens at, and hearing one's words again is to be served. There is
/// a third case. Chapter 1 hangs up on the first client a moment before it closes
/// the port, and a client that comes in that moment is connected and then reset: it
/// comes again.
fn come_when_the_first_has_left(serve: impl FnOnce(TcpListener) + Send + 'static) -> Attack {
    let address = start(serve);
    let mut first = TcpClient::connect(address);
    first.send("hello\n");
    first.finish();
    first.read_to_end();

    let started = Instant::now();
    loop {
        match visit(address) {
            Ok(heard) if heard.ends_with(b"hello\n") => return Fails,
            Ok(heard) => unclear(heard),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => return Works,
            Err(error) if started.elapsed() > PATIENCE => unclear(error),
            Err(_) => {}
        }
    }
}

#[test]
fn ch01_who_comes_after_the_first_client_is_refused() {
    assert_eq!(come_when_the_first_has_left(ch01_serves), Works);
    assert_eq!(come_when_the_first_has_left(ch02_serves), Fails);
}

/// Comes while the first client is still there.
///
/// The kernel connects such a client on the server's behalf and lets it wait in the
/// listening socket's queue; it may even send. Chapter 1 never accepts it. When
/// it drops the listening socket the kernel throws away whoever waits there, and
/// tells it with a reset. In chapter 2 it is its turn when the first has left.
///
/// *Why this is a proof:* the first client has heard its words again and has not
/// yet left when the second one connects, so that the server is busy and the port is
/// open. How the second one's connection ends, and after which bytes, is seen at the
/// socket.
fn come_while_the_first_is_there(serve: impl FnOnce(TcpListener) + Send + 'static) -> Attack {
    let address = start(serve);
    let mut first = TcpClient::connect(address);
    first.send("hello\n");
    first.read_until("hello\n");

    let mut second = TcpClient::connect(address);
    second.send("me too\n");
    second.finish();
    first.finish();
    match second.read_to_end() {
        (heard, Ending::Reset) if heard.is_empty() => Works,
        (heard, Ending::Closed) if heard.ends_with(b"me too\n") => Fails,
        other => unclear(other),
    }
}

#[test]
fn ch01_who_comes_meanwhile_is_connected_by_the_kernel_and_then_reset() {
    assert_eq!(come_while_the_first_is_there(ch01_serves), Works);
    assert_eq!(come_while_the_first_is_there(ch02_serves), Fails);
}

fn ch01_serves(listener: TcpListener) {
    ch01::serve_one(listener).unwrap();
}

fn ch02_serves(listener: TcpListener) {
    ch02::serve(listener.incoming(), ch02::greet_and_echo);
}

/// Starts a server on a free port, in a thread that is left to itself: chapter 2's
/// never ends but with the process.
fn start(serve: impl FnOnce(TcpListener) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(listener));
    address
}

/// A conversation of which any part may fail.
fn visit(address: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"hello\n")?;
    stream.shutdown(Shutdown::Write)?;
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard)?;
    Ok(heard)
}

// Chapter 2 and chapter 5, which has the same loop: one client at a time

/// Connects and says nothing.
///
/// The accept loop waits for this client's first byte, and everybody else waits for
/// the accept loop. It need not be malice: browsers open a spare connection in case
/// they need one. Chapters 3 and 6 leave the waiting to a thread of the client's
/// own, and chapter 6 bounds it.
///
/// *Why this is a proof:* if the thread that accepts is the one that has begun the
/// silent client's conversation, it accepts nobody until that ends. Then the silent
/// one leaves, and the log must say that the other's turn came after that. If it is
/// another thread, the silent client stays, and the other one must be answered
/// nevertheless.
fn say_nothing(
    serve: impl FnOnce(Clients<'_>, Hook<'_>) + Send,
    other_says: &str,
    other_hears: &str,
) -> Attack {
    let events = Events::new();
    let (accepts, accepting) = mpsc::channel();
    let (enters, entering) = mpsc::channel();
    let enter = || {
        events.log("a client's turn");
        enters.send(thread::current().id()).unwrap();
    };
    Live::run(
        |incoming| {
            let note = |_: &_| accepts.send(thread::current().id()).unwrap();
            serve(&mut incoming.inspect(note), &enter);
        },
        |live| {
            let silent = live.connect();
            let accepting = accepting.recv_timeout(PATIENCE).expect("it is accepted");
            let waiting = entering.recv_timeout(PATIENCE).expect("it is its turn");

            let mut other = live.connect();
            other.send(other_says);
            if waiting == accepting {
                events.log("the silent one leaves");
                drop(silent);
                other.read_until(other_hears);
            } else {
                other.read_until(other_hears);
                drop(silent);
            }
        },
    );
    match events.list().iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["a client's turn", "the silent one leaves", "a client's turn"] => Works,
        ["a client's turn", "a client's turn"] => Fails,
        _ => unclear(events.list()),
    }
}

#[test]
fn ch02_a_silent_client_keeps_everybody_waiting() {
    let on_ch02 = |clients: Clients<'_>, enter: Hook<'_>| {
        ch02::serve(clients, |conn| {
            enter();
            ch02::greet_and_echo(conn)
        });
    };
    let on_ch03 = |clients: Clients<'_>, enter: Hook<'_>| {
        ch03::serve(clients, |conn| {
            enter();
            ch03::echo_lines(conn)
        });
    };
    assert_eq!(say_nothing(on_ch02, "hello\n", "hello\n"), Works);
    assert_eq!(say_nothing(on_ch03, "hello\n", "hello\n"), Fails);
}

#[test]
fn ch05_a_spare_connection_holds_the_whole_server() {
    let on_ch05 = |clients: Clients<'_>, enter: Hook<'_>| {
        ch05::serve(clients, |conn| {
            enter();
            ch05::hello(conn)
        });
    };
    let on_ch06 = |clients: Clients<'_>, enter: Hook<'_>| {
        let server = ch06::HttpServer::default();
        ch06::serve(clients, &server.limits, |conn, peer| {
            enter();
            server.on_connect(conn, peer)
        });
    };
    assert_eq!(say_nothing(on_ch05, GET, "Hi there!\n"), Works);
    assert_eq!(say_nothing(on_ch06, GET, "Hi there!\n"), Fails);
}

const GET: &str = "GET / HTTP/1.0\r\n\r\n";

// Chapter 3: a thread per client, for as long as it likes

/// A small buffer for a socket, in bytes. The kernel may double it.
const SMALL: usize = 64 * 1024;

/// Much more than is kept on the way between two sockets with small buffers: on Linux
/// that is a tenth of it.
const TOO_MUCH: usize = 32 * SMALL;

/// Sends lines and never reads what comes back.
///
/// What the server sends piles up, first in the client's kernel and then in the
/// server's. When both are full, a write waits for the client to read, and with it
/// the thread. In chapter 3 nothing else can end it. In chapter 6 an answer must be
/// taken within `response_time`: then the conversation ends and the thread is free.
/// (Chapter 4 has an answer of its own: see [`be_stalled_in_a_room`].)
///
/// *Why this is a proof:* more is sent back than both kernels hold, so that the
/// thread comes to a write that waits. If that write has no timeout (the kernel
/// knows, and it has been told by the time the first byte is sent), then only the
/// client can end it. It reads at last, and the log must say that the conversation
/// ended after that. If it has one, the client stays stalled, and the conversation must
/// end nevertheless.
fn be_stalled(serve: impl FnOnce(Clients<'_>, Hook<'_>) + Send) -> Attack {
    let events = Events::new();
    let leave = || events.log("the conversation ends");
    let (accepts, accepted) = mpsc::channel();
    Live::run(
        |incoming| {
            let note = |conn: &io::Result<TcpStream>| {
                let conn = conn.as_ref().unwrap();
                SockRef::from(conn).set_send_buffer_size(SMALL).unwrap();
                accepts.send(conn.try_clone().unwrap()).unwrap();
            };
            serve(&mut incoming.inspect(note), &leave);
        },
        |live| {
            let mut stalled = live.connect();
            SockRef::from(stalled.stream()).set_recv_buffer_size(SMALL).unwrap();
            // With a clone, the server's side would stay open after the server
            // has closed it. So it is dropped as soon as it was looked at.
            let server_side = accepted.recv_timeout(PATIENCE).expect("it is accepted");
            let mut talks = stalled.stream().try_clone().unwrap();
            thread::scope(|scope| {
                scope.spawn(move || {
                    // It breaks off if the server hangs up.
                    let _ = talks.write_all(&lines(TOO_MUCH));
                    let _ = talks.shutdown(Shutdown::Write);
                });
                stalled.read_exact(1);
                let waits_for_ever = server_side.write_timeout().unwrap().is_none();
                drop(server_side);
                if waits_for_ever {
                    events.log("the stalled one reads");
                    stalled.read_to_end();
                }
                events.wait_for("the conversation ends");
            });
        },
    );
    match events.list().iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["the stalled one reads", "the conversation ends"] => Works,
        ["the conversation ends"] => Fails,
        _ => unclear(events.list()),
    }
}

#[test]
fn ch03_a_stalled_clients_thread_hangs_in_a_write_for_ever() {
    // The same conversation, two engines.
    let on_ch03 = |clients: Clients<'_>, leave: Hook<'_>| {
        ch03::serve(clients, |conn| {
            let result = ch03::echo_lines(conn);
            leave();
            result
        });
    };
    let on_ch06 = |clients: Clients<'_>, leave: Hook<'_>| {
        let limits = ch06::Limits { response_time: SHORT, ..ch06::Limits::default() };
        ch06::serve(clients, &limits, |conn, _| {
            let result = ch03::echo_lines(conn);
            leave();
            result
        });
    };
    assert_eq!(be_stalled(on_ch03), Works);
    assert_eq!(be_stalled(on_ch06), Fails);
}

/// At least so many bytes of lines.
fn lines(length: usize) -> Vec<u8> {
    let line = [&[b'x'; 999][..], b"\n"].concat();
    line.repeat(length.div_ceil(line.len()))
}

/// How many there may be, where there is a limit.
const SEATS: usize = 3;

/// Comes with one friend more than there may be, and all stay.
///
/// Chapter 3 takes everybody in. A client costs the attacker next to nothing and
/// the server a thread, until the system has no more of them to give. In chapter 4
/// the room has so many seats, in chapter 6 the whole server: the next client is
/// told so and sent away.
///
/// *Why this is a proof:* the next one comes when all the others have been let in,
/// and after that each client that is in speaks and is answered: all are inside at the
/// same time.
fn come_without_limit(
    serve: impl FnOnce(Clients<'_>) + Send,
    (say, hear): (&str, &str),
    refusal: &str,
) -> Attack {
    Live::run(
        |mut incoming| serve(&mut incoming),
        |live| {
            let mut inside = Vec::new();
            let mut refused = 0;
            for _ in 0..SEATS + 1 {
                let mut client = live.connect();
                if client.read_until("\n") == refusal.as_bytes() {
                    assert_eq!(client.read_to_end().1, Ending::Closed);
                    refused += 1;
                } else {
                    inside.push(client);
                }
            }
            for client in &mut inside {
                client.send(say);
                client.read_until(hear);
            }
            match (inside.len(), refused) {
                (number, 0) if number == SEATS + 1 => Works,
                (SEATS, 1) => Fails,
                other => unclear(other),
            }
        },
    )
}

#[test]
fn ch03_clients_without_limit_are_threads_without_limit() {
    let on_ch03 = |clients: Clients<'_>| ch03::serve(clients, ch02::greet_and_echo);
    let on_ch04 = |clients: Clients<'_>| ch04::serve(clients, &ch04::Room::new(SEATS));
    let on_ch06 = |clients: Clients<'_>| {
        let limits = ch06::Limits { connections: SEATS, ..ch06::Limits::default() };
        ch06::serve(clients, &limits, |conn, _| ch02::greet_and_echo(conn));
    };
    assert_eq!(come_without_limit(on_ch03, ECHO, UNAVAILABLE), Works);
    assert_eq!(come_without_limit(on_ch04, CHAT, FULL), Fails);
    assert_eq!(come_without_limit(on_ch06, ECHO, UNAVAILABLE), Fails);
}

/// What is said to be answered, and the end of the answer.
const ECHO: (&str, &str) = ("hello\n", "hello\n");
const CHAT: (&str, &str) = ("/HELP\n", "* there are /NAME you and /EXIT\n");

/// What a client hears that is sent away.
const UNAVAILABLE: &str = "HTTP/1.0 503 Service Unavailable\r\n";
const FULL: &str = "full\n";

// Chapter 4: a room

/// Joins a room, and does not read what the others say.
///
/// This is chapter 3's stalled client among people. In chapter 4's first step (`cargo
/// run --bin ch04 -- --direct`) the speaker's own thread writes to each member, with
/// the room's lock in its hand: at the stalled one it waits, and nobody can be heard any
/// more. In its last step lines go to a bounded queue, which never waits, and who
/// lets it run full is dropped.
///
/// *Why this is a proof:* the stalled member's connection tells which thread writes to
/// it. If it is the speaker's own, the speaker cannot go on until that write ends;
/// then the stalled one reads at last, and the log must say that the speaker finished
/// after that. If it is another one, the stalled member stays stalled. Then the speaker
/// must finish nevertheless, and the stalled one must be hung up on by the room.
fn be_stalled_in_a_room(
    on_connect: impl Fn(MockReader, Box<dyn Write + Send>, Gate) -> io::Result<()> + Sync,
) -> Attack {
    /// Takes every line but the speaker's, and tells which thread waits with that.
    struct Stalled {
        writer: mpsc::Sender<Option<String>>,
        reads: Gate,
    }
    impl Write for Stalled {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            if line.starts_with(b"guest2: ") && !self.reads.is_open() {
                self.writer.send(thread::current().name().map(str::to_owned)).unwrap();
                self.reads.wait();
            }
            Ok(line.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let events = Events::new();
    let (reads, hung_up, leaves) = (Gate::new(), Gate::new(), Gate::new());
    let (writer, writers) = mpsc::channel();
    let (stalled, _) = MockConnection::pair(Script::new().wait(&leaves));
    let (stalled_says, _) = stalled.log_to(&events, "guest1").split();
    let stalled_hears = Box::new(Stalled { writer, reads: reads.clone() });
    let (speaker, _) = MockConnection::pair("hello\n".repeat(2 * ch04::QUEUE_LENGTH));
    let (speaker_says, _) = speaker.split();

    let seen = thread::scope(|scope| {
        scope.spawn(|| on_connect(stalled_says, stalled_hears, hung_up.clone()));
        events.wait_for("read guest1 blocks"); // it is in
        let speak = || {
            let _ = on_connect(speaker_says, Box::new(io::sink()), Gate::new());
            events.log("the speaker has finished");
        };
        thread::Builder::new().name("speaker".to_owned()).spawn_scoped(scope, speak).unwrap();

        let writer = writers.recv_timeout(PATIENCE).expect("it is written to");
        if writer.as_deref() == Some("speaker") {
            events.log("the stalled one reads");
            reads.open();
        } else {
            hung_up.wait();
        }
        let seen = events.wait_for("the speaker has finished");
        reads.open();
        leaves.open();
        seen
    });
    match (hung_up.is_open(), &seen.iter().map(String::as_str).collect::<Vec<_>>()[1..]) {
        (false, ["the stalled one reads", "the speaker has finished"]) => Works,
        (true, ["the speaker has finished"]) => Fails,
        _ => unclear(seen),
    }
}

#[test]
fn ch04_a_stalled_member_freezes_the_room_of_step_one() {
    let room = ch04::Room::new(2);
    let step_one = |reader, writer, _hang_up| ch04::on_connect_direct(&room, reader, writer);
    assert_eq!(be_stalled_in_a_room(step_one), Works);

    let room = ch04::Room::new(2);
    let last_step = |reader, writer, hang_up: Gate| {
        ch04::on_connect(&room, reader, writer, move || hang_up.open())
    };
    assert_eq!(be_stalled_in_a_room(last_step), Fails);
}

/// Takes every seat, and then says no more.
///
/// A limit alone turns the attack round: the attacker need not exhaust the machine
/// any more, a few silent connections are enough and nobody else gets in. Chapter 4
/// lets a silent member sit there for ever. Chapter 6 gives each client
/// `request_time` for all that it has to say, and then gives the seat to another.
///
/// *Why this is a proof:* each member has been answered, so that the server reads
/// from all of them. If it reads without a timeout (the kernel knows), only they can
/// end that. A newcomer is turned away, then one of them leaves, and the log must say
/// that a newcomer was let in only after that. If there is a timeout, no member
/// leaves, and a newcomer must get in nevertheless.
fn fill_every_seat(
    serve: impl FnOnce(Clients<'_>) + Send,
    (say, hear): (&str, &str),
    refusal: &str,
) -> Attack {
    let events = Events::new();
    let (accepts, accepted) = mpsc::channel();
    Live::run(
        |incoming| {
            let note = |conn: &io::Result<TcpStream>| {
                let _ = accepts.send(conn.as_ref().unwrap().try_clone().unwrap());
            };
            serve(&mut incoming.inspect(note));
        },
        |live| {
            let mut members: Vec<_> = (0..SEATS).map(|_| live.connect()).collect();
            // Whoever is not answered was hung up on, and does not stay for ever.
            let all_answered = members.iter_mut().all(|member| {
                let _ = member.try_send(say);
                hears(member, hear)
            });
            // With a clone, the server's side would stay open after the server
            // has closed it. So they are dropped as soon as they were looked at.
            let mut server_sides = accepted.try_iter().take(SEATS);
            let stay_for_ever =
                all_answered && server_sides.all(|conn| conn.read_timeout().unwrap().is_none());
            drop(accepted);

            thread::scope(|scope| {
                scope.spawn(|| {
                    let started = Instant::now();
                    while live.connect().read_until("\n") == refusal.as_bytes() {
                        events.log("a newcomer is turned away");
                        assert!(started.elapsed() < PATIENCE, "no seat is ever free again");
                    }
                    events.log("a newcomer gets in");
                });
                if stay_for_ever {
                    events.wait_for("a newcomer is turned away");
                    events.log("a member leaves");
                    members.pop();
                }
            });
        },
    );
    let mut seen = events.list();
    seen.dedup();
    match seen.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["a newcomer is turned away", "a member leaves", .., "a newcomer gets in"] => Works,
        ["a newcomer is turned away", "a newcomer gets in"] | ["a newcomer gets in"] => Fails,
        _ => unclear(seen),
    }
}

#[test]
fn ch04_silent_members_fill_every_seat() {
    let on_ch04 = |clients: Clients<'_>| ch04::serve(clients, &ch04::Room::new(SEATS));
    let on_ch06 = |clients: Clients<'_>| {
        let limits =
            ch06::Limits { connections: SEATS, request_time: SHORT, ..ch06::Limits::default() };
        ch06::serve(clients, &limits, |conn, _| ch02::greet_and_echo(conn));
    };
    assert_eq!(fill_every_seat(on_ch04, CHAT, FULL), Works);
    assert_eq!(fill_every_seat(on_ch06, ECHO, UNAVAILABLE), Fails);
}

/// Whether the client hears `words`; if not, the connection has ended before.
fn hears(client: &TcpClient, words: &str) -> bool {
    let mut heard = Vec::new();
    BufReader::new(client.stream()).bytes().map_while(Result::ok).any(|byte| {
        heard.push(byte);
        heard.ends_with(words.as_bytes())
    })
}

// Chapter 5: HTTP, and a head is all that is read

/// Sends a request with a body to a server that does not read bodies.
///
/// Chapter 5 answers when it has read the head, and closes. But a socket that is
/// closed while unread bytes lie in it is not closed but reset: so TCP tells the
/// client that not all was read, and the reset may overtake the answer and destroy
/// it (on one machine it may still be readable, so it is the ending that counts).
/// Chapter 6 parts politely: it says that it sends no more, reads what still comes,
/// within bounds, and closes an empty socket.
///
/// *Why this is a proof:* the server gets hold of the connection when the whole body
/// has been sent. How it ended, the client sees when reading, and, should the reset
/// come after the end of the answer, from the socket's pending error, which is looked
/// at when the server has closed.
///
/// Not on every system: some close such a socket in the ordinary way although bytes
/// are unread (RFC 2525 section 2.17), and the reset comes only if even more is sent.
#[cfg(any(target_os = "linux", windows))]
fn send_a_body(serve: impl FnOnce(Clients<'_>) + Send) -> Attack {
    let (sent, closed) = (Gate::new(), Gate::new());
    Live::run(
        |incoming| {
            serve(&mut incoming.take(1).inspect(|_| sent.wait()));
            closed.open();
        },
        |live| {
            let mut client = live.connect();
            client.send("POST / HTTP/1.0\r\nContent-Length: 50000\r\n\r\n");
            client.send(vec![b'x'; 50_000]);
            sent.open();
            let (heard, ending) = client.read_to_end();
            closed.wait();
            match (ending, client.stream().take_error().unwrap()) {
                (Ending::Reset, _) | (Ending::Closed, Some(_)) => Works,
                (Ending::Closed, None) if heard.ends_with(b"Hi there!\n") => Fails,
                other => unclear((heard, other)),
            }
        },
    )
}

#[cfg(any(target_os = "linux", windows))]
#[test]
fn ch05_a_body_that_is_not_read_makes_the_connection_end_in_a_reset() {
    let on_ch05 = |clients: Clients<'_>| ch05::serve(clients, ch05::hello);
    let on_ch06 = |clients: Clients<'_>| ch06::HttpServer::default().serve(clients);
    assert_eq!(send_a_body(on_ch05), Works);
    assert_eq!(send_a_body(on_ch06), Fails);
}

// Chapter 6: threads and limits, and chapter 5's idea of a request

/// Sends what is nearly a request.
///
/// Two words where three belong; a header without its colon. Chapter 6 finds that
/// this is not HTTP, and closes without a word: was it the network, was the server
/// down, or was it the request? Chapter 7's parser says what is wrong and with which
/// status to answer, and every malformed request gets its 400.
///
/// *Why this is a proof:* the conversation is over, and all that was sent in it lies
/// here: nothing at all, or a whole reply.
fn send_what_is_nearly_a_request(on_connect: impl Fn(MockConnection), request: &str) -> Attack {
    let sent = MockClient::new(on_connect).raw(request);
    if sent.is_empty() {
        return Works;
    }
    let reply = Reply::parse(sent);
    if reply.status == 400 { Fails } else { unclear(reply) }
}

#[test]
fn ch06_a_malformed_request_is_closed_without_a_word() {
    let (server6, server7) = (ch06::HttpServer::default(), ch07::HttpServer::default());
    let on_ch06 = |mut conn| _ = server6.on_connect(&mut conn, None);
    let on_ch07 = |mut conn| _ = server7.on_connect(&mut conn, None);
    for request in ["GET /\r\n\r\n", "GET / HTTP/1.0\r\nno colon\r\n\r\n"] {
        assert_eq!(send_what_is_nearly_a_request(on_ch06, request), Works, "{request:?}");
        assert_eq!(send_what_is_nearly_a_request(on_ch07, request), Fails, "{request:?}");
    }
}

/// Sends a head that does not end.
///
/// Chapter 6 keeps what it has read until the blank line comes, and bounds only the
/// time: in ten seconds a fast client can fill the memory. Chapter 7 stops at
/// `MAX_HEAD` and answers 431.
///
/// *Why this is a proof:* so that the test ends, the blank line does come in the end.
/// A server that answers 200 has taken it all, piece by piece, and has parsed the head
/// as a whole: it had all of it in memory. One that answers 431 has taken hardly more
/// than its limit, which the number of its reads tells.
fn send_a_head_without_end(on_connect: impl Fn(MockConnection)) -> Attack {
    const PIECES: usize = 4000;
    let mut script = Script::from("GET / HTTP/1.0\r\nX-Long: ");
    for _ in 0..PIECES {
        script = script.bytes([b'x'; 1000]);
    }
    let (conn, peer) = MockConnection::pair(script.bytes("\r\n\r\n"));
    on_connect(conn);
    match (Reply::parse(peer.sent()).status, peer.reads()) {
        (200, reads) if reads > PIECES => Works,
        (431, reads) if reads * 1000 < 2 * ch07::MAX_HEAD => Fails,
        other => unclear(other),
    }
}

#[test]
fn ch06_a_head_without_end_is_kept_in_memory() {
    let (server6, server7) = (ch06::HttpServer::default(), ch07::HttpServer::default());
    let on_ch06 = |mut conn| _ = server6.on_connect(&mut conn, None);
    let on_ch07 = |mut conn| _ = server7.on_connect(&mut conn, None);
    assert_eq!(send_a_head_without_end(on_ch06), Works);
    assert_eq!(send_a_head_without_end(on_ch07), Fails);
}

// Chapter 7: every request is understood, and nothing is known about addresses

/// Asks for an address that does not exist.
///
/// Chapter 7 has one page for all addresses but one, and says 200. A search engine
/// that follows a wrong link keeps the wrong address for ever. In chapter 8 an address
/// exists because something was registered for it; all others are 404.
///
/// *Why this is a proof:* the reply says it.
fn ask_for_what_does_not_exist(on_connect: impl Fn(MockConnection)) -> Attack {
    let client = MockClient::new(on_connect);
    assert_eq!(client.get("/").status, 200, "the server works");
    match client.get("/no/such/page").status {
        200 => Works,
        404 => Fails,
        other => unclear(other),
    }
}

#[test]
fn ch07_an_address_that_does_not_exist_is_answered_200() {
    let on_ch07 = |mut conn| _ = ch07::HttpServer::default().on_connect(&mut conn, None);
    let mut server = ch08::HttpServer::default();
    server.register(ch08::path("/"), home);
    let on_ch08 = |mut conn| _ = server.on_connect(&mut conn, None);
    assert_eq!(ask_for_what_does_not_exist(on_ch07), Works);
    assert_eq!(ask_for_what_does_not_exist(on_ch08), Fails);
}

/// The request and the response of chapter 8 are those of chapter 9, too.
fn home(_: &ch08::Request) -> anyhow::Result<ch08::Response> {
    Ok(ch08::Response::text("Hi there!\n"))
}

// Chapter 8: handlers that always succeed

/// Asks for a page whose handler fails.
///
/// A file is gone, a number is not a number, an index is out of bounds: sooner or
/// later every handler fails. In chapter 8 its error ends the conversation before
/// there is an answer, and a panic ends the thread besides. Chapter 9 catches both and
/// answers 500.
///
/// *Why this is a proof:* the client has read to the end of the connection. That the
/// server lives, the next client proves, and the return of `serve`: it panics at its
/// end if one of its threads did, and the test with it.
fn ask_for_a_page_that_fails(serve: impl FnOnce(Clients<'_>) + Send, page: &str) -> Attack {
    Live::run(
        |mut incoming| serve(&mut incoming),
        |live| {
            let get = |page: &str| {
                let mut client = live.connect();
                client.send(format!("GET {page} HTTP/1.0\r\n\r\n"));
                client.read_to_end().0
            };
            let heard = get(page);
            assert_eq!(Reply::parse(get("/")).status, 200, "the next client is served");
            if heard.is_empty() {
                return Works;
            }
            let reply = Reply::parse(heard);
            if reply.status == 500 { Fails } else { unclear(reply) }
        },
    )
}

fn fails(_: &ch08::Request) -> anyhow::Result<ch08::Response> {
    Err(io::Error::other("the soup is off"))?
}

fn panics(_: &ch08::Request) -> anyhow::Result<ch08::Response> {
    panic!("the soup is off")
}

fn ch08_with_handlers() -> ch08::HttpServer {
    let mut server = ch08::HttpServer::default();
    server.register(ch08::path("/"), home);
    server.register(ch08::path("/fails"), fails);
    server.register(ch08::path("/panics"), panics);
    server
}

fn ch09_with_handlers() -> ch09::HttpServer {
    let mut server = ch09::HttpServer::default();
    server.register(ch09::path("/"), home);
    server.register(ch09::path("/fails"), fails);
    server.register(ch09::path("/panics"), panics);
    server
}

#[test]
fn ch08_a_handler_that_fails_gives_no_answer() {
    let on_ch08 = |clients: Clients<'_>| ch08_with_handlers().serve(clients);
    let on_ch09 = |clients: Clients<'_>| ch09_with_handlers().serve(clients);
    assert_eq!(ask_for_a_page_that_fails(on_ch08, "/fails"), Works);
    assert_eq!(ask_for_a_page_that_fails(on_ch09, "/fails"), Fails);
}

#[test]
fn ch08_a_handler_that_panics_gives_no_answer_and_takes_its_thread_along() {
    let on_ch08 = |clients: Clients<'_>| {
        let server = ch08_with_handlers();
        let outcome = catch_unwind(AssertUnwindSafe(|| server.serve(clients)));
        assert!(outcome.is_err(), "the thread has panicked");
    };
    let on_ch09 = |clients: Clients<'_>| ch09_with_handlers().serve(clients);
    assert_eq!(ask_for_a_page_that_fails(on_ch08, "/panics"), Works);
    assert_eq!(ask_for_a_page_that_fails(on_ch09, "/panics"), Fails);
}

// Chapter 9: a handler in six lines

/// Asks for a file beside the folder that is served.
///
/// Chapter 9's file handler hangs the request's path to the folder's, and the file
/// system follows `..` to wherever it leads. Browsers take it out before they ask; an
/// attacker does not (`curl --path-as-is`). Chapter 10 takes a path apart and refuses
/// whatever is not a plain name.
///
/// *Why this is a proof:* the file's content is in the reply, or it is not and the
/// status is 404, from a server that does give away what lies in the folder.
fn climb_out(on_connect: impl Fn(MockConnection)) -> Attack {
    let site = Path::new(SITE);
    let client = MockClient::new(on_connect);
    let index = client.get("/index.html");
    assert_bytes!(index.body, fs::read(site.join("index.html")).unwrap());

    let canary = fs::read(site.with_file_name("canary.txt")).unwrap();
    let reply = client.get("/../canary.txt");
    match reply.status {
        200 if reply.body == canary => Works,
        404 if !reply.body.windows(canary.len()).any(|part| part == canary) => Fails,
        _ => unclear(reply),
    }
}

/// Chapter 9's folder, and beside it what nobody should see.
const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chapters/ch09-errors/site");

#[test]
fn ch09_the_careless_handler_gives_away_what_lies_beside_the_folder() {
    let mut server = ch09::HttpServer::default();
    server.register(ch09::prefix("/"), ch09::careless_files(SITE.as_ref()));
    assert_eq!(climb_out(|mut conn| _ = server.on_connect(&mut conn, None)), Works);

    let mut server = ch10::HttpServer::default();
    let (pattern, handler) = ch10::serve_static("/", SITE.as_ref());
    server.register(pattern, handler);
    assert_eq!(climb_out(|mut conn| _ = server.on_connect(&mut conn, None)), Fails);
}

// Chapter 10: files, as a whole

/// How large the file is, in bytes.
const LARGE: usize = 2_000_000;

/// Comes ten times, asks for a large file, and does not read.
///
/// Chapter 10 reads a file into memory before it sends the first byte, and keeps it
/// there for as long as the client takes. The attacker has sent a hundred bytes ten
/// times, and the server holds the file ten times. Chapter 11 reads a piece when the piece
/// before it has been taken, and holds ten pieces.
///
/// *Why this is a proof:* ten conversations wait in a write at the same time, and
/// nobody lets them go before all ten are there. What is offered to a write that has
/// not returned is in memory; where it lies is noted, and the ten places are disjoint.
fn hold_ten_copies(on_connect: impl Fn(StalledDownload) + Sync, url: &str) -> Attack {
    let reads = Gate::new();
    let (waits, waiting) = mpsc::channel();
    let mut offered: Vec<Range<usize>> = thread::scope(|scope| {
        for _ in 0..10 {
            let request = io::Cursor::new(format!("GET {url} HTTP/1.0\r\n\r\n").into_bytes());
            let room_for_the_head = 1000;
            let (waits, reads) = (waits.clone(), reads.clone());
            let conn = StalledDownload { request, room_for_the_head, waits, reads };
            scope.spawn(|| on_connect(conn));
        }
        let wait = || waiting.recv_timeout(PATIENCE).expect("each comes to a write that waits");
        let offered = (0..10).map(|_| wait()).collect();
        reads.open();
        offered
    });
    offered.sort_by_key(|place| place.start);
    let disjoint = offered.windows(2).all(|two| two[0].end <= two[1].start);
    let smallest = offered.iter().map(Range::len).min().unwrap_or_default();
    let in_all: usize = offered.iter().map(Range::len).sum();
    if disjoint && smallest >= LARGE - 1000 {
        Works
    } else if in_all < LARGE {
        Fails
    } else {
        unclear(offered)
    }
}

/// A connection whose peer takes the head of an answer and then reads no more.
struct StalledDownload {
    request: io::Cursor<Vec<u8>>,
    room_for_the_head: usize,
    /// Where in memory the bytes lie that a write waits with.
    waits: mpsc::Sender<Range<usize>>,
    reads: Gate,
}

impl Read for StalledDownload {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.request.read(buffer)
    }
}

impl Write for StalledDownload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.room_for_the_head);
        self.room_for_the_head -= taken;
        if taken > 0 {
            return Ok(taken);
        }
        if !self.reads.is_open() {
            let place = bytes.as_ptr_range();
            self.waits.send(place.start.addr()..place.end.addr()).unwrap();
            self.reads.wait();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn ch10_ten_clients_that_do_not_read_are_ten_copies_in_memory() {
    let folder = Folder::with_a_large_file();
    let mut server = ch10::HttpServer::default();
    let (pattern, handler) = ch10::serve_static("/", &folder.0);
    server.register(pattern, handler);
    let on_ch10 = |mut conn: StalledDownload| _ = server.on_connect(&mut conn, None);
    assert_eq!(hold_ten_copies(on_ch10, "/large.bin"), Works);

    let server = ch11_with_files(&folder.0);
    let on_ch11 = |mut conn: StalledDownload| _ = server.on_connect(&mut conn, None);
    assert_eq!(hold_ten_copies(on_ch11, "/large.bin"), Fails);
}

fn ch11_with_files(folder: &Path) -> ch11::HttpServer {
    let mut server = ch11::HttpServer::default();
    let (pattern, handler) = ch11::serve_static("/", folder, ch11::Listing::Hidden);
    server.register(pattern, handler);
    server
}

// Chapter 11: a connection for every answer

/// How many pictures are on the page.
const PICTURES: usize = 30;

/// Opens a page with thirty pictures, in a browser that would keep its connection.
///
/// Nobody means any harm here. The browser asks for the page in HTTP/1.1 and would go on to
/// ask for the pictures where it has asked for the page. Chapter 11 answers and closes, so
/// that each picture costs a handshake, a thread and a lingering close. Chapter 12 keeps the
/// connection.
///
/// *Why this is a proof:* the connections that the server has accepted are counted. The
/// browser opens another one only when it has seen the end of the one before.
fn open_a_page_with_pictures(serve: impl FnOnce(Clients<'_>) + Send) -> Attack {
    let (count, counted) = mpsc::channel();
    Live::run(
        |incoming| serve(&mut incoming.inspect(move |_| _ = count.send(()))),
        |live| {
            let page = "/page.html".to_owned();
            let pictures = (0..PICTURES).map(|number| format!("/{number}.png"));
            let mut kept = None;
            for target in [page].into_iter().chain(pictures) {
                let mut client = kept.take().unwrap_or_else(|| live.connect());
                if is_kept_after_a_get(&mut client, &target) {
                    kept = Some(client);
                }
            }
        },
    );
    match counted.iter().count() {
        1 => Fails,
        count if count == 1 + PICTURES => Works,
        count => unclear(count),
    }
}

/// Asks for `target` and reads the answer to its end, which is that of the connection if the
/// server has said so.
fn is_kept_after_a_get(client: &mut TcpClient, target: &str) -> bool {
    client.send(format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    let head = client.read_until("\r\n\r\n");
    let reply = Reply::try_parse(&head, true).expect("a head");
    assert_eq!(reply.status, 200, "{target}");
    let length = reply.header("Content-Length").expect("a length").parse().expect("a number");
    client.read_exact(length);
    let is_kept = reply.header("Connection") != Some("close");
    if !is_kept {
        assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
    }
    is_kept
}

#[test]
fn ch11_a_page_with_thirty_pictures_is_thirty_one_connections() {
    let folder = Folder::new("page");
    fs::write(folder.0.join("page.html"), "<img src=\"0.png\">\n").unwrap();
    for number in 0..PICTURES {
        fs::write(folder.0.join(format!("{number}.png")), ch08::PICTURE).unwrap();
    }
    let server = ch11_with_files(&folder.0);
    assert_eq!(open_a_page_with_pictures(|clients| server.serve(clients)), Works);

    let server = ch12_with_files(&folder.0);
    assert_eq!(open_a_page_with_pictures(|clients| server.serve(clients)), Fails);
}

fn ch12_with_files(folder: &Path) -> ch12::HttpServer {
    let mut server = ch12::HttpServer::default();
    let (pattern, handler) = ch12::serve_static("/", folder, ch12::Listing::Hidden);
    server.register(pattern, handler);
    server
}

// Chapter 12: who asked once and stays

/// Asks once, and keeps the connection.
///
/// Nobody means any harm here either: every browser does so. In chapter 12 each of them holds
/// a permit until its idle time is over, and the next one is told 503 by a server that does
/// nothing at all. In chapter 13 the one that has asked for nothing for the longest time is
/// closed, and the next one is served.
///
/// *Why this is a proof:* when the next one has been refused, all the others are asked to speak
/// again on the same connection, and are answered: the permits are still theirs. In chapter 13
/// the next one may come a moment before a thread has come from its answer to the wait for
/// another request; so it may come again, and is served in the end.
fn ask_once_and_stay(serve: impl FnOnce(Clients<'_>) + Send, target: &str) -> Attack {
    Live::run(
        |mut incoming| serve(&mut incoming),
        |live| {
            let mut staying: Vec<_> = (0..SEATS).map(|_| live.connect()).collect();
            for _ in 0..100 {
                for client in &mut staying {
                    assert!(is_kept_after_a_get(client, target));
                }
                let mut next = live.connect();
                next.send(format!("GET {target} HTTP/1.0\r\n\r\n"));
                let (answer, _) = next.read_to_end();
                match Reply::parse(answer).status {
                    200 => return Fails,
                    503 => {}
                    status => unclear(status),
                }
            }
            Works
        },
    )
}

#[test]
fn ch12_clients_that_asked_once_and_stay_hold_every_permit() {
    // Nobody is closed because it is late.
    let idle_time = 2 * PATIENCE;
    let mut server = ch12::HttpServer::default();
    server.register(ch12::path("/"), |_| Ok(ch12::Response::text("Hi there!\n")));
    server.limits = ch12::Limits { connections: SEATS, idle_time, ..ch12::Limits::default() };
    assert_eq!(ask_once_and_stay(|clients| server.serve(clients), "/"), Works);

    let mut server = ch13::HttpServer::default();
    server.register(ch13::path("/"), |_| Ok(ch13::Response::text("Hi there!\n")));
    server.limits = ch13::Limits { connections: SEATS, idle_time, ..ch13::Limits::default() };
    assert_eq!(ask_once_and_stay(|clients| server.serve(clients), "/"), Fails);
}

// Chapter 13: a thread for each connection

/// How many connections come, one after the other.
const SHORT_CONNECTIONS: usize = 50;

/// Asks for a small page, closes, and comes again.
///
/// Nothing about it is malicious: a monitor does so, and many a script. In chapter 13 each of
/// these connections makes a thread and throws it away, which is more work than the answer.
/// Chapter 14 has made its threads before anybody came, and they stay.
///
/// *Why this is a proof:* a handler notes in which thread it runs, and no two threads of a
/// process ever have the same id.
fn come_and_go(serve: impl FnOnce(Clients<'_>) + Send, threads: &Receiver<ThreadId>) -> Attack {
    Live::run(
        |mut incoming| serve(&mut incoming),
        |live| {
            for _ in 0..SHORT_CONNECTIONS {
                let mut client = live.connect();
                client.send(GET);
                assert_eq!(Reply::parse(client.read_to_end().0).status, 200);
            }
        },
    );
    let threads: Vec<_> = threads.try_iter().collect();
    assert_eq!(threads.len(), SHORT_CONNECTIONS, "each request was handled once");
    match threads.into_iter().collect::<HashSet<_>>().len() {
        SHORT_CONNECTIONS => Works,
        count if count <= SHORT_CONNECTIONS / 2 => Fails,
        count => unclear(count),
    }
}

#[test]
fn ch13_each_short_connection_makes_a_thread_and_throws_it_away() {
    let (note, threads) = mpsc::channel();
    let mut server = ch13::HttpServer::default();
    server.register(ch13::path("/"), move |_| {
        note.send(thread::current().id())?;
        Ok(ch13::Response::text("Hi there!\n"))
    });
    assert_eq!(come_and_go(|clients| server.serve(clients), &threads), Works);

    let (note, threads) = mpsc::channel();
    let mut server = ch14::HttpServer::default();
    server.limits.workers = SEATS;
    server.register(ch14::path("/"), move |_| {
        note.send(thread::current().id())?;
        Ok(ch14::Response::text("Hi there!\n"))
    });
    assert_eq!(come_and_go(|clients| server.serve(clients).unwrap(), &threads), Fails);

    // One thread for all.
    let (note, threads) = mpsc::channel();
    let mut server = ch16::HttpServer::default();
    server.register(ch16::path("/"), move |_| {
        note.send(thread::current().id())?;
        Ok(ch16::Response::text("Hi there!\n"))
    });
    let server = TaskServer::new(server);
    assert_eq!(come_and_go(|clients| server.serve(clients), &threads), Fails);
}

// Chapter 14: a worker for each connection, until it ends

/// Asks for something large, takes a piece of it, and then nothing for a while.
///
/// It may do so: whoever takes an answer has time for it, more for a larger one, and a phone in a
/// tunnel needs it. In chapter 14 its worker waits with it. As many of them as there are workers,
/// and everybody else waits in the queue, or is told 503 by a server that does nothing at all.
/// In chapter 15 no thread waits for a client.
///
/// *Why this is a proof:* the slow ones have the head of an answer that is larger than what both
/// kernels hold, and read no more. Then two others come, and there is room for one that waits. If
/// the second one is told 503, the first one waits: it has its answer when the slow ones have
/// read on. If the second one is answered, the first one must be answered too, while the slow ones
/// stay as they are. In both cases they get the whole of it in the end, so they have kept within
/// every deadline.
fn take_a_piece(serve: impl FnOnce(Clients<'_>) + Send) -> Attack {
    Live::run(
        |incoming| {
            let note = |conn: &io::Result<TcpStream>| {
                SockRef::from(conn.as_ref().unwrap()).set_send_buffer_size(SMALL).unwrap();
            };
            serve(&mut incoming.inspect(note));
        },
        |live| {
            let take_the_head = |_| {
                let mut client = live.connect();
                SockRef::from(client.stream()).set_recv_buffer_size(SMALL).unwrap();
                client.send("GET /large HTTP/1.0\r\n\r\n");
                client.read_until("\r\n\r\n");
                client
            };
            let slow: Vec<_> = (0..SEATS).map(take_the_head).collect();
            let ask = |_| {
                let mut client = live.connect();
                client.send(GET);
                client
            };
            let [mut first, mut second] = [(); 2].map(ask);
            let take_all = || {
                for mut client in slow {
                    assert_eq!(client.read_to_end(), (vec![b'x'; TOO_MUCH], Ending::Closed));
                }
            };
            let status = |client: &mut TcpClient| Reply::parse(client.read_to_end().0).status;
            match status(&mut second) {
                503 => {
                    take_all();
                    assert_eq!(status(&mut first), 200);
                    Works
                }
                200 => {
                    assert_eq!(status(&mut first), 200);
                    take_all();
                    Fails
                }
                other => unclear(other),
            }
        },
    )
}

#[test]
fn ch14_as_many_slow_readers_as_workers_keep_everybody_else_waiting() {
    let mut server = ch14::HttpServer::default();
    server.register(ch14::path("/"), |_| Ok(ch14::Response::text("Hi there!\n")));
    server.register(ch14::path("/large"), |_| Ok(ch14::Response::text(vec![b'x'; TOO_MUCH])));
    // A moment, in which the request comes: who is told 503 with bytes unread may be reset.
    server.limits =
        ch14::Limits { workers: SEATS, queue: 1, queue_time: SHORT, ..ch14::Limits::default() };
    assert_eq!(take_a_piece(|clients| server.serve(clients).unwrap()), Works);

    // Where everybody has a thread, nobody waits for one; but see the attack before.
    let mut server = ch13::HttpServer::default();
    server.register(ch13::path("/"), |_| Ok(ch13::Response::text("Hi there!\n")));
    server.register(ch13::path("/large"), |_| Ok(ch13::Response::text(vec![b'x'; TOO_MUCH])));
    assert_eq!(take_a_piece(|clients| server.serve(clients)), Fails);

    // One thread for all.
    let mut server = ch15::HttpServer::default();
    server.register(ch15::path("/"), |_| Ok(ch15::Response::text("Hi there!\n")));
    server.register(ch15::path("/large"), |_| Ok(ch15::Response::text(vec![b'x'; TOO_MUCH])));
    server.limits = ch15::Limits { workers: SEATS, queue: 1, ..ch15::Limits::default() };
    let server = LoopServer::new(server);
    assert_eq!(take_a_piece(|clients| server.serve(clients)), Fails);

    let mut server = ch16::HttpServer::default();
    server.register(ch16::path("/"), |_| Ok(ch16::Response::text("Hi there!\n")));
    server.register(ch16::path("/large"), |_| Ok(ch16::Response::text(vec![b'x'; TOO_MUCH])));
    server.limits = ch16::Limits { workers: SEATS, queue: 1, ..ch16::Limits::default() };
    let server = TaskServer::new(server);
    assert_eq!(take_a_piece(|clients| server.serve(clients)), Fails);
}

// Chapter 15: whoever waits for anything but the client needs a worker all the same

/// What is seen of requests that wait.
#[derive(Debug)]
enum Seen {
    /// A handler waits.
    Waits,
    /// A client has its answer.
    Answer(u16),
}

/// Asks for what must wait, as often as there are workers and places in the queue, and once more.
///
/// A handler that asks a database waits for it, and does nothing meanwhile. In chapter 15 it may
/// not do so in the loop, and so it has a worker. When all of them wait and the queue is full, the
/// next one is told 503, although the processor is idle. In chapter 16 a handler waits as a client
/// does, without a thread.
///
/// *Why this is a proof:* every worker has said that it waits before the last two come. Either one
/// of these is told 503 while the gate is closed for all others, who are answered when it opens;
/// or both of them wait inside with the others.
fn ask_for_what_waits(
    serve: impl FnOnce(Clients<'_>) + Send,
    note: &mpsc::Sender<Seen>,
    seen: &Receiver<Seen>,
    gate: &Gate,
) -> Attack {
    let next = || seen.recv_timeout(PATIENCE).expect("something is seen");
    Live::run(
        |mut incoming| serve(&mut incoming),
        |live| {
            thread::scope(|scope| {
                let ask = || {
                    let mut client = live.connect();
                    client.send("GET /waits HTTP/1.0\r\n\r\n");
                    let status = Reply::parse(client.read_to_end().0).status;
                    note.send(Seen::Answer(status)).unwrap();
                };
                for _ in 0..SEATS {
                    scope.spawn(ask);
                    let first = next();
                    assert!(matches!(first, Seen::Waits), "{first:?}");
                }
                let last_two = [(); 2].map(|()| scope.spawn(ask));
                let outcome = match next() {
                    Seen::Answer(503) => Works,
                    Seen::Waits => match next() {
                        Seen::Waits => Fails,
                        other => unclear(other),
                    },
                    other => unclear(other),
                };
                gate.open();
                let others = SEATS + last_two.len() - usize::from(outcome == Works);
                let mut answered = 0;
                while answered < others {
                    match next() {
                        Seen::Answer(200) => answered += 1,
                        Seen::Waits => {}
                        other => unclear(other),
                    }
                }
                outcome
            })
        },
    )
}

#[test]
fn ch15_as_many_requests_that_wait_as_workers_and_places_keep_the_next_one_out() {
    let waits = |note: &mpsc::Sender<Seen>, gate: &Gate| {
        let (note, gate) = (note.clone(), gate.clone());
        move || {
            note.send(Seen::Waits)?;
            gate.wait();
            anyhow::Ok(())
        }
    };
    let ((note, seen), gate) = (mpsc::channel(), Gate::new());
    let mut server = ch15::HttpServer::default();
    let wait = waits(&note, &gate);
    server.register_waiting(ch15::path("/waits"), move |_| {
        wait()?;
        Ok(ch15::Response::text("Hi there!\n"))
    });
    server.limits = ch15::Limits { workers: SEATS, queue: 1, ..ch15::Limits::default() };
    let server = LoopServer::new(server);
    let serve = |clients: Clients<'_>| server.serve(clients);
    assert_eq!(ask_for_what_waits(serve, &note, &seen, &gate), Works);

    // Where everybody has a thread, it waits for whatever it likes; but see the attack on it.
    let ((note, seen), gate) = (mpsc::channel(), Gate::new());
    let mut server = ch13::HttpServer::default();
    let wait = waits(&note, &gate);
    server.register(ch13::path("/waits"), move |_| {
        wait()?;
        Ok(ch13::Response::text("Hi there!\n"))
    });
    let serve = |clients: Clients<'_>| server.serve(clients);
    assert_eq!(ask_for_what_waits(serve, &note, &seen, &gate), Fails);

    // Here nobody has one.
    let ((note, seen), gate) = (mpsc::channel(), Gate::new());
    let mut server = ch16::HttpServer::default();
    server.limits = ch16::Limits { workers: SEATS, queue: 1, ..ch16::Limits::default() };
    let server = TaskServer::new(server);
    let register = |site: &ch16::HttpSite<ch16::Mio>| {
        let (note, gate) = (note.clone(), gate.clone());
        site.register_async(ch16::path("/waits"), async move |_: &ch16::Request| {
            note.send(Seen::Waits)?;
            // This thread is the database: somebody else's.
            let (answer, answered) = ch16::oneshot();
            let gate = gate.clone();
            thread::spawn(move || {
                gate.wait();
                answer.send(());
            });
            answered.await;
            Ok(ch16::Response::text("Hi there!\n"))
        });
    };
    let serve = |clients: Clients<'_>| server.serve_with(register, clients);
    assert_eq!(ask_for_what_waits(serve, &note, &seen, &gate), Fails);
}

// Chapter 16: whoever waits gives the thread away, and whoever computes does not

/// Asks for a page that takes long to compute, while somebody else asks for a small one.
///
/// To compute is not to wait: there is nothing that could be awaited, so the task goes on, and all
/// others wait for the thread that they share with it. Chapter 15 has workers for that, and so has
/// this one; but who computes in a worker shares the processors with the loop, and what goes wrong
/// there takes the whole process along. Chapter 20 starts several processes.
///
/// *Why this is a proof:* a handler notes in which thread it runs, and a thread does one thing at a
/// time. If the page is computed in the one that has answered the other client and answers it
/// again, that client has waited. Else it is answered while the page is computed, which goes on
/// until we open the gate.
fn ask_for_what_is_computed(
    serve: impl FnOnce(Clients<'_>) + Send,
    threads: &Receiver<ThreadId>,
    gate: &Gate,
) -> Attack {
    let next = || threads.recv_timeout(PATIENCE).expect("a handler runs");
    Live::run(
        |mut incoming| serve(&mut incoming),
        |live| {
            let ask = |client: &mut TcpClient, path: &str| {
                client.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            };
            let (mut first, mut second) = (live.connect(), live.connect());
            ask(&mut second, "/");
            second.read_until("Hi there!\n");
            let greeting = next();
            ask(&mut first, "/computed");
            let computing = next();
            ask(&mut second, "/");
            let outcome = match computing == greeting {
                true => {
                    gate.open();
                    second.read_until("Hi there!\n");
                    Works
                }
                false => {
                    second.read_until("Hi there!\n");
                    gate.open();
                    Fails
                }
            };
            assert_eq!(next(), greeting);
            first.read_until("Computed.\n");
            outcome
        },
    )
}

#[test]
fn ch16_a_page_that_is_computed_keeps_everybody_waiting() {
    let handlers = || {
        let ((note, threads), gate) = (mpsc::channel(), Gate::new());
        let (other_note, door) = (note.clone(), gate.clone());
        let greet = move || note.send(thread::current().id());
        let compute = move || {
            other_note.send(thread::current().id())?;
            door.wait();
            anyhow::Ok(())
        };
        (greet, compute, threads, gate)
    };
    let (greet, compute, threads, gate) = handlers();
    let mut server = ch16::HttpServer::default();
    server.register(ch16::path("/"), move |_| {
        greet()?;
        Ok(ch16::Response::text("Hi there!\n"))
    });
    let server = TaskServer::new(server);
    let register = |site: &ch16::HttpSite<ch16::Mio>| {
        site.register_async(ch16::path("/computed"), async move |_: &ch16::Request| {
            compute()?;
            Ok(ch16::Response::text("Computed.\n"))
        });
    };
    let serve = |clients: Clients<'_>| server.serve_with(register, clients);
    assert_eq!(ask_for_what_is_computed(serve, &threads, &gate), Works);

    // A worker computes, as one would in chapter 16.
    let (greet, compute, threads, gate) = handlers();
    let mut server = ch15::HttpServer::default();
    server.register(ch15::path("/"), move |_| {
        greet()?;
        Ok(ch15::Response::text("Hi there!\n"))
    });
    server.register_waiting(ch15::path("/computed"), move |_| {
        compute()?;
        Ok(ch15::Response::text("Computed.\n"))
    });
    let server = LoopServer::new(server);
    let serve = |clients: Clients<'_>| server.serve(clients);
    assert_eq!(ask_for_what_is_computed(serve, &threads, &gate), Fails);

    // Everybody has a thread.
    let (greet, compute, threads, gate) = handlers();
    let mut server = ch13::HttpServer::default();
    server.register(ch13::path("/"), move |_| {
        greet()?;
        Ok(ch13::Response::text("Hi there!\n"))
    });
    server.register(ch13::path("/computed"), move |_| {
        compute()?;
        Ok(ch13::Response::text("Computed.\n"))
    });
    let serve = |clients: Clients<'_>| server.serve(clients);
    assert_eq!(ask_for_what_is_computed(serve, &threads, &gate), Fails);
}

// Chapter 17: whoever writes a page by hand trusts what is put into it

/// Follows a link in which the name of whoever is greeted is a piece of HTML.
///
/// Chapter 17's application puts the name into its page as it came. A browser does not see which
/// part of a page was meant as text, and runs the code in it, in the name of the site: with its
/// cookies, and whatever the person at the keyboard may do there. The one who made the link is a
/// stranger to both. Chapter 18 has templates, which escape whatever is put into them.
///
/// *Why this is a proof:* the page has the element in it, or the same characters escaped.
fn follow_a_link_with_code(hello: impl Application + 'static) -> Attack {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 8017));
    let answer = ch17::gateway(address, hello);
    let mut server = ch17::HttpServer::default();
    server.register_reading(ch17::path("/hello"), move |request, body| answer(request, body));
    let client = MockClient::new(|mut conn| _ = server.on_connect(&mut conn, None));
    let page = client.get("/hello?name=%3Cscript%3Ealert(1)%3C/script%3E").text().to_owned();
    match page {
        page if page.contains("<script>alert(1)</script>") => Works,
        // A template escapes the slash as well.
        page if page.replace("&#x2f;", "/").contains("&lt;script&gt;alert(1)&lt;/script&gt;") => {
            Fails
        }
        page => unclear(page),
    }
}

#[test]
fn ch17_a_name_that_is_code_runs_in_the_browser_of_whoever_follows_a_link() {
    assert_eq!(follow_a_link_with_code(ch17::hello), Works);

    // Who thinks of it each time is safe, each time.
    let careful = |environ: &Environ, _: &mut dyn Read| {
        let name = environ.text("QUERY_STRING").strip_prefix("name=").unwrap_or_default();
        let name = String::from_utf8(ch17::percent_decode(name).unwrap_or_default())?;
        Ok(ch17::Response::html(format!("<h1>Hello, {}!</h1>\n", ch17::escape_html(&name))))
    };
    assert_eq!(follow_a_link_with_code(careful), Fails);

    // In chapter 18 nobody has to think of it.
    let templates =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../chapters/ch18-framework/site/templates");
    let templates = ch18::Templates::load(Path::new(templates)).unwrap();
    let mut app = ch18::App::default();
    let hello = move |call: &mut ch18::Call<'_>| {
        let query = call.query()?;
        let name = query.get("name").unwrap_or("world");
        templates.page("hello.html", minijinja::context! { name })
    };
    app.route("/hello", ch18::get(hello)).unwrap();
    assert_eq!(follow_a_link_with_code(app), Fails);
}

// Chapter 18: whoever asks another server waits for it

/// How often that server sends a byte, and how long it waits before each: a quarter of the time
/// that a read may take. Together that is twice as long.
const DRIPS: usize = 8;
const DRIP: Duration = Duration::from_millis(250);

/// Is asked by a page for a sentence, and says it byte by byte.
///
/// Chapter 18's client has a timeout for each read. Each byte comes in time, so it waits for as
/// long as that server likes, and with it the page, whoever asked for it, and a thread. The answer
/// is one deadline for all of it, as chapter 6 has it on the other side. Chapter 19's client has
/// one.
///
/// *Why this is a proof:* before each byte the other server looks whether the client has left, for
/// so long. If it has stayed each time and has the sentence in the end, then it has waited twice as
/// long as a read may take. If it left before, then no read of it waited so long.
fn drip(fetch: impl Fn(&str) -> anyhow::Result<String> + Send + Sync + 'static) -> Attack {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let other = thread::spawn(move || {
        let (mut conn, _) = listener.accept().unwrap();
        let mut head = BufReader::new(conn.try_clone().unwrap());
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            assert_ne!(io::BufRead::read_line(&mut head, &mut line).unwrap(), 0);
        }
        conn.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
        conn.set_read_timeout(Some(DRIP)).unwrap();
        for _ in 0..DRIPS {
            match conn.read(&mut [0]) {
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                _ => return Fails,
            }
            if conn.write_all(b".").is_err() {
                return Fails;
            }
        }
        Works
    });
    let mut app = ch18::App::default();
    app.route("/", ch18::get(move |_| Ok(ch18::Response::text(fetch(&address)?)))).unwrap();
    let answer = ch18::gateway(SocketAddr::from((Ipv4Addr::LOCALHOST, 8018)), app);
    let mut server = ch18::HttpServer::default();
    server.register_reading(ch18::prefix("/"), move |request, body| answer(request, body));
    let client = MockClient::new(|mut conn| _ = server.on_connect(&mut conn, None));
    let page = client.get("/");
    match (other.join().unwrap(), page.status) {
        (Works, 200) if page.text() == ".".repeat(DRIPS) => Works,
        (Fails, 500) => Fails,
        (waited, _) => unclear((waited, page)),
    }
}

#[test]
fn ch18_a_server_that_drips_keeps_the_page_waiting() {
    assert_eq!(drip(ch18::fetch_quote), Works);

    let with_a_deadline = |address: &str| {
        let limits = ch19::Limits { time: 2 * DRIP, ..ch19::Limits::default() };
        let answer = ch19::Session::new(limits).get(&format!("http://{address}/"))?;
        Ok(answer.text()?)
    };
    assert_eq!(drip(with_a_deadline), Fails);
}

// Chapter 19: whoever fetches for others goes where others lead

/// What the server says that only this machine can reach.
const SECRET: &str = "The key is under the mat.\n";

/// A server that answers each request with these bytes, and where it listens.
fn answers(answer: String) -> SocketAddr {
    start(move |listener| {
        for conn in listener.incoming() {
            let mut conn = conn.unwrap();
            ch12::read_message(&mut conn, &mut Vec::new()).unwrap();
            conn.write_all(answer.as_bytes()).unwrap();
        }
    })
}

/// Connects to who is called `stranger.example` at this address, as if it were far away.
struct Far(SocketAddr);

impl ch19::Connector for Far {
    fn connect(
        &self,
        origin: &ch19::Origin,
        deadline: &ch19::Deadline,
    ) -> Result<Box<dyn ch19::Wire>, ch19::FetchError> {
        let stranger = format!("http://{}/", self.0).parse().unwrap();
        match &*origin.host.to_string() {
            "stranger.example" => ch19::Tcp.connect(&ch19::Origin::of(&stranger)?, deadline),
            _ => ch19::Tcp.connect(origin, deadline),
        }
    }
}

/// Has a server fetch what is far away, and leads it to a server of its own machine.
///
/// Many a site fetches what its clients name, to show a picture of it or its title. The page of
/// chapter 19 knows that its machine has servers which trust whoever can reach them, and fetches
/// nothing by an address that begins with 127. But the client that it uses follows redirects, and
/// nobody asks the page where to. Chapter 20's proxy fetches for others too, and does nothing else;
/// but it goes only to those who are on its list. Where it is led, it tells its client, and a host
/// that a client names is not asked.
///
/// *Why this is a proof:* the client gets what the server of the inside says, which nobody else
/// knows, or what the stranger says besides the redirect.
fn lead_to_the_inside(ask: impl FnOnce(SocketAddr, &[String; 2]) -> [Reply; 2]) -> Attack {
    let length = SECRET.len();
    let inside = answers(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{SECRET}"));
    let stranger = answers(format!(
        "HTTP/1.1 302 Found\r\nLocation: http://{inside}/\r\nContent-Length: 6\r\n\r\nmoved\n"
    ));
    let urls = [format!("http://{inside}/"), "http://stranger.example/".to_owned()];
    let [named, led] = ask(stranger, &urls);
    assert_ne!(named.text(), SECRET, "it looks at what is named");
    match led.text() {
        SECRET => Works,
        "moved\n" => Fails,
        _ => unclear(led),
    }
}

/// A page of chapter 19's client, with these limits, which thinks that a stranger is far away.
fn preview(limits: ch19::Limits, stranger: SocketAddr, urls: &[String; 2]) -> [Reply; 2] {
    let session = ch19::Session::new(limits).connecting_by(Far(stranger));
    let mut app = ch18::App::default();
    let preview = move |call: &mut ch18::Call<'_>| {
        let url = call.query()?.get("url").unwrap_or_default().to_owned();
        anyhow::ensure!(!url.starts_with("http://127."), "that is ours");
        Ok(ch18::Response::text(session.get(&url)?.text()?))
    };
    app.route("/preview", ch18::get(preview)).unwrap();
    let answer = ch18::gateway(SocketAddr::from((Ipv4Addr::LOCALHOST, 8018)), app);
    let mut server = ch18::HttpServer::default();
    server.register_reading(ch18::prefix("/"), move |request, body| answer(request, body));
    let client = MockClient::new(|mut conn| _ = server.on_connect(&mut conn, None));
    urls.each_ref().map(|url| client.get(&format!("/preview?url={url}")))
}

/// What a client gets that sends these requests to a proxy, each on a connection of its own.
fn through_a_proxy<const N: usize>(backends: &[SocketAddr], requests: [String; N]) -> [Reply; N] {
    let serve = |clients| serve_before(backends, clients);
    Live::run(serve, |live| {
        requests.map(|request| {
            let mut client = live.connect();
            client.send(&request);
            let (answer, end) = client.read_to_end();
            assert_eq!(end, Ending::Closed);
            Reply::parse(answer)
        })
    })
}

#[test]
fn ch19_a_redirect_leads_the_page_to_a_server_that_only_this_machine_can_reach() {
    let limits = ch19::Limits::default();
    let page = |stranger, urls: &_| preview(limits, stranger, urls);
    assert_eq!(lead_to_the_inside(page), Works);

    // Who follows nobody is not led.
    let limits = ch19::Limits { redirects: 0, ..ch19::Limits::default() };
    let page = |stranger, urls: &_| preview(limits, stranger, urls);
    assert_eq!(lead_to_the_inside(page), Fails);

    // A proxy passes the redirect on. Whoever is named, it is the stranger who answers.
    let proxy = |stranger, urls: &[String; 2]| {
        let get = |url| format!("GET {url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answers = through_a_proxy(&[stranger], urls.each_ref().map(get));
        for answer in &answers {
            assert_eq!((answer.status, answer.header("Location")), (302, Some(&*urls[0])));
        }
        answers
    };
    assert_eq!(lead_to_the_inside(proxy), Fails);
}

// Chapter 20: what was not answered may have been done

/// Orders something from one of two servers, by this method. The one that does it first dies
/// before it has answered.
///
/// A proxy that has no answer cannot tell whether the server has done nothing, or all of it. GET
/// promises that it changes nothing, so chapter 20 asks the next one. This page does not keep the
/// promise. The proxy did what it may: to ask twice is right (RFC 9110 section 9.2.2), and the page
/// is wrong. What changes something is asked for by POST, which a proxy never repeats. In chapter
/// 21 all calls are.
///
/// *Why this is a proof:* the servers count. There are two orders, and the client is thanked for
/// one; or there is one, and the client is told 502: nobody knows what became of it.
fn order(method: &str) -> Attack {
    let orders = Arc::new(AtomicUsize::new(0));
    let shop = || {
        let orders = Arc::clone(&orders);
        start(move |listener| {
            for conn in listener.incoming() {
                let mut conn = conn.unwrap();
                ch12::read_message(&mut conn, &mut Vec::new()).unwrap();
                if orders.fetch_add(1, Ordering::SeqCst) > 0 {
                    conn.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nThanks\n")
                        .unwrap();
                }
            }
        })
    };
    let request = format!("{method} /order HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let [answer] = through_a_proxy(&[shop(), shop()], [request]);
    match (answer.status, orders.load(Ordering::SeqCst)) {
        (200, 2) => Works,
        (502, 1) => Fails,
        (_, orders) => unclear((answer, orders)),
    }
}

#[test]
fn ch20_an_order_by_get_is_carried_out_twice_when_a_server_dies() {
    assert_eq!(order("GET"), Works);

    // Who promises nothing is asked once.
    assert_eq!(order("POST"), Fails);
}

/// Orders by a call of chapter 21 from one of two servers, which have one list of orders. The one
/// that does it first dies before it has answered.
///
/// *Why this is a proof:* the list is the shop's own. There are two orders; or there is one, and
/// the client is told 502, which is no fault and no result: it knows that it does not know.
fn order_by_a_call(call: impl FnOnce(&str) -> Result<ch21::Value, ch21::CallError>) -> Attack {
    let shop = Arc::new(ch21::shop().unwrap());
    let done = Arc::new(AtomicUsize::new(0));
    let backend = || {
        let (shop, done) = (Arc::clone(&shop), Arc::clone(&done));
        start(move |listener| {
            let address = listener.local_addr().unwrap();
            for conn in listener.incoming() {
                let (mut conn, mut bytes) = (conn.unwrap(), Vec::new());
                let head = loop {
                    if let Some(head) = ch18::RequestHead::parse(&bytes, None).unwrap() {
                        break head;
                    }
                    read_more(&mut conn, &mut bytes);
                };
                let ch12::Framing::Length(length) = head.framing else { panic!("it has a length") };
                while bytes.len() < head.length + length as usize {
                    read_more(&mut conn, &mut bytes);
                }
                let environ = Environ::of(&head.request, address).unwrap();
                let response = shop.answer(&environ, &mut &bytes[head.length..]).unwrap();
                let body = ch18::pieces_of(response.body).map(Result::unwrap).collect::<Vec<_>>();
                let body = body.concat();
                if done.fetch_add(1, Ordering::SeqCst) > 0 {
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
                    conn.write_all(&[head.as_bytes(), &body].concat()).unwrap();
                }
            }
        })
    };
    let backends = [backend(), backend()];
    let outcome = Live::run(
        |clients| serve_before(&backends, clients),
        |live| call(&format!("http://{}/rpc", live.addr())),
    );
    let session = ch21::Session::default();
    let client = ch21::XmlRpc::new(session, &format!("http://{}/rpc", backends[1]));
    let ch21::Value::Array(orders) = client.call("orders.list", &[]).unwrap() else {
        panic!("it is a list")
    };
    match (outcome, orders.len()) {
        (Ok(_), 2) => Works,
        (Err(ch21::CallError::Status(502)), 1) => Fails,
        seen => unclear(seen),
    }
}

fn read_more(conn: &mut TcpStream, bytes: &mut Vec<u8>) {
    let mut piece = [0; 1000];
    let count = conn.read(&mut piece).unwrap();
    assert!(count > 0, "it is asked for something whole");
    bytes.extend_from_slice(&piece[..count]);
}

/// In chapter 21, calls are POST, whatever they do.
#[test]
fn ch20_an_order_by_a_call_is_not_carried_out_twice() {
    let name = "orders.add";
    let session = ch21::Session::default;
    let in_xml = |url: &str| ch21::XmlRpc::new(session(), url).call(name, &["soup".into()]);
    assert_eq!(order_by_a_call(in_xml), Fails);
    let in_json = |url: &str| ch21::JsonRpc::new(session(), url).call(name, &["soup".into()]);
    assert_eq!(order_by_a_call(in_json), Fails);
}

// Chapter 21: what was read may have been changed since

/// A client that calls procedures of this site.
fn calling(app: ch21::App) -> impl Fn(&str, &[ch21::Value]) -> Result<ch21::Value, ch21::Fault> {
    let answer = ch18::gateway(SocketAddr::from((Ipv4Addr::LOCALHOST, 8021)), app);
    let mut server = ch18::HttpServer::default();
    server.register_reading(ch18::prefix("/"), move |request, body| answer(request, body));
    let client = MockClient::new(move |mut conn| _ = server.on_connect(&mut conn, None));
    move |name, values| {
        let call = ch21::write_call(name, values).unwrap();
        let request = client.request("POST", "/rpc").header("Content-Type", "text/xml").body(call);
        ch21::read_response(&request.send().body).unwrap()
    }
}

/// Two programs change the same order: both have read it, and each writes back what it has made of
/// it.
///
/// Each call is carried out as a whole, and both are answered with a result. But between its two
/// calls, a program does not have the order for itself, and what the other one has written there
/// is overwritten. That `orders.change` returns what was there before comes too late. Chapter 22
/// has locks, and changes that are made only if nothing has changed before.
///
/// *Why this is a proof:* in the end there are both changes, or one, and the other one's program
/// was told that its own was not made, or was not told.
fn change_both(
    call: impl Fn(&str, &[ch21::Value]) -> Result<ch21::Value, ch21::Fault>,
    change: impl Fn(&str, &str) -> Vec<ch21::Value>,
) -> Attack {
    let order = || match call("orders.list", &[]) {
        Ok(ch21::Value::Array(orders)) => match &orders[..] {
            [ch21::Value::Text(order)] => order.clone(),
            orders => unclear(orders),
        },
        other => unclear(other),
    };
    call("orders.add", &["soup".into()]).unwrap();
    let seen = [order(), order()];
    let first = call("orders.change", &change(&seen[0], &format!("{} with bread", seen[0])));
    assert!(first.is_ok(), "{first:?}");
    let second = call("orders.change", &change(&seen[1], &format!("{} without salt", seen[1])));
    match (&*order(), second) {
        ("soup without salt", Ok(_)) => Works,
        ("soup with bread", Err(_)) => Fails,
        seen => unclear(seen),
    }
}

#[test]
fn ch21_of_two_changes_to_one_order_the_first_is_lost_and_nobody_is_told() {
    let change = |_: &str, made: &str| vec![1.into(), made.into()];
    assert_eq!(change_both(calling(ch21::shop().unwrap()), change), Works);

    // Whoever has to say what they have seen is told when it is there no more.
    let order = Arc::new(Mutex::new(String::new()));
    let mut procedures = ch21::Procedures::default();
    let mut add =
        |name, kinds: &[ch21::Kind], function: fn(&mut String, &[ch21::Value]) -> bool| {
            let order = Arc::clone(&order);
            let function = move |values: Vec<ch21::Value>| {
                let mut order = order.lock().unwrap();
                match function(&mut order, &values) {
                    true => Ok(vec![order.as_str().into()].into()),
                    false => Err(ch21::Fault::new(4, "it is another one by now").into()),
                }
            };
            let procedure = ch21::Procedure::new("", ch21::Kind::Array, function);
            let takes = |procedure: ch21::Procedure, kind: &_| procedure.takes("", *kind);
            procedures.add(name, kinds.iter().fold(procedure, takes));
        };
    let text = ch21::Kind::Text;
    add("orders.list", &[], |_, _| true);
    add("orders.add", &[text], |order, values| put(order, &values[0]));
    add("orders.change", &[text, text], |order, values| {
        values[0] == order.as_str().into() && put(order, &values[1])
    });
    let mut app = ch21::App::default();
    app.route("/rpc", ch21::rpc(procedures)).unwrap();
    let change = |seen: &str, made: &str| vec![seen.into(), made.into()];
    assert_eq!(change_both(calling(app), change), Fails);
}

fn put(order: &mut String, value: &ch21::Value) -> bool {
    let ch21::Value::Text(text) = value else { return false };
    order.clone_from(text);
    true
}

/// What answers a request, and may read its body.
type Handler = Box<
    dyn Fn(&ch22::Request, &mut ch22::RequestBody<'_>) -> anyhow::Result<ch22::Response>
        + Send
        + Sync,
>;

/// A request: its method, its path, its fields and its body.
type Asked<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

/// A client of chapter 22, which serves this folder; what is in `around` is asked before.
fn asking(files: PathBuf, around: impl FnOnce(Handler) -> Handler) -> impl Fn(Asked<'_>) -> Reply {
    let (pattern, handler) = ch22::dav("/", ch22::Store::open(&files).unwrap());
    let mut server = ch22::HttpServer::default();
    server.register_reading(pattern, around(Box::new(handler)));
    let client = MockClient::new(move |mut conn| _ = server.on_connect(&mut conn, None));
    move |(method, path, fields, body)| {
        let mut request = client.request(method, path);
        for (name, value) in fields {
            request = request.header(name, value);
        }
        request.body(body).send()
    }
}

/// What a program does before it changes a file, so that no change of another one is lost.
#[derive(Clone, Copy)]
enum Care {
    /// Nothing.
    None,
    /// It remembers the tag of what it has read.
    Tag,
    /// It locks the file.
    Lock,
}

/// What locks a file.
const LOCK: &str = "<lockinfo xmlns='DAV:'><lockscope><exclusive/></lockscope>\
                    <locktype><write/></locktype></lockinfo>";

/// The same two programs with an order that is a file of chapter 22. Returns what the second one is
/// told as well.
///
/// Chapter 22 cannot know what a program has read, so it must be said: the tag of it in `If-Match`,
/// and when the file is another one by then, nothing is written. Or the first one locks the file
/// before it reads, and whoever does not show its token is refused.
///
/// *Why this is a proof:* in the end there are both changes, or one, and the other one's program
/// was told that its own was not made, or was not told. When it was told, it reads once more, and
/// then both are there.
fn change_both_in_a_file(cares: [Care; 2]) -> (Attack, u16) {
    let folder = Folder::new("orders");
    let ask = asking(folder.0.join("files"), |handler| handler);
    let order = || ask(("GET", "/order.txt", &[], ""));
    let put = |field: &Option<(&str, String)>, text: &str| {
        let fields = field.as_ref().map(|(name, value)| (*name, value.as_str()));
        ask(("PUT", "/order.txt", fields.as_slice(), text)).status
    };
    let read = |care| {
        let token = match care {
            Care::Lock => {
                ask(("LOCK", "/order.txt", &[], LOCK)).header("Lock-Token").map(str::to_owned)
            }
            _ => None,
        };
        let seen = order();
        let field = match care {
            Care::None => None,
            Care::Tag => Some(("If-Match", seen.header("ETag").unwrap().to_owned())),
            Care::Lock => Some(("If", format!("({})", token.as_deref().unwrap()))),
        };
        (seen.text().to_owned(), field, token)
    };
    assert_eq!(put(&None, "soup"), 201);
    let [first, second] = cares.map(read);
    assert_eq!(put(&first.1, &format!("{} with bread", first.0)), 204);
    let told = put(&second.1, &format!("{} without salt", second.0));
    match (order().text(), told) {
        ("soup without salt", 204) => (Works, told),
        ("soup with bread", 412 | 423) => {
            if let Some(token) = first.2 {
                let unlocked = ask(("UNLOCK", "/order.txt", &[("Lock-Token", &token)], ""));
                assert_eq!(unlocked.status, 204);
            }
            let again = read(cares[1]);
            assert_eq!(put(&again.1, &format!("{} without salt", again.0)), 204);
            assert_eq!(order().text(), "soup with bread without salt");
            (Fails, told)
        }
        seen => unclear(seen),
    }
}

#[test]
fn ch21_of_two_changes_to_one_file_the_second_is_refused() {
    // Whoever does not say what they have read is not protected here either.
    assert_eq!(change_both_in_a_file([Care::None, Care::None]), (Works, 204));

    // The second one has read another file than the one that is there.
    assert_eq!(change_both_in_a_file([Care::None, Care::Tag]), (Fails, 412));

    // The first one has it for itself, even if the second one takes no care.
    assert_eq!(change_both_in_a_file([Care::Lock, Care::None]), (Fails, 423));
}

// Chapter 22: nobody is asked who they are

/// Reaches the port, and deletes everything.
///
/// Nothing has to be known for it. The server tells what there is, and of what is locked it tells
/// the token: a lock is for those who want to take care, and no fence. Each answer of chapter 22 is
/// right, and nothing is left. Somebody must ask who that is, before anything is done. The course
/// ends with this chapter, so no later one does: here it is a few lines around the handler, and
/// elsewhere mostly a proxy in front.
///
/// *Why this is a proof:* the files are looked for on the disk. None is there, and the client was
/// told that each is gone; or all are, it was told nothing but that it has to say who it is, and
/// their owner has said so and still writes.
fn delete_everything(around: impl FnOnce(Handler) -> Handler, owner: &[(&str, &str)]) -> Attack {
    let folder = Folder::new("deleted");
    let files = folder.0.join("files");
    let ask = asking(files.clone(), around);

    // Somebody keeps files here, one of them in a folder, and one is locked.
    let owned = |method, path, body| ask((method, path, owner, body)).status;
    assert_eq!(owned("MKCOL", "/letters", ""), 201);
    assert_eq!(owned("PUT", "/letters/to-nobody.txt", "Dear Nobody,"), 201);
    assert_eq!(owned("PUT", "/keep.txt", "keep"), 201);
    assert_eq!(owned("LOCK", "/keep.txt", LOCK), 200);

    // And here is a stranger.
    let listing = ask(("PROPFIND", "/", &[("Depth", "1")], ""));
    let between = |text: &str, before: &str, after: &str| {
        let (_, rest) = text.split_once(before)?;
        Some(rest.split_once(after)?.0.to_owned())
    };
    let mut told = vec![listing.status];
    for response in listing.text().split("<D:response>").skip(2) {
        let path = between(response, "<D:href>", "</D:href>").unwrap();
        let token = between(response, "<D:locktoken><D:href>", "</D:href>");
        let shown = format!("(<{}>)", token.as_deref().unwrap_or_default());
        let fields = token.is_some().then_some(("If", &*shown));
        told.push(ask(("DELETE", &path, fields.as_slice(), "")).status);
    }
    told.push(ask(("DELETE", "/keep.txt", &[], "")).status);

    let left = fs::read_dir(&files).unwrap().count();
    match (left, &told[..]) {
        (0, [207, 204, 204, 404]) => Works,
        (2, [401, 401]) => {
            assert_eq!(owned("PUT", "/letters/to-nobody.txt", "Dear Nobody, are you there?"), 204);
            Fails
        }
        seen => unclear((seen, listing)),
    }
}

#[test]
fn ch22_whoever_reaches_the_port_deletes_everything() {
    assert_eq!(delete_everything(|handler| handler, &[]), Works);

    // A name and a password, as the field has them: `cook:salt` in base 64. Whoever listens on the
    // way reads them, so this is for what is behind TLS.
    let password = "Basic Y29vazpzYWx0";
    let ask_who = |handler: Handler| -> Handler {
        Box::new(move |request, body| match request.headers.get_text("Authorization") {
            Some(shown) if shown == password => handler(request, body),
            _ => {
                let challenge = "Basic realm=\"files\", charset=\"UTF-8\"";
                Ok(ch22::Response::new(401).header("WWW-Authenticate", challenge)?)
            }
        })
    };
    assert_eq!(delete_everything(ask_who, &[("Authorization", password)]), Fails);
}

/// Chapter 17's CGI in a dozen lines, and the one that is right. In these attacks the program is
/// mostly the shell, whose standard input is the body of the request: it does what that says.
#[cfg(unix)]
mod cgi {
    use super::*;
    use ch17::{Application, Cgi, HttpError, careless_cgi, gateway, pieces_of};
    use rustix::process::{Pid, getpgid};
    use std::io::BufRead;

    const SHELL: &str = "/bin/sh";

    /// A head, for a script that is to write it.
    const WRITE_HEAD: &str = "printf 'Content-Type: text/plain\\n\\n'\n";

    /// What is asked of a program.
    fn post() -> Environ {
        let mut environ = Environ::default();
        environ.set("REQUEST_METHOD", "POST");
        environ.set("PATH_INFO", "/");
        environ
    }

    fn server(application: impl Application + 'static) -> ch17::HttpServer {
        let answer = gateway(SocketAddr::from((Ipv4Addr::LOCALHOST, 8017)), application);
        let mut server = ch17::HttpServer::default();
        server.register_reading(|_| true, move |request, body| answer(request, body));
        server
    }

    /// Asks for a program that never ends and has started another one, takes a piece, and leaves.
    ///
    /// The careless CGI waits for the end of all that is written, and that is when the last one
    /// has closed the pipe: not the program that it has started, which it knows, but whoever that
    /// one has started. So nobody notices that the client has gone, and each such request is a
    /// thread and two processes for good. [`Cgi`] passes on what is written when it is written.
    /// When nobody takes it any more, it ends the program with its whole process group.
    ///
    /// *Why this is a proof:* the program says its number. If its group is ours, nobody ends both
    /// without ending us, and so we let the other one go on ourselves: the answer must have in it
    /// what is said after that. If the group is its own, nobody lets anybody go on, and yet both
    /// must end: a pipe that is open in both of them comes to its end.
    fn leave_a_program_behind(application: impl Application + 'static) -> Attack {
        let folder = Folder::new("left-behind");
        let pipe = |name: &str| {
            let pipe = folder.0.join(name);
            mock::named_pipe(&pipe).unwrap();
            pipe
        };
        let (alive, gate) = (pipe("alive"), pipe("gate"));
        let script = format!(
            "exec 3>'{}'\n\
             (read line <'{}'; echo it goes on) &\n\
             {WRITE_HEAD}\
             echo and so on\n\
             echo $$ >&3\n\
             wait\n",
            alive.display(),
            gate.display()
        );
        let (events, (number, numbers), leave) = (Events::new(), mpsc::channel(), Gate::new());
        let (seen, leaves) = (events.clone(), leave.clone());
        thread::spawn(move || {
            let mut alive = BufReader::new(fs::File::open(alive).unwrap());
            let mut line = String::new();
            alive.read_line(&mut line).unwrap();
            number.send(line.trim_end().parse().unwrap()).unwrap();
            alive.read_to_end(&mut Vec::new()).unwrap();
            seen.log("both have ended");
        });
        let client = thread::spawn(move || {
            let response = application.answer(&post(), &mut script.as_bytes()).unwrap();
            let mut pieces = pieces_of(response.body);
            let first = pieces.next().expect("a piece").unwrap();
            leaves.wait();
            String::from_utf8(first).unwrap()
        });
        let number = numbers.recv_timeout(PATIENCE).expect("the program has begun");
        let number = Pid::from_raw(number).expect("a number of a process");
        let has_own_group = getpgid(Some(number)).unwrap() == number;
        leave.open();
        if !has_own_group {
            fs::write(gate, "\n").unwrap();
        }
        events.wait_for("both have ended");
        match (has_own_group, &*client.join().unwrap()) {
            (false, "and so on\nit goes on\n") => Works,
            (true, "and so on\n") => Fails,
            other => unclear(other),
        }
    }

    #[test]
    fn ch17_a_program_that_never_ends_is_left_behind_with_what_it_has_started() {
        assert_eq!(leave_a_program_behind(careless_cgi(SHELL.as_ref())), Works);
        assert_eq!(leave_a_program_behind(Cgi::one(SHELL.as_ref())), Fails);
    }

    /// How long a body may be, in bytes, where there is a limit; and how long this one is.
    const LIMIT: u64 = 1 << 20;
    const UPLOAD: u64 = 8 * LIMIT;

    /// Uploads without end.
    ///
    /// The careless CGI keeps the body in memory until it is complete. [`Cgi`] puts it into a
    /// file, and says 413 when it has become too long.
    ///
    /// *Why this is a proof:* so that the test ends, the body does end. Who says 200 has taken
    /// all of it before the program was asked; who says 413 has taken hardly more than its limit.
    fn upload_without_end(application: impl Application) -> Attack {
        let taken = Cell::new(0);
        let script = format!("{WRITE_HEAD}exec cat >/dev/null\n");
        let body = script.as_bytes().chain(io::repeat(0)).take(UPLOAD);
        let mut body = Counted { body, taken: &taken };
        match application.answer(&post(), &mut body) {
            Ok(response) if response.status == 200 && taken.get() == UPLOAD => Works,
            Err(error) if error.downcast_ref() == Some(&HttpError(413)) => {
                assert!(taken.get() < LIMIT + 64 * 1024, "{} bytes were taken", taken.get());
                Fails
            }
            other => unclear((other.map(|response| response.status), taken)),
        }
    }

    struct Counted<'a, R> {
        body: R,
        taken: &'a Cell<u64>,
    }

    impl<R: Read> Read for Counted<'_, R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.body.read(buffer)?;
            self.taken.set(self.taken.get() + count as u64);
            Ok(count)
        }
    }

    #[test]
    fn ch17_an_upload_without_end_is_kept_in_memory() {
        assert_eq!(upload_without_end(careless_cgi(SHELL.as_ref())), Works);
        let mut cgi = Cgi::one(SHELL.as_ref());
        cgi.max_body = LIMIT;
        assert_eq!(upload_without_end(cgi), Fails);
    }

    /// Asks for a program that shows its environment.
    ///
    /// The careless CGI adds to the environment that it has itself, in which whoever has started
    /// the server may have put the password of a database. And there the client's own password
    /// stands for all users of the machine who may list processes. [`Cgi`] begins with nothing,
    /// and leaves that one out. (That a client can say `Proxy` and name the one that the program
    /// is to use, was prevented before either of them was asked.)
    ///
    /// *Why this is a proof:* the program shows all that it was told. A variable of this process
    /// and the client's password are there, or neither is.
    fn read_what_is_not_for_it(application: impl Application + 'static) -> Attack {
        // The shell has these of its own.
        let of_a_shell = ["PWD", "OLDPWD", "SHLVL", "PATH", "_"];
        let is_ours = |(name, value): &(String, String)| {
            !of_a_shell.contains(&name.as_str()) && !value.is_empty() && !value.contains('\n')
        };
        let (name, value) = env::vars().find(is_ours).expect("a variable of this process");
        let ours = format!("{name}={value}");

        let server = server(application);
        let client = MockClient::new(|mut conn| _ = server.on_connect(&mut conn, None));
        let asked = client.request("POST", "/").version("HTTP/1.0");
        let asked = asked.header("Authorization", "Basic YTpi").header("Proxy", "http://evil/");
        let shown = asked.body(format!("{WRITE_HEAD}env\n")).send();
        let has = |line: &str| shown.text().lines().any(|shown| shown == line);
        assert!(has("REQUEST_METHOD=POST"), "{shown:?}");
        assert!(!shown.text().contains("evil"), "{shown:?}");
        match (has(&ours), has("HTTP_AUTHORIZATION=Basic YTpi")) {
            (true, true) => Works,
            (false, false) => Fails,
            other => unclear((other, shown)),
        }
    }

    #[test]
    fn ch17_a_program_is_told_what_is_not_for_it() {
        let path = env::var("PATH").unwrap_or_default();
        assert_eq!(read_what_is_not_for_it(careless_cgi(SHELL.as_ref())), Works);
        assert_eq!(read_what_is_not_for_it(Cgi::one(SHELL.as_ref()).variable("PATH", path)), Fails);
    }
}

/// A folder for one test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        // The tests may run several times at once.
        let name = format!("attacks-{name}-{}", process::id());
        let folder = Folder(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        fs::create_dir_all(&folder.0).unwrap();
        folder
    }

    fn with_a_large_file() -> Folder {
        let folder = Folder::new("copies");
        fs::write(folder.0.join("large.bin"), vec![b'x'; LARGE]).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
