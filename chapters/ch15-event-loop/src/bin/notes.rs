//! A server that writes notes into a file, and a client of it, both in one loop.

use anyhow::{Context, Result};
use ch15::{BackgroundLog, Greeter, Handle, Mio, Notes, Reactor, log};
use program::{Arguments, Program};
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

const PROGRAM: Program = Program {
    name: "notes",
    about: "Writes each line that a client sends into a file, and a line of its own now and then.",
    port: 8315,
    try_it: "try `cargo run --bin client -- {address}`",
    options: &[("--file FILE", "the file for the notes; without it, notes.txt")],
};

/// How often the program reminds itself.
const SOON: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    PROGRAM.run(take_notes)
}

fn take_notes(arguments: &Arguments) -> Result<()> {
    let name = arguments.value("--file").unwrap_or("notes.txt".as_ref());
    let file = File::options().create(true).append(true).open(name);
    let notes = Notes::new(file.with_context(|| format!("cannot open {}", name.display()))?);
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let address = listener.local_addr()?;
    let _written_at_the_end = BackgroundLog::start()?;
    let mut reactor = Reactor::new(Mio::new()?);
    reactor.listen(listener, move |_| notes.protocol())?;
    remind(reactor.handle().clone(), address);
    Ok(reactor.run()?)
}

/// Connects to the server in the same loop, says a line and hangs up; and again, later.
fn remind(handle: Handle, address: SocketAddr) {
    let greeter = Greeter::new("look out of the window", |answer| match answer {
        Ok(line) => log(String::from_utf8_lossy(line.trim_ascii_end())),
        Err(error) => log(format_args!("no answer: {error}")),
    });
    handle.connect(address, greeter);
    let again = handle.clone();
    handle.call_later(SOON, move || remind(again, address));
}
