//! Chapter 17's arms: what the other chapters register as handlers, as an application behind
//! chapter 17's interface, and scripts below it.

use super::{Registers, Site};
use anyhow::{Result, ensure};
use ch08::Request;
use ch12::{RequestBody, Response};
use ch17::{
    Application, Environ, Headers, HttpError, HttpServer, MAX_BODY, Message, Mounts, StartLine,
    Version, gateway, percent_decode, prefix,
};
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr};

type Pattern = Box<dyn Fn(&Request) -> bool + Send + Sync>;
type Handler = Box<dyn Fn(&mut Request, &mut dyn Read) -> Result<Response> + Send + Sync>;

/// Handlers as one application, which knows no request: it makes one of its [`Environ`].
#[derive(Default)]
pub(super) struct Handlers(Vec<(Pattern, Handler)>);

impl Application for Handlers {
    fn answer(&self, environ: &Environ, input: &mut dyn Read) -> Result<Response> {
        let mut request = request_of(environ)?;
        match self.0.iter().find(|(pattern, _)| pattern(&request)) {
            Some((_, handler)) => handler(&mut request, input),
            None => ch17::no_handler(&request),
        }
    }
}

/// The request that an environment tells of. What it says twice, it must say alike.
fn request_of(environ: &Environ) -> Result<Request> {
    let text = |name: &str| environ.text(name).to_owned();
    let mut headers = Headers::default();
    for (name, value) in environ.iter() {
        let field = match name {
            "CONTENT_TYPE" | "CONTENT_LENGTH" => name,
            _ => name.strip_prefix("HTTP_").unwrap_or_default(),
        };
        if !field.is_empty() {
            headers.add(&field.replace('_', "-"), value)?;
        }
    }
    let version = match environ.text("SERVER_PROTOCOL") {
        "HTTP/1.0" => Version::Http10,
        _ => Version::Http11,
    };
    let (method, target) = (text("REQUEST_METHOD"), text("REQUEST_URI"));
    let start = StartLine::Request { method, target, version };
    let message = Message { start, headers, body: Vec::new() };
    let request = Request::from_message(message, None)?;
    let path = percent_decode(&request.path);
    ensure!(environ.get("PATH_INFO") == path.as_deref(), "PATH_INFO is another path");
    let query = request.query.as_deref().unwrap_or_default();
    ensure!(environ.text("QUERY_STRING") == query, "QUERY_STRING is another query");
    Ok(request)
}

/// The body, as the server reads it for a handler that wants it whole.
fn read_whole(request: &Request, input: &mut dyn Read) -> Result<Vec<u8>> {
    let told = request.headers.get_text("Content-Length").and_then(|text| text.parse().ok());
    if told.is_some_and(|length: u64| length > MAX_BODY as u64) {
        return Err(HttpError(413).into());
    }
    let mut body = Vec::new();
    input.take(MAX_BODY as u64 + 1).read_to_end(&mut body)?;
    if body.len() > MAX_BODY { Err(HttpError(413).into()) } else { Ok(body) }
}

/// A server whose handlers are to stand behind the interface.
pub(super) struct Behind<'a> {
    pub(super) handlers: Handlers,
    pub(super) server: &'a mut HttpServer,
}

impl Registers for Behind<'_> {
    fn register(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
    ) {
        let whole = move |request: &mut Request, input: &mut dyn Read| {
            request.body = read_whole(request, input)?;
            handler(request)
        };
        self.handlers.0.push((Box::new(pattern), Box::new(whole)));
    }

    fn register_input(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request, &mut dyn Read) -> Result<Response> + Send + Sync + 'static,
    ) {
        let reading = move |request: &mut Request, input: &mut dyn Read| handler(request, input);
        self.handlers.0.push((Box::new(pattern), Box::new(reading)));
    }

    /// Not behind the interface: no application is told of the fields behind a body.
    fn register_reading(
        &mut self,
        pattern: impl Fn(&Request) -> bool + Send + Sync + 'static,
        handler: impl Fn(&Request, &mut RequestBody<'_>) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.server.register_reading(pattern, handler);
    }
}

impl Behind<'_> {
    /// Whose scripts are below `/cgi-bin`, where there are any. Of the handlers `application` makes
    /// another one, if it likes.
    pub(super) fn finish<A: Application + 'static>(self, application: impl FnOnce(Handlers) -> A) {
        let site = Mounts::default();
        #[cfg(unix)]
        let site = site.mount("/cgi-bin", scripts());
        let site = site.mount("/", application(self.handlers));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 8017));
        let answer = gateway(address, site);
        // `*` is no path: the server itself answers `OPTIONS *`.
        self.server.register_reading(prefix("/"), move |request, body| answer(request, body));
    }
}

#[cfg(unix)]
fn scripts() -> ch17::Cgi {
    let folder = std::path::Path::new(crate::wire::FOLDER).join("scripts");
    let path = std::env::var_os("PATH").unwrap_or_default();
    ch17::Cgi::below(&folder).variable("PATH", path)
}

/// See [`register_common`](super::register_common).
pub(super) fn register_common(server: &mut HttpServer) {
    let mut behind = Behind { handlers: Handlers::default(), server };
    super::register_common(&mut behind);
    behind.finish(|handlers| handlers);
}

/// See [`register_files`](super::register_files).
pub(super) fn register_files(server: &mut HttpServer, site: &Site) {
    let mut behind = Behind { handlers: Handlers::default(), server };
    super::register_files(&mut behind, site);
    behind.finish(|handlers| handlers);
}
