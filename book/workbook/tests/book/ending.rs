//! Ctrl-C ends `workbook read` and every server that it started; whoever is being served may
//! finish.

use crate::sample::Sample;
use launch::{ProcessGroup, Which, lines};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::Duration;
use workbook::course::checkout::Checkout;
use workbook::system::programs::build;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// `workbook read` on a port that is free.
struct Reading {
    group: ProcessGroup,
    lines: Receiver<String>,
    address: String,
}

impl Reading {
    fn start(course: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
        command.args(["read", "--port", "0"]).current_dir(course);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut group = ProcessGroup::start(&mut command).unwrap();
        let lines = lines(group.child().stdout.take().unwrap(), u64::MAX).unwrap();
        let line = lines.recv_timeout(PATIENCE).unwrap();
        let (_, rest) = line.split_once("http://").unwrap();
        let address = rest.split('/').next().unwrap().to_owned();
        Self { group, lines, address }
    }

    /// Sends a head with the fields that the book asks for.
    fn ask(&self, request_line: &str, fields: &str) -> BufReader<TcpStream> {
        let mut conn = TcpStream::connect(&self.address).unwrap();
        conn.set_read_timeout(Some(PATIENCE)).unwrap();
        let request = format!("{request_line} HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", self.address);
        conn.write_all(request.as_bytes()).unwrap();
        BufReader::new(conn)
    }

    /// Sends bytes for chapter 2 to the console, but for their last one, when it is certain that
    /// the server waits for them.
    fn begin_console(&self) -> BufReader<TcpStream> {
        let fields = "Content-Length: 5\r\nExpect: 100-continue\r\n";
        let mut conn = self.ask("POST /workbook/wire/ch02", fields);
        assert_eq!(head(&mut conn), "HTTP/1.1 100 Continue\r\n\r\n");
        conn.get_mut().write_all(b"hell").unwrap();
        conn
    }

    fn interrupt(&self) {
        kill(Pid::from_raw(self.group.id().cast_signed()), Signal::SIGINT).unwrap();
    }

    /// Waits until it says that it is stopping.
    fn wait_for_stop(&self) {
        while !self.lines.recv_timeout(PATIENCE).unwrap().contains("stopping: ") {}
    }

    fn exit_code(mut self) -> Option<i32> {
        self.group.child().wait().unwrap().code()
    }
}

fn head(conn: &mut impl BufRead) -> String {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(conn.read_line(&mut head).unwrap(), 0, "cut: {head}");
    }
    head
}

/// The whole of the next answer on a connection, as JSON, and whether it is the last one.
fn answer(conn: &mut impl BufRead) -> (serde_json::Value, bool) {
    let head = head(conn);
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let (_, length) = head.split_once("\r\nContent-Length: ").unwrap();
    let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
    conn.read_exact(&mut body).unwrap();
    (serde_json::from_slice(&body).unwrap(), head.contains("\r\nConnection: close\r\n"))
}

/// The whole of the last answer on a connection, behind which nothing comes.
fn last_answer(conn: &mut impl BufRead) -> serde_json::Value {
    let (answer, is_last) = answer(conn);
    assert!(is_last, "{answer}");
    let mut rest = Vec::new();
    conn.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty(), "{rest:?}");
    answer
}

#[test]
fn at_ctrl_c_whoever_is_being_served_gets_the_whole_answer_and_then_all_ends() {
    // No answer waits for the compiler.
    build(&Checkout::find().unwrap(), Which::One("ch02"), false).unwrap();
    let reading = Reading::start(Path::new(env!("CARGO_MANIFEST_DIR")));
    // Nor, at the end, for chapter 2's server to start: there is a time after which all are cut
    // off.
    let mut console = reading.begin_console();
    console.get_mut().write_all(b"o").unwrap();
    answer(&mut console);
    let mut console = reading.begin_console();
    // What a page that is open has always asked for.
    let mut first = reading.ask("GET /workbook/news?since=0", "Connection: close\r\n");
    let seen = last_answer(&mut first)["build"].clone();
    // Two requests in one write: whoever has the answer to the first knows that the server has the
    // second one too.
    let both = format!(
        "GET /workbook/news?since=0 HTTP/1.1\r\nHost: {}\r\n\r\nGET /workbook/news?since={seen}",
        reading.address
    );
    let mut waiting = reading.ask(&both, "");
    let (first, is_last) = answer(&mut waiting);
    assert!(first["build"] == seen && !is_last, "{first}");

    reading.interrupt();
    reading.wait_for_stop();
    assert!(last_answer(&mut waiting)["build"].is_number());
    console.get_mut().write_all(b"o").unwrap();
    let seen = last_answer(&mut console);
    // Chapter 2 greets, and then waits: it runs until it is ended.
    assert_eq!(seen["ended"], "open", "{seen}");
    let port = u16::try_from(seen["port"].as_u64().unwrap()).unwrap();
    assert_eq!(reading.exit_code(), Some(0));
    if seen["own"] == false {
        let left = TcpStream::connect(("127.0.0.1", port));
        assert!(left.is_err(), "the server of chapter 2 has outlived the workbook");
    }
}

#[test]
fn a_second_ctrl_c_ends_all() {
    let sample = Sample::new();
    let reading = Reading::start(&sample.checkout().root);
    let mut console = reading.begin_console();
    reading.interrupt();
    reading.wait_for_stop();
    reading.interrupt();
    assert_eq!(reading.exit_code(), Some(130));
    assert_eq!(console.read_to_end(&mut Vec::new()).unwrap_or(0), 0);
}
