//! One request of a run, step by step: each step has the same room, however long it took.

use crate::pages::escape::escape;
use crate::pages::measured::duration;
use crate::pages::trace::engines::{CloseUp, Engine, engine};
use crate::pages::trace::event::{Event, EventKind, Operation, Run};
use anyhow::{Context, Result};

/// A step on the way from a client to its answer.
#[derive(Debug, PartialEq)]
pub struct Step {
    /// When, in microseconds since the first one.
    pub at: u64,
    /// How long it took, in microseconds; `None` if it is a moment.
    pub took: Option<u64>,
    /// The thread.
    pub lane: String,
    /// Whose code runs.
    pub layer: Layer,
    /// What happens.
    pub text: String,
}

/// Whose code runs in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layer {
    /// The operating system's: a call of ours that it answers.
    System,
    /// The engine's: what calls the conversation.
    Engine,
    /// The conversation's: from bytes to a request, to a response, to bytes.
    Conversation,
}

const LAYERS: [(Layer, &str, &str); 3] = [
    (Layer::System, "the system", "box"),
    (Layer::Engine, "the engine", "warm"),
    (Layer::Conversation, "the conversation", "cool"),
];

/// The steps of what the close-up of this engine shows.
pub fn steps(run: &Run) -> Result<Vec<Step>> {
    let engine = engine(&run.chapter)?;
    let client = engine.close_up.client();
    let all: Vec<_> = run.events.iter().filter(|event| !event.kind.is_a_clients()).collect();
    let own = section(engine.close_up, &all)?;
    let begin = |at: usize, operation: Operation| {
        // Of a sleep it is not known for whom it will be.
        let is_it = |event: &&&Event| {
            event.kind == EventKind::Begin(operation)
                && event.lane == own[at].lane
                && event.at <= own[at].at
        };
        all.iter().rfind(is_it).map_or(own[at].at, |event| event.at)
    };
    let zero = own.first().map_or(0, |event| event.at);
    let mut steps: Vec<Step> = Vec::new();
    for (at, event) in own.iter().enumerate() {
        let mut add = |from: u64, to: Option<u64>, layer, text: String| {
            if let (Some(before), Some(between)) = (steps.last(), engine.hands_over)
                && before.lane != event.lane
            {
                let (at, lane) = (before.at + before.took.unwrap_or(0), before.lane.clone());
                let took = Some((from - zero).saturating_sub(at));
                steps.push(Step { at, took, lane, layer: Layer::Engine, text: between.to_owned() });
            }
            let took = to.map(|to| to - from);
            let at = from.saturating_sub(zero);
            steps.push(Step { at, took, lane: event.lane.clone(), layer, text });
        };
        let next = own.get(at + 1);
        let detail = &event.detail;
        match event.kind {
            EventKind::End(Operation::Sleep) => {
                let from = begin(at, Operation::Sleep);
                let took = (from >= zero).then_some(event.at);
                let from = if took.is_some() { from } else { event.at };
                // It may be about several.
                let ours = detail.split(", ").find(|words| words.starts_with(client));
                add(from, took, Layer::System, format!("wait: {}", ours.unwrap_or(detail)));
            }
            EventKind::Begin(Operation::Sleep) => {
                add(event.at, None, Layer::System, "wait, and sleep".to_owned());
            }
            EventKind::Begin(Operation::Accept) => {
                add(event.at, None, Layer::System, "accept: the next?".to_owned());
            }
            EventKind::End(Operation::Accept) => {
                add(event.at, None, Layer::System, format!("accept: {client}"));
            }
            EventKind::End(Operation::Read) => {
                let text = format!("read: {detail}");
                add(begin(at, Operation::Read), Some(event.at), Layer::System, text);
                if let Some(next) =
                    next.filter(|next| next.kind == EventKind::Begin(Operation::Handle))
                {
                    add(event.at, Some(next.at), Layer::Conversation, "parse".to_owned());
                }
            }
            EventKind::End(Operation::Handle) => {
                let from = begin(at, Operation::Handle);
                add(from, Some(event.at), Layer::Conversation, "handler".to_owned());
                if let Some(next) =
                    next.filter(|next| next.kind == EventKind::Begin(Operation::Write))
                {
                    add(event.at, Some(next.at), Layer::Conversation, "encode".to_owned());
                }
            }
            EventKind::End(Operation::Write) => {
                let text = format!("write: {detail}");
                add(begin(at, Operation::Write), Some(event.at), Layer::System, text);
            }
            EventKind::Wake => {
                add(event.at, None, Layer::Engine, format!("the waker of {client} is called"));
            }
            EventKind::Begin(Operation::Poll) => {
                add(event.at, None, Layer::Engine, format!("poll the future of {client}"));
            }
            EventKind::End(Operation::Poll) => {
                add(event.at, None, Layer::Engine, format!("the poll ends: {detail}"));
            }
            _ => {}
        }
    }
    Ok(steps)
}

/// What happens from when a thread is woken, or accepts, to when the one that answered is free
/// again; of that, what is about the client.
fn section<'a>(close_up: CloseUp, all: &[&'a Event]) -> Result<Vec<&'a Event>> {
    let client = close_up.client();
    let is = |at: &usize, kind| all[*at].client == Some(client) && all[*at].kind == kind;
    let mut places = 0..all.len();
    let written = places.clone().rfind(|at| is(at, EventKind::End(Operation::Write)));
    let written = written.with_context(|| format!("{client} was never answered"))?;
    let begin = match close_up {
        CloseUp::Request(_) => places.find(|at| is(at, EventKind::End(Operation::Accept))),
        CloseUp::LastPiece(_) => {
            let handled = (0..written).rfind(|at| is(at, EventKind::Begin(Operation::Handle)));
            (0..handled.unwrap_or(written)).rfind(|at| is(at, EventKind::End(Operation::Read)))
        }
    };
    let begin = begin.with_context(|| format!("{client} was never accepted or read"))?;
    let lane = |at: usize| &all[at].lane;
    let woken = (0..begin)
        .rfind(|&at| lane(at) == lane(begin) && all[at].kind == EventKind::End(Operation::Sleep));
    let first = woken.unwrap_or(begin);
    let is_free = |at: usize| {
        matches!(
            all[at].kind,
            EventKind::Begin(Operation::Sleep) | EventKind::Begin(Operation::Accept)
        )
    };
    let free = (written..all.len()).find(|&at| lane(at) == lane(written) && is_free(at));
    let last = free.unwrap_or(written);
    let lanes = [lane(begin), lane(written)];
    let is_about_it = |at: usize| {
        // What wakes the thread may be about several.
        let wakes = all[at].kind == EventKind::End(Operation::Sleep)
            && (at == first || all[at].detail.contains(&format!("{client} can be")));
        let is_last = at == last && is_free(at);
        lanes.contains(&lane(at)) && (all[at].client == Some(client) || is_last || wakes)
    };
    Ok((first..=last).filter(|&at| is_about_it(at)).map(|at| all[at]).collect())
}

/// `3 µs` or `280 ms`; it is not known more exactly.
pub fn time(microseconds: u64) -> String {
    match microseconds {
        0..10 => format!("{microseconds} µs"),
        more => duration(more as f64),
    }
}

/// A phone is wide enough for it.
const WIDTH: f64 = 400.0;

/// The room of a step, the size of its box, and where those of each layer begin.
const ROW: f64 = 34.0;
const BOX: (f64, f64) = (228.0, 22.0);
const LEFT: f64 = 84.0;
const INDENT: f64 = 43.0;

/// The steps as a picture.
pub fn picture(run: &Run) -> Result<String> {
    let Engine { chapter, title, close_up, .. } = engine(&run.chapter)?;
    let steps = steps(run)?;
    let mut svg = String::new();
    for ((_, name, class), x) in LAYERS.iter().zip([8.0, 128.0, 250.0]) {
        svg += &format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"6\" width=\"20\" height=\"14\" rx=\"4\"/>\n\
             <text class=\"note\" x=\"{}\" y=\"18\">{name}</text>\n",
            x + 26.0
        );
    }
    let mut top = 44.0;
    let mut lane = "";
    let mut before: Option<f64> = None;
    for step in &steps {
        let number = LAYERS.iter().position(|(layer, ..)| *layer == step.layer).unwrap_or(0);
        let left = LEFT + number as f64 * INDENT;
        let middle = left + BOX.0 / 2.0;
        if let Some(before) = before {
            let (from, turn) = (top - ROW + BOX.1, top - 6.0);
            svg +=
                &format!("<path class=\"line\" d=\"M{before} {from}V{turn}H{middle}V{top}\"/>\n");
            svg += &format!("<path class=\"arrow\" d=\"M{middle} {top}l-4 -6h8z\"/>\n");
        }
        if step.lane != lane {
            lane = &step.lane;
            let y = top - 4.0;
            svg += &format!(
                "<text class=\"note\" font-weight=\"600\" x=\"8\" y=\"{y}\">{}</text>\n",
                escape(lane)
            );
        }
        let y = top + 15.0;
        svg += &format!("<text class=\"note\" x=\"8\" y=\"{y}\">{}</text>\n", time(step.at));
        let (class, (width, height)) = (LAYERS[number].2, BOX);
        svg += &format!(
            "<rect class=\"{class}\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" rx=\"4\"/>\n"
        );
        let took = step.took.map_or(String::new(), |took| format!(", {}", time(took)));
        svg += &format!(
            "<text class=\"note\" text-anchor=\"middle\" x=\"{middle}\" y=\"{y}\">{}{took}</text>\n",
            escape(&step.text)
        );
        before = Some(middle);
        top += ROW;
    }
    let told: Vec<_> = steps.iter().map(|step| escape(&step.text)).collect();
    Ok(format!(
        "<svg viewBox=\"0 0 {WIDTH} {top}\" width=\"{WIDTH}\">\n<title>{chapter}, {title}: \
         {close_up}, step by step. {}.</title>\n{svg}</svg>\n",
        told.join("; ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::trace::timeline::tests::{POOL, run};

    /// Accepted in one turn of the loop, answered in the next; C comes in between.
    const LOOP: &str = "\
        0,the loop,-,sleep begins,
        1000,the loop,-,sleep ends,somebody connects
        1010,the loop,-,accept begins,
        1020,the loop,D,accept ends,
        1021,the loop,-,accept begins,
        1025,the loop,-,accept ends,nobody else
        1030,the loop,-,sleep begins,
        1040,the loop,-,sleep ends,C can be read, D can be read
        1041,the loop,C,read begins,
        1042,the loop,C,read ends,6 bytes
        1050,the loop,D,read begins,
        1055,the loop,D,read ends,54 bytes
        1060,the loop,D,handler begins,
        1062,the loop,D,handler ends,
        1070,the loop,D,write begins,
        1080,the loop,D,write ends,168 bytes
        1090,the loop,-,sleep begins,";

    /// C sends the last piece of its request; A's future was polled just before.
    const FUTURES: &str = "\
        0,the loop,-,sleep begins,
        10,the loop,C,sleep ends,C can be read
        11,the loop,C,waker,
        12,the loop,C,poll begins,
        13,the loop,C,read begins,
        14,the loop,C,read ends,6 bytes
        15,the loop,C,poll ends,pending
        16,the loop,-,sleep begins,
        1000,the loop,-,sleep ends,A can be read, C can be read
        1001,the loop,A,waker,
        1002,the loop,C,waker,
        1003,the loop,A,poll begins,
        1004,the loop,A,poll ends,pending
        1010,the loop,C,poll begins,
        1011,the loop,C,read begins,
        1012,the loop,C,read ends,2 bytes
        1020,the loop,C,handler begins,
        1022,the loop,C,handler ends,
        1030,the loop,C,write begins,
        1040,the loop,C,write ends,168 bytes
        1041,the loop,C,poll ends,pending
        1050,the loop,-,sleep begins,";

    #[test]
    fn a_future_goes_from_readiness_to_waker_to_poll() {
        let steps = steps(&run("ch16", FUTURES)).unwrap();
        let told: Vec<_> = steps.iter().map(|step| (step.at, step.layer, &*step.text)).collect();
        let expected = [
            (0, Layer::System, "wait: C can be read"),
            (2, Layer::Engine, "the waker of C is called"),
            (10, Layer::Engine, "poll the future of C"),
            (11, Layer::System, "read: 2 bytes"),
            (12, Layer::Conversation, "parse"),
            (20, Layer::Conversation, "handler"),
            (22, Layer::Conversation, "encode"),
            (30, Layer::System, "write: 168 bytes"),
            (41, Layer::Engine, "the poll ends: pending"),
            (50, Layer::System, "wait, and sleep"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_request_in_a_loop_goes_from_one_sleep_to_the_next() {
        let steps = steps(&run("ch15", LOOP)).unwrap();
        let told: Vec<_> = steps.iter().map(|step| (step.at, step.took, &*step.text)).collect();
        let expected = [
            (0, None, "wait: somebody connects"),
            (20, None, "accept: D"),
            (30, Some(10), "wait: D can be read"),
            (50, Some(5), "read: 54 bytes"),
            (55, Some(5), "parse"),
            (60, Some(2), "handler"),
            (62, Some(8), "encode"),
            (70, Some(10), "write: 168 bytes"),
            (90, None, "wait, and sleep"),
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn the_picture_follows_the_rules_of_pictures() {
        let pictures = [("ch14", POOL), ("ch15", LOOP), ("ch16", FUTURES)];
        for (chapter, lines) in pictures {
            let svg = picture(&run(chapter, lines)).unwrap();
            crate::pages::picture::figure("trace", &svg, "").unwrap();
            assert!(svg.contains("parse; handler; encode; write: 168 bytes"), "{svg}");
        }
    }

    #[test]
    fn without_the_client_there_is_no_close_up() {
        let error = steps(&run("ch15", "0,the loop,-,sleep begins,")).unwrap_err().to_string();
        assert!(error.contains("D was never answered"), "{error}");
    }
}
