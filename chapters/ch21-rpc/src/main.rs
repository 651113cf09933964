//! A site with procedures that programs call.

use anyhow::{Context, Result};
use ch18::{HttpServer, gateway, prefix, stop_at_ctrl_c};
use ch21::shop;
use program::{Arguments, Program};
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch21",
    about: "Takes orders from programs, and shows them to people.",
    port: 8021,
    try_it: "try `cargo run --bin call -- http://{address}/rpc sample.add 2 3`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let shop = shop()?;
    let mut server = HttpServer::default();
    let listener = TcpListener::bind(&arguments.address);
    if let Ok(listener) = &listener {
        let address = listener.local_addr().context("cannot tell the address")?;
        let answer = gateway(address, shop);
        server.register_reading(prefix("/"), move |request, body| answer(request, body));
        stop_at_ctrl_c(&server, address)?;
    }
    let listener = arguments.announce(listener)?;
    server.serve(server.stop.accept_from(listener));
    Ok(())
}
