//! Chapter 16's program, with your code in it.

use anyhow::{Context, Result, bail};
use ch04::LineBuffer;
use ch16::{
    Clock, Executor, Handle, HttpServer, Listing, Mio, Request, Response, Semaphore, Sender,
    Stream, echo, log, oneshot, path, race, select, serve_static,
};
use program::{Arguments, Program};
use std::io;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

const PROGRAM: Program = Program {
    name: "ex16",
    about: "Serves a folder by one thread, and tells clients at /who who they are.",
    port: 8016,
    try_it: "open http://{address}/ or try `curl -i http://{address}/who`",
    options: &[
        ("--directory DIR", "the folder to serve; without it, the current one"),
        ("--echo", "send back what clients send"),
        ("--places N", "answer `300 soup` after 300 milliseconds on one of N places on the stove"),
        ("--race MS", "answer `300 soup 100 bread` with what is done first; soup has MS more"),
    ],
};

fn main() -> ExitCode {
    PROGRAM.run(serve)
}

fn serve(arguments: &Arguments) -> Result<()> {
    let directory = Path::new(arguments.value("--directory").unwrap_or(".".as_ref()));
    if !directory.is_dir() {
        bail!("there is no folder {}; name one with --directory DIR", directory.display());
    }
    let places = number(arguments, "--places")?;
    let head_start = number(arguments, "--race")?;
    let listener = arguments.announce(TcpListener::bind(&arguments.address))?;
    if let Some(places) = places {
        let stove = Semaphore::new(usize::try_from(places)?);
        return serve_each(listener, async move |guest, handle| cook(guest, handle, &stove).await);
    }
    if let Some(head_start) = head_start {
        let head_start = Duration::from_millis(head_start);
        return serve_each(listener, async move |guest, handle| {
            hurry(guest, handle.clock(), head_start).await
        });
    }
    if arguments.has("--echo") {
        return serve_each(listener, async |stream, _| echo(stream).await);
    }
    let mut server = HttpServer::default();
    server.register(path("/who"), who);
    let (pattern, files) = serve_static("/", directory, Listing::Shown);
    server.register_reading(pattern, move |request, _| files(request));
    server.serve(listener)
}

fn number(arguments: &Arguments, option: &str) -> Result<Option<u64>> {
    let Some(value) = arguments.value(option) else { return Ok(None) };
    let value = value.to_str().and_then(|value| value.parse().ok());
    value.with_context(|| format!("{option} needs a number")).map(Some)
}

fn who(request: &Request) -> Result<Response> {
    let peer = request.peer.context("nobody knows")?;
    Ok(Response::text(format!("{}\n", peer.ip())))
}

/// Lets each client have a task, in which `talk` talks with it.
fn serve_each(
    listener: TcpListener,
    talk: impl AsyncFn(Stream<Mio>, &Handle<Mio>) -> io::Result<()> + 'static,
) -> Result<()> {
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    let (listener, talk) = (handle.listen(listener)?, Rc::new(talk));
    executor.run(async move {
        loop {
            let stream = listener.client().await;
            let (talk, theirs) = (Rc::clone(&talk), handle.clone());
            handle.spawn(async move {
                if let Err(error) = talk(stream, &theirs).await {
                    log(error);
                }
            });
        }
    })?
}

/// The next line of a guest; `None` at the end.
async fn line(guest: &Stream<Mio>, lines: &mut LineBuffer) -> io::Result<Option<String>> {
    loop {
        if let Some(line) = lines.next_line().map_err(io::Error::other)? {
            return Ok(Some(String::from_utf8_lossy(line.trim_ascii()).into_owned()));
        }
        let mut bytes = Vec::new();
        if guest.read(&mut bytes).await? == 0 {
            return Ok(None);
        }
        lines.push(&bytes);
    }
}

/// What takes so many milliseconds, and what it is.
fn order(words: &str) -> Option<(Duration, &str)> {
    let (time, dish) = words.split_once(' ')?;
    Some((Duration::from_millis(time.parse().ok()?), dish))
}

/// Each dish is cooked in a task of its own, which is dropped when the guest says `forget`.
async fn cook(guest: Stream<Mio>, handle: &Handle<Mio>, stove: &Semaphore) -> io::Result<()> {
    let (guest, mut lines) = (Rc::new(guest), LineBuffer::default());
    let mut last: Option<Sender<()>> = None;
    while let Some(line) = line(&guest, &mut lines).await? {
        if line == "forget" {
            last.take().into_iter().for_each(|last| last.send(()));
            continue;
        }
        let Some((time, dish)) = order(&line) else {
            guest.write_all(b"say a number of milliseconds and a word, or forget\n").await?;
            continue;
        };
        let (forget, forgotten) = oneshot();
        // Who is not forgotten is cooked, also if the guest has said all.
        let forgotten = async move {
            if forgotten.await.is_none() {
                std::future::pending::<()>().await;
            }
        };
        let (guest, stove, clock) = (Rc::clone(&guest), stove.clone(), handle.clock().clone());
        let served = format!("{dish}\n");
        let cooked = async move {
            let _place = stove.acquire().await;
            clock.sleep(time).await;
            // Who is gone does not get it.
            let _ = guest.write_all(served.as_bytes()).await;
        };
        handle.spawn(select(forgotten, cooked));
        last = Some(forget);
    }
    Ok(())
}

/// Two dishes are tried; one that is called `-` cannot be had.
async fn hurry(guest: Stream<Mio>, clock: &Clock, head_start: Duration) -> io::Result<()> {
    let make = async |words: &str| {
        let (time, dish) = order(words).ok_or("say two numbers of milliseconds and two words")?;
        clock.sleep(time).await;
        match dish {
            "-" => Err("nothing"),
            dish => Ok(dish.to_owned()),
        }
    };
    let mut lines = LineBuffer::default();
    while let Some(line) = line(&guest, &mut lines).await? {
        // The second one begins behind the second word.
        let middle = line.match_indices(' ').nth(1).map_or(line.len(), |(middle, _)| middle);
        let (soup, bread) = line.split_at(middle);
        let first = race(clock, head_start, make(soup), make(bread.trim_start())).await;
        let dish = first.unwrap_or_else(str::to_owned);
        guest.write_all(format!("{dish}\n").as_bytes()).await?;
    }
    Ok(())
}
