//! Chapter 3's program, with your code in it.

use ch03::{echo_lines, echo_lines_in_time, serve, serve_at_most};
use program::{Arguments, Program};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const PROGRAM: Program = Program {
    name: "ex03",
    about: "Sends back each line of every client; the line `done` says goodbye.",
    port: 8003,
    try_it: "talk to it with `cargo run --bin client -- {address}`",
    options: &[
        ("--seats N", "at most N clients at once"),
        ("--patience MS", "each line must be there within so many milliseconds"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        let (seats, patience) = (number(arguments, "--seats"), number(arguments, "--patience"));
        let patience = patience.map(|number| Duration::from_millis(number as u64));
        run(listener, seats, patience);
        Ok(())
    })
}

fn run(listener: TcpListener, seats: Option<usize>, patience: Option<Duration>) {
    let on_connect = |conn: TcpStream| match patience {
        Some(patience) => echo_lines_in_time(conn, patience, Instant::now),
        None => echo_lines(conn),
    };
    match seats {
        Some(seats) => serve_at_most(seats, listener.incoming(), on_connect),
        None => serve(listener.incoming(), on_connect),
    }
}

/// The value of an option, if it is a number.
fn number(arguments: &Arguments, name: &str) -> Option<usize> {
    arguments.value(name)?.to_str()?.parse().ok()
}
