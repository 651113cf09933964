//! A folder, served by threads that are made once.

use anyhow::{Context, Result, bail};
use ch14::{HttpServer, Listing, Stop, log, serve_static};
use program::{Arguments, Program};
use std::ffi::OsStr;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{self, ExitCode};

const PROGRAM: Program = Program {
    name: "ch14",
    about: "Serves a folder by threads that are made once, and stops when all are served.",
    port: 8014,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[
        ("--directory DIR", "the folder to serve; without it, the current one"),
        ("--workers N", "how many threads serve; without it, 200"),
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
    let mut server = HttpServer::default();
    if let Some(count) = arguments.value("--workers") {
        server.limits.workers = parse_workers(count)?;
    }
    let (pattern, files) = serve_static("/", directory, Listing::Shown);
    // It looks at no body, so none is read for it.
    server.register_reading(pattern, move |request, _| files(request));
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        // Before anybody is told that it runs, and may press Ctrl-C.
        stop_at_ctrl_c(&server.stop, listener.local_addr().context("cannot tell the address")?)?;
    }
    let listener = arguments.announce(listener)?;
    let workers = server.limits.workers;
    let served = server.serve(server.stop.accept_from(listener));
    served.with_context(|| format!("cannot make {workers} threads; fewer with --workers N"))
}

fn stop_at_ctrl_c(stop: &Stop, address: SocketAddr) -> Result<()> {
    let stop = stop.clone();
    ctrlc::set_handler(move || {
        if stop.is_requested() {
            process::exit(130); // the second time: as a program ends that does not listen at all
        }
        log("stopping: whoever is being served may finish; Ctrl-C again ends all");
        stop.request(address);
    })
    .context("cannot listen for Ctrl-C")
}

fn parse_workers(count: &OsStr) -> Result<usize> {
    let number = count.to_str().and_then(|count| count.parse().ok()).filter(|&count| count > 0);
    number.with_context(|| format!("{} is not a number of workers", count.display()))
}
