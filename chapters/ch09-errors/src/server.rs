use crate::{
    Failure, HttpError, Limits, Request, Response, TimedStream, Traceback, catch_panic, encode,
    error_page, escape_controls, log, log_request, method_of, no_handler, read_request, serve,
};
use anyhow::Result;
use chrono::Utc;
use std::io::{self, Read, Write};
use std::mem;
use std::net::{SocketAddr, TcpStream};

// A box, because every closure has a type of its own and a list has but one;
// `Send + Sync`, because all threads share the list.
type Pattern = Box<dyn Fn(&Request) -> bool + Send + Sync>;
type Handler = Box<dyn Fn(&Request) -> Result<Response> + Send + Sync>;
type ErrorPage = Box<dyn Fn(&Failure<'_>) -> Response + Send + Sync>;

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
    handlers: Vec<(Pattern, Handler)>,
    error_page: ErrorPage,
}

impl Default for HttpServer {
    /// No handlers, no debug mode, the error pages of [`error_page`].
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            debug: false,
            handlers: Vec::new(),
            error_page: Box::new(error_page),
        }
    }
}

impl HttpServer {
    /// Lets `handler` answer what `pattern` matches, unless a pattern that was
    /// registered before it matches too.
    pub fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.handlers.push((Box::new(pattern), Box::new(handler)));
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
    /// never does. See [`serve`] for what becomes of errors.
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    /// Reads one request from `conn` and writes the answer.
    ///
    /// A request that cannot be read is answered with the status that says why,
    /// as long as somebody is there to be told; one to HEAD without a body, too.
    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> Result<()> {
        let mut received = Vec::new();
        let response = match read_request(conn, &mut received, peer) {
            Ok(None) => return Ok(()), // connected, and left
            Ok(Some(request)) => {
                let response = self.on_request(&request);
                let (status, length) = (response.status, response.body.len());
                log_request(peer, format_args!("\"{request}\" {status} {length}"));
                response
            }
            Err(error) => {
                let Some(status) = error.status() else { return Err(error.into()) };
                log_request(peer, format_args!("{status}: {error}"));
                let detail = &error.to_string();
                let failure = Failure { status, request: None, detail, traceback: None };
                self.page(&failure)
            }
        };
        let method = method_of(&received);
        let (head, body) = encoded(response, method).or_else(|error| {
            // No answer at all: a status of four digits, a type with a line break.
            let traceback = &Traceback::of_error(&error);
            log(traceback);
            let traceback = self.debug.then_some(traceback);
            let failure = Failure { status: 500, request: None, detail: "", traceback };
            encoded(error_page(&failure), method)
        })?;
        conn.write_all(&head)?;
        conn.write_all(&body)?;
        Ok(())
    }

    /// Turns a request into its answer, whatever the handler does.
    ///
    /// An [`HttpError`] is answered with its status, any other error and a
    /// panic with 500; their traceback is logged, and shown in debug mode.
    pub fn on_request(&self, request: &Request) -> Response {
        let traceback = match catch_panic(|| self.call_handler(request)) {
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

    /// Calls the handler of the first pattern that matches, or [`no_handler`].
    ///
    /// Tracebacks show the calls that this function made, so it must have a frame of its own.
    #[inline(never)]
    fn call_handler(&self, request: &Request) -> Result<Response> {
        match self.handlers.iter().find(|(pattern, _)| pattern(request)) {
            Some((_, handler)) => handler(request),
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

/// The bytes of a response to `method`, its head and its body; an error if it must not
/// be sent. They stay apart, because a body may be large: to join them would copy it.
fn encoded(response: Response, method: &str) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut message = response.into_message(method, Utc::now())?;
    let body = mem::take(&mut message.body);
    Ok((encode(&message)?, body))
}
