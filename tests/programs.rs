//! The programs, as a user starts them: their arguments, their ports, what they
//! say, and the code with which they end.

use course_tests::binaries::{Ended, Running, Server, chapters, command};
use launch::Chapter;
use mock::{Ending, Events, Reply, TcpClient, assert_bytes};
use socket2::{Domain, SockAddr, Socket, Type};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::{io, thread};
#[cfg(target_os = "linux")]
use {mock::PATIENCE, std::fs, std::process::Stdio, std::time::Instant};

/// Templates and files of chapter 18.
const SITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chapters/ch18-framework/site");

/// What there is to know about a program before it is started.
struct Program {
    name: String,
    port: u16,
}

/// The server of each chapter.
fn servers() -> Vec<Program> {
    let program = |chapter: Chapter| Program { port: chapter.port(), name: chapter.id };
    chapters().into_iter().map(program).collect()
}

fn programs() -> Vec<Program> {
    let mut programs = servers();
    let others = [
        ("client", 8001),
        ("poll", 8115),
        ("chat", 8215),
        ("notes", 8315),
        ("echo", 8116),
        ("patient", 8316),
        ("git-server", 8117),
        ("php-server", 8217),
        ("hello-site", 8118),
        ("quote-server", 8218),
        ("hostile-server", 8119),
        #[cfg(unix)]
        ("prefork", 8120),
        #[cfg(unix)]
        ("together", 8122),
        ("five-ways", 8019),
    ];
    programs.extend(others.map(|(name, port)| Program { name: name.to_owned(), port }));
    programs
}

/// The options of a program as its help lists them: `--directory DIR`.
fn options(name: &str) -> Vec<String> {
    let help = String::from_utf8(run(name, &["--help"]).output).unwrap();
    // Between an option and what it does stand two spaces or more.
    let option = |line: &str| Some(line.strip_prefix("  --")?.split("  ").next()?.to_owned());
    let listed = help.lines().filter_map(option).filter(|option| option != "help");
    listed.map(|option| format!("--{option}")).collect()
}

/// A folder in which a program may leave what it keeps.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// How to start a program. One that keeps something where it is started, is started in `folder`.
fn command_in(folder: &tempfile::TempDir, name: &str, arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = command(name, arguments);
    if ["ch18", "ch22"].contains(&name) {
        command.current_dir(folder.path());
    }
    command
}

/// Starts a server so, on a free port.
fn start_in(folder: &tempfile::TempDir, name: &str, options: &[&str]) -> Server {
    let arguments = [&["127.0.0.1:0"], options].concat();
    Server::spawn(command_in(folder, name, &arguments))
}

/// Runs a program without input to its end.
fn run(name: &str, arguments: &[impl AsRef<OsStr>]) -> Ended {
    let folder = scratch();
    let mut running = Running::start(command_in(&folder, name, arguments));
    running.end_input();
    running.wait()
}

fn socket_address(address: &str) -> SocketAddr {
    address.parse().unwrap_or_else(|_| panic!("{address} is not an address with a number"))
}

// All programs

#[test]
fn help_is_printed_and_is_not_a_failure() {
    for Program { name, port } in &programs() {
        let ended = run(name, &["--help"]);
        assert_eq!((ended.code, &*ended.errors), (0, ""), "{name}");
        let help = String::from_utf8(ended.output.clone()).unwrap();
        assert!(help.starts_with(&format!("{name}: ")), "{help}");
        assert!(help.contains(&format!("Usage: cargo run --bin {name} -- ")), "{help}");
        assert!(help.contains(&format!("127.0.0.1:{port}")), "{help}");
        assert!(help.ends_with("  --help              print this text\n"), "{help}");
        assert_eq!(run(name, &["-h"]).output, ended.output);
    }
}

#[test]
fn help_that_nobody_reads_is_not_a_failure_either() {
    for Program { name, .. } in &programs() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let mut command = command(name, &["--help"]);
        command.stdout(writer);
        let ended = Running::start(command).wait();
        assert_eq!((ended.code, &*ended.errors), (0, ""), "{name}");
    }
}

/// The two lines that stand on standard error when the arguments make no sense.
fn assert_refused(ended: &Ended, name: &str, why: &str) {
    assert_eq!((ended.code, &*ended.output), (2, &b""[..]), "{name}: {}", ended.errors);
    let lines: Vec<_> = ended.errors.lines().collect();
    let [sentence, advice] = lines[..] else { panic!("{name} says: {}", ended.errors) };
    assert!(sentence.starts_with(&format!("{name}: ")), "{sentence}");
    assert!(sentence.contains(why), "{sentence}");
    assert!(advice.contains(&format!("cargo run --bin {name} -- --help")), "{advice}");
}

#[test]
fn wrong_arguments_are_answered_with_a_sentence() {
    for Program { name, port, .. } in &programs() {
        let example = format!("127.0.0.1:{port}");
        for (arguments, why) in [
            (&["--no-such-option"][..], "--no-such-option"),
            (&["8001"], &example),
            (&["localhost"], "localhost"),
            (&["127.0.0.1:65536"], "127.0.0.1:65536"),
            (&[""], &example),
            (&["127.0.0.1:0", "127.0.0.1:1"], "127.0.0.1:1"),
        ] {
            assert_refused(&run(name, arguments), name, why);
        }
    }
}

#[test]
fn an_option_without_its_value_is_answered_with_a_sentence() {
    for Program { name, .. } in &programs() {
        for option in options(name).iter().filter_map(|option| option.split_once(' ')) {
            assert_refused(&run(name, &[option.0]), name, option.0);
        }
    }
}

#[cfg(unix)]
#[test]
fn arguments_that_are_no_text_are_answered_with_a_sentence() {
    use std::os::unix::ffi::OsStrExt;
    for Program { name, port, .. } in &programs() {
        let address = OsStr::from_bytes(b"caf\xe9:80\xff");
        assert_refused(&run(name, &[address]), name, &format!("127.0.0.1:{port}"));
        let option = OsStr::from_bytes(b"--caf\xe9");
        assert_refused(&run(name, &[option]), name, "--caf");
    }
}

// All servers

#[test]
fn with_port_0_a_server_says_which_port_it_got_and_how_to_talk_to_it() {
    for Program { name, .. } in &servers() {
        let folder = scratch();
        let server = start_in(&folder, name, &[]);
        let address = socket_address(&server.address);
        assert_eq!(address.ip(), Ipv4Addr::LOCALHOST);
        assert_ne!(address.port(), 0);
        assert!(server.try_it.starts_with(&format!("{name}: ")), "{}", server.try_it);
        assert!(server.try_it.contains(&server.address), "{}", server.try_it);
        assert!(server.try_it.contains("Ctrl-C"), "{}", server.try_it);
        TcpClient::connect(address);
    }
}

/// On every address of the machine, but nobody is told to open `http://0.0.0.0/`.
#[test]
fn on_all_addresses_a_server_names_one_that_can_be_opened() {
    for Program { name, .. } in &servers() {
        let folder = scratch();
        let server = Server::spawn(command_in(&folder, name, &["0.0.0.0:0"]));
        let port = socket_address(&server.address).port();
        assert!(server.try_it.contains(&format!("127.0.0.1:{port}")), "{}", server.try_it);
        TcpClient::connect((Ipv4Addr::LOCALHOST, port).into());
    }
}

#[test]
fn options_are_taken_before_and_behind_the_address() {
    for Program { name, .. } in &servers() {
        let options = options(name);
        // What a master starts is no server without it.
        let options = options.iter().filter(|option| **option != "--worker");
        let with_values = options.map(|option| match option.split_once(' ') {
            Some(("--site", _)) => vec!["--site", SITE],
            Some((option, "DIR")) => vec![option, "."],
            Some((option, "N" | "MS")) => vec![option, "4"],
            Some((option, "ADDRESS" | "LIST")) => vec![option, "127.0.0.1:9"],
            Some((option, "METHOD")) => vec![option, "least"],
            Some((option, "TARGET")) => vec![option, "/"],
            Some(other) => panic!("what is a value of {other:?}?"),
            None => vec![&**option],
        });
        for option in with_values {
            let folder = scratch();
            let before = [&option[..], &["127.0.0.1:0"]].concat();
            Server::spawn(command_in(&folder, name, &before));
            start_in(&folder, name, &option);
        }
    }
}

#[test]
fn a_port_that_is_taken_is_reported_with_advice() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for Program { name, .. } in &servers() {
        let ended = run(name, &[&address]);
        assert_eq!((ended.code, &*ended.output), (1, &b""[..]), "{name}");
        let sentence = &ended.errors;
        assert!(sentence.starts_with(&format!("{name}: {address} is in use")), "{sentence}");
        assert!(sentence.contains(&format!("cargo run --bin {name} -- 127.0.0.1:0")), "{sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
}

#[test]
fn an_address_of_another_machine_is_reported() {
    for Program { name, .. } in &servers() {
        // RFC 5737 keeps this address for examples; it is nobody's.
        let ended = run(name, &["192.0.2.1:0"]);
        assert_eq!((ended.code, &*ended.output), (1, &b""[..]), "{name}");
        let sentence = &ended.errors;
        assert!(sentence.starts_with(&format!("{name}: 192.0.2.1:0 ")), "{sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
    }
}

#[test]
fn a_log_that_nobody_reads_does_not_stop_a_server() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut command = command("ch02", &["127.0.0.1:0"]);
    command.stderr(writer);
    let server = Server::spawn(command);
    let address = socket_address(&server.address);
    for _ in 0..3 {
        // Each of them is worth a line in the log.
        let mut rude = TcpClient::connect(address);
        rude.read_until("\n");
        rude.reset();
    }
    assert_bytes!(TcpClient::connect(address).read_until("\n"), "Thank you for connecting\n");
}

// The client

/// A client that is connected, and ready to be typed into.
fn client(options: &[&str], address: &str) -> Running {
    let client = Running::start(command("client", &[&[address], options].concat()));
    assert_eq!(client.error_line(), format!("client: connected to {address}"));
    client
}

/// What a client prints to whom `input` is piped.
fn pipe(input: impl AsRef<[u8]>, options: &[&str], address: &str) -> Vec<u8> {
    let mut client = client(options, address);
    client.send(input);
    client.end_input();
    ended_well(client)
}

fn ended_well(client: Running) -> Vec<u8> {
    let Ended { code, output, errors } = client.wait();
    assert_eq!((code, &*errors), (0, "client: the server closed the connection\n"));
    output
}

#[test]
fn ch01_sends_back_what_is_piped_and_ends_with_its_client() {
    for input in [&b""[..], b"hello", b"hello\r\n\0\xff\n", &b"0123456789\n".repeat(10_000)] {
        let server = Server::start("ch01", &[]);
        assert_bytes!(pipe(input, &[], &server.address), input);
        let ended = server.running.wait();
        assert_eq!((ended.code, &*ended.output), (0, &b""[..]));
        assert_eq!(ended.errors, format!("ch01: sent back {} bytes\n", input.len()));
    }
}

#[test]
fn ch01_tells_that_its_client_was_lost() {
    let server = Server::start("ch01", &[]);
    let mut rude = TcpClient::connect(socket_address(&server.address));
    rude.send("hello\n");
    rude.read_until("\n");
    rude.reset();
    let ended = server.running.wait();
    assert_eq!(ended.code, 1);
    assert!(ended.errors.starts_with("ch01: "), "{}", ended.errors);
}

#[test]
fn ch02_serves_one_client_after_the_other() {
    let server = Server::start("ch02", &[]);
    let mut first = client(&[], &server.address);
    assert_eq!(first.line(), "Thank you for connecting");
    let mut second = client(&[], &server.address);
    second.send("I came second\n");
    second.end_input();
    first.send("I came first\n");
    assert_eq!(first.line(), "I came first");
    first.end_input();
    assert_bytes!(ended_well(first), b"");
    assert_bytes!(ended_well(second), b"Thank you for connecting\nI came second\n");
    assert_bytes!(pipe("third", &[], &server.address), b"Thank you for connecting\nthird");
}

#[test]
fn ch03_serves_two_clients_at_once_until_they_are_done() {
    let server = Server::start("ch03", &[]);
    let mut first = client(&[], &server.address);
    let mut second = client(&["--crlf"], &server.address);
    for number in 0..3 {
        second.send(format!("line {number}\n"));
        assert_eq!(second.line(), format!("line {number}\r"));
        first.send(format!("line {number}\n"));
        assert_eq!(first.line(), format!("line {number}"));
    }
    // The keyboard is still there when the server closes.
    second.send("done\n");
    assert_bytes!(ended_well(second), b"bye!\n");
    first.send("done\n");
    assert_bytes!(ended_well(first), b"bye!\n");
    assert_bytes!(pipe("one\ndone\n", &["--keep-open"], &server.address), b"one\nbye!\n");
    assert_bytes!(pipe("one\nhalf", &[], &server.address), b"one\n");
}

#[test]
fn three_clients_chat_in_ch04_and_in_a_loop() {
    for (name, options) in [("ch04", &[][..]), ("ch04", &["--direct"]), ("chat", &[])] {
        let server = Server::start(name, options);
        let enter = |name: &str| {
            let client = client(&[], &server.address);
            let welcome = client.line();
            assert!(welcome.starts_with(&format!("* welcome, {name}:")), "{welcome}");
            client
        };
        let mut ada = enter("guest1");
        let mut bob = enter("guest2");
        assert_eq!(ada.line(), "* guest2 has joined");
        let mut cleo = enter("guest3");
        for client in [&ada, &bob] {
            assert_eq!(client.line(), "* guest3 has joined");
        }
        ada.send("/NAME ada\nhello\n");
        assert_eq!(ada.line(), "* you are now ada");
        for client in [&bob, &cleo] {
            assert_eq!(client.line(), "* guest1 is now ada");
            assert_eq!(client.line(), "ada: hello");
        }
        cleo.send("good morning\n/EXIT\n");
        for client in [&ada, &bob] {
            assert_eq!(client.line(), "guest3: good morning");
            assert_eq!(client.line(), "* guest3 has left");
        }
        assert_bytes!(ended_well(cleo), b"* goodbye\n");
        bob.end_input();
        assert_bytes!(ended_well(bob), b"");
        ada.end_input();
        assert_bytes!(ended_well(ada), b"* guest2 has left\n");
    }
}

#[test]
fn a_folder_that_is_none_is_told_to_whoever_starts_the_server() {
    let with_files = ["ch10", "ch11", "ch12", "ch13", "ch14", "ch15", "ch16", "ch19", "php-server"];
    let mut options = with_files.map(|name| (name, "--directory")).to_vec();
    if cfg!(unix) {
        options.extend([("git-server", "--directory"), ("ch17", "--scripts")]);
    }
    for (name, option) in options {
        let ended = run(name, &["127.0.0.1:0", option, "no-such-folder"]);
        assert_eq!(ended.code, 1);
        let sentence =
            format!("{name}: there is no folder no-such-folder; name one with {option} ");
        assert!(ended.errors.starts_with(&sentence), "{}", ended.errors);
        assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
    }
}

#[test]
fn every_http_server_answers_a_request_that_is_typed() {
    for Program { name, port } in servers().iter().filter(|server| server.port >= 8005) {
        // Each with the version that it knows, whatever the client's is (RFC 9110 section 2.5).
        let version = if *port >= 8012 { "HTTP/1.1 " } else { "HTTP/1.0 " };
        let folder = scratch();
        let server = start_in(&folder, name, &[]);
        for _ in 0..2 {
            let answer = pipe("GET / HTTP/1.0\n\n", &["--crlf"], &server.address);
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.starts_with(version), "{name} says: {answer}");
            assert!(answer.contains("\r\nServer: OwnHands/0.1\r\n"), "{name} says: {answer}");
        }
    }
}

/// Its length is known without reading it.
#[test]
fn head_is_answered_for_a_file_that_is_larger_than_any_memory() {
    let folder = tempfile::tempdir().unwrap();
    // A terabyte of nothing; not every file system can have it.
    let large = File::create(folder.path().join("large.bin")).unwrap();
    if large.set_len(1 << 40).is_err() {
        return;
    }
    let directory = folder.path().to_str().expect("a temporary folder's name is text");
    for name in ["ch10", "ch11"] {
        let server = Server::start(name, &["--directory", directory]);
        let mut client = TcpClient::connect(socket_address(&server.address));
        client.send("HEAD /large.bin HTTP/1.0\r\n\r\n");
        let (head, _) = client.read_to_end();
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.0 200 OK\r\n"), "{head}");
        assert!(head.contains("\r\nContent-Length: 1099511627776\r\n"), "{head}");
        assert!(head.ends_with("\r\n\r\n"), "{head}");
    }
}

/// Nor is more of it read than what is asked for.
#[test]
fn ch11_gives_the_end_of_a_file_that_is_larger_than_any_memory() {
    let folder = tempfile::tempdir().unwrap();
    let large = File::create(folder.path().join("large.bin")).unwrap();
    if large.set_len(1 << 40).is_err() {
        return;
    }
    let directory = folder.path().to_str().expect("a temporary folder's name is text");
    let server = Server::start("ch11", &["--directory", directory]);
    let mut client = TcpClient::connect(socket_address(&server.address));
    client.send("GET /large.bin HTTP/1.0\r\nRange: bytes=-3\r\n\r\n");
    let (bytes, ending) = client.read_to_end();
    let reply = Reply::parse(bytes);
    assert_eq!((reply.status, ending), (206, Ending::Closed));
    let part = "bytes 1099511627773-1099511627775/1099511627776";
    assert_eq!(reply.header("Content-Range"), Some(part));
    assert_bytes!(reply.body, b"\0\0\0");
}

#[test]
fn ch11_lists_a_folder_unless_it_is_told_not_to() {
    let folder = tempfile::tempdir().unwrap();
    File::create(folder.path().join("a.txt")).unwrap();
    let directory = folder.path().to_str().expect("a temporary folder's name is text");
    for (options, status) in
        [(&[][..], 200), (&["--list"], 200), (&["--no-list"], 404), (&["--no-list", "--list"], 404)]
    {
        let server = Server::start("ch11", &[&["--directory", directory], options].concat());
        let mut client = TcpClient::connect(socket_address(&server.address));
        client.send("GET / HTTP/1.0\r\n\r\n");
        let reply = Reply::parse(client.read_to_end().0);
        assert_eq!(reply.status, status, "{options:?}");
        assert_eq!(reply.text().contains("a.txt"), status == 200, "{options:?}");
    }
}

/// Without a folder it is the one in which it was started, which is that of these tests.
#[test]
fn ch11_serves_the_folder_in_which_it_was_started_and_logs_who_came() {
    let server = Server::start("ch11", &[]);
    let mut client = TcpClient::connect(socket_address(&server.address));
    client.send("GET /programs.rs HTTP/1.0\r\nRange: bytes=0-2\r\nUser-Agent: a \"b\"\r\n\r\n");
    assert_eq!(Reply::parse(client.read_to_end().0).text(), "//!");
    let line = server.running.error_line();
    assert!(line.starts_with("127.0.0.1 - - ["), "{line}");
    let visit = r#"] "GET /programs.rs HTTP/1.0" 206 3 "-" "a \"b\"" 0."#;
    assert!(line.contains(visit), "{line}");
}

/// However many pieces an answer goes out in, and whatever is sent with the first of them.
#[test]
fn an_answer_is_one_line_of_the_log_with_all_of_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("small.txt"), "soup\n").unwrap();
    std::fs::write(folder.path().join("large.txt"), vec![b'x'; 300_000]).unwrap();
    let directory = folder.path().to_str().expect("a temporary folder's name is text");
    for name in ["ch12", "ch13", "ch14", "ch15", "ch16"] {
        let server = Server::start(name, &["--directory", directory]);
        let mut client = TcpClient::connect(socket_address(&server.address));
        let get = |path| format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n");
        let (small, large) = (get("/small.txt"), get("/large.txt"));
        client.send(format!("{small}\r\n{large}\r\n{small}Connection: close\r\n\r\n"));
        client.read_to_end();
        for (path, count) in [("/small.txt", 5), ("/large.txt", 300_000), ("/small.txt", 5)] {
            let line = server.running.error_line();
            let visit = format!("\"GET {path} HTTP/1.1\" 200 {count} ");
            assert!(line.contains(&visit), "{name}: {line}");
        }
    }
}

/// How to start a server that may not have as much of something as others; options can be added.
#[cfg(target_os = "linux")]
fn limited(name: &str, limit: &str) -> Command {
    let mut command = Command::new("sh");
    let script = format!("{limit}; exec \"$0\" 127.0.0.1:0 \"$@\"");
    command.arg("-c").arg(script).arg(course_tests::binaries::binary(name));
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The other limit is the one that nobody but root may raise.
#[cfg(target_os = "linux")]
#[test]
fn from_chapter_15_on_a_server_asks_for_as_many_descriptors_as_it_may_have() {
    let limits = [("ulimit -Sn 64; ulimit -Hn 500", "500"), ("ulimit -n 64", "64")];
    for (name, (limit, has)) in
        ["ch15", "ch16"].into_iter().flat_map(|name| limits.map(|one| (name, one)))
    {
        let server = Server::spawn(limited(name, limit));
        let limits = fs::read_to_string(format!("/proc/{}/limits", server.running.id())).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        assert_eq!(line.split_whitespace().nth(3), Some(has), "{line}");
    }
}

/// They have asked once, and stay. The programs know for how many they have descriptors.
#[cfg(target_os = "linux")]
#[test]
fn from_chapter_15_on_who_is_idle_goes_before_there_are_no_descriptors_left() {
    for name in ["ch15", "ch16"] {
        let server = Server::spawn(limited(name, "ulimit -n 64"));
        let mut idle = Vec::new();
        for number in 0..70 {
            let mut client = TcpClient::connect(socket_address(&server.address));
            client.send("GET /no-such-file HTTP/1.1\r\nHost: localhost\r\n\r\n");
            let answer = client.read_until("\r\n\r\n");
            assert!(answer.starts_with(b"HTTP/1.1 404 "), "{name}, client {number}");
            // And not that nobody can be accepted.
            let line = server.running.error_line();
            assert!(line.contains("\" 404 "), "{name}, client {number}: {line}");
            idle.push(client);
        }
    }
}

/// Programs that stop when they are told to, and what they are told.
#[cfg(unix)]
mod stopping {
    use super::*;
    use mock::{PATIENCE, Seed};
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use std::fs;
    use std::sync::mpsc::{self, Receiver};
    use std::time::{Duration, Instant};
    use tempfile::TempDir;

    /// Those who do.
    const PROGRAMS: [&str; 4] = ["ch13", "ch14", "ch15", "ch16"];

    /// Each of them with what Ctrl-C sends, and with what a system sends that shuts down.
    fn told() -> impl Iterator<Item = (&'static str, Signal)> {
        let signals = [Signal::SIGINT, Signal::SIGTERM];
        PROGRAMS.into_iter().flat_map(move |name| signals.map(|signal| (name, signal)))
    }

    /// More than lies between a server and a client that does not read, in bytes.
    const LARGE: usize = 8 << 20;

    struct Site {
        folder: TempDir,
        large: Vec<u8>,
    }

    impl Site {
        fn new() -> Self {
            let (folder, large) = (tempfile::tempdir().unwrap(), Seed::new().bytes(LARGE));
            fs::write(folder.path().join("large.bin"), &large).unwrap();
            fs::write(folder.path().join("small.txt"), "soup\n").unwrap();
            Self { folder, large }
        }

        fn start(&self, name: &str) -> Server {
            Server::start(name, &["--directory", self.folder.path().to_str().unwrap()])
        }
    }

    fn tell(server: &Server, signal: Signal) {
        kill(Pid::from_raw(server.running.id() as i32), signal).unwrap();
    }

    /// Waits until it is stopping; what it has logged before is passed over.
    fn wait_for_stop(server: &Server) {
        while !server.running.error_line().starts_with("stopping: ") {}
    }

    fn connect(server: &Server) -> TcpClient {
        TcpClient::connect(socket_address(&server.address))
    }

    fn ask(client: &mut TcpClient, name: &str) {
        client.send(format!("GET /{name} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }

    /// Asks for the large file and reads only the head of the answer.
    fn begin_download(server: &Server) -> TcpClient {
        let mut client = connect(server);
        // Some systems let a buffer grow to more than the file has.
        socket2::SockRef::from(client.stream()).set_recv_buffer_size(64 * 1024).unwrap();
        ask(&mut client, "large.bin");
        client.read_until("\r\n\r\n");
        client
    }

    /// Its standard error is a pipe with room for a few of the lines. Up to chapter 14 the answers
    /// end there, too.
    #[test]
    fn ch15_serves_on_if_nobody_reads_its_log_and_all_lines_are_there_when_somebody_does() {
        const REQUESTS: usize = 100;
        let (mut reader, writer) = io::pipe().unwrap();
        let site = Site::new();
        let folder = site.folder.path().to_str().unwrap();
        let mut command = command("ch15", &["127.0.0.1:0", "--directory", folder]);
        command.stderr(writer);
        let server = Server::spawn(command);
        let mut client = connect(&server);
        let agent = "a".repeat(8000);
        for number in 0..REQUESTS {
            let target = format!("/small.txt?{number}");
            client.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\nUser-Agent: {agent}\r\n\r\n"));
            client.read_until("soup\n");
        }
        let log = thread::spawn(move || {
            let mut log = String::new();
            reader.read_to_string(&mut log).unwrap();
            log
        });
        tell(&server, Signal::SIGINT);
        assert_eq!(server.running.wait().code, 0);
        let log = log.join().unwrap();
        // The last answer may still be to be logged when it is told to stop.
        let lines: Vec<_> = log.lines().filter(|line| !line.starts_with("stopping: ")).collect();
        assert_eq!((lines.len(), log.lines().count()), (REQUESTS, REQUESTS + 1));
        for (number, line) in lines.iter().enumerate() {
            let visit =
                format!("] \"GET /small.txt?{number} HTTP/1.1\" 200 5 \"-\" \"{agent}\" 0.");
            assert!(line.contains(&visit), "{number}: {line}");
        }
    }

    /// The end waits for a second in which nothing is written, and once.
    #[test]
    fn who_does_not_read_the_log_is_waited_for_once() {
        for name in ["ch15", "ch16"] {
            let (_unread, writer) = io::pipe().unwrap();
            let site = Site::new();
            let folder = site.folder.path().to_str().unwrap();
            let mut command = command(name, &["127.0.0.1:0", "--directory", folder]);
            command.stderr(writer);
            let server = Server::spawn(command);
            let mut client = connect(&server);
            let agent = "a".repeat(8000);
            for _ in 0..100 {
                client.send(format!(
                    "GET /small.txt HTTP/1.1\r\nUser-Agent: {agent}\r\nHost: a\r\n\r\n"
                ));
                client.read_until("soup\n");
            }
            drop(client);
            let told = Instant::now();
            tell(&server, Signal::SIGINT);
            assert_eq!(server.running.wait().code, 0);
            let waited = told.elapsed();
            let once = Duration::from_secs(1)..Duration::from_secs(2);
            assert!(once.contains(&waited), "{name}: {waited:?}");
        }
    }

    #[test]
    fn those_finish_who_are_being_served_and_the_program_ends_with_0() {
        let site = Site::new();
        for (name, signal) in told() {
            let server = site.start(name);
            let mut asking = connect(&server);
            asking.send("GET /small.txt HTTP/1.1\r\n");
            let mut idle = connect(&server);
            ask(&mut idle, "small.txt");
            idle.read_until("soup\n");
            let downloads: Vec<_> = (0..4).map(|_| begin_download(&server)).collect();

            tell(&server, signal);
            wait_for_stop(&server);
            // While the downloads wait, the idle one is closed, and nobody else is let in.
            assert_eq!(idle.read_to_end(), (Vec::new(), Ending::Closed));
            let refused = TcpStream::connect(&server.address).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
            // Who had begun to ask is answered, and told that it is the end.
            asking.send("Host: localhost\r\n\r\n");
            let (bytes, ending) = asking.read_to_end();
            let reply = Reply::parse(bytes);
            assert_eq!((reply.status, reply.text(), ending), (200, "soup\n", Ending::Closed));
            assert_eq!(reply.header("Connection"), Some("close"));
            for mut download in downloads {
                let (bytes, ending) = download.read_to_end();
                assert_bytes!(bytes, site.large);
                assert_eq!(ending, Ending::Closed);
            }
            let ended = server.running.wait();
            assert_eq!(ended.code, 0, "{}", ended.errors);
            assert!(!ended.errors.contains("before they were done"), "{}", ended.errors);
        }
    }

    #[test]
    fn the_second_signal_ends_all() {
        let site = Site::new();
        for (name, signal) in told() {
            let server = site.start(name);
            let _download = begin_download(&server);
            tell(&server, signal);
            wait_for_stop(&server);
            tell(&server, signal);
            let ended = server.running.wait();
            assert_eq!(ended.code, 130, "{}", ended.errors);
        }
    }

    /// Those of chapter 17 wait for programs, which know nothing of Ctrl-C: each has a process
    /// group of its own.
    struct WithProgram {
        _folder: TempDir,
        server: Server,
        _client: TcpClient,
        /// At its end when the program has ended, with what it has started.
        alive: Receiver<()>,
    }

    impl WithProgram {
        fn new() -> Self {
            let server = Server::start("ch17", &["--scripts", "wire/scripts"]);
            let folder = tempfile::tempdir().unwrap();
            let pipe = folder.path().join("alive");
            mock::named_pipe(&pipe).unwrap();
            let (ends, alive) = mpsc::channel();
            let mut client = connect(&server);
            ask(&mut client, &format!("cgi-bin/forever{}", pipe.display()));
            thread::spawn(move || {
                // Whoever opens it waits for who writes, and reads its end when nobody does.
                let outcome = fs::File::open(pipe).and_then(|mut pipe| pipe.read(&mut [0]));
                assert_eq!(outcome.unwrap(), 0);
                ends.send(()).unwrap();
            });
            client.read_until("and so on\n");
            Self { _folder: folder, server, _client: client, alive }
        }

        /// The end of the server, when there is nobody left.
        fn wait(self) -> Ended {
            let ended = self.server.running.wait();
            self.alive.recv_timeout(PATIENCE).expect("nobody is left behind");
            ended
        }
    }

    #[test]
    fn a_program_that_never_ends_is_told_to_when_the_time_to_stop_is_over() {
        let waiting = WithProgram::new();
        let (told, stop_time) = (Instant::now(), ch17::Limits::default().stop_time);
        tell(&waiting.server, Signal::SIGTERM);
        wait_for_stop(&waiting.server);
        let ended = waiting.wait();
        assert!(told.elapsed() >= stop_time, "it may finish until then: {:?}", told.elapsed());
        assert_eq!(ended.code, 0, "{}", ended.errors);
        assert!(ended.errors.contains("closed before they were done: 1\n"), "{}", ended.errors);
    }

    #[test]
    fn the_second_signal_ends_programs_too() {
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            let waiting = WithProgram::new();
            tell(&waiting.server, signal);
            wait_for_stop(&waiting.server);
            tell(&waiting.server, signal);
            let ended = waiting.wait();
            assert_eq!(ended.code, 130, "{}", ended.errors);
        }
    }

    #[test]
    fn they_stop_on_whatever_address_they_listen() {
        let addresses = ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"];
        for (name, address) in PROGRAMS
            .into_iter()
            .chain(["ch17", "ch18", "ch22"])
            .flat_map(|name| addresses.map(|one| (name, one)))
        {
            if TcpListener::bind(address).is_err() {
                eprintln!("there is no {address} here");
                continue;
            }
            let folder = scratch();
            let server = Server::spawn(command_in(&folder, name, &[address]));
            tell(&server, Signal::SIGTERM);
            assert_eq!(server.running.wait().code, 0, "{name} on {address}");
        }
    }

    /// The thread that accepts holds the last one while it waits, and to wake it takes another.
    #[cfg(target_os = "linux")]
    #[test]
    fn they_stop_when_clients_hold_all_descriptors() {
        // From chapter 15 on they do not let it come to that.
        ["ch13", "ch14"].into_iter().for_each(stops_when_clients_hold_all_descriptors);
    }

    #[cfg(target_os = "linux")]
    fn stops_when_clients_hold_all_descriptors(name: &str) {
        let most: usize = 24;
        let server = Server::spawn(limited(name, &format!("ulimit -n {most}")));
        // The limit is one of their numbers; what is inherited may have higher ones.
        let open = |number| {
            fs::symlink_metadata(format!("/proc/{}/fd/{number}", server.running.id())).is_ok()
        };
        let mut clients = Vec::new();
        while (0..most).filter(|&number| open(number)).count() < most - 1 {
            let mut client = connect(&server);
            ask(&mut client, "no-such-file");
            client.read_until("\r\n\r\n");
            clients.push(client);
        }
        tell(&server, Signal::SIGTERM);
        let ended = server.running.wait();
        assert_eq!(ended.code, 0, "{name}: {}", ended.errors);
    }
}

/// A stack that no system has room for; the main thread has another.
const NO_SUCH_STACK: &str = "140737488355328";

#[test]
fn who_comes_when_no_thread_can_be_made_is_told_503_and_the_server_lives() {
    // From chapter 13 on a program needs one thread, which hears Ctrl-C: see below.
    for Program { name, .. } in servers().iter().filter(|one| (8006..8013).contains(&one.port)) {
        let mut command = command(name, &["127.0.0.1:0"]);
        command.env("RUST_MIN_STACK", NO_SUCH_STACK);
        let server = Server::spawn(command);
        for _ in 0..2 {
            let (answer, ending) =
                TcpClient::connect(socket_address(&server.address)).read_to_end();
            assert_bytes!(
                answer,
                "HTTP/1.0 503 Service Unavailable\r\n\
                 Server: OwnHands/0.1\r\n\
                 Content-Length: 0\r\n\
                 Connection: close\r\n\
                 \r\n"
            );
            assert_eq!(ending, Ending::Closed);
        }
    }
}

/// Those who come then wait in the kernel until somebody leaves.
#[cfg(target_os = "linux")]
#[test]
fn a_server_whose_descriptors_were_all_taken_serves_again_when_they_are_free() {
    for name in ["ch12", "ch13", "ch14"] {
        let server = Server::spawn(limited(name, "ulimit -n 16"));
        let connect = || TcpClient::connect(socket_address(&server.address));
        let silent: Vec<_> = (0..30).map(|_| connect()).collect();
        while !server.running.error_line().starts_with("accept failed: ") {}
        let mut waiting = connect();
        waiting.send("GET /no-such-file HTTP/1.1\r\nHost: localhost\r\n\r\n");
        drop(silent);
        assert!(waiting.read_until("\r\n\r\n").starts_with(b"HTTP/1.1 404 "), "{name}");
    }
}

/// Each thread takes a quarter of a gibibyte, of which there are not many.
#[cfg(target_os = "linux")]
#[test]
fn ch13_tells_503_when_no_thread_can_be_made_until_somebody_leaves() {
    let mut command = limited("ch13", "ulimit -v 1300000");
    command.env("RUST_MIN_STACK", (256 << 20).to_string());
    let server = Server::spawn(command);
    let ask = || {
        let mut client = TcpClient::connect(socket_address(&server.address));
        client.send("GET /no-such-file HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let head = client.read_until("\r\n\r\n");
        (client, head)
    };
    let mut served = Vec::new();
    let refused = loop {
        let (client, head) = ask();
        match head.starts_with(b"HTTP/1.1 404 ") {
            true if served.len() < 20 => served.push(client),
            true => panic!("there is no limit"),
            false => break head,
        }
    };
    assert_bytes!(
        refused,
        "HTTP/1.1 503 Service Unavailable\r\n\
         Server: OwnHands/0.1\r\n\
         Content-Length: 0\r\n\
         Connection: close\r\n\
         \r\n"
    );
    let mut leaving = served.pop().expect("one is served");
    leaving.finish();
    leaving.read_to_end();
    let started = Instant::now();
    while !ask().1.starts_with(b"HTTP/1.1 404 ") {
        assert!(started.elapsed() < PATIENCE, "its thread has not ended");
    }
}

/// Without an option there are two hundred, of two mebibytes each. As many as are asked for, or
/// none at all.
#[cfg(target_os = "linux")]
#[test]
fn ch14_says_that_it_cannot_have_so_many_threads_and_with_fewer_it_serves() {
    let limited = || limited("ch14", "ulimit -v 200000");
    let ended = Running::start(limited()).wait();
    assert_eq!(ended.code, 1, "{}", ended.errors);
    let sentence = "ch14: cannot make 200 threads; fewer with --workers N: ";
    assert!(ended.errors.starts_with(sentence), "{}", ended.errors);
    assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);

    let mut fewer = limited();
    fewer.args(["--workers", "4"]);
    let server = Server::spawn(fewer);
    let mut client = TcpClient::connect(socket_address(&server.address));
    client.send("GET /no-such-file HTTP/1.0\r\n\r\n");
    assert_eq!(Reply::parse(client.read_to_end().0).status, 404);
}

/// They are all that need room; the loop needs none for its clients.
#[cfg(target_os = "linux")]
#[test]
fn from_chapter_15_on_a_server_says_that_it_cannot_have_its_threads() {
    for name in ["ch15", "ch16"] {
        let mut command = limited(name, "ulimit -v 1000000");
        command.env("RUST_MIN_STACK", (128 << 20).to_string());
        let ended = Running::start(command).wait();
        assert_eq!(ended.code, 1, "{}", ended.errors);
        let sentence = format!("{name}: cannot make 16 threads: ");
        assert!(ended.errors.starts_with(&sentence), "{}", ended.errors);
        assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
    }
}

#[test]
fn ch14_wants_a_number_of_workers() {
    for count in ["0", "x", "-1", "1.5", ""] {
        let ended = run("ch14", &["127.0.0.1:0", "--workers", count]);
        let sentence = format!("ch14: {count} is not a number of workers\n");
        assert_eq!((ended.code, ended.errors), (1, sentence));
        assert_bytes!(ended.output, b"");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn ch14_makes_as_many_workers_as_it_is_told() {
    for (options, expected) in [(&[][..], 200), (&["--workers", "4"], 4)] {
        let server = Server::start("ch14", options);
        let mut client = TcpClient::connect(socket_address(&server.address));
        client.send("GET /no-such-file HTTP/1.0\r\n\r\n");
        client.read_to_end();
        // They are made before anybody is accepted; but each gives itself its name when it begins.
        let name = |thread: io::Result<fs::DirEntry>| {
            fs::read_to_string(thread.unwrap().path().join("comm")).unwrap()
        };
        let workers = || {
            let threads = fs::read_dir(format!("/proc/{}/task", server.running.id())).unwrap();
            threads.map(name).filter(|name| name.starts_with("worker ")).count()
        };
        let started = Instant::now();
        while workers() < expected && started.elapsed() < PATIENCE {
            thread::yield_now();
        }
        assert_eq!(workers(), expected);
    }
}

/// Where nothing is found that they start.
#[cfg(unix)]
#[test]
fn servers_that_need_another_program_say_which() {
    let sentences = [
        ("git-server", "git-server: cannot start git: "),
        ("php-server", "php-server: cannot start php-cgi ("),
    ];
    for (name, sentence) in sentences {
        let mut command = command(name, &["127.0.0.1:0"]);
        command.env("PATH", "/no-such-folder");
        let ended = Running::start(command).wait();
        assert_eq!((ended.code, &*ended.output), (1, &b""[..]), "{name}");
        assert!(ended.errors.starts_with(sentence), "{}", ended.errors);
        assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
    }
}

/// It is a question to the server, and no application is asked.
#[test]
fn servers_with_an_application_are_asked_themselves_what_they_can_do() {
    for name in ["ch17", "ch18", "hello-site", "quote-server"] {
        let folder = scratch();
        let server = start_in(&folder, name, &[]);
        let mut client = TcpClient::connect(socket_address(&server.address));
        client.send("OPTIONS * HTTP/1.0\r\n\r\n");
        let reply = Reply::parse(client.read_to_end().0);
        assert_eq!((reply.status, reply.header("Allow").is_some()), (204, true), "{name}");
    }
}

/// Each says its sentence, the second one at its own pace.
#[test]
fn the_small_servers_of_ch18_say_what_they_have_to_say() {
    let ask = |server: &Server, target: &str| {
        let mut client = TcpClient::connect(socket_address(&server.address));
        client.send(format!("GET {target} HTTP/1.0\r\n\r\n"));
        let reply = Reply::parse(client.read_to_end().0);
        (reply.status, reply.text().to_owned())
    };
    let hello = Server::start("hello-site", &["--site", SITE]);
    for (target, name) in [("/hello/Ann", "Ann"), ("/hello?name=%3Cb%3E", "&lt;b&gt;")] {
        let page = format!("<!DOCTYPE html>\n<title>Hello</title>\n<h1>Hello, {name}!</h1>\n");
        assert_eq!(ask(&hello, target), (200, page));
    }
    assert_eq!(ask(&hello, "/").0, 404);
    let sentence = "Who has a guest has a friend, until he looks at the clock.\n";
    for pause in [&[][..], &["--pause", "1"]] {
        let quotes = Server::start("quote-server", pause);
        assert_eq!(ask(&quotes, "/"), (200, sentence.to_owned()));
    }
    for (name, options, why) in [
        ("hello-site", ["--site", "no-such-folder"], "no-such-folder"),
        ("quote-server", ["--pause", "long"], "--pause is a number of milliseconds"),
    ] {
        let ended = run(name, &[&["127.0.0.1:0"], &options[..]].concat());
        assert_eq!((ended.code, &*ended.output), (1, &b""[..]), "{name}: {}", ended.errors);
        assert!(ended.errors.starts_with(&format!("{name}: ")), "{}", ended.errors);
        assert!(ended.errors.contains(why), "{}", ended.errors);
        assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
    }
}

#[test]
fn ch19_says_that_its_delay_is_a_number() {
    let ended = run("ch19", &["--delay", "long", "127.0.0.1:0"]);
    let sentence = "ch19: --delay is a number of milliseconds\n";
    assert_eq!((ended.code, &*ended.output, &*ended.errors), (1, &b""[..], sentence));
}

#[test]
fn pages_are_all_fetched_by_one_worker_and_by_ten() {
    let ended = run("pages", &[""; 0]);
    assert_eq!((ended.code, &*ended.errors), (0, ""));
    let text = String::from_utf8(ended.output).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let in_order: Vec<_> = (1..=10).map(|number| format!("  This is page {number}.")).collect();
    let [one, by_one @ .., one_took, ten] = &lines[..13] else { panic!("{text}") };
    assert_eq!((*one, *ten), ("1 worker(s):", "10 worker(s):"));
    assert_eq!(by_one, in_order);
    // Whose wait is over first is printed first; on a busy machine that may be another.
    let [by_ten @ .., ten_took] = &lines[13..] else { panic!("{text}") };
    let mut by_ten = by_ten.to_vec();
    by_ten.sort_by_key(|line| (line.len(), line.to_owned()));
    assert_eq!(by_ten, in_order);
    assert!(one_took.ends_with(" s") && ten_took.ends_with(" s"), "{text}");
}

/// Without optimization the rest takes long.
#[test]
fn primes_are_told_from_products_in_their_order() {
    let running = Running::start(command("primes", &[""; 0]));
    assert_eq!(running.line(), "1 worker(s):");
    assert_eq!(running.line(), "  999998950017311 is not prime");
    assert_eq!(running.line(), "  1000000000000037 is prime");
}

#[test]
fn poll_and_echo_serve_several_clients_at_once_until_they_are_done() {
    ["poll", "echo"].into_iter().for_each(serves_several_clients_at_once_until_they_are_done);
}

fn serves_several_clients_at_once_until_they_are_done(name: &str) {
    let server = Server::start(name, &[]);
    let mut first = client(&[], &server.address);
    let mut second = client(&[], &server.address);
    for number in 0..3 {
        second.send(format!("line {number}\n"));
        assert_eq!(second.line(), format!("line {number}"));
        first.send(format!("line {number}\n"));
        assert_eq!(first.line(), format!("line {number}"));
    }
    let input = b"0123456789\n".repeat(10_000);
    assert_bytes!(pipe(&input, &[], &server.address), input);
    second.end_input();
    assert_bytes!(ended_well(second), b"");
    first.send("half");
    first.end_input();
    assert_bytes!(ended_well(first), b"half");
}

/// Many times as many as there are workers.
#[test]
fn patient_lets_a_hundred_wait_and_answers_another_meanwhile() {
    let server = Server::start("patient", &[]);
    let connect = || TcpClient::connect(socket_address(&server.address));
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let mut client = connect();
            client.send("GET /as-a-task HTTP/1.0\r\n\r\n");
            client
        })
        .collect();
    let mut another = connect();
    another.send("GET / HTTP/1.0\r\n\r\n");
    assert_eq!(Reply::parse(another.read_to_end().0).text(), "Hi there!\n");
    for mut client in waiting {
        let (bytes, ending) = client.read_to_end();
        let reply = Reply::parse(bytes);
        assert_eq!((reply.status, reply.text(), ending), (200, "after a second\n", Ending::Closed));
    }
}

#[test]
fn tasks_are_made_and_have_all_slept() {
    let ended = run("tasks", &["1000"]);
    assert_eq!((ended.code, &*ended.errors), (0, ""));
    let text = String::from_utf8(ended.output).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let [bytes, made, slept] = lines[..] else { panic!("{text}") };
    assert!(bytes.starts_with("a task has ") && bytes.ends_with(" bytes"), "{bytes}");
    assert!(made.starts_with("1000 tasks are made after "), "{made}");
    assert!(slept.starts_with("all have slept after "), "{slept}");

    for wrong in ["many", "-1"] {
        let ended = run("tasks", &[wrong]);
        assert_eq!((ended.code, &*ended.output), (1, &b""[..]));
        let expected = format!("how many tasks? {wrong} is no number of tasks");
        assert!(ended.errors.contains(&expected), "{}", ended.errors);
    }
}

#[test]
fn notes_of_clients_and_of_the_program_itself_are_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "what was there before\n").unwrap();
    let server = Server::start("notes", &["--file", file.to_str().unwrap()]);
    assert_eq!(server.running.error_line(), "noted");
    let typed = "buy soup\nclose the window\n and this is not a line";
    assert_bytes!(pipe(typed, &[], &server.address), b"noted\nnoted\n");
    let notes = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<_> = notes.lines().collect();
    let [before, own, soup, window] = lines[..] else { panic!("{notes}") };
    assert_eq!(before, "what was there before");
    for (line, note) in
        [(own, "look out of the window"), (soup, "buy soup"), (window, "close the window")]
    {
        let (peer, written) = line.split_once(": ").unwrap();
        assert_eq!(socket_address(peer).ip(), Ipv4Addr::LOCALHOST);
        assert_eq!(written, note);
    }
}

#[test]
fn notes_without_a_file_are_no_notes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no-such-folder").join("notes.txt");
    let ended = run("notes", &["127.0.0.1:0", "--file", file.to_str().unwrap()]);
    assert_eq!((ended.code, &*ended.output), (1, &b""[..]));
    let sentence = format!("notes: cannot open {}: ", file.display());
    assert!(ended.errors.starts_with(&sentence), "{}", ended.errors);
    assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
}

/// Listens on a free port; the address is what a client is told.
fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Everything that a client sends to whom `input` is piped.
fn sent(input: impl AsRef<[u8]>, options: &[&str]) -> Vec<u8> {
    let (listener, address) = listen();
    let mut client = client(options, &address);
    let (mut conn, _) = listener.accept().unwrap();
    conn.set_read_timeout(Some(mock::PATIENCE)).unwrap();
    client.send(input);
    client.end_input();
    let mut sent = Vec::new();
    conn.read_to_end(&mut sent).unwrap();
    drop(conn);
    assert_bytes!(ended_well(client), b"");
    sent
}

#[test]
fn the_client_sends_what_is_piped_and_then_half_closes() {
    assert_bytes!(sent("one\ntwo\r\n\n\0three", &[]), b"one\ntwo\r\n\n\0three");
    assert_bytes!(sent("one\ntwo\r\n\n\0three", &["--crlf"]), b"one\r\ntwo\r\n\r\n\0three");
    assert_bytes!(sent("", &[]), b"");
}

#[test]
fn the_client_still_listens_after_its_half_close() {
    let (listener, address) = listen();
    let mut client = client(&[], &address);
    let (mut conn, _) = listener.accept().unwrap();
    client.end_input();
    conn.set_read_timeout(Some(mock::PATIENCE)).unwrap();
    assert_eq!(conn.read(&mut [0; 1]).unwrap(), 0);
    conn.write_all(b"the answer\nname: ").unwrap();
    assert_eq!(client.line(), "the answer");
    drop(conn);
    assert_bytes!(ended_well(client), b"name: ");
}

/// The twin is started later, without the option, and does the same. When it has
/// half-closed, the one that keeps open had more time for that, and did not.
#[test]
fn the_client_keeps_open_if_it_is_told_to() {
    let events = Events::new();
    let watch = |name: &'static str, options: &[&str]| {
        let (listener, address) = listen();
        let mut client = client(options, &address);
        let (mut conn, _) = listener.accept().unwrap();
        conn.set_read_timeout(Some(mock::PATIENCE)).unwrap();
        let log = events.clone();
        let answers: TcpStream = conn.try_clone().unwrap();
        let watching = thread::spawn(move || {
            conn.read_exact(&mut [0; 6]).unwrap();
            log.log(format!("{name} sends a line"));
            let count = conn.read(&mut [0; 1]).unwrap();
            log.log(format!("{name} sends {count} more bytes"));
        });
        client.send("hello\n");
        client.end_input();
        events.wait_for(&format!("{name} sends a line"));
        (client, answers, watching)
    };
    let (keeping, mut answers, watching) = watch("the one that keeps open", &["--keep-open"]);
    let (twin, twin_answers, twin_watching) = watch("its twin", &[]);
    twin_watching.join().unwrap();
    drop(twin_answers);
    assert_bytes!(ended_well(twin), b"");

    answers.write_all(b"still there?\n").unwrap();
    assert_eq!(keeping.line(), "still there?");
    events.log("the server closes");
    answers.shutdown(std::net::Shutdown::Write).unwrap();
    assert_bytes!(ended_well(keeping), b"");
    watching.join().unwrap();
    assert_eq!(
        events.list(),
        [
            "the one that keeps open sends a line",
            "its twin sends a line",
            "its twin sends 0 more bytes",
            "the server closes",
            "the one that keeps open sends 0 more bytes",
        ]
    );
}

#[test]
fn a_server_that_does_not_run_is_reported() {
    // A port that is owned and not listened on: nobody can connect to it.
    let owner = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    owner.bind(&SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))).unwrap();
    let address = owner.local_addr().unwrap().as_socket().unwrap().to_string();
    let ended = run("client", &[&address]);
    assert_eq!((ended.code, &*ended.output), (1, &b""[..]));
    let start = format!("client: cannot connect to {address} (is the server running?): ");
    assert!(ended.errors.starts_with(&start), "{}", ended.errors);
    assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
}

#[test]
fn a_connection_that_breaks_is_reported() {
    let (listener, address) = listen();
    let client = client(&[], &address);
    let (conn, _) = listener.accept().unwrap();
    (&conn).write_all(b"hel\n").unwrap();
    assert_eq!(client.line(), "hel");
    let conn = Socket::from(conn);
    conn.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(conn); // which is now a reset
    let ended = client.wait();
    assert_eq!((ended.code, &*ended.output), (1, &b""[..]));
    assert!(ended.errors.starts_with("client: the connection broke: "), "{}", ended.errors);
    assert_eq!(ended.errors.lines().count(), 1, "{}", ended.errors);
}

#[test]
fn the_client_ends_when_it_is_hung_up_on_though_the_keyboard_is_still_there() {
    let (listener, address) = listen();
    let client = client(&[], &address);
    let (mut conn, _) = listener.accept().unwrap();
    conn.write_all(b"full\n").unwrap();
    drop(conn);
    assert_bytes!(ended_well(client), b"full\n");
}
