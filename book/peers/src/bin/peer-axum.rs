//! axum on one thread of tokio: chapter 18's greeting, and the site of which `tests/decisions.rs`
//! asks what a framework decides.

use anyhow::Result;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use program::{Arguments, Program};
use socket2::SockRef;
use std::net::TcpListener;
use std::process::ExitCode;
use tokio::runtime::Builder;

const PROGRAM: Program = Program {
    name: "peer-axum",
    about: "Greets at /hello/NAME, and serves a small site, with axum.",
    port: 8025,
    try_it: "try `curl -i http://{address}/hello/Ann`",
    options: &[("--conflict", "has two routes for the same paths, and does not start")],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let mut site = site();
    if arguments.has("--conflict") {
        site = site.route("/{x}", get(async || "x")).route("/{y}", get(async || "y"));
    }
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    // As many as wait to be accepted if tokio binds.
    SockRef::from(&listener).listen(1024)?;
    listener.set_nonblocking(true)?;
    let runtime = Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        use axum::serve::ListenerExt;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let listener = listener.tap_io(|conn| _ = conn.set_nodelay(true));
        Ok(axum::serve(listener, site).await?)
    })
}

fn site() -> Router {
    Router::new()
        .route("/hello/{name}", get(async |Path(name): Path<String>| format!("Hello, {name}!\n")))
        .route("/a/{x}/c", get(async |Path(x): Path<String>| format!("x={x}")))
        .route("/a/b/{y}", get(async |Path(y): Path<String>| format!("y={y}")))
        .route("/day/", get(async || "day").post(async || "day"))
        .route("/menu", get(async || "menu"))
        .route("/fails", get(fails))
        .fallback(async || (StatusCode::NOT_FOUND, "own page 404"))
        .method_not_allowed_fallback(async || (StatusCode::METHOD_NOT_ALLOWED, "own page 405"))
}

async fn fails() -> &'static str {
    panic!("the soup is cold")
}
