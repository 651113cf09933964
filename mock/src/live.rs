//! A server on a real port, for as long as a test takes.

use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Weak};
use std::thread;

use socket2::{Domain, Socket, Type};

use crate::TcpClient;
use crate::watched::{Watched, patience};

/// A server that runs on a free port of this machine.
///
/// ```
/// use mock::{Ending, Live, assert_bytes};
/// use std::io::Write;
///
/// Live::run(
///     |incoming| {
///         for conn in incoming {
///             conn.unwrap().write_all(b"Good morning\r\n").unwrap();
///         }
///     },
///     |live| {
///         let mut client = live.connect();
///         let (greeting, ending) = client.read_to_end();
///         assert_bytes!(greeting, b"Good morning\r\n");
///         assert_eq!(ending, Ending::Closed);
///     },
/// );
/// ```
#[derive(Debug)]
pub struct Live {
    addr: SocketAddr,
    /// The clients' connections. A client that was dropped has closed its own,
    /// so that we only hold them weakly.
    clients: Watched<Vec<Weak<TcpStream>>>,
}

/// The connections that arrive at a [`Live`] server, as
/// [`TcpListener::incoming`] has them, except that it ends: after all who came
/// before the test was over.
#[derive(Debug)]
pub struct Incoming {
    listener: TcpListener,
    /// Where the connection comes from that is the sign to end.
    last: SocketAddr,
    ended: bool,
}

impl Live {
    /// Runs `serve` in a thread of its own and `body` in this one, and returns
    /// what `body` returns. What `serve` returns is dropped.
    ///
    /// When `body` is done, or panics, the server is made to end too: every
    /// [`TcpClient`] that is still there hangs up, [`Incoming`] ends when it has
    /// delivered those who were still waiting, and the server's thread is joined.
    /// Hence `serve` may borrow, and when `run` returns, all is done. (A
    /// connection that `body` makes by other means than [`connect`](Live::connect),
    /// it must close itself.)
    ///
    /// # Panics
    ///
    /// If `body` does, or else if `serve` does. A server that does not return
    /// within [`patience`](crate::patience) ends the whole process with a sentence and exit code
    /// 101: a thread that borrows cannot be left behind.
    pub fn run<S, R>(serve: impl FnOnce(Incoming) -> S + Send, body: impl FnOnce(&Live) -> R) -> R {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let addr = listener.local_addr().expect("the port that we were given");
        let live = Live { addr, clients: Watched::default() };
        let (last_one, last) = socket_that_connects_last().expect("another free port");
        let incoming = Incoming { listener, last, ended: false };

        // Nothing is ever sent here. The receiver learns that the server's thread
        // has ended, in whatever way, because the sender is dropped with it.
        let (running, ended) = mpsc::channel::<()>();
        thread::scope(|scope| {
            let server = scope.spawn(move || {
                let _running = running;
                serve(incoming);
            });
            // If the body panics, the server must end before the panic goes on.
            // Nothing is looked at that the panic could have left half done.
            let outcome = catch_unwind(AssertUnwindSafe(|| body(&live)));
            live.hang_up();
            if !server.is_finished() {
                // If this fails, the server has just stopped listening.
                let _ = last_one.connect_timeout(&addr.into(), patience());
            }
            if ended.recv_timeout(patience()) == Err(RecvTimeoutError::Timeout) {
                give_up(outcome.is_err());
            }
            let served = server.join();
            match (outcome, served) {
                (Ok(result), Ok(())) => result,
                (Err(panic), _) | (Ok(_), Err(panic)) => resume_unwind(panic),
            }
        })
    }

    /// Where the server listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// A new client.
    ///
    /// ```
    /// # use mock::Live;
    /// # use std::io;
    /// # let echo = |mut incoming: mock::Incoming| {
    /// #     let conn = incoming.next().unwrap().unwrap();
    /// #     io::copy(&mut &conn, &mut &conn).unwrap();
    /// # };
    /// Live::run(echo, |live| {
    ///     let mut client = live.connect();
    ///     client.send("one\ntwo\n");
    ///     assert_eq!(client.read_until("\n"), b"one\n");
    ///     assert_eq!(client.read_exact(4), b"two\n");
    ///     client.finish(); // no more questions
    ///     assert_eq!(client.read_to_end().0, b"");
    /// });
    /// ```
    #[track_caller]
    pub fn connect(&self) -> TcpClient {
        let client = TcpClient::connect(self.addr);
        self.clients.change(|clients| clients.push(Arc::downgrade(&client.stream)));
        client
    }

    /// Ends all conversations: a server that reads finds the end, and one that is
    /// stuck in a write is stuck no longer. (What it writes is refused or, on some
    /// systems, swallowed.)
    fn hang_up(&self) {
        let clients = self.clients.look(Vec::clone);
        for stream in clients.iter().filter_map(Weak::upgrade) {
            // It fails if the server was faster.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Iterator for Incoming {
    type Item = io::Result<TcpStream>;

    fn next(&mut self) -> Option<io::Result<TcpStream>> {
        if self.ended {
            return None;
        }
        match self.listener.accept() {
            Ok((_, from)) if from == self.last => {
                self.ended = true;
                None
            }
            Ok((stream, _)) => Some(Ok(stream)),
            Err(error) => Some(Err(error)),
        }
    }
}

/// A socket for one more connection, which is the sign for [`Incoming`] to end, and
/// its address. The connection wakes a server that waits in `accept`, and stands in
/// line behind all clients.
fn socket_that_connects_last() -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let addr = socket.local_addr()?.as_socket().ok_or(ErrorKind::AddrNotAvailable)?;
    Ok((socket, addr))
}

/// The last way out when a server does not return.
fn give_up(body_panicked: bool) -> ! {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    let and = if body_panicked { " (and the test itself had panicked)" } else { "" };
    // Not `eprintln!`: the test harness would capture it and never show it.
    let _ = writeln!(
        io::stderr(),
        "{test}: the server did not return within {:?} after its last client \
         had gone and no more could come{and}",
        patience(),
    );
    process::exit(101);
}
