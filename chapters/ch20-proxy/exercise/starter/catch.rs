//! Your tests of chapter 20's proxy. All of them pass on the chapter's own, and for each broken one
//! there is a test that fails.
//!
//! `ch20` is one of the proxies; which one, your tests cannot see. Look at what the section "Build"
//! of chapter 20 promises of what is passed on, of what is asked again, and of answers that break
//! off. No network is needed: the backends of `proxy_with` do what you have written down, whichever
//! of them is asked, and `requests` tells what they were asked.

use super::proxy::{Reply, proxy_with};

#[test]
fn an_answer_is_passed_on() {
    let mut proxy =
        proxy_with(1, &[Reply::Stays("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHi")]);
    let answer = proxy.ask("GET /page HTTP/1.1\r\nHost: one.test\r\n\r\n");
    assert!(answer.text.starts_with("HTTP/1.1 200 OK\r\n") && answer.text.ends_with("\r\n\r\nHi"));
    assert!(proxy.requests()[0].starts_with("GET /page HTTP/1.1\r\n"));
    todo!("this passes on broken ones too: which fields, which requests, and which ends?")
}
