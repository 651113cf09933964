use crate::{Limits, Network};
use std::collections::BTreeMap;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// The connections that are open, and what each of them waits for.
///
/// Chapter 6 only counted them. Now it is known who holds a permit and asks for nothing: that
/// one must go when another comes.
#[derive(Debug)]
pub struct Connections {
    limit: usize,
    limit_per_network: usize,
    table: Mutex<Table>,
    /// A connection has ended.
    one_less: Condvar,
}

#[derive(Debug, Default)]
struct Table {
    /// By their number; the lowest came first.
    open: BTreeMap<u64, Entry>,
    /// The number of the next one.
    next: u64,
    /// Whether nobody else will come.
    is_closing: bool,
}

#[derive(Debug)]
struct Entry {
    /// `None` if the client was gone before it could be asked for its address.
    network: Option<Network>,
    /// Not a reference that keeps it open.
    stream: Weak<TcpStream>,
    state: State,
}

/// What a connection does.
#[derive(Clone, Copy, Debug)]
enum State {
    /// It was accepted, and nothing has come.
    New(Instant),
    /// A request is being read or answered.
    Busy,
    /// It has its answer, and nothing has come since.
    Idle(Instant),
    /// It has its last answer, and we wait for it to close.
    Done(Instant),
    /// We have closed it, and its thread has not noticed yet.
    Closed,
}

/// Stands for one of the [`Connections`]; dropping it closes the connection and makes room for
/// another, also in a panic.
#[derive(Debug)]
pub struct Permit<'a> {
    connections: &'a Connections,
    number: u64,
    stream: Arc<TcpStream>,
}

/// Why a connection is not taken, and the connection.
#[derive(Debug)]
pub struct Refused {
    /// The connection.
    pub stream: TcpStream,
    /// Why, in a few words.
    pub reason: &'static str,
}

impl Connections {
    /// No connections, and as many permits as `limits` say.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.connections,
            limit_per_network: limits.connections_per_network,
            table: Mutex::default(),
            one_less: Condvar::new(),
        }
    }

    /// Takes a connection. If there is no permit left, the one that has asked for nothing
    /// for the longest time is closed; it loses its permit at once. If all are busy, the new one is
    /// refused.
    ///
    /// A network that has as many as one network may have loses one of its own, and is refused if
    /// all of those are busy. A connection whose address the system does not tell is of no network.
    /// The connection that comes back with a refusal is as it was.
    pub fn admit(&self, stream: TcpStream) -> Result<Permit<'_>, Refused> {
        todo!("the limit of its network first, then that of all; who goes, and who comes")
    }

    /// Lets all connections come to their end: who is idle is closed, now or as soon as it has
    /// its answer; who has not asked yet may do so for `new_time`; and all that are not done then
    /// are closed after `stop_time`. Returns how many that were.
    pub fn close(&self, new_time: Duration, stop_time: Duration) -> usize {
        todo!("three groups, each in its turn; `wait_until` waits, and `close_where` closes")
    }

    /// Waits until no connection is open, or until `deadline`.
    fn wait_until<'a>(
        &'a self,
        mut table: MutexGuard<'a, Table>,
        deadline: Instant,
    ) -> MutexGuard<'a, Table> {
        while !table.open.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                break;
            }
            table = self
                .one_less
                .wait_timeout(table, left)
                .map_or_else(|poisoned| poisoned.into_inner().0, |(table, _)| table);
        }
        table
    }

    // Nothing panics while it is locked; and if something did, the table would be whole.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// Closes the one of these that has asked for nothing for the longest time, if there is one:
    /// new, idle and done ones alike, and never a busy one. Of two that have waited equally long,
    /// the one that came first. It loses its permit at once. Returns whether there was one.
    fn close_one(&mut self, is_candidate: impl Fn(&Entry) -> bool) -> bool {
        todo!("which of these has waited longest? It leaves the table, and is shut")
    }

    /// Closes all in such a state, and returns how many there were.
    fn close_where(&mut self, is_meant: impl Fn(State) -> bool) -> usize {
        let meant = self.open.values_mut().filter(|entry| is_meant(entry.state));
        meant.map(Entry::shut).count()
    }
}

impl Entry {
    /// Whoever waits in a read of this connection now finds its end there.
    fn shut(&mut self) {
        self.state = State::Closed;
        if let Some(stream) = self.stream.upgrade() {
            // It fails if the client is gone, which is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Permit<'_> {
    /// The connection.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Something has come: from now on it is not closed in favour of another. Returns whether
    /// that is so; if it was closed before, nobody will get an answer to what has come.
    pub fn mark_busy(&self) -> bool {
        self.set(State::Busy)
    }

    /// It waits for another request. Returns whether it may.
    pub fn mark_idle(&self) -> bool {
        self.set(State::Idle(Instant::now()))
    }

    /// It has its last answer. It may be closed in favour of another, and need not be when the
    /// server stops.
    pub fn mark_done(&self) {
        self.set(State::Done(Instant::now()));
    }

    /// Notes the state, unless it is closed. Returns whether the connection goes on: it has not
    /// lost its permit, it is not closed, and it does not become idle while all are being closed.
    fn set(&self, state: State) -> bool {
        todo!("who is not in the table any more stays out; and who is idle while all close must go")
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // Yours to write: it leaves the table, and whoever waits for that is told. (It is no
        // `todo!()`, because this runs in a panic too, and a panic in a panic ends the whole
        // process.)
    }
}
