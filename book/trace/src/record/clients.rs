//! The five clients: one silent, one slow, and three who ask at once.

use crate::record::recorder::{PATIENCE, Recorder};
use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use workbook::pages::trace::event::{Event, EventKind, Operation};

/// A client, and what it does, each thing so many milliseconds after the beginning.
#[derive(Debug)]
pub struct Client {
    /// What it is called.
    pub letter: char,
    /// What it does, in order.
    pub steps: &'static [(u64, Step)],
}

/// What a client does.
#[derive(Debug)]
pub enum Step {
    /// Connects.
    Connect,
    /// Sends this.
    Send(&'static str),
    /// Reads to the end of the answer, and leaves.
    Read,
    /// Leaves, and has asked for nothing.
    Leave,
}

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

/// All of them, in the order in which they come.
pub const CLIENTS: [Client; 5] = [
    Client {
        letter: 'A',
        steps: &[(20, Step::Connect), (20, Step::Send(REQUEST)), (20, Step::Read)],
    },
    Client { letter: 'B', steps: &[(100, Step::Connect), (900, Step::Leave)] },
    Client {
        letter: 'C',
        steps: &[
            (160, Step::Connect),
            (160, Step::Send("GET / HTTP/1.1\r\n")),
            (240, Step::Send("Host: ")),
            (320, Step::Send("127.0.0.1\r\n")),
            (400, Step::Send("Connection: ")),
            (480, Step::Send("close\r\n")),
            (560, Step::Send("\r\n")),
            (560, Step::Read),
        ],
    },
    Client {
        letter: 'D',
        steps: &[(280, Step::Connect), (280, Step::Send(REQUEST)), (280, Step::Read)],
    },
    Client {
        letter: 'E',
        steps: &[(360, Step::Connect), (360, Step::Send(REQUEST)), (360, Step::Read)],
    },
];

/// Whether a client's step has its place in the order in which they come: A has its answer before
/// the others are there, B is accepted next, and then each connects when the one before has asked.
pub fn is_in_turn(events: &[Event], client: &Client, step: usize) -> bool {
    let was_seen = |letter, kind| {
        events.iter().any(|event| event.client == Some(letter) && event.kind == kind)
    };
    match (client.letter, step) {
        ('B', 0) => was_seen('A', EventKind::Answered),
        ('C', 0) => was_seen('B', EventKind::End(Operation::Accept)),
        ('D', 0) => was_seen('C', EventKind::Send),
        ('E', 0) => was_seen('D', EventKind::Send),
        _ => true,
    }
}

/// Lets all of them talk to the server at `address`, each in a thread of its own. `before` is
/// called with a client and the number of a step, and returns when it is time for that.
pub fn play(
    address: SocketAddr,
    recorder: &Recorder,
    before: &(impl Fn(&Client, usize) -> Result<()> + Sync),
) -> Result<()> {
    thread::scope(|scope| {
        let play = |client: &'static Client| {
            let letter = client.letter;
            let played = one(client, address, recorder, before);
            played.with_context(|| format!("client {letter}"))
        };
        let threads = CLIENTS.each_ref().map(|client| scope.spawn(move || play(client)));
        let outcomes = threads.map(|thread| thread.join().expect("a client does not panic"));
        outcomes.into_iter().collect()
    })
}

fn one(
    client: &Client,
    address: SocketAddr,
    recorder: &Recorder,
    before: &impl Fn(&Client, usize) -> Result<()>,
) -> Result<()> {
    let mut stream = None;
    for (number, (_, step)) in client.steps.iter().enumerate() {
        before(client, number)?;
        match step {
            Step::Connect => {
                recorder.note_client(client.letter, EventKind::Connect, "");
                let connected = TcpStream::connect(address)?;
                recorder.introduce(connected.local_addr()?, client.letter);
                connected.set_read_timeout(Some(PATIENCE))?;
                // The slow one's pieces go out one by one.
                connected.set_nodelay(true)?;
                stream = Some(connected);
            }
            Step::Send(piece) => {
                // Before, since the server may be quicker than we are with noting it.
                recorder.note_client(
                    client.letter,
                    EventKind::Send,
                    format!("{} bytes", piece.len()),
                );
                stream.as_mut().context("not connected")?.write_all(piece.as_bytes())?;
            }
            Step::Read => {
                let mut answer = Vec::new();
                stream.take().context("not connected")?.read_to_end(&mut answer)?;
                recorder.note_client(client.letter, EventKind::Answered, "");
                let answer = String::from_utf8_lossy(&answer);
                let status = answer.split(' ').nth(1);
                ensure!(status == Some("200"), "the answer is: {answer}");
            }
            Step::Leave => {
                recorder.note_client(client.letter, EventKind::Leave, "");
                stream.take().context("not connected")?.shutdown(Shutdown::Both)?;
            }
        }
    }
    Ok(())
}
