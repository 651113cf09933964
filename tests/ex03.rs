//! What the extensions of chapter 3 promise.

use ch03::{ReadTimeout, echo_lines, echo_lines_in_time, serve_at_most};
use mock::{
    Events, Gate, Live, MockConnection, Peer, Script, Seed, Visitor, assert_bytes, for_every_split,
};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

mod at_most {
    use super::*;

    /// A visitor who stays until `gate` is open.
    fn stays_until(gate: &Gate) -> (MockConnection, Peer) {
        MockConnection::pair(Script::new().bytes("hello\n").wait(gate))
    }

    /// Connections one after the other; before each one, what is to happen first is awaited.
    fn one_by_one<'a>(
        events: &'a Events,
        visitors: Vec<(MockConnection, &'a str)>,
    ) -> impl Iterator<Item = io::Result<MockConnection>> + 'a {
        visitors.into_iter().map(|(conn, first)| {
            if !first.is_empty() {
                events.wait_for(first);
            }
            Ok(conn)
        })
    }

    #[test]
    fn a_visitor_too_many_is_told_full_and_hung_up_on() {
        let seats = Seed::new().number(1..=5);
        let stay = Gate::new();
        let (mut inside, mut peers) = (Vec::new(), Vec::new());
        for _ in 0..seats {
            let (conn, peer) = stays_until(&stay);
            inside.push(Ok(conn));
            peers.push(peer);
        }
        let (late, late_peer) = MockConnection::pair("hello\n");
        let late_one = late_peer.clone();
        // The end of `incoming` comes when the late one was hung up on.
        let the_end = std::iter::from_fn(|| {
            late_one.wait_closed();
            stay.open();
            None
        });
        serve_at_most(seats, inside.into_iter().chain([Ok(late)]).chain(the_end), echo_lines);
        assert_bytes!(late_peer.sent(), "full\n", "what visitor {} hears", seats + 1);
        for peer in peers {
            assert_bytes!(peer.sent(), "hello\n", "what is heard inside");
        }
    }

    #[test]
    fn everybody_is_served_while_there_are_seats() {
        let mut seed = Seed::new();
        let words = seed.words(4);
        let visitors = words.iter().map(|word| MockConnection::pair(format!("{word}\ndone\n")));
        let (conns, peers): (Vec<_>, Vec<_>) =
            visitors.map(|(conn, peer)| (Ok(conn), peer)).unzip();
        serve_at_most(4, conns, echo_lines);
        for (word, peer) in words.iter().zip(peers) {
            assert_bytes!(peer.sent(), format!("{word}\nbye!\n"));
        }
    }

    #[test]
    fn who_leaves_makes_room_for_the_next() {
        seat_is_freed_after(|mut conn| conn.write_all(b"goodbye\n"));
    }

    #[test]
    fn a_conversation_that_panics_frees_its_seat() {
        seat_is_freed_after(|_| panic!("no soup today"));
    }

    #[test]
    fn a_conversation_that_fails_frees_its_seat() {
        seat_is_freed_after(|_| Err(ErrorKind::ConnectionReset.into()));
    }

    /// The first visitor's conversation ends as `ends` does; then there must be room.
    fn seat_is_freed_after(ends: impl Fn(MockConnection) -> io::Result<()> + Sync) {
        let (first, first_peer) = MockConnection::pair("first");
        let mut tries: Vec<Peer> = Vec::new();
        let mut first = Some(first);
        let served = catch_unwind(AssertUnwindSafe(|| {
            let incoming = std::iter::from_fn(|| {
                if let Some(first) = first.take() {
                    return Some(Ok(first));
                }
                first_peer.wait_closed();
                let let_in = tries.last().is_some_and(|peer| {
                    peer.wait_closed();
                    peer.sent() == b"welcome\n"
                });
                if let_in || tries.len() == 1000 {
                    return None;
                }
                std::thread::yield_now();
                let (next, peer) = MockConnection::pair("next");
                tries.push(peer);
                Some(Ok(next))
            });
            serve_at_most(1, incoming, |mut conn: MockConnection| {
                let mut word = [0; 5];
                let count = conn.read(&mut word)?;
                match &word[..count] {
                    b"first" => ends(conn),
                    _ => conn.write_all(b"welcome\n"),
                }
            });
        }));
        drop(served); // a panic of a conversation may be passed on
        let last = tries.last().expect("the server goes on after the first visitor");
        assert_bytes!(last.sent(), "welcome\n", "after {} visitors", tries.len());
    }

    #[test]
    fn errors_of_accept_take_no_seat_and_end_nothing() {
        let mut seed = Seed::new();
        let word = seed.word();
        let (conn, peer) = MockConnection::pair(format!("{word}\ndone\n"));
        let errors = seed.number(1..=5);
        let incoming =
            (0..errors).map(|_| Err(ErrorKind::ConnectionAborted.into())).chain([Ok(conn)]);
        serve_at_most(1, incoming, echo_lines);
        assert_bytes!(peer.sent(), format!("{word}\nbye!\n"), "after {errors} errors");
    }

    #[test]
    fn who_is_inside_does_not_notice_who_is_sent_away() {
        let events = Events::new();
        let stay = Gate::new();
        let (inside, inside_peer) =
            MockConnection::pair(Script::new().bytes("one\n").wait(&stay).bytes("two\ndone\n"));
        let inside = inside.log_to(&events, "inside");
        let (late, late_peer) = MockConnection::pair("");
        let late = late.log_to(&events, "late");
        let visitors = vec![(inside, ""), (late, "read inside blocks")];
        let the_end = std::iter::from_fn(|| {
            events.wait_for("close late");
            stay.open();
            None
        });
        serve_at_most(1, one_by_one(&events, visitors).chain(the_end), echo_lines);
        assert_bytes!(late_peer.sent(), "full\n");
        assert_bytes!(inside_peer.sent(), "one\ntwo\nbye!\n");
    }
}

mod in_time {
    use super::*;

    /// A connection with a clock: each read that delivers something takes `each`, and one
    /// that has not that much time takes what it has, and fails.
    struct Slow<'a> {
        conn: MockConnection,
        clock: &'a Cell<Instant>,
        each: Duration,
        timeout: &'a RefCell<Vec<Duration>>,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let timeout = self.timeout.borrow().last().copied();
            let timeout = timeout.expect("the connection is told how long to wait, before a read");
            if timeout < self.each {
                self.clock.set(self.clock.get() + timeout);
                return Err(ErrorKind::WouldBlock.into());
            }
            self.clock.set(self.clock.get() + self.each);
            self.conn.read(buffer)
        }
    }

    impl Write for Slow<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.conn.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.conn.flush()
        }
    }

    impl ReadTimeout for Slow<'_> {
        fn set_read_timeout(&self, timeout: Duration) -> io::Result<()> {
            assert!(!timeout.is_zero(), "a time-out of zero is an error of the socket");
            self.timeout.borrow_mut().push(timeout);
            Ok(())
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    /// What a visitor hears whose reads take `each`, and how long each read could have waited.
    fn heard(
        input: impl Into<Script>,
        each: Duration,
        patience: Duration,
    ) -> (Vec<u8>, Vec<Duration>) {
        let clock = Cell::new(Instant::now());
        let timeout = RefCell::default();
        let (conn, peer) = MockConnection::pair(input);
        let slow = Slow { conn, clock: &clock, each, timeout: &timeout };
        echo_lines_in_time(slow, patience, || clock.get()).unwrap();
        assert!(peer.is_closed());
        (peer.sent(), timeout.into_inner())
    }

    #[test]
    fn who_is_fast_enough_notices_nothing() {
        let word = Seed::new().word();
        let input = format!("{word}\r\n\n{word}\0\ndone\nmore\n");
        for_every_split(&input, |input| {
            let (heard, _) = heard(input, Duration::ZERO, SECOND);
            assert_bytes!(heard, format!("{word}\r\n\n{word}\0\nbye!\n"));
        });
    }

    #[test]
    fn half_a_line_at_the_end_gets_no_answer() {
        let (heard, _) = heard("one\ntwo", Duration::ZERO, SECOND);
        assert_bytes!(heard, "one\n");
    }

    #[test]
    fn a_line_that_is_too_long_is_told_so() {
        let (heard, _) = heard(vec![b'x'; 2000], Duration::ZERO, SECOND);
        assert_bytes!(heard, "line too long\n");
    }

    #[test]
    fn who_says_nothing_is_too_late() {
        let patience = Duration::from_millis(Seed::new().number(1..=60_000) as u64);
        let (heard, timeouts) = heard("never\n", patience + SECOND, patience);
        assert_bytes!(heard, "too late\n");
        assert_eq!(timeouts, [patience], "the time-outs of the reads");
    }

    #[test]
    fn a_byte_now_and_then_gains_no_time() {
        let mut seed = Seed::new();
        let reads = seed.number(2..=9);
        let each = Duration::from_millis(seed.number(1..=1000) as u64);
        let patience = each * reads as u32 + each / 2;
        let endless = Script::from(vec![b"x".to_vec(); 100]);
        let (heard, timeouts) = heard(endless, each, patience);
        assert_bytes!(heard, "too late\n");
        let expected: Vec<_> = (0..=reads).map(|read| patience - each * read as u32).collect();
        assert_eq!(timeouts, expected, "the time-outs of the reads, which take {each:?} each");
    }

    #[test]
    fn when_no_time_is_left_there_is_no_read() {
        let reads = Seed::new().number(2..=9);
        let endless = Script::from(vec![b"x".to_vec(); 100]);
        let (heard, timeouts) = heard(endless, SECOND, SECOND * reads as u32);
        assert_bytes!(heard, "too late\n");
        assert_eq!(timeouts.len(), reads, "reads");
    }

    #[test]
    fn each_line_has_its_own_time() {
        let mut seed = Seed::new();
        let words = seed.words(5);
        let pieces = words.iter().fold(Script::new(), |script, word| {
            script.bytes(&word[..2]).bytes(&word[2..]).bytes("\n")
        });
        // Three reads a line: a line has the time, two lines together have not.
        let (heard, _) = heard(pieces, SECOND, SECOND * 3 + SECOND / 2);
        assert_bytes!(heard, words.iter().map(|word| format!("{word}\n")).collect::<String>());
    }

    #[test]
    fn a_time_out_has_two_names() {
        for kind in [ErrorKind::WouldBlock, ErrorKind::TimedOut] {
            let clock = Cell::new(Instant::now());
            let timeout = RefCell::default();
            let (conn, peer) = MockConnection::pair(Script::new().bytes("one\ntw").fail(kind));
            let slow = Slow { conn, clock: &clock, each: Duration::ZERO, timeout: &timeout };
            echo_lines_in_time(slow, SECOND, || clock.get()).unwrap();
            assert_bytes!(peer.sent(), "one\ntoo late\n", "after {kind:?}");
        }
    }

    #[test]
    fn any_other_error_is_returned() {
        let clock = Cell::new(Instant::now());
        let timeout = RefCell::default();
        let (conn, peer) = MockConnection::pair(Script::new().bytes("one\n").reset());
        let slow = Slow { conn, clock: &clock, each: Duration::ZERO, timeout: &timeout };
        let error = echo_lines_in_time(slow, SECOND, || clock.get()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_bytes!(peer.sent(), "one\n");
    }

    #[test]
    fn over_tcp_the_silent_are_told() {
        let serve = |incoming: mock::Incoming| {
            for conn in incoming {
                let conn: TcpStream = conn.unwrap();
                let patience = Duration::from_millis(50);
                echo_lines_in_time(conn, patience, Instant::now).unwrap();
            }
        };
        Live::run(serve, |live| {
            let mut visitor: Visitor = live.connect();
            visitor.send("o");
            let (heard, _) = visitor.read_to_end();
            assert_bytes!(heard, "too late\n");
        });
    }
}
