//! The same application under every server of the course that hands out bodies.

use super::requests::{ADDRESS, Any, last, last_post, tell_all};
use crate::event_loop::LoopServer;
use crate::task_server::TaskServer;
use anyhow::{Result, bail};
use ch17::{Body, Environ, HttpError, Mounts, Response};
use ch17::{caught, compressed, gateway, hello};
use mock::{Incoming, Live, Reply, assert_bytes};
use std::io::Read;

/// Bytes, pieces, errors, a body that is read, one that is not.
fn site() -> Any {
    let pieces = |_: &Environ, _: &mut dyn Read| {
        let pieces = ["one", "two", "three"].into_iter().map(|piece| Ok(piece.into()));
        Ok(Response::new(200).stream(Body::Pieces(Box::new(pieces))))
    };
    let missing =
        |_: &Environ, _: &mut dyn Read| -> Result<Response> { Err(HttpError(410).into()) };
    let fails = |_: &Environ, _: &mut dyn Read| -> Result<Response> { bail!("the cook is ill") };
    let moved = |_: &Environ, _: &mut dyn Read| -> Result<Response> {
        Err(ch17::LocalRedirect("/hello?name=Ann".into()).into())
    };
    let site = Mounts::default()
        .mount("/hello", compressed(hello))
        .mount("/tell", tell_all)
        .mount("/pieces", compressed(pieces))
        .mount("/missing", missing)
        .mount("/fails", fails)
        .mount("/moved", moved);
    #[cfg(unix)]
    let site = site.mount(
        "/cgi",
        super::shell::cgi(
            "printf 'Status: 418\\nContent-Type: a/b\\n\\n'; printf %s \"$PATH_INFO\"; cat",
        ),
    );
    Any::new(caught(false, site))
}

/// The requests, each the last one on its connection.
fn requests() -> Vec<Vec<u8>> {
    let zipped = |target: &str| last(target).replace("Host", "Accept-Encoding: gzip\r\nHost");
    let chunked = "POST /tell HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\
        Connection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let mut requests: Vec<_> = [
        last("/hello?name=Ann+Lee"),
        zipped("/hello"),
        last("/tell/a%20b?c"),
        last("/pieces"),
        zipped("/pieces"),
        last("/pieces").replace("HTTP/1.1", "HTTP/1.0"),
        last("/pieces").replace("GET", "HEAD"),
        last("/missing"),
        last("/fails"),
        last("/nothing"),
        last("/%zz"),
        last("/cgi/a%20b"),
        chunked.to_owned(),
        chunked.replace("/tell", "/moved"),
    ]
    .map(String::into_bytes)
    .into();
    requests.extend(["/tell", "/cgi", "/moved"].map(|target| last_post(target, b"the \0body")));
    requests.push(last_post("/tell", &[b'x'; 100_000]));
    requests
}

/// What a server answers to all requests, without the dates and the clients' ports.
fn answers(serve: impl FnOnce(Incoming) + Send) -> Vec<String> {
    Live::run(serve, |live| {
        let answer = |request: Vec<u8>| {
            let mut client = live.connect();
            client.send(&request);
            let (bytes, _) = client.read_to_end();
            let is_head = request.starts_with(b"HEAD ");
            Reply::try_parse_first(&bytes, is_head, true).unwrap().expect("a whole answer");
            let lines = bytes.split_inclusive(|&byte| byte == b'\n');
            let lines = lines
                .filter(|line| !line.starts_with(b"Date: ") && !line.starts_with(b"REMOTE_PORT="));
            lines.map(|line| line.escape_ascii().to_string() + "\n").collect()
        };
        requests().into_iter().map(answer).collect()
    })
}

/// A server of a chapter that has the site, by this way of registering a handler.
macro_rules! server {
    ($chapter:ident, reading) => {{
        let mut server = $chapter::HttpServer::default();
        let answer = gateway(ADDRESS, site());
        server.register_reading(|_| true, move |request, body| answer(request, body));
        server
    }};
    ($chapter:ident, waiting) => {{
        let mut server = $chapter::HttpServer::default();
        let answer = gateway(ADDRESS, site());
        server.register_waiting(|_| true, move |request| answer(request, &mut &request.body[..]));
        server
    }};
}

#[test]
fn an_application_gives_the_same_bytes_under_every_server() {
    // That of chapter 13.
    let expected = answers(|incoming| server!(ch17, reading).serve(incoming));
    let all: [(&str, Vec<String>); 6] = [
        ("ch12", answers(|incoming| server!(ch12, reading).serve(incoming))),
        (
            "ch14",
            answers(|incoming| {
                let _ = server!(ch14, reading).serve(incoming);
            }),
        ),
        ("ch15", answers(|incoming| LoopServer::new(server!(ch15, reading)).serve(incoming))),
        (
            "ch15 waiting",
            answers(|incoming| LoopServer::new(server!(ch15, waiting)).serve(incoming)),
        ),
        ("ch16", answers(|incoming| TaskServer::new(server!(ch16, reading)).serve(incoming))),
        (
            "ch16 waiting",
            answers(|incoming| TaskServer::new(server!(ch16, waiting)).serve(incoming)),
        ),
    ];
    for (server, answers) in all {
        for ((answer, expected), request) in answers.iter().zip(&expected).zip(requests()) {
            let request = request[..request.len().min(200)].escape_ascii();
            assert_bytes!(answer, expected);
            assert!(!answer.is_empty(), "{server}: {request}");
        }
    }
    // They are those that they should be.
    assert!(expected[0].contains("<h1>Hello, Ann Lee!</h1>"), "{}", expected[0]);
    assert!(expected[3].contains("3\\r\\n\none\\r\\n\n3\\r\\n\ntwo\\r\\n\n5"), "{}", expected[3]);
    let statuses = expected.iter().map(|answer| answer[9..12].to_owned()).collect::<Vec<_>>();
    assert_eq!(statuses[7..11], ["410", "500", "404", "400"]);
    assert!(expected[12].ends_with("abcde\n"), "{}", expected[12]);
    assert!(expected[13].contains("Hello, Ann!"));
}
