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
        todo!("where does that stand?")
    }

    /// Whether it may be given a client's request at `now`. If it is down, that is one to try it,
    /// and for as long as it would rest, no other. If there are checks, nobody tries it.
    pub fn is_available(&self, now: Instant, rules: &HealthRules) -> bool {
        todo!("is it down? and if so, may somebody try?")
    }

    /// It is given a client's request. If it is down, the next one is not before it has rested
    /// once more.
    pub fn chosen(&mut self, now: Instant, rules: &HealthRules) {
        todo!("when may the next one try?")
    }

    /// It has answered a client. Returns whether it is up since then; if there are checks, it is
    /// for them to say so.
    pub fn answered(&mut self, rules: &HealthRules) -> bool {
        todo!("what is forgotten? and whose word counts?")
    }

    /// It could not be reached, or gave no answer, or none that can be understood. Returns whether
    /// it is down since then. If it was down before, it rests anew, and the checks that went well
    /// do not count any more.
    pub fn failed(&mut self, now: Instant, rules: &HealthRules) -> bool {
        todo!("how many in a row are these? was it down before?")
    }

    /// A check went well. Returns whether it is up since then. While it is up, that changes
    /// nothing: the failures of clients are not forgiven for it, since a page that is for checks
    /// alone may be all that works.
    pub fn checked(&mut self, rules: &HealthRules) -> bool {
        todo!("is it down? how many in a row are these?")
    }
}
