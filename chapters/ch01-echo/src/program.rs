//! What every program of the course does before its own work: read the
//! arguments, open the listening socket, and say in a sentence what went wrong.

use crate::log;
use anyhow::Result;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, Write};
use std::net::TcpListener;
use std::process::ExitCode;

/// The exit code of a program that was called in a wrong way.
const WRONG_USE: u8 = 2;

/// A program: its name, its port, and what it tells about itself.
pub struct Program {
    /// What is typed to start it: `ch03`.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// Its port on 127.0.0.1, unless an address is given.
    pub port: u16,
    /// How to talk to it; `{address}` stands for the address.
    pub try_it: &'static str,
    /// Each option and what it does. One that takes a value names it behind a
    /// space: `--directory DIR`.
    pub options: &'static [(&'static str, &'static str)],
}

/// What a program was told when it was started.
#[derive(Debug, PartialEq)]
pub struct Arguments {
    /// `HOST:PORT`.
    pub address: String,
    options: Vec<(String, OsString)>,
}

impl Arguments {
    /// Whether `--name` was given.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The value given with `--name VALUE`; the last one if it was given twice.
    pub fn value(&self, name: &str) -> Option<&OsStr> {
        let (_, value) = self.options.iter().rev().find(|(given, _)| given == name)?;
        Some(value)
    }
}

impl Program {
    /// Runs a server program from its first to its last line.
    ///
    /// Reads the arguments, binds, prints two lines (where it listens, how to
    /// talk to it) and hands the listening socket to `work`. The exit code is 0,
    /// 1 if something failed, 2 if the arguments made no sense.
    pub fn run(&self, work: impl FnOnce(TcpListener, &Arguments) -> Result<()>) -> ExitCode {
        self.start(|arguments| self.listen(arguments, |listener| work(listener, arguments)))
    }

    /// Binds, prints the two lines, and hands the listening socket to `work`.
    pub fn listen(
        &self,
        arguments: &Arguments,
        work: impl FnOnce(TcpListener) -> Result<()>,
    ) -> Result<()> {
        let (listener, address) = self.bind(&arguments.address)?;
        let try_it = self.try_it.replace("{address}", &address);
        // A closed standard output is no reason not to serve.
        let _ = writeln!(io::stdout(), "{}: listening on {address}", self.name);
        let _ = writeln!(io::stdout(), "{}: {try_it}; Ctrl-C ends it", self.name);
        work(listener)
    }

    /// Reads the arguments and runs `work`; the exit codes are those of
    /// [`run`](Self::run).
    pub fn start(&self, work: impl FnOnce(&Arguments) -> Result<()>) -> ExitCode {
        let arguments = match self.parse(env::args_os().skip(1)) {
            Ok(Some(arguments)) => arguments,
            Ok(None) => {
                let _ = io::stdout().write_all(self.help().as_bytes());
                return ExitCode::SUCCESS;
            }
            Err(sentence) => {
                log(format_args!("{}: {sentence}", self.name));
                log(format_args!("`cargo run --bin {} -- --help` tells more", self.name));
                return ExitCode::from(WRONG_USE);
            }
        };
        match work(&arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                log(format_args!("{}: {error:#}", self.name));
                ExitCode::FAILURE
            }
        }
    }

    /// Understands the arguments that follow the program's name.
    ///
    /// `None` means that help was asked for; an error is a sentence for the
    /// person who typed them.
    pub fn parse(
        &self,
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Arguments>, String> {
        let mut arguments = arguments.into_iter();
        let mut address = None;
        let mut options = Vec::new();
        while let Some(argument) = arguments.next() {
            let argument = argument.to_string_lossy().into_owned();
            if argument == "--help" || argument == "-h" {
                return Ok(None);
            }
            if argument.starts_with('-') {
                let value = match self.takes_value(&argument) {
                    None => return Err(format!("there is no option {argument}")),
                    Some(false) => OsString::new(),
                    Some(true) => {
                        let value = arguments.next();
                        value.ok_or_else(|| format!("{argument} needs a value behind it"))?
                    }
                };
                options.push((argument, value));
            } else if address.is_some() {
                return Err(format!("one address is enough, and {argument} is a second one"));
            } else if is_address(&argument) {
                address = Some(argument);
            } else {
                let example = self.default_address();
                return Err(format!(
                    "{argument} is not an address; write HOST:PORT, as in {example} \
                     (a port is 0 to 65535)"
                ));
            }
        }
        let address = address.unwrap_or_else(|| self.default_address());
        Ok(Some(Arguments { address, options }))
    }

    /// Whether an option takes a value; `None` if there is no such option.
    fn takes_value(&self, name: &str) -> Option<bool> {
        self.options.iter().find_map(|(option, _)| match option.split_once(' ') {
            Some((known, _value)) if known == name => Some(true),
            None if *option == name => Some(false),
            _ => None,
        })
    }

    fn default_address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The text that `--help` prints.
    pub fn help(&self) -> String {
        let mut help = format!(
            "{name}: {about}\n\n\
             Usage: cargo run --bin {name} -- [ADDRESS] [OPTIONS]\n\n\
             ADDRESS is HOST:PORT; without it: {default}.\n\
             In a server's address, port 0 means any port that is free.\n\n\
             Options:\n",
            name = self.name,
            about = self.about,
            default = self.default_address(),
        );
        for (option, about) in self.options.iter().chain(&[("--help", "print this text")]) {
            help += &format!("  {option:<20}{about}\n");
        }
        help
    }

    /// Opens the listening socket. Also returns the address that it got, in
    /// which port 0 has become a real one.
    fn bind(&self, address: &str) -> Result<(TcpListener, String)> {
        // In Rust `bind` does three things: make the socket, bind it to the
        // address, listen. On Unix it also sets SO_REUSEADDR: without it the
        // system keeps the port of a server that has ended for a minute. How many
        // visitors may wait to be accepted (the backlog) is chosen by the
        // standard library.
        let listener = TcpListener::bind(address)
            .map_err(|error| anyhow::anyhow!(self.why_no_listener(address, &error)))?;
        let address = listener.local_addr()?.to_string();
        Ok((listener, address))
    }

    fn why_no_listener(&self, address: &str, error: &io::Error) -> String {
        let name = self.name;
        match error.kind() {
            ErrorKind::AddrInUse => format!(
                "{address} is in use: another program, perhaps an earlier {name}, listens there. \
                 End that one, or let the system choose a port: \
                 cargo run --bin {name} -- 127.0.0.1:0"
            ),
            ErrorKind::PermissionDenied => format!(
                "this user may not listen on {address}; ports below 1024 are reserved on many \
                 systems, so choose a higher one"
            ),
            ErrorKind::AddrNotAvailable => format!(
                "{address} is not an address of this machine; 127.0.0.1 is one, which only \
                 this machine can reach"
            ),
            _ => format!("cannot listen on {address}: {error}"),
        }
    }
}

/// Whether `text` has the form `HOST:PORT`.
fn is_address(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}
