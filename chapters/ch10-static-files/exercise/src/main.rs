//! Chapter 10's program, with your code in it.

use anyhow::{Result, bail};
use ch10::{HttpError, HttpServer, hidden, serve_static, serve_with_redirects};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex10",
    about: "Serves the files of a folder, and nothing else.",
    port: 8010,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[
        ("--directory DIR", "the folder to serve, its index.html for /; without it, a sample"),
        ("--redirect", "send who forgets the slash behind a folder to the name with it"),
        ("--hide", "find nothing whose name begins with a dot"),
    ],
};

/// What is served if no folder is named.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../site");

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let directory = Path::new(arguments.value("--directory").unwrap_or(SAMPLE.as_ref()));
    if !directory.is_dir() {
        bail!("there is no folder {}; name one with --directory DIR", directory.display());
    }
    let mut server = HttpServer::default();
    if arguments.has("--hide") {
        // Before the files, since the first pattern that matches decides.
        server.register(hidden, |_| Err(HttpError(404))?);
    }
    if arguments.has("--redirect") {
        let (pattern, handler) = serve_with_redirects("/", directory);
        server.register(pattern, handler);
    } else {
        let (pattern, handler) = serve_static("/", directory);
        server.register(pattern, handler);
    }
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    server.serve(listener.incoming());
    Ok(())
}
