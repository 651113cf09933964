//! Applications, with your code between them and the client.

mod site;

use anyhow::{Context, Result};
use ch17::{HttpServer, Limits, caught, gateway, respond, serve, uwsgi};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex17",
    about: "Serves the applications /hello, /numbers, /count, /script, /params and /again.",
    port: 8017,
    try_it: "try `curl -i http://{address}/hello?name=Ann`",
    options: &[
        ("--responder", "speak FastCGI with a web server: behind nginx's fastcgi_pass"),
        ("--uwsgi", "speak uwsgi with a web server: behind nginx's uwsgi_pass"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(run)
}

fn run(arguments: &Arguments) -> Result<()> {
    let site = caught(false, site::site());
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    if arguments.has("--responder") {
        serve(listener.incoming(), &Limits::default(), |conn, _| respond(&site, conn));
    } else if arguments.has("--uwsgi") {
        serve(listener.incoming(), &Limits::default(), |conn, _| uwsgi(&site, conn));
    } else {
        let address = listener.local_addr().context("cannot tell the address")?;
        let answer = gateway(address, site);
        let mut server = HttpServer::default();
        server.register_reading(|_| true, move |request, body| answer(request, body));
        server.serve(listener.incoming());
    }
    Ok(())
}
