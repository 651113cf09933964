//! Chapter 1's echo for as many clients as like to come, each with a task of its own.

use anyhow::Result;
use ch16::{BackgroundLog, Executor, Mio, echo, log, room_for_clients};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "echo",
    about: "Sends back what each client sends.",
    port: 8116,
    try_it: "try `cargo run --bin client -- {address}`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    room_for_clients(10_000);
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let _written_at_the_end = BackgroundLog::start()?;
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    let listener = handle.listen(listener)?;
    executor.run(async move {
        loop {
            let stream = listener.client().await;
            handle.spawn(async move {
                if let Err(error) = echo(stream).await {
                    log(error);
                }
            });
        }
    })?
}
