//! What the processes do that a master starts.

use anyhow::{Context, Result};
use ch18::{
    Address, Cgi, FastCgi, HttpServer, Listing, Mounts, gateway, hello, prefix, serve_static, timed,
};
use ch20::Worker;
use ch22::{Store, dav};
use std::env;
use std::ffi::OsStr;
use std::path::Path;

/// The pages of the site, and its PHP.
const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/site");

/// The scripts of chapter 17.
const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ch17-gateway/scripts");

/// In the environment of a worker: the socket at which php-fpm listens, if there is one.
pub const PHP: &str = "TOGETHER_PHP";

/// One of several that can each answer everything but what is kept: it has nothing of its own. So
/// one more can be started, and one be ended, at any time. `address` is what clients know.
pub fn work(address: &OsStr) -> Result<()> {
    let address = address.to_str().and_then(|text| text.parse().ok());
    let address = address.context("--work wants HOST:PORT")?;
    let path = env::var_os("PATH").unwrap_or_default();
    let mut site = Mounts::default()
        .mount("/hello", timed(hello))
        .mount("/cgi-bin", Cgi::below(Path::new(SCRIPTS)).variable("PATH", path));
    if let Some(socket) = env::var_os(PHP) {
        let php = FastCgi::below(&Path::new(SITE).join("php"), Address::Unix(socket.into()));
        site = site.mount("/php", php);
    }
    let mut server = HttpServer::default();
    let answer = gateway(address, site);
    let is_for_gateway = |request: &ch18::Request| {
        ["/hello", "/cgi-bin/", "/php/"].iter().any(|start| prefix(start)(request))
    };
    server.register_reading(is_for_gateway, move |request, body| answer(request, body));
    let (pattern, files) = serve_static("/", &Path::new(SITE).join("static"), Listing::Hidden);
    server.register_reading(pattern, move |request, _| files(request));
    serve(server)
}

/// The one that keeps files. There can be no second: what is known of locks is in its memory, and
/// the store is open once. If it ends, the next one opens it, and finds everything on the disk.
pub fn keep(folder: &Path) -> Result<()> {
    let mut server = HttpServer::default();
    let (pattern, handler) = dav("/files", Store::open(folder)?);
    server.register_reading(pattern, handler);
    serve(server)
}

fn serve(mut server: HttpServer) -> Result<()> {
    // All connections are the balancer's, and so from one network.
    server.limits.connections_per_network = server.limits.connections;
    let stop = server.stop.clone();
    let clients = Worker::from_master()?.accept(move || stop.announce())?;
    server.serve(clients);
    Ok(())
}
