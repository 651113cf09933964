//! The echo, the chat, the notes and the greeter.

use super::simulated_system::{Client, RULES, Rules, Simulated};
use super::{MINUTE, no_listener, run_while};
use ch04::Room;
use ch15::{Chat, Echo, Greeter, Mio, Notes, Protocol, Reactor, echo_by_poll};
use mock::{Ending, Seed, TcpClient, assert_bytes, patience};
use std::cell::RefCell;
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// A loop in which each client speaks with a protocol that `factory` makes.
struct Served {
    system: Simulated,
    reactor: Reactor<Simulated>,
}

impl Served {
    fn new<P: Protocol + 'static>(
        rules: Rules,
        factory: impl FnMut(Option<SocketAddr>) -> P + 'static,
    ) -> Self {
        let system = Simulated::new(rules);
        let mut reactor = Reactor::new(system.clone());
        reactor.listen(no_listener(), factory).unwrap();
        Self { system, reactor }
    }

    fn run(&mut self) {
        self.system.run(&mut self.reactor);
    }

    fn client(&mut self) -> Client {
        let client = self.system.client();
        self.run();
        client
    }

    /// A client sends this, and everything happens that follows from it.
    fn sends(&mut self, client: &Client, bytes: impl AsRef<[u8]>) {
        client.send(bytes);
        self.run();
    }

    /// The same in every way in which it can be cut in two, each by a new client.
    fn for_every_cut(&mut self, bytes: &[u8], mut test: impl FnMut(&mut Self, Client)) {
        for cut in 0..bytes.len() {
            let client = self.client();
            self.sends(&client, &bytes[..cut]);
            self.sends(&client, &bytes[cut..]);
            test(self, client);
        }
    }
}

/// What has come since the last time, as text.
fn hears(client: &Client) -> String {
    String::from_utf8(client.takes_out()).unwrap()
}

// Echo

#[test]
fn an_echo_has_all_bytes_and_ends_when_its_client_does() {
    let bytes = Seed::new().bytes(100);
    for rules in RULES {
        let mut served = Served::new(rules, |_| Echo);
        served.for_every_cut(&bytes, |served, client| {
            client.finish();
            served.run();
            assert_bytes!(client.got(), bytes);
            assert!(client.is_finished() && client.is_closed());
        });
    }
}

/// What both echoes over TCP promise.
fn echoes(address: SocketAddr) {
    // More than the kernels take on both ways.
    let bytes = b"0123456789abcdef".repeat(4 * 1024 * 1024);
    // This one takes nothing before the others are served. So it is not read either, and in the
    // end it finds no room.
    let mut stalled = TcpClient::connect(address);
    let mut stream = stalled.stream().try_clone().unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut sent = 0;
    while sent < bytes.len()
        && let Ok(count) = stream.write(&bytes[sent..])
    {
        sent += count;
    }
    assert!(sent < bytes.len(), "all of it was read, though nothing of the echo was taken");
    stream.set_write_timeout(None).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| {
            (&stream).write_all(&bytes[sent..]).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
        });
        let mut clients: Vec<_> = (0..10).map(|_| TcpClient::connect(address)).collect();
        for round in 0..3 {
            for (number, client) in clients.iter_mut().enumerate() {
                let text = format!("{round} {number}");
                client.send(&text);
                assert_bytes!(client.read_exact(text.len()), text);
            }
        }
        clients.pop().unwrap().reset();
        for mut client in clients {
            client.send("bye");
            client.finish();
            assert_eq!(client.read_to_end(), (b"bye".to_vec(), Ending::Closed));
        }
        assert_bytes!(stalled.read_exact(bytes.len()), bytes);
    });
    assert_eq!(stalled.read_to_end(), (Vec::new(), Ending::Closed));
}

#[test]
fn many_clients_have_their_echo_over_tcp() {
    let listener = no_listener();
    let address = listener.local_addr().unwrap();
    let mut reactor = Reactor::new(Mio::new().unwrap());
    reactor.listen(listener, |_| Echo).unwrap();
    let remote = reactor.handle().remote();
    run_while(reactor, move || {
        echoes(address);
        remote.call(ch15::Handle::stop_listening);
    });
}

#[test]
fn many_clients_have_their_echo_by_poll_until_it_is_over() {
    let listener = no_listener();
    let address = listener.local_addr().unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let (its, (ended, has_ended)) = (Arc::clone(&is_over), mpsc::channel());
    thread::spawn(move || {
        let outcome = echo_by_poll(&listener, || its.load(Ordering::Relaxed));
        ended.send(outcome.map_err(|error| error.kind())).unwrap();
    });
    echoes(address);
    is_over.store(true, Ordering::Relaxed);
    // It is asked before the next round, and this is one.
    let _last = TcpClient::try_connect(address);
    assert_eq!(has_ended.recv_timeout(patience()).unwrap(), Ok(()));
}

#[test]
fn by_poll_nothing_is_done_if_it_is_over_before() {
    echo_by_poll(&no_listener(), || true).unwrap();
}

// Chat

fn chat(seats: usize) -> Served {
    let room = Rc::new(Room::new(seats));
    Served::new(Rules::Epoll, move |_| Chat::new(&room))
}

const WELCOME: &str = ": /NAME you changes your name, /EXIT leaves\n";

#[test]
fn what_a_member_says_goes_to_all_others_in_one_order() {
    let mut served = chat(10);
    let ada = served.client();
    let bob = served.client();
    assert_eq!(hears(&ada), format!("* welcome, guest1{WELCOME}* guest2 has joined\n"));
    assert_eq!(hears(&bob), format!("* welcome, guest2{WELCOME}"));
    served.sends(&ada, "/NAME ada\nhello\nhow are");
    assert_eq!(hears(&bob), "* guest1 is now ada\nada: hello\n");
    assert_eq!(hears(&ada), "* you are now ada\n");
    served.sends(&bob, "fine\r\n\n/WHAT\n\x1b[31mred\n");
    assert_eq!(hears(&ada), "guest2: fine\nguest2: [31mred\n");
    assert_eq!(hears(&bob), "* there are /NAME you and /EXIT\n");
    served.sends(&ada, " you?\n");
    assert_eq!(hears(&bob), "ada: how are you?\n");
    served.sends(&ada, "/EXIT\nand nothing after it\n");
    assert_eq!(hears(&ada), "* goodbye\n");
    assert_eq!(hears(&bob), "* ada has left\n");
    assert!(ada.is_finished());
    served.system.pass(MINUTE, &mut served.reactor);
    assert!(ada.is_closed() && !bob.is_closed(), "a silent member keeps the seat");
}

#[test]
fn a_line_is_one_however_it_is_cut() {
    let mut served = chat(3);
    let listener = served.client();
    served.for_every_cut("héllo\nyou\n".as_bytes(), |served, client| {
        served.sends(&client, "/EXIT\n");
        client.finish();
        served.run();
        let heard = hears(&listener);
        let said: Vec<_> = heard.lines().filter(|line| line.starts_with("guest2: ")).collect();
        assert_eq!(said, ["guest2: héllo", "guest2: you"]);
    });
}

#[test]
fn who_leaves_in_whatever_way_is_missed_once() {
    let mut served = chat(3);
    let listener = served.client();
    let ways: [fn(&Client); 3] = [
        |client| client.reset(),
        |client| {
            client.finish();
        },
        |client| {
            client.send("/EXIT\n");
        },
    ];
    for leave in ways {
        let client = served.client();
        hears(&listener);
        leave(&client);
        served.run();
        client.finish();
        served.run();
        assert_eq!(hears(&listener), "* guest2 has left\n");
        assert!(client.is_closed());
    }
}

#[test]
fn who_finds_no_seat_is_told_so() {
    let mut served = chat(2);
    let (ada, _bob) = (served.client(), served.client());
    hears(&ada);
    let eve = served.client();
    served.sends(&eve, "is anybody there?\n");
    assert_eq!(hears(&eve), "full\n");
    assert!(eve.is_finished());
    eve.finish();
    served.run();
    assert_eq!(hears(&ada), "", "nobody has noticed");
    ada.reset();
    served.run();
    assert!(hears(&served.client()).starts_with("* welcome, guest1"));
}

#[test]
fn a_line_that_does_not_end_ends_the_visit() {
    let mut served = chat(2);
    let (ada, bob) = (served.client(), served.client());
    hears(&ada);
    hears(&bob);
    served.sends(&ada, "x".repeat(1024));
    assert_eq!(hears(&ada), "* that line is too long\n");
    assert_eq!(hears(&bob), "* guest1 has left\n");
    assert!(ada.is_finished());
}

#[test]
fn a_member_who_is_a_megabyte_behind_is_dropped_and_nobody_waits() {
    let mut served = chat(3);
    let (ada, bob, eve) = (served.client(), served.client(), served.client());
    for client in [&ada, &bob, &eve] {
        hears(client);
    }
    eve.take_only(0);
    let line = format!("{}\n", "x".repeat(1000));
    let said = format!("guest1: {line}");
    let fits = 1024 * 1024 / said.len();
    served.sends(&ada, line.repeat(fits));
    assert_eq!(hears(&bob), said.repeat(fits));
    assert!(!eve.is_closed());
    served.sends(&ada, &line);
    let heard = hears(&bob);
    assert!(heard.contains("* guest3 was dropped\n") && heard.contains(&said), "{heard}");
    assert_eq!(heard.matches("guest3").count(), 1, "it is said once");
    assert!(eve.is_closed() && !bob.is_closed());
    // The seat is free.
    assert!(hears(&served.client()).starts_with("* welcome, guest3"));
}

// Notes

/// A file that can be looked at, and becomes full.
#[derive(Clone, Default)]
struct Paper {
    text: Rc<RefCell<Vec<u8>>>,
    is_full: Rc<RefCell<bool>>,
}

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if *self.is_full.borrow() {
            return Err(ErrorKind::StorageFull.into());
        }
        // Never all of it.
        let count = bytes.len().div_ceil(2);
        self.text.borrow_mut().write(&bytes[..count])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn notes() -> (Served, Paper) {
    let paper = Paper::default();
    let notes = Notes::new(paper.clone());
    (Served::new(Rules::Epoll, move |_| notes.protocol()), paper)
}

#[test]
fn each_line_is_noted_whole_with_who_said_it() {
    let (mut served, paper) = notes();
    let from = |host| SocketAddr::from((Ipv4Addr::new(192, 0, 2, host), 9));
    let (ada, bob) = (served.system.client_from(from(1)), served.system.client_from(from(2)));
    served.sends(&ada, "buy so");
    served.sends(&bob, "sleep\n");
    served.sends(&ada, "up\nand bread\nand");
    ada.finish();
    served.run();
    let expected = "192.0.2.2:9: sleep\n192.0.2.1:9: buy soup\n192.0.2.1:9: and bread\n";
    assert_bytes!(paper.text.take(), expected);
    assert_eq!((hears(&ada), hears(&bob)), ("noted\nnoted\n".into(), "noted\n".into()));
    assert!(ada.is_closed() && !bob.is_closed());
}

#[test]
fn a_note_is_one_however_it_is_cut() {
    let (mut served, paper) = notes();
    served.for_every_cut(b"buy soup\nand bread\n", |_, client| {
        assert_eq!(hears(&client), "noted\nnoted\n");
        let text = String::from_utf8(paper.text.take()).unwrap();
        let notes: Vec<_> = text.lines().map(|line| line.split_once(": ").unwrap().1).collect();
        assert_eq!(notes, ["buy soup", "and bread"]);
    });
}

#[test]
fn who_is_not_noted_is_told_so() {
    let (mut served, paper) = notes();
    let client = served.client();
    *paper.is_full.borrow_mut() = true;
    served.sends(&client, "one\n");
    *paper.is_full.borrow_mut() = false;
    served.sends(&client, "two\n");
    assert_eq!(hears(&client), "not noted\nnoted\n");
    served.sends(&client, "x".repeat(2000));
    assert_eq!(hears(&client), "that line is too long\n");
    assert!(client.is_finished());
    assert!(String::from_utf8(paper.text.take()).unwrap().ends_with(": two\n"));
}

// Greeter

/// What a greeter hears of a server that does this, and how often.
fn greeted(server: impl FnOnce(&Client)) -> Vec<Result<String, ErrorKind>> {
    let system = Simulated::new(Rules::Epoll);
    let mut reactor = Reactor::new(system.clone());
    let heard: Rc<RefCell<Vec<Result<String, ErrorKind>>>> = Rc::default();
    let its = Rc::clone(&heard);
    let greeter = Greeter::new("good morning", move |answer: io::Result<Vec<u8>>| {
        let answer = answer.map(|line| String::from_utf8(line).unwrap());
        its.borrow_mut().push(answer.map_err(|error| error.kind()));
    });
    reactor.handle().connect((Ipv4Addr::new(192, 0, 2, 1), 80).into(), greeter);
    system.run(&mut reactor);
    let client = system.dialled().remove(0);
    client.accept();
    system.run(&mut reactor);
    assert_bytes!(client.got(), "good morning\n");
    server(&client);
    system.run(&mut reactor);
    system.pass(MINUTE, &mut reactor);
    assert!(client.is_closed() && !reactor.has_something_to_do());
    heard.take()
}

#[test]
fn a_greeter_has_the_line_that_is_answered_and_hangs_up() {
    let line = || Ok("good evening\n".to_owned());
    assert_eq!(
        greeted(|server| {
            server.send("good evening\n");
        }),
        [line()]
    );
    assert_eq!(
        greeted(|server| {
            server.send("good evening\n").finish();
        }),
        [line()]
    );
    assert_eq!(
        greeted(|server| {
            server.send("good evening\nand more");
        }),
        [line()]
    );
    assert_eq!(
        greeted(|server| {
            server.send("good evening\nand\n");
        }),
        [line()]
    );
}

#[test]
fn a_greeter_hears_why_there_is_no_answer() {
    let gone = [Err(ErrorKind::UnexpectedEof)];
    assert_eq!(
        greeted(|server| {
            server.finish();
        }),
        gone
    );
    assert_eq!(
        greeted(|server| {
            server.send("good eve").finish();
        }),
        gone
    );
    assert_eq!(greeted(Client::reset), [Err(ErrorKind::ConnectionReset)]);
    let too_long = greeted(|server| {
        server.send("x".repeat(1024));
    });
    assert_eq!(too_long, [Err(ErrorKind::InvalidData)]);
}

#[test]
fn a_server_and_its_client_are_in_one_loop() {
    let listener: TcpListener = no_listener();
    let address = listener.local_addr().unwrap();
    let paper = Paper::default();
    let notes = Notes::new(paper.clone());
    let mut reactor = Reactor::new(Mio::new().unwrap());
    reactor.listen(listener, move |_| notes.protocol()).unwrap();
    let heard: Rc<RefCell<Vec<u8>>> = Rc::default();
    let (its, handle) = (Rc::clone(&heard), reactor.handle().clone());
    let greeter = Greeter::new("look out of the window", move |answer: io::Result<Vec<u8>>| {
        its.borrow_mut().extend(answer.unwrap());
        handle.stop_listening();
    });
    reactor.handle().connect(address, greeter);
    run_while(reactor, || ());
    assert_bytes!(heard.take(), "noted\n");
    assert!(paper.text.borrow().ends_with(b": look out of the window\n"));
}

#[test]
fn who_cannot_be_reached_is_told_of() {
    let address = no_listener().local_addr().unwrap();
    let reactor = Reactor::new(Mio::new().unwrap());
    let heard = Rc::new(RefCell::new(Vec::new()));
    let its = Rc::clone(&heard);
    let greeter = Greeter::new("anybody?", move |answer: io::Result<Vec<u8>>| {
        its.borrow_mut().push(answer.map_err(|error| error.kind()));
    });
    reactor.handle().connect(address, greeter);
    run_while(reactor, || ());
    assert_eq!(heard.take(), [Err(ErrorKind::ConnectionRefused)]);
}
