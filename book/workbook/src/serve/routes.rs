//! Chapter 13's server with what the book needs registered.
//!
//! | path | answer |
//! |---|---|
//! | `/workbook/news?since=N` | the next news of the book, as JSON |
//! | `/workbook/wire/` | 200: the console works |
//! | `/workbook/wire/chNN` | POST bytes, get what chapter NN's server answers, as JSON |
//! | anything else | a file of the built book |

use crate::serve::chapter_servers::Servers;
use crate::serve::exchange::{LIMIT, Timeouts, exchange};
use crate::serve::guard::Guard;
use crate::serve::site::Site;
use anyhow::{Context, Result};
use ch13::{Body, HttpError, HttpServer, Listing, Request, Response, path, prefix, serve_static};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

/// How long a page waits for news until it asks again.
pub const NEWS_TIME: Duration = Duration::from_secs(50);

/// The server for the book on `port`.
pub fn server(site: &Arc<Site>, servers: &Arc<Servers>, port: u16) -> HttpServer {
    let mut server = HttpServer::default();
    // Only people on this machine can ask, and they want to see what failed.
    server.debug = true;

    let guard = Guard::new(port);
    let foreign = move |request: &Request| {
        let field = |name| request.headers.get_text(name);
        // Two `Host` fields are refused by the parser already.
        !guard.admits(field("Host"), field("Origin"))
    };
    server.register(foreign, |_| {
        Ok(Response::new(403).body("Only this machine and the book's own pages may ask.\n"))
    });

    let from = Arc::clone(site);
    server.register(path("/workbook/news"), move |request| news(&from, request));

    let (from, with) = (Arc::clone(site), Arc::clone(servers));
    server.register(prefix("/workbook/wire/"), move |request| wire(&from, &with, request));

    let from = Arc::clone(site);
    let nothing_built = move |_: &Request| from.news().built == 0;
    let from = Arc::clone(site);
    server.register(nothing_built, move |_| first_fault(&from));

    let (pattern, handler) = serve_static("/", &site.html, Listing::Hidden);
    let from = Arc::clone(site);
    server.register(pattern, move |request| {
        // Not while the book is being replaced: Windows moves no folder with an open file in it.
        let _files = from.files.read().unwrap_or_else(PoisonError::into_inner);
        // It may be kept, and is asked for again at each use: 304 until it was built anew.
        let mut response = handler(request)?.header("Cache-Control", "no-cache")?;
        response.body = in_memory(response.body)?;
        Ok(response)
    });
    server
}

/// A body that no longer needs its file. Pages and pictures are small.
fn in_memory(mut body: Body) -> io::Result<Body> {
    let mut bytes = Vec::new();
    loop {
        let before = bytes.len();
        body.next_piece(&mut bytes)?;
        if bytes.len() == before {
            return Ok(Body::from(bytes));
        }
    }
}

fn news(site: &Site, request: &Request) -> Result<Response> {
    let seen = request.query.as_deref().and_then(|query| query.strip_prefix("since="));
    let seen = seen.and_then(|number| number.parse().ok()).unwrap_or(0);
    let news = site.news_since(seen, NEWS_TIME);
    let marks: BTreeMap<_, _> = news
        .marks
        .iter()
        .map(|(page, mark)| (page, json!({ "passed": mark.passed, "tasks": mark.tasks })))
        .collect();
    let news = json!({
        "build": news.build, "built": news.built, "fault": news.fault, "marks": marks,
    });
    Ok(Response::new(200).content_type("application/json").body(news.to_string()))
}

fn wire(site: &Site, servers: &Servers, request: &Request) -> Result<Response> {
    let id = request.path.strip_prefix("/workbook/wire/").unwrap_or_default();
    if id.is_empty() {
        return Ok(Response::text("ready\n"));
    }
    let course = site.checkout.course()?;
    let chapter = course.chapter(id).ok_or(HttpError(404))?;
    if request.method != "POST" {
        return Ok(Response::new(405).header("Allow", "POST")?);
    }
    if request.body.len() > LIMIT {
        let body = format!("The console sends at most {LIMIT} bytes.\n");
        return Ok(Response::new(413).body(body));
    }
    let connected = match servers.connect(&site.checkout, chapter) {
        Ok(connected) => connected,
        Err(error) => return Ok(Response::new(503).body(format!("{error:#}\n"))),
    };
    let finish = request.query.as_deref() == Some("finish");
    let seen = exchange(&connected.conn, &request.body, finish, Timeouts::default());
    let seen = seen.context("exchanging bytes with the chapter's server")?;
    drop(connected.conn);
    let log = if connected.own { Vec::new() } else { servers.log(chapter) };
    let reads: Vec<_> = seen.reads.iter().map(|bytes| hex(bytes)).collect();
    let seen = json!({
        "own": connected.own,
        "port": connected.port,
        "reads": reads,
        "ended": seen.ended.name(),
        "log": log,
    });
    Ok(Response::new(200).content_type("application/json").body(seen.to_string()))
}

/// What is shown as long as the book was never built: what is wrong with it. The
/// page's script shows the book as soon as it is.
fn first_fault(site: &Site) -> Result<Response> {
    let fault = site.news().fault.unwrap_or_else(|| "It is being built.".to_owned());
    let script = fs::read_to_string(site.checkout.root.join("book/theme/reload.js"));
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <title>The book cannot be built</title>\
         <body style=\"font-family: sans-serif; margin: 2em\">\
         <h1>The book is not there yet</h1>\
         <pre style=\"white-space: pre-wrap\">{}</pre>\
         <p>This page will be the book when that is mended.</p>\
         <script>const path_to_root = \"/\";\n{}</script>\n",
        ch13::escape_html(&fault),
        script.unwrap_or_default()
    );
    Ok(Response::html(page).status(503))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
