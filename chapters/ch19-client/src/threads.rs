use crate::{FetchError, Limits, Page, Request, Session};
use anyhow::Result;
use ch16::Pool;
use std::thread;
use url::Url;

/// Fetches one page after the other, each on a connection of its own.
pub fn in_series(urls: &[Url], limits: &Limits) -> Vec<Result<Page, FetchError>> {
    urls.iter().map(|url| page(&session(limits), url)).collect()
}

/// Fetches one page after the other in a session, which keeps its connection.
pub fn in_session(urls: &[Url], limits: &Limits) -> Vec<Result<Page, FetchError>> {
    let session = session(limits);
    urls.iter().map(|url| page(&session, url)).collect()
}

/// Fetches pages in so many threads, which share a session.
pub fn by_threads(
    urls: &[Url],
    limits: &Limits,
    threads: usize,
) -> Result<Vec<Result<Page, FetchError>>> {
    let session = session(limits);
    thread::scope(|scope| {
        let pool = Pool::new(scope, threads, threads)?;
        let asked: Vec<_> = urls.iter().map(|url| pool.submit(|| page(&session, url))).collect();
        asked.into_iter().map(|page| page.join()).collect()
    })
}

/// A redirect is a page like any other, as it is to those who wait in other ways.
fn session(limits: &Limits) -> Session {
    Session::new(Limits { redirects: 0, ..limits.clone() })
}

fn page(session: &Session, url: &Url) -> Result<Page, FetchError> {
    let response = session.send(Request::get(url.as_str())?)?;
    Ok(Page { status: response.status, body: response.bytes()? })
}
