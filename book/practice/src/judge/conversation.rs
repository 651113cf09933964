//! Conversations with the learner's program, which runs in a process of its own.

use crate::judge::fence::{Allowed, behind_the_fence};
use crate::judge::limits::Limits;
use crate::judge::outcome::Status;
use crate::judge::outcome::{Event, Outcome};
use crate::system::process::ScratchFolder;
use anyhow::{Context, Result};
use course_tests::chapters::Site;
use course_tests::conversations::Conversation;
use course_tests::wire;
use launch::{NotStarted, Server, listening_on};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a program may take until it says where it listens.
const START: Duration = Duration::from_secs(5);

/// Starts `program`, which may read `files`, and holds `conversation` with it.
pub fn hold(
    program: &Path,
    conversation: &Conversation,
    files: &[PathBuf],
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
    // What it writes is gone with the scratch.
    let site_files = site.iter().map(|site| site.whole().to_owned());
    let files: Vec<_> = files.iter().cloned().chain(site_files).collect();
    let allowed = Allowed {
        folder: scratch.path(),
        executable: program,
        files: &files,
        permissions: false,
        limits,
    };
    let mut command = behind_the_fence(program, &allowed)?;
    command.arg("127.0.0.1:0").args(conversation.arguments(site.as_ref()));
    let server = match Server::start_with_errors(command, listening_on, START) {
        Ok(server) => server,
        Err(NotStarted::System(error)) => return Err(error),
        Err(NotStarted::Silent { said, ended }) => {
            let (status, message) = match ended {
                Some(status) => {
                    (Status::Crash, format!("the program ended and did not listen: {status}"))
                }
                None => (Status::Timeout, "the program does not say where it listens".to_owned()),
            };
            let (time, said) = (start.elapsed(), in_lines(&said));
            return Ok(Outcome { status, time, message, said, ..Outcome::default() });
        }
    };
    let result = conversation.hold(server.address, limits.time);
    let time = start.elapsed();
    let said = in_lines(&server.end());
    let mut outcome = Outcome { time, ..Outcome::default() };
    match result.fault {
        None => outcome.status = Status::Pass,
        Some(fault) => {
            outcome.status = Status::Fail;
            outcome.message = fault;
            outcome.difference = result.difference;
            if !said.is_empty() {
                outcome.said = format!("the program printed:\n{said}");
            }
            let arguments = conversation.arguments.join(" ");
            if !arguments.is_empty() {
                let note = format!("your program is started with {arguments}");
                outcome.transcript.push(Event::Note(note));
            }
            outcome.transcript.extend(result.events.into_iter().map(event));
        }
    }
    Ok(outcome)
}

fn in_lines(said: &[String]) -> String {
    said.iter().flat_map(|line| [line, "\n"]).collect()
}

fn event(event: wire::Event) -> Event {
    match event {
        wire::Event::Sent(bytes) => Event::Sent("sent".to_owned(), bytes),
        wire::Event::Received(bytes) => Event::Received("came".to_owned(), bytes),
        wire::Event::Note(note) => Event::Note(note),
    }
}
