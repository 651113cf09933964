//! A folder, on connections that stay; and two addresses with bodies whose length nobody knows.

use anyhow::{Result, bail};
use ch12::{Body, HttpServer, Listing, Response, path, serve_static};
use program::{Arguments, Program};
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch12",
    about: "Serves a folder, /numbers in chunks, and counts what is sent to /count.",
    port: 8012,
    try_it: "open http://{address}/ or try `curl -i http://{address}/numbers`",
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
    server.register(path("/numbers"), |_| {
        let numbers = (1..=1000).map(|number| Ok(format!("{number}\n").into_bytes()));
        Ok(Response::new(200).stream(Body::Pieces(Box::new(numbers))))
    });
    server.register_reading(path("/count"), |_, body| {
        let count = io::copy(body, &mut io::sink())?;
        Ok(Response::text(format!("{count} bytes\n")))
    });
    let (pattern, files) = serve_static("/", directory, Listing::Shown);
    // It looks at no body, so none is read for it.
    server.register_reading(pattern, move |request, _| files(request));
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    server.serve(listener.incoming());
    Ok(())
}
