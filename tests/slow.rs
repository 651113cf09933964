//! The programs of chapters 13 to 15 while slowhttptest (1.8.2) attacks them: slow heads, slow
//! bodies, slow reads. Somebody who comes from another address is always served.
//!
//! Where slowhttptest is not installed that is said, and the tests pass. They need a machine on
//! which all of 127.0.0.0/8 is its own, as on Linux.
#![cfg(target_os = "linux")]

use course_tests::binaries::{Running, Server};
use mock::{PATIENCE, Reply, Seed};
use socket2::{Domain, Socket, Type};
use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Whoever is attacked by 127.0.0.1 is asked from here.
const ELSEWHERE: [u8; 4] = [127, 0, 0, 2];

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// How many connections the attacker makes, how many a second, and for how many seconds.
const ATTACK: [&str; 6] = ["-c", "300", "-r", "300", "-l", "4"];

/// Attacks a chapter's program with `options` and asks meanwhile, from the attacker's own address and from
/// [`ELSEWHERE`]. Returns the statuses of the answers to both.
fn ask_while_attacked(
    chapter: &str,
    options: &[&str],
    target: &str,
) -> Option<[Vec<Option<u16>>; 2]> {
    if !launch::installed("slowhttptest") {
        eprintln!("slowhttptest is not installed: nothing is tested with it");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.txt"), "soup\n").unwrap();
    fs::write(folder.path().join("large.bin"), Seed::new().bytes(8 << 20)).unwrap();
    let server = Server::start(chapter, &["--directory", folder.path().to_str().unwrap()]);
    let address: SocketAddr = server.address.parse().unwrap();

    let mut command = Command::new("slowhttptest");
    command.args(ATTACK).args(options).args(["-u", &format!("http://{address}/{target}")]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let attack = Running::spawn(command);
    let (ends, ended) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || ends.send(attack.wait()));
        let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
        loop {
            here.push(ask([127, 0, 0, 1], address));
            elsewhere.push(ask(ELSEWHERE, address));
            match ended.recv_timeout(PAUSE) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => return Some([here, elsewhere]),
            }
        }
    })
}

/// The status of the answer to somebody who comes from `address`; `None` if it was closed
/// instead, because another one of the same network came.
fn ask(address: [u8; 4], server: SocketAddr) -> Option<u16> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((address, 0)).into()).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.connect_timeout(&server.into(), PATIENCE).unwrap();
    let mut answer = Vec::new();
    // Both fail after a refusal, which may end in a reset; by then the answer is here.
    let _ = (&socket).write_all(b"GET /small.txt HTTP/1.0\r\n\r\n");
    let _ = (&socket).read_to_end(&mut answer);
    (!answer.is_empty()).then(|| Reply::parse(answer).status)
}

#[track_caller]
fn assert_all_served(statuses: &[Option<u16>]) {
    assert!(!statuses.is_empty());
    assert!(statuses.iter().all(|&status| status == Some(200)), "{statuses:?}");
}

fn slow_heads_take_the_permits_of_their_network_and_no_others(chapter: &str) {
    let options = ["-H", "-i", "1"];
    let Some([here, elsewhere]) = ask_while_attacked(chapter, &options, "small.txt") else {
        return;
    };
    assert!(here.contains(&Some(503)), "it was no attack: {here:?}");
    assert_all_served(&elsewhere);
}

fn slow_bodies_keep_nobody_waiting(chapter: &str) {
    let options = ["-B", "-i", "1", "-s", "9000"];
    let Some([_, elsewhere]) = ask_while_attacked(chapter, &options, "small.txt") else { return };
    assert_all_served(&elsewhere);
}

fn slow_readers_keep_nobody_waiting(chapter: &str) {
    let options = ["-X", "-w", "512", "-y", "1024", "-n", "1", "-z", "32"];
    let Some([_, elsewhere]) = ask_while_attacked(chapter, &options, "large.bin") else { return };
    assert_all_served(&elsewhere);
}

/// Chapter 15 has room for all of them, whoever they are.
fn slow_heads_keep_nobody_waiting(chapter: &str) {
    let options = ["-H", "-i", "1"];
    let Some([here, elsewhere]) = ask_while_attacked(chapter, &options, "small.txt") else {
        return;
    };
    assert_all_served(&here);
    assert_all_served(&elsewhere);
}

macro_rules! on {
    ($chapter:ident: $($test:ident),+ $(,)?) => {
        mod $chapter {
            $(#[test]
            fn $test() {
                super::$test(stringify!($chapter));
            })+
        }
    };
}

on! {
    ch13:
    slow_heads_take_the_permits_of_their_network_and_no_others,
    slow_bodies_keep_nobody_waiting,
    slow_readers_keep_nobody_waiting,
}
on! {
    ch14:
    slow_heads_take_the_permits_of_their_network_and_no_others,
    slow_bodies_keep_nobody_waiting,
    slow_readers_keep_nobody_waiting,
}
on! {
    ch15:
    slow_heads_keep_nobody_waiting,
    slow_bodies_keep_nobody_waiting,
    slow_readers_keep_nobody_waiting,
}
