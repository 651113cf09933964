use crate::conversations::Conversation;
use crate::conversations::Step::{Expect, ExpectEnd, Finish, Send};
use crate::wire::{Answer, Bytes, Case, Corpus, Then};
use mock::Seed;

// What the program serves.
#[cfg(test)]
#[path = "../../chapters/ch17-gateway/exercise/src/site.rs"]
mod site;

/// The requests of the wire corpus by which the build task is judged.
const CASES: [&str; 2] = ["a plain GET is answered", "a browser's request is answered"];

// Types of records, by section 8 of the specification of FastCGI.
const BEGIN: u8 = 1;
const ABORT: u8 = 2;
const END: u8 = 3;
const PARAMS: u8 = 4;
const STDIN: u8 = 5;
const STDOUT: u8 = 6;

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => {
            let cases = corpus.cases.iter().filter(|case| CASES.contains(&&*case.name));
            // Who has sent all and stays would be closed only when it was idle for long.
            let ending = cases.map(|case| Case { then: Then::HalfClose, ..case.clone() });
            let cases = ending.map(|case| Conversation::of_case(&case, &[]));
            cases.chain([told(seed), no_proxy(seed), again(seed), script(seed)]).collect()
        }
        "responder" => vec![one_after_the_other(seed), not_wanted(seed)],
        "uwsgi" => vec![counted(seed), told_by_a_packet(seed)],
        _ => Vec::new(),
    }
}

/// 200, and this body.
fn ok(body: impl Into<Vec<u8>>) -> Vec<Answer> {
    vec![Answer { status: vec![200], body: Some(Bytes(body.into())), ..Answer::default() }]
}

/// A GET, after which the client wants nothing more.
fn get(target: &str, fields: &str) -> Vec<u8> {
    let fields = format!("Host: localhost\r\nConnection: close\r\n{fields}");
    format!("GET {target} HTTP/1.1\r\n{fields}\r\n").into_bytes()
}

fn record(kind: u8, request: u16, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    let ([id1, id0], [length1, length0]) =
        (request.to_be_bytes(), (content.len() as u16).to_be_bytes());
    [&[1, kind, id1, id0, length1, length0, 0, 0], content].concat()
}

fn pair(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for length in [name.len(), value.len()] {
        match length {
            0..128 => bytes.push(length as u8),
            _ => bytes.extend((length as u32 | 1 << 31).to_be_bytes()),
        }
    }
    [&bytes, name.as_bytes(), value.as_bytes()].concat()
}

/// One variable, as FastCGI sends it, and that this was all.
fn params(request: u16, name: &str, value: &str) -> Vec<u8> {
    [record(PARAMS, request, pair(name, value)), record(PARAMS, request, "")].concat()
}

/// A field that came twice, whose values have a hundred bytes or more.
fn told(seed: &mut Seed) -> Conversation {
    let (name, values) = (seed.word(), [0; 2].map(|_| seed.word().repeat(30)));
    let fields = format!("X-{name}: {}\r\nx-{name}: {}\r\n", values[0], values[1]);
    let variable = format!("HTTP_X_{}", name.to_uppercase());
    let right = params(1, &variable, &values.join(", "));
    let heard = vec![get(&format!("/params?{variable}"), &fields)];
    Conversation::of_request("values of a repeated field are joined", &[], heard, ok(right))
}

fn no_proxy(seed: &mut Seed) -> Conversation {
    let fields = format!("Proxy: {}\r\nX_Y: {}\r\n", seed.word(), seed.word());
    let right = [record(PARAMS, 1, pair("HTTP_HOST", "localhost")), record(PARAMS, 1, "")];
    let heard = vec![get("/params?HTTP_", &fields)];
    Conversation::of_request("nobody is told a Proxy", &[], heard, ok(right.concat()))
}

fn again(seed: &mut Seed) -> Conversation {
    let word = seed.word();
    let heard = vec![get(&format!("/again/params/a%20{word}?PATH_INFO"), "")];
    let right = params(1, "PATH_INFO", &format!("/a {word}"));
    Conversation::of_request("the answer is at another path", &[], heard, ok(right))
}

/// What a script wrote has lines that end in LF, and no length.
fn script(seed: &mut Seed) -> Conversation {
    let (word, body) = (seed.word(), seed.bytes(100));
    let written = format!("Content-Type: text/{word}\nStatus: 418\n\n").into_bytes();
    let written = [written, body.clone()].concat();
    // Its length is unknown, and so it would go in chunks to a client of HTTP/1.1.
    let length = written.len();
    let head = format!("POST /script HTTP/1.0\r\nContent-Length: {length}\r\n\r\n");
    let right = vec![Answer { status: vec![418], body: Some(Bytes(body)), ..Answer::default() }];
    let heard = vec![head.into_bytes(), written];
    Conversation::of_request("what a script writes is the answer", &[], heard, right)
}

fn begin(request: u16, keep: bool) -> Vec<u8> {
    record(BEGIN, request, [0, 1, keep.into(), 0, 0, 0, 0, 0])
}

fn end(request: u16, status: u8) -> Vec<u8> {
    record(END, request, [0, 0, 0, 0, status, 0, 0, 0])
}

/// What a web server sends at once of a request to count `length` bytes.
fn count(request: u16, length: usize) -> Vec<u8> {
    let pairs = [pair("PATH_INFO", "/count"), pair("CONTENT_LENGTH", &length.to_string())];
    [record(PARAMS, request, pairs.concat()), record(PARAMS, request, "")].concat()
}

/// The same, with a body and all.
fn all_of(request: u16, keep: bool, body: &[u8]) -> Vec<u8> {
    let mut records = [begin(request, keep), count(request, body.len())].concat();
    for piece in body.chunks(65535) {
        records.extend(record(STDIN, request, piece));
    }
    records.extend(record(STDIN, request, ""));
    records
}

/// The answer to that.
fn counted_answer(request: u16, length: usize) -> Vec<u8> {
    let text = format!("{length} bytes\n");
    let head = "Status: 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n";
    let answer = format!("{head}Content-Length: {}\r\n\r\n{text}", text.len());
    [record(STDOUT, request, answer), record(STDOUT, request, ""), end(request, 0)].concat()
}

/// Two requests on a connection, and two connections at once.
fn one_after_the_other(seed: &mut Seed) -> Conversation {
    let number = seed.number(1..=65535) as u16;
    let hers = seed.number(1..=100_000);
    let his = seed.number(1..=60_000);
    let mut steps = vec![
        // She has not said all when he asks.
        Send("ada", [begin(number, true), count(number, hers)].concat()),
        Send("bob", all_of(1, false, &seed.bytes(his))),
        ExpectEnd("bob", counted_answer(1, his)),
    ];
    for piece in seed.bytes(hers).chunks(30_000) {
        steps.push(Send("ada", record(STDIN, number, piece)));
    }
    steps.push(Send("ada", record(STDIN, number, "")));
    steps.push(Expect("ada", counted_answer(number, hers)));
    steps.push(Send("ada", all_of(2, false, &seed.bytes(his))));
    steps.push(ExpectEnd("ada", counted_answer(2, his)));
    let name = "a connection is for one request after the other";
    Conversation::new(name, &["--responder"], steps)
}

/// A second request is refused, and the first one is aborted.
fn not_wanted(seed: &mut Seed) -> Conversation {
    let (first, length) = (seed.number(2..=65535) as u16, seed.number(100..=900));
    let steps = vec![
        Send("ada", [begin(first, true), count(first, length)].concat()),
        Send("ada", all_of(1, true, &[])),
        Expect("ada", end(1, 1)),
        Send("ada", [record(STDIN, first, "soup"), record(ABORT, first, "")].concat()),
        Expect("ada", end(first, 0)),
        Send("ada", all_of(1, true, &[])),
        Expect("ada", counted_answer(1, 0)),
        Finish("ada"),
        ExpectEnd("ada", Vec::new()),
    ];
    Conversation::new("what is not wanted is not answered", &["--responder"], steps)
}

/// A packet of the uwsgi protocol.
fn packet(of: &[(&str, &str)]) -> Vec<u8> {
    let mut pairs = Vec::new();
    for text in of.iter().flat_map(|(name, value)| [name, value]) {
        pairs.extend((text.len() as u16).to_le_bytes());
        pairs.extend(text.as_bytes());
    }
    let [length0, length1] = (pairs.len() as u16).to_le_bytes();
    [&[0, length0, length1, 0], &pairs[..]].concat()
}

fn counted(seed: &mut Seed) -> Conversation {
    let body = seed.bytes(50_000);
    let length = body.len().to_string();
    let of = [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/count"), ("CONTENT_LENGTH", &length)];
    let (first, second) = body.split_at(seed.number(1..=49_999));
    let heard = vec![packet(&of), first.to_vec(), second.to_vec()];
    let right = ok(format!("{length} bytes\n"));
    Conversation::of_request("a body is as long as the packet says", &["--uwsgi"], heard, right)
}

fn told_by_a_packet(seed: &mut Seed) -> Conversation {
    let value = seed.word().repeat(100);
    let of = [
        ("REQUEST_METHOD", "GET"),
        ("PATH_INFO", "/params"),
        ("QUERY_STRING", "HTTP_"),
        ("CONTENT_LENGTH", ""),
        ("HTTP_X_NAME", &value),
    ];
    let right = ok(params(1, "HTTP_X_NAME", &value));
    let name = "an application is told what the packet says";
    Conversation::of_request(name, &["--uwsgi"], vec![packet(&of)], right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::{assert_expected, assert_holds_its_own};
    use ch17::{HttpServer, caught, gateway};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn chapter_17_is_expected_to_pass_each_case_that_is_named() {
        assert_expected(CASES, "ch17");
    }

    /// What is wrong with a conversation when the chapter's own server holds it.
    fn fault(one: &Conversation, patience: Duration) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = gateway(address, caught(false, site::site()));
        let mut server = HttpServer::default();
        server.register_reading(|_| true, move |request, body| answer(request, body));
        let stop = server.stop.clone();
        thread::scope(|scope| {
            scope.spawn(|| server.serve(server.stop.accept_from(listener)));
            let fault = one.hold(address, patience).fault;
            stop.request(address);
            fault
        })
    }

    #[test]
    fn chapter_17_holds_its_conversations_and_not_those_of_the_extensions() {
        let short = Duration::from_millis(300);
        assert_holds_its_own("ch17", |_| true, ["responder", "uwsgi"], short, fault);
    }
}
