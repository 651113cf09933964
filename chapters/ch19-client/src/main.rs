//! A server to try clients on.

use anyhow::{Context, Result, bail};
use ch16::{BackgroundLog, Executor, HttpServer, HttpSite, Mio, Pool, room_for_clients};
use ch19::{register_trial, register_waiting};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

const PROGRAM: Program = Program {
    name: "ch19",
    about: "Answers whatever a client is tried on: redirects, cookies, pages that take their time.",
    port: 8019,
    try_it: "try `cargo run --bin fetch -- http://{address}/`",
    options: &[
        ("--delay MS", "how many milliseconds a page takes; else 20"),
        ("--directory DIR", "what is below /files/; else the current folder"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let delay = arguments.value("--delay").unwrap_or("20".as_ref());
    let delay = delay.to_str().and_then(|text| text.parse().ok());
    let delay = Duration::from_millis(delay.context("--delay is a number of milliseconds")?);
    let directory = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    if !directory.is_dir() {
        bail!("there is no folder {}; name one with --directory DIR", directory.display());
    }
    let mut server = HttpServer::default();
    server.limits.connections = room_for_clients(server.limits.connections);
    register_trial(&mut server, directory);
    let pool = Pool::detached(server.limits.workers, server.limits.queue)?;
    let _written_at_the_end = BackgroundLog::start()?;
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    let site = HttpSite::new(Arc::new(server), Arc::new(pool), &handle);
    register_waiting(&site, handle.clock(), delay);
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let listener = handle.listen(listener)?;
    executor.run(async move { site.serve(listener).await })
}
