//! Procedures that programs call, with your code between them and the callers.

mod extensions;

use anyhow::{Context, Result, anyhow};
use ch18::{App, Application, Environ, HttpServer, gateway};
use program::{Arguments, Program};
use std::io::Read;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::LazyLock;

const PROGRAM: Program = Program {
    name: "ex21",
    about: "Takes orders from programs at /rpc, and shows them at /; has /once and /batch besides.",
    port: 8021,
    try_it: "try `cargo run --bin call -- http://{address}/rpc sample.add 2 3`",
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
    let mut site = ch21::shop()?;
    extensions::add_to(&mut site)?;
    Ok(site)
}
