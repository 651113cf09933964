use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
///     scope.spawn(|| server.serve(server.stop.accept_from(&listener)));
///     server.stop.request(address); // and `serve` returns
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Whether it was requested.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Ends the [connections of a listener](Self::accept_from) at `address`.
    ///
    /// A thread that waits in `accept` sees no flag. So it is woken in the one way that works on
    /// every system: by a client.
    pub fn request(&self, address: SocketAddr) {
        self.0.store(true, Ordering::Relaxed);
        // It fails if nobody listens there any more, or if so many wait to be accepted that
        // it is woken by one of them.
        let _ = TcpStream::connect_timeout(&reachable(address), WAKE_TIME);
    }

    /// The connections that `listener` accepts, until a stop is requested.
    pub fn accept_from(
        &self,
        listener: &TcpListener,
    ) -> impl Iterator<Item = io::Result<TcpStream>> {
        // Whoever is accepted after the request is dropped, the one that woke us among them.
        listener.incoming().take_while(|_| !self.is_requested())
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
