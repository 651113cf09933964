//! Chapter 6's program, with your code in it.

use ch06::{HttpServer, Recorder, Replay, Scripted, Step, TimedStream, rehearse, serve};
use program::{Arguments, Program};
use std::io::{self, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use std::time::Duration;

const PROGRAM: Program = Program {
    name: "ex06",
    about: "Chapter 5's answers, for many clients at once, within limits.",
    port: 8006,
    try_it: "open http://{address}/ or try `curl -i http://{address}/`",
    options: &[
        ("--permits N", "at most N clients at once"),
        ("--patience MS", "each request must be there within so many milliseconds"),
        ("--rehearse N", "tell each client what came of it if they reset after N bytes"),
        ("--record", "send each client the recording of their request, and no answer"),
        ("--replay", "take a recording, and send what is answered to it"),
    ],
};

/// The longest request that is rehearsed, in bytes.
const LONGEST: u64 = 1024 * 1024;

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        run(listener, arguments);
        Ok(())
    })
}

fn run(listener: TcpListener, arguments: &Arguments) {
    let mut server = HttpServer::default();
    if let Some(permits) = number(arguments, "--permits") {
        server.limits.connections = permits;
    }
    if let Some(patience) = number(arguments, "--patience") {
        server.limits.request_time = Duration::from_millis(patience as u64);
    }
    let (incoming, limits) = (listener.incoming(), &server.limits);
    if let Some(bytes) = number(arguments, "--rehearse") {
        serve(incoming, limits, |conn, _| reset_after(bytes, &server, conn));
    } else if arguments.has("--record") {
        serve(incoming, limits, |conn, peer| record(&server, conn, peer));
    } else if arguments.has("--replay") {
        serve(incoming, limits, |conn, peer| replay(&server, conn, peer));
    } else {
        server.serve(incoming);
    }
}

/// Plays what the client sends, until it sends no more, with a reset after so many bytes
/// if there are so many, and tells it what came of it.
fn reset_after(bytes: usize, server: &HttpServer, conn: &mut TimedStream) -> io::Result<()> {
    let mut request = Vec::new();
    conn.take(LONGEST).read_to_end(&mut request)?;
    let steps = match request.get(..bytes) {
        Some(start) => vec![Step::Bytes(start.to_vec()), Step::Reset],
        None => vec![Step::Bytes(request)],
    };
    let report = rehearse(server, &mut Scripted::new(steps));
    conn.write_all(format!("{report}\n").as_bytes())
}

/// Records a conversation, in which the client hears the recording instead of the answer.
fn record(server: &HttpServer, conn: &mut TimedStream, peer: Option<SocketAddr>) -> io::Result<()> {
    let mut recording = Vec::new();
    let outcome =
        server.on_connect(&mut Recorder::new(Unanswered(&mut *conn), &mut recording), peer);
    conn.write_all(&recording)?;
    outcome
}

/// Reads a recording, and sends what the server answers when it is played.
fn replay(server: &HttpServer, conn: &mut TimedStream, peer: Option<SocketAddr>) -> io::Result<()> {
    let mut replay = Replay::new(BufReader::new(&mut *conn));
    let outcome = server.on_connect(&mut replay, peer);
    let answer = replay.written().to_vec();
    conn.write_all(&answer)?;
    outcome
}

/// A connection whose client hears nothing of what is written.
struct Unanswered<C>(C);

impl<C: Read> Read for Unanswered<C> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<C> Write for Unanswered<C> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The value of an option, if it is a number.
fn number(arguments: &Arguments, name: &str) -> Option<usize> {
    arguments.value(name)?.to_str()?.parse().ok()
}
