//! A command in a terminal of its own, its output arriving line by line.

use anyhow::{Context, Result};
use launch::{ProcessGroup, lines};
use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// When blessing: how long a program must be silent until it is taken to wait.
pub const SILENCE: Duration = Duration::from_millis(700);

/// A running command; it ends with all that it started when this is dropped.
#[derive(Debug)]
pub struct Terminal {
    lines: Receiver<String>,
    waiting: VecDeque<String>,
    input: Option<ChildStdin>,
    group: ProcessGroup,
}

/// Why there is no next line.
#[derive(Debug, PartialEq)]
pub enum NoLine {
    /// The command and all that it started have closed their output.
    Ended,
    /// Nothing came in time.
    Late,
}

impl Terminal {
    /// Starts `command` in `folder`, with a keyboard if something will be typed.
    pub fn start(command: &str, folder: &Path, keyboard: bool) -> Result<Self> {
        // Both outputs are one pipe, as they are one screen: lines stay in order.
        let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", command])
            .current_dir(folder)
            .env("LC_ALL", "C")
            .env("NO_COLOR", "1")
            .env("RUST_LIB_BACKTRACE", "1")
            .env_remove("RUST_BACKTRACE")
            // Neither a proxy nor somebody's settings come between.
            .env("no_proxy", "*")
            .env("CURL_HOME", folder.join("book"))
            .stdin(if keyboard { Stdio::piped() } else { Stdio::null() })
            .stdout(writer.try_clone().context("cannot make a pipe")?)
            .stderr(writer);
        let mut group = ProcessGroup::start(&mut shell)?;
        drop(shell); // its ends of the pipe too, or the output would never end
        let input = group.child().stdin.take();
        Ok(Self { lines: lines(reader, u64::MAX)?, waiting: VecDeque::new(), input, group })
    }

    /// The next line, if it comes before `deadline`.
    pub fn next_line(&mut self, deadline: Instant) -> Result<String, NoLine> {
        if let Some(line) = self.waiting.pop_front() {
            return Ok(line);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        self.lines.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Disconnected => NoLine::Ended,
            RecvTimeoutError::Timeout => NoLine::Late,
        })
    }

    /// Looks for the first line of which `wanted` gives something. It and the
    /// lines before it will still come.
    pub fn look_for<T>(
        &mut self,
        patience: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut seen = VecDeque::new();
        let mut found = None;
        while found.is_none() {
            let Ok(line) = self.next_line(deadline) else { break };
            found = wanted(&line);
            seen.push_back(line);
        }
        self.waiting = seen;
        found
    }

    /// Types a line.
    pub fn type_line(&mut self, line: &str) -> Result<()> {
        let input = self.input.as_mut().context("this terminal's input has ended")?;
        input
            .write_all(format!("{line}\n").as_bytes())
            .context("the program does not read any more")
    }

    /// Ends the input.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Ends the command and all that it started, and waits until they are gone: what they had
    /// locked, the next one can lock.
    pub fn end(self) {
        drop(self.group);
        let deadline = Instant::now() + PATIENCE;
        let left = || deadline.saturating_duration_since(Instant::now());
        while self.lines.recv_timeout(left()).is_ok() {}
    }
}
