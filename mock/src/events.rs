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
    /// If it is not logged within [`PATIENCE`](crate::PATIENCE). The message shows the whole log.
    #[track_caller]
    pub fn wait_for(&self, event: &str) -> Vec<String> {
        let logged = self.0.wait_until(|events| events.iter().any(|logged| logged == event));
        let events = self.list();
        let patience = patience();
        assert!(logged, "waited {patience:?} for the event {event:?}; logged so far: {events:?}");
        events
    }
}
