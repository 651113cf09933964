use crate::{Network, Request, Response};
use anyhow::Result;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A bucket of tokens for each network: how often it may ask.
///
/// A bucket is full at first, and a request takes a token. As soon as a bucket is not full, the
/// time runs in which a new token comes, and then the next, until it is full again. So a network
/// may ask `burst` times at once, and in the long run once in each `interval`.
#[derive(Debug)]
pub struct Buckets {
    interval: Duration,
    burst: u32,
    /// When each bucket that is not full will be full again.
    full_at: Mutex<HashMap<Network, Instant>>,
}

impl Buckets {
    /// Buckets of `burst` tokens, at least one, in which a token comes each `interval`.
    pub fn new(interval: Duration, burst: u32) -> Self {
        Self { interval, burst, full_at: Mutex::default() }
    }

    /// Takes a token out of the bucket of `network`. If there is none at `now`, nothing changes;
    /// the error is how long it takes until there is one.
    ///
    /// Who asks again exactly then gets it. A bucket that is full at `now` is forgotten: strangers
    /// have many addresses, and we have not so much memory. Several threads may come with a `now`
    /// that is a little older than another's.
    pub fn take(&self, network: Network, now: Instant) -> Result<(), Duration> {
        let mut all = self.lock();
        all.retain(|_, full_at| *full_at > now);
        let full_at = all.get(&network).copied().unwrap_or(now);
        // As many tokens are missing as come until it is full. With one missing more, it must
        // not take longer than an empty bucket does.
        let missing = full_at.saturating_duration_since(now) + self.interval;
        let wait = missing.saturating_sub(self.interval * self.burst);
        if wait > Duration::ZERO {
            return Err(wait);
        }
        all.insert(network, full_at + self.interval);
        Ok(())
    }

    /// How many networks are remembered: those whose bucket was not full after the last
    /// [`take`](Self::take).
    pub fn remembered(&self) -> usize {
        self.lock().len()
    }

    // Nothing panics while it is locked; and if something did, the table would be whole.
    fn lock(&self) -> MutexGuard<'_, HashMap<Network, Instant>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A handler that answers as `handler` does, as long as the peer's network has a token when
/// `clock` is asked.
///
/// Whoever has none is told 429 (RFC 6585 section 4) with `Retry-After`: the seconds until
/// there is one, rounded up to a whole number (RFC 9110 section 10.2.3). The handler does not
/// hear of it. A request without a peer takes no token.
pub fn limited(
    buckets: Buckets,
    clock: impl Fn() -> Instant + Send + Sync + 'static,
    handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
) -> impl Fn(&Request) -> Result<Response> + Send + Sync + 'static {
    move |request: &Request| -> Result<Response> {
        let network = request.peer.map(|peer| Network::from(peer.ip()));
        let Some(Err(wait)) = network.map(|network| buckets.take(network, clock())) else {
            return handler(request);
        };
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let page = format!("Too many requests. Try again in {seconds} seconds.\n");
        Ok(Response::text(page).status(429).header("Retry-After", seconds.to_string())?)
    }
}
