use crate::{Limits, Network};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::Instant;

/// What a client hears for whom there is no room.
pub(crate) const SERVICE_UNAVAILABLE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Server: OwnHands/0.1\r\n\
    Content-Length: 0\r\n\
    Connection: close\r\n\
    \r\n";

/// The connections that are open, and what each of them waits for.
///
/// It is chapter 13's table without its lock: in one thread there is nobody to be kept out.
pub(crate) struct Connections {
    limit: usize,
    limit_per_network: usize,
    /// By their number; the lowest came first.
    open: BTreeMap<u64, Entry>,
    /// How many of them each network has. To count them for each that comes would be much work
    /// if there are thousands.
    counts: HashMap<Network, usize>,
    /// The number of the next one.
    next: u64,
}

struct Entry {
    network: Option<Network>,
    close: Box<dyn FnOnce()>,
    state: State,
}

/// What a connection does.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum State {
    /// It was accepted, and nothing has come.
    New(Instant),
    /// A request is being read or answered.
    Busy,
    /// It has taken all of its answer, and nothing has come since.
    Idle(Instant),
    /// It has taken all of its last answer, and we wait for it to close.
    Done(Instant),
}

impl Connections {
    /// None, within these `limits`.
    pub fn new(limits: &Limits) -> Self {
        Self {
            limit: limits.connections,
            limit_per_network: limits.connections_per_network,
            open: BTreeMap::new(),
            counts: HashMap::new(),
            next: 0,
        }
    }

    /// Takes a connection, and gives it a number. If there are too many, the one that has asked
    /// for nothing for the longest time is closed; if there is none, the error says why the new
    /// one is refused. `close` closes the new one; it is called when it must make way itself.
    pub fn admit(
        &mut self,
        peer: Option<SocketAddr>,
        now: Instant,
        close: impl FnOnce() + 'static,
    ) -> Result<u64, &'static str> {
        let network = peer.map(|peer| Network::from(peer.ip()));
        let count = network.and_then(|network| self.counts.get(&network)).copied();
        if count.is_some_and(|count| count >= self.limit_per_network)
            && !self.close_one(|entry| entry.network == network)
        {
            return Err("the limit of its network is reached");
        }
        if self.open.len() >= self.limit && !self.close_one(|_| true) {
            return Err("the connection limit is reached");
        }
        let number = self.next;
        self.next += 1;
        if let Some(network) = network {
            *self.counts.entry(network).or_default() += 1;
        }
        let entry = Entry { network, close: Box::new(close), state: State::New(now) };
        self.open.insert(number, entry);
        Ok(number)
    }

    /// Notes what a connection does now.
    pub fn mark(&mut self, number: u64, state: State) {
        if let Some(entry) = self.open.get_mut(&number) {
            entry.state = state;
        }
    }

    /// Forgets a connection.
    pub fn remove(&mut self, number: u64) {
        self.take(number);
    }

    /// Closes all of which this is true, and returns how many they were.
    pub fn close(&mut self, is_meant: impl Fn(State) -> bool) -> usize {
        let meant = self.open.iter().filter(|(_, entry)| is_meant(entry.state));
        let meant: Vec<_> = meant.map(|(&number, _)| number).collect();
        for &number in &meant {
            self.close_number(number);
        }
        meant.len()
    }

    fn close_one(&mut self, is_candidate: impl Fn(&Entry) -> bool) -> bool {
        let waiting = |(&number, entry): (&u64, &Entry)| match entry.state {
            State::New(since) | State::Idle(since) | State::Done(since) if is_candidate(entry) => {
                Some((since, number))
            }
            _ => None,
        };
        let Some((_, number)) = self.open.iter().filter_map(waiting).min() else { return false };
        self.close_number(number);
        true
    }

    fn close_number(&mut self, number: u64) {
        if let Some(entry) = self.take(number) {
            // Nothing that it asked for is unread, so this is no reset.
            (entry.close)();
        }
    }

    fn take(&mut self, number: u64) -> Option<Entry> {
        let entry = self.open.remove(&number)?;
        if let Some(network) = entry.network
            && let Some(count) = self.counts.get_mut(&network)
        {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&network);
            }
        }
        Some(entry)
    }
}
