//! Requests that a page of another site makes a browser send.

use ch18::{App, Application, Environ, RequestHead, Response, get, is_of_another_site};
use std::net::{Ipv4Addr, SocketAddr};

fn told(method: &str, fields: &str) -> Environ {
    let head = format!("{method} / HTTP/1.1\r\nHost: our.site:8018\r\n{fields}\r\n");
    let head = RequestHead::parse(head.as_bytes(), None).unwrap().expect("a whole head");
    Environ::of(&head.request, SocketAddr::from((Ipv4Addr::LOCALHOST, 8018))).unwrap()
}

#[test]
fn what_a_page_of_another_site_sends_is_told_apart_from_what_our_own_sends() {
    let ours = ["", "Origin: http://our.site:8018\r\n", "Origin: https://our.site:8018\r\n"];
    let others = [
        "Origin: http://evil.example\r\n",
        "Origin: http://our.site\r\n",
        "Origin: http://our.site:8019\r\n",
        "Origin: http://not.our.site:8018\r\n",
        "Origin: http://our.site:8018.evil.example\r\n",
        "Origin: ftp://our.site:8018\r\n",
        "Origin: our.site:8018\r\n",
        "Origin: null\r\n",
        "Origin:\r\n",
        "Origin: http://our.site:8018\r\nOrigin: http://evil.example\r\n",
        "Origin: \u{e4}\r\n",
    ];
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        for fields in ours {
            assert!(!is_of_another_site(&told(method, fields)), "{method} {fields}");
        }
        for fields in others {
            assert!(is_of_another_site(&told(method, fields)), "{method} {fields}");
        }
    }
    // They change nothing, and links lead here from everywhere.
    for method in ["GET", "HEAD", "OPTIONS"] {
        for fields in others {
            assert!(!is_of_another_site(&told(method, fields)), "{method} {fields}");
        }
    }
}

#[test]
fn a_handler_does_not_see_what_another_site_sends() {
    let mut app = App::default();
    let handler = |_: &mut ch18::Call<'_>| Ok(Response::text("written"));
    app.route("/", get(handler).post(handler)).unwrap();
    let status = |method, fields| app.answer(&told(method, fields), &mut &b""[..]).unwrap().status;
    assert_eq!(status("POST", "Origin: http://our.site:8018\r\n"), 200);
    assert_eq!(status("POST", "Origin: http://evil.example\r\n"), 403);
    assert_eq!(status("GET", "Origin: http://evil.example\r\n"), 200);
}
