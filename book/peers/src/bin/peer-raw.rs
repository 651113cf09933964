//! As little as a server can do: one thread that waits for all its clients at once and answers
//! every blank line with the same bytes. It parses nothing, has no deadline and no limit, and a
//! client that does not read loses bytes. It shows what the system costs, not how to serve.

use anyhow::Result;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use program::Program;
use socket2::SockRef;
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "peer-raw",
    about: "Answers each blank line with the same bytes.",
    port: 8021,
    try_it: "try `curl -i http://{address}/page`",
    options: &[],
};

/// As long as an answer of the chapters.
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nServer: OwnHands/0.1\r\n\
    Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Content-Length: 10\r\n\r\nHi there!\n";

/// It stands for the listener; connections count from the next number on.
const LISTENER: Token = Token(0);

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = std::net::TcpListener::bind(&arguments.address);
        let listener = arguments.announce(listener)?;
        // The standard library has 128 clients wait at most to be accepted. This sets it anew.
        SockRef::from(&listener).listen(4096)?;
        listener.set_nonblocking(true)?;
        serve(TcpListener::from_std(listener))
    })
}

fn serve(mut listener: TcpListener) -> Result<()> {
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut connections = HashMap::new();
    let mut next = LISTENER.0;
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut conn, _)) = listener.accept() {
                    conn.set_nodelay(true)?;
                    next += 1;
                    poll.registry().register(&mut conn, Token(next), Interest::READABLE)?;
                    connections.insert(Token(next), conn);
                }
            } else if let Some(conn) = connections.get_mut(&event.token())
                && !answer(conn)
            {
                connections.remove(&event.token());
            }
        }
    }
}

/// Answers what has come. Returns whether the connection goes on.
fn answer(conn: &mut TcpStream) -> bool {
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = match conn.read(&mut buffer) {
            Ok(0) => return false,
            Ok(count) => count,
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        };
        let came = &buffer[..count];
        let blank_lines = came.windows(4).filter(|bytes| *bytes == b"\r\n\r\n").count();
        if conn.write_all(&ANSWER.repeat(blank_lines)).is_err() {
            return false;
        }
        if says_close(came) {
            return false;
        }
        // On Unix nothing more is there, or there will be word of it; Windows gives word only
        // to who has found nothing.
        if cfg!(unix) && count < buffer.len() {
            return true;
        }
    }
}

/// Whether somebody wants no more than one answer. The load says so in its last line.
fn says_close(came: &[u8]) -> bool {
    came.ends_with(b"Connection: close\r\n\r\n")
}
