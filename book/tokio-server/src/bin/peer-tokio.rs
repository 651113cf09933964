//! The server as `cargo workbook bench --peers` measures it: as `bench-server` does the chapters'.

use anyhow::Result;
use ch16::{Listing, Response, path, serve_static};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use tokio_server::HttpServer;

const PROGRAM: Program = Program {
    name: "peer-tokio",
    about: "Serves a page in memory at /page, and a folder, with chapter 16's server on tokio.",
    port: 8026,
    try_it: "try `curl -i http://{address}/page`",
    options: &[("--directory DIR", "the folder to serve; without it, the current one")],
};

/// How many clients there may be at once.
const ROOM: usize = 20_000;

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let folder = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    let mut server = HttpServer::default();
    server.limits.connections = ROOM;
    server.limits.connections_per_network = ROOM;
    server.register(path("/page"), |_| Ok(Response::text("Hi there!\n")));
    let (pattern, files) = serve_static("/", folder, Listing::Shown);
    server.register(pattern, files);
    let runtime = server.runtime()?;
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    server.serve(runtime, listener)
}
