//! Answers every request with a greeting or a picture, one visitor at a time.

use ch05::program::Program;
use ch05::{hello, serve};
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ch05",
    about: "Answers HTTP requests: a picture at /picture.png, a greeting elsewhere.",
    port: 8005,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(|listener, _| {
        serve(listener.incoming(), hello);
        Ok(())
    })
}
