//! An operating system for event loops whose connections are scripts and whose clock is turned by
//! hand. It tells of every connection each time that it is asked, ready or not: whoever believes
//! that blindly fails. Whom a loop connects to is a server in threads of this process.

use ch15::{Ready, System, Wake};
use mock::MockConnection;
use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// How long a worker may take before we take it for one that waits for us.
const A_MOMENT: Duration = Duration::from_millis(2);

/// The system.
pub struct Scripted {
    now: Instant,
    watched: Vec<usize>,
    /// Who answers when the loop connects to somebody.
    server: Option<Arc<dyn Serves>>,
    /// What was said with it.
    lines: RefCell<Vec<Arc<Line>>>,
    woken: Arc<(Mutex<bool>, Condvar)>,
    /// Whether anything has come or gone since the loop waited.
    has_moved: Rc<Cell<bool>>,
    /// Whether somebody may still wake the loop.
    is_working: Box<dyn Fn() -> bool>,
}

/// A server that the loop may connect to. It has a thread for each connection, and waits in it.
pub trait Serves: Send + Sync {
    /// Serves one connection, to its end.
    fn on_connect(&self, conn: ServersEnd);
}

/// A connection between the loop and a server. They take turns: what the loop writes arrives when
/// the loop has nothing to do, and then it waits until the server has nothing to do.
#[derive(Default)]
struct Line {
    state: Mutex<LineState>,
    has_changed: Condvar,
}

#[derive(Default)]
struct LineState {
    /// What the loop has written, and what of it has arrived.
    written: Vec<u8>,
    to_server: Vec<u8>,
    to_loop: Vec<u8>,
    /// Whether the server waits for more.
    server_waits: bool,
    /// Whether the server has done something that the loop can see.
    is_news: bool,
    has_server_left: bool,
    has_loop_left: bool,
}

/// The end of a connection at which a server is.
pub struct ServersEnd(Arc<Line>);

/// The end at which the loop is.
struct LoopsEnd(Arc<Line>);

/// A connection of the system.
pub struct ScriptedStream {
    conn: Conn,
    has_moved: Rc<Cell<bool>>,
    /// The script has nothing to say before something is said to it.
    is_silent: bool,
}

enum Conn {
    Script(MockConnection),
    Server(LoopsEnd),
}

impl Scripted {
    /// `is_working` says whether a worker has something to do, who will wake the loop.
    pub fn new(is_working: impl Fn() -> bool + 'static) -> Self {
        Self {
            now: Instant::now(),
            watched: Vec::new(),
            server: None,
            lines: RefCell::default(),
            woken: Arc::default(),
            has_moved: Rc::new(Cell::new(true)),
            is_working: Box::new(is_working),
        }
    }

    /// Whoever the loop connects to, it is `server`.
    pub fn connecting_to(mut self, server: Arc<dyn Serves>) -> Self {
        self.server = Some(server);
        self
    }

    /// A connection that says what `conn` says.
    pub fn stream(&self, conn: MockConnection) -> ScriptedStream {
        self.stream_of(Conn::Script(conn))
    }

    fn stream_of(&self, conn: Conn) -> ScriptedStream {
        ScriptedStream { conn, has_moved: Rc::clone(&self.has_moved), is_silent: false }
    }

    /// Lets the servers do what they can do now. Whether that is something for the loop.
    fn serve(&self) -> bool {
        let mut lines = self.lines.borrow_mut();
        lines.retain(|line| !line.lock().has_loop_left);
        lines.iter().for_each(|line| line.hand_over());
        // Each of them, not only up to the first.
        lines.iter().filter(|line| line.wait_for_server()).count() > 0
    }
}

impl System for Scripted {
    type Listener = ();
    type Stream = ScriptedStream;

    fn short_read_is_last(&self) -> bool {
        true // it tells of everybody each time
    }

    fn now(&self) -> Instant {
        self.now
    }

    fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()> {
        if timeout != Some(Duration::ZERO) && !self.has_moved.replace(false) && !self.serve() {
            let at_most = match timeout {
                None => mock::patience(),
                Some(_) if (self.is_working)() => A_MOMENT,
                Some(_) => Duration::ZERO,
            };
            let (woken, has_come) = &*self.woken;
            let guard = woken.lock().unwrap();
            let (mut woken, waited) =
                has_come.wait_timeout_while(guard, at_most, |woken| !*woken).unwrap();
            *woken = false;
            // Nothing will come any more, so it is later.
            if waited.timed_out() {
                self.now += timeout.expect("the loop waits for nothing, without end");
            }
        }
        ready.extend(self.watched.iter().map(|&token| Ready {
            token,
            readable: true,
            writable: true,
            read_closed: false,
        }));
        Ok(())
    }

    fn wake(&self) -> Wake {
        let woken = Arc::clone(&self.woken);
        Arc::new(move || {
            *woken.0.lock().unwrap() = true;
            woken.1.notify_one();
        })
    }

    fn listen(&mut self, _: usize, _: TcpListener) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    fn accept(&self, (): &()) -> io::Result<(ScriptedStream, Option<SocketAddr>)> {
        Err(ErrorKind::Unsupported.into())
    }

    fn adopt(&self, _: TcpStream) -> io::Result<ScriptedStream> {
        Err(ErrorKind::Unsupported.into())
    }

    fn connect(&self, _: SocketAddr) -> io::Result<ScriptedStream> {
        let server = self.server.clone().ok_or(ErrorKind::Unsupported)?;
        let line = Arc::<Line>::default();
        let theirs = ServersEnd(Arc::clone(&line));
        thread::Builder::new().spawn(move || server.on_connect(theirs))?;
        self.lines.borrow_mut().push(Arc::clone(&line));
        self.has_moved.set(true);
        Ok(self.stream_of(Conn::Server(LoopsEnd(line))))
    }

    fn connected(&self, _: &ScriptedStream) -> io::Result<()> {
        Ok(())
    }

    fn watch(&mut self, token: usize, _: &mut ScriptedStream) -> io::Result<()> {
        self.watched.push(token);
        Ok(())
    }

    fn finish(&self, _: &ScriptedStream) -> io::Result<()> {
        Ok(())
    }
}

impl ScriptedStream {
    fn see(&mut self, outcome: io::Result<usize>) -> io::Result<usize> {
        match outcome {
            // A script that waits for an answer says so. No socket of a loop does.
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                self.is_silent = true;
                Err(ErrorKind::WouldBlock.into())
            }
            outcome => {
                self.has_moved.set(true);
                outcome
            }
        }
    }
}

impl Read for ScriptedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_silent {
            return Err(ErrorKind::WouldBlock.into());
        }
        let outcome = match &mut self.conn {
            Conn::Script(conn) => conn.read(buffer),
            Conn::Server(end) => match end.read(buffer) {
                Err(error) => return Err(error), // nothing has moved
                count => count,
            },
        };
        self.see(outcome)
    }
}

impl Write for ScriptedStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_silent = false;
        let outcome = match &mut self.conn {
            Conn::Script(conn) => conn.write(bytes),
            Conn::Server(end) => Ok(end.write(bytes)),
        };
        self.see(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Line {
    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, LineState> {
        self.state.lock().unwrap()
    }

    /// What the loop has written arrives.
    fn hand_over(&self) {
        let state = &mut *self.lock();
        state.to_server.append(&mut state.written);
        self.has_changed.notify_all();
    }

    /// Waits until the server can do nothing more. Whether it has done something for the loop.
    fn wait_for_server(&self) -> bool {
        let is_busy = |state: &mut LineState| {
            let has_something = !state.server_waits || !state.to_server.is_empty();
            !state.has_server_left && has_something
        };
        let waited = self.has_changed.wait_timeout_while(self.lock(), mock::patience(), is_busy);
        let (mut state, waited) = waited.unwrap();
        assert!(!waited.timed_out(), "a server neither answers nor waits");
        std::mem::take(&mut state.is_news)
    }
}

impl LoopsEnd {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.0.lock();
        if state.to_loop.is_empty() && !state.has_server_left {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(take(&mut state.to_loop, buffer))
    }

    /// A server that has left still reads for a while, and throws it away.
    fn write(&self, bytes: &[u8]) -> usize {
        self.0.lock().written.extend(bytes);
        bytes.len()
    }
}

impl Drop for LoopsEnd {
    fn drop(&mut self) {
        self.0.lock().has_loop_left = true;
        self.0.hand_over();
    }
}

impl Read for ServersEnd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.0.lock();
        while state.to_server.is_empty() && !state.has_loop_left {
            state.server_waits = true;
            self.0.has_changed.notify_all();
            state = self.0.has_changed.wait(state).unwrap();
        }
        state.server_waits = false;
        Ok(take(&mut state.to_server, buffer))
    }
}

impl Write for ServersEnd {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock();
        if state.has_loop_left {
            return Err(ErrorKind::BrokenPipe.into());
        }
        state.to_loop.extend(bytes);
        state.is_news = true;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for ServersEnd {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        (state.has_server_left, state.is_news) = (true, true);
        self.0.has_changed.notify_all();
    }
}

/// Moves what fits from the beginning of `bytes`.
fn take(bytes: &mut Vec<u8>, buffer: &mut [u8]) -> usize {
    let count = bytes.len().min(buffer.len());
    buffer[..count].copy_from_slice(&bytes[..count]);
    bytes.drain(..count);
    count
}
