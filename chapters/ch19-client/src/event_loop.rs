use crate::job::Job;
use crate::page::PageInProgress;
use crate::{FetchError, Limits, Page};
use anyhow::Result;
use ch15::{Handle, Mio, Protocol, Reactor, Transport};
use std::io;
use std::rc::Rc;
use url::Url;

/// Fetches pages of one server on so many connections, in chapter 15's event loop: one thread, and
/// callbacks.
///
/// Until a connection is there, it waits as long as the system does.
pub fn by_event_loop(
    urls: &[Url],
    limits: &Limits,
    connections: usize,
) -> Result<Vec<Result<Page, FetchError>>> {
    let job = Rc::new(Job::new(urls, limits)?);
    let mut reactor = Reactor::new(Mio::new()?);
    for _ in 0..connections {
        fetch_next(&job, reactor.handle());
    }
    reactor.run()?;
    job.finish()
}

/// Lets another connection fetch the next page, if there is one.
fn fetch_next(job: &Rc<Job>, reactor: &Handle) {
    if let Some(number) = job.take() {
        connect(job, number, 0, reactor);
    }
}

fn connect(job: &Rc<Job>, number: usize, address: usize, reactor: &Handle) {
    match job.addresses.get(address) {
        Some(to) => reactor.connect(
            *to,
            Fetcher {
                job: Rc::clone(job),
                address,
                asked: Some((number, job.page())),
                is_connected: false,
                is_reused: false,
            },
        ),
        None => job.put(number, Err(FetchError::NoAnswer)),
    }
}

/// What a connection remembers between two calls.
struct Fetcher {
    job: Rc<Job>,
    /// To which of the addresses it leads.
    address: usize,
    /// The page that it waits for.
    asked: Option<(usize, PageInProgress)>,
    is_connected: bool,
    /// Whether it has brought another page before.
    is_reused: bool,
}

impl Fetcher {
    fn ask(&self, transport: &Transport) {
        if let Some((number, _)) = self.asked {
            transport.write(self.job.request(number));
            transport.set_deadline(Some(transport.reactor().now() + self.job.limits.time));
        }
    }

    /// These bytes have come, or the end if there is none.
    fn receive(&mut self, transport: &Transport, bytes: &[u8]) {
        let Some((number, mut page)) = self.asked.take() else { return transport.abort() };
        match page.receive(bytes) {
            Ok(false) => self.asked = Some((number, page)),
            Ok(true) => {
                let keeps_connection = page.keeps_connection();
                self.job.put(number, page.finish().ok_or(FetchError::NoAnswer));
                if !keeps_connection {
                    return self.leave(transport);
                }
                self.is_reused = true;
                self.asked = self.job.take().map(|number| (number, self.job.page()));
                match self.asked {
                    Some(_) => self.ask(transport),
                    None => transport.abort(),
                }
            }
            Err(_) if bytes.is_empty() && self.is_reused && !page.has_begun() => {
                self.asked = Some((number, page));
                transport.abort();
            }
            Err(error) => {
                self.job.put(number, Err(error));
                self.leave(transport);
            }
        }
    }

    /// Closes this connection, and lets another one go on.
    fn leave(&self, transport: &Transport) {
        transport.abort();
        fetch_next(&self.job, transport.reactor());
    }
}

impl Protocol for Fetcher {
    fn connection_made(&mut self, transport: &Transport) {
        self.is_connected = true;
        self.ask(transport);
    }

    fn data_received(&mut self, transport: &Transport, data: &[u8]) {
        self.receive(transport, data);
    }

    fn eof_received(&mut self, transport: &Transport) {
        self.receive(transport, &[]);
    }

    fn timed_out(&mut self, transport: &Transport) {
        if let Some((number, page)) = self.asked.take() {
            self.job.put(number, Err(FetchError::Deadline(page.stage())));
            self.leave(transport);
        }
    }

    fn connection_lost(&mut self, transport: &Transport, error: Option<io::Error>) {
        let Some((number, page)) = self.asked.take() else { return };
        let reactor = transport.reactor();
        if !self.is_connected && self.address + 1 < self.job.addresses.len() {
            return connect(&self.job, number, self.address + 1, reactor);
        }
        // A server may close a connection at the moment at which we ask on it.
        if self.is_reused && !page.has_begun() {
            return connect(&self.job, number, self.address, reactor);
        }
        self.job.put(
            number,
            Err(match error {
                Some(error) if self.is_connected => FetchError::Broken(error),
                Some(error) => FetchError::Connect(self.job.origin.clone(), error),
                None => FetchError::NoAnswer,
            }),
        );
        fetch_next(&self.job, reactor);
    }
}
