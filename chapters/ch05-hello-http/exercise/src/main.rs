//! Chapter 5's program, with your code in it.

use ch05::{hello, mirror, serve};
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex05",
    about: "Answers HTTP requests: a picture at /picture.png, a greeting elsewhere.",
    port: 8005,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[("--mirror", "answer each request with its own head")],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        if arguments.has("--mirror") {
            serve(listener.incoming(), mirror);
        } else {
            serve(listener.incoming(), hello);
        }
        Ok(())
    })
}
