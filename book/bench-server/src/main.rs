//! The chapters' servers as `cargo workbook bench` measures them: with a small page in memory
//! beside the files of a folder, and with room for more clients than the chapters' programs have.
//!
//! A chapter that is to be measured gets a line in [`serve`].

use anyhow::{Context, Result, bail};
use ch18::{App, Call, Environ, gateway, get};
use program::{Arguments, Program};
use std::io::Read;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: Program = Program {
    name: "bench-server",
    about: "Serves a page in memory at /page, and a folder, with a chapter's server.",
    port: 8220,
    try_it: "try `curl -i http://{address}/page`",
    options: &[
        ("--chapter chNN", "whose server"),
        ("--directory DIR", "the folder to serve; without it, the current one"),
    ],
};

/// The page in memory.
const PAGE: &str = "Hi there!\n";

/// How many clients there may be at once.
const ROOM: usize = 20_000;

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

/// Serves with a chapter's server, once its limits that are named are raised. Behind the chapter
/// stands what its `serve_static` is told besides the folder.
macro_rules! serve {
    // From the fifteenth on they take connections themselves.
    (@begin ch15, $server:ident, $listener:ident) => {
        $server.serve($listener)?;
    };
    (@begin ch16, $server:ident, $listener:ident) => {
        $server.serve($listener)?;
    };
    (@begin $chapter:ident, $server:ident, $listener:ident) => {{
        // Some can say that they could not begin.
        #[allow(clippy::let_unit_value)]
        let _ = $server.serve($listener.incoming());
    }};
    ($arguments:ident, $chapter:ident($($listing:expr)?), $($limit:ident = $most:expr),+) => {{
        let folder = Path::new($arguments.value("--directory").unwrap_or(".".as_ref()));
        let mut server = $chapter::HttpServer::default();
        $(server.limits.$limit = $most;)+
        server.register($chapter::path("/page"), |_| Ok($chapter::Response::text(PAGE)));
        let (pattern, files) = $chapter::serve_static("/", folder $(, $listing)?);
        server.register(pattern, files);
        let listener = $arguments.announce(TcpListener::bind(&$arguments.address))?;
        serve!(@begin $chapter, server, listener);
    }};
}

fn serve(arguments: &Arguments) -> Result<()> {
    let chapter = arguments.value("--chapter").context("name a chapter with --chapter")?;
    match chapter.to_string_lossy().as_ref() {
        "ch10" => serve!(arguments, ch10(), connections = ROOM),
        "ch11" => serve!(arguments, ch11(ch11::Listing::Shown), connections = ROOM),
        "ch12" => serve!(arguments, ch12(ch12::Listing::Shown), connections = ROOM),
        "ch13" => serve!(
            arguments,
            ch13(ch13::Listing::Shown),
            connections = ROOM,
            connections_per_network = ROOM
        ),
        // Each client that stays has a worker.
        "ch14" => serve!(
            arguments,
            ch14(ch14::Listing::Shown),
            workers = 1_200,
            queue = ROOM,
            connections_per_network = ROOM
        ),
        "ch15" => serve!(
            arguments,
            ch15(ch15::Listing::Shown),
            connections = ROOM,
            connections_per_network = ROOM
        ),
        "ch16" => serve!(
            arguments,
            ch16(ch16::Listing::Shown),
            connections = ROOM,
            connections_per_network = ROOM
        ),
        "ch17" => serve_application(arguments)?,
        "ch18" => serve_app(arguments)?,
        other => bail!("there is no line for {other}"),
    }
    Ok(())
}

/// Chapter 17 has the server of chapter 13, and the page is an application's.
fn serve_application(arguments: &Arguments) -> Result<()> {
    let folder = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    let mut server = ch17::HttpServer::default();
    (server.limits.connections, server.limits.connections_per_network) = (ROOM, ROOM);
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let page = |_: &Environ, _: &mut dyn Read| Ok(ch17::Response::text(PAGE));
    let answer = gateway(listener.local_addr()?, page);
    server.register_reading(ch17::path("/page"), move |request, body| answer(request, body));
    let (pattern, files) = ch17::serve_static("/", folder, ch17::Listing::Shown);
    server.register(pattern, files);
    server.serve(listener.incoming());
    Ok(())
}

/// Chapter 18's site, which waits for nobody, on the engine of chapter 15.
fn serve_app(arguments: &Arguments) -> Result<()> {
    let folder = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let mut app = App::default();
    app.route("/page", get(|_| Ok(ch18::Response::text(PAGE))))?;
    app.route("/hello/{name}", get(hello))?;
    let answer = gateway(listener.local_addr()?, app);
    let answer = move |request: &ch15::Request| answer(request, &mut &request.body[..]);
    let mut server = ch15::HttpServer::default();
    (server.limits.connections, server.limits.connections_per_network) = (ROOM, ROOM);
    server
        .register(|request| request.path == "/page" || request.path.starts_with("/hello/"), answer);
    let (pattern, files) = ch15::serve_static("/", folder, ch15::Listing::Shown);
    server.register(pattern, files);
    server.serve(listener)?;
    Ok(())
}

fn hello(call: &mut Call<'_>) -> Result<ch18::Response> {
    let name: String = call.capture("name")?;
    Ok(ch18::Response::text(format!("Hello, {name}!\n")))
}
