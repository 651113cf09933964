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
    /// A network that has as many as one network may have loses one of its own.
    pub fn admit(&self, stream: TcpStream) -> Result<Permit<'_>, Refused> {
        let network = stream.peer_addr().ok().map(|peer| Network::from(peer.ip()));
        let mut table = self.lock();
        let theirs = |entry: &Entry| network.is_some() && entry.network == network;
        if table.open.values().filter(|entry| theirs(entry)).count() >= self.limit_per_network
            && !table.close_one(theirs)
        {
            return Err(Refused { stream, reason: "the limit of its network is reached" });
        }
        if table.open.len() >= self.limit && !table.close_one(|_| true) {
            return Err(Refused { stream, reason: "the connection limit is reached" });
        }
        let (number, stream) = (table.next, Arc::new(stream));
        let state = State::New(Instant::now());
        let entry = Entry { network, stream: Arc::downgrade(&stream), state };
        table.next += 1;
        table.open.insert(number, entry);
        Ok(Permit { connections: self, number, stream })
    }

    /// Lets all connections come to their end: who is idle is closed, now or as soon as it has
    /// its answer; who has not asked yet may do so for `new_time`; and all that are not done then
    /// are closed after `stop_time`. Returns how many that were.
    pub fn close(&self, new_time: Duration, stop_time: Duration) -> usize {
        let begun = Instant::now();
        let mut table = self.lock();
        table.is_closing = true;
        table.close_where(|state| matches!(state, State::Idle(_)));
        table = self.wait_until(table, begun + new_time.min(stop_time));
        table.close_where(|state| matches!(state, State::New(_)));
        table = self.wait_until(table, begun + stop_time);
        table.close_where(|state| matches!(state, State::New(_) | State::Busy | State::Idle(_)))
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
    /// Closes the one of these that has asked for nothing for the longest time, if there is one.
    fn close_one(&mut self, is_candidate: impl Fn(&Entry) -> bool) -> bool {
        let waiting = |(&number, entry): (&u64, &Entry)| match entry.state {
            State::New(since) | State::Idle(since) | State::Done(since) if is_candidate(entry) => {
                Some((since, number))
            }
            _ => None,
        };
        let Some((_, number)) = self.open.iter().filter_map(waiting).min() else { return false };
        if let Some(mut entry) = self.open.remove(&number) {
            entry.shut();
        }
        true
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

    /// Returns whether the connection goes on.
    fn set(&self, state: State) -> bool {
        let mut table = self.connections.lock();
        let is_closing = table.is_closing && matches!(state, State::Idle(_));
        match table.open.get_mut(&self.number) {
            // Another one has got the permit, or the server has stopped.
            None | Some(Entry { state: State::Closed, .. }) => return false,
            Some(entry) => entry.state = state,
        }
        !is_closing
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.connections.lock().open.remove(&self.number);
        self.connections.one_less.notify_all();
    }
}
