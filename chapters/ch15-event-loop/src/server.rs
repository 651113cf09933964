use crate::{
    CaughtPanic, Failure, Framing, HttpError, Incoming, Limits, Outgoing, ReadError, Request,
    RequestBody, RequestHead, Response, Stop, Terms, Traceback, catch_panic, error_page,
    escape_controls, log, log_request, no_handler,
};
use anyhow::Result;
use chrono::{DateTime, Utc};
use std::io;

// A box, because every closure has a type of its own and a list has but one;
// `Send + Sync`, because all threads share the list.
type Pattern = Box<dyn Fn(&Request) -> bool + Send + Sync>;
type WholeHandler = Box<dyn Fn(&Request) -> Result<Response> + Send + Sync>;
type ReadingHandler = Box<dyn Fn(&Request, &mut RequestBody<'_>) -> Result<Response> + Send + Sync>;
type ErrorPage = Box<dyn Fn(&Failure<'_>) -> Response + Send + Sync>;

enum Handler {
    /// Is given requests with their body.
    Whole(WholeHandler),
    /// The same, but it may wait.
    Waiting(WholeHandler),
    /// Reads the body, or leaves it.
    Reading(ReadingHandler),
}

/// What [`HttpServer::find`] found: the number of a handler, if one matches.
pub(crate) type Found = Result<Option<usize>, CaughtPanic>;

/// How a request is to be handled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// When its body is there, in the loop.
    Whole,
    /// When its body is there, by a worker.
    Waiting,
    /// While its body comes, by a worker; if there is none, in the loop.
    Reading,
    /// By nobody: there is an answer without any handler.
    Nobody,
}

/// An HTTP server made of patterns and handlers, which answers whatever they
/// do.
///
/// Nothing about one connection is stored here: the loop and the workers share the server.
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
    /// Both run in the loop: as long as they run, nobody else is served. A handler that waits for
    /// anything belongs to [`register_waiting`](Self::register_waiting).
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

    /// The same for a handler that may wait: for a file on another machine, for a database, for
    /// a long computation. A worker runs it.
    pub fn register_waiting(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.handlers.push((Box::new(pattern), Handler::Waiting(Box::new(handler))));
    }

    /// The same for a handler that reads the body itself, however long it is, or answers
    /// without having read it. A client that asked whether to send it is told to when the
    /// handler begins to read.
    ///
    /// To read is to wait, so a worker runs it. If there is no body, it runs in the loop.
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
        let found = self.find(&head.request);
        self.respond(found, &mut head.request, &mut body)
    }

    /// Asks the patterns, each once. One of them may panic.
    pub(crate) fn find(&self, request: &Request) -> Found {
        // It has the name of the method below, because tracebacks begin there.
        #[inline(never)]
        fn call_handler(handlers: &[(Pattern, Handler)], request: &Request) -> Option<usize> {
            handlers.iter().position(|(pattern, _)| pattern(request))
        }
        catch_panic(|| call_handler(&self.handlers, request))
    }

    /// How what was found is to be called.
    pub(crate) fn kind(&self, found: &Found) -> Kind {
        match found {
            Ok(Some(number)) => match self.handlers[*number].1 {
                Handler::Whole(_) => Kind::Whole,
                Handler::Waiting(_) => Kind::Waiting,
                Handler::Reading(_) => Kind::Reading,
            },
            _ => Kind::Nobody,
        }
    }

    /// Lets the handler that was found answer a request whose body is still to be read. In the
    /// loop that body must be there, or its end.
    pub(crate) fn respond(
        &self,
        found: Found,
        request: &mut Request,
        body: &mut RequestBody<'_>,
    ) -> Response {
        let outcome = match found {
            Ok(number) => catch_panic(|| self.call_handler(number, request, body)),
            Err(panic) => Err(panic),
        };
        self.conclude(outcome, request, body.failure())
    }

    /// Makes the response of what a handler has returned, and of what went wrong with the body.
    pub(crate) fn conclude(
        &self,
        outcome: Result<Result<Response>, CaughtPanic>,
        request: &Request,
        failure: Option<(&ReadError, u16)>,
    ) -> Response {
        // What is wrong with the body is the client's fault, and not the handler's.
        if let Some((error, status)) = failure {
            log_request(request.peer, format_args!("{status}: {error}"));
            let detail = &error.to_string();
            let request = Some(request);
            return self.page(&Failure { status, request, detail, traceback: None });
        }
        let traceback = match outcome {
            Ok(Ok(response)) => return response,
            Ok(Err(error)) => match error.downcast_ref() {
                Some(&HttpError(status @ 400..=599)) => {
                    let request = Some(request);
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

    /// Calls the handler of this number, or [`no_handler`].
    ///
    /// Tracebacks show the calls that this function made, so it must have a frame of its own.
    #[inline(never)]
    fn call_handler(
        &self,
        number: Option<usize>,
        request: &mut Request,
        body: &mut RequestBody<'_>,
    ) -> Result<Response> {
        match number.map(|number| &self.handlers[number].1) {
            Some(Handler::Reading(handler)) => handler(request, body),
            Some(Handler::Whole(handler) | Handler::Waiting(handler)) => {
                request.body = body.read_whole()?;
                handler(request)
            }
            None => no_handler(request),
        }
    }

    /// Makes what is sent. If the answer is none (a status of four digits, a type with a line
    /// break, a file that cannot be read), it is a page about that.
    pub(crate) fn outgoing(
        &self,
        response: Response,
        terms: &Terms<'_>,
        at: DateTime<Utc>,
    ) -> Result<Outgoing> {
        Outgoing::new(response, terms, at).or_else(|error| {
            let traceback = &Traceback::of_error(&error);
            log(traceback);
            let traceback = self.debug.then_some(traceback);
            let failure = Failure { status: 500, request: None, detail: "", traceback };
            Outgoing::new(error_page(&failure), terms, at)
        })
    }

    /// The page of a failure. If the replaced page panics, it is the usual one.
    pub(crate) fn page(&self, failure: &Failure<'_>) -> Response {
        let page = catch_panic(|| (self.error_page)(failure)).unwrap_or_else(|panic| {
            log(Traceback::of_panic(&panic));
            error_page(failure)
        });
        page.status(failure.status)
    }
}
