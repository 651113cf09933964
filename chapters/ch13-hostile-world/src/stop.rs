use std::io;
use std::iter;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long we try to wake the accept loop.
const WAKE_TIME: Duration = Duration::from_secs(1);

/// Tells a server to stop, from any thread. All clones are the same stop.
///
/// ```
/// use ch13::{HttpServer, Stop};
/// use std::net::TcpListener;
/// use std::thread;
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let address = listener.local_addr()?;
/// let server = HttpServer::default();
/// thread::scope(|scope| {
///     scope.spawn(|| server.serve(server.stop.accept_from(listener)));
///     server.stop.request(address); // and `serve` returns
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    is_requested: AtomicBool,
    /// A second descriptor of the listener. It is of no use but that it can be given back when
    /// one is needed and the process has no more.
    spare: Mutex<Option<TcpListener>>,
}

impl Stop {
    /// Whether it was requested.
    pub fn is_requested(&self) -> bool {
        self.0.is_requested.load(Ordering::Relaxed)
    }

    /// Ends the [connections of a listener](Self::accept_from) at `address`.
    ///
    /// A thread that waits in `accept` sees no flag. So it is woken in the one way that works on
    /// every system: by a client.
    pub fn request(&self, address: SocketAddr) {
        self.announce();
        // If clients hold all descriptors, that client gets this one.
        drop(self.spare().take());
        // It fails if nobody listens there any more, or if so many wait to be accepted that
        // it is woken by one of them.
        let _ = TcpStream::connect_timeout(&reachable(address), WAKE_TIME);
    }

    /// Only says so, and wakes nobody: for an accept loop that looks by itself.
    pub fn announce(&self) {
        self.0.is_requested.store(true, Ordering::Relaxed);
    }

    /// The connections that `listener` accepts, until a stop is requested. The listener is
    /// closed with them: who comes while others finish is refused, and does not wait in vain.
    pub fn accept_from(
        &self,
        listener: TcpListener,
    ) -> impl Iterator<Item = io::Result<TcpStream>> {
        let mut spare = self.spare();
        // Not if nobody will give it back: it would keep the port open.
        if !self.is_requested() {
            *spare = listener.try_clone().ok();
        }
        drop(spare);
        let accept = move || Some(listener.accept().map(|(stream, _)| stream));
        // Whoever is accepted after the request is dropped, the one that woke us among them.
        iter::from_fn(accept).take_while(|_| !self.is_requested())
    }

    // Nothing panics while it is locked.
    fn spare(&self) -> MutexGuard<'_, Option<TcpListener>> {
        self.0.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a listener on `address` can be reached from this machine: one that listens on every
/// address has none of its own.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
