//! CGI in a dozen lines, to be tried: chapter 17 shows what is wrong with it.

use anyhow::Result;
use program::{Arguments, Program};
use std::process::ExitCode;
#[cfg(unix)]
use {
    anyhow::Context,
    ch17::{HttpServer, careless_cgi, gateway, prefix},
    std::net::TcpListener,
    std::path::Path,
};

const PROGRAM: Program = Program {
    name: "careless-server",
    about: "Lets one program answer every request, without any care.",
    port: 8317,
    try_it: "try `curl -i http://{address}/`",
    options: &[("--program FILE", "the program that answers; without it, /bin/cat")],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

#[cfg(unix)]
fn serve(arguments: &Arguments) -> Result<()> {
    let program = Path::new(arguments.value("--program").unwrap_or("/bin/cat".as_ref()));
    let mut server = HttpServer::default();
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        let address = listener.local_addr().context("cannot tell the address")?;
        let answer = gateway(address, careless_cgi(program));
        server.register_reading(prefix("/"), move |request, body| answer(request, body));
    }
    server.serve(arguments.announce(listener)?.incoming());
    Ok(())
}

#[cfg(not(unix))]
use cannot_serve as serve;

#[cfg(not(unix))]
fn cannot_serve(_: &Arguments) -> Result<()> {
    anyhow::bail!("this chapter starts programs on Unix alone")
}
