//! A proxy as one part of a server.

use super::simulated::{CLIENT, GET, OK, Proxy, passed_get, told};
use super::simulated_system::Rules;
use super::since_ch15::{get, replies, sized, statuses, visits};
use ch20::{HttpServer, Request, Response, path, prefix};
use mock::{Seed, alone, assert_bytes};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn without_routes() -> Proxy {
    Proxy::without_routes(1, |_| {}, |_| {}, Rules::Epoll)
}

fn last_of(answer: &str) -> String {
    answer.replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)
}

// Who answers

#[test]
fn of_handlers_and_upstreams_the_first_whose_pattern_fits_answers() {
    let mut proxy = without_routes();
    let (site, upstream) = (&proxy.engine.site, &proxy.upstream);
    site.register_async(path("/api/own"), async |_| Ok(Response::text("own\n")));
    site.register_upstream(prefix("/api/"), upstream.clone());
    site.register_async(prefix("/"), async |_| Ok(Response::text("late\n")));
    for (target, text) in [("/api/own", Some("own\n")), ("/api/x", None), ("/x", Some("late\n"))] {
        let client = proxy.client(get(target));
        match text {
            Some(text) => assert_eq!(told(&client), (200, text.to_owned())),
            None => {
                let backend = proxy.backend();
                assert!(backend.text().starts_with("GET /api/x HTTP/1.1\r\n"));
                proxy.say(&backend, OK);
                assert_bytes!(client.got(), OK);
            }
        }
    }
    assert!(proxy.dialled().is_none());
}

#[test]
fn what_no_pattern_fits_the_server_answers() {
    let mut proxy = without_routes();
    let upstream = proxy.upstream.clone();
    proxy.engine.site.register_upstream(prefix("/api/"), upstream);
    let client = proxy.client(get("/other") + &get("/api/x") + &get("/other"));
    let backend = proxy.backend();
    proxy.say(&backend, OK);
    assert_eq!(statuses(&client), [404, 200, 404]);
}

#[test]
fn each_pattern_is_asked_once() {
    let mut proxy = without_routes();
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let pattern = move |_: &Request| {
        count.set(count.get() + 1);
        true
    };
    proxy.engine.site.register_upstream(pattern, proxy.upstream.clone());
    let (client, backend) = proxy.ask(sized("/", "abc"));
    proxy.finish(&backend);
    assert_eq!(told(&client).0, 502);
    assert_eq!(asked.get(), 1);
}

#[test]
fn a_pattern_that_panics_is_one_answer_and_the_connection_goes_on() {
    let mut proxy = without_routes();
    let pattern = |request: &Request| request.target != "/panic" || panic!("which soup?");
    proxy.engine.site.register_upstream(pattern, proxy.upstream.clone());
    let (client, backend) = proxy.ask(get("/panic") + &sized("/panic", "abc") + GET);
    assert_bytes!(backend.got(), passed_get());
    proxy.say(&backend, OK);
    assert_eq!(statuses(&client), [500, 500, 200]);
}

// A stop

#[test]
fn when_it_stops_an_answer_under_way_is_finished_and_is_the_last() {
    let mut proxy = Proxy::new();
    let idle = proxy.connect();
    let (asking, first) = proxy.ask(GET.repeat(2));
    let (answered, second) = proxy.ask(GET);
    proxy.say(&second, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nH");
    proxy.stop.request();
    proxy.run();
    assert!(!asking.is_closed() && !answered.is_closed() && !proxy.engine.has_ended());
    proxy.say(&first, OK);
    assert_bytes!(asking.got(), last_of(OK));
    assert!(asking.is_finished());
    proxy.say(&second, "i\n");
    // Its head was there before.
    assert_bytes!(answered.got(), OK);
    assert!(answered.is_finished());
    // Nobody else is listened to.
    assert!(proxy.system.has_stopped_listening());
    for client in [&asking, &answered, &idle] {
        proxy.finish(client);
    }
    assert!(proxy.engine.has_ended());
}

#[test]
fn what_is_asked_after_a_stop_is_answered_if_it_comes_in_time_and_is_the_last() {
    let mut proxy = Proxy::new();
    let client = proxy.connect();
    proxy.run();
    proxy.stop.request();
    proxy.run();
    client.send(GET.repeat(2));
    let backend = proxy.backend();
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), last_of(OK));
    assert!(client.is_finished() && backend.text().matches("GET").count() == 1);
}

#[test]
fn who_is_not_done_when_the_time_to_stop_is_over_is_closed_and_so_is_its_backend() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(GET);
    proxy.stop.request();
    proxy.run();
    proxy.pass(10 * SECOND - Duration::from_nanos(2));
    assert!(!client.is_closed() && !backend.is_closed());
    proxy.pass(Duration::from_nanos(2));
    assert!(client.is_closed() && backend.is_closed() && proxy.engine.has_ended());
}

// The log

#[test]
fn each_answer_is_logged_with_what_was_sent_of_it() {
    let test = "each_answer_is_logged_with_what_was_sent_of_it";
    let log = alone(module_path!(), test, &[], || {
        let mut proxy = Proxy::new();
        let (client, backend) = proxy.ask("GET /a?b HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n");
        proxy.pass(2 * SECOND);
        proxy.say(&backend, "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nHi\n");
        proxy.say(&client, sized("/chunks", "abc"));
        proxy.say(&backend, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHi\r\n");
        proxy.say(&backend, "0\r\n\r\n");
        proxy.say(&client, get("/cut"));
        proxy.say(&backend, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
        proxy.finish(&backend);
        assert!(client.is_closed());
        let (client, backend) = proxy.ask(get("/failed"));
        proxy.finish(&backend);
        assert_eq!(told(&client).0, 502);
    });
    let Some(log) = log else { return };
    let visits = visits(&log);
    let short: Vec<_> =
        visits.iter().map(|(line, status, sent, _)| (&**line, *status, *sent)).collect();
    let page = short[3].2;
    assert!(page > 10, "{log}");
    let expected = [
        ("GET /a?b HTTP/1.1", 404, 3),
        // As sent: in chunks.
        ("POST /chunks HTTP/1.1", 200, 12),
        ("GET /cut HTTP/1.1", 200, 5),
        ("GET /failed HTTP/1.1", 502, page),
    ];
    assert_eq!(short, expected, "{log}");
    assert!(visits[0].3.starts_with("2.0"), "{log}");
    let first = log.lines().find(|line| line.contains("/a?b")).unwrap();
    assert!(first.starts_with(&format!("{} - - [", CLIENT.ip())), "{first}");
    assert!(first.contains("\"x\""), "{first}");
}

#[test]
fn how_far_a_silent_backend_came_is_logged() {
    let test = "how_far_a_silent_backend_came_is_logged";
    let log = alone(module_path!(), test, &[], || {
        for said in ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"] {
            let mut proxy = Proxy::new();
            let (_client, backend) = proxy.ask(GET);
            proxy.say(&backend, said);
            proxy.pass(30 * SECOND);
            assert!(backend.is_closed());
        }
    });
    let Some(log) = log else { return };
    for told in ["before the answer began", "after 5 bytes of the body"] {
        let line = format!("10.0.0.1:80: the time was over {told}");
        assert_eq!(log.lines().filter(|said| **said == line).count(), 1, "{told}: {log}");
    }
}

#[test]
fn what_became_of_a_backend_is_logged() {
    let test = "what_became_of_a_backend_is_logged";
    let log = alone(module_path!(), test, &[], || {
        let mut proxy = Proxy::before(1, |settings| settings.health.fall = 1);
        let client = proxy.client(GET);
        proxy.dialled().unwrap().refuse();
        proxy.run();
        assert_eq!(told(&client).0, 502);
        assert_eq!(told(&proxy.client(GET)).0, 503);
        proxy.pass(10 * SECOND);
        let (_, backend) = proxy.ask(GET);
        proxy.say(&backend, OK);
        let (_, backend) = (proxy.client(GET), backend);
        proxy.say(&backend, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
        proxy.finish(&backend);
    });
    let Some(log) = log else { return };
    let said: Vec<_> = log.lines().filter_map(|line| line.strip_prefix("10.0.0.1:80: ")).collect();
    assert_eq!(said.len(), 5, "{log}");
    assert!(said[0].starts_with("cannot connect: ") && said[0].contains("refused"), "{log}");
    assert_eq!([said[1], said[2], said[4]], ["is down", "is up again", "is down"], "{log}");
    for told in ["502: the server behind this one cannot be reached", "503: no server is there"] {
        assert!(log.contains(&format!("{CLIENT} {told}")), "{told}: {log}");
    }
    assert!(log.contains(&format!("{CLIENT} the answer broke off: ")), "{log}");
}

// Whatever a system does

#[test]
fn whatever_a_system_does_everybody_has_what_its_backend_says() {
    let mut seed = Seed::new();
    for rules in super::simulated_system::RULES {
        for _ in 0..10 {
            let mut proxy = Proxy::with(2, |_| {}, |_| {}, rules);
            proxy.run();
            proxy.system.disturb(Seed::of(seed.number(0..=1_000_000) as u64));
            let text = seed.word().repeat(seed.number(1..=300));
            let count = seed.number(1..=4);
            let mut rest: Vec<u8> = sized("/", &text).repeat(count).into();
            let client = proxy.system.client_from(CLIENT);
            client.take_only(seed.number(0..=30));
            let mut backends = Vec::new();
            let mut answered = 0;
            let mut turns = 0;
            while answered < count {
                turns += 1;
                assert!(turns < 100_000, "it does not come to its end");
                let some = seed.number(0..=200).min(rest.len());
                client.send(rest.drain(..some).collect::<Vec<_>>());
                client.take(seed.number(0..=100));
                for _ in 0..seed.number(1..=3) {
                    proxy.system.turn(&mut proxy.engine);
                }
                for (place, backend) in proxy.system.dialled().into_iter().enumerate() {
                    if backends.len() <= place {
                        backend.take_only(seed.number(0..=30)).accept();
                        backends.push(backend);
                    }
                    let backend = &backends[place];
                    backend.take(seed.number(0..=100));
                    // The echo of what is there as a whole.
                    let got = backend.got();
                    let end = got.windows(4).position(|four| four == b"\r\n\r\n");
                    let Some(end) = end.filter(|end| got.len() == end + 4 + text.len()) else {
                        continue;
                    };
                    assert_bytes!(got[end + 4..], text);
                    backend.takes_out();
                    answered += 1;
                    backend.send(match seed.number(1..=2) {
                        1 => format!(
                            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}",
                            text.len()
                        ),
                        _ => format!(
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                             {:x}\r\n{text}\r\n0\r\n\r\n",
                            text.len()
                        ),
                    });
                }
            }
            client.take(usize::MAX);
            proxy.run();
            let got = replies(&client.got());
            assert!(got.len() == count && got.iter().all(|reply| reply.text() == text));
        }
    }
}

#[test]
fn a_server_without_an_upstream_is_one_as_before() {
    let mut server = HttpServer::default();
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    let mut site = super::since_ch15::Site::new(server);
    assert!(site.is_open());
}

// Memory

#[test]
fn a_client_has_no_more_than_so_many_bytes() {
    let proxy = Proxy::new();
    let (stream, _client) = proxy.system.pair();
    let stream = proxy.handle().stream(stream, None).unwrap();
    let bytes = size_of_val(&proxy.engine.site.on_connect(stream));
    assert!(bytes <= 512, "{bytes} bytes");
}
