//! Applications behind one server: functions of this program, and scripts in a folder.

use anyhow::{Context, Result};
use ch17::{
    Body, Environ, HttpServer, Mounts, Response, caught, compressed, gateway, hello, prefix,
    stop_at_ctrl_c, timed,
};
use program::{Arguments, Program};
use std::io::{self, Read};
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

const PROGRAM: Program = Program {
    name: "ch17",
    about: "Serves /hello, /numbers and /count, which are functions, and scripts in /cgi-bin.",
    port: 8017,
    try_it: "try `curl -i http://{address}/hello?name=Ann`",
    options: &[("--scripts DIR", "the folder of scripts; without it, the chapter's own")],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let mut server = HttpServer::default();
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        let address = listener.local_addr().context("cannot tell the address")?;
        let site = Mounts::default()
            .mount("/hello", timed(hello))
            .mount("/numbers", compressed(numbers))
            .mount("/count", count);
        #[cfg(unix)]
        let site = site.mount("/cgi-bin", scripts(arguments)?);
        let answer = gateway(address, caught(false, site));
        // Every path; the `*` of `OPTIONS *` is none, and is the server's own business.
        server.register_reading(prefix("/"), move |request, body| answer(request, body));
        stop_at_ctrl_c(&server, address)?;
    }
    let listener = arguments.announce(listener)?;
    server.serve(server.stop.accept_from(listener));
    Ok(())
}

/// Ten numbers, one every tenth of a second: each is sent when it is there.
fn numbers(_: &Environ, _: &mut dyn Read) -> Result<Response> {
    let numbers = (1..=10).map(|number| {
        thread::sleep(Duration::from_millis(100));
        Ok(format!("{number}\n").into_bytes())
    });
    Ok(Response::new(200).stream(Body::Pieces(Box::new(numbers))))
}

/// How many bytes were sent.
fn count(_: &Environ, input: &mut dyn Read) -> Result<Response> {
    let count = io::copy(input, &mut io::sink())?;
    Ok(Response::text(format!("{count} bytes\n")))
}

/// Scripts find other programs where we do, and get nothing else of our environment.
#[cfg(unix)]
fn scripts(arguments: &Arguments) -> Result<ch17::Cgi> {
    use std::path::Path;
    const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts");
    let folder = Path::new(arguments.value("--scripts").unwrap_or(OWN.as_ref()));
    let folder = folder.canonicalize().with_context(|| {
        format!("there is no folder {}; name one with --scripts DIR", folder.display())
    })?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    Ok(ch17::Cgi::below(&folder).variable("PATH", path))
}
