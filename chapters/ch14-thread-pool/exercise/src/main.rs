//! Chapter 14's program, with your code in it.

use anyhow::{Context, Result, bail};
use ch14::{
    Close, DeadlineQueue, ElasticPool, HttpServer, Listing, Request, Response, Taken, accepted,
    path, serve_static, sorry,
};
use program::{Arguments, Program};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

const PROGRAM: Program = Program {
    name: "ex14",
    about: "Serves a folder by threads that are made once, and tells clients at /who who they are.",
    port: 8014,
    try_it: "open http://{address}/ or try `curl -i http://{address}/who`",
    options: &[
        ("--directory DIR", "the folder to serve; without it, the current one"),
        ("--workers N", "how many threads serve; without it, 200"),
        ("--queue N", "how many clients may wait for one; without it, 100"),
        ("--deadline MS", "tell 503 to who waits for a worker for longer than MS milliseconds"),
        ("--elastic N", "make up to N workers as they are needed, and tell at /workers how many"),
    ],
};

/// How long a worker may have nothing to do if there may be more or fewer of them.
const IDLE_TIME: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let directory = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    if !directory.is_dir() {
        bail!("there is no folder {}; name one with --directory DIR", directory.display());
    }
    let mut server = HttpServer::default();
    if let Some(count) = number(arguments, "--workers")? {
        server.limits.workers = count;
    }
    if let Some(count) = number(arguments, "--queue")? {
        server.limits.queue = count;
    }
    server.register(path("/who"), who);
    let (pattern, files) = serve_static("/", directory, Listing::Shown);
    server.register_reading(pattern, move |request, _| files(request));
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    if let Some(most) = number(arguments, "--elastic")? {
        return serve_elastically(&listener, most);
    }
    if let Some(deadline) = number(arguments, "--deadline")? {
        return serve_in_time(&server, &listener, Duration::from_millis(deadline as u64));
    }
    server.serve(listener.incoming()).context("the workers cannot be made")
}

fn who(request: &Request) -> Result<Response> {
    let peer = request.peer.context("nobody knows")?;
    Ok(Response::text(format!("{}\n", peer.ip())))
}

/// Serves whoever has not waited too long when a worker has time.
fn serve_in_time(server: &HttpServer, listener: &TcpListener, deadline: Duration) -> Result<()> {
    let queue = &DeadlineQueue::new(server.limits.queue, deadline);
    thread::scope(|scope| {
        for _ in 0..server.limits.workers {
            let work = move || {
                while let Some(taken) = queue.pop(Instant::now) {
                    let _ = match &taken {
                        Taken::InTime(conn) => converse(server, conn),
                        Taken::TooLate(conn, waited) => refuse(server, conn, *waited),
                    };
                }
            };
            thread::Builder::new().spawn_scoped(scope, work)?;
        }
        for conn in accepted(listener.incoming(), thread::sleep) {
            if let Err(conn) = queue.push(Instant::now(), conn) {
                let _ = refuse(server, &conn, deadline);
            }
        }
        queue.close();
        Ok(())
    })
}

fn converse(server: &HttpServer, mut conn: &TcpStream) -> Result<()> {
    let peer = conn.peer_addr().ok();
    let close = server.on_connect(&mut conn, peer)?;
    Ok(close.carry_out(conn, server.limits.drain_time)?)
}

fn refuse(server: &HttpServer, mut conn: &TcpStream, waited: Duration) -> Result<()> {
    conn.write_all(sorry(waited).as_bytes())?;
    Ok(Close::Lingering.carry_out(conn, server.limits.drain_time)?)
}

/// Serves each client by a worker, which is made if there is none; at `/workers` it tells how
/// many there were when it began.
fn serve_elastically(listener: &TcpListener, most: usize) -> Result<()> {
    thread::scope(|scope| {
        let pool = ElasticPool::new(scope, 1..=most.max(1), 100, IDLE_TIME, Instant::now)?;
        for conn in accepted(listener.incoming(), thread::sleep) {
            pool.dismiss();
            let (count, counted) = mpsc::channel();
            pool.submit(move || {
                let workers = counted.recv().unwrap_or_default();
                let mut server = HttpServer::default();
                let tell = move |_: &Request| Ok(Response::text(format!("{workers}\n")));
                server.register(path("/workers"), tell);
                let _ = converse(&server, &conn);
            });
            let _ = count.send(pool.workers());
        }
        Ok(())
    })
}

/// The value of an option that is a number.
fn number(arguments: &Arguments, name: &str) -> Result<Option<usize>> {
    let Some(value) = arguments.value(name) else { return Ok(None) };
    let number = value.to_str().and_then(|text| text.parse().ok());
    Ok(Some(number.with_context(|| format!("{name} needs a number"))?))
}
