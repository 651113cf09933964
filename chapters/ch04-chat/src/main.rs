//! A chat room.

use ch04::{Room, serve, serve_direct};
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch04",
    about: "A chat room: each line goes to everybody else.",
    port: 8004,
    try_it: "join twice or more with `cargo run --bin client -- {address}`",
    options: &[(
        "--direct",
        "write to each member directly: one who does not read freezes the room",
    )],
};

/// How many may chat at once; the next client is told `full`.
const SEATS: usize = 50;

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        if arguments.has("--direct") {
            serve_direct(listener.incoming(), &Room::new(SEATS));
        } else {
            serve(listener.incoming(), &Room::new(SEATS));
        }
        Ok(())
    })
}
