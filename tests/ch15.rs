//! The promises of chapter 15.

#[path = "ch15/http.rs"]
mod http;
#[path = "ch15/log.rs"]
mod log;
#[path = "ch15/protocols.rs"]
mod protocols;
#[path = "simulated_system.rs"]
mod simulated_system;
mod since_ch15;

use ch15 as chapter;
use ch15::{
    DRAIN_BYTES, DRAIN_TIME, Echo, Handle, Mio, PAUSE, Protocol, Reactor, Ready, TimerId, Timers,
    Transport, Waker,
};
use http::Engine;
use mock::{Ending, Seed, TcpClient, assert_bytes, patience};
use simulated_system::{Client, RULES, Rules, Simulated};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

// Timers

/// All that is due at `now`, in its order.
fn take_all<T>(timers: &mut Timers<T>, now: Instant) -> Vec<T> {
    std::iter::from_fn(|| timers.take_due(now)).collect()
}

#[test]
fn timers_come_in_the_order_of_their_times_and_with_equal_times_as_they_were_set() {
    let now = Instant::now();
    let mut timers = Timers::default();
    for (seconds, name) in [(3, "d"), (1, "a"), (2, "b"), (2, "c"), (9, "e")] {
        timers.set(now + Duration::from_secs(seconds), name);
    }
    assert_eq!(timers.next(), Some(now + Duration::from_secs(1)));
    assert_eq!(take_all(&mut timers, now + Duration::from_millis(999)), [""; 0]);
    assert_eq!(take_all(&mut timers, now + Duration::from_secs(3)), ["a", "b", "c", "d"]);
    assert_eq!(timers.len(), 1);
    assert_eq!(take_all(&mut timers, now + MINUTE), ["e"]);
    assert!(timers.is_empty() && timers.next().is_none());
}

#[test]
fn a_timer_that_is_cancelled_is_gone_at_once_and_wholly() {
    let now = Instant::now();
    let mut timers = Timers::default();
    let what = Rc::new(());
    let [first, second, third] = [1, 1, 1].map(|_| timers.set(now, Rc::clone(&what)));
    assert_eq!((first.at(), Rc::strong_count(&what)), (now, 4));
    assert!(timers.cancel(second).is_some());
    assert_eq!((timers.len(), Rc::strong_count(&what)), (2, 3));
    assert!(timers.cancel(second).is_none(), "it is gone");
    assert!(timers.take_due(now).is_some());
    assert!(timers.cancel(first).is_none(), "it was due");
    assert!(timers.cancel(third).is_some());
    assert!(timers.is_empty() && timers.next().is_none());
    assert_eq!(Rc::strong_count(&what), 1);
}

#[test]
fn timers_are_as_a_list_that_is_sorted() {
    let mut seed = Seed::new();
    let begin = Instant::now();
    let (mut now, mut timers, mut list) = (0, Timers::default(), Vec::new());
    for number in 0..2000 {
        match seed.number(1..=4) {
            1 | 2 => {
                let at = now + seed.number(0..=20) as u64;
                list.push((at, number, timers.set(begin + Duration::from_secs(at), number)));
            }
            3 if !list.is_empty() => {
                let (_, what, id) = list.remove(seed.number(0..=list.len() - 1));
                assert_eq!(timers.cancel(id), Some(what));
            }
            _ => {
                now += seed.number(0..=5) as u64;
                list.sort();
                let due = list.partition_point(|&(at, ..)| at <= now);
                let expected: Vec<_> = list.drain(..due).map(|(_, what, _)| what).collect();
                assert_eq!(take_all(&mut timers, begin + Duration::from_secs(now)), expected);
            }
        }
        let first = list.iter().min().map(|&(at, ..)| begin + Duration::from_secs(at));
        assert_eq!((timers.len(), timers.next()), (list.len(), first));
    }
}

// A loop

/// A listener for a system that has its own.
fn no_listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}

/// A protocol that notes what it hears, and then does what it was told to do.
struct Probe<F> {
    calls: Calls,
    then: F,
}

/// What probes have heard.
#[derive(Clone, Default)]
struct Calls(Rc<RefCell<Vec<String>>>);

impl Calls {
    fn add(&self, call: impl Into<String>) {
        self.0.borrow_mut().push(call.into());
    }

    /// What was heard since the last time.
    fn take(&self) -> Vec<String> {
        self.0.take()
    }

    fn probe<F: FnMut(&Transport, &str)>(&self, then: F) -> Probe<F> {
        Probe { calls: self.clone(), then }
    }
}

impl<F: FnMut(&Transport, &str)> Probe<F> {
    fn hears(&mut self, transport: &Transport, call: String) {
        self.calls.add(&call);
        (self.then)(transport, &call);
    }
}

impl<F: FnMut(&Transport, &str)> Protocol for Probe<F> {
    fn connection_made(&mut self, transport: &Transport) {
        self.hears(transport, "made".into());
    }

    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        let call = match data.len() {
            0..=20 => format!("data {}", data.escape_ascii()),
            count => format!("{count} bytes"),
        };
        self.hears(transport, call);
    }

    fn eof_received(&mut self, transport: &Transport) {
        self.hears(transport, "eof".into());
    }

    fn drained(&mut self, transport: &Transport) {
        self.hears(transport, "drained".into());
    }

    fn timed_out(&mut self, transport: &Transport) {
        self.hears(transport, "timed out".into());
    }

    fn woken(&mut self, transport: &Transport) {
        self.hears(transport, "woken".into());
    }

    fn connection_lost(&mut self, transport: &Transport, error: Option<io::Error>) {
        let why = error.map_or(String::new(), |error| format!(": {:?}", error.kind()));
        self.hears(transport, format!("lost{why}"));
    }
}

/// A loop with one connection, on which a probe listens.
struct One {
    system: Simulated,
    reactor: Reactor<Simulated>,
    client: Client,
    calls: Calls,
    transport: Transport,
}

impl One {
    fn new(rules: Rules, mut then: impl FnMut(&Transport, &str) + 'static) -> Self {
        let system = Simulated::new(rules);
        let mut reactor = Reactor::new(system.clone());
        let (stream, client) = system.pair();
        let calls = Calls::default();
        let kept = Rc::new(RefCell::new(None));
        let keep = Rc::clone(&kept);
        let probe = calls.probe(move |transport, call| {
            keep.borrow_mut().get_or_insert_with(|| transport.clone());
            then(transport, call);
        });
        reactor.adopt(stream, None, probe);
        system.run(&mut reactor);
        assert_eq!(calls.take()[0], "made");
        let transport = kept.take().expect("it was made");
        Self { system, reactor, client, calls, transport }
    }

    /// A loop with a protocol that does nothing by itself.
    fn passive(rules: Rules) -> Self {
        Self::new(rules, |_, _| {})
    }

    /// Lets the loop run, and returns what the probe has heard.
    fn run(&mut self) -> Vec<String> {
        self.system.run(&mut self.reactor);
        self.calls.take()
    }

    /// The same later.
    fn pass(&mut self, time: Duration) -> Vec<String> {
        self.system.pass(time, &mut self.reactor);
        self.calls.take()
    }
}

#[test]
fn a_protocol_hears_what_comes_and_that_it_was_all() {
    for rules in RULES {
        let mut one = One::passive(rules);
        one.client.send("one");
        assert_eq!(one.run(), ["data one"], "{rules:?}");
        one.client.send("two");
        assert_eq!(one.run(), ["data two"]);
        one.client.finish();
        assert_eq!(one.run(), ["eof"]);
        assert_eq!(one.pass(MINUTE), [""; 0], "it may still write");
        one.transport.write(b"bye");
        assert_eq!(one.run(), ["drained"]);
        one.transport.lose_connection();
        assert_eq!(one.run(), ["lost"]);
        assert_bytes!(one.client.got(), "bye");
        assert!(one.client.is_finished() && one.client.is_closed());
        assert!(!one.reactor.has_something_to_do());
    }
}

#[test]
fn the_end_is_noticed_that_came_in_one_event_with_the_last_data() {
    for rules in RULES {
        let mut one = One::passive(rules);
        one.client.send("last words").finish();
        assert_eq!(one.run(), ["data last words", "eof"], "{rules:?}");
        let mut one = One::passive(rules);
        one.client.send("last words").reset();
        assert_eq!(one.run(), ["lost: ConnectionReset"], "{rules:?}");
    }
}

#[test]
fn what_comes_is_read_to_the_end_however_much_it_is() {
    for rules in RULES {
        let bytes = Seed::new().bytes(1_000_000);
        let heard = Rc::new(Cell::new(0));
        let count = Rc::clone(&heard);
        let mut one = One::new(rules, move |_, call| {
            let bytes = call.strip_suffix(" bytes").map_or(0, |number| number.parse().unwrap());
            count.set(count.get() + bytes);
        });
        one.client.send(&bytes);
        one.run();
        assert_eq!((heard.get(), one.client.unread()), (bytes.len(), 0), "{rules:?}");
    }
}

#[test]
fn on_unix_a_read_that_would_find_nothing_is_spared() {
    for rules in [Rules::Epoll, Rules::Kqueue] {
        let mut one = One::passive(rules);
        for _ in 0..10 {
            let before = one.client.reads();
            one.client.send("hello");
            assert_eq!(one.run(), ["data hello"]);
            assert_eq!(one.client.reads() - before, 1, "{rules:?}");
        }
    }
}

#[test]
fn what_is_written_arrives_in_order_and_what_is_not_taken_yet_is_counted() {
    for rules in RULES {
        let mut one = One::passive(rules);
        one.client.take_only(4);
        let begin = one.reactor.handle().now();
        one.transport.write(b"hel");
        one.transport.write(b"lo");
        one.transport.write_with(|out| out.extend(b" there"));
        assert_eq!((one.transport.unsent(), one.transport.taken()), (11, 0));
        assert_bytes!(one.client.got(), "", "it is noted, and done later");
        assert_eq!(one.pass(Duration::from_secs(1)), [""; 0], "not all is sent");
        assert_eq!((one.transport.unsent(), one.transport.taken()), (7, 4));
        let first = one.transport.last_taken();
        assert!(first >= begin + Duration::from_secs(1));
        one.pass(MINUTE);
        assert_eq!(one.transport.last_taken(), first, "it took none of it");
        one.client.take(5);
        assert_eq!(one.run(), [""; 0]);
        assert_eq!((one.transport.unsent(), one.transport.taken()), (2, 9));
        assert!(one.transport.last_taken() >= first + MINUTE);
        one.client.take(100);
        assert_eq!(one.run(), ["drained"], "{rules:?}");
        assert_bytes!(one.client.got(), "hello there");
    }
}

#[test]
fn of_what_was_taken_before_an_error_each_byte_is_counted() {
    let seen = Rc::new(Cell::new(0));
    let taken = Rc::clone(&seen);
    let mut one = One::new(Rules::Epoll, move |transport, call| {
        if call.starts_with("lost") {
            taken.set(transport.taken());
        }
    });
    one.client.take_pieces_of(4).break_after(10);
    one.transport.write(b"0123456789abcdef");
    assert_eq!(one.run(), ["lost: BrokenPipe"]);
    assert_bytes!(one.client.got(), "0123456789");
    assert_eq!(seen.get(), 10);
}

#[test]
fn who_writes_more_when_all_is_sent_is_asked_again_until_it_has_no_more() {
    for rules in RULES {
        let mut left = 5;
        let mut one = One::new(rules, move |transport, call| {
            if call == "drained" && left > 0 {
                left -= 1;
                transport.write(b"more ");
            }
        });
        one.client.take_pieces_of(2);
        one.transport.write(b"begin ");
        assert_eq!(one.run(), ["drained"; 6]);
        assert_bytes!(one.client.got(), "begin more more more more more ");
    }
}

#[test]
fn who_does_not_take_what_is_sent_is_not_read_until_it_does_and_then_without_being_told_again() {
    for rules in RULES {
        let mut one = One::new(rules, |transport, call| {
            if call.starts_with("data") {
                transport.write(b"0123456789");
            }
        });
        one.client.take_only(3).send("a");
        assert_eq!(one.run(), ["data a"]);
        one.client.send("b");
        assert_eq!(one.run(), [""; 0], "{rules:?}");
        assert_eq!(one.client.unread(), 1);
        one.client.send("c").take(16);
        assert_eq!(one.run(), ["drained", "data bc"], "{rules:?}");
        assert_eq!((one.client.unread(), one.transport.unsent()), (0, 1));
        one.client.finish();
        assert_eq!(one.run(), [""; 0]);
        one.client.take(1);
        assert_eq!(one.run(), ["drained", "eof"], "{rules:?}");
    }
}

#[test]
fn who_pauses_hears_nothing_and_who_resumes_hears_all_of_it() {
    for rules in RULES {
        let mut one = One::passive(rules);
        one.transport.pause_reading();
        one.client.send("one");
        assert_eq!(one.run(), [""; 0]);
        one.client.send("two").finish();
        assert_eq!(one.run(), [""; 0]);
        assert_eq!(one.client.unread(), 6);
        one.transport.write(b"writing goes on");
        assert_eq!(one.run(), ["drained"]);
        one.transport.resume_reading();
        assert_eq!(one.run(), ["data onetwo", "eof"], "{rules:?}");
    }
    // In the middle of what has come.
    let mut one = One::new(Rules::Epoll, |transport, call| {
        if call.ends_with("bytes") {
            transport.pause_reading();
        }
    });
    one.client.send(vec![b'x'; 100_000]);
    assert_eq!(one.run(), ["65536 bytes"]);
    one.transport.resume_reading();
    assert_eq!(one.run(), ["34464 bytes"]);
}

// The end of a connection

#[test]
fn who_closes_sends_all_before_and_nothing_after_it() {
    for rules in RULES {
        let mut one = One::passive(rules);
        one.client.take_only(4);
        one.transport.write(b"the end");
        one.transport.lose_connection();
        one.transport.write(b" and more");
        one.transport.lose_connection();
        assert_eq!(one.run(), [""; 0]);
        assert!(!one.client.is_finished(), "not all is sent");
        one.client.take(100);
        assert_eq!(one.run(), ["drained"]);
        assert!(one.client.is_finished() && !one.client.is_closed(), "{rules:?}");
        // What it sends now is thrown away, so that it does not lose what was sent to it.
        one.client.send("thank you");
        assert_eq!(one.run(), [""; 0]);
        assert_eq!(one.client.unread(), 0);
        one.client.finish();
        assert_eq!(one.run(), ["lost"]);
        assert!(one.client.is_closed());
        assert_bytes!(one.client.got(), "the end");
    }
}

#[test]
fn the_end_of_a_client_that_does_not_leave_is_waited_for_a_second() {
    let mut one = One::passive(Rules::Epoll);
    one.transport.lose_connection();
    assert_eq!(one.run(), [""; 0]);
    one.client.send("I");
    assert_eq!(one.pass(DRAIN_TIME - Duration::from_millis(1)), [""; 0]);
    one.client.send("stay");
    assert_eq!(one.run(), [""; 0]);
    assert_eq!(one.pass(Duration::from_millis(1)), ["lost"]);
    assert!(one.client.is_closed());
}

#[test]
fn of_what_a_client_sends_that_does_not_leave_so_much_is_thrown_away() {
    for rules in RULES {
        let mut one = One::passive(rules);
        one.transport.lose_connection();
        one.client.send(vec![b'x'; DRAIN_BYTES - 1]);
        assert_eq!(one.run(), [""; 0]);
        one.client.send("y");
        assert_eq!(one.run(), ["lost"], "{rules:?}");
    }
}

#[test]
fn a_deadline_does_not_disturb_who_lingers() {
    let mut one = One::passive(Rules::Epoll);
    one.transport.set_deadline(Some(one.reactor.handle().now() + DRAIN_TIME / 2));
    one.run();
    one.transport.lose_connection();
    one.run();
    assert_eq!(one.pass(DRAIN_TIME / 2), [""; 0]);
    assert_eq!(one.pass(DRAIN_TIME / 2), ["lost"]);
}

#[test]
fn who_aborts_is_gone_whatever_was_not_sent() {
    for rules in RULES {
        let mut one = One::passive(rules);
        one.client.take_only(3);
        one.transport.write(b"hello");
        one.run();
        one.transport.lose_connection();
        one.transport.abort();
        one.client.send("words that nobody hears");
        assert_eq!(one.run(), ["lost"], "{rules:?}");
        assert!(one.client.is_closed() && !one.client.is_finished());
        assert_bytes!(one.client.got(), "hel");
    }
}

#[test]
fn a_connection_is_lost_once_and_nothing_comes_after_it() {
    for rules in RULES {
        let end: [fn(&One); 4] = [
            |one| one.client.reset(),
            |one| one.transport.abort(),
            |one| {
                one.client.finish();
            },
            |one| one.transport.write(b"to a client that is gone"),
        ];
        for (number, end) in end.into_iter().enumerate() {
            let mut one = One::new(rules, |transport, call| match call {
                "eof" => transport.lose_connection(),
                call if call.starts_with("lost") => {
                    // It knows no better.
                    transport.write(b"still there?");
                    transport.lose_connection();
                    transport.resume_reading();
                    transport.set_deadline(Some(transport.reactor().now()));
                    transport.waker().wake();
                    transport.abort();
                }
                _ => {}
            });
            one.transport.set_deadline(Some(one.reactor.handle().now() + MINUTE));
            one.run();
            if number == 3 {
                one.client.break_after(3);
            }
            end(&one);
            let calls = one.run();
            let lost = calls.iter().filter(|call| call.starts_with("lost")).count();
            assert_eq!((lost, calls.last().unwrap().starts_with("lost")), (1, true), "{calls:?}");
            assert_eq!((one.transport.unsent(), one.client.is_closed()), (0, true));
            assert_eq!(one.system.run(&mut one.reactor), None, "no timer is left");
            let got = one.client.got();
            one.transport.write(b"hello?");
            one.transport.set_deadline(Some(one.reactor.handle().now()));
            one.client.take(100).send("hello?").finish();
            one.system.tell(ready(one.client.token()));
            assert_eq!(one.pass(2 * MINUTE), [""; 0]);
            assert_bytes!(one.client.got(), got);
        }
    }
}

/// A hint that all is ready.
fn ready(token: usize) -> Ready {
    Ready { token, readable: true, writable: true, read_closed: true }
}

#[test]
fn what_was_said_too_often_does_no_harm() {
    for rules in RULES {
        let mut one = One::passive(rules);
        one.client.take_only(2);
        one.transport.write(b"hello");
        for token in [0, 1, 2, 1000, usize::MAX - 1] {
            one.system.tell(ready(token));
            one.system.tell(ready(token));
            assert_eq!(one.run(), [""; 0], "{rules:?}");
        }
        one.client.send("data").take(3);
        assert_eq!(one.run(), ["drained", "data data"]);
    }
}

// Deadlines

#[test]
fn a_deadline_that_passes_is_told_once() {
    let mut one = One::passive(Rules::Epoll);
    let now = one.reactor.handle().now();
    one.transport.set_deadline(Some(now + MINUTE));
    assert_eq!(one.run(), [""; 0]);
    assert_eq!(one.pass(MINUTE - Duration::from_secs(1)), [""; 0]);
    assert_eq!(one.pass(Duration::from_secs(1)), ["timed out"]);
    assert_eq!(one.pass(10 * MINUTE), [""; 0]);
    one.client.send("still there");
    assert_eq!(one.run(), ["data still there"]);
}

#[test]
fn a_deadline_can_be_put_off_and_brought_forward_and_forgotten() {
    let mut one = One::passive(Rules::Epoll);
    let now = one.reactor.handle().now();
    let at = |minutes| Some(now + minutes * MINUTE);
    one.transport.set_deadline(at(1));
    one.run();
    one.transport.set_deadline(at(3));
    assert_eq!(one.pass(2 * MINUTE), [""; 0], "it was put off");
    one.transport.set_deadline(at(5));
    one.run();
    one.transport.set_deadline(at(4));
    assert_eq!(one.pass(MINUTE), [""; 0]);
    assert_eq!(one.pass(MINUTE), ["timed out"], "it was brought forward");
    one.transport.set_deadline(at(20));
    one.run();
    one.transport.set_deadline(at(5));
    assert_eq!(one.pass(MINUTE), ["timed out"], "before the timer that was set");
    assert_eq!(one.system.run(&mut one.reactor), None, "no timer is left");
    one.transport.set_deadline(at(10));
    one.run();
    one.transport.set_deadline(None);
    assert_eq!(one.pass(30 * MINUTE), [""; 0], "it was forgotten");
    // One that has passed already is told soon.
    one.transport.set_deadline(at(1));
    assert_eq!(one.run(), ["timed out"]);
}

#[test]
fn a_deadline_that_is_put_off_with_every_byte_costs_no_timer() {
    let mut one = One::new(Rules::Epoll, |transport, call| {
        if call.starts_with("data") {
            transport.set_deadline(Some(transport.reactor().now() + MINUTE));
        }
    });
    for _ in 0..100 {
        one.client.send("x");
        assert_eq!(one.pass(Duration::from_secs(1)), ["data x"]);
    }
    // The loop waits for the timer that was set a while ago.
    assert!(one.system.run(&mut one.reactor).is_some_and(|waits| waits < MINUTE / 2));
    assert_eq!(one.pass(MINUTE - Duration::from_secs(1)), [""; 0]);
    assert_eq!(one.pass(Duration::from_secs(1)), ["timed out"]);
    assert_eq!(one.system.run(&mut one.reactor), None, "no timer is left");
}

#[test]
fn who_says_nothing_about_deadlines_and_ends_is_closed_by_both() {
    struct Plain(Calls);
    impl Protocol for Plain {
        fn connection_made(&mut self, transport: &Transport) {
            transport.set_deadline(Some(transport.reactor().now() + MINUTE));
        }

        fn data_received(&mut self, _: &Transport, _: &[u8]) {}

        fn connection_lost(&mut self, _: &Transport, _: Option<io::Error>) {
            self.0.add("lost");
        }
    }
    for is_late in [false, true] {
        let (system, calls) = (Simulated::new(Rules::Epoll), Calls::default());
        let mut reactor = Reactor::new(system.clone());
        let (stream, client) = system.pair();
        reactor.adopt(stream, None, Plain(calls.clone()));
        system.run(&mut reactor);
        if is_late {
            system.pass(MINUTE, &mut reactor);
        } else {
            client.finish();
            system.run(&mut reactor);
        }
        assert_eq!(calls.take(), ["lost"]);
        assert_eq!(client.is_finished(), !is_late, "an end is answered, a deadline is not");
    }
}

// Calls

/// A loop with nothing to do, and what is called in it.
fn calling() -> (Simulated, Reactor<Simulated>, Handle, Calls) {
    let system = Simulated::new(Rules::Epoll);
    let reactor = Reactor::new(system.clone());
    let handle = reactor.handle().clone();
    (system, reactor, handle, Calls::default())
}

#[test]
fn calls_are_made_in_the_order_of_their_times_and_not_before() {
    let (system, mut reactor, handle, calls) = calling();
    for (seconds, name) in [(2, "c"), (1, "a"), (1, "b"), (3, "d")] {
        let calls = calls.clone();
        handle.call_later(Duration::from_secs(seconds), move || calls.add(name));
    }
    let waits = system.run(&mut reactor);
    assert_eq!(waits, Some(Duration::from_secs(1)), "it waits for the first one");
    assert_eq!(calls.take(), [""; 0]);
    system.pass(Duration::from_millis(999), &mut reactor);
    assert_eq!(calls.take(), [""; 0]);
    system.pass(Duration::from_secs(1), &mut reactor);
    assert_eq!(calls.take(), ["a", "b"]);
    system.pass(MINUTE, &mut reactor);
    assert_eq!(calls.take(), ["c", "d"]);
    assert_eq!(system.pass(MINUTE, &mut reactor), None, "nothing is to come");
    assert_eq!(calls.take(), [""; 0]);
}

#[test]
fn a_call_that_is_cancelled_is_not_made_and_dropped_at_once() {
    let (system, mut reactor, handle, calls) = calling();
    let owned = Rc::new(());
    let [kept, cancelled] = ["kept", "cancelled"].map(|name| {
        let (calls, owned) = (calls.clone(), Rc::clone(&owned));
        handle.call_later(MINUTE, move || drop((calls.add(name), owned)))
    });
    handle.cancel(cancelled);
    handle.cancel(cancelled);
    assert_eq!(Rc::strong_count(&owned), 2);
    system.pass(MINUTE, &mut reactor);
    assert_eq!(calls.take(), ["kept"]);
    handle.cancel(kept);
    assert_eq!(Rc::strong_count(&owned), 1);

    // What is dropped then may cancel others.
    struct CancelsOnDrop(Handle, Option<TimerId>);
    impl Drop for CancelsOnDrop {
        fn drop(&mut self) {
            self.1.take().into_iter().for_each(|call| self.0.cancel(call));
        }
    }
    let heard = calls.clone();
    let first = handle.call_later(MINUTE, move || heard.add("first"));
    let cancels = CancelsOnDrop(handle.clone(), Some(first));
    let second = handle.call_later(MINUTE, move || drop(cancels));
    handle.cancel(second);
    system.pass(MINUTE, &mut reactor);
    assert_eq!(calls.take(), [""; 0]);
}

#[test]
fn a_call_may_cancel_one_that_is_due_at_the_same_time() {
    let (system, mut reactor, handle, calls) = calling();
    let second: Rc<Cell<Option<TimerId>>> = Rc::default();
    let (its, cancels, heard) = (Rc::clone(&second), handle.clone(), calls.clone());
    handle.call_later(MINUTE, move || {
        heard.add("first");
        cancels.cancel(its.get().unwrap());
    });
    let heard = calls.clone();
    second.set(Some(handle.call_later(MINUTE, move || heard.add("second"))));
    system.pass(MINUTE, &mut reactor);
    assert_eq!(calls.take(), ["first"]);
}

#[test]
fn a_call_may_set_the_next_one() {
    fn tick(handle: &Handle, calls: &Calls) {
        calls.add("tick");
        let (again, calls) = (handle.clone(), calls.clone());
        handle.call_later(MINUTE, move || tick(&again, &calls));
    }
    let (system, mut reactor, handle, calls) = calling();
    tick(&handle, &calls);
    for _ in 0..5 {
        assert_eq!(calls.take(), ["tick"]);
        system.pass(MINUTE, &mut reactor);
    }
}

#[test]
fn a_call_that_sets_one_without_delay_keeps_nobody_waiting() {
    fn spin(handle: &Handle, count: &Rc<Cell<u32>>) {
        count.set(count.get() + 1);
        assert!(count.get() < 1000, "nobody else is served");
        let (again, count) = (handle.clone(), Rc::clone(count));
        handle.call_later(Duration::ZERO, move || spin(&again, &count));
    }
    let mut one = One::passive(Rules::Epoll);
    let count = Rc::default();
    spin(one.reactor.handle(), &count);
    one.client.send("hello");
    for turn in 2..10 {
        one.system.turn(&mut one.reactor);
        assert_eq!(count.get(), turn, "once a turn");
    }
    assert_eq!(one.calls.take(), ["data hello"]);
}

#[test]
fn a_loop_ends_with_the_error_of_its_system() {
    let mut one = One::passive(Rules::Epoll);
    one.system.break_down();
    assert_eq!(one.reactor.run().unwrap_err().kind(), ErrorKind::Other);
}

#[test]
fn a_loop_runs_as_long_as_there_is_somebody() {
    let (_, mut reactor, handle, calls) = calling();
    let heard = calls.clone();
    handle.call_later(Duration::ZERO, move || heard.add("later"));
    assert!(!reactor.has_something_to_do());
    reactor.run().unwrap();
    assert_eq!(calls.take(), [""; 0], "a call alone is nobody");

    handle.stop_listening();
    assert!(reactor.has_something_to_do(), "something was ordered");
    reactor.run().unwrap();

    let mut one = One::new(Rules::Epoll, |transport, call| {
        if call == "eof" {
            transport.lose_connection();
        }
    });
    assert!(one.reactor.has_something_to_do());
    one.client.send("bye").finish();
    one.reactor.run().unwrap();
    assert_eq!(one.calls.take(), ["data bye", "eof", "lost"]);
}

// Connections that come, and that are made

/// A loop that echoes, in a simulated system.
fn echoing(rules: Rules) -> (Simulated, Reactor<Simulated>) {
    let system = Simulated::new(rules);
    let mut reactor = Reactor::new(system.clone());
    reactor.listen(no_listener(), |_| Echo).unwrap();
    (system, reactor)
}

#[test]
fn each_client_that_comes_has_a_protocol_of_its_own() {
    for rules in RULES {
        let (system, calls) = (Simulated::new(rules), Calls::default());
        let mut reactor = Reactor::new(system.clone());
        let heard = calls.clone();
        let mut count = 0;
        let factory = move |peer: Option<SocketAddr>| {
            count += 1;
            let (name, heard) = (count, heard.clone());
            heard.add(format!("{name} comes from {}", peer.unwrap()));
            Calls::default().probe(move |transport, call| {
                assert_eq!(transport.peer(), peer);
                heard.add(format!("{name} {call}"));
            })
        };
        reactor.listen(no_listener(), factory).unwrap();
        let from = |last| system.client_from((Ipv4Addr::new(192, 0, 2, last), 9).into());
        let (ada, bob) = (from(1), from(2));
        system.run(&mut reactor);
        let came = ["1 comes from 192.0.2.1:9", "1 made", "2 comes from 192.0.2.2:9", "2 made"];
        let (mut heard, mut expected) = (calls.take(), came);
        heard.sort();
        expected.sort();
        assert_eq!(heard, expected, "{rules:?}");
        bob.send("b");
        system.run(&mut reactor);
        ada.send("a");
        let eve = from(3);
        system.run(&mut reactor);
        let mut heard = calls.take();
        heard.sort();
        assert_eq!(heard, ["1 data a", "2 data b", "3 comes from 192.0.2.3:9", "3 made"]);
        assert!(!eve.is_closed());
    }
}

#[test]
fn out_of_descriptors_those_who_wait_are_taken_later_though_nobody_tells_of_them_again() {
    for rules in RULES {
        let (system, mut reactor) = echoing(rules);
        let early = system.client();
        system.run(&mut reactor);
        system.set_descriptors(false);
        let waiting = [system.client(), system.client()];
        waiting.iter().for_each(|client| {
            client.send("hello");
        });
        let waits = system.run(&mut reactor);
        assert_eq!(waits, Some(PAUSE), "it does not try again and again");
        system.pass(PAUSE, &mut reactor);
        system.pass(PAUSE, &mut reactor);
        early.send("still served");
        system.run(&mut reactor);
        assert_bytes!(early.got(), "still served");
        system.set_descriptors(true);
        assert_bytes!(waiting[0].got(), "");
        system.pass(PAUSE, &mut reactor);
        for client in waiting {
            assert_bytes!(client.got(), "hello", "{rules:?}");
        }
        assert_eq!(system.run(&mut reactor), None, "no timer is left");
    }
}

#[test]
fn who_listens_no_more_takes_nobody_and_serves_who_is_there() {
    for rules in RULES {
        let (system, mut reactor) = echoing(rules);
        let client = system.client();
        system.run(&mut reactor);
        reactor.handle().stop_listening();
        system.run(&mut reactor);
        assert!(system.has_stopped_listening());
        let late = system.client();
        client.send("still served").finish();
        system.run(&mut reactor);
        assert_bytes!(client.got(), "still served");
        assert!(client.is_closed() && late.got().is_empty() && !reactor.has_something_to_do());
    }
}

#[test]
fn a_connection_that_has_the_number_of_a_listener_that_is_gone_is_not_taken_for_it() {
    let (system, mut reactor) = echoing(Rules::Epoll);
    system.set_descriptors(false);
    system.client();
    system.run(&mut reactor);
    reactor.handle().stop_listening();
    system.run(&mut reactor);
    let calls = Calls::default();
    let (stream, client) = system.pair();
    reactor.adopt(stream, None, calls.probe(|_, _| {}));
    // The time comes at which the listener would have been tried again.
    system.pass(PAUSE, &mut reactor);
    assert!(!client.is_closed());
    client.send("hello");
    system.run(&mut reactor);
    assert_eq!(calls.take(), ["made", "data hello"]);
}

#[test]
fn who_cannot_listen_is_told_so_and_leaves_nothing_behind() {
    let system = Simulated::new(Rules::Epoll);
    let mut reactor = Reactor::new(system.clone());
    system.refuse_to_listen();
    let error = reactor.listen(no_listener(), |_| Echo).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert!(!reactor.has_something_to_do());
}

#[test]
fn who_comes_is_not_disturbed_by_news_about_who_had_the_same_number() {
    for rules in RULES {
        let (system, mut reactor) = echoing(rules);
        let first = system.client();
        system.run(&mut reactor);
        let token = first.token();
        first.reset();
        system.run(&mut reactor);
        let second = system.client();
        system.run(&mut reactor);
        assert_eq!(second.token(), token);
        system.tell(ready(token));
        second.send("hel");
        system.run(&mut reactor);
        system.tell(ready(token));
        system.tell(Ready { token, readable: true, writable: false, read_closed: true });
        system.run(&mut reactor);
        second.send("lo");
        system.run(&mut reactor);
        assert_bytes!(second.got(), "hello", "{rules:?}");
        assert!(!second.is_closed());
    }
}

#[test]
fn a_client_of_somebody_else_is_connected_or_hears_why_not() {
    let address = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 80));
    for rules in RULES {
        let system = Simulated::new(rules);
        let mut reactor = Reactor::new(system.clone());
        let (handle, calls) = (reactor.handle().clone(), Calls::default());
        let connect = |address| {
            let probe = calls.probe(move |transport, call| {
                assert_eq!(transport.peer(), Some(address));
                if call == "made" {
                    transport.write(b"hello");
                }
            });
            handle.connect(address, probe);
        };
        connect(address);
        assert!(reactor.has_something_to_do());
        system.run(&mut reactor);
        let server = system.dialled().remove(0);
        server.send("too early").take_only(0);
        for _ in 0..3 {
            // This is not true.
            system.tell(ready(server.token()));
            system.run(&mut reactor);
        }
        assert_eq!(calls.take(), [""; 0], "{rules:?}");
        server.take(10).accept();
        system.run(&mut reactor);
        assert_eq!(calls.take(), ["made", "drained", "data too early"], "{rules:?}");
        assert_bytes!(server.got(), "hello");
        server.reset();
        system.run(&mut reactor);
        calls.take();

        connect(SocketAddr::from((Ipv4Addr::new(192, 0, 2, 2), 80)));
        system.run(&mut reactor);
        system.dialled().remove(1).refuse();
        system.run(&mut reactor);
        assert_eq!(calls.take(), ["lost: ConnectionRefused"], "{rules:?}");
        connect(SocketAddr::from((Ipv4Addr::new(192, 0, 2, 3), 0)));
        system.run(&mut reactor);
        assert_eq!(calls.take(), ["lost: AddrNotAvailable"]);
        assert!(!reactor.has_something_to_do());
    }
}

// Fairness

#[test]
fn who_always_has_something_to_say_keeps_nobody_waiting() {
    for rules in RULES {
        let (system, mut reactor) = echoing(rules);
        let (talker, other) = (system.client(), system.client());
        system.run(&mut reactor);
        talker.send(vec![b'x'; 10_000_000]);
        system.turn(&mut reactor);
        other.send("hello");
        system.turn(&mut reactor);
        assert_bytes!(other.got(), "hello", "{rules:?}");
        assert!(talker.unread() > 9_000_000);
    }
}

#[test]
fn who_always_has_something_to_write_keeps_nobody_waiting() {
    struct Endless;
    impl Protocol for Endless {
        fn connection_made(&mut self, transport: &Transport) {
            transport.write(&[b'x'; 100]);
        }

        fn data_received(&mut self, _: &Transport, _: &[u8]) {}

        fn drained(&mut self, transport: &Transport) {
            transport.write(&[b'x'; 100]);
        }
    }
    let (system, mut reactor) = echoing(Rules::Epoll);
    let (stream, _listener) = system.pair();
    reactor.adopt(stream, None, Endless);
    let other = system.client();
    system.turn(&mut reactor);
    other.send("hello");
    for _ in 0..2 {
        system.turn(&mut reactor);
    }
    assert_bytes!(other.got(), "hello");
}

#[test]
fn a_client_that_takes_nothing_costs_the_others_nothing() {
    for rules in RULES {
        let (system, mut reactor) = echoing(rules);
        let (stalled, other) = (system.client(), system.client());
        stalled.take_only(10).send(vec![b'x'; 1_000_000]);
        system.run(&mut reactor);
        assert!(stalled.unread() >= 1_000_000 - 64 * 1024, "it is not read either");
        for _ in 0..10 {
            let turns = (1..).find(|_| system.turn(&mut reactor)).unwrap();
            assert_eq!(turns, 1, "there is nothing to do");
            other.send("hello");
            system.run(&mut reactor);
            assert_bytes!(other.takes_out(), "hello");
        }
        stalled.take(usize::MAX).finish();
        system.run(&mut reactor);
        assert_eq!(stalled.got().len(), 1_000_000, "{rules:?}");
        assert!(stalled.is_closed());
    }
}

// At random

/// Several clients that send, stop, take a little or nothing, finish and break, in any order.
/// Whatever the system does that it may, everybody has the echo of all that was sent.
fn random_run(rules: Rules, seed: &mut Seed) {
    let (system, mut reactor) = echoing(rules);
    system.disturb(Seed::of(seed.number(0..=usize::MAX - 1) as u64));
    let mut clients: Vec<(Client, Vec<u8>, bool)> = Vec::new();
    for _ in 0..seed.number(20..=120) {
        let place = seed.number(0..=clients.len().max(1) - 1);
        let kind = seed.number(0..=11);
        if kind == 0 && clients.len() < 5 {
            clients.push((system.client(), Vec::new(), true));
        }
        match (kind, clients.get_mut(place)) {
            (1, _) => system.set_descriptors(false),
            (2, _) => {
                system.set_descriptors(true);
                system.pass(PAUSE, &mut reactor);
            }
            (3, Some((client, ..))) => drop(client.take_only(seed.number(0..=30))),
            (4, Some((client, ..))) => drop(client.take(seed.number(1..=100))),
            (5, Some((client, ..))) if seed.number(1..=5) == 1 => client.reset(),
            (6, Some((client, _, sends))) if seed.number(1..=3) == 1 => {
                client.finish();
                *sends = false;
            }
            (7 | 8, Some((client, sent, true))) => {
                let count = seed.number(1..=200);
                let bytes = seed.bytes(count);
                sent.extend(&bytes);
                client.send(&bytes);
            }
            _ => {
                for _ in 0..seed.number(1..=4) {
                    system.turn(&mut reactor);
                }
            }
        }
    }
    system.set_descriptors(true);
    for _ in 0..3 {
        system.pass(PAUSE, &mut reactor);
    }
    for (client, sent, _) in &clients {
        client.take(usize::MAX);
        system.run(&mut reactor);
        if !client.is_reset() {
            assert_bytes!(client.got(), sent, "{rules:?}");
            assert_eq!(client.unread(), 0);
        }
        client.finish();
        system.run(&mut reactor);
        assert!(client.is_closed(), "{rules:?}");
    }
}

#[test]
fn whatever_a_system_does_nothing_is_lost() {
    let mut seed = Seed::new();
    for _ in 0..60 {
        for rules in RULES {
            random_run(rules, &mut seed);
        }
    }
}

// Other threads

#[test]
fn other_threads_call_into_the_loop_in_the_order_in_which_they_asked() {
    let (system, mut reactor, handle, calls) = calling();
    let remote = handle.remote();
    thread::spawn(move || {
        for number in 0..100 {
            remote.call(move |handle| {
                HEARD.with_borrow_mut(|heard| heard.push(number));
                handle.stop_listening();
            });
        }
    })
    .join()
    .unwrap();
    thread_local! {
        static HEARD: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    }
    system.run(&mut reactor);
    assert_eq!(HEARD.take(), (0..100).collect::<Vec<_>>());
    assert_eq!(calls.take(), [""; 0]);
}

#[test]
fn a_protocol_is_woken_from_another_thread_and_never_after_its_end() {
    let mut one = One::passive(Rules::Epoll);
    let waker = one.transport.waker();
    let wake = |waker: &Waker| {
        let waker = waker.clone();
        thread::spawn(move || waker.wake()).join().unwrap();
    };
    wake(&waker);
    assert_eq!(one.run(), ["woken"]);
    assert_eq!(one.run(), [""; 0]);
    wake(&waker);
    one.transport.abort();
    let calls = one.run();
    assert_eq!(calls.last().unwrap(), "lost");
    wake(&waker);
    assert_eq!(one.run(), [""; 0]);
}

#[test]
fn a_loop_that_is_gone_calls_nobody_and_disturbs_nobody() {
    let one = One::passive(Rules::Epoll);
    let (remote, waker) = (one.reactor.handle().remote(), one.transport.waker());
    let wake = one.reactor.wake();
    drop(one);
    remote.call(|_| panic!("there is no loop"));
    waker.wake();
    wake();
}

/// Runs a loop over real sockets in this thread until it has nothing to do; `meanwhile` runs in
/// another. If that takes too long, the test fails.
fn run_while<T: Send>(mut reactor: Reactor<Mio>, meanwhile: impl FnOnce() -> T + Send) -> T {
    let late = Rc::new(Cell::new(false));
    let is_late = Rc::clone(&late);
    reactor.handle().call_later(patience(), move || is_late.set(true));
    thread::scope(|scope| {
        let other = scope.spawn(meanwhile);
        while reactor.has_something_to_do() && !late.get() {
            reactor.turn().unwrap();
        }
        assert!(!late.get(), "the loop should have ended by now");
        other.join().unwrap()
    })
}

#[test]
fn a_loop_that_waits_is_woken_by_another_thread() {
    let mut reactor = Reactor::new(Mio::new().unwrap());
    reactor.listen(no_listener(), |_| Echo).unwrap();
    let remote = reactor.handle().remote();
    let (sender, called) = mpsc::channel();
    run_while(reactor, move || {
        for number in 0..100 {
            let sender = sender.clone();
            remote.call(move |_| sender.send(number).unwrap());
            // Each finds the loop waiting, or about to wait.
            assert_eq!(called.recv_timeout(patience()), Ok(number));
        }
        remote.call(Handle::stop_listening);
    });
}

#[test]
fn a_wake_ends_the_waiting_or_that_of_the_next_turn() {
    let mut reactor = Reactor::new(Mio::new().unwrap());
    let wake = reactor.wake();
    for _ in 0..3 {
        wake();
        reactor.turn().unwrap(); // it has nothing else to end it
        let wake = reactor.wake();
        thread::scope(|scope| {
            scope.spawn(move || wake());
            reactor.turn().unwrap();
        });
    }
}

#[test]
fn a_connection_that_was_accepted_elsewhere_is_adopted() {
    let listener = no_listener();
    let address = listener.local_addr().unwrap();
    let reactor = Reactor::new(Mio::new().unwrap());
    let mut client = TcpClient::connect(address);
    reactor.handle().adopt(listener.accept().unwrap().0, Echo);
    run_while(reactor, move || {
        client.send("hello");
        assert_bytes!(client.read_exact(5), "hello");
        client.finish();
        assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
    });
}
