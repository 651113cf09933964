//! An operating system for event loops whose connections are scripts and whose clock is turned by
//! hand. It tells of every connection each time that it is asked, ready or not: whoever believes
//! that blindly fails.

use ch15::{Ready, System, Wake};
use mock::MockConnection;
use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// How long a worker may take before we take it for one that waits for us.
const A_MOMENT: Duration = Duration::from_millis(2);

/// The system.
pub struct Scripted {
    now: Instant,
    watched: Vec<usize>,
    woken: Arc<(Mutex<bool>, Condvar)>,
    /// Whether anything has come or gone since the loop waited.
    has_moved: Rc<Cell<bool>>,
    /// Whether somebody may still wake the loop.
    is_working: Box<dyn Fn() -> bool>,
}

/// A connection of it.
pub struct ScriptedStream {
    conn: MockConnection,
    has_moved: Rc<Cell<bool>>,
    /// The script has nothing to say before something is said to it.
    is_silent: bool,
}

impl Scripted {
    /// `is_working` says whether a worker has something to do, who will wake the loop.
    pub fn new(is_working: impl Fn() -> bool + 'static) -> Self {
        Self {
            now: Instant::now(),
            watched: Vec::new(),
            woken: Arc::default(),
            has_moved: Rc::new(Cell::new(true)),
            is_working: Box::new(is_working),
        }
    }

    /// A connection that says what `conn` says.
    pub fn stream(&self, conn: MockConnection) -> ScriptedStream {
        ScriptedStream { conn, has_moved: Rc::clone(&self.has_moved), is_silent: false }
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
        if timeout != Some(Duration::ZERO) && !self.has_moved.replace(false) {
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
        Err(ErrorKind::Unsupported.into())
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
        let outcome = self.conn.read(buffer);
        self.see(outcome)
    }
}

impl Write for ScriptedStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.is_silent = false;
        let outcome = self.conn.write(bytes);
        self.see(outcome)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
