//! A timeline as text, for a terminal.

use crate::pages::measured::duration;
use crate::pages::trace::close_up::{Step, steps};
use crate::pages::trace::engines::engine;
use crate::pages::trace::event::Run;
use crate::pages::trace::timeline::{Span, timeline};
use anyhow::Result;

/// The columns of a name, and of the time behind it.
const NAME: usize = 13;
const TIME: usize = 64;

/// What the signs mean.
pub const LEGEND: &str = "A capital: works for this client. A small letter: waits for this one alone. \
                          -: asleep.\n~: a client waits for its answer. *: several at once.";

/// A line for each thread, and for each client that was kept waiting. The axis ends at `end`.
pub fn lines(run: &Run, end: u64) -> Result<String> {
    let engine = engine(&run.chapter)?;
    let timeline = timeline(engine, &run.events);
    let row = |name: &str| (format!("{name:NAME$}"), vec![' '; TIME]);
    let column = |at: u64| (at * TIME as u64 / end).min(TIME as u64 - 1) as usize;
    let mut rows = Vec::new();
    for lane in &timeline.lanes {
        let (name, mut signs) = row(&lane.name);
        let mut fill = |span: &Span, sign: char| {
            signs[column(span.from)..=column(span.to)].fill(sign);
        };
        let to = lane.to.unwrap_or(end);
        fill(&Span { from: lane.from, to, client: None }, '-');
        for span in &lane.waits {
            fill(span, span.client.unwrap_or('?').to_ascii_lowercase());
        }
        for span in &lane.works {
            let letter = span.client.unwrap_or('?');
            for sign in &mut signs[column(span.from)..=column(span.to)] {
                *sign = match *sign {
                    other if other.is_ascii_uppercase() && other != letter => '*',
                    '*' => '*',
                    _ => letter,
                };
            }
        }
        rows.push((name, signs));
    }
    for span in &timeline.kept_waiting {
        let (name, mut signs) = row(&format!("  {} waits", span.client.unwrap_or('?')));
        signs[column(span.from)..=column(span.to)].fill('~');
        rows.push((name, signs));
    }
    let mut text = format!("{}: {}\n", engine.chapter, engine.title);
    for (name, signs) in rows {
        let line = format!("{name}{}", String::from_iter(signs));
        text += &format!("{}\n", line.trim_end());
    }
    Ok(text)
}

/// The time below those lines.
pub fn axis(end: u64) -> String {
    let right = format!("{} ms", end / 1000);
    format!("{:NAME$}0{right:>width$}", "", width = TIME - 1)
}

/// The steps of one request, a line each.
pub fn close_up(run: &Run) -> Result<String> {
    let mut text = String::new();
    let mut before = "";
    let steps = steps(run)?;
    for Step { at, took, lane, text: what, .. } in &steps {
        let name = if lane == before { "" } else { lane };
        before = lane;
        let took = took.map_or(String::new(), |took| format!(", {}", duration(took as f64)));
        text += &format!("{name:NAME$}{:>8}  {what}{took}\n", duration(*at as f64));
    }
    Ok(text)
}
