use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
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
        todo!("the flag first, and then the client that wakes the loop")
    }

    /// The connections that `listener` accepts, until a stop is requested.
    pub fn accept_from(
        &self,
        listener: &TcpListener,
    ) -> impl Iterator<Item = io::Result<TcpStream>> {
        listener.incoming().take_while(|_| todo!("until when?"))
    }
}

/// Where a listener on `address` can be reached from this machine: one that listens on every
/// address has none of its own.
fn reachable(address: SocketAddr) -> SocketAddr {
    todo!("what if it listens on every address, of IPv4 or of IPv6?")
}
