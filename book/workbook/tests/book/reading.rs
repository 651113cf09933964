//! The server behind the book, asked without a socket of its own.

use crate::sample::{CH01, Sample};
use ch13::{Headers, Request, Response, Version};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};
use std::thread;
use workbook::serve::chapter_servers::Servers;
use workbook::serve::exchange::LIMIT;
use workbook::serve::routes::server;
use workbook::serve::site::{Mark, Site};

/// A book on port 8000, without a socket.
struct Book {
    sample: Sample,
    server: ch13::HttpServer,
    site: Arc<Site>,
}

impl Book {
    fn new(sample: Sample) -> Self {
        Self::with(sample, Servers::default())
    }

    fn with(sample: Sample, servers: Servers) -> Self {
        let site = Arc::new(Site::new(sample.checkout(), sample.path("target/book")));
        Self { sample, server: server(&site, &Arc::new(servers), 8000), site }
    }

    fn ask(&self, method: &str, target: &str, fields: &[(&str, &str)], body: &[u8]) -> Response {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (target, None),
        };
        let mut headers = Headers::default();
        for (name, value) in fields {
            headers.add(name, value).unwrap();
        }
        self.server.on_request(&Request {
            method: method.to_owned(),
            target: target.to_owned(),
            path: path.to_owned(),
            query,
            version: Version::Http11,
            headers,
            body: body.to_vec(),
            peer: None,
        })
    }

    fn get(&self, target: &str) -> Response {
        self.ask("GET", target, &[("Host", "127.0.0.1:8000")], b"")
    }

    fn post(&self, target: &str, body: &[u8]) -> Response {
        self.ask("POST", target, &[("Host", "127.0.0.1:8000")], body)
    }
}

fn bytes(mut response: Response) -> Vec<u8> {
    let mut bytes = Vec::new();
    response.body.next_piece(&mut bytes).unwrap();
    assert_eq!(response.body.length(), Some(0), "a test's page is one piece");
    bytes
}

fn text(response: Response) -> String {
    String::from_utf8(bytes(response)).unwrap()
}

fn parsed(response: Response) -> serde_json::Value {
    serde_json::from_slice(&bytes(response)).unwrap()
}

#[test]
fn how_far_a_learner_is_with_an_exercise_is_news() {
    let book = Book::new(Sample::new());
    let news = |seen: u64| parsed(book.get(&format!("/workbook/news?since={seen}")));
    let build = |news: &serde_json::Value| news["build"].as_u64().unwrap();
    let first = news(0);
    assert_eq!(first["marks"], json!({}));
    let mark = Mark { passed: 1, tasks: 4 };
    book.site.mark("ch01-echo.html", Some(mark));
    // It is there at once, since it is news.
    let second = news(build(&first));
    assert_eq!(second["marks"], json!({ "ch01-echo.html": { "passed": 1, "tasks": 4 } }));
    assert_eq!(second["built"], first["built"], "a mark is no build");
    book.site.mark("ch01-echo.html", Some(mark));
    assert_eq!(build(&news(0)), build(&second), "the same mark again is no news");
    book.site.mark("ch01-echo.html", None);
    assert_eq!(news(build(&second))["marks"], json!({}));
}

#[test]
fn the_book_is_served() {
    let book = Book::new(Sample::new());
    assert_eq!(book.site.rebuild().1, None);
    let page = book.get("/ch01-echo.html");
    assert_eq!(page.status, 200);
    assert!(text(page).contains("pub fn say() {"));
    assert_eq!(book.get("/").status, 200);
    assert_eq!(book.get("/gone.html").status, 404);
    assert_eq!(book.get("/../Cargo.toml").status, 404);
}

#[test]
fn a_page_is_sent_again_only_when_it_was_built_anew() {
    let book = Book::new(Sample::new());
    book.site.rebuild();
    let first = book.get("/ch01-echo.html");
    assert_eq!(first.headers.get_text("Cache-Control"), Some("no-cache"));
    let tag = first.headers.get_text("ETag").unwrap();
    let again = || {
        let fields = [("Host", "127.0.0.1:8000"), ("If-None-Match", tag)];
        book.ask("GET", "/ch01-echo.html", &fields, b"")
    };
    assert_eq!(again().status, 304);
    assert_eq!(bytes(again()), b"");
    book.sample.write("book/src/ch01-echo.md", &format!("{CH01}\nAnother word.\n"));
    assert_eq!(book.site.rebuild().1, None);
    let anew = again();
    assert_eq!(anew.status, 200);
    assert!(text(anew).contains("Another word."));
}

#[test]
fn foreign_hosts_and_origins_are_refused() {
    let book = Book::new(Sample::new());
    book.site.rebuild();
    for target in ["/", "/workbook/news", "/workbook/wire/", "/workbook/wire/ch01"] {
        for method in ["GET", "POST"] {
            let foreign = book.ask(method, target, &[("Host", "example.org:8000")], b"");
            assert_eq!(foreign.status, 403, "{method} {target}");
            let ours = ("Host", "localhost:8000");
            let fields = [ours, ("Origin", "http://example.org")];
            assert_eq!(book.ask(method, target, &fields, b"").status, 403, "{method} {target}");
            assert_eq!(book.ask(method, target, &[], b"").status, 403, "{method} {target}");
        }
    }
    let fields = [("Host", "localhost:8000"), ("Origin", "http://localhost:8000")];
    assert_eq!(book.ask("GET", "/workbook/wire/", &fields, b"").status, 200);
}

#[test]
fn a_fault_is_news_and_the_last_good_book_stays() {
    let book = Book::new(Sample::new());
    book.site.rebuild();
    let first = parsed(book.get("/workbook/news"));
    assert_eq!(first["fault"], serde_json::Value::Null);

    book.sample.write("book/src/ch01-echo.md", &format!("{CH01}\n```rust\nx\n```\n"));
    assert!(book.site.rebuild().1.is_some());
    let second = parsed(book.get(&format!("/workbook/news?since={}", first["build"])));
    let fault = second["fault"].as_str().unwrap();
    assert!(fault.contains("book/src/ch01-echo.md:9: Rust that is typed by hand"), "{fault}");
    assert_eq!(second["built"], first["built"]);
    assert_eq!(book.get("/ch01-echo.html").status, 200);

    book.sample.write("book/src/ch01-echo.md", CH01);
    book.site.rebuild();
    let third = parsed(book.get(&format!("/workbook/news?since={}", second["build"])));
    assert_eq!(third["fault"], serde_json::Value::Null);
    assert_ne!(third["built"], first["built"]);
}

#[test]
fn who_waits_for_news_gets_them_when_the_book_was_built() {
    let book = Book::new(Sample::new());
    book.site.rebuild();
    let seen = book.site.news().build;
    thread::scope(|scope| {
        let asked = scope.spawn(|| parsed(book.get(&format!("/workbook/news?since={seen}"))));
        book.site.rebuild();
        assert_eq!(asked.join().unwrap()["build"], seen + 1);
    });
}

#[test]
fn a_book_that_was_never_built_says_what_is_wrong() {
    let book = Book::new(Sample::new().with("```rust\n<x>\n```\n"));
    book.site.rebuild();
    let page = book.get("/ch01-echo.html");
    assert_eq!(page.status, 503);
    let page = text(page);
    assert!(page.contains("ch01-echo.md:9"), "{page}");
    assert!(page.contains("&lt;x&gt;"), "{page}");
}

#[test]
fn the_console_talks_to_the_learners_own_server() {
    static PORT: OnceLock<u16> = OnceLock::new();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    PORT.set(listener.local_addr().unwrap().port()).unwrap();
    let book = Book::with(Sample::new(), Servers::with_own_ports(|_| *PORT.get().unwrap()));
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut conn, _) = listener.accept().unwrap();
            let mut got = Vec::new();
            conn.read_to_end(&mut got).unwrap();
            conn.write_all(&got).unwrap();
        });
        let answer = book.post("/workbook/wire/ch01?finish", b"\x00\xffhi\r\n");
        // If the console went elsewhere, the server above must not wait for ever.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, *PORT.get().unwrap()));
        let seen = parsed(answer);
        assert_eq!(seen["own"], true);
        assert_eq!(seen["port"], *PORT.get().unwrap());
        assert_eq!(seen["reads"], serde_json::json!(["00ff68690d0a"]));
        assert_eq!(seen["ended"], "closed");
    });
}

#[test]
fn the_console_refuses_what_it_cannot_do() {
    let book = Book::new(Sample::new());
    assert_eq!(book.post("/workbook/wire/ch77", b"").status, 404);
    assert_eq!(book.post("/workbook/wire/../ch01", b"").status, 404);
    assert_eq!(book.get("/workbook/wire/ch01").status, 405);
    assert_eq!(book.post("/workbook/wire/ch01", &vec![0; LIMIT + 1]).status, 413);
}
