//! The greeting and the picture, behind a parser that knows what it refuses.

use ch07::HttpServer;
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch07",
    about: "Chapter 6's answers, and a status for every request that is malformed.",
    port: 8007,
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
