use crate::{Network, Request, Response};
use anyhow::Result;
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
    // Here is something missing.
}

impl Buckets {
    /// Buckets of `burst` tokens, at least one, in which a token comes each `interval`.
    pub fn new(interval: Duration, burst: u32) -> Self {
        // And what must be known of each network? Several threads ask at once.
        Self { interval, burst }
    }

    /// Takes a token out of the bucket of `network`. If there is none at `now`, nothing changes;
    /// the error is how long it takes until there is one.
    ///
    /// Who asks again exactly then gets it. A bucket that is full at `now` is forgotten: strangers
    /// have many addresses, and we have not so much memory. Several threads may come with a `now`
    /// that is a little older than another's.
    pub fn take(&self, network: Network, now: Instant) -> Result<(), Duration> {
        todo!("it is enough to know when each bucket will be full again")
    }

    /// How many networks are remembered: those whose bucket was not full after the last
    /// [`take`](Self::take).
    pub fn remembered(&self) -> usize {
        todo!("how many are they?")
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
        todo!("a token first, and then the handler, or 429")
    }
}
