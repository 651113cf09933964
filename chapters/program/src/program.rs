use crate::log;
use anyhow::{Result, anyhow};
use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::process::ExitCode;

/// The exit code of a program that was called in a wrong way.
const WRONG_USE: u8 = 2;

/// A program: its name, its port, and what it tells about itself.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    program: Program,
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
    /// Prints where a server listens and how to talk to it, and hands its
    /// socket back.
    ///
    /// `bound` is what `TcpListener::bind` made of [`address`](Self::address);
    /// its error becomes a sentence that says what to do.
    pub fn announce(&self, bound: io::Result<TcpListener>) -> Result<TcpListener> {
        let listener = bound.map_err(|error| self.why_not_bound(&error))?;
        let text = self.announcement(listener.local_addr()?);
        // A closed standard output is no reason not to serve.
        let _ = io::stdout().write_all(text.as_bytes());
        Ok(listener)
    }

    /// The lines for a server that listens at `address`, in which port 0 has
    /// become a real one.
    pub fn announcement(&self, address: SocketAddr) -> String {
        let Program { name, try_it, .. } = self.program;
        // An IPv6 socket writes 127.0.0.1 as `[::ffff:127.0.0.1]`.
        let mut plain = address;
        plain.set_ip(address.ip().to_canonical());
        let try_it = try_it.replace("{address}", &as_a_client_writes(plain).to_string());
        let mut text = format!(
            "{name}: listening on {address}\n\
             {name}: {try_it}; Ctrl-C ends it\n"
        );
        if !plain.ip().is_loopback() {
            text += &format!("{name}: whoever can reach this machine over a network can connect\n");
        }
        text
    }

    fn why_not_bound(&self, error: &io::Error) -> anyhow::Error {
        let Self { address, program: Program { name, .. }, .. } = self;
        match error.kind() {
            ErrorKind::AddrInUse => anyhow!(
                "{address} is in use: another program, perhaps an earlier {name}, listens there. \
                 End that one, or let the system choose a port: \
                 cargo run --bin {name} -- 127.0.0.1:0"
            ),
            ErrorKind::PermissionDenied => {
                anyhow!(why_not_permitted(address, cfg!(windows)))
            }
            ErrorKind::AddrNotAvailable => anyhow!(
                "{address} is not an address of this machine; 127.0.0.1 is one, which only \
                 this machine can reach"
            ),
            _ => anyhow!("cannot listen on {address}: {error}"),
        }
    }
}

/// Where a client connects to reach what listens at `address`. That is the same
/// address, unless it is the unspecified one, `0.0.0.0` or `[::]`: this means
/// "every address of this machine" to a server, and nothing to a client.
fn as_a_client_writes(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

/// Why the system refuses to let a program listen on `address`.
///
/// Unix keeps the ports below 1024 for the administrator. Windows keeps ranges
/// of its own, which change with what is installed, and answers 10013.
pub fn why_not_permitted(address: &str, windows: bool) -> String {
    let port = address.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
    let reason = match port {
        _ if windows => {
            "Windows may have reserved a range of ports around it \
             (`netsh interface ipv4 show excludedportrange tcp` lists them)"
        }
        Some(1..1024) => "ports below 1024 are for the administrator",
        _ => "a rule of this system forbids it",
    };
    format!("this user may not listen on {address}: {reason}; choose another port")
}

impl Program {
    /// Runs a program from its first to its last line: reads the arguments and
    /// hands them to `work`.
    ///
    /// The exit code is 0, 1 if `work` failed, 2 if the arguments made no sense.
    pub fn run(&self, work: impl FnOnce(&Arguments) -> Result<()>) -> ExitCode {
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
        Ok(Some(Arguments { address, options, program: *self }))
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
            help += &format!("  {option:<18}  {about}\n");
        }
        help
    }
}

/// Whether `text` has the form `HOST:PORT`.
fn is_address(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}
