//! A server without a network, whose answers are written down before anybody asks.

use ch19::{Connector, Deadline, FetchError, Origin, Wire};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Every host and port, for the client that connects by it. Clones are the same one.
#[derive(Clone, Default)]
pub struct ScriptedServer(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    answers: VecDeque<Vec<u8>>,
    requests: Vec<String>,
    granted: Vec<Duration>,
}

impl ScriptedServer {
    /// One that answers each request, to whichever host, with the next of these bytes. Without
    /// bytes, or when there are no more answers, it closes the connection instead. Otherwise it
    /// stays open, whatever the answer says of that, and closes if more is waited for.
    pub fn new<A: Into<Vec<u8>>>(answers: impl IntoIterator<Item = A>) -> Self {
        let answers = answers.into_iter().map(Into::into).collect();
        Self(Arc::new(Mutex::new(Script { answers, ..Script::default() })))
    }

    /// The requests that have come to it, as they were sent.
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    /// For each connection the time that was left when it was made.
    pub fn granted(&self) -> Vec<Duration> {
        self.lock().granted.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connector for ScriptedServer {
    fn connect(&self, _: &Origin, deadline: &Deadline) -> Result<Box<dyn Wire>, FetchError> {
        self.lock().granted.push(deadline.left());
        Ok(Box::new(ScriptedWire { server: self.clone(), sent: Vec::new(), answer: Vec::new() }))
    }
}

struct ScriptedWire {
    server: ScriptedServer,
    /// What was sent since the last answer.
    sent: Vec<u8>,
    /// What is left of it.
    answer: Vec<u8>,
}

impl Write for ScriptedWire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sent.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for ScriptedWire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.sent.is_empty() {
            let request = String::from_utf8_lossy(&std::mem::take(&mut self.sent)).into_owned();
            let mut script = self.server.lock();
            script.requests.push(request);
            self.answer = script.answers.pop_front().unwrap_or_default();
        }
        // Never all at once: it is the client's business to put it together.
        let count = self.answer.len().div_ceil(2).min(buffer.len());
        buffer[..count].copy_from_slice(&self.answer[..count]);
        self.answer.drain(..count);
        Ok(count)
    }
}

impl Wire for ScriptedWire {
    fn set_deadline(&mut self, _: Instant) {}

    fn is_quiet(&mut self) -> bool {
        self.answer.is_empty()
    }
}
