//! Ctrl-C ends `workbook read` and every server that it started.
#![cfg(unix)]

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use workbook::system::process::ProcessGroup;

#[test]
fn ctrl_c_ends_the_servers_that_were_started_for_the_console() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
    command.args(["read", "--port", "0"]).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut reading = ProcessGroup::start(&mut command).unwrap();
    let mut output = BufReader::new(reading.child().stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let (_, rest) = line.split_once("http://").unwrap();
    let address = rest.split('/').next().unwrap().to_owned();
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));

    // Chapter 2 greets, and then waits: it runs until it is ended.
    let body = b"hello";
    let request = format!(
        "POST /workbook/wire/ch02 HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut conn = TcpStream::connect(&address).unwrap();
    // Chapter 2 may have to be compiled first.
    conn.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    conn.write_all(request.as_bytes()).unwrap();
    conn.write_all(body).unwrap();
    let mut answer = String::new();
    conn.read_to_string(&mut answer).unwrap();
    let (_, json) = answer.split_once("\r\n\r\n").unwrap();
    let seen: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(seen["ended"], "open", "{answer}");
    let port = u16::try_from(seen["port"].as_u64().unwrap()).unwrap();

    let pid = Pid::from_raw(i32::try_from(reading.id()).unwrap());
    kill(pid, Signal::SIGINT).unwrap();
    let status = reading.child().wait().unwrap();
    assert_eq!(status.code(), Some(130));
    if seen["own"] == false {
        let left = TcpStream::connect(("127.0.0.1", port));
        assert!(left.is_err(), "the server of chapter 2 has outlived the workbook");
    }
}
