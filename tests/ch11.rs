//! What chapter 11 promises.

use ch11::{
    Body, Found, Headers, HttpError, HttpServer, INDEXES, Limits, Listing, LogEntry, MAX_RANGES,
    Outgoing, PIECE, Request, Response, SLOWEST_RATE, TimedStream, Validators, Verdict,
    decode_name, encode_name, escape_quoted, http_date, if_range_holds, is_plain, judge_conditions,
    list, open_below, parse_date, parse_ranges, path, percent_decode, read_request, resolve,
    serve_static,
};
use chrono::{DateTime, TimeDelta, Utc};
use mock::{
    Ending, Live, MockClient, MockConnection, Reply, TcpClient, assert_bytes, for_every_split,
    patience,
};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

/// What nobody may ever read.
const SECRET: &str = "the recipe of the soup\n";

/// When every file of a site was last changed: Sun, 06 Nov 1994 08:49:37 GMT, and a bit.
const CHANGED: Duration = Duration::from_millis(784_111_777_250);

/// A piece and a bit more than two, as a length of what is in memory.
const TWO_PIECES_AND_A_BIT: usize = 2 * PIECE as usize + 7;

/// A folder with a root to be served and a secret beside it; it is removed when
/// this is dropped.
struct Site {
    folder: TempDir,
    root: PathBuf,
}

impl Site {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("www");
        let site = Self { folder, root };
        site.put("index.html", "<h1>Home</h1>\n");
        site.put("a.txt", "abcdefghij");
        site.put("notes/b.txt", "b\n");
        fs::write(site.folder.path().join("secret.txt"), SECRET).unwrap();
        site
    }

    /// Writes a file below the root, changed long ago.
    fn put(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.root.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, content).unwrap();
        change_at(&file, CHANGED);
        file
    }

    /// A server that has the root at `/static`, with listings.
    fn server(&self) -> HttpServer {
        server_of("/static", &self.root, Listing::Shown)
    }

    /// The reply to a GET below `/static/`, with these header fields.
    #[track_caller]
    fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let server = self.server();
        let client = client_of(&server);
        let request = client.request("GET", &format!("/static/{path}"));
        fields.iter().fold(request, |request, (name, value)| request.header(name, value)).send()
    }

    #[track_caller]
    fn get(&self, path: &str) -> Reply {
        self.ask(path, &[])
    }
}

/// Says of a file that it was last changed so long after 1970.
fn change_at(file: &Path, since_1970: Duration) {
    let file = OpenOptions::new().write(true).open(file).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + since_1970).unwrap();
}

fn server_of(url_prefix: &str, root: &Path, listing: Listing) -> HttpServer {
    let mut server = HttpServer::default();
    let (pattern, handler) = serve_static(url_prefix, root, listing);
    server.register(pattern, handler);
    server
}

/// A client of a server whose answers do not break off.
fn client_of(server: &HttpServer) -> MockClient<impl Fn(MockConnection)> {
    MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap())
}

/// A server that answers `/` with what `response` makes.
fn server_with(response: impl Fn() -> Response + Send + Sync + 'static) -> HttpServer {
    let mut server = HttpServer::default();
    server.register(path("/"), move |_| Ok(response()));
    server
}

/// Everything that a server sends, and how the conversation ended.
fn converse(server: &HttpServer, request: &str) -> (Vec<u8>, anyhow::Result<()>) {
    let (mut conn, peer) = MockConnection::pair(request);
    let result = server.on_connect(&mut conn, None);
    (peer.sent(), result)
}

#[track_caller]
fn assert_not_found(reply: &Reply, target: &str) {
    assert_eq!(reply.status, 404, "{target}: {}", reply.body.escape_ascii());
    assert!(!reply.text().contains(SECRET.trim()), "{target} gave it away");
}

/// So many bytes, with a pattern that is not a whole number of pieces long.
fn pattern(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

/// A file of this content, with its path.
fn file_of(content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.bin");
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn body_of(path: &Path, range: Range<u64>) -> Body {
    Body::File(Arc::new(File::open(path).unwrap()), range)
}

/// A body of unknown length, with these pieces.
fn pieces(pieces: impl IntoIterator<Item = io::Result<Vec<u8>>, IntoIter: Send + 'static>) -> Body {
    Body::Pieces(Box::new(pieces.into_iter()))
}

/// All pieces of a body, each as it came.
#[track_caller]
fn all_pieces(body: &mut Body) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        // It comes behind what is there already.
        let mut out = b"head".to_vec();
        body.next_piece(&mut out).unwrap();
        let piece = out.strip_prefix(b"head").expect("nothing else is touched");
        if piece.is_empty() {
            return all;
        }
        all.push(piece.to_vec());
    }
}

// Bodies

#[test]
fn bytes_and_files_come_in_pieces_of_64_kib() {
    assert_eq!(PIECE, 64 * 1024);
    let piece = PIECE as usize;
    for length in [0, 1, piece - 1, piece, piece + 1, 2 * piece, TWO_PIECES_AND_A_BIT] {
        let content = pattern(length);
        let (_folder, file) = file_of(&content);
        for mut body in [Body::from(content.clone()), body_of(&file, 0..length as u64)] {
            assert_eq!(body.length(), Some(length as u64));
            let pieces = all_pieces(&mut body);
            assert_bytes!(pieces.concat(), content);
            for (index, each) in pieces.iter().enumerate() {
                assert_eq!(each.len(), piece.min(length - index * piece), "of {length} bytes");
            }
            assert_eq!(body.length(), Some(0));
        }
    }
}

#[test]
fn a_body_can_be_any_part_of_a_file() {
    let content = pattern(TWO_PIECES_AND_A_BIT);
    let (_folder, file) = file_of(&content);
    let end = content.len();
    for range in [0..0, 0..1, 5..9, 70_000..70_001, 1..end, end - 1..end, end..end] {
        let mut body = body_of(&file, range.start as u64..range.end as u64);
        assert_eq!(body.length(), Some(range.len() as u64));
        assert_bytes!(all_pieces(&mut body).concat(), content[range]);
    }
}

#[test]
fn bodies_may_share_a_file_and_be_taken_in_turns() {
    let content = pattern(TWO_PIECES_AND_A_BIT);
    let (_folder, path) = file_of(&content);
    let file = Arc::new(File::open(path).unwrap());
    let middle = PIECE + 3;
    let mut first = Body::File(Arc::clone(&file), 0..middle);
    let mut second = Body::File(file, middle..content.len() as u64);
    let mut taken = [Vec::new(), Vec::new()];
    for _ in 0..3 {
        for (body, taken) in [&mut first, &mut second].into_iter().zip(&mut taken) {
            body.next_piece(taken).unwrap();
        }
    }
    assert_bytes!(taken.concat(), content);
}

#[test]
fn a_chain_is_one_body_behind_the_other() {
    let content = pattern(TWO_PIECES_AND_A_BIT);
    let (_folder, file) = file_of(&content);
    let chain = || [Body::from(b"head".to_vec()), Body::default(), body_of(&file, 3..PIECE + 5)];
    let mut body = Body::Chain(chain().into());
    assert_eq!(body.length(), Some(4 + PIECE + 2));
    let expected = [b"head", &content[3..PIECE as usize + 5]].concat();
    assert_bytes!(all_pieces(&mut body).concat(), expected);
    assert_eq!(Body::Chain([].into()).length(), Some(0));

    let unknown = pieces([Ok(b"more".to_vec())]);
    let mut body = Body::Chain(chain().into_iter().chain([unknown]).collect());
    assert_eq!(body.length(), None);
    assert_bytes!(all_pieces(&mut body).concat(), [&expected[..], b"more"].concat());
}

#[test]
fn a_body_may_be_made_of_pieces_and_an_empty_one_is_not_its_end() {
    let texts = ["", "a", "", "", "bc", ""];
    let mut body = pieces(texts.map(|text| Ok(text.into())));
    assert_eq!(body.length(), None);
    assert_eq!(all_pieces(&mut body), [b"a".to_vec(), b"bc".to_vec()]);
}

#[test]
fn an_error_of_a_piece_is_passed_on() {
    let mut body = pieces([Ok(b"a".to_vec()), Err(ErrorKind::InvalidData.into())]);
    let mut piece = Vec::new();
    body.next_piece(&mut piece).unwrap();
    assert_eq!(body.next_piece(&mut piece).unwrap_err().kind(), ErrorKind::InvalidData);
}

#[test]
fn what_is_added_to_a_file_is_not_read_and_what_is_gone_is_missed() {
    let content = pattern(TWO_PIECES_AND_A_BIT);
    let length = content.len() as u64;
    for (change, is_whole) in [(length + 1000, true), (length, true), (length - 1, false)] {
        let (_folder, path) = file_of(&content);
        let mut body = body_of(&path, 0..length);
        let mut taken = Vec::new();
        body.next_piece(&mut taken).unwrap();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(change).unwrap();
        let error = loop {
            let before = taken.len();
            match body.next_piece(&mut taken) {
                Ok(()) if taken.len() == before => break None,
                Ok(()) => {}
                Err(error) => {
                    taken.truncate(before);
                    break Some(error.kind());
                }
            }
        };
        assert_eq!(error, (!is_whole).then_some(ErrorKind::UnexpectedEof));
        match is_whole {
            true => assert_bytes!(taken, content),
            false => assert!(content.starts_with(&taken) && taken.len() < content.len()),
        }
    }
}

// On the wire

#[test]
fn the_head_and_the_first_piece_go_out_in_one_write_and_then_a_piece_at_a_time() {
    let content = pattern(TWO_PIECES_AND_A_BIT);
    let (_folder, file) = file_of(&content);
    let (bytes, length) = (content.clone(), content.len() as u64);
    let of_bytes = server_with(move || Response::text(bytes.clone()));
    let of_file = server_with(move || Response::new(200).stream(body_of(&file, 0..length)));
    for server in [of_bytes, of_file] {
        let (mut conn, peer) = MockConnection::pair("GET / HTTP/1.0\r\n\r\n");
        server.on_connect(&mut conn, None).unwrap();
        let sent = peer.sent();
        let head = sent.len() - content.len();
        let piece = PIECE as usize;
        assert_eq!(peer.writes(), [head + piece, piece, 7]);
        assert_bytes!(Reply::parse(sent).body, content);
    }
}

#[test]
fn a_small_answer_is_one_write() {
    let server = server_with(|| Response::text("Hi there!\n"));
    let (mut conn, peer) = MockConnection::pair("GET / HTTP/1.0\r\n\r\n");
    server.on_connect(&mut conn, None).unwrap();
    assert_eq!(peer.writes(), [peer.sent().len()]);
}

#[test]
fn of_a_length_that_nobody_knows_nothing_is_said() {
    let server = server_with(|| {
        let response = Response::new(200).stream(pieces([Ok(b"a".to_vec()), Ok(b"b".to_vec())]));
        // A handler's word does not count either.
        response.header("Content-Length", "7").unwrap()
    });
    let reply = client_of(&server).get("/");
    assert_eq!(reply.header("Content-Length"), None);
    assert_eq!(reply.header("Connection"), Some("close"));
    assert_bytes!(reply.body, b"ab");
    assert_eq!(client_of(&server).head("/").header("Content-Length"), None);
}

#[test]
fn head_takes_no_piece_and_tells_the_length() {
    let never = || -> io::Result<Vec<u8>> { panic!("a piece is made, and nobody wants it") };
    let server =
        server_with(move || Response::new(200).stream(pieces(std::iter::repeat_with(never))));
    assert_eq!(client_of(&server).head("/").status, 200);

    // Of this file nothing can be read: it was opened for writing.
    let (_folder, path) = file_of(b"abc");
    let server = server_with(move || {
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        Response::new(200).stream(Body::File(Arc::new(file), 0..3))
    });
    assert_eq!(client_of(&server).head("/").header("Content-Length"), Some("3"));
    assert_eq!(client_of(&server).get("/").status, 500);
}

#[test]
fn an_answer_that_never_has_a_body_has_none_of_a_stream_either() {
    for status in [204, 304] {
        let server = server_with(move || {
            Response::new(status).stream(pieces([Err(ErrorKind::Other.into())]))
        });
        let (sent, result) = converse(&server, "GET / HTTP/1.0\r\n\r\n");
        result.unwrap();
        let reply = Reply::parse(sent);
        assert_eq!((reply.status, reply.header("Content-Length")), (status, None));
    }
}

#[test]
fn a_body_that_fails_at_its_first_piece_is_500() {
    let (_folder, path) = file_of(b"abc");
    let shorter = move || Response::new(200).stream(body_of(&path, 0..4));
    let broken = || Response::new(200).stream(pieces([Err(ErrorKind::InvalidData.into())]));
    let panics = || {
        let piece = || -> io::Result<Vec<u8>> { panic!("no soup today") };
        Response::new(200).stream(pieces(std::iter::repeat_with(piece)))
    };
    for server in [server_with(shorter), server_with(broken), server_with(panics)] {
        let reply = client_of(&server).get("/");
        assert_eq!(reply.status, 500, "{}", reply.text());
        assert!(!reply.text().contains("soup"), "{}", reply.text());
        let head = client_of(&server).head("/");
        assert_eq!(head.status, 200, "nobody has looked");
    }
}

#[test]
fn a_body_that_fails_later_ends_the_connection_before_its_length() {
    let (_folder, path) = file_of(&pattern(TWO_PIECES_AND_A_BIT));
    let length = TWO_PIECES_AND_A_BIT as u64 + 1;
    let server = server_with(move || Response::new(200).stream(body_of(&path, 0..length)));
    let (sent, result) = converse(&server, "GET / HTTP/1.0\r\n\r\n");
    let error = result.expect_err("it has broken off");
    assert!(error.to_string().contains("shorter"), "{error}");
    let announced = format!("\r\nContent-Length: {length}\r\n");
    assert!(sent.windows(announced.len()).any(|part| part == announced.as_bytes()));
    let why = Reply::try_parse(&sent, false).expect_err("a client can tell");
    assert!(why.contains(&format!("Content-Length is {length}")), "{why}");

    for (fails, why) in [(false, "invalid data"), (true, "no soup today")] {
        let server = server_with(move || {
            let mut first = Some(Ok(b"a".to_vec()));
            Response::new(200).stream(pieces(std::iter::from_fn(move || match first.take() {
                Some(first) => Some(first),
                None if fails => panic!("no soup today"),
                None => Some(Err(ErrorKind::InvalidData.into())),
            })))
        });
        let (sent, result) = converse(&server, "GET / HTTP/1.0\r\n\r\n");
        assert!(result.unwrap_err().to_string().contains(why));
        assert_bytes!(Reply::parse(sent).body, b"a");
    }
}

#[test]
fn a_file_is_whole_though_writes_are_short_and_interrupted() {
    let content = pattern(TWO_PIECES_AND_A_BIT);
    let site = Site::new();
    site.put("large.bin", &content);
    let server = site.server();
    for at_most in [7, 1000, 65_537] {
        let (conn, peer) = MockConnection::pair("GET /static/large.bin HTTP/1.0\r\n\r\n");
        let mut conn = conn.short_writes(at_most).interrupt_writes();
        server.on_connect(&mut conn, None).unwrap();
        assert_bytes!(Reply::parse(peer.sent()).body, content);
    }
}

/// What the access log calls sent.
#[test]
fn the_bytes_that_were_taken_are_counted_without_the_head() {
    let now = Utc::now();
    let outgoing = |method| {
        let response = Response::text(pattern(TWO_PIECES_AND_A_BIT));
        Outgoing::new(response, method, now).unwrap()
    };
    let (mut conn, peer) = MockConnection::pair("");
    let (sent, result) = outgoing("GET").send(&mut conn);
    result.unwrap();
    assert_eq!(sent, TWO_PIECES_AND_A_BIT as u64);
    let head = peer.sent().len() - TWO_PIECES_AND_A_BIT;

    for (taken, counted) in
        [(0, 0), (head - 1, 0), (head, 0), (head + 1, 1), (head + 100_000, 100_000)]
    {
        let (conn, _peer) = MockConnection::pair("");
        let mut conn = conn.fail_writes_after(taken, ErrorKind::BrokenPipe);
        let (sent, result) = outgoing("GET").send(&mut conn);
        assert_eq!(sent, counted, "of {taken} bytes in all");
        let error = result.unwrap_err();
        assert_eq!(error.downcast::<io::Error>().unwrap().kind(), ErrorKind::BrokenPipe);
    }

    let (mut conn, _peer) = MockConnection::pair("");
    assert_eq!(outgoing("HEAD").send(&mut conn).0, 0);
}

// The deadline of an answer

const SHORT: Duration = Duration::from_millis(200);

/// Both ends of a connection.
fn tcp() -> (TcpStream, TcpClient) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpClient::connect(listener.local_addr().unwrap());
    (listener.accept().unwrap().0, client)
}

/// Waits for twice as long as there is: nobody sends anything.
fn wait(stream: &TcpStream) {
    let limits = Limits { request_time: 2 * SHORT, ..Limits::default() };
    let read = TimedStream::new(stream, &limits).read(&mut [0]);
    assert_eq!(read.unwrap_err().kind(), ErrorKind::TimedOut);
}

/// How long a read was to wait is known afterwards.
#[test]
fn a_read_waits_only_for_as_long_as_there_is_time_left() {
    let (stream, mut client) = tcp();
    let limits = Limits { request_time: patience(), ..Limits::default() };
    let mut conn = TimedStream::new(&stream, &limits);
    wait(&stream);
    client.send("x");
    conn.read_exact(&mut [0]).unwrap();
    let waited = stream.read_timeout().unwrap().expect("a timeout of the socket");
    // Systems round a timeout up, by some milliseconds.
    assert!(waited < patience() - SHORT / 2, "a read may wait for {waited:?}");
}

#[test]
fn the_time_in_which_the_next_piece_is_made_is_not_the_clients() {
    let (stream, mut client) = tcp();
    let limits = Limits { response_time: 3 * SHORT, ..Limits::default() };
    let mut conn = TimedStream::new(&stream, &limits);
    conn.write_all(b"a piece").unwrap();
    // Twice `SHORT` each: both together are longer than the limit.
    for _ in 0..2 {
        wait(&stream);
        conn.write_all(b"a piece").unwrap();
    }
    assert_bytes!(client.read_exact(21), b"a piece".repeat(3));
}

#[test]
fn a_head_and_a_piece_are_handed_over_at_once() {
    let (stream, client) = tcp();
    let reader = thread::spawn(move || while let Ok(1..) = client.stream().read(&mut [0; 1000]) {});
    let mut conn = TimedStream::new(&stream, &Limits::default());
    let offered = vec![0; PIECE as usize + 1000];
    assert_eq!(conn.write(&offered).unwrap(), offered.len());
    // Where a send takes all that it is offered, it must not be offered all there is.
    assert!(conn.write(&vec![0; 10_000_000]).unwrap() <= 2 * PIECE as usize);
    drop(stream);
    reader.join().unwrap();
}

/// None of these writes waits for the client; together they take longer than there is.
#[test]
fn the_time_is_for_the_whole_answer_and_not_for_each_piece() {
    let (stream, _client) = tcp();
    let limits = Limits { response_time: Duration::from_millis(1), ..Limits::default() };
    let mut conn = TimedStream::new(&stream, &limits);
    // Fewer bytes than would buy a second.
    let result = (1..SLOWEST_RATE).try_for_each(|_| conn.write_all(b"x"));
    assert_eq!(result.unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn who_takes_nothing_is_let_go_however_much_was_taken_before() {
    let (stream, mut client) = tcp();
    let (report, ended) = mpsc::channel();
    thread::spawn(move || {
        let limits = Limits { response_time: SHORT, ..Limits::default() };
        let mut conn = TimedStream::new(&stream, &limits);
        let started = Instant::now();
        let error = loop {
            if let Err(error) = conn.write_all(&[0; 1000]) {
                break error.kind();
            }
        };
        report.send((error, started.elapsed())).unwrap();
    });
    // By its length this could go on for minutes.
    client.read_exact(5_000_000);
    let (error, elapsed) = ended.recv_timeout(patience()).expect("an end");
    assert_eq!(error, ErrorKind::TimedOut);
    assert!(elapsed >= SHORT);
}

/// The whole takes longer than the time for an answer without its bytes.
#[test]
fn every_byte_that_is_taken_extends_the_deadline() {
    let (stream, mut client) = tcp();
    let (_other, waiting) = tcp();
    const LENGTH: usize = 30_000_000;
    let writing = thread::spawn(move || {
        let limits = Limits { response_time: 5 * SHORT, ..Limits::default() };
        let mut conn = TimedStream::new(&stream, &limits);
        (0..LENGTH / 10_000).try_for_each(|_| conn.write_all(&[b'x'; 10_000]))
    });
    for _ in 0..3 {
        client.read_exact(LENGTH / 3);
        // Twice `SHORT`: no single gap is longer than the limit, and all of them are.
        wait(waiting.stream());
    }
    writing.join().unwrap().unwrap();
    assert_eq!(SLOWEST_RATE, 16 * 1024);
}

// The access log

fn request(method: &str, target: &str, fields: &str) -> Request {
    let input = format!("{method} {target} HTTP/1.0\r\n{fields}\r\n");
    let (mut conn, _peer) = MockConnection::pair(input);
    read_request(&mut conn, &mut Vec::new(), None).unwrap().unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

#[test]
fn a_visit_is_a_line_in_the_combined_format_and_the_time_that_it_took() {
    let fields = "Referer: http://localhost/\r\nUser-Agent: a browser\r\n";
    let request = request("GET", "/a.txt?b", fields);
    let peer: SocketAddr = "127.0.0.1:4711".parse().unwrap();
    let entry = LogEntry {
        peer: Some(peer),
        at: at(784_111_777),
        request: Some(&request),
        status: 206,
        sent: 12_345,
        took: Duration::from_micros(1_234_567),
    };
    assert_eq!(
        entry.to_string(),
        "127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a.txt?b HTTP/1.0\" 206 12345 \
         \"http://localhost/\" \"a browser\" 1.235"
    );
    let peer = "[::1]:4711".parse().ok();
    let unknown =
        LogEntry { peer, request: None, status: 400, sent: 0, took: Duration::ZERO, ..entry };
    assert_eq!(
        unknown.to_string(),
        "::1 - - [06/Nov/1994:08:49:37 +0000] \"-\" 400 0 \"-\" \"-\" 0.000"
    );
    let nobody = LogEntry { peer: None, ..unknown };
    assert!(nobody.to_string().starts_with("- - - ["), "{nobody}");
}

#[test]
fn what_a_client_sends_ends_neither_its_field_nor_its_line() {
    assert_eq!(escape_quoted(b"a \"b\" \\ c"), r#"a \"b\" \\ c"#);
    assert_eq!(
        escape_quoted(b"\0\r\n\t\x1b[2J\x7f\xff\xc3\xa9"),
        r"\x00\x0d\x0a\x09\x1b[2J\x7f\xff\xc3\xa9"
    );
    for byte in 0..=255 {
        let escaped = escape_quoted(&[byte]);
        assert!(escaped.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{escaped}");
        assert!(byte != b'"' || escaped == "\\\"");
    }
    let fields = "User-Agent: x\" 200 1 \"-\" \"y\u{e9}\r\n";
    let request = request("GET", "/\"quoted\"", fields);
    let entry = LogEntry {
        peer: None,
        at: at(0),
        request: Some(&request),
        status: 404,
        sent: 0,
        took: Duration::ZERO,
    };
    let line = entry.to_string();
    let quotes = line.replace("\\\"", "").matches('"').count();
    assert_eq!(quotes, 6, "{line}");
    assert!(line.contains(r#""GET /\"quoted\" HTTP/1.0""#), "{line}");
}

// Dates

#[test]
fn a_date_is_read_in_the_three_ways_in_which_it_was_ever_written() {
    let now = at(1_795_910_400); // in November 2026
    for text in [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    ] {
        assert_eq!(parse_date(text, now), Some(at(784_111_777)), "{text}");
    }
    for (text, seconds) in [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
        ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000),
        ("Thu Feb 29 12:00:00 2024", 1_709_208_000),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    ] {
        assert_eq!(parse_date(text, now), Some(at(seconds)), "{text}");
    }
}

#[test]
fn a_year_of_two_digits_is_at_most_50_years_ahead() {
    let now = at(1_795_910_400); // Sunday, 29 November 2026
    for (text, date) in [
        ("Sunday, 29-Nov-26 00:00:00 GMT", "Sun, 29 Nov 2026 00:00:00 GMT"),
        ("Saturday, 01-Jan-00 00:00:00 GMT", "Sat, 01 Jan 2000 00:00:00 GMT"),
        ("Wednesday, 01-Jan-70 00:00:00 GMT", "Wed, 01 Jan 2070 00:00:00 GMT"),
        ("Sunday, 29-Nov-76 00:00:00 GMT", "Sun, 29 Nov 2076 00:00:00 GMT"),
        // A second later than that.
        ("Monday, 29-Nov-76 00:00:01 GMT", "Mon, 29 Nov 1976 00:00:01 GMT"),
        ("Friday, 31-Dec-99 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"),
    ] {
        assert_eq!(parse_date(text, now).map(http_date).as_deref(), Some(date), "{text}");
    }
    // Of the other century each of these would be right.
    for text in ["Thursday, 01-Jan-70 00:00:00 GMT", "Thursday, 31-Dec-99 23:59:59 GMT"] {
        assert_eq!(parse_date(text, now), None, "{text}");
    }
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        " ",
        "yesterday",
        "0",
        "784111777",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun,  06 Nov 1994 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun Nov 06 08:49:37 1994",
        "Sun Nov 6 08:49:37 1994",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Thu, 29 Feb 2026 12:00:00 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 +8:49:37 GMT",
        "Sun, 06 Nov -1994 08:49:37 GMT",
        "Sun, 06 Nov 99999999999 08:49:37 GMT",
        "Sun, 99999999999 Nov 1994 08:49:37 GMT",
        "\u{661}",
    ] {
        assert_eq!(parse_date(text, at(1_795_910_400)), None, "{text}");
    }
}

#[test]
fn what_we_write_we_read() {
    // A bit more than two weeks, for all days of the week, months and leap years until 2100.
    for seconds in (0..4_102_444_800).step_by(1_310_719) {
        let date = at(seconds);
        assert_eq!(parse_date(&http_date(date), at(0)), Some(date));
    }
}

// Validators

fn validators_of(path: &Path, now: DateTime<Utc>) -> Validators {
    Validators::of(&File::open(path).unwrap().metadata().unwrap(), now)
}

#[test]
fn another_content_has_another_tag() {
    let (_folder, path) = file_of(b"abc");
    let tag = |content: &str, changed| {
        fs::write(&path, content).unwrap();
        change_at(&path, changed);
        validators_of(&path, Utc::now()).etag.expect("a tag")
    };
    let first = tag("abc", CHANGED);
    assert_eq!(tag("abc", CHANGED), first);
    assert_ne!(tag("abcd", CHANGED), first);
    // The smallest step that a file system of Windows knows.
    assert_ne!(tag("abd", CHANGED + Duration::from_nanos(100)), first);
    assert_ne!(tag("abd", CHANGED - Duration::from_nanos(100)), first);
    assert!(first.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{first}");
}

#[test]
fn a_date_is_sent_only_of_a_file_that_has_settled() {
    let (_folder, path) = file_of(b"abc");
    change_at(&path, CHANGED);
    let changed = at(784_111_777);
    for (millis, is_settled) in [
        (-86_400_000, false),
        (0, false),
        (999, false),
        (1_999, false),
        (2_000, true),
        (1 << 40, true),
    ] {
        let validators = validators_of(&path, changed + TimeDelta::milliseconds(millis));
        assert_eq!(validators.last_modified(), is_settled.then_some(changed), "{millis}");
        // Its nanoseconds say enough.
        assert!(validators.etag.is_some());
        let response = validators.add_to(Response::new(200)).unwrap();
        let date = is_settled.then_some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(response.headers.get_text("Last-Modified"), date);
        let etag = format!("\"{}\"", validators.etag.unwrap());
        assert_eq!(response.headers.get_text("ETag"), Some(&*etag));
    }
}

/// Twice in one second, and with the same length: by its date it is the same file.
#[test]
fn a_file_that_was_changed_twice_in_a_second_is_given_again() {
    let (_folder, path) = file_of(b"abc");
    change_at(&path, CHANGED);
    let soon = at(784_111_777) + TimeDelta::milliseconds(500);
    let seen = validators_of(&path, soon);
    change_at(&path, CHANGED + Duration::from_millis(500));
    for later in [soon + TimeDelta::milliseconds(300), soon + TimeDelta::days(1)] {
        let now = validators_of(&path, later);
        let mut headers = Headers::default();
        if let Some(date) = seen.last_modified() {
            headers.add("If-Modified-Since", http_date(date)).unwrap();
        }
        headers.add("If-None-Match", format!("\"{}\"", seen.etag.clone().unwrap())).unwrap();
        assert_eq!(judge_conditions(&headers, &now), Verdict::Go);
    }
}

// Conditions

const TAG: &str = "\"now\"";

/// What there is: tag `now`, last changed at 1,000,000,000 seconds, long ago.
fn present() -> Validators {
    Validators { etag: Some("now".to_owned()), changed: Some(at(1_000_000_000)), now: Utc::now() }
}

fn headers_of(fields: &[(&str, &str)]) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in fields {
        headers.add(name, value).unwrap();
    }
    headers
}

/// A date so many seconds from the last change of [`present`].
fn date(offset: i64) -> String {
    http_date(at(1_000_000_000 + offset))
}

/// All 2,025 ways in which the four conditions may come together, each with its answer
/// worked out by the order of RFC 9110, section 13.2.2.
#[test]
fn all_combinations_of_conditions_are_judged_in_their_order() {
    // Each value with whether the condition holds; `None` if it is as if it were not there.
    let tags = |own_is_listed: bool, weak_is_listed: bool| {
        [
            ("*".to_owned(), Some(true)),
            (TAG.to_owned(), Some(own_is_listed)),
            (format!("W/{TAG}"), Some(weak_is_listed)),
            (format!("\"old\", {TAG}"), Some(own_is_listed)),
            (format!("\"a,b\",W/\"c\" , W/{TAG}"), Some(weak_is_listed)),
            ("\"old\"".to_owned(), Some(false)),
            ("now".to_owned(), Some(false)),
            (String::new(), Some(false)),
        ]
    };
    let dates = |before: bool, same: bool, after: bool| {
        [
            (date(-1), Some(before)),
            (date(0), Some(same)),
            (date(1), Some(after)),
            ("yesterday".to_owned(), None),
        ]
    };
    let with_none = |values: &[(String, Option<bool>)]| {
        let mut all: Vec<_> = values.iter().map(|(v, holds)| (Some(v.clone()), *holds)).collect();
        all.push((None, None));
        all
    };
    let if_match = with_none(&tags(true, false));
    let if_unmodified_since = with_none(&dates(false, true, true));
    // These two hold if the client has another version.
    let if_none_match: Vec<_> = with_none(&tags(true, true))
        .into_iter()
        .map(|(value, listed)| (value, listed.map(|listed| !listed)))
        .collect();
    let if_modified_since = with_none(&dates(true, false, true));

    let mut seen = 0;
    for (im, im_holds) in &if_match {
        for (ius, ius_holds) in &if_unmodified_since {
            for (inm, inm_holds) in &if_none_match {
                for (ims, ims_holds) in &if_modified_since {
                    let mut headers = Headers::default();
                    // In another order than they are judged in.
                    for (name, value) in [
                        ("If-Modified-Since", ims),
                        ("If-None-Match", inm),
                        ("If-Unmodified-Since", ius),
                        ("If-Match", im),
                    ] {
                        if let Some(value) = value {
                            headers.add(name, value).unwrap();
                        }
                    }
                    let first = if im.is_some() { im_holds } else { ius_holds };
                    let second = if inm.is_some() { inm_holds } else { ims_holds };
                    let expected = match (first, second) {
                        (Some(false), _) => Verdict::Failed,
                        (_, Some(false)) => Verdict::NotModified,
                        _ => Verdict::Go,
                    };
                    let verdict = judge_conditions(&headers, &present());
                    assert_eq!(verdict, expected, "{im:?} {ius:?} {inm:?} {ims:?}");
                    seen += 1;
                }
            }
        }
    }
    assert_eq!(seen, 9 * 5 * 9 * 5);
}

#[test]
fn tags_may_stand_in_several_fields_and_dates_may_not() {
    let verdict = |fields: &[(&str, &str)]| judge_conditions(&headers_of(fields), &present());
    let tags = [("If-None-Match", "\"old\""), ("if-none-match", TAG)];
    assert_eq!(verdict(&tags), Verdict::NotModified);
    let (same, early) = (date(0), date(-1));
    for other in [&same, &early] {
        let modified = [("If-Modified-Since", &*same), ("If-Modified-Since", other)];
        assert_eq!(verdict(&modified), Verdict::Go);
        let unmodified = [("If-Unmodified-Since", &*early), ("If-Unmodified-Since", other)];
        assert_eq!(verdict(&unmodified), Verdict::Go);
    }
    let mut not_text = Headers::default();
    not_text.add("If-Modified-Since", b"\xff").unwrap();
    not_text.add("If-None-Match", b"\xff\"now\"").unwrap();
    assert_eq!(judge_conditions(&not_text, &present()), Verdict::Go);
}

#[test]
fn a_date_that_cannot_be_relied_on_matches_nothing() {
    let changed = at(1_000_000_000);
    let young = Validators { now: changed + TimeDelta::seconds(1), ..present() };
    let verdict = |name, date: &str| judge_conditions(&headers_of(&[(name, date)]), &young);
    assert_eq!(verdict("If-Modified-Since", &date(0)), Verdict::Go);
    assert_eq!(verdict("If-Unmodified-Since", &date(0)), Verdict::Failed);
    assert_eq!(verdict("If-Unmodified-Since", &date(1)), Verdict::Go);
    assert!(!if_range_holds(&headers_of(&[("If-Range", &date(0))]), &young));

    let unknown = Validators { etag: None, changed: None, now: changed };
    for (fields, expected) in [
        (("If-Match", "*"), Verdict::Go),
        (("If-Match", TAG), Verdict::Failed),
        (("If-None-Match", "*"), Verdict::NotModified),
        (("If-None-Match", TAG), Verdict::Go),
        (("If-Modified-Since", &*date(0)), Verdict::Go),
        (("If-Unmodified-Since", &*date(0)), Verdict::Go),
    ] {
        assert_eq!(judge_conditions(&headers_of(&[fields]), &unknown), expected, "{fields:?}");
    }
}

#[test]
fn a_range_is_meant_for_one_version_alone_if_the_client_says_so() {
    let (same, rfc_850) = (date(0), "Sunday, 09-Sep-01 01:46:40 GMT");
    for (value, holds) in [
        (TAG, true),
        ("W/\"now\"", false),
        ("\"old\"", false),
        ("*", false),
        ("now", false),
        ("\"now\", \"old\"", false),
        (&*same, true),
        (rfc_850, true),
        (&*date(-1), false),
        (&*date(1), false),
        ("yesterday", false),
        ("", false),
    ] {
        assert_eq!(
            if_range_holds(&headers_of(&[("If-Range", value)]), &present()),
            holds,
            "{value}"
        );
    }
    assert!(if_range_holds(&Headers::default(), &present()));
    assert!(!if_range_holds(&headers_of(&[("If-Range", TAG), ("If-Range", TAG)]), &present()));
    let unknown = Validators { etag: None, changed: None, now: Utc::now() };
    assert!(!if_range_holds(&headers_of(&[("If-Range", "yesterday")]), &unknown));
}

#[test]
fn conditions_over_http() {
    let site = Site::new();
    let fresh = site.get("a.txt");
    let tag = fresh.header("ETag").expect("a tag").to_owned();
    let changed = fresh.header("Last-Modified").expect("a date").to_owned();
    assert_eq!(changed, "Sun, 06 Nov 1994 08:49:37 GMT");
    let (before, after) = ("Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:38 GMT");
    for (field, value, status) in [
        ("If-None-Match", &*tag, 304),
        ("If-None-Match", "\"old\"", 200),
        ("If-Modified-Since", &changed, 304),
        ("If-Modified-Since", before, 200),
        // A file may be replaced by an older one.
        ("If-Modified-Since", after, 200),
        ("If-Match", &tag, 200),
        ("If-Match", "\"old\"", 412),
        ("If-Unmodified-Since", after, 200),
        ("If-Unmodified-Since", before, 412),
    ] {
        let reply = site.ask("a.txt", &[(field, value)]);
        assert_eq!(reply.status, status, "{field}: {value}");
        let server = site.server();
        let head = client_of(&server).request("HEAD", "/static/a.txt").header(field, value).send();
        assert_eq!(head.status, status, "{field}: {value}");
        if status == 304 {
            assert_eq!(reply.header("ETag"), Some(&*tag));
            assert_eq!(reply.header("Last-Modified"), Some(&*changed));
            assert_eq!(
                (reply.header("Content-Type"), reply.header("Content-Length")),
                (None, None)
            );
        }
        // What is not there has no version.
        assert_eq!(site.ask("nothing.txt", &[(field, value)]).status, 404, "{field}: {value}");
    }
    // A range is no reason to overlook a condition.
    let both = [("If-None-Match", &*tag), ("Range", "bytes=0-1")];
    assert_eq!(site.ask("a.txt", &both).status, 304);
}

// Ranges

#[test]
fn a_range_names_its_first_and_its_last_byte() {
    for (value, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=0-9", 0..10),
        ("bytes=5-5", 5..6),
        ("bytes=90-", 90..100),
        ("bytes=99-", 99..100),
        ("bytes=0-", 0..100),
        ("bytes=90-99", 90..100),
        ("bytes=90-100", 90..100),
        ("bytes=90-18446744073709551615", 90..100),
        ("bytes=90-18446744073709551616", 90..100),
        ("bytes=90-99999999999999999999999999", 90..100),
        ("bytes=-1", 99..100),
        ("bytes=-100", 0..100),
        ("bytes=-101", 0..100),
        ("bytes=-99999999999999999999999999", 0..100),
        ("bytes=000-0009", 0..10),
        ("Bytes=0-9", 0..10),
        ("bytes= 0-9", 0..10),
        ("bytes=,\t0-9 ,", 0..10),
    ] {
        assert_eq!(parse_ranges(value, 100), Some(vec![expected]), "{value}");
    }
}

#[test]
#[allow(clippy::single_range_in_vec_init)] // A list of one range is what is meant.
fn several_ranges_keep_their_order_and_what_overlaps_or_touches_is_joined() {
    for (value, expected) in [
        ("bytes=0-9,50-59", &[0..10, 50..60][..]),
        ("bytes=50-59, 0-9 ,-5", &[50..60, 0..10, 95..100]),
        ("bytes=0-9,11-19", &[0..10, 11..20]),
        ("bytes=0-9,10-19", &[0..20]),
        ("bytes=10-19,0-9", &[0..20]),
        ("bytes=0-9,5-14", &[0..15]),
        ("bytes=5-14,0-99", &[0..100]),
        ("bytes=0-9,0-9,0-9", &[0..10]),
        // The last one joins two that were apart, in the place of the first of them.
        ("bytes=40-49,20-24,0-4,3-21", &[40..50, 0..25]),
        // What is not in the file is left out.
        ("bytes=0-9,100-,-0,200-300", &[0..10]),
        ("bytes=90-,95-200,-3", &[90..100]),
    ] {
        assert_eq!(parse_ranges(value, 100).as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn ranges_of_nothing_that_is_in_the_file_are_none_of_it() {
    for (value, length) in [
        ("bytes=100-", 100),
        ("bytes=100-200", 100),
        ("bytes=18446744073709551616-", 100),
        ("bytes=18446744073709551616-18446744073709551617", u64::MAX),
        ("bytes=-0", 100),
        ("bytes=100-,200-300", 100),
        ("bytes=0-", 0),
        ("bytes=0-0", 0),
        ("bytes=-0", 0),
    ] {
        assert_eq!(parse_ranges(value, length), Some(Vec::new()), "{value}");
    }
}

#[test]
fn what_is_no_range_is_as_if_it_were_not_there() {
    for value in [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes= ",
        "bytes=-",
        "bytes=--1",
        "bytes=a-b",
        "bytes=1",
        "bytes=9-0",
        "bytes=0-9,9-0",
        "bytes=0-9,x",
        "bytes=+0-9",
        "bytes=0-+9",
        "bytes=0 - 9",
        "bytes=0-9-",
        "bytes=-0-9",
        "bytes=0x0-9",
        "bytes=0-9;10-19",
        "bytes:0-9",
        "bytes 0-9",
        " bytes=0-9",
        "bytes =0-9",
        "lines=0-9",
        "seconds=1-2",
        "=0-9",
        "0-9",
        "bytes==0-9",
        "bytes=\u{661}-\u{662}",
    ] {
        assert_eq!(parse_ranges(value, 100), None, "{value}");
    }
    // The end of what has none.
    assert_eq!(parse_ranges("bytes=-5", 0), None);
}

#[test]
fn so_many_ranges_are_too_many() {
    let value = |count: usize| format!("bytes={}", vec!["0-0"; count].join(","));
    assert_eq!(parse_ranges(&value(MAX_RANGES), 100), Some(vec![Range { start: 0, end: 1 }]));
    assert_eq!(parse_ranges(&value(MAX_RANGES + 1), 100), None);
    assert_eq!(parse_ranges(&value(100_000), 100), None);
}

/// Every list of up to three ranges of a small file, and every byte of it.
#[test]
fn the_bytes_that_are_given_are_those_that_were_asked_for() {
    let mut specs = Vec::new();
    for first in 0..6 {
        specs.push(format!("{first}-"));
        specs.push(format!("-{first}"));
        specs.extend((first..6).map(|last| format!("{first}-{last}")));
    }
    let length = 4;
    let asked = |spec: &str, byte: u64| match spec.split_once('-').unwrap() {
        ("", count) => byte + count.parse::<u64>().unwrap() >= length,
        (first, "") => byte >= first.parse().unwrap(),
        (first, last) => (first.parse().unwrap()..=last.parse().unwrap()).contains(&byte),
    };
    for a in &specs {
        for b in &specs {
            for c in &specs {
                let value = format!("bytes={a},{b},{c}");
                let ranges = parse_ranges(&value, length).expect(&value);
                for byte in 0..length {
                    let wanted = [a, b, c].into_iter().any(|spec| asked(spec, byte));
                    let given = ranges.iter().filter(|range| range.contains(&byte)).count();
                    assert_eq!(given, usize::from(wanted), "{value} and byte {byte}: {ranges:?}");
                }
                let fits = |range: &Range<u64>| range.start < range.end && range.end <= length;
                assert!(ranges.iter().all(fits), "{value}: {ranges:?}");
            }
        }
    }
}

#[test]
fn a_part_of_a_file_says_which_part_of_what_it_is() {
    let site = Site::new();
    for (range, part, content) in [
        ("bytes=0-3", "bytes 0-3/10", "abcd"),
        ("bytes=4-", "bytes 4-9/10", "efghij"),
        // A film is asked for like this, and sought in only if the answer is 206.
        ("bytes=0-", "bytes 0-9/10", "abcdefghij"),
        ("bytes=-3", "bytes 7-9/10", "hij"),
        ("bytes=0-1,2-3", "bytes 0-3/10", "abcd"),
    ] {
        let reply = site.ask("a.txt", &[("Range", range)]);
        assert_eq!((reply.status, &*reply.reason), (206, "Partial Content"), "{range}");
        assert_eq!(reply.header("Content-Range"), Some(part), "{range}");
        assert_eq!(reply.header("Content-Type"), Some("text/plain; charset=utf-8"));
        assert_eq!(reply.header("ETag"), site.get("a.txt").header("ETag"));
        assert_eq!(reply.header("Last-Modified"), site.get("a.txt").header("Last-Modified"));
        assert_eq!(reply.text(), content, "{range}");
    }
    let whole = site.get("a.txt");
    assert_eq!(whole.header("Accept-Ranges"), Some("bytes"));
    assert_eq!(whole.header("Content-Range"), None);
}

#[test]
fn several_parts_are_one_body_each_with_a_head_of_its_own() {
    let site = Site::new();
    site.put("large.bin", pattern(TWO_PIECES_AND_A_BIT));
    let end = TWO_PIECES_AND_A_BIT - 1;
    let range = format!("bytes={}-{end},0-70000", end - 1);
    let reply = site.ask("large.bin", &[("Range", &range)]);
    assert_eq!((reply.status, reply.header("Content-Range")), (206, None));
    let content_type = reply.header("Content-Type").unwrap();
    let boundary = content_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
    assert!((1..=70).contains(&boundary.len()), "RFC 2046, section 5.1.1: {boundary}");
    let total = end + 1;
    let content = pattern(total);
    let expected = [
        format!(
            "--{boundary}\r\nContent-Type: application/octet-stream\r\n\
             Content-Range: bytes {}-{end}/{total}\r\n\r\n",
            end - 1
        )
        .into_bytes(),
        content[end - 1..].to_vec(),
        format!(
            "\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n\
             Content-Range: bytes 0-70000/{total}\r\n\r\n"
        )
        .into_bytes(),
        content[..=70_000].to_vec(),
        format!("\r\n--{boundary}--\r\n").into_bytes(),
    ];
    assert_bytes!(reply.body, expected.concat());
    let again = site.ask("large.bin", &[("Range", &range)]);
    assert_ne!(again.header("Content-Type"), Some(content_type), "nobody can guess it");
}

#[test]
fn a_range_behind_the_end_is_told_the_length() {
    let site = Site::new();
    site.put("empty.txt", "");
    for (path, range, part) in [
        ("a.txt", "bytes=10-", "bytes */10"),
        ("a.txt", "bytes=-0", "bytes */10"),
        ("a.txt", "bytes=10-11,99-", "bytes */10"),
        ("empty.txt", "bytes=0-", "bytes */0"),
    ] {
        let reply = site.ask(path, &[("Range", range)]);
        assert_eq!((reply.status, &*reply.reason), (416, "Range Not Satisfiable"), "{range}");
        assert_eq!(reply.header("Content-Range"), Some(part), "{range}");
    }
}

#[test]
fn the_whole_file_is_given_where_a_part_is_not_meant() {
    let site = Site::new();
    let tag = site.get("a.txt").header("ETag").unwrap().to_owned();
    let date = site.get("a.txt").header("Last-Modified").unwrap().to_owned();
    let range = ("Range", "bytes=2-3");
    for (fields, status, content) in [
        (&[range, ("If-Range", &*tag)][..], 206, "cd"),
        (&[range, ("If-Range", &date)], 206, "cd"),
        (&[range, ("If-Range", "\"old\"")], 200, "abcdefghij"),
        (&[range, ("If-Range", "Sun, 06 Nov 1994 08:49:38 GMT")], 200, "abcdefghij"),
        // Without a range it means nothing.
        (&[("If-Range", &tag)], 200, "abcdefghij"),
        (&[range, range], 200, "abcdefghij"),
        (&[("Range", "lines=1-2")], 200, "abcdefghij"),
        (&[("Range", "bytes=3-2")], 200, "abcdefghij"),
    ] {
        let reply = site.ask("a.txt", fields);
        assert_eq!((reply.status, reply.text()), (status, content), "{fields:?}");
    }
    let server = site.server();
    let client = client_of(&server);
    let head = client.request("HEAD", "/static/a.txt").header("Range", "bytes=2-3").send();
    assert_eq!((head.status, head.header("Content-Length")), (200, Some("10")));
    // Nor are pages that are no files given in parts.
    for path in ["nothing.txt", "notes", "notes/"] {
        let reply = site.ask(path, &[range]);
        assert!([200, 301, 404].contains(&reply.status), "{path}: {}", reply.status);
        assert_eq!(reply.header("Content-Range"), None, "{path}");
    }
}

#[test]
fn a_part_is_given_however_its_request_is_cut() {
    let site = Site::new();
    let server = site.server();
    let request = "GET /static/a.txt HTTP/1.0\r\nRange: bytes=2-3,7-\r\nIf-Range: x\r\n\r\n";
    for (request, status) in [(request.to_owned(), 200), (request.replace("If", "X"), 206)] {
        for_every_split(&request, |input| {
            let reply = Reply::parse(client_of(&server).raw_script(input));
            assert_eq!(reply.status, status);
            assert!(reply.text().contains("cd") && reply.text().contains("hij"));
        });
    }
}

// From a path to a file or a folder

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/www"))
}

#[test]
fn a_path_that_is_empty_or_ends_in_a_slash_is_the_folder() {
    assert_eq!(resolve("", root()), Ok(root().to_owned()));
    assert_eq!(resolve("notes/", root()), Ok(root().join("notes")));
    assert_eq!(resolve("notes", root()), Ok(root().join("notes")));
    assert_eq!(resolve("my%20a/b/", root()), Ok(root().join("my a").join("b")));
    assert_eq!(resolve("a.txt", root()), Ok(root().join("a.txt")));
    // So does apt ask.
    assert_eq!(resolve("./a.txt", root()), Ok(root().join("a.txt")));
    assert_eq!(resolve("notes/././b.txt", root()), Ok(root().join("notes").join("b.txt")));
    assert_eq!(resolve("./", root()), Ok(root().to_owned()));
    for path in [
        "/",
        "//",
        "/a.txt",
        "a.txt//",
        "notes//b.txt",
        "%2e/a.txt",
        "./../a.txt",
        "../",
        "notes/../",
    ] {
        assert_eq!(resolve(path, root()), Err(HttpError(404)), "{path}");
    }
}

/// Every path of up to four of these pieces.
#[test]
fn whatever_is_asked_for_is_a_name_below_the_root() {
    let pieces = ["..", ".", "/", "\\", "%2e", "%2F", "%5c", "%00", "%25", "2e", "a", ":", "%ff"];
    let mut paths = vec![String::new()];
    let mut longest = paths.clone();
    for _ in 0..4 {
        let longer = |path: &String| pieces.map(|piece| format!("{path}{piece}"));
        longest = longest.iter().flat_map(longer).collect();
        paths.extend(longest.iter().cloned());
    }
    let mut resolved = 0;
    for path in &paths {
        let Ok(file) = resolve(path, root()) else { continue };
        let below = file.strip_prefix(root()).expect(path);
        for component in below.components() {
            let Component::Normal(name) = component else { panic!("{path:?} is {file:?}") };
            let name = name.as_encoded_bytes();
            assert!(!name.iter().any(|byte| b"/\\:\0".contains(byte)), "{path:?} is {file:?}");
            assert!(!name.ends_with(b".") && !name.ends_with(b" "), "{path:?} is {file:?}");
        }
        // As many names as there were segments, but for dots: none was swallowed.
        let segments = path.strip_suffix('/').unwrap_or(path).split('/');
        let count = segments.filter(|&segment| segment != "." && !path.is_empty()).count();
        let count = if path == "/" { 0 } else { count };
        assert_eq!(below.components().count(), count, "{path:?} is {file:?}");
        resolved += 1;
    }
    assert!(resolved > 100, "{resolved} of {}", paths.len());
}

#[test]
fn a_name_is_encoded_so_that_it_is_itself_again_when_it_is_decoded() {
    for byte in 1..=255 {
        let Some(name) = decode_name(vec![b'a', byte, b'b']) else { continue };
        let encoded = encode_name(&name);
        assert!(
            encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte))
        );
        assert_eq!(percent_decode(&encoded).and_then(decode_name), Some(name));
    }
    let encode = |name: &str| encode_name(&OsString::from(name));
    assert_eq!(encode("Az09-._~"), "Az09-._~");
    assert_eq!(encode(" ?#%&\"'/+=\n"), "%20%3F%23%25%26%22%27%2F%2B%3D%0A");
    assert_eq!(encode("caf\u{e9}"), "caf%C3%A9");
}

#[test]
fn a_file_is_opened_and_a_folder_is_found_below_the_root_alone() {
    let site = Site::new();
    let open = |name: &str| open_below(&site.root, &site.root.join(name));
    for (name, expected) in [("a.txt", "abcdefghij"), ("notes/b.txt", "b\n")] {
        let Ok(Found::File(mut file)) = open(name) else { panic!("{name} is a file") };
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        assert_eq!(content, expected);
    }
    for name in ["", "notes", "notes/"] {
        let Ok(Found::Folder(folder)) = open(name) else { panic!("{name} is a folder") };
        assert_eq!(folder, site.root.join(name).canonicalize().unwrap());
    }
    for name in ["..", "../secret.txt", "nothing", "a.txt/b", "notes/../../secret.txt"] {
        assert_eq!(open(name).unwrap_err().downcast_ref(), Some(&HttpError(404)), "{name}");
    }
    let nowhere = site.folder.path().join("nowhere");
    let error = open_below(&nowhere, &nowhere.join("a.txt")).unwrap_err();
    assert_eq!(error.downcast_ref::<HttpError>(), None);
}

// Folders

#[test]
fn a_folder_is_its_index_html_or_else_its_index_htm() {
    assert_eq!(INDEXES, ["index.html", "index.htm"]);
    let site = Site::new();
    site.put("both/index.htm", "htm");
    site.put("both/index.html", "html");
    site.put("old/index.htm", "htm");
    site.put("odd/index.html/a.txt", "a");
    site.put("odd/index.htm", "htm");
    for (path, content) in
        [("", "<h1>Home</h1>\n"), ("both/", "html"), ("old/", "htm"), ("odd/", "htm")]
    {
        let reply = site.get(path);
        assert_eq!(reply.text(), content, "{path}");
        assert_eq!(reply.header("Content-Type"), Some("text/html; charset=utf-8"));
        assert_eq!(site.ask(path, &[("Range", "bytes=0-0")]).text(), &content[..1]);
        let tag = reply.header("ETag").unwrap();
        assert_eq!(site.ask(path, &[("If-None-Match", tag)]).status, 304);
    }
}

#[test]
fn a_folder_without_its_slash_is_moved_to_the_name_with_it() {
    let site = Site::new();
    site.put("my a/b", "b");
    let server = site.server();
    for (target, location) in [
        ("/static/notes", "/static/notes/"),
        ("/static/my%20a", "/static/my%20a/"),
        ("/static/%6eotes", "/static/%6eotes/"),
        ("/static/notes?sort=size", "/static/notes/?sort=size"),
        ("/static/notes?", "/static/notes/?"),
        ("/static", "/static/"),
        ("/static?a", "/static/?a"),
        ("http://evil.example/static/notes", "/static/notes/"),
    ] {
        for method in ["GET", "HEAD"] {
            let reply = client_of(&server).request(method, target).send();
            assert_eq!((reply.status, &*reply.reason), (301, "Moved Permanently"), "{target}");
            assert_eq!(reply.header("Location"), Some(location), "{target}");
        }
    }
    for target in ["/static/nothing", "/static/a.txt/", "/static/notes/b.txt/", "/staticfoo"] {
        assert_not_found(&client_of(&server).get(target), target);
    }
}

#[test]
fn nobody_is_sent_to_another_host() {
    let site = Site::new();
    site.put("evil.example/a", "a");
    let server = server_of("/", &site.root, Listing::Shown);
    assert_eq!(client_of(&server).get("/evil.example").header("Location"), Some("/evil.example/"));
    for target in
        ["//evil.example", "/\\evil.example", "/%2fevil.example", "/%5cevil.example", "///"]
    {
        let reply = client_of(&server).get(target);
        assert_not_found(&reply, target);
        assert_eq!(reply.header("Location"), None);
    }
}

/// The links of a listing, each with its text, in their order. The headings are not among
/// them.
fn links(page: &str) -> Vec<(&str, &str)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("<tr><td><a href=\""));
    rows.map(|row| {
        let (link, rest) = row.split_once("\">").expect("a link ends");
        (link, rest.split_once("</a>").expect("its text ends").0)
    })
    .collect()
}

#[test]
fn a_listing_has_names_sizes_and_times() {
    let site = Site::new();
    site.put("list/b.txt", "12345");
    site.put("list/a.txt", "1");
    site.put("list/sub/c.txt", "c");
    let reply = site.get("list/");
    assert_eq!(
        (reply.status, reply.header("Content-Type")),
        (200, Some("text/html; charset=utf-8"))
    );
    let page = reply.text();
    assert!(page.contains("<h1>Index of /static/list/</h1>"), "{page}");
    assert_eq!(
        links(page),
        [("../", "../"), ("sub/", "sub/"), ("a.txt", "a.txt"), ("b.txt", "b.txt")]
    );
    assert!(page.contains("b.txt</a><td>5<td>1994-11-06 08:49:37\n"), "{page}");
    // Above the root there is nothing.
    fs::remove_file(site.root.join("index.html")).unwrap();
    let top = site.get("");
    assert_eq!(links(top.text()), [("list/", "list/"), ("notes/", "notes/"), ("a.txt", "a.txt")]);
    assert_eq!(client_of(&site.server()).head("/static/list/").status, 200);
}

#[test]
fn a_listing_is_ordered_as_the_query_says() {
    let site = Site::new();
    for (name, length, changed) in [("b", 3, 2), ("a", 10, 3), ("c", 2, 1)] {
        let file = site.put(format!("list/{name}"), vec![b'x'; length]);
        change_at(&file, Duration::from_secs(changed));
    }
    site.put("list/z/a", "folders come first");
    site.put("list/y/a", "folders come first");
    for (query, order) in [
        ("", "yzabc"),
        ("?", "yzabc"),
        ("?sort=name", "yzabc"),
        ("?sort=-name", "zycba"),
        ("?sort=nonsense", "yzabc"),
        ("?day=monday", "yzabc"),
    ] {
        let reply = site.get(&format!("list/{query}"));
        let names: String = links(reply.text()).iter().map(|(link, _)| &link[..1]).collect();
        assert_eq!(names, format!(".{order}"), "{query}");
    }
    for (query, order) in [("size", "cba"), ("-size", "abc"), ("time", "cba"), ("-time", "abc")] {
        let reply = site.get(&format!("list/?sort={query}"));
        let names: String = links(reply.text()).iter().map(|(link, _)| &link[..1]).collect();
        assert_eq!(names[3..], *order, "{query}");
        // A click on the same heading turns it round.
        let key = query.trim_start_matches('-');
        let next = if query == key { format!("-{key}") } else { key.to_owned() };
        assert!(reply.text().contains(&format!("<a href=\"?sort={next}\">")), "{query}");
    }
}

/// Names that mean something in an address, in HTML, in a terminal or to a browser.
fn odd_names() -> Vec<OsString> {
    let mut names: Vec<OsString> = [
        "a&b=c;d,e'(f)!.txt",
        "100%.txt",
        "%41.txt",
        "#1.txt",
        " leading",
        "caf\u{e9}.txt",
        "\u{1f372}",
        "+plus+",
        "~",
        "-rf",
        ".hidden",
        "..two",
        "&amp;",
        "javascript(1)",
        "index.html.bak",
    ]
    .map(OsString::from)
    .to_vec();
    if cfg!(unix) {
        let more = ["what?", "<b>bold\"", "two\nlines", "\ttab", "\u{1b}[31mred", "*", "|", "a\"b"];
        names.extend(more.map(OsString::from));
    }
    if cfg!(target_os = "linux") {
        names.extend(
            [&b"\xff\xfe.txt"[..], b"caf\xe9"].map(|name| decode_name(name.to_vec()).unwrap()),
        );
    }
    names
}

#[test]
fn every_link_of_a_listing_leads_to_the_file_of_its_name() {
    let site = Site::new();
    let names = odd_names();
    for name in &names {
        site.put(Path::new("list").join(name), name.as_encoded_bytes());
        site.put(Path::new("list").join("of folders").join(name).join("a"), "a");
    }
    let reply = site.get("list/");
    let page = reply.text().to_owned();
    let listed: Vec<_> =
        links(&page).into_iter().filter(|(link, _)| !link.ends_with('/')).collect();
    assert_eq!(listed.len(), names.len(), "{page}");
    let mut contents: Vec<_> =
        listed.iter().map(|(link, _)| site.get(&format!("list/{link}")).body).collect();
    let mut expected: Vec<_> = names.iter().map(|name| name.as_encoded_bytes().to_vec()).collect();
    contents.sort_unstable();
    expected.sort_unstable();
    assert_eq!(contents, expected);
    for (link, text) in links(&page) {
        assert!(link.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%/".contains(&byte)));
        // Nothing in a name is taken for HTML, nor ends its line.
        assert!(
            !text.contains(['<', '>', '"', '\'']) && !text.contains(char::is_control),
            "{text}"
        );
    }
    let folders = site.get("list/of%20folders/");
    for (link, _) in links(folders.text()).iter().skip(1) {
        assert_eq!(links(site.get(&format!("list/of%20folders/{link}")).text()).len(), 2, "{link}");
    }
}

#[test]
fn the_heading_of_a_listing_is_escaped_too() {
    let site = Site::new();
    let title = "a <b> & \"c\"\n";
    let page = list(&site.root, &site.root, title, None).unwrap();
    assert!(page.contains("<h1>a &lt;b&gt; &amp; &quot;c&quot;\\n</h1>"), "{page}");
    let page = list(&site.root, &site.root, "", Some("sort=\"><script>")).unwrap();
    assert!(!page.contains("script"), "{page}");
}

#[test]
fn without_listings_a_folder_is_its_index_or_not_found() {
    let site = Site::new();
    let server = server_of("/static", &site.root, Listing::Hidden);
    assert_eq!(client_of(&server).get("/static/").text(), "<h1>Home</h1>\n");
    assert_not_found(&client_of(&server).get("/static/notes/"), "notes/");
    assert_eq!(client_of(&server).get("/static/notes").status, 301);
    assert_eq!(client_of(&server).get("/static/notes/b.txt").text(), "b\n");
}

#[test]
fn names_that_are_refused_are_not_listed() {
    for name in ["a", "a.b", " a", "caf\u{e9}", "\u{fffd}", "a%2fb", "..a", "comb.txt", "<"] {
        assert!(is_plain(name), "{name:?}");
    }
    let refused =
        ["", ".", "..", "a.", "a ", "a:b", "a/b", "a\\b", "a\0", "nul", "COM1.txt", "..namedfork"];
    let site = Site::new();
    for name in refused {
        assert!(!is_plain(name), "{name:?}");
        // On Unix some of these files can be made. (On Windows it would be others.)
        if cfg!(unix) {
            let _ = fs::write(site.root.join("notes").join(name), SECRET);
        }
    }
    assert_eq!(links(site.get("notes/").text()), [("../", "../"), ("b.txt", "b.txt")]);
}

#[test]
fn a_file_can_be_read_and_nothing_else() {
    let site = Site::new();
    let server = site.server();
    for path in ["", "/", "/a.txt", "/notes", "/notes/", "/nothing", "/../secret.txt"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
            let reply = client_of(&server).request(method, &format!("/static{path}")).send();
            assert_eq!((reply.status, reply.header("Allow")), (405, Some("GET, HEAD")), "{method}");
        }
        let reply = client_of(&server).request("BREW", &format!("/static{path}")).send();
        assert_eq!(reply.status, 501, "{path}");
    }
}

#[test]
fn several_prefixes_are_served_at_once_and_none_is_left() {
    let site = Site::new();
    let mut server = HttpServer::default();
    for (prefix, folder) in [("/my/notes", "notes"), ("/www/", "")] {
        let (pattern, handler) = serve_static(prefix, &site.root.join(folder), Listing::Shown);
        server.register(pattern, handler);
    }
    let client = client_of(&server);
    for (target, content) in [("/my/notes/b.txt", "b\n"), ("/www/notes/b.txt", "b\n")] {
        assert_eq!(client.get(target).text(), content);
    }
    assert_eq!(client.get("/my/notes").header("Location"), Some("/my/notes/"));
    assert_eq!(links(client.get("/my/notes/").text()), [("b.txt", "b.txt")]);
    for target in
        ["/", "/my", "/my/notesb.txt", "/my/notes../a.txt", "/my/notes/../a.txt", "/wwwa.txt"]
    {
        assert_not_found(&client.get(target), target);
    }
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    #[test]
    fn what_leads_out_or_is_no_file_is_neither_given_nor_listed() {
        let site = Site::new();
        let notes = site.root.join("notes");
        for (name, target) in [
            ("out.txt", "../../secret.txt"),
            ("up", "../.."),
            ("dangling", "nothing"),
            ("circle", "circle"),
            ("inside.txt", "b.txt"),
            ("folder", "../notes"),
        ] {
            symlink(target, notes.join(name)).unwrap();
        }
        let _socket = UnixListener::bind(notes.join("socket")).unwrap();
        let expected = ["../", "folder/", "b.txt", "inside.txt"].map(|name| (name, name));
        let reply = site.get("notes/");
        assert_eq!(links(reply.text()), expected);
        for path in ["out.txt", "up", "up/", "up/secret.txt", "dangling", "circle", "socket"] {
            assert_not_found(&site.get(&format!("notes/{path}")), path);
        }
        assert_eq!(site.get("notes/inside.txt").text(), "b\n");
        assert_eq!(site.get("notes/folder/b.txt").text(), "b\n");
        assert_eq!(site.get("notes/folder").status, 301);
    }

    #[test]
    fn an_index_that_leads_out_is_passed_over() {
        let site = Site::new();
        symlink("../../secret.txt", site.root.join("notes/index.html")).unwrap();
        let reply = site.get("notes/");
        assert_eq!(links(reply.text()), [("../", "../"), ("b.txt", "b.txt")]);
        assert!(!reply.text().contains("soup"));
    }

    /// It takes the place of the other one, as long and as old.
    #[test]
    fn another_file_of_the_same_name_has_another_tag() {
        let site = Site::new();
        let old = site.get("a.txt").header("ETag").unwrap().to_owned();
        let other = site.put("other.txt", "ABCDEFGHIJ");
        fs::rename(other, site.root.join("a.txt")).unwrap();
        let reply = site.ask("a.txt", &[("If-None-Match", &old)]);
        assert_bytes!(reply.body, b"ABCDEFGHIJ");
        assert_ne!(reply.header("ETag"), Some(&*old));
    }

    /// For a superuser there is nothing that may not be read.
    #[test]
    fn what_may_not_be_read_is_forbidden_and_no_listing_takes_its_place() {
        let site = Site::new();
        let index = site.put("closed/index.html", "closed");
        site.put("no-list/a.txt", "a");
        let folder = site.root.join("no-list");
        fs::set_permissions(&index, Permissions::from_mode(0o000)).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o300)).unwrap();
        let is_superuser = File::open(&index).is_ok();
        let (closed, unlisted) = (site.get("closed/"), site.get("no-list/"));
        let inside = site.get("no-list/a.txt");
        fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
        if !is_superuser {
            assert_eq!((closed.status, unlisted.status), (403, 403));
        }
        assert_eq!(inside.text(), "a");
    }
}

// Over TCP

#[test]
fn a_large_file_over_tcp_comes_whole_and_in_parts_to_all_who_ask_for_it() {
    let site = Site::new();
    let content = pattern(5_000_000);
    site.put("large.bin", &content);
    let server = site.server();
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let ask = |range: &str| {
                let mut client = live.connect();
                client.send(format!("GET /static/large.bin HTTP/1.0\r\n{range}\r\n"));
                client
            };
            let mut clients =
                [ask(""), ask("Range: bytes=0-2499999\r\n"), ask("Range: bytes=2500000-\r\n")];
            let [whole, first, second] = clients.each_mut().map(|client| {
                let (bytes, ending) = client.read_to_end();
                assert_eq!(ending, Ending::Closed);
                Reply::parse(bytes).body
            });
            assert_bytes!(whole, content);
            assert_bytes!([first, second].concat(), content);
        },
    );
}

/// The rest of the file is taken away from under an answer; the client can tell, and the
/// next one is served.
#[test]
fn a_file_that_becomes_shorter_breaks_off_one_answer_and_no_other() {
    let site = Site::new();
    let length = 20_000_000;
    let file = site.put("large.bin", vec![b'x'; length]);
    let server = site.server();
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut client = live.connect();
            client.send("GET /static/large.bin HTTP/1.0\r\n\r\n");
            let head = client.read_until("\r\n\r\n");
            OpenOptions::new().write(true).open(&file).unwrap().set_len(0).unwrap();
            let (bytes, ending) = client.read_to_end();
            assert_eq!(ending, Ending::Closed);
            assert!(String::from_utf8(head).unwrap().contains("Content-Length: 20000000\r\n"));
            assert!(bytes.len() < length, "{} of {length} bytes", bytes.len());

            let mut next = live.connect();
            next.send("GET /static/a.txt HTTP/1.0\r\n\r\n");
            assert_eq!(Reply::parse(next.read_to_end().0).text(), "abcdefghij");
        },
    );
}
