use crate::lines::lines_as;
use crate::{ProcessGroup, end_all, listening_on};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{self, Command, ExitStatus};
use std::sync::Once;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// How long a program is waited for, at each line and at its end.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A program that a test runs, and what is written to it and read from it. It ends when this is
/// dropped, with everything that it started; and at Ctrl-C, unless this process has another use
/// for that.
///
/// Of what is no pipe by its command, nothing is written or read here.
#[derive(Debug)]
pub struct Running {
    group: ProcessGroup,
    input: Option<Sender<Vec<u8>>>,
    output: Receiver<Vec<u8>>,
    errors: Receiver<Vec<u8>>,
}

/// What a program has left behind.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output and nobody has read yet.
    pub output: Vec<u8>,
    /// What it wrote to standard error and nobody has read yet.
    pub errors: String,
}

impl Running {
    /// Starts a program.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start(mut command: Command) -> Self {
        static ONCE: Once = Once::new();
        // It is in a group of its own, which the terminal does not tell.
        ONCE.call_once(|| {
            let _ = ctrlc::set_handler(|| {
                end_all();
                process::exit(130); // 128 + SIGINT, as shells have it
            });
        });
        let mut group =
            ProcessGroup::start(&mut command).unwrap_or_else(|error| panic!("{error:#}"));
        let child = group.child();
        let input = child.stdin.take().map(typist);
        let (output, errors) = (pieces(child.stdout.take()), pieces(child.stderr.take()));
        Self { group, input, output, errors }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.group.id()
    }

    /// The next line of standard output, without its LF.
    ///
    /// # Panics
    ///
    /// If there is none within [`PATIENCE`].
    #[track_caller]
    pub fn line(&self) -> String {
        next(&self.output, "a line of standard output")
    }

    /// The next line of standard error, without its LF.
    ///
    /// # Panics
    ///
    /// If there is none within [`PATIENCE`].
    #[track_caller]
    pub fn error_line(&self) -> String {
        next(&self.errors, "a line of standard error")
    }

    /// Where a server listens, by the next line of standard output.
    ///
    /// # Panics
    ///
    /// If it does not say that within [`PATIENCE`].
    #[track_caller]
    pub fn address(&self) -> SocketAddr {
        let line = self.line();
        listening_on(&line)
            .unwrap_or_else(|| panic!("instead of where it listens, it says: {line}"))
    }

    /// Writes to standard input, and does not wait until it is read. A program
    /// that has ended meanwhile is found out by what it has left behind.
    ///
    /// # Panics
    ///
    /// After [`end_input`](Self::end_input).
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let input = self.input.as_mut().expect("the input was not ended");
        let _ = input.send(bytes.as_ref().to_vec());
    }

    /// Closes standard input, as the end of a file or Ctrl-D does.
    pub fn end_input(&mut self) {
        self.input = None;
    }

    /// Waits for the end of the program, and of all who have its outputs. Its input is left open,
    /// unless it was ended.
    ///
    /// # Panics
    ///
    /// If it does not end within [`PATIENCE`] or was ended by a signal.
    #[track_caller]
    pub fn wait(self) -> Ended {
        let (status, output, errors) = self.end();
        let code = status.code().unwrap_or_else(|| panic!("{status}, after {errors}"));
        Ended { code, output, errors }
    }

    /// The same for a program that a signal ends.
    ///
    /// # Panics
    ///
    /// If it does not end within [`PATIENCE`] or ends by itself.
    #[track_caller]
    pub fn wait_killed(self) {
        let (status, _, errors) = self.end();
        assert!(status.code().is_none(), "{status}, after {errors}");
    }

    #[track_caller]
    fn end(mut self) -> (ExitStatus, Vec<u8>, String) {
        let deadline = Instant::now() + PATIENCE;
        let output = rest(&self.output, deadline);
        let errors = String::from_utf8_lossy(&rest(&self.errors, deadline)).into_owned();
        // Both outputs are closed, and a program does that with its last breath.
        let status = self.group.child().wait().expect("the program is our child");
        (status, output, errors)
    }
}

/// Writes in a thread, so that a program that does not read keeps nobody waiting.
fn typist(mut pipe: impl Write + Send + 'static) -> Sender<Vec<u8>> {
    let (sender, pieces) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || pieces.iter().try_for_each(|piece| pipe.write_all(&piece)));
    sender
}

/// The lines of a pipe, with their ends; of none, none.
fn pieces(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let pipe = pipe.map(|pipe| lines_as(pipe, u64::MAX, <[u8]>::to_vec).expect("a thread"));
    pipe.unwrap_or_else(|| mpsc::channel().1)
}

#[track_caller]
fn next(lines: &Receiver<Vec<u8>>, what: &str) -> String {
    match lines.recv_timeout(PATIENCE) {
        Ok(line) => {
            let line = String::from_utf8_lossy(&line);
            line.strip_suffix('\n').unwrap_or(&line).to_owned()
        }
        Err(RecvTimeoutError::Timeout) => panic!("waited {PATIENCE:?} for {what}"),
        Err(RecvTimeoutError::Disconnected) => panic!("the program ended before {what}"),
    }
}

#[track_caller]
fn rest(lines: &Receiver<Vec<u8>>, deadline: Instant) -> Vec<u8> {
    let mut rest = Vec::new();
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => rest.extend(line),
            Err(RecvTimeoutError::Disconnected) => return rest,
            Err(RecvTimeoutError::Timeout) => panic!(
                "waited {PATIENCE:?} for the program to end; it wrote: {}",
                rest.escape_ascii()
            ),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::process::Stdio;

    fn shell(script: &str) -> Running {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running::start(command)
    }

    #[test]
    fn a_program_reads_what_is_sent_and_its_outputs_are_read_line_by_line() {
        let mut running = shell("echo ready >&2; cat; printf 'no end' >&2; exit 7");
        assert_eq!(running.error_line(), "ready");
        running.send(b"one\r\ntwo\n\xff");
        running.send("three");
        running.end_input();
        assert_eq!(running.line(), "one\r");
        let ended = running.wait();
        assert_eq!((ended.code, &*ended.errors), (7, "no end"));
        assert_eq!(ended.output, b"two\n\xffthree");
    }

    #[test]
    #[should_panic = "signal: 9"]
    fn a_program_that_was_killed_has_no_exit_code() {
        shell("kill -9 $$").wait();
    }

    #[test]
    fn a_program_may_be_expected_to_be_killed() {
        shell("kill -9 $$").wait_killed();
    }
}
