//! The body of a request on its way to a backend, both directions at once, and who waits for whom.

use super::simulated::{GET, OK, Proxy, passed, told};
use super::simulated_system::{Client, RULES};
use super::since_ch15::{CHUNKED, CONTINUE, EXPECT, cuts, post, sized};
use ch20::LAST_CHUNK;
use mock::assert_bytes;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn passed_post(framing: &str) -> String {
    passed("POST / HTTP/1.1", "a", "", framing)
}

/// What stands behind the head of what a backend has received.
fn body(backend: &Client) -> Vec<u8> {
    let got = backend.got();
    let at = got.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    got[at + 4..].to_vec()
}

/// The chunks of a body put together; whether there is a last one; and nothing is behind it.
#[track_caller]
fn unchunked(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut all = Vec::new();
    loop {
        let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else {
            assert!(bytes.is_empty(), "half a chunk");
            return (all, false);
        };
        // A number, and no extension.
        let length = usize::from_str_radix(str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            assert_bytes!(bytes, LAST_CHUNK);
            return (all, true);
        }
        let chunk = &bytes[end + 2..];
        all.extend(&chunk[..length]);
        assert_bytes!(chunk[length..length + 2], "\r\n");
        bytes = &chunk[length + 2..];
    }
}

#[test]
fn a_body_arrives_whole_however_it_is_cut_and_nothing_of_what_is_behind_it() {
    let sized = sized("/", "hello") + GET;
    let chunked = post("/", CHUNKED, "2;x=\"y\"\r\nhe\r\n003\r\nllo\r\n0;z\r\nT: x\r\n\r\n") + GET;
    for request in [sized, chunked] {
        for rules in RULES {
            for cut in cuts(request.as_bytes()) {
                let mut proxy = Proxy::with(1, |_| {}, |_| {}, rules);
                let client = proxy.connect();
                let mut backend = None;
                for piece in cut {
                    client.send(piece);
                    proxy.run();
                    if backend.is_none() {
                        backend = proxy.dialled();
                        if let Some(backend) = &backend {
                            backend.accept();
                        }
                    }
                }
                proxy.run();
                let backend = backend.expect("a backend is asked");
                match request.contains("chunked") {
                    true => assert_eq!(unchunked(&body(&backend)), (b"hello".into(), true)),
                    false => assert_bytes!(body(&backend), "hello"),
                }
                backend.takes_out();
                proxy.say(&backend, OK);
                assert_bytes!(client.got(), OK);
                assert!(backend.text().starts_with("GET / HTTP/1.1\r\n"));
            }
        }
    }
}

#[test]
fn a_body_has_the_length_that_it_had() {
    let (_, backend) = Proxy::new().ask(sized("/", "hello"));
    assert_bytes!(backend.got(), passed_post("Content-Length: 5\r\n") + "hello");
}

#[test]
fn chunks_are_taken_apart_and_put_together_and_what_was_beside_them_ends_here() {
    let chunks = "2;x=\"y\"\r\nhe\r\n003\r\nllo\r\n0;z\r\nT: x\r\n\r\n";
    let fields = CHUNKED.to_owned() + "Trailer: T\r\n";
    let (_, backend) = Proxy::new().ask(post("/", &fields, chunks));
    // Each as one chunk, as it came.
    let expected = "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";
    assert_bytes!(backend.got(), passed_post("Transfer-Encoding: chunked\r\n") + expected);
}

#[test]
fn an_empty_body_in_chunks_is_one() {
    let (_, backend) = Proxy::new().ask(post("/", CHUNKED, "0\r\n\r\n"));
    assert_bytes!(backend.got(), passed_post("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n");
}

/// A backend has what has come, and need not wait for the rest.
#[test]
fn what_has_come_of_a_body_goes_on_before_more_is_there() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(post("/", "Content-Length: 6\r\n", ""));
    assert_bytes!(backend.takes_out(), passed_post("Content-Length: 6\r\n"));
    for piece in ["a", "bc", "def"] {
        proxy.say(&client, piece);
        assert_bytes!(backend.takes_out(), piece);
    }
    let (client, backend) = Proxy::new().ask(post("/", CHUNKED, "8\r\nab"));
    assert_bytes!(body(&backend), "2\r\nab\r\n");
    drop(client);
}

#[test]
fn a_long_body_arrives_as_it_was() {
    let text: String = (0..100_000).map(|number| format!("{number}\n")).collect();
    let chunks = format!("{:x}\r\n{text}\r\n0\r\n\r\n", text.len());
    let mut proxy = Proxy::new();
    let (_, backend) = proxy.ask(sized("/", &text));
    assert_bytes!(body(&backend), text);
    let (_, backend) = proxy.ask(post("/", CHUNKED, &chunks));
    assert_eq!(unchunked(&body(&backend)), (text.into_bytes(), true));
}

// Whoever asks first

#[test]
fn who_asks_whether_to_send_is_told_by_the_backend() {
    let mut proxy = Proxy::new();
    let fields = format!("Content-Length: 3\r\n{EXPECT}");
    let (client, backend) = proxy.ask(post("/", &fields, ""));
    let expected = passed("POST / HTTP/1.1", "a", EXPECT, "Content-Length: 3\r\n");
    assert_bytes!(backend.takes_out(), expected);
    assert_bytes!(client.got(), "");
    proxy.say(&backend, CONTINUE);
    assert_bytes!(client.takes_out(), CONTINUE);
    proxy.say(&client, "abc");
    assert_bytes!(backend.got(), "abc");
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), OK);
    assert!(!client.is_finished() && !backend.is_closed());
}

#[test]
fn who_is_told_not_to_send_has_its_answer_and_the_end() {
    let mut proxy = Proxy::new();
    let fields = format!("Content-Length: 3\r\n{EXPECT}");
    let (client, backend) = proxy.ask(post("/", &fields, ""));
    proxy.say(&backend, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
    let expected = "HTTP/1.1 417 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert_bytes!(client.got(), expected);
    assert!(client.is_finished() && backend.is_closed());
}

#[test]
fn an_old_client_expects_nothing() {
    let mut proxy = Proxy::new();
    let request = post("/", &format!("Content-Length: 3\r\n{EXPECT}"), "").replace("1.1", "1.0");
    let (client, backend) = proxy.ask(request);
    assert!(!backend.text().contains("Expect"), "{}", backend.text());
    proxy.say(&backend, CONTINUE);
    assert_bytes!(client.got(), "");
    proxy.say(&client, "abc");
    assert_bytes!(body(&backend), "abc");
}

#[test]
fn an_answer_that_comes_before_the_whole_body_is_the_last() {
    let mut proxy = Proxy::new();
    for request in [post("/", "Content-Length: 5\r\n", "hel"), post("/", CHUNKED, "3\r\nhel\r\n")] {
        let (client, backend) = proxy.ask(&request);
        proxy.say(&backend, OK);
        let last = OK.replace("3\r\n\r\n", "3\r\nConnection: close\r\n\r\n");
        assert_bytes!(client.got(), last);
        assert!(client.is_finished(), "nobody knows where the next request begins");
        assert!(backend.is_closed() && !body(&backend).ends_with(LAST_CHUNK));
        // What is still sent is taken, or the client would not see its answer.
        proxy.say(&client, "more");
        assert_eq!(client.unread(), 0);
    }
}

#[test]
fn a_body_may_go_on_while_its_answer_comes() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(post("/", CHUNKED, "1\r\na\r\n"));
    proxy.say(&backend, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n");
    for (piece, echo) in [("b", "B"), ("c", "C")] {
        proxy.say(&client, format!("1\r\n{piece}\r\n"));
        assert!(backend.text().ends_with(&format!("1\r\n{piece}\r\n")));
        proxy.say(&backend, format!("1\r\n{echo}\r\n"));
        assert!(client.text().ends_with(&format!("1\r\n{echo}\r\n")));
    }
    proxy.say(&client, "0\r\n\r\n");
    assert_eq!(unchunked(&body(&backend)), (b"abc".into(), true));
    proxy.say(&backend, "0\r\n\r\n");
    assert!(client.text().ends_with("C\r\n0\r\n\r\n") && client.is_finished());
    assert!(client.text().contains("Connection: close\r\n"));
}

/// A backend that refuses a body may close before it has taken it.
#[test]
fn an_answer_is_passed_on_though_the_backend_takes_no_more() {
    let mut proxy = Proxy::new();
    let client = proxy.client(sized("/", &"x".repeat(50_000)));
    let backend = proxy.dialled().unwrap();
    backend.break_after(1000).accept();
    proxy.run();
    assert_bytes!(client.got(), "");
    proxy.say(&backend, "HTTP/1.1 413 Too Much\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(told(&client).0, 413);
    assert!(client.is_finished());
}

// Who leaves

#[test]
fn of_a_body_that_a_client_cuts_the_backend_sees_no_end() {
    for request in
        [post("/", "Content-Length: 5\r\n", "hel"), post("/", CHUNKED, "3\r\nhel\r\n2\r\n")]
    {
        let mut proxy = Proxy::new();
        let (client, backend) = proxy.ask(&request);
        proxy.finish(&client);
        assert_eq!(told(&client).0, 400);
        assert!(backend.is_closed() && !backend.is_finished(), "it is no end");
        match request.contains("chunked") {
            true => assert_eq!(unchunked(&body(&backend)), (b"hel".into(), false)),
            false => assert_bytes!(body(&backend), "hel"),
        }
        assert!(proxy.dialled().is_none());
    }
}

#[test]
fn of_a_body_that_cannot_be_understood_the_backend_sees_no_end() {
    for bad in
        ["x\r\n", "3\r\nabcd\r\n", "-1\r\n", "0\r\nno field\r\n\r\n", "ffffffffffffffffff\r\n"]
    {
        let mut proxy = Proxy::new();
        let (client, backend) = proxy.ask(post("/", CHUNKED, "3\r\nhel\r\n"));
        proxy.say(&client, bad);
        assert_eq!(told(&client).0, 400, "{bad}");
        assert!(client.is_finished() && backend.is_closed());
        let (_, is_whole) = unchunked(&body(&backend));
        assert!(!is_whole, "{bad}");
    }
}

#[test]
fn a_client_that_stalls_in_its_body_is_told_and_the_backend_is_left() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(post("/", CHUNKED, "3\r\nhel\r\n"));
    proxy.pass(10 * SECOND - Duration::from_nanos(2));
    assert!(client.got().is_empty() && !backend.is_closed());
    proxy.pass(Duration::from_nanos(2));
    assert_eq!(told(&client).0, 408);
    assert!(backend.is_closed() && !body(&backend).ends_with(LAST_CHUNK));
}

#[test]
fn who_sends_fast_enough_may_take_longer() {
    let mut proxy = Proxy::new();
    let length = 20 * 16 * 1024;
    let (client, backend) = proxy.ask(post("/", &format!("Content-Length: {length}\r\n"), ""));
    for _ in 0..20 {
        proxy.pass(SECOND);
        proxy.say(&client, "x".repeat(16 * 1024));
    }
    assert_eq!(body(&backend).len(), length);
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), OK);
}

#[test]
fn when_a_client_is_gone_no_backend_works_for_nobody() {
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n";
    for request in [GET.to_owned(), sized("/", "abc"), post("/", CHUNKED, "1\r\n")] {
        for said in ["", chunks] {
            let mut proxy = Proxy::before(2, |_| {});
            let (client, backend) = proxy.ask(&request);
            proxy.say(&backend, said);
            assert!(!backend.is_closed());
            proxy.reset(&client);
            assert!(backend.is_closed() && client.is_closed());
            assert!(proxy.dialled().is_none());
        }
    }
}

#[test]
fn who_says_that_it_sends_no_more_still_has_its_answer() {
    for request in [GET.to_owned(), sized("/", "abc"), GET.repeat(2)] {
        for answer in [OK, "HTTP/1.1 200 OK\r\n\r\nHi\n"] {
            let mut proxy = Proxy::new();
            let client = proxy.connect();
            client.send(&request).finish();
            proxy.run();
            for _ in 0..request.matches("Host").count() {
                // After an answer that ends with the connection it is another one.
                let backend = proxy
                    .dialled()
                    .unwrap_or_else(|| proxy.system.dialled().pop().expect("a backend is asked"));
                backend.accept();
                proxy.run();
                assert!(!backend.is_closed() && !client.is_closed());
                proxy.pass(20 * SECOND);
                backend.send(answer);
                if answer != OK {
                    backend.finish();
                }
                proxy.run();
            }
            let replies = super::since_ch15::replies(&client.got());
            assert_eq!(replies.len(), request.matches("Host").count());
            assert!(replies.iter().all(|reply| reply.text() == "Hi\n"));
            assert!(client.is_closed());
        }
    }
}

// Who waits for whom

#[test]
fn what_a_client_does_not_take_is_not_asked_of_the_backend() {
    for head in ["Content-Length: 10000000\r\n\r\n", "\r\n"] {
        let mut proxy = Proxy::new();
        let client = proxy.connect();
        client.take_only(1000).send(GET);
        let backend = proxy.backend();
        backend.send(format!("HTTP/1.1 200 OK\r\n{head}")).send("x".repeat(10_000_000));
        proxy.run();
        let taken = 10_000_000 - backend.unread();
        assert!(taken < 300_000, "{taken} bytes are kept for a client that takes nothing");
        // As much as it takes goes on.
        client.take(1_000_000);
        proxy.run();
        let more = 10_000_000 - backend.unread() - taken;
        assert!((700_000..1_300_000).contains(&more), "{more}");
        // And at last all of it.
        client.take(usize::MAX);
        proxy.run();
        if head == "\r\n" {
            proxy.finish(&backend);
        }
        let (reply, _) =
            mock::Reply::try_parse_first(&client.got(), false, false).unwrap().unwrap();
        assert_eq!(reply.body.len(), 10_000_000);
    }
}

#[test]
fn what_a_backend_does_not_take_is_not_asked_of_the_client() {
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let chunked = post("/", CHUNKED, &(chunk.repeat(150) + "0\r\n\r\n"));
    for request in [sized("/", &"x".repeat(10_000_000)), chunked] {
        let mut proxy = Proxy::new();
        let client = proxy.client(&request);
        let backend = proxy.dialled().unwrap();
        backend.take_only(1000).accept();
        proxy.run();
        let taken = request.len() - client.unread();
        assert!(taken < 300_000, "{taken} bytes are kept for a backend that takes nothing");
        backend.take(1_000_000);
        proxy.run();
        let more = request.len() - client.unread() - taken;
        assert!((700_000..1_300_000).contains(&more), "{more}");
        backend.take(usize::MAX);
        proxy.run();
        assert_eq!(client.unread(), 0);
        let whole = body(&backend);
        match request.contains("chunked") {
            true => assert_eq!(unchunked(&whole).0.len(), 150 * 0x10000),
            false => assert_eq!(whole.len(), 10_000_000),
        }
        proxy.say(&backend, OK);
        assert_bytes!(client.got(), OK);
    }
}

#[test]
fn a_backend_that_takes_a_body_slowly_is_not_silent() {
    let mut proxy = Proxy::before(1, |settings| settings.answer_time = 5 * SECOND);
    let client = proxy.client(post("/", "Content-Length: 4000\r\n", ""));
    let backend = proxy.backend();
    backend.take_only(0);
    for _ in 0..4 {
        // It takes this in 4 seconds, and the client has the next bytes ready.
        proxy.say(&client, "x".repeat(1000));
        proxy.system.move_on(4 * SECOND);
        backend.take(1000);
    }
    proxy.run();
    assert_eq!(body(&backend).len(), 4000);
    proxy.pass(4 * SECOND);
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), OK);
}

#[test]
fn a_slow_backend_is_not_held_against_the_client() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(post("/", "Content-Length: 1003\r\n", ""));
    backend.take_only(0);
    proxy.say(&client, "x".repeat(1000));
    proxy.pass(20 * SECOND);
    backend.take(usize::MAX);
    proxy.run();
    // It has as long as it would have had.
    proxy.pass(9 * SECOND);
    assert!(client.got().is_empty() && !backend.is_closed());
    proxy.say(&client, "abc");
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), OK);
}

#[test]
fn who_sends_a_byte_now_and_then_is_too_late() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(post("/", "Content-Length: 100\r\n", ""));
    for _ in 0..4 {
        assert!(client.got().is_empty() && !backend.is_closed());
        proxy.say(&client, "x");
        proxy.pass(3 * SECOND);
    }
    assert_eq!(told(&client).0, 408);
    assert!(backend.is_closed());
}

/// It may have much to say before it takes the rest.
#[test]
fn a_backend_that_answers_and_takes_nothing_is_not_silent() {
    let mut proxy = Proxy::before(1, |settings| settings.answer_time = 5 * SECOND);
    let (client, backend) = proxy.ask(post("/", "Content-Length: 1000\r\n", ""));
    backend.take_only(0);
    proxy.say(&client, "x".repeat(1000));
    proxy.say(&backend, "HTTP/1.1 200 OK\r\n\r\n");
    for _ in 0..3 {
        proxy.pass(4 * SECOND);
        proxy.say(&backend, "more");
    }
    backend.take(1000);
    proxy.run();
    assert_eq!(body(&backend).len(), 1000);
    proxy.finish(&backend);
    assert_eq!(told(&client), (200, "moremoremore".to_owned()));
}

/// Its time begins when somebody is there to take its body.
#[test]
fn who_waits_until_a_backend_is_found_is_not_late_with_its_body() {
    let mut proxy = Proxy::before(3, |_| {});
    let client = proxy.client(post("/", "Content-Length: 3\r\n", ""));
    for _ in 0..2 {
        proxy.dialled().expect("the next one is tried");
        proxy.pass(3 * SECOND);
    }
    let backend = proxy.backend();
    proxy.pass(9 * SECOND);
    proxy.say(&client, "abc");
    assert_bytes!(body(&backend), "abc");
    proxy.say(&backend, OK);
    assert_bytes!(client.got(), OK);
}

/// While an answer is not taken, its backend is not read. It is not silent for that.
#[test]
fn a_client_that_takes_its_answer_slowly_is_not_held_against_the_backend() {
    let mut proxy = Proxy::before(1, |settings| settings.answer_time = 3 * SECOND);
    let client = proxy.connect();
    client.take_only(1000).send(GET);
    let backend = proxy.backend();
    // All of this is there before the client takes it, and then nothing is.
    backend.send("HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n").send("x".repeat(9990));
    proxy.run();
    assert_eq!(backend.unread(), 0);
    proxy.pass(9 * SECOND);
    assert!(!backend.is_closed() && !client.is_closed());
    client.take(usize::MAX);
    proxy.run();
    proxy.pass(2 * SECOND);
    proxy.say(&backend, "x".repeat(10));
    assert!(!backend.is_closed());
    assert_eq!(told(&client).0, 200);
}

#[test]
fn a_client_that_takes_nothing_of_its_answer_is_left_and_so_is_the_backend() {
    let mut proxy = Proxy::before(1, |settings| settings.health.fall = 1);
    let client = proxy.connect();
    client.take_only(1000).send(GET);
    let backend = proxy.backend();
    proxy.say(&backend, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    proxy.say(&backend, "x".repeat(1_000_000));
    proxy.pass(10 * SECOND);
    assert!(client.is_closed() && backend.is_closed());
    // It is the client's fault.
    proxy.ask(GET);
}

/// What is sent while a request is answered is kept for later, up to the length of a head.
#[test]
fn who_sends_request_after_request_is_not_read_without_end() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(GET);
    client.send(GET.repeat(100_000));
    proxy.run();
    assert!(client.unread() > 2_000_000, "{} bytes are left", client.unread());
    assert!(!backend.is_closed());
}

#[test]
fn a_length_that_is_said_more_than_once_goes_on_once() {
    let mut proxy = Proxy::new();
    let lengths = "Content-Length: 3, 3\r\nContent-Length: 3\r\n";
    let (client, backend) = proxy.ask(post("/", lengths, "abc"));
    assert_bytes!(backend.got(), passed_post("Content-Length: 3\r\n") + "abc");
    proxy.say(&backend, format!("HTTP/1.1 200 OK\r\n{lengths}\r\nHi\n"));
    assert_bytes!(client.got(), OK);
}
