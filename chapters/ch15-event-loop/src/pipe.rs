use crate::Wake;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many bytes may wait for the reader before the client is told to wait.
const ENOUGH: usize = 256 * 1024;

/// A connection for code that waits: a worker reads here what the loop has received, and writes
/// what the loop will send.
///
/// Only the worker waits. When it has taken something, or written something, the loop is woken.
pub(crate) struct Pipe {
    state: Mutex<State>,
    /// Something has come, or nothing will.
    has_come: Condvar,
    wake: Wake,
}

#[derive(Default)]
struct State {
    received: VecDeque<u8>,
    /// What the reader finds behind the last byte: the end, or an error.
    end: Option<Result<(), ErrorKind>>,
    written: Vec<u8>,
    /// Whether the reader waits.
    is_wanted: bool,
}

impl Pipe {
    /// `wake` wakes the loop.
    pub fn new(wake: Wake) -> Self {
        Self { state: Mutex::default(), has_come: Condvar::new(), wake }
    }

    /// Passes bytes on. Returns whether there is room for more.
    pub fn push(&self, bytes: &[u8]) -> bool {
        let mut state = self.lock();
        state.received.extend(bytes);
        self.has_come.notify_one();
        state.received.len() < ENOUGH
    }

    /// Nothing more will come: the client has finished, or something else has happened.
    pub fn end(&self, end: Result<(), ErrorKind>) {
        self.lock().end.get_or_insert(end);
        self.has_come.notify_one();
    }

    /// Whether there is room for more.
    pub fn has_room(&self) -> bool {
        self.lock().received.len() < ENOUGH
    }

    /// Whether the worker waits for the client.
    pub fn is_wanted(&self) -> bool {
        self.lock().is_wanted
    }

    /// What the worker has written.
    pub fn take_written(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().written)
    }

    /// What came and was not read.
    pub fn take_received(&self) -> VecDeque<u8> {
        std::mem::take(&mut self.lock().received)
    }

    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Read for &Pipe {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut state = self.lock();
        state.is_wanted = true;
        let nothing_came = |state: &mut State| state.received.is_empty() && state.end.is_none();
        let waited = self.has_come.wait_while(state, nothing_came);
        state = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_wanted = false;
        if state.received.is_empty() {
            let end = state.end.unwrap_or(Ok(()));
            return end.map(|()| 0).map_err(io::Error::from);
        }
        let was_full = state.received.len() >= ENOUGH;
        let count = state.received.read(out)?;
        if was_full {
            (self.wake)();
        }
        Ok(count)
    }
}

impl Write for &Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().written.extend(bytes);
        (self.wake)();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
