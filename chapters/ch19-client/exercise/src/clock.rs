use chrono::{DateTime, Utc};
use std::thread;
use std::time::{Duration, Instant};

/// What a client knows of time, so that a test can tell it another one.
pub trait Clock {
    /// A moment to count from: it is never set back.
    fn instant(&self) -> Instant;

    /// The time of day, which somebody may have set wrong.
    fn now(&self) -> DateTime<Utc>;

    /// Lets so much time pass.
    fn sleep(&self, time: Duration);
}

/// The system's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn sleep(&self, time: Duration) {
        thread::sleep(time);
    }
}
