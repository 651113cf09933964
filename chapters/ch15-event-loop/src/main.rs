//! A folder, served to many clients by one thread.

use anyhow::{Context, Result, bail};
use ch15::{BackgroundLog, HttpServer, Listing, Stop, log, serve_static};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::{self, ExitCode};

const PROGRAM: Program = Program {
    name: "ch15",
    about: "Serves a folder by one thread, and stops when all have what they asked for.",
    port: 8015,
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
    // A client may have a file open besides its connection.
    ask_for_descriptors(2 * server.limits.connections as u64);
    let (pattern, files) = serve_static("/", directory, Listing::Shown);
    // It looks at no body, so none is read for it.
    server.register_reading(pattern, move |request, _| files(request));
    let listener = TcpListener::bind(&arguments.address);
    // Before anybody is told that it runs, and may press Ctrl-C.
    stop_at_ctrl_c(&server.stop)?;
    let listener = arguments.announce(listener)?;
    server.serve(listener)
}

/// Asks for as many descriptors as this process may have, up to `wanted`. Else there would be few,
/// for the sake of old programs that cannot count further, and no more clients than that.
#[cfg(unix)]
fn ask_for_descriptors(wanted: u64) {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let may_have = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|count| count < may_have) {
        limit.current = Some(may_have);
        // If it fails, there are as many as before.
        let _ = setrlimit(Resource::Nofile, limit);
    }
}

/// Windows has no such limit.
#[cfg(not(unix))]
fn ask_for_descriptors(_: u64) {}

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
