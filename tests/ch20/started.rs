//! Programs of the chapter that run, what they say, and clients of theirs.

use launch::Running;
use mock::{Reply, TcpClient, assert_bytes};
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

/// A program that runs. Dropping it ends it; workers find out, and end too.
pub struct Started {
    pub running: Running,
    pub address: SocketAddr,
}

/// The program at `path`, with nothing to read.
fn start(path: &str, arguments: &[&str]) -> Running {
    let mut command = Command::new(path);
    command.args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Running::start(command)
}

/// The exit code of a program that does not listen, and what it says about it.
pub fn refusal(path: &str, arguments: &[&str]) -> (i32, String) {
    let ended = start(path, arguments).wait();
    (ended.code, ended.errors)
}

impl Started {
    /// The server at `path`, on a port of its own, once it listens.
    pub fn new(path: &str, arguments: &[&str]) -> Self {
        let running = start(path, &[&["127.0.0.1:0"], arguments].concat());
        Self { address: running.address(), running }
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

    pub fn signal(&self, signal: Signal) {
        send_signal(self.running.id(), signal);
    }

    /// The next line of the log that `is_meant`.
    #[track_caller]
    pub fn line(&self, is_meant: impl Fn(&str) -> bool) -> String {
        loop {
            let line = self.running.error_line();
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
}

pub fn send_signal(process: u32, signal: Signal) {
    kill_process(Pid::from_raw(process as i32).unwrap(), signal).unwrap();
}

/// A client that keeps its connection.
pub struct PersistentClient(TcpClient);

impl PersistentClient {
    pub fn connect(address: SocketAddr) -> Self {
        Self(TcpClient::connect(address))
    }

    /// Asks; it fails if the connection has ended.
    pub fn send(&mut self, request: &str) -> io::Result<()> {
        self.0.try_send(request)
    }

    /// The next answer; `None` if the connection ends before a byte of it has come.
    #[track_caller]
    pub fn answer(&mut self) -> Option<Reply> {
        match self.0.read_reply() {
            Ok(reply) => Some(reply),
            Err(part) if part.is_empty() => None,
            Err(part) => panic!("an answer breaks off: {}", part.escape_ascii()),
        }
    }

    /// Asks in such a way that it is sure that a worker has the request, and works on it: it has
    /// said that it wants the body. A request that a worker has not read when it leaves is lost,
    /// and may be, since a kept connection may end at any time.
    #[track_caller]
    pub fn begin(&mut self, target: &str) {
        let fields = "Host: a.example\r\nContent-Length: 1\r\nExpect: 100-continue";
        self.send(&format!("POST {target} HTTP/1.1\r\n{fields}\r\n\r\n")).unwrap();
        assert_bytes!(self.0.read_exact(25), b"HTTP/1.1 100 Continue\r\n\r\n");
        self.send("x").unwrap();
    }

    /// Asks, and expects an answer.
    #[track_caller]
    pub fn ask(&mut self, target: &str) -> Reply {
        self.send(&get(target)).unwrap();
        self.answer().expect("an answer")
    }
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
