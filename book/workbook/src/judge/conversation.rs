//! Conversations with the learner's program, which runs in a process of its own.

use crate::judge::outcome::Status;
use crate::judge::outcome::{Event, Outcome};
use crate::judge::run::{Limits, bounded};
use crate::system::listening::listening_port;
use crate::system::process::{ProcessGroup, ScratchFolder};
use anyhow::{Context, Result};
use course_tests::chapters::Site;
use course_tests::conversations::Conversation;
use course_tests::wire;
use std::fs;
use std::io::{BufRead, BufReader, PipeReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program may take until it says where it listens.
const START: Duration = Duration::from_secs(5);

/// The most that is kept of what a program prints, in bytes.
const MOST_PRINTED: u64 = 16 * 1024;

/// Starts `program` and holds `conversation` with it.
pub fn hold(
    program: &Path,
    conversation: &Conversation,
    limits: &Limits,
    scratch: &Path,
) -> Result<Outcome> {
    let scratch = ScratchFolder::new(scratch.to_owned());
    fs::create_dir_all(scratch.path())
        .with_context(|| format!("cannot write to {}", scratch.path().display()))?;
    let site = match conversation.wants_site() {
        true => Some(Site::new().context("cannot make the files of the site")?),
        false => None,
    };
    let start = Instant::now();
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    let mut command = bounded(program, limits, scratch.path());
    // What it writes without naming a folder is gone with the scratch.
    command.current_dir(scratch.path());
    command.arg("127.0.0.1:0").args(conversation.arguments(site.as_ref()));
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut group = ProcessGroup::start(&mut command)?;
    drop(command); // its ends of the pipe too
    let lines = lines_of(reader)?;

    let mut said = String::new();
    let port = loop {
        let left = START.saturating_sub(start.elapsed());
        let Ok(line) = lines.recv_timeout(left) else { break None };
        if let Some(port) = listening_port(&line) {
            break Some(port);
        }
        said += &line;
        said.push('\n');
    };
    let Some(port) = port else {
        let ended = group.child().try_wait().ok().flatten();
        let message = match ended {
            Some(status) => format!("the program ended and did not listen: {status}"),
            None => "the program does not say where it listens".to_owned(),
        };
        let status = if ended.is_some() { Status::Crash } else { Status::Timeout };
        return Ok(Outcome { status, time: start.elapsed(), message, said, ..Outcome::default() });
    };
    let heard = conversation.hold(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), limits.time);
    let time = start.elapsed();
    drop(group);
    while let Ok(line) = lines.recv_timeout(Duration::from_millis(100)) {
        said += &line;
        said.push('\n');
    }
    let mut outcome = Outcome { time, ..Outcome::default() };
    match heard.fault {
        None => outcome.status = Status::Pass,
        Some(fault) => {
            outcome.status = Status::Fail;
            outcome.message = fault;
            outcome.difference = heard.difference;
            if !said.is_empty() {
                outcome.said = format!("the program printed:\n{said}");
            }
            let arguments = conversation.arguments.join(" ");
            if !arguments.is_empty() {
                let note = format!("your program is started with {arguments}");
                outcome.transcript.push(Event::Note(note));
            }
            outcome.transcript.extend(heard.events.into_iter().map(event));
        }
    }
    Ok(outcome)
}

/// The first lines of what a program prints. It can go on printing, and nobody listens.
fn lines_of(mut reader: PipeReader) -> Result<Receiver<String>> {
    let (sender, lines) = channel();
    thread::Builder::new().spawn(move || {
        let mut first = BufReader::new((&mut reader).take(MOST_PRINTED));
        let mut line = Vec::new();
        while let Ok(1..) = first.read_until(b'\n', &mut line) {
            let text = String::from_utf8_lossy(&line);
            let _ = sender.send(text.trim_end_matches(['\r', '\n']).to_owned());
            line.clear();
        }
        drop(first);
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
    })?;
    Ok(lines)
}

fn event(event: wire::Event) -> Event {
    match event {
        wire::Event::Sent(bytes) => Event::Sent("sent".to_owned(), bytes),
        wire::Event::Received(bytes) => Event::Received("came".to_owned(), bytes),
        wire::Event::Note(note) => Event::Note(note),
    }
}
