use crate::wire::judge::messages_in;
use crate::wire::{Case, End, LAST, Then, judge, to_notation};
use mock::{MockConnection, Script, TcpClient};
use std::any::Any;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Of a longer transcript, so many lines are shown, at its beginning and at its end.
const MOST_LINES: usize = 60;

/// How the bytes of a case reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A `MockConnection`, with one read for each piece of the case.
    Whole,
    /// A `MockConnection`, with one byte a read; with a hundredth of a long case.
    Dripping,
    /// A `MockConnection`, with one read up to this offset and one from there.
    CutAt(usize),
    /// The same, and between them a read that was interrupted.
    InterruptedAt(usize),
    /// A socket.
    Tcp,
}

/// Where a case that is to be right at every split is cut into two reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cuts {
    /// Everywhere but for places that are alike: of those inside a word (letters and digits) the
    /// first one stands for all.
    Unlike,
    /// Everywhere.
    All,
}

/// What came of a case.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How it was sent.
    pub transport: Transport,
    /// What happened, in this order.
    pub events: Vec<Event>,
    /// What was expected, one line for each answer that is right. Of a case that was passed without
    /// a socket, of which there are a hundred thousand, nobody asks, and it is empty.
    pub expected: Vec<String>,
    /// What is wrong; empty if the case was passed.
    pub faults: Vec<String>,
}

/// Something that happened between client and server.
#[derive(Clone, Debug)]
pub enum Event {
    /// The client sent this.
    Sent(Vec<u8>),
    /// The server sent this.
    Received(Vec<u8>),
    /// Something else, in words.
    Note(String),
}

/// What a client does.
#[derive(Clone)]
enum Step {
    Send(Vec<u8>),
    /// Waits until so many messages have come.
    Await(usize),
}

impl Case {
    /// What the client does, step by step.
    fn steps(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for (index, piece) in self.pieces.iter().enumerate() {
            steps.extend(self.awaits.get(&index).map(|&count| Step::Await(count)));
            steps.push(Step::Send(piece.clone()));
        }
        steps.extend(self.awaits.get(&self.pieces.len()).map(|&count| Step::Await(count)));
        steps
    }

    /// The last two of them in a conversation that is to tell whether it is kept.
    fn last_steps(&self) -> Vec<Step> {
        match self.kept {
            Some(_) => vec![Step::Await(self.messages()), Step::Send(LAST.to_vec())],
            None => Vec::new(),
        }
    }

    /// Which answers are to HEAD.
    fn heads(&self) -> Vec<bool> {
        self.answers.iter().map(|right| right[0].head).collect()
    }

    /// The ways in which it is played without a socket.
    pub fn mock_transports(&self, cuts: Cuts) -> Vec<Transport> {
        let bytes = self.pieces.concat();
        let in_word = |offset: usize| bytes[offset].is_ascii_alphanumeric();
        let alike = |at: usize| at > 1 && in_word(at - 2) && in_word(at - 1) && in_word(at);
        let mut transports = vec![Transport::Whole, Transport::Dripping];
        if self.every_split {
            let places = (1..bytes.len()).filter(|&at| cuts == Cuts::All || !alike(at));
            transports.extend(places.map(Transport::CutAt));
            transports.push(Transport::InterruptedAt(bytes.len() / 2));
        }
        transports
    }

    /// Plays it without a socket: to `on_connect`, which gets a connection, and
    /// another one if the case has a next client.
    ///
    /// A client that stays is one whose further reads fail with `TimedOut`, as
    /// they do when a deadline is over. A spare connection has no meaning here.
    /// As a transport, [`Tcp`](Transport::Tcp) is the same as `Whole`.
    pub fn over_mock(&self, on_connect: impl Fn(MockConnection), transport: Transport) -> Verdict {
        let mut events = Vec::new();
        let heads: Arc<[bool]> = self.heads().into();
        let mut visit = |steps: Vec<Step>, then: Then| {
            let mut script = Script::new();
            for step in steps {
                script = match step {
                    Step::Send(bytes) => {
                        events.push(Event::Sent(bytes.clone()));
                        script.bytes(bytes)
                    }
                    Step::Await(count) => {
                        events.push(awaited(count));
                        let heads = Arc::clone(&heads);
                        script.once(move |sent| messages_in(sent, &heads) >= count)
                    }
                };
                if let Transport::InterruptedAt(_) = transport {
                    script = script.fail(ErrorKind::Interrupted);
                }
            }
            let script = match then {
                // Nothing that it is told is enough for it to say more.
                Then::Stay | Then::Wait => script.once(|_| false),
                Then::HalfClose | Then::Leave => script,
                Then::Reset => script.reset(),
            };
            events.push(Event::Note(format!("the client {then}")));
            let (conn, peer) = MockConnection::pair(script);
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                on_connect(conn);
                peer.wait_closed(); // a thread may have it
            }));
            let end = match outcome {
                Ok(()) => End::Closed,
                Err(panic) => End::Broken(format!("a panic: {}", sentence(&*panic))),
            };
            end_of(&mut events, peer.sent(), end)
        };
        let mut steps = transport.cut(self.steps());
        steps.extend(self.last_steps());
        let mut answer = visit(steps, self.then);
        if let Some(next) = &self.next {
            answer = visit(vec![Step::Send(next.clone())], Then::Stay);
        }
        self.verdict(transport, events, answer)
    }

    /// Plays it over TCP, to the server at `addr`.
    ///
    /// Waits at most `patience` for an answer and its end. That may be short for
    /// a server that is not expected to come to an end.
    ///
    /// # Panics
    ///
    /// If the server takes nothing for 10 seconds.
    pub fn over_tcp(&self, addr: SocketAddr, patience: Duration) -> Verdict {
        let mut events = Vec::new();
        let _spare = self.spare.then(|| {
            events.push(Event::Note("somebody else has connected and says nothing".to_owned()));
            TcpClient::try_connect(addr)
        });
        let heads = self.heads();
        let mut visit = |steps: Vec<Step>, then: Then| {
            let mut client = match TcpClient::try_connect(addr) {
                Ok(client) => client,
                Err(error) => return (Vec::new(), End::Broken(format!("no connection: {error}"))),
            };
            let (mut sent_all, mut received) = (true, Vec::new());
            for step in steps {
                match step {
                    Step::Send(bytes) => {
                        sent_all = sent_all && client.try_send(&bytes).is_ok();
                        events.push(Event::Sent(bytes));
                    }
                    Step::Await(count) => {
                        events.push(awaited(count));
                        let wanted = |got: &[u8]| match messages_in(got, &heads) < count {
                            true => usize::MAX,
                            false => 0,
                        };
                        let end = read_while(client.stream(), &mut received, wanted, patience);
                        if let Some(end) = end {
                            return end_of(&mut events, received, end);
                        }
                    }
                }
            }
            events.push(Event::Note(format!("the client {then}")));
            match then {
                Then::Stay | Then::Wait => {}
                Then::HalfClose => client.finish(),
                Then::Leave => return (Vec::new(), End::Closed),
                Then::Reset => {
                    client.reset();
                    return (Vec::new(), End::Closed);
                }
            }
            let end = read_while(client.stream(), &mut received, |_| usize::MAX, patience);
            let end = end.unwrap_or(End::Open(patience)); // there are not so many bytes
            // A write that meets a reset is the only one to be told of it.
            end_of(&mut events, received, if sent_all { end } else { End::Reset })
        };
        let mut steps = self.steps();
        // On one that is closed the end is seen. A request sent into it could only spoil that:
        // a server that does not linger would reset it.
        if self.kept == Some(true) {
            steps.extend(self.last_steps());
        }
        let mut answer = visit(steps, self.then);
        if let Some(next) = &self.next {
            answer = visit(vec![Step::Send(next.clone())], Then::Stay);
        }
        self.verdict(Transport::Tcp, events, answer)
    }

    fn verdict(&self, transport: Transport, events: Vec<Event>, answer: (Vec<u8>, End)) -> Verdict {
        let (received, end) = answer;
        let faults = judge(self, &received, &end);
        let told = transport == Transport::Tcp || !faults.is_empty();
        let expected = if told { self.expected() } else { Vec::new() };
        Verdict { transport, events, expected, faults }
    }
}

impl Transport {
    /// The same steps, with what is sent between two waits cut into other pieces.
    fn cut(self, steps: Vec<Step>) -> Vec<Step> {
        if matches!(self, Self::Whole | Self::Tcp) {
            return steps;
        }
        // Who parses all that has come with each byte that comes takes the square of the
        // length.
        let length = |step: &Step| if let Step::Send(bytes) = step { bytes.len() } else { 0 };
        let whole: usize = steps.iter().map(length).sum();
        let size = if whole < 600 { 1 } else { whole / 100 };
        let (mut cut, mut before) = (Vec::new(), 0);
        for together in steps.chunk_by(|a, b| matches!((a, b), (Step::Send(_), Step::Send(_)))) {
            if let [wait @ Step::Await(_)] = together {
                cut.push(wait.clone());
                continue;
            }
            let bytes = together.iter().filter_map(|step| match step {
                Step::Send(bytes) => Some(bytes.as_slice()),
                Step::Await(_) => None,
            });
            let bytes = bytes.collect::<Vec<_>>().concat();
            let pieces: Vec<&[u8]> = match self {
                Self::CutAt(offset) | Self::InterruptedAt(offset) => {
                    let offset = offset.saturating_sub(before).min(bytes.len());
                    let (first, second) = bytes.split_at(offset);
                    vec![first, second]
                }
                _ => bytes.chunks(size).collect(),
            };
            cut.extend(pieces.iter().map(|piece| Step::Send(piece.to_vec())));
            before += bytes.len();
        }
        cut
    }
}

/// That the client waits.
fn awaited(count: usize) -> Event {
    Event::Note(format!("the client waits until {count} messages have come"))
}

/// Notes the answer and how it ended, and returns both.
fn end_of(events: &mut Vec<Event>, received: Vec<u8>, end: End) -> (Vec<u8>, End) {
    events.push(Event::Received(received.clone()));
    events.push(Event::Note(match &end {
        End::Closed => "the server closes".to_owned(),
        End::Reset => "the server resets the connection".to_owned(),
        End::Open(time) => format!("nothing more for {time:?}"),
        End::Broken(how) => how.clone(),
    }));
    (received, end)
}

/// What comes until the connection ends, and how it ends.
pub(crate) fn read_to_end(stream: &TcpStream, patience: Duration) -> (Vec<u8>, End) {
    let (received, end) = read_at_most(stream, usize::MAX, patience);
    // There are not so many bytes.
    (received, end.unwrap_or(End::Open(patience)))
}

/// So many bytes, or fewer and how the connection ended before.
pub(crate) fn read_at_most(
    stream: &TcpStream,
    count: usize,
    patience: Duration,
) -> (Vec<u8>, Option<End>) {
    let mut received = Vec::new();
    let end = read_while(stream, &mut received, |got| count - got.len(), patience);
    (received, end)
}

/// Appends what comes to `received`, as many bytes as `wanted` asks for, looking at those that
/// are there; at the end of the connection, how that ended.
fn read_while(
    mut stream: &TcpStream,
    received: &mut Vec<u8>,
    wanted: impl Fn(&[u8]) -> usize,
    patience: Duration,
) -> Option<End> {
    let until = Instant::now() + patience;
    let mut buffer = [0; 4096];
    Some(loop {
        let wanted = buffer.len().min(wanted(received));
        if wanted == 0 {
            return None;
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break End::Open(patience);
        }
        // It fails, on some systems, if the server has hung up; then no read waits.
        let _ = stream.set_read_timeout(Some(left));
        match stream.read(&mut buffer[..wanted]) {
            Ok(0) => break End::Closed,
            Ok(count) => received.extend(&buffer[..count]),
            Err(error) => match error.kind() {
                // The last two are what a timeout is called.
                ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
                ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => break End::Reset,
                _ => break End::Broken(format!("a read failed: {error}")),
            },
        }
    })
}

/// What a panic said.
pub(crate) fn sentence(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("(no message)")
}

impl Verdict {
    /// Whether the case was passed.
    pub fn passed(&self) -> bool {
        self.faults.is_empty()
    }
}

impl fmt::Display for Verdict {
    /// How it was sent, a numbered transcript, what was expected, what is wrong.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "over       {}", self.transport)?;
        let of_event = |event: &Event| {
            let (sign, lines) = match event {
                Event::Sent(bytes) => (">", lines(bytes)),
                Event::Received(bytes) => ("<", lines(bytes)),
                Event::Note(note) => ("-", vec![note.clone()]),
            };
            lines.into_iter().map(move |line| format!("{sign} {line}"))
        };
        let all: Vec<_> = self.events.iter().flat_map(of_event).collect();
        let middle = MOST_LINES / 2..all.len().saturating_sub(MOST_LINES / 2);
        for (index, line) in all.iter().enumerate() {
            if !middle.contains(&index) {
                writeln!(f, "{:>6}     {line}", index + 1)?;
            } else if index == middle.start {
                writeln!(f, "           ... {} lines are left out ...", middle.len())?;
            }
        }
        for (index, expected) in self.expected.iter().enumerate() {
            writeln!(f, "{:11}{expected}", if index == 0 { "expected" } else { "or" })?;
        }
        match self.faults.is_empty() {
            true => writeln!(f, "           and so it was"),
            false => writeln!(f, "but        {}", self.faults.join("; ")),
        }
    }
}

/// Bytes line by line, each in the corpus's notation.
fn lines(bytes: &[u8]) -> Vec<String> {
    const ENOUGH: usize = 20;
    let all = bytes.split_inclusive(|&byte| byte == b'\n');
    let more = all.clone().count().saturating_sub(ENOUGH);
    let shown = all.take(ENOUGH).map(|line| {
        let text = to_notation(line);
        match text.char_indices().nth(200) {
            Some((cut, _)) => format!("{}... ({} bytes)", &text[..cut], line.len()),
            None => text,
        }
    });
    let mut lines: Vec<_> = shown.collect();
    if more > 0 {
        lines.push(format!("... and {more} more lines"));
    }
    lines
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("a MockConnection, as it was written"),
            Self::Dripping => f.write_str("a MockConnection, in the smallest reads"),
            Self::CutAt(offset) => write!(f, "a MockConnection, in two reads, cut at {offset}"),
            Self::InterruptedAt(offset) => {
                write!(f, "a MockConnection, with an interrupted read at {offset}")
            }
            Self::Tcp => f.write_str("TCP"),
        }
    }
}

impl fmt::Display for Then {
    /// What the client does, in words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stay => "has said all, and stays",
            Self::Wait => "waits for the deadline",
            Self::HalfClose => "closes its sending side",
            Self::Leave => "leaves",
            Self::Reset => "resets the connection",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_transcript_the_middle_is_left_out_and_counted() {
        let shown = |count: usize| {
            let events = (0..count).map(|_| Event::Sent(b"x".to_vec())).collect();
            let (expected, faults) = (vec!["an answer".to_owned()], Vec::new());
            let verdict = Verdict { transport: Transport::Tcp, events, expected, faults };
            verdict.to_string()
        };
        let long = shown(3807);
        assert_eq!(long.lines().count(), MOST_LINES + 4, "{long}");
        assert!(long.contains("\n    30     > x\n           ... 3747 lines are left out ...\n"));
        assert!(long.contains("\n  3807     > x\nexpected   an answer\n"), "{long}");
        assert!(!shown(MOST_LINES).contains("left out"));
    }
}
