//! The server on which clients are tried.

use super::scripted::url;
use ch16::{Executor, HttpServer, HttpSite, Mio, Pool};
use ch19::{
    Limits, Request, Response, Session, by_event_loop, by_futures, download, register_trial,
    register_waiting,
};
use mock::assert_bytes;
use serde_json::{Value, json};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

const DELAY: Duration = Duration::from_millis(20);

/// Where it listens: one for all tests, which runs until they are done.
fn address() -> SocketAddr {
    static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();
    *ADDRESS.get_or_init(|| {
        let (say, said) = mpsc::channel();
        thread::spawn(move || {
            let folder = tempfile::tempdir().expect("a temporary folder");
            fs::write(folder.path().join("numbers"), "0123456789".repeat(10_000)).unwrap();
            let mut server = HttpServer::default();
            register_trial(&mut server, folder.path());
            let pool = Pool::detached(2, 100).unwrap();
            let mut executor = Executor::new(Mio::new().unwrap());
            let handle = executor.handle().clone();
            let site = HttpSite::new(Arc::new(server), Arc::new(pool), &handle);
            register_waiting(&site, handle.clock(), DELAY);
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            say.send(listener.local_addr().unwrap()).unwrap();
            let listener = handle.listen(listener).unwrap();
            executor.run(async move { site.serve(listener).await })
        });
        said.recv_timeout(mock::patience()).expect("it listens")
    })
}

fn of(path: &str) -> String {
    format!("http://{}{path}", address())
}

fn get(path: &str) -> Response {
    Session::default().get(&of(path)).expect("an answer")
}

fn page(path: &str) -> (u16, String) {
    let response = get(path);
    (response.status, response.text().expect("text"))
}

#[test]
fn it_lists_its_pages() {
    let (status, list) = page("/");
    assert_eq!(status, 200);
    for path in [
        "/page/",
        "/delay/",
        "/echo",
        "/status/",
        "/redirect/",
        "/see-other",
        "/same-method",
        "/cookies",
        "/cookies/set",
        "/files/",
    ] {
        assert!(list.lines().any(|line| line.starts_with(path)), "{path}");
    }
}

#[test]
fn a_page_comes_after_a_delay() {
    let started = Instant::now();
    assert_eq!(page("/page/7"), (200, "this is page 7\n".into()));
    assert!(started.elapsed() >= DELAY);
    let started = Instant::now();
    assert_eq!(page("/delay/30"), (200, "after 30 ms\n".into()));
    assert!(started.elapsed() >= Duration::from_millis(30));
    for path in ["/delay/x", "/delay/", "/delay/60001", "/delay/-1"] {
        assert_eq!(page(path).0, 404, "{path}");
    }
}

#[test]
fn what_was_asked_is_told() {
    let request = Request::new("PUT", &of("/echo?a=b")).unwrap().header("X-Own", "c").unwrap();
    let response = Session::default().send(request.json(&json!({"ä": 1})).unwrap()).unwrap();
    assert_eq!(response.headers.get_text("Content-Type"), Some("application/json"));
    let told: Value = response.json().unwrap();
    assert_eq!(told["method"], "PUT");
    assert_eq!(told["target"], "/echo?a=b");
    assert_eq!(told["body"], r#"{"ä":1}"#);
    let fields = told["headers"].as_array().unwrap();
    assert!(fields.contains(&json!(["X-Own", "c"])), "{fields:?}");
    assert!(fields.contains(&json!(["Content-Type", "application/json"])), "{fields:?}");
    assert!(fields.contains(&json!(["Host", address().to_string()])), "{fields:?}");
}

#[test]
fn a_status_is_answered_with_it() {
    for status in [200, 299, 404, 500, 599] {
        assert_eq!(page(&format!("/status/{status}")), (status, format!("{status}\n")));
    }
    assert_eq!(page("/status/204"), (204, String::new()));
    for path in ["/status/", "/status/x", "/status/99", "/status/101", "/status/1000"] {
        assert_eq!(page(path).0, 404, "{path}");
    }
}

#[test]
fn so_many_redirects_lead_to_a_page() {
    for count in [0, 1, 20] {
        let response = get(&format!("/redirect/{count}"));
        assert_eq!(response.history.len(), count);
        assert_eq!(response.text().unwrap(), "arrived\n");
    }
    assert!(Session::default().get(&of("/redirect/21")).is_err());
    assert_eq!(page("/redirect/x").0, 404);
}

#[test]
fn some_redirects_keep_the_method_and_some_do_not() {
    for (path, method, body) in [("/see-other", "GET", ""), ("/same-method", "POST", "a=b+c")] {
        let request = Request::post(&of(path)).unwrap().form([("a", "b c")]);
        let told: Value = Session::default().send(request).unwrap().json().unwrap();
        assert_eq!((&told["method"], &told["body"]), (&json!(method), &json!(body)), "{path}");
    }
}

#[test]
fn cookies_are_set_and_told() {
    let session = Session::default();
    let told = |path: &str| session.get(&of(path)).unwrap().json::<Value>().unwrap();
    assert_eq!(told("/cookies"), json!({}));
    assert_eq!(told("/cookies/set?a=1&b=2"), json!({"a": "1", "b": "2"}));
    assert_eq!(told("/cookies/set?a=3"), json!({"a": "3", "b": "2"}));
    assert_eq!(told("/cookies"), json!({"a": "3", "b": "2"}));
    // Another session is another client.
    assert_eq!(
        Session::default().get(&of("/cookies")).unwrap().json::<Value>().unwrap(),
        json!({})
    );
}

#[test]
fn files_are_served_and_downloads_gone_on_with() {
    assert!(page("/files/").1.contains("numbers"));
    assert_eq!(page("/files/none").0, 404);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("to");
    let whole = "0123456789".repeat(10_000).into_bytes();
    let fetch = |to: &Path| {
        let request = Request::get(&of("/files/numbers")).unwrap();
        download(&Session::default(), request, to, &mut |_| {}).unwrap()
    };
    assert_eq!((fetch(&to).resumed_at, fs::read(&to).unwrap()), (0, whole.clone()));
    // As if it had been cut off.
    let headers = get("/files/numbers").headers;
    let tag = headers.get_text("ETag").expect("a name of the version");
    let note = json!({"url": of("/files/numbers"), "validator": tag});
    fs::write(folder.path().join("to.part"), &whole[..70_001]).unwrap();
    fs::write(folder.path().join("to.part.json"), note.to_string()).unwrap();
    fs::remove_file(&to).unwrap();
    assert_eq!(fetch(&to).resumed_at, 70_001);
    assert_bytes!(fs::read(&to).unwrap(), whole);
}

#[test]
fn its_pages_are_fetched_side_by_side() {
    let urls: Vec<_> = (0..30).map(|number| url(&of(&format!("/page/{number}")))).collect();
    for way in [by_event_loop, by_futures] {
        let pages = way(&urls, &Limits::default(), 30).unwrap();
        for (number, page) in pages.into_iter().enumerate() {
            assert_bytes!(page.unwrap().body, format!("this is page {number}\n"));
        }
    }
}
