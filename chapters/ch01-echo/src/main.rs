//! Serves one client, then ends.

use ch01::serve_one;
use program::{Program, log};
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch01",
    about: "Sends back everything that one client sends, then ends.",
    port: 8001,
    try_it: "talk to it with `cargo run --bin client -- {address}`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        // In Rust `bind` does three things: make the socket, bind it to the address,
        // listen. On Unix it also sets SO_REUSEADDR: without it the system keeps the
        // port of a server that has ended for a minute. How many connections may wait
        // to be accepted (the backlog) is chosen by the standard library.
        let bound = TcpListener::bind(&arguments.address);
        let listener = arguments.announce(bound)?;
        let count = serve_one(listener)?;
        log(format_args!("ch01: sent back {count} bytes"));
        Ok(())
    })
}
