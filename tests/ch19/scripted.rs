//! A network that a test has written down: servers that follow scripts.

use ch19::{Connector, Deadline, FetchError, Limits, Origin, Session, Wire};
use mock::{MockConnection, Peer, Script};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Whoever connects, wherever they want to go, meets the next of these servers. When there is none
/// left, the connection is refused. Clones are the same.
#[derive(Clone, Default)]
pub struct Servers(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    waiting: VecDeque<MockConnection>,
    peers: Vec<Peer>,
    origins: Vec<String>,
    /// The servers that have closed a connection on which nothing is asked.
    gone: Vec<usize>,
    deadlines: Vec<Instant>,
}

impl Servers {
    /// Each of them follows a script.
    pub fn new(scripts: impl IntoIterator<Item = impl Into<Script>>) -> Self {
        Self::of(scripts.into_iter().map(MockConnection::pair))
    }

    /// The same of connections that have more habits.
    pub fn of(pairs: impl IntoIterator<Item = (MockConnection, Peer)>) -> Self {
        let (waiting, peers) = pairs.into_iter().unzip();
        Self(Arc::new(Mutex::new(State { waiting, peers, ..State::default() })))
    }

    fn look<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.0.lock().expect("nobody panics while it is locked"))
    }

    /// What the server with this number sees; the first one is 0.
    pub fn peer(&self, number: usize) -> Peer {
        self.look(|state| state.peers[number].clone())
    }

    /// The first lines of what was asked of it.
    pub fn asked(&self, number: usize) -> Vec<String> {
        let sent = String::from_utf8_lossy(&self.peer(number).sent()).into_owned();
        let lines = sent.lines().filter_map(|line| line.strip_suffix(" HTTP/1.1"));
        lines.map(str::to_owned).collect()
    }

    /// Where the connections were to lead, one after the other.
    pub fn origins(&self) -> Vec<String> {
        self.look(|state| state.origins.clone())
    }

    /// How many connections there were.
    pub fn connects(&self) -> usize {
        self.origins().len()
    }

    /// From now on, the connection to the server with this number is not quiet any more.
    pub fn leave(&self, number: usize) {
        self.look(|state| state.gone.push(number));
    }

    /// All deadlines that a connection was given, in their order.
    pub fn deadlines(&self) -> Vec<Instant> {
        self.look(|state| state.deadlines.clone())
    }

    /// A session that knows no other network.
    pub fn session(&self) -> Session {
        self.session_with(Limits::default())
    }

    pub fn session_with(&self, limits: Limits) -> Session {
        Session::new(limits).connecting_by(self.clone())
    }

    /// A connection to the next server.
    pub fn wire(&self) -> Box<dyn Wire> {
        let origin = Origin::of(&url("http://test/")).expect("an origin");
        self.connect(&origin, &Deadline::within(Limits::default().time)).expect("a server is left")
    }
}

impl Connector for Servers {
    fn connect(&self, origin: &Origin, _: &Deadline) -> Result<Box<dyn Wire>, FetchError> {
        let (conn, number) = self.look(|state| {
            let number = state.origins.len();
            state.origins.push(origin.to_string());
            (state.waiting.pop_front(), number)
        });
        match conn {
            Some(conn) => Ok(Box::new(ScriptedWire { conn, number, servers: self.clone() })),
            None => Err(FetchError::Connect(origin.clone(), ErrorKind::ConnectionRefused.into())),
        }
    }
}

struct ScriptedWire {
    conn: MockConnection,
    number: usize,
    servers: Servers,
}

impl Read for ScriptedWire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.conn.read(buffer)
    }
}

impl Write for ScriptedWire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.conn.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.conn.flush()
    }
}

impl Wire for ScriptedWire {
    fn set_deadline(&mut self, at: Instant) {
        self.servers.look(|state| state.deadlines.push(at));
    }

    fn is_quiet(&mut self) -> bool {
        self.servers.look(|state| !state.gone.contains(&self.number))
    }
}

/// A server that gives these answers, each to one request, and closes when it is asked once more.
pub fn answers(answers: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Script {
    let each = |(number, script): (usize, Script), answer: &[u8]| {
        (number + 1, asked(script, number + 1).bytes(answer))
    };
    let start = (0, Script::new());
    let (number, script) =
        answers.into_iter().fold(start, |state, answer| each(state, answer.as_ref()));
    asked(script, number + 1)
}

/// Then it waits until so many requests have come in all, none of which has an empty line in it.
pub fn asked(script: Script, count: usize) -> Script {
    let heads = |sent: &[u8]| sent.windows(4).filter(|four| four == b"\r\n\r\n").count();
    script.once(move |sent| heads(sent) >= count)
}

/// An answer with a length.
pub fn ok(body: &str) -> String {
    answer("200 OK", "", body)
}

/// The same with another status, and with these fields, each with its line end.
pub fn answer(status: &str, fields: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\n\r\n{body}")
}

/// A redirect.
pub fn lead(status: u16, to: &str) -> String {
    answer(&format!("{status} Over There"), &format!("Location: {to}\r\n"), "go on")
}

pub fn url(text: &str) -> url::Url {
    text.parse().expect("a URL")
}

pub fn headers(fields: &[(&str, &str)]) -> ch19::Headers {
    let mut headers = ch19::Headers::default();
    fields.iter().for_each(|(name, value)| headers.add(name, value).expect("a field"));
    headers
}
