use crate::progress::Progress;
use crate::{Clock, Limits, LogEntry, Outgoing, Request, Stream, System, log};
use anyhow::Result;
use chrono::{DateTime, Utc};
use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::time::Instant;

/// The answers that go out on a connection, of which some are gathered and sent at once.
pub(crate) struct Output {
    peer: Option<SocketAddr>,
    clock: Clock,
    buffer: Vec<u8>,
    /// How many bytes of the buffer the kernel has taken.
    sent: usize,
    /// How many it took before these.
    taken: u64,
    /// What we have waited for: see [`Progress`].
    writing: Progress,
    last_taken: Instant,
    /// The answers of which not all was taken.
    answers: Vec<Answered>,
    /// The one of which more is to come.
    current: Option<Answered>,
}

/// When a request was there.
#[derive(Clone, Copy)]
pub(crate) struct Arrival {
    pub at: DateTime<Utc>,
    pub since: Instant,
}

/// A response as the access log tells of it.
struct Answered {
    arrival: Arrival,
    request: Option<Request>,
    status: u16,
    /// The bytes of its body, among all that are sent on this connection.
    begin: u64,
    end: u64,
}

impl Output {
    /// To this client nothing was sent yet.
    pub fn new(peer: Option<SocketAddr>, clock: &Clock) -> Self {
        let now = clock.now();
        Self {
            peer,
            clock: clock.clone(),
            buffer: Vec::new(),
            sent: 0,
            taken: 0,
            writing: Progress { since: now, bytes: 0 },
            last_taken: now,
            answers: Vec::new(),
            current: None,
        }
    }

    /// How many bytes were written and not taken by the kernel yet.
    pub fn unsent(&self) -> usize {
        self.buffer.len() - self.sent
    }

    /// Adds what is no answer: a `100 Continue`, for instance.
    pub fn write(&mut self, bytes: &[u8]) {
        self.begin();
        self.buffer.extend_from_slice(bytes);
    }

    /// What is written now is waited for from now on, unless there is something before it.
    fn begin(&mut self) {
        if self.unsent() == 0 {
            self.writing = Progress { since: self.clock.now(), bytes: 0 };
        }
    }

    /// An answer with this status begins, of whose head so many bytes are still to be written.
    pub fn begin_answer(
        &mut self,
        status: u16,
        head: usize,
        request: Option<Request>,
        arrival: Arrival,
    ) {
        self.begin();
        let begin = self.taken + self.buffer.len() as u64 + head as u64;
        self.current = Some(Answered { arrival, request, status, begin, end: begin });
    }

    /// Adds the next piece of it. At its end, nothing, and it returns false.
    pub fn append_piece(&mut self, outgoing: &mut Outgoing) -> Result<bool> {
        let goes_on = outgoing.append_piece(&mut self.buffer)?;
        let written = self.taken + self.buffer.len() as u64;
        match &mut self.current {
            Some(answered) if goes_on => answered.end = written,
            _ => self.end_answer(),
        }
        Ok(goes_on)
    }

    /// Adds a part of its body, as that is sent.
    pub fn append(&mut self, bytes: &[u8]) {
        self.write(bytes);
        if let Some(answered) = &mut self.current {
            answered.end = self.taken + self.buffer.len() as u64;
        }
    }

    /// All of it is written.
    pub fn end_answer(&mut self) {
        self.answers.extend(self.current.take());
        // All pieces may have been taken before it was known that there are no more.
        if self.unsent() == 0 {
            self.log_answers();
        }
    }

    /// Waits until the client has taken all of it, but for no longer than a client may take.
    pub async fn flush<S: System>(
        &mut self,
        stream: &Stream<S>,
        limits: &Limits,
    ) -> io::Result<()> {
        while self.unsent() > 0 {
            let deadline = self.writing.deadline(limits.response_time);
            // Who takes nothing at all is not waited for until then.
            let stalled = self.last_taken.max(self.writing.since) + limits.response_time;
            let write = stream.write(&self.buffer[self.sent..]);
            let Some(count) = self.clock.timeout_at(deadline.min(stalled), write).await else {
                let reason = "the answer was not taken in time";
                return Err(io::Error::new(ErrorKind::TimedOut, reason));
            };
            let count = count?;
            self.sent += count;
            self.last_taken = self.clock.now();
            self.writing.bytes += count as u64;
        }
        self.log_answers();
        self.taken += self.buffer.len() as u64;
        self.sent = 0;
        // Not `clear`: thousands of clients that are idle shall have no buffer.
        self.buffer = Vec::new();
        Ok(())
    }

    /// Logs the answers of which nothing more will be taken.
    fn log_answers(&mut self) {
        let now = self.clock.now();
        let taken = self.taken + self.sent as u64;
        for answered in mem::take(&mut self.answers) {
            let Answered { arrival, request, status, begin, end } = answered;
            let sent = taken.clamp(begin, end) - begin;
            let took = now - arrival.since;
            let (peer, at, request) = (self.peer, arrival.at, request.as_ref());
            log(LogEntry { peer, at, request, status, sent, took });
        }
    }
}

impl Drop for Output {
    /// A task may be dropped wherever it waits. What must be done nevertheless stands in a `drop`.
    fn drop(&mut self) {
        self.answers.extend(self.current.take());
        self.log_answers();
    }
}
