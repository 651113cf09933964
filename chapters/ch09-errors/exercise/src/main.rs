//! Chapter 9's program, with your code in it: handlers that fail in every way.

use anyhow::{Context, Result, anyhow};
use ch09::{
    Failure, HttpError, HttpServer, PICTURE, Request, Response, RetryAfter, and, careless_files,
    error_page, method, page_as_asked, path, percent_decode, prefix, with_retry_after,
};
use program::Program;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "ex09",
    about: "Handlers that fail: /menu, /panic, /teapot, /status?410; some that do not: /, /hello.",
    port: 8009,
    try_it: "open http://{address}/menu or try `curl -i http://{address}/menu`",
    options: &[
        ("--no-debug", "show no tracebacks to clients"),
        ("--json", "error pages are JSON for whoever asks for it"),
        ("--busy SECONDS", "/busy tells when to come back"),
        ("--directory DIR", "instead of all that, give out files, carelessly"),
    ],
};

type ErrorPage = fn(&Failure<'_>) -> Response;

fn main() -> ExitCode {
    PROGRAM.run(|arguments| {
        let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
        let page: ErrorPage = if arguments.has("--json") { page_as_asked } else { error_page };
        let mut server = HttpServer::default();
        server.debug = !arguments.has("--no-debug");
        server.set_error_page(page);
        if let Some(directory) = arguments.value("--directory") {
            server.register(prefix("/"), careless_files(Path::new(directory)));
        } else {
            if let Some(seconds) = arguments.value("--busy") {
                let seconds = seconds.to_string_lossy().parse().context("the seconds of --busy")?;
                let busy = move |_: &Request| cook(seconds).context("no soup");
                server.register(path("/busy"), with_retry_after(page, busy));
            }
            register_handlers(&mut server);
        }
        server.serve(listener.incoming());
        Ok(())
    })
}

/// The handlers of the chapter, and those that the wire corpus asks for.
fn register_handlers(server: &mut HttpServer) {
    server.register(method("POST"), |request| Ok(Response::text(request.body.clone())));
    server.register(and(method("GET"), path("/")), |_| Ok(Response::text("Hi there!\n")));
    server.register(and(method("GET"), path("/picture.png")), |_| {
        Ok(Response::new(200).content_type("image/png").body(PICTURE))
    });
    server.register(and(method("GET"), prefix("/hello")), |request| {
        Ok(Response::text(format!("You asked for {}.\n", request.path)))
    });
    server.register(path("/moved"), |request| {
        let to = request.query.as_deref().and_then(percent_decode);
        Ok(Response::new(302).header("Location", to.unwrap_or_default())?)
    });
    server.register(path("/fails"), |_| Err(anyhow!("the secret soup is off")));
    server.register(path("/panics"), |_| panic!("the secret soup is off"));
    server.register(path("/menu"), menu);
    server.register(path("/panic"), |request| panic!("no {} today", dish(request)));
    server.register(path("/teapot"), |_| Err(HttpError(418))?);
    server.register(path("/status"), |request| {
        let status = dish(request).parse().context("a status in the query")?;
        Err(HttpError(status)).context("as you like")
    });
}

/// What is asked for in the query: `soup` unless somebody wants something else.
fn dish(request: &Request) -> &str {
    request.query.as_deref().unwrap_or("soup")
}

fn menu(request: &Request) -> Result<Response> {
    let dish = dish(request);
    let price = price_of(dish)?;
    Ok(Response::text(format!("{dish}: {price} cents\n")))
}

fn price_of(line: &str) -> Result<u32> {
    line.parse::<u32>().with_context(|| format!("the price of the {line}"))
}

/// There is no cook.
fn cook(seconds: u32) -> Result<Response> {
    Err(RetryAfter(seconds))?
}
