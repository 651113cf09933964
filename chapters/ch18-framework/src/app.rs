use crate::{
    Application, Call, CaughtPanic, Environ, Failure, HttpError, Methods, Response, Router,
    Sessions, Traceback, catch_panic, encode_name, error_page, escape_controls, is_known_method,
    is_of_another_site, log, segments,
};
use anyhow::{Result, anyhow};
use std::io::Read;
use std::time::{SystemTime, UNIX_EPOCH};

/// What went wrong with a request, for the page that says so.
#[derive(Clone, Copy, Debug)]
pub struct Fault<'a> {
    /// From 400 to 599.
    pub status: u16,
    /// The story, in debug mode alone: it shows code, paths and perhaps secrets.
    pub traceback: Option<&'a Traceback>,
}

type Page = Box<dyn Fn(&mut Call<'_>, Fault<'_>) -> Result<Response> + Send + Sync>;

/// A site made of routes: an [`Application`] for any server.
///
/// | request | answer |
/// |---|---|
/// | a page of another site sends it, and it is no GET, HEAD or OPTIONS | 403 |
/// | nobody knows the method | 501, whatever the path |
/// | no route has the path | 404 |
/// | … but one has it with a slash at its end, or without | 308 to that one |
/// | the route does not have the method | 405, with `Allow` |
/// | OPTIONS | 204, with `Allow` |
/// | HEAD | what GET answers, and the server leaves out the body |
/// | the handler fails with an [`HttpError`] | its status |
/// | it fails otherwise, or panics | 500; the traceback is logged |
#[derive(Default)]
pub struct App {
    /// Whether pages of 500 show their traceback.
    pub debug: bool,
    /// Who keeps the sessions; without it, nothing is remembered. With it, every answer has
    /// `Vary: Cookie`.
    pub sessions: Option<Sessions>,
    routes: Router<Methods>,
    pages: Vec<(Option<u16>, Page)>,
}

impl App {
    /// Lets `methods` answer the paths that match `pattern`; see [`Router`] for the patterns and
    /// the errors.
    pub fn route(&mut self, pattern: &str, methods: Methods) -> Result<()> {
        self.routes.add(pattern, methods)
    }

    /// Lets `page` tell of all faults with this status, or, if it is `None`, of all that no other
    /// page tells of. The status, and the `Allow` of 405, are answered whatever it says.
    pub fn set_page(
        &mut self,
        status: Option<u16>,
        page: impl Fn(&mut Call<'_>, Fault<'_>) -> Result<Response> + Send + Sync + 'static,
    ) {
        self.pages.push((status, Box::new(page)));
    }

    fn call_handler<'a>(&'a self, call: &mut Call<'a>) -> Result<Response> {
        if is_of_another_site(call.environ) {
            // A handler that refused it could still change what is remembered of this client.
            return Err(HttpError(403).into());
        }
        let path = segments(call.environ)?;
        let method = call.environ.text("REQUEST_METHOD");
        let found = self.routes.find(&path);
        let handler = found.as_ref().and_then(|found| found.value.find(method));
        if handler.is_none() && !is_known_method(method) {
            return Err(HttpError(501).into());
        }
        let Some(found) = found else {
            return self.with_other_slash(call, path);
        };
        call.methods = Some(found.value);
        call.captures = found.captures;
        match handler {
            Some(handler) => handler(call),
            None if method == "OPTIONS" => {
                Ok(Response::new(204).header("Allow", found.value.allowed())?)
            }
            None => Err(HttpError(405).into()),
        }
    }

    /// Sends a client that forgot a slash at the end, or has one too many, to the path that is
    /// meant. With 308 it repeats its method and its body there (RFC 9110 section 15.4.9).
    fn with_other_slash(&self, call: &Call<'_>, mut path: Vec<String>) -> Result<Response> {
        match path.last() {
            Some(last) if last.is_empty() => drop(path.pop()),
            _ => path.push(String::new()),
        }
        if self.routes.find(&path).is_none() {
            return Err(HttpError(404).into());
        }
        // A path that a route matches has a name at its start, and is not `//` and another host.
        let (script, query) = (call.environ.text("SCRIPT_NAME"), call.environ.text("QUERY_STRING"));
        let path = script.split('/').chain(path.iter().map(String::as_str));
        let path = path.map(|segment| encode_name(segment.as_ref())).collect::<Vec<_>>();
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let location = format!("{}{query}", path.join("/"));
        Ok(Response::new(308).header("Location", location)?)
    }

    /// The answer that came of a handler.
    fn explain(&self, call: &mut Call<'_>, outcome: Outcome) -> Response {
        let traceback = match outcome {
            Ok(Ok(response)) => return response,
            Ok(Err(error)) => match error.downcast_ref() {
                Some(&HttpError(status @ 400..=599)) => {
                    return self.page(call, Fault { status, traceback: None });
                }
                // It asks the error what to say, which is somebody's code as well.
                _ => catch_panic(|| Traceback::of_error(&error))
                    .unwrap_or_else(|panic| Traceback::of_panic(&panic)),
            },
            Err(panic) => Traceback::of_panic(&panic),
        };
        let asked = format!("{} {}", call.method(), call.environ.text("REQUEST_URI"));
        log(format_args!("{}\n{traceback}", escape_controls(&asked)));
        self.page(call, Fault { status: 500, traceback: self.debug.then_some(&traceback) })
    }

    /// The page of a fault. If that of the site fails, or panics, it is the usual one.
    fn page(&self, call: &mut Call<'_>, fault: Fault<'_>) -> Response {
        let of_status = |wanted| self.pages.iter().find(|(status, _)| *status == wanted);
        let usual = || {
            let Fault { status, traceback } = fault;
            error_page(&Failure { status, request: None, detail: "", traceback })
        };
        let made = of_status(Some(fault.status)).or_else(|| of_status(None)).map(|(_, page)| {
            let outcome = catch_panic(|| page(call, fault));
            outcome.map_err(|panic| anyhow!(panic.message)).flatten().unwrap_or_else(|error| {
                log(format_args!("the page of {}: {error:#}", fault.status));
                usual()
            })
        });
        made.unwrap_or_else(usual).status(fault.status)
    }
}

/// What comes of a handler: an answer or an error, or a panic.
type Outcome = Result<Result<Response>, CaughtPanic>;

impl Application for App {
    fn answer(&self, environ: &Environ, input: &mut dyn Read) -> Result<Response> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let read = |sessions: &Sessions| sessions.read(environ.text("HTTP_COOKIE"), now);
        let session = self.sessions.as_ref().map(read).unwrap_or_default();
        let mut call = Call::new(environ, session, input);
        let outcome = catch_panic(|| self.call_handler(&mut call));
        let mut response = self.explain(&mut call, outcome);
        if response.status == 405 && !response.headers.contains("Allow") {
            let allowed = call.methods.map(Methods::allowed);
            response.headers.add("Allow", allowed.unwrap_or_default())?;
        }
        let write = |sessions: &Sessions| sessions.write(&call.session, now);
        match self.sessions.as_ref().map_or(Ok(None), write) {
            Ok(None) => {}
            Ok(Some(cookie)) => {
                response.headers.add("Set-Cookie", cookie)?;
                // What one client is told, no cache in between may tell another one.
                response.headers.add("Cache-Control", "no-store")?;
            }
            Err(error) => response = self.explain(&mut call, Ok(Err(error))),
        }
        if self.sessions.is_some() {
            // Who asks may make a difference, and it is the cookie that tells: what a cache keeps
            // is for those who send the same one (RFC 9110 section 12.5.5).
            response.headers.add("Vary", "Cookie")?;
        }
        if !call.timings.is_empty() {
            response.headers.add("Server-Timing", call.timings.to_string())?;
        }
        Ok(response)
    }
}
