//! Connects, sends what is typed or piped, and prints what comes back.

use anyhow::{Context, Result};
use program::client::{LineEnd, receive, send};
use program::{Arguments, Program, log};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;

const PROGRAM: Program = Program {
    name: "client",
    about: "Connects, sends what is typed or piped, and prints what comes back.\n\
            Ctrl-D (on Windows Ctrl-Z and Enter) says that you have sent all.",
    port: 8001,
    try_it: "",
    options: &[
        ("--crlf", "end each line with CR LF, as HTTP wants it"),
        ("--keep-open", "do not close the sending side when the input ends"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(converse)
}

fn converse(arguments: &Arguments) -> Result<()> {
    let address = &arguments.address;
    let conn = TcpStream::connect(address)
        .with_context(|| format!("cannot connect to {address} (is the server running?)"))?;
    log(format_args!("client: connected to {address}"));

    let line_end = if arguments.has("--crlf") { LineEnd::CrLf } else { LineEnd::AsTyped };
    let keep_open = arguments.has("--keep-open");
    let sending_half = conn.try_clone()?;
    let sending = thread::Builder::new().spawn(move || {
        send(io::stdin(), &sending_half, line_end)?;
        match keep_open {
            true => Ok(()),
            // The half-close: "I have sent all; I am still listening."
            false => sending_half.shutdown(Shutdown::Write),
        }
    })?;

    let mut result = receive(&conn, io::stdout());
    // That a connection was reset is told once, to the half that asks first.
    if result.is_ok() && sending.is_finished() {
        result = sending.join().unwrap_or(Ok(()));
    }
    result.context("the connection broke")?;
    log("client: the server closed the connection");
    Ok(())
    // If the sending half still waits for the keyboard, it ends with the program.
}
