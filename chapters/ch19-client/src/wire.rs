use crate::{Deadline, FetchError, Origin};
use std::io::{Read, Write};
use std::time::Instant;

/// What a connection is to a client: somebody to write to and to read from.
pub trait Wire: Read + Write + Send {
    /// From now on, reads and writes fail with [`TimedOut`](std::io::ErrorKind::TimedOut) when it
    /// is `at`.
    fn set_deadline(&mut self, at: Instant);

    /// Whether a request may be sent: the server has not closed the connection, and has not said
    /// anything unasked. It does not wait.
    fn is_quiet(&mut self) -> bool;
}

/// Makes connections. A test may have another one than [`Tcp`](crate::Tcp).
pub trait Connector: Send + Sync {
    /// A connection to `origin`.
    fn connect(&self, origin: &Origin, deadline: &Deadline) -> Result<Box<dyn Wire>, FetchError>;
}
