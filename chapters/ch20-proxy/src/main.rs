//! A proxy that spreads requests over servers.

use anyhow::{Context, Result, bail};
use ch20::{
    BackgroundLog, Executor, HttpServer, HttpSite, Method, Mio, Pool, Stop, Upstream,
    UpstreamSettings, log, room_for_clients,
};
use program::{Arguments, Program};
use std::ffi::OsStr;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::process::{self, ExitCode};
use std::sync::Arc;

const PROGRAM: Program = Program {
    name: "ch20",
    about: "Passes requests on to servers, and their answers back.",
    port: 8020,
    try_it: "start `cargo run --bin prefork` too, and try `curl -i http://{address}/`",
    options: &[
        ("--to LIST", "the servers: HOST:PORT,HOST:PORT=WEIGHT,...; else 127.0.0.1:8120"),
        ("--balance METHOD", "turns, least (connections) or client (address); else turns"),
        ("--check TARGET", "what servers are asked for to see whether they work, as /"),
        ("--own-host", "servers see their own address as Host, and not what the client asked for"),
        ("--behind-proxy", "those who connect are believed when they say for whom they ask"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let text = |name| arguments.value(name).and_then(OsStr::to_str);
    let backends = text("--to").unwrap_or("127.0.0.1:8120").split(',').map(backend);
    let backends = backends.collect::<Result<Vec<_>>>()?;
    let mut settings = UpstreamSettings {
        method: match text("--balance") {
            None | Some("turns") => Method::RoundRobin,
            Some("least") => Method::LeastConnections,
            Some("client") => Method::ClientAddress,
            Some(other) => bail!("--balance is turns, least or client, and not {other}"),
        },
        keep_host: !arguments.has("--own-host"),
        behind_proxy: arguments.has("--behind-proxy"),
        ..UpstreamSettings::default()
    };
    settings.health.check = text("--check").map(str::to_owned);
    if settings.health.check.as_ref().is_some_and(|target| !target.starts_with('/')) {
        bail!("--check is what stands behind the host in an address, as / or /health");
    }

    let mut server = HttpServer::default();
    // Each client has a connection to us, and we have one for it.
    server.limits.connections = room_for_clients(2 * server.limits.connections) / 2;
    server.limits.connections_per_network = server.limits.connections;
    let listener = TcpListener::bind(&arguments.address);
    stop_at_ctrl_c(&server.stop)?;
    let listener = arguments.announce(listener)?;
    let pool = Pool::detached(server.limits.workers, server.limits.queue)?;
    let _written_at_the_end = BackgroundLog::start()?;
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    let site = HttpSite::new(Arc::new(server), Arc::new(pool), &handle);
    site.register_upstream(|_| true, Upstream::new(&backends, settings));
    let listener = handle.listen(listener)?;
    executor.run(async move { site.serve(listener).await })
}

/// `HOST:PORT` or `HOST:PORT=WEIGHT`.
fn backend(text: &str) -> Result<(SocketAddr, u32)> {
    let (address, weight) = text.split_once('=').unwrap_or((text, "1"));
    let weight = weight.parse().ok().filter(|weight| (1..=1000).contains(weight));
    let weight = weight.with_context(|| format!("{text}: a weight is a number from 1 to 1000"))?;
    let found = address.to_socket_addrs().with_context(|| format!("{address} is no HOST:PORT"))?;
    // A name with an IPv6 address has an IPv4 address as well, where it is the course's servers
    // listen.
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    let address = found.first().with_context(|| format!("{address} has no address"))?;
    Ok((*address, weight))
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
