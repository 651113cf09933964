//! Right too: those who ask for nothing stand in a line, in the order in which they wait, and
//! those who are busy beside it. Nobody looks at a clock.

mod serve;
mod server;
mod timed_stream;

pub use chapter::*;
pub use serve::serve;
pub use server::HttpServer;
pub use timed_stream::TimedStream;

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Connections {
    all: usize,
    of_one_network: usize,
    places: Mutex<Places>,
    somebody_left: Condvar,
}

#[derive(Debug, Default)]
struct Places {
    /// Who has waited longest stands first.
    silent: Vec<Place>,
    busy: Vec<Place>,
    count: u64,
    at_end: bool,
}

#[derive(Debug)]
struct Place {
    number: u64,
    network: Option<Network>,
    stream: Weak<TcpStream>,
    has_asked: bool,
}

#[derive(Debug)]
pub struct Permit<'a> {
    connections: &'a Connections,
    number: u64,
    stream: Arc<TcpStream>,
}

#[derive(Debug)]
pub struct Refused {
    pub stream: TcpStream,
    pub reason: &'static str,
}

impl Connections {
    pub fn new(limits: &Limits) -> Self {
        Self {
            all: limits.connections,
            of_one_network: limits.connections_per_network,
            places: Mutex::default(),
            somebody_left: Condvar::new(),
        }
    }

    pub fn admit(&self, stream: TcpStream) -> Result<Permit<'_>, Refused> {
        let network = match stream.peer_addr() {
            Ok(peer) => Some(Network::from(peer.ip())),
            Err(_) => None,
        };
        let mut places = self.lock();
        let Places { silent, busy, .. } = &mut *places;
        let is_theirs = |place: &Place| network.is_some() && place.network == network;
        let theirs = silent.iter().chain(&*busy).filter(|place| is_theirs(place)).count();
        if theirs >= self.of_one_network {
            match silent.iter().position(is_theirs) {
                Some(at) => silent.remove(at).shut(),
                None => return Err(Refused { stream, reason: "too many of one network" }),
            }
        }
        if silent.len() + busy.len() >= self.all {
            if silent.is_empty() {
                return Err(Refused { stream, reason: "too many" });
            }
            silent.remove(0).shut();
        }
        let stream = Arc::new(stream);
        places.count += 1;
        let number = places.count;
        let place = Place { number, network, stream: Arc::downgrade(&stream), has_asked: false };
        places.silent.push(place);
        Ok(Permit { connections: self, number, stream })
    }

    pub fn close(&self, new_time: Duration, stop_time: Duration) -> usize {
        let stop_by = Instant::now() + stop_time;
        let new_by = stop_by.min(Instant::now() + new_time);
        let mut places = self.lock();
        places.at_end = true;
        places.silent.iter().filter(|place| place.has_asked).for_each(Place::shut);
        let places = self.wait(places, new_by);
        places.silent.iter().for_each(Place::shut);
        let places = self.wait(places, stop_by);
        places.silent.iter().chain(&places.busy).map(Place::shut).count()
    }

    fn wait<'a>(&self, places: MutexGuard<'a, Places>, until: Instant) -> MutexGuard<'a, Places> {
        let time = until.saturating_duration_since(Instant::now());
        let some = |places: &mut Places| !places.silent.is_empty() || !places.busy.is_empty();
        match self.somebody_left.wait_timeout_while(places, time, some) {
            Ok((places, _)) => places,
            Err(poisoned) => poisoned.into_inner().0,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places {
    fn take(&mut self, number: u64) -> Option<Place> {
        let Self { silent, busy, .. } = self;
        [silent, busy].into_iter().find_map(|places| {
            let at = places.iter().position(|place| place.number == number)?;
            Some(places.remove(at))
        })
    }
}

impl Place {
    fn shut(&self) {
        if let Some(stream) = self.stream.upgrade() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Permit<'_> {
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub fn mark_busy(&self) -> bool {
        let mut places = self.connections.lock();
        let place = places.take(self.number);
        let is_held = place.is_some();
        places.busy.extend(place);
        is_held
    }

    pub fn mark_idle(&self) -> bool {
        let mut places = self.connections.lock();
        let Some(place) = places.take(self.number) else { return false };
        places.silent.push(Place { has_asked: true, ..place });
        !places.at_end
    }

    pub fn mark_done(&self) {
        self.mark_idle();
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.connections.lock().take(self.number);
        self.connections.somebody_left.notify_all();
    }
}
