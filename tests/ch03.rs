//! What chapter 3 promises.

use ch03::{LineBuffer, LineTooLong, MAX_LINE, echo_lines, read_some, serve};
use mock::{
    Ending, Events, Gate, Live, MockConnection, Script, TcpClient, alone, assert_bytes,
    for_every_split,
};
use std::io::{self, ErrorKind};
use std::iter;
use std::thread;

/// A line of so many bytes, its LF included.
fn line_of(length: usize) -> Vec<u8> {
    let mut line = vec![b'x'; length - 1];
    line.push(b'\n');
    line
}

// Lines

/// All lines that can be taken out now.
fn take_all(lines: &mut LineBuffer) -> Result<Vec<Vec<u8>>, LineTooLong> {
    iter::from_fn(|| lines.next_line().transpose()).collect()
}

/// The lines of `input`, taken out after each read.
fn lines_of(input: Script) -> Result<Vec<Vec<u8>>, LineTooLong> {
    let (mut conn, _peer) = MockConnection::pair(input);
    let (mut lines, mut found, mut buffer) = (LineBuffer::default(), Vec::new(), [0; 4096]);
    loop {
        match read_some(&mut conn, &mut buffer).unwrap() {
            0 => return Ok(found),
            count => lines.push(&buffer[..count]),
        }
        found.extend(take_all(&mut lines)?);
    }
}

#[test]
fn lines_are_found_however_the_stream_is_cut() {
    for_every_split(b"one\ntwo\r\n\n\r\n\0\xff\nun\rfinished", |input| {
        let lines = lines_of(input).unwrap();
        assert_eq!(lines, [&b"one\n"[..], b"two\r\n", b"\n", b"\r\n", b"\0\xff\n"]);
    });
}

#[test]
fn an_empty_buffer_has_no_line() {
    let mut lines = LineBuffer::default();
    assert_eq!(lines.next_line(), Ok(None));
    lines.push(b"");
    assert_eq!(lines.next_line(), Ok(None));
}

#[test]
fn a_line_is_taken_out_once_and_the_rest_stays() {
    let mut lines = LineBuffer::default();
    lines.push(b"one\ntwo\nthr");
    assert_eq!(lines.next_line(), Ok(Some(b"one\n".to_vec())));
    lines.push(b"ee\nfo"); // before the second one is taken out
    assert_eq!(lines.next_line(), Ok(Some(b"two\n".to_vec())));
    assert_eq!(lines.next_line(), Ok(Some(b"three\n".to_vec())));
    assert_eq!(lines.next_line(), Ok(None));
    assert_eq!(lines.next_line(), Ok(None));
    lines.push(b"ur\n");
    assert_eq!(lines.next_line(), Ok(Some(b"four\n".to_vec())));
}

#[test]
fn the_longest_line_is_a_line_and_one_byte_more_is_too_long() {
    for length in [MAX_LINE - 1, MAX_LINE] {
        let line = line_of(length);
        for_every_split(&line, |input| assert_eq!(lines_of(input), Ok(vec![line.clone()])));
    }
    let line = line_of(MAX_LINE + 1);
    for_every_split(&line, |input| assert_eq!(lines_of(input), Err(LineTooLong)));
}

#[test]
fn a_line_that_can_no_longer_end_in_time_is_too_long_at_once() {
    let mut lines = LineBuffer::default();
    lines.push(&vec![b'x'; MAX_LINE - 1]);
    assert_eq!(lines.next_line(), Ok(None));
    lines.push(b"x");
    assert_eq!(lines.next_line(), Err(LineTooLong));
}

#[test]
fn a_line_that_is_too_long_is_an_error_that_names_the_limit() {
    let error: &dyn std::error::Error = &LineTooLong;
    assert_eq!(error.to_string(), "a line is longer than 1024 bytes");
}

#[test]
fn a_buffer_with_a_line_that_is_too_long_gives_nothing_more() {
    let mut lines = LineBuffer::default();
    lines.push(&line_of(MAX_LINE + 1));
    assert_eq!(lines.next_line(), Err(LineTooLong));
    lines.push(b"short\n");
    assert_eq!(lines.next_line(), Err(LineTooLong));
}

#[test]
fn the_lines_before_one_that_is_too_long_are_found() {
    let mut lines = LineBuffer::default();
    lines.push(b"one\n");
    lines.push(&line_of(MAX_LINE));
    lines.push(&line_of(MAX_LINE + 1));
    assert_eq!(lines.next_line(), Ok(Some(b"one\n".to_vec())));
    assert_eq!(lines.next_line(), Ok(Some(line_of(MAX_LINE))));
    assert_eq!(lines.next_line(), Err(LineTooLong));
}

// One conversation

/// What a client hears that sends `input`.
fn heard(input: impl Into<Script>) -> Vec<u8> {
    let (conn, peer) = MockConnection::pair(input);
    echo_lines(conn).unwrap();
    assert!(peer.is_closed());
    peer.sent()
}

#[test]
fn each_line_comes_back_and_done_is_answered_bye() {
    for_every_split(b"one\ntwo\r\n\nthree\0\xff\ndone\n", |input| {
        assert_bytes!(heard(input), b"one\ntwo\r\n\nthree\0\xff\nbye!\n");
    });
}

#[test]
fn done_with_a_cr_is_done() {
    for_every_split(b"one\r\ndone\r\n", |input| {
        assert_bytes!(heard(input), b"one\r\nbye!\n");
    });
}

#[test]
fn done_may_be_the_first_word() {
    for_every_split(b"done\n", |input| assert_bytes!(heard(input), b"bye!\n"));
}

#[test]
fn what_only_looks_like_done_is_a_line_like_others() {
    let lines = b"done \n done\nDONE\nundone\ndonedone\ndon\ne\ndone\r\r\ndone\0\n\rdone\n";
    for_every_split(lines, |input| assert_bytes!(heard(input), lines));
}

#[test]
fn what_follows_done_gets_no_answer() {
    for_every_split(b"one\ndone\nanother\ndone\n", |input| {
        assert_bytes!(heard(input), b"one\nbye!\n");
    });
}

#[test]
fn after_done_nothing_more_is_read() {
    let (conn, peer) = MockConnection::pair(Script::new().bytes("done\n").reset());
    echo_lines(conn).unwrap();
    assert_bytes!(peer.sent(), b"bye!\n");
    assert_eq!(peer.reads(), 1);
}

#[test]
fn a_line_that_is_not_finished_gets_no_answer() {
    for_every_split(b"one\ntwo", |input| assert_bytes!(heard(input), b"one\n"));
    for_every_split(b"one\ndone", |input| assert_bytes!(heard(input), b"one\n"));
    for_every_split(b"done\r", |input| assert_bytes!(heard(input), b""));
    assert_bytes!(heard(""), b"");
}

#[test]
fn the_longest_line_comes_back() {
    let line = line_of(MAX_LINE);
    for_every_split(&line, |input| assert_bytes!(heard(input), line));
}

#[test]
fn a_line_that_is_too_long_is_told_so_and_ends_the_conversation() {
    let mut input = b"one\n".to_vec();
    input.extend(line_of(MAX_LINE + 1));
    input.extend(b"two\n");
    for_every_split(&input, |input| assert_bytes!(heard(input), b"one\nline too long\n"));
}

#[test]
fn a_line_without_end_is_not_collected_without_end() {
    let endless = Script::from(vec![vec![b'x']; 100 * MAX_LINE]);
    let (conn, peer) = MockConnection::pair(endless);
    echo_lines(conn).unwrap();
    assert_bytes!(peer.sent(), b"line too long\n");
    // A byte with each read: so many were held at most.
    assert!(peer.reads() <= 2 * MAX_LINE, "{} bytes were read", peer.reads());
}

#[test]
fn many_lines_in_one_read_all_come_back() {
    let lines: String = (0..10_000).map(|number| format!("{number}\n")).collect();
    assert_bytes!(heard(lines.as_str()), lines);
}

#[test]
fn a_line_is_answered_before_the_next_one_is_awaited() {
    let events = Events::new();
    let thinks = Gate::new();
    let script = Script::new().bytes("one\nt").wait(&thinks).bytes("wo\n");
    let (conn, peer) = MockConnection::pair(script);
    let conn = conn.log_to(&events, "client");
    thread::scope(|scope| {
        scope.spawn(|| echo_lines(conn).unwrap());
        events.wait_for("read client blocks");
        let sent_before = peer.sent();
        thinks.open();
        assert_bytes!(sent_before, b"one\n");
    });
    assert_bytes!(peer.sent(), b"one\ntwo\n");
}

#[test]
fn answers_are_whole_though_writes_are_short_and_interrupted() {
    let mut too_long = line_of(MAX_LINE + 1);
    too_long.splice(0..0, *b"one\n");
    let cases = [
        (&b"one\ntwo\ndone\n"[..], &b"one\ntwo\nbye!\n"[..]),
        (&too_long, b"one\nline too long\n"),
    ];
    for (input, expected) in cases {
        let (conn, peer) = MockConnection::pair(input);
        echo_lines(conn.short_writes(2).interrupt_writes()).unwrap();
        assert_bytes!(peer.sent(), expected);
    }
}

#[test]
fn an_error_of_either_side_ends_the_conversation_and_is_returned() {
    let (conn, peer) = MockConnection::pair(Script::new().bytes("one\ntw").reset());
    assert_eq!(echo_lines(conn).unwrap_err().kind(), ErrorKind::ConnectionReset);
    assert_bytes!(peer.sent(), b"one\n");

    let too_long = line_of(MAX_LINE + 1);
    for (input, taken) in [
        (&b"one\ntwo\n"[..], &b"one\ntw"[..]),
        (b"one\ndone\n", b"one\nby"),
        (&too_long, b"line t"),
    ] {
        let (conn, peer) = MockConnection::pair(input);
        let conn = conn.fail_writes_after(6, ErrorKind::BrokenPipe);
        assert_eq!(echo_lines(conn).unwrap_err().kind(), ErrorKind::BrokenPipe);
        assert_bytes!(peer.sent(), taken);

        let (conn, peer) = MockConnection::pair(input);
        assert!(echo_lines(conn.take_nothing_after(6)).is_err());
        assert_bytes!(peer.sent(), taken);
    }
}

// Many conversations

#[test]
fn everybody_is_served_once() {
    let (conns, peers): (Vec<_>, Vec<_>) =
        (0..50).map(|number| MockConnection::pair(format!("{number}\ndone\n"))).unzip();
    serve(conns.into_iter().map(Ok), echo_lines);
    for (number, peer) in peers.iter().enumerate() {
        assert_bytes!(peer.sent(), format!("{number}\nbye!\n"));
        assert!(peer.is_closed());
    }
}

/// The first client says nothing until the second has been answered. A server
/// that serves one after the other waits here until the test's patience is over.
#[test]
fn a_silent_client_keeps_nobody_waiting() {
    let answered = Gate::new();
    let (silent, heard_late) = MockConnection::pair(Script::new().wait(&answered).bytes("one\n"));
    let (talkative, heard) = MockConnection::pair("two\ndone\n");
    thread::scope(|scope| {
        scope.spawn(|| {
            heard.wait_sent(9);
            answered.open();
        });
        serve([Ok(silent), Ok(talkative)], echo_lines);
    });
    assert_bytes!(heard.sent(), b"two\nbye!\n");
    assert_bytes!(heard_late.sent(), b"one\n");
}

#[test]
fn a_client_that_does_not_read_keeps_nobody_waiting() {
    let answered = Gate::new();
    let (stalled, heard_late) = MockConnection::pair("one\ndone\n");
    let stalled = stalled.block_writes(2, &answered);
    let (talkative, heard) = MockConnection::pair("two\ndone\n");
    thread::scope(|scope| {
        scope.spawn(|| {
            heard.wait_sent(9);
            answered.open();
        });
        serve([Ok(stalled), Ok(talkative)], echo_lines);
    });
    assert_bytes!(heard.sent(), b"two\nbye!\n");
    assert_bytes!(heard_late.sent(), b"one\nbye!\n");
}

/// Each of ten clients waits until all ten are being served.
#[test]
fn ten_are_served_at_once() {
    let inside: [Gate; 10] = Default::default();
    serve((0..10).map(Ok), |number: usize| {
        inside[number].open();
        inside.iter().for_each(Gate::wait);
        Ok(())
    });
    assert!(inside.iter().all(Gate::is_open));
}

/// It must wait: `on_connect` borrows from here, and that borrow ends with it.
#[test]
fn serve_returns_when_the_last_conversation_has_ended() {
    let events = Events::new();
    let no_more = Gate::new();
    let last = iter::from_fn(|| {
        events.log("nobody else comes");
        no_more.open();
        None
    });
    serve([Ok("the only one")].into_iter().chain(last), |_| {
        no_more.wait();
        events.log("the conversation ends");
        Ok(())
    });
    events.log("serve returns");
    assert_eq!(events.list(), ["nobody else comes", "the conversation ends", "serve returns"]);
}

#[test]
fn errors_end_one_conversation_and_not_the_loop() {
    let reset = || MockConnection::pair(Script::new().bytes("one\n").reset()).0;
    let gone = || MockConnection::pair("one\n").0.fail_writes_after(0, ErrorKind::BrokenPipe);
    let (last, peer) = MockConnection::pair("two\ndone\n");
    let incoming = [
        Ok(reset()),
        Err(io::Error::from(ErrorKind::ConnectionAborted)),
        Ok(gone()),
        Err(io::Error::from(ErrorKind::Interrupted)),
        Ok(reset()),
        Ok(gone()),
        Ok(last),
    ];
    serve(incoming, echo_lines);
    assert_bytes!(peer.sent(), b"two\nbye!\n");
}

#[test]
fn an_error_of_one_conversation_does_not_disturb_another_that_goes_on() {
    let broken = Gate::new();
    let (patient, peer) =
        MockConnection::pair(Script::new().bytes("one\n").wait(&broken).bytes("two\n"));
    let (reset, reset_peer) = MockConnection::pair(Script::new().reset());
    thread::scope(|scope| {
        scope.spawn(|| {
            reset_peer.wait_closed();
            broken.open();
        });
        serve([Ok(patient), Ok(reset)], echo_lines);
    });
    assert_bytes!(peer.sent(), b"one\ntwo\n");
}

#[test]
fn every_error_is_logged_once() {
    let test = "every_error_is_logged_once";
    let log = alone(module_path!(), test, &[], || {
        let failed = io::Error::new(ErrorKind::ConnectionAborted, "accept has no client");
        serve([Ok("soup"), Err(failed), Ok("bread")], |dish| {
            Err(io::Error::other(format!("the visit has no {dish}")))
        });
    });
    let Some(log) = log else { return };
    // The threads may come to it in any order.
    assert_eq!(log.lines().count(), 3, "{log}");
    for what in ["the visit has no soup", "accept has no client", "the visit has no bread"] {
        assert_eq!(log.lines().filter(|line| line.contains(what)).count(), 1, "{what}: {log}");
    }
}

#[cfg(unix)]
mod unix {
    use super::*;

    /// No system has a stack of 2^60 bytes, so that no thread can be started; the tests'
    /// harness runs this one in its own.
    #[test]
    fn who_gets_no_thread_is_hung_up_on_and_the_loop_goes_on() {
        let test = "who_gets_no_thread_is_hung_up_on_and_the_loop_goes_on";
        let no_thread = [("RUST_MIN_STACK", "1152921504606846976")];
        let log = alone(module_path!(), test, &no_thread, || {
            assert!(thread::Builder::new().spawn(|| ()).is_err());
            let (conns, peers): (Vec<_>, Vec<_>) =
                (0..3).map(|_| MockConnection::pair("hello\n")).unzip();
            serve(conns.into_iter().map(Ok), echo_lines);
            for peer in peers {
                assert_bytes!(peer.sent(), b"");
                assert!(peer.is_closed());
            }
        });
        let Some(log) = log else { return };
        assert_eq!(log.lines().count(), 3, "a line for each client: {log}");
    }
}

// Over TCP

fn says(client: &mut TcpClient, line: &str) {
    client.send(line);
    assert_bytes!(client.read_until("\n"), line);
}

#[test]
fn clients_over_tcp_take_turns_as_they_like() {
    Live::run(
        |incoming| serve(incoming, echo_lines),
        |live| {
            let mut silent = live.connect();
            let (mut ada, mut bob) = (live.connect(), live.connect());
            says(&mut bob, "I came later and speak first\n");
            says(&mut ada, "hello\r\n");
            says(&mut bob, "and again\n");
            ada.send("done\r\n");
            assert_eq!(ada.read_to_end(), (b"bye!\n".to_vec(), Ending::Closed));
            says(&mut bob, "still here\n");
            says(&mut silent, "at last\n");
            bob.send("done\n");
            assert_eq!(bob.read_to_end(), (b"bye!\n".to_vec(), Ending::Closed));
        },
    );
}

#[test]
fn a_line_over_tcp_may_come_in_pieces_and_lines_may_come_together() {
    Live::run(
        |incoming| serve(incoming, echo_lines),
        |live| {
            let mut client = live.connect();
            client.send("on");
            client.send("e\ntwo\nth");
            assert_bytes!(client.read_exact(8), b"one\ntwo\n");
            client.send("ree\nnot finished");
            client.finish();
            assert_eq!(client.read_to_end(), (b"three\n".to_vec(), Ending::Closed));
        },
    );
}

#[test]
fn a_reset_over_tcp_disturbs_nobody() {
    Live::run(
        |incoming| serve(incoming, echo_lines),
        |live| {
            let mut patient = live.connect();
            says(&mut patient, "one\n");
            let mut rude = live.connect();
            says(&mut rude, "two\n");
            rude.reset();
            says(&mut patient, "three\n");
            says(&mut live.connect(), "four\n");
        },
    );
}
