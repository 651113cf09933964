//! Answers every request with a greeting or a picture, one client at a time.

use ch05::{hello, serve};
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch05",
    about: "Answers HTTP requests: a picture at /picture.png, a greeting elsewhere.",
    port: 8005,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        serve(listener.incoming(), hello);
        Ok(())
    })
}
