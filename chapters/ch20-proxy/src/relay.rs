use crate::backend::Backend;
use crate::client::Client;
use crate::journey::Journey;
use crate::output::{Arrival, Output};
use crate::passed_body::PassedBody;
use crate::passed_head::{PassedAnswer, is_in_circle, pass_answer, pass_interim, passed_request};
use crate::respond::Handled;
use crate::{
    Either, Exchange, Failure, FetchError, Framing, HttpServer, LAST_CHUNK, PIECE, ReadError,
    RequestHead, Stream, System, Terms, Upstream, UpstreamSettings, Version, encode_chunk,
    log_request, select,
};
use anyhow::{Result, bail};
use std::mem;
use std::pin::pin;

/// What became of a request that one backend was asked.
enum Outcome {
    /// The answer has gone out. Whether another request may follow.
    Answered(bool),
    /// Nothing of one was passed on, so the client can still be told something else.
    Unanswered(Box<RequestHead>, Fault),
}

/// Whose fault it is.
enum Fault {
    Client(ReadError),
    Backend(FetchError),
}

impl<S: System> Client<S> {
    /// Lets a backend answer a request, and passes its answer on. Returns whether another request
    /// may follow.
    pub async fn relay(
        &mut self,
        mut head: RequestHead,
        upstream: Upstream<S>,
        arrival: Arrival,
    ) -> Result<bool> {
        if is_in_circle(&head.request) {
            return self.fail(head, 502, "the request goes in a circle", arrival).await;
        }
        // The answers to what was asked before must not wait for this one. Some clients send the
        // rest of a body only when they have them.
        self.flush().await?;
        let settings = upstream.settings();
        let rules = &settings.health;
        let handle = self.permit.site().handle.clone();
        let clock = handle.clock();
        // A body is not kept, and what is not idempotent might be done twice.
        let may_repeat = head.framing == Framing::Length(0) && is_idempotent(&head.request.method);
        let mut tried = Vec::new();
        let mut trusts_kept = true;
        let mut told = (503, "no server is there to answer this");
        while tried.len() < settings.attempts {
            let Some(backend) = upstream.pick(&head.request, &tried, &handle) else { break };
            let _lease = backend.lease(clock.now(), rules);
            let kept = match trusts_kept {
                true => backend.kept(clock, settings.idle_time).await,
                false => None,
            };
            let is_kept = kept.is_some();
            let stream = match kept {
                Some(stream) => Ok(stream),
                None => backend.connect(&handle, settings.connect_time).await,
            };
            let stream = match stream {
                Ok(stream) => stream,
                Err(error) => {
                    // It was not asked for anything, so another one may be, whatever the method.
                    backend.failed(format_args!("cannot connect: {error}"), clock.now(), rules);
                    told = (502, "the server behind this one cannot be reached");
                    tried.push(backend.address);
                    continue;
                }
            };
            let error = match self.ask(backend, stream, head, settings, arrival).await? {
                Outcome::Answered(keep) => {
                    backend.answered(rules);
                    return Ok(keep);
                }
                Outcome::Unanswered(_, Fault::Client(error)) => {
                    let outgoing = self.refuse(error, arrival.at)?;
                    self.send(outgoing, None, arrival).await?;
                    return Ok(false);
                }
                Outcome::Unanswered(back, Fault::Backend(error)) => {
                    head = *back;
                    error
                }
            };
            told = match error {
                FetchError::Deadline(_) => (504, "the server behind this one is too slow"),
                _ => (502, "the server behind this one gave no answer"),
            };
            let has_left = matches!(error, FetchError::NoAnswer | FetchError::Broken(_));
            if is_kept && has_left {
                // A backend may close a kept connection at the moment at which we ask on it. That
                // is no failure of its own; but it may have closed the others, too.
                trusts_kept = false;
            } else {
                backend.failed(error, clock.now(), rules);
                tried.push(backend.address);
            }
            if !(may_repeat && has_left) {
                break;
            }
        }
        self.fail(head, told.0, told.1, arrival).await
    }

    /// Tells a client that nobody has answered.
    async fn fail(
        &mut self,
        head: RequestHead,
        status: u16,
        detail: &str,
        arrival: Arrival,
    ) -> Result<bool> {
        log_request(self.stream.peer(), format_args!("{status}: {detail}"));
        let request = Some(&head.request);
        let response = self.server().page(&Failure { status, request, detail, traceback: None });
        // Where a body ends is not known if not all of it was read.
        let unread = (head.framing == Framing::Length(0)).then_some(0);
        let received = mem::take(&mut self.received);
        let handled = Handled { head, response, unread, failure: None, received };
        let (outgoing, request) = self.answer(handled, arrival.at)?;
        self.send(outgoing, request, arrival).await
    }

    /// Asks one backend, on one connection.
    ///
    /// Request and answer go their ways side by side: a backend may begin to answer before it has
    /// all that it was sent. An error means that an answer has begun and will not end.
    async fn ask(
        &mut self,
        backend: &Backend<S>,
        stream: Stream<S>,
        head: RequestHead,
        settings: &UpstreamSettings,
        arrival: Arrival,
    ) -> Result<Outcome> {
        let may_ask_again = self.may_ask_again(&head.request);
        let Self { permit, stream: client, received, reading, output, .. } = self;
        let site = permit.site();
        let (clock, server) = (site.handle.clock(), &*site.server);
        let limits = &server.limits;
        let journey = Journey::new(clock, client, &stream, settings.answer_time);
        let request = passed_request(&head, settings, backend.address);
        let body = PassedBody::new(head.framing);
        let mut exchange = Exchange::new(&head.request.method);
        let sending = journey.send(request, body, received, reading, limits.request_time);
        let (method, version) = (head.request.method.clone(), head.request.version);
        let head = Some(head);
        let mut answer = Answer { head, method, version, may_ask_again, arrival, output, server };
        let outcome = {
            // Pinned here: handed over, each would have its place in this future twice.
            let sending = pin!(sending);
            let passing = pin!(answer.pass(&journey, client, &mut exchange));
            select(sending, passing).await
        };
        let head = answer.head;
        match (outcome, head) {
            (Either::Second(Ok(keep)), _) => {
                self.is_answered = true;
                if journey.is_sent() && exchange.keeps_connection() {
                    backend.keep(stream, clock.now(), settings.idle_connections);
                }
                Ok(Outcome::Answered(keep))
            }
            (Either::First(error), Some(head)) => {
                Ok(Outcome::Unanswered(Box::new(head), Fault::Client(error)))
            }
            (Either::Second(Err(Broken::Backend(error))), Some(head)) => {
                Ok(Outcome::Unanswered(Box::new(head), Fault::Backend(error)))
            }
            (Either::Second(Err(Broken::Backend(error))), None) => {
                backend.failed(&error, clock.now(), &settings.health);
                // What has come of it is the client's. That it is not all, the client sees by the
                // end of the connection.
                output.flush(client, limits).await?;
                bail!("the answer broke off: {error}")
            }
            (Either::First(error), None) => Err(error.into()),
            (Either::Second(Err(Broken::Client(error))), _) => Err(error),
        }
    }
}

/// Why an answer did not arrive.
enum Broken {
    Backend(FetchError),
    Client(anyhow::Error),
}

impl From<FetchError> for Broken {
    fn from(error: FetchError) -> Self {
        Self::Backend(error)
    }
}

/// An answer on its way from a backend to a client.
struct Answer<'a> {
    /// The request, until the answer begins.
    head: Option<RequestHead>,
    method: String,
    version: Version,
    may_ask_again: bool,
    arrival: Arrival,
    output: &'a mut Output,
    server: &'a HttpServer,
}

impl Answer<'_> {
    /// Passes it on as it comes. Returns whether the client may ask again.
    async fn pass<S: System>(
        &mut self,
        journey: &Journey<'_, S>,
        client: &Stream<S>,
        exchange: &mut Exchange,
    ) -> Result<bool, Broken> {
        let PassedAnswer { chunked, keep } = loop {
            let Some(head) = exchange.next_head()? else {
                journey.receive(exchange).await?;
                continue;
            };
            let mut bytes = Vec::with_capacity(512); // most heads are shorter
            if head.status >= 200 {
                // Where one ends that is answered before it was sent, nobody knows. It is the last,
                // and so is one during which a stop was requested.
                let may_follow = journey.is_sent() && !self.server.stop.is_requested();
                let keep = self.may_ask_again && may_follow;
                let terms = Terms { method: &self.method, version: self.version, keep };
                let passed = pass_answer(&head, exchange, &terms, &mut bytes);
                self.output.write(&bytes);
                let request = self.head.take().map(|head| head.request);
                self.output.begin_answer(head.status, 0, request, self.arrival);
                break passed;
            }
            // HTTP/1.0 knows nothing that precedes an answer, and would take it for the answer.
            if self.version == Version::Http11 {
                pass_interim(&head, &mut bytes);
                self.output.write(&bytes);
                self.flush(journey, client).await?;
            }
        };
        let mut piece = Vec::new();
        let mut chunk = Vec::new();
        loop {
            piece.clear();
            match exchange.append_body(&mut piece)? {
                Some(0) => break,
                Some(_) if chunked => {
                    chunk.clear();
                    encode_chunk(&piece, &mut chunk);
                    self.output.append(&chunk);
                }
                Some(_) => self.output.append(&piece),
                None => {
                    // What has come goes on before more is waited for; and what the client does not
                    // take, the backend is not asked for.
                    self.flush(journey, client).await?;
                    journey.receive(exchange).await?;
                }
            }
            if self.output.unsent() >= PIECE as usize {
                self.flush(journey, client).await?;
            }
        }
        if chunked {
            self.output.append(LAST_CHUNK);
        }
        self.output.end_answer();
        Ok(keep)
    }

    async fn flush<S: System>(
        &mut self,
        journey: &Journey<'_, S>,
        client: &Stream<S>,
    ) -> Result<(), Broken> {
        let flushed = self.output.flush(client, &self.server.limits).await;
        // Until now the backend was not read, and could not be heard.
        journey.goes_on();
        flushed.map_err(|error| Broken::Client(error.into()))
    }
}

/// Whether doing it twice is like doing it once (RFC 9110 section 9.2.2).
fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "TRACE")
}
