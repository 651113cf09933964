use crate::DRAIN_TIME;
use std::time::Duration;

/// The slowest client that is waited for, in bytes a second.
pub const SLOWEST_RATE: u64 = 16 * 1024;

/// What a server grants its clients.
///
/// The times are added to the clock, which cannot hold `Duration::MAX`.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many connections are open at once. For one more, the one that has asked for nothing
    /// for the longest time is closed; if there is none, the new one is told 503. Each is a
    /// descriptor, and a process may have only so many.
    pub connections: usize,
    /// How many of these may come from one [`Network`](crate::Network).
    pub connections_per_network: usize,
    /// How many threads do what must wait.
    pub workers: usize,
    /// How many requests may wait for one of these; one more is answered with 503.
    pub queue: usize,
    /// How many requests may come on one connection; the last answer says that it is the last.
    pub requests_per_connection: u64,
    /// How long a connection is kept after an answer if no other request begins.
    pub idle_time: Duration,
    /// How long we wait in all for the bytes of a request, besides a second more for
    /// each [`SLOWEST_RATE`] of them.
    pub request_time: Duration,
    /// How long we wait in all for the answer to be taken, besides a second more for
    /// each [`SLOWEST_RATE`] bytes of it. A client that accepts no bytes for that
    /// long is dropped.
    pub response_time: Duration,
    /// How long a client may take to close too, once it has all that was sent; when the server
    /// stops, who has come and asked for nothing has as long to ask.
    pub drain_time: Duration,
    /// How long those who are being served may take to finish when the server stops.
    pub stop_time: Duration,
}

impl Default for Limits {
    /// 10,000 connections, half of them for one network, 1000 requests on each; 16 workers and
    /// 100 requests that wait for them; 5 seconds to be idle, 10 seconds to ask, 10 seconds to take
    /// the answer, 1 second to close, 10 seconds to finish.
    fn default() -> Self {
        Self {
            connections: 10_000,
            connections_per_network: 5_000,
            workers: 16,
            queue: 100,
            requests_per_connection: 1000,
            idle_time: Duration::from_secs(5),
            request_time: Duration::from_secs(10),
            response_time: Duration::from_secs(10),
            drain_time: DRAIN_TIME,
            stop_time: Duration::from_secs(10),
        }
    }
}
