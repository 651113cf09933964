//! A crowd of clients in one loop: they connect, wait for each other, say a line each, and leave.

use anyhow::{Context, Result};
use ch15::{Handle, Mio, Protocol, Reactor, Transport, log};
use program::{Arguments, Program};
use std::cell::{Cell, RefCell};
use std::io;
use std::net::ToSocketAddrs;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

const PROGRAM: Program = Program {
    name: "crowd",
    about: "Connects many clients to a server; then each says a line and waits for one.",
    port: 8315,
    try_it: "",
    options: &[
        ("--clients N", "how many; without it, 1000"),
        ("--pause N", "for how many seconds they say nothing; without it, 0"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(come)
}

fn come(arguments: &Arguments) -> Result<()> {
    let address = &arguments.address;
    let address =
        address.to_socket_addrs()?.next().with_context(|| format!("what is {address}?"))?;
    let size = number(arguments, "--clients", 1000)?;
    let pause = Duration::from_secs(number(arguments, "--pause", 0)? as u64);
    let mut reactor = Reactor::new(Mio::new()?);
    let crowd = Rc::new(Crowd::new(size, pause));
    for _ in 0..size {
        let member = Member { crowd: Rc::clone(&crowd), stage: Stage::Connecting };
        reactor.handle().connect(address, member);
    }
    Ok(reactor.run()?)
}

fn number(arguments: &Arguments, name: &str, default: usize) -> Result<usize> {
    let Some(value) = arguments.value(name) else { return Ok(default) };
    let value = value.to_string_lossy();
    value.parse().with_context(|| format!("{name} wants a number, and {value} is none"))
}

/// What all clients share.
struct Crowd {
    size: usize,
    pause: Duration,
    since: Cell<Instant>,
    connected: RefCell<Vec<Transport>>,
    not_connected: Cell<usize>,
    answered: Cell<usize>,
    lost: Cell<usize>,
}

/// One client.
struct Member {
    crowd: Rc<Crowd>,
    stage: Stage,
}

enum Stage {
    Connecting,
    Connected,
    Answered,
}

impl Crowd {
    fn new(size: usize, pause: Duration) -> Self {
        Self {
            size,
            pause,
            since: Cell::new(Instant::now()),
            connected: RefCell::default(),
            not_connected: Cell::new(0),
            answered: Cell::new(0),
            lost: Cell::new(0),
        }
    }

    /// One more is connected, or is known not to be.
    fn see_who_is_there(self: &Rc<Self>, handle: &Handle) {
        let connected = self.connected.borrow().len();
        if connected + self.not_connected.get() < self.size {
            return;
        }
        let took = self.since.get().elapsed();
        let not = self.not_connected.get();
        log(format_args!("{connected} connected, {not} not; the last after {took:.2?}"));
        let crowd = Rc::clone(self);
        handle.call_later(self.pause, move || {
            crowd.since.set(Instant::now());
            for member in crowd.connected.borrow().iter() {
                member.write(b"hello\n");
            }
        });
    }

    /// One more is answered, or is known not to be.
    fn see_who_is_answered(&self) {
        let (answered, lost) = (self.answered.get(), self.lost.get());
        if answered + lost < self.connected.borrow().len() {
            return;
        }
        let took = self.since.get().elapsed();
        log(format_args!("{answered} answered, {lost} not; the last after {took:.2?}"));
        self.connected.borrow().iter().for_each(Transport::lose_connection);
    }
}

impl Protocol for Member {
    fn connection_made(&mut self, transport: &Transport) {
        self.stage = Stage::Connected;
        self.crowd.connected.borrow_mut().push(transport.clone());
        self.crowd.see_who_is_there(transport.reactor());
    }

    fn data_received(&mut self, _: &Transport, data: &[u8]) {
        if matches!(self.stage, Stage::Connected) && data.ends_with(b"\n") {
            self.stage = Stage::Answered;
            self.crowd.answered.set(self.crowd.answered.get() + 1);
            self.crowd.see_who_is_answered();
        }
    }

    fn connection_lost(&mut self, transport: &Transport, error: Option<io::Error>) {
        let crowd = &self.crowd;
        match self.stage {
            Stage::Connecting => {
                if let (0, Some(error)) = (crowd.not_connected.get(), error) {
                    log(format_args!("somebody cannot connect: {error}"));
                }
                crowd.not_connected.set(crowd.not_connected.get() + 1);
                crowd.see_who_is_there(transport.reactor());
            }
            Stage::Connected => {
                crowd.lost.set(crowd.lost.get() + 1);
                crowd.see_who_is_answered();
            }
            Stage::Answered => {}
        }
    }
}
