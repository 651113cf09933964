//! The chapters' servers with taps at their seams. A chapter that is to be traced gets a function
//! here, and an entry in [`ENGINES`](workbook::pages::trace::engines::ENGINES).

use crate::record::recorder::Recorder;
use crate::record::taps::{Tapped, TappedFuture, TappedSystem, accepting, handling};
use anyhow::{Result, bail};
use ch13::Stop;
use std::net::TcpListener;
use std::sync::Arc;

/// What every handler answers.
const PAGE: &str = "Hi there!\n";

/// How many workers the pool has.
const WORKERS: usize = 2;

/// What the thread is called in which [`serve`] runs.
pub fn lane(chapter: &str) -> &'static str {
    match chapter {
        "ch05" => "the thread",
        "ch13" | "ch14" => "accept loop",
        "ch15" => "the loop",
        _ => "the executor",
    }
}

/// Serves with a chapter's server until `stop` is requested.
pub fn serve(chapter: &str, listener: TcpListener, recorder: &Recorder, stop: &Stop) -> Result<()> {
    match chapter {
        "ch05" => one_after_the_other(listener, recorder, stop),
        "ch13" => a_thread_for_each(listener, recorder, stop),
        "ch14" => pool(listener, recorder, stop),
        "ch15" => event_loop(listener, recorder, stop),
        "ch16" => futures(listener, recorder, stop),
        other => bail!("there is no line for {other}"),
    }
}

/// Chapter 5's loop. Its own conversation has no handler at which one could look, so it has
/// chapter 8's.
fn one_after_the_other(listener: TcpListener, recorder: &Recorder, stop: &Stop) -> Result<()> {
    let mut server = ch08::HttpServer::default();
    server.register(|_| true, handling(recorder, |_| Ok(ch08::Response::text(PAGE))));
    ch05::serve(accepting(stop.accept_from(listener), recorder), |stream| {
        let peer = stream.peer_addr().ok();
        let outcome = server.on_connect(&mut Tapped::new(stream, peer, recorder), peer);
        outcome.map_err(std::io::Error::other)
    });
    Ok(())
}

fn a_thread_for_each(listener: TcpListener, recorder: &Recorder, stop: &Stop) -> Result<()> {
    let mut server = ch13::HttpServer::default();
    server.register(|_| true, handling(recorder, |_| Ok(ch13::Response::text(PAGE))));
    let incoming = accepting(stop.accept_from(listener), recorder);
    ch13::serve(incoming, &server.limits, |conn, peer| {
        server.on_connect(&mut Tapped::new(conn, peer, recorder), peer)
    });
    Ok(())
}

fn pool(listener: TcpListener, recorder: &Recorder, stop: &Stop) -> Result<()> {
    let mut server = ch14::HttpServer::default();
    server.limits.workers = WORKERS;
    server.register(|_| true, handling(recorder, |_| Ok(ch14::Response::text(PAGE))));
    let incoming = accepting(stop.accept_from(listener), recorder);
    ch14::serve(incoming, &server.limits, |permit| {
        let conn = ch14::TimedStream::new(permit, &server.limits);
        server.on_connect(&mut Tapped::new(conn, permit.peer(), recorder), permit.peer())
    })?;
    Ok(())
}

/// What `HttpServer::serve` does, on a system that is tapped.
fn event_loop(listener: TcpListener, recorder: &Recorder, stop: &Stop) -> Result<()> {
    let mut server = ch15::HttpServer::default();
    server.register(|_| true, handling(recorder, |_| Ok(ch15::Response::text(PAGE))));
    let pool = ch15::Pool::detached(1, 1)?;
    let mut reactor = ch15::Reactor::new(TappedSystem::new(ch15::Mio::new()?, recorder));
    let site = ch15::HttpSite::new(Arc::new(server), Arc::new(pool), reactor.handle());
    let theirs = site.clone();
    reactor.listen(listener, move |_| theirs.protocol())?;
    while reactor.has_something_to_do() {
        // The client that ends the waiting in `accept` wakes the loop, too.
        if stop.is_requested() {
            site.close();
        }
        reactor.turn()?;
    }
    Ok(())
}

/// What `HttpSite::serve` does, with a future for each client that is tapped, and on a system that
/// is.
fn futures(listener: TcpListener, recorder: &Recorder, stop: &Stop) -> Result<()> {
    let mut server = ch16::HttpServer::default();
    server.register(|_| true, handling(recorder, |_| Ok(ch16::Response::text(PAGE))));
    let pool = ch16::Pool::detached(1, 1)?;
    let mut executor = ch16::Executor::new(TappedSystem::new(ch16::Mio::new()?, recorder));
    let handle = executor.handle().clone();
    let site = ch16::HttpSite::new(Arc::new(server), Arc::new(pool), &handle);
    let listener = handle.listen(listener)?;
    let (stop, theirs) = (stop.clone(), recorder.clone());
    let accepts = async move {
        loop {
            let stream = listener.accept().await?;
            if stop.is_requested() {
                return Ok(());
            }
            let (site, peer) = (site.clone(), stream.peer());
            let conversation = async move { site.on_connect(stream).await };
            handle.spawn(TappedFuture::new(conversation, peer, &theirs));
        }
    };
    executor.run(TappedFuture::new(accepts, None, recorder))?
}
