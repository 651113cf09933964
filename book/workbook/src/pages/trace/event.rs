//! What is recorded of a run.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

/// Where the recording is that the book shows, seen from the top folder.
pub const FILE: &str = "book/measured/trace.csv";

/// The second line of that file; the first one tells when and on what it was recorded.
const HEADER: &str = "chapter,microseconds,lane,client,event,detail";

/// Something that a thread of the server or a client did.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When, in microseconds since the beginning.
    pub at: u64,
    /// Who: a thread of the server by its name, or a client.
    pub lane: String,
    /// With which client, by its letter.
    pub client: Option<char>,
    /// What.
    pub kind: EventKind,
    /// More about it, in a few words.
    pub detail: String,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EventKind {
    /// A thread of the server began with it.
    Begin(Operation),
    /// It is done.
    End(Operation),
    /// A waker was called.
    Wake,
    /// A client began to connect.
    Connect,
    /// It has sent something.
    Send,
    /// It has its whole answer.
    Answered,
    /// It has left without asking.
    Leave,
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Operation {
    /// Waiting for a client, until one comes.
    Accept,
    /// A read; where it may wait, the waiting too.
    Read,
    /// A handler.
    Handle,
    /// A write.
    Write,
    /// Waiting until the system says that somebody is ready.
    Sleep,
    /// A future is polled.
    Poll,
}

/// All of them, by the names that they have in the file.
const NAMES: [(&str, EventKind); 17] = [
    ("accept begins", EventKind::Begin(Operation::Accept)),
    ("accept ends", EventKind::End(Operation::Accept)),
    ("read begins", EventKind::Begin(Operation::Read)),
    ("read ends", EventKind::End(Operation::Read)),
    ("handler begins", EventKind::Begin(Operation::Handle)),
    ("handler ends", EventKind::End(Operation::Handle)),
    ("write begins", EventKind::Begin(Operation::Write)),
    ("write ends", EventKind::End(Operation::Write)),
    ("sleep begins", EventKind::Begin(Operation::Sleep)),
    ("sleep ends", EventKind::End(Operation::Sleep)),
    ("poll begins", EventKind::Begin(Operation::Poll)),
    ("poll ends", EventKind::End(Operation::Poll)),
    ("waker", EventKind::Wake),
    ("connects", EventKind::Connect),
    ("sends", EventKind::Send),
    ("answered", EventKind::Answered),
    ("leaves", EventKind::Leave),
];

impl EventKind {
    /// `read ends`
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Whether a client did it, and not the server.
    pub fn is_a_clients(self) -> bool {
        matches!(self, Self::Connect | Self::Send | Self::Answered | Self::Leave)
    }
}

impl Event {
    /// A line of the file, behind the chapter.
    pub fn line(&self) -> String {
        let Self { at, lane, client, kind, detail } = self;
        let client = client.map_or("-".to_owned(), String::from);
        format!("{at},{lane},{client},{},{detail}", kind.name())
    }

    /// Reads such a line.
    pub fn parse(line: &str) -> Result<Self> {
        let parse = || {
            let mut cells = line.splitn(5, ',');
            let (at, lane, client) = (cells.next()?.parse().ok()?, cells.next()?, cells.next()?);
            let (name, detail) = (cells.next()?, cells.next()?);
            let (_, kind) = NAMES.iter().find(|(known, _)| *known == name)?;
            let client = client.chars().next().filter(|letter| *letter != '-');
            let (lane, detail) = (lane.to_owned(), detail.to_owned());
            Some(Self { at, lane, client, kind: *kind, detail })
        };
        parse().with_context(|| format!("this is no event of a trace: `{line}`"))
    }
}

/// What was recorded of one engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// `ch15`
    pub chapter: String,
    /// In the order in which they happened.
    pub events: Vec<Event>,
}

/// The recording that the book shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// When it was made, and on what.
    pub about: String,
    /// One for each engine.
    pub runs: Vec<Run>,
}

impl Recording {
    /// The last one that was made; an empty one if there is none.
    pub fn read(root: &Path) -> Result<Self> {
        match fs::read_to_string(root.join(FILE)) {
            Ok(text) => Self::parse(&text).context(FILE),
            Err(_) => Ok(Self::default()),
        }
    }

    /// What is in the file.
    pub fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        let about = lines.next().and_then(|line| line.strip_prefix("# "));
        let about = about.context("the first line tells on what it was recorded")?.to_owned();
        ensure!(
            lines.next() == Some(HEADER),
            "the second line is not `{HEADER}`: run `cargo workbook trace all --record`"
        );
        let mut runs: Vec<Run> = Vec::new();
        for line in lines {
            let (chapter, line) = line.split_once(',').context("a line without a chapter")?;
            if runs.last().is_none_or(|run| run.chapter != chapter) {
                runs.push(Run { chapter: chapter.to_owned(), events: Vec::new() });
            }
            let event = Event::parse(line)?;
            runs.last_mut().context("no run")?.events.push(event);
        }
        Ok(Self { about, runs })
    }

    /// The same as text.
    pub fn text(&self) -> String {
        let mut text = format!("# {}\n{HEADER}\n", self.about);
        for Run { chapter, events } in &self.runs {
            for event in events {
                text += &format!("{chapter},{}\n", event.line());
            }
        }
        text
    }

    /// What was recorded of a chapter.
    pub fn run(&self, chapter: &str) -> Result<&Run> {
        let found = self.runs.iter().find(|run| run.chapter == chapter);
        found.with_context(|| {
            format!("{FILE} has nothing about {chapter}: run `cargo workbook trace all --record`")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_goes_into_the_file_and_comes_back() {
        let event = |(at, (_, kind)): (usize, &(&str, EventKind))| Event {
            at: at as u64,
            lane: "worker 1".to_owned(),
            client: (at % 2 == 0).then_some('D'),
            kind: *kind,
            detail: if at == 3 { "64 bytes, and more".to_owned() } else { String::new() },
        };
        let events: Vec<_> = NAMES.iter().enumerate().map(event).collect();
        let run = |chapter: &str| Run { chapter: chapter.to_owned(), events: events.clone() };
        let about = "a slow machine, 2 cores".to_owned();
        let recording = Recording { about, runs: vec![run("ch05"), run("ch15")] };
        assert_eq!(Recording::parse(&recording.text()).unwrap(), recording);
        assert_eq!(recording.run("ch15").unwrap().events.len(), 17);
        assert!(recording.run("ch14").unwrap_err().to_string().contains("nothing about ch14"));
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        let good = format!("# here\n{HEADER}\nch05,1,thread,A,read ends,64 bytes\n");
        assert_eq!(Recording::parse(&good).unwrap().runs.len(), 1);
        for (from, to) in [("# ", ""), ("detail\n", "\n"), (",1,", ",one,"), ("read ends", "reads")]
        {
            assert!(good.contains(from));
            assert!(Recording::parse(&good.replacen(from, to, 1)).is_err(), "{from} to {to}");
        }
    }
}
