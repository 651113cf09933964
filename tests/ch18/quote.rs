//! The smallest client, and what servers may do to it.

use super::requests::Nobody;
use ch18::fetch_quote;
use mock::{Live, patience};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;

/// What a server makes of its first connection, and what the client makes of that. The second is
/// what the client sent, to the end of its head.
fn fetched(answer: impl FnOnce(TcpStream) + Send) -> (anyhow::Result<String>, Vec<u8>) {
    let asked = Mutex::new(Vec::new());
    let answer = Mutex::new(Some(answer));
    let outcome = Live::run(
        |incoming| {
            for conn in incoming {
                let mut conn = conn.unwrap();
                let mut head = asked.lock().unwrap();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    conn.read_exact(&mut byte).unwrap();
                    head.extend(byte);
                }
                drop(head);
                if let Some(answer) = answer.lock().unwrap().take() {
                    answer(conn);
                }
            }
        },
        |live| fetch_quote(&live.addr().to_string()),
    );
    (outcome, asked.into_inner().unwrap())
}

fn of(answer: &'static [u8]) -> anyhow::Result<String> {
    fetched(move |mut conn| conn.write_all(answer).unwrap()).0
}

#[test]
fn the_first_line_of_the_answer_is_the_sentence() {
    for (body, sentence) in [
        ("Soup is good food.\nAnd more.\n", "Soup is good food."),
        ("one\r\ntwo", "one"),
        ("no line end", "no line end"),
        ("", ""),
        ("\nlater", ""),
        ("ä €\n\r\n\r\n", "ä €"),
    ] {
        let answer = format!("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{body}");
        let (outcome, _) = fetched(move |mut conn| conn.write_all(answer.as_bytes()).unwrap());
        assert_eq!(outcome.unwrap(), sentence);
    }
}

#[test]
fn it_asks_for_the_page_and_names_the_host() {
    let mut address = None;
    let (outcome, asked) = fetched(|mut conn| {
        address = Some(conn.local_addr().unwrap());
        conn.write_all(b"HTTP/1.0 200 OK\r\n\r\nsoup").unwrap();
    });
    outcome.unwrap();
    let expected = format!("GET / HTTP/1.0\r\nHost: {}\r\n\r\n", address.unwrap());
    assert_eq!(String::from_utf8(asked).unwrap(), expected);
}

#[test]
fn what_is_no_good_answer_is_an_error() {
    for answer in [
        &b""[..],
        b"soup",
        b"HTTP/1.0 200 OK\r\n",
        b"HTTP/1.0 404 Not Found\r\n\r\nsoup",
        b"HTTP/1.0 2000 OK\r\n\r\nsoup",
        b"HTTP/1.0 500 200\r\n\r\nsoup",
        b"HTTP/1.0 302 Found\r\nLocation: /\r\n\r\nsoup",
        b"HTTP/1.0 200 OK\r\n\r\n\xff\xfe",
        b"\0\0\0\0",
    ] {
        assert!(of(answer).is_err(), "{}", answer.escape_ascii());
    }
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let nobody = Nobody::new();
    assert!(fetch_quote(&nobody.address()).is_err());
    for address in ["", "no address", "127.0.0.1", "127.0.0.1:x"] {
        assert!(fetch_quote(address).is_err(), "{address}");
    }
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let (outcome, _) = fetched(|mut conn| {
        // Until the client has gone. One that does not go is answered, and that is the fault.
        conn.set_read_timeout(Some(patience())).unwrap();
        if conn.read(&mut [0]).is_err() {
            conn.write_all(b"HTTP/1.0 200 OK\r\n\r\nat last").unwrap();
        }
    });
    assert!(outcome.is_err(), "it has waited for {outcome:?}");
}

#[test]
fn of_an_answer_without_end_a_bounded_part_is_read() {
    const ALL: usize = 64 * 1024 * 1024;
    let mut sent = 0;
    let (outcome, _) = fetched(|mut conn| {
        conn.write_all(b"HTTP/1.0 200 OK\r\n\r\nsoup\n").unwrap();
        let block = [b'a'; 64 * 1024];
        while sent < ALL && conn.write_all(&block).is_ok() {
            sent += block.len();
        }
    });
    assert_eq!(outcome.unwrap(), "soup");
    assert!(sent < ALL, "it took all of it");
}
