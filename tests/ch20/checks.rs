//! Backends that are asked now and then whether they work.

use super::simulated::{GET, OK, Proxy, passed_get, told};
use super::simulated_system::Client;
use ch20::UpstreamSettings;
use mock::assert_bytes;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const TWO_NANOS: Duration = Duration::from_nanos(2);

/// Every 2 seconds; one failure is enough, and two good checks.
fn checked(settings: &mut UpstreamSettings) {
    settings.health.check = Some("/health".into());
    settings.health.fall = 1;
}

const ASKED: &str = "GET /health HTTP/1.1\r\nHost: 10.0.0.1:80\r\nConnection: close\r\n\r\n";

/// Lets 2 seconds pass, after which one backend is asked; it says this.
#[track_caller]
fn check(proxy: &mut Proxy, answer: &str) -> Client {
    proxy.pass(2 * SECOND);
    let check = proxy.backend();
    assert_bytes!(check.got(), ASKED);
    proxy.say(&check, answer);
    check
}

#[track_caller]
fn assert_up(proxy: &mut Proxy) {
    let (client, backend) = proxy.ask(GET);
    assert_bytes!(backend.got(), passed_get());
    proxy.say(&backend, OK.replace("Content", "Connection: close\r\nContent"));
    assert_bytes!(client.got(), OK);
}

#[track_caller]
fn assert_down(proxy: &mut Proxy) {
    assert_eq!(told(&proxy.client(GET)).0, 503);
    assert!(proxy.dialled().is_none());
}

#[test]
fn without_a_target_nobody_is_checked() {
    let mut proxy = Proxy::before(2, |_| {});
    for _ in 0..10 {
        proxy.pass(2 * SECOND);
        assert!(proxy.dialled().is_none());
    }
}

#[test]
fn each_backend_is_asked_for_the_target_every_interval_on_a_connection_of_its_own() {
    let mut proxy = Proxy::before(2, checked);
    proxy.run();
    for _ in 0..3 {
        proxy.pass(2 * SECOND - TWO_NANOS);
        assert!(proxy.dialled().is_none());
        proxy.pass(TWO_NANOS);
        let both = [proxy.backend(), proxy.backend()];
        assert!(proxy.dialled().is_none());
        let mut asked = both.each_ref().map(Client::text);
        asked.sort();
        assert_eq!(asked, [ASKED.to_owned(), ASKED.replace("0.1:", "0.2:")]);
        for check in &both {
            assert!(!check.is_closed());
            proxy.say(check, OK);
            // Nobody waits for what else it says.
            assert!(check.is_closed());
        }
    }
}

#[test]
fn a_check_that_fails_is_a_failure() {
    for answer in [
        "HTTP/1.1 500 Oops\r\n\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "HTTP/1.1 404 Not Found\r\n\r\n",
        "nonsense\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\n\r\n",
    ] {
        let mut proxy = Proxy::before(1, checked);
        assert_up(&mut proxy);
        let check = check(&mut proxy, answer);
        assert!(check.is_closed(), "{answer}");
        assert_down(&mut proxy);
    }
}

#[test]
fn a_check_that_is_answered_well_is_none() {
    for answer in [
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n",
        "HTTP/1.1 399 Odd\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n",
    ] {
        let mut proxy = Proxy::before(1, checked);
        proxy.run();
        check(&mut proxy, answer);
        assert_up(&mut proxy);
    }
}

#[test]
fn who_does_not_listen_or_ends_fails_a_check() {
    let ways: [fn(&Client); 3] = [
        |check| check.refuse(),
        |check| drop(check.accept().finish().text()),
        |check| drop(check.accept().send("HTTP/1.1 200 OK\r\n").finish().text()),
    ];
    for way in ways {
        let mut proxy = Proxy::before(1, checked);
        proxy.run();
        proxy.pass(2 * SECOND);
        way(&proxy.dialled().expect("it is checked"));
        proxy.run();
        assert_down(&mut proxy);
    }
}

#[test]
fn a_check_that_is_not_answered_within_the_interval_is_a_failure() {
    for accepts in [false, true] {
        let mut proxy = Proxy::before(1, checked);
        proxy.run();
        proxy.pass(2 * SECOND);
        let check = proxy.dialled().unwrap();
        if accepts {
            check.accept();
            proxy.run();
        }
        proxy.pass(2 * SECOND - TWO_NANOS);
        assert!(!check.is_closed());
        proxy.pass(TWO_NANOS);
        assert!(check.is_closed());
        assert_down(&mut proxy);
    }
}

#[test]
fn who_is_down_is_up_again_after_two_good_checks_in_a_row() {
    let mut proxy = Proxy::before(1, checked);
    proxy.run();
    let bad = "HTTP/1.1 500 Oops\r\n\r\n";
    let mut after = Vec::new();
    for answer in [bad, OK, bad, OK, OK] {
        check(&mut proxy, answer);
        let client = proxy.client(GET);
        after.push(client.got().is_empty());
        if let Some(backend) = proxy.dialled() {
            backend.accept();
            proxy.say(&backend, OK);
        }
    }
    assert_eq!(after, [false, false, false, false, true]);
}

#[test]
fn clients_do_not_try_who_is_checked() {
    let mut proxy = Proxy::before(1, checked);
    let (client, backend) = proxy.ask(GET);
    proxy.finish(&backend);
    assert_eq!(told(&client).0, 502);
    for _ in 0..10 {
        check(&mut proxy, "HTTP/1.1 500 Oops\r\n\r\n");
        assert_down(&mut proxy);
    }
}

/// It was asked when it was up.
#[test]
fn an_answer_that_is_late_does_not_raise_who_is_checked() {
    let mut proxy = Proxy::before(1, checked);
    let (client, backend) = proxy.ask(GET);
    check(&mut proxy, "HTTP/1.1 500 Oops\r\n\r\n");
    assert_down(&mut proxy);
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), OK);
    assert_down(&mut proxy);
}

#[test]
fn who_fails_clients_is_down_however_well_it_answers_checks() {
    let mut proxy = Proxy::before(1, |settings| {
        checked(settings);
        settings.health.fall = 3;
    });
    for _ in 0..3 {
        let (client, backend) = proxy.ask(GET);
        proxy.finish(&backend);
        assert_eq!(told(&client).0, 502);
        check(&mut proxy, OK);
    }
    assert_down(&mut proxy);
    check(&mut proxy, OK);
    assert_up(&mut proxy);
}

#[test]
fn who_stands_under_two_patterns_is_checked_once() {
    let mut proxy = Proxy::before(1, checked);
    proxy.engine.site.register_upstream(|_| true, proxy.upstream.clone());
    proxy.run();
    check(&mut proxy, OK);
    assert!(proxy.dialled().is_none());
}
