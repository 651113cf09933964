//! A guest book.

use anyhow::{Context, Result};
use ch18::{GuestBook, HttpServer, gateway, new_secret, prefix, stop_at_ctrl_c, timed};
use program::{Arguments, Program};
use std::fs;
use std::io::{ErrorKind, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use tempfile::NamedTempFile;

const PROGRAM: Program = Program {
    name: "ch18",
    about: "Serves a guest book.",
    port: 8018,
    try_it: "open http://{address}/",
    options: &[
        ("--site DIR", "templates and files; without it, the chapter's own"),
        ("--quotes ADDRESS", "HOST:PORT of a server with a sentence; without it, there is none"),
        ("--data DIR", "where entries and the secret are kept; else guest-book"),
    ],
};

const OWN_SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/site");

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let data = Path::new(arguments.value("--data").unwrap_or("guest-book".as_ref()));
    fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let site = arguments.value("--site").unwrap_or(OWN_SITE.as_ref());
    let book = GuestBook {
        site: site.into(),
        journal: data.join("entries"),
        secret: secret(&data.join("secret"))?,
        quotes: arguments.value("--quotes").map(|address| address.to_string_lossy().into_owned()),
    };
    let book = book.open()?;
    let mut server = HttpServer::default();
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        let address = listener.local_addr().context("cannot tell the address")?;
        let answer = gateway(address, timed(book));
        server.register_reading(prefix("/"), move |request, body| answer(request, body));
        stop_at_ctrl_c(&server, address)?;
    }
    let listener = arguments.announce(listener)?;
    server.serve(server.stop.accept_from(listener));
    Ok(())
}

/// The bytes that cookies are signed with: made once, and kept where nobody else reads them. They
/// are there whole or not at all, as in a [`DiskCache`](ch18::DiskCache).
fn secret(path: &Path) -> Result<Vec<u8>> {
    match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        outcome => return outcome.with_context(|| format!("cannot read {}", path.display())),
    }
    let secret = new_secret();
    write(path, &secret).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(secret)
}

fn write(path: &Path, secret: &[u8]) -> Result<()> {
    // On Unix such a file can be read by its owner alone.
    let mut file = NamedTempFile::new_in(path.parent().context("it is in no folder")?)?;
    file.write_all(secret)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}
