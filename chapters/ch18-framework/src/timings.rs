use std::fmt;
use std::time::{Duration, Instant};

/// How long the parts of the work for a request took, for the field `Server-Timing`: browsers
/// show it among their tools for developers.
#[derive(Clone, Debug, Default)]
pub struct Timings(Vec<(&'static str, Duration)>);

impl Timings {
    /// Does `work`, and notes how long it took under `name`, which is a token.
    pub fn timed<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let since = Instant::now();
        let outcome = work();
        self.0.push((name, since.elapsed()));
        outcome
    }

    /// Whether nothing was timed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Timings {
    /// As in the field: name and milliseconds of each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (name, took)) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { ", " };
            write!(f, "{separator}{name};dur={:.3}", took.as_secs_f64() * 1000.0)?;
        }
        Ok(())
    }
}
