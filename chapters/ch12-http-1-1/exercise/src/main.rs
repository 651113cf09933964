//! Chapter 12's program, with your code in it.

use anyhow::{Context, Result, bail};
use ch12::{
    Body, HttpServer, Listing, Response, answer_at_most, path, receive_checked, serve_static,
};
use program::{Arguments, Program};
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex12",
    about: "Serves a folder, /numbers in chunks, counts what is sent to /count, and checks what is sent to /checked.",
    port: 8012,
    try_it: "open http://{address}/ or try `curl -i http://{address}/numbers`",
    options: &[
        ("--directory DIR", "the folder to serve; without it, the current one"),
        ("--at-most N", "answer so many requests on a connection"),
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
    server.register(path("/numbers"), |_| {
        let numbers = (1..=1000).map(|number| Ok(format!("{number}\n").into_bytes()));
        Ok(Response::new(200).stream(Body::Pieces(Box::new(numbers))))
    });
    server.register_reading(path("/count"), |_, body| {
        let count = io::copy(body, &mut io::sink())?;
        Ok(Response::text(format!("{count} bytes\n")))
    });
    server.register_reading(path("/checked"), |_, body| {
        let count = receive_checked(body, &mut io::sink())?;
        Ok(Response::text(format!("{count} bytes, as they were sent\n")))
    });
    let (pattern, files) = serve_static("/", directory, Listing::Shown);
    // It looks at no body, so none is read for it.
    server.register_reading(pattern, move |request, _| files(request));
    let most = arguments.value("--at-most").map(|most| {
        let most = most.to_str().and_then(|most| most.parse().ok()).filter(|&most| most > 0);
        most.context("--at-most wants a number, 1 or more")
    });
    let most: Option<u64> = most.transpose()?;
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    match most {
        None => server.serve(listener.incoming()),
        Some(most) => ch12::serve(listener.incoming(), &server.limits, |conn, peer| {
            answer_at_most(&server, conn, peer, most)
        }),
    }
    Ok(())
}
