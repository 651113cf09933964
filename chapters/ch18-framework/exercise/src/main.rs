//! A site, with your code between it and the client.

mod extensions;
mod site;

use anyhow::{Context, Result, anyhow};
use ch18::{App, Application, Environ, HttpServer, gateway};
use program::{Arguments, Program};
use std::io::Read;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::LazyLock;

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
    // Made when the first client comes: what is not written yet is its error, and not the end of
    // the program.
    let site = LazyLock::new(make_site);
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let address = listener.local_addr().context("cannot tell the address")?;
    let answer = gateway(address, move |environ: &Environ, input: &mut dyn Read| match &*site {
        Ok(site) => site.answer(environ, input),
        Err(error) => Err(anyhow!("{error:#}")),
    });
    let mut server = HttpServer::default();
    server.register_reading(|_| true, move |request, body| answer(request, body));
    server.serve(listener.incoming());
    Ok(())
}

fn make_site() -> Result<App> {
    let mut site = site::site()?;
    extensions::add_to(&mut site)?;
    Ok(site)
}
