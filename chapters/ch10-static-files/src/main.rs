//! A file server in one line.

use anyhow::{Result, bail};
use ch10::{HttpServer, serve_static};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch10",
    about: "Serves the files of a folder, and nothing else.",
    port: 8010,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[(
        "--directory DIR",
        "the folder to serve, its index.html for /; without it, a sample",
    )],
};

/// What is served if no folder is named.
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/site");

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let directory = Path::new(arguments.value("--directory").unwrap_or(SAMPLE.as_ref()));
    if !directory.is_dir() {
        bail!("there is no folder {}; name one with --directory DIR", directory.display());
    }
    let (pattern, handler) = serve_static("/", directory);
    let mut server = HttpServer::default();
    server.register(pattern, handler);
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    server.serve(listener.incoming());
    Ok(())
}
