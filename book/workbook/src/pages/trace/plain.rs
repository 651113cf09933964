//! A timeline as text, for a terminal.

use crate::pages::trace::close_up::{Step, steps, time};
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
        let took = took.map_or(String::new(), |took| format!(", {}", time(took)));
        text += &format!("{name:NAME$}{:>8}  {what}{took}\n", time(*at));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::trace::timeline::tests::{POOL, run};

    #[test]
    fn a_timeline_is_lines_of_letters() {
        let run = run("ch14", POOL);
        let expected = format!(
            "ch14: a pool of two workers\n\
             accept loop  {}\n\
             worker 1     {}\n\
             worker 2     {}\n\
             \x20 D waits    {}\n",
            format_args!("{}B{}D{}", "-".repeat(6), "-".repeat(5), "-".repeat(51)),
            format_args!("{}D{}", "-".repeat(32), "-".repeat(31)),
            format_args!("{}{}B{}", "-".repeat(6), "b".repeat(51), "-".repeat(6)),
            format_args!("{}{}", " ".repeat(12), "~".repeat(21)),
        );
        assert_eq!(lines(&run, 1_000_000).unwrap(), expected);
        let axis = axis(1_000_000);
        assert!(axis.ends_with("1000 ms") && axis.len() == 77, "{axis}");
    }

    #[test]
    fn several_in_one_column_are_a_star() {
        let lines_of = |clients: [char; 3]| {
            let line = |(at, client): (usize, &char)| {
                format!("{at},thread,{client},write begins,\n{at},thread,{client},write ends,")
            };
            let events: Vec<_> = clients.iter().enumerate().map(line).collect();
            lines(&run("ch05", &events.join("\n")), 1_000_000).unwrap()
        };
        assert!(lines_of(['C', 'D', 'C']).contains(" *---"));
        assert!(lines_of(['C', 'C', 'C']).contains(" C---"));
    }

    #[test]
    fn the_steps_are_a_line_each_with_their_thread() {
        let text = close_up(&run("ch14", POOL)).unwrap();
        let words: Vec<Vec<_>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        let words: Vec<_> = words.iter().map(|line| line.join(" ")).collect();
        let expected = [
            "accept loop 0 µs accept: D",
            "0 µs in the queue, 300 ms",
            "worker 1 300 ms read: 54 bytes, 10 µs",
            "300 ms parse, 20 µs",
            "300 ms handler, 10 µs",
            "300 ms encode, 20 µs",
            "300 ms write: 168 bytes, 30 µs",
        ];
        assert_eq!(words, expected);
    }
}
