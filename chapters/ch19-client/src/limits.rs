use std::time::Duration;

/// What a client grants the servers that it asks.
///
/// The times are added to the clock, which cannot hold `Duration::MAX`.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long an exchange may take in all: looking up the name, connecting, sending, redirects,
    /// and the answer to its last byte.
    pub time: Duration,
    /// If there is one, each so many bytes of an answer's body buy another second.
    pub slowest_rate: Option<u64>,
    /// The longest body that is read into memory, in bytes.
    pub body: u64,
    /// How many redirects are followed in one exchange. If it is 0, a redirect is an answer like
    /// any other.
    pub redirects: usize,
    /// How many connections to one server are kept while nobody uses them.
    pub idle_connections: usize,
    /// How long such a connection is kept.
    pub idle_time: Duration,
}

impl Default for Limits {
    /// 30 seconds, and no rate that adds to them; 16 MiB, 20 redirects; 64 connections for 60
    /// seconds.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(30),
            slowest_rate: None,
            body: 16 * 1024 * 1024,
            redirects: 20,
            idle_connections: 64,
            idle_time: Duration::from_secs(60),
        }
    }
}
