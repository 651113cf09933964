//! Where it is noted who did what.

use anyhow::{Result, bail};
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};
use workbook::pages::trace::event::{Event, EventKind};

/// How long anything is waited for.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Notes what happens, in the order in which it happens. All clones are the same recorder.
#[derive(Clone)]
pub struct Recorder(Arc<Shared>);

struct Shared {
    since: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    events: Vec<Noted>,
    /// The clients' own addresses, with their letters.
    clients: Vec<(SocketAddr, char)>,
    /// The threads of the server that have no name.
    threads: Vec<ThreadId>,
    is_over: bool,
}

/// An event as it is noted: who is on the other side is known by the address, and whose that is
/// perhaps not yet.
struct Noted {
    event: Event,
    peer: Option<SocketAddr>,
}

impl Recorder {
    /// Begins now.
    pub fn new() -> Self {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Self(Arc::new(Shared { since: Instant::now(), state, changed }))
    }

    /// How long ago it has begun.
    pub fn elapsed(&self) -> Duration {
        self.0.since.elapsed()
    }

    /// Notes what this thread of the server does. In `detail` the address of a client, in
    /// `<` and `>`, stands for its letter.
    pub fn note(&self, kind: EventKind, peer: Option<SocketAddr>, detail: impl Into<String>) {
        let mut state = self.lock();
        let lane = match thread::current().name() {
            Some(name) => name.to_owned(),
            None => format!("thread {}", state.number_of(thread::current().id())),
        };
        let event = Event { at: 0, lane, client: None, kind, detail: detail.into() };
        self.add(state, Noted { event, peer });
    }

    /// Notes what a client does.
    pub fn note_client(&self, letter: char, kind: EventKind, detail: impl Into<String>) {
        let lane = format!("client {letter}");
        let event = Event { at: 0, lane, client: Some(letter), kind, detail: detail.into() };
        self.add(self.lock(), Noted { event, peer: None });
    }

    /// The client with this letter has this address.
    pub fn introduce(&self, address: SocketAddr, letter: char) {
        self.lock().clients.push((address, letter));
        self.0.changed.notify_all();
    }

    /// Notes nothing from now on.
    pub fn close(&self) {
        self.lock().is_over = true;
    }

    /// What was noted until now.
    pub fn events(&self) -> Vec<Event> {
        self.lock().resolved()
    }

    /// Waits until what was noted is as `is_there` wants it. `what` is for the error.
    pub fn wait_until(&self, what: &str, is_there: impl Fn(&[Event]) -> bool) -> Result<()> {
        let waits = |state: &mut State| !is_there(&state.resolved());
        let waited = self.0.changed.wait_timeout_while(self.lock(), PATIENCE, waits);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            let lines: Vec<_> = state.resolved().iter().map(Event::line).collect();
            bail!("{what} did not happen; what did:\n{}", lines.join("\n"));
        }
        Ok(())
    }

    // The time is taken while it is locked: what is noted later is never earlier.
    fn add(&self, mut state: MutexGuard<'_, State>, mut noted: Noted) {
        if !state.is_over {
            noted.event.at = self.elapsed().as_micros() as u64;
            state.events.push(noted);
        }
        drop(state);
        self.0.changed.notify_all();
    }

    // Nothing panics while it is locked but what a test asks.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn number_of(&mut self, thread: ThreadId) -> usize {
        let known = self.threads.iter().position(|known| *known == thread);
        let place = known.unwrap_or_else(|| {
            self.threads.push(thread);
            self.threads.len() - 1
        });
        place + 1
    }

    /// The events with letters for addresses.
    fn resolved(&self) -> Vec<Event> {
        let resolve = |noted: &Noted| {
            let mut event = noted.event.clone();
            for (address, letter) in &self.clients {
                if noted.peer == Some(*address) {
                    event.client = Some(*letter);
                }
                event.detail = event.detail.replace(&format!("<{address}>"), &letter.to_string());
            }
            event
        };
        self.events.iter().map(resolve).collect()
    }
}
