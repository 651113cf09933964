//! Chapter 13's program, with your code in it.

use anyhow::{Context, Result, bail};
use ch13::{
    Buckets, HttpServer, Listing, Network, Request, Response, and, client_address, limited, method,
    path, serve_static,
};
use program::{Arguments, Program};
use std::net::{IpAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const PROGRAM: Program = Program {
    name: "ex13",
    about: "Serves a folder to strangers, and tells them at /who who they are.",
    port: 8013,
    try_it: "open http://{address}/ or try `curl -i http://{address}/who`",
    options: &[
        ("--directory DIR", "the folder to serve; without it, the current one"),
        ("--connections N", "at most N connections at once"),
        ("--per-network N", "at most N of them from one network"),
        ("--stoppable", "stop when somebody sends a POST to /stop"),
        ("--rate N", "answer /who for each network N times a minute"),
        ("--behind ADDRESS", "believe the proxy at ADDRESS whom it speaks for"),
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
    if let Some(count) = number(arguments, "--connections")? {
        server.limits.connections = count as usize;
    }
    if let Some(count) = number(arguments, "--per-network")? {
        server.limits.connections_per_network = count as usize;
    }
    let proxy = match arguments.value("--behind") {
        Some(address) => {
            let address = address.to_str().and_then(|text| text.parse::<IpAddr>().ok());
            Some(address.context("--behind needs an address, such as 127.0.0.1")?)
        }
        None => None,
    };
    let who = move |request: &Request| {
        let peer = request.peer.context("nobody knows")?.ip();
        let client =
            proxy.map(|proxy| client_address(peer, &request.headers, &[Network::from(proxy)]));
        Ok(Response::text(format!("{}\n", client.unwrap_or(peer))))
    };
    match number(arguments, "--rate")?.filter(|&count| count > 0) {
        Some(count) => {
            let buckets = Buckets::new(Duration::from_secs(60) / count, count);
            server.register(path("/who"), limited(buckets, Instant::now, who));
        }
        None => server.register(path("/who"), who),
    }
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    if arguments.has("--stoppable") {
        let address = listener.local_addr().context("cannot tell the address")?;
        let stop = server.stop.clone();
        server.register(and(method("POST"), path("/stop")), move |_| {
            stop.request(address);
            Ok(Response::text("This server stops.\n"))
        });
    }
    let (pattern, files) = serve_static("/", directory, Listing::Shown);
    server.register_reading(pattern, move |request, _| files(request));
    server.serve(server.stop.accept_from(listener));
    Ok(())
}

/// The value of an option that is a number.
fn number(arguments: &Arguments, name: &str) -> Result<Option<u32>> {
    let Some(value) = arguments.value(name) else { return Ok(None) };
    let number = value.to_str().and_then(|text| text.parse().ok());
    Ok(Some(number.with_context(|| format!("{name} needs a number"))?))
}
