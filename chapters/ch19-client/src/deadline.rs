use std::time::{Duration, Instant};

/// When we have waited enough for a whole exchange: from the DNS lookup to the last
/// byte of the answer, with all redirects on the way.
///
/// A timeout for each read, which is what a socket offers, is something else: a server that
/// sends a byte now and then never meets it.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    granted_until: Instant,
    slowest_rate: Option<u64>,
    received: u64,
}

impl Deadline {
    /// It is over when `time` has passed. The time is added to the clock, which cannot hold
    /// `Duration::MAX`.
    pub fn within(time: Duration) -> Self {
        Self { granted_until: Instant::now() + time, slowest_rate: None, received: 0 }
    }

    /// The same, but each `rate` bytes of a body buy another second, as in chapter 12's server:
    /// what is large and comes steadily may take long, what drips may not.
    #[must_use]
    pub fn or_at(mut self, rate: Option<u64>) -> Self {
        self.slowest_rate = rate.filter(|rate| *rate > 0);
        self
    }

    /// When it is over, as things stand.
    pub fn at(&self) -> Instant {
        let bought = self.slowest_rate.map_or(0, |rate| self.received / rate);
        self.granted_until + Duration::from_secs(bought)
    }

    /// How long that is from now; nothing if it is over.
    pub fn left(&self) -> Duration {
        self.at().saturating_duration_since(Instant::now())
    }

    /// So many bytes of a body have come.
    pub fn receive(&mut self, count: usize) {
        self.received += count as u64;
    }
}
