//! A folder, served as `ch16` does, by tokio.

use anyhow::{Result, bail};
use ch16::{BackgroundLog, Listing, Stop, log, room_for_clients, serve_static};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::{self, ExitCode};
use tokio::{signal, task};
use tokio_server::HttpServer;

const PROGRAM: Program = Program {
    name: "tokio-server",
    about: "Serves a folder by one thread of tokio, and stops when all have what they asked for.",
    port: 8416,
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
    server.register_reading(pattern, move |request, _| files(request));
    let listener = TcpListener::bind(&arguments.address);
    let runtime = server.runtime()?;
    runtime.spawn_local(stop_at_ctrl_c(server.stop.clone()));
    // A future does nothing before it is polled, and this one listens for Ctrl-C only from then
    // on. So it is polled before anybody is told that the server runs.
    runtime.block_on(task::yield_now());
    let listener = arguments.announce(listener)?;
    server.serve(runtime, listener)
}

async fn stop_at_ctrl_c(stop: Stop) {
    if let Err(error) = signal::ctrl_c().await {
        return log(format_args!("cannot listen for Ctrl-C: {error}"));
    }
    log("stopping: whoever is being served may finish; Ctrl-C again ends all");
    stop.request();
    // From the first time on it is tokio's for as long as the process runs.
    if signal::ctrl_c().await.is_ok() {
        BackgroundLog::flush();
        process::exit(130);
    }
}
