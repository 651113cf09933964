//! What chapter 13 promises.

mod since_ch13;

use ch13 as chapter;
use ch13::{Connections, HttpServer, Limits, Network, Permit, Stop, TimedStream, serve};
use mock::{Ending, Live, Reply, TcpClient, alone, assert_bytes, patience};
use since_ch13::*;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// Serves all who come.
fn serve_all(server: &HttpServer, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
    server.serve(incoming);
}

// Networks

fn network(address: &str) -> Network {
    Network::from(address.parse::<IpAddr>().unwrap())
}

#[test]
fn every_address_of_ipv4_is_a_network_of_its_own() {
    assert_eq!(network("192.0.2.1"), network("192.0.2.1"));
    for other in ["192.0.2.0", "192.0.2.2", "192.0.3.1", "192.1.2.1", "193.0.2.1"] {
        assert_ne!(network("192.0.2.1"), network(other), "{other}");
    }
}

#[test]
fn of_ipv6_the_first_64_bits_are_the_network() {
    let ours = u128::from("2001:db8:1:2:3:4:5:6".parse::<Ipv6Addr>().unwrap());
    let of = |bits: u128| Network::from(IpAddr::from(Ipv6Addr::from(bits)));
    for bit in 0..128 {
        let is_same = of(ours) == of(ours ^ (1 << bit));
        assert_eq!(is_same, bit < 64, "with the bit of value 2^{bit} changed");
    }
    assert_ne!(network("::1"), network("127.0.0.1"));
}

#[test]
fn an_address_of_ipv4_in_the_form_of_ipv6_is_the_same_network() {
    assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    assert_ne!(network("::ffff:192.0.2.1"), network("::ffff:192.0.2.2"));
    // This one has only the look of it.
    assert_ne!(network("::192.0.2.1"), network("192.0.2.1"));
}

// Connections

fn limits(connections: usize) -> Limits {
    Limits { connections, ..Limits::default() }
}

fn connections(limit: usize) -> Connections {
    Connections::new(&limits(limit))
}

fn connections_of(limit: usize, connections_per_network: usize) -> Connections {
    Connections::new(&Limits { connections_per_network, ..limits(limit) })
}

/// A connection that is taken, and its client. The clock has moved on since the one before.
fn admitted(connections: &Connections) -> (Permit<'_>, TcpClient) {
    move_on();
    let (stream, client) = tcp();
    (connections.admit(stream).expect("it is taken"), client)
}

#[test]
fn the_limits_of_a_server_are_these() {
    let limits = HttpServer::default().limits;
    let counts = (limits.connections, limits.connections_per_network);
    assert_eq!(counts, (200, 100));
    assert_eq!(limits.requests_per_connection, 1000);
    let Limits { idle_time, request_time, response_time, drain_time, stop_time, .. } = limits;
    let times = [idle_time, request_time, response_time, drain_time, stop_time];
    assert_eq!(times.map(|time| time.as_secs_f32()), [5.0, 10.0, 10.0, 1.0, 10.0]);
}

#[test]
fn who_has_asked_for_nothing_for_the_longest_time_goes() {
    let connections = connections(4);
    let (ada, a) = admitted(&connections);
    let (bob, b) = admitted(&connections);
    let (eve, e) = admitted(&connections);
    let (dan, d) = admitted(&connections);
    // Eve has waited since her answer, which was before Ada's; Bob and Dan never asked.
    for permit in [&eve, &ada] {
        assert!(permit.mark_busy());
        move_on();
        assert!(permit.mark_idle());
    }
    let mut waiting = VecDeque::from([(bob, b), (dan, d), (eve, e), (ada, a)]);
    let mut newcomers = Vec::new();
    while let Some((_, mut loser)) = waiting.pop_front() {
        let (newcomer, client) = admitted(&connections);
        assert!(newcomer.mark_busy());
        is_closed(&mut loser);
        newcomers.push((newcomer, client));
        for (permit, client) in waiting.iter_mut().chain(&mut newcomers) {
            is_open(permit, client);
        }
    }
    refused(&connections);
}

#[test]
fn who_was_busy_and_is_idle_again_waits_from_then_on() {
    let connections = connections(2);
    let (first, mut ada) = admitted(&connections);
    let (second, mut bob) = admitted(&connections);
    move_on();
    assert!(first.mark_idle());
    let (_third, _eve) = admitted(&connections);
    is_closed(&mut bob);
    is_open(&first, &mut ada);
    assert!(!second.mark_idle());
}

/// All that is left to be done is that the client reads it.
#[test]
fn who_has_the_last_answer_gives_way_too() {
    let connections = connections(1);
    let (done, mut ada) = admitted(&connections);
    assert!(done.mark_busy());
    refused(&connections);
    done.mark_done();
    let (_newcomer, _bob) = admitted(&connections);
    is_closed(&mut ada);
}

#[test]
fn who_is_busy_keeps_the_permit_however_long_it_takes() {
    let connections = connections(2);
    let (busy, mut ada) = admitted(&connections);
    assert!(busy.mark_busy());
    for _ in 0..5 {
        let (_newcomer, mut bob) = admitted(&connections);
        let (_next, _) = admitted(&connections);
        is_closed(&mut bob);
        is_open(&busy, &mut ada);
        assert!(busy.mark_busy());
    }
}

#[test]
fn who_has_lost_the_permit_is_told_so_and_does_not_get_it_back() {
    let connections = connections(1);
    let (loser, mut ada) = admitted(&connections);
    let (winner, mut bob) = admitted(&connections);
    is_closed(&mut ada);
    assert_eq!(loser.stream().read(&mut [0]).unwrap(), 0);
    assert!(!loser.mark_busy());
    assert!(!loser.mark_idle());
    assert!(winner.mark_busy());
    refused(&connections);
    is_open(&winner, &mut bob);
}

#[test]
fn a_permit_that_was_lost_is_free_once_and_at_once() {
    let connections = connections(2);
    let (loser, _ada) = admitted(&connections);
    let (second, mut bob) = admitted(&connections);
    assert!(second.mark_busy());
    let (third, mut eve) = admitted(&connections);
    assert!(third.mark_busy());
    // The loser's thread has not noticed yet, and then it has.
    refused(&connections);
    drop(loser);
    refused(&connections);
    is_open(&second, &mut bob);
    is_open(&third, &mut eve);
    drop(third);
    let (fourth, _) = admitted(&connections);
    assert!(fourth.mark_busy());
    refused(&connections);
}

/// A connection of another network than `admitted` has; `None` on a machine without IPv6.
fn stranger(connections: &Connections) -> Option<(Permit<'_>, TcpClient)> {
    move_on();
    let (stream, client) = tcp_on((Ipv6Addr::LOCALHOST, 0).into()).ok()?;
    Some((connections.admit(stream).expect("it is taken"), client))
}

#[test]
fn a_network_that_has_its_share_loses_one_of_its_own() {
    let connections = connections_of(4, 2);
    // The stranger waits longest, and is of another network.
    let mut stranger_at_first = stranger(&connections);
    let (first, mut ada) = admitted(&connections);
    let (second, mut bob) = admitted(&connections);
    assert!(first.mark_busy());
    let (third, mut dan) = admitted(&connections);
    is_closed(&mut bob);
    assert!(!second.mark_busy());

    // All of them are busy; there is a permit, but not for this network.
    assert!(third.mark_busy());
    refused(&connections);
    let mut stranger_behind = stranger(&connections);
    for (permit, client) in stranger_at_first.iter_mut().chain(&mut stranger_behind) {
        is_open(permit, client);
    }
    is_open(&first, &mut ada);
    is_open(&third, &mut dan);

    // One of theirs leaves, and the next one gets in.
    drop(first);
    admitted(&connections);
}

#[test]
fn a_network_within_its_share_takes_the_permit_of_who_waits_longest() {
    let connections = connections_of(2, 2);
    let mut longest = stranger(&connections).unwrap_or_else(|| admitted(&connections));
    let (second, mut bob) = admitted(&connections);
    let (third, mut eve) = admitted(&connections);
    is_closed(&mut longest.1);
    is_open(&second, &mut bob);
    is_open(&third, &mut eve);
}

/// Admits, is busy, is idle and leaves, in several threads at once.
#[test]
fn in_a_crowd_there_are_never_more_than_the_limit_and_nobody_busy_is_closed() {
    const LIMIT: usize = 3;
    let connections = connections(LIMIT);
    let busy = AtomicUsize::new(0);
    let request = |permit: &Permit| {
        if !permit.mark_busy() {
            return;
        }
        let others = busy.fetch_add(1, Ordering::SeqCst);
        assert!(others < LIMIT, "{others} others are busy");
        thread::yield_now();
        // Nothing has come, not even an end: it has not been shut.
        permit.stream().set_nonblocking(true).unwrap();
        let read = permit.stream().read(&mut [0]);
        assert_eq!(read.map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
        busy.fetch_sub(1, Ordering::SeqCst);
    };
    let visits = || {
        for _ in 0..100 {
            let (stream, _client) = tcp();
            if let Ok(permit) = connections.admit(stream) {
                request(&permit);
                permit.mark_idle();
                thread::yield_now();
                request(&permit);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..2 * LIMIT {
            scope.spawn(visits);
        }
    });
    // Nobody has left a permit behind.
    let all: Vec<_> = (0..LIMIT).map(|_| admitted(&connections)).collect();
    assert!(all.iter().all(|(permit, _)| permit.mark_busy()));
    refused(&connections);
}

// What a connection knows of its permit

#[test]
fn who_has_its_answer_is_busy_until_the_next_request_is_waited_for() {
    let connections = connections(1);
    let (permit, mut ada) = admitted(&connections);
    thread::scope(|scope| {
        let (waits, waiting) = mpsc::channel();
        let (go_on, goes_on) = mpsc::channel();
        let permit = &permit;
        let talk = scope.spawn(move || {
            let mut conn = TimedStream::new(permit, &Limits::default());
            assert_eq!(conn.read(&mut [0; 3]).unwrap(), 3);
            answer(&mut conn, b"one");
            waits.send(()).unwrap();
            goes_on.recv_timeout(patience()).unwrap();
            // Another takes the permit while this waits.
            conn.read(&mut [0; 3])
        });
        ada.send("one");
        waiting.recv_timeout(patience()).unwrap();
        assert_bytes!(ada.read_exact(3), b"one");
        refused(&connections);
        go_on.send(()).unwrap();
        let _newcomer = soon(|| {
            let (stream, client) = tcp();
            Some((connections.admit(stream).ok()?, client))
        });
        assert_eq!(talk.join().unwrap().unwrap(), 0, "bytes");
        is_closed(&mut ada);
    });
}

/// The client's bytes may have come already: nobody reads them, so that nothing is done that
/// cannot be answered.
#[test]
fn who_loses_the_permit_finds_the_end_whatever_has_come() {
    let connections = connections(1);
    let (permit, mut ada) = admitted(&connections);
    ada.send("GET ");
    // Until it has arrived, and it is still there then.
    assert_eq!(permit.stream().peek(&mut [0; 4]).unwrap(), 4);
    let (_newcomer, _) = admitted(&connections);
    assert_bytes!(read(&permit).unwrap(), b"");

    // The same for one that has its first answer.
    let (permit, mut bob) = admitted(&connections);
    let mut conn = TimedStream::new(&permit, &Limits::default());
    bob.send("GET ");
    conn.read_exact(&mut [0; 4]).unwrap();
    answer(&mut conn, b"200");
    assert!(permit.mark_idle());
    bob.send("GET ");
    assert_eq!(permit.stream().peek(&mut [0; 4]).unwrap(), 4);
    admitted(&connections);
    assert_eq!(conn.read(&mut [0; 4]).unwrap(), 0, "bytes");
}

// Connections come to their end

#[test]
fn who_has_not_asked_may_do_so_and_has_its_answer_and_is_not_idle_again() {
    let connections = connections(2);
    let (new, mut ada) = admitted(&connections);
    let (idle, mut bob) = admitted(&connections);
    assert!(idle.mark_busy() && idle.mark_idle());
    thread::scope(|scope| {
        let closing = scope.spawn(|| connections.close(too_long(), too_long()));
        is_closed(&mut bob); // so the closing has begun
        drop(idle);
        assert!(new.mark_busy());
        is_open(&new, &mut ada);
        assert!(!new.mark_idle());
        drop(new);
        soon(|| closing.is_finished().then_some(()));
        assert_eq!(closing.join().unwrap(), 0);
    });
}

#[test]
fn who_does_not_finish_is_closed_in_the_end_and_counted() {
    let connections = connections(4);
    let (busy, mut ada) = admitted(&connections);
    let (also, mut bob) = admitted(&connections);
    let (idle, mut eve) = admitted(&connections);
    assert!(busy.mark_busy() && also.mark_busy());
    assert!(idle.mark_busy() && idle.mark_idle());
    let stop_time = 2 * SHORT;
    thread::scope(|scope| {
        let closing = scope.spawn(|| {
            let started = Instant::now();
            (connections.close(SHORT, stop_time), started.elapsed())
        });
        is_closed(&mut eve);
        drop(idle);
        is_open(&busy, &mut ada);
        is_open(&also, &mut bob);
        leaves_at_the_end(also);
        let (left, elapsed) = closing.join().unwrap();
        assert_eq!(left, 2);
        assert!(elapsed >= stop_time, "{elapsed:?}");
        is_closed(&mut ada);
        is_closed(&mut bob);
    });
    assert!(!busy.mark_busy());
}

#[test]
fn who_has_asked_for_nothing_gives_way_too() {
    let mut greeter = Greeter::new();
    greeter.server.limits = limits(3);
    greeter.run(|live| {
        let mut silent: Vec<_> = (0..6).map(|_| live.connect()).collect();
        let _greeted: Vec<_> = (0..3).map(|_| greeted_soon(live)).collect();
        for client in &mut silent {
            assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
        }
    });
}

#[test]
fn a_panic_in_a_conversation_frees_its_permit_and_disturbs_nobody() {
    let limits = Limits { connections: 2, ..Limits::default() };
    let talk = |conn: &mut TimedStream, _| {
        let mut word = [0; 5];
        conn.read_exact(&mut word)?;
        assert_ne!(word, *b"panic");
        conn.write_all(&word)
    };
    // A scope panics at its end if one of its threads did.
    let serve_all = |incoming| {
        let _ = catch_unwind(AssertUnwindSafe(|| serve(incoming, &limits, talk)));
    };
    Live::run(serve_all, |live| {
        let mut patient = live.connect();
        patient.send("hel");
        for _ in 0..4 {
            let mut unlucky = live.connect();
            unlucky.send("panic");
            assert_bytes!(unlucky.read_to_end().0, b"");
        }
        patient.send("lo");
        assert_eq!(patient.read_to_end(), (b"hello".to_vec(), Ending::Closed));
    });
}

#[test]
fn what_goes_wrong_in_a_conversation_ends_it_and_is_logged_in_a_line() {
    let test = "what_goes_wrong_in_a_conversation_ends_it_and_is_logged_in_a_line";
    let log = alone(module_path!(), test, &[], || {
        let limits = Limits::default();
        let (first, mut ada) = tcp();
        let (second, mut bob) = tcp();
        let accepted = [Ok(first), Err(ErrorKind::ConnectionAborted.into()), Ok(second)];
        ada.finish();
        bob.finish();
        serve(accepted, &limits, |_, _| Err("there is no soup"));
        assert_eq!(ada.read_to_end(), (Vec::new(), Ending::Closed));
        assert_eq!(bob.read_to_end(), (Vec::new(), Ending::Closed));
    });
    let Some(log) = log else { return };
    assert_eq!(log.lines().filter(|line| line.ends_with("there is no soup")).count(), 2, "{log}");
    assert_eq!(log.lines().count(), 3, "two conversations and one error of accept: {log}");
}

#[test]
fn what_was_sent_arrives_though_not_all_was_read_that_came() {
    let answer = vec![b'a'; 200_000];
    let talk = |conn: &mut TimedStream, _| {
        conn.read_exact(&mut [0])?;
        conn.write_all(&answer)
    };
    Live::run(
        |incoming| serve(incoming, &Limits::default(), talk),
        |live| {
            let mut client = live.connect();
            client.send([b'x'; 10_000]);
            client.finish();
            let (heard, ending) = client.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert_bytes!(heard, answer);
        },
    );
}

#[cfg(unix)]
mod unix {
    use super::*;

    #[test]
    fn a_connection_without_an_address_is_of_no_network_and_takes_a_permit() {
        let connections = connections_of(3, 1);
        let first = connections.admit(without_address()).unwrap();
        let second = connections.admit(without_address()).unwrap();
        let (third, _ada) = admitted(&connections);
        assert!([&first, &second, &third].iter().all(|permit| permit.mark_busy()));
        assert!(connections.admit(without_address()).is_err());
    }

    /// No system has a stack of 2^60 bytes, so that no thread can be started; the tests'
    /// harness runs this one in its own.
    #[test]
    fn who_gets_no_thread_is_told_503_and_leaves_its_permit() {
        let test = "who_gets_no_thread_is_told_503_and_leaves_its_permit";
        let no_thread = [("RUST_MIN_STACK", "1152921504606846976")];
        let log = alone(module_path!(), test, &no_thread, || {
            assert!(thread::Builder::new().spawn(|| ()).is_err());
            let limits = Limits { connections: 1, ..Limits::default() };
            let (streams, clients): (Vec<_>, Vec<_>) = (0..3).map(|_| tcp()).unzip();
            serve(streams.into_iter().map(Ok), &limits, |_: &mut TimedStream, _| Ok::<_, &str>(()));
            for mut client in clients {
                assert_eq!(client.read_to_end(), (UNAVAILABLE.to_vec(), Ending::Closed));
            }
        });
        let Some(log) = log else { return };
        assert_eq!(log.matches("503: no thread").count(), 3, "{log}");
    }
}

// A stop

#[test]
fn a_stop_is_requested_once_and_for_all_its_clones_and_for_no_other() {
    let (stop, other) = (Stop::default(), Stop::default());
    let clone = stop.clone();
    assert!(!stop.is_requested() && !clone.is_requested());
    clone.request(listener().1);
    assert!(stop.is_requested() && clone.is_requested() && stop.clone().is_requested());
    assert!(!other.is_requested());
}

#[test]
fn who_is_accepted_is_served_until_a_stop_is_requested() {
    in_time(|| {
        let ((listener, address), stop) = (listener(), Stop::default());
        let mut incoming = stop.accept_from(listener);
        for word in [b"one", b"two"] {
            let mut client = TcpClient::connect(address);
            incoming.next().unwrap().unwrap().write_all(word).unwrap();
            assert_eq!(client.read_to_end(), (word.to_vec(), Ending::Closed));
        }
        stop.request(address);
        assert!(incoming.next().is_none());
        // Nobody waits in a backlog for whoever finishes.
        drop(incoming);
        assert!(TcpStream::connect(address).is_err());
    });
}

#[test]
fn a_stop_that_was_requested_before_lets_nobody_in_and_drops_who_waits() {
    in_time(|| {
        let ((listener, address), stop) = (listener(), Stop::default());
        let mut early = TcpClient::connect(address);
        stop.request(address);
        assert!(stop.accept_from(listener).next().is_none());
        let (bytes, _) = early.read_to_end();
        assert_bytes!(bytes, b"");
    });
}

/// A listener on such an address stops while it waits in `accept`.
fn stops_while_it_waits(address: IpAddr) {
    let Ok(listener) = TcpListener::bind((address, 0)) else {
        return; // a machine without IPv6
    };
    let address = listener.local_addr().unwrap();
    let stop = Stop::default();
    let requested = stop.clone();
    let (accepts, accepting) = mpsc::channel();
    let accepted = thread::spawn(move || {
        let mut incoming = stop.accept_from(listener);
        accepts.send(()).unwrap();
        incoming.next().is_some()
    });
    accepting.recv_timeout(patience()).unwrap();
    requested.request(address);
    assert!(!in_time(|| accepted.join().unwrap()), "who woke us is no client");
}

#[test]
fn a_listener_on_any_address_stops_while_it_waits() {
    stops_while_it_waits(Ipv4Addr::LOCALHOST.into());
    stops_while_it_waits(Ipv6Addr::LOCALHOST.into());
    stops_while_it_waits(Ipv4Addr::UNSPECIFIED.into());
    stops_while_it_waits(Ipv6Addr::UNSPECIFIED.into());
}

#[test]
fn at_a_stop_who_is_being_served_has_its_answer_and_hears_that_it_is_the_last() {
    let mut greeter = patient_greeter();
    let server = Stoppable::start(mem::take(&mut greeter.server));
    let (mut busy, mut idle) = (server.connect(), server.connect());
    greeter.waits(&mut busy, "busy");
    is_greeted(&mut idle);
    server.stop();
    // The stop has begun.
    assert_eq!(idle.read_to_end(), (Vec::new(), Ending::Closed));
    greeter.go_on.open();
    let (bytes, ending) = busy.read_to_end();
    let reply = Reply::parse(bytes);
    assert_eq!((reply.status, reply.text()), (200, "/wait?busy\n"));
    assert_eq!(reply.header("Connection"), Some("close"));
    assert_eq!(ending, Ending::Closed);
    drop(busy);
    server.ends();
}
