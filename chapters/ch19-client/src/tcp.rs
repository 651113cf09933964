use crate::{Connector, Deadline, FetchError, Origin, Stage, Wire};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};
use url::Host;

/// Connects over TCP.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Connector for Tcp {
    /// Tries one address of the host after the other. Each may take its share of the time that is
    /// left, so that one which never answers leaves some for the next.
    fn connect(&self, origin: &Origin, deadline: &Deadline) -> Result<Box<dyn Wire>, FetchError> {
        let addresses = addresses(origin, deadline)?;
        let mut last = ErrorKind::AddrNotAvailable.into();
        for (tried, address) in addresses.iter().enumerate() {
            let share = deadline.left() / (addresses.len() - tried) as u32;
            if share == Duration::ZERO {
                return Err(FetchError::Deadline(Stage::Connect));
            }
            match TcpStream::connect_timeout(address, share) {
                Ok(stream) => return Ok(Box::new(TcpWire::new(stream, deadline.at()))),
                Err(error) => last = error,
            }
        }
        match deadline.left() {
            Duration::ZERO => Err(FetchError::Deadline(Stage::Connect)),
            _ => Err(FetchError::Connect(origin.clone(), last)),
        }
    }
}

/// The addresses of a host.
///
/// The system's function that asks for them knows no timeout. So it runs in a thread of its own,
/// which is left alone if the time is over first, and ends when the system has given up.
pub fn addresses(origin: &Origin, deadline: &Deadline) -> Result<Vec<SocketAddr>, FetchError> {
    let port = origin.port;
    let name = match &origin.host {
        Host::Ipv4(address) => return Ok(vec![(*address, port).into()]),
        Host::Ipv6(address) => return Ok(vec![(*address, port).into()]),
        Host::Domain(name) => name.clone(),
    };
    let (sender, receiver) = mpsc::sync_channel(1);
    let asked = name.clone();
    let look_up = move || {
        let found = (&*asked, port).to_socket_addrs().map(Iterator::collect);
        // If nobody waits for it any more, it is of no use.
        let _ = sender.send(found);
    };
    let outcome = match thread::Builder::new().spawn(look_up) {
        Ok(_) => receiver.recv_timeout(deadline.left()),
        Err(error) => Ok(Err(error)),
    };
    let found: io::Result<Vec<SocketAddr>> =
        outcome.map_err(|_| FetchError::Deadline(Stage::Lookup))?;
    found.map_err(|error| FetchError::Lookup(name, error))
}

/// A socket that is not waited for longer than until a deadline.
struct TcpWire {
    stream: TcpStream,
    until: Instant,
}

impl TcpWire {
    fn new(stream: TcpStream, until: Instant) -> Self {
        // Else the end of a large request would wait until the server has confirmed what precedes
        // it: see chapter 12. It fails on a connection that is broken, and so will the first write.
        let _ = stream.set_nodelay(true);
        Self { stream, until }
    }

    /// What is left of the time. A socket takes none for "without end".
    fn left(&self) -> io::Result<Option<Duration>> {
        match self.until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(ErrorKind::TimedOut.into()),
            left => Ok(Some(left)),
        }
    }
}

impl Read for TcpWire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for TcpWire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Wire for TcpWire {
    fn set_deadline(&mut self, at: Instant) {
        self.until = at;
    }

    fn is_quiet(&mut self) -> bool {
        let look = || {
            self.stream.set_nonblocking(true)?;
            let seen = self.stream.peek(&mut [0]);
            self.stream.set_nonblocking(false)?;
            seen
        };
        // It would have to wait: nothing has come, not even the end.
        matches!(look(), Err(error) if error.kind() == ErrorKind::WouldBlock)
    }
}
