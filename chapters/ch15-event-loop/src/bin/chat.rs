//! Chapter 4's chat room, in one thread.

use ch04::Room;
use ch15::{BackgroundLog, Chat, Mio, Reactor};
use program::Program;
use std::net::TcpListener;
use std::process::ExitCode;
use std::rc::Rc;

const PROGRAM: Program = Program {
    name: "chat",
    about: "A chat room in one thread: each line goes to everybody else.",
    port: 8215,
    try_it: "join twice or more with `cargo run --bin client -- {address}`",
    options: &[],
};

/// How many may chat at once; the next client is told `full`.
const SEATS: usize = 10_000;

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        let _written_at_the_end = BackgroundLog::start()?;
        let mut reactor = Reactor::new(Mio::new()?);
        let room = Rc::new(Room::new(SEATS));
        reactor.listen(listener, move |_| Chat::new(&room))?;
        Ok(reactor.run()?)
    })
}
