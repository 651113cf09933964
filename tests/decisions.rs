//! What chapter 18's `App`, Flask and axum decide where a framework has to: the table of chapter
//! 18.
//!
//! One that is not there is named, and is not asked. Flask comes with Python (`pip install flask`);
//! axum is asked by a program that no `cargo test` compiles:
//! `cargo build -p peers --bin peer-axum`.

use ch18::{App, Call, Fault, HttpServer, Response, gateway, get, prefix};
use course_tests::tables::{Column, compare};
use launch::{Server, installed, listening_on};
use mock::{Live, PATIENCE, Reply, TcpClient};
use std::env;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Where the page finds it.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/measured/decisions.md");

/// Which crates the workspace is made of.
const LOCK: &str = include_str!("../Cargo.lock");

/// What is asked of each of them, and what of it is of interest.
const QUESTIONS: [(&str, &str); 14] = [
    ("`/a/{x}/c` and `/a/b/{y}`: GET `/a/b/c`", "GET /a/b/c"),
    ("… GET `/a/b/d`", "GET /a/b/d"),
    ("… GET `/a/d/c`", "GET /a/d/c"),
    ("`/hello/{name}`: GET `/hello/a%2Fb`", "GET /hello/a%2Fb"),
    ("… GET `/hello/%FF`", "GET /hello/%FF"),
    ("`/day/`: GET `/day?x=1`", "GET /day?x=1"),
    ("… POST `/day`", "POST /day"),
    ("`/menu`, which has GET alone: GET `/menu/`", "GET /menu/"),
    ("… HEAD", "HEAD /menu"),
    ("… OPTIONS", "OPTIONS /menu"),
    ("… POST", "POST /menu"),
    ("… BREW, a method that nobody knows", "BREW /menu"),
    ("a path that is none", "GET /none"),
    ("a handler that panics, or raises what nobody knows", "GET /fails"),
];

/// The row that no request asks.
const CONFLICT: &str = "`/{x}` and `/{y}` in one site";

/// Says what was captured.
fn said(name: &'static str) -> impl Fn(&mut Call<'_>) -> anyhow::Result<Response> + Send + Sync {
    move |call| Ok(Response::text(format!("{name}={}", call.capture::<String>(name)?)))
}

fn hello(call: &mut Call<'_>) -> anyhow::Result<Response> {
    Ok(Response::text(format!("Hello, {}!\n", call.capture::<String>("name")?)))
}

/// The site, made with ours.
fn app() -> App {
    let day = |_: &mut Call<'_>| Ok(Response::text("day"));
    let mut app = App::default();
    for (pattern, methods) in [
        ("/a/{x}/c", get(said("x"))),
        ("/a/b/{y}", get(said("y"))),
        ("/hello/{name}", get(hello)),
        ("/day/", get(day).post(day)),
        ("/menu", get(|_| Ok(Response::text("menu")))),
        ("/fails", get(|_| panic!("the soup is cold"))),
    ] {
        app.route(pattern, methods).expect("a route");
    }
    let page = |_: &mut Call<'_>, fault: Fault<'_>| {
        Ok(Response::text(format!("own page {}", fault.status)))
    };
    app.set_page(None, page);
    app
}

/// The same, made with Flask. It says where it listens.
const FLASK: &str = r#"
from flask import Flask
from werkzeug.serving import make_server

app = Flask(__name__)
app.add_url_rule("/a/<x>/c", "x", lambda x: f"x={x}")
app.add_url_rule("/a/b/<y>", "y", lambda y: f"y={y}")
app.add_url_rule("/hello/<name>", "name", lambda name: f"Hello, {name}!\n")
app.add_url_rule("/day/", "day", lambda: "day", methods=["GET", "POST"])
app.add_url_rule("/menu", "menu", lambda: "menu")
app.add_url_rule("/fails", "fails", lambda: 1 / 0)
app.add_url_rule("/conflict/<x>", "first", lambda x: "first")
app.add_url_rule("/conflict/<y>", "second", lambda y: "second")

@app.errorhandler(Exception)
def page(error):
    status = getattr(error, "code", 500)
    return f"own page {status}", status

server = make_server("127.0.0.1", 0, app, threaded=True)
print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"#;

/// The bytes of an answer, to the end of the connection.
fn ask(address: SocketAddr, line: &str) -> Vec<u8> {
    let mut client = TcpClient::connect(address);
    client.send(format!(
        "{line} HTTP/1.1\r\nHost: {address}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    ));
    client.read_to_end().0
}

/// What of an answer is of interest, as a cell.
fn cell(address: SocketAddr, line: &str) -> String {
    let is_head = line.starts_with("HEAD ");
    let bytes = ask(address, line);
    if bytes.is_empty() {
        return "no answer: the connection is closed".to_owned();
    }
    let reply = match Reply::try_parse_first(&bytes, is_head, true) {
        Ok(Some((reply, _))) => reply,
        other => panic!("{other:?}: {}", bytes.escape_ascii()),
    };
    let mut parts = vec![reply.status.to_string()];
    if let Some(location) = reply.header("Location") {
        parts.push(format!("to `{}`", location.replace(&address.to_string(), "HOST")));
    }
    if let Some(allow) = reply.header("Allow") {
        // Some say it in another order each time.
        let mut methods: Vec<_> = allow.split(',').map(str::trim).collect();
        methods.sort_unstable();
        parts.push(format!("`Allow: {}`", methods.join(", ")));
    }
    if is_head {
        let length = reply.header("Content-Length").unwrap_or("unknown");
        parts.push(format!("`Content-Length: {length}`"));
    }
    let body = reply.text().replace('\u{fffd}', "U+FFFD");
    parts.push(match &*body {
        "" => "no body".to_owned(),
        text if text == format!("own page {}", reply.status) => "own page".to_owned(),
        text if ["x=", "y=", "Hello, "].iter().any(|start| text.starts_with(start)) => {
            format!("`{}`", text.trim_end())
        }
        _ => "another page".to_owned(),
    });
    parts.join(", ")
}

/// Asks a site that runs. What came of two routes for the same paths, was found out before.
fn observe(head: String, address: SocketAddr, conflict: &str) -> Column {
    let first = (CONFLICT.to_owned(), conflict.to_owned());
    let rows = QUESTIONS.map(|(row, line)| (row.to_owned(), cell(address, line)));
    Column { head, cells: std::iter::once(first).chain(rows).collect() }
}

fn ours() -> Column {
    let mut conflicting = App::default();
    conflicting.route("/{x}", get(said("x"))).expect("the first one is a route");
    let conflict = match conflicting.route("/{y}", get(said("y"))) {
        Err(_) => "an error at start",
        Ok(()) => "nothing is said",
    };
    let answer = gateway(SocketAddr::from((Ipv4Addr::LOCALHOST, 8018)), app());
    let mut server = HttpServer::default();
    server.register_reading(prefix("/"), move |request, body| answer(request, body));
    Live::run(
        |incoming| server.serve(incoming),
        |live| observe("ch18".to_owned(), live.addr(), conflict),
    )
}

/// What Python prints, if it comes to its end.
fn python(script: &str) -> Option<String> {
    let output = Command::new("python3").args(["-c", script]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn flask() -> Option<Column> {
    let version = "import flask, importlib.metadata as data; print(data.version('flask'))";
    let Some(version) = python(version).filter(|_| installed("python3")) else {
        eprintln!("there is no Flask: it is not asked");
        return None;
    };
    let mut command = Command::new("python3");
    command.args(["-c", FLASK]).stderr(Stdio::null());
    let listens = |line: &str| line.strip_prefix("listening on ")?.parse().ok();
    let server = Server::start(command, listens, PATIENCE).expect("Flask starts");
    let conflict = match ask(server.address, "GET /conflict/1") {
        said if said.ends_with(b"first") => "the first one is called",
        said if said.ends_with(b"second") => "the second one is called",
        said => panic!("{}", said.escape_ascii()),
    };
    Some(observe(format!("Flask {version}"), server.address, conflict))
}

/// The program that asks for axum, if somebody has built it where this test was built.
fn peer() -> Option<PathBuf> {
    let this = env::current_exe().ok()?;
    // It lies in `deps`.
    let folder = this.parent()?.parent()?;
    Some(folder.join(format!("peer-axum{}", env::consts::EXE_SUFFIX))).filter(|one| one.is_file())
}

fn axum() -> Option<Column> {
    let Some(program) = peer() else {
        eprintln!("cargo build -p peers --bin peer-axum was not called: axum is not asked");
        return None;
    };
    let lock: toml::Table = LOCK.parse().expect("Cargo.lock is TOML");
    let mut packages = lock["package"].as_array().expect("packages").iter();
    let package = packages.find(|one| one["name"].as_str() == Some("axum")).expect("axum is one");
    let version = package["version"].as_str().expect("a version");

    let mut conflicting = Command::new(&program);
    conflicting.args(["127.0.0.1:0", "--conflict"]).stdin(Stdio::null());
    let ended = conflicting.output().expect("it can be started");
    let conflict = match String::from_utf8_lossy(&ended.stderr) {
        said if !ended.status.success() && said.contains("panicked") => "a panic at start",
        said => panic!("{}: {said}", ended.status),
    };
    let mut command = Command::new(program);
    command.arg("127.0.0.1:0").stderr(Stdio::null());
    let server = Server::start(command, listening_on, PATIENCE).expect("axum starts");
    Some(observe(format!("axum {version}"), server.address, conflict))
}

#[test]
fn the_table_of_the_page_shows_what_each_framework_decides() {
    let columns: Vec<_> = [Some(ours()), flask(), axum()].into_iter().flatten().collect();
    compare(&columns, 3, FILE);
}
