//! What a connection delivers, read by read.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::Arc;

use crate::Gate;

/// What a [`MockConnection`](crate::MockConnection) does, read by read.
///
/// After the last step comes the end of file, for ever: the peer has sent all it
/// had to say. Text and bytes are scripts too, with everything in one read; a
/// `Vec<Vec<u8>>` has one piece for each read.
///
/// ```
/// use mock::{MockConnection, Script};
/// use std::io::{ErrorKind, Read};
///
/// let script = Script::new().bytes("hel").fail(ErrorKind::Interrupted).bytes("lo");
/// let (mut conn, _peer) = MockConnection::pair(script);
///
/// let mut buffer = [0; 100];
/// assert_eq!(conn.read(&mut buffer).unwrap(), 3); // not 5: a read returns what is there
/// assert_eq!(conn.read(&mut buffer).unwrap_err().kind(), ErrorKind::Interrupted);
/// assert_eq!(conn.read(&mut buffer).unwrap(), 2);
/// assert_eq!(conn.read(&mut buffer).unwrap(), 0); // end of file
/// ```
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub(crate) steps: VecDeque<Step>,
}

/// One step of a [`Script`].
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// A read delivers these bytes, of which there is at least one.
    Bytes(Vec<u8>),
    /// A read fails.
    Fail(io::ErrorKind),
    /// The next read waits at the gate and then goes on with the next step.
    Wait(Gate),
    /// Reads fail with `TimedOut` until what was sent is enough; then the next step follows.
    Once(Enough),
    /// This and every further read fails with `ConnectionReset`.
    Reset,
}

/// Whether what was sent until now is enough.
#[derive(Clone)]
pub(crate) struct Enough(pub(crate) Arc<IsEnough>);

type IsEnough = dyn Fn(&[u8]) -> bool + Send + Sync;

impl fmt::Debug for Enough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enough")
    }
}

impl Script {
    /// A script without steps: the first read finds the end of file.
    pub fn new() -> Script {
        Script::default()
    }

    /// Then one read delivers `piece`.
    ///
    /// A caller whose buffer is too small for it gets the rest with the next
    /// reads. An empty piece adds nothing, because a read of no bytes would mean
    /// the end of file.
    pub fn bytes(self, piece: impl AsRef<[u8]>) -> Script {
        match piece.as_ref() {
            [] => self,
            piece => self.then(Step::Bytes(piece.to_vec())),
        }
    }

    /// Then one read fails with an error of this kind, such as `Interrupted` or
    /// `WouldBlock`.
    pub fn fail(self, kind: io::ErrorKind) -> Script {
        self.then(Step::Fail(kind))
    }

    /// Then a read blocks until `gate` is open, and goes on with the next step.
    ///
    /// If nobody opens the gate within [`patience`](crate::patience), the read
    /// panics.
    pub fn wait(self, gate: &Gate) -> Script {
        self.then(Step::Wait(gate.clone()))
    }

    /// Then the peer waits for an answer: reads go on with the next step if `is_enough` says so
    /// of all that was sent to the peer until then. If it does not, this and every further read
    /// fails with `TimedOut`, as it does when both sides wait for each other.
    ///
    /// ```
    /// use mock::{MockConnection, Script};
    /// use std::io::{ErrorKind, Read, Write};
    ///
    /// let script = Script::new().once(|sent| sent == b"who?").bytes("Ada");
    /// let (mut conn, _peer) = MockConnection::pair(script);
    /// assert_eq!(conn.read(&mut [0; 9]).unwrap_err().kind(), ErrorKind::TimedOut);
    /// conn.write_all(b"who?").unwrap();
    /// assert_eq!(conn.read(&mut [0; 9]).unwrap(), 3);
    /// ```
    pub fn once(self, is_enough: impl Fn(&[u8]) -> bool + Send + Sync + 'static) -> Script {
        self.then(Step::Once(Enough(Arc::new(is_enough))))
    }

    /// Then the peer is gone: every further read fails with `ConnectionReset`.
    pub fn reset(self) -> Script {
        self.then(Step::Reset)
    }

    fn then(mut self, step: Step) -> Script {
        self.steps.push_back(step);
        self
    }
}

impl From<&[u8]> for Script {
    fn from(bytes: &[u8]) -> Script {
        Script::new().bytes(bytes)
    }
}

impl<const N: usize> From<&[u8; N]> for Script {
    fn from(bytes: &[u8; N]) -> Script {
        Script::new().bytes(bytes)
    }
}

impl From<&str> for Script {
    fn from(text: &str) -> Script {
        Script::new().bytes(text)
    }
}

impl From<String> for Script {
    fn from(text: String) -> Script {
        Script::new().bytes(text)
    }
}

impl From<Vec<u8>> for Script {
    fn from(bytes: Vec<u8>) -> Script {
        Script::new().bytes(bytes)
    }
}

impl From<&Vec<u8>> for Script {
    fn from(bytes: &Vec<u8>) -> Script {
        Script::new().bytes(bytes)
    }
}

impl From<Vec<Vec<u8>>> for Script {
    fn from(pieces: Vec<Vec<u8>>) -> Script {
        pieces.iter().fold(Script::new(), Script::bytes)
    }
}
