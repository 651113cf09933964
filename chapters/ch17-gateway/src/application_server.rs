use anyhow::{Context, Result, anyhow};
use socket2::{SockAddr, Socket, Type};
use std::fmt;
use std::io::{self, ErrorKind, Read};
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where an application server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A host and a port: `127.0.0.1:9000`. Of a name's addresses the first is taken that answers.
    Tcp(String),
    /// A socket in the file system (on Unix, and on Windows since version 10).
    Unix(PathBuf),
}

impl Address {
    /// `HOST:PORT`, or `unix:PATH`.
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix("unix:") {
            Some(path) => Self::Unix(path.into()),
            None => Self::Tcp(text.to_owned()),
        }
    }

    fn connect(&self, patience: Duration) -> Result<Socket> {
        let addresses: Vec<SockAddr> = match self {
            Self::Tcp(address) => address.to_socket_addrs()?.map(SockAddr::from).collect(),
            Self::Unix(path) => vec![SockAddr::unix(path)?],
        };
        // `localhost` may have two addresses, and an application listens at one of them.
        let mut outcome = Err(anyhow!("it has no address"));
        for address in addresses {
            outcome = connect_to(&address, patience);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }
}

fn connect_to(address: &SockAddr, patience: Duration) -> Result<Socket> {
    let socket = Socket::new(address.domain(), Type::STREAM, None)?;
    socket.connect_timeout(address, patience)?;
    if !address.is_unix() {
        socket.set_tcp_nodelay(true)?;
    }
    Ok(socket)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => f.write_str(address),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// An application server, and connections to it that are kept for the next request.
pub(crate) struct ApplicationServer {
    pub address: Address,
    /// How many connections are kept, with those that are in use.
    pub keep: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: Vec<Arc<Socket>>,
    in_use: usize,
}

impl ApplicationServer {
    pub fn new(address: Address, keep: usize) -> Self {
        Self { address, keep, state: Mutex::default() }
    }

    /// A connection: one that was kept, and that the other side has not closed; or a new one.
    /// Whoever waits on it does so for `patience` at most.
    pub fn connection(self: &Arc<Self>, patience: Duration) -> Result<Connection> {
        let kept = loop {
            // One step, so that nobody is locked out while a connection is looked at.
            let Some(socket) = self.lock().idle.pop() else { break None };
            if is_quiet(&socket).unwrap_or(false) {
                break Some(socket);
            }
        };
        let is_old = kept.is_some();
        let socket = match kept {
            Some(socket) => socket,
            None => Arc::new(
                self.address
                    .connect(patience)
                    .with_context(|| format!("cannot connect to {}", self.address))?,
            ),
        };
        socket.set_read_timeout(Some(patience))?;
        socket.set_write_timeout(Some(patience))?;
        self.lock().in_use += 1;
        Ok(Connection { socket, is_old, server: Arc::clone(self) })
    }

    // Nothing panics while it is locked.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the other side has neither closed a connection nor said anything on it that nobody asked
/// for.
fn is_quiet(socket: &Socket) -> io::Result<bool> {
    socket.set_nonblocking(true)?;
    let mut reader = socket;
    let outcome = reader.read(&mut [0]);
    socket.set_nonblocking(false)?;
    Ok(matches!(outcome, Err(error) if error.kind() == ErrorKind::WouldBlock))
}

/// A connection in use. It is closed when it is dropped.
pub(crate) struct Connection {
    pub socket: Arc<Socket>,
    /// Whether it was kept, so that the other side may close it at any moment.
    pub is_old: bool,
    server: Arc<ApplicationServer>,
}

impl Connection {
    /// Keeps it for the next request, unless there are enough.
    pub fn keep(self) {
        let mut state = self.server.lock();
        // Those in use count, too: were one kept beyond the number of processes over there, it
        // would occupy the process that another connection waits for.
        if state.in_use + state.idle.len() <= self.server.keep {
            state.idle.push(Arc::clone(&self.socket));
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.server.lock().in_use -= 1;
    }
}
