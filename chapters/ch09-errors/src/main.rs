//! Handlers that fail in every way, and one that is too obliging.

use anyhow::{Context, Result};
use ch09::{HttpError, HttpServer, Request, Response, careless_files, path, prefix};
use program::Program;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch09",
    about: "Files below /, and handlers that fail: /menu, /panic, /teapot.",
    port: 8009,
    try_it: "open http://{address}/index.html or try `curl -i http://{address}/menu`",
    options: &[("--no-debug", "show no tracebacks to clients")],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        let mut server = HttpServer::default();
        server.debug = !arguments.has("--no-debug");
        server.register(path("/menu"), menu);
        server.register(path("/panic"), |_| panic!("no soup today"));
        server.register(path("/teapot"), |_| Err(HttpError(418))?);
        let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("site");
        server.register(prefix("/"), careless_files(&site));
        server.serve(listener.incoming());
        Ok(())
    })
}

fn menu(_: &Request) -> Result<Response> {
    let price = price_of("soup")?;
    Ok(Response::text(format!("soup: {price} cents\n")))
}

fn price_of(line: &str) -> Result<u32> {
    line.parse::<u32>().context("the price of the soup")
}
