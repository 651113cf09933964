//! What chapter 20, nginx and haproxy make of the same messages, each between a client and a
//! backend that say what no library would: the tables of the book.

use super::peers::{Peer, haproxy, nginx, version};
use crate::gateways::peers::folder;
use ch20::{Executor, HttpServer, HttpSite, Mio, Pool, Stop, Upstream, UpstreamSettings};
use course_tests::tables::{Column, compare, recorded};
use socket2::{Domain, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Where the page finds them: `proxies-requests.md`, and so on.
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../book/measured/proxies-");

/// How long anything is waited for that must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long something is waited for that has not come when the table was made.
const SHORT: Duration = Duration::from_secs(1);

/// How long a backend may be silent where the row is about one that is silent for longer.
const BRIEF: Duration = Duration::from_secs(2);

/// How many rows are played side by side.
const AT_ONCE: usize = 12;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Ours,
    Nginx,
    Haproxy,
}

/// A proxy that runs until this is dropped.
enum Running {
    Ours { stop: Stop, thread: Option<JoinHandle<()>> },
    Other { _peer: Peer, _folder: TempDir },
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Self::Ours { stop, thread } = self {
            stop.request();
            let ended = thread.take().unwrap().join();
            assert!(ended.is_ok() || thread::panicking());
        }
    }
}

/// A proxy of this kind, whose backends may be silent for `time`.
fn start(kind: Kind, backends: &[SocketAddr], time: Duration) -> (Running, SocketAddr) {
    let peer = |start: &dyn Fn(&TempDir) -> Option<Peer>| {
        let folder = folder();
        let peer = start(&folder).expect("it was there before");
        let address = peer.address;
        (Running::Other { _peer: peer, _folder: folder }, address)
    };
    let seconds = time.as_secs();
    match kind {
        Kind::Ours => ours(backends, time),
        Kind::Nginx => {
            peer(&|folder| nginx(folder.path(), |at| nginx_settings(at, backends, seconds)))
        }
        Kind::Haproxy => {
            peer(&|folder| haproxy(folder.path(), |bind| haproxy_settings(bind, backends, seconds)))
        }
    }
}

fn ours(backends: &[SocketAddr], time: Duration) -> (Running, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let backends: Vec<_> = backends.iter().map(|address| (*address, 1)).collect();
    let mut server = HttpServer::default();
    server.limits.stop_time = Duration::ZERO;
    let stop = server.stop.clone();
    let thread = thread::spawn(move || {
        let settings = UpstreamSettings { answer_time: time, ..UpstreamSettings::default() };
        let pool = Pool::detached(1, 1).unwrap();
        let mut executor = Executor::new(Mio::new().unwrap());
        let handle = executor.handle().clone();
        let site = HttpSite::new(Arc::new(server), Arc::new(pool), &handle);
        site.register_upstream(|_| true, Upstream::new(&backends, settings));
        let listener = handle.listen(listener).unwrap();
        executor.run(async move { site.serve(listener).await }).unwrap();
    });
    (Running::Ours { stop, thread: Some(thread) }, address)
}

/// The page shows what stands in `upstream` and `location`.
fn nginx_settings(address: SocketAddr, backends: &[SocketAddr], seconds: u64) -> String {
    let servers = backends.iter().map(|one| format!("server {one};")).collect::<String>();
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = kinds.map(|kind| format!("{kind}_temp_path {kind};")).concat();
    format!(
        "daemon off; worker_processes 1; pid pid; error_log stderr; events {{}}
         http {{
             access_log off; {temporary}
             upstream backends {{ {servers} keepalive 8; }}
             server {{
                 listen {address};
                 location / {{
                     proxy_pass http://backends;
                     proxy_http_version 1.1;
                     proxy_set_header Connection \"\";
                     proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                     proxy_read_timeout {seconds}s;
                 }}
             }}
         }}"
    )
}

fn haproxy_settings(bind: &str, backends: &[SocketAddr], seconds: u64) -> String {
    let servers = backends.iter().enumerate();
    let servers = servers.map(|(n, one)| format!("    server s{n} {one}\n")).collect::<String>();
    format!(
        "defaults
    mode http
    timeout client 30s
    timeout connect 3s
    timeout server {seconds}s
frontend clients
    bind {bind}
    default_backend backends
backend backends
    option forwardfor
{servers}"
    )
}

// The backend

/// What a backend does with a request.
#[derive(Clone)]
enum Answer {
    /// Sends this, and waits for the next request.
    Keeps(String),
    /// Sends this, and closes.
    Closes(String),
    /// Sends this, and nothing more until the other side closes.
    Waits(String),
}
use Answer::{Closes, Keeps, Waits};

fn ok() -> Answer {
    Keeps("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned())
}

/// What backends have been asked, all in one list. Clones are the same.
#[derive(Clone, Default)]
struct Asked(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    requests: Vec<String>,
    connections: usize,
}

impl Asked {
    fn requests(&self) -> Vec<String> {
        self.0.lock().unwrap().requests.clone()
    }
}

/// Backends that answer in turn what `answers` say, the last one again and again.
fn backends(count: usize, answers: Vec<Answer>) -> (Vec<SocketAddr>, Asked) {
    let asked = Asked::default();
    let answers = Arc::new(answers);
    let addresses = (0..count).map(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, answers) = (asked.clone(), Arc::clone(&answers));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (asked, answers) = (asked.clone(), Arc::clone(&answers));
                asked.0.lock().unwrap().connections += 1;
                // It fails when the other side is gone.
                thread::spawn(move || answer(&stream.unwrap(), &asked, &answers));
            }
        });
        address
    });
    (addresses.collect(), asked)
}

fn answer(mut stream: &TcpStream, asked: &Asked, answers: &[Answer]) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut received = Vec::new();
    loop {
        let request = read_request(stream, &mut received)?;
        let number = {
            let mut state = asked.0.lock().unwrap();
            state.requests.push(request);
            state.requests.len() - 1
        };
        match &answers[number.min(answers.len() - 1)] {
            Keeps(bytes) => stream.write_all(bytes.as_bytes())?,
            Closes(bytes) => return stream.write_all(bytes.as_bytes()),
            Waits(bytes) => {
                stream.write_all(bytes.as_bytes())?;
                stream.read_to_end(&mut Vec::new())?;
                return Ok(());
            }
        }
    }
}

/// Reads a head.
fn read_head(mut stream: &TcpStream, received: &mut Vec<u8>) -> io::Result<String> {
    loop {
        if let Some(end) = find(received, b"\r\n\r\n") {
            let head: Vec<u8> = received.drain(..end + 4).collect();
            return Ok(String::from_utf8_lossy(&head).into_owned());
        }
        read_more(&mut stream, received)?;
    }
}

/// Reads a request with its body, as it stands there.
fn read_request(mut stream: &TcpStream, received: &mut Vec<u8>) -> io::Result<String> {
    let mut request = read_head(stream, received)?;
    let length = values(&request, "Content-Length").first().and_then(|text| text.parse().ok());
    let is_chunked = !values(&request, "Transfer-Encoding").is_empty();
    loop {
        let end = match (length, is_chunked) {
            (Some(length), _) => (received.len() >= length).then_some(length),
            (None, false) => Some(0),
            // The line of the last chunk, and trailers up to an empty line.
            (None, true) => find(received, b"\r\n0").and_then(|last| {
                find(&received[last + 2..], b"\r\n\r\n").map(|end| last + 2 + end + 4)
            }),
        };
        if let Some(end) = end {
            let body: Vec<u8> = received.drain(..end).collect();
            request += &String::from_utf8_lossy(&body);
            return Ok(request);
        }
        read_more(&mut stream, received)?;
    }
}

fn read_more(stream: &mut &TcpStream, received: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 64 * 1024];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                received.extend(&piece[..count]);
                return Ok(());
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// The values of a field in a head.
fn values<'a>(message: &'a str, name: &str) -> Vec<&'a str> {
    let lines = message.split("\r\n").take_while(|line| !line.is_empty());
    let fields = lines.filter_map(|line| line.split_once(':'));
    let named = fields.filter(|(field, _)| field.eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.trim()).collect()
}

// The client

/// All that comes until the connection ends, and whether it does within this time.
fn read_all(mut stream: &TcpStream, time: Duration) -> (String, bool) {
    let until = Instant::now() + time;
    let mut received = Vec::new();
    let ends = loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break false;
        }
        stream.set_read_timeout(Some(left)).unwrap();
        match read_more(&mut stream, &mut received) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => break true,
        }
    };
    (String::from_utf8_lossy(&received).into_owned(), ends)
}

/// What has become of requests that were sent one after the other, each on a connection that ends
/// with it.
struct Played {
    got: Vec<String>,
    asked: Vec<String>,
    connections: usize,
}

impl Stage {
    /// Plays with one backend.
    fn play(&self, request: impl AsRef<[u8]>, answer: Answer) -> Played {
        self.play_all(&[request.as_ref()], 1, vec![answer])
    }

    fn play_all(&self, requests: &[&[u8]], count: usize, answers: Vec<Answer>) -> Played {
        let (addresses, asked) = backends(count, answers);
        let (_running, address) = start(self.kind, &addresses, self.time);
        let got = requests.iter().map(|request| {
            let mut client = TcpStream::connect(address).unwrap();
            client.write_all(request).unwrap();
            let (got, ends) = read_all(&client, PATIENCE);
            assert!(ends, "the connection is not closed, after {got}");
            got
        });
        let got = got.collect();
        let connections = asked.0.lock().unwrap().connections;
        Played { got, asked: asked.requests(), connections }
    }

    /// What the backend gets of a GET with these fields; the answer's status if it gets nothing.
    fn passed(&self, fields: &str) -> String {
        self.passed_to("/", fields)
    }

    fn passed_to(&self, target: &str, fields: &str) -> String {
        self.passed_raw(get(target, fields))
    }

    fn passed_raw(&self, request: impl AsRef<[u8]>) -> String {
        let played = self.play(request, ok());
        played.asked.first().cloned().unwrap_or_else(|| status(&played.got[0]))
    }

    /// What the client gets for this answer.
    fn answered(&self, answer: Answer) -> String {
        self.play(get("/", ""), answer).got.remove(0)
    }

    /// How long this is waited for: something that may not come.
    fn wait_for(&self, cell: &str) -> Duration {
        // On a busy machine, what comes may take longer.
        if self.recorded.as_deref() == Some(cell) { PATIENCE } else { SHORT }
    }
}

/// A row in which a proxy of one kind plays.
struct Stage {
    kind: Kind,
    recorded: Option<String>,
    /// How long a backend may be silent.
    time: Duration,
}

fn get(target: &str, fields: &str) -> String {
    request("GET", target, fields)
}

/// With a body, if `fields` end with one.
fn request(method: &str, target: &str, fields: &str) -> String {
    let end = if fields.contains("\r\n\r\n") { "" } else { "\r\n" };
    // A proxy reads all of these as one list (RFC 9110 section 5.3).
    let close = if fields.starts_with("Connection: ") { "" } else { "Connection: close\r\n" };
    format!("{method} {target} HTTP/1.1\r\nHost: a.example\r\n{close}{fields}{end}")
}

// Cells

/// The status of what a client got.
fn status(got: &str) -> String {
    match got.strip_prefix("HTTP/1.") {
        Some(rest) => rest.get(2..5).unwrap_or("?").to_owned(),
        None if got.is_empty() => "closed without an answer".to_owned(),
        None => "passed on as it is".to_owned(),
    }
}

/// A field as the other side gets it, or that it does not.
fn field(message: &str, name: &str) -> String {
    let values = values(message, name);
    match values[..] {
        [] if message.contains("\r\n") => "left out".to_owned(),
        [] => message.to_owned(), // a status
        [""] => "empty".to_owned(),
        _ => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" and "),
    }
}

/// Whether it is passed on as it is.
fn passed_on(message: &str, name: &str) -> String {
    match values(message, name)[..] {
        [_, ..] => "passed on".to_owned(),
        [] => field(message, name),
    }
}

/// The target of a request.
fn target(request: &str) -> String {
    match request.split(' ').nth(1) {
        Some(target) if request.contains("\r\n") => format!("`{target}`"),
        _ => request.to_owned(),
    }
}

/// How the end of a body is told.
fn framing(message: &str) -> String {
    let chunked = values(message, "Transfer-Encoding").contains(&"chunked");
    match (values(message, "Content-Length").first(), chunked) {
        (Some(length), false) => format!("length {length}"),
        (None, true) => "in chunks".to_owned(),
        (None, false) if !message.contains("\r\n") => message.to_owned(),
        (None, false) => "ends with the connection".to_owned(),
        (Some(_), true) => "both".to_owned(),
    }
}

/// What became of an answer: its status, and whether its body, which is `body`, is whole.
fn outcome(got: &str, body: &str) -> String {
    let status = status(got);
    if status != "200" {
        return status;
    }
    let (_, received) = got.split_once("\r\n\r\n").unwrap_or_default();
    if framing(got) == "in chunks" {
        return match (received.contains(body), received.ends_with("0\r\n\r\n")) {
            (true, true) => "200".to_owned(),
            (_, true) => "200, and less".to_owned(),
            (_, false) => "200, cut off".to_owned(),
        };
    }
    let length = values(got, "Content-Length").first().and_then(|text| text.parse().ok());
    match length {
        Some(length) if received.len() < length => "200, cut off".to_owned(),
        _ if received == body => "200".to_owned(),
        _ => "200, with another body".to_owned(),
    }
}

/// How often it was asked, and what for an answer there was.
fn sent_again(played: &Played, status_of: usize) -> String {
    let status = status(&played.got[status_of]);
    match played.asked.len() - status_of {
        0 => format!("{status}, never sent"),
        1 => format!("{status}, sent once"),
        2 => format!("{status}, sent twice"),
        more => format!("{status}, sent {more} times"),
    }
}

fn body(text: &str) -> String {
    format!("Content-Length: {}\r\n\r\n{text}", text.len())
}

/// A row: its name, and how its cell is found.
type Row = (&'static str, fn(&Stage) -> String);

/// What the backend gets of a request.
const REQUESTS: &[Row] = &[
    ("`Connection: close, X-Hop` and `X-Hop: 1`: the second", |stage| {
        passed_on(&stage.passed("Connection: close, X-Hop\r\nX-Hop: 1\r\n"), "X-Hop")
    }),
    ("`Connection: close`", |stage| field(&stage.passed(""), "Connection")),
    ("`Keep-Alive: timeout=5`", |stage| {
        passed_on(&stage.passed("Keep-Alive: timeout=5\r\n"), "Keep-Alive")
    }),
    ("`Proxy-Connection: keep-alive`", |stage| {
        passed_on(&stage.passed("Proxy-Connection: keep-alive\r\n"), "Proxy-Connection")
    }),
    ("`Proxy-Authorization`", |stage| {
        passed_on(&stage.passed("Proxy-Authorization: Basic YTpi\r\n"), "Proxy-Authorization")
    }),
    ("`TE: trailers`", |stage| {
        passed_on(&stage.passed("Connection: close, TE\r\nTE: trailers\r\n"), "TE")
    }),
    ("`Upgrade: a` of a client that would like to", |stage| {
        passed_on(&stage.passed("Connection: close, Upgrade\r\nUpgrade: a\r\n"), "Upgrade")
    }),
    ("`Host: a.example`", |stage| {
        let seen = field(&stage.passed(""), "Host");
        if seen.contains("127.0.0.1") { "the backend's address".to_owned() } else { seen }
    }),
    ("`GET http://b.example/x` and `Host: a.example`: the target", |stage| {
        target(&stage.passed_to("http://b.example/x", ""))
    }),
    ("the same: the host", |stage| field(&stage.passed_to("http://b.example/x", ""), "Host")),
    ("`/a%2Fb`", |stage| target(&stage.passed_to("/a%2Fb", ""))),
    ("`/a//b`", |stage| target(&stage.passed_to("/a//b", ""))),
    ("`/a/../b`", |stage| target(&stage.passed_to("/a/../b", ""))),
    ("`/../b`", |stage| target(&stage.passed_to("/../b", ""))),
    ("`/%7Ea?`", |stage| target(&stage.passed_to("/%7Ea?", ""))),
    ("`X-Forwarded-For: 192.0.2.1` of the client", |stage| {
        field(&stage.passed("X-Forwarded-For: 192.0.2.1\r\n"), "X-Forwarded-For")
    }),
    ("`Forwarded: for=192.0.2.1` of the client", |stage| {
        let seen = field(&stage.passed("Forwarded: for=192.0.2.1\r\n"), "Forwarded");
        if seen == "`for=192.0.2.1`" { "passed on".to_owned() } else { seen }
    }),
    ("`Via`", |stage| field(&stage.passed(""), "Via").replace("left out", "none")),
    ("the name `X-Mixed`", |stage| {
        let request = stage.passed("X-Mixed: 1\r\n");
        let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with("x-mixed"));
        format!("`{}`", line.unwrap_or_default().split(':').next().unwrap())
    }),
    ("`X_Under: 1`", |stage| passed_on(&stage.passed("X_Under: 1\r\n"), "X_Under")),
    ("a field in two lines", |stage| field(&stage.passed("X-Two: 1\r\nX-Two: 2\r\n"), "X-Two")),
    ("HTTP/1.0 without `Host`: the version", |stage| {
        let request = stage.passed_raw("GET / HTTP/1.0\r\n\r\n");
        let line = request.lines().next().unwrap_or_default();
        line.rsplit(' ').next().unwrap_or_default().to_owned()
    }),
    ("HTTP/1.0 without `Host`: the host", |stage| {
        let seen = field(&stage.passed_raw("GET / HTTP/1.0\r\n\r\n"), "Host");
        let is_address = seen.contains("127.0.0.1");
        if is_address {
            "the backend's address".to_owned()
        } else {
            seen.replace("left out", "none")
        }
    }),
    ("a body in chunks", |stage| framing(&stage.passed_raw(chunked("5\r\nhello\r\n0\r\n\r\n")))),
    ("`5;a=b`, an extension of a chunk", |stage| {
        let seen = stage.passed_raw(chunked("5;a=b\r\nhello\r\n0\r\n\r\n"));
        let is_there = seen.contains("a=b");
        if is_there { "passed on".to_owned() } else { "left out".to_owned() }
    }),
    ("`Trailer: X-Sum`", |stage| {
        let request = request(
            "POST",
            "/",
            "Trailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
        );
        passed_on(&stage.passed_raw(request), "Trailer")
    }),
    ("a trailer", |stage| {
        let seen = stage.passed_raw(chunked("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"));
        let is_there = seen.to_ascii_lowercase().contains("x-sum");
        if is_there { "passed on".to_owned() } else { "left out".to_owned() }
    }),
    ("half of a body, before the other has come", first_half),
    ("`Expect: 100-continue` is answered by", expect),
];

/// What the client gets of an answer.
const ANSWERS: &[Row] = &[
    ("`100 Continue` that nobody asked for, and 200", |stage| {
        interim(stage, "1.1", "HTTP/1.1 100 Continue\r\n\r\n")
    }),
    ("`103 Early Hints`, and 200", |stage| {
        interim(stage, "1.1", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    }),
    ("`103 Early Hints`, and 200, to HTTP/1.0", |stage| {
        interim(stage, "1.0", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    }),
    ("`101 Switching Protocols`, to who has asked for it", |stage| {
        let request = get("/", "Connection: Upgrade\r\nUpgrade: a\r\n");
        let answer =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: a\r\n\r\n";
        status(&stage.play(request, Closes(answer.to_owned())).got[0])
    }),
    ("`Connection: X-Hop` and `X-Hop: 1`: the second", |stage| {
        let answer =
            "HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nContent-Length: 0\r\n\r\n";
        passed_on(&stage.answered(Keeps(answer.to_owned())), "X-Hop")
    }),
    ("`Keep-Alive: timeout=5`", |stage| {
        let answer = "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n";
        passed_on(&stage.answered(Keeps(answer.to_owned())), "Keep-Alive")
    }),
    ("`Server: b`", |stage| {
        let answer = "HTTP/1.1 200 OK\r\nServer: b\r\nContent-Length: 0\r\n\r\n";
        field(&stage.answered(Keeps(answer.to_owned())), "Server")
    }),
    ("a body in chunks", |stage| {
        let answer = chunks("5\r\nhello\r\n0\r\n\r\n");
        framing(&stage.answered(Keeps(answer)))
    }),
    ("`5;a=b`, an extension of a chunk", |stage| {
        let is_there = stage.answered(Keeps(chunks("5;a=b\r\nhello\r\n0\r\n\r\n"))).contains("a=b");
        if is_there { "passed on".to_owned() } else { "left out".to_owned() }
    }),
    ("a trailer, to who says `TE: trailers`", |stage| {
        let request = get("/", "Connection: close, TE\r\nTE: trailers\r\n");
        let answer = chunks("5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n");
        let got = stage.play(request, Keeps(answer)).got.remove(0);
        let is_there = got.to_ascii_lowercase().contains("x-sum");
        if is_there { "passed on".to_owned() } else { "left out".to_owned() }
    }),
    ("a body in chunks, to HTTP/1.0", |stage| {
        let answer = chunks("5\r\nhello\r\n0\r\n\r\n");
        framing(&stage.play("GET / HTTP/1.0\r\n\r\n", Keeps(answer)).got.remove(0))
    }),
    ("an answer of HTTP/1.0: where its body ends", |stage| {
        framing(&stage.answered(Closes("HTTP/1.0 200 OK\r\n\r\nhello".to_owned())))
    }),
    ("an answer of HTTP/1.0: the version", |stage| {
        let got = stage.answered(Closes("HTTP/1.0 200 OK\r\n\r\nhello".to_owned()));
        got[..8].to_owned()
    }),
    ("lines that end with LF alone", |stage| {
        let answer = "HTTP/1.1 200 OK\nContent-Length: 2\n\nok".to_owned();
        outcome(&stage.answered(Keeps(answer)), "ok")
    }),
    ("a field that goes on in the next line", |stage| {
        let answer = "HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 2\r\n\r\nok".to_owned();
        outcome(&stage.answered(Keeps(answer)), "ok")
    }),
    ("a line without a colon", |stage| {
        let answer = "HTTP/1.1 200 OK\r\nwhat is this\r\nContent-Length: 2\r\n\r\nok".to_owned();
        outcome(&stage.answered(Keeps(answer)), "ok")
    }),
    ("what is no HTTP", |stage| {
        status(&stage.answered(Closes("what are you saying?\r\n\r\n".to_owned())))
    }),
    ("two lengths that differ", |stage| {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n";
        let got = stage.answered(Closes(format!("{head}ok!")));
        match &*outcome(&got, "ok!") {
            "200" => "200, by the second".to_owned(),
            other => other.to_owned(),
        }
    }),
    ("a length, and chunks all the same", |stage| {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n\
             2\r\nok\r\n0\r\n\r\n";
        outcome(&stage.answered(Closes(answer.to_owned())), "ok")
    }),
    ("ten bytes of a hundred that were announced", |stage| {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789".to_owned();
        outcome(&stage.answered(Closes(answer)), "")
    }),
    ("a chunk, and not the last one", |stage| {
        outcome(&stage.answered(Closes(chunks("5\r\nhello\r\n"))), "")
    }),
];

/// What the client is told when a backend fails, and how often the request was sent.
const FAULTS: &[Row] = &[
    ("nobody listens: GET", |stage| refused(stage, "GET")),
    ("nobody listens: POST", |stage| refused(stage, "POST")),
    ("no answer in time: GET", |stage| {
        let stage = Stage { time: BRIEF, recorded: None, ..*stage };
        sent_again(&stage.play(get("/", ""), Waits(String::new())), 0)
    }),
    ("half an answer, and no more in time", |stage| {
        let stage = Stage { time: BRIEF, recorded: None, ..*stage };
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst".to_owned();
        outcome(&stage.play(get("/", ""), Waits(answer)).got[0], "first")
    }),
    ("one of two closes without an answer: GET", |stage| no_answer(stage, "GET", "")),
    ("the same: PUT", |stage| no_answer(stage, "PUT", &body("hello"))),
    ("the same: POST", |stage| no_answer(stage, "POST", &body("hello"))),
    ("the same: DELETE without a body", |stage| no_answer(stage, "DELETE", "")),
    ("one of two does not answer in time: GET", |stage| {
        let stage = Stage { time: BRIEF, recorded: None, ..*stage };
        let answers = vec![Waits(String::new()), ok()];
        sent_again(&stage.play_all(&[get("/", "").as_bytes()], 2, answers), 0)
    }),
    ("a kept connection is closed when it is used for a GET", |stage| kept(stage, "GET", "")),
    ("a kept connection, and PUT", |stage| kept(stage, "PUT", &body("hello"))),
    ("a kept connection, and POST", |stage| kept(stage, "POST", &body("hello"))),
    ("two clients one after the other: so many connections to the backend", |stage| {
        let requests = [get("/", ""), get("/", "")];
        let requests: Vec<_> = requests.iter().map(String::as_bytes).collect();
        stage.play_all(&requests, 1, vec![ok()]).connections.to_string()
    }),
];

/// Who waits for whom.
const WAITING: &[Row] = &[
    ("a client that has closed its sending half", half_closed),
    ("a client that is gone: the backend", |stage| gone(stage, false)),
    ("a client that has reset the connection: the backend", |stage| gone(stage, true)),
    ("413 to an upload of which most is still to come", early),
];

fn chunked(body: &str) -> String {
    request("POST", "/", &format!("Transfer-Encoding: chunked\r\n\r\n{body}"))
}

fn chunks(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

/// The statuses that a client sees which reads over what precedes an answer.
fn statuses(got: &str) -> String {
    let (mut seen, mut rest) = (Vec::new(), got);
    while let Some((head, next)) = rest.split_once("\r\n\r\n")
        && head.starts_with("HTTP/1.")
    {
        let status = status(head);
        let is_last = !status.starts_with('1');
        seen.push(status);
        rest = next;
        if is_last {
            return seen.join(", ");
        }
    }
    format!("{}, and then no answer", seen.join(", "))
}

fn interim(stage: &Stage, version: &str, interim: &str) -> String {
    let request = format!("GET / HTTP/{version}\r\nHost: a.example\r\nConnection: close\r\n\r\n");
    let answer = format!("{interim}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    // Who takes the first head for the answer waits for its body, until it has waited enough.
    let answers = stage.recorded.as_ref().is_some_and(|cell| !cell.ends_with("no answer"));
    let time = if answers { PATIENCE } else { SHORT };
    let stage = Stage { time, recorded: None, ..*stage };
    statuses(&stage.play(request, Keeps(answer)).got[0])
}

/// Nobody listens at the backend's address.
fn refused(stage: &Stage, method: &str) -> String {
    // Bound, so that nobody else is given this port meanwhile, and never listening.
    let nobody = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    nobody.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let place = nobody.local_addr().unwrap().as_socket().unwrap();
    let (_running, address) = start(stage.kind, &[place], stage.time);
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(request(method, "/", &body("")).as_bytes()).unwrap();
    status(&read_all(&client, PATIENCE).0)
}

/// The first of two backends that is asked closes the connection.
fn no_answer(stage: &Stage, method: &str, fields: &str) -> String {
    let request = request(method, "/", fields);
    let answers = vec![Closes(String::new()), ok()];
    sent_again(&stage.play_all(&[request.as_bytes()], 2, answers), 0)
}

/// A client asks twice on its connection, and the second time the backend closes its own.
fn kept(stage: &Stage, method: &str, fields: &str) -> String {
    let (addresses, asked) = backends(1, vec![ok(), Closes(String::new()), ok()]);
    let (_running, address) = start(stage.kind, &addresses, stage.time);
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").unwrap();
    let mut received = Vec::new();
    while !received.ends_with(b"ok") {
        read_more(&mut &client, &mut received).unwrap();
    }
    client.write_all(request(method, "/", fields).as_bytes()).unwrap();
    let got = vec![String::new(), read_all(&client, PATIENCE).0];
    sent_again(&Played { got, asked: asked.requests(), connections: 0 }, 1)
}

/// A backend that does what a row says, and not what a list does: its listener, and a client that
/// has sent `request`.
fn by_hand(stage: &Stage, request: &str) -> (TcpListener, Running, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (running, address) = start(stage.kind, &[listener.local_addr().unwrap()], stage.time);
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(request.as_bytes()).unwrap();
    (listener, running, client)
}

/// The next connection, if there is one in this time.
fn accept(listener: &TcpListener, time: Duration) -> Option<TcpStream> {
    let until = Instant::now() + time;
    listener.set_nonblocking(true).unwrap();
    loop {
        match listener.accept() {
            Ok((stream, _)) => {
                stream.set_nonblocking(false).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                return Some(stream);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => panic!("{error}"),
        }
        if Instant::now() >= until {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn first_half(stage: &Stage) -> String {
    let at_once = "passed on";
    let half = request("POST", "/", "Content-Length: 10\r\n\r\nfirst");
    let (listener, _running, _client) = by_hand(stage, &half);
    let Some(backend) = accept(&listener, stage.wait_for(at_once)) else {
        return "kept until all is there".to_owned();
    };
    let mut received = Vec::new();
    read_head(&backend, &mut received).unwrap();
    while received.len() < 5 {
        read_more(&mut &backend, &mut received).unwrap();
    }
    at_once.to_owned()
}

fn expect(stage: &Stage) -> String {
    let head = request("POST", "/", "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    let (listener, _running, client) = by_hand(stage, &head);
    let Some(mut backend) = accept(&listener, stage.wait_for("the backend")) else {
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut received = Vec::new();
        let head = read_head(&client, &mut received).unwrap_or_default();
        return if status(&head) == "100" { "the proxy".to_owned() } else { status(&head) };
    };
    let seen = read_head(&backend, &mut Vec::new()).unwrap();
    if values(&seen, "Expect").is_empty() {
        return "nobody".to_owned();
    }
    backend.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut received = Vec::new();
    let head = read_head(&client, &mut received).unwrap();
    assert_eq!(status(&head), "100");
    "the backend".to_owned()
}

fn half_closed(stage: &Stage) -> String {
    let (listener, _running, client) = by_hand(stage, &get("/", ""));
    client.shutdown(Shutdown::Write).unwrap();
    let Some(mut backend) = accept(&listener, PATIENCE) else {
        return "is not asked for".to_owned();
    };
    // It may have gone already.
    let _ = read_head(&backend, &mut Vec::new());
    let closes = "closed without an answer; the backend's connection is closed";
    let (_, gone) = read_all(&backend, stage.wait_for(closes));
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let _ = backend.write_all(answer);
    let (got, _) = read_all(&client, PATIENCE);
    match (&*status(&got), gone) {
        ("200", _) => "gets its answer".to_owned(),
        ("closed without an answer", true) => closes.to_owned(),
        (status, true) => format!("{status}; the backend's connection is closed"),
        (status, false) => status.to_owned(),
    }
}

/// Whether the backend, which works, sees that nobody waits any more.
fn gone(stage: &Stage, by_reset: bool) -> String {
    let hears = "sees it";
    let (listener, _running, client) = by_hand(stage, &get("/", ""));
    let backend = accept(&listener, PATIENCE).unwrap();
    read_head(&backend, &mut Vec::new()).unwrap();
    if by_reset {
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
    }
    drop(client);
    let (_, ends) = read_all(&backend, stage.wait_for(hears));
    if ends { hears.to_owned() } else { "does not see it".to_owned() }
}

fn early(stage: &Stage) -> String {
    let at_once = "comes at once";
    let head = request("POST", "/", "Content-Length: 900000\r\n\r\n");
    let (listener, _running, mut client) = by_hand(stage, &head);
    client.write_all(&[b'x'; 1000]).unwrap();
    let rest = vec![b'x'; 899_000];
    let mut is_asked = accept(&listener, stage.wait_for(at_once));
    let cell = if is_asked.is_some() { at_once } else { "comes when all was sent" };
    if is_asked.is_none() {
        client.write_all(&rest).unwrap();
        is_asked = accept(&listener, PATIENCE);
    }
    let mut backend = is_asked.expect("the backend is asked");
    read_head(&backend, &mut Vec::new()).unwrap();
    let answer =
        b"HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    backend.write_all(answer).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = read_head(&client, &mut Vec::new()).unwrap_or_default();
    if status(&head) == "413" { cell.to_owned() } else { status(&head) }
}

#[test]
fn the_table_of_the_page_shows_what_each_proxy_makes_of_each_message() {
    let ours = Some("ch20".to_owned());
    let all = [
        (Kind::Ours, ours),
        (Kind::Nginx, version("nginx", "-v")),
        (Kind::Haproxy, version("haproxy", "-v")),
    ];
    let proxies: Vec<_> = all.into_iter().filter_map(|(kind, head)| Some((kind, head?))).collect();
    let tables =
        [("requests", REQUESTS), ("answers", ANSWERS), ("faults", FAULTS), ("waiting", WAITING)];
    let file = |name: &str| format!("{FILES}{name}.md");
    let cells = tables.iter().flat_map(|(name, rows)| rows.iter().map(move |row| (*name, *row)));
    let cells: Vec<_> = cells.collect();
    let found: Vec<_> = proxies.iter().map(|_| Mutex::new(vec![None; cells.len()])).collect();
    let work = (0..cells.len()).flat_map(|row| (0..proxies.len()).map(move |one| (row, one)));
    let work = Mutex::new(work);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some((row, one)) = work.lock().unwrap().next() else { break };
                    let (table, (label, play)) = cells[row];
                    let (kind, head) = &proxies[one];
                    let recorded = recorded(&file(table), head, label);
                    let cell = play(&Stage { kind: *kind, recorded, time: PATIENCE });
                    found[one].lock().unwrap()[row] = Some((table, label.to_owned(), cell));
                }
            });
        }
    });
    let found: Vec<_> = found.into_iter().map(|cells| cells.into_inner().unwrap()).collect();
    for (name, _) in tables {
        let columns = proxies.iter().zip(&found).map(|((_, head), cells)| {
            let cells = cells.iter().flatten().filter(|(table, ..)| *table == name);
            let cells = cells.map(|(_, label, cell)| (label.clone(), cell.clone())).collect();
            Column { head: head.clone(), cells }
        });
        compare(&columns.collect::<Vec<_>>(), 3, &file(name));
    }
}
