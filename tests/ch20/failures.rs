//! Backends that cannot be reached, give no answer, or none in time.

use super::simulated::{GET, OK, Proxy, address, passed_get, told};
use super::simulated_system::Client;
use super::since_ch15::{CHUNKED, post, sized};
use ch20::{Upstream, UpstreamSettings};
use mock::assert_bytes;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// The simulated clock is a nanosecond late each time.
const TWO_NANOS: Duration = Duration::from_nanos(2);

/// Whom a connection that waits to be made leads to is seen by what is sent on it.
fn own_host(proxy: &mut Proxy) -> Option<String> {
    let dialled = proxy.dialled()?;
    dialled.accept();
    proxy.run();
    let text = dialled.text();
    Some(text.split("Host: ").nth(1)?.split("\r\n").next()?.to_owned())
}

fn refuse(proxy: &mut Proxy) {
    proxy.dialled().expect("the proxy connects").refuse();
    proxy.run();
}

fn requests_of_all_kinds() -> Vec<String> {
    vec![
        GET.to_owned(),
        sized("/", "abc"),
        post("/", CHUNKED, "3\r\nabc\r\n0\r\n\r\n"),
        sized("/", "abc").replace("POST", "PUT"),
        "BREW / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
    ]
}

// Refused

#[test]
fn where_nobody_listens_the_next_one_is_asked_by_any_method() {
    for request in requests_of_all_kinds() {
        let mut proxy = Proxy::before(3, |_| {});
        let client = proxy.client(&request);
        refuse(&mut proxy);
        refuse(&mut proxy);
        let third = proxy.backend();
        assert_eq!(third.text().contains("abc"), request.contains("abc"), "the body is there");
        proxy.say(&third, OK);
        assert_bytes!(client.got(), OK);
        assert!(!client.is_finished() && proxy.dialled().is_none());
    }
}

#[test]
fn each_one_is_tried_once() {
    let mut proxy = Proxy::before(3, |settings| settings.keep_host = false);
    for _ in 0..3 {
        proxy.client(GET);
    }
    let mut asked: Vec<_> = (0..3).map(|_| own_host(&mut proxy).unwrap()).collect();
    asked.sort();
    assert_eq!(asked, ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]);

    let mut proxy = Proxy::before(2, |settings| settings.keep_host = false);
    let client = proxy.client(GET);
    let first = proxy.dialled().unwrap();
    first.refuse();
    proxy.run();
    // It was the first one's turn.
    assert_eq!(own_host(&mut proxy).unwrap(), "10.0.0.2:80");
    proxy.reset(&client);
}

#[test]
fn if_none_can_be_reached_the_client_is_told_and_goes_on() {
    let mut proxy = Proxy::before(2, |_| {});
    let client = proxy.client(GET);
    refuse(&mut proxy);
    refuse(&mut proxy);
    assert_eq!(told(&client).0, 502);
    assert!(!client.is_finished() && proxy.dialled().is_none());
    // A body that was not read ends the connection: nobody knows where the next request begins.
    let client = proxy.client(sized("/", "abc"));
    refuse(&mut proxy);
    refuse(&mut proxy);
    assert_eq!(told(&client).0, 502);
    assert!(client.is_finished());
}

#[test]
fn no_more_are_tried_than_the_settings_say() {
    for attempts in 1..=3 {
        let mut proxy = Proxy::before(5, |settings| settings.attempts = attempts);
        let client = proxy.client(GET);
        for _ in 0..attempts {
            assert!(client.got().is_empty());
            refuse(&mut proxy);
        }
        assert!(proxy.dialled().is_none());
        assert_eq!(told(&client).0, 502);
    }
}

#[test]
fn who_does_not_take_a_connection_in_time_is_one_that_cannot_be_reached() {
    let mut proxy = Proxy::before(2, |settings| settings.health.fall = 1);
    let client = proxy.client(sized("/", "abc"));
    let never = proxy.dialled().unwrap();
    proxy.pass(3 * SECOND - TWO_NANOS);
    assert!(proxy.dialled().is_none() && !never.is_closed());
    proxy.pass(TWO_NANOS);
    assert!(never.is_closed());
    let second = proxy.backend();
    proxy.say(&second, OK);
    assert_bytes!(client.got(), OK);
    // And it is down.
    for _ in 0..3 {
        let client = proxy.client(GET);
        proxy.say(&second, OK);
        assert_bytes!(client.got(), OK);
    }
    assert!(proxy.dialled().is_none());
}

// No answer

#[test]
fn who_ends_without_an_answer_is_not_asked_again_but_the_next_one_is_if_that_does_no_harm() {
    let ends = |proxy: &mut Proxy, backend: &Client| proxy.finish(backend);
    let breaks = |proxy: &mut Proxy, backend: &Client| proxy.reset(backend);
    for how in [ends, breaks] {
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"] {
            let mut proxy = Proxy::before(2, |settings| settings.keep_host = false);
            let client = proxy.client(GET.replace("GET", method));
            let first = proxy.backend();
            how(&mut proxy, &first);
            let second = proxy.backend();
            assert!(first.text().contains("Host: 10.0.0.1:80"), "{}", first.text());
            assert!(second.text().contains("Host: 10.0.0.2:80"), "{method}");
            assert!(client.got().is_empty() && first.is_closed());
            how(&mut proxy, &second);
            assert!(client.text().starts_with("HTTP/1.1 502 "), "{method}");
            assert!(proxy.dialled().is_none() && !client.is_finished());
        }
    }
}

#[test]
fn what_might_be_done_twice_is_not_asked_for_again() {
    let ends = |proxy: &mut Proxy, backend: &Client| proxy.finish(backend);
    let breaks = |proxy: &mut Proxy, backend: &Client| proxy.reset(backend);
    for how in [ends, breaks] {
        let with_body = requests_of_all_kinds().into_iter().skip(1);
        let others = ["POST", "PATCH", "get", "LOCK"].map(|method| GET.replace("GET", method));
        for request in with_body.chain(others) {
            let mut proxy = Proxy::before(2, |_| {});
            let (client, backend) = proxy.ask(&request);
            how(&mut proxy, &backend);
            assert_eq!(told(&client).0, 502, "{request}");
            assert!(proxy.dialled().is_none(), "{request}");
        }
    }
}

#[test]
fn who_has_begun_to_answer_has_had_the_request() {
    let ends = |proxy: &mut Proxy, backend: &Client| proxy.finish(backend);
    let breaks = |proxy: &mut Proxy, backend: &Client| proxy.reset(backend);
    for how in [ends, breaks] {
        for beginning in ["H", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 100 Continue\r\n\r\n"] {
            let mut proxy = Proxy::before(2, |_| {});
            let (client, backend) = proxy.ask(GET);
            proxy.say(&backend, beginning);
            how(&mut proxy, &backend);
            let text = client.text().replace("HTTP/1.1 100 Continue\r\n\r\n", "");
            assert!(text.starts_with("HTTP/1.1 502 "), "{text}");
            assert!(proxy.dialled().is_none(), "{beginning}");
        }
    }
}

#[test]
fn the_next_one_that_is_asked_answers_as_if_nothing_had_been() {
    let mut proxy = Proxy::before(2, |_| {});
    let (client, first) = proxy.ask(GET.repeat(2));
    proxy.finish(&first);
    let second = proxy.backend();
    assert_bytes!(second.takes_out(), passed_get());
    proxy.say(&second, OK);
    assert_bytes!(client.takes_out(), OK);
    // And the next request after it, which goes where the first one was answered.
    assert_bytes!(second.takes_out(), passed_get());
    proxy.say(&second, OK);
    assert_bytes!(client.takes_out(), OK);
}

// No answer in time

#[test]
fn who_is_silent_for_too_long_is_504_and_nobody_else_is_asked() {
    for request in requests_of_all_kinds() {
        let mut proxy = Proxy::before(2, |_| {});
        let (client, backend) = proxy.ask(&request);
        proxy.pass(30 * SECOND - TWO_NANOS);
        assert!(client.got().is_empty() && !backend.is_closed());
        proxy.pass(TWO_NANOS);
        assert_eq!(told(&client).0, 504);
        assert!(backend.is_closed() && proxy.dialled().is_none());
        assert_eq!(client.is_finished(), request.contains("abc"));
    }
}

#[test]
fn who_says_something_now_and_then_is_not_silent() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(GET);
    for piece in ["HTTP/1.1 102 Processing\r\n\r\n", "HTTP/1.1 200 O", "K\r\n\r\n", "a", "b"] {
        proxy.pass(29 * SECOND);
        proxy.say(&backend, piece);
    }
    assert!(client.text().ends_with("1\r\nb\r\n") && !backend.is_closed());
}

#[test]
fn who_falls_silent_in_the_middle_of_its_answer_has_cut_it() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel";
    for answer in [answer, &answer[..answer.len() - 3]] {
        let mut proxy = Proxy::before(2, |settings| settings.health.fall = 1);
        let (client, backend) = proxy.ask(GET);
        proxy.say(&backend, answer);
        proxy.pass(30 * SECOND - TWO_NANOS);
        assert!(!client.is_closed());
        proxy.pass(TWO_NANOS);
        assert!(client.is_closed() && backend.is_closed());
        assert_bytes!(client.got(), answer);
        assert!(proxy.dialled().is_none());
    }
}

#[test]
fn a_backend_that_takes_nothing_is_silent_too() {
    let mut proxy = Proxy::new();
    let client = proxy.client(sized("/", &"x".repeat(10_000)));
    let backend = proxy.dialled().unwrap();
    backend.take_only(100).accept();
    proxy.run();
    proxy.pass(30 * SECOND);
    assert_eq!(told(&client).0, 504);
    assert!(backend.is_closed());
}

/// Who sends its body slowly keeps a backend waiting, but it is not the backend that is silent.
#[test]
fn a_slow_client_is_not_held_against_the_backend() {
    let mut proxy = Proxy::before(1, |settings| {
        settings.health.fall = 1;
        settings.answer_time = 5 * SECOND;
    });
    let request = post("/", "Content-Length: 7\r\n", "abc");
    let (client, backend) = proxy.ask(&request);
    proxy.pass(8 * SECOND);
    assert!(client.got().is_empty() && !backend.is_closed());
    // From now on it is the backend that is waited for.
    client.send("defg");
    proxy.pass(5 * SECOND - TWO_NANOS);
    assert!(client.got().is_empty());
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), OK);

    // A client that stalls for ever is told so itself, and the backend is up.
    let (client, backend) = {
        let client = proxy.client(&request);
        (client, backend)
    };
    proxy.pass(10 * SECOND);
    assert_eq!(told(&client).0, 408);
    assert!(backend.is_closed());
    let (client, backend) = proxy.ask(GET);
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), OK);
}

#[test]
fn after_its_body_is_there_a_backend_is_silent_from_then_on() {
    let mut proxy = Proxy::before(1, |settings| settings.answer_time = 5 * SECOND);
    let (client, _backend) = proxy.ask(post("/", "Content-Length: 7\r\n", "abc"));
    proxy.pass(8 * SECOND);
    client.send("defg");
    proxy.run();
    proxy.pass(5 * SECOND - TWO_NANOS);
    assert!(client.got().is_empty());
    proxy.pass(TWO_NANOS);
    assert_eq!(told(&client).0, 504);
}

// Up and down

/// Three failures of one backend, of the kind that `fail` lets happen.
#[track_caller]
fn assert_down_after_three(fail: impl Fn(&mut Proxy, &Client)) {
    let mut proxy = Proxy::new();
    for number in 1..=3 {
        let (client, backend) = proxy.ask(GET);
        fail(&mut proxy, &backend);
        assert!(backend.is_closed(), "{number}");
        proxy.reset(&client);
    }
    let client = proxy.client(GET);
    assert!(proxy.dialled().is_none(), "nobody asks it");
    let (status, text) = told(&client);
    assert!(status == 503 && text.contains("no server is there"), "{text}");
    assert!(!client.is_finished());
}

#[test]
fn each_kind_of_failure_counts() {
    assert_down_after_three(|proxy, backend| proxy.finish(backend));
    assert_down_after_three(|proxy, backend| proxy.reset(backend));
    assert_down_after_three(|proxy, backend| proxy.say(backend, "nonsense\r\n\r\n"));
    assert_down_after_three(|proxy, _| proxy.pass(30 * SECOND));
    assert_down_after_three(|proxy, backend| {
        proxy.say(backend, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
        proxy.finish(backend);
    });
    assert_down_after_three(|proxy, backend| {
        proxy.say(backend, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n");
    });
}

#[test]
fn that_nobody_listens_counts() {
    let mut proxy = Proxy::new();
    for _ in 0..3 {
        let client = proxy.client(GET);
        refuse(&mut proxy);
        assert_eq!(told(&client).0, 502);
    }
    let client = proxy.client(GET);
    assert!(proxy.dialled().is_none());
    assert_eq!(told(&client).0, 503);
}

#[test]
fn an_answer_of_any_status_is_an_answer() {
    let mut proxy = Proxy::before(1, |settings| settings.health.fall = 2);
    for _ in 0..3 {
        let (client, backend) = proxy.ask(GET);
        proxy.finish(&backend);
        assert_eq!(told(&client).0, 502);
        let (client, backend) = proxy.ask(GET);
        let failed = "HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        proxy.say(&backend, failed);
        assert_eq!(told(&client).0, 500);
    }
}

#[test]
fn what_a_client_does_does_not_count() {
    let mut proxy = Proxy::before(1, |settings| settings.health.fall = 1);
    let ways: [fn(&mut Proxy, &Client); 4] = [
        |proxy, client| proxy.reset(client),
        |proxy, client| proxy.finish(client),
        |proxy, client| proxy.say(client, "no chunk\r\n"),
        |proxy, _| proxy.pass(10 * SECOND),
    ];
    for way in ways {
        let (client, backend) = proxy.ask(post("/", CHUNKED, "1\r\na\r\n"));
        way(&mut proxy, &client);
        assert!(backend.is_closed());
    }
    let (client, backend) = proxy.ask(GET);
    proxy.say(&backend, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");
    proxy.reset(&client);
    assert!(backend.is_closed());
    proxy.ask(GET);
}

#[test]
fn who_is_down_rests_and_is_then_tried_by_one_client() {
    let mut proxy = Proxy::before(1, |settings| settings.health.fall = 1);
    let (_, backend) = proxy.ask(GET);
    proxy.finish(&backend);
    proxy.pass(10 * SECOND - TWO_NANOS);
    assert_eq!(told(&proxy.client(GET)).0, 503);
    proxy.pass(TWO_NANOS);
    let (trial, backend) = proxy.ask(GET);
    // As long as that is not decided, nobody else comes.
    assert_eq!(told(&proxy.client(GET)).0, 503);
    assert!(proxy.dialled().is_none());
    proxy.say(&backend, OK);
    assert_bytes!(trial.got(), OK);
    let client = proxy.client(GET);
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), OK);
}

#[test]
fn a_trial_that_fails_is_one_answer_and_another_rest() {
    let mut proxy = Proxy::before(2, |settings| {
        settings.health.fall = 1;
        settings.keep_host = false;
    });
    let close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    let mut trials = 0;
    for round in 0..3 {
        // The second one answers all, and the first one nothing.
        for _ in 0..4 {
            let client = proxy.client(GET);
            let mut backend = proxy.backend();
            if backend.text().contains("Host: 10.0.0.1:80") {
                trials += 1;
                proxy.finish(&backend);
                backend = proxy.backend();
            }
            proxy.say(&backend, close);
            assert_eq!(told(&client).0, 200);
        }
        assert_eq!(trials, round + 1, "in each 10 seconds one");
        proxy.pass(10 * SECOND);
    }
}

#[test]
fn of_all_that_are_there_only_those_are_asked_that_are_up() {
    let mut proxy = Proxy::before(3, |settings| {
        settings.health.fall = 1;
        settings.keep_host = false;
    });
    let client = proxy.client(GET);
    refuse(&mut proxy);
    let second = proxy.backend();
    let close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    proxy.say(&second, close);
    assert_eq!(told(&client).0, 200);
    let mut asked = Vec::new();
    for _ in 0..4 {
        let (client, backend) = proxy.ask(GET);
        asked.push(backend.text().contains("Host: 10.0.0.1:80"));
        proxy.say(&backend, close);
        assert_eq!(told(&client).0, 200);
    }
    assert_eq!(asked, [false; 4]);
}

#[test]
fn requests_are_spread_in_turns_and_by_what_each_has_to_do() {
    for (method, expected) in [
        (ch20::Method::RoundRobin, ["1", "2", "1", "2"]),
        (ch20::Method::LeastConnections, ["1", "2", "2", "2"]),
    ] {
        let mut proxy = Proxy::before(2, |settings| {
            settings.method = method;
            settings.keep_host = false;
        });
        let close = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        let mut asked = Vec::new();
        for number in 0..4 {
            let (client, backend) = proxy.ask(GET);
            asked.push(backend.text()["GET / HTTP/1.1\r\nHost: 10.0.0.".len()..][..1].to_owned());
            // The first one keeps its backend busy, and the others do not.
            if number > 0 {
                proxy.say(&backend, close);
                assert_eq!(told(&client).0, 200);
            }
        }
        assert_eq!(asked, expected, "{method:?}");
    }
}

#[test]
fn a_request_that_a_client_leaves_is_one_that_a_backend_has_no_more() {
    let mut proxy = Proxy::before(2, |settings| {
        settings.method = ch20::Method::LeastConnections;
        settings.keep_host = false;
    });
    let (client, backend) = proxy.ask(GET);
    assert!(backend.text().contains("Host: 10.0.0.1"));
    proxy.reset(&client);
    proxy.ask(GET);
    let (_, third) = proxy.ask(GET);
    assert!(third.text().contains("Host: 10.0.0.1"), "{}", third.text());
}

#[test]
fn each_is_asked_as_often_as_its_weight_says() {
    let proxy = Proxy::without_routes(0, |_| {}, |_| {}, super::simulated_system::Rules::Epoll);
    let weighted = [(address(1), 3), (address(2), 1)];
    let settings = UpstreamSettings { keep_host: false, ..UpstreamSettings::default() };
    proxy.engine.site.register_upstream(|_| true, Upstream::new(&weighted, settings));
    let mut proxy = proxy;
    let mut asked = String::new();
    for _ in 0..8 {
        let (_, backend) = proxy.ask(GET);
        asked += &backend.text()["GET / HTTP/1.1\r\nHost: 10.0.0.".len()..][..1];
    }
    assert_eq!(asked, "11211121");
}

#[test]
fn where_there_are_no_servers_none_can_be_asked() {
    assert_eq!(told(&Proxy::before(0, |_| {}).client(GET)).0, 503);
}

#[test]
fn who_asked_for_a_head_is_told_in_a_head() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(GET.replace("GET", "HEAD"));
    proxy.finish(&backend);
    let reply = mock::Reply::parse_head_only(client.got());
    assert_eq!(reply.status, 502);
    assert!(!client.is_finished());
}

#[test]
fn a_client_comes_to_the_same_backend_each_time_and_others_to_others() {
    let mut proxy = Proxy::before(4, |settings| {
        settings.method = ch20::Method::ClientAddress;
        settings.keep_host = false;
    });
    proxy.run();
    let mut chosen = std::collections::BTreeSet::new();
    for host in 1..=20 {
        let mut places = std::collections::BTreeSet::new();
        for port in [1000, 2000, 3000] {
            let client = proxy.system.client_from(([192, 0, 2, host], port).into());
            client.send(GET);
            let backend = proxy.backend();
            places.insert(backend.text().lines().nth(1).unwrap().to_owned());
        }
        assert_eq!(places.len(), 1, "{places:?}");
        chosen.extend(places);
    }
    assert_eq!(chosen.len(), 4, "{chosen:?}");
}
