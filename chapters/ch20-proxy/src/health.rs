use std::time::{Duration, Instant};

/// When a backend is no longer asked, and when it is again.
#[derive(Clone, Debug)]
pub struct HealthRules {
    /// After so many failures in a row it is down.
    pub fall: u32,
    /// After so long it is tried again with one client's request, if nobody checks.
    pub rest: Duration,
    /// What it is asked for to see whether it works: a target such as `/`. Without one, nobody
    /// asks, and only the requests of clients tell.
    pub check: Option<String>,
    /// How long from one check to the next, and how long the answer may take.
    pub interval: Duration,
    /// After so many checks in a row that went well it is up again.
    pub rise: u32,
}

impl Default for HealthRules {
    /// Down after 3 failures, tried again after 10 seconds; no checks, or one in 2 seconds, of
    /// which 2 must go well.
    fn default() -> Self {
        Self {
            fall: 3,
            rest: Duration::from_secs(10),
            check: None,
            interval: Duration::from_secs(2),
            rise: 2,
        }
    }
}

/// What is known of a backend. Nothing here looks at a clock: it is told the time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Health {
    /// How many failures there were since something went well.
    failures: u32,
    /// If it is down: when somebody may try it, and how many checks went well.
    down: Option<Down>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Down {
    /// When somebody may try.
    until: Instant,
    /// How many checks went well since.
    successes: u32,
}

impl Health {
    /// Whether it is down.
    pub fn is_down(&self) -> bool {
        self.down.is_some()
    }

    /// Whether it may be given a client's request at `now`. If it is down, that is one to try it,
    /// and for as long as it would rest, no other.
    pub fn is_available(&self, now: Instant, rules: &HealthRules) -> bool {
        match self.down {
            None => true,
            Some(down) => rules.check.is_none() && now >= down.until,
        }
    }

    /// It is given a client's request.
    pub fn chosen(&mut self, now: Instant, rules: &HealthRules) {
        if let Some(down) = &mut self.down {
            down.until = now + rules.rest;
        }
    }

    /// It has answered a client. Returns whether it is up since then; if there are checks, it is
    /// for them to say so.
    pub fn answered(&mut self, rules: &HealthRules) -> bool {
        self.failures = 0;
        rules.check.is_none() && self.down.take().is_some()
    }

    /// It could not be reached, or gave no answer, or none that can be understood. Returns whether
    /// it is down since then.
    pub fn failed(&mut self, now: Instant, rules: &HealthRules) -> bool {
        self.failures = self.failures.saturating_add(1);
        let was_up = self.down.is_none();
        if !was_up || self.failures >= rules.fall {
            self.down = Some(Down { until: now + rules.rest, successes: 0 });
        }
        was_up && self.down.is_some()
    }

    /// A check went well. Returns whether it is up since then.
    pub fn checked(&mut self, rules: &HealthRules) -> bool {
        let Some(down) = &mut self.down else {
            // It works. But the failures of clients are not forgiven for that: a page that is for
            // checks alone may be all that works.
            return false;
        };
        down.successes += 1;
        if down.successes < rules.rise {
            return false;
        }
        *self = Self::default();
        true
    }
}
