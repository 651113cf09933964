//! One request of a run, step by step: each step has the same room, however long it took.

use crate::pages::escape::escape;
use crate::pages::measured::duration;
use crate::pages::trace::drawing::WIDTH;
use crate::pages::trace::engines::{Engine, engine};
use crate::pages::trace::event::{Deed, Event, Run, What};
use anyhow::{Context, Result};

/// Whose request it is.
pub const CLIENT: char = 'D';

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
    pub place: Place,
    /// What happens.
    pub text: String,
}

/// Whose code runs in a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// The operating system's: a call of ours that it answers.
    System,
    /// The engine's: what calls the conversation.
    Engine,
    /// The conversation's: from bytes to a request, to a response, to bytes.
    Conversation,
}

const PLACES: [(Place, &str, &str); 3] = [
    (Place::System, "the system", "box"),
    (Place::Engine, "the engine", "warm"),
    (Place::Conversation, "the conversation", "cool"),
];

/// The steps of the request of [`CLIENT`].
pub fn steps(run: &Run) -> Result<Vec<Step>> {
    let engine = engine(&run.chapter)?;
    let all: Vec<_> = run.events.iter().filter(|event| !event.what.is_a_clients()).collect();
    let is_ours = |event: &&Event| event.client == Some(CLIENT);
    let accepted = all
        .iter()
        .position(|event| is_ours(event) && event.what == What::End(Deed::Accept))
        .with_context(|| format!("{CLIENT} was never accepted"))?;
    let written = all
        .iter()
        .rposition(|event| is_ours(event) && event.what == What::End(Deed::Write))
        .with_context(|| format!("{CLIENT} was never answered"))?;
    // From what woke the thread that accepts, to when the thread that answered is free again.
    let lane = |at: usize| &all[at].lane;
    let woken = (0..accepted)
        .rfind(|&at| lane(at) == lane(accepted) && all[at].what != What::Begin(Deed::Accept));
    let first = woken.filter(|&at| all[at].what == What::End(Deed::Sleep)).unwrap_or(accepted);
    let is_free =
        |event: &Event| matches!(event.what, What::Begin(Deed::Sleep) | What::Begin(Deed::Accept));
    let free = (written..all.len()).find(|&at| lane(at) == lane(written) && is_free(all[at]));
    let last = free.unwrap_or(written);

    let lanes = [lane(accepted), lane(written)];
    let about_us = |at: usize| {
        let event = all[at];
        // What wakes the thread may be about several.
        let wakes = event.what == What::End(Deed::Sleep)
            && (at == first || event.detail.contains(&format!("{CLIENT} can be")));
        let is_last = at == last && is_free(event);
        lanes.contains(&&event.lane) && (is_ours(&event) || is_last || wakes)
    };
    let own: Vec<_> = (first..=last).filter(|&at| about_us(at)).map(|at| all[at]).collect();
    let begin = |at: usize, deed: Deed| {
        // Of a sleep it is not known for whom it will be.
        let is_it = |event: &&&Event| {
            event.what == What::Begin(deed) && event.lane == own[at].lane && event.at <= own[at].at
        };
        all.iter().rfind(is_it).map_or(own[at].at, |event| event.at)
    };
    let zero = own.first().map_or(0, |event| event.at);
    let mut steps: Vec<Step> = Vec::new();
    for (at, event) in own.iter().enumerate() {
        let mut add = |from: u64, to: Option<u64>, place, text: String| {
            if let (Some(before), Some(between)) = (steps.last(), engine.hands_over)
                && before.lane != event.lane
            {
                let (at, lane) = (before.at + before.took.unwrap_or(0), before.lane.clone());
                let took = Some((from - zero).saturating_sub(at));
                steps.push(Step { at, took, lane, place: Place::Engine, text: between.to_owned() });
            }
            let took = to.map(|to| to - from);
            let at = from.saturating_sub(zero);
            steps.push(Step { at, took, lane: event.lane.clone(), place, text });
        };
        let next = own.get(at + 1);
        let detail = &event.detail;
        match event.what {
            What::End(Deed::Sleep) => {
                let from = begin(at, Deed::Sleep);
                let took = (from >= zero).then_some(event.at);
                let from = if took.is_some() { from } else { event.at };
                add(from, took, Place::System, format!("wait: {detail}"));
            }
            What::Begin(Deed::Sleep) => {
                add(event.at, None, Place::System, "wait, and sleep".to_owned());
            }
            What::Begin(Deed::Accept) => {
                add(event.at, None, Place::System, "accept: the next?".to_owned());
            }
            What::End(Deed::Accept) => {
                add(event.at, None, Place::System, format!("accept: {CLIENT}"));
            }
            What::End(Deed::Read) => {
                let text = format!("read: {detail}");
                add(begin(at, Deed::Read), Some(event.at), Place::System, text);
                if let Some(next) = next.filter(|next| next.what == What::Begin(Deed::Handle)) {
                    add(event.at, Some(next.at), Place::Conversation, "parse".to_owned());
                }
            }
            What::End(Deed::Handle) => {
                let from = begin(at, Deed::Handle);
                add(from, Some(event.at), Place::Conversation, "handler".to_owned());
                if let Some(next) = next.filter(|next| next.what == What::Begin(Deed::Write)) {
                    add(event.at, Some(next.at), Place::Conversation, "encode".to_owned());
                }
            }
            What::End(Deed::Write) => {
                let text = format!("write: {detail}");
                add(begin(at, Deed::Write), Some(event.at), Place::System, text);
            }
            What::Wake => add(event.at, None, Place::Engine, detail.clone()),
            What::Begin(Deed::Poll) => {
                add(event.at, None, Place::Engine, format!("poll {CLIENT}'s future"));
            }
            What::End(Deed::Poll) => {
                add(event.at, None, Place::Engine, format!("the future is {detail}"));
            }
            _ => {}
        }
    }
    Ok(steps)
}

/// `3 µs` or `280 ms`; it is not known more exactly.
pub fn time(microseconds: u64) -> String {
    match microseconds {
        0..10 => format!("{microseconds} µs"),
        more => duration(more as f64),
    }
}

/// The room of a step, the width of its box, and where the boxes of each place begin.
const ROW: f64 = 34.0;
const BOX: (f64, f64) = (200.0, 22.0);
const LEFT: f64 = 104.0;
const COLUMN: f64 = 212.0;

/// The steps as a picture.
pub fn picture(run: &Run) -> Result<String> {
    let Engine { chapter, title, .. } = engine(&run.chapter)?;
    let steps = steps(run)?;
    let mut svg = String::new();
    for (number, (_, name, _)) in PLACES.iter().enumerate() {
        let x = LEFT + number as f64 * COLUMN + BOX.0 / 2.0;
        svg += &format!(
            "<text font-weight=\"600\" text-anchor=\"middle\" x=\"{x}\" y=\"20\">{name}</text>\n"
        );
    }
    let mut top = 32.0;
    let mut lane = "";
    let mut before: Option<f64> = None;
    for step in &steps {
        let number = PLACES.iter().position(|(place, ..)| *place == step.place).unwrap_or(0);
        let left = LEFT + number as f64 * COLUMN;
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
        let (class, (width, height)) = (PLACES[number].2, BOX);
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
        "<svg viewBox=\"0 0 {WIDTH} {top}\" width=\"{WIDTH}\">\n<title>{chapter}, {title}: the \
         request of {CLIENT}, step by step. {}.</title>\n{svg}</svg>\n",
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

    #[test]
    fn a_request_in_a_loop_goes_from_one_sleep_to_the_next() {
        let steps = steps(&run("ch15", LOOP)).unwrap();
        let told: Vec<_> = steps.iter().map(|step| (step.at, step.took, &*step.text)).collect();
        let expected = [
            (0, None, "wait: somebody connects"),
            (20, None, "accept: D"),
            (30, Some(10), "wait: C can be read, D can be read"),
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
        for (chapter, lines) in [("ch14", POOL), ("ch15", LOOP)] {
            let svg = picture(&run(chapter, lines)).unwrap();
            crate::pages::picture::figure("trace", &svg, "").unwrap();
            assert!(svg.contains("parse; handler; encode; write: 168 bytes"), "{svg}");
        }
    }

    #[test]
    fn without_the_client_there_is_no_close_up() {
        let error = steps(&run("ch15", "0,the loop,-,sleep begins,")).unwrap_err().to_string();
        assert!(error.contains("D was never accepted"), "{error}");
    }
}
