use std::time::Instant;

/// How many seconds a budget looks back, the present one among them.
const WINDOW: u64 = 10;

/// How much may be sent again.
#[derive(Clone, Copy, Debug)]
pub struct RetryRules {
    /// So many of a hundred requests.
    pub percent: u32,
    /// So many in each second of the window, however few requests there are.
    pub per_second: u32,
}

impl Default for RetryRules {
    /// A fifth of the requests, and 3 in each second.
    fn default() -> Self {
        Self { percent: 20, per_second: 3 }
    }
}

/// Bounds how many requests are sent again, all together.
///
/// Three attempts for each request are a help when one backend of many has died: a few requests are
/// sent twice. When all backends are slow, each request is sent three times, and three times the
/// load is the last thing that they need: they become slower still, and stay so (a retry storm). No
/// request can know that, but somebody who counts all of them can.
///
/// In the last ten seconds, and with the one that is asked for, there are at most so many
/// repetitions as the larger of two numbers: [`percent`](RetryRules::percent) of the requests in
/// that time, without a remainder, or ten times [`per_second`](RetryRules::per_second). So much is
/// sent in all: 1.2 times the load, and not 3 times.
///
/// Nothing here looks at a clock: it is told the time. Seconds are counted from the moment at which
/// the budget was made, and the last ten are the present one, however much of it has passed, and
/// the nine before it. So ten pairs of numbers are all that it remembers, however many requests
/// come.
#[derive(Clone, Debug)]
pub struct RetryBudget {
    rules: RetryRules,
    /// When it was made.
    begin: Instant,
    // What else must it remember, for ten seconds and no longer?
}

impl RetryBudget {
    /// Nothing was sent before `now`.
    pub fn new(rules: RetryRules, now: Instant) -> Self {
        Self { rules, begin: now }
    }

    /// A request is sent for the first time at `now`. (What is sent again was counted already, and
    /// buys nothing.)
    pub fn sent(&mut self, now: Instant) {
        todo!("in which second is that?")
    }

    /// Whether one may be sent again at `now`. If so, it counts from then on; a refusal does not.
    ///
    /// Time does not run back: a moment before one that the budget was told of already, is taken
    /// for that one.
    pub fn may_resend(&mut self, now: Instant) -> bool {
        todo!("what is forgotten by now? what is left of it?")
    }
}
