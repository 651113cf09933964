//! What the extensions of chapter 3 promise.

use ch03::{ReadTimeout, echo_lines, echo_lines_in_time, serve_at_most};
use mock::{Ending, Gate, Incoming, Live, MockConnection, Peer, Script, Seed};
use mock::{alone, assert_bytes, for_every_split, patience};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

mod at_most {
    use super::*;

    #[test]
    fn a_client_too_many_is_told_full_and_hung_up_on() {
        let seats = Seed::new().number(1..=5);
        let (stay, (asked, is_asked)) = (Gate::new(), mpsc::channel());
        let script = Script::new().bytes("hello\n").wait(&stay).bytes("done\n");
        let client = |_| MockConnection::pair(script.clone());
        let (inside, peers): (Vec<_>, Vec<_>) = (0..seats).map(client).unzip();
        let (late, late_peer) = MockConnection::pair("hello\n");
        // When the loop asks for the next one, it has finished with the late one.
        let next = iter::from_fn(|| {
            let _ = asked.send(late_peer.is_closed());
            None
        });
        let closed = thread::scope(|scope| {
            let leave = stay.clone();
            let closed = scope.spawn(move || {
                let closed = is_asked.recv_timeout(patience() / 2);
                leave.open(); // also if the loop never asks: nobody is to wait here for ever
                closed
            });
            serve_at_most(seats, inside.into_iter().chain([late]).map(Ok).chain(next), echo_lines);
            closed.join().unwrap()
        });
        assert_bytes!(late_peer.sent(), "full\n", "what client {} hears", seats + 1);
        assert_eq!(closed, Ok(true), "client {} is hung up on before the next comes", seats + 1);
        for peer in peers {
            assert_bytes!(peer.sent(), "hello\nbye!\n", "what is heard inside");
        }
    }

    /// Lets `conns` come to a server that has no seat at all; returns which thread ran its loop.
    fn without_seats<C: Read + Write + Send + 'static>(conns: Vec<C>) -> ThreadId {
        let (ended, has_ended) = mpsc::channel();
        // Not a scoped thread: a loop that waits for a seat never ends, and the test must.
        thread::spawn(move || {
            serve_at_most(0, conns.into_iter().map(Ok), |mut conn: C| conn.write_all(b"welcome\n"));
            ended.send(thread::current().id())
        });
        has_ended
            .recv_timeout(patience())
            .expect("the loop sends the clients away and comes to its end")
    }

    /// A connection that remembers which threads have written to it.
    struct Signed {
        conn: MockConnection,
        writers: Arc<Mutex<Vec<ThreadId>>>,
    }

    impl Read for Signed {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.conn.read(buffer)
        }
    }

    impl Write for Signed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writers.lock().unwrap().push(thread::current().id());
            self.conn.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.conn.flush()
        }
    }

    #[test]
    fn who_finds_no_seat_is_told_so_by_the_loop_itself() {
        let (conn, peer) = MockConnection::pair("");
        let writers = Arc::default();
        let the_loop = without_seats(vec![Signed { conn, writers: Arc::clone(&writers) }]);
        assert_bytes!(peer.sent(), "full\n");
        let told_by_it = writers.lock().unwrap().iter().all(|&writer| writer == the_loop);
        assert!(told_by_it, "a thread was started to say it");
    }

    #[test]
    fn who_finds_no_seat_is_told_so_whole_though_writes_are_short_and_interrupted() {
        let at_most = Seed::new().number(1..=4);
        let (conn, peer) = MockConnection::pair("");
        without_seats(vec![conn.short_writes(at_most).interrupt_writes()]);
        assert_bytes!(peer.sent(), "full\n", "{at_most} bytes at a time");
    }

    #[test]
    fn who_finds_no_seat_and_cannot_be_told_ends_nothing() {
        let (gone, _) = MockConnection::pair("");
        let gone = gone.fail_writes_after(Seed::new().number(0..=4), ErrorKind::BrokenPipe);
        let (next, next_peer) = MockConnection::pair("");
        without_seats(vec![gone, next]);
        assert_bytes!(next_peer.sent(), "full\n", "what the next one hears");
    }

    #[test]
    fn everybody_is_served_while_there_are_seats() {
        let mut seed = Seed::new();
        let words = seed.words(4);
        let clients = words.iter().map(|word| MockConnection::pair(format!("{word}\ndone\n")));
        let (conns, peers): (Vec<_>, Vec<_>) = clients.map(|(conn, peer)| (Ok(conn), peer)).unzip();
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
        seat_is_freed_after(|_| panic!("this conversation is meant to panic"));
    }

    #[test]
    fn a_conversation_that_fails_frees_its_seat() {
        seat_is_freed_after(|_| Err(ErrorKind::ConnectionReset.into()));
    }

    /// The first client's conversation ends as `ends` does; then there must be room. Nothing
    /// tells when exactly, so that others come again and again until one of them is let in.
    fn seat_is_freed_after(ends: impl Fn(MockConnection) -> io::Result<()> + Sync) {
        let (first, first_peer) = MockConnection::pair("first");
        let (mut first, mut tries, mut last) = (Some(first), 0, None::<Peer>);
        let served = catch_unwind(AssertUnwindSafe(|| {
            let mut until = None;
            let incoming = iter::from_fn(|| {
                if let Some(first) = first.take() {
                    return Some(Ok(first));
                }
                first_peer.wait_closed();
                let let_in = last.as_ref().is_some_and(|peer| {
                    peer.wait_closed();
                    peer.sent() == b"welcome\n"
                });
                let until = *until.get_or_insert_with(|| Instant::now() + patience() / 2);
                if let_in || Instant::now() > until {
                    return None;
                }
                thread::yield_now();
                let (next, peer) = MockConnection::pair("next");
                (tries, last) = (tries + 1, Some(peer));
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
        let last = last.expect("the server goes on after the first client");
        assert_bytes!(last.sent(), "welcome\n", "what the last of {tries} clients hears");
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
}

mod in_time {
    use super::*;

    /// A connection with a clock: each read that delivers something takes `each`, and one
    /// that has not that much time takes what it has, and fails.
    struct Slow<'a> {
        conn: MockConnection,
        clock: &'a Cell<Instant>,
        each: Duration,
        timeouts: &'a RefCell<Vec<Duration>>,
    }

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let timeout = self.timeouts.borrow().last().copied();
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
            assert!(!timeout.is_zero(), "a timeout of zero is an error of the socket");
            self.timeouts.borrow_mut().push(timeout);
            Ok(())
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    /// A conversation over `conn`, whose reads take `each`: what comes of it, and how long each
    /// read could have waited.
    fn converse(
        conn: MockConnection,
        each: Duration,
        patience: Duration,
    ) -> (io::Result<()>, Vec<Duration>) {
        let (clock, timeouts) = (Cell::new(Instant::now()), RefCell::default());
        let slow = Slow { conn, clock: &clock, each, timeouts: &timeouts };
        let outcome = echo_lines_in_time(slow, patience, || clock.get());
        (outcome, timeouts.into_inner())
    }

    /// What a client hears whose reads take `each`, and how long each read could have waited.
    /// The client takes what it hears in small pieces.
    fn heard(
        input: impl Into<Script>,
        each: Duration,
        patience: Duration,
    ) -> (Vec<u8>, Vec<Duration>) {
        let (conn, peer) = MockConnection::pair(input);
        let conn = conn.short_writes(3).interrupt_writes();
        let (outcome, timeouts) = converse(conn, each, patience);
        outcome.unwrap();
        assert!(peer.is_closed());
        (peer.sent(), timeouts)
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
        assert_eq!(timeouts, [patience], "the timeouts of the reads");
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
        assert_eq!(timeouts, expected, "the timeouts of the reads, which take {each:?} each");
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
            let script = Script::new().bytes("one\ntw").fail(kind);
            let (heard, _) = heard(script, Duration::ZERO, SECOND);
            assert_bytes!(heard, "one\ntoo late\n", "after {kind:?}");
        }
    }

    #[test]
    fn any_other_error_is_returned() {
        let (conn, peer) = MockConnection::pair(Script::new().bytes("one\n").reset());
        let (outcome, _) = converse(conn, Duration::ZERO, SECOND);
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::ConnectionReset, "of a read");
        assert_bytes!(peer.sent(), "one\n");

        let script = Script::new().bytes("one\n").bytes("never read");
        let (conn, peer) = MockConnection::pair(script);
        let conn = conn.fail_writes_after(2, ErrorKind::BrokenPipe);
        let (outcome, timeouts) = converse(conn, Duration::ZERO, SECOND);
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::BrokenPipe, "of a write");
        assert_bytes!(peer.sent(), "on");
        assert_eq!(timeouts.len(), 1, "reads, when the first write has failed");

        for (input, taken) in [("one\n", "on"), ("done\n", "by"), (&"x".repeat(2000), "li")] {
            let (conn, peer) = MockConnection::pair(input);
            let (outcome, _) = converse(conn.take_nothing_after(2), Duration::ZERO, SECOND);
            assert!(outcome.is_err(), "a write of the answer to {input:?} takes nothing");
            assert_bytes!(peer.sent(), taken);
        }
        // Too late in a read, or before it.
        for each in [SECOND * 2, SECOND] {
            let (conn, peer) = MockConnection::pair("never");
            let (outcome, _) = converse(conn.take_nothing_after(2), each, SECOND);
            assert!(outcome.is_err(), "who is too late takes nothing");
            assert_bytes!(peer.sent(), "to");
        }
    }

    #[test]
    fn over_tcp_the_silent_are_told() {
        let serve = |incoming: Incoming| {
            for conn in incoming {
                let patience = Duration::from_millis(50);
                echo_lines_in_time(conn.unwrap(), patience, Instant::now).unwrap();
            }
        };
        Live::run(serve, |live| {
            let mut client = live.connect();
            let (heard, ending) = client.read_to_end();
            assert_bytes!(heard, "too late\n");
            assert_eq!(ending, Ending::Closed);
        });
    }
}

#[cfg(unix)]
mod unix {
    use super::*;

    /// As with `serve`: no system has a stack of 2^60 bytes.
    #[test]
    fn who_gets_no_thread_is_hung_up_on_and_takes_no_seat() {
        let test = "who_gets_no_thread_is_hung_up_on_and_takes_no_seat";
        let no_thread = [("RUST_MIN_STACK", "1152921504606846976")];
        alone(module_path!(), test, &no_thread, || {
            assert!(thread::Builder::new().spawn(|| ()).is_err());
            let (conns, peers): (Vec<_>, Vec<_>) =
                (0..3).map(|_| MockConnection::pair("hello\n")).unzip();
            serve_at_most(1, conns.into_iter().map(Ok), echo_lines);
            for peer in peers {
                assert_bytes!(peer.sent(), "");
                assert!(peer.is_closed());
            }
        });
    }
}
