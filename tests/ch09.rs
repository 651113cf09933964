//! What chapter 9 promises.

use anyhow::{Context, Result, anyhow, bail};
use ch09::{
    CaughtPanic, Failure, Frame, HttpError, HttpServer, NOT_FOUND, Request, Response, Traceback,
    careless_files, catch_panic, error_page, escape_html, method, path, prefix, read_request,
    reason,
};
use mock::{
    Ending, Events, Gate, Live, MockClient, MockConnection, Reply, Script, alone, assert_bytes,
    for_every_split, full_name,
};
use std::backtrace::Backtrace;
use std::env;
use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::path::Path;
use std::thread;

/// The request of most tests below.
const REQUEST: &[u8] = b"GET /menu?day=monday HTTP/1.1\r\n\
    Host: localhost:8009\r\n\
    \r\n";

type Handler = fn(&Request) -> Result<Response>;

fn client_of(server: &HttpServer) -> MockClient<impl Fn(MockConnection)> {
    MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap())
}

/// A server with one handler, for all requests.
fn server(
    debug: bool,
    handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static,
) -> HttpServer {
    let mut server = HttpServer::default();
    server.debug = debug;
    server.register(|_| true, handler);
    server
}

/// The reply to [`REQUEST`].
#[track_caller]
fn reply(server: &HttpServer) -> Reply {
    Reply::parse(client_of(server).raw(REQUEST))
}

// HttpError

#[test]
fn an_http_error_is_answered_with_its_status() {
    for debug in [false, true] {
        for status in 400..=599 {
            let reply = reply(&server(debug, move |_| Err(HttpError(status))?));
            assert_eq!((reply.status, reply.reason.as_str()), (status, reason(status)));
            assert!(reply.text().contains(&format!("{status} {}", reason(status))));
        }
    }
}

#[test]
fn an_http_error_reads_as_its_status_and_is_an_error_like_others() {
    assert_eq!(HttpError(418).to_string(), "418 I'm a teapot");
    assert_eq!(HttpError(599).to_string(), "599 ");
    let error: Box<dyn std::error::Error + Send + Sync> = HttpError(404).into();
    assert_eq!(error.to_string(), "404 Not Found");
}

/// As deep as one likes: the status comes from the last of these functions.
fn supper(_: &Request) -> Result<Response> {
    let dish = dish("soup")?;
    Ok(Response::text(dish))
}

fn dish(name: &str) -> Result<String> {
    let shelves = ["cellar", "attic"].iter().map(|shelf| look_for(name, shelf));
    shelves.collect::<Result<String>>().context("none on the shelves")
}

fn look_for(name: &str, shelf: &str) -> Result<String> {
    Err(HttpError(410)).with_context(|| format!("no {name} in the {shelf}"))
}

#[test]
fn an_http_error_is_found_from_deep_inside_and_below_any_context() {
    assert_eq!(reply(&server(false, supper)).status, 410);
    let failed_io = || io::Error::new(ErrorKind::PermissionDenied, "the cellar is locked");
    let handlers: [Handler; 6] = [
        |_| Err(HttpError(403).into()),
        |_| bail!(HttpError(403)),
        |_| Err(anyhow!(HttpError(403)).context("one").context("two").context("three")),
        |_| Err(HttpError(403)).context("at once"),
        // As the context of something else: what a client may know of it.
        |_| Err(io::Error::other("the cellar is locked")).context(HttpError(403)),
        |_| Ok(Response::text(None::<&str>.context(HttpError(403)).context("no soup")?)),
    ];
    for handler in handlers {
        assert_eq!(reply(&server(false, handler)).status, 403);
    }
    let handler = move |_: &Request| Err(failed_io()).context(HttpError(403)).context("no soup");
    assert_eq!(reply(&server(false, handler)).status, 403);
}

#[test]
fn an_http_error_tells_nobody_what_it_was_about() {
    for debug in [false, true] {
        let reply = reply(&server(debug, supper));
        assert_tells_nothing(&reply, &["cellar", "shelves"]);
    }
}

#[test]
fn a_status_that_is_no_error_is_a_500() {
    for status in [0, 1, 99, 100, 200, 204, 301, 304, 399, 600, 999, 1000, u16::MAX] {
        let server = server(true, move |_| Err(HttpError(status)).context("no soup")?);
        let reply = reply(&server);
        assert_eq!(reply.status, 500, "{status}");
        let causes = format!("no soup\n  because: {}", HttpError(status));
        assert!(reply.text().contains(&causes), "{}", reply.text());
    }
}

#[test]
fn a_method_that_nobody_knows_is_501_with_a_page_where_no_pattern_matches() {
    let mut server = HttpServer::default();
    server.register(path("/menu"), |_| Ok(Response::text("soup")));
    let client = client_of(&server);
    let reply = client.request("BREW", "/elsewhere").send();
    assert_eq!((reply.status, reply.reason.as_str()), (501, "Not Implemented"));
    assert!(reply.text().contains("501 Not Implemented"), "{}", reply.text());
    assert_eq!(client.request("BREW", "/menu").send().text(), "soup");
    let reply = client.request("OPTIONS", "*").send();
    assert_eq!((reply.status, &reply.body[..]), (204, &b""[..]));
    assert!(reply.header("Allow").is_some_and(|methods| methods.contains("GET")));
}

#[test]
fn head_is_answered_without_a_body_though_the_rest_is_malformed() {
    let server = HttpServer::default();
    for_every_split("HEAD / HTTP/1.0\r\nno colon\r\n\r\n", |input| {
        let reply = Reply::parse_head_only(client_of(&server).raw_script(input));
        assert_eq!(reply.status, 400);
    });
}

#[test]
fn nobody_answers_what_nobody_knows_but_a_poem() {
    let mut nobody = HttpServer::default();
    nobody.register(path("/elsewhere"), |_| Ok(Response::text("soup")));
    for server in [nobody, server(false, |_| Err(HttpError(404))?)] {
        let reply = reply(&server);
        assert_eq!((reply.status, reply.reason.as_str()), (404, "Not Found"));
        // An apostrophe may be escaped, and need not be.
        let page = reply.text().replace("&#39;", "'");
        assert!(page.contains(NOT_FOUND), "{page}");
    }
    let reply = reply(&server(false, |_| Err(HttpError(410))?));
    let page = reply.text().replace("&#39;", "'");
    assert!(!page.contains(NOT_FOUND), "{page}");
}

#[test]
fn what_goes_well_is_as_it_was() {
    for debug in [false, true] {
        let mut server = HttpServer::default();
        server.debug = debug;
        server.register(method("POST"), |request| Ok(Response::text(request.body.clone())));
        server.register(prefix("/menu"), |_| Ok(Response::new(503).body("no soup")));
        server.register(prefix("/"), |_| Err(HttpError(418))?);
        let body: Vec<u8> = (0..=255).collect();
        let mirrored = client_of(&server).post("/menu", &body);
        assert_eq!(mirrored.status, 200);
        assert_bytes!(mirrored.body, body);
        // An answer with a status of its own is an answer.
        let answer = client_of(&server).get("/menu");
        assert_eq!((answer.status, answer.text()), (503, "no soup"));
        assert_eq!(client_of(&server).get("/").status, 418);
    }
}

// Any other error

/// Asserts that a page shows neither code nor paths nor any of `secrets`.
#[track_caller]
fn assert_tells_nothing(reply: &Reply, secrets: &[&str]) {
    let page = reply.text();
    let code = ["Traceback", "because", "backtrace", ".rs", "panicked", "ch09", "price_of"];
    let here = env!("CARGO_MANIFEST_DIR");
    for secret in code.iter().chain(secrets).chain(&[here]) {
        assert!(!page.contains(secret), "{secret:?} is in this page:\n{page}");
    }
    let headers = reply.headers.iter().map(|(_, value)| value.escape_ascii().to_string());
    let headers = headers.collect::<Vec<_>>().join("\n");
    for secret in secrets {
        assert!(!headers.contains(secret), "{secret:?} is in these headers:\n{headers}");
    }
}

#[test]
fn any_other_error_is_a_bare_500() {
    let handlers: [Handler; 5] = [
        menu,
        |_| bail!("the cellar is locked"),
        |_| Ok(Response::text(std::fs::read("/no/cellar/here")?)),
        |_| Ok(Response::text("").header("X-Soup", "the\r\ncellar")?),
        |_| Err(anyhow!("the cellar is locked").context(HttpError(200))),
    ];
    for handler in handlers {
        let reply = reply(&server(false, handler));
        assert_eq!((reply.status, reply.reason.as_str()), (500, "Internal Server Error"));
        assert_tells_nothing(&reply, &["cellar", "invalid digit", "No such file", "200 OK"]);
    }
}

#[test]
fn an_error_is_answered_however_the_request_is_cut() {
    let server = server(false, menu);
    for_every_split(REQUEST, |input| {
        assert_eq!(Reply::parse(client_of(&server).raw_script(input)).status, 500);
    });
    let expected = reply(&server);
    let (conn, peer) = MockConnection::pair(REQUEST);
    server.on_connect(&mut conn.short_writes(3).interrupt_writes(), None).unwrap();
    assert_bytes!(Reply::parse(peer.sent()).body, expected.body);
}

#[test]
fn after_a_failure_the_next_request_is_served() {
    let mut server = HttpServer::default();
    server.register(path("/menu"), menu);
    server.register(path("/panic"), |_| panic!("no soup today"));
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    for _ in 0..3 {
        assert_eq!(client_of(&server).get("/menu").status, 500);
        assert_eq!(client_of(&server).get("/").text(), "Hi there!\n");
        assert_eq!(client_of(&server).get("/panic").status, 500);
        assert_eq!(client_of(&server).get("/").text(), "Hi there!\n");
        assert_eq!(client_of(&server).get("/elsewhere").status, 404);
    }
}

// The traceback of an error

const CALLS_PRICE_OF: u32 = line!() + 2;
fn menu(_: &Request) -> Result<Response> {
    let price = price_of("soup")?;
    Ok(Response::text(format!("soup: {price} cents\n")))
}

const PARSES: u32 = line!() + 2;
fn price_of(line: &str) -> Result<u32> {
    line.parse::<u32>().context("the price of the soup")
}

/// Tracebacks are only there if the environment asks for them, as cargo does in
/// this workspace.
#[track_caller]
fn assert_backtraces_are_on() {
    let is_on = env::var_os("RUST_LIB_BACKTRACE").is_some_and(|value| value != "0");
    assert!(is_on, "run this test by cargo, or with RUST_LIB_BACKTRACE=1");
}

/// A server whose error page is the traceback and nothing else.
fn telling(handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static) -> HttpServer {
    let mut server = server(true, handler);
    server.set_error_page(|failure| match failure.traceback {
        Some(traceback) => Response::text(traceback.to_string()),
        None => Response::text("no traceback"),
    });
    server
}

/// The traceback of a handler that fails.
#[track_caller]
fn traceback_of(handler: impl Fn(&Request) -> Result<Response> + Send + Sync + 'static) -> String {
    assert_backtraces_are_on();
    let reply = reply(&telling(handler));
    assert_eq!(reply.status, 500);
    with_slash(reply.text())
}

/// On Windows a path may have a backslash.
fn with_slash(text: &str) -> String {
    text.replace("tests\\ch09.rs", "tests/ch09.rs")
}

/// A closure's name. An optimized build does not know in which function it is.
fn closure_in(function: &str) -> String {
    match cfg!(debug_assertions) {
        true => format!("{function}, closure"),
        false => "closure".to_owned(),
    }
}

/// The frames of a traceback: its lines that tell a place.
fn places(traceback: &str) -> Vec<String> {
    let lines = traceback.lines().filter_map(|line| line.strip_prefix("  tests/ch09.rs:"));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_traceback_shows_the_way_to_the_failing_line_and_the_chain_of_causes() {
    let expected = format!(
        "Traceback (most recent call last):\n\
         \x20 tests/ch09.rs:{CALLS_PRICE_OF}, in menu\n\
         \x20     let price = price_of(\"soup\")?;\n\
         \x20 tests/ch09.rs:{PARSES}, in price_of\n\
         \x20     line.parse::<u32>().context(\"the price of the soup\")\n\
         the price of the soup\n\
         \x20 because: invalid digit found in string"
    );
    assert_bytes!(traceback_of(menu), expected);
}

#[test]
fn a_traceback_has_the_same_in_its_fields() {
    assert_backtraces_are_on();
    let (mut server, events) = (server(true, menu), Events::new());
    let seen = events.clone();
    server.set_error_page(move |failure| {
        let traceback = failure.traceback.expect("a traceback");
        for Frame { file, line, function, source } in &traceback.frames {
            let name = file.file_name().unwrap().display();
            seen.log(format!("{name} {line} {function} {}", source.as_deref().unwrap_or("?")));
            assert!(file.is_relative());
        }
        seen.log(traceback.causes.join(" < "));
        assert!(traceback.whole.lines().count() > traceback.frames.len());
        assert!(traceback.whole.contains("price_of"));
        Response::new(200)
    });
    assert_eq!(reply(&server).status, 500);
    assert_eq!(
        events.list(),
        [
            format!("ch09.rs {CALLS_PRICE_OF} menu let price = price_of(\"soup\")?;"),
            format!(
                "ch09.rs {PARSES} price_of line.parse::<u32>().context(\"the price of the soup\")"
            ),
            "the price of the soup < invalid digit found in string".to_owned(),
        ]
    );
}

#[test]
fn a_traceback_of_one_line_and_one_cause_is_short() {
    const FAILS: u32 = line!() + 1;
    let traceback = traceback_of(|_| bail!("no soup today"));
    let here = closure_in("a_traceback_of_one_line_and_one_cause_is_short");
    let expected = format!(
        "Traceback (most recent call last):\n\
         \x20 tests/ch09.rs:{FAILS}, in {here}\n\
         \x20     let traceback = traceback_of(|_| bail!(\"no soup today\"));\n\
         no soup today"
    );
    assert_bytes!(traceback, expected);
}

#[test]
fn every_cause_is_told_from_the_last_to_the_first() {
    let traceback = traceback_of(|_| {
        let cellar = io::Error::new(ErrorKind::PermissionDenied, "the cellar is locked");
        Err(cellar).context("no onions").context("no soup").context("no supper")
    });
    let causes = "no supper\n  because: no soup\n  because: no onions\n  \
                  because: the cellar is locked";
    assert!(traceback.ends_with(&format!("\n{causes}")), "{traceback}");
}

struct Pot<T>(T);

impl<T: Debug> Pot<T> {
    fn taste(&self) -> Result<Response> {
        bail!("too much {:?}", self.0)
    }
}

trait Cook {
    fn cook(&self) -> Result<Response>;
}

impl Cook for Pot<&str> {
    fn cook(&self) -> Result<Response> {
        self.taste()
    }
}

fn serve<T: Cook + ?Sized>(pot: &T) -> Result<Response> {
    let serve_it = || pot.cook();
    serve_it()
}

#[test]
fn a_frame_has_the_name_of_its_function_alone() {
    let traceback = traceback_of(|_| {
        let pot: &dyn Cook = &Pot("salt");
        serve(pot)
    });
    let names: Vec<_> = places(&traceback)
        .iter()
        .map(|place| place.split_once(", in ").unwrap().1.to_owned())
        .collect();
    let here = closure_in("a_frame_has_the_name_of_its_function_alone");
    let inside = closure_in("serve");
    assert_eq!(names, [&here, "serve", &inside, "cook", "taste"], "{traceback}");
}

/// Its name is that of the machinery that runs when a panic begins.
fn panicking(_: &Request) -> Result<Response> {
    panic!("no soup today")
}

fn panicking_politely(_: &Request) -> Result<Response> {
    bail!("no soup today")
}

#[test]
fn a_handler_may_be_called_what_it_likes() {
    let traceback = traceback_of(panicking);
    assert_eq!(places(&traceback).len(), 1, "{traceback}");
    let traceback = traceback_of(panicking_politely);
    assert_eq!(places(&traceback).len(), 1, "{traceback}");
}

/// Work that was given to another thread has frames as well.
#[test]
fn an_error_from_another_thread_tells_where_it_was_made() {
    let traceback = traceback_of(|_| {
        thread::scope(|scope| scope.spawn(|| price_of("soup")).join().unwrap())?;
        Ok(Response::new(200))
    });
    let last = format!("{PARSES}, in price_of");
    assert_eq!(places(&traceback).last(), Some(&last), "{traceback}");
    // What starts a thread belongs to the system.
    let all = traceback.lines().filter(|line| line.contains(", in ")).count();
    assert_eq!(places(&traceback).len(), all, "{traceback}");
}

#[test]
fn the_causes_cannot_move_the_cursor_or_forge_a_line() {
    let traceback =
        traceback_of(|_| Err(anyhow!("a\r\nb\x1b[2J").context("c\n127.0.0.1 \"GET / \" 200")));
    let causes = "c\\n127.0.0.1 \"GET / \" 200\n  because: a\\r\\nb\\u{1b}[2J";
    assert!(traceback.ends_with(&format!("\n{causes}")), "{traceback}");
}

#[test]
fn the_usual_page_shows_the_traceback_in_debug_mode() {
    let expected = escape_html(&traceback_of(menu));
    let reply = reply(&server(true, menu));
    assert_eq!(reply.status, 500);
    assert_eq!(reply.header("Content-Type"), Some("text/html; charset=utf-8"));
    let page = with_slash(reply.text());
    assert!(page.contains(&expected), "{page}");
    assert!(page.contains("500 Internal Server Error"), "{page}");
}

#[test]
fn the_whole_backtrace_is_on_the_usual_page_and_not_taken_for_html() {
    assert_backtraces_are_on();
    let (mut server, events) = (server(true, menu), Events::new());
    let seen = events.clone();
    server.set_error_page(move |failure| {
        seen.log(&failure.traceback.expect("a traceback").whole);
        error_page(failure)
    });
    let page = reply(&server).text().to_owned();
    let whole = events.list().remove(0);
    // What the traceback leaves out, and names of types.
    assert!(whole.contains("on_connect") && whole.contains('<'), "{whole}");
    assert!(page.contains(&escape_html(&whole)), "{page}");
    assert!(!page.contains(&whole), "{page}");
}

/// The traceback is read from text whose form nobody promises. If this fails
/// after an update of Rust, and the tests around it too, `own_frames` must
/// learn the new form.
/// Names as the compiler has written them, in its own ways, at one time or another.
#[test]
fn a_frame_is_named_by_the_last_of_its_names_without_addresses_hashes_and_types() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (written, name) in [
        ("soup::pour", "pour"),
        ("soup::pour::h0123456789abcdef", "pour"),
        ("soup::herbs", "herbs"),
        ("0x55d0c0ffee00 - main", "main"),
        ("0x55d0c0ffee00 - soup::pour", "pour"),
        ("0x55d0c0ffee00 - soup::pour::h0123456789abcdef", "pour"),
        ("soup::pour - stir", "pour - stir"),
        ("soup::pour::<soup::Pot>", "pour"),
        ("<soup::Pot<T> as soup::Cook>::cook", "cook"),
        ("soup::pour::<fn(soup::Pot) -> soup::Bowl>", "pour"),
        ("soup::pour::{{closure}}", "pour, closure"),
        ("soup::pour::<soup::Pot>::{closure#0}", "pour, closure"),
    ] {
        let place = folder.join("soup.rs").display().to_string();
        let backtrace = format!("   0: {written}\n             at {place}:7:5\n");
        let panic = CaughtPanic { message: "no soup today".to_owned(), backtrace };
        let frames = Traceback::of_panic(&panic).frames;
        let [Frame { line: 7, function, source: None, .. }] = &frames[..] else {
            panic!("{written}: {frames:?}")
        };
        assert_eq!(function, name, "{written}");
    }
}

#[test]
fn a_backtrace_is_still_written_as_the_traceback_reads_it() {
    const HERE: u32 = line!() + 1;
    let text = format!("{:#}", Backtrace::force_capture());
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let here = format!("ch09.rs:{HERE}:");
    let at = lines.iter().position(|line| line.contains(&here)).expect("a frame for this line");

    // `at /home/you/course/src/main.rs:24:17`, the path in full.
    let place = lines[at].strip_prefix("at ").expect("`at` before the place");
    let mut parts = place.rsplitn(3, ':');
    parts.next().unwrap().parse::<u32>().expect("a column");
    assert_eq!(parts.next().unwrap().parse(), Ok(HERE));
    let file = Path::new(parts.next().unwrap());
    assert!(file.is_absolute() && file.ends_with("ch09.rs"), "{place}");

    // `12:     0x5566778899aa - ch09::name::h0123456789abcdef`, above the place.
    // Number and address are missing if the call was inlined.
    let frame = lines[at - 1];
    let (number, function) = frame.split_once(": ").unwrap_or(("0", frame));
    number.parse::<u32>().expect("a number before the frame");
    let (address, function) = function.trim_start().split_once(" - ").unwrap_or(("0x", function));
    assert!(address.starts_with("0x"), "{frame}");
    let name = "a_backtrace_is_still_written_as_the_traceback_reads_it";
    let here = concat!(module_path!(), "::");
    let name = function.strip_prefix(here).unwrap_or(function).strip_prefix(name);
    let hash = name.unwrap_or_else(|| panic!("the name of another function: {frame}"));
    assert!(hash.is_empty() || (hash.starts_with("::h") && hash.len() == 19), "{frame}");
}

// Panics

/// Handlers that panic, each in a way of its own, and what they say.
fn panics() -> [(Handler, &'static str); 10] {
    [
        (|_| panic!("no soup today"), "no soup today"),
        (|request| panic!("no {}", request.method), "no GET"),
        (|request| panic!("{}", String::from(&request.path)), "/menu"),
        (|_| panic_any(String::from("no soup today")), "no soup today"),
        (|_| panic_any(42), ""),
        (|_| panic_any(HttpError(404)), ""),
        (
            |request| Ok(Response::text(vec![request.target.as_bytes()[1000]])),
            "index out of bounds: the len is 16 but the index is 1000",
        ),
        (
            |request| Ok(Response::text(request.query.clone().filter(|_| false).unwrap())),
            "called `Option::unwrap()` on a `None` value",
        ),
        (
            |request| Ok(Response::text((10 / request.body.len()).to_string())),
            "attempt to divide by zero",
        ),
        (|_| unreachable!(), "internal error: entered unreachable code"),
    ]
}

#[test]
fn a_panic_is_a_bare_500_and_the_next_request_is_served() {
    for (handler, message) in panics() {
        let mut server = server(false, handler);
        server.register(path("/"), |_| Ok(Response::text("never")));
        for _ in 0..2 {
            let reply = reply(&server);
            assert_eq!((reply.status, reply.reason.as_str()), (500, "Internal Server Error"));
            let secrets = if message == "/menu" { "panicked" } else { message };
            let secrets = if secrets.is_empty() { "panicked" } else { secrets };
            assert_tells_nothing(&reply, &[secrets]);
        }
    }
}

#[test]
fn a_panic_says_what_and_where_in_debug_mode() {
    for (handler, message) in panics() {
        let traceback = traceback_of(handler);
        let last = traceback.lines().last().unwrap();
        assert!(last.starts_with("panicked at "), "{traceback}");
        assert!(last.contains("tests/ch09.rs:"), "{traceback}");
        assert!(last.ends_with(message), "{traceback}");
        let places = places(&traceback);
        assert_eq!(places.len(), 1, "{traceback}");
        assert!(places[0].ends_with(&closure_in("panics")), "{traceback}");
    }
}

const CALLS_POUR: u32 = line!() + 2;
fn bowl(request: &Request) -> Result<Response> {
    let soup = pour(request.body.len());
    Ok(Response::text(soup))
}

const POURS: u32 = line!() + 2;
fn pour(pots: usize) -> String {
    ["soup", "salad"].get(pots + 2).unwrap().to_string()
}

#[test]
fn the_traceback_of_a_panic_shows_the_way_to_the_failing_line() {
    let traceback = traceback_of(bowl);
    let (frames, last) = traceback.rsplit_once('\n').unwrap();
    let expected = format!(
        "Traceback (most recent call last):\n\
         \x20 tests/ch09.rs:{CALLS_POUR}, in bowl\n\
         \x20     let soup = pour(request.body.len());\n\
         \x20 tests/ch09.rs:{POURS}, in pour\n\
         \x20     [\"soup\", \"salad\"].get(pots + 2).unwrap().to_string()"
    );
    assert_bytes!(frames, expected);
    let place = with_slash(&format!("{}:{POURS}:", file!()));
    assert!(last.starts_with(&format!("panicked at {place}")), "{last}");
    assert!(last.ends_with(": called `Option::unwrap()` on a `None` value"), "{last}");
}

#[test]
fn a_panic_is_answered_however_the_request_is_cut() {
    let server = server(false, |_| panic!("no soup today"));
    for_every_split(REQUEST, |input| {
        assert_eq!(Reply::parse(client_of(&server).raw_script(input)).status, 500);
    });
}

#[test]
fn a_pattern_that_panics_is_a_500_too() {
    let mut server = HttpServer::default();
    server.register(
        |request| match request.path.as_str() {
            "/menu" => panic!("no soup today"),
            path => path == "/soup",
        },
        |_| Ok(Response::text("soup")),
    );
    for _ in 0..2 {
        let reply = reply(&server);
        assert_eq!(reply.status, 500);
        assert_tells_nothing(&reply, &["soup today"]);
        assert_eq!(client_of(&server).get("/soup").text(), "soup");
        assert_eq!(client_of(&server).get("/").status, 404);
    }
}

#[test]
fn a_panic_that_no_hook_has_seen_is_a_500_too() {
    let server = telling(|_| resume_unwind(Box::new("no soup today")));
    let reply = reply(&server);
    assert_eq!(reply.status, 500);
    assert!(reply.text().contains("panicked"), "{}", reply.text());
}

/// An error that cannot even say what is wrong.
#[derive(Debug)]
struct Speechless;

impl std::fmt::Display for Speechless {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("no words today")
    }
}

impl std::error::Error for Speechless {}

#[test]
fn an_error_that_panics_when_it_is_shown_is_a_500_too() {
    for debug in [false, true] {
        let server = server(debug, |_| Err(Speechless).context("no supper")?);
        let reply = reply(&server);
        assert_eq!(reply.status, 500);
        assert_eq!(reply.text().contains("no words today"), debug, "{}", reply.text());
    }
}

/// The first handler deals with its panic by itself. It must not come up again
/// when the second fails in the same thread.
#[test]
fn a_panic_is_not_told_in_the_place_of_another_one() {
    let server = telling(|request| match request.path.as_str() {
        "/first" => {
            let caught = catch_unwind(|| panic!("the cellar is locked"));
            Ok(Response::text(caught.is_err().to_string()))
        }
        _ => resume_unwind(Box::new("no soup today")),
    });
    assert_eq!(client_of(&server).get("/first").text(), "true");
    let reply = reply(&server);
    assert_eq!(reply.status, 500);
    assert!(!reply.text().contains("cellar"), "{}", reply.text());
}

#[test]
fn catch_panic_returns_what_the_work_returns_or_what_the_panic_said() {
    assert_eq!(catch_panic(|| 42).unwrap(), 42);
    const FAILS: u32 = line!() + 1;
    let panic = catch_panic(|| panic!("no {}", "soup")).unwrap_err();
    let place = format!("panicked at {}:{FAILS}:", file!());
    assert!(panic.message.starts_with(&place), "{}", panic.message);
    assert!(panic.message.ends_with(": no soup"), "{}", panic.message);
    assert_backtraces_are_on();
    assert!(panic.backtrace.contains("catch_panic_returns_what"), "{}", panic.backtrace);
    assert_eq!(Traceback::of_panic(&panic).causes, [panic.message]);
}

#[test]
fn a_panic_is_caught_by_the_innermost_who_catches() {
    let outer = catch_panic(|| {
        let inner = catch_panic(|| panic!("salad")).unwrap_err();
        assert!(inner.message.ends_with(": salad"), "{}", inner.message);
        panic!("soup")
    });
    let message = outer.unwrap_err().message;
    assert!(message.ends_with(": soup"), "{message}");
}

// What a client sent

#[test]
fn html_is_escaped() {
    for (text, escaped) in [
        ("", ""),
        ("soup", "soup"),
        ("<script>", "&lt;script&gt;"),
        ("a && b", "a &amp;&amp; b"),
        ("&lt;", "&amp;lt;"),
        ("\"'", "&quot;&#39;"),
        ("caf\u{e9} \u{1f372}", "caf\u{e9} \u{1f372}"),
    ] {
        assert_eq!(escape_html(text), escaped);
    }
}

#[test]
fn what_a_client_sent_is_not_taken_for_html() {
    let evil = "<script>alert('&')</script>";
    let handlers: [Handler; 4] = [
        |request| Err(anyhow!("no {}", request.target).context(request.path.clone())),
        |request| panic!("no {}", request.target),
        |_| Err(HttpError(404))?,
        |_| Err(HttpError(418))?,
    ];
    for debug in [false, true] {
        for handler in handlers {
            let reply = client_of(&server(debug, handler)).get(&format!("/{evil}?{evil}"));
            let page = reply.text();
            assert!(!page.contains("<script"), "{page}");
            assert!(!page.contains("alert('"), "{page}");
            assert_eq!(page.contains("no /"), debug && reply.status == 500, "{page}");
        }
        let method = client_of(&server(debug, menu)).request("A'&B", "/").send();
        assert!(!method.text().contains("A'&B"), "{}", method.text());
        for malformed in [format!("{evil}\r\n\r\n"), format!("GET {evil} HTTP/1.0\r\n\r\n")] {
            let reply = Reply::parse(client_of(&server(debug, menu)).raw(malformed));
            assert_eq!(reply.status, 400);
            assert!(!reply.text().contains("<script"), "{}", reply.text());
        }
    }
}

// The error page

#[test]
fn the_usual_page_shows_what_the_failure_has_and_not_as_html() {
    let (frames, causes) = (Vec::new(), vec!["no <soup>".to_owned()]);
    let whole = "0: pour<soup>".to_owned();
    let traceback = Traceback { frames, causes, whole };
    let page = |detail, traceback| {
        let response = error_page(&Failure { status: 413, request: None, detail, traceback });
        assert_eq!(response.status, 413);
        String::from_utf8(response.body).unwrap()
    };
    let told = page("too <much>", Some(&traceback));
    for text in ["413 Content Too Large", "too &lt;much&gt;", "no &lt;soup&gt;", "pour&lt;soup&gt;"]
    {
        assert!(told.contains(text), "{text}: {told}");
    }
    let bare = page("", None);
    for text in ["much", "soup"] {
        assert!(!bare.contains(text), "{text}: {bare}");
    }
}

#[test]
fn head_has_the_error_without_its_page() {
    for debug in [false, true] {
        for (path, status) in [("/menu", 500), ("/panic", 500), ("/teapot", 418), ("/", 404)] {
            let mut server = HttpServer::default();
            server.debug = debug;
            // The same path and query in both requests, so that pages are as long.
            server.register(ch09::path("/menu"), |_| Err(HttpError(500))?);
            server.register(ch09::path("/panic"), panicking);
            server.register(ch09::path("/teapot"), |_| Err(HttpError(418))?);
            server.set_error_page(|failure| {
                Response::html("x".repeat(usize::from(failure.status))).status(200)
            });
            let head = client_of(&server).head(path);
            assert_eq!((head.status, head.body.as_slice()), (status, &b""[..]));
            let length = status.to_string();
            assert_eq!(head.header("Content-Length"), Some(length.as_str()));
        }
    }
    let mut server = server(true, menu);
    assert_eq!(client_of(&server).head("/").status, 500);
    server.debug = false;
    let head = client_of(&server).head("/");
    let length: usize = head.header("Content-Length").unwrap().parse().unwrap();
    assert!(length > 0);
}

/// A server that logs what its error page is given.
fn watched(debug: bool) -> (HttpServer, Events) {
    let (mut server, events) = (HttpServer::default(), Events::new());
    server.debug = debug;
    server.register(path("/menu"), menu);
    server.register(path("/panic"), |_| panic!("no soup today"));
    server.register(path("/teapot"), |_| Err(HttpError(418)).context("no tea")?);
    let log = events.clone();
    server.set_error_page(move |failure| {
        let Failure { status, request, detail, traceback } = *failure;
        let request = request.map_or("unread".to_owned(), Request::to_string);
        let cause = traceback.map_or("no traceback", |traceback| traceback.causes[0].as_str());
        let cause = cause.rsplit(": ").next().unwrap_or(cause);
        let detail = if detail.is_empty() { "" } else { ", and a detail" };
        log.log(format!("{status} {request}, {cause}{detail}"));
        Response::text("sorry\n").status(200).header("Retry-After", "7").unwrap()
    });
    (server, events)
}

#[test]
fn a_replaced_page_is_given_the_failure_and_its_traceback_in_debug_mode_alone() {
    for debug in [false, true] {
        let (server, events) = watched(debug);
        let client = client_of(&server);
        for target in ["/menu?day=monday", "/panic", "/teapot", "/elsewhere"] {
            client.get(target);
        }
        client.raw("two words\r\n\r\n");
        client.raw("GET /menu HTTP/2.0\r\n\r\n");
        client.raw_script(Script::new().bytes("GET /menu HTTP/1.0\r\n").fail(ErrorKind::TimedOut));
        let (menu, panic) = match debug {
            true => ("the price of the soup", "no soup today"),
            false => ("no traceback", "no traceback"),
        };
        assert_eq!(
            events.list(),
            [
                format!("500 GET /menu?day=monday HTTP/1.1, {menu}"),
                format!("500 GET /panic HTTP/1.1, {panic}"),
                "418 GET /teapot HTTP/1.1, no traceback".to_owned(),
                "404 GET /elsewhere HTTP/1.1, no traceback".to_owned(),
                "400 unread, no traceback, and a detail".to_owned(),
                "505 unread, no traceback, and a detail".to_owned(),
                "408 unread, no traceback, and a detail".to_owned(),
            ]
        );
    }
}

#[test]
fn a_replaced_page_cannot_change_the_status() {
    let (server, _) = watched(false);
    for (target, status) in [("/menu", 500), ("/panic", 500), ("/teapot", 418), ("/", 404)] {
        let reply = client_of(&server).get(target);
        assert_eq!((reply.status, reply.reason.as_str()), (status, reason(status)));
        assert_eq!(reply.header("Retry-After"), Some("7"));
        assert_eq!(reply.text(), "sorry\n");
    }
    let reply = Reply::parse(client_of(&server).raw("two words\r\n\r\n"));
    assert_eq!((reply.status, reply.text()), (400, "sorry\n"));
}

#[test]
fn a_replaced_page_that_panics_gives_way_to_the_usual_one() {
    for (target, status) in [("/menu", 500), ("/teapot", 418), ("/", 404), ("*", 400)] {
        let mut server = watched(false).0;
        server.set_error_page(|_| panic!("no page today"));
        for _ in 0..2 {
            let reply = client_of(&server).get(target);
            assert_eq!((reply.status, reply.reason.as_str()), (status, reason(status)));
            assert!(reply.text().contains(reason(status)), "{}", reply.text());
            assert_tells_nothing(&reply, &["no page today"]);
        }
    }
}

#[test]
fn a_request_that_cannot_be_read_is_told_why() {
    for debug in [false, true] {
        let server = server(debug, |_| panic!("nobody is called"));
        let client = client_of(&server);
        for (input, status) in [
            ("two words\r\n\r\n", 400),
            ("GET menu HTTP/1.0\r\n\r\n", 400),
            ("GET /menu HTTP/1.1\r\n\r\n", 400),
            ("GET /menu HTTP/1.0\r\n", 400), // and no more comes
            ("PUT /menu HTTP/1.0\r\nContent-Length: 1048577\r\n\r\n", 413),
            ("PUT /menu HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
            ("GET /menu HTTP/2.0\r\nHost: mock\r\n\r\n", 505),
        ] {
            let reply = Reply::parse(client.raw(input));
            assert_eq!((reply.status, reply.reason.as_str()), (status, reason(status)));
            assert!(reply.text().contains(reason(status)), "{}", reply.text());
        }
        let script = Script::new().bytes("GET /menu HTTP/1.0\r\n").fail(ErrorKind::TimedOut);
        assert_eq!(Reply::parse(client.raw_script(script)).status, 408);
    }
}

/// What a handler returns may be no answer: a status that nobody can read, a
/// type with a line break in it. That is the handler's failure as well.
#[test]
fn an_answer_that_cannot_be_sent_is_a_500() {
    let handlers: [Handler; 4] = [
        |_| Ok(Response::new(0)),
        |_| Ok(Response::new(99)),
        |_| Ok(Response::new(1000)),
        |_| Ok(Response::text("soup").content_type("text/plain\r\nSet-Cookie: a=b")),
    ];
    for handler in handlers {
        for debug in [false, true] {
            let reply = reply(&server(debug, handler));
            assert_eq!(reply.status, 500);
            assert_eq!(reply.header("Set-Cookie"), None);
        }
        let head = client_of(&server(false, handler)).head("/");
        assert_eq!(head.status, 500);
    }
    // Not even the error page can be sent.
    let mut server = server(false, menu);
    server.set_error_page(|_| Response::new(200).content_type("a\r\nSet-Cookie: a=b"));
    let reply = reply(&server);
    assert_eq!((reply.status, reply.header("Set-Cookie")), (500, None));
}

#[test]
fn nobody_is_told_who_is_not_there() {
    let server = server(false, menu);
    assert_bytes!(client_of(&server).raw(""), b"");
    let (mut conn, peer) = MockConnection::pair(Script::new().bytes("GET / HT").reset());
    assert!(server.on_connect(&mut conn, None).is_err());
    assert_bytes!(peer.sent(), b"");
    let (conn, _peer) = MockConnection::pair(REQUEST);
    let mut conn = conn.fail_writes_after(10, ErrorKind::BrokenPipe);
    assert!(server.on_connect(&mut conn, None).is_err());
}

/// The handler of the chapter's program; chapter 10 tells what is wrong with it.
#[test]
fn the_careless_handler_gives_a_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let server = server(false, careless_files(folder));
    let reply = client_of(&server).get("/Cargo.toml");
    assert_bytes!(reply.body, std::fs::read(folder.join("Cargo.toml")).unwrap());
}

// Processes of their own

/// `work` in a process of its own, with backtraces or without: what that wrote to its log.
fn in_a_process_of_its_own(test: &str, backtrace: &str, work: impl FnOnce()) -> Option<String> {
    alone(module_path!(), test, &[("RUST_LIB_BACKTRACE", backtrace)], work)
}

#[test]
fn a_panic_elsewhere_is_reported_as_always_and_one_in_a_handler_is_not() {
    let test = "a_panic_elsewhere_is_reported_as_always_and_one_in_a_handler_is_not";
    let said = in_a_process_of_its_own(test, "0", || {
        let panic_in_thread = |message: &'static str| {
            let other = thread::Builder::new().name("cellar".to_owned());
            other.spawn(move || panic!("{message}")).unwrap().join().unwrap_err();
        };
        panic_in_thread("no bread before");
        let server = server(false, move |_| {
            panic_in_thread("no onions meanwhile");
            panic!("no soup today")
        });
        assert_eq!(reply(&server).status, 500);
        panic_in_thread("no coffee after");
        // In the thread that has just caught one.
        assert!(catch_unwind(|| panic!("no sweets here")).is_err());
    });
    let Some(said) = said else { return };
    for dish in ["no bread", "no onions", "no soup", "no coffee", "no sweets"] {
        assert_eq!(said.matches(dish).count(), 1, "{dish}: {said}");
    }
    // The usual hook begins so.
    assert_eq!(said.matches("thread 'cellar'").count(), 3, "{said}");
    let here = format!("thread '{}'", full_name(module_path!(), test));
    assert_eq!(said.matches(&here).count(), 1, "{said}");
}

#[test]
fn outside_debug_mode_the_story_is_in_the_log() {
    let test = "outside_debug_mode_the_story_is_in_the_log";
    let said = in_a_process_of_its_own(test, "1", || {
        let mut server = server(false, menu);
        assert_tells_nothing(&reply(&server), &["soup"]);
        server = HttpServer::default();
        server.register(prefix("/"), |_| panic!("no salad today"));
        assert_tells_nothing(&reply(&server), &["salad"]);
        server.set_error_page(|_| panic!("no page today"));
        assert_tells_nothing(&reply(&server), &["page today"]);
        // No parser lets such a target through, and nobody has to rely on that.
        let mut request = read_request(&mut MockConnection::pair(REQUEST).0, &mut Vec::new(), None);
        let request = request.as_mut().unwrap().as_mut().unwrap();
        request.target = "/\n- forged\x1b[2J".to_owned();
        self::server(false, |_| panic!("no bread today")).on_request(request);
    });
    let Some(said) = said else { return };
    let said = with_slash(&said);
    assert!(said.contains("GET /\\n- forged\\u{1b}[2J HTTP/1.1\n"), "{said}");
    let story = format!(
        "  tests/ch09.rs:{PARSES}, in price_of\n\
         \x20     line.parse::<u32>().context(\"the price of the soup\")\n\
         the price of the soup\n\
         \x20 because: invalid digit found in string\n"
    );
    assert_eq!(said.matches(&story).count(), 1, "{said}");
    assert_eq!(said.matches(": no salad today").count(), 2, "{said}");
    assert_eq!(said.matches(": no page today").count(), 1, "{said}");
    assert!(!said.contains("Traceback: none"), "{said}");
    // In the log as well, one line is one request.
    assert_eq!(said.matches("\"GET /menu?day=monday HTTP/1.1\" 500 ").count(), 3, "{said}");
}

#[test]
fn without_backtraces_there_are_causes_and_how_to_get_frames() {
    let test = "without_backtraces_there_are_causes_and_how_to_get_frames";
    in_a_process_of_its_own(test, "0", || {
        let told = reply(&telling(menu));
        let expected = "Traceback: none (RUST_LIB_BACKTRACE=1 in the environment asks for it)\n\
                        the price of the soup\n  because: invalid digit found in string";
        assert_bytes!(told.body, expected);
        let told = reply(&telling(panicking));
        assert!(told.text().contains("RUST_LIB_BACKTRACE=1"), "{}", told.text());
        assert!(told.text().ends_with(": no soup today"), "{}", told.text());
    });
}

// The server over TCP

#[test]
fn failures_over_tcp_are_answered_and_the_server_lives() {
    let mut server = watched(false).0;
    server.register(path("/"), |_| Ok(Response::text("Hi there!\n")));
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            for (target, status) in [("/panic", 500), ("/menu", 500), ("/teapot", 418), ("/", 200)]
            {
                for _ in 0..3 {
                    let mut client = live.connect();
                    client.send(format!("GET {target} HTTP/1.0\r\n\r\n"));
                    let (bytes, ending) = client.read_to_end();
                    assert_eq!(Reply::parse(bytes).status, status);
                    assert_eq!(ending, Ending::Closed);
                }
            }
        },
    );
}

/// All are inside when the first of them fails, and each is told its own.
#[test]
fn failures_at_the_same_time_do_not_get_mixed_up() {
    const CLIENTS: usize = 8;
    let (events, gate) = (Events::new(), Gate::new());
    let (inside, all_inside) = (events.clone(), gate.clone());
    let server = telling(move |request| {
        inside.log(format!("entered {}", request.path));
        all_inside.wait();
        let number: usize = request.path[1..].parse()?;
        match number % 2 {
            0 => panic!("no soup for {number}"),
            _ => bail!("no salad for {number}"),
        }
    });
    Live::run(
        |incoming| server.serve(incoming),
        |live| {
            let mut clients: Vec<_> = (0..CLIENTS).map(|_| live.connect()).collect();
            for (number, client) in clients.iter_mut().enumerate() {
                client.send(format!("GET /{number} HTTP/1.0\r\n\r\n"));
            }
            for number in 0..CLIENTS {
                events.wait_for(&format!("entered /{number}"));
            }
            gate.open();
            for (number, client) in clients.iter_mut().enumerate() {
                let reply = Reply::parse(client.read_to_end().0);
                let dish = ["soup", "salad"][number % 2];
                assert_eq!(reply.status, 500);
                let message = format!("no {dish} for {number}");
                assert!(reply.text().ends_with(&message), "{}", reply.text());
            }
        },
    );
}

/// What a handler may panic with: a value that panics once more when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("boom");
    }
}

#[test]
fn a_panic_whose_payload_panics_when_it_is_dropped_is_a_500_too() {
    let server = telling(|_| panic_any(Bomb));
    // Whatever comes out must not be dropped: in the test harness nobody would be left to
    // catch that, and the harness would wait for this test for ever.
    let status = catch_unwind(AssertUnwindSafe(|| reply(&server).status)).map_err(mem::forget);
    assert_eq!(status, Ok(500));
}
