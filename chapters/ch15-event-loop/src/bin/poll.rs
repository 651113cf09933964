//! Chapter 1's echo for any number of clients, by the smallest event loop.

use ch15::echo_by_poll;
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "poll",
    about: "Sends back what clients send, to all of them in one thread, by asking the kernel.",
    port: 8115,
    try_it: "try `cargo run --bin client -- {address}`, several times at once",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        Ok(echo_by_poll(&listener, || false)?)
    })
}
