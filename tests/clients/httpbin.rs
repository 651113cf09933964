//! Chapter 19's client and httpbin, a server that was made to try clients on, under gunicorn.
//!
//! It takes a Python that has both: `python3`, or the one that `HTTPBIN_PYTHON` names.

use ch19::{FetchError, Limits, Request, Response, Session, Stage};
use launch::Server;
use mock::{PATIENCE, assert_bytes};
use serde_json::{Value, json};
use std::env;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

/// httpbin, if it is there.
fn start() -> Option<Server> {
    let python = env::var_os("HTTPBIN_PYTHON").unwrap_or_else(|| "python3".into());
    let mut look = Command::new(&python);
    look.args(["-c", "import httpbin, gunicorn"]).stderr(Stdio::null());
    if !look.status().is_ok_and(|status| status.success()) {
        let python = python.display();
        eprintln!("{python} has no httpbin and gunicorn: nothing is tested with them");
        return None;
    }
    let mut command = Command::new(python);
    // With threads it keeps connections.
    command.args(["-m", "gunicorn", "-b", "127.0.0.1:0", "-k", "gthread", "--threads", "4"]);
    command.arg("httpbin:app");
    let listens = |line: &str| {
        let url = line.split_once("Listening at: http://")?.1;
        url.split(' ').next()?.parse().ok()
    };
    let started = Server::start_with_errors(command, listens, PATIENCE);
    Some(started.unwrap_or_else(|error| panic!("gunicorn: {error}")))
}

#[test]
fn httpbin_answers_whatever_a_client_can_ask() {
    let Some(server) = start() else { return };
    let url = |path: &str| format!("http://{}{path}", server.address);
    let session = Session::default();
    let get = |path: &str| session.get(&url(path)).unwrap();
    let send = |request: Request| -> Value { session.send(request).unwrap().json().unwrap() };
    let get_json = |path: &str| -> Value { get(path).json().unwrap() };

    // Redirects: relative, absolute, and too many of them.
    for kind in ["redirect", "relative-redirect", "absolute-redirect"] {
        let answer = get(&format!("/{kind}/5"));
        assert_eq!((answer.status, answer.history.len()), (200, 5), "{kind}");
        assert_eq!(answer.url.path(), "/get");
    }
    match session.get(&url("/redirect/21")) {
        Err(FetchError::Redirects(places)) => assert_eq!(places.len(), 22),
        other => panic!("{:?}", other.map(|answer| answer.status)),
    }
    let post = |path: &str| Request::post(&url(path)).unwrap();
    for (status, form) in [(302, json!(null)), (307, json!({"a": "b"}))] {
        let to = if status == 302 { "get" } else { "post" };
        let path = format!("/redirect-to?url=/{to}&status_code={status}");
        assert_eq!(send(post(&path).form([("a", "b")]))["form"], form, "{status}");
    }

    // Cookies are kept, sent and taken back.
    assert_eq!(
        get_json("/cookies/set?soup=hot&bread=new")["cookies"],
        json!({"soup": "hot", "bread": "new"})
    );
    assert_eq!(get_json("/cookies/delete?bread")["cookies"], json!({"soup": "hot"}));
    assert_eq!(get_json("/cookies")["cookies"], json!({"soup": "hot"}));

    // Bodies.
    let said = send(post("/post").form([("name", "Ann Lee"), ("city", "Zürich & Bern")]));
    assert_eq!(said["form"], json!({"name": "Ann Lee", "city": "Zürich & Bern"}));
    let value = json!({"list": [1, 2.5, null], "word": "ä\u{1F35E}"});
    assert_eq!(send(post("/post").json(&value).unwrap())["json"], value);
    let put = Request::new("PUT", &url("/put")).unwrap().body("some text");
    assert_eq!(send(put)["data"], "some text");
    assert_eq!(get_json("/get?a=1&a=2&%C3%A4=%26")["args"], json!({"a": ["1", "2"], "ä": "&"}));

    // Chunks, and a length.
    let lines = get("/stream/20").text().unwrap();
    let ids = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone());
    assert_eq!(ids.collect::<Vec<_>>(), (0..20).map(Value::from).collect::<Vec<_>>());
    let read = |path: &str| get(path).bytes().unwrap();
    // Not /bytes: what that yields is of a type that gunicorn does not send.
    let letters = (b'a'..=b'z').cycle().take(50_000).collect::<Vec<_>>();
    assert_bytes!(read("/range/50000"), letters);
    assert_eq!(read("/stream-bytes/50000?seed=7&chunk_size=1000").len(), 50_000);
    let length = |answer: Response| answer.length();
    let ranged = Request::get(&url("/range/1000")).unwrap().header("Range", "bytes=10-19").unwrap();
    let ranged = session.send(ranged).unwrap();
    assert_eq!(ranged.status, 206);
    assert_bytes!(ranged.bytes().unwrap(), b"klmnopqrst");
    let head = session.send(Request::new("HEAD", &url("/range/9")).unwrap()).unwrap();
    assert_eq!((head.status, length(head)), (200, Some(9)));

    // A status is an answer, with or without a body.
    for status in [200, 204, 304, 404, 418, 500, 503] {
        assert_eq!(get(&format!("/status/{status}")).status, status);
    }

    // A password in a field, and none.
    assert_eq!(get("/basic-auth/a/b").status, 401);
    let asked = Request::get(&url("/basic-auth/a/b")).unwrap();
    assert_eq!(send(asked.header("Authorization", "Basic YTpi").unwrap())["user"], "a");

    // Nobody asked for gzip, and yet it comes: as it is.
    let zipped = get("/gzip");
    assert_eq!(zipped.headers.get_text("Content-Encoding"), Some("gzip"));
    let mut text = String::new();
    let bytes = zipped.bytes().unwrap();
    flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
    let text: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&text["gzipped"], &text["headers"]["Accept-Encoding"]),
        (&json!(true), &json!(null))
    );

    // A body that drips comes to its end, or the time does.
    assert_bytes!(read("/drip?duration=0.5&numbytes=5&delay=0"), b"*****");
    let hasty = Session::new(Limits { time: Duration::from_secs(1), ..Limits::default() });
    let dripping = hasty.get(&url("/drip?duration=60&numbytes=120&delay=0")).unwrap();
    match dripping.bytes() {
        Err(FetchError::Deadline(Stage::Body(count))) => assert!(count < 120, "{count}"),
        other => panic!("{other:?}"),
    }
    match hasty.get(&url("/delay/10")) {
        Err(FetchError::Deadline(Stage::Head)) => {}
        other => panic!("{:?}", other.map(|answer| answer.status)),
    }
}
