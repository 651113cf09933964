use crate::{ProcessGroup, lines};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// How much of what a server prints is kept, in bytes.
const MOST_PRINTED: u64 = 64 * 1024;

/// A server program that runs. It ends when this is dropped, with everything that it
/// started.
#[derive(Debug)]
pub struct Server {
    /// Where it listens, as it said.
    pub address: SocketAddr,
    /// What it prints after that, of the first 64 KiB.
    pub lines: Receiver<String>,
    group: ProcessGroup,
}

/// Why a server is not there.
#[derive(Debug)]
pub enum NotStarted {
    /// The system could not start it.
    System(anyhow::Error),
    /// It did not say where it listens.
    Silent {
        /// What it said instead, line by line.
        said: Vec<String>,
        /// How it ended, if it did.
        ended: Option<ExitStatus>,
    },
}

impl Server {
    /// Starts a server and waits at most `patience` until it says where it listens.
    ///
    /// Each line that it prints is given to `announced`, until that finds an address
    /// in one; see [`listening_on`]. Its standard input is empty, its standard error
    /// is what `command` says.
    pub fn start(
        command: Command,
        announced: impl Fn(&str) -> Option<SocketAddr>,
        patience: Duration,
    ) -> Result<Self, NotStarted> {
        Self::start_in(command, false, announced, patience)
    }

    /// The same, with the lines of its standard error among [`lines`](Self::lines).
    pub fn start_with_errors(
        command: Command,
        announced: impl Fn(&str) -> Option<SocketAddr>,
        patience: Duration,
    ) -> Result<Self, NotStarted> {
        Self::start_in(command, true, announced, patience)
    }

    fn start_in(
        mut command: Command,
        with_errors: bool,
        announced: impl Fn(&str) -> Option<SocketAddr>,
        patience: Duration,
    ) -> Result<Self, NotStarted> {
        let deadline = Instant::now() + patience;
        let (reader, writer) = io::pipe()?;
        if with_errors {
            command.stderr(writer.try_clone()?);
        }
        command.stdin(Stdio::null()).stdout(writer);
        let mut group = ProcessGroup::start(&mut command).map_err(NotStarted::System)?;
        drop(command); // its ends of the pipe too, or the output would never end
        let lines = lines(reader, MOST_PRINTED)?;
        let mut said = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(line) = lines.recv_timeout(left) else { break };
            if let Some(address) = announced(&line) {
                return Ok(Self { address, lines, group });
            }
            said.push(line);
        }
        let ended = group.child().try_wait().ok().flatten();
        Err(NotStarted::Silent { said, ended })
    }

    /// Ends it, and returns what it printed after it said where it listens, or since
    /// that was last read.
    pub fn end(self) -> Vec<String> {
        let Self { lines, group, .. } = self;
        drop(group);
        // Whatever else holds its output open is not waited for.
        let next = || lines.recv_timeout(Duration::from_millis(100)).ok();
        std::iter::from_fn(next).collect()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.group.id()
    }
}

impl From<io::Error> for NotStarted {
    fn from(error: io::Error) -> Self {
        Self::System(error.into())
    }
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(error) => write!(f, "{error:#}"),
            Self::Silent { said, ended } => {
                match ended {
                    Some(status) => write!(f, "it ended and did not listen: {status}")?,
                    None => write!(f, "it did not say where it listens")?,
                }
                match said.is_empty() {
                    true => Ok(()),
                    false => write!(f, ". It said: {}", said.join("\n")),
                }
            }
        }
    }
}

impl std::error::Error for NotStarted {}

/// The address in a line such as `ch05: listening on 127.0.0.1:8005`, the first that
/// each server of the course prints.
pub fn listening_on(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.split_once(": listening on ")?;
    address.trim_end().parse().ok()
}
