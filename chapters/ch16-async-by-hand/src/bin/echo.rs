//! Chapter 1's echo for as many clients as like to come, each with a task of its own.

use anyhow::Result;
use ch16::{Executor, Mio, ask_for_descriptors, echo, log};
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
    ask_for_descriptors(20_000);
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    let listener = handle.listen(listener)?;
    executor.run(async move {
        loop {
            let stream = listener.accept().await?;
            handle.spawn(async move {
                if let Err(error) = echo(stream).await {
                    log(error);
                }
            });
        }
    })?
}
