use std::time::Duration;

/// The slowest client that is waited for, in bytes a second.
pub const SLOWEST_RATE: u64 = 16 * 1024;

/// What a server grants its clients.
///
/// The times are added to the clock, which cannot hold `Duration::MAX`.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How many threads serve them, each one client at a time.
    pub workers: usize,
    /// How many clients may wait for a worker besides.
    pub queue: usize,
    /// How long one more is held back before it is told 503. Meanwhile nobody else is accepted:
    /// whoever comes waits in the kernel's queue.
    pub queue_time: Duration,
    /// How many connections may come from one [`Network`](crate::Network).
    pub connections_per_network: usize,
    /// How many requests may come on one connection; the last answer says that it is the last.
    pub requests_per_connection: u64,
    /// How long a connection is kept after an answer if no other request begins, and nobody
    /// waits for its worker.
    pub idle_time: Duration,
    /// How long the first byte of a connection is waited for if others need its worker.
    pub first_time: Duration,
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
    /// 200 workers, and room for 100 clients that wait for one, at once or not at all; 100
    /// connections for one network, 1000 requests on each; 5 seconds to be idle, 1 second to begin
    /// if others wait, 10 seconds to ask, 10 seconds to take the answer, 1 second to close, 10
    /// seconds to finish.
    fn default() -> Self {
        Self {
            workers: 200,
            queue: 100,
            queue_time: Duration::ZERO,
            connections_per_network: 100,
            requests_per_connection: 1000,
            idle_time: Duration::from_secs(5),
            first_time: Duration::from_secs(1),
            request_time: Duration::from_secs(10),
            response_time: Duration::from_secs(10),
            drain_time: Duration::from_secs(1),
            stop_time: Duration::from_secs(10),
        }
    }
}
