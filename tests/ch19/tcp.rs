//! Connections over TCP.

use super::scripted::{ok, url};
use ch19::{Connector, Deadline, FetchError, Limits, Origin, Session, Stage, Tcp, Wire};
use mock::{Live, assert_bytes};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

fn origin(address: impl std::fmt::Display) -> Origin {
    Origin::of(&url(&format!("http://{address}/"))).unwrap()
}

/// Our side of a connection, and the server's.
fn pair() -> (Box<dyn Wire>, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let origin = origin(listener.local_addr().unwrap());
    let wire = Tcp.connect(&origin, &Deadline::within(MINUTE)).unwrap();
    (wire, listener.accept().unwrap().0)
}

/// An address where nobody listens: that of a client, whose port is taken.
fn nobody() -> (SocketAddr, TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client.local_addr().unwrap(), client, listener.accept().unwrap().0)
}

/// Lets `body` run in a thread of its own, which must end: a read without a bound would not.
fn in_time(body: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    let running = thread::spawn(move || {
        let _done = done;
        body();
    });
    let outcome = ended.recv_timeout(mock::patience());
    assert_ne!(outcome, Err::<(), _>(RecvTimeoutError::Timeout), "it should have ended by now");
    running.join().expect("it went well");
}

#[test]
fn what_is_written_arrives_and_what_comes_is_read() {
    let (mut wire, mut server) = pair();
    wire.write_all(b"hello").unwrap();
    wire.flush().unwrap();
    let mut buffer = [0; 5];
    server.read_exact(&mut buffer).unwrap();
    assert_bytes!(buffer, "hello");
    server.write_all(b"world").unwrap();
    wire.read_exact(&mut buffer).unwrap();
    assert_bytes!(buffer, "world");
    drop(server);
    assert_eq!(wire.read(&mut buffer).unwrap(), 0);
}

#[test]
fn reads_and_writes_end_with_the_deadline() {
    in_time(|| {
        let (mut wire, mut server) = pair();
        let started = Instant::now();
        wire.set_deadline(started + Duration::from_millis(50));
        let error = wire.read(&mut [0]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock), "{error}");
        assert!(started.elapsed() >= Duration::from_millis(50));
        // Now it is over, whatever has come.
        server.write_all(b"late").unwrap();
        assert_eq!(wire.read(&mut [0]).unwrap_err().kind(), ErrorKind::TimedOut);
        assert_eq!(wire.write(b"x").unwrap_err().kind(), ErrorKind::TimedOut);
        // And with another one it goes on.
        wire.set_deadline(Instant::now() + MINUTE);
        let mut buffer = [0; 4];
        wire.read_exact(&mut buffer).unwrap();
        assert_bytes!(buffer, "late");
        wire.write_all(b"x").unwrap();
    });
}

#[test]
fn a_write_that_nobody_takes_ends_with_the_deadline() {
    in_time(|| {
        let (mut wire, _server) = pair();
        wire.set_deadline(Instant::now() + Duration::from_millis(50));
        let error = wire.write_all(&vec![0; 64 * 1024 * 1024]).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock), "{error}");
    });
}

/// Waits until something has come, and leaves it there.
fn wait_for_more(wire: &mut Box<dyn Wire>) {
    let (_never, pace) = mpsc::channel::<()>();
    let until = Instant::now() + mock::patience();
    while wire.is_quiet() {
        assert!(Instant::now() < until, "it is quiet");
        let _ = pace.recv_timeout(Duration::from_millis(1));
    }
}

#[test]
fn it_is_quiet_until_something_comes_or_the_end() {
    in_time(|| {
        let (mut wire, mut server) = pair();
        assert!(wire.is_quiet() && wire.is_quiet());
        server.write_all(b"unasked").unwrap();
        wait_for_more(&mut wire);
        // It was looked at and not taken, and reads wait as before.
        let mut buffer = [0; 7];
        wire.read_exact(&mut buffer).unwrap();
        assert_bytes!(buffer, "unasked");
        assert!(wire.is_quiet());
        wire.set_deadline(Instant::now() + Duration::from_millis(30));
        let started = Instant::now();
        wire.read(&mut buffer).unwrap_err();
        assert!(started.elapsed() >= Duration::from_millis(30), "it did not wait");

        server.shutdown(Shutdown::Write).unwrap();
        wait_for_more(&mut wire);
        let (mut wire, server) = pair();
        drop(server);
        wait_for_more(&mut wire);
    });
}

#[test]
fn where_nobody_listens_it_is_refused() {
    let (address, _client, _server) = nobody();
    match Tcp.connect(&origin(address), &Deadline::within(MINUTE)).map(drop) {
        Err(FetchError::Connect(origin, error)) => {
            assert_eq!(origin.to_string(), address.to_string());
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        }
        other => panic!("{other:?}"),
    }
}

/// `localhost` has one address or two, and our server listens at one of them.
#[test]
fn each_address_of_a_name_is_tried() {
    for host in [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "[::1]:0".parse().unwrap()] {
        let Ok(listener) = TcpListener::bind(host) else { continue };
        let address = listener.local_addr().unwrap();
        let name = format!("localhost:{}", address.port());
        let known: Vec<_> = std::net::ToSocketAddrs::to_socket_addrs(&name).unwrap().collect();
        let outcome = Tcp.connect(&origin(&name), &Deadline::within(MINUTE));
        assert_eq!(outcome.is_ok(), known.contains(&address), "{known:?}");
        if let Ok(mut wire) = outcome {
            wire.write_all(b"x").unwrap();
            listener.accept().unwrap().0.read_exact(&mut [0]).unwrap();
        }
    }
}

#[test]
fn a_name_that_nobody_can_know_is_an_error() {
    // Longer than a part of a name may be, so that nobody is asked.
    let name = "x".repeat(64);
    match Tcp.connect(&origin(&name), &Deadline::within(MINUTE)).map(drop) {
        Err(FetchError::Lookup(said, _)) => assert_eq!(said, name),
        other => panic!("{other:?}"),
    }
}

#[test]
fn when_the_time_is_over_nothing_is_tried() {
    let over = Deadline::within(Duration::ZERO);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let outcome = Tcp.connect(&origin(address), &over).map(drop);
    assert!(matches!(outcome, Err(FetchError::Deadline(Stage::Connect))), "{outcome:?}");
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
    // A name is looked up elsewhere, and that may be done before we look.
    let name = format!("localhost:{}", address.port());
    let outcome = Tcp.connect(&origin(name), &over).map(drop);
    let expected = matches!(outcome, Err(FetchError::Deadline(Stage::Lookup | Stage::Connect)));
    assert!(expected, "{outcome:?}");
}

/// A session over TCP: its connection is used again, and it is noticed that the server has closed.
#[test]
fn a_session_uses_one_connection_as_long_as_the_server_keeps_it() {
    let (closed, has_closed) = mpsc::channel();
    let connections = Live::run(
        |incoming| {
            let mut count = 0;
            for conn in incoming {
                let mut conn = conn.unwrap();
                count += 1;
                for _ in 0..2 {
                    let mut head = Vec::new();
                    while !head.ends_with(b"\r\n\r\n") {
                        let mut byte = [0];
                        if conn.read(&mut byte).unwrap() == 0 {
                            break;
                        }
                        head.extend(byte);
                    }
                    conn.write_all(ok(&format!("{count}")).as_bytes()).unwrap();
                }
                drop(conn);
                closed.send(count).unwrap();
            }
        },
        |live| {
            let session = Session::new(Limits::default());
            let get = || session.get(&format!("http://{}/", live.addr())).unwrap().text().unwrap();
            let first = [get(), get()];
            has_closed.recv_timeout(mock::patience()).unwrap();
            // Not idempotent: it must be seen before something is sent.
            let url = format!("http://{}/", live.addr());
            let post = || ch19::Request::post(&url).unwrap();
            let second = session.send(post()).unwrap().text().unwrap();
            let third = session.send(post()).unwrap().text().unwrap();
            [first, [second, third]].concat()
        },
    );
    assert_eq!(connections, ["1", "1", "2", "2"]);
}
