//! The programs of the course, built once in a test run and started as a user
//! starts them.

use launch::{Build, Chapter, Programs, Which, listening_on};
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// How long a started program is waited for, at each line and at its end.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The folder of the whole course.
fn course() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The chapters of the course.
///
/// # Panics
///
/// If their list cannot be read.
pub fn chapters() -> Vec<Chapter> {
    launch::chapters(course()).unwrap_or_else(|error| panic!("{error:#}"))
}

/// The file of the program `name`. All programs are built before the first one is
/// asked for, in the profile in which the tests are built.
///
/// # Panics
///
/// If it does not compile, or no package has it.
pub fn binary(name: &str) -> &'static Path {
    static BUILT: OnceLock<Programs> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        // A chapter that does not compile does not hide the others.
        let build = Build { release: !cfg!(debug_assertions), keep_going: true, target: None };
        Programs::build(course(), Which::All, build).expect("cargo can be started")
    });
    built.path(name).unwrap_or_else(|error| panic!("{error}"))
}

/// How to start the program `name`, with its input and both outputs piped.
pub fn command(name: &str, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(binary(name));
    command.args(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A program that runs. Dropping it ends it.
pub struct Running {
    child: Child,
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
    /// Starts the program `name`.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn start(name: &str, arguments: &[impl AsRef<OsStr>]) -> Running {
        Running::spawn(command(name, arguments))
    }

    /// Starts what was made by [`command`] and perhaps changed.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    pub fn spawn(mut command: Command) -> Running {
        let mut child = command.spawn().expect("the program can be started");
        let input = child.stdin.take().map(typist);
        let (output, errors) = (lines(child.stdout.take()), lines(child.stderr.take()));
        Running { child, input, output, errors }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line of standard output, without its LF.
    ///
    /// # Panics
    ///
    /// If there is none within [`PATIENCE`].
    pub fn line(&self) -> String {
        next(&self.output, "a line of standard output")
    }

    /// The next line of standard error, without its LF.
    ///
    /// # Panics
    ///
    /// If there is none within [`PATIENCE`].
    pub fn error_line(&self) -> String {
        next(&self.errors, "a line of standard error")
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

    /// Waits for the end of the program. Its input is left open, unless it was
    /// ended.
    ///
    /// # Panics
    ///
    /// If it does not end within [`PATIENCE`] or was ended by a signal.
    pub fn wait(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let output = rest(&self.output, deadline);
        let errors = String::from_utf8_lossy(&rest(&self.errors, deadline)).into_owned();
        // Both outputs are closed, and a program does that with its last breath.
        let status = self.child.wait().expect("the program is our child");
        let code = status.code().unwrap_or_else(|| panic!("{status}, after {errors}"));
        Ended { code, output, errors }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if it has ended already, which is what we want.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes in a thread, so that a program that does not read keeps nobody waiting.
fn typist(mut pipe: impl Write + Send + 'static) -> Sender<Vec<u8>> {
    let (sender, pieces) = mpsc::channel::<Vec<u8>>();
    thread::spawn(move || pieces.iter().try_for_each(|piece| pipe.write_all(&piece)));
    sender
}

/// Reads lines in a thread, so that waiting for one can have a bound.
fn lines(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, lines) = mpsc::channel();
    if let Some(pipe) = pipe {
        thread::spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while let Ok(1..) = pipe.read_until(b'\n', &mut line) {
                if sender.send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
        });
    }
    lines
}

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

/// A server program on a free port.
pub struct Server {
    /// The program.
    pub running: Running,
    /// Where it listens, as it said.
    pub address: String,
    /// The second line that it printed: how to talk to it.
    pub try_it: String,
}

impl Server {
    /// Starts the server `name` and reads the two lines that it prints.
    ///
    /// # Panics
    ///
    /// If it does not say where it listens.
    pub fn start(name: &str, options: &[&str]) -> Server {
        Server::spawn(name, command(name, &[&["127.0.0.1:0"], options].concat()))
    }

    /// Starts a server from what was made by [`command`] and perhaps changed.
    ///
    /// # Panics
    ///
    /// If it does not say where it listens.
    pub fn spawn(name: &str, command: Command) -> Server {
        let running = Running::spawn(command);
        let line = running.line();
        let address = listening_on(&line).unwrap_or_else(|| panic!("{name} says: {line}"));
        let address = address.to_string();
        let try_it = running.line();
        Server { running, address, try_it }
    }
}
