use crate::{Connection, Limits, Origin};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The connections of a session that nobody uses, by where they lead to.
#[derive(Default)]
pub(crate) struct Idle(Mutex<HashMap<Origin, Vec<(Connection, Instant)>>>);

impl Idle {
    /// One to `origin` that the server has not closed: the one that was used last, since the
    /// server's patience with it will last longest.
    pub fn take(&self, origin: &Origin, limits: &Limits) -> Option<Connection> {
        loop {
            // Not locked while we ask the system.
            let (mut connection, since) = self.lock().get_mut(origin)?.pop()?;
            if since.elapsed() < limits.idle_time && connection.is_quiet() {
                return Some(connection);
            }
        }
    }

    /// Keeps one for later, in the place of the oldest if there are enough.
    pub fn put(&self, origin: Origin, connection: Connection, limits: &Limits) {
        let mut idle = self.lock();
        let kept = idle.entry(origin).or_default();
        kept.push((connection, Instant::now()));
        if kept.len() > limits.idle_connections {
            kept.remove(0);
        }
    }

    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, Vec<(Connection, Instant)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
