//! The promises of chapter 15.

#[path = "simulated_system.rs"]
mod simulated_system;

use ch15::{
    Chat, DRAIN_BYTES, DRAIN_TIME, Echo, Greeter, Handle, Limits, Mio, Notes, PAUSE, Protocol,
    Reactor, Ready, Timers, Transport, Waker, echo_by_poll,
};
use mock::{Ending, Seed, TcpClient, assert_bytes, patience};
use simulated_system::{Client, RULES, Rules, Simulated};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
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
            |one| drop(one.client.finish()),
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
    // How long the loop would wait: for the timer that was set a while ago, and not for a pile.
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
