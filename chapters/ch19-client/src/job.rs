use crate::page::PageInProgress;
use crate::tcp::addresses;
use crate::{Deadline, FetchError, Limits, Origin, Page, Request};
use anyhow::{Context, Result, ensure};
use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use url::Url;

/// Pages of one server that are to be fetched, for those who wait side by side in one thread.
pub(crate) struct Job {
    pub addresses: Vec<SocketAddr>,
    pub origin: Origin,
    pub limits: Limits,
    requests: Vec<Vec<u8>>,
    /// The number of the page that nobody fetches yet.
    next: Cell<usize>,
    pages: RefCell<Vec<Option<Result<Page, FetchError>>>>,
}

impl Job {
    /// `urls` must be of one server. Its name is looked up here, while nobody waits.
    pub fn new(urls: &[Url], limits: &Limits) -> Result<Self> {
        let origin = Origin::of(urls.first().context("no page is asked for")?)?;
        let mut requests = Vec::new();
        for url in urls {
            ensure!(Origin::of(url)? == origin, "{url} is of another server than {origin}");
            requests.push(Request::get(url.as_str())?.encode(None)?);
        }
        Ok(Self {
            addresses: addresses(&origin, &Deadline::within(limits.time))?,
            origin,
            limits: limits.clone(),
            next: Cell::new(0),
            pages: RefCell::new(requests.iter().map(|_| None).collect()),
            requests,
        })
    }

    /// The number of a page that nobody fetches yet.
    pub fn take(&self) -> Option<usize> {
        let number = self.next.get();
        self.next.set(number + 1);
        (number < self.requests.len()).then_some(number)
    }

    /// What asks for a page.
    pub fn request(&self, number: usize) -> &[u8] {
        &self.requests[number]
    }

    /// A page of which nothing has come.
    pub fn page(&self) -> PageInProgress {
        PageInProgress::new(self.limits.body)
    }

    /// This is what came of it.
    pub fn put(&self, number: usize, page: Result<Page, FetchError>) {
        self.pages.borrow_mut()[number] = Some(page);
    }

    /// All pages, in the order in which they were asked for.
    pub fn finish(&self) -> Result<Vec<Result<Page, FetchError>>> {
        let pages = self.pages.take();
        pages.into_iter().map(|page| page.context("a page was forgotten")).collect()
    }
}
