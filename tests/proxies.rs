//! Chapter 20 with proxies of others, nginx and haproxy: our servers behind them and in front of
//! them, by the files of settings that the chapter has; and what each makes of the same messages.
//!
//! A program that is not installed is named, and its test passes.
#![cfg(unix)]

pub mod peers;
mod table;

use crate::gateways::peers::{ask, folder, get, put, request};
use course_tests::binaries::Server;
use mock::{Reply, Seed, TcpClient, assert_bytes};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use peers::{Peer, haproxy, nginx, settings};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// `prefork` and its proxies listen here, if nobody tells them otherwise.
const PREFORK: &str = "127.0.0.1:8120";

fn nginx_in_front(folder: &Path, of: &str) -> Option<Peer> {
    let of = of.to_owned();
    nginx(folder, |address| {
        let addresses = [("127.0.0.1:8620", address.to_string()), (PREFORK, of)];
        settings("nginx-in-front.conf", &addresses)
    })
}

fn haproxy_in_front(folder: &Path, of: &str) -> Option<Peer> {
    let of = of.to_owned();
    haproxy(folder, |bind| {
        let addresses = [("127.0.0.1:8720", bind.to_owned()), (PREFORK, of)];
        settings("haproxy-in-front.cfg", &addresses)
    })
}

fn nginx_behind(folder: &Path) -> Option<Peer> {
    nginx(folder, |address| {
        settings("nginx-behind.conf", &[("127.0.0.1:8420", address.to_string())])
    })
}

fn haproxy_behind(folder: &Path, of: &str) -> Option<Peer> {
    let of = of.to_owned();
    haproxy(folder, |bind| {
        let addresses = [("127.0.0.1:8520", bind.to_owned()), (PREFORK, of)];
        settings("haproxy-behind.cfg", &addresses)
    })
}

/// `prefork`, all of whose workers are ready.
fn prefork() -> Server {
    let server = Server::start("prefork", &["--workers", "2"]);
    workers_are_ready(&server);
    server
}

fn workers_are_ready(prefork: &Server) {
    let mut ready = 0;
    while ready < 2 {
        ready += usize::from(prefork.running.error_line().ends_with("is ready"));
    }
}

fn workers_have_left(prefork: &Server) {
    let mut left = 0;
    while left < 2 {
        left += usize::from(prefork.running.error_line().ends_with("has left"));
    }
}

fn proxy(options: &[&str]) -> (Server, SocketAddr) {
    let server = Server::start("ch20", options);
    let address = server.address.parse().unwrap();
    (server, address)
}

/// The values of a field as `prefork` has seen them.
fn seen<'a>(answer: &'a Reply, name: &str) -> Vec<&'a str> {
    let fields = answer.text().lines().filter_map(|line| line.split_once(": "));
    let named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value).collect()
}

/// Who claims to be somebody else.
const CLAIMS: &str = "Forwarded: for=192.0.2.1\r\nX-Forwarded-For: 192.0.2.1\r\n\
    X-Real-IP: 192.0.2.1\r\n";

/// What must come through to `prefork`, whatever stands before it.
fn all_comes_through(address: SocketAddr) {
    let answer = ask(address, request("GET", "/", CLAIMS, ""));
    assert_eq!(seen(&answer, "Host"), ["a.example"]);
    assert_eq!(seen(&answer, "X-Forwarded-For"), ["127.0.0.1"]);
    assert_eq!(seen(&answer, "X-Forwarded-Host"), ["a.example"]);
    assert_eq!(seen(&answer, "X-Forwarded-Proto"), ["http"]);
    assert_eq!(seen(&answer, "Forwarded"), ["for=127.0.0.1;host=\"a.example\";proto=http"]);
    assert!(!answer.text().contains("192.0.2.1"), "{}", answer.text());

    let chunks = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    let mut chunked = request("POST", "/", "Transfer-Encoding: chunked\r\n", "");
    chunked.extend(chunks.as_bytes());
    let answer = ask(address, chunked);
    assert!(answer.text().ends_with("and sent 11 bytes\n"), "{}", answer.text());
    let answer = ask(address, request("POST", "/", "", vec![b'x'; 900_000]));
    assert!(answer.text().ends_with("and sent 900000 bytes\n"), "{}", answer.text());
}

/// Three reloads of the workers while four clients ask on kept connections: each gets all answers.
fn reloads_lose_nothing(address: SocketAddr, prefork: &Server) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let client = || {
            let mut client = TcpClient::connect(address);
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
                let head = client.read_until("\r\n\r\n");
                let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
                assert!(head.starts_with("http/1.1 200 "), "{head}");
                let length = head.split_once("content-length: ").expect("a length").1;
                client.read_exact(length.split_once('\r').unwrap().0.parse().unwrap());
                count += 1;
                // nginx closes after so many requests, and says it.
                if head.contains("connection: close") {
                    client = TcpClient::connect(address);
                }
            }
            count
        };
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(client)).collect();
        struct Ends<'a>(&'a AtomicBool);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let ends = Ends(&is_over);
        for _ in 0..3 {
            kill(Pid::from_raw(prefork.running.id() as i32), Signal::SIGHUP).unwrap();
            workers_are_ready(prefork);
            workers_have_left(prefork);
        }
        drop(ends);
        for client in clients {
            assert!(client.join().unwrap() > 0);
        }
    });
}

// In front of our servers

#[test]
fn our_servers_answer_behind_nginx() {
    let (folder, prefork) = (folder(), prefork());
    let Some(nginx) = nginx_in_front(folder.path(), &prefork.address) else { return };
    all_comes_through(nginx.address);
    reloads_lose_nothing(nginx.address, &prefork);
}

#[test]
fn our_servers_answer_behind_haproxy() {
    let (folder, prefork) = (folder(), prefork());
    let Some(haproxy) = haproxy_in_front(folder.path(), &prefork.address) else { return };
    all_comes_through(haproxy.address);
    reloads_lose_nothing(haproxy.address, &prefork);
}

#[test]
fn our_servers_answer_behind_our_proxy() {
    let prefork = prefork();
    let (_proxy, address) = proxy(&["--to", &prefork.address]);
    all_comes_through(address);
    reloads_lose_nothing(address, &prefork);
}

// Behind our proxy

#[test]
fn nginx_answers_behind_our_proxy() {
    let folder = folder();
    let large = Seed::new().bytes(6_000_000);
    put(&folder.path().join("files/large"), &large);
    let Some(nginx) = nginx_behind(folder.path()) else { return };
    let (_proxy, address) = proxy(&["--to", &nginx.address.to_string()]);
    let answer = ask(address, request("GET", "/", CLAIMS, ""));
    assert_bytes!(
        answer.text(),
        "for 127.0.0.1\nhost a.example\n\
         Forwarded: for=127.0.0.1;host=\"a.example\";proto=http\nVia: 1.1 OwnHands\n"
    );
    assert_bytes!(get(address, "/files/large").body, large);
    let part = ask(address, request("GET", "/files/large", "Range: bytes=5-9\r\n", ""));
    assert_eq!(part.status, 206);
    assert_bytes!(part.body, large[5..10]);
    assert_eq!(get(address, "/files/none").status, 404);
}

#[test]
fn haproxy_answers_behind_our_proxy() {
    let (folder, prefork) = (folder(), prefork());
    let Some(haproxy) = haproxy_behind(folder.path(), &prefork.address) else { return };
    let (_proxy, address) = proxy(&["--to", &haproxy.address.to_string()]);
    all_comes_through(address);
    reloads_lose_nothing(address, &prefork);
}

// A chain

#[test]
fn a_request_goes_through_haproxy_our_proxy_and_nginx() {
    let folder = folder();
    let large = Seed::new().bytes(3_000_000);
    put(&folder.path().join("files/large"), &large);
    let Some(nginx) = nginx_behind(folder.path()) else { return };
    let (_proxy, ours) = proxy(&["--to", &nginx.address.to_string(), "--behind-proxy"]);
    let Some(haproxy) = haproxy_in_front(folder.path(), &ours.to_string()) else { return };
    let answer = ask(haproxy.address, request("GET", "/", CLAIMS, ""));
    assert_bytes!(
        answer.text(),
        "for 127.0.0.1\nhost a.example\n\
         Forwarded: for=127.0.0.1;host=\"a.example\";proto=http, \
         for=127.0.0.1;host=\"a.example\";proto=http\nVia: 1.1 OwnHands\n"
    );
    assert_bytes!(get(haproxy.address, "/files/large").body, large);
}
