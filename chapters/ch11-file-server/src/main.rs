//! A folder with listings: in pieces, and again only if it has changed.

use anyhow::{Result, bail};
use ch11::{HttpServer, Listing, serve_static};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch11",
    about: "Serves a folder: its files, parts of them, and listings.",
    port: 8011,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[
        ("--directory DIR", "the folder to serve; without it, the current one"),
        ("--list", "list what is in a folder that has no index.html (the default)"),
        ("--no-list", "do not"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let directory = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    if !directory.is_dir() {
        bail!("there is no folder {}; name one with --directory DIR", directory.display());
    }
    let listing = match arguments.has("--no-list") {
        true => Listing::Hidden,
        false => Listing::Shown,
    };
    let (pattern, handler) = serve_static("/", directory, listing);
    let mut server = HttpServer::default();
    server.register(pattern, handler);
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    server.serve(listener.incoming());
    Ok(())
}
