//! Greets and echoes, for ever, one visitor at a time.

use ch02::program::Program;
use ch02::{greet_and_echo, serve};
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch02",
    about: "Greets each visitor and sends back what they send, one at a time.",
    port: 8002,
    try_it: "talk to it with `cargo run --bin client -- {address}`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|listener, _| {
        serve(listener.incoming(), greet_and_echo);
        Ok(())
    })
}
