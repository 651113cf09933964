//! Chapter 15's program, with your code in it.

use anyhow::{Context, Result, bail};
use ch04::LineBuffer;
use ch15::{
    Echo, Handle, HttpServer, Listing, Mio, Protocol, Reactor, Request, Response, Transport, Wheel,
    WheelId, echo_by_poll, path, relay, serve_static,
};
use program::{Arguments, Program};
use std::cell::RefCell;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

const PROGRAM: Program = Program {
    name: "ex15",
    about: "Serves a folder by one thread, and tells clients at /who who they are.",
    port: 8015,
    try_it: "open http://{address}/ or try `curl -i http://{address}/who`",
    options: &[
        ("--directory DIR", "the folder to serve; without it, the current one"),
        ("--poll", "send back what clients send, by the smallest loop"),
        ("--kitchen", "answer `300 soup` with soup after 300 milliseconds, unless told `forget`"),
        ("--relay ADDRESS", "pass everything on to ADDRESS and back; to an echo, if it is `echo`"),
    ],
};

/// How often the wheel of the kitchen turns.
const GRAIN: Duration = Duration::from_millis(10);

/// How many bytes may wait at an end of a relay before the other one is paused.
const ENOUGH: usize = 256 * 1024;

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let directory = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    if !directory.is_dir() {
        bail!("there is no folder {}; name one with --directory DIR", directory.display());
    }
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    if arguments.has("--poll") {
        return Ok(echo_by_poll(&listener, || false)?);
    }
    if arguments.has("--kitchen") {
        return cook(listener);
    }
    if let Some(address) = arguments.value("--relay") {
        return pass_on(listener, address.to_str().context("--relay needs an address")?);
    }
    let mut server = HttpServer::default();
    server.register(path("/who"), who);
    let (pattern, files) = serve_static("/", directory, Listing::Shown);
    server.register_reading(pattern, move |request, _| files(request));
    server.serve(listener)
}

fn who(request: &Request) -> Result<Response> {
    let peer = request.peer.context("nobody knows")?;
    Ok(Response::text(format!("{}\n", peer.ip())))
}

/// What is on the stove, and for whom.
type Stove = Rc<RefCell<Wheel<(Transport, String)>>>;

fn cook(listener: TcpListener) -> Result<()> {
    let mut reactor = Reactor::new(Mio::new()?);
    let handle = reactor.handle().clone();
    let stove: Stove = Rc::new(RefCell::new(Wheel::new(handle.now(), GRAIN, 512)));
    let theirs = Rc::clone(&stove);
    reactor.listen(listener, move |_| {
        let (stove, lines) = (Rc::clone(&theirs), LineBuffer::default());
        Guest { stove, lines, last: None }
    })?;
    serve_what_is_done(handle, stove);
    Ok(reactor.run()?)
}

fn serve_what_is_done(handle: Handle, stove: Stove) {
    while let Some((guest, dish)) = stove.borrow_mut().take_due(handle.now()) {
        guest.write(format!("{dish}\n").as_bytes());
    }
    let again = handle.clone();
    handle.call_later(GRAIN, move || serve_what_is_done(again, stove));
}

struct Guest {
    stove: Stove,
    lines: LineBuffer,
    /// What was ordered last.
    last: Option<WheelId>,
}

impl Protocol for Guest {
    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        self.lines.push(data);
        loop {
            let line = match self.lines.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => return,
                Err(_) => return transport.lose_connection(),
            };
            let line = String::from_utf8_lossy(line.trim_ascii());
            let order = line.split_once(' ');
            match order.and_then(|(time, dish)| Some((time.parse().ok()?, dish))) {
                Some((milliseconds, dish)) => {
                    let at = transport.reactor().now() + Duration::from_millis(milliseconds);
                    let what = (transport.clone(), dish.to_owned());
                    self.last = Some(self.stove.borrow_mut().set(at, what));
                }
                None if line == "forget" => {
                    let last = self.last.take();
                    last.and_then(|last| self.stove.borrow_mut().cancel(last));
                }
                None => transport.write(b"say a number of milliseconds and a word, or forget\n"),
            }
        }
    }
}

fn pass_on(listener: TcpListener, address: &str) -> Result<()> {
    let mut reactor = Reactor::new(Mio::new()?);
    let address: SocketAddr = match address {
        "echo" => {
            let own = TcpListener::bind("127.0.0.1:0")?;
            let address = own.local_addr()?;
            reactor.listen(own, |_| Echo)?;
            address
        }
        address => address.parse().context("--relay needs an address, such as 127.0.0.1:8007")?,
    };
    let handle = reactor.handle().clone();
    reactor.listen(listener, move |_| {
        let (near, far) = relay(ENOUGH);
        handle.connect(address, far);
        near
    })?;
    Ok(reactor.run()?)
}
