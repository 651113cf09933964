use crate::chapters::Site;
use crate::wire::{Answer, Case, End, Event, read_at_most, read_to_end, sentence};
use mock::TcpClient;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// A conversation with a program, and what is right.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// A sentence: `a line comes back, and done is answered bye`.
    pub name: String,
    /// What the program is started with, besides its address. In an argument `{site}` stands
    /// for the folder of a [`Site`]'s root, which is made for it.
    pub arguments: Vec<String>,
    /// What is said.
    pub dialogue: Dialogue,
}

/// What is said in a conversation.
#[derive(Clone, Debug)]
pub enum Dialogue {
    /// Step after step.
    Steps(Vec<Step>),
    /// A request of the wire corpus.
    Case(Box<Case>),
}

/// One step. Clients have names; one that has not connected yet connects.
#[derive(Clone, Debug)]
pub enum Step {
    /// The client connects, which otherwise their first step does.
    Connect(&'static str),
    /// The client sends this.
    Send(&'static str, Vec<u8>),
    /// The client sends no more, and can still read.
    Finish(&'static str),
    /// These bytes come next; whatever follows them is for the next step.
    Expect(&'static str, Vec<u8>),
    /// All that still comes until the server closes are these bytes.
    ExpectEnd(&'static str, Vec<u8>),
    /// All that still comes until the server closes is right if the function finds nothing
    /// wrong with it, which it says in a sentence.
    Judge(&'static str, fn(&[u8]) -> Result<(), String>),
    /// The client goes away with a reset.
    Reset(&'static str),
    /// The client closes and is forgotten; the same name may connect again.
    Leave(&'static str),
}

/// What came of a conversation.
#[derive(Clone, Debug, Default)]
pub struct ConversationResult {
    /// What happened, in this order.
    pub events: Vec<Event>,
    /// What is wrong, in a sentence; `None` if nothing is.
    pub fault: Option<String>,
    /// The bytes that were expected and those that came, if that is what is wrong.
    pub difference: Option<(Vec<u8>, Vec<u8>)>,
}

impl Conversation {
    /// A conversation in steps.
    pub fn new(name: &str, arguments: &[&str], steps: Vec<Step>) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { name: name.to_owned(), arguments, dialogue: Dialogue::Steps(steps) }
    }

    /// A request of the wire corpus, and its answer.
    pub fn of_case(case: &Case, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self {
            name: case.name.clone(),
            arguments,
            dialogue: Dialogue::Case(Box::new(case.clone())),
        }
    }

    /// A request in pieces that the corpus does not have, of which any of these answers is
    /// right. It is judged as a case of the corpus is: an answer may have a date in it, and
    /// cannot be compared byte by byte.
    pub fn of_request(
        name: &str,
        arguments: &[&str],
        pieces: Vec<Vec<u8>>,
        expect: Vec<Answer>,
    ) -> Self {
        let case = Case { name: name.to_owned(), pieces, expect, ..Case::default() };
        Self::of_case(&case, arguments)
    }

    /// Whether the program must be started with the files of a [`Site`].
    pub fn wants_site(&self) -> bool {
        self.arguments.iter().any(|argument| argument.contains("{site}"))
    }

    /// The arguments, with the site's root in its place.
    pub fn arguments(&self, site: Option<&Site>) -> Vec<String> {
        let root = site.map(|site| site.root().display().to_string()).unwrap_or_default();
        self.arguments.iter().map(|argument| argument.replace("{site}", &root)).collect()
    }

    /// Holds it with the server at `addr`. Each answer is waited for no longer than
    /// `patience`.
    pub fn hold(&self, addr: SocketAddr, patience: Duration) -> ConversationResult {
        let mut result = ConversationResult::default();
        // A client whose bytes nobody takes panics with a sentence.
        let played = catch_unwind(AssertUnwindSafe(|| match &self.dialogue {
            Dialogue::Steps(steps) => result.fault = result.walk(steps, addr, patience).err(),
            Dialogue::Case(case) => {
                let verdict = case.over_tcp(addr, patience);
                result.events = verdict.events;
                if !verdict.faults.is_empty() {
                    let (right, faults) = (verdict.expected.join("; or "), verdict.faults);
                    result.fault = Some(format!("right is {right}; but {}", faults.join("; ")));
                }
            }
        }));
        if let Err(panic) = played {
            result.fault = Some(sentence(&*panic).to_owned());
        }
        result
    }
}

impl Step {
    fn client(&self) -> &'static str {
        match self {
            Self::Connect(name)
            | Self::Send(name, _)
            | Self::Finish(name)
            | Self::Expect(name, _)
            | Self::ExpectEnd(name, _)
            | Self::Judge(name, _)
            | Self::Reset(name)
            | Self::Leave(name) => name,
        }
    }
}

impl ConversationResult {
    /// Goes step by step; an error is what is wrong.
    fn walk(&mut self, steps: &[Step], addr: SocketAddr, patience: Duration) -> Result<(), String> {
        let mut clients = BTreeMap::new();
        for step in steps {
            let name = step.client();
            if !clients.contains_key(name) {
                self.note(format!("{name} connects"));
                let client = TcpClient::try_connect(addr);
                clients.insert(name, client.map_err(|error| format!("that failed: {error}"))?);
            }
            let Some(client) = clients.get_mut(name) else { continue };
            match step {
                Step::Connect(_) => {}
                Step::Send(_, bytes) => {
                    self.note(format!("{name} sends"));
                    self.events.push(Event::Sent(bytes.clone()));
                    client.try_send(bytes).map_err(|error| format!("that failed: {error}"))?;
                }
                Step::Finish(_) => {
                    self.note(format!("{name} sends no more"));
                    client.finish();
                }
                Step::Expect(_, expected) => {
                    let (mut came, end) = read_at_most(client.stream(), expected.len(), patience);
                    if came != *expected {
                        // What came instead may go on a little.
                        let moment = Duration::from_millis(20);
                        came.extend(read_at_most(client.stream(), 100, moment).0);
                    }
                    self.received(name, &came);
                    self.compare(name, expected, came, end)?;
                }
                Step::ExpectEnd(_, expected) => {
                    let (came, end) = read_to_end(client.stream(), patience);
                    self.received(name, &came);
                    let end = (end != End::Closed).then_some(end);
                    self.compare(name, expected, came, end)?;
                    self.note(format!("the server closes {name}'s connection"));
                }
                Step::Judge(_, judge) => {
                    let (came, end) = read_to_end(client.stream(), patience);
                    self.received(name, &came);
                    judge(&came)?;
                    if end != End::Closed {
                        return Err(format!("{name}'s connection {}", how_it_ended(&end)));
                    }
                    self.note(format!("the server closes {name}'s connection"));
                }
                Step::Reset(_) => {
                    self.note(format!("{name} resets the connection"));
                    clients.remove(name).into_iter().for_each(TcpClient::reset);
                }
                Step::Leave(_) => {
                    self.note(format!("{name} leaves"));
                    clients.remove(name);
                }
            }
        }
        Ok(())
    }

    fn note(&mut self, what: String) {
        self.events.push(Event::Note(what));
    }

    fn received(&mut self, name: &str, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.note(format!("{name} hears"));
            self.events.push(Event::Received(bytes.to_vec()));
        }
    }

    fn compare(
        &mut self,
        name: &str,
        expected: &[u8],
        came: Vec<u8>,
        end: Option<End>,
    ) -> Result<(), String> {
        let end = end.map(|end| how_it_ended(&end));
        if came != expected {
            self.difference = Some((expected.to_vec(), came));
            let and = end.map(|end| format!(", and the connection {end}")).unwrap_or_default();
            return Err(format!("{name} hears something else{and}"));
        }
        match end {
            Some(end) => Err(format!("{name}'s connection {end}")),
            None => Ok(()),
        }
    }
}

fn how_it_ended(end: &End) -> String {
    match end {
        End::Closed => "was closed".to_owned(),
        End::Reset => "was reset, not closed".to_owned(),
        End::Open(time) => format!("was still open, and silent, after {time:?}"),
        End::Broken(how) => how.clone(),
    }
}
