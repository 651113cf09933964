//! HTTP in tasks. What it has in common with chapter 15 is in `since_ch15`.

use super::by_hand::{ByHand, others_first};
use super::simulated_system::{Client, RULES, Rules, Simulated, Turns};
use super::since_ch15::{
    CHUNKED, CONTINUE, EXPECT, LARGE, SECOND, Site, UNAVAILABLE, answered_however_cut,
    everybody_has_the_answers, get, last, post, replies, server, sized, statuses, texts, visits,
    with_gate, with_large,
};
use super::{MINUTE, no_listener};
use ch16::{
    Clock, DRAIN_TIME, Executor, Handle, HttpError, HttpServer, HttpSite, MAX_BODY, PAUSE, Pool,
    Request, Response, path, spawn_blocking,
};
use mock::{alone, assert_bytes, patience};
use std::cell::Cell;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read};
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::time::Duration;

/// An executor with a task that serves whoever comes.
pub struct Engine {
    pub executor: Executor<Simulated>,
    pub site: HttpSite<Simulated>,
}

impl Engine {
    pub fn new(system: Simulated, server: Arc<HttpServer>, pool: Arc<Pool<'static>>) -> Self {
        let executor = Executor::new(system);
        let handle = executor.handle();
        let site = HttpSite::new(server, pool, handle);
        let listener = handle.listen(no_listener()).unwrap();
        let theirs = site.clone();
        handle.spawn(async move { theirs.serve(listener).await });
        Self { executor, site }
    }

    /// `serve` does that when a stop was requested.
    pub fn close(&mut self) {}

    pub fn has_ended(&self) -> bool {
        self.executor.tasks() == 0
    }
}

impl Turns for Engine {
    fn turn(&mut self) -> io::Result<()> {
        self.executor.turn()
    }
}

impl Site {
    fn handle(&self) -> Handle<Simulated> {
        self.engine.executor.handle().clone()
    }

    fn clock(&self) -> Clock {
        self.handle().clock().clone()
    }

    fn register_async(
        &self,
        target: &'static str,
        handler: impl AsyncFn(&Request) -> anyhow::Result<Response> + 'static,
    ) {
        self.engine.site.register_async(path(target), handler);
    }
}

/// A site whose `/async` answers with the body, when all others had their turn; `/patient` takes a
/// second, and `/endless` all the time that there is.
fn patient_site(server: HttpServer, rules: Rules) -> Site {
    let site = Site::with_rules(server, rules);
    site.register_async("/async", async |request| {
        others_first().await;
        let body = request.body.clone();
        others_first().await;
        Ok(Response::text(body))
    });
    let clock = site.clock();
    site.register_async("/patient", async move |_| {
        clock.sleep(SECOND).await;
        Ok(Response::text("after a second\n"))
    });
    site.register_async("/endless", async |_| std::future::pending().await);
    site
}

fn patient() -> Site {
    patient_site(server(), Rules::Epoll)
}

// Handlers that wait

#[test]
fn handlers_that_wait_answer_in_order_however_the_requests_are_cut() {
    let requests = [
        sized("/async", "one"),
        get("/path?2"),
        post("/async", CHUNKED, "3;x\r\ntwo\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n"),
        get("/async"),
        sized("/stream", "four"),
        sized("/async", "five"),
        last("/path?6"),
    ];
    let expected = ["one", "/path?2", "two!", "", "four", "five", "/path?6"];
    let site = |rules| patient_site(server(), rules);
    answered_however_cut(site, &requests.concat(), &expected.map(|text| (200, text)));
}

#[test]
fn whatever_a_system_does_everybody_has_the_answer_of_a_handler_that_waits() {
    let site = |rules| patient_site(server(), rules);
    everybody_has_the_answers(site, &["/async", "/echo", "/stream", "/waiting"]);
}

#[test]
fn many_wait_side_by_side_and_occupy_no_worker() {
    let mut server = server();
    (server.limits.workers, server.limits.queue) = (1, 1);
    let mut site = patient_site(server, Rules::Epoll);
    let clients: Vec<_> = (0..100).map(|_| site.client(get("/patient"))).collect();
    site.pass(SECOND - Duration::from_millis(1));
    assert!(clients.iter().all(|client| client.got().is_empty()) && site.is_open());
    let worked = site.client(sized("/waiting", "a worker has time"));
    site.run_until(|| !worked.got().is_empty());
    site.pass(Duration::from_millis(1));
    for client in &clients {
        assert_eq!(texts(&client.got()), [(200, "after a second\n".into())]);
    }
}

#[test]
fn a_handler_that_waits_is_asked_before_those_of_the_server_and_the_first_one_counts() {
    let asked = Rc::new(Cell::new(0));
    let mut server = server();
    server.register(path("/both"), |_| Ok(Response::text("the server\n")));
    let mut site = Site::new(server);
    let count = Rc::clone(&asked);
    let pattern = move |request: &Request| {
        count.set(count.get() + 1);
        request.target == "/both"
    };
    site.engine.site.register_async(pattern, async |_| Ok(Response::text("the first\n")));
    site.register_async("/both", async |_| Ok(Response::text("the second\n")));
    let client = site.client(sized("/both", "abc"));
    assert_eq!(texts(&client.got()), [(200, "the first\n".into())]);
    assert_eq!(asked.get(), 1);
    assert!(site.is_open(), "what is not for them goes to the server");
}

#[test]
fn a_handler_that_waits_has_the_whole_body_or_is_not_asked() {
    let mut site = patient();
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    site.register_async("/length", async move |request| {
        count.set(count.get() + 1);
        Ok(Response::text(request.body.len().to_string()))
    });
    let sent = site.answer(sized("/length", &"x".repeat(MAX_BODY)) + &last("/"));
    assert_eq!(texts(&sent)[0], (200, MAX_BODY.to_string()));
    assert_eq!(asked.replace(0), 1);

    let too_long = format!("Content-Length: {}\r\n", MAX_BODY + 1);
    let chunk = format!("8000\r\n{}\r\n", "x".repeat(0x8000));
    for (request, status) in [
        (post("/length", &too_long, ""), 413),
        (post("/length", &(too_long + EXPECT), ""), 413),
        (post("/length", CHUNKED, &chunk.repeat(MAX_BODY / 0x8000 + 1)), 413),
        (post("/length", CHUNKED, "x"), 400),
    ] {
        let client = site.client(get("/") + &request);
        assert!(client.is_finished());
        assert_eq!(statuses(&client), [200, status]);
    }
    for ends in [false, true] {
        let client = site.client(post("/length", "Content-Length: 3\r\n", "ab"));
        if ends {
            client.finish();
            site.run();
        } else {
            site.pass(10 * SECOND - Duration::from_millis(1));
            assert_bytes!(client.got(), "");
            site.pass(Duration::from_millis(1));
        }
        assert_eq!(statuses(&client), [if ends { 400 } else { 408 }]);
    }
    assert_eq!(asked.get(), 0);
}

#[test]
fn who_asks_whether_to_send_a_body_to_a_handler_that_waits_is_told_to() {
    let mut site = patient();
    let head = post("/async", &format!("Content-Length: 3\r\n{EXPECT}"), "");
    let client = site.client(&head);
    assert_bytes!(client.got(), CONTINUE);
    client.send("abc");
    site.run();
    assert_eq!(texts(&client.got()[CONTINUE.len()..]), [(200, "abc".into())]);
    // Who has begun is not told.
    assert_eq!(texts(&site.client(head + "abc").got()), [(200, "abc".into())]);
}

#[test]
fn what_goes_wrong_in_a_handler_that_waits_is_one_answer_and_the_connection_goes_on() {
    let test = "what_goes_wrong_in_a_handler_that_waits_is_one_answer_and_the_connection_goes_on";
    let log = logged_here(test, || {
        let site = patient();
        site.register_async("/panic", async |_| panic!("no soup today"));
        site.register_async("/late/panic", async |_| {
            others_first().await;
            panic!("no soup tomorrow");
        });
        site.register_async("/403", async |_| {
            others_first().await;
            Err(HttpError(403).into())
        });
        site.register_async("/error", async |_| anyhow::bail!("the cook is ill"));
        let panics = |request: &Request| request.target == "/pattern" && panic!("which soup?");
        site.engine.site.register_async(panics, async |_| unreachable!("nobody asks"));
        let mut site = site;
        let all = [
            ("/panic", 500),
            ("/late/panic", 500),
            ("/403", 403),
            ("/error", 500),
            ("/pattern", 500),
        ];
        for (target, status) in all {
            let sent = site.answer(get(target) + &sized(target, "with a body") + &last("/"));
            let statuses: Vec<_> = replies(&sent).iter().map(|reply| reply.status).collect();
            assert_eq!(statuses, [status, status, 200], "{target}");
        }
        assert_eq!(site.engine.executor.tasks(), 1, "`serve` alone is left");
    });
    let Some(log) = log else { return };
    for what in ["no soup today", "no soup tomorrow", "which soup?", "the cook is ill"] {
        let told = log.lines().filter(|line| line.ends_with(what) && !line.starts_with(' '));
        assert_eq!(told.count(), 2, "{what}: {log}");
    }
}

#[test]
fn while_a_handler_waits_its_client_is_not_late_and_has_the_answers_before() {
    let mut site = patient();
    for target in ["/patient", "/endless"] {
        let client = site.client(get("/path?1") + &get("/path?2") + &get(target));
        assert_eq!(statuses(&client), [200, 200], "{target}");
        if target == "/endless" {
            for _ in 0..10 {
                site.pass(10 * MINUTE);
            }
            assert_eq!(statuses(&client).len(), 2);
            assert!(!client.is_closed());
        }
    }
}

#[test]
fn answers_are_sent_before_a_worker_is_waited_for() {
    let (server, gate, events) = with_gate(server());
    let mut site = Site::new(server);
    let body = post("/gate/stream", "Content-Length: 3\r\n", "abc");
    let clients = [get("/gate"), body].map(|request| site.client(get("/path?1") + &request));
    for client in &clients {
        assert_eq!(texts(&client.got()), [(200, "/path?1".into())]);
    }
    events.wait_for("begins");
    gate.open();
    site.run_until(|| clients.iter().all(|client| client.text().matches("HTTP/1.1").count() == 2));
}

#[test]
fn a_handler_may_wait_for_whatever_can_be_awaited() {
    let mut site = Site::new(server());
    let (handle, pool) = (site.handle(), Pool::detached(1, 10).unwrap());
    site.register_async("/all", async move |request| {
        let target = request.target.clone();
        let worked = spawn_blocking(&pool, move || target.len()).unwrap().await.unwrap();
        let spawned = handle.spawn(async { 7 }).await.unwrap();
        Ok(Response::text(format!("{worked} {spawned} {}", request.target)))
    });
    let client = site.client(get("/all"));
    site.run_until(|| !client.got().is_empty());
    assert_eq!(texts(&client.got()), [(200, "4 7 /all".into())]);
}

// Clients come and go

/// How many clients are being served.
fn clients(site: &Site) -> usize {
    site.engine.executor.tasks() - 1
}

#[test]
fn a_crowd_that_comes_at_once_is_served() {
    for rules in RULES {
        let mut site = Site::with_rules(server(), rules);
        let crowd: Vec<_> = (0..200).map(|_| site.system.client()).collect();
        crowd.iter().for_each(|client| {
            client.send(last("/"));
        });
        site.run();
        for client in crowd {
            assert_eq!(statuses(&client), [200], "{rules:?}");
            client.finish();
        }
        site.run();
        assert_eq!(clients(&site), 0);
    }
}

#[test]
fn out_of_descriptors_those_who_wait_are_taken_after_a_pause() {
    for rules in RULES {
        let mut site = Site::with_rules(server(), rules);
        let early = site.client("");
        site.system.set_descriptors(false);
        let waiting = [site.client(get("/")), site.client(get("/"))];
        assert_eq!(site.system.run(&mut site.engine), Some(PAUSE), "it does not try all the time");
        site.pass(PAUSE);
        early.send(get("/"));
        site.run();
        assert_eq!(statuses(&early), [200]);
        site.system.set_descriptors(true);
        assert_bytes!(waiting[0].got(), "");
        site.pass(PAUSE);
        for client in waiting {
            assert_eq!(statuses(&client), [200], "{rules:?}");
        }
    }
}

#[test]
fn a_stop_is_seen_in_a_pause_and_however_many_come() {
    for has_descriptors in [false, true] {
        let mut site = Site::new(server());
        site.system.set_descriptors(has_descriptors);
        let crowd: Vec<_> = (0..100).map(|_| site.system.client()).collect();
        site.system.turn(&mut site.engine);
        site.system.turn(&mut site.engine);
        assert_eq!(clients(&site) > 0, has_descriptors);
        site.stop.request();
        for _ in 0..2 {
            site.system.turn(&mut site.engine);
        }
        assert!(site.system.has_stopped_listening());
        assert!(crowd.iter().any(|client| !client.is_closed() && client.got().is_empty()));
        site.pass(DRAIN_TIME);
        assert!(site.has_ended());
    }
}

#[test]
fn who_makes_way_is_dropped_with_its_task() {
    let mut site = Site::limited(|limits| limits.connections = 1);
    let idle = site.client(get("/"));
    // The next one lingers: it has its last answer, and does not leave.
    let lingers = site.client(last("/"));
    assert!(idle.is_closed() && lingers.is_finished() && !lingers.is_closed());
    assert_eq!(clients(&site), 1);
    let next = site.client("GET");
    assert!(lingers.is_closed() && !next.is_finished());
    assert_eq!(clients(&site), 1);
    // And who is refused is gone when it has heard that.
    let refused = site.client("");
    assert_bytes!(refused.got(), UNAVAILABLE);
    assert_eq!(clients(&site), 2);
    refused.finish();
    site.run();
    assert_eq!(clients(&site), 1);
}

#[test]
fn who_is_refused_and_does_not_take_it_is_not_waited_for_without_end() {
    let mut site = Site::limited(|limits| limits.connections = 1);
    let _busy = site.client("GET");
    let refused = site.system.client();
    refused.take_only(10);
    site.run();
    site.pass(9 * SECOND);
    assert!(!refused.is_closed());
    site.pass(SECOND);
    assert!(refused.is_closed() && !refused.is_finished());
    assert_bytes!(refused.got(), UNAVAILABLE[..10]);
}

#[test]
fn a_connection_of_somebody_else_is_served_too_and_waited_for_at_a_stop() {
    let mut site = Site::new(server());
    let (stream, client) = site.system.pair();
    let (stream, theirs) = (site.handle().stream(stream, None).unwrap(), site.engine.site.clone());
    site.handle().spawn(async move { theirs.on_connect(stream).await });
    client.send(get("/path?1"));
    site.run();
    assert_eq!(texts(&client.got()), [(200, "/path?1".into())]);
    client.send("GET");
    site.run();
    site.close();
    site.pass(DRAIN_TIME);
    assert!(!site.has_ended());
    client.send(&get("/path?2")[3..]);
    site.run();
    assert_eq!(replies(&client.got())[1].header("Connection"), Some("close"));
    client.finish();
    site.run();
    assert!(site.has_ended());
}

// To stop

/// Tells whether it was dropped.
struct DropFlag(Rc<Cell<bool>>);

impl Drop for DropFlag {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

#[test]
fn at_a_stop_a_handler_that_waits_may_end_and_is_dropped_if_it_does_not() {
    let mut site = patient();
    let is_dropped = Rc::new(Cell::new(false));
    let its = Rc::clone(&is_dropped);
    site.register_async("/kept", async move |_| {
        let _flag = DropFlag(Rc::clone(&its));
        std::future::pending().await
    });
    let (quick, slow) = (site.client(get("/patient")), site.client(get("/kept")));
    site.close();
    site.pass(SECOND);
    assert_eq!(replies(&quick.got())[0].header("Connection"), Some("close"));
    quick.finish();
    site.pass(8 * SECOND);
    assert!(!slow.is_closed() && !is_dropped.get() && !site.has_ended());
    site.pass(SECOND);
    assert!(slow.is_closed() && is_dropped.get() && site.has_ended());
    assert_bytes!(slow.got(), "");
}

#[test]
fn at_a_stop_a_worker_hears_that_its_client_was_given_up() {
    let mut server = server();
    let (sender, heard) = mpsc::channel();
    server.register_reading(path("/ends"), move |_, body| {
        let outcome = body.read_to_end(&mut Vec::new());
        sender.send(outcome.map_err(|error| error.kind())).unwrap();
        Ok(Response::text("nobody hears this"))
    });
    server.limits.request_time = 10 * MINUTE;
    let mut site = Site::new(server);
    let client = site.client(post("/ends", "Content-Length: 10\r\n", "abc"));
    site.close();
    site.pass(10 * SECOND);
    assert!(client.is_closed() && site.has_ended());
    let kind = heard.recv_timeout(patience()).unwrap().unwrap_err();
    assert_eq!(kind, ErrorKind::ConnectionAborted);
}

#[test]
fn of_an_answer_that_is_cut_by_a_stop_the_log_says_how_much_was_taken() {
    let test = "of_an_answer_that_is_cut_by_a_stop_the_log_says_how_much_was_taken";
    let log = logged_here(test, || {
        let mut site = Site::new(with_large(server()));
        let head = site.client(get("/large")).got().len() - LARGE;
        let client = site.system.client();
        client.take_only(head + 100_000).send(get("/large?cut") + &get("/never"));
        site.run();
        site.close();
        site.pass(10 * SECOND);
        assert!(client.is_closed() && site.has_ended());
    });
    let Some(log) = log else { return };
    let visits = visits(&log);
    let short: Vec<_> =
        visits.iter().map(|(line, status, sent, _)| (&**line, *status, *sent)).collect();
    let expected =
        [("GET /large HTTP/1.1", 200, LARGE as u64), ("GET /large?cut HTTP/1.1", 200, 100_000)];
    assert_eq!(short, expected, "{log}");
    assert!(visits[1].3.starts_with("10.0"), "{log}");
    assert!(log.contains("closed before they were done: 1"), "{log}");
}

/// Another thread may request it at any time: here it does so while the client is accepted, and
/// the task that serves has its next turn before that of the client begins.
#[test]
fn who_is_accepted_while_a_stop_is_requested_has_its_answer() {
    let (server, system) = (server(), Simulated::new(Rules::Epoll));
    let stop = server.stop.clone();
    let executor = Executor::new(system.clone());
    let handle = executor.handle().clone();
    let pool = Arc::new(Pool::detached(1, 1).unwrap());
    let site = HttpSite::new(Arc::new(server), pool, &handle);
    let listener = handle.listen(no_listener()).unwrap();
    let (theirs, requests) = (site.clone(), stop.clone());
    let mut ended = Box::pin(handle.spawn(async move {
        let mut serves = pin!(theirs.serve(listener));
        poll_fn(|context| {
            if !requests.is_requested() {
                context.waker().wake_by_ref();
            }
            let polled = serves.as_mut().poll(context);
            requests.request();
            polled
        })
        .await;
    }));
    let mut site = Site { system, engine: Engine { executor, site }, stop };
    let client = site.client("GET");
    assert!(ByHand::new().poll(&mut ended).is_pending(), "it does not wait for the client");
    client.send(&get("/")[3..]);
    site.run();
    assert_eq!(texts(&client.got()), [(200, "Hi there!\n".into())]);
    client.finish();
    site.run();
    assert!(ByHand::new().poll(&mut ended).is_ready());
}

#[test]
fn a_stop_that_was_requested_before_lets_nobody_in_who_waits_already() {
    let site = Site::new(server());
    let mut site = site;
    let client = site.system.client();
    client.send(get("/"));
    site.stop.request();
    site.run();
    assert!(site.has_ended() && site.system.has_stopped_listening());
    assert_bytes!(client.got(), "");
}

/// What is logged of `converse`, which is a test of this module.
fn logged_here(test: &str, converse: impl FnOnce()) -> Option<String> {
    alone(module_path!(), test, &[], converse)
}

// Memory

#[test]
fn a_client_has_no_more_than_so_many_bytes() {
    let site = Site::new(server());
    let (stream, _client): (_, Client) = site.system.pair();
    let stream = site.handle().stream(stream, None).unwrap();
    let bytes = size_of_val(&site.engine.site.on_connect(stream));
    assert!(bytes <= 512, "{bytes} bytes");
}
