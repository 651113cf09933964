//! A handler that waits for a second, and occupies nobody meanwhile.

use anyhow::Result;
use ch16::{
    BackgroundLog, Executor, HttpServer, HttpSite, Mio, Pool, Request, Response, path,
    room_for_clients,
};
use program::{Arguments, Program};
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

const PROGRAM: Program = Program {
    name: "patient",
    about: "Answers / at once, and /as-a-task after a second, however many ask.",
    port: 8316,
    try_it: "try `curl http://{address}/as-a-task`",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let mut server = HttpServer::default();
    server.limits.connections = room_for_clients(server.limits.connections);
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    let pool = Pool::detached(server.limits.workers, server.limits.queue)?;
    let _written_at_the_end = BackgroundLog::start()?;
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    let site = HttpSite::new(Arc::new(server), Arc::new(pool), &handle);
    let clock = handle.clock().clone();
    // Waits, as for another server.
    site.register_async(path("/as-a-task"), async move |_: &Request| {
        clock.sleep(Duration::from_secs(1)).await;
        Ok(Response::text("after a second\n"))
    });
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    let listener = handle.listen(listener)?;
    executor.run(async move { site.serve(listener).await })
}
