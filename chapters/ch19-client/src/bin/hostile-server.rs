//! A server that no client should trust.

use anyhow::Result;
use ch19::misbehave;
use program::{Arguments, Program, log};
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;

const PROGRAM: Program = Program {
    name: "hostile-server",
    about: "Answers as no server should: too much, too little, too late, or nonsense.",
    port: 8119,
    try_it: "try `cargo run --bin fetch -- http://{address}/`, which lists what it does",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    for stream in listener.incoming() {
        let stream = stream?;
        thread::Builder::new().spawn(move || {
            if let Err(error) = misbehave(&stream) {
                log(format_args!("a client has had enough: {error}"));
            }
        })?;
    }
    Ok(())
}
