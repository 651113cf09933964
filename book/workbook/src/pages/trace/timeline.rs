//! From single events to what each thread did, and for how long.

use crate::pages::trace::engines::Engine;
use crate::pages::trace::event::{Deed, Event, Run, What};

/// A client that waits longer than this for its answer is shown as one who waits; a read that
/// takes longer has waited for the client. In microseconds.
const LONG: u64 = 5_000;

/// What the threads of a server did, and who waited for them.
#[derive(Debug, PartialEq)]
pub struct Timeline {
    /// The threads, in the order in which they were first seen; those of a pool by their names.
    pub lanes: Vec<Lane>,
    /// The clients that had asked and had no answer for long.
    pub kept_waiting: Vec<Span>,
}

/// What one thread did.
#[derive(Debug, PartialEq)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Since when it is there.
    pub from: u64,
    /// Until when; `None` if it stays.
    pub to: Option<u64>,
    /// Where it waits for a client that is to send something, and for no other.
    pub waits: Vec<Span>,
    /// Where it works for a client.
    pub works: Vec<Span>,
    /// When a waker was called.
    pub wakes: Vec<Span>,
}

/// A time and a client, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The beginning.
    pub from: u64,
    /// The end, which may be the same.
    pub to: u64,
    /// The client; `None` if it is about none, or all.
    pub client: Option<char>,
}

/// Where an axis for all these runs ends, in microseconds: at the next tenth of a second.
pub fn axis_end(runs: &[&Run]) -> u64 {
    let last = runs.iter().filter_map(|run| run.events.last()).map(|event| event.at).max();
    last.unwrap_or(0).div_ceil(100_000).max(1) * 100_000
}

/// What `events` were, at an engine of this kind.
pub fn timeline(engine: &Engine, events: &[Event]) -> Timeline {
    let end = events.last().map_or(0, |event| event.at);
    let mut names: Vec<&str> = Vec::new();
    for event in events.iter().filter(|event| !event.what.is_a_clients()) {
        if !names.contains(&&*event.lane) {
            names.push(&event.lane);
        }
    }
    // The first is the one that began; of the others, who has a name has it from the beginning.
    if let Some(others) = names.get_mut(1..) {
        others.sort_by_key(|name| name.starts_with("worker").then_some(*name));
    }
    let lanes = names.iter().enumerate().map(|(number, name)| {
        let own: Vec<_> = events.iter().filter(|event| event.lane == *name).collect();
        let stays = engine.keeps_threads || number == 0;
        lane(name, &own, end, stays)
    });
    Timeline { lanes: lanes.collect(), kept_waiting: kept_waiting(events, end) }
}

fn lane(name: &str, events: &[&Event], end: u64, stays: bool) -> Lane {
    let [first, last] = [events.first(), events.last()].map(|event| event.map(|event| event.at));
    let mut lane = Lane {
        name: name.to_owned(),
        from: first.filter(|_| !stays).unwrap_or(0),
        to: last.filter(|_| !stays),
        waits: Vec::new(),
        works: Vec::new(),
        wakes: Vec::new(),
    };
    let mut begun: Vec<&Event> = Vec::new();
    for (number, event) in events.iter().enumerate() {
        match event.what {
            What::Begin(_) => begun.push(event),
            What::Wake => {
                lane.wakes.push(Span { from: event.at, to: event.at, client: event.client });
            }
            What::End(deed) => {
                let from = begun.pop().map_or(event.at, |begin| begin.at);
                let span = Span { from, to: event.at, client: event.client };
                let was_long = span.to - span.from > LONG;
                let at_its_end = Span { from: span.to, ..span };
                match deed {
                    Deed::Read if was_long => {
                        lane.waits.push(span);
                        lane.works.push(at_its_end);
                    }
                    // Who sleeps works for nobody.
                    Deed::Sleep => {}
                    Deed::Accept if span.client.is_none() => {}
                    Deed::Accept => lane.works.push(at_its_end),
                    _ => lane.works.push(span),
                }
                // What is done with what was read belongs to it.
                if let (Deed::Read, Some(next)) = (deed, events.get(number + 1))
                    && next.client == event.client
                {
                    lane.works.push(Span { to: next.at, ..at_its_end });
                }
            }
            _ => {}
        }
    }
    for begin in begun.iter().filter(|begin| begin.what == What::Begin(Deed::Read)) {
        lane.waits.push(Span { from: begin.at, to: end, client: begin.client });
    }
    lane
}

/// From the last byte that a client sent to its answer, where that is long.
fn kept_waiting(events: &[Event], end: u64) -> Vec<Span> {
    let mut clients: Vec<_> = events.iter().filter_map(|event| event.client).collect();
    clients.sort_unstable();
    clients.dedup();
    let span = |client: char| {
        let own = |what: What| {
            let is_it = move |event: &&Event| event.client == Some(client) && event.what == what;
            events.iter().rfind(is_it).map(|event| event.at)
        };
        let from = own(What::Send)?;
        let to = own(What::Answered).unwrap_or(end);
        (to.saturating_sub(from) > LONG).then_some(Span { from, to, client: Some(client) })
    };
    clients.into_iter().filter_map(span).collect()
}
