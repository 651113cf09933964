//! What every program of the course can rely on: its arguments, what it says, and
//! the two halves of the client.

use mock::{Events, Gate, MockConnection, Script, alone, assert_bytes, for_every_split};
use program::client::{LineEnd, receive, send};
use program::{Arguments, Program, log, why_not_permitted};
use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::net::TcpListener;
use std::thread;

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

// What a server says about its address

fn announcement(address: &str) -> String {
    understood(&[]).announcement(address.parse().unwrap())
}

#[test]
fn a_server_says_where_it_listens_and_how_to_talk_to_it() {
    for (address, opened) in [
        ("127.0.0.1:8099", "127.0.0.1:8099"),
        ("[::1]:8099", "[::1]:8099"),
        ("[::ffff:127.0.0.1]:8099", "127.0.0.1:8099"), // the same, as an IPv6 socket writes it
    ] {
        assert_eq!(
            announcement(address),
            format!(
                "waiter: listening on {address}\n\
                 waiter: order at {opened}; Ctrl-C ends it\n"
            )
        );
    }
}

/// `0.0.0.0` is no address that anybody can connect to.
#[test]
fn a_server_on_every_address_names_one_that_can_be_opened() {
    for (address, opened) in [
        ("0.0.0.0:80", "127.0.0.1:80"),
        ("[::]:80", "[::1]:80"),
        ("[::ffff:0.0.0.0]:80", "127.0.0.1:80"),
    ] {
        assert_eq!(
            announcement(address),
            format!(
                "waiter: listening on {address}\n\
                 waiter: order at {opened}; Ctrl-C ends it\n\
                 waiter: whoever can reach this machine over a network can connect\n"
            )
        );
    }
}

#[test]
fn a_server_that_is_not_on_the_loopback_says_who_can_connect() {
    assert_eq!(
        announcement("192.0.2.7:80"),
        "waiter: listening on 192.0.2.7:80\n\
         waiter: order at 192.0.2.7:80; Ctrl-C ends it\n\
         waiter: whoever can reach this machine over a network can connect\n"
    );
}

/// The sentence for a `bind` that failed in this way.
fn why_not(address: &str, kind: ErrorKind) -> String {
    understood(&[address]).announce(Err(kind.into())).unwrap_err().to_string()
}

#[test]
fn a_bind_that_fails_is_explained() {
    let taken = why_not("localhost:80", ErrorKind::AddrInUse);
    assert!(taken.starts_with("localhost:80 is in use"), "{taken}");
    assert!(taken.contains("cargo run --bin waiter -- 127.0.0.1:0"), "{taken}");
    let nobodys = why_not("192.0.2.1:80", ErrorKind::AddrNotAvailable);
    assert!(nobodys.starts_with("192.0.2.1:80 is not an address of this machine"), "{nobodys}");
    let forbidden = why_not("localhost:80", ErrorKind::PermissionDenied);
    assert_eq!(forbidden, why_not_permitted("localhost:80", cfg!(windows)));
    let other = why_not("localhost:80", ErrorKind::OutOfMemory);
    assert_eq!(other, "cannot listen on localhost:80: out of memory");
}

#[test]
fn a_port_that_is_not_permitted_is_explained_by_port_and_system() {
    let reserved = "ports below 1024 are for the administrator";
    for (address, windows, reason) in [
        ("127.0.0.1:1", false, reserved),
        ("127.0.0.1:1023", false, reserved),
        ("[::1]:80", false, reserved),
        ("127.0.0.1:0", false, "a rule of this system forbids it"),
        ("127.0.0.1:1024", false, "a rule of this system forbids it"),
        ("127.0.0.1:8003", false, "a rule of this system forbids it"),
        ("127.0.0.1:80", true, "excludedportrange"),
        ("127.0.0.1:8003", true, "excludedportrange"),
    ] {
        let sentence = why_not_permitted(address, windows);
        assert!(sentence.contains(address), "{sentence}");
        assert!(sentence.contains(reason), "{sentence}");
        assert_eq!(sentence.contains(reserved), reason == reserved, "{sentence}");
    }
}

#[test]
fn what_was_bound_is_handed_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let announced = understood(&[]).announce(Ok(listener)).unwrap();
    assert_eq!(announced.local_addr().unwrap(), address);
}

/// Text without a repetition that a lost or doubled piece could hide in.
fn long_text(length: usize) -> Vec<u8> {
    let numbers = (0..).flat_map(|number: u32| format!("{number}\n").into_bytes());
    numbers.take(length).collect()
}
