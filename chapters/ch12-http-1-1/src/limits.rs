use std::time::Duration;

/// The slowest client that is waited for, in bytes a second.
pub const SLOWEST_RATE: u64 = 16 * 1024;

/// What a server grants its clients.
///
/// The times are added to the clock, which cannot hold `Duration::MAX`.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many connections are served at once; the next one is told 503.
    pub connections: usize,
    /// How long a connection is kept after an answer if no other request begins.
    pub idle_time: Duration,
    /// How long we wait in all for the bytes of a request, besides a second more for
    /// each [`SLOWEST_RATE`] of them.
    pub request_time: Duration,
    /// How long we wait in all for the answer to be taken, besides a second more for
    /// each [`SLOWEST_RATE`] bytes of it. A client that accepts no bytes for that
    /// long is dropped.
    pub response_time: Duration,
    /// How long a client may take to close too, once it has all that was sent.
    pub drain_time: Duration,
}

impl Default for Limits {
    /// 200 connections, 5 seconds to be idle, 10 seconds to ask, 10 seconds to take the answer,
    /// 1 second to close.
    fn default() -> Self {
        Self {
            connections: 200,
            idle_time: Duration::from_secs(5),
            request_time: Duration::from_secs(10),
            response_time: Duration::from_secs(10),
            drain_time: Duration::from_secs(1),
        }
    }
}
