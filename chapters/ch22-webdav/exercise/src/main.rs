//! A folder that clients may write to, with your code between them and the files.

mod extensions;

use anyhow::{Result, anyhow};
use ch22::{Dav, HttpServer, Store};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, LazyLock};

const PROGRAM: Program = Program {
    name: "ex22",
    about: "Serves a folder that clients may write to; has /small and /let-in besides.",
    port: 8022,
    try_it: "try `curl -i -T README.md http://{address}/` and open http://{address}/",
    options: &[("--directory DIR", "the folder, which is made if it is not there; else files")],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let folder = Path::new(arguments.value("--directory").unwrap_or("files".as_ref())).to_owned();
    let mut server = HttpServer::default();
    extensions::add_to(&mut server, &folder)?;
    // Made when the first client comes: what is not written yet is its error, and not the end of
    // the program.
    let dav =
        LazyLock::new(move || Store::open(&folder).map(|store| Arc::new(Dav::new("/", store))));
    server.register_reading(
        |_| true,
        move |request, body| match &*dav {
            Ok(dav) => dav.answer(request, body),
            Err(error) => Err(anyhow!("{error:#}")),
        },
    );
    server.serve(listener.incoming());
    Ok(())
}
