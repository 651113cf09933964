//! The servers of chapters 13 to 18 while slowhttptest (1.8.2) attacks them: slow heads, slow
//! bodies, slow reads. Somebody who comes from another address is always served.
//!
//! Where slowhttptest is not installed that is said, and the tests pass. They need a machine on
//! which all of 127.0.0.0/8 is its own, as on Linux.
#![cfg(target_os = "linux")]

use crate::gateways::peers::find;
use course_tests::binaries::{Running, Server};
use course_tests::event_loop::LoopServer;
use course_tests::task_server::TaskServer;
use mock::{Live, PATIENCE, Reply, Seed};
use socket2::{Domain, Socket, Type};
use std::fs;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Whoever is attacked by 127.0.0.1 is asked from here.
const ELSEWHERE: [u8; 4] = [127, 0, 0, 2];

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(100);

/// How many connections the attacker makes, how many a second, and for how many seconds. (It looks
/// at all of them without a pause, and so has one of our processors to itself. With slow heads and
/// bodies each connection has sent twice when the second is over.)
const ATTACK: [&str; 6] = ["-c", "220", "-r", "220", "-l", "1"];

/// Says so if there is nothing to attack with.
fn can_attack() -> bool {
    find("slowhttptest").is_some()
}

/// Attacks a chapter's program with `options`, at a file that it serves; see
/// [`ask_while_attacked`].
fn ask_the_program(chapter: &str, options: &[&str], file: &str) -> [Vec<Option<u16>>; 2] {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("small.txt"), "soup\n").unwrap();
    fs::write(folder.path().join("large.bin"), Seed::new().bytes(8 << 20)).unwrap();
    let server = Server::start(chapter, &["--directory", folder.path().to_str().unwrap()]);
    ask_while_attacked(options, server.address.parse().unwrap(), file)
}

/// Attacks with `options` and asks meanwhile, from the attacker's own address and from
/// [`ELSEWHERE`]. Returns the statuses of the answers to both.
fn ask_while_attacked(
    options: &[&str],
    address: SocketAddr,
    target: &str,
) -> [Vec<Option<u16>>; 2] {
    let mut command = Command::new("slowhttptest");
    command.args(ATTACK).args(options).args(["-u", &format!("http://{address}/{target}")]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let attack = Running::start(command);
    let (ends, ended) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || ends.send(attack.wait()));
        let (mut here, mut elsewhere) = (Vec::new(), Vec::new());
        loop {
            here.push(ask([127, 0, 0, 1], address));
            elsewhere.push(ask(ELSEWHERE, address));
            match ended.recv_timeout(PAUSE) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => return [here, elsewhere],
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

/// The attackers hold all permits that their network may have, and no others.
#[track_caller]
fn assert_only_their_network_waits([here, elsewhere]: [Vec<Option<u16>>; 2]) {
    assert!(here.contains(&Some(503)), "it was no attack: {here:?}");
    assert!(elsewhere.iter().all(|&status| status == Some(200)), "{elsewhere:?}");
}

macro_rules! on {
    ($($chapter:ident),+) => {$(
        mod $chapter {
            use super::*;
            use ::$chapter::{HttpServer, Response};

            #[test]
            fn slow_heads_take_the_permits_of_their_network_and_no_others() {
                if can_attack() {
                    let options = ["-H", "-i", "1"];
                    let asked = ask_the_program(stringify!($chapter), &options, "small.txt");
                    assert_only_their_network_waits(asked);
                }
            }

            /// The program reads no body; a server with a handler that wants one does.
            #[test]
            fn slow_bodies_take_the_permits_of_their_network_and_no_others() {
                if !can_attack() {
                    return;
                }
                let mut server = HttpServer::default();
                server.register(|_| true, |request| Ok(Response::text(request.body.clone())));
                Live::run(
                    |incoming| server.serve(incoming),
                    |live| {
                        let options = ["-B", "-i", "1", "-s", "9000"];
                        let asked = ask_while_attacked(&options, live.addr(), "upload");
                        assert_only_their_network_waits(asked);
                    },
                );
            }

            #[test]
            fn slow_readers_take_the_permits_of_their_network_and_no_others() {
                if can_attack() {
                    let options = ["-X", "-w", "512", "-y", "1024", "-n", "1", "-z", "32"];
                    let asked = ask_the_program(stringify!($chapter), &options, "large.bin");
                    assert_only_their_network_waits(asked);
                }
            }
        }
    )+};
}

on!(ch13, ch14);

/// Chapter 17's server is chapter 13's. But who answers here is a program, and there may be few of
/// them at once: fewer than bodies that are on their way.
#[test]
fn slow_bodies_keep_no_program_waiting() {
    if !can_attack() {
        return;
    }
    const AT_ONCE: usize = 4;
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("wire/scripts/unread");
    let programs = ch17::Cgi::one(&program).at_once(AT_ONCE);
    let answer = ch17::gateway(([127, 0, 0, 1], 8017).into(), programs);
    let mut server = ch17::HttpServer::default();
    server.register_reading(|_| true, move |request, body| answer(request, body));
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let options = ["-B", "-i", "1", "-s", "9000"];
            assert_only_their_network_waits(ask_while_attacked(&options, live.addr(), "upload"));
        },
    );
}

/// Nor is chapter 18's another one. Here a handler is in the middle of a form.
#[test]
fn slow_forms_keep_no_site_waiting() {
    if !can_attack() {
        return;
    }
    let mut app = ch18::App::default();
    let upload = ch18::post(|call| Ok(ch18::Response::text(call.form()?.to_string())));
    app.route("/upload", upload).unwrap();
    app.route("/small.txt", ch18::get(|_| Ok(ch18::Response::text("soup\n")))).unwrap();
    let answer = ch18::gateway(([127, 0, 0, 1], 8018).into(), app);
    let mut server = ch18::HttpServer::default();
    server.register_reading(ch18::prefix("/"), move |request, body| answer(request, body));
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let options = ["-B", "-i", "1", "-s", "9000"];
            assert_only_their_network_waits(ask_while_attacked(&options, live.addr(), "upload"));
        },
    );
}

/// They have room for all of them, whoever they are. `$adapter` serves as tests
/// need it.
macro_rules! with_one_thread {
    ($chapter:ident, $adapter:ty) => {
        mod $chapter {
            use super::*;
            use ::$chapter::{HttpServer, Response};

            #[test]
            fn slow_heads_keep_nobody_waiting() {
                if can_attack() {
                    let options = ["-H", "-i", "1"];
                    assert_all_served(ask_the_program(stringify!($chapter), &options, "small.txt"));
                }
            }

            #[test]
            fn slow_bodies_keep_nobody_waiting() {
                if !can_attack() {
                    return;
                }
                let mut server = HttpServer::default();
                server.register(|_| true, |request| Ok(Response::text(request.body.clone())));
                let server = <$adapter>::new(server);
                Live::run(
                    |incoming| server.serve(incoming),
                    |live| {
                        let options = ["-B", "-i", "1", "-s", "9000"];
                        let [_, elsewhere] = ask_while_attacked(&options, live.addr(), "upload");
                        assert_all_served([Vec::new(), elsewhere]);
                    },
                );
            }

            #[test]
            fn slow_readers_keep_nobody_waiting() {
                if can_attack() {
                    let options = ["-X", "-w", "512", "-y", "1024", "-n", "1", "-z", "32"];
                    let name = stringify!($chapter);
                    let [_, elsewhere] = ask_the_program(name, &options, "large.bin");
                    assert_all_served([Vec::new(), elsewhere]);
                }
            }
        }
    };
}

with_one_thread!(ch15, LoopServer);
with_one_thread!(ch16, TaskServer);

#[track_caller]
fn assert_all_served(asked: [Vec<Option<u16>>; 2]) {
    assert!(asked.concat().iter().all(|&status| status == Some(200)), "{asked:?}");
}
