use std::time::Duration;

/// How far a download has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// How many bytes there are, with those of an earlier attempt.
    pub bytes: u64,
    /// How many of them there were at the beginning.
    pub resumed_at: u64,
    /// How many there will be, if that is known.
    pub total: Option<u64>,
    /// How long this attempt has been going on, since its answer began.
    pub time: Duration,
}

impl Progress {
    /// A line that shows it, with a bar of so many characters if it is known how much will come.
    ///
    /// ```
    /// use ch19::Progress;
    /// use std::time::Duration;
    ///
    /// let time = Duration::from_secs(2);
    /// let progress = Progress { bytes: 3_145_728, resumed_at: 0, total: Some(6_291_456), time };
    /// assert_eq!(progress.bar(10), "50 % [#####     ] 3.0 MiB of 6.0 MiB, 1.5 MiB/s, 2 s left");
    /// ```
    pub fn bar(&self, width: usize) -> String {
        let rate = (self.bytes - self.resumed_at) as f64 / self.time.as_secs_f64().max(0.001);
        let (bytes, speed) = (size(self.bytes as f64), size(rate));
        // Some servers send more than they have said, and some files are empty.
        let Some(total) = self.total.filter(|total| *total > 0 && *total >= self.bytes) else {
            return format!("{bytes}, {speed}/s");
        };
        let part = self.bytes as f64 / total as f64;
        let marks = "#".repeat((part * width as f64) as usize);
        let left = match (total - self.bytes) as f64 / rate {
            left if left.is_finite() => format!(", {left:.0} s left"),
            _ => String::new(),
        };
        let percent = (part * 100.0) as u64;
        let total = size(total as f64);
        format!("{percent} % [{marks:width$}] {bytes} of {total}, {speed}/s{left}")
    }
}

/// A number of bytes for people: `812 B`, `3.4 MiB`.
fn size(bytes: f64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024.0 {
        return format!("{bytes:.0} B");
    }
    let mut value = bytes / 1024.0;
    let mut unit = units[0];
    for larger in &units[1..] {
        if value < 1024.0 {
            break;
        }
        (value, unit) = (value / 1024.0, larger);
    }
    format!("{value:.1} {unit}")
}
