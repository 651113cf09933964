//! tiny_http with four threads: a page in memory at /page, and the files of a folder.

use anyhow::{Result, anyhow};
use program::{Arguments, Program};
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use tiny_http::{Header, Request, Response, Server};

const PROGRAM: Program = Program {
    name: "peer-tiny-http",
    about: "Serves a page in memory at /page, and a folder, with tiny_http.",
    port: 8023,
    try_it: "try `curl -i http://{address}/page`",
    options: &[("--directory DIR", "the folder to serve; without it, the current one")],
};

const WORKERS: usize = 4;

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let folder = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let server = Server::from_listener(listener, None).map_err(|error| anyhow!(error))?;
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                for request in server.incoming_requests() {
                    // It fails if the client is gone.
                    let _ = answer(request, folder);
                }
            });
        }
    });
    Ok(())
}

fn answer(request: Request, folder: &Path) -> Result<()> {
    let name = request.url().trim_start_matches('/').to_owned();
    let content_type =
        Header::from_bytes("Content-Type", "text/plain").map_err(|()| anyhow!("no header"))?;
    match &*name {
        "page" => {
            request.respond(Response::from_string("Hi there!\n").with_header(content_type))?
        }
        // Else what is large goes in chunks, which the load does not read.
        _ => request.respond(
            Response::from_file(File::open(folder.join(name))?).with_chunked_threshold(usize::MAX),
        )?,
    }
    Ok(())
}
