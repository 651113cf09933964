//! A proxy and its backends over TCP, all of them in one loop.

use super::since_ch15::{CHUNKED, get, post, replies, sized};
use ch20::{
    Executor, HttpServer, HttpSite, Mio, Pool, Response, Stop, Upstream, UpstreamSettings, join,
    path,
};
use mock::{Ending, TcpClient, assert_bytes, patience};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, mpsc};
use std::thread;

fn listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}

/// An address where nobody listens: that of a client, whose port is taken.
fn nobody() -> (SocketAddr, TcpStream, TcpStream) {
    let listener = listener();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client.local_addr().unwrap(), client, listener.accept().unwrap().0)
}

/// Asks them to stop, whatever becomes of the test.
struct AtTheEnd(Stop);

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        self.0.request();
    }
}

/// Runs `body` with the address of a proxy before two backends, of which each answers with its
/// name and what it was sent; the first addresses are those of `others`.
fn with_proxy(others: &[SocketAddr], body: impl FnOnce(SocketAddr)) {
    let stop = Stop::default();
    let (front, names) = (listener(), ["one", "two"]);
    let address = front.local_addr().unwrap();
    let backends = names.map(|name| (name, listener()));
    let mut addresses = others.to_vec();
    addresses.extend(backends.each_ref().map(|(_, backend)| backend.local_addr().unwrap()));
    let (done, ended) = mpsc::channel();
    let requested = stop.clone();
    let running = thread::spawn(move || {
        let mut executor = Executor::new(Mio::new().expect("a poll"));
        let handle = executor.handle().clone();
        let site = |server: HttpServer| {
            let pool = Pool::detached(1, 100).expect("a thread");
            HttpSite::new(Arc::new(server), Arc::new(pool), &handle)
        };
        let server = || {
            let mut server = HttpServer::default();
            server.stop = requested.clone();
            server
        };
        let proxy = site(server());
        let weighted: Vec<_> = addresses.iter().map(|&address| (address, 1)).collect();
        proxy.register_upstream(|_| true, Upstream::new(&weighted, UpstreamSettings::default()));
        let [one, two] = backends.map(|(name, listener)| {
            let mut server = server();
            server.register(path("/name"), move |_| Ok(Response::text(name)));
            server.register(path("/echo"), |request| Ok(Response::text(request.body.clone())));
            let listener = handle.listen(listener).expect("it is listened to");
            (site(server), listener)
        });
        let front = handle.listen(front).expect("it is listened to");
        let serve = async move {
            join(one.0.serve(one.1), join(two.0.serve(two.1), proxy.serve(front))).await;
        };
        executor.run(serve).expect("it runs");
        done.send(()).unwrap();
    });
    let at_the_end = AtTheEnd(stop);
    body(address);
    drop(at_the_end);
    ended.recv_timeout(patience()).expect("they come to their end");
    running.join().expect("they ran");
}

#[test]
fn clients_are_answered_in_turns_over_connections_that_are_kept() {
    with_proxy(&[], |address| {
        let mut client = TcpClient::connect(address);
        let mut names = Vec::new();
        for _ in 0..4 {
            client.send(get("/name"));
            let head = client.read_until("\r\n\r\n");
            assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", head.escape_ascii());
            names.push(String::from_utf8(client.read_exact(3)).unwrap());
        }
        assert_eq!(names, ["one", "two", "one", "two"]);
    });
}

#[test]
fn long_bodies_come_through_in_both_directions_at_once_for_many() {
    let text: String = (0..100_000).map(|number| format!("{number}\n")).collect();
    let text = &text;
    let chunks = format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
    let last = "Connection: close\r\n";
    let requests = [
        post("/echo", &format!("Content-Length: {}\r\n{last}", text.len()), text),
        post("/echo", &format!("{CHUNKED}{last}"), &chunks),
    ];
    with_proxy(&[], |address| {
        thread::scope(|scope| {
            for number in 0..8 {
                let request = &requests[number % 2];
                scope.spawn(move || {
                    let mut client = TcpClient::connect(address);
                    client.send(request);
                    let (got, ending) = client.read_to_end();
                    assert_eq!(ending, Ending::Closed);
                    assert_bytes!(replies(&got)[0].body, text);
                });
            }
        });
    });
}

#[test]
fn where_nobody_listens_another_one_answers() {
    let (address, _client, _server) = nobody();
    with_proxy(&[address], |address| {
        for _ in 0..6 {
            let mut client = TcpClient::connect(address);
            client.send(sized("/echo", "hello"));
            client.finish();
            let (got, ending) = client.read_to_end();
            assert_eq!(ending, Ending::Closed);
            let replies = replies(&got);
            assert_eq!((replies[0].status, replies[0].text()), (200, "hello"));
        }
    });
}
