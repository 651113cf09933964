use crate::connections::{Connections, SERVICE_UNAVAILABLE, State};
use crate::end_of_body::EndOfBody;
use crate::pipe::Pipe;
use crate::progress::Progress;
use crate::respond::{Handled, Nobody, respond};
use crate::server::{Found, Kind};
use crate::{
    DRAIN_BYTES, Failure, Framing, Handle, HttpServer, Limits, LogEntry, MAX_HEAD, Outgoing, PIECE,
    Pool, Protocol, ReadError, Request, RequestHead, Terms, Transport, Version, keeps_alive, log,
    log_request, may_end_line, method_of,
};
use anyhow::Result;
use chrono::{DateTime, Utc};
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::mem;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// A server in a loop: what all its connections share.
#[derive(Clone)]
pub struct HttpSite(Rc<Shared>);

struct Shared {
    server: Arc<HttpServer>,
    pool: Arc<Pool<'static>>,
    connections: RefCell<Connections>,
    handle: Handle,
    is_closing: Cell<bool>,
}

impl HttpSite {
    /// `server` in the loop `handle`. What must wait goes to `pool`.
    pub fn new(server: Arc<HttpServer>, pool: Arc<Pool<'static>>, handle: &Handle) -> Self {
        Self(Rc::new(Shared {
            connections: RefCell::new(Connections::new(&server.limits)),
            server,
            pool,
            handle: handle.clone(),
            is_closing: Cell::new(false),
        }))
    }

    /// What speaks with one client.
    pub fn protocol(&self) -> Http {
        Http::new(Rc::clone(&self.0))
    }

    /// Takes no more clients, from the first call on, and lets the others come to their end: who
    /// is idle is closed now, who has not asked yet has [`drain_time`](Limits::drain_time) to do
    /// so, and all that are not done after [`stop_time`](Limits::stop_time) are closed then. The
    /// loop ends with the last one.
    pub fn close(&self) {
        let shared = &self.0;
        if shared.is_closing.replace(true) {
            return;
        }
        shared.handle.stop_listening();
        shared.connections.borrow_mut().close(|state| matches!(state, State::Idle(_)));
        let Limits { drain_time, stop_time, .. } = shared.server.limits;
        let later = |site: &Self, delay, what: fn(&Shared)| {
            let shared = Rc::clone(&site.0);
            site.0.handle.call_later(delay, move || what(&shared));
        };
        later(self, drain_time.min(stop_time), |shared| {
            shared.connections.borrow_mut().close(|state| matches!(state, State::New(_)));
        });
        later(self, stop_time, |shared| {
            let left =
                shared.connections.borrow_mut().close(|state| !matches!(state, State::Done(_)));
            if left > 0 {
                log(format_args!("closed before they were done: {left}"));
            }
        });
    }
}

/// HTTP/1.1 as a protocol: what `on_connect` did, in pieces between which others are served.
pub struct Http {
    shared: Rc<Shared>,
    /// Its number in the table; `None` before it is there, or if it was refused.
    number: Option<u64>,
    stage: Stage,
    /// What came and was not used yet.
    received: Vec<u8>,
    /// How many bytes of these have no end of a head in them.
    seen: usize,
    /// How many of the bytes that come next nobody wants: the rest of a body.
    unwanted: u64,
    requests: u64,
    /// What has come of the request, and since when it comes.
    reading: Progress,
    /// The same for what is sent.
    writing: Progress,
    at_end: bool,
    is_late: bool,
    /// The answers of which the kernel has not taken all.
    unsent: Vec<Answered>,
}

/// What comes next.
enum Stage {
    /// A head.
    Head,
    /// The rest of a body that is handed over as a whole.
    Body(Box<Gathering>),
    /// The response of a worker.
    Worker(Box<Work>),
    /// More of an answer.
    Answer(Box<Answer>),
    /// Nothing.
    Over,
}

/// A request whose body is still coming.
struct Gathering {
    head: RequestHead,
    found: Found,
    arrival: Arrival,
    end: EndOfBody,
}

/// When a request was there.
#[derive(Clone, Copy)]
struct Arrival {
    at: DateTime<Utc>,
    since: Instant,
}

/// A request that a worker has.
struct Work {
    arrival: Arrival,
    pipe: Arc<Pipe>,
    outcome: Receiver<Handled>,
    /// Whether the client is not read, because enough of its body waits for the worker.
    is_paused: bool,
}

/// A response that is being sent.
struct Answer {
    outgoing: Outgoing,
    answered: Answered,
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

impl Http {
    fn new(shared: Rc<Shared>) -> Self {
        let nothing = Progress { since: shared.handle.now(), bytes: 0 };
        Self {
            shared,
            number: None,
            stage: Stage::Head,
            received: Vec::new(),
            seen: 0,
            unwanted: 0,
            requests: 0,
            reading: nothing,
            writing: nothing,
            at_end: false,
            is_late: false,
            unsent: Vec::new(),
        }
    }

    /// Goes on as far as it can without waiting.
    fn advance(&mut self, transport: &Transport) {
        let mut goes_on = true;
        while goes_on {
            goes_on = match mem::replace(&mut self.stage, Stage::Over) {
                Stage::Head => self.read_head(transport),
                Stage::Body(gathering) => self.gather(gathering, transport),
                Stage::Worker(work) => self.look_after(work, transport),
                Stage::Answer(answer) => self.send(answer, transport),
                Stage::Over => false,
            };
        }
        // Until then its answer is still on its way, and it must not go.
        if transport.unsent() == 0 {
            self.rest(transport);
        }
        transport.set_deadline(self.deadline(transport));
    }

    /// It has all that it asked for.
    fn rest(&mut self, transport: &Transport) {
        let is_idle = matches!(self.stage, Stage::Head) && self.is_idle();
        if is_idle && self.shared.is_closing.get() {
            self.stage = Stage::Over;
            transport.lose_connection();
        }
        match self.stage {
            Stage::Over => self.mark(State::Done(transport.reactor().now())),
            Stage::Head if is_idle => self.mark(State::Idle(self.reading.since)),
            _ => {}
        }
    }

    /// When the client must have done what it is waited for.
    fn deadline(&self, transport: &Transport) -> Option<Instant> {
        let limits = &self.shared.server.limits;
        if transport.unsent() > 0 {
            let bytes = transport.taken() - self.writing.bytes;
            let writing = Progress { since: self.writing.since, bytes };
            // Who takes nothing at all is not waited for until then.
            let stalled = transport.last_taken().max(self.writing.since) + limits.response_time;
            return Some(writing.deadline(limits.response_time).min(stalled));
        }
        match &self.stage {
            Stage::Head if self.is_idle() => Some(self.reading.since + limits.idle_time),
            // It is we who let it wait.
            Stage::Worker(work) if work.is_paused => None,
            Stage::Head | Stage::Body(_) | Stage::Worker(_) => {
                Some(self.reading.deadline(limits.request_time))
            }
            Stage::Answer(_) | Stage::Over => None,
        }
    }

    /// Whether at least one request has come, and of the next one nothing. (Some old clients
    /// send an empty line behind a body; RFC 9112 section 2.2.)
    fn is_idle(&self) -> bool {
        self.requests > 0 && self.unwanted == 0 && b"\r\n".starts_with(&self.received)
    }

    /// What is written now is waited for from now on, unless there is something before it.
    fn begin_to_write(&mut self, transport: &Transport) {
        if transport.unsent() == 0 {
            self.writing = Progress { since: transport.reactor().now(), bytes: transport.taken() };
        }
    }

    fn mark(&self, state: State) {
        if let Some(number) = self.number {
            self.shared.connections.borrow_mut().mark(number, state);
        }
    }

    fn finish(&self, transport: &Transport) -> bool {
        transport.lose_connection();
        false
    }

    /// Reads a head, if all of it is there.
    fn read_head(&mut self, transport: &Transport) -> bool {
        let count = usize::try_from(self.unwanted).unwrap_or(usize::MAX).min(self.received.len());
        self.received.drain(..count);
        self.unwanted -= count as u64;
        // To parse all of it again for each byte of a slow client would be much work.
        let may_be_there =
            self.received.len() >= MAX_HEAD || may_end_line(&self.received, self.seen);
        if self.unwanted == 0 && may_be_there {
            match RequestHead::parse(&self.received, transport.peer()) {
                Ok(Some(head)) => {
                    self.received.drain(..head.length);
                    if self.received.is_empty() {
                        self.received = Vec::new();
                    }
                    self.seen = 0;
                    self.requests += 1;
                    return self.begin(head, transport);
                }
                Ok(None) => {}
                Err(error) => return self.fail(&ReadError::Malformed(error), transport),
            }
        }
        self.seen = self.received.len();
        let is_between = self.requests == 0 && self.received.is_empty() || self.is_idle();
        if self.at_end && (is_between || self.unwanted > 0) {
            return self.finish(transport); // connected, or got its answers, and left
        }
        if self.at_end {
            return self.fail(&ReadError::CutOff(self.received.len()), transport);
        }
        if self.is_late && self.is_idle() {
            return self.finish(transport);
        }
        if self.is_late {
            return self.fail(&ReadError::TooLate, transport);
        }
        self.stage = Stage::Head;
        false
    }

    /// Decides what becomes of a request whose head is there.
    fn begin(&mut self, head: RequestHead, transport: &Transport) -> bool {
        self.mark(State::Busy);
        let arrival = Arrival { at: Utc::now(), since: transport.reactor().now() };
        let found = self.shared.server.find(&head.request);
        match self.shared.server.kind(&found) {
            Kind::Nobody => self.handle(head, found, arrival, transport),
            Kind::Reading if head.framing == Framing::Length(0) => {
                self.handle(head, found, arrival, transport)
            }
            Kind::Reading => self.delegate(head, found, arrival, transport),
            Kind::Whole | Kind::Waiting => {
                let end = EndOfBody::new(head.framing);
                let mut gathering = Box::new(Gathering { head, found, arrival, end });
                if gathering.head.expects_continue
                    && self.received.is_empty()
                    && !gathering.end.has_come(&[])
                {
                    self.begin_to_write(transport);
                    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n");
                    gathering.head.expects_continue = false;
                }
                self.stage = Stage::Body(gathering);
                true
            }
        }
    }

    /// Hands over a request, if its body is there, or will not come.
    fn gather(&mut self, mut gathering: Box<Gathering>, transport: &Transport) -> bool {
        if !gathering.end.has_come(&self.received) && !self.at_end && !self.is_late {
            self.stage = Stage::Body(gathering);
            return false;
        }
        let Gathering { head, found, arrival, .. } = *gathering;
        match self.shared.server.kind(&found) {
            Kind::Waiting => self.delegate(head, found, arrival, transport),
            _ => self.handle(head, found, arrival, transport),
        }
    }

    /// Lets a handler answer, here and now.
    fn handle(
        &mut self,
        head: RequestHead,
        found: Found,
        arrival: Arrival,
        transport: &Transport,
    ) -> bool {
        let mut nobody = Nobody(self.is_late.then_some(ErrorKind::TimedOut));
        let received = mem::take(&mut self.received);
        let handled = respond(&self.shared.server, head, found, received, &mut nobody);
        self.answer(handled, arrival, transport)
    }

    /// Lets a worker answer.
    fn delegate(
        &mut self,
        head: RequestHead,
        found: Found,
        arrival: Arrival,
        transport: &Transport,
    ) -> bool {
        let waker = transport.waker();
        let pipe = Arc::new(Pipe::new(Arc::new(move || waker.wake())));
        if self.at_end {
            pipe.end(Ok(()));
        }
        // A body that has not come in time is not waited for again.
        if mem::take(&mut self.is_late) {
            pipe.end(Err(ErrorKind::TimedOut));
        }
        let (sender, outcome) = mpsc::channel();
        let (server, theirs, waker) =
            (Arc::clone(&self.shared.server), Arc::clone(&pipe), transport.waker());
        let received = mem::take(&mut self.received);
        let job = move || {
            let handled = respond(&server, head, found, received, &mut &*theirs);
            // It fails if the client is gone.
            let _ = sender.send(handled);
            waker.wake();
        };
        if self.shared.pool.submit_within(Duration::ZERO, job).is_none() {
            log_request(transport.peer(), "503: all workers are busy and the queue is full");
            transport.write(SERVICE_UNAVAILABLE);
            return self.finish(transport);
        }
        self.stage = Stage::Worker(Box::new(Work { arrival, pipe, outcome, is_paused: false }));
        false
    }

    /// Sees whether a worker is done, and what it needs.
    fn look_after(&mut self, mut work: Box<Work>, transport: &Transport) -> bool {
        let is_late = mem::take(&mut self.is_late);
        // In this order: what a worker has to say is written before it waits.
        let is_wanted = work.pipe.is_wanted();
        let written = work.pipe.take_written();
        // Who is only now told to go on cannot be late with it.
        let gives_up = is_late && is_wanted && written.is_empty();
        self.begin_to_write(transport);
        transport.write(&written);
        match work.outcome.try_recv() {
            Ok(mut handled) => {
                handled.received.extend(work.pipe.take_received());
                transport.resume_reading();
                self.answer(handled, work.arrival, transport)
            }
            Err(TryRecvError::Empty) => {
                let resumes = work.is_paused && work.pipe.has_room();
                if resumes {
                    work.is_paused = false;
                    transport.resume_reading();
                }
                if gives_up {
                    work.pipe.end(Err(ErrorKind::TimedOut));
                }
                // Until now it was the handler that took its time, and not the client.
                if resumes || is_late {
                    self.reading = Progress { since: transport.reactor().now(), bytes: 0 };
                }
                self.stage = Stage::Worker(work);
                false
            }
            // It panicked, outside of any handler.
            Err(TryRecvError::Disconnected) => {
                transport.abort();
                false
            }
        }
    }

    /// Begins to send what a handler has made.
    fn answer(&mut self, handled: Handled, arrival: Arrival, transport: &Transport) -> bool {
        let Handled { head, response, unread, failure, received } = handled;
        self.received = received;
        self.seen = 0;
        self.unwanted = unread.unwrap_or(0);
        if let Some(ReadError::Broken(error)) = failure {
            log_request(transport.peer(), error);
            transport.abort();
            return false;
        }
        let server = &self.shared.server;
        let request = head.request;
        let keep = unread.is_some_and(|count| count <= DRAIN_BYTES as u64)
            && keeps_alive(request.version, &request.headers)
            && self.requests < server.limits.requests_per_connection
            && !server.stop.is_requested();
        let terms = Terms { method: &request.method, version: request.version, keep };
        let outgoing = server.outgoing(response, &terms, arrival.at);
        self.begin_to_send(outgoing, Some(request), arrival, transport)
    }

    /// Answers a request that could not be read.
    fn fail(&mut self, error: &ReadError, transport: &Transport) -> bool {
        let Some(status) = error.status() else {
            transport.abort();
            return false;
        };
        let arrival = Arrival { at: Utc::now(), since: transport.reactor().now() };
        log_request(transport.peer(), format_args!("{status}: {error}"));
        let detail = &error.to_string();
        let server = &self.shared.server;
        let page = server.page(&Failure { status, request: None, detail, traceback: None });
        let method = method_of(&self.received).to_owned();
        let terms = Terms { method: &method, version: Version::Http10, keep: false };
        let outgoing = server.outgoing(page, &terms, arrival.at);
        self.begin_to_send(outgoing, None, arrival, transport)
    }

    fn begin_to_send(
        &mut self,
        outgoing: Result<Outgoing>,
        request: Option<Request>,
        arrival: Arrival,
        transport: &Transport,
    ) -> bool {
        let outgoing = match outgoing {
            Ok(outgoing) => outgoing,
            Err(error) => {
                log_request(transport.peer(), format_args!("{error:#}"));
                transport.abort();
                return false;
            }
        };
        self.begin_to_write(transport);
        let begin = position(transport) + outgoing.head_length() as u64;
        let status = outgoing.status;
        let answered = Answered { arrival, request, status, begin, end: begin };
        self.stage = Stage::Answer(Box::new(Answer { outgoing, answered }));
        true
    }

    /// Sends more of an answer, if the client has taken what there was.
    fn send(&mut self, mut answer: Box<Answer>, transport: &Transport) -> bool {
        while transport.unsent() < PIECE as usize {
            let mut appended = Ok(false);
            transport.write_with(|out| appended = answer.outgoing.append_piece(out));
            match appended {
                Ok(true) => answer.answered.end = position(transport),
                Ok(false) => return self.end_answer(*answer, transport),
                Err(error) => {
                    // What is missing of the answer tells the client.
                    log_request(transport.peer(), format_args!("{error:#}"));
                    self.unsent.push(answer.answered);
                    transport.abort();
                    return false;
                }
            }
        }
        self.stage = Stage::Answer(answer);
        false
    }

    /// All of an answer was written.
    fn end_answer(&mut self, answer: Answer, transport: &Transport) -> bool {
        let keep = answer.outgoing.keep;
        self.unsent.push(answer.answered);
        if transport.unsent() == 0 {
            self.log_sent(transport);
        }
        if !keep {
            return self.finish(transport);
        }
        self.reading = Progress { since: transport.reactor().now(), bytes: 0 };
        self.stage = Stage::Head;
        true
    }

    /// Logs the answers of which nothing more will be taken.
    fn log_sent(&mut self, transport: &Transport) {
        let now = transport.reactor().now();
        // Not `drain`: thousands of clients that are idle shall have no lists.
        for answered in mem::take(&mut self.unsent) {
            let Answered { arrival, request, status, begin, end } = answered;
            let sent = transport.taken().clamp(begin, end) - begin;
            let took = now - arrival.since;
            let (peer, at, request) = (transport.peer(), arrival.at, request.as_ref());
            log(LogEntry { peer, at, request, status, sent, took });
        }
    }
}

/// How many bytes were written until now.
fn position(transport: &Transport) -> u64 {
    transport.taken() + transport.unsent() as u64
}

impl Protocol for Http {
    fn connection_made(&mut self, transport: &Transport) {
        if self.shared.is_closing.get() {
            return transport.abort();
        }
        transport.set_drain_time(self.shared.server.limits.drain_time);
        let theirs = transport.clone();
        let close = move || theirs.abort();
        let mut connections = self.shared.connections.borrow_mut();
        match connections.admit(transport.peer(), transport.reactor().now(), close) {
            Ok(number) => self.number = Some(number),
            Err(reason) => {
                self.stage = Stage::Over;
                log_request(transport.peer(), format_args!("503: {reason}"));
                transport.write(SERVICE_UNAVAILABLE);
                transport.lose_connection();
            }
        }
        transport.set_deadline(self.deadline(transport));
    }

    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        if self.is_idle() {
            self.reading = Progress { since: transport.reactor().now(), bytes: 0 };
        }
        self.reading.bytes += data.len() as u64;
        match &mut self.stage {
            Stage::Worker(work) => {
                if !work.pipe.push(data) {
                    work.is_paused = true;
                    transport.pause_reading();
                }
            }
            _ => {
                self.mark(State::Busy);
                self.received.extend_from_slice(data);
            }
        }
        self.advance(transport);
    }

    fn eof_received(&mut self, transport: &Transport) {
        self.at_end = true;
        if let Stage::Worker(work) = &self.stage {
            work.pipe.end(Ok(()));
        }
        self.advance(transport);
    }

    fn drained(&mut self, transport: &Transport) {
        self.log_sent(transport);
        if let Stage::Head | Stage::Body(_) = self.stage {
            // Until now the client was not read, and could not be late.
            self.reading = Progress { since: transport.reactor().now(), bytes: 0 };
        }
        self.advance(transport);
    }

    fn timed_out(&mut self, transport: &Transport) {
        if transport.unsent() > 0 {
            let now = transport.reactor().now();
            match self.deadline(transport) {
                // It has taken some of it meanwhile.
                Some(at) if at > now => return transport.set_deadline(Some(at)),
                _ => {
                    log_request(transport.peer(), "the answer was not taken in time");
                    return transport.abort();
                }
            }
        }
        self.is_late = true;
        self.advance(transport);
    }

    fn woken(&mut self, transport: &Transport) {
        self.advance(transport);
    }

    fn connection_lost(&mut self, transport: &Transport, error: Option<io::Error>) {
        if let Stage::Worker(work) = &self.stage {
            work.pipe.end(Err(ErrorKind::ConnectionAborted));
        }
        if let Stage::Answer(answer) = mem::replace(&mut self.stage, Stage::Over) {
            self.unsent.push(answer.answered);
        }
        self.log_sent(transport);
        if let Some(error) = error {
            log_request(transport.peer(), error);
        }
        if let Some(number) = self.number {
            self.shared.connections.borrow_mut().remove(number);
        }
    }
}
