use crate::connections::{SERVICE_UNAVAILABLE, State};
use crate::end_of_body::EndOfBody;
use crate::output::{Arrival, Output};
use crate::pipe::Pipe;
use crate::progress::Progress;
use crate::respond::{Handled, Nobody, respond};
use crate::server::{Found, Kind};
use crate::site::{Handler, Permit, Route};
use crate::{
    CaughtPanic, DRAIN_BYTES, Either, Failure, Framing, HttpServer, Incoming, MAX_HEAD, Outgoing,
    PIECE, ReadError, Request, RequestBody, RequestHead, Stream, System, Terms, Version,
    catch_panic, keeps_alive, log_request, may_end_line, method_of, select, spawn_blocking,
};
use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use std::future::{self, poll_fn};
use std::io::{self, ErrorKind};
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

/// A client, and what is said with it: chapter 13's `on_connect` again.
pub(crate) struct Client<S: System> {
    pub permit: Permit<S>,
    pub stream: Stream<S>,
    /// What came and was not used yet.
    pub received: Vec<u8>,
    /// How many of the bytes that come next nobody wants: the rest of a body.
    unwanted: u64,
    pub requests: u64,
    /// Whether the last of them was answered.
    pub is_answered: bool,
    /// What has come of the request, and since when it comes.
    pub reading: Progress,
    pub output: Output,
}

impl<S: System> Client<S> {
    pub fn new(permit: Permit<S>, stream: Stream<S>) -> Self {
        let clock = permit.site().handle.clock();
        Self {
            received: Vec::new(),
            unwanted: 0,
            requests: 0,
            is_answered: false,
            reading: Progress { since: clock.now(), bytes: 0 },
            output: Output::new(stream.peer(), clock),
            permit,
            stream,
        }
    }

    pub fn server(&self) -> &Arc<HttpServer> {
        &self.permit.site().server
    }

    pub fn now(&self) -> Instant {
        self.permit.site().handle.clock().now()
    }

    /// Answers one request after the other, as long as both sides want to go on, and closes.
    pub async fn converse(mut self) -> Result<()> {
        while self.exchange().await? {}
        self.flush().await?;
        self.permit.mark(State::Done(self.now()));
        let drain_time = self.server().limits.drain_time;
        self.stream.close_within(drain_time).await;
        Ok(())
    }

    /// Reads a request and writes its answer. Returns whether another one may follow.
    async fn exchange(&mut self) -> Result<bool> {
        let read = self.read_head().await;
        let arrival = Arrival { at: Utc::now(), since: self.now() };
        let (outgoing, request) = match read {
            Ok(None) => return Ok(false), // connected, or got its answers, and left
            // It got its answers, and has asked for nothing more.
            Err(ReadError::TooLate) if self.is_between_requests() => return Ok(false),
            Ok(Some(head)) => {
                let route = match self.permit.site().find(&head.request) {
                    Ok(Some(Route::Upstream(upstream))) => {
                        return Box::pin(self.relay(head, upstream, arrival)).await;
                    }
                    Ok(Some(Route::Handler(handler))) => Some(Ok(handler)),
                    Ok(None) => None,
                    Err(panic) => Some(Err(panic)),
                };
                match self.handle(head, route).await? {
                    Some(handled) => self.answer(handled, arrival.at)?,
                    None => {
                        let peer = self.stream.peer();
                        log_request(peer, "503: all workers are busy and the queue is full");
                        self.output.write(SERVICE_UNAVAILABLE);
                        return Ok(false);
                    }
                }
            }
            Err(error) => (self.refuse(error, arrival.at)?, None),
        };
        self.send(outgoing, request, arrival).await
    }

    /// Reads the head of the next request, however its bytes are cut on the way, and nothing of
    /// its body but what comes along.
    async fn read_head(&mut self) -> Result<Option<RequestHead>, ReadError> {
        self.pass_over().await?;
        loop {
            let head = RequestHead::parse(&self.received, self.stream.peer());
            if let Some(head) = head.map_err(ReadError::Malformed)? {
                self.received.drain(..head.length);
                if self.received.is_empty() {
                    // Thousands of clients that are idle shall have no buffer.
                    self.received = Vec::new();
                }
                self.requests += 1;
                self.is_answered = false;
                return Ok(Some(head));
            }
            // To parse all of it again for each byte of a slow client would be
            // seconds of work. So it is not done before it can make a difference.
            loop {
                let before = self.received.len();
                match self.read_more().await? {
                    0 if before == 0 || self.is_between_requests() => return Ok(None),
                    0 => return Err(ReadError::CutOff(before)),
                    _ if self.received.len() >= MAX_HEAD => break,
                    _ if may_end_line(&self.received, before) => break,
                    _ => {}
                }
            }
        }
    }

    /// Throws away what is left of a body that nobody read.
    async fn pass_over(&mut self) -> Result<(), ReadError> {
        loop {
            let received = self.received.len();
            let count = usize::try_from(self.unwanted).unwrap_or(usize::MAX).min(received);
            self.received.drain(..count);
            self.unwanted -= count as u64;
            if self.unwanted == 0 {
                return Ok(());
            }
            if self.read_more().await? == 0 {
                return Ok(()); // the client is gone; so is what it did not send
            }
        }
    }

    /// Waits for more of what the client sends, but not before it has what it waits for, and not
    /// for longer than it may take. Returns how many bytes came; none at the end.
    async fn read_more(&mut self) -> Result<usize, ReadError> {
        self.flush().await.map_err(ReadError::Broken)?;
        let is_between_requests = self.is_between_requests();
        let server = &self.permit.site().server;
        let deadline = match is_between_requests {
            true if server.stop.is_requested() => return Ok(0),
            true => {
                self.permit.mark(State::Idle(self.reading.since));
                self.reading.since + server.limits.idle_time
            }
            false => self.reading.deadline(server.limits.request_time),
        };
        let read = self.stream.read(&mut self.received);
        let read = self.permit.site().handle.clock().timeout_at(deadline, read).await;
        let count = read.ok_or(ReadError::TooLate)??;
        if is_between_requests {
            self.reading = Progress { since: self.now(), bytes: 0 };
        }
        self.reading.bytes += count as u64;
        self.permit.mark(State::Busy);
        Ok(count)
    }

    /// Whether a request was answered, and of the next one nothing has come. (Some old clients
    /// send an empty line behind a body; RFC 9112 section 2.2.)
    fn is_between_requests(&self) -> bool {
        self.is_answered && self.unwanted == 0 && b"\r\n".starts_with(&self.received)
    }

    /// Waits until the client has taken what was written.
    pub async fn flush(&mut self) -> io::Result<()> {
        if self.output.unsent() > 0 {
            self.output.flush(&self.stream, &self.permit.site().server.limits).await?;
            // Until now the client was not read, and could not be late.
            self.reading = Progress { since: self.now(), bytes: 0 };
        }
        Ok(())
    }

    /// Lets a handler answer, here or in a worker. `None` if all workers are busy, and enough
    /// requests wait for them.
    ///
    /// What few requests need is boxed: unboxed, a future that waits for it has room for it from
    /// the beginning, and so would have the task of each client that says nothing.
    async fn handle(
        &mut self,
        mut head: RequestHead,
        handler: Option<Result<Handler, CaughtPanic>>,
    ) -> Result<Option<Handled>> {
        if let Some(handler) = handler {
            return Box::pin(self.handle_async(head, handler)).await.map(Some);
        }
        let found = self.server().find(&head.request);
        let kind = self.server().kind(&found);
        let failure = match kind {
            Kind::Reading if head.framing != Framing::Length(0) => {
                return Box::pin(self.handle_while_it_comes(head, found)).await;
            }
            Kind::Whole | Kind::Waiting => self.gather(&mut head).await?,
            Kind::Reading | Kind::Nobody => None,
        };
        if kind == Kind::Waiting {
            self.flush().await?;
        }
        let (server, received) = (Arc::clone(self.server()), mem::take(&mut self.received));
        let respond = move || respond(&server, head, found, received, &mut Nobody(failure));
        if kind != Kind::Waiting {
            return Ok(Some(respond()));
        }
        let Some(handled) = spawn_blocking(&self.permit.site().pool, respond) else {
            return Ok(None);
        };
        handled.await.context("a worker panicked").map(Some)
    }

    /// Waits for a handler that waits itself.
    async fn handle_async(
        &mut self,
        mut head: RequestHead,
        handler: Result<Handler, CaughtPanic>,
    ) -> Result<Handled> {
        let mut nobody = Nobody(self.gather(&mut head).await?);
        let mut incoming = Incoming::new(&mut nobody);
        incoming.received = mem::take(&mut self.received);
        let mut body = RequestBody::new(&mut incoming, &head);
        let whole = body.read_whole();
        let unread = body.unread();
        let failure = body.into_failure();
        let received = incoming.received;
        self.flush().await?;
        let outcome = match (whole, handler) {
            (Ok(body), Ok(handler)) => {
                head.request.body = body;
                let mut answer = handler(&head.request);
                // Each time that it is polled, it may panic.
                poll_fn(|context| match catch_panic(|| answer.as_mut().poll(context)) {
                    Ok(polled) => polled.map(Ok),
                    Err(panic) => Poll::Ready(Err(panic)),
                })
                .await
            }
            (Err(error), _) => Ok(Err(error.into())),
            (_, Err(panic)) => Err(panic),
        };
        let told = failure.as_ref().and_then(|error| Some((error, error.status()?)));
        let response = self.server().conclude(outcome, &head.request, told);
        Ok(Handled { head, response, unread, failure, received })
    }

    /// Waits until a body is there as a whole, or will not come. What goes wrong is for the
    /// handler to find, where it reads behind what has come.
    async fn gather(&mut self, head: &mut RequestHead) -> Result<Option<ErrorKind>, ReadError> {
        let mut end = EndOfBody::new(head.framing);
        if head.expects_continue && self.received.is_empty() && !end.has_come(&[]) {
            self.output.write(b"HTTP/1.1 100 Continue\r\n\r\n");
            head.expects_continue = false;
        }
        while !end.has_come(&self.received) {
            match self.read_more().await {
                Ok(0) => break,
                Ok(_) => {}
                Err(ReadError::TooLate) => return Ok(Some(ErrorKind::TimedOut)),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Lets a worker answer that reads the body, and passes on to it what comes.
    async fn handle_while_it_comes(
        &mut self,
        head: RequestHead,
        found: Found,
    ) -> Result<Option<Handled>> {
        let task = poll_fn(|context| Poll::Ready(context.waker().clone())).await;
        let pipe = Feed(Arc::new(Pipe::new(Arc::new(move || task.wake_by_ref()))));
        let (server, theirs) = (Arc::clone(self.server()), Arc::clone(&pipe.0));
        let received = mem::take(&mut self.received);
        let respond = move || respond(&server, head, found, received, &mut &*theirs);
        let Some(handled) = spawn_blocking(&self.permit.site().pool, respond) else {
            return Ok(None);
        };
        let mut handled = pin!(handled);
        let mut at_end = false;
        loop {
            self.flush().await?;
            let has_room = pipe.0.has_room();
            let mut bytes = Vec::new();
            let news = {
                let deadline = self.reading.deadline(self.server().limits.request_time);
                let clock = self.permit.site().handle.clock();
                let read = async {
                    match has_room && !at_end {
                        true => clock.timeout_at(deadline, self.stream.read(&mut bytes)).await,
                        // It is we who let the client wait, or there is nothing to wait for.
                        false => future::pending().await,
                    }
                };
                select(handled.as_mut(), select(pipe.changed(has_room), read)).await
            };
            match news {
                Either::First(handled) => {
                    let mut handled = handled.context("a worker panicked")?;
                    handled.received.extend(pipe.0.take_received());
                    self.output.write(&pipe.0.take_written());
                    return Ok(Some(handled));
                }
                Either::Second(Either::First(written)) => {
                    self.output.write(&written);
                    self.reading = Progress { since: self.now(), bytes: 0 };
                }
                Either::Second(Either::Second(read)) => match read {
                    Some(Ok(0)) => {
                        at_end = true;
                        pipe.0.end(Ok(()));
                    }
                    Some(Ok(count)) => {
                        self.reading.bytes += count as u64;
                        pipe.0.push(&bytes);
                    }
                    Some(Err(error)) => return Err(error.into()),
                    None => {
                        // In this order: what a worker has to say is written before it waits.
                        let is_wanted = pipe.0.is_wanted();
                        let written = pipe.0.take_written();
                        // Who is only now told to go on cannot be late with it.
                        if is_wanted && written.is_empty() {
                            at_end = true;
                            pipe.0.end(Err(ErrorKind::TimedOut));
                        }
                        self.output.write(&written);
                        // Until now it was the handler that took its time, and not the client.
                        self.reading = Progress { since: self.now(), bytes: 0 };
                    }
                },
            }
        }
    }

    /// What a handler has made, as it goes out, and the request.
    pub fn answer(
        &mut self,
        handled: Handled,
        at: DateTime<Utc>,
    ) -> Result<(Outgoing, Option<Request>)> {
        let Handled { head, response, unread, failure, received } = handled;
        self.received = received;
        self.unwanted = unread.unwrap_or(0);
        if let Some(ReadError::Broken(error)) = failure {
            return Err(error.into());
        }
        let server = self.server();
        let request = head.request;
        let keep =
            unread.is_some_and(|count| count <= DRAIN_BYTES as u64) && self.may_ask_again(&request);
        let terms = Terms { method: &request.method, version: request.version, keep };
        let outgoing = server.outgoing(response, &terms, at)?;
        Ok((outgoing, Some(request)))
    }

    /// Whether another request may follow this one, if its answer allows it.
    pub fn may_ask_again(&self, request: &Request) -> bool {
        let server = self.server();
        keeps_alive(request.version, &request.headers)
            && self.requests < server.limits.requests_per_connection
            && !server.stop.is_requested()
    }

    /// The answer to a request that could not be read.
    pub fn refuse(&mut self, error: ReadError, at: DateTime<Utc>) -> Result<Outgoing> {
        let Some(status) = error.status() else { return Err(error.into()) };
        log_request(self.stream.peer(), format_args!("{status}: {error}"));
        let detail = &error.to_string();
        let server = self.server();
        let page = server.page(&Failure { status, request: None, detail, traceback: None });
        let method = method_of(&self.received).to_owned();
        let terms = Terms { method: &method, version: Version::Http10, keep: false };
        server.outgoing(page, &terms, at)
    }

    /// Writes an answer. What is small is not sent yet: another one may follow at once.
    pub async fn send(
        &mut self,
        mut outgoing: Outgoing,
        request: Option<Request>,
        arrival: Arrival,
    ) -> Result<bool> {
        let (status, head) = (outgoing.status, outgoing.head_length());
        self.output.begin_answer(status, head, request, arrival);
        while self.output.append_piece(&mut outgoing)? {
            if self.output.unsent() >= PIECE as usize {
                self.flush().await?;
            }
        }
        self.is_answered = true;
        Ok(outgoing.keep)
    }
}

/// Where a worker finds what the client sends.
struct Feed(Arc<Pipe>);

impl Feed {
    /// Waits until the worker has written something, which is returned, or has made room.
    async fn changed(&self, had_room: bool) -> Vec<u8> {
        poll_fn(|_| {
            // Each time that something happens here, the pipe wakes this task.
            let written = self.0.take_written();
            match written.is_empty() && self.0.has_room() == had_room {
                true => Poll::Pending,
                false => Poll::Ready(written),
            }
        })
        .await
    }
}

impl Drop for Feed {
    /// Nobody feeds it any more: the worker must not wait for ever.
    fn drop(&mut self) {
        self.0.end(Err(ErrorKind::ConnectionAborted));
    }
}
