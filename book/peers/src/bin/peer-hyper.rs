//! hyper 1 on one thread of tokio: a page in memory at /page, and the files of a folder, each of
//! which is read whole.

use anyhow::Result;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use program::{Arguments, Program};
use socket2::SockRef;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use tokio::runtime::Builder;
use tokio::task::{LocalSet, spawn_local};

const PROGRAM: Program = Program {
    name: "peer-hyper",
    about: "Serves a page in memory at /page, and a folder, with hyper.",
    port: 8024,
    try_it: "try `curl -i http://{address}/page`",
    options: &[("--directory DIR", "the folder to serve; without it, the current one")],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let folder = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    let folder: Rc<Path> = folder.into();
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    // As many as wait to be accepted if tokio binds.
    SockRef::from(&listener).listen(1024)?;
    listener.set_nonblocking(true)?;
    let runtime = Builder::new_current_thread().enable_io().build()?;
    LocalSet::new().block_on(&runtime, async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (conn, _) = listener.accept().await?;
            conn.set_nodelay(true)?;
            let folder = Rc::clone(&folder);
            spawn_local(async move {
                let service = service_fn(|request| answer(request, &folder));
                // Answers to pipelined requests go out together; without this, one by one.
                let mut http = http1::Builder::new();
                http.pipeline_flush(true);
                // It fails if the client is gone.
                let _ = http.serve_connection(TokioIo::new(conn), service).await;
            });
        }
    })
}

async fn answer(request: Request<Incoming>, folder: &Path) -> Result<Response<Full<Bytes>>> {
    let body = match request.uri().path() {
        "/page" => Bytes::from_static(b"Hi there!\n"),
        path => fs::read(folder.join(path.trim_start_matches('/')))?.into(),
    };
    Ok(Response::builder()
        .header("Server", "hyper")
        .header("Content-Type", "text/plain; charset=utf-8")
        .body(Full::new(body))?)
}
