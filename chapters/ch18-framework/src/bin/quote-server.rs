//! A server with a sentence, which it may take its time to say.

use anyhow::{Context, Result};
use ch18::{Body, Environ, HttpServer, Response, gateway, prefix};
use program::{Arguments, Program};
use std::io::Read;
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

const SENTENCE: &str = "Who has a guest has a friend, until he looks at the clock.\n";

const PROGRAM: Program = Program {
    name: "quote-server",
    about: "Says a sentence to everybody.",
    port: 8218,
    try_it: "try `curl -iN http://{address}/`",
    options: &[("--pause MILLISECONDS", "wait so long before each byte; else there is no pause")],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let pause = arguments.value("--pause").unwrap_or("0".as_ref());
    let pause = pause.to_str().and_then(|text| text.parse().ok());
    let pause = Duration::from_millis(pause.context("--pause is a number of milliseconds")?);
    let mut server = HttpServer::default();
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        let address = listener.local_addr().context("cannot tell the address")?;
        let answer = gateway(address, move |_: &Environ, _: &mut dyn Read| Ok(sentence(pause)));
        server.register_reading(prefix("/"), move |request, body| answer(request, body));
    }
    server.serve(arguments.announce(listener)?.incoming());
    Ok(())
}

/// Each byte is a piece, and is sent when it is made.
fn sentence(pause: Duration) -> Response {
    let bytes = SENTENCE.bytes().map(move |byte| {
        thread::sleep(pause);
        Ok(vec![byte])
    });
    Response::new(200).stream(Body::Pieces(Box::new(bytes)))
}
