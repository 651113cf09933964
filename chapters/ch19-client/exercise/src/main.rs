//! A client of yours, and a server that says what the request has written down.

mod extensions;
mod scripted;
mod site;

use anyhow::Result;
use ch18::HttpServer;
use program::{Arguments, Program};
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex19",
    about: "Lets your client ask a scripted server: /asked, /deadline, /patient and /cached.",
    port: 8019,
    try_it: "try `curl -i http://{address}/`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(run)
}

fn run(arguments: &Arguments) -> Result<()> {
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let mut server = HttpServer::default();
    site::add_to(&mut server);
    extensions::add_to(&mut server);
    server.serve(listener.incoming());
    Ok(())
}
