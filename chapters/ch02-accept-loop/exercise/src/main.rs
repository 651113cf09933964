//! Chapter 2's program, with your code in it.

use ch02::{Visit, daytime, greet_and_echo, log_visit, serve};
use chrono::{DateTime, Utc};
use program::{Arguments, Program, log};
use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex02",
    about: "Greets each client and sends back what they send, one at a time.",
    port: 8002,
    try_it: "talk to it with `cargo run --bin client -- {address}`",
    options: &[
        ("--daytime", "tell each client the date and the time, and hang up"),
        ("--guest-book", "log each visit, and tell each client about the one before"),
        ("--at SECONDS", "it is always so many seconds after 1970 began"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        let at = moment(arguments);
        let now = || at.unwrap_or_else(Utc::now);
        if arguments.has("--daytime") {
            serve(listener.incoming(), |conn| daytime(conn, now()));
        } else if arguments.has("--guest-book") {
            with_a_guest_book(listener, now);
        } else {
            serve(listener.incoming(), greet_and_echo);
        }
        Ok(())
    })
}

/// Greets and echoes, and each client is told first about the visit before its own.
fn with_a_guest_book(listener: TcpListener, now: impl Fn() -> DateTime<Utc>) {
    let last: RefCell<Option<Visit>> = RefCell::new(None);
    serve(listener.incoming(), |conn: TcpStream| {
        let before = last.take();
        let keep = |visit| {
            log(format_args!("ex02: {visit}"));
            last.replace(Some(visit));
        };
        log_visit(conn, |conn| tell_greet_and_echo(conn, before), &now, keep)
    });
}

fn tell_greet_and_echo(mut conn: impl Read + Write, before: Option<Visit>) -> io::Result<()> {
    if let Some(visit) = before {
        writeln!(conn, "before you: {visit}")?;
    }
    greet_and_echo(conn)
}

/// The value of `--at`, if it is a moment.
fn moment(arguments: &Arguments) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(arguments.value("--at")?.to_str()?.parse().ok()?, 0)
}
