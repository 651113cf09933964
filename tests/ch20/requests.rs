//! What a backend receives of a request, but for its body.

use super::simulated::{GET, OK, Proxy, passed, passed_get, told};
use super::simulated_system::RULES;
use super::since_ch15::cuts;
use mock::assert_bytes;
use std::net::SocketAddr;

/// What a backend receives for this request, from a proxy with usual settings.
#[track_caller]
fn received(request: impl AsRef<[u8]>) -> Vec<u8> {
    Proxy::new().ask(request).1.got()
}

#[test]
fn a_plain_get_goes_there_and_its_answer_back() {
    let mut proxy = Proxy::new();
    let (client, backend) =
        proxy.ask("GET /a%20b?c=d HTTP/1.1\r\nHost: own.test\r\nAccept: */*\r\nX: y\r\n\r\n");
    let fields = "Accept: */*\r\nX: y\r\n";
    assert_bytes!(backend.got(), passed("GET /a%20b?c=d HTTP/1.1", "own.test", fields, ""));
    assert_bytes!(client.got(), "");
    proxy.say(&backend, "HTTP/1.1 200 Very well\r\nContent-Length: 3\r\nServer: x\r\n\r\nHi\n");
    let answer = "HTTP/1.1 200 Very well\r\nServer: x\r\nContent-Length: 3\r\n\r\nHi\n";
    assert_bytes!(client.got(), answer);
    assert!(!client.is_finished() && !backend.is_closed());
}

#[test]
fn a_request_arrives_whole_however_it_is_cut() {
    let request = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: b\r\nB: c\r\nD: e\r\n\r\n";
    let expected = passed("GET /x HTTP/1.1", "a", "D: e\r\n", "");
    for rules in RULES {
        for cut in cuts(request.as_bytes()) {
            let mut proxy = Proxy::with(1, |_| {}, |_| {}, rules);
            let client = proxy.connect();
            for piece in cut {
                assert!(proxy.dialled().is_none(), "before all of the head is there");
                client.send(piece);
                proxy.run();
            }
            let backend = proxy.backend();
            assert_bytes!(backend.got(), expected);
            proxy.say(&backend, OK);
            assert_bytes!(client.got(), OK);
        }
    }
}

#[test]
fn fields_of_this_connection_alone_do_not_go_on() {
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Secret\r\nA: 1\r\n\
                   Keep-Alive: timeout=5\r\nsecret: x\r\nProxy-Connection: keep-alive\r\n\
                   Proxy-Authorization: Basic eA==\r\nUpgrade: h2c\r\nTE: trailers\r\n\
                   Trailer: X\r\nA: 2\r\n\r\n";
    assert_bytes!(received(request), passed("GET / HTTP/1.1", "a", "A: 1\r\nA: 2\r\n", ""));
}

#[test]
fn host_and_length_go_on_even_if_a_client_says_that_they_are_for_us() {
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\
                   Connection: Host, Content-Length, Via, X-Forwarded-For, Forwarded\r\n\r\nHi";
    let expected = passed("POST / HTTP/1.1", "a", "", "Content-Length: 2\r\n") + "Hi";
    assert_bytes!(received(request), expected);
}

#[test]
fn what_a_stranger_says_of_where_it_comes_from_does_not_go_on() {
    let request = "GET / HTTP/1.1\r\nX-Forwarded-For: 10.0.0.9\r\nForwarded: for=10.0.0.9\r\n\
                   x-real-ip: 10.0.0.9\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Proto: https\r\n\
                   Host: a\r\n\r\n";
    assert_bytes!(received(request), passed_get());
}

#[test]
fn what_a_proxy_says_of_it_goes_on_if_it_is_to_be_believed() {
    let request = "GET / HTTP/1.1\r\nX-Forwarded-For: 203.0.113.9\r\nX-Real-IP: 203.0.113.9\r\n\
                   Forwarded: for=203.0.113.9;proto=https\r\nX-Forwarded-Proto: https\r\n\
                   Host: a\r\n\r\n";
    let mut proxy = Proxy::before(1, |settings| settings.behind_proxy = true);
    assert_bytes!(
        proxy.ask(request).1.got(),
        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n\
         X-Forwarded-Host: a\r\nX-Forwarded-Proto: https\r\n\
         Forwarded: for=203.0.113.9;proto=https, for=192.0.2.7;host=\"a\";proto=https\r\n\
         Via: 1.1 OwnHands\r\n\r\n"
    );
}

#[test]
fn a_client_with_a_new_address_is_told_of_as_such() {
    let mut proxy = Proxy::new();
    proxy.run();
    let peer: SocketAddr = "[2001:db8::7]:5000".parse().unwrap();
    proxy.system.client_from(peer).send(GET);
    let text = proxy.backend().text();
    assert!(text.contains("X-Forwarded-For: 2001:db8::7\r\n"), "{text}");
    assert!(text.contains("Forwarded: for=\"[2001:db8::7]\";host=\"a\";proto=http\r\n"), "{text}");
}

#[test]
fn a_backend_may_see_its_own_address_as_host() {
    let mut proxy = Proxy::before(1, |settings| settings.keep_host = false);
    for request in [GET, "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"] {
        let (client, backend) = proxy.ask(request);
        let text = backend.text();
        assert!(text.starts_with("GET / HTTP/1.1\r\nHost: 10.0.0.1:80\r\nX-Forw"), "{text}");
        assert!(text.contains("X-Forwarded-Host: a\r\n"), "{text}");
        proxy.reset(&client);
    }
}

#[test]
fn an_old_client_speaks_old_http_and_the_backend_is_asked_in_new() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask("GET / HTTP/1.0\r\n\r\n");
    assert_bytes!(
        backend.got(),
        "GET / HTTP/1.1\r\nHost: 10.0.0.1:80\r\nX-Forwarded-For: 192.0.2.7\r\n\
         X-Forwarded-Host: \r\nX-Forwarded-Proto: http\r\n\
         Forwarded: for=192.0.2.7;host=\"\";proto=http\r\nVia: 1.0 OwnHands\r\n\r\n"
    );
    proxy.say(&backend, OK);
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nHi\n";
    assert_bytes!(client.got(), answer);
    assert!(client.is_finished() && !backend.is_closed());
}

#[test]
fn an_empty_host_is_none() {
    let expected =
        passed("GET / HTTP/1.1", "", "", "").replacen("Host: \r\n", "Host: 10.0.0.1:80\r\n", 1);
    assert_bytes!(received("GET / HTTP/1.1\r\nHost: \r\n\r\n"), expected);
}

#[test]
fn an_old_client_may_keep_its_connection() {
    let mut proxy = Proxy::new();
    let (client, backend) =
        proxy.ask("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    proxy.say(&backend, OK);
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nHi\n";
    assert_bytes!(client.got(), answer);
    assert!(!client.is_finished());
}

#[test]
fn the_absolute_form_becomes_path_and_host() {
    for (target, path) in [
        ("http://b.test", "/"),
        ("http://b.test/", "/"),
        ("HTTP://b.test/x/y?z", "/x/y?z"),
        ("http://b.test?z=/", "/?z=/"),
        ("http://b.test/x?y=http://z/", "/x?y=http://z/"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: other.test\r\n\r\n");
        let text = String::from_utf8(received(request)).unwrap();
        let expected = format!("GET {path} HTTP/1.1\r\nHost: b.test\r\n");
        assert!(text.starts_with(&expected), "{target}: {text}");
        // The backend must not believe in two hosts (RFC 9112 section 3.2.2).
        assert!(!text.contains("other"), "{target}: {text}");
    }
}

#[test]
fn an_origin_form_that_contains_an_address_stays() {
    let request = "GET /http://b.test/ HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_bytes!(received(request), passed("GET /http://b.test/ HTTP/1.1", "a", "", ""));
}

#[test]
fn the_asterisk_goes_on_and_so_does_a_whole_server_in_the_absolute_form() {
    let star = passed("OPTIONS * HTTP/1.1", "a", "", "");
    assert_bytes!(received("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), star);
    // RFC 9112 section 3.2.4.
    assert_bytes!(received("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n"), star);
    let path = passed("OPTIONS / HTTP/1.1", "a", "", "");
    assert_bytes!(received("OPTIONS http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"), path);
}

#[test]
fn methods_go_on_as_they_are() {
    for method in ["HEAD", "PUT", "DELETE", "PATCH", "BREW", "get"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_bytes!(received(request), passed(&format!("{method} / HTTP/1.1"), "a", "", ""));
    }
}

#[test]
fn an_empty_body_has_a_length_if_the_client_has_said_so() {
    let request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    assert_bytes!(received(request), passed("POST / HTTP/1.1", "a", "", "Content-Length: 0\r\n"));
    let request = "POST / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_bytes!(received(request), passed("POST / HTTP/1.1", "a", "", ""));
}

#[test]
fn via_tells_of_all_proxies_in_their_order() {
    let request =
        "GET / HTTP/1.1\r\nHost: a\r\nVia: 1.0 first\r\nA: b\r\nvia: 1.1 second, 1.1 third\r\n\r\n";
    let expected = passed("GET / HTTP/1.1", "a", "A: b\r\n", "");
    let via = "Via: 1.0 first, 1.1 second, 1.1 third, 1.1 OwnHands";
    assert_bytes!(received(request), expected.replace("Via: 1.1 OwnHands", via));
}

#[test]
fn a_request_that_goes_in_a_circle_comes_to_an_end() {
    let with_hops = |hops: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{hops}\r\n");
    let hop = "1.1 OwnHands";
    for hops in [
        format!("Via: {}\r\n", [hop; 8].join(", ")),
        format!("Via: {}\r\n", [hop; 20].join(",")),
        format!("Via: {hop}\r\n").repeat(8),
        format!("Via: {}\r\nVia: 1.0 other, {hop} \r\n", [hop; 7].join(" ,1.1 other,")),
    ] {
        let mut proxy = Proxy::new();
        let client = proxy.client(with_hops(&hops));
        assert!(proxy.dialled().is_none(), "{hops}");
        assert_eq!(told(&client).0, 502);
        assert!(!client.is_finished(), "it may ask for something else");
    }
    for hops in [
        format!("Via: {}\r\n", [hop; 7].join(", ")),
        format!("Via: {}\r\n", ["1.1 other"; 20].join(", ")),
        format!("X-Via: {}\r\n", [hop; 20].join(", ")),
    ] {
        received(with_hops(&hops));
    }
}

/// Each proxy is its own backend here, so what it is told goes back to it.
#[test]
fn a_proxy_that_is_its_own_backend_asks_itself_eight_times() {
    let mut proxy = Proxy::new();
    let first = proxy.client(GET);
    let mut connections = Vec::new();
    let mut passes = 0;
    while let Some(backend) = proxy.dialled() {
        passes += 1;
        assert!(passes < 100, "it does not end");
        backend.accept();
        proxy.run();
        let again = proxy.client(backend.got());
        connections.push((backend, again));
    }
    assert_eq!(passes, 8);
    for (backend, again) in connections.iter().rev() {
        proxy.say(backend, again.got());
    }
    assert_eq!(told(&first).0, 502);
}

#[test]
fn who_asks_for_a_tunnel_or_another_protocol_gets_none() {
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(upgrade);
    assert_bytes!(backend.got(), passed_get());
    let switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nnoise";
    proxy.say(&backend, switching);
    assert_eq!(told(&client).0, 502);
    assert!(backend.is_closed());

    let mut proxy = Proxy::new();
    let client = proxy.client("CONNECT b.test:443 HTTP/1.1\r\nHost: b.test:443\r\n\r\n");
    assert!(proxy.dialled().is_none());
    assert!(matches!(told(&client).0, 400 | 405 | 501), "{}", client.text());
}

#[test]
fn who_cannot_be_understood_is_told_and_no_backend_hears_of_it() {
    for (request, status) in [
        (
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
        ),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n fold: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET http://ann:secret@b.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n", 400),
        ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET ftp://b.test/ HTTP/1.1\r\nHost: b.test\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    ] {
        let mut proxy = Proxy::new();
        let client = proxy.client(request);
        assert!(proxy.dialled().is_none(), "{request}");
        assert_eq!(told(&client).0, status, "{request}");
        assert!(client.is_finished());
    }
}
