//! Webdav.

use ch22::{HttpServer, Response, idea, path};
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex22",
    about: "Tells an idea.",
    port: 8022,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        let mut server = HttpServer::default();
        server.register(path("/"), |_| Ok(Response::text(idea())));
        server.serve(listener)
    })
}
