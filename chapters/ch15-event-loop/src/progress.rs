use crate::SLOWEST_RATE;
use std::time::{Duration, Instant};

/// How many bytes went one way since when.
#[derive(Clone, Copy)]
pub(crate) struct Progress {
    pub since: Instant,
    pub bytes: u64,
}

impl Progress {
    /// When it must be over: each byte buys the time in which the slowest client would have sent
    /// or taken it.
    pub fn deadline(self, granted: Duration) -> Instant {
        self.since + granted + Duration::from_secs(self.bytes / SLOWEST_RATE)
    }
}
