//! A proxy between clients and backends that do what a test says, in a simulated system.

use super::no_listener;
use super::simulated_system::{Client, Rules, Simulated, Turns};
use ch20::{
    Executor, Handle, HttpServer, HttpSite, Limits, Pool, Stop, Upstream, UpstreamSettings,
};
use std::cell::Cell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// An executor with a task that serves whoever comes.
pub struct Engine {
    pub executor: Executor<Simulated>,
    pub site: HttpSite<Simulated>,
    has_ended: Rc<Cell<bool>>,
}

impl Engine {
    pub fn new(system: Simulated, server: Arc<HttpServer>, pool: Arc<Pool<'static>>) -> Self {
        let executor = Executor::new(system);
        let handle = executor.handle();
        let site = HttpSite::new(server, pool, handle);
        let listener = handle.listen(no_listener()).unwrap();
        let (theirs, has_ended) = (site.clone(), Rc::new(Cell::new(false)));
        let end = Rc::clone(&has_ended);
        handle.spawn(async move {
            theirs.serve(listener).await;
            end.set(true);
        });
        Self { executor, site, has_ended }
    }

    /// `serve` does that when a stop was requested.
    pub fn close(&mut self) {}

    pub fn has_ended(&self) -> bool {
        self.has_ended.get()
    }
}

impl Turns for Engine {
    fn turn(&mut self) -> io::Result<()> {
        self.executor.turn()
    }
}

/// Where the backend with this number listens, from 1 on.
pub fn address(number: u8) -> SocketAddr {
    (Ipv4Addr::new(10, 0, 0, number), 80).into()
}

/// A client as all of them are here: at this address, which is also its network.
pub const CLIENT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), 50_000);

/// A proxy for whatever is asked, before some backends.
pub struct Proxy {
    pub system: Simulated,
    pub engine: Engine,
    pub stop: Stop,
    pub upstream: Upstream<Simulated>,
    /// How many connections to backends the test has been given.
    given: usize,
}

impl Proxy {
    /// One backend, and the usual settings.
    pub fn new() -> Self {
        Self::before(1, |_| {})
    }

    /// So many backends with other settings.
    pub fn before(backends: u8, change: impl FnOnce(&mut UpstreamSettings)) -> Self {
        Self::with(backends, change, |_| {}, Rules::Epoll)
    }

    pub fn with(
        backends: u8,
        change: impl FnOnce(&mut UpstreamSettings),
        limit: impl FnOnce(&mut Limits),
        rules: Rules,
    ) -> Self {
        let proxy = Self::without_routes(backends, change, limit, rules);
        proxy.engine.site.register_upstream(|_| true, proxy.upstream.clone());
        proxy
    }

    /// One that passes nothing on yet.
    pub fn without_routes(
        backends: u8,
        change: impl FnOnce(&mut UpstreamSettings),
        limit: impl FnOnce(&mut Limits),
        rules: Rules,
    ) -> Self {
        let mut server = HttpServer::default();
        server.limits.workers = 1;
        limit(&mut server.limits);
        let stop = server.stop.clone();
        let pool = Pool::detached(server.limits.workers, server.limits.queue).expect("threads");
        let system = Simulated::new(rules);
        let engine = Engine::new(system.clone(), Arc::new(server), Arc::new(pool));
        let mut settings = UpstreamSettings::default();
        change(&mut settings);
        let backends: Vec<_> = (1..=backends).map(|number| (address(number), 1)).collect();
        let upstream = Upstream::new(&backends, settings);
        Self { system, engine, stop, upstream, given: 0 }
    }

    pub fn handle(&self) -> Handle<Simulated> {
        self.engine.executor.handle().clone()
    }

    pub fn run(&mut self) {
        self.system.run(&mut self.engine);
    }

    pub fn pass(&mut self, time: Duration) {
        self.system.pass(time, &mut self.engine);
    }

    pub fn client(&mut self, bytes: impl AsRef<[u8]>) -> Client {
        let client = self.connect();
        client.send(bytes);
        self.run();
        client
    }

    /// A client that says nothing yet.
    pub fn connect(&mut self) -> Client {
        self.run(); // somebody must listen
        self.system.client_from(CLIENT)
    }

    /// The next connection that the proxy wants to make, which waits; `None` if there is none.
    pub fn dialled(&mut self) -> Option<Client> {
        self.run();
        let next = self.system.dialled().into_iter().nth(self.given)?;
        self.given += 1;
        Some(next)
    }

    /// The same, and it is made.
    #[track_caller]
    pub fn backend(&mut self) -> Client {
        let backend = self.dialled().expect("the proxy connects to a backend");
        backend.accept();
        self.run();
        backend
    }

    /// A client that has asked for this, and the backend that was asked.
    #[track_caller]
    pub fn ask(&mut self, request: impl AsRef<[u8]>) -> (Client, Client) {
        let client = self.client(request);
        let backend = self.backend();
        (client, backend)
    }

    /// The backend says this.
    pub fn say(&mut self, backend: &Client, bytes: impl AsRef<[u8]>) {
        backend.send(bytes);
        self.run();
    }

    pub fn finish(&mut self, socket: &Client) {
        socket.finish();
        self.run();
    }

    pub fn reset(&mut self, socket: &Client) {
        socket.reset();
        self.run();
    }
}

pub const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
pub const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nHi\n";

/// What a backend receives for a request: its first line, and these fields, and a body behind.
pub fn passed(line: &str, host: &str, fields: &str, framing: &str) -> String {
    format!(
        "{line}\r\nHost: {host}\r\n{fields}X-Forwarded-For: 192.0.2.7\r\n\
         X-Forwarded-Host: {host}\r\nX-Forwarded-Proto: http\r\n\
         Forwarded: for=192.0.2.7;host=\"{host}\";proto=http\r\n\
         Via: 1.1 OwnHands\r\n{framing}\r\n"
    )
}

/// What a backend receives for [`GET`].
pub fn passed_get() -> String {
    passed("GET / HTTP/1.1", "a", "", "")
}

/// The status of the answer, whose connection then ends, and what it says.
#[track_caller]
pub fn told(client: &Client) -> (u16, String) {
    let replies = super::since_ch15::replies(&client.got());
    let [reply] = &replies[..] else { panic!("{} answers", replies.len()) };
    (reply.status, reply.text().to_owned())
}
