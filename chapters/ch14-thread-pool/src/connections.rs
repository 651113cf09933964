use crate::{Limits, Network};
use std::collections::BTreeMap;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How we close a connection whose worker waits in a read. On Linux that worker still finds there
/// what has come, and may answer it. macOS throws that away (XNU, `soshutdownlock_final`), and on
/// Windows whatever is closed fails.
const FOR_READING: Shutdown = match cfg!(windows) {
    true => Shutdown::Both,
    false => Shutdown::Read,
};

/// The connections that are open, and what each of them waits for.
///
/// A worker belongs to a connection until it ends. So who has a worker and asks for nothing must
/// leave when another waits for one.
#[derive(Debug)]
pub struct Connections {
    workers: usize,
    queue: usize,
    queue_time: Duration,
    first_time: Duration,
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
    /// It waits for a worker.
    Queued,
    /// It has a worker, and nothing has come.
    New(Instant),
    /// A request is being read or answered.
    Busy,
    /// It has its answer, and nothing has come since.
    Idle(Instant),
    /// It has its last answer, and we wait for it to close.
    Done(Instant),
    /// It must leave, unless a request has come that nobody has looked at yet.
    Leaving,
    /// We have closed it, and its worker has not noticed yet.
    Closed,
}

/// Stands for one of the [`Connections`]; dropping it closes the connection, also in a panic.
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
    pub stream: Arc<TcpStream>,
    /// Why, in a few words.
    pub reason: &'static str,
}

impl Connections {
    /// No connections, within these `limits`.
    pub fn new(limits: &Limits) -> Self {
        Self {
            workers: limits.workers,
            queue: limits.queue,
            queue_time: limits.queue_time,
            first_time: limits.first_time,
            limit_per_network: limits.connections_per_network,
            table: Mutex::default(),
            one_less: Condvar::new(),
        }
    }

    /// Takes a connection, which now waits for a worker. If there are not enough of those, the
    /// connection that has asked for nothing for the longest time must leave. If too many wait,
    /// the new one is held back for [`queue_time`](Limits::queue_time), and then refused.
    ///
    /// Of a network that has as many connections as one network may have, another one must leave;
    /// if none can, the new one is refused.
    pub fn admit(&self, stream: TcpStream) -> Result<Permit<'_>, Refused> {
        let stream = Arc::new(stream);
        let network = stream.peer_addr().ok().map(|peer| Network::from(peer.ip()));
        let mut table = self.lock();
        let theirs = |entry: &Entry| network.is_some() && entry.network == network;
        if table.count(theirs) >= self.limit_per_network
            && !table.dismiss_one(self.first_time, theirs)
        {
            return Err(Refused { stream, reason: "the limit of its network is reached" });
        }
        let number = table.next;
        let entry = Entry { network, stream: Arc::downgrade(&stream), state: State::Queued };
        table.next += 1;
        table.open.insert(number, entry);
        if table.count(|_| true) > self.workers {
            // If nobody can leave, it waits.
            table.dismiss_one(self.first_time, |_| true);
        }
        let is_full = |table: &mut Table| table.count(|_| true) > self.workers + self.queue;
        let waited = self.one_less.wait_timeout_while(table, self.queue_time, is_full);
        let (mut table, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            table.open.remove(&number);
            return Err(Refused { stream, reason: "all workers are busy and the queue is full" });
        }
        Ok(Permit { connections: self, number, stream })
    }

    /// Lets all connections come to their end: who is idle must leave, now or after the next
    /// answer; who has not asked yet may do so for `new_time`; and all that are not done then
    /// are closed after `stop_time`. Returns how many that were.
    pub fn close(&self, new_time: Duration, stop_time: Duration) -> usize {
        let begun = Instant::now();
        let mut table = self.lock();
        table.is_closing = true;
        table.dismiss(|state| matches!(state, State::Idle(_)));
        table = self.wait_until(table, begun + new_time.min(stop_time));
        table.dismiss(|state| matches!(state, State::New(_)));
        table = self.wait_until(table, begun + stop_time);
        let mut left = 0;
        for entry in table.open.values_mut().filter(|entry| !matches!(entry.state, State::Done(_)))
        {
            entry.end(State::Closed, Shutdown::Both);
            left += 1;
        }
        left
    }

    /// Waits until no connection is open, or until `deadline`.
    fn wait_until<'a>(
        &'a self,
        table: MutexGuard<'a, Table>,
        deadline: Instant,
    ) -> MutexGuard<'a, Table> {
        let left = deadline.saturating_duration_since(Instant::now());
        let is_open = |table: &mut Table| !table.open.is_empty();
        let waited = self.one_less.wait_timeout_while(table, left, is_open);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    // Nothing panics while it is locked; and if something did, the table would be whole.
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// How many connections of these are open and need not leave.
    fn count(&self, is_meant: impl Fn(&Entry) -> bool) -> usize {
        let stays = |entry: &&Entry| !matches!(entry.state, State::Leaving);
        self.open.values().filter(stays).filter(|entry| is_meant(entry)).count()
    }

    /// Lets the one of these leave that has asked for nothing for the longest time, if there is
    /// one. Who is new has `first_time` to ask.
    fn dismiss_one(&mut self, first_time: Duration, is_candidate: impl Fn(&Entry) -> bool) -> bool {
        let waiting = |(&number, entry): (&u64, &Entry)| match entry.state {
            State::New(since) if since.elapsed() < first_time => None,
            State::New(since) | State::Idle(since) | State::Done(since) if is_candidate(entry) => {
                Some((since, number))
            }
            _ => None,
        };
        let Some((_, number)) = self.open.iter().filter_map(waiting).min() else { return false };
        if let Some(entry) = self.open.get_mut(&number) {
            entry.end(State::Leaving, FOR_READING);
        }
        true
    }

    /// Lets all in such a state leave.
    fn dismiss(&mut self, is_meant: impl Fn(State) -> bool) {
        for entry in self.open.values_mut().filter(|entry| is_meant(entry.state)) {
            entry.end(State::Leaving, FOR_READING);
        }
    }
}

impl Entry {
    /// Whoever waits in a read of this connection now finds its end there.
    fn end(&mut self, state: State, how: Shutdown) {
        self.state = state;
        if let Some(stream) = self.stream.upgrade() {
            // It fails if the client is gone, which is as good.
            let _ = stream.shutdown(how);
        }
    }
}

impl Permit<'_> {
    /// The connection.
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Who connected; `None` if it is gone already.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.stream.peer_addr().ok()
    }

    /// Whether there are more connections than workers.
    pub fn others_wait(&self) -> bool {
        self.connections.lock().count(|_| true) > self.connections.workers
    }

    /// It has a worker: its first request is waited for.
    pub fn mark_new(&self) {
        self.set(State::New(Instant::now()));
    }

    /// Something has come: from now on it need not leave in favour of another. Returns whether
    /// that is so; if it was closed before, nobody will get an answer to what has come.
    pub fn mark_busy(&self) -> bool {
        self.set(State::Busy)
    }

    /// It waits for another request. Returns whether it may: not if others wait for a worker, or
    /// the server stops.
    pub fn mark_idle(&self) -> bool {
        self.set(State::Idle(Instant::now()))
    }

    /// It has its last answer. It may have to leave in favour of another, and need not be done
    /// with when the server stops.
    pub fn mark_done(&self) {
        self.set(State::Done(Instant::now()));
    }

    /// Returns whether the connection goes on.
    fn set(&self, state: State) -> bool {
        let mut table = self.connections.lock();
        match table.open.get_mut(&self.number) {
            // The server has stopped.
            None | Some(Entry { state: State::Closed, .. }) => return false,
            // Only a request gets it out of that.
            Some(Entry { state: State::Leaving, .. }) if !matches!(state, State::Busy) => {}
            Some(entry) => entry.state = state,
        }
        let others_wait = || table.count(|_| true) > self.connections.workers;
        !matches!(state, State::Idle(_)) || !(table.is_closing || others_wait())
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.connections.lock().open.remove(&self.number);
        self.connections.one_less.notify_all();
    }
}
