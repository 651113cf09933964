//! From single events to what each thread did, and for how long.

use crate::pages::trace::engines::Engine;
use crate::pages::trace::event::{Event, EventKind, Operation, Run};

/// A read that takes longer than this has waited for the client, in microseconds.
const LONG: u64 = 5_000;

/// A client that waits longer than this for its answer is shown as one who waits.
const KEPT_WAITING: u64 = 20_000;

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
    for event in events.iter().filter(|event| !event.kind.is_a_clients()) {
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
        match event.kind {
            EventKind::Begin(_) => begun.push(event),
            EventKind::Wake => {
                lane.wakes.push(Span { from: event.at, to: event.at, client: event.client });
            }
            EventKind::End(operation) => {
                let from = begun.pop().map_or(event.at, |begin| begin.at);
                let span = Span { from, to: event.at, client: event.client };
                let was_long = span.to - span.from > LONG;
                let at_its_end = Span { from: span.to, ..span };
                match operation {
                    Operation::Read if was_long => {
                        lane.waits.push(span);
                        lane.works.push(at_its_end);
                    }
                    // Who sleeps works for nobody, whoever wakes it.
                    Operation::Sleep => {}
                    _ if span.client.is_none() => {}
                    Operation::Accept => lane.works.push(at_its_end),
                    _ => lane.works.push(span),
                }
                // What is done with what was read belongs to it.
                if let (Operation::Read, Some(next)) = (operation, events.get(number + 1))
                    && next.client == event.client
                {
                    lane.works.push(Span { to: next.at, ..at_its_end });
                }
            }
            _ => {}
        }
    }
    for begin in begun.iter().filter(|begin| begin.kind == EventKind::Begin(Operation::Read)) {
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
        let own = |kind: EventKind| {
            let is_it = move |event: &&Event| event.client == Some(client) && event.kind == kind;
            events.iter().rfind(is_it).map(|event| event.at)
        };
        let from = own(EventKind::Send)?;
        let to = own(EventKind::Answered).unwrap_or(end);
        (to.saturating_sub(from) > KEPT_WAITING).then_some(Span { from, to, client: Some(client) })
    };
    clients.into_iter().filter_map(span).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::pages::trace::engines::engine;

    /// A pool at work: B says nothing, D has asked and waits.
    pub const POOL: &str = "\
        0,accept loop,-,accept begins,
        100000,client B,B,connects,
        100100,accept loop,B,accept ends,
        100200,worker 2,B,read begins,
        100300,accept loop,-,accept begins,
        200000,client D,D,connects,
        200100,client D,D,sends,54 bytes
        200200,accept loop,D,accept ends,
        200300,accept loop,-,accept begins,
        500000,worker 1,D,read begins,
        500010,worker 1,D,read ends,54 bytes
        500030,worker 1,D,handler begins,
        500040,worker 1,D,handler ends,
        500060,worker 1,D,write begins,
        500090,worker 1,D,write ends,168 bytes
        500100,client D,D,answered,
        900000,client B,B,leaves,
        900100,worker 2,B,read ends,the end";

    pub fn run(chapter: &str, lines: &str) -> Run {
        let events = lines.lines().map(|line| Event::parse(line.trim()).unwrap()).collect();
        Run { chapter: chapter.to_owned(), events }
    }

    #[test]
    fn a_read_that_waits_holds_its_thread_and_the_rest_is_work() {
        let run = run("ch14", POOL);
        let Timeline { lanes, kept_waiting } = timeline(engine("ch14").unwrap(), &run.events);
        let names: Vec<_> = lanes.iter().map(|lane| &*lane.name).collect();
        assert_eq!(names, ["accept loop", "worker 1", "worker 2"]);
        let span = |from, to, client| Span { from, to, client: Some(client) };
        assert_eq!(lanes[0].works, [span(100_100, 100_100, 'B'), span(200_200, 200_200, 'D')]);
        let works: Vec<_> = lanes[1].works.iter().map(|work| (work.from, work.to)).collect();
        let read_parse_handle_write =
            [(500_000, 500_010), (500_010, 500_030), (500_030, 500_040), (500_060, 500_090)];
        assert_eq!(works, read_parse_handle_write);
        assert_eq!(lanes[1].waits, []);
        assert_eq!(lanes[2].waits, [span(100_200, 900_100, 'B')]);
        assert_eq!(kept_waiting, [span(200_100, 500_100, 'D')]);
        assert_eq!(axis_end(&[&run]), 1_000_000);
    }

    #[test]
    fn a_thread_that_is_made_for_a_client_is_there_as_long_as_it_is_seen() {
        let life = |chapter| {
            let run = run(chapter, POOL);
            let lanes = timeline(engine(chapter).unwrap(), &run.events).lanes;
            lanes.iter().map(|lane| (lane.from, lane.to)).collect::<Vec<_>>()
        };
        assert_eq!(life("ch14"), [(0, None); 3]);
        let made = [(0, None), (500_000, Some(500_090)), (100_200, Some(900_100))];
        assert_eq!(life("ch13"), made);
    }

    /// The recording ends while it waits.
    #[test]
    fn a_read_that_never_ends_holds_its_thread_to_the_end() {
        let lines: Vec<_> = POOL.lines().collect();
        let run = run("ch14", &lines[..lines.len() - 1].join("\n"));
        let lanes = timeline(engine("ch14").unwrap(), &run.events).lanes;
        assert_eq!(lanes[2].waits, [Span { from: 100_200, to: 900_000, client: Some('B') }]);
    }
}
