//! Two handlers that take a second: one where it keeps everybody waiting, one where it does not.

use anyhow::{Context, Result};
use ch15::{HttpServer, Request, Response, path};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

const PROGRAM: Program = Program {
    name: "slow",
    about: "Answers / at once, /in-the-loop and /by-a-worker after a second.",
    port: 8415,
    try_it: "try `curl http://{address}/`, and the other two meanwhile",
    options: &[
        ("--workers N", "how many threads may wait; without it, 2"),
        ("--queue N", "how many requests may wait for one of these; without it, 2"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let mut server = HttpServer::default();
    server.limits.workers = number(arguments, "--workers")?;
    server.limits.queue = number(arguments, "--queue")?;
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    server.register(path("/in-the-loop"), take_a_second);
    server.register_waiting(path("/by-a-worker"), take_a_second);
    server.serve(arguments.announce(TcpListener::bind(&arguments.address))?)
}

/// Waits, as for a database on another machine.
fn take_a_second(_: &Request) -> Result<Response> {
    thread::sleep(Duration::from_secs(1));
    Ok(Response::text("after a second\n"))
}

fn number(arguments: &Arguments, name: &str) -> Result<usize> {
    let Some(value) = arguments.value(name) else { return Ok(2) };
    let value = value.to_string_lossy();
    value.parse().with_context(|| format!("{name} wants a number, and {value} is none"))
}
