//! What the extensions of chapter 2 promise.

use ch02::{Counted, Visit, daytime, greet_and_echo, log_visit, serve};
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use mock::{Ending, Incoming, Live, MockConnection, Script, Seed};
use mock::{assert_bytes, for_every_split};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::time::Duration;

/// A moment between 1970 and 2100.
fn moment(seed: &mut Seed) -> DateTime<Utc> {
    let (seconds, nanos) = (seed.number(0..=4_102_444_799), seed.number(0..=999_999_999));
    DateTime::from_timestamp(seconds as i64, nanos as u32).unwrap()
}

mod daytime {
    use super::*;

    const DAYS: [&str; 7] =
        ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];

    /// The line for `moment`, put together by hand.
    fn line(moment: DateTime<Utc>) -> String {
        let day = DAYS[moment.weekday().num_days_from_sunday() as usize];
        let month = MONTHS[moment.month0() as usize];
        let (date, year) = (moment.day(), moment.year());
        let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
        format!("{day}, {month} {date}, {year} {hour:02}:{minute:02}:{second:02}-UTC\r\n")
    }

    /// What a client hears at `moment`.
    fn heard(moment: DateTime<Utc>) -> Vec<u8> {
        let (conn, peer) = MockConnection::pair("");
        daytime(conn, moment).unwrap();
        assert!(peer.is_closed());
        peer.sent()
    }

    #[test]
    fn the_moment_in_the_rfc_was_a_monday() {
        let moment = DateTime::from_timestamp(383_247_463, 0).unwrap();
        assert_bytes!(heard(moment), "Monday, February 22, 1982 17:37:43-UTC\r\n");
    }

    #[test]
    fn the_line_has_the_day_the_date_and_the_time() {
        let mut seed = Seed::new();
        for _ in 0..200 {
            let moment = moment(&mut seed);
            assert_bytes!(heard(moment), line(moment), "at {moment}");
        }
    }

    #[test]
    fn the_day_has_no_zero_before_it_and_the_time_has() {
        let mut seed = Seed::new();
        let [day, hour, minute, second] = [1, 0, 0, 0].map(|from| seed.number(from..=9) as u32);
        let small = moment(&mut seed)
            .with_day(day)
            .and_then(|moment| moment.with_hour(hour)?.with_minute(minute)?.with_second(second));
        let small = small.unwrap();
        assert_bytes!(heard(small), line(small), "at {small}");
    }

    #[test]
    fn the_line_is_whole_though_writes_are_short_and_interrupted() {
        let moment = moment(&mut Seed::new());
        for at_most in 1..=5 {
            let (conn, peer) = MockConnection::pair("");
            daytime(conn.short_writes(at_most).interrupt_writes(), moment).unwrap();
            assert_bytes!(peer.sent(), line(moment), "{at_most} bytes at a time");
        }
    }

    #[test]
    fn an_error_of_a_write_is_returned() {
        let mut seed = Seed::new();
        let (moment, taken) = (moment(&mut seed), seed.number(0..=20));
        let (conn, peer) = MockConnection::pair("");
        let conn = conn.fail_writes_after(taken, ErrorKind::BrokenPipe);
        assert_eq!(daytime(conn, moment).unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_bytes!(peer.sent(), line(moment).as_bytes()[..taken]);

        let (conn, peer) = MockConnection::pair("");
        assert!(daytime(conn.take_nothing_after(taken), moment).is_err());
        assert_bytes!(peer.sent(), line(moment).as_bytes()[..taken]);
    }

    #[test]
    fn over_tcp_each_client_has_their_moment_and_is_hung_up_on() {
        let mut seed = Seed::new();
        let moments = [moment(&mut seed), moment(&mut seed), moment(&mut seed)];
        let serve = |incoming: Incoming| {
            for (conn, moment) in incoming.zip(moments) {
                daytime(conn.unwrap(), moment).unwrap();
            }
        };
        Live::run(serve, |live| {
            for moment in moments {
                let (heard, ending) = live.connect().read_to_end();
                assert_bytes!(heard, line(moment));
                assert_eq!(ending, Ending::Closed);
            }
        });
    }
}

mod visits {
    use super::*;

    /// What is logged of a visit with the conversation `on_connect`, and what `log_visit`
    /// returns; the clock stands still.
    fn logged(
        conn: MockConnection,
        on_connect: impl FnOnce(&mut Counted<MockConnection>) -> io::Result<()>,
    ) -> (Visit, io::Result<()>) {
        let log = RefCell::new(Vec::new());
        let now = || DateTime::UNIX_EPOCH;
        let outcome = log_visit(conn, on_connect, now, |visit| log.borrow_mut().push(visit));
        let log = log.into_inner();
        assert_eq!(log.len(), 1, "visits in the log");
        (log[0], outcome)
    }

    /// Hears all, then says `answer`.
    fn listen_and_say(mut conn: impl Read + Write, answer: &str) -> io::Result<()> {
        conn.read_to_end(&mut Vec::new())?;
        conn.write_all(answer.as_bytes())
    }

    #[test]
    fn the_bytes_of_each_direction_are_counted() {
        let words = Seed::new().words(2);
        let (question, answer) = (&words[0], words.concat());
        for_every_split(question, |input| {
            let (conn, peer) = MockConnection::pair(input);
            let (visit, outcome) = logged(conn, |conn| listen_and_say(conn, &answer));
            outcome.unwrap();
            assert_bytes!(peer.sent(), answer);
            assert_eq!(visit.received, question.len() as u64, "bytes received");
            assert_eq!(visit.sent, answer.len() as u64, "bytes sent");
            assert!(peer.is_closed());
        });
    }

    #[test]
    fn only_what_a_write_took_was_sent() {
        let mut seed = Seed::new();
        let word = seed.word();
        let at_most = seed.number(1..=3);
        let (conn, peer) = MockConnection::pair("");
        let (visit, outcome) = logged(conn.short_writes(at_most), |conn| {
            let taken = conn.write(word.as_bytes())?;
            assert_eq!(taken, at_most, "what a write returns, which was offered {}", word.len());
            Ok(())
        });
        outcome.unwrap();
        assert_bytes!(peer.sent(), &word[..at_most]);
        assert_eq!(visit.sent, at_most as u64, "bytes sent");

        let (conn, peer) = MockConnection::pair("");
        let conn = conn.short_writes(at_most).interrupt_writes();
        let (visit, outcome) = logged(conn, |conn| conn.write_all(word.as_bytes()));
        outcome.unwrap();
        assert_bytes!(peer.sent(), word);
        assert_eq!(visit.sent, word.len() as u64, "bytes sent");
    }

    #[test]
    fn one_read_is_one_read_of_the_connection_inside() {
        let word = Seed::new().word();
        let script = Script::new().fail(ErrorKind::Interrupted).bytes(&word).fail(ErrorKind::Other);
        let (conn, peer) = MockConnection::pair(script);
        let (visit, outcome) = logged(conn, |conn| {
            let mut buffer = [0; 100];
            let kinds = [(); 3].map(|()| conn.read(&mut buffer).map_err(|error| error.kind()));
            assert_eq!(kinds, [Err(ErrorKind::Interrupted), Ok(word.len()), Err(ErrorKind::Other)]);
            Ok(())
        });
        outcome.unwrap();
        assert_eq!(peer.reads(), 3, "reads of the connection inside");
        assert_eq!(visit.received, word.len() as u64, "bytes received");
    }

    #[test]
    fn a_visit_that_fails_is_logged_and_its_error_is_returned() {
        let mut seed = Seed::new();
        let words = seed.words(2);
        let script = Script::new().bytes(&words[0]).fail(ErrorKind::Interrupted).reset();
        let (conn, _peer) = MockConnection::pair(script);
        let (visit, outcome) = logged(conn, |conn| listen_and_say(conn, &words[1]));
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::ConnectionReset);
        assert_eq!((visit.received, visit.sent), (words[0].len() as u64, 0), "received, sent");

        let taken = seed.number(0..=3);
        let (conn, _peer) = MockConnection::pair(&words[0][..]);
        let conn = conn.fail_writes_after(taken, ErrorKind::BrokenPipe);
        let (visit, outcome) = logged(conn, |conn| listen_and_say(conn, &words[1]));
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::BrokenPipe);
        let expected = (words[0].len() as u64, taken as u64);
        assert_eq!((visit.received, visit.sent), expected, "received, sent");
    }

    #[test]
    fn an_error_that_is_not_the_connections_is_returned_too() {
        let (conn, _peer) = MockConnection::pair("");
        let (visit, outcome) = logged(conn, |_| Err(io::Error::other("no soup today")));
        assert_eq!(outcome.unwrap_err().to_string(), "no soup today");
        assert_eq!((visit.received, visit.sent), (0, 0), "received, sent");
    }

    #[test]
    fn it_is_logged_when_the_visit_began_and_how_long_it_took() {
        let mut seed = Seed::new();
        let began = moment(&mut seed);
        let took = Duration::from_millis(seed.number(1..=100_000_000) as u64);
        let clock = Cell::new(began);
        let log = Cell::new(None);
        let (conn, _peer) = MockConnection::pair("");
        let on_connect = |_: &mut Counted<MockConnection>| {
            clock.set(began + took);
            Ok(())
        };
        log_visit(conn, on_connect, || clock.get(), |visit| log.set(Some(visit))).unwrap();
        assert_eq!(log.get(), Some(Visit { began, took, received: 0, sent: 0 }));
    }

    #[test]
    fn by_a_clock_that_was_set_back_a_visit_took_no_time() {
        let mut seed = Seed::new();
        let began = moment(&mut seed);
        let back = TimeDelta::milliseconds(seed.number(1..=100_000_000) as i64);
        let clock = Cell::new(began);
        let log = Cell::new(None);
        let (conn, _peer) = MockConnection::pair("");
        let on_connect = |_: &mut Counted<MockConnection>| {
            clock.set(began - back);
            Ok(())
        };
        log_visit(conn, on_connect, || clock.get(), |visit| log.set(Some(visit))).unwrap();
        assert_eq!(log.get(), Some(Visit { began, took: Duration::ZERO, received: 0, sent: 0 }));
    }

    #[test]
    fn a_visit_is_logged_when_the_conversation_has_ended() {
        let events = RefCell::new(Vec::new());
        let (conn, _peer) = MockConnection::pair("");
        let on_connect = |_: &mut Counted<MockConnection>| {
            events.borrow_mut().push("the conversation");
            Ok(())
        };
        let now = || DateTime::UNIX_EPOCH;
        log_visit(conn, on_connect, now, |_| events.borrow_mut().push("the log")).unwrap();
        assert_eq!(events.into_inner(), ["the conversation", "the log"]);
    }

    #[test]
    fn every_visit_of_the_loop_is_logged() {
        let words = Seed::new().words(4);
        let conns = words.iter().enumerate().map(|(number, word)| {
            let script = Script::new().bytes(word);
            // The second one breaks off.
            Ok(MockConnection::pair(if number == 1 { script.reset() } else { script }).0)
        });
        let log = RefCell::new(Vec::new());
        serve(conns, |conn| {
            let now = || DateTime::UNIX_EPOCH;
            let log = |visit: Visit| log.borrow_mut().push((visit.received, visit.sent));
            log_visit(conn, |conn| greet_and_echo(conn), now, log)
        });
        let greeting = "Thank you for connecting\n".len() as u64;
        let lengths = words.iter().map(|word| word.len() as u64);
        let expected: Vec<_> = lengths.map(|length| (length, greeting + length)).collect();
        assert_eq!(log.into_inner(), expected, "received and sent");
    }
}
