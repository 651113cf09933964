//! A timeline as a picture.

use crate::pages::escape::escape;
use crate::pages::trace::engines::{Engine, engine};
use crate::pages::trace::event::{Event, EventKind, Run};
use crate::pages::trace::timeline::{Lane, Span, Timeline, axis_end, timeline};
use anyhow::Result;

/// The width of a picture, and where its axis begins and ends.
const WIDTH: f64 = 740.0;
const LEFT: f64 = 116.0;
const RIGHT: f64 = 14.0;

/// Marks that are nearer to each other than this are one.
const NEAR: f64 = 9.0;

/// The smallest mark.
const TICK: f64 = 4.0;

/// What the clients are called in the picture.
const CLIENTS: [(char, &str); 5] =
    [('A', "A asks"), ('B', "B is silent"), ('C', "C is slow"), ('D', "D asks"), ('E', "E asks")];

/// A picture under work: what is in it, and where its next row begins.
struct Picture {
    svg: String,
    top: f64,
    /// What the right end of the axis is, in microseconds.
    end: f64,
}

/// What the runs were, below each other on one axis.
pub fn picture(runs: &[&Run]) -> Result<String> {
    let end = axis_end(runs) as f64;
    let runs: Vec<_> = runs
        .iter()
        .map(|run| {
            let engine = engine(&run.chapter)?;
            Ok((engine, timeline(engine, &run.events), &run.events))
        })
        .collect::<Result<_>>()?;
    let mut picture = Picture { svg: String::new(), top: 8.0, end };
    if let Some((_, _, events)) = runs.first() {
        picture.clients(events);
    }
    for (engine, timeline, _) in &runs {
        picture.engine(engine, timeline);
    }
    picture.axis();
    picture.legend(runs.iter().any(|(_, timeline, _)| has_wakes(timeline)));
    let told: Vec<_> = runs.iter().map(|(engine, timeline, _)| told(engine, timeline)).collect();
    Ok(format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\">\n<title>Time runs to the right. \
         Five clients come: A, D and E ask at once, B says nothing, C sends its request in pieces. \
         {told}</title>\n{svg}</svg>\n",
        height = picture.top,
        told = told.join(" "),
        svg = picture.svg,
    ))
}

fn has_wakes(timeline: &Timeline) -> bool {
    timeline.lanes.iter().any(|lane| !lane.wakes.is_empty())
}

/// A timeline in a sentence or two, for those who cannot see it.
pub fn told(engine: &Engine, timeline: &Timeline) -> String {
    let milliseconds = |span: &Span| (span.to - span.from) / 1000;
    let lanes = match timeline.lanes.len() {
        1 => "one thread".to_owned(),
        count => format!("{count} threads"),
    };
    let held: Vec<_> = timeline
        .lanes
        .iter()
        .filter_map(|lane| {
            let longest = lane.waits.iter().max_by_key(|span| milliseconds(span))?;
            let (name, client) = (&lane.name, longest.client?);
            Some(format!("{name} waits {} ms for {client}", milliseconds(longest)))
        })
        .collect();
    let held = match &held[..] {
        [] => "none of them ever waits for one client alone".to_owned(),
        some => some.join(", "),
    };
    let late: Vec<_> = timeline
        .kept_waiting
        .iter()
        .filter_map(|span| Some(format!("{} {} ms", span.client?, milliseconds(span))))
        .collect();
    let late = match &late[..] {
        [] => "nobody waits for an answer".to_owned(),
        some => format!("for their answers wait {}", some.join(", ")),
    };
    let Engine { chapter, title, .. } = engine;
    format!("{chapter}, {title}: {lanes}; {}; {late}.", escape(&held))
}

impl Picture {
    fn x(&self, at: u64) -> f64 {
        LEFT + at as f64 / self.end * (WIDTH - LEFT - RIGHT)
    }

    fn add(&mut self, element: impl AsRef<str>) {
        self.svg += element.as_ref();
        self.svg.push('\n');
    }

    fn text(&mut self, class: &str, anchor: &str, x: f64, y: f64, text: &str) {
        let text = escape(text);
        self.add(format!(
            "<text class=\"{class}\" text-anchor=\"{anchor}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
        ));
    }

    fn line(&mut self, class: &str, y: f64, from: f64, to: f64) {
        self.add(format!("<path class=\"{class}\" d=\"M{from:.1} {y:.1}H{to:.1}\"/>"));
    }

    fn heading(&mut self, text: &str) {
        let y = self.top + 15.0;
        self.add(format!("<text font-weight=\"600\" x=\"8\" y=\"{y:.1}\">{}</text>", escape(text)));
        self.top += 22.0;
    }

    /// What the clients do, which is the same at every engine.
    fn clients(&mut self, events: &[Event]) {
        self.heading("What the clients do");
        for (letter, name) in CLIENTS {
            let own = |kind: EventKind| {
                let is_it =
                    move |event: &&Event| event.client == Some(letter) && event.kind == kind;
                events.iter().filter(is_it).map(|event| event.at)
            };
            let y = self.top + 9.0;
            self.text("note", "start", 8.0, y + 4.0, name);
            let Some(from) = own(EventKind::Connect).next() else { continue };
            let sent: Vec<_> = own(EventKind::Send).collect();
            let left = own(EventKind::Leave).next();
            let to = left.or(sent.last().copied()).unwrap_or(from);
            self.line("line", y, self.x(from), self.x(to).max(self.x(from) + TICK));
            let (from_x, to_x) = (self.x(from), self.x(to));
            self.add(format!("<path class=\"line\" d=\"M{from_x:.1} {:.1}v12\"/>", y - 6.0));
            for at in &sent {
                let x = self.x(*at).max(from_x + 5.0);
                self.add(format!("<circle class=\"arrow\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"/>"));
            }
            if left.is_some() {
                self.add(format!(
                    "<path class=\"line\" d=\"M{:.1} {:.1}l8 8m0 -8l-8 8\"/>",
                    to_x - 4.0,
                    y - 4.0
                ));
                self.text("note", "start", to_x + 8.0, y + 4.0, "leaves");
            }
            self.top += 19.0;
        }
        self.top += 6.0;
    }

    fn engine(&mut self, engine: &Engine, timeline: &Timeline) {
        self.heading(&format!("{}: {}", engine.chapter, engine.title));
        for lane in &timeline.lanes {
            self.lane(lane);
        }
        for span in &timeline.kept_waiting {
            let y = self.top + 9.0;
            let (from, to) = (self.x(span.from), self.x(span.to));
            self.line("warm-line", y, from, to);
            self.add(format!(
                "<path class=\"warm-line\" d=\"M{from:.1} {:.1}v8M{to:.1} {:.1}v8\"/>",
                y - 4.0,
                y - 4.0
            ));
            let client = span.client.unwrap_or('?');
            let text = format!("{client} waits {} ms", (span.to - span.from) / 1000);
            self.text("note", "end", from - 6.0, y + 4.0, &text);
            self.top += 18.0;
        }
        self.top += 10.0;
    }

    /// A thread: a dashed line while it is there, boxes where it waits for a client, and a mark
    /// where it works, with the letters of those for whom.
    fn lane(&mut self, lane: &Lane) {
        let y = self.top + 21.0;
        self.text("note", "start", 8.0, y + 4.0, &lane.name);
        self.line("dash", y, self.x(lane.from), lane.to.map_or(WIDTH - RIGHT, |to| self.x(to)));
        for span in &lane.waits {
            let (from, to) = (self.x(span.from), self.x(span.to));
            self.add(format!(
                "<rect class=\"warm\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"18\"/>",
                y - 9.0,
                to - from
            ));
            let text = format!("waits for {}", span.client.unwrap_or('?'));
            if to - from > 90.0 {
                self.text("note", "middle", (from + to) / 2.0, y + 4.0, &text);
            }
        }
        for (from, to, letters) in self.marks(&lane.works) {
            self.add(format!(
                "<rect class=\"cool\" x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"18\"/>",
                y - 9.0,
                to - from
            ));
            self.text("note", "middle", (from + to) / 2.0, y - 12.0, &letters);
        }
        self.top += 34.0;
        if !lane.wakes.is_empty() {
            let y = self.top + 2.0;
            self.text("note", "start", 8.0, y + 10.0, "waker called");
            for (from, to, letters) in self.marks(&lane.wakes) {
                let x = (from + to) / 2.0;
                self.add(format!(
                    "<path class=\"arrow\" d=\"M{x:.1} {:.1}l5 9h-10z\"/>",
                    self.top - 3.0
                ));
                self.text("note", "start", x + 7.0, y + 10.0, &letters);
            }
            self.top += 18.0;
        }
    }

    /// What lies so near to each other that it would be one spot: its ends, and whom it is about.
    fn marks(&self, spans: &[Span]) -> Vec<(f64, f64, String)> {
        let mut marks: Vec<(f64, f64, String)> = Vec::new();
        for span in spans {
            let (from, to) = (self.x(span.from), self.x(span.to));
            let to = to.max(from + TICK);
            let letter = span.client.map_or(String::new(), String::from);
            match marks.last_mut() {
                Some((_, end, letters)) if from - *end < NEAR => {
                    *end = to.max(*end);
                    if !letters.contains(&letter) {
                        letters.push_str(&letter);
                    }
                }
                _ => marks.push((from, to, letter)),
            }
        }
        marks
    }

    /// The time, and thin lines up to the top at each fifth of a second.
    fn axis(&mut self) {
        let y = self.top + 2.0;
        self.line("line", y, LEFT, WIDTH - RIGHT);
        let step = 200_000;
        self.text("note", "middle", LEFT, y + 16.0, "0");
        for at in (step..=self.end as u64).step_by(step as usize) {
            let x = self.x(at);
            self.add(format!("<path class=\"line\" opacity=\"0.2\" d=\"M{x:.1} 28V{y:.1}\"/>"));
            let text = format!("{} ms", at / 1000);
            let anchor = if x > WIDTH - 30.0 { "end" } else { "middle" };
            self.text("note", anchor, x.min(WIDTH - RIGHT), y + 16.0, &text);
        }
        self.top += 30.0;
    }

    fn legend(&mut self, with_wakes: bool) {
        let y = self.top + 8.0;
        self.line("dash", y, 8.0, 34.0);
        self.text("note", "start", 40.0, y + 4.0, "a thread, asleep");
        let box_at = |class: &str, x: f64, width: f64| {
            format!(
                "<rect class=\"{class}\" x=\"{x}\" y=\"{:.1}\" width=\"{width}\" height=\"14\"/>",
                y - 7.0
            )
        };
        self.add(box_at("cool", 154.0, TICK));
        self.text("note", "start", 164.0, y + 4.0, "it works for a client");
        self.add(box_at("warm", 300.0, 24.0));
        self.text("note", "start", 330.0, y + 4.0, "it waits for one client alone");
        self.line("warm-line", y, 514.0, 540.0);
        self.text("note", "start", 546.0, y + 4.0, "a client waits for its answer");
        self.top += 22.0;
        if with_wakes {
            let y = self.top + 6.0;
            self.add(format!("<path class=\"arrow\" d=\"M13 {:.1}l5 9h-10z\"/>", y - 4.0));
            self.text("note", "start", 40.0, y + 5.0, "somebody's waker is called");
            self.top += 20.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::trace::timeline::tests::{POOL, run};

    #[test]
    fn the_picture_has_what_happened_and_follows_the_rules_of_pictures() {
        let run = run("ch14", POOL);
        let svg = picture(&[&run, &run]).unwrap();
        crate::pages::picture::figure("trace", &svg, "").unwrap();
        // The box in which a worker waits for B, from 100 to 900 of 1000 ms; once for each run.
        let wide = "<rect class=\"warm\" x=\"177.1\"";
        assert_eq!(svg.matches(wide).count(), 2, "{svg}");
        assert_eq!(svg.matches(">waits for B</text>").count(), 2, "{svg}");
        assert_eq!(svg.matches(">D waits 300 ms</text>").count(), 2, "{svg}");
        let told = "ch14, a pool of two workers: 3 threads; worker 2 waits 799 ms for B; \
                    for their answers wait D 300 ms.";
        assert!(svg.contains(told), "{svg}");
    }

    #[test]
    fn marks_that_are_near_are_one_with_all_letters() {
        let picture = Picture { svg: String::new(), top: 0.0, end: 1_000_000.0 };
        let span = |at, client| Span { from: at, to: at, client: Some(client) };
        let near = [span(0, 'C'), span(2_000, 'D'), span(4_000, 'C'), span(500_000, 'E')];
        let letters: Vec<_> = picture.marks(&near).into_iter().map(|mark| mark.2).collect();
        assert_eq!(letters, ["CD", "E"]);
    }
}
