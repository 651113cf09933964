//! What chapter 2 promises.

use ch02::{PAUSE, accepted, greet, greet_and_echo, serve};
use mock::{
    Ending, Events, Gate, Live, MockConnection, Peer, Script, alone, assert_bytes, for_every_split,
};
use std::cell::RefCell;
use std::io::{self, ErrorKind, Read};
use std::iter;
use std::thread;
use std::time::{Duration, Instant};

const GREETING: &[u8] = b"Thank you for connecting\n";

fn error<C>(kind: ErrorKind) -> io::Result<C> {
    Err(kind.into())
}

/// What accept says on Linux, macOS and BSD when a process or the system has no
/// file descriptor left, and what a network that is down makes of it. (On Windows
/// the numbers mean other things, none of them a client's fault.)
fn everybodys_errors() -> Vec<io::Error> {
    let numbers = [23, 24].map(io::Error::from_raw_os_error); // ENFILE, EMFILE
    let kinds = [ErrorKind::OutOfMemory, ErrorKind::NetworkDown, ErrorKind::Other];
    numbers.into_iter().chain(kinds.map(io::Error::from)).collect()
}

/// What accept says when a client left before it came to them, or a signal came.
const ONE_CLIENTS_ERRORS: [ErrorKind; 3] =
    [ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset, ErrorKind::Interrupted];

// Who is accepted

#[test]
fn connections_pass_in_their_order() {
    let clients: Vec<_> = accepted([Ok("Ada"), Ok("Bob"), Ok("Cleo")], |_| {}).collect();
    assert_eq!(clients, ["Ada", "Bob", "Cleo"]);
}

#[test]
fn who_left_before_we_came_to_them_costs_no_pause() {
    for kind in ONE_CLIENTS_ERRORS {
        let incoming = [error(kind), Ok("Ada"), error(kind), error(kind), Ok("Bob"), error(kind)];
        let pause = |_| panic!("a pause after {kind:?}");
        assert_eq!(accepted(incoming, pause).collect::<Vec<_>>(), ["Ada", "Bob"]);
    }
}

#[test]
fn an_error_that_would_come_again_at_once_costs_one_pause() {
    for error in everybodys_errors() {
        let name = error.to_string();
        let mut pauses = Vec::new();
        let clients: Vec<_> =
            accepted([Ok("Ada"), Err(error), Ok("Bob")], |pause| pauses.push(pause)).collect();
        assert_eq!(clients, ["Ada", "Bob"]);
        assert_eq!(pauses, [PAUSE], "{name}");
    }
    assert!(PAUSE > Duration::ZERO);
}

#[test]
fn nobody_is_accepted_before_the_one_before_them_was_taken_and_the_pause_is_over() {
    let events = RefCell::new(Vec::new());
    let log = |event: String| events.borrow_mut().push(event);
    let mut results = vec![Ok(1), error(ErrorKind::OutOfMemory), Ok(3)].into_iter();
    let incoming = (1..=3).map(|number| {
        log(format!("accept {number}"));
        results.next().unwrap()
    });
    for client in accepted(incoming, |_| log("pause".into())) {
        log(format!("take {client}"));
    }
    assert_eq!(*events.borrow(), ["accept 1", "take 1", "accept 2", "pause", "accept 3", "take 3"]);
}

#[test]
fn a_hundred_errors_in_a_row_are_passed_over() {
    let mut pauses = 0;
    let errors = (0..100).map(|_| Err(io::Error::from(ErrorKind::OutOfMemory)));
    let clients: Vec<_> = accepted(errors.chain([Ok("patient")]), |_| pauses += 1).collect();
    assert_eq!(clients, ["patient"]);
    assert_eq!(pauses, 100);
}

// The loop

/// Clients that say their number, and what each of them hears.
fn clients(count: usize) -> (Vec<MockConnection>, Vec<Peer>) {
    (0..count).map(|number| MockConnection::pair(format!("I am {number}"))).unzip()
}

#[test]
fn everybody_is_served_once() {
    let (conns, peers) = clients(20);
    serve(conns.into_iter().map(Ok), greet_and_echo);
    for (number, peer) in peers.iter().enumerate() {
        assert_bytes!(peer.sent(), format!("Thank you for connecting\nI am {number}"));
        assert!(peer.is_closed());
    }
}

#[test]
fn the_loop_ends_with_the_clients() {
    serve(iter::empty(), |_: MockConnection| panic!("nobody came"));
}

/// Each connection is accepted, served and closed before the next is accepted.
#[test]
fn one_is_served_after_the_other() {
    let events = Events::new();
    let thinks = Gate::new();
    let incoming = ["first", "second", "third"].map(|name| {
        let script = Script::new().wait(&thinks).bytes(name);
        MockConnection::pair(script).0.log_to(&events, name)
    });
    // The list of events alone would depend on luck if there were several threads.
    let server = thread::current().id();
    thread::scope(|scope| {
        scope.spawn(|| {
            events.wait_for("read first blocks");
            events.log("first has thought");
            thinks.open();
        });
        let incoming = incoming.into_iter().map(|conn| {
            events.log("accept");
            Ok(conn)
        });
        serve(incoming, |mut conn| {
            assert_eq!(thread::current().id(), server, "one thread serves all");
            let mut name = String::new();
            conn.read_to_string(&mut name)?;
            events.log(format!("serve {name}"));
            Ok(())
        });
    });
    assert_eq!(
        events.list(),
        [
            "accept",
            "read first blocks",
            "first has thought",
            "serve first",
            "close first",
            "accept",
            "serve second",
            "close second",
            "accept",
            "serve third",
            "close third",
        ]
    );
}

#[test]
fn an_error_of_one_conversation_does_not_end_the_loop() {
    for kind in [ErrorKind::ConnectionReset, ErrorKind::BrokenPipe, ErrorKind::Other] {
        let (conns, peers) = clients(6);
        serve(conns.into_iter().map(Ok), |conn| {
            greet(conn)?;
            error(kind)
        });
        for peer in peers {
            assert_bytes!(peer.sent(), GREETING, "after {kind:?}");
        }
    }
}

#[test]
fn a_clients_reset_or_stalling_is_their_own_affair() {
    let (reset, _) = MockConnection::pair(Script::new().bytes("hello").reset());
    let (stalled, _) = MockConnection::pair("hello");
    let stalled = stalled.fail_writes_after(3, ErrorKind::BrokenPipe);
    let (last, peer) = MockConnection::pair("hello");
    serve([Ok(reset), Ok(stalled), Ok(last)], greet_and_echo);
    assert_bytes!(peer.sent(), b"Thank you for connecting\nhello");
}

#[test]
fn an_error_of_accept_does_not_end_the_loop() {
    let (conns, peers) = clients(3);
    let errors = ONE_CLIENTS_ERRORS.map(error);
    let incoming = errors.into_iter().zip(conns).flat_map(|(error, conn)| [error, Ok(conn)]);
    serve(incoming, greet);
    for peer in peers {
        assert_bytes!(peer.sent(), GREETING);
    }
}

/// The pause is real: how long it took has a lower bound, which no slow machine
/// and no fast one can break.
#[test]
fn the_loop_rests_when_there_are_no_descriptors_left() {
    let begin = Instant::now();
    let no_descriptors = io::Error::from_raw_os_error(24);
    let (conn, peer) = MockConnection::pair("");
    serve([Err(no_descriptors), Ok(conn)], greet);
    assert!(begin.elapsed() >= PAUSE);
    assert_bytes!(peer.sent(), GREETING);
}

#[test]
fn every_error_is_logged_once() {
    let accept = ["no client", "no descriptor"].map(|what| format!("accept has {what}"));
    let test = "every_error_is_logged_once";
    let log = alone(module_path!(), test, &[], || {
        let conns = [(); 3].map(|()| MockConnection::pair("").0);
        let [before, between, last] = conns.map(Ok);
        let errors = [(ErrorKind::ConnectionAborted, &accept[0]), (ErrorKind::Other, &accept[1])];
        let [first, second] = errors.map(|(kind, what)| Err(io::Error::new(kind, what.clone())));
        let visits = RefCell::new(["soup", "bread"].into_iter());
        serve([before, first, between, second, last], |_| match visits.borrow_mut().next() {
            Some(dish) => Err(io::Error::other(format!("the visit has no {dish}"))),
            None => Ok(()),
        });
    });
    let Some(log) = log else { return };
    let expected = ["the visit has no soup", &accept[0], "the visit has no bread", &accept[1]]
        .map(String::from);
    let lines: Vec<_> = log.lines().collect();
    assert_eq!(lines.len(), expected.len(), "{log}");
    for (line, what) in iter::zip(lines, expected) {
        assert!(line.contains(&what), "{what}: {log}");
    }
}

// What clients hear

#[test]
fn a_client_is_greeted_and_hung_up_on() {
    let (conn, peer) = MockConnection::pair("is anybody there?");
    greet(conn.short_writes(4).interrupt_writes()).unwrap();
    assert_bytes!(peer.sent(), GREETING);
    assert!(peer.is_closed());
}

#[test]
fn a_client_that_does_not_take_the_greeting_is_an_error() {
    let (conn, peer) = MockConnection::pair("");
    let error = greet(conn.fail_writes_after(5, ErrorKind::BrokenPipe)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert_bytes!(peer.sent(), b"Thank");

    let (conn, peer) = MockConnection::pair("");
    assert!(greet(conn.take_nothing_after(5)).is_err());
    assert_bytes!(peer.sent(), b"Thank");
}

#[test]
fn after_the_greeting_every_byte_comes_back() {
    for_every_split(b"hello\r\n\0\xff", |input| {
        let (conn, peer) = MockConnection::pair(input);
        greet_and_echo(conn.short_writes(4).interrupt_writes()).unwrap();
        assert_bytes!(peer.sent(), b"Thank you for connecting\nhello\r\n\0\xff");
        assert!(peer.is_closed());
    });
}

#[test]
fn a_client_is_greeted_before_they_say_anything() {
    let events = Events::new();
    let thinks = Gate::new();
    let (conn, peer) = MockConnection::pair(Script::new().wait(&thinks).bytes("hello"));
    let conn = conn.log_to(&events, "client");
    thread::scope(|scope| {
        scope.spawn(|| greet_and_echo(conn).unwrap());
        events.wait_for("read client blocks");
        let sent_before = peer.sent();
        thinks.open();
        assert_bytes!(sent_before, GREETING);
    });
}

#[test]
fn an_error_while_echoing_is_returned() {
    let (conn, peer) = MockConnection::pair(Script::new().bytes("hello").reset());
    assert_eq!(greet_and_echo(conn).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_bytes!(peer.sent(), b"Thank you for connecting\nhello");
}

// Over TCP

#[test]
fn clients_over_tcp_are_served_one_after_the_other() {
    Live::run(
        |incoming| serve(incoming, greet_and_echo),
        |live| {
            // All of them are connected (by the kernel) before the first is served.
            let mut clients: Vec<_> = (0..5).map(|_| live.connect()).collect();
            for (number, client) in clients.iter_mut().enumerate() {
                client.send(format!("I am {number}\n"));
            }
            for (number, mut client) in clients.into_iter().enumerate() {
                assert_bytes!(client.read_exact(GREETING.len()), GREETING);
                client.finish();
                let heard = client.read_to_end();
                assert_eq!(heard, (format!("I am {number}\n").into_bytes(), Ending::Closed));
            }
        },
    );
}

#[test]
fn a_reset_over_tcp_does_not_end_the_loop() {
    Live::run(
        |incoming| serve(incoming, greet_and_echo),
        |live| {
            for _ in 0..5 {
                let mut rude = live.connect();
                rude.read_exact(GREETING.len());
                rude.reset();
            }
            let mut client = live.connect();
            client.send("hello\n");
            client.finish();
            let heard = client.read_to_end();
            assert_eq!(heard, (b"Thank you for connecting\nhello\n".to_vec(), Ending::Closed));
        },
    );
}

#[test]
fn a_greeter_over_tcp_hangs_up_by_itself() {
    Live::run(
        |incoming| serve(incoming, greet),
        |live| {
            for _ in 0..3 {
                assert_eq!(live.connect().read_to_end(), (GREETING.to_vec(), Ending::Closed));
            }
        },
    );
}
