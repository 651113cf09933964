//! A proxy with your code in it, and three servers behind it.

mod extensions;
mod site;

use anyhow::{Context, Result, bail};
use ch20::{HttpServer, Method, UpstreamSettings};
use program::{Arguments, Program};
use std::ffi::OsStr;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex20",
    about: "Passes requests on to servers that it has in itself: /, /who and /told.",
    port: 8020,
    try_it: "try `curl -i http://{address}/told` and, a few times, `curl http://{address}/who`",
    options: &[
        ("--weights LIST", "how much each server takes beside the others; else 1,1,1"),
        ("--balance METHOD", "turns, least (connections) or client (address); else turns"),
        ("--behind-proxy", "those who connect are believed when they say for whom they ask"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(run)
}

fn run(arguments: &Arguments) -> Result<()> {
    let text = |name| arguments.value(name).and_then(OsStr::to_str);
    let weights = text("--weights").unwrap_or("1,1,1").split(',').map(str::parse);
    let weights = weights.collect::<Result<Vec<_>, _>>().context("weights are numbers")?;
    let settings = UpstreamSettings {
        method: match text("--balance") {
            None | Some("turns") => Method::RoundRobin,
            Some("least") => Method::LeastConnections,
            Some("client") => Method::ClientAddress,
            Some(other) => bail!("--balance is turns, least or client, and not {other}"),
        },
        behind_proxy: arguments.has("--behind-proxy"),
        ..UpstreamSettings::default()
    };
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let mut server = HttpServer::default();
    extensions::add_to(&mut server);
    site::serve(server, listener, &weights, settings)
}
