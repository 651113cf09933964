//! Chapter 15's server for tests that were written for those before it: they have one connection,
//! or connections that somebody else accepts, and a loop takes a listener.

use crate::scripted_system::Scripted;
use ch15::{Handle, HttpServer, HttpSite, Mio, Pool, Reactor};
use mock::MockConnection;
use std::cell::RefCell;
use std::io;
use std::net::TcpStream;
use std::sync::{Arc, mpsc};
use std::thread;

/// A server and its workers, without a loop.
pub struct LoopServer {
    server: Arc<HttpServer>,
    pool: Arc<Pool<'static>>,
}

thread_local! {
    /// The site of the loop that runs in this thread.
    static SITE: RefCell<Option<HttpSite>> = const { RefCell::new(None) };
}

impl LoopServer {
    /// With as many workers as `server` may have.
    ///
    /// # Panics
    ///
    /// If the system refuses them.
    pub fn new(server: HttpServer) -> Self {
        let pool = Pool::detached(server.limits.workers, server.limits.queue).expect("threads");
        Self { server: Arc::new(server), pool: Arc::new(pool) }
    }

    fn site(&self, handle: &Handle) -> HttpSite {
        HttpSite::new(Arc::clone(&self.server), Arc::clone(&self.pool), handle)
    }

    /// Serves one connection to its end, in a loop whose clock is turned by hand.
    pub fn on_connect(&self, conn: MockConnection) {
        // Each request that a worker has holds the server.
        let (server, others) = (Arc::clone(&self.server), Arc::strong_count(&self.server) + 2);
        let system = Scripted::new(move || Arc::strong_count(&server) > others);
        let stream = system.stream(conn);
        let mut reactor = Reactor::new(system);
        let protocol = self.site(reactor.handle()).protocol();
        reactor.adopt(stream, None, protocol);
        reactor.run().expect("no system");
    }

    /// Serves connections in a loop of their own until no more come, and then closes as for a stop.
    pub fn serve(&self, incoming: impl IntoIterator<Item = io::Result<TcpStream>>) {
        let (sender, remote) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut reactor = Reactor::new(Mio::new().expect("a poll"));
                SITE.set(Some(self.site(reactor.handle())));
                sender.send(reactor.handle().remote()).expect("somebody waits for it");
                while SITE.with_borrow(Option::is_some) || reactor.has_something_to_do() {
                    reactor.turn().expect("a turn");
                }
            });
            let remote = remote.recv().expect("the loop's");
            for stream in incoming.into_iter().flatten() {
                remote.call(|handle| {
                    let protocol =
                        SITE.with_borrow(|site| site.as_ref().map(|site| site.protocol()));
                    handle.adopt(stream, protocol.expect("the loop runs"));
                });
            }
            remote.call(|_| SITE.take().expect("the loop runs").close());
        });
    }
}
