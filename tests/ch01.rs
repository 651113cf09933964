//! What chapter 1 promises.

use ch01::client::{LineEnd, receive, send};
use ch01::program::{Arguments, Program};
use ch01::{echo, log, read_some, serve_one};
use mock::{
    Ending, Events, Gate, MockConnection, Script, Visitor, alone, assert_bytes, for_every_split,
    patience,
};
use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

// Echo

#[test]
fn what_comes_in_pieces_goes_out_whole() {
    for_every_split(b"hello\r\n\0\xff", |input| {
        let (conn, peer) = MockConnection::pair(input);
        assert_eq!(echo(conn).unwrap(), 9);
        assert_bytes!(peer.sent(), b"hello\r\n\0\xff");
    });
}

#[test]
fn every_byte_there_is_comes_back() {
    let all: Vec<u8> = (0..=255).collect();
    for_every_split(&all, |input| {
        let (conn, peer) = MockConnection::pair(input);
        assert_eq!(echo(conn).unwrap(), 256);
        assert_bytes!(peer.sent(), all);
    });
}

#[test]
fn a_megabyte_comes_back_in_order() {
    let megabyte = long_text(1 << 20);
    let (conn, peer) = MockConnection::pair(&megabyte);
    assert_eq!(echo(conn).unwrap(), 1 << 20);
    assert_bytes!(peer.sent(), megabyte);
}

#[test]
fn who_says_nothing_gets_nothing() {
    let (conn, peer) = MockConnection::pair("");
    assert_eq!(echo(conn).unwrap(), 0);
    assert_bytes!(peer.sent(), b"");
}

#[test]
fn the_connection_is_closed_at_the_end() {
    let (conn, peer) = MockConnection::pair("bye");
    echo(conn).unwrap();
    assert!(peer.is_closed());
}

#[test]
fn each_piece_is_sent_back_before_the_next_is_awaited() {
    let events = Events::new();
    let thinks = Gate::new();
    let (conn, peer) = MockConnection::pair(Script::new().bytes("one").wait(&thinks).bytes("two"));
    let conn = conn.log_to(&events, "visitor");
    thread::scope(|scope| {
        scope.spawn(|| echo(conn).unwrap());
        events.wait_for("read visitor blocks");
        let sent_before = peer.sent();
        thinks.open();
        assert_bytes!(sent_before, b"one");
    });
    assert_bytes!(peer.sent(), b"onetwo");
}

#[test]
fn a_kernel_that_takes_little_at_a_time_is_offered_the_rest() {
    let text = long_text(3000);
    for at_most in [1, 2, 3, 1000, 1023, 1024, 1025] {
        let (conn, peer) = MockConnection::pair(&text);
        assert_eq!(echo(conn.short_writes(at_most)).unwrap(), 3000);
        assert_bytes!(peer.sent(), text, "{at_most} bytes at a time");
    }
}

#[test]
fn an_interrupted_write_is_no_error() {
    for_every_split(b"signals come and go", |input| {
        let (conn, peer) = MockConnection::pair(input);
        assert_eq!(echo(conn.short_writes(2).interrupt_writes()).unwrap(), 19);
        assert_bytes!(peer.sent(), b"signals come and go");
    });
}

#[test]
fn an_interrupted_read_is_no_error() {
    let (conn, peer) = MockConnection::pair(
        Script::new()
            .fail(ErrorKind::Interrupted)
            .bytes("one")
            .fail(ErrorKind::Interrupted)
            .fail(ErrorKind::Interrupted)
            .bytes("two")
            .fail(ErrorKind::Interrupted),
    );
    assert_eq!(echo(conn).unwrap(), 6);
    assert_bytes!(peer.sent(), b"onetwo");
}

#[test]
fn any_other_error_of_a_read_ends_the_conversation_and_is_returned() {
    for kind in [ErrorKind::ConnectionReset, ErrorKind::TimedOut, ErrorKind::WouldBlock] {
        let (conn, peer) =
            MockConnection::pair(Script::new().bytes("one").fail(kind).bytes("never read"));
        assert_eq!(echo(conn).unwrap_err().kind(), kind);
        assert_bytes!(peer.sent(), b"one");
        assert!(peer.is_closed());
    }
}

#[test]
fn an_error_of_a_write_ends_the_conversation_and_is_returned() {
    for kind in [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset] {
        let (conn, peer) = MockConnection::pair(Script::new().bytes("hello").bytes("never read"));
        let conn = conn.fail_writes_after(3, kind);
        assert_eq!(echo(conn).unwrap_err().kind(), kind);
        assert_bytes!(peer.sent(), b"hel");
        assert_eq!(peer.reads(), 1, "reads, when the first write has failed");
    }
}

#[test]
fn a_write_that_takes_nothing_is_an_error() {
    let (conn, peer) = MockConnection::pair(Script::new().bytes("hello").bytes("never read"));
    assert!(echo(conn.take_nothing_after(3)).is_err());
    assert_bytes!(peer.sent(), b"hel");
    assert_eq!(peer.reads(), 1, "reads, when the first write has failed");
}

// One read

#[test]
fn one_read_returns_what_is_there_and_no_more() {
    let (mut conn, _peer) = MockConnection::pair(Script::new().bytes("abc").bytes("defgh"));
    let mut buffer = [0; 4];
    let mut pieces = Vec::new();
    for _ in 0..5 {
        let count = read_some(&mut conn, &mut buffer).unwrap();
        pieces.push(buffer[..count].to_vec());
    }
    assert_eq!(pieces, [&b"abc"[..], b"defg", b"h", b"", b""]);
}

#[test]
fn an_interrupted_read_is_repeated_and_others_are_not() {
    let script = Script::new()
        .fail(ErrorKind::Interrupted)
        .fail(ErrorKind::Interrupted)
        .bytes("ab")
        .fail(ErrorKind::TimedOut)
        .bytes("c");
    let (mut conn, peer) = MockConnection::pair(script);
    let mut buffer = [0; 4];
    assert_eq!(read_some(&mut conn, &mut buffer).unwrap(), 2);
    assert_eq!(peer.reads(), 3);
    assert_eq!(read_some(&mut conn, &mut buffer).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(peer.reads(), 4);
    assert_eq!(read_some(&mut conn, &mut buffer).unwrap(), 1);
}

// Over TCP

/// Runs `serve_one` on a free port while `visit` visits it, and returns what it
/// returned.
fn visited(visit: impl FnOnce(Visitor)) -> io::Result<u64> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (done, result) = mpsc::channel();
    // Not a scoped thread: if `serve_one` does not return, the test must still end.
    thread::spawn(move || done.send(serve_one(listener)));
    visit(Visitor::connect(address));
    result.recv_timeout(patience()).expect("serve_one returns when its visitor has left")
}

#[test]
fn a_visitor_over_tcp_hears_what_they_said() {
    let text = long_text(10_000);
    let served = visited(|mut visitor| {
        visitor.send("hello\n");
        assert_bytes!(visitor.read_exact(6), b"hello\n");
        visitor.send(&text);
        visitor.finish();
        assert_eq!(visitor.read_to_end(), (text, Ending::Closed));
    });
    assert_eq!(served.unwrap(), 10_006);
}

#[test]
fn a_visitor_who_connects_and_leaves_is_served_too() {
    assert_eq!(visited(drop).unwrap(), 0);
}

#[test]
fn the_port_is_closed_when_the_visitor_has_left() {
    let mut address = None;
    visited(|visitor| address = Some(visitor.stream().peer_addr().unwrap())).unwrap();
    let error = TcpStream::connect(address.unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn a_visitors_reset_is_returned() {
    let served = visited(|mut visitor| {
        visitor.send("hello\n");
        assert_bytes!(visitor.read_exact(6), b"hello\n");
        visitor.reset();
    });
    assert!(served.is_err());
}

// The client's halves

#[test]
fn the_client_sends_bytes_as_they_are_typed() {
    for_every_split(b"one\ntwo\r\n\r\0\xff", |input| {
        let (keyboard, _) = MockConnection::pair(input);
        let (conn, peer) = MockConnection::pair("");
        send(keyboard, conn.short_writes(3).interrupt_writes(), LineEnd::AsTyped).unwrap();
        assert_bytes!(peer.sent(), b"one\ntwo\r\n\r\0\xff");
    });
}

#[test]
fn with_crlf_each_line_gets_one_cr_and_no_second_one() {
    for_every_split(b"\na\nb\r\n\n\r\nc\rd\r\r\n\n\ne", |input| {
        let (keyboard, _) = MockConnection::pair(input);
        let (conn, peer) = MockConnection::pair("");
        send(keyboard, conn.short_writes(3).interrupt_writes(), LineEnd::CrLf).unwrap();
        assert_bytes!(peer.sent(), b"\r\na\r\nb\r\n\r\n\r\nc\rd\r\r\n\r\n\r\ne");
    });
}

/// However long the buffer is, at one of these places a CR is its last byte and
/// the LF comes with the next read.
#[test]
fn a_cr_and_its_lf_may_stand_on_both_sides_of_a_buffers_end() {
    for length in 0..5000 {
        let mut line = vec![b'x'; length];
        line.extend(b"\r\n");
        let (conn, peer) = MockConnection::pair("");
        send(&line[..], conn, LineEnd::CrLf).unwrap();
        assert_bytes!(peer.sent(), line, "a line of {length} bytes");
    }
}

#[test]
fn the_client_sends_each_piece_before_the_next_is_typed() {
    for line_end in [LineEnd::AsTyped, LineEnd::CrLf] {
        let events = Events::new();
        let thinks = Gate::new();
        let (keyboard, _) =
            MockConnection::pair(Script::new().bytes("us").wait(&thinks).bytes("er"));
        let keyboard = keyboard.log_to(&events, "keyboard");
        let (conn, peer) = MockConnection::pair("");
        thread::scope(|scope| {
            scope.spawn(|| send(keyboard, conn, line_end).unwrap());
            events.wait_for("read keyboard blocks");
            let sent_before = peer.sent();
            thinks.open();
            assert_bytes!(sent_before, b"us");
        });
        assert_bytes!(peer.sent(), b"user");
    }
}

#[test]
fn an_error_of_either_side_ends_the_sending_and_is_returned() {
    let (keyboard, _) = MockConnection::pair(Script::new().bytes("one\n").reset());
    let (conn, peer) = MockConnection::pair("");
    let error = send(keyboard, conn, LineEnd::CrLf).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_bytes!(peer.sent(), b"one\r\n");

    let (conn, peer) = MockConnection::pair("");
    let conn = conn.fail_writes_after(2, ErrorKind::BrokenPipe);
    let error = send(&b"one\n"[..], conn, LineEnd::AsTyped).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
    assert_bytes!(peer.sent(), b"on");
}

#[test]
fn the_client_shows_every_byte_that_arrives() {
    let text = long_text(3000);
    let (conn, _) = MockConnection::pair(&text);
    let (terminal, screen) = MockConnection::pair("");
    receive(conn, terminal.short_writes(7).interrupt_writes()).unwrap();
    assert_bytes!(screen.sent(), text);

    for_every_split(b"hello\r\n\0\xff", |input| {
        let (conn, _) = MockConnection::pair(input);
        let mut screen = Vec::new();
        receive(conn, &mut screen).unwrap();
        assert_bytes!(screen, b"hello\r\n\0\xff");
    });
}

/// Shows what was written to it when it is flushed, and not before.
struct Terminal {
    written: Vec<u8>,
    screen: Events,
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = std::mem::take(&mut self.written);
        self.screen.log(format!("shows {}", written.escape_ascii()));
        Ok(())
    }
}

#[test]
fn half_a_line_is_shown_before_the_client_waits_for_more() {
    let screen = Events::new();
    let thinks = Gate::new();
    let (conn, _) = MockConnection::pair(Script::new().bytes("name: ").wait(&thinks).bytes("hi"));
    let conn = conn.log_to(&screen, "server");
    let terminal = Terminal { written: Vec::new(), screen: screen.clone() };
    thread::scope(|scope| {
        scope.spawn(|| receive(conn, terminal).unwrap());
        screen.wait_for("read server blocks");
        thinks.open();
    });
    assert_eq!(screen.list(), ["shows name: ", "read server blocks", "shows hi", "close server"]);
}

#[test]
fn an_error_of_either_side_ends_the_receiving_and_is_returned() {
    let (conn, _) = MockConnection::pair(Script::new().bytes("one").reset());
    let mut screen = Vec::new();
    let error = receive(conn, &mut screen).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_bytes!(screen, b"one");

    let (terminal, _) = MockConnection::pair("");
    let terminal = terminal.fail_writes_after(0, ErrorKind::BrokenPipe);
    let error = receive(&b"one"[..], terminal).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenPipe);
}

// The log

#[test]
fn a_line_of_the_log_stands_on_standard_error() {
    let test = "a_line_of_the_log_stands_on_standard_error";
    let said = alone(module_path!(), test, &[], || {
        log("no soup today");
        log(format_args!("{} guests", 2));
    });
    let Some(said) = said else { return };
    assert_eq!(said, "no soup today\n2 guests\n");
}

// The arguments of a program

const PROGRAM: Program = Program {
    name: "waiter",
    about: "Brings what is ordered.",
    port: 8099,
    try_it: "order at {address}",
    options: &[("--quick", "runs"), ("--table NUMBER", "goes to that table")],
};

fn parse(arguments: &[&str]) -> Result<Option<Arguments>, String> {
    PROGRAM.parse(arguments.iter().map(OsString::from))
}

/// The arguments, which must make sense.
fn understood(arguments: &[&str]) -> Arguments {
    parse(arguments).unwrap().expect("no help was asked for")
}

/// The sentence that says what is wrong with them.
fn refused(arguments: &[&str]) -> String {
    parse(arguments).expect_err("these arguments make no sense")
}

#[test]
fn without_arguments_a_program_has_its_own_address_and_no_option() {
    let arguments = understood(&[]);
    assert_eq!(arguments.address, "127.0.0.1:8099");
    assert!(!arguments.has("--quick"));
    assert_eq!(arguments.value("--table"), None);
}

#[test]
fn an_address_may_be_a_number_or_a_name() {
    for address in ["127.0.0.1:0", "0.0.0.0:80", "localhost:65535", "[::1]:8080"] {
        assert_eq!(understood(&[address]).address, address);
    }
}

#[test]
fn options_may_stand_before_and_behind_the_address() {
    for arguments in [
        ["--quick", "--table", "7", "localhost:1"],
        ["localhost:1", "--table", "7", "--quick"],
        ["--table", "7", "localhost:1", "--quick"],
    ] {
        let arguments = understood(&arguments);
        assert_eq!(arguments.address, "localhost:1");
        assert!(arguments.has("--quick"));
        assert!(arguments.has("--table"));
        assert_eq!(arguments.value("--table").unwrap(), "7");
    }
}

#[test]
fn of_an_option_that_is_given_twice_the_last_one_counts() {
    let arguments = understood(&["--table", "7", "--table", "8"]);
    assert_eq!(arguments.value("--table").unwrap(), "8");
}

#[test]
fn a_value_may_look_like_anything() {
    for value in ["", "-1", "--quick", "localhost:1", "two words"] {
        let arguments = understood(&["--table", value]);
        assert_eq!(arguments.value("--table").unwrap(), value);
        assert!(!arguments.has("--quick"));
        assert_eq!(arguments.address, "127.0.0.1:8099");
    }
}

#[test]
fn help_is_asked_for_in_two_ways_and_also_beside_other_arguments() {
    for arguments in [&["--help"][..], &["-h"], &["localhost:1", "--quick", "--help"]] {
        assert_eq!(parse(arguments), Ok(None));
    }
}

#[test]
fn an_option_that_is_unknown_is_named() {
    for option in
        ["--slow", "-q", "--quickly", "--qui", "--tab", "--table=7", "--table NUMBER", "-", "--"]
    {
        assert!(refused(&[option, "7"]).contains(option), "{option}");
    }
}

#[test]
fn an_option_without_its_value_is_named() {
    assert!(refused(&["--quick", "--table"]).contains("--table"));
}

#[test]
fn a_second_address_is_named() {
    assert!(refused(&["localhost:1", "localhost:2"]).contains("localhost:2"));
}

#[test]
fn what_is_no_address_is_named_beside_one_that_is() {
    for wrong in [
        "8080",
        "localhost",
        "localhost:",
        ":8080",
        "localhost:http",
        "localhost:65536",
        "localhost:-1",
        "localhost:80 ",
        "http://localhost/",
    ] {
        let sentence = refused(&[wrong]);
        assert!(sentence.contains(wrong), "{sentence}");
        assert!(sentence.contains("127.0.0.1:8099"), "{sentence}");
    }
    assert!(refused(&[""]).contains("127.0.0.1:8099"));
}

/// A name of a file may be any bytes, and the keyboard can produce them.
#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_kept_in_a_value_and_refused_elsewhere() {
    use std::os::unix::ffi::OsStringExt;
    let no_text = OsString::from_vec(b"caf\xe9".to_vec());
    let arguments = PROGRAM.parse([OsString::from("--table"), no_text.clone()]);
    assert_eq!(arguments.unwrap().unwrap().value("--table").unwrap(), no_text);
    assert!(PROGRAM.parse([no_text]).unwrap_err().contains("127.0.0.1:8099"));
}

#[test]
fn the_help_tells_everything_there_is_to_know() {
    let help = PROGRAM.help();
    for part in [
        "waiter",
        "Brings what is ordered.",
        "127.0.0.1:8099",
        "--quick",
        "runs",
        "--table NUMBER",
        "goes to that table",
        "--help",
    ] {
        assert!(help.contains(part), "{part} is missing in:\n{help}");
    }
    assert!(help.ends_with('\n'));
}

/// Text without a repetition that a lost or doubled piece could hide in.
fn long_text(length: usize) -> Vec<u8> {
    let numbers = (0..).flat_map(|number: u32| format!("{number}\n").into_bytes());
    numbers.take(length).collect()
}
