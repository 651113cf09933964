//! What a live server promises: clients get through, and it always ends.

use std::io::{ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use mock::{Ending, Events, Incoming, Live, TcpClient, assert_bytes};
use socket2::SockRef;

/// Serves one after another and reads for ever, as long as the client is there.
fn read_for_ever(incoming: Incoming) {
    for conn in incoming {
        while let Ok(1..) = conn.as_ref().unwrap().read(&mut [0; 100]) {}
    }
}

/// Serves each in a thread of its own, and reads for ever.
fn read_for_ever_in_threads(incoming: Incoming) {
    thread::scope(|scope| {
        for conn in incoming {
            let mut conn = conn.unwrap();
            scope.spawn(move || while let Ok(1..) = conn.read(&mut [0; 100]) {});
        }
    });
}

/// Echoes, one client after another.
fn echo(incoming: Incoming) {
    for conn in incoming {
        let mut conn = conn.unwrap();
        let mut buffer = [0; 100];
        while let Ok(count @ 1..) = conn.read(&mut buffer) {
            conn.write_all(&buffer[..count]).unwrap();
        }
    }
}

/// Reads a byte, and closes the connection with a reset instead of an end.
///
/// Without the byte it might be so fast that the client's `connect` fails.
fn reset(mut incoming: Incoming) {
    let mut conn = incoming.next().unwrap().unwrap();
    conn.read_exact(&mut [0]).unwrap();
    SockRef::from(&conn).set_linger(Some(Duration::ZERO)).unwrap();
}

/// The sentence of the panic.
fn panic_of<R>(test: impl FnOnce() -> R) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).err().expect("a panic");
    match panic.downcast::<String>() {
        Ok(sentence) => *sentence,
        Err(panic) => panic.downcast::<&str>().expect("a panic with a sentence").to_string(),
    }
}

#[test]
fn a_client_talks_with_the_server() {
    Live::run(echo, |live| {
        let mut client = live.connect();
        client.send(b"one\r\ntwo\r\n");
        assert_bytes!(client.read_until("\r\n"), b"one\r\n");
        assert_bytes!(client.read_exact(3), b"two");
        client.send("!");
        client.finish();
        let (rest, ending) = client.read_to_end();
        assert_bytes!(rest, b"\r\n!");
        assert_eq!(ending, Ending::Closed);
    });
}

#[test]
fn a_client_connects_to_any_address() {
    Live::run(echo, |live| {
        let mut client = TcpClient::connect(live.addr());
        client.send("hello");
        assert_bytes!(client.read_exact(5), b"hello");
        assert_eq!(client.stream().peer_addr().unwrap(), live.addr());
    });
}

#[test]
fn the_next_answer_is_read_on_a_connection_that_stays() {
    Live::run(echo, |live| {
        let mut client = live.connect();
        let spaces = " ".repeat(9999);
        let long = format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{spaces}");
        for (answer, text) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", "one"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\n\r\n", "two"),
            ("HTTP/1.1 204 No Content\r\n\r\n", ""),
            (&long, &spaces),
        ] {
            client.send(answer);
            assert_eq!(client.read_reply().unwrap().text(), text);
        }
        let half = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab";
        client.send(half);
        client.finish();
        assert_eq!(client.read_reply(), Err(half.into()));
        assert_eq!(client.read_reply(), Err(Vec::new()));
    });
}

#[test]
fn what_is_no_answer_or_more_than_one_is_said() {
    for (bytes, what) in [
        ("hello\r\n\r\n", "this is no answer, "),
        ("HTTP/1.1 204 No Content\r\n\r\nhello", "behind the answer stands b\"hello\""),
    ] {
        let sentence = panic_of(|| {
            Live::run(echo, |live| {
                let mut client = live.connect();
                client.send(bytes);
                let _ = client.read_reply();
            })
        });
        assert!(sentence.contains(what), "{sentence}");
    }
}

#[test]
fn large_amounts_go_both_ways() {
    let sent: Vec<u8> = (0..1_000_000u32).map(|number| number as u8).collect();
    let receive_then_send = |mut incoming: Incoming| {
        let mut conn = incoming.next().unwrap().unwrap();
        let mut received = Vec::new();
        conn.read_to_end(&mut received).unwrap();
        conn.write_all(&received).unwrap();
    };
    Live::run(receive_then_send, |live| {
        let mut client = live.connect();
        client.send(&sent);
        client.finish();
        let (received, ending) = client.read_to_end();
        assert_bytes!(received, sent);
        assert_eq!(ending, Ending::Closed);
    });
}

#[test]
fn a_server_may_borrow_and_the_body_returns_something() {
    let seen = Mutex::new(Vec::new());
    let result = Live::run(
        |mut incoming| {
            incoming.next().unwrap().unwrap().read_to_end(&mut seen.lock().unwrap()).unwrap();
            "this is dropped"
        },
        |live| {
            live.connect().send("hello");
            42
        },
    );
    assert_eq!(result, 42);
    assert_bytes!(*seen.lock().unwrap(), b"hello");
}

#[test]
fn a_server_that_nobody_visits_ends() {
    Live::run(echo, |_live| {});
}

#[test]
fn a_server_that_never_looks_for_clients_ends() {
    Live::run(drop, |_live| {});
    Live::run(|incoming| incoming.collect::<Vec<_>>(), |live| live.connect().send("hello"));
}

#[test]
fn a_server_that_reads_from_silent_clients_ends() {
    let mut still_there = Vec::new();
    Live::run(read_for_ever, |live| {
        still_there.push(live.connect()); // the server is busy with this one,
        still_there.push(live.connect()); // and this one waits
        still_there[1].send("hello?");
    });
    assert_eq!(still_there.len(), 2);
}

#[test]
fn a_server_whose_threads_read_from_silent_clients_ends() {
    let still_there = Live::run(read_for_ever_in_threads, |live| {
        [live.connect(), live.connect(), live.connect()]
    });
    assert_eq!(still_there.len(), 3);
}

#[test]
fn a_server_that_is_stuck_in_a_write_to_a_stalled_client_ends() {
    let events = Events::new();
    let write_too_much = |mut incoming: Incoming| {
        let mut conn = incoming.next().unwrap().unwrap();
        conn.set_nonblocking(true).unwrap();
        while conn.write(&[b'x'; 10_000]).is_ok() {}
        events.log("no room is left");
        conn.set_nonblocking(false).unwrap();
        let _ = conn.write_all(&[b'x'; 1_000_000]); // here it is stuck
    };
    let _still_there = Live::run(write_too_much, |live| {
        let client = live.connect();
        events.wait_for("no room is left");
        client
    });
}

#[test]
fn a_server_ends_when_the_body_panics() {
    let mut still_there = Vec::new();
    let sentence = panic_of(|| {
        Live::run(read_for_ever_in_threads, |live| {
            still_there.push(live.connect());
            live.connect().send("hello");
            panic!("the body's own sentence");
        })
    });
    assert_eq!(sentence, "the body's own sentence");
    assert_eq!(still_there.len(), 1);
}

#[test]
fn a_server_that_panics_makes_the_test_fail_with_its_sentence() {
    let sentence = panic_of(|| {
        Live::run(
            |mut incoming| {
                let _conn = incoming.next();
                panic!("the server's own sentence");
            },
            |live| live.connect().read_to_end(),
        )
    });
    assert_eq!(sentence, "the server's own sentence");
}

#[test]
fn if_both_panic_the_body_is_heard() {
    let sentence = panic_of(|| {
        Live::run(|_incoming| panic!("the server's"), |_live| panic!("the body's"));
    });
    assert_eq!(sentence, "the body's");
}

#[test]
fn whoever_connects_is_let_in_and_then_incoming_stays_ended() {
    let events = Events::new();
    let serve = |mut incoming: Incoming| {
        for conn in incoming.by_ref() {
            let mut said = String::new();
            conn.unwrap().read_to_string(&mut said).unwrap();
            events.log(said);
        }
        assert!(incoming.next().is_none());
    };
    let still_there = Live::run(serve, |live| {
        let mut clients = [live.connect(), live.connect(), live.connect()];
        clients[1].send("I have said it");
        live.connect().send("and gone");
        clients
    });
    assert_eq!(events.list(), ["", "I have said it", "", "and gone"]);
    drop(still_there);
}

#[test]
fn a_polite_end_is_told_from_a_reset() {
    let close = |mut incoming: Incoming| drop(incoming.next());
    Live::run(close, |live| {
        assert_eq!(live.connect().read_to_end(), (vec![], Ending::Closed));
    });

    Live::run(reset, |live| {
        let mut client = live.connect();
        client.send("!");
        assert_eq!(client.read_to_end(), (vec![], Ending::Reset));
    });
}

#[test]
fn a_reset_that_a_write_has_met_is_not_forgotten() {
    Live::run(reset, |live| {
        let mut client = live.connect();
        while client.try_send("hello").is_ok() {}
        assert!(client.try_send("hello?").is_err());
        assert_eq!(client.read_to_end(), (vec![], Ending::Reset));
    });
}

#[test]
fn a_client_can_go_without_a_goodbye() {
    let events = Events::new();
    Live::run(
        |mut incoming| {
            let mut conn = incoming.next().unwrap().unwrap();
            conn.read_exact(&mut [0; 5]).unwrap();
            events.log(format!("{:?}", conn.read(&mut [0]).map_err(|error| error.kind())));
        },
        |live| {
            let mut client = live.connect();
            client.send("hello");
            client.reset();
            events.wait_for(&format!("{:?}", Err::<usize, _>(ErrorKind::ConnectionReset)));
        },
    );
}

#[test]
#[should_panic(expected = "waited for 5 bytes, but the connection ended (Closed) after b\"hel\"")]
fn too_few_bytes_are_shown() {
    Live::run(echo, |live| {
        let mut client = live.connect();
        client.send("hel");
        client.finish();
        client.read_exact(5);
    });
}

#[test]
#[should_panic(expected = r#"waited for b"\r\n", but the connection ended (Closed) after b"hel""#)]
fn a_missing_end_is_shown() {
    Live::run(echo, |live| {
        let mut client = live.connect();
        client.send("hel");
        client.finish();
        client.read_until(b"\r\n");
    });
}

#[test]
fn nobody_at_the_address_is_a_sentence() {
    let addr = Live::run(drop, |live| live.addr());
    let sentence = panic_of(|| TcpClient::connect(addr));
    assert!(sentence.starts_with(&format!("no connection to {addr}: ")), "{sentence}");
}
