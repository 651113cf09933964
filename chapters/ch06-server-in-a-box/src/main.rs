//! The greeting and the picture again, for many clients at once.

use ch06::HttpServer;
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch06",
    about: "Chapter 5's answers, for many clients at once, within limits.",
    port: 8006,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        HttpServer::default().serve(listener.incoming());
        Ok(())
    })
}
