//! What gates and events promise across threads.

use std::thread;

use mock::{Events, Gate};

#[test]
fn a_gate_holds_everybody_until_it_is_opened() {
    let gate = Gate::new();
    let events = Events::new();
    thread::scope(|scope| {
        for name in ["a", "b", "c"] {
            let (gate, events) = (&gate, &events);
            scope.spawn(move || {
                events.log(name);
                gate.wait();
                events.log("through");
            });
        }
        for name in ["a", "b", "c"] {
            events.wait_for(name);
        }
        events.log("open");
        gate.open();
    });
    assert_eq!(events.list()[3..], ["open", "through", "through", "through"]);
}

#[test]
fn an_open_gate_stays_open() {
    let gate = Gate::new();
    assert!(!gate.is_open());
    gate.open();
    gate.open();
    gate.wait();
    gate.wait();
    assert!(gate.is_open());
}

#[test]
fn clones_of_a_gate_are_the_same_gate() {
    let gate = Gate::new();
    gate.clone().open();
    assert!(gate.is_open());
}

#[test]
fn events_keep_their_order_and_are_not_lost() {
    let events = Events::new();
    thread::scope(|scope| {
        for name in ["a", "b"] {
            let events = events.clone();
            scope.spawn(move || {
                for number in 0..100 {
                    events.log(format!("{name} {number}"));
                }
            });
        }
    });
    let list = events.list();
    assert_eq!(list.len(), 200);
    for name in ["a", "b"] {
        let of_one: Vec<_> = list.iter().filter(|event| event.starts_with(name)).collect();
        let expected: Vec<_> = (0..100).map(|number| format!("{name} {number}")).collect();
        assert!(of_one.into_iter().eq(&expected));
    }
}

#[test]
fn waiting_for_an_event_returns_the_log_with_it() {
    let events = Events::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            events.log("first");
            events.log("second");
        });
        let seen = events.wait_for("second");
        assert_eq!(seen, ["first", "second"]);
    });
    // What has been logged needs no waiting, and the whole text counts.
    assert_eq!(events.wait_for("first"), ["first", "second"]);
}
