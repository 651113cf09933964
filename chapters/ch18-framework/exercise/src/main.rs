//! A site, with your code between it and the client.

mod extensions;
mod site;

use anyhow::{Context, Result};
use ch18::{HttpServer, gateway};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex18",
    about: "Serves /hello/NAME, /files/PATH, /form, /note, /made, /upload and /once/KEY.",
    port: 8018,
    try_it: "try `curl -i http://{address}/hello/Ann`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(run)
}

fn run(arguments: &Arguments) -> Result<()> {
    let mut site = site::site()?;
    extensions::add_to(&mut site)?;
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let address = listener.local_addr().context("cannot tell the address")?;
    let answer = gateway(address, site);
    let mut server = HttpServer::default();
    server.register_reading(|_| true, move |request, body| answer(request, body));
    server.serve(listener.incoming());
    Ok(())
}
