use crate::accepted;
use rustix::event::{PollFd, PollFlags, poll};
use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use std::{iter, thread};

/// The most that is kept for a client that does not take it, in bytes.
const ENOUGH: usize = 64 * 1024;

/// Echoes to any number of clients, in this thread alone: the smallest event loop.
///
/// In each round the kernel is asked about every socket: which of these can I read, and which can
/// I write to, without waiting? That is `poll`, which Unix has had since 1986 and Windows calls
/// `WSAPoll`. It says what *is*, and says it again as long as it is so (level-triggered). And it
/// must be told of every socket each time, so that a round with one client that says something
/// costs as much as there are clients that say nothing.
///
/// Returns when `is_over` says so, which is asked before each round, or with the error of `poll`.
pub fn echo_by_poll(listener: &TcpListener, is_over: impl Fn() -> bool) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let mut clients: Vec<Client> = Vec::new();
    while !is_over() {
        let mut sockets = vec![PollFd::new(listener, PollFlags::IN)];
        sockets.extend(clients.iter().map(|client| PollFd::new(&client.stream, client.wishes())));
        match poll(&mut sockets, None) {
            // A signal came.
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            outcome => outcome?,
        };
        let ready: Vec<bool> = sockets.iter().map(|socket| !socket.revents().is_empty()).collect();
        let mut ready = ready.into_iter();
        let somebody_comes = ready.next() == Some(true);
        clients.retain_mut(|client| {
            // An error has no answer but to let the client go.
            ready.next() != Some(true) || client.go_on().unwrap_or(false)
        });
        if somebody_comes {
            clients.extend(take_all(listener));
        }
    }
    Ok(())
}

/// All that wait at the listener. If there are no more descriptors, `poll` will tell of those who
/// are left in the next round.
fn take_all(listener: &TcpListener) -> Vec<Client> {
    let is_over = Cell::new(false);
    let waiting = iter::from_fn(|| match listener.accept() {
        _ if is_over.get() => None,
        Err(error) if error.kind() == ErrorKind::WouldBlock => None,
        accepted => Some(accepted),
    });
    let pause = |time| {
        thread::sleep(time);
        is_over.set(true);
    };
    let streams = accepted(waiting, pause).map(|(stream, _)| stream);
    let streams = streams.filter(|stream| stream.set_nonblocking(true).is_ok());
    streams.map(|stream| Client { stream, unsent: Vec::new(), at_end: false }).collect()
}

struct Client {
    stream: TcpStream,
    unsent: Vec<u8>,
    at_end: bool,
}

impl Client {
    /// What the kernel is asked about. Who does not take its echo is not read (back-pressure).
    fn wishes(&self) -> PollFlags {
        todo!("when do we want to read, and when to write?")
    }

    /// Does what can be done without waiting. Returns whether the client stays.
    fn go_on(&mut self) -> io::Result<bool> {
        todo!("read once, write once, if it is wished for; and until when does it stay?")
    }
}

/// `None` if there was nothing to be done: a socket may look ready and not be.
fn unless_blocked(outcome: io::Result<usize>) -> io::Result<Option<usize>> {
    match outcome {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            Ok(None)
        }
        outcome => outcome.map(Some),
    }
}
