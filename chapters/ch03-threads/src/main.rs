//! Echoes lines, a thread per client, until it says `done`.

use ch03::{echo_lines, serve};
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch03",
    about: "Sends back each line of every client; the line `done` says goodbye.",
    port: 8003,
    try_it: "talk to it with `cargo run --bin client -- {address}`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        serve(listener.incoming(), echo_lines);
        Ok(())
    })
}
