//! The log in the background, and what stands in it.

use ch15::{BackgroundLog, Headers, LogEntry, LogThread, Request, Version, cached_http_date};
use ch15::{cached_log_date, http_date, log};
use chrono::{DateTime, TimeDelta, Utc};
use mock::{Events, Gate, Seed, alone, patience};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A log with room for so many bytes, what it has written, and what keeps the writer from coming
/// back from the first line, which is `1`.
fn stuck(room: usize) -> (LogThread, Events, Gate) {
    let (written, gate) = (Events::new(), Gate::new());
    let (theirs, door) = (written.clone(), gate.clone());
    let log = LogThread::start(room, move |lines| {
        theirs.log(lines);
        door.wait();
    });
    let log = log.unwrap();
    log.push("1\n");
    written.wait_for("1\n");
    (log, written, gate)
}

#[test]
fn who_logs_does_not_wait_for_the_writer_and_all_lines_come_in_order() {
    let (log, written, gate) = stuck(1000);
    let lines: Vec<_> = (2..50).map(|number| format!("{number}\n")).collect();
    lines.iter().for_each(|line| log.push(line));
    assert_eq!(written.list(), ["1\n"]);
    gate.open();
    drop(log);
    // What has gathered was written in one call.
    assert_eq!(written.list(), ["1\n", &*lines.concat()]);
}

#[test]
fn what_has_no_room_is_lost_and_counted_where_it_would_stand() {
    let (log, written, gate) = stuck(10);
    // The fifth would have room.
    for line in ["1234\n", "5678\n", "2\n", "345\n", "\n"] {
        log.push(line);
    }
    gate.open();
    log.flush();
    log.push("6\n");
    log.push("longer than all the room\n");
    log.flush();
    drop(log);
    let told = |count| format!("lines of this log that are lost: {count}\n");
    let written = written.list().concat();
    assert_eq!(written, format!("1\n1234\n5678\n{}6\n{}", told(3), told(1)));
}

/// Each line takes half of the room: if it were kept for the time in which lines gather, for 10
/// milliseconds, these would last ten seconds.
#[test]
fn lines_that_take_half_of_the_room_do_not_gather() {
    let (sender, written) = mpsc::channel();
    let log = LogThread::start(10, move |lines| sender.send(lines.to_owned()).unwrap()).unwrap();
    let begin = Instant::now();
    for _ in 0..1000 {
        log.push("1234\n");
        assert_eq!(written.recv_timeout(patience()).unwrap(), "1234\n");
    }
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
}

#[test]
fn a_flush_comes_back_when_all_that_came_before_it_is_written() {
    let written = Events::new();
    let theirs = written.clone();
    let log = LogThread::start(1000, move |lines| theirs.log(lines)).unwrap();
    log.flush();
    for number in 0..100 {
        log.push(&format!("{number}\n"));
        log.flush();
        assert_eq!(written.list().concat().lines().count(), number + 1);
    }
}

#[test]
fn a_writer_that_comes_no_further_is_not_waited_for_without_end() {
    let (log, written, gate) = stuck(1000);
    log.push("2\n");
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        drop(log);
        sender.send(()).unwrap();
    });
    receiver.recv_timeout(patience()).expect("the end waits for the writer");
    assert_eq!(written.list(), ["1\n"]);
    // And if it goes on after all, nothing is lost.
    gate.open();
    written.wait_for("2\n");
}

#[test]
fn lines_of_many_threads_are_all_there_and_each_is_whole() {
    let written = Events::new();
    let theirs = written.clone();
    let log = LogThread::start(1 << 20, move |lines| theirs.log(lines)).unwrap();
    thread::scope(|scope| {
        for name in 0..8 {
            let log = &log;
            scope.spawn(move || (0..500).for_each(|line| log.push(&format!("{name} {line}\n"))));
        }
    });
    drop(log);
    let written = written.list().concat();
    for name in 0..8 {
        let theirs = written.lines().filter_map(|line| line.strip_prefix(&format!("{name} ")));
        assert!(theirs.eq((0..500).map(|line| line.to_string())), "{name}");
    }
    assert_eq!(written.lines().count(), 8 * 500);
}

#[test]
fn what_a_process_logs_stands_there_in_order_when_a_server_is_at_its_end() {
    let test = "what_a_process_logs_stands_there_in_order_when_a_server_is_at_its_end";
    let logged = alone(module_path!(), test, &[], || {
        log("line 0");
        let first = BackgroundLog::start().unwrap();
        let second = BackgroundLog::start().unwrap();
        (1..1000).for_each(|number| log(format_args!("line {number}")));
        drop(first);
        // Nothing stands before it that was logged and not written: this goes by no thread.
        program::print_log("line 1000\n");
        log("line 1001");
        drop(second);
        program::print_log("line 1002\n");
        log("line 1003");
        let _again = BackgroundLog::start().unwrap();
        log("line 1004");
    });
    let Some(logged) = logged else { return };
    let lines = logged.lines().filter_map(|line| line.strip_prefix("line "));
    assert!(lines.eq((0..=1004).map(|number| number.to_string())), "{logged}");
}

#[test]
fn a_second_has_one_date_whoever_asks_and_in_whatever_order() {
    let mut seed = Seed::new();
    let start = DateTime::<Utc>::from_timestamp(784_111_777, 0).unwrap();
    assert_eq!(&*cached_log_date(start), "06/Nov/1994:08:49:37 +0000");
    for _ in 0..1000 {
        let moment = start + TimeDelta::milliseconds(seed.number(0..=4999) as i64);
        assert_eq!(*cached_http_date(moment), http_date(moment));
        let log_date = moment.format("%d/%b/%Y:%H:%M:%S +0000").to_string();
        assert_eq!(*cached_log_date(moment), log_date);
    }
}

/// The lines are those of chapter 11, whatever a client sends.
#[test]
fn a_line_of_the_access_log_is_that_of_chapter_11() {
    let mut seed = Seed::new();
    for _ in 0..1000 {
        let mut headers = Headers::default();
        for name in ["User-Agent", "referer", "Accept"] {
            let length = seed.number(0..=11);
            let value: Vec<_> = seed.bytes(length);
            // What is no value is refused.
            let _ = headers.add(name, value);
        }
        let target = String::from_utf8_lossy(&seed.bytes(6)).into_owned();
        let (method, path, query) = ("GET".to_owned(), "/".to_owned(), None);
        let (version, body, peer) = (Version::Http11, Vec::new(), None);
        let request = Request { method, target, path, query, version, headers, body, peer };
        let request = (seed.number(0..=7) > 0).then_some(&request);
        let peer = ["127.0.0.1:1", "[2001:db8::7]:80"].get(seed.number(0..=2));
        let peer = peer.map(|peer| peer.parse().unwrap());
        let at = DateTime::from_timestamp(784_111_777, 999_999_999).unwrap();
        let (status, sent) = (200 + seed.number(0..=299) as u16, seed.number(0..=1 << 20) as u64);
        let took = Duration::from_micros(seed.number(0..=2_999_999) as u64 | 1);
        let ours = LogEntry { peer, at, request, status, sent, took }.to_string();
        let theirs = ch14::LogEntry { peer, at, request, status, sent, took }.to_string();
        assert_eq!(ours, theirs);
    }
}
