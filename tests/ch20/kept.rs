//! Connections that are kept, on both sides.

use super::simulated::{GET, OK, Proxy, passed_get, told};
use super::simulated_system::RULES;
use super::since_ch15::sized;
use mock::assert_bytes;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

fn ok(text: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len())
}

#[test]
fn one_connection_to_a_backend_does_for_one_client_after_the_other() {
    for rules in RULES {
        let mut proxy = Proxy::with(1, |_| {}, |_| {}, rules);
        let (client, backend) = proxy.ask(GET);
        proxy.say(&backend, ok("one"));
        client.send(GET);
        proxy.run();
        proxy.say(&backend, ok("two"));
        assert_bytes!(client.got(), ok("one") + &ok("two"));
        proxy.finish(&client);
        let other = proxy.client(sized("/x", "abc"));
        assert!(backend.text().ends_with("Content-Length: 3\r\n\r\nabc"));
        proxy.say(&backend, ok("three"));
        assert_bytes!(other.got(), ok("three"));
        assert!(proxy.dialled().is_none());
        assert!(!backend.is_closed());
    }
}

#[test]
fn two_clients_at_the_same_time_need_two_connections() {
    let mut proxy = Proxy::new();
    let (first, one) = proxy.ask(GET);
    let (second, two) = proxy.ask(GET);
    proxy.say(&two, ok("two"));
    proxy.say(&one, ok("one"));
    assert_bytes!(first.got(), ok("one"));
    assert_bytes!(second.got(), ok("two"));
    // Now both are there, and the one that was used last is used first.
    one.takes_out();
    two.takes_out();
    proxy.client(GET);
    assert!(!one.got().is_empty() && two.got().is_empty());
    proxy.client(GET);
    assert!(!two.got().is_empty() && proxy.dialled().is_none());
}

#[test]
fn requests_that_come_at_once_are_answered_in_their_order() {
    let mut proxy = Proxy::new();
    let requests = [GET.to_owned(), sized("/", "body"), GET.to_owned()];
    let (client, backend) = proxy.ask(requests.concat());
    assert_bytes!(backend.takes_out(), passed_get());
    proxy.say(&backend, ok("one"));
    let text = String::from_utf8(backend.takes_out()).unwrap();
    assert!(text.starts_with("POST") && text.ends_with("\r\n\r\nbody"), "{text}");
    proxy.say(&backend, ok("two"));
    assert_bytes!(backend.takes_out(), passed_get());
    proxy.say(&backend, ok("three"));
    assert_bytes!(client.got(), ok("one") + &ok("two") + &ok("three"));
    assert!(proxy.dialled().is_none());
}

#[test]
fn a_connection_is_not_used_again_if_the_backend_does_not_want_that_or_says_too_much() {
    for answer in [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nHi",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nHi",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHiHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n!",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHi\r\n0\r\n\r\n\r\n",
    ] {
        let mut proxy = Proxy::new();
        let (client, backend) = proxy.ask(GET);
        proxy.say(&backend, answer);
        assert!(backend.is_closed(), "{answer}");
        client.takes_out();
        client.send(GET);
        let second = proxy.backend();
        proxy.say(&second, OK);
        assert_bytes!(client.got(), OK);
    }
}

#[test]
fn a_connection_that_ends_or_speaks_while_it_is_idle_is_not_used_again_by_any_method() {
    for request in [GET.to_owned(), sized("/", "abc")] {
        for way in 0..3 {
            let mut proxy = Proxy::new();
            let (client, backend) = proxy.ask(GET);
            proxy.say(&backend, OK);
            backend.takes_out();
            match way {
                0 => proxy.finish(&backend),
                1 => proxy.reset(&backend),
                _ => proxy.say(&backend, "HTTP/1.1 408 Request Timeout\r\n\r\n"),
            }
            client.takes_out();
            client.send(&request);
            let second = proxy.backend();
            assert!(backend.is_closed() && backend.got().is_empty());
            proxy.say(&second, OK);
            assert_bytes!(client.got(), OK);
        }
    }
}

#[test]
fn if_the_last_one_has_ended_one_before_it_may_do() {
    let mut proxy = Proxy::new();
    let (_, one) = proxy.ask(GET);
    let (_, two) = proxy.ask(GET);
    proxy.say(&one, OK);
    proxy.say(&two, OK);
    proxy.finish(&two);
    one.takes_out();
    proxy.client(GET);
    assert_bytes!(one.got(), passed_get());
    assert!(two.is_closed() && proxy.dialled().is_none());
}

#[test]
fn a_connection_is_kept_for_its_time_and_not_used_after_it() {
    for (age, is_used) in [(4 * SECOND - NANO, true), (4 * SECOND, false)] {
        let mut proxy = Proxy::new();
        proxy.run();
        proxy.pass(SECOND);
        let (_, backend) = proxy.ask(GET);
        proxy.say(&backend, OK);
        backend.takes_out();
        // All idle connections are looked at before that, and again after it, but not then.
        proxy.system.move_on(7 * SECOND / 2);
        proxy.run();
        assert!(!backend.is_closed());
        proxy.system.move_on(age - 7 * SECOND / 2);
        let client = proxy.client(GET);
        assert_eq!(backend.is_closed(), !is_used);
        let backend = if is_used { backend } else { proxy.backend() };
        assert_bytes!(backend.got(), passed_get());
        proxy.say(&backend, OK);
        assert_bytes!(client.got(), OK);
    }
}

#[test]
fn an_idle_connection_is_closed_though_nobody_asks() {
    let mut proxy = Proxy::before(2, |_| {});
    let (_, one) = proxy.ask(GET);
    let (_, two) = proxy.ask(GET);
    proxy.say(&one, OK);
    proxy.say(&two, OK);
    for _ in 0..3 {
        assert!(!one.is_closed() && !two.is_closed());
        proxy.pass(SECOND);
    }
    // One look at all of them each 2 seconds.
    proxy.pass(3 * SECOND);
    assert!(one.is_closed() && two.is_closed());
}

#[test]
fn no_more_are_kept_than_the_settings_say_and_the_oldest_makes_way() {
    let mut proxy = Proxy::before(1, |settings| settings.idle_connections = 2);
    let all: Vec<_> = (0..3).map(|_| proxy.ask(GET).1).collect();
    for place in [1, 0, 2] {
        proxy.say(&all[place], OK);
    }
    let closed: Vec<_> = all.iter().map(|backend| backend.is_closed()).collect();
    assert_eq!(closed, [false, true, false]);
    let mut proxy = Proxy::before(1, |settings| settings.idle_connections = 0);
    let (client, backend) = proxy.ask(GET);
    proxy.say(&backend, OK);
    assert!(backend.is_closed() && !client.is_closed());
}

/// The backend closed it at the moment at which it was asked.
#[test]
fn on_a_kept_connection_that_dies_a_get_is_asked_once_more_and_nobody_is_to_blame() {
    for resets in [false, true] {
        // If it were to blame, it would be down, and a second connection would not be tried.
        let mut proxy = Proxy::before(1, |settings| settings.health.fall = 1);
        let (client, backend) = proxy.ask(GET);
        proxy.say(&backend, OK);
        client.takes_out();
        client.send(GET);
        proxy.run();
        match resets {
            true => proxy.reset(&backend),
            false => proxy.finish(&backend),
        }
        let second = proxy.backend();
        assert_bytes!(second.got(), passed_get());
        assert!(client.got().is_empty());
        proxy.say(&second, OK);
        assert_bytes!(client.got(), OK);
    }
}

#[test]
fn behind_a_kept_connection_that_dies_others_are_not_tried_but_a_new_one() {
    let mut proxy = Proxy::new();
    let (client, one) = proxy.ask(GET);
    let (_, two) = proxy.ask(GET);
    proxy.say(&two, OK);
    proxy.say(&one, OK);
    two.takes_out();
    client.takes_out();
    client.send(GET);
    proxy.run();
    proxy.finish(&one);
    let fresh = proxy.backend();
    assert!(two.got().is_empty());
    proxy.say(&fresh, OK);
    assert_bytes!(client.got(), OK);
}

#[test]
fn on_a_kept_connection_that_dies_a_post_is_not_asked_again_and_nobody_is_to_blame() {
    let post_without_body = "POST / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned();
    for post in [sized("/", "abc"), post_without_body, sized("/", "x").replace("POST", "PUT")] {
        let mut proxy = Proxy::before(1, |settings| settings.health.fall = 1);
        let (client, backend) = proxy.ask(GET);
        proxy.say(&backend, OK);
        client.takes_out();
        client.send(&post);
        proxy.run();
        proxy.finish(&backend);
        assert_eq!(told(&client).0, 502);
        assert!(proxy.dialled().is_none());
        // It is up.
        let (other, second) = proxy.ask(GET);
        proxy.say(&second, OK);
        assert_bytes!(other.got(), OK);
    }
}

#[test]
fn a_clients_connection_has_as_many_requests_as_the_limits_say() {
    let limit = |limits: &mut ch20::Limits| limits.requests_per_connection = 2;
    let mut proxy = Proxy::with(1, |_| {}, limit, super::simulated_system::Rules::Epoll);
    let (client, backend) = proxy.ask(GET.repeat(3));
    proxy.say(&backend, OK);
    proxy.say(&backend, OK);
    let last = OK.replace("3\r\n\r\n", "3\r\nConnection: close\r\n\r\n");
    assert_bytes!(client.got(), OK.to_owned() + &last);
    assert!(client.is_finished());
    // The backend does not know that.
    assert!(!backend.is_closed());
    assert_bytes!(backend.got(), passed_get().repeat(2));
}

#[test]
fn a_client_that_asks_nothing_more_is_closed_and_its_backend_connection_stays() {
    let mut proxy = Proxy::before(1, |settings| settings.idle_time = 60 * SECOND);
    let (client, backend) = proxy.ask(GET);
    proxy.say(&backend, OK);
    proxy.pass(5 * SECOND - 2 * NANO);
    assert!(!client.is_finished());
    proxy.pass(NANO);
    assert!(client.is_finished() && !backend.is_closed());
}

#[test]
fn an_answer_does_not_wait_for_the_one_behind_it() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(GET.repeat(2));
    proxy.say(&backend, ok("one"));
    assert_bytes!(client.got(), ok("one"));
    // Nor for a backend that is still to be reached.
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(GET.repeat(2));
    proxy.say(&backend, OK.replace("Content", "Connection: close\r\nContent"));
    assert!(proxy.dialled().is_some());
    assert_bytes!(client.got(), OK);
}
