//! Serves one visitor, then ends.

use ch01::program::Program;
use ch01::{log, serve_one};
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch01",
    about: "Sends back everything that one visitor sends, then ends.",
    port: 8001,
    try_it: "talk to it with `cargo run --bin client -- {address}`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|listener, _| {
        let count = serve_one(listener)?;
        log(format_args!("ch01: sent back {count} bytes"));
        Ok(())
    })
}
