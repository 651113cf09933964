//! `ch20`, the proxy, with backends that die, and asked to stop.

use super::started::{PersistentClient, Started, get, refusal, send_signal, worker};
use mock::{TcpClient, assert_bytes, patience};
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;

const PROXY: &str = env!("CARGO_BIN_EXE_ch20");

/// Reads a head without a body.
fn read_head(stream: &TcpStream) {
    use std::io::{BufRead, BufReader};
    stream.set_read_timeout(Some(patience())).unwrap();
    let mut lines = BufReader::new(stream).lines();
    while !lines.next().unwrap().unwrap().is_empty() {}
}

#[test]
fn wrong_arguments_are_sentences() {
    for (arguments, code, sentence) in [
        (["--balance", "best"], 1, "ch20: --balance is turns, least or client, and not best"),
        (["--to", "127.0.0.1"], 1, "ch20: 127.0.0.1 is no HOST:PORT"),
        (["--to", "127.0.0.1:1=0"], 1, "ch20: 127.0.0.1:1=0: a weight is a number from 1 to 1000"),
        (["--to", ""], 1, "ch20:  is no HOST:PORT"),
        (["--to", "127.0.0.1:1,"], 1, "ch20:  is no HOST:PORT"),
        (["--check", "health"], 1, "ch20: --check is what stands behind the host in an address"),
        (["--from", "127.0.0.1:1"], 2, "ch20: "),
    ] {
        let (seen, said) = refusal(PROXY, &arguments);
        assert_eq!(seen, code, "{arguments:?}: {said}");
        assert!(said.starts_with(sentence), "{arguments:?}: {said}");
    }
}

#[test]
fn ctrl_c_lets_an_answer_that_is_under_way_come_to_its_end() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Started::proxy(&["--to", &backend.local_addr().unwrap().to_string()]);
    let mut client = TcpClient::connect(proxy.address);
    client.send(get("/"));
    let (mut stream, _) = backend.accept().unwrap();
    read_head(&stream);
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst").unwrap();
    client.read_until("first");
    proxy.signal(Signal::INT);
    proxy.line(|line| line.starts_with("stopping: "));
    stream.write_all(b"other").unwrap();
    assert_bytes!(client.read_exact(5), b"other");
    drop((client, stream));
    assert_eq!(proxy.running.wait().code, 0);
}

#[test]
fn a_second_ctrl_c_ends_all() {
    let backend = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = Started::proxy(&["--to", &backend.local_addr().unwrap().to_string()]);
    let mut client = PersistentClient::connect(proxy.address);
    client.send(&get("/")).unwrap();
    let (stream, _) = backend.accept().unwrap();
    read_head(&stream);
    proxy.signal(Signal::INT);
    proxy.line(|line| line.starts_with("stopping: "));
    proxy.signal(Signal::INT);
    assert!(client.answer().is_none());
    assert_eq!(proxy.running.wait().code, 130);
}

/// With its workers, in the middle of requests.
#[test]
fn gets_go_on_when_one_of_two_backends_is_killed() {
    let (backends, workers): (Vec<_>, Vec<_>) =
        [(); 2].map(|()| Started::prefork(1)).into_iter().unzip();
    let list: Vec<_> = backends.iter().map(|backend| backend.address.to_string()).collect();
    let proxy = Started::proxy(&["--to", &list.join(",")]);
    let (first, second) = (workers[0][0], workers[1][0]);
    let (says, said) = channel();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let says = says.clone();
                let address = proxy.address;
                scope.spawn(move || {
                    let mut client = PersistentClient::connect(address);
                    let mut answered = BTreeSet::new();
                    // So many after both have answered, and so many again.
                    for half in 0..2 {
                        let mut count = 0;
                        while count < 50 || half == 0 && answered.len() < 2 {
                            answered.insert(worker(&client.ask("/")));
                            count += 1;
                        }
                        says.send(()).unwrap();
                    }
                    answered
                })
            })
            .collect();
        // The first one is through with its first half, so that all are somewhere in the middle.
        said.recv_timeout(patience()).unwrap();
        backends[0].signal(Signal::KILL);
        send_signal(first, Signal::KILL);
        for client in clients {
            let answered = client.join().unwrap();
            assert!(answered.contains(&second), "{answered:?}");
        }
    });
    let mut client = PersistentClient::connect(proxy.address);
    assert_eq!([(); 10].map(|()| worker(&client.ask("/"))), [second; 10]);
}
