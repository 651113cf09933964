//! Right too: routes are one thing and not two, an answer takes many writes, an error is
//! turned into a page by one function, and the pages look different.

pub use chapter::*;

use anyhow::{Error, Result};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

pub fn escape_html(text: &str) -> String {
    // The ampersand first: those that follow are ours.
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

pub fn error_page(failure: &Failure<'_>) -> Response {
    let status = failure.status;
    let mut parts = vec![
        "<!doctype html><meta charset=utf-8><title>We are sorry</title>".to_owned(),
        format!("<p>This went wrong: <em>{status} {}</em>.", reason(status)),
    ];
    if !failure.detail.is_empty() {
        parts.push(format!("<p>It is about this: {}.", escape_html(failure.detail)));
    }
    if let Some(request) = failure.request {
        parts.push(format!("<p>You asked: <kbd>{}</kbd>", escape_html(&request.to_string())));
    }
    if status == 404 {
        parts.push(format!("<pre>{NOT_FOUND}</pre>"));
    }
    if let Some(traceback) = failure.traceback {
        parts.push(format!("<hr><pre>{}</pre>", escape_html(&traceback.to_string())));
        parts.push(format!("<hr><pre>{}</pre>", escape_html(&traceback.whole)));
    }
    Response::new(status).content_type("text/html; charset=utf-8").body(parts.join("\n"))
}

type Asked<T> = Box<dyn Fn(&Request) -> T + Send + Sync>;
type Page = Box<dyn Fn(&Failure<'_>) -> Response + Send + Sync>;

struct Route {
    pattern: Asked<bool>,
    handler: Asked<Result<Response>>,
}

#[derive(Default)]
pub struct HttpServer {
    pub limits: Limits,
    pub debug: bool,
    routes: Vec<Route>,
    replaced_page: Option<Page>,
}

impl HttpServer {
    pub fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.routes.push(Route { pattern: Box::new(pattern), handler: Box::new(handler) });
    }

    pub fn set_error_page(
        &mut self,
        error_page: impl Fn(&Failure<'_>) -> Response + Send + Sync + 'static,
    ) {
        self.replaced_page = Some(Box::new(error_page));
    }

    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, &self.limits, |conn: &mut TimedStream, peer| self.on_connect(conn, peer));
    }

    pub fn on_connect(
        &self,
        conn: &mut (impl Read + Write),
        peer: Option<SocketAddr>,
    ) -> Result<()> {
        let mut received = Vec::new();
        let response = match read_request(conn, &mut received, peer) {
            Ok(None) => return Ok(()),
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
                self.page(&Failure { status, request: None, detail, traceback: None })
            }
        };
        let encoded = |response: Response| -> Result<Vec<u8>> {
            Ok(encode(&response.into_message(method_of(&received), chrono::Utc::now())?)?)
        };
        let bytes = match encoded(response) {
            Ok(bytes) => bytes,
            Err(error) => encoded(self.story(None, &Traceback::of_error(&error), false))?,
        };
        for some in bytes.chunks(100) {
            conn.write_all(some)?;
        }
        Ok(())
    }

    pub fn on_request(&self, request: &Request) -> Response {
        match catch_panic(|| {
            self.call_handler(request).or_else(|error| self.raised(request, error))
        }) {
            Ok(Ok(response)) => response,
            Ok(Err(traceback)) => self.story(Some(request), &traceback, true),
            Err(panic) => self.story(Some(request), &Traceback::of_panic(&panic), true),
        }
    }

    /// The page of an error that was meant; of any other, its traceback.
    fn raised(&self, request: &Request, error: Error) -> Result<Response, Traceback> {
        match error.downcast_ref::<HttpError>() {
            Some(meant) if (400..600).contains(&meant.0) => {
                let request = Some(request);
                Ok(self.page(&Failure { status: meant.0, request, detail: "", traceback: None }))
            }
            _ => Err(Traceback::of_error(&error)),
        }
    }

    /// Logs what happened, and tells the client what it may know of it.
    fn story(&self, request: Option<&Request>, told: &Traceback, replaceable: bool) -> Response {
        let line = request.map_or("an answer that cannot be sent".to_owned(), Request::to_string);
        log(format_args!("{}\n{told}", escape_controls(&line)));
        let traceback = if self.debug { Some(told) } else { None };
        let failure = Failure { status: 500, request, detail: "", traceback };
        if replaceable { self.page(&failure) } else { error_page(&failure) }
    }

    #[inline(never)]
    fn call_handler(&self, request: &Request) -> Result<Response> {
        for route in &self.routes {
            if (route.pattern)(request) {
                return (route.handler)(request);
            }
        }
        no_handler(request)
    }

    fn page(&self, failure: &Failure<'_>) -> Response {
        let Some(replaced) = &self.replaced_page else { return error_page(failure) };
        match catch_panic(|| replaced(failure)) {
            Ok(page) => page.status(failure.status),
            Err(panic) => {
                log(Traceback::of_panic(&panic));
                error_page(failure)
            }
        }
    }
}
