//! Programs of the chapter that run, what they say, and clients of theirs.

use launch::{ProcessGroup, lines, listening_on};
use mock::{Reply, patience};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// How long a program is waited for, at each line and at its end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program that runs. Dropping it ends it; workers find out, and end too.
pub struct Started {
    group: ProcessGroup,
    errors: Receiver<String>,
    pub address: SocketAddr,
}

/// The program at `path`, with nothing to read.
fn spawn(path: &str, arguments: &[&str]) -> (ProcessGroup, Receiver<String>, Receiver<String>) {
    let mut command = Command::new(path);
    command.args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = ProcessGroup::start(&mut command).unwrap();
    let output = lines(group.child().stdout.take().unwrap(), u64::MAX).unwrap();
    let errors = lines(group.child().stderr.take().unwrap(), u64::MAX).unwrap();
    (group, output, errors)
}

/// The exit code of a program that does not listen, and what it says about it.
pub fn refusal(path: &str, arguments: &[&str]) -> (i32, String) {
    let (mut group, _, errors) = spawn(path, arguments);
    let said = rest(&errors).join("\n");
    (group.child().wait().unwrap().code().unwrap(), said)
}

/// What is still said, until all have gone who could say something.
fn rest(lines: &Receiver<String>) -> Vec<String> {
    let mut rest = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => rest.push(line),
            Err(RecvTimeoutError::Disconnected) => return rest,
            Err(RecvTimeoutError::Timeout) => panic!("it does not end: {rest:?}"),
        }
    }
}

impl Started {
    /// The server at `path`, on a port of its own, once it listens.
    pub fn new(path: &str, arguments: &[&str]) -> Self {
        let (group, output, errors) = spawn(path, &[&["127.0.0.1:0"], arguments].concat());
        let line = output.recv_timeout(PATIENCE).expect("it says that it listens");
        let address = listening_on(&line).unwrap_or_else(|| panic!("it says: {line}"));
        Self { group, errors, address }
    }

    /// `prefork` with so many workers, and their numbers, when all of them are ready.
    pub fn prefork(workers: usize) -> (Self, Vec<u32>) {
        let count = workers.to_string();
        let started = Self::new(env!("CARGO_BIN_EXE_prefork"), &["--workers", &count]);
        let workers = started.workers_who("is ready", workers);
        (started, workers)
    }

    /// The proxy.
    pub fn proxy(arguments: &[&str]) -> Self {
        Self::new(env!("CARGO_BIN_EXE_ch20"), arguments)
    }

    pub fn id(&self) -> u32 {
        self.group.id()
    }

    pub fn signal(&self, signal: Signal) {
        send_signal(self.id(), signal);
    }

    /// The next line of the log that `is_meant`.
    #[track_caller]
    pub fn line(&self, is_meant: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.errors.recv_timeout(PATIENCE).expect("a line of the log");
            if is_meant(&line) {
                return line;
            }
        }
    }

    /// The process ids of the next `count` workers of whom `what` is said: `worker 42 is ready`.
    #[track_caller]
    pub fn workers_who(&self, what: &str, count: usize) -> Vec<u32> {
        let number =
            |line: &str| line.strip_prefix("worker ")?.strip_suffix(what)?.trim_end().parse().ok();
        (0..count).map(|_| number(&self.line(|line| number(line).is_some())).unwrap()).collect()
    }

    /// Waits for its end, and that of all who have its standard error; returns the exit code and
    /// the rest of the log.
    pub fn end(mut self) -> (Option<i32>, Vec<String>) {
        let said = rest(&self.errors);
        (self.group.child().wait().unwrap().code(), said)
    }
}

pub fn send_signal(process: u32, signal: Signal) {
    kill_process(Pid::from_raw(process as i32).unwrap(), signal).unwrap();
}

/// A client that keeps its connection.
pub struct PersistentClient {
    stream: TcpStream,
    received: Vec<u8>,
}

impl PersistentClient {
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect_timeout(&address, patience()).unwrap();
        stream.set_read_timeout(Some(patience())).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, received: Vec::new() }
    }

    /// Asks; it fails if the connection has ended.
    pub fn send(&mut self, request: &str) -> io::Result<()> {
        self.stream.write_all(request.as_bytes())
    }

    /// The next answer; `None` if the connection ends before a byte of it has come.
    #[track_caller]
    pub fn answer(&mut self) -> Option<Reply> {
        loop {
            match Reply::try_parse_first(&self.received, false, false) {
                Ok(Some((reply, length))) => {
                    self.received.drain(..length);
                    return Some(reply);
                }
                Ok(None) => {}
                Err(error) => panic!("{error}: {}", self.received.escape_ascii()),
            }
            let mut piece = [0; 4096];
            match self.stream.read(&mut piece) {
                Ok(count) if count > 0 => self.received.extend(&piece[..count]),
                Err(error) if is_late(&error) => panic!("no answer in time"),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Its end, or a reset.
                _ if self.received.is_empty() => return None,
                _ => panic!("an answer breaks off: {}", self.received.escape_ascii()),
            }
        }
    }

    /// Asks in such a way that it is sure that a worker has the request, and works on it: it has
    /// said that it wants the body. A request that a worker has not read when it leaves is lost,
    /// and may be, since a kept connection may end at any time.
    #[track_caller]
    pub fn begin(&mut self, target: &str) {
        let fields = "Host: a.example\r\nContent-Length: 1\r\nExpect: 100-continue";
        self.send(&format!("POST {target} HTTP/1.1\r\n{fields}\r\n\r\n")).unwrap();
        let mut go_on = [0; 25];
        self.stream.read_exact(&mut go_on).unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        self.send("x").unwrap();
    }

    /// Asks, and expects an answer.
    #[track_caller]
    pub fn ask(&mut self, target: &str) -> Reply {
        self.send(&get(target)).unwrap();
        self.answer().expect("an answer")
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

pub fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a.example\r\n\r\n")
}

/// Asks on a connection of its own.
#[track_caller]
pub fn ask_once(address: SocketAddr, target: &str) -> Reply {
    let mut client = PersistentClient::connect(address);
    client
        .send(&format!("GET {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"))
        .unwrap();
    client.answer().expect("an answer")
}

/// Which worker has answered: `worker 42 was asked`.
#[track_caller]
pub fn worker(reply: &Reply) -> u32 {
    assert_eq!(reply.status, 200);
    reply.text().split(' ').nth(1).unwrap().parse().unwrap()
}
