//! What a client receives of an answer.

use super::simulated::{GET, OK, Proxy, passed_get, told};
use super::simulated_system::{Client, RULES};
use super::since_ch15::cuts;
use ch20::{LAST_CHUNK, MAX_HEAD};
use mock::{Reply, assert_bytes};

const OLD: &str = "GET / HTTP/1.0\r\nHost: a\r\n\r\n";

/// What the client of this request gets of this answer, behind which the backend closes if it
/// `ends`; and whether its connection is kept.
#[track_caller]
fn answered(request: &str, answer: impl AsRef<[u8]>, ends: bool) -> (Vec<u8>, bool) {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(request);
    backend.send(answer);
    if ends {
        backend.finish();
    }
    proxy.run();
    (client.got(), !client.is_finished())
}

#[track_caller]
fn assert_answered(request: &str, answer: &str, expected: &str, keeps: bool) {
    let (got, is_kept) = answered(request, answer, false);
    assert_bytes!(got, expected);
    assert_eq!(is_kept, keeps);
}

#[test]
fn an_answer_arrives_whole_however_it_is_cut() {
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                   2;x\r\nhe\r\n3\r\nllo\r\n0\r\nT: x\r\n\r\n";
    let until_end = "HTTP/1.1 200 OK\r\n\r\nhello";
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n\
                   HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for answer in [length, chunked, until_end, interim] {
        for rules in RULES {
            for cut in cuts(answer.as_bytes()) {
                let mut proxy = Proxy::with(1, |_| {}, |_| {}, rules);
                let (client, backend) = proxy.ask(GET);
                for piece in cut {
                    proxy.say(&backend, piece);
                }
                if answer == until_end {
                    proxy.finish(&backend);
                }
                let mut replies = super::since_ch15::replies(&client.got());
                let reply = replies.pop().unwrap();
                assert_eq!((reply.status, reply.text()), (200, "hello"), "{rules:?}");
                assert_eq!(replies.len(), usize::from(answer == interim));
                assert!(!client.is_finished());
                assert_eq!(backend.is_closed(), answer == until_end);
            }
        }
    }
}

/// The client has what has come, and need not wait for the rest.
#[test]
fn what_has_come_of_an_answer_goes_on_before_more_is_there() {
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(GET);
    proxy.say(&backend, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
    assert_bytes!(client.takes_out(), "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n");
    for piece in ["a", "bc", "def"] {
        proxy.say(&backend, piece);
        assert_bytes!(client.takes_out(), piece);
    }
    let (client, backend) = (proxy.client(GET), backend);
    proxy.say(&backend, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_bytes!(client.takes_out(), format!("{head}1\r\na\r\n"));
    // Of a chunk that is not complete, too.
    proxy.say(&backend, "10\r\nbc");
    assert_bytes!(client.takes_out(), "2\r\nbc\r\n");
}

#[test]
fn fields_of_the_backends_connection_alone_do_not_go_on() {
    let answer = "HTTP/1.1 200 OK\r\nConnection: keep-alive, Secret\r\nSet-Cookie: a=1\r\n\
                  Keep-Alive: timeout=5\r\nsecret: x\r\nProxy-Authenticate: Basic\r\n\
                  Set-Cookie: b=2\r\nUpgrade: h2c\r\nContent-Length: 0\r\nTrailer: X\r\n\r\n";
    let expected = "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\
                    Content-Length: 0\r\n\r\n";
    assert_answered(GET, answer, expected, true);
}

#[test]
fn the_length_goes_on_even_if_a_backend_says_that_it_is_for_us() {
    let answer = "HTTP/1.1 200 OK\r\nConnection: Content-Length\r\nContent-Length: 2\r\n\r\nHi";
    assert_answered(GET, answer, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi", true);
}

#[test]
fn a_reason_goes_on_and_so_does_none() {
    for reason in ["Very well", "I'm (a) teapot", ""] {
        let answer = format!("HTTP/1.1 299 {reason}\r\nContent-Length: 0\r\n\r\n");
        assert_answered(GET, &answer, &answer, true);
    }
}

#[test]
fn chunks_are_taken_apart_and_put_together_and_what_was_beside_them_ends_here() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: T\r\n\r\n\
                  003;x=\"y\"\r\nabc\r\n2\r\nde\r\n0;z\r\nT: x\r\n\r\n";
    let expected = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
    assert_answered(GET, answer, expected, true);
}

#[test]
fn an_old_client_gets_chunks_as_a_body_that_ends_with_its_connection() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let kept = "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
    for request in [OLD, kept] {
        assert_answered(request, answer, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc", false);
    }
}

#[test]
fn a_body_that_ends_with_the_connection_becomes_chunks() {
    let (got, is_kept) = answered(GET, "HTTP/1.1 200 OK\r\n\r\nhello", true);
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_bytes!(got, format!("{head}5\r\nhello\r\n0\r\n\r\n"));
    assert!(is_kept);
    let (got, is_kept) = answered(GET, "HTTP/1.0 200 OK\r\n\r\n", true);
    assert_bytes!(got, format!("{head}0\r\n\r\n"));
    assert!(is_kept);
}

#[test]
fn to_an_old_client_it_stays_what_it_is() {
    let (got, is_kept) = answered(OLD, "HTTP/1.1 200 OK\r\n\r\nhello", true);
    assert_bytes!(got, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
    assert!(!is_kept);
}

#[test]
fn an_answer_without_a_body_tells_how_long_it_would_be() {
    let head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    assert_answered(head, long, long, true);
    let not_modified = "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 1000\r\n\r\n";
    assert_answered(GET, not_modified, not_modified, true);
    for method in ["GET", "HEAD"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
        let bare = "HTTP/1.1 304 Not Modified\r\n\r\n";
        assert_answered(&request, bare, bare, true);
        // RFC 9110 section 8.6: a 204 has none.
        let empty = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
        assert_answered(&request, empty, "HTTP/1.1 204 No Content\r\n\r\n", true);
    }
    let (head_old, long_old) = (head.replace("1.1", "1.0"), long.replace("\r\n\r\n", ""));
    let expected = long_old + "\r\nConnection: close\r\n\r\n";
    assert_answered(&head_old, long, &expected, false);
}

#[test]
fn an_answer_to_head_in_chunks_has_none_and_says_nothing_of_a_length() {
    let head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_answered(head, chunked, "HTTP/1.1 200 OK\r\n\r\n", true);
    assert_answered(head, "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n", true);
    // What is no number is not told to anybody.
    let odd = "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n";
    assert_answered(head, odd, "HTTP/1.1 200 OK\r\n\r\n", true);
}

#[test]
fn after_an_answer_without_a_body_the_next_one_is_that_of_the_next_request() {
    let mut proxy = Proxy::new();
    let (client, backend) =
        proxy.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + GET + GET + GET);
    let long = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
    let cached = "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n";
    let empty = "HTTP/1.1 204 No Content\r\n\r\n";
    for answer in [long, cached, empty, OK] {
        proxy.say(&backend, answer);
        assert_bytes!(client.takes_out(), answer);
    }
    assert!(proxy.dialled().is_none());
}

#[test]
fn what_precedes_an_answer_goes_on_to_those_who_know_of_it() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    let said = "HTTP/1.1 103 Early Hints\r\nConnection: X\r\nX: y\r\nLink: </a>\r\n\r\n";
    for (request, expected) in [(GET, interim), (OLD, "")] {
        let mut proxy = Proxy::new();
        let (client, backend) = proxy.ask(request);
        proxy.say(&backend, said);
        assert_bytes!(client.takes_out(), expected);
        proxy.say(&backend, "HTTP/1.1 102 Processing\r\n\r\n".to_owned() + OK);
        let got = client.text();
        assert_eq!(got.contains("102 Processing\r\n\r\n"), !expected.is_empty());
        assert!(got.contains("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"), "{got}");
    }
}

#[test]
fn who_wants_to_be_the_last_is_told_so() {
    let close = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let expected = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nHi\n";
    assert_answered(close, OK, expected, false);
    let mut proxy = Proxy::new();
    let (_, backend) = proxy.ask(close);
    // That is between the client and us.
    assert_bytes!(backend.got(), passed_get());
    proxy.say(&backend, OK);
    assert!(!backend.is_closed());
}

#[test]
fn that_a_backend_closes_is_nothing_that_its_client_is_told() {
    let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nHi\n";
    assert_answered(GET, answer, OK, true);
    assert_answered(GET, &OK.replace("1.1", "1.0"), OK, true);
}

fn malformed() -> Vec<Vec<u8>> {
    let too_long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(MAX_HEAD));
    let many = "HTTP/1.1 103 Early Hints\r\nX: 1234567890\r\n\r\n".repeat(MAX_HEAD / 40);
    [
        "HTTP/1.1 200 OK\r\nX: \0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "\x16\x03\x01\x02\r\n\r\n",
        &too_long,
        &many,
    ]
    .map(|answer| answer.as_bytes().to_vec())
    .into()
}

#[test]
fn an_answer_that_cannot_be_understood_is_502_and_its_connection_is_not_used_again() {
    for answer in malformed() {
        let mut proxy = Proxy::new();
        let (client, backend) = proxy.ask(GET);
        proxy.say(&backend, &answer);
        let what = answer[..answer.len().min(60)].escape_ascii();
        let replies = super::since_ch15::replies(&client.got());
        let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
        assert_eq!(statuses.iter().filter(|&&status| status != 103).collect::<Vec<_>>(), [&502]);
        assert!(backend.is_closed(), "{what}");
        // The client is not to blame, and goes on.
        assert!(!client.is_finished(), "{what}");
        client.takes_out();
        client.send(GET);
        let second = proxy.backend();
        proxy.say(&second, OK);
        assert_bytes!(client.takes_out(), OK);
    }
}

#[test]
fn an_answer_that_cannot_be_understood_is_not_asked_for_elsewhere() {
    let mut proxy = Proxy::before(2, |_| {});
    let (client, backend) = proxy.ask(GET);
    proxy.say(&backend, "nonsense\r\n\r\n");
    assert_eq!(told(&client).0, 502);
    assert!(proxy.dialled().is_none());
}

/// A client, to which this part of an answer has come before its rest failed.
#[track_caller]
fn cut(request: &str, answer: &str, how: impl FnOnce(&Client)) -> Vec<u8> {
    let mut proxy = Proxy::before(2, |_| {});
    let (client, backend) = proxy.ask(request);
    proxy.say(&backend, answer);
    how(&backend);
    proxy.run();
    assert!(client.is_closed() && backend.is_closed());
    assert!(proxy.dialled().is_none(), "it is too late to ask somebody else");
    client.got()
}

#[test]
fn of_an_answer_that_ends_too_early_the_client_sees_that_it_is_cut() {
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n";
    let ends = |backend: &Client| {
        backend.finish();
    };
    let breaks = |backend: &Client| backend.reset();
    for how in [ends, breaks] {
        assert_bytes!(cut(GET, length, how), length);
        assert_bytes!(cut(GET, chunked, how), chunked);
        let in_a_chunk = chunked.to_owned() + "4\r\nlo";
        let got = cut(GET, &in_a_chunk, how);
        assert!(!got.ends_with(LAST_CHUNK) && !got.windows(3).any(|three| three == b"\n0\r"));
    }
    // What comes before garbage is delivered, and no end of it.
    let got = cut(GET, &(chunked.to_owned() + "garbage\r\n"), |_| {});
    assert_bytes!(got, chunked);
    // A body that should end with the connection, and is broken.
    let until_end = "HTTP/1.1 200 OK\r\n\r\nhel";
    let got = cut(GET, until_end, breaks);
    assert_bytes!(got, chunked);
    // An old client sees it by that alone that its connection is thrown away.
    let mut proxy = Proxy::new();
    let (client, backend) = proxy.ask(OLD);
    proxy.say(&backend, until_end);
    proxy.reset(&backend);
    assert!(client.is_closed() && !client.is_finished(), "as if all were well");
}

#[test]
fn a_long_answer_arrives_as_it_was() {
    let body: String = (0..100_000).map(|number| format!("{number}\n")).collect();
    for head in [
        format!("Content-Length: {}\r\n\r\n", body.len()),
        format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", body.len()),
        "\r\n".to_owned(),
    ] {
        let mut proxy = Proxy::new();
        let (client, backend) = proxy.ask(GET);
        proxy.say(&backend, format!("HTTP/1.1 200 OK\r\n{head}"));
        proxy.say(&backend, &body);
        if head.contains("chunked") {
            proxy.say(&backend, "\r\n0\r\n\r\n");
        }
        if head == "\r\n" {
            proxy.finish(&backend);
        }
        let (reply, length) = Reply::try_parse_first(&client.got(), false, false).unwrap().unwrap();
        assert_eq!(length, client.got().len());
        assert_bytes!(reply.body, body);
    }
}
