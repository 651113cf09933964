//! A log that several threads write to and a test reads.

use std::sync::Arc;

use crate::transcript;
use crate::watched::{Watched, patience};

/// What happened, in the order in which it happened.
///
/// Clones are the same log. Order is how a test proves that somebody waited: if
/// `leave first` stands before `enter second`, the second one had to wait, on
/// every machine and at every speed.
///
/// ```
/// use mock::Events;
/// use std::thread;
///
/// let events = Events::new();
/// thread::scope(|scope| {
///     scope.spawn(|| events.log("enter first"));
///     events.wait_for("enter first");
///     events.log("enter second");
/// });
/// assert_eq!(events.list(), ["enter first", "enter second"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Events(Arc<Watched<Vec<String>>>);

impl Events {
    /// An empty log.
    pub fn new() -> Events {
        Events::default()
    }

    /// Adds an event at the end.
    pub fn log(&self, event: impl Into<String>) {
        let event = event.into();
        transcript::note(format_args!("event: {event}"));
        self.0.change(|events| events.push(event));
    }

    /// All events until now.
    pub fn list(&self) -> Vec<String> {
        self.0.look(Vec::clone)
    }

    /// Waits until `event` has been logged, and returns all events until then and
    /// perhaps some more.
    ///
    /// # Panics
    ///
    /// If it is not logged within [`patience`](crate::patience). The message shows the log; of
    /// more than twenty events the first and the last ones.
    #[track_caller]
    pub fn wait_for(&self, event: &str) -> Vec<String> {
        let logged = self.0.wait_until(|events| events.iter().any(|logged| logged == event));
        let events = self.list();
        if !logged {
            let (patience, log) = (patience(), shortened(&events));
            panic!("waited {patience:?} for the event {event:?}; logged so far: {log}");
        }
        events
    }
}

/// The events as a list; of many the middle is left out, and counted.
fn shortened(events: &[String]) -> String {
    const MOST: usize = 20;
    let middle = MOST / 2..events.len().saturating_sub(MOST / 2);
    if middle.is_empty() {
        return format!("{events:?}");
    }
    let (first, last) = (&events[..middle.start], &events[middle.end..]);
    format!("{first:?}, then {} more, then {last:?}", middle.len())
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn of_a_long_log_the_middle_is_left_out_and_counted() {
        let log = |count: usize| (1..=count).map(|event| event.to_string()).collect::<Vec<_>>();
        assert_eq!(shortened(&log(3)), r#"["1", "2", "3"]"#);
        let long = shortened(&log(3807));
        assert!(long.starts_with(r#"["1", "2", "#) && long.ends_with(r#", "3806", "3807"]"#));
        assert!(long.contains(r#""10"], then 3787 more, then ["3798""#), "{long}");
        assert!(!shortened(&log(20)).contains("more"));
        assert!(shortened(&log(21)).contains(", then 1 more, "));
    }
}
