//! How much a program may use that runs a learner's code.

use std::time::Duration;

/// What a process may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a test may take.
    pub time: Duration,
    /// The address space of its process, in bytes. (On Linux.)
    pub memory: u64,
    /// The longest file that it may write, in bytes. (On Unix.)
    pub file: u64,
}

impl Default for Limits {
    /// 2 seconds, 8 GiB (most of which threads reserve and do not use), 256 MiB.
    fn default() -> Self {
        Self { time: Duration::from_secs(2), memory: 8 << 30, file: 256 << 20 }
    }
}
