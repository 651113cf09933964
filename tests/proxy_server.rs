//! Chapter 20's proxy for tests that were written for servers: it stands before one that answers.

use crate::scripted_system::{Scripted, ServersEnd, Serves};
use ch20::{
    Executor, Handle, HttpServer, HttpSite, Limits, Mio, Pool, Receiver, Sender, System, Upstream,
    UpstreamSettings, oneshot,
};
use mock::MockConnection;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};
use std::thread;

/// A proxy without an executor, and the server behind it.
pub struct ProxyServer {
    server: Arc<HttpServer>,
    pool: Arc<Pool<'static>>,
    origin: Arc<ch13::HttpServer>,
    /// Where that listens, if it was asked over TCP.
    address: OnceLock<SocketAddr>,
}

/// A connection, and where the next one is awaited.
struct Next(TcpStream, Receiver<Next>);

impl Serves for ch13::HttpServer {
    fn on_connect(&self, mut conn: ServersEnd) {
        // What it returns is of no interest to whoever has asked.
        let _ = Self::on_connect(self, &mut conn, None);
    }
}

impl ProxyServer {
    /// With these limits for its clients.
    ///
    /// # Panics
    ///
    /// If the system refuses workers.
    pub fn new(limits: Limits, origin: Arc<ch13::HttpServer>) -> Self {
        let pool = Arc::new(Pool::detached(limits.workers, limits.queue).expect("threads"));
        let mut server = HttpServer::default();
        server.limits = limits;
        Self { server: Arc::new(server), pool, origin, address: OnceLock::new() }
    }

    fn site<S: System>(&self, handle: &Handle<S>, backends: &[SocketAddr]) -> HttpSite<S> {
        let site = HttpSite::new(Arc::clone(&self.server), Arc::clone(&self.pool), handle);
        let backends: Vec<_> = backends.iter().map(|&address| (address, 1)).collect();
        let upstream = Upstream::new(&backends, UpstreamSettings::default());
        site.register_upstream(|_| true, upstream);
        site
    }

    /// Serves one connection to its end, in an executor whose clock is turned by hand. The server
    /// behind it has threads, and no sockets either.
    pub fn on_connect(&self, conn: MockConnection) {
        let origin: Arc<dyn Serves> = Arc::<ch13::HttpServer>::clone(&self.origin);
        let system = Scripted::new(|| false).connecting_to(origin);
        let stream = system.stream(conn);
        let mut executor = Executor::new(system);
        let site = self.site(executor.handle(), &[SocketAddr::from((Ipv4Addr::LOCALHOST, 80))]);
        let stream = executor.handle().stream(stream, None).expect("it can be watched");
        executor.run(async move { site.on_connect(stream).await }).expect("no system");
    }

    /// Where the server behind it listens. It goes on until the process ends.
    fn address(&self) -> SocketAddr {
        *self.address.get_or_init(|| {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            let address = listener.local_addr().expect("an address");
            let origin = Arc::clone(&self.origin);
            thread::spawn(move || origin.serve(listener.incoming()));
            address
        })
    }

    /// Serves connections in an executor of their own until no more come, and then closes as for
    /// a stop.
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        serve(incoming, |handle| self.site(handle, &[self.address()]));
    }
}

/// Passes on to `backends`, as chapter 20 does by default, what is asked on connections, until no
/// more come.
///
/// # Panics
///
/// If the system refuses what it takes.
pub fn serve_before(
    backends: &[SocketAddr],
    incoming: impl IntoIterator<Item = io::Result<TcpStream>>,
) {
    let proxy = ProxyServer::new(Limits::default(), Arc::default());
    serve(incoming, |handle| proxy.site(handle, backends));
}

fn serve(
    incoming: impl IntoIterator<Item = io::Result<TcpStream>>,
    site: impl FnOnce(&Handle<Mio>) -> HttpSite<Mio> + Send,
) {
    thread::scope(|scope| {
        let (mut sender, receiver) = oneshot();
        scope.spawn(move || serve_each(receiver, site));
        for stream in incoming.into_iter().flatten() {
            let (next, receiver) = oneshot();
            let here: Sender<Next> = std::mem::replace(&mut sender, next);
            here.send(Next(stream, receiver));
        }
    });
}

fn serve_each(mut first: Receiver<Next>, site: impl FnOnce(&Handle<Mio>) -> HttpSite<Mio>) {
    let mut executor = Executor::new(Mio::new().expect("a poll"));
    let handle = executor.handle().clone();
    let site = site(&handle);
    let all = async move {
        while let Some(Next(stream, next)) = first.await {
            let (site, stream) = (site.clone(), handle.adopt(stream).expect("it is adopted"));
            handle.spawn(async move { site.on_connect(stream).await });
            first = next;
        }
        site.close().await;
    };
    executor.run(all).expect("it runs");
}
