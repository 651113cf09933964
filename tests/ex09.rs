//! What the extensions of chapter 9 promise.

use anyhow::{Context, Result, anyhow};
use ch09::{
    Failure, Frame, Headers, HttpError, HttpServer, Request, Response, RetryAfter, Traceback,
    Version, asks_for_json, error_page, json_page, json_string, page_as_asked, path, prefix,
    with_retry_after,
};
use mock::{MockClient, MockConnection, Reply, Seed, assert_bytes, for_every_split};
use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A request for `target`, with these fields `Accept`.
fn request(target: &str, accept: &[&[u8]]) -> Request {
    let mut headers = Headers::default();
    headers.add("Host", "localhost").unwrap();
    for value in accept {
        headers.add("Accept", value).unwrap();
    }
    Request {
        method: "GET".to_owned(),
        target: target.to_owned(),
        path: target.to_owned(),
        query: None,
        version: Version::Http11,
        headers,
        body: Vec::new(),
        peer: None,
    }
}

/// The values of a response's header fields of this name.
fn values(response: &Response, name: &str) -> Vec<String> {
    response.headers.get_all(name).map(|value| value.escape_ascii().to_string()).collect()
}

/// The type of a response's body.
fn content_type(response: &Response) -> String {
    let own = values(response, "Content-Type").first().cloned();
    own.unwrap_or_else(|| response.content_type.to_owned())
}

/// A reader of JSON that forgives nothing, and knows as much as these pages need: strings,
/// whole numbers, and an object of them.
mod json {
    use ch09::escape_controls;
    use std::collections::BTreeMap;

    #[derive(Clone, Debug, PartialEq)]
    pub enum Value {
        Number(u64),
        Text(String),
    }

    /// The string that `text` is.
    #[track_caller]
    pub fn string(text: &str) -> String {
        let mut reader = Reader { text, at: 0 };
        let read = reader.string().and_then(|string| reader.end(string));
        read.unwrap_or_else(|why| {
            panic!("this is no string of JSON: {why}\n  {}", escape_controls(text))
        })
    }

    /// The object that `bytes` are.
    #[track_caller]
    pub fn object(bytes: &[u8]) -> BTreeMap<String, Value> {
        let text = std::str::from_utf8(bytes).expect("JSON is UTF-8");
        let mut reader = Reader { text, at: 0 };
        let read = reader.object().and_then(|object| reader.end(object));
        read.unwrap_or_else(|why| {
            panic!("this page is no object of JSON: {why}\n  {}", escape_controls(text))
        })
    }

    struct Reader<'a> {
        text: &'a str,
        at: usize,
    }

    impl Reader<'_> {
        fn next(&mut self) -> Option<char> {
            let char = self.text[self.at..].chars().next()?;
            self.at += char.len_utf8();
            Some(char)
        }

        fn fail<T>(&self, what: &str) -> Result<T, String> {
            Err(format!("{what} at byte {}", self.at))
        }

        fn pass_whitespace(&mut self) {
            let rest = &self.text[self.at..];
            self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        }

        /// Passes over `sign`, and says whether it was there.
        fn passes(&mut self, sign: char) -> bool {
            self.pass_whitespace();
            let is_there = self.text[self.at..].starts_with(sign);
            if is_there {
                self.at += sign.len_utf8();
            }
            is_there
        }

        fn end<T>(&mut self, value: T) -> Result<T, String> {
            self.pass_whitespace();
            if self.at == self.text.len() { Ok(value) } else { self.fail("something more") }
        }

        fn object(&mut self) -> Result<BTreeMap<String, Value>, String> {
            let mut object = BTreeMap::new();
            if !self.passes('{') {
                return self.fail("no `{`");
            }
            loop {
                let name = self.string()?;
                if !self.passes(':') {
                    return self.fail("no `:` behind a name");
                }
                let value = self.value()?;
                if object.insert(name.clone(), value).is_some() {
                    return self.fail(&format!("a second {name:?}"));
                }
                if self.passes('}') {
                    return Ok(object);
                }
                if !self.passes(',') {
                    return self.fail("no `,` and no `}` behind a member");
                }
            }
        }

        fn value(&mut self) -> Result<Value, String> {
            self.pass_whitespace();
            let rest = &self.text[self.at..];
            let digits =
                rest.len() - rest.trim_start_matches(|char: char| char.is_ascii_digit()).len();
            if digits == 0 {
                return Ok(Value::Text(self.string()?));
            }
            let number = &rest[..digits];
            match number.parse() {
                Ok(value) if digits == 1 || !number.starts_with('0') => {
                    self.at += digits;
                    Ok(Value::Number(value))
                }
                _ => self.fail("no number as JSON writes it"),
            }
        }

        fn string(&mut self) -> Result<String, String> {
            if !self.passes('"') {
                return self.fail("no quotation mark to begin a string");
            }
            // As UTF-16, which is what `\u` stands for.
            let mut units = Vec::new();
            loop {
                match self.next() {
                    Some('"') => break,
                    Some('\\') => units.push(self.escape()?),
                    Some(control @ '\0'..='\x1f') => {
                        return self.fail(&format!("{control:?} as it is in a string"));
                    }
                    Some(char) => units.extend_from_slice(char.encode_utf16(&mut [0; 2])),
                    None => return self.fail("no quotation mark to end a string"),
                }
            }
            String::from_utf16(&units).or_else(|_| self.fail("half of a character in a string"))
        }

        /// What stands behind a backslash.
        fn escape(&mut self) -> Result<u16, String> {
            Ok(match self.next() {
                Some(sign @ ('"' | '\\' | '/')) => sign as u16,
                Some('b') => 8,
                Some('t') => 9,
                Some('n') => 10,
                Some('f') => 12,
                Some('r') => 13,
                Some('u') => {
                    let digits = self.text.get(self.at..self.at + 4).unwrap_or_default();
                    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                    match u16::from_str_radix(digits, 16) {
                        Ok(unit) if is_hex => {
                            self.at += 4;
                            unit
                        }
                        _ => return self.fail("no four hexadecimal digits behind `\\u`"),
                    }
                }
                _ => return self.fail("an escape that JSON does not know"),
            })
        }
    }
}

mod json_page {
    use super::json::Value;
    use super::*;

    fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// An object with these members.
    fn object<const N: usize>(members: [(&str, Value); N]) -> BTreeMap<String, Value> {
        members.map(|(name, value)| (name.to_owned(), value)).into()
    }

    /// Characters that ask for care, and some that do not.
    fn any_text(seed: &mut Seed) -> String {
        let controls = (0..0x20).map(char::from);
        let others = "\"\\/'<>&{}[]:,u0 az\u{7f}\u{85}\u{e9}\u{2028}\u{ffff}\u{1f372}\u{10ffff}";
        let chars: Vec<char> = controls.chain(others.chars()).collect();
        (0..seed.number(1..=60)).map(|_| seed.pick(&chars)).collect()
    }

    #[track_caller]
    fn assert_asks(accept: &[&[u8]], expected: bool) {
        let shown: Vec<_> = accept.iter().map(|value| value.escape_ascii().to_string()).collect();
        let asks = asks_for_json(&request("/", accept));
        assert_eq!(asks, expected, "whether `Accept: {}` asks for JSON", shown.join("` `Accept: "));
    }

    #[test]
    fn who_names_application_json_asks_for_it() {
        let mut seed = Seed::new();
        let (one, two) = (seed.word(), seed.word());
        for accept in [
            "application/json".to_owned(),
            "APPLICATION/Json".to_owned(),
            format!("{one}/{two}, application/json"),
            format!("application/json,{one}/{two}"),
            format!("{one}/{two} \t, \tapplication/json , */*"),
            format!(", ,{one}/*,application/json,"),
            format!("application/json;{one}={two}"),
            format!("application/json ; {one}={two} ;q=0.5"),
            format!("text/html;level=1, application/json;q=0.{}", seed.number(1..=999)),
        ] {
            assert_asks(&[accept.as_bytes()], true);
        }
    }

    #[test]
    fn who_does_not_name_it_does_not_ask() {
        let word = Seed::new().word();
        assert_asks(&[], false);
        for accept in [
            String::new(),
            "*/*".to_owned(),
            "application/*".to_owned(),
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8".to_owned(),
            format!("application/x{word}"),
            format!("application/json{word}"),
            format!("application/{word}+json"),
            format!("{word}application/json"),
            "application/json-seq".to_owned(),
            "application / json".to_owned(),
            "json".to_owned(),
            format!("text/html;{word}=application/json"),
            "text/html;application/json".to_owned(),
        ] {
            assert_asks(&[accept.as_bytes()], false);
        }
    }

    #[test]
    fn a_weight_of_zero_means_anything_but_this() {
        let word = Seed::new().word();
        for weight in ["q=0", "q=0.0", "q=0.00", "q=0.000", "Q=0"] {
            assert_asks(&[format!("application/json;{weight}").as_bytes()], false);
            assert_asks(&[format!("*/*, application/json ; {weight}").as_bytes()], false);
            assert_asks(&[format!("application/json;v={word} ;{weight}").as_bytes()], false);
            // It is the weight of its own range and of no other.
            assert_asks(&[format!("text/html;{weight},application/json").as_bytes()], true);
            assert_asks(&[format!("application/json, text/html;{weight}").as_bytes()], true);
        }
        for no_zero in ["q=1", "q=1.000", "q=0.001", "q=0.5", "Q=0.01", "seq=0", "v=0"] {
            assert_asks(&[format!("application/json;{no_zero}").as_bytes()], true);
        }
    }

    #[test]
    fn several_fields_are_one_list() {
        assert_asks(&[b"text/html", b"*/*;q=0.1, application/json"], true);
        assert_asks(&[b"application/json", b"text/html"], true);
        assert_asks(&[b"text/html", b"*/*"], false);
        assert_asks(&[b"text/html;v=application", b"json"], false);
    }

    #[test]
    fn bytes_that_are_no_utf_8_do_not_spoil_the_rest() {
        assert_asks(&[b"caf\xe9/\xff, application/json"], true);
        assert_asks(&[b"\xff", b"application/json;v=\xff"], true);
        assert_asks(&[b"application/json\xff"], false);
    }

    #[test]
    fn a_string_comes_out_of_a_parser_as_it_went_in() {
        assert_eq!(json::string(&json_string("")), "");
        let mut seed = Seed::new();
        for _ in 0..200 {
            let text = any_text(&mut seed);
            assert_bytes!(json::string(&json_string(&text)), text);
        }
    }

    #[test]
    fn each_character_that_must_be_escaped_is() {
        let word = Seed::new().word();
        for char in (0..0x20).map(char::from).chain(['"', '\\']) {
            let text = format!("{word}{char}{word}");
            let string = json_string(&text);
            assert_bytes!(json::string(&string), text, "{char:?}");
        }
    }

    /// A traceback that no program ever had.
    fn traceback(seed: &mut Seed) -> Traceback {
        let frame = Frame {
            file: format!("src/{}.rs", seed.word()).into(),
            line: seed.number(1..=10_000) as u32,
            function: seed.word(),
            source: Some(format!("let {} = \"\\u{{7}}\";", seed.word())),
        };
        Traceback {
            frames: vec![frame],
            causes: vec![any_text(seed), any_text(seed)],
            whole: format!("the whole of it: {}", seed.word()),
        }
    }

    #[test]
    fn a_page_has_all_that_its_failure_has() {
        let mut seed = Seed::new();
        let (target, detail) = (format!("/{}", seed.word()), any_text(&mut seed));
        let (request, traceback) = (request(&target, &[]), traceback(&mut seed));
        let page = json_page(&Failure {
            status: 500,
            request: Some(&request),
            detail: &detail,
            traceback: Some(&traceback),
        });
        assert_eq!((page.status, content_type(&page).as_str()), (500, "application/json"));
        let expected = object([
            ("status", Value::Number(500)),
            ("reason", text("Internal Server Error")),
            ("request", text(format!("GET {target} HTTP/1.1"))),
            ("detail", text(detail)),
            ("traceback", text(traceback.to_string())),
        ]);
        assert_eq!(json::object(&page.body), expected);
    }

    #[test]
    fn what_a_failure_does_not_have_is_no_member() {
        let mut seed = Seed::new();
        let (status, reason) =
            seed.pick(&[(404, "Not Found"), (410, "Gone"), (418, "I'm a teapot"), (599, "")]);
        let page = json_page(&Failure { status, request: None, detail: "", traceback: None });
        assert_eq!((page.status, content_type(&page).as_str()), (status, "application/json"));
        let expected = object([("status", Value::Number(status.into())), ("reason", text(reason))]);
        assert_eq!(json::object(&page.body), expected);
    }

    #[test]
    fn what_a_client_sent_stays_in_its_string() {
        let word = Seed::new().word();
        let target = format!("/\",\"{word}\":\"\\");
        let request = request(&target, &[]);
        let failure = Failure { status: 404, request: Some(&request), detail: "", traceback: None };
        let page = json::object(&json_page(&failure).body);
        assert_eq!(page["request"], text(format!("GET {target} HTTP/1.1")));
        assert_eq!(page.len(), 3, "{page:?}");
    }

    #[test]
    fn who_asks_gets_json_and_all_others_html() {
        let mut seed = Seed::new();
        let target = format!("/{}", seed.word());
        let status = seed.pick(&[400, 403, 404, 410, 418, 500, 503]);
        for (accept, asks) in [("application/json", true), ("*/*", false)] {
            let request = request(&target, &[accept.as_bytes()]);
            let failure = Failure { status, request: Some(&request), detail: "", traceback: None };
            let page = page_as_asked(&failure);
            let expected = if asks { json_page(&failure) } else { error_page(&failure) };
            assert_eq!(page.status, status, "Accept: {accept}");
            assert_eq!(content_type(&page), content_type(&expected), "Accept: {accept}");
            assert_bytes!(page.body, expected.body, "Accept: {accept}");
            assert_eq!(values(&page, "Vary"), ["Accept"], "Vary, for Accept: {accept}");
        }
    }

    #[test]
    fn a_request_that_could_not_be_read_is_answered_in_html() {
        let detail = Seed::new().word();
        let failure = Failure { status: 400, request: None, detail: &detail, traceback: None };
        let page = page_as_asked(&failure);
        assert_bytes!(page.body, error_page(&failure).body);
        assert_eq!(values(&page, "Vary"), ["Accept"]);
    }

    /// A server with this page, whose one handler fails because of `reason`.
    fn server(debug: bool, reason: &str) -> HttpServer {
        let mut server = HttpServer::default();
        server.debug = debug;
        let reason = reason.to_owned();
        server.register(path("/fails"), move |_| Err(anyhow!("no {reason}")).context("no supper"));
        server.register(prefix("/"), |_| Err(HttpError(410))?);
        server.set_error_page(page_as_asked);
        server
    }

    /// What a server answers to a client that asks for JSON.
    fn answer(server: &HttpServer, target: &str) -> (Reply, BTreeMap<String, Value>) {
        let client = MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap());
        let reply = client.request("GET", target).header("Accept", "application/json").send();
        let page = json::object(&reply.body);
        (reply, page)
    }

    #[test]
    fn a_server_with_this_page_answers_so_however_the_request_is_cut() {
        let word = Seed::new().word();
        let server = server(false, &word);
        let asks = format!(
            "GET /{word} HTTP/1.0\r\nAccept: */*;q=0.1\r\naccept: application/json\r\n\r\n"
        );
        for_every_split(&asks, |input| {
            let (conn, peer) = MockConnection::pair(input);
            server.on_connect(&mut conn.short_writes(50).interrupt_writes(), None).unwrap();
            let reply = Reply::parse(peer.sent());
            assert_eq!((reply.status, reply.header("Vary")), (410, Some("Accept")));
            assert_eq!(reply.header("Content-Type"), Some("application/json"), "{}", reply.text());
            let expected = object([
                ("status", Value::Number(410)),
                ("reason", text("Gone")),
                ("request", text(format!("GET /{word} HTTP/1.0"))),
            ]);
            assert_eq!(json::object(&reply.body), expected);
        });
    }

    #[test]
    fn the_story_is_told_in_debug_mode_alone() {
        let reason = Seed::new().word();
        let (reply, page) = answer(&server(true, &reason), "/fails");
        assert_eq!(reply.status, 500);
        let Some(Value::Text(traceback)) = page.get("traceback") else {
            panic!("no traceback in debug mode: {page:?}");
        };
        let causes = format!("\nno supper\n  because: no {reason}");
        assert!(traceback.ends_with(&causes), "{traceback}");

        let (reply, page) = answer(&server(false, &reason), "/fails");
        assert_eq!((reply.status, page.get("traceback")), (500, None));
        assert!(!reply.text().contains(&reason), "{}", reply.text());
    }
}

mod retry_after {
    use super::*;

    /// The seconds of a run.
    fn any_seconds(seed: &mut Seed) -> u32 {
        seed.number(0..=u32::MAX as usize) as u32
    }

    /// A page of a word, with a field and a status of its own.
    fn page_of(word: &str) -> impl Fn(&Failure<'_>) -> Response + Send + Sync + 'static {
        let word = word.to_owned();
        move |_| Response::text(word.clone()).header("X-Page", &word).unwrap().status(200)
    }

    /// A page that tells what it is given.
    fn telling(failure: &Failure<'_>) -> Response {
        let Failure { status, request, detail, traceback } = *failure;
        let request = request.map_or("no request".to_owned(), Request::to_string);
        let traceback = if traceback.is_some() { "a traceback" } else { "no traceback" };
        Response::text(format!("{status} | {request} | {detail} | {traceback}"))
    }

    fn soup(seconds: u32) -> Result<Response> {
        let pot = pot(seconds)?;
        Ok(Response::text(pot))
    }

    fn pot(seconds: u32) -> Result<String> {
        Err(RetryAfter(seconds)).context("the pot is on the stove")
    }

    #[test]
    fn the_answer_has_the_seconds_and_is_a_503() {
        let mut seed = Seed::new();
        let (seconds, word) = (any_seconds(&mut seed), seed.word());
        let handler = with_retry_after(page_of(&word), move |_| Err(RetryAfter(seconds))?);
        // A handler is asked more than once.
        for _ in 0..2 {
            let answer = handler(&request("/soup", &[])).expect("an answer and not an error");
            assert_eq!(answer.status, 503, "the status, though the page says 200");
            assert_eq!(values(&answer, "Retry-After"), [seconds.to_string()], "Retry-After");
            assert_eq!(values(&answer, "X-Page"), [word.as_str()], "the page's own field");
            assert_bytes!(answer.body, word);
        }
    }

    #[test]
    fn the_page_is_given_what_the_client_may_know() {
        let mut seed = Seed::new();
        let (seconds, word) = (any_seconds(&mut seed), seed.word());
        let handler = with_retry_after(telling, move |_| soup(seconds));
        let answer = handler(&request(&format!("/{word}"), &[])).expect("an answer");
        let expected =
            format!("503 | GET /{word} HTTP/1.1 | come back in {seconds} s | no traceback");
        assert_bytes!(answer.body, expected);
    }

    #[test]
    fn it_is_found_below_contexts_and_as_one_of_them() {
        let seconds = any_seconds(&mut Seed::new());
        let failed = || io::Error::other("the stove is cold");
        let errors = [
            anyhow!(RetryAfter(seconds)),
            anyhow!(RetryAfter(seconds)).context("no soup").context("no supper"),
            anyhow!(failed()).context(RetryAfter(seconds)),
            anyhow!(failed()).context("no fire").context(RetryAfter(seconds)).context("no soup"),
        ];
        for error in errors {
            let said = format!("{error:#}");
            let error = std::sync::Mutex::new(Some(error));
            let handler = with_retry_after(error_page, move |_| {
                Err(error.lock().unwrap().take().expect("the handler is called once"))
            });
            let answer = handler(&request("/soup", &[]));
            let answer = answer.unwrap_or_else(|error| panic!("no answer but: {error:#}"));
            let retry_after = values(&answer, "Retry-After");
            assert_eq!(answer.status, 503, "{said}");
            assert_eq!(retry_after, [seconds.to_string()], "Retry-After of: {said}");
        }
    }

    #[test]
    fn an_answer_goes_through_as_it_is() {
        let mut seed = Seed::new();
        let (word, status) = (seed.word(), seed.pick(&[200, 302, 404, 500, 503]));
        let body = seed.bytes(100);
        let answer = Response::new(status).body(body).header("X-Soup", &word).unwrap();
        let given = answer.clone();
        let handler = with_retry_after(|_| panic!("no page is asked"), move |_| Ok(given.clone()));
        assert_eq!(handler(&request("/", &[])).expect("the answer"), answer);
    }

    #[test]
    fn the_handler_is_given_the_request() {
        let mut seed = Seed::new();
        let (target, accept) = (format!("/{}", seed.word()), seed.word());
        let asked = request(&target, &[accept.as_bytes()]);
        let expected = asked.clone();
        let handler = with_retry_after(error_page, move |request| {
            assert_eq!(*request, expected);
            Ok(Response::new(204))
        });
        assert_eq!(handler(&asked).expect("the answer").status, 204);
    }

    #[test]
    fn any_other_error_goes_through_as_it_is() {
        let word = Seed::new().word();
        let (status, reason) = (HttpError(410), word.clone());
        let handler = with_retry_after(
            |_| panic!("no page is asked"),
            move |_| Err(anyhow!(status).context(reason.clone())),
        );
        let error = handler(&request("/", &[])).expect_err("the error of the handler");
        assert_eq!(error.downcast_ref(), Some(&HttpError(410)));
        let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
        assert_eq!(causes, [word.as_str(), "410 Gone"]);
    }

    #[test]
    fn a_panic_goes_through_as_it_is() {
        let word = Seed::new().word();
        let said = word.clone();
        let handler = with_retry_after(error_page, move |_| std::panic::panic_any(said.clone()));
        let request = request("/", &[]);
        let outcome = catch_unwind(AssertUnwindSafe(|| handler(&request)));
        let payload = outcome.expect_err("the panic of the handler");
        assert_eq!(payload.downcast_ref(), Some(&word));
    }

    #[test]
    fn a_server_answers_so_whatever_its_mode() {
        let mut seed = Seed::new();
        let (seconds, target) = (any_seconds(&mut seed), format!("/{}", seed.word()));
        for debug in [false, true] {
            let mut server = HttpServer::default();
            server.debug = debug;
            server.register(path(&target), with_retry_after(error_page, move |_| soup(seconds)));
            let client = MockClient::new(|mut conn| server.on_connect(&mut conn, None).unwrap());
            for reply in [client.get(&target), client.head(&target)] {
                assert_eq!((reply.status, reply.reason.as_str()), (503, "Service Unavailable"));
                assert_eq!(reply.header("Retry-After"), Some(seconds.to_string().as_str()));
            }
            let page = client.get(&target);
            assert!(page.text().contains(&format!("come back in {seconds} s")), "{}", page.text());
            // What the pot is doing is for the kitchen.
            assert!(!page.text().contains("stove"), "{}", page.text());
            assert_eq!(client.get("/elsewhere/").status, 404);
        }
    }
}
