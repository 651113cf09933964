//! A folder with PHP in it: its scripts run in an application server.

use anyhow::{Context, Result, bail};
use ch17::{
    Address, FastCgi, HttpServer, Listing, Request, gateway, percent_decode, serve_static,
    stop_at_ctrl_c,
};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
#[cfg(unix)]
use {ch17::ProcessGroup, std::process::Command};

const PROGRAM: Program = Program {
    name: "php-server",
    about: "Serves a folder; what ends in .php is run, by FastCGI.",
    port: 8217,
    try_it: "open http://{address}/",
    options: &[
        ("--directory DIR", "the folder to serve; without it, the current one"),
        ("--application ADDRESS", "HOST:PORT or unix:PATH of php-fpm; else php-cgi is started"),
    ],
};

/// How many requests php-cgi answers at once.
#[cfg(unix)]
const PROCESSES: usize = 4;

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let folder = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    let folder = folder.canonicalize().with_context(|| {
        format!("there is no folder {}; name one with --directory DIR", folder.display())
    })?;
    // It ends with us.
    let (_php, application) = match arguments.value("--application") {
        Some(address) => {
            let address = Address::parse(&address.to_string_lossy());
            (None, FastCgi::below(&folder, address))
        }
        None => {
            let (php, address) = start_php()?;
            // All of its processes are ours.
            (Some(php), FastCgi::below(&folder, address).keep(PROCESSES))
        }
    };
    let mut server = HttpServer::default();
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        let here = listener.local_addr().context("cannot tell the address")?;
        let answer = gateway(here, application);
        server.register_reading(is_for_php, move |request, body| answer(request, body));
        let (pattern, files) = serve_static("/", &folder, Listing::Shown);
        server.register_reading(pattern, move |request, _| files(request));
        stop_at_ctrl_c(&server, here)?;
    }
    let listener = arguments.announce(listener)?;
    server.serve(server.stop.accept_from(listener));
    Ok(())
}

/// Whether the path names a script, however it is spelled: if this overlooked one, the next handler
/// would show its text, with whatever passwords are in it.
fn is_for_php(request: &Request) -> bool {
    let path = percent_decode(&request.path).unwrap_or_default().to_ascii_lowercase();
    path.windows(4).any(|four| four == b".php")
}

#[cfg(unix)]
fn start_php() -> Result<(ProcessGroup, Address)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let mut command = Command::new("php-cgi");
    command.env("PHP_FCGI_CHILDREN", PROCESSES.to_string());
    match ProcessGroup::start_with_listener(&mut command, listener) {
        Ok(php) => Ok((php, Address::Tcp(address.to_string()))),
        Err(error) => bail!("cannot start php-cgi ({error}); is the package php-cgi there?"),
    }
}

#[cfg(not(unix))]
use cannot_start_php as start_php;

#[cfg(not(unix))]
fn cannot_start_php() -> Result<((), Address)> {
    bail!("php-cgi is started on Unix alone; start it yourself, and say --application ADDRESS")
}
