//! Calls a procedure.

use anyhow::{Context, Result, bail};
use ch21::{JsonRpc, Limits, Session, Value, XmlRpc, from_json, to_json};
use lexopt::prelude::*;
use program::log;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

const HELP: &str = "\
call: Calls a procedure of a server, and prints what it returns as JSON.

Usage: cargo run --bin call -- [OPTIONS] URL PROCEDURE [ARGUMENT...]

An argument is JSON, as in 2, true or '[1, 2]', or else text.

Options:
  --json          call by JSON-RPC 2.0, and not by XML-RPC
  --notify        ask for no result (JSON-RPC alone)
  --time SECONDS  how long all of it may take; else 30
  --help          print this text
";

/// The exit code of a program that was called in a wrong way.
const WRONG_USE: u8 = 2;

#[derive(Default)]
struct Arguments {
    json: bool,
    notify: bool,
    time: Option<u64>,
    /// URL, procedure, and what that is given.
    words: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            let _ = io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            log(format_args!("call: {error}"));
            log("`cargo run --bin call -- --help` tells more");
            return ExitCode::from(WRONG_USE);
        }
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log(format_args!("call: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// `None` means that help was asked for.
fn parse() -> Result<Option<Arguments>> {
    let mut arguments = Arguments::default();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => arguments.json = true,
            Long("notify") => arguments.notify = true,
            Long("time") => arguments.time = Some(parser.value()?.parse()?),
            Long("help") | Short('h') => return Ok(None),
            // Behind the procedure all are its arguments: -1 is a number.
            lexopt::Arg::Value(word) => {
                arguments.words.push(word.string()?);
                if arguments.words.len() == 2 {
                    for word in parser.raw_args()? {
                        arguments.words.push(word.string()?);
                    }
                }
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if arguments.words.len() < 2 {
        bail!("a URL and the name of a procedure are wanted");
    }
    if arguments.notify && !arguments.json {
        bail!("--notify is for JSON-RPC: add --json");
    }
    Ok(Some(arguments))
}

fn run(arguments: &Arguments) -> Result<()> {
    let [url, name, words @ ..] = &arguments.words[..] else { bail!("nothing is to be called") };
    let values = words.iter().map(|word| value(word)).collect::<Result<Vec<_>>>()?;
    let mut limits = Limits::default();
    if let Some(seconds) = arguments.time {
        limits.time = Duration::from_secs(seconds);
    }
    let session = Session::new(limits);
    let result = match (arguments.json, arguments.notify) {
        (true, true) => return Ok(JsonRpc::new(session, url).notify(name, &values)?),
        (true, false) => JsonRpc::new(session, url).call(name, &values)?,
        (false, _) => XmlRpc::new(session, url).call(name, &values)?,
    };
    let text = serde_json::to_string_pretty(&to_json(&result))?;
    writeln!(io::stdout(), "{text}").context("cannot print it")
}

fn value(word: &str) -> Result<Value> {
    match serde_json::from_str(word) {
        Ok(json) => Ok(from_json(json)?),
        Err(_) => Ok(word.into()),
    }
}
