use crate::{
    DRAIN_BYTES, Failure, Framing, HttpError, Incoming, Limits, LogEntry, Outgoing, ReadError,
    Request, RequestBody, RequestHead, Response, Stop, Terms, TimedStream, Traceback, Version,
    catch_panic, error_page, escape_controls, keeps_alive, log, log_request, method_of, no_handler,
    serve,
};
use anyhow::Result;
use chrono::{DateTime, Utc};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Instant;

// A box, because every closure has a type of its own and a list has but one;
// `Send + Sync`, because all threads share the list.
type Pattern = Box<dyn Fn(&Request) -> bool + Send + Sync>;
type WholeHandler = Box<dyn Fn(&Request) -> Result<Response> + Send + Sync>;
type ReadingHandler = Box<dyn Fn(&Request, &mut RequestBody<'_>) -> Result<Response> + Send + Sync>;
type ErrorPage = Box<dyn Fn(&Failure<'_>) -> Response + Send + Sync>;

enum Handler {
    /// Is given requests with their body.
    Whole(WholeHandler),
    /// Reads the body, or leaves it.
    Reading(ReadingHandler),
}

/// An HTTP server made of patterns and handlers, which answers whatever they
/// do.
///
/// Nothing about one connection is stored here: all threads share the server.
pub struct HttpServer {
    /// How many clients, and how long they may take.
    pub limits: Limits,
    /// Whether the pages of failures show their traceback. Not for strangers:
    /// it shows code, paths and perhaps secrets.
    pub debug: bool,
    /// Once it is requested, every answer is the last one on its connection.
    pub stop: Stop,
    handlers: Vec<(Pattern, Handler)>,
    error_page: ErrorPage,
}

impl Default for HttpServer {
    /// No handlers, no debug mode, the error pages of [`error_page`].
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            debug: false,
            stop: Stop::default(),
            handlers: Vec::new(),
            error_page: Box::new(error_page),
        }
    }
}

impl HttpServer {
    /// Lets `handler` answer what `pattern` matches, unless a pattern that was
    /// registered before it matches too.
    ///
    /// The pattern sees the request before its body is read. The handler gets all of it, up to
    /// [`MAX_BODY`](crate::MAX_BODY); if it is longer, the client is told 413.
    pub fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.handlers.push((Box::new(pattern), Handler::Whole(Box::new(handler))));
    }

    /// The same for a handler that reads the body itself, however long it is, or answers
    /// without having read it. A client that asked whether to send it is told to when the
    /// handler begins to read.
    pub fn register_reading<H>(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: H,
    ) where
        H: Fn(&Request, &mut RequestBody<'_>) -> Result<Response> + Send + Sync + 'static,
    {
        self.handlers.push((Box::new(pattern), Handler::Reading(Box::new(handler))));
    }

    /// Replaces the error pages. The status of the failure is answered whatever
    /// the page says.
    pub fn set_error_page(
        &mut self,
        error_page: impl Fn(&Failure<'_>) -> Response + Send + Sync + 'static,
    ) {
        self.error_page = Box::new(error_page);
    }

    /// Serves connections until `incoming` ends, which `listener.incoming()`
    /// never does, and what [`Stop::accept_from`] gives does on request. See [`serve`] for what
    /// becomes of errors and of those who are being served then.
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    /// Reads one request after the other from `conn` and writes their answers, in the order
    /// of the requests, as long as both sides want to go on.
    ///
    /// A request that cannot be read is answered with the status that says why,
    /// as long as somebody is there to be told; one to HEAD without a body, too. Where the
    /// next one would begin is not known then, so it is the last.
    ///
    /// An answer that breaks off is an error: the client sees the connection end early.
    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> Result<()> {
        let mut incoming = Incoming::new(conn);
        while self.exchange(&mut incoming, peer)? {}
        Ok(())
    }

    /// Reads a request and writes its answer. Returns whether another one may follow.
    fn exchange(&self, incoming: &mut Incoming<'_>, peer: Option<SocketAddr>) -> Result<bool> {
        let read = incoming.read_head(peer);
        let (at, since) = (Utc::now(), Instant::now());
        match read {
            Ok(None) => Ok(false), // connected, or got its answers, and left
            // It got its answers, and has asked for nothing more.
            Err(ReadError::TooLate) if incoming.is_between_requests() => Ok(false),
            Ok(Some(mut head)) => {
                let mut body = RequestBody::new(incoming, &head);
                let response = self.respond(&mut head.request, &mut body);
                let unread = body.unread();
                if let Some(ReadError::Broken(error)) = body.into_failure() {
                    return Err(error.into());
                }
                incoming.unwanted = unread.unwrap_or(0);
                let may_ask_again = incoming.requests < self.limits.requests_per_connection
                    && !self.stop.is_requested();
                let request = &head.request;
                let keep = unread.is_some_and(|count| count <= DRAIN_BYTES as u64)
                    && keeps_alive(request.version, &request.headers)
                    && may_ask_again;
                let terms = Terms { method: &request.method, version: request.version, keep };
                let arrival = Arrival { peer, at, since, request: Some(request) };
                self.send(incoming, response, &terms, &arrival)
            }
            Err(error) => {
                let Some(status) = error.status() else { return Err(error.into()) };
                log_request(peer, format_args!("{status}: {error}"));
                let detail = &error.to_string();
                let failure = Failure { status, request: None, detail, traceback: None };
                let method = method_of(&incoming.received).to_owned();
                let terms = Terms { method: &method, version: Version::Http10, keep: false };
                let arrival = Arrival { peer, at, since, request: None };
                self.send(incoming, self.page(&failure), &terms, &arrival)
            }
        }
    }

    /// Sends an answer and logs it. Returns whether the connection is kept.
    fn send(
        &self,
        incoming: &mut Incoming<'_>,
        response: Response,
        terms: &Terms<'_>,
        arrival: &Arrival<'_>,
    ) -> Result<bool> {
        let &Arrival { peer, at, since, request } = arrival;
        let outgoing = Outgoing::new(response, terms, at).or_else(|error| {
            // No answer at all: a status of four digits, a type with a line break, a file
            // that cannot be read.
            let traceback = &Traceback::of_error(&error);
            log(traceback);
            let traceback = self.debug.then_some(traceback);
            let failure = Failure { status: 500, request: None, detail: "", traceback };
            Outgoing::new(error_page(&failure), terms, at)
        })?;
        let (status, keep) = (outgoing.status, outgoing.keep);
        let (sent, outcome) = outgoing.send(incoming.conn);
        log(LogEntry { peer, at, request, status, sent, took: since.elapsed() });
        outcome.map(|()| keep)
    }

    /// Turns a request into its answer, whatever the handler does.
    ///
    /// An [`HttpError`] is answered with its status, any other error and a
    /// panic with 500; their traceback is logged, and shown in debug mode.
    pub fn on_request(&self, request: &Request) -> Response {
        // A handler that reads the body reads it from memory.
        let mut head = RequestHead {
            framing: Framing::Length(request.body.len() as u64),
            request: request.clone(),
            expects_continue: false,
            length: 0,
        };
        let mut nobody = io::empty();
        let mut incoming = Incoming::new(&mut nobody);
        incoming.received = std::mem::take(&mut head.request.body);
        let mut body = RequestBody::new(&mut incoming, &head);
        self.respond(&mut head.request, &mut body)
    }

    /// Does the same for a request whose body is still to be read.
    fn respond(&self, request: &mut Request, body: &mut RequestBody<'_>) -> Response {
        let outcome = catch_panic(|| self.call_handler(request, body));
        // What is wrong with the body is the client's fault, and not the handler's.
        if let Some((error, status)) = body.failure() {
            log_request(request.peer, format_args!("{status}: {error}"));
            let detail = &error.to_string();
            let request = Some(&*request);
            return self.page(&Failure { status, request, detail, traceback: None });
        }
        let traceback = match outcome {
            Ok(Ok(response)) => return response,
            Ok(Err(error)) => match error.downcast_ref() {
                Some(&HttpError(status @ 400..=599)) => {
                    let request = Some(&*request);
                    return self.page(&Failure { status, request, detail: "", traceback: None });
                }
                // It asks the error what to say, which is somebody's code as well.
                _ => catch_panic(|| Traceback::of_error(&error))
                    .unwrap_or_else(|panic| Traceback::of_panic(&panic)),
            },
            Err(panic) => Traceback::of_panic(&panic),
        };
        log(format_args!("{}\n{traceback}", escape_controls(&request.to_string())));
        let traceback = self.debug.then_some(&traceback);
        self.page(&Failure { status: 500, request: Some(request), detail: "", traceback })
    }

    /// Calls the handler of the first pattern that matches, or [`no_handler`].
    ///
    /// Tracebacks show the calls that this function made, so it must have a frame of its own.
    #[inline(never)]
    fn call_handler(&self, request: &mut Request, body: &mut RequestBody<'_>) -> Result<Response> {
        match self.handlers.iter().find(|(pattern, _)| pattern(request)) {
            Some((_, Handler::Reading(handler))) => handler(request, body),
            Some((_, Handler::Whole(handler))) => {
                request.body = body.read_whole()?;
                handler(request)
            }
            None => no_handler(request),
        }
    }

    /// The page of a failure. If the replaced page panics, it is the usual one.
    fn page(&self, failure: &Failure<'_>) -> Response {
        let page = catch_panic(|| (self.error_page)(failure)).unwrap_or_else(|panic| {
            log(Traceback::of_panic(&panic));
            error_page(failure)
        });
        page.status(failure.status)
    }
}

/// A request that has come, as the access log tells of it.
struct Arrival<'a> {
    peer: Option<SocketAddr>,
    at: DateTime<Utc>,
    since: Instant,
    request: Option<&'a Request>,
}
