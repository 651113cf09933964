//! Your tests of chapter 20's proxy. All of them pass on the chapter's own, and for each broken one
//! there is a test that fails.
//!
//! `ch20` is one of the proxies; which one, your tests cannot see. Look at what the section "Build"
//! of chapter 20 promises of what is passed on, of what is asked again, and of answers that break
//! off. No network is needed: the backends of `proxy_with` do what you have written down, whichever
//! of them is asked, and `requests` tells what they were asked.

use super::proxy::{Reply, proxy_with};

const HI: Reply = Reply::Stays("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi");

#[test]
fn an_answer_is_passed_on() {
    let mut proxy = proxy_with(1, &[HI]);
    let answer = proxy.ask("GET /page HTTP/1.1\r\nHost: one.test\r\n\r\n");
    assert!(answer.text.starts_with("HTTP/1.1 200 OK\r\n") && answer.text.ends_with("\r\n\r\nHi"));
    assert!(proxy.requests()[0].starts_with("GET /page HTTP/1.1\r\n"));
}

#[test]
fn what_connection_names_goes_no_further() {
    let mut proxy = proxy_with(1, &[HI]);
    proxy.ask(
        "GET / HTTP/1.1\r\nHost: one.test\r\nConnection: x-mine\r\nX-Mine: secret\r\n\
         X-Far: on\r\n\r\n",
    );
    let request = &proxy.requests()[0];
    assert!(!request.contains("secret") && request.contains("X-Far: on\r\n"), "{request}");
}

#[test]
fn a_get_is_tried_again_and_a_post_is_not() {
    for (line, body, status, times) in
        [("GET /", "", 200, 2), ("POST /buy", "", 502, 1), ("POST /buy", "soup", 502, 1)]
    {
        // The first backend that is asked leaves without a word.
        let mut proxy = proxy_with(2, &[Reply::Leaves(""), HI]);
        let length = body.len();
        let head = format!("{line} HTTP/1.1\r\nHost: one.test\r\nContent-Length: {length}\r\n\r\n");
        let answer = proxy.ask(&(head + body));
        assert!(answer.text.starts_with(&format!("HTTP/1.1 {status} ")), "{}", answer.text);
        assert_eq!(proxy.requests().len(), times, "{line}");
    }
}

#[test]
fn what_breaks_off_is_not_made_whole() {
    let cut = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nHi\r\n";
    let mut proxy = proxy_with(1, &[Reply::Leaves(cut)]);
    let answer = proxy.ask("GET / HTTP/1.1\r\nHost: one.test\r\n\r\n");
    assert!(answer.text.contains("Hi") && !answer.text.contains("\r\n0\r\n"), "{}", answer.text);
    assert!(answer.is_closed);
}
