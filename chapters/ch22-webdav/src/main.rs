//! A folder that clients may write to.

use anyhow::{Context, Result};
use ch22::{HttpServer, Store, dav, stop_at_ctrl_c};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch22",
    about: "Serves a folder that clients may write to (WebDAV).",
    port: 8022,
    try_it: "try `curl -i -T README.md http://{address}/` and open http://{address}/",
    options: &[("--directory DIR", "the folder, which is made if it is not there; else files")],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let folder = Path::new(arguments.value("--directory").unwrap_or("files".as_ref()));
    let mut server = HttpServer::default();
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        let (pattern, handler) = dav("/", Store::open(folder)?);
        server.register_reading(pattern, handler);
        stop_at_ctrl_c(&server, listener.local_addr().context("cannot tell the address")?)?;
    }
    let listener = arguments.announce(listener)?;
    server.serve(server.stop.accept_from(listener));
    Ok(())
}
