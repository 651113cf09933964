use crate::job::Job;
use crate::page::PageInProgress;
use crate::{FetchError, Limits, Page, Stage};
use anyhow::{Context, Result};
use ch16::{Executor, Handle, Mio, Stream};
use std::io;
use std::rc::Rc;
use url::Url;

/// Fetches pages of one server on so many connections, by chapter 16's tasks: one thread, and code
/// that reads as if each had one.
pub fn by_futures(
    urls: &[Url],
    limits: &Limits,
    connections: usize,
) -> Result<Vec<Result<Page, FetchError>>> {
    let job = Rc::new(Job::new(urls, limits)?);
    let mut executor = Executor::new(Mio::new()?);
    let handle = executor.handle().clone();
    executor.run(async move {
        let start = |_| handle.spawn(fetch_pages(Rc::clone(&job), handle.clone()));
        let tasks: Vec<_> = (0..connections).map(start).collect();
        for task in tasks {
            task.await.context("a task panicked")?;
        }
        job.finish()
    })?
}

/// Fetches one page after the other, as long as there are any, on one connection as long as that
/// is kept. The deadline for all that belongs to a page is one line.
async fn fetch_pages(job: Rc<Job>, handle: Handle<Mio>) {
    let mut kept = None;
    while let Some(number) = job.take() {
        let mut page = job.page();
        let fetched = fetch_page(&job, number, &mut page, &mut kept, &handle);
        let outcome = match handle.clock().timeout(job.limits.time, fetched).await {
            Some(Ok(())) => page.finish().ok_or(FetchError::NoAnswer),
            Some(Err(error)) => Err(error),
            None => Err(FetchError::Deadline(page.stage())),
        };
        job.put(number, outcome);
    }
}

/// Fetches one on the connection that is `kept`, or on a new one.
async fn fetch_page(
    job: &Job,
    number: usize,
    page: &mut PageInProgress,
    kept: &mut Option<Stream<Mio>>,
    handle: &Handle<Mio>,
) -> Result<(), FetchError> {
    if let Some(stream) = kept.take() {
        match converse(&stream, job.request(number), page).await {
            // A server may close a connection at the moment at which we ask on it.
            Err(error) if error.is_broken() && !page.has_begun() => *page = job.page(),
            outcome => {
                *kept = Some(stream).filter(|_| page.keeps_connection());
                return outcome;
            }
        }
    }
    let stream = connect(job, handle).await?;
    converse(&stream, job.request(number), page).await?;
    *kept = Some(stream).filter(|_| page.keeps_connection());
    Ok(())
}

/// Tries one address after the other.
async fn connect(job: &Job, handle: &Handle<Mio>) -> Result<Stream<Mio>, FetchError> {
    let mut last = io::ErrorKind::AddrNotAvailable.into();
    for address in &job.addresses {
        match handle.connect(*address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(FetchError::Connect(job.origin.clone(), last))
}

/// Sends a request, and reads until the page is complete.
async fn converse(
    stream: &Stream<Mio>,
    request: &[u8],
    page: &mut PageInProgress,
) -> Result<(), FetchError> {
    let sent = stream.write_all(request).await;
    sent.map_err(|error| FetchError::at(Stage::Send, error))?;
    let mut received = Vec::new();
    loop {
        received.clear();
        let read = stream.read(&mut received).await;
        read.map_err(|error| FetchError::at(page.stage(), error))?;
        if page.receive(&received)? {
            return Ok(());
        }
    }
}
