//! The order of events that the pages tell of: in fresh runs, with clients who wait for events and
//! not for a time, and in the recording that the book shows.

use anyhow::Result;
use course_trace::record::clients::{Client, Step, is_in_turn};
use course_trace::record::recorder::Recorder;
use course_trace::record::run::record_with;
use std::path::Path;
use workbook::pages::trace::engines::ENGINES;
use workbook::pages::trace::event::EventKind::{
    Answered, Begin, Connect, End, Leave, Send as Sends, Wake,
};
use workbook::pages::trace::event::Operation::{Accept, Handle, Poll, Read, Sleep, Write};
use workbook::pages::trace::event::{Event, EventKind, Recording};

/// Where it first happens.
fn first(events: &[Event], client: char, kind: EventKind) -> Option<usize> {
    events.iter().position(|event| event.client == Some(client) && event.kind == kind)
}

#[track_caller]
fn place(events: &[Event], client: char, kind: EventKind) -> usize {
    first(events, client, kind).unwrap_or_else(|| panic!("{client} never {}", kind.name()))
}

fn count(events: &[Event], client: char, kind: EventKind) -> usize {
    events.iter().filter(|event| event.client == Some(client) && event.kind == kind).count()
}

/// What the server does from when it begins to read from the silent client until that has left.
fn beside_the_silent(events: &[Event]) -> Vec<&Event> {
    let (from, to) = (place(events, 'B', Begin(Read)), place(events, 'B', End(Read)));
    let between = events.get(from + 1..to).unwrap_or_default();
    between.iter().filter(|event| !event.kind.is_a_clients()).collect()
}

/// The threads that read from these.
fn readers(events: &[Event], clients: &str) -> Vec<String> {
    let of = |client| events[place(events, client, End(Read))].lane.clone();
    clients.chars().map(of).collect()
}

/// Whether the reads of B waited for it: they began before it left.
fn waits_for_the_silent(events: &[Event]) -> bool {
    place(events, 'B', Begin(Read)) < place(events, 'B', Leave)
}

/// Nobody is accepted, read or answered until the silent client is gone.
fn is_serial(events: &[Event]) -> bool {
    waits_for_the_silent(events) && beside_the_silent(events).is_empty()
}

/// Each client has a thread of its own, and while one waits for the silent client, the others are
/// answered by theirs.
fn is_a_thread_for_each(events: &[Event]) -> bool {
    let mut threads = readers(events, "ABCDE");
    threads.sort_unstable();
    threads.dedup();
    let beside = beside_the_silent(events);
    let answers = beside.iter().filter(|event| event.kind == End(Write)).count();
    threads.len() == 5 && waits_for_the_silent(events) && answers == 3
}

/// Two workers: one waits for the silent client and does nothing else, the other has the slow one
/// first and then those who had to wait for it.
fn is_a_pool_that_lost_a_worker(events: &[Event]) -> bool {
    let [lost, slow, d, e] = &readers(events, "BCDE")[..] else { return false };
    let beside = beside_the_silent(events);
    let is_left_to_one = beside.iter().all(|event| event.lane != *lost);
    let done = place(events, 'C', End(Write));
    let wait = |client| {
        first(events, client, Sends) < Some(done) && place(events, client, Begin(Read)) > done
    };
    let others = [d, e].iter().all(|lane| **lane == *slow) && lost != slow;
    waits_for_the_silent(events) && is_left_to_one && others && wait('D') && wait('E')
}

/// One thread, which reads from nobody who has sent nothing: from the silent client only when it
/// has left, and from each only after the system has said so.
fn is_one_thread_that_waits_for_nobody(events: &[Event]) -> bool {
    let mut lanes: Vec<_> = events.iter().filter(|event| !event.kind.is_a_clients()).collect();
    lanes.dedup_by_key(|event| &event.lane);
    let mut told = String::new();
    let never_waits = events.iter().all(|event| match event.kind {
        End(Sleep) => {
            told.push_str(&event.detail);
            true
        }
        Begin(Read) => {
            event.client.is_some_and(|client| told.contains(&format!("{client} can be read")))
        }
        _ => true,
    });
    lanes.len() == 1 && never_waits && !waits_for_the_silent(events)
}

/// Such a thread, and no futures.
fn is_a_loop(events: &[Event]) -> bool {
    is_one_thread_that_waits_for_nobody(events)
        && events.iter().all(|event| event.kind != Begin(Poll))
}

/// Such a thread, which polls the future of a client when its waker was called since the last
/// time, and never else. A waker is called because the system said so, or by the future that is
/// being polled; and for each piece of the slow client's that comes while its future waits, it is
/// the waker, then the poll, then the read.
fn is_futures(events: &[Event]) -> bool {
    let is_woken_before = |client: char| {
        let mut may_be_polled = true; // the first time, since it is new
        events.iter().filter(|event| event.client == Some(client)).all(|event| match event.kind {
            Wake => {
                may_be_polled = true;
                true
            }
            Begin(Poll) => std::mem::take(&mut may_be_polled),
            _ => true,
        })
    };
    let (mut told, mut polled) = (String::new(), None);
    let wakes_have_a_reason = events.iter().all(|event| {
        match event.kind {
            End(Sleep) => told.clone_from(&event.detail),
            Begin(Poll) => polled = event.client,
            End(Poll) => polled = None,
            Wake => {
                let Some(client) = event.client else { return true };
                return polled == Some(client) || told.contains(&format!("{client} can be"));
            }
            _ => {}
        }
        true
    });
    let of_the_slow: Vec<_> = events
        .iter()
        .filter(|event| event.client == Some('C') && !event.kind.is_a_clients())
        .filter(|event| event.kind != End(Sleep)) // which may be about several
        .map(|event| event.kind)
        .collect();
    let piece = [Wake, Begin(Poll), Begin(Read), End(Read)];
    let pieces = of_the_slow.windows(piece.len()).filter(|window| *window == piece).count();
    is_one_thread_that_waits_for_nobody(events)
        && "ABCDE".chars().all(is_woken_before)
        && wakes_have_a_reason
        && first(events, 'B', Begin(Poll)).is_some()
        && pieces >= 5
}

/// Lets the clients of a chapter come, each step when the events that it needs are there. `needs`
/// says whether they are; it is given the client and the number of the step.
fn run(
    chapter: &str,
    needs: impl Fn(&[Event], &Client, usize) -> bool + Sync,
) -> Result<Vec<Event>> {
    let before = |recorder: &Recorder, client: &Client, step: usize| {
        let what = format!("what step {step} of {} waits for", client.letter);
        recorder.wait_until(&what, |events| needs(events, client, step))
    };
    record_with(chapter, before, |_| Ok(()))
}

/// The silent client leaves when all others have their answers: who waits for it never gives them
/// one.
fn silent_to_the_last(events: &[Event], client: &Client, step: usize) -> bool {
    match client.steps[step].1 {
        Step::Leave => "CDE".chars().all(|other| first(events, other, Answered).is_some()),
        _ => is_in_turn(events, client, step),
    }
}

/// Each of these, with what it must be.
type Claim = (&'static str, fn(&[Event]) -> bool);
const CLAIMS: [Claim; 5] = [
    ("ch05", is_serial),
    ("ch13", is_a_thread_for_each),
    ("ch14", is_a_pool_that_lost_a_worker),
    ("ch15", is_a_loop),
    ("ch16", is_futures),
];

/// What is claimed of one engine is true of it, and of no other: so each of these can fail.
#[track_caller]
fn is_like(chapter: &str, events: &[Event]) {
    for (other, claim) in CLAIMS {
        let lines: Vec<_> = events.iter().map(Event::line).collect();
        let text = lines.join("\n");
        assert_eq!(
            claim(events),
            other == chapter,
            "whether {chapter} is as {other} must be:\n{text}"
        );
    }
}

#[test]
fn one_after_the_other_accepts_nobody_until_the_silent_client_is_gone() {
    // It leaves when all others have asked.
    let needs = |events: &[Event], client: &Client, step: usize| match client.steps[step].1 {
        Step::Leave => {
            count(events, 'C', Sends) == 6 && "DE".chars().all(|one| count(events, one, Sends) == 1)
        }
        _ => is_in_turn(events, client, step),
    };
    let events = run("ch05", needs).unwrap();
    is_like("ch05", &events);
    let gone = place(&events, 'B', End(Read));
    for client in ['C', 'D', 'E'] {
        assert!(place(&events, client, Connect) < gone);
        assert!(place(&events, client, End(Accept)) > gone);
    }
}

#[test]
fn with_a_thread_for_each_the_silent_client_holds_up_nobody() {
    let needs = |events: &[Event], client: &Client, step: usize| {
        // B's own thread has begun to wait for it.
        let waits = first(events, 'B', Begin(Read)).is_some();
        silent_to_the_last(events, client, step) && (waits || "AB".contains(client.letter))
    };
    is_like("ch13", &run("ch13", needs).unwrap());
}

#[test]
fn a_pool_of_two_loses_one_worker_and_the_others_wait_for_the_slow_client() {
    let needs = |events: &[Event], client: &Client, step: usize| {
        silent_to_the_last(events, client, step)
            && match (client.letter, step) {
                ('C', 0) => first(events, 'B', Begin(Read)).is_some(),
                // The last piece: when the others are accepted, and have asked.
                ('C', 6) => "DE".chars().all(|one| {
                    first(events, one, End(Accept)).is_some() && first(events, one, Sends).is_some()
                }),
                ('D' | 'E', 0) => first(events, 'C', End(Read)).is_some(),
                _ => true,
            }
    };
    is_like("ch14", &run("ch14", needs).unwrap());
}

/// Each piece of the slow client comes when the server is done with the one before, and sleeps.
fn piece_by_piece(events: &[Event], client: &Client, step: usize) -> bool {
    let is_read = |event: &Event| event.client == Some('C') && event.kind == End(Read);
    let pieces = events.iter().filter(|event| is_read(event)).count();
    let last = events.iter().rposition(is_read).unwrap_or(0);
    let sleeps = events[last..].iter().any(|event| event.kind == Begin(Sleep));
    let is_a_later_piece = client.letter == 'C' && (2..=6).contains(&step);
    silent_to_the_last(events, client, step)
        && (!is_a_later_piece || (pieces >= step - 1 && sleeps))
}

#[test]
fn the_loop_reads_from_nobody_who_has_sent_nothing() {
    let events = run("ch15", piece_by_piece).unwrap();
    is_like("ch15", &events);
    assert_eq!(count(&events, 'B', Begin(Read)), 1, "its end, and nothing before");
    assert!(count(&events, 'C', Begin(Read)) >= 6, "each piece when it comes");
}

#[test]
fn a_future_is_polled_when_its_waker_was_called_and_never_else() {
    let events = run("ch16", piece_by_piece).unwrap();
    is_like("ch16", &events);
    // The silent client's: at first, and when it has left.
    assert!(count(&events, 'B', Begin(Poll)) <= count(&events, 'B', Wake) + 1);
    assert!(place(&events, 'B', Wake) > place(&events, 'B', Leave));
}

#[test]
fn what_the_book_shows_is_what_its_pages_tell() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let recording = Recording::read(root).unwrap();
    for engine in &ENGINES {
        is_like(engine.chapter, &recording.run(engine.chapter).unwrap().events);
    }
    assert_eq!(CLAIMS.map(|(chapter, _)| chapter), ENGINES.each_ref().map(|engine| engine.chapter));
}

/// The five steps of every conversation, in their order.
#[test]
fn each_who_asks_is_accepted_read_handled_and_answered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    for run in Recording::read(root).unwrap().runs {
        for client in ['A', 'C', 'D', 'E'] {
            let steps = [End(Accept), Begin(Read), Begin(Handle), End(Handle), Begin(Write)];
            let places = steps.map(|kind| place(&run.events, client, kind));
            assert!(places.is_sorted(), "{} {client}: {places:?}", run.chapter);
        }
    }
}
