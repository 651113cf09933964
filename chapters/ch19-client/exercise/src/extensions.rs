//! Routes that show the extensions.

use super::site::{Play, outcome, requests};
use anyhow::Result;
use ch18::HttpServer;
use ch19::{Clock, HttpCache, Session, send_patiently};
use chrono::{DateTime, Utc};
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

/// Adds the routes to a server.
pub fn add_to(server: &mut HttpServer) {
    server.register(ch18::path("/patient"), patient);
    server.register(ch18::path("/cached"), cached);
}

/// A clock on which time passes when somebody sleeps, and at no other time.
struct QuickClock {
    begin: Instant,
    passed: Cell<Duration>,
    said: RefCell<String>,
}

impl Clock for QuickClock {
    fn instant(&self) -> Instant {
        self.begin + self.passed.get()
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + self.passed.get()
    }

    fn sleep(&self, time: Duration) {
        self.passed.set(self.passed.get() + time);
        *self.said.borrow_mut() += &format!("waits {time:?}\n");
    }
}

/// What a patient client does.
fn patient(request: &ch18::Request) -> Result<ch18::Response> {
    let play = Play::of(request)?;
    let server = play.server();
    let mut session = Session::default().connecting_by(server.clone());
    let mut said = String::new();
    for asked in &play.requests {
        let clock =
            QuickClock { begin: Instant::now(), passed: Cell::default(), said: RefCell::default() };
        let answer = send_patiently(&mut session, asked.request()?, &clock);
        let answer = answer.and_then(|answer| Ok((answer.status, answer.bytes()?)));
        said += &clock.said.into_inner();
        said += &outcome(answer);
    }
    Ok(ch18::Response::text(said + &requests(&server)))
}

/// What a client with a cache does, which has room for two pages.
fn cached(request: &ch18::Request) -> Result<ch18::Response> {
    let play = Play::of(request)?;
    let server = play.server();
    let session = Session::default().connecting_by(server.clone());
    let (mut cache, begin) = (HttpCache::new(2), Instant::now());
    let mut said = String::new();
    for asked in &play.requests {
        let now = begin + Duration::from_secs(asked.at);
        let answer = cache.send(&session, asked.request()?, now);
        said += &outcome(answer.map(|answer| (answer.status, answer.body)));
    }
    Ok(ch18::Response::text(said + &requests(&server)))
}
