//! A proxy, its clients, and backends whose answers are written down before anybody asks. There is
//! no network: all of them live in chapter 16's simulated system.

use super::simulated_system::{Client, Rules, Simulated};
use ch20::{Executor, HttpServer, HttpSite, Pool, Upstream, UpstreamSettings};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;

/// What a backend does when it was asked.
#[derive(Clone, Copy)]
pub enum Reply {
    /// It sends this, and its connection stays open.
    Stays(&'static str),
    /// It sends this, and closes.
    Leaves(&'static str),
}

/// What a client has got.
pub struct Answer {
    /// All of it.
    pub text: String,
    /// Whether the proxy has ended the connection.
    pub is_closed: bool,
}

/// A proxy, and what is behind it.
pub struct Proxy {
    system: Simulated,
    executor: Executor<Simulated>,
    replies: VecDeque<Reply>,
    requests: Vec<String>,
}

/// A proxy with so many backends. Whichever is asked next does what stands next in `replies`; when
/// there are no more, it closes.
pub fn proxy_with(backends: u8, replies: &[Reply]) -> Proxy {
    let system = Simulated::new(Rules::Epoll);
    let executor = Executor::new(system.clone());
    let handle = executor.handle().clone();
    let pool = Pool::detached(1, 1).expect("a thread");
    let site = HttpSite::new(Arc::new(HttpServer::default()), Arc::new(pool), &handle);
    let address = |number| SocketAddr::from((Ipv4Addr::new(198, 51, 100, number), 80));
    let backends: Vec<_> = (1..=backends).map(|number| (address(number), 1)).collect();
    site.register_upstream(|_| true, Upstream::new(&backends, UpstreamSettings::default()));
    // The simulated system has a listener of its own.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let listener = handle.listen(listener).expect("a listener");
    handle.spawn(async move { site.serve(listener).await });
    let replies = replies.iter().copied().collect();
    let mut proxy = Proxy { system, executor, replies, requests: Vec::new() };
    proxy.system.run(&mut proxy.executor);
    proxy
}

impl Proxy {
    /// A client sends `request`; what it gets until everybody waits.
    pub fn ask(&mut self, request: &str) -> Answer {
        let client = self.system.client();
        client.send(request);
        loop {
            self.system.run(&mut self.executor);
            let backends = self.system.dialled();
            // All of them, also if one has done something.
            if backends.iter().filter(|backend| self.acts(backend)).count() == 0 {
                break;
            }
        }
        Answer { text: client.text(), is_closed: client.is_closed() || client.is_finished() }
    }

    /// What the backends were asked, in this order, byte for byte.
    pub fn requests(&self) -> &[String] {
        &self.requests
    }

    /// Lets a backend do what there is to do on a connection. Returns whether there was something.
    fn acts(&mut self, backend: &Client) -> bool {
        if backend.is_closed() {
            return false;
        }
        backend.accept();
        self.system.run(&mut self.executor);
        let request = backend.takes_out();
        if request.is_empty() {
            return false;
        }
        self.requests.push(String::from_utf8(request).expect("text"));
        match self.replies.pop_front().unwrap_or(Reply::Leaves("")) {
            Reply::Stays(text) => backend.send(text),
            Reply::Leaves(text) => backend.send(text).finish(),
        };
        true
    }
}
