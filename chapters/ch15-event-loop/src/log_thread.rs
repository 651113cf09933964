use program::{divert_log, print_log};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use std::{io, mem, thread};

/// How many bytes of lines may wait to be written.
const ROOM: usize = 1024 * 1024;

/// How long lines gather after others were written, if they do not take half of the room before.
const GATHER: Duration = Duration::from_millis(10);

/// How long the end waits for a writer that comes no further.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes lines in a thread of its own, so that nobody else waits for whoever reads them.
///
/// The lines that have come since the last time are written in one call, in the order in which
/// they came. If there is no room for a line, it is lost, and so are those after it until there is
/// room again; in their place, a line says how many these were. To serve is worth more
/// than to tell of it.
pub struct LogThread(Arc<Shared>);

struct Shared {
    room: usize,
    state: Mutex<State>,
    /// There is something to do for the thread that writes.
    to_do: Condvar,
    /// It has written something.
    written: Condvar,
}

#[derive(Default)]
struct State {
    lines: String,
    /// How many were lost behind these.
    lost: u64,
    /// How many lines have come until now, and how many of them were written or told to be lost.
    come: u64,
    done: u64,
    /// Whether the thread waits for a line. Else there is no need to wake it.
    is_idle: bool,
    /// How many wait until it has written all.
    flushing: usize,
    is_closed: bool,
}

impl LogThread {
    /// A thread that gives lines to `write`; at most `room` bytes of them wait for it. It is an
    /// error of the system if there is no thread.
    pub fn start(room: usize, write: impl FnMut(&str) + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            room,
            state: Mutex::default(),
            to_do: Condvar::new(),
            written: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        thread::Builder::new().name("log".to_owned()).spawn(move || theirs.work(write))?;
        Ok(Self(shared))
    }

    /// Takes a line, with its LF. It never waits for the one who writes.
    pub fn push(&self, line: &str) {
        let mut state = self.0.lock();
        let had_room = self.0.has_room(&state);
        state.come += 1;
        match state.lost > 0 || state.lines.len() + line.len() > self.0.room {
            true => state.lost += 1,
            false => state.lines += line,
        }
        // To wake it is a call of the system, and most lines need none.
        if mem::take(&mut state.is_idle) || had_room && !self.0.has_room(&state) {
            self.0.to_do.notify_one();
        }
    }

    /// Waits until all that has come before is written; but not for longer than a second in which
    /// nothing is.
    pub fn flush(&self) {
        let mut state = self.0.lock();
        let all = state.come;
        state.flushing += 1;
        self.0.to_do.notify_one();
        while state.done < all {
            let before = state.done;
            let comes_no_further = |state: &mut State| state.done == before;
            let waited = self.0.written.wait_timeout_while(state, PATIENCE, comes_no_further);
            let (now, waited) = waited.unwrap_or_else(PoisonError::into_inner);
            state = now;
            if waited.timed_out() {
                break;
            }
        }
        state.flushing -= 1;
    }
}

impl Drop for LogThread {
    /// Waits as [`flush`](Self::flush) does. The thread ends when it has written all.
    fn drop(&mut self) {
        self.flush();
        self.0.lock().is_closed = true;
        self.0.to_do.notify_one();
    }
}

impl Shared {
    /// What the thread does.
    fn work(&self, mut write: impl FnMut(&str)) {
        let mut lines = String::new();
        let mut state = self.lock();
        loop {
            let has_nothing = |state: &mut State| {
                state.is_idle = state.done == state.come && !state.is_closed;
                state.is_idle
            };
            let waited = self.to_do.wait_while(state, has_nothing);
            state = waited.unwrap_or_else(PoisonError::into_inner);
            let all = state.come;
            if state.done == all {
                return;
            }
            mem::swap(&mut lines, &mut state.lines);
            match mem::take(&mut state.lost) {
                0 => {}
                lost => lines += &format!("lines of this log that are lost: {lost}\n"),
            }
            drop(state);
            write(&lines);
            lines.clear();
            state = self.lock();
            state.done = all;
            self.written.notify_all();
            // To write each line as it comes would be as much work as to serve the client.
            let gathers =
                |state: &mut State| state.flushing == 0 && !state.is_closed && self.has_room(state);
            let waited = self.to_do.wait_timeout_while(state, GATHER, gathers);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether lines may go on gathering. A few long ones could fill all the room in that time.
    fn has_room(&self, state: &State) -> bool {
        state.lost == 0 && state.lines.len() < self.room / 2
    }

    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that writes the log of this process.
static THREAD: Mutex<Weak<LogThread>> = Mutex::new(Weak::new());

/// As long as it is there, nobody in this process waits for standard error: what is
/// [logged](crate::log), a [`LogThread`] writes. All that was logged before it is dropped is
/// written then, if somebody reads it.
pub struct BackgroundLog(Arc<LogThread>);

impl BackgroundLog {
    /// Diverts the log to the thread. Several servers in one process share it, since they share
    /// standard error.
    pub fn start() -> io::Result<Self> {
        let mut thread = THREAD.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runs) = thread.upgrade() {
            return Ok(Self(runs));
        }
        let log = Arc::new(LogThread::start(ROOM, print_log)?);
        *thread = Arc::downgrade(&log);
        let log_if_it_runs = Weak::clone(&thread);
        divert_log(Arc::new(move |line| match log_if_it_runs.upgrade() {
            Some(log) => log.push(line),
            None => print_log(line),
        }));
        Ok(Self(log))
    }

    /// Waits until all that was logged before is written, as [`LogThread::flush`] does, for a
    /// process that is about to exit.
    pub fn flush() {
        let thread = THREAD.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        if let Some(log) = thread {
            log.flush();
        }
    }
}

impl Drop for BackgroundLog {
    fn drop(&mut self) {
        // If nobody else has it, that is its end, which waits; twice would be for two seconds.
        if Arc::strong_count(&self.0) > 1 {
            self.0.flush();
        }
    }
}
