//! Ten pages that take a second each, in three ways: each is a few lines that say what they do.

use anyhow::{Context, Result, ensure};
use ch16::{Executor, Handle, Mio, fetch, log};
use program::{Arguments, Program};
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const PAGES: usize = 10;
const PATH: &str = "/as-a-task";

const PROGRAM: Program = Program {
    name: "ten-pages",
    about: "Fetches ten pages of the program `patient`: one after the other, all at once, and \
            those that are there within half a second.",
    port: 8316,
    try_it: "",
    options: &[],
};

fn main() -> ExitCode {
    PROGRAM.run(run)
}

fn run(arguments: &Arguments) -> Result<()> {
    let address = &arguments.address;
    let address =
        address.to_socket_addrs()?.next().with_context(|| format!("what is {address}?"))?;
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    executor.run(async move {
        let begin = Instant::now();
        let pages = one_by_one(&handle, address).await?;
        log(format_args!("one after the other: {pages} pages in {:.1?}", begin.elapsed()));
        let begin = Instant::now();
        let pages = all_at_once(&handle, address).await?;
        log(format_args!("all at once: {pages} pages in {:.1?}", begin.elapsed()));
        let begin = Instant::now();
        let pages = in_time(&handle, address).await?;
        log(format_args!("within half a second: {pages} pages in {:.1?}", begin.elapsed()));
        Ok(())
    })?
}

/// Fetches one; another answer than the page is an error.
async fn page(handle: &Handle<Mio>, address: SocketAddr) -> Result<()> {
    let answer = fetch(handle, address, PATH).await?;
    ensure!(
        answer.starts_with(b"HTTP/1.1 200 "),
        "{address} does not answer {PATH}; is it `patient`?"
    );
    Ok(())
}

/// Waits for each before it asks for the next.
async fn one_by_one(handle: &Handle<Mio>, address: SocketAddr) -> Result<usize> {
    for _ in 0..PAGES {
        page(handle, address).await?;
    }
    Ok(PAGES)
}

/// Asks for all, and then waits for each.
async fn all_at_once(handle: &Handle<Mio>, address: SocketAddr) -> Result<usize> {
    let ask = |_| {
        let theirs = handle.clone();
        handle.spawn(async move { page(&theirs, address).await })
    };
    let asked: Vec<_> = (0..PAGES).map(ask).collect();
    for page in asked {
        page.await.context("its task panicked")??;
    }
    Ok(PAGES)
}

/// The same, but none is waited for longer than half a second.
async fn in_time(handle: &Handle<Mio>, address: SocketAddr) -> Result<usize> {
    let ask = |_| {
        let theirs = handle.clone();
        handle.spawn(async move {
            theirs.clock().timeout(Duration::from_millis(500), page(&theirs, address)).await
        })
    };
    let asked: Vec<_> = (0..PAGES).map(ask).collect();
    let mut there = 0;
    for page in asked {
        if let Some(page) = page.await.context("its task panicked")? {
            page?;
            there += 1;
        }
    }
    Ok(there)
}
