//! The application of this chapter as a program for any server that knows CGI.

use ch17::{hello, log, run_script};
use std::env;
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    let variables = env::vars_os().map(|(name, value)| {
        (name.to_string_lossy().into_owned(), value.as_encoded_bytes().to_vec())
    });
    match run_script(&hello, variables, io::stdin(), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(format_args!("hello-script: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
