//! Greets and echoes, for ever, one client at a time.

use ch02::{greet_and_echo, serve};
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch02",
    about: "Greets each client and sends back what they send, one at a time.",
    port: 8002,
    try_it: "talk to it with `cargo run --bin client -- {address}`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        serve(listener.incoming(), greet_and_echo);
        Ok(())
    })
}
