//! Chapter 4's program, with your code in it.

use ch04::{Outlet, Room, serve, serve_direct};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex04",
    about: "A chat room: each line goes to everybody else.",
    port: 8004,
    try_it: "join twice or more with `cargo run --bin client -- {address}`",
    options: &[
        ("--direct", "write to each member directly: one who does not read freezes the room"),
        ("--seats N", "at most N members at once"),
        ("--remember N", "tell a newcomer the last N lines"),
    ],
};

/// How many may chat at once, if nothing else is said; the next client is told `full`.
const SEATS: usize = 50;

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        if arguments.has("--direct") {
            serve_direct(listener.incoming(), &room(arguments));
        } else {
            serve(listener.incoming(), &room(arguments));
        }
        Ok(())
    })
}

/// The room that was asked for.
fn room<O: Outlet>(arguments: &Arguments) -> Room<O> {
    let seats = number(arguments, "--seats").unwrap_or(SEATS);
    match number(arguments, "--remember") {
        Some(lines) => Room::remembering(seats, lines),
        None => Room::new(seats),
    }
}

/// The value of an option, if it is a number.
fn number(arguments: &Arguments, name: &str) -> Option<usize> {
    arguments.value(name)?.to_str()?.parse().ok()
}
