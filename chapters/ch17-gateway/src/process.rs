use crate::complaints::Complaints;
use crate::process_group::{GRACE, ProcessGroup};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Signal;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{ChildStderr, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// How much is read at once, in bytes: what a pipe of Linux holds.
const BLOCK: usize = 64 * 1024;

/// A program that runs: an iterator of what it writes to its standard output, in blocks, each as
/// soon as it is there.
///
/// What it writes to its standard error goes to the log, line by line. If it writes nothing to its
/// standard output for too long, the next block is an error ([`TimedOut`](ErrorKind::TimedOut)).
///
/// Behind the last block the program may end by itself, within [`GRACE`]. If it dies of a signal,
/// be it then or before, there is an error behind the last block. When this is dropped before, the
/// program is told to end; either way its whole [group](ProcessGroup) is ended then.
pub struct Process {
    group: ProcessGroup,
    stdout: ChildStdout,
    /// `None` at its end.
    stderr: Option<ChildStderr>,
    complaints: Complaints,
    silence: Duration,
    is_at_end: bool,
}

impl Process {
    /// Starts `command` in a process group of its own. `name` is what the log calls it; `silence`
    /// is how long it may say nothing.
    pub fn start(command: &mut Command, name: &str, silence: Duration) -> io::Result<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut group = ProcessGroup::start(command)?;
        let stdout = group.leader.stdout.take().expect("it is piped");
        let (stderr, complaints) = (group.leader.stderr.take(), Complaints::of(name));
        Ok(Self { group, stdout, stderr, complaints, silence, is_at_end: false })
    }

    /// The next block; empty at the end.
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let deadline = Instant::now() + self.silence;
        loop {
            let stderr = self.stderr.as_ref().map(AsFd::as_fd);
            let [has_output, has_complaints] = wait([Some(self.stdout.as_fd()), stderr], deadline)?;
            // Both in turn: who waits until its standard error is read writes nothing else.
            if has_complaints {
                self.read_complaints();
            }
            if has_output {
                let mut block = vec![0; BLOCK];
                let count = self.stdout.read(&mut block)?;
                block.truncate(count);
                return Ok(block);
            }
        }
    }

    fn read_complaints(&mut self) {
        let Some(stderr) = &mut self.stderr else { return };
        let mut bytes = [0; 4096];
        match stderr.read(&mut bytes) {
            Ok(0) | Err(_) => self.stderr = None,
            Ok(count) => self.complaints.add(&bytes[..count]),
        }
    }

    /// Lets the program end. That it dies of a signal is an error: nobody knows what it would have
    /// written.
    fn finish(&mut self) -> io::Result<()> {
        self.is_at_end = true;
        let deadline = Instant::now() + GRACE;
        while let Some(stderr) = &self.stderr
            && wait([None, Some(stderr.as_fd())], deadline).is_ok()
        {
            self.read_complaints();
        }
        self.complaints.flush();
        let status = self.group.end(deadline)?;
        if !status.success() {
            self.complaints.log(&status.to_string());
        }
        // Who had closed its output, and was ended when the time was up, had written all.
        match status.signal() {
            Some(_) if !self.group.was_killed => Err(io::Error::other("it died of a signal")),
            _ => Ok(()),
        }
    }
}

impl Iterator for Process {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_at_end {
            return None;
        }
        match self.read() {
            Ok(block) if block.is_empty() => self.finish().err().map(Err),
            outcome => Some(outcome),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.is_at_end {
            self.group.signal(Signal::TERM);
            // Nobody waits for the rest.
            let _ = self.finish();
        }
    }
}

/// Waits until there is something to read from one of `pipes`, or its end; tells for which. When
/// `deadline` has come, that is an error.
fn wait(pipes: [Option<BorrowedFd<'_>>; 2], deadline: Instant) -> io::Result<[bool; 2]> {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // Who complains without end always has something to be read.
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        let wanted = pipes.iter().flatten();
        let mut wanted: Vec<_> = wanted.map(|pipe| PollFd::new(pipe, PollFlags::IN)).collect();
        match poll(&mut wanted, Some(&left)) {
            Err(Errno::INTR) => {} // a signal came
            Err(error) => return Err(error.into()),
            Ok(0) => return Err(ErrorKind::TimedOut.into()),
            Ok(_) => {
                let mut ready = wanted.iter().map(|pipe| !pipe.revents().is_empty());
                return Ok(pipes.map(|pipe| pipe.is_some() && ready.next() == Some(true)));
            }
        }
    }
}
