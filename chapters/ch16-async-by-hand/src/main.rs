//! A folder, served by tasks that wait for each other in one thread.

use anyhow::{Context, Result, bail};
use ch16::{BackgroundLog, HttpServer, Listing, Stop, log, room_for_clients, serve_static};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::{self, ExitCode};

const PROGRAM: Program = Program {
    name: "ch16",
    about: "Serves a folder by one thread, and stops when all have what they asked for.",
    port: 8016,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[("--directory DIR", "the folder to serve; without it, the current one")],
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
    server.limits.connections = room_for_clients(server.limits.connections);
    let (pattern, files) = serve_static("/", directory, Listing::Shown);
    // It looks at no body, so none is read for it.
    server.register_reading(pattern, move |request, _| files(request));
    let listener = TcpListener::bind(&arguments.address);
    // Before anybody is told that it runs, and may press Ctrl-C.
    stop_at_ctrl_c(&server.stop)?;
    let listener = arguments.announce(listener)?;
    server.serve(listener)
}

fn stop_at_ctrl_c(stop: &Stop) -> Result<()> {
    let stop = stop.clone();
    ctrlc::set_handler(move || {
        if stop.is_requested() {
            BackgroundLog::flush();
            process::exit(130); // the second time: as a program ends that does not listen at all
        }
        log("stopping: whoever is being served may finish; Ctrl-C again ends all");
        stop.request();
    })
    .context("cannot listen for Ctrl-C")
}
