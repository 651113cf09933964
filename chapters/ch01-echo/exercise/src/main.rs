//! Chapter 1's program, with your code in it.

use ch01::{echo_and_count, echo_until_parting, serve_one};
use program::{Program, log};
use std::io::{self, Write};
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex01",
    about: "Sends back everything that one client sends, then ends.",
    port: 8001,
    try_it: "talk to it with `cargo run --bin client -- {address}`",
    options: &[
        ("--count", "tell the client at the end how many bytes they sent"),
        ("--parting", "log how the client left, and tell it to the next one"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        if arguments.has("--parting") {
            return Ok(tell_the_next(listener)?);
        }
        let count = match arguments.has("--count") {
            true => echo_and_count(listener.accept()?.0)?,
            false => serve_one(listener)?,
        };
        log(format_args!("ex01: sent back {count} bytes"));
        Ok(())
    })
}

/// Serves one client, and tells the next one how it left: whoever is gone cannot be told.
fn tell_the_next(listener: TcpListener) -> io::Result<()> {
    let (conn, _address) = listener.accept()?;
    let visit = echo_until_parting(conn)?;
    log(format_args!("ex01: {visit}"));
    let (mut next, _address) = listener.accept()?;
    writeln!(next, "{visit}")
}
