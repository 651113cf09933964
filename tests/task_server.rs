//! Chapter 16's server for tests that were written for those before it: they have one connection,
//! or connections that somebody else accepts, and an executor takes a listener.

use crate::scripted_system::Scripted;
use ch16::{Executor, Handle, HttpServer, HttpSite, Mio, Pool, Receiver, Sender, System, oneshot};
use mock::MockConnection;
use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

/// A server and its workers, without an executor.
pub struct TaskServer {
    server: Arc<HttpServer>,
    pool: Arc<Pool<'static>>,
}

/// A connection, and where the next one is awaited.
struct Next(TcpStream, Receiver<Next>);

impl TaskServer {
    /// With as many workers as `server` may have.
    ///
    /// # Panics
    ///
    /// If the system refuses them.
    pub fn new(server: HttpServer) -> Self {
        let pool = Pool::detached(server.limits.workers, server.limits.queue).expect("threads");
        Self { server: Arc::new(server), pool: Arc::new(pool) }
    }

    fn site<S: System>(&self, handle: &Handle<S>) -> HttpSite<S> {
        HttpSite::new(Arc::clone(&self.server), Arc::clone(&self.pool), handle)
    }

    /// Serves one connection to its end, in an executor whose clock is turned by hand.
    pub fn on_connect(&self, conn: MockConnection) {
        // Each request that a worker has holds the server.
        let (server, others) = (Arc::clone(&self.server), Arc::strong_count(&self.server) + 2);
        let system = Scripted::new(move || Arc::strong_count(&server) > others);
        let stream = system.stream(conn);
        let mut executor = Executor::new(system);
        let site = self.site(executor.handle());
        let stream = executor.handle().stream(stream, None).expect("it can be watched");
        executor.run(async move { site.on_connect(stream).await }).expect("no system");
    }

    /// Serves connections in an executor of their own until no more come, and then closes as for
    /// a stop.
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        self.serve_with(|_| {}, incoming);
    }

    /// The same, when `register` has given the site handlers that can wait.
    pub fn serve_with(
        &self,
        register: impl FnOnce(&HttpSite<Mio>) + Send,
        incoming: impl IntoIterator<Item = io::Result<TcpStream>>,
    ) {
        thread::scope(|scope| {
            let (mut sender, receiver) = oneshot();
            scope.spawn(move || self.serve_each(register, receiver));
            for stream in incoming.into_iter().flatten() {
                let (next, receiver) = oneshot();
                let here: Sender<Next> = std::mem::replace(&mut sender, next);
                here.send(Next(stream, receiver));
            }
        });
    }

    fn serve_each(&self, register: impl FnOnce(&HttpSite<Mio>), mut first: Receiver<Next>) {
        let mut executor = Executor::new(Mio::new().expect("a poll"));
        let handle = executor.handle().clone();
        let site = self.site(&handle);
        register(&site);
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
}
