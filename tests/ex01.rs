//! What the extensions of chapter 1 promise.

use ch01::{Parting, Visit, echo_and_count, echo_until_parting};
use mock::{Ending, Incoming, Live, MockConnection, Peer, Script, Seed};
use mock::{assert_bytes, for_every_split};
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Mutex;

/// The kinds of error that a reset has.
const RESETS: [ErrorKind; 3] =
    [ErrorKind::ConnectionReset, ErrorKind::ConnectionAborted, ErrorKind::BrokenPipe];

/// Kinds of error that are no reset.
const NO_RESETS: [ErrorKind; 3] = [ErrorKind::TimedOut, ErrorKind::WouldBlock, ErrorKind::Other];

/// A connection whose every read first looks whether all that was delivered has come back.
struct Impatient {
    conn: MockConnection,
    peer: Peer,
    delivered: Vec<u8>,
}

impl Impatient {
    fn pair(input: impl Into<Script>) -> (Self, Peer) {
        let (conn, peer) = MockConnection::pair(input);
        (Self { conn, peer: peer.clone(), delivered: Vec::new() }, peer)
    }
}

impl Read for Impatient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let reads = self.peer.reads() + 1;
        assert_bytes!(self.peer.sent(), self.delivered, "what had come back before read {reads}");
        let count = self.conn.read(buffer)?;
        self.delivered.extend(&buffer[..count]);
        Ok(count)
    }
}

impl Write for Impatient {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.conn.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}

/// Words with a line feed each, as one text.
fn lines(words: &[String]) -> String {
    words.iter().map(|word| format!("{word}\n")).collect()
}

mod count {
    use super::*;

    #[test]
    fn the_number_of_bytes_is_the_last_word() {
        let mut seed = Seed::new();
        let count = seed.number(1..=3);
        let lines = lines(&seed.words(count));
        for_every_split(&lines, |input| {
            let (conn, peer) = MockConnection::pair(input);
            assert_eq!(echo_and_count(conn).unwrap(), lines.len() as u64, "what is returned");
            assert_bytes!(peer.sent(), format!("{lines}{}\n", lines.len()));
            assert!(peer.is_closed());
        });
    }

    #[test]
    fn the_number_has_a_line_to_itself() {
        let words = Seed::new().words(2);
        let unfinished = words.join("\n");
        for_every_split(&unfinished, |input| {
            let (conn, peer) = MockConnection::pair(input);
            assert_eq!(echo_and_count(conn).unwrap(), unfinished.len() as u64, "what is returned");
            assert_bytes!(peer.sent(), format!("{unfinished}\n{}\n", unfinished.len()));
        });
    }

    #[test]
    fn who_sends_nothing_hears_0() {
        let (conn, peer) = MockConnection::pair("");
        assert_eq!(echo_and_count(conn).unwrap(), 0);
        assert_bytes!(peer.sent(), "0\n");
    }

    #[test]
    fn a_line_feed_alone_is_a_line() {
        let (conn, peer) = MockConnection::pair("\n");
        assert_eq!(echo_and_count(conn).unwrap(), 1);
        assert_bytes!(peer.sent(), "\n1\n");
    }

    #[test]
    fn every_byte_counts() {
        let mut seed = Seed::new();
        let count = seed.number(2000..=9000);
        let bytes = [seed.bytes(count), b"\0\xff\r".to_vec()].concat();
        let (conn, peer) = MockConnection::pair(&bytes);
        assert_eq!(echo_and_count(conn).unwrap(), bytes.len() as u64);
        let last_word = format!("\n{}\n", bytes.len());
        assert_bytes!(peer.sent(), [&bytes[..], last_word.as_bytes()].concat());
    }

    #[test]
    fn each_piece_comes_back_before_the_next_read() {
        let words = Seed::new().words(5);
        let script = words.iter().fold(Script::new(), |script, word| script.bytes(word));
        let (conn, peer) = Impatient::pair(script);
        echo_and_count(conn).unwrap();
        let all = words.concat();
        assert_bytes!(peer.sent(), format!("{all}\n{}\n", all.len()));
    }

    #[test]
    fn the_number_is_whole_though_writes_are_short_and_interrupted() {
        let mut seed = Seed::new();
        let word = seed.word().repeat(seed.number(10..=100));
        for at_most in 1..=4 {
            let (conn, peer) = MockConnection::pair(&word[..]);
            echo_and_count(conn.short_writes(at_most).interrupt_writes()).unwrap();
            let length = word.len();
            assert_bytes!(peer.sent(), format!("{word}\n{length}\n"), "{at_most} at a time");
        }
    }

    #[test]
    fn after_an_error_there_is_no_number() {
        let word = Seed::new().word();
        for kind in [ErrorKind::ConnectionReset, ErrorKind::TimedOut] {
            let (conn, peer) = MockConnection::pair(Script::new().bytes(&word).fail(kind));
            assert_eq!(echo_and_count(conn).unwrap_err().kind(), kind);
            assert_bytes!(peer.sent(), word, "after a read that failed: {kind:?}");
        }
        // The client does not take all of what comes back.
        let (conn, peer) = MockConnection::pair(Script::new().bytes(&word).bytes("never read"));
        let conn = conn.fail_writes_after(word.len() - 1, ErrorKind::BrokenPipe);
        assert_eq!(echo_and_count(conn).unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_bytes!(peer.sent(), word.as_bytes()[..word.len() - 1]);
        assert_eq!(peer.reads(), 1, "reads, when the first write has failed");
        // The peer takes that, but not all of the last word.
        let (conn, peer) = MockConnection::pair(&word[..]);
        let conn = conn.fail_writes_after(word.len() + 1, ErrorKind::BrokenPipe);
        assert_eq!(echo_and_count(conn).unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_bytes!(peer.sent(), format!("{word}\n"));
    }

    #[test]
    fn a_write_that_takes_nothing_is_an_error() {
        let word = Seed::new().word();
        for taken in 0..word.len() + 2 {
            let (conn, peer) = MockConnection::pair(&word[..]);
            let outcome = echo_and_count(conn.take_nothing_after(taken));
            assert!(outcome.is_err(), "{taken} bytes were taken");
            assert_bytes!(peer.sent(), format!("{word}\n").as_bytes()[..taken]);
        }
    }

    #[test]
    fn over_tcp_a_half_close_leaves_the_way_back_open() {
        let word = Seed::new().word();
        let serve = |incoming: Incoming| {
            for conn in incoming {
                echo_and_count(conn.unwrap()).unwrap();
            }
        };
        Live::run(serve, |live| {
            let mut client = live.connect();
            client.send(&word);
            assert_bytes!(client.read_exact(word.len()), word);
            client.finish();
            let (heard, ending) = client.read_to_end();
            assert_bytes!(heard, format!("\n{}\n", word.len()));
            assert_eq!(ending, Ending::Closed);
        });
    }
}

mod parting {
    use super::*;

    /// A visit, as it must be.
    fn visit(received: usize, parting: Parting) -> Visit {
        Visit { received: received as u64, parting }
    }

    #[test]
    fn who_stops_sending_has_said_goodbye() {
        let words = Seed::new().words(2);
        let said = format!("{}\0{}\n", words[0], words[1]);
        for_every_split(&said, |input| {
            let (conn, peer) = MockConnection::pair(input);
            let conn = conn.short_writes(3).interrupt_writes();
            let left = echo_until_parting(conn).unwrap();
            assert_bytes!(peer.sent(), said);
            assert_eq!(left, visit(said.len(), Parting::Goodbye));
            assert!(peer.is_closed());
        });
    }

    #[test]
    fn who_says_nothing_can_leave_in_both_ways() {
        let (conn, _peer) = MockConnection::pair("");
        assert_eq!(echo_until_parting(conn).unwrap(), visit(0, Parting::Goodbye));
        let (conn, _peer) = MockConnection::pair(Script::new().reset());
        assert_eq!(echo_until_parting(conn).unwrap(), visit(0, Parting::Reset));
    }

    #[test]
    fn a_read_may_meet_the_reset() {
        let words = Seed::new().words(3);
        let said = words.concat();
        for kind in RESETS {
            let script = words.iter().fold(Script::new(), |script, word| script.bytes(word));
            let (conn, peer) = MockConnection::pair(script.fail(ErrorKind::Interrupted).fail(kind));
            let left = echo_until_parting(conn).unwrap();
            assert_eq!(left, visit(said.len(), Parting::Reset), "when a read fails: {kind:?}");
            assert_bytes!(peer.sent(), said, "what came back until a read failed: {kind:?}");
        }
    }

    #[test]
    fn a_write_may_meet_the_reset() {
        let word = Seed::new().word();
        for kind in RESETS {
            // A byte more is received than can be sent back.
            let (conn, peer) =
                MockConnection::pair(Script::new().bytes(&word).bytes("!").bytes("?"));
            let conn = conn.fail_writes_after(word.len(), kind);
            let left = echo_until_parting(conn).unwrap();
            assert_eq!(left, visit(word.len() + 1, Parting::Reset), "when a write fails: {kind:?}");
            assert_bytes!(peer.sent(), word);
        }
    }

    #[test]
    fn any_other_error_is_returned() {
        let word = Seed::new().word();
        for kind in NO_RESETS {
            let (conn, peer) = MockConnection::pair(Script::new().bytes(&word).fail(kind));
            let error = echo_until_parting(conn).expect_err("an error that is no reset");
            assert_eq!(error.kind(), kind, "of a read");
            assert_bytes!(peer.sent(), word, "what came back until a read failed: {kind:?}");

            let (conn, _peer) = MockConnection::pair(&word[..]);
            let conn = conn.fail_writes_after(word.len() - 1, kind);
            let error = echo_until_parting(conn).expect_err("an error that is no reset");
            assert_eq!(error.kind(), kind, "of a write");
        }
    }

    #[test]
    fn each_piece_comes_back_before_the_next_read() {
        let words = Seed::new().words(5);
        let script = words.iter().fold(Script::new(), |script, word| script.bytes(word));
        let (conn, peer) = Impatient::pair(script.reset());
        let left = echo_until_parting(conn).unwrap();
        assert_bytes!(peer.sent(), words.concat());
        assert_eq!(left, visit(words.concat().len(), Parting::Reset));
    }

    /// The system's own errors, whatever it calls them.
    #[test]
    fn over_tcp_a_reset_is_told_from_a_goodbye() {
        let words = Seed::new().words(2);
        let visits = Mutex::new(Vec::new());
        let serve = |incoming: Incoming| {
            for conn in incoming {
                let visit = echo_until_parting(conn.unwrap());
                visits.lock().unwrap().push(visit.map_err(|error| error.kind()));
            }
        };
        Live::run(serve, |live| {
            let mut rude = live.connect();
            rude.send(&words[0]);
            assert_bytes!(rude.read_exact(words[0].len()), words[0]);
            rude.reset();
            let mut polite = live.connect();
            polite.send(&words[1]);
            polite.finish();
            let (heard, ending) = polite.read_to_end();
            assert_bytes!(heard, words[1]);
            assert_eq!(ending, Ending::Closed);
        });
        let expected = [(&words[0], Parting::Reset), (&words[1], Parting::Goodbye)]
            .map(|(word, parting)| Ok(visit(word.len(), parting)));
        assert_eq!(visits.into_inner().unwrap(), expected);
    }
}
