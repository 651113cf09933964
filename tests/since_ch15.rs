//! What a server in a loop promises, whatever drives its connections, in a simulated system: its
//! clock is turned by hand.
//!
//! The file of a chapter has this as a module, and says which `chapter` it is and what its `Engine`
//! does: takes the clients that come, has its turns, and ends.

use super::chapter::{
    Body, DRAIN_BYTES, DRAIN_TIME, HttpError, HttpServer, Limits, MAX_BODY, Pool, Request,
    RequestHead, Response, SLOWEST_RATE, Stop, path,
};
use super::simulated_system::{Client, RULES, Rules, Simulated};
use super::{Engine, MINUTE, no_listener};
use mock::{Ending, Events, Gate, Reply, Seed, TcpClient, alone, assert_bytes, patience};
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

pub const SECOND: Duration = Duration::from_secs(1);
pub const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// What a client hears for whom there is no room.
pub const UNAVAILABLE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Server: OwnHands/0.1\r\n\
    Content-Length: 0\r\n\
    Connection: close\r\n\
    \r\n";

/// A server in a loop, with its workers.
pub struct Site {
    pub system: Simulated,
    pub engine: Engine,
    pub stop: Stop,
}

impl Site {
    pub fn new(server: HttpServer) -> Self {
        Self::with_rules(server, Rules::Epoll)
    }

    pub fn with_rules(server: HttpServer, rules: Rules) -> Self {
        let (workers, queue) = (server.limits.workers, server.limits.queue);
        let pool = Arc::new(Pool::detached(workers, queue).expect("threads"));
        let stop = server.stop.clone();
        let system = Simulated::new(rules);
        let engine = Engine::new(system.clone(), Arc::new(server), pool);
        Self { system, engine, stop }
    }

    /// The same with these limits.
    pub fn limited(change: impl FnOnce(&mut Limits)) -> Self {
        let mut server = server();
        change(&mut server.limits);
        Self::new(server)
    }

    pub fn run(&mut self) {
        self.system.run(&mut self.engine);
    }

    pub fn pass(&mut self, time: Duration) {
        self.system.pass(time, &mut self.engine);
    }

    pub fn run_until(&mut self, is_so: impl Fn() -> bool) {
        self.system.run_until(&mut self.engine, is_so);
    }

    /// A client that has sent this.
    pub fn client(&mut self, bytes: impl AsRef<[u8]>) -> Client {
        let client = self.system.client();
        client.send(bytes);
        self.run();
        client
    }

    /// All that is answered to these bytes, when the server has said that it was all.
    pub fn answer(&mut self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let client = self.client(bytes);
        self.run_until(|| client.is_finished());
        client.finish();
        self.run();
        client.got()
    }

    /// Whether somebody else gets an answer.
    pub fn is_open(&mut self) -> bool {
        let client = self.client(get("/"));
        let is_open = client.got().ends_with(b"Hi there!\n");
        client.reset();
        self.run();
        is_open
    }
}

/// What many tests ask for, by handlers of every kind.
pub fn server() -> HttpServer {
    let mut server = HttpServer::default();
    server.limits.workers = 2;
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    server.register(path("/echo"), |request| Ok(Response::text(request.body.clone())));
    server.register(path("/path"), |request| Ok(Response::text(request.target.clone())));
    server.register(path("/pieces"), |_| Ok(Response::new(200).stream(pieces(["a", "", "bcd"]))));
    server.register(path("/panic"), |_| panic!("no soup today"));
    server.register(path("/403"), |_| Err(HttpError(403).into()));
    server.register(|request| request.target == "/pattern", |_| unreachable!("nobody asks"));
    server.register_waiting(path("/waiting"), |request| Ok(Response::text(request.body.clone())));
    server.register_waiting(path("/waiting/panic"), |_| panic!("no soup today either"));
    server.register_reading(path("/stream"), |_, body| {
        let mut all = Vec::new();
        body.read_to_end(&mut all)?;
        Ok(Response::text(all))
    });
    server.register_reading(path("/left"), |_, _| Ok(Response::text("left\n")));
    // Whatever goes wrong, it is content.
    server.register_reading(path("/careless"), |_, body| {
        let _ = io::copy(body, &mut io::sink());
        Ok(Response::text("fine\n"))
    });
    server
}

pub fn pieces<const N: usize>(pieces: [&'static str; N]) -> Body {
    Body::Pieces(Box::new(pieces.into_iter().map(|piece| Ok(piece.into()))))
}

pub fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

pub fn last(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
}

pub fn post(target: &str, fields: &str, body: &str) -> String {
    format!("POST {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

pub fn sized(target: &str, body: &str) -> String {
    post(target, &format!("Content-Length: {}\r\n", body.len()), body)
}

pub const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";
pub const EXPECT: &str = "Expect: 100-continue\r\n";

/// The answers one behind the other. There is nothing else.
#[track_caller]
pub fn replies(bytes: &[u8]) -> Vec<Reply> {
    let mut rest = bytes;
    let mut all = Vec::new();
    while !rest.is_empty() {
        let (reply, length) = Reply::try_parse_first(rest, false, true)
            .and_then(|found| found.ok_or("it is cut off".into()))
            .unwrap_or_else(|why| panic!("{why}: {}", rest.escape_ascii()));
        all.push(reply);
        rest = &rest[length..];
    }
    all
}

/// The same, status and text.
#[track_caller]
pub fn texts(bytes: &[u8]) -> Vec<(u16, String)> {
    replies(bytes).iter().map(|reply| (reply.status, reply.text().to_owned())).collect()
}

#[track_caller]
pub fn statuses(client: &Client) -> Vec<u16> {
    replies(&client.got()).iter().map(|reply| reply.status).collect()
}

/// All ways to cut `bytes` in two, and into single bytes.
pub fn cuts(bytes: &[u8]) -> Vec<Vec<&[u8]>> {
    let in_two = (1..bytes.len()).map(|at| vec![&bytes[..at], &bytes[at..]]);
    in_two.chain([vec![bytes], bytes.chunks(1).collect()]).collect()
}

/// A site of [`server`].
pub fn site_of_all(rules: Rules) -> Site {
    Site::with_rules(server(), rules)
}

/// Sends `requests` however they can be cut, and sees that `expected` is answered.
pub fn answered_however_cut(
    site: impl Fn(Rules) -> Site,
    requests: &str,
    expected: &[(u16, &str)],
) {
    for rules in RULES {
        let mut site = site(rules);
        let mut cuts = cuts(requests.as_bytes());
        if rules != Rules::Epoll {
            cuts.drain(..cuts.len() - 2); // whole, and byte by byte
        }
        for cut in cuts {
            let client = site.system.client();
            for piece in &cut {
                client.send(piece);
                site.run();
            }
            site.run_until(|| client.is_finished());
            client.finish();
            site.run();
            let expected: Vec<_> =
                expected.iter().map(|&(status, text)| (status, text.to_owned())).collect();
            assert_eq!(texts(&client.got()), expected, "{rules:?}, {:?}", cut[0].escape_ascii());
            assert!(client.is_closed());
        }
    }
}

#[test]
fn requests_are_answered_in_their_order_however_they_are_cut() {
    let requests = [
        get("/path?1"),
        sized("/echo", "abc"),
        "\r\n".to_owned() + &get("/path?2"),
        post("/echo", CHUNKED, "3;x\r\ndef\r\n1\r\ng\r\n0\r\nA: b\r\n\r\n"),
        get("/pieces"),
        sized("/nothing", "a body that nobody wants"),
        last("/path?3"),
    ];
    let expected = [(200, "/path?1"), (200, "abc"), (200, "/path?2"), (200, "defg"), (200, "abcd")];
    let mut site = Site::new(server());
    let unknown = post("/nothing", "Connection: close\r\n", "");
    let page = texts(&site.answer(unknown)).remove(0).1;
    let expected = [&expected[..], &[(404, &page), (200, "/path?3")]].concat();
    answered_however_cut(site_of_all, &requests.concat(), &expected);
}

#[test]
fn workers_answer_in_order_however_the_requests_are_cut() {
    let requests = [
        sized("/waiting", "one"),
        post("/waiting", CHUNKED, "3\r\ntwo\r\n0\r\n\r\n"),
        get("/path?3"),
        sized("/stream", "four"),
        post("/stream", CHUNKED, "4\r\nfive\r\n0\r\n\r\n"),
        get("/stream"),
        sized("/left", "nobody reads this"),
        last("/path?7"),
    ];
    let expected = ["one", "two", "/path?3", "four", "five", "", "left\n", "/path?7"];
    answered_however_cut(site_of_all, &requests.concat(), &expected.map(|text| (200, text)));
}

#[test]
fn whatever_a_system_does_everybody_has_the_answers() {
    everybody_has_the_answers(site_of_all, &["/echo", "/waiting", "/stream"]);
}

/// Clients that ask for `targets`, which answer with the body, in a system that disturbs.
pub fn everybody_has_the_answers(site: impl Fn(Rules) -> Site, targets: &[&str]) {
    let mut seed = Seed::new();
    for _ in 0..20 {
        for rules in RULES {
            let mut site = site(rules);
            site.system.disturb(Seed::of(seed.number(0..=1_000_000) as u64));
            let mut clients: Vec<_> =
                (0..3).map(|_| random_client(&site, targets, &mut seed)).collect();
            while clients.iter().any(|(_, rest, _)| !rest.is_empty()) {
                let (client, rest, _) = &mut clients[seed.number(0..=2)];
                let count = seed.number(0..=40).min(rest.len());
                client.send(rest.drain(..count).collect::<Vec<_>>());
                client.take(seed.number(0..=60));
                for _ in 0..seed.number(0..=3) {
                    site.system.turn(&mut site.engine);
                }
            }
            // Who takes nothing may keep a worker waiting for a body that is not read meanwhile.
            clients.iter().for_each(|(client, ..)| {
                client.take(usize::MAX);
            });
            for (client, _, expected) in clients {
                site.run_until(|| client.is_finished());
                let got = texts(&client.got());
                let got: Vec<_> = got.into_iter().map(|(_, text)| text).collect();
                assert_eq!(got, expected, "{rules:?}");
            }
        }
    }
}

/// A client, what it has to send, and what it is to be answered.
pub fn random_client(
    site: &Site,
    targets: &[&str],
    seed: &mut Seed,
) -> (Client, Vec<u8>, Vec<String>) {
    let (mut requests, mut expected) = (String::new(), Vec::new());
    for _ in 0..seed.number(0..=5) {
        let text = seed.word().repeat(seed.number(1..=30));
        let target = seed.pick(targets);
        requests += &match seed.number(1..=2) {
            1 => sized(target, &text),
            _ => post(target, CHUNKED, &format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len())),
        };
        expected.push(text);
    }
    requests += &last("/path?last");
    expected.push("/path?last".into());
    let client = site.system.client();
    client.take_only(seed.number(0..=30));
    (client, requests.into(), expected)
}

// How a connection goes on and ends

#[test]
fn a_connection_stays_unless_somebody_wants_otherwise() {
    let mut site = Site::new(server());
    let old = "GET / HTTP/1.0\r\n\r\n";
    let old_kept = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    for (request, stays) in
        [(&*get("/"), true), (&last("/"), false), (old, false), (old_kept, true)]
    {
        let client = site.client(request);
        assert_eq!(statuses(&client), [200]);
        assert_eq!(client.is_finished(), !stays, "{request}");
        client.finish();
        site.run();
        assert!(client.is_closed() && client.is_finished());
    }
}

#[test]
fn the_last_answer_of_a_connection_says_that_it_is_the_last() {
    let mut site = Site::limited(|limits| limits.requests_per_connection = 3);
    let client = site.client(get("/").repeat(5));
    let replies = replies(&client.got());
    let said: Vec<_> = replies.iter().map(|reply| reply.header("Connection")).collect();
    assert_eq!(said, [None, None, Some("close")]);
    assert!(client.is_finished());
    // Every connection counts its own.
    assert_eq!(statuses(&site.client(get("/").repeat(2))), [200, 200]);
}

#[test]
fn who_says_that_it_sends_no_more_has_its_answers() {
    let mut site = Site::new(server());
    for (requests, expected) in [
        (String::new(), vec![]),
        (get("/"), vec![200]),
        (get("/").repeat(3), vec![200; 3]),
        (get("/") + "\r\n", vec![200]),
        (sized("/waiting", "abc") + &sized("/stream", "abc"), vec![200; 2]),
        // In the middle of something.
        (get("/") + "GET / HT", vec![200, 400]),
        (post("/echo", "Content-Length: 4\r\n", "abc"), vec![400]),
        (post("/echo", CHUNKED, "3\r\nab"), vec![400]),
        (post("/waiting", "Content-Length: 4\r\n", "abc"), vec![400]),
        (post("/stream", "Content-Length: 4\r\n", "abc"), vec![400]),
        (post("/careless", "Content-Length: 4\r\n", "abc"), vec![400]),
        (post("/left", "Content-Length: 4\r\n", "abc"), vec![200]),
    ] {
        for comes_later in [false, true] {
            let client = site.system.client();
            client.send(&requests);
            if comes_later {
                site.run();
            }
            client.finish();
            site.run_until(|| client.is_closed());
            assert!(client.is_finished());
            assert_eq!(statuses(&client), expected, "{requests}, then the end: {comes_later}");
        }
    }
}

#[test]
fn a_client_that_breaks_ends_its_connection_and_no_other() {
    let mut site = Site::new(server());
    for bytes in ["", "GET /", &post("/stream", CHUNKED, "1"), &post("/echo", CHUNKED, "1")] {
        let client = site.client(bytes);
        client.reset();
        site.run();
        assert!(client.is_closed() && client.got().is_empty());
        assert!(site.is_open());
    }
}

#[test]
fn a_request_that_cannot_be_read_is_the_last() {
    let mut site = Site::new(server());
    for (bad, status) in [
        ("GET / x HTTP/1.1\r\n\r\n".to_owned(), 400),
        (post("/echo", "Content-Length: 1, 2\r\n", "a"), 400),
        (post("/echo", CHUNKED, "x"), 400),
        (post("/waiting", CHUNKED, "x"), 400),
        (post("/stream", CHUNKED, "x"), 400),
        (post("/careless", CHUNKED, "x"), 400),
        (post("/echo", &format!("Content-Length: {}\r\n", MAX_BODY + 1), ""), 413),
        (post("/waiting", &format!("Content-Length: {}\r\n", MAX_BODY + 1), ""), 413),
    ] {
        let client = site.client(get("/") + &bad + &get("/"));
        site.run_until(|| client.is_finished());
        assert_eq!(statuses(&client), [200, status], "{bad}");
    }
}

#[test]
fn a_body_is_gathered_up_to_a_mebibyte() {
    let mut site = Site::new(server());
    let chunks = |count: usize| {
        let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
        post("/echo", CHUNKED, &(chunk.repeat(count) + "0\r\n\r\n")) + &last("/")
    };
    for (target, length) in [("/echo", MAX_BODY), ("/waiting", MAX_BODY)] {
        let sent = site.answer(sized(target, &"x".repeat(length)) + &last("/"));
        let replies = replies(&sent);
        assert_eq!((replies.len(), replies[0].body.len()), (2, length));
    }
    assert_eq!(texts(&site.answer(chunks(MAX_BODY / 0x8000)))[0].1.len(), MAX_BODY);
    let sent = site.answer(chunks(MAX_BODY / 0x8000 + 1));
    assert_eq!(replies(&sent).iter().map(|reply| reply.status).collect::<Vec<_>>(), [413]);
}

#[test]
fn who_asks_whether_to_send_a_body_is_told_to_if_it_is_wanted_and_waited_for() {
    for target in ["/echo", "/waiting", "/stream"] {
        for (framing, body) in
            [("Content-Length: 3\r\n", "abc"), (CHUNKED, "3\r\nabc\r\n0\r\n\r\n")]
        {
            let mut site = Site::new(server());
            let head = post(target, &format!("{framing}{EXPECT}"), "");
            let client = site.client(&head);
            site.run_until(|| client.text() == CONTINUE);
            client.send(body);
            site.run_until(|| client.text().ends_with("abc"));
            assert_eq!(texts(&client.got()[CONTINUE.len()..]), [(200, "abc".into())], "{target}");
            // Who has begun does not wait.
            let client = site.client(head.clone() + body + &last("/"));
            site.run_until(|| client.is_finished());
            assert!(client.text().starts_with("HTTP/1.1 200"), "{target}");
        }
    }
    let mut site = Site::new(server());
    let head = |target| post(target, &format!("Content-Length: 3\r\n{EXPECT}"), "");
    for target in ["/left", "/nothing"] {
        let client = site.client(head(target));
        site.run_until(|| client.is_finished());
        assert!(!client.text().contains("100 Continue"), "{target} wants none");
    }
    let too_long = format!("Content-Length: {}\r\n{EXPECT}", MAX_BODY + 1);
    assert_eq!(statuses(&site.client(post("/echo", &too_long, ""))), [413]);
}

#[test]
fn what_nobody_read_of_a_body_is_passed_over_if_it_is_short() {
    let mut site = Site::new(server());
    for target in ["/left", "/nothing"] {
        let short = "x".repeat(DRAIN_BYTES);
        let client = site.client(sized(target, &short[..1000]));
        site.run_until(|| !client.got().is_empty());
        client.send(last("/"));
        site.run_until(|| client.is_finished());
        assert_eq!(statuses(&client).len(), 2, "{target}");
        // What has not come yet is passed over too.
        let (head, body) = (sized(target, &short), short.len());
        let client = site.client(&head[..head.len() - body]);
        site.run_until(|| !client.got().is_empty());
        assert!(!client.is_finished());
        client.send(short + &last("/"));
        site.run_until(|| client.is_finished());
        assert_eq!(statuses(&client).len(), 2, "{target}");

        let long = format!("Content-Length: {}\r\n", DRAIN_BYTES + 1);
        let client = site.client(post(target, &long, ""));
        site.run_until(|| client.is_finished());
        assert_eq!(replies(&client.got())[0].header("Connection"), Some("close"));
    }
}

// Workers

/// A server with a handler that says when it begins, and waits.
pub fn with_gate(mut server: HttpServer) -> (HttpServer, Gate, Events) {
    let (gate, events) = (Gate::new(), Events::new());
    let (its, log) = (gate.clone(), events.clone());
    server.register_waiting(path("/gate"), move |_| {
        log.log("begins");
        its.wait();
        Ok(Response::text("through the gate\n"))
    });
    let (its, log) = (gate.clone(), events.clone());
    server.register_reading(path("/gate/stream"), move |_, body| {
        log.log("begins");
        its.wait();
        let count = io::copy(body, &mut io::sink())?;
        Ok(Response::text(count.to_string()))
    });
    (server, gate, events)
}

#[test]
fn while_a_handler_waits_the_others_are_served() {
    let (server, gate, events) = with_gate(server());
    let mut site = Site::new(server);
    let waiting = site.client(last("/gate"));
    events.wait_for("begins");
    for _ in 0..10 {
        assert!(site.is_open());
    }
    assert_bytes!(waiting.got(), "");
    // However long it takes: it is not the client that is slow.
    for _ in 0..5 {
        site.pass(MINUTE);
    }
    gate.open();
    site.run_until(|| waiting.is_finished());
    assert_eq!(texts(&waiting.got()), [(200, "through the gate\n".into())]);
}

#[test]
fn when_all_workers_are_busy_and_the_queue_is_full_the_next_is_told_503() {
    let (mut server, gate, events) = with_gate(server());
    (server.limits.workers, server.limits.queue) = (1, 1);
    let mut site = Site::new(server);
    let busy = site.client(last("/gate"));
    events.wait_for("begins");
    let queued = site.client(sized("/waiting", "abc"));
    let refused = [site.client(get("/gate")), site.client(sized("/stream", "abc"))];
    for refused in refused {
        assert_bytes!(refused.got(), UNAVAILABLE);
        assert!(refused.is_finished());
    }
    assert!(site.is_open(), "the loop has room");
    gate.open();
    site.run_until(|| busy.is_finished() && !queued.got().is_empty());
    assert_eq!((statuses(&busy), statuses(&queued)), (vec![200], vec![200]));
}

#[test]
fn a_client_whose_body_the_worker_does_not_read_is_not_read_either() {
    const LONG: usize = 10_000_000;
    for rules in RULES {
        let (server, gate, events) = with_gate(server());
        let mut site = Site::with_rules(server, rules);
        let head = post("/gate/stream", &format!("Content-Length: {LONG}\r\n"), "");
        let client = site.client(head);
        events.wait_for("begins");
        client.send(vec![b'x'; LONG]);
        site.run();
        assert!(client.unread() > LONG - 500_000, "{} bytes are not read", client.unread());
        // It is we who let it wait.
        site.pass(10 * MINUTE);
        assert_bytes!(client.got(), "");
        gate.open();
        site.run_until(|| !client.got().is_empty());
        assert_eq!(texts(&client.got()), [(200, LONG.to_string())], "{rules:?}");
        client.send(last("/"));
        site.run();
        assert!(client.is_finished());
    }
}

#[test]
fn a_client_is_not_late_while_the_worker_does_something_else() {
    let (server, gate, events) = with_gate(server());
    let mut site = Site::new(server);
    let client = site.client(post("/gate/stream", "Content-Length: 3\r\n", "a"));
    events.wait_for("begins");
    for _ in 0..5 {
        site.pass(MINUTE);
    }
    gate.open();
    client.send("bc");
    site.run_until(|| !client.got().is_empty());
    assert_eq!(texts(&client.got()), [(200, "3".into())]);
}

#[test]
fn a_client_that_stalls_in_a_body_that_a_worker_reads_is_told_408() {
    for target in ["/stream", "/careless"] {
        let mut site = Site::new(server());
        let client = site.client(post(target, "Content-Length: 10\r\n", "abc"));
        // Its time runs as soon as somebody waits for it; the worker does so soon, by its own
        // clock.
        let started = Instant::now();
        // Without a pace the loop would have waited ten thousand times before the worker's turn.
        let (_never, pace) = mpsc::channel::<()>();
        while !client.is_finished() {
            assert!(started.elapsed() < patience(), "{target}: it is waited for without end");
            site.pass(SECOND);
            let _ = pace.recv_timeout(Duration::from_millis(1));
        }
        assert_eq!(statuses(&client), [408], "{target}");
        assert!(site.is_open());
    }
}

#[test]
fn a_client_that_stalls_in_a_body_that_is_gathered_for_a_worker_keeps_none_waiting() {
    for body in ["Content-Length: 10\r\n", CHUNKED] {
        let mut site = Site::new(server());
        let client = site.client(post("/waiting", body, ""));
        site.pass(10 * SECOND);
        site.run_until(|| client.is_finished());
        assert_eq!(statuses(&client), [408]);
    }
}

#[test]
fn a_worker_hears_that_its_client_has_gone_and_is_free_for_others() {
    let mut server = server();
    server.limits.workers = 1;
    let (sender, heard) = mpsc::channel();
    server.register_reading(path("/ends"), move |_, body| {
        let outcome = io::copy(body, &mut io::sink());
        sender.send(outcome.map_err(|error| error.kind())).unwrap();
        Ok(Response::text("nobody hears this"))
    });
    let mut site = Site::new(server);
    let client = site.client(post("/ends", "Content-Length: 10\r\n", "abc"));
    client.reset();
    site.run();
    assert!(client.is_closed());
    assert!(heard.recv_timeout(patience()).unwrap().is_err());
    let next = site.client(sized("/waiting", "next"));
    site.run_until(|| !next.got().is_empty());
    assert_eq!(texts(&next.got()), [(200, "next".into())]);
    assert_bytes!(client.got(), "");
}

// What goes wrong with us

#[test]
fn a_panic_is_one_answer_and_the_connection_and_the_workers_go_on() {
    let mut server = HttpServer::default();
    server.limits.workers = 1;
    server.register(|request| request.target == "/pattern" && panic!("which?"), |_| unreachable!());
    server.register_waiting(path("/waiting/panic"), |_| panic!("no soup today either"));
    server.register_reading(path("/stream/panic"), |_, _| panic!("nor a stream"));
    server.register(path("/panic"), |_| panic!("no soup today"));
    server.register(path("/first"), |_| Ok(Response::new(200).stream(failing(0, true))));
    server.register(path("/1xx"), |_| Ok(Response::new(100)));
    server.register_waiting(path("/"), |_| Ok(Response::text("fine\n")));
    let mut site = Site::new(server);
    for target in ["/pattern", "/panic", "/waiting/panic", "/stream/panic", "/first", "/1xx"] {
        let requests = get(target) + &sized(target, "with a body") + &last("/");
        let sent = site.answer(requests);
        let statuses: Vec<_> = replies(&sent).iter().map(|reply| reply.status).collect();
        assert_eq!(statuses, [500, 500, 200], "{target}");
    }
}

/// So many pieces, and then an error or a panic.
pub fn failing(count: usize, panics: bool) -> Body {
    let mut number = 0;
    Body::Pieces(Box::new(std::iter::from_fn(move || {
        number += 1;
        if number > count && panics {
            panic!("no more pieces");
        }
        match number > count {
            true => Some(Err(io::Error::other("no more pieces"))),
            false => Some(Ok(vec![b'x'; 10])),
        }
    })))
}

#[test]
fn of_a_body_that_fails_in_the_middle_the_end_is_missing() {
    for panics in [false, true] {
        let mut server = server();
        server.register(path("/fails"), move |_| Ok(Response::new(200).stream(failing(2, panics))));
        let mut site = Site::new(server);
        let client = site.client(get("/") + &get("/fails") + &get("/"));
        assert!(client.is_closed() && !client.is_finished(), "it is no regular end");
        let sent = client.text();
        assert!(!sent.ends_with("0\r\n\r\n"), "{sent}");
        assert!(sent.matches("HTTP/1.1").count() <= 2, "{sent}");
        assert!(site.is_open());
    }
}

// Time

#[test]
fn the_limits_of_a_server_are_these() {
    let limits = HttpServer::default().limits;
    let counts = (limits.connections, limits.connections_per_network);
    assert_eq!((counts, limits.requests_per_connection), ((10_000, 5_000), 1000));
    assert_eq!((limits.workers, limits.queue), (16, 100));
    let Limits { idle_time, request_time, response_time, drain_time, stop_time, .. } = limits;
    let times = [idle_time, request_time, response_time, drain_time, stop_time];
    assert_eq!(times.map(|time| time.as_secs_f32()), [5.0, 10.0, 10.0, 1.0, 10.0]);
}

/// How long until the server closes, in whole seconds; `each_second` is called after each.
pub fn seconds_until_closed(
    site: &mut Site,
    client: &Client,
    mut each_second: impl FnMut(),
) -> usize {
    for seconds in 0..1000 {
        if client.is_finished() || client.is_closed() {
            return seconds;
        }
        site.pass(SECOND);
        each_second();
        site.run();
    }
    panic!("it is never closed");
}

#[test]
fn who_is_silent_is_given_up_when_the_time_for_it_is_over() {
    for (bytes, seconds, expected) in [
        (String::new(), 10, vec![408]),
        ("GET / HT".into(), 10, vec![408]),
        (get("/"), 5, vec![200]),
        (get("/") + "\r\n", 5, vec![200]),
        (get("/") + "G", 10, vec![200, 408]),
        (post("/echo", "Content-Length: 3\r\n", "ab"), 10, vec![408]),
        (post("/echo", CHUNKED, "3\r\nab"), 10, vec![408]),
    ] {
        let mut site = Site::new(server());
        let client = site.client(&bytes);
        assert_eq!(seconds_until_closed(&mut site, &client, || ()), seconds, "{bytes}");
        site.run_until(|| client.is_finished());
        assert_eq!(statuses(&client), expected, "{bytes}");
    }
}

#[test]
fn each_request_has_a_time_of_its_own_and_a_byte_now_and_then_buys_none() {
    let mut site = Site::new(server());
    let client = site.client("");
    for _ in 0..5 {
        for piece in [&get("/")[..10], &get("/")[10..]] {
            site.pass(4 * SECOND);
            client.send(piece);
            site.run();
        }
    }
    assert_eq!(statuses(&client), [200; 5]);
    let client = site.client("GET /");
    let seconds = seconds_until_closed(&mut site, &client, || {
        client.send("a");
    });
    assert_eq!((seconds, statuses(&client)), (10, vec![408]));
}

#[test]
fn who_sends_fast_enough_may_send_for_longer() {
    let mut site = Site::new(server());
    let client = site.client(post("/echo", &format!("Content-Length: {MAX_BODY}\r\n"), ""));
    let piece = vec![b'x'; 2 * SLOWEST_RATE as usize];
    for _ in 0..MAX_BODY / piece.len() {
        site.pass(SECOND);
        client.send(&piece);
        site.run();
    }
    assert_eq!(statuses(&client), [200]);
}

pub const LARGE: usize = 1_000_000;

/// A server with an answer that nobody takes at once.
pub fn with_large(mut server: HttpServer) -> HttpServer {
    server.register(path("/large"), |_| Ok(Response::text("x".repeat(LARGE))));
    server
}

#[test]
fn an_answer_is_waited_for_as_long_as_it_is_taken_fast_enough() {
    // Nothing; a byte now and then; much slower than the slowest; at the double of its rate.
    for (each_second, seconds) in [(0, 10), (1, 10), (SLOWEST_RATE as usize / 4, 12)] {
        let mut site = Site::new(with_large(server()));
        let client = site.system.client();
        client.take_only(300).send(get("/large"));
        site.run();
        let took = seconds_until_closed(&mut site, &client, || {
            client.take(each_second);
        });
        assert_eq!(took, seconds, "{each_second} bytes a second");
        assert!(client.is_closed() && !client.is_finished());
        assert!(site.is_open());
    }
    let mut site = Site::new(with_large(server()));
    let client = site.system.client();
    client.take_only(300).send(get("/large"));
    site.run();
    for _ in 0..LARGE / (2 * SLOWEST_RATE as usize) + 1 {
        site.pass(SECOND);
        client.take(2 * SLOWEST_RATE as usize);
        site.run();
    }
    assert_eq!(replies(&client.got())[0].body.len(), LARGE);
    assert!(!client.is_finished());
    // Who has taken much at once may not stop for longer.
    let client = site.system.client();
    client.take_only(LARGE / 2).send(get("/large"));
    site.run();
    assert_eq!(seconds_until_closed(&mut site, &client, || ()), 10);
}

#[test]
fn the_time_to_be_idle_begins_when_all_of_the_answer_is_taken() {
    let mut site = Site::new(with_large(server()));
    let client = site.system.client();
    client.take_only(0).send(get("/large"));
    site.run();
    client.take(LARGE);
    site.run();
    site.pass(9 * SECOND);
    client.take(1000);
    site.run();
    assert_eq!(replies(&client.got())[0].body.len(), LARGE);
    assert_eq!(seconds_until_closed(&mut site, &client, || ()), 5);
}

#[test]
fn the_time_of_a_request_that_was_not_read_begins_when_the_answer_before_it_is_taken() {
    for rest in ["GET /", &post("/echo", "Content-Length: 3\r\n", "")] {
        let mut site = Site::new(with_large(server()));
        let client = site.system.client();
        client.take_only(0).send(get("/large") + rest);
        site.run();
        client.take(LARGE);
        site.run();
        site.pass(9 * SECOND);
        client.take(1000);
        site.run();
        assert_eq!(seconds_until_closed(&mut site, &client, || ()), 10, "{rest}");
        assert_eq!(statuses(&client), [200, 408]);
    }
}

// Back-pressure

#[test]
fn of_an_answer_that_is_not_taken_no_more_is_made() {
    let made = Arc::new(AtomicUsize::new(0));
    let mut server = server();
    let count = Arc::clone(&made);
    server.register(path("/endless"), move |_| {
        let count = Arc::clone(&count);
        let piece = move || {
            count.fetch_add(1, Ordering::Relaxed);
            Some(Ok(vec![b'x'; 10_000]))
        };
        Ok(Response::new(200).stream(Body::Pieces(Box::new(std::iter::from_fn(piece)))))
    });
    let mut site = Site::new(server);
    let client = site.system.client();
    client.take_only(0).send(get("/endless"));
    site.run();
    for taken in 0..10 {
        let made = made.load(Ordering::Relaxed);
        assert!((taken * 10..taken * 10 + 20).contains(&made), "{taken}: {made}");
        client.take(100_000);
        site.run();
    }
    client.reset();
    site.run();
    assert!(client.is_closed());
}

#[test]
fn of_who_asks_again_and_again_and_takes_no_answer_only_some_requests_are_handled() {
    let handled = Arc::new(AtomicUsize::new(0));
    let mut server = server();
    let count = Arc::clone(&handled);
    server.register(path("/count"), move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok(Response::text("x".repeat(1000)))
    });
    server.limits.requests_per_connection = u64::MAX;
    let mut site = Site::new(server);
    let client = site.system.client();
    client.take_only(0).send(get("/count").repeat(4000));
    site.run();
    let first = handled.load(Ordering::Relaxed);
    assert!((1..=100).contains(&first), "{first} were handled");
    assert!(client.unread() > 50_000, "nor is it read");
    assert!(site.is_open());
    client.take(usize::MAX).finish();
    site.run();
    assert_eq!(replies(&client.got()).len(), 4000);
}

// Limits

#[test]
fn when_all_are_busy_the_next_is_told_503_until_one_of_them_is_done() {
    let mut site = Site::limited(|limits| limits.connections = 2);
    let busy = [site.client("GET"), site.client(post("/stream", CHUNKED, "1"))];
    for _ in 0..3 {
        let refused = site.client("");
        assert_bytes!(refused.got(), UNAVAILABLE);
        assert!(refused.is_finished());
        refused.finish();
        site.run();
        assert!(refused.is_closed());
    }
    busy[0].reset();
    site.run();
    let next = site.client("GET");
    assert!(!next.is_finished());
    assert_bytes!(site.client("").got(), UNAVAILABLE);
    next.send(&last("/")[3..]);
    site.run();
    next.finish();
    site.run();
    assert!(site.is_open());
}

#[test]
fn who_has_asked_for_nothing_for_the_longest_time_makes_way() {
    let mut site = Site::limited(|limits| limits.connections = 4);
    let mut clients = ["", "", "", "GET"].map(|bytes| site.joins(bytes)).into_iter();
    let mut next = || clients.next().unwrap();
    let (ada, bob, eve, dan) = (next(), next(), next(), next());
    // Eve has waited since her answer, which was before Ada's; Bob never asked, and Dan is busy.
    for client in [&eve, &ada] {
        client.send(get("/"));
        site.pass(Duration::from_millis(1));
    }
    for loser in [&bob, &eve, &ada] {
        let newcomer = site.joins("GET");
        assert!(loser.is_closed() && newcomer.got().is_empty());
    }
    assert!(!dan.is_closed());
    assert_bytes!(site.joins("").got(), UNAVAILABLE);
}

#[test]
fn a_network_that_has_its_share_loses_one_of_its_own() {
    let mut site = Site::limited(|limits| {
        (limits.connections, limits.connections_per_network) = (4, 2);
    });
    let from = |site: &mut Site, host: u8, bytes: &str| {
        site.pass(Duration::from_millis(1));
        let client = site.system.client_from((Ipv4Addr::new(192, 0, 2, host), 9).into());
        client.send(bytes);
        site.run();
        client
    };
    // The stranger waits longest, and is of another network.
    let stranger = from(&mut site, 1, "");
    let (ada, bob) = (from(&mut site, 2, "GET"), from(&mut site, 2, ""));
    let eve = from(&mut site, 2, "GET");
    assert!(bob.is_closed() && !ada.is_closed() && !stranger.is_closed());
    // All of them are busy; there is room, but not for this network.
    assert_bytes!(from(&mut site, 2, "").got(), UNAVAILABLE);
    let other = from(&mut site, 3, "GET");
    assert!(other.got().is_empty() && !stranger.is_closed());
    ada.reset();
    site.run();
    assert!(!from(&mut site, 2, "").is_finished(), "one of them has left");
    assert!(!eve.is_closed());
}

#[test]
fn who_has_not_taken_all_of_the_answer_is_not_idle() {
    for stops in [false, true] {
        let mut server = with_large(server());
        server.limits.connections = 1;
        let mut site = Site::new(server);
        let client = site.system.client();
        client.take_only(LARGE - 1000).send(get("/large"));
        site.run();
        if stops {
            site.close();
        } else {
            assert_bytes!(site.client("").got(), UNAVAILABLE);
        }
        assert!(!client.is_closed());
        client.take(10_000);
        site.run();
        assert_eq!(replies(&client.got())[0].body.len(), LARGE);
        // Now it is.
        if stops {
            assert!(client.is_finished());
        } else {
            assert!(site.client("").got().is_empty());
            assert!(client.is_closed());
        }
    }
}

/// One with the last answer, and one for whom there was no room.
#[test]
fn who_is_to_leave_and_stays_has_the_time_to_close_that_the_limits_say() {
    let mut site = Site::limited(|limits| {
        limits.connections = 1;
        limits.drain_time = 3 * SECOND;
    });
    let busy = site.client("GET");
    let refused = site.client("");
    busy.send(&last("/")[3..]);
    site.run();
    site.pass(3 * SECOND - Duration::from_millis(1));
    for client in [&busy, &refused] {
        assert!(client.is_finished() && !client.is_closed());
    }
    site.pass(Duration::from_millis(1));
    assert!(busy.is_closed() && refused.is_closed());
}

// To stop

impl Site {
    /// Somebody who comes a moment later.
    pub fn joins(&mut self, bytes: &str) -> Client {
        self.pass(Duration::from_millis(1));
        self.client(bytes)
    }

    pub fn close(&mut self) {
        self.stop.request();
        self.engine.close();
        self.run();
    }

    pub fn has_ended(&self) -> bool {
        self.engine.has_ended()
    }
}

#[test]
fn where_nobody_is_nobody_is_waited_for() {
    let mut site = Site::new(server());
    site.close();
    assert!(site.has_ended() && site.system.has_stopped_listening());
}

#[test]
fn at_a_stop_who_is_idle_is_closed_at_once_and_who_has_not_asked_may_do_so_for_a_while() {
    let mut site = Site::limited(|limits| limits.drain_time = 3 * SECOND);
    let (idle, quick, slow) = (site.client(get("/")), site.client(""), site.client(""));
    site.close();
    assert!(idle.is_closed() && !quick.is_closed() && !slow.is_closed());
    quick.send(get("/"));
    site.run();
    assert_eq!(replies(&quick.got())[0].header("Connection"), Some("close"));
    quick.finish();
    site.pass(3 * SECOND - Duration::from_millis(1));
    assert!(quick.is_closed() && !slow.is_closed());
    site.pass(Duration::from_millis(1));
    assert!(slow.is_closed() && site.has_ended());
    // It was said a second time, and nothing happens.
    site.close();
    site.pass(MINUTE);
}

#[test]
fn at_a_stop_who_is_being_served_has_the_answer_and_it_is_the_last() {
    let (server, gate, events) = with_gate(with_large(server()));
    let mut site = Site::new(server);
    let [half, whole] = ["GET / HTTP/1.1\r\n", "Host: a\r\n\r\n"];
    let (begun, worked) = (site.client(half), site.client(get("/gate")));
    let large = site.system.client();
    large.take_only(1000).send(get("/large") + &get("/"));
    events.wait_for("begins");
    site.run();
    site.close();
    site.pass(DRAIN_TIME);
    begun.send(whole);
    large.take(usize::MAX);
    gate.open();
    site.run_until(|| [&begun, &worked, &large].iter().all(|client| client.is_finished()));
    for (client, answers) in [(&begun, 1), (&worked, 1), (&large, 2)] {
        let replies = replies(&client.got());
        assert_eq!(replies.len(), answers);
        assert_eq!(replies.last().unwrap().header("Connection"), Some("close"));
        assert!(client.is_finished());
        client.finish();
    }
    site.run();
    assert!(site.has_ended());
}

#[test]
fn at_a_stop_who_does_not_finish_is_closed_in_the_end_and_counted_in_the_log() {
    let test = "at_a_stop_who_does_not_finish_is_closed_in_the_end_and_counted_in_the_log";
    let log = alone(module_path!(), test, &[], || {
        let mut site = Site::limited(|limits| limits.request_time = MINUTE);
        let late = [site.client("GET"), site.client("POST")];
        // They have their answers, and linger.
        let done = site.client(last("/"));
        site.close();
        site.pass(9 * SECOND);
        assert!(late.iter().all(|client| !client.is_closed()));
        assert!(done.is_closed());
        site.pass(SECOND);
        assert!(late.iter().all(Client::is_closed) && site.has_ended());
    });
    let Some(log) = log else { return };
    let lines = log.lines().filter(|line| line.contains("closed before they were done"));
    let [line] = lines.collect::<Vec<_>>()[..] else { panic!("one line: {log}") };
    assert!(line.ends_with(": 2"), "{line}");
}

// The access log

/// What the access log says of each answer: the request, its status, and how many bytes of the
/// body were sent, and how long it took.
pub fn visits(log: &str) -> Vec<(String, u16, u64, String)> {
    let visits = log.lines().filter_map(|line| {
        let [_, request, numbers, .., took] = &line.split('"').collect::<Vec<_>>()[..] else {
            return None;
        };
        let (status, sent) = numbers.trim().split_once(' ')?;
        let took = took.trim().to_owned();
        Some(((*request).to_owned(), status.parse().ok()?, sent.parse().ok()?, took))
    });
    visits.collect()
}

/// What is logged of `converse`, which is a test of this module; `None` in that process itself.
pub fn logged(test: &str, converse: impl FnOnce()) -> Option<String> {
    alone(module_path!(), test, &[], converse)
}

#[test]
fn each_answer_is_logged_when_it_is_taken_with_what_was_sent_of_it() {
    let test = "each_answer_is_logged_when_it_is_taken_with_what_was_sent_of_it";
    let log = logged(test, || {
        let mut site = Site::new(with_large(server()));
        let client = site.system.client();
        client.take_only(0).send(get("/path?1") + &get("/large") + "HEAD / HTTP/1.0\r\n\r\n");
        site.run();
        site.pass(3 * SECOND);
        client.take(usize::MAX);
        site.run();
        site.client(sized("/nothing", "abc")).reset();
        let broken = site.client(get("/") + "GET / x\r\n\r\n");
        assert!(broken.is_finished());
    });
    let Some(log) = log else { return };
    let visits = visits(&log);
    let short: Vec<_> =
        visits.iter().map(|(line, status, sent, _)| (&**line, *status, *sent)).collect();
    let page = short[3].2;
    assert!(page > 10, "{log}");
    assert_eq!(
        short[..4],
        [
            ("GET /path?1 HTTP/1.1", 200, 7),
            ("GET /large HTTP/1.1", 200, LARGE as u64),
            ("HEAD / HTTP/1.0", 200, 0),
            ("POST /nothing HTTP/1.1", 404, page),
        ]
    );
    assert_eq!(short[4], ("GET / HTTP/1.1", 200, 10));
    assert_eq!((short[5].0, short[5].1, short.len()), ("-", 400, 6), "{log}");
    assert!(visits[0].3.starts_with("3.0") && visits[1].3.starts_with("3.0"), "{log}");
}

#[test]
fn of_an_answer_that_was_not_taken_the_log_says_how_much_was() {
    let test = "of_an_answer_that_was_not_taken_the_log_says_how_much_was";
    let log = logged(test, || {
        let mut server = with_large(server());
        server.register(path("/fails"), |_| Ok(Response::new(200).stream(failing(2, false))));
        let mut site = Site::new(server);
        let head = site.client(get("/large")).got().len() - LARGE;
        for (room, body, end) in [(10, 0, 0), (head + 5, 5, 0), (head + 100_000, 100_000, 1)] {
            let client = site.system.client();
            client.take_only(room).send(get(&format!("/large?{body}")));
            site.run();
            match end {
                0 => client.reset(),
                _ => drop(client.break_after(room).take(1)),
            }
            site.run();
            assert!(client.is_closed());
        }
        // Of the second one nothing was taken, and the third was never begun.
        let client = site.system.client();
        client.take_only(head + LARGE + 1).send(get("/large?1000000") + &get("/path") + &get("/x"));
        site.run();
        site.pass(10 * SECOND);
        assert!(client.is_closed());
        site.client(get("/fails"));
    });
    let Some(log) = log else { return };
    let visits = visits(&log);
    let short: Vec<_> = visits.iter().map(|(line, _, sent, _)| (&**line, *sent)).collect();
    assert_eq!(
        short[1..6],
        [
            ("GET /large?0 HTTP/1.1", 0),
            ("GET /large?5 HTTP/1.1", 5),
            ("GET /large?100000 HTTP/1.1", 100_000),
            ("GET /large?1000000 HTTP/1.1", 1_000_000),
            ("GET /path HTTP/1.1", 0),
        ]
    );
    assert_eq!(visits.iter().filter(|visit| visit.0 == "GET /fails HTTP/1.1").count(), 1);
    assert_eq!(log.matches("the answer was not taken in time").count(), 1, "{log}");
}

#[test]
fn what_goes_wrong_is_logged_in_a_line() {
    let test = "what_goes_wrong_is_logged_in_a_line";
    let log = logged(test, || {
        let mut site = Site::limited(|limits| limits.connections_per_network = 1);
        let from = |site: &Site| site.system.client_from(SocketAddr::from(([192, 0, 2, 1], 9)));
        let busy = from(&site);
        busy.send("GET");
        site.run();
        from(&site);
        site.run();
        site.pass(10 * SECOND);
        busy.reset();
        site.run();
    });
    let Some(log) = log else { return };
    let lines: Vec<_> = log.lines().filter(|line| line.contains("192.0.2.1:9 ")).collect();
    let [refused, late, ..] = lines[..] else { panic!("{log}") };
    assert!(refused.contains("503: the limit of its network is reached"), "{log}");
    assert!(late.contains("408: "), "{log}");
}

// A whole server

/// A server that runs in a thread, on a port of its own.
pub fn started(server: HttpServer) -> (SocketAddr, Stop, thread::JoinHandle<anyhow::Result<()>>) {
    let listener = no_listener();
    let (address, stop) = (listener.local_addr().unwrap(), server.stop.clone());
    (address, stop, thread::spawn(move || server.serve(listener)))
}

/// What a thread returns, which must end.
pub fn in_time<T: Send + 'static>(running: thread::JoinHandle<T>) -> T {
    let (done, ended) = mpsc::channel();
    thread::spawn(move || done.send(running.join()));
    ended.recv_timeout(patience()).expect("it should have ended by now").unwrap()
}

#[test]
fn a_server_serves_until_a_stop_is_requested() {
    let (address, stop, running) = started(server());
    let mut clients: Vec<_> = (0..20).map(|_| TcpClient::connect(address)).collect();
    for client in &mut clients {
        client.send(sized("/stream", "abc") + &sized("/waiting", "def") + &get("/"));
        assert_eq!(texts(&client.read_until("Hi there!\n")).len(), 3);
    }
    assert!(!stop.is_requested());
    stop.request();
    for mut client in clients {
        assert_eq!(client.read_to_end(), (Vec::new(), Ending::Closed));
    }
    in_time(running).unwrap();
}

#[test]
fn a_stop_that_was_requested_before_lets_nobody_in() {
    let server = server();
    server.stop.request();
    let (_, _, running) = started(server);
    in_time(running).unwrap();
}

#[test]
fn a_stop_is_requested_once_and_for_all_its_clones_and_for_no_other() {
    let (stop, other) = (Stop::default(), Stop::default());
    let clone = stop.clone();
    assert!(!stop.is_requested());
    clone.request();
    clone.request();
    assert!(stop.is_requested() && clone.is_requested() && !other.is_requested());
}

#[test]
fn a_request_is_answered_without_a_connection() {
    let server = server();
    let answer = |target: &str| {
        let head = RequestHead::parse(get(target).as_bytes(), None).unwrap().unwrap();
        let response = server.on_request(&Request { body: b"abc".into(), ..head.request });
        (response.status, matches!(&response.body, Body::Bytes(body) if body.get_ref() == b"abc"))
    };
    for target in ["/echo", "/waiting", "/stream"] {
        assert_eq!(answer(target), (200, true));
    }
    let statuses = ["/left", "/403", "/nothing", "/panic"].map(|target| answer(target).0);
    assert_eq!(statuses, [200, 403, 404, 500]);
}
