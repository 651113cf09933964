use crate::conversations::Conversation;
use crate::wire::{Answer, Bytes, Case, Corpus, Then};
use mock::Seed;
use serde_json::{Value, json};

// What the program serves.
#[cfg(test)]
#[allow(dead_code)] // The extensions use more of it.
#[path = "../../chapters/ch19-client/exercise/src/scripted.rs"]
mod scripted;
#[cfg(test)]
#[allow(dead_code)]
#[path = "../../chapters/ch19-client/exercise/src/site.rs"]
mod site;

/// The requests of the wire corpus by which the build task is judged.
const CASES: [&str; 2] = ["a plain GET is answered", "a browser's request is answered"];

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => {
            let cases = corpus.cases.iter().filter(|case| CASES.contains(&&*case.name));
            // Who has sent all and stays would be closed only when it was idle for long.
            let ending = cases.map(|case| Case { then: Then::HalfClose, ..case.clone() });
            let cases = ending.map(|case| Conversation::of_case(&case, &[]));
            cases.chain([framed(seed), led(seed), remembered(seed), bought(seed)]).collect()
        }
        "retry_after" => vec![patient(seed), once(seed)],
        "http_cache" => vec![fresh(seed), validated(seed)],
        _ => Vec::new(),
    }
}

/// A request, after which the client wants nothing more, and the one right answer.
fn conversation(name: &str, line: &str, body: &str, right: String) -> Conversation {
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    let expect = Answer { status: vec![200], body: Some(Bytes(right.into())), ..Answer::default() };
    Conversation::of_request(name, &[], vec![head.into(), body.into()], vec![expect])
}

/// What the program's client is to ask, what the server that it has in itself answers, and what
/// comes of it.
fn play(
    name: &str,
    route: &str,
    requests: Value,
    answers: &[String],
    right: String,
) -> Conversation {
    let body = json!({ "requests": requests, "answers": answers }).to_string();
    conversation(name, &format!("POST {route}"), &body, right)
}

fn get(url: &str) -> Value {
    json!({ "method": "GET", "url": url })
}

fn get_at(seconds: u64, url: &str) -> Value {
    json!({ "at": seconds, "method": "GET", "url": url })
}

/// An answer with these fields, each with its line end.
fn answer(status: u16, fields: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} So\r\nContent-Length: {length}\r\n{fields}\r\n{body}")
}

fn framed(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [a, b, c] = &words[..] else { unreachable!("three were asked for") };
    let answers = [
        format!(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x}\r\n{a}\r\n1;x=y\r\n!\r\n0\r\nX: y\r\n\r\n",
            a.len()
        ),
        format!("HTTP/1.1 304 Same\r\nContent-Length: {}\r\n\r\n", a.len()),
        format!("HTTP/1.0 200 OK\r\n\r\n{b}"),
        answer(200, "", &format!("{c}...")).replace("...", ""),
    ];
    let requests = ["/1", "/2", "/3", "/4"].map(|path| get(&format!("http://one.test{path}")));
    let asked =
        ["/1", "/2", "/3", "/4"].map(|path| format!("GET {path} HTTP/1.1\n  Host: one.test\n"));
    let right = format!(
        "200 {a}!\n304 \n200 {b}\n\
         no answer: the answer ends in the middle, after {} bytes of its body\n{}",
        c.len(),
        asked.concat()
    );
    play("an answer ends where it ends", "/asked", json!(requests), &answers, right)
}

fn led(seed: &mut Seed) -> Conversation {
    let words = seed.words(5);
    let [secret, body, a, b, c] = &words[..] else { unreachable!("five were asked for") };
    let request = json!([{
        "method": "PUT",
        "url": "http://one.test/x/y",
        "fields": [["Authorization", secret]],
        "body": body,
    }]);
    let answers = [
        answer(308, &format!("Location: {a}?{b}\r\n"), "moved"),
        answer(307, &format!("Location: http://one.test:81/{b}\r\n"), "over there"),
        answer(303, &format!("Location: //two.test/{c}\r\n"), "done"),
        answer(200, "", a),
    ];
    let right = format!(
        "200 {a}\n\
         PUT /x/y HTTP/1.1\n  Authorization: {secret}\n  Host: one.test\n  {body}\n\
         PUT /x/{a}?{b} HTTP/1.1\n  Authorization: {secret}\n  Host: one.test\n  {body}\n\
         PUT /{b} HTTP/1.1\n  Host: one.test:81\n  {body}\n\
         GET /{c} HTTP/1.1\n  Host: two.test\n"
    );
    play(
        "redirects are followed, and strangers told no secrets",
        "/asked",
        request,
        &answers,
        right,
    )
}

fn remembered(seed: &mut Seed) -> Conversation {
    let words = seed.words(4);
    let [folder, a, b, c] = &words[..] else { unreachable!("four were asked for") };
    let set = format!(
        "Set-Cookie: a={a}; Domain=one.test\r\nSet-Cookie: b={b}\r\n\
         Set-Cookie: c={c}; Path=/{folder}/deep\r\nSet-Cookie: d={a}; Max-Age=0\r\n\
         Set-Cookie: e={b}; Domain=two.test\r\nSet-Cookie: f={c}; Secure\r\n"
    );
    let ok = answer(200, "", "");
    let urls = [
        "www.one.test/F/x",
        "www.one.test/F/deep/x",
        "one.test/F",
        "www.one.test/Fs",
        "two.test/F",
    ]
    .map(|url| url.replace('F', folder));
    let requests = urls.each_ref().map(|url| get(&format!("http://{url}")));
    let cookies =
        ["", &format!("  Cookie: c={c}; a={a}; b={b}\n"), &format!("  Cookie: a={a}\n"), "", ""];
    let asked = urls.iter().zip(cookies).map(|(url, cookie)| {
        let (host, path) = url.split_once('/').unwrap_or_default();
        format!("GET /{path} HTTP/1.1\n{cookie}  Host: {host}\n")
    });
    let right = "200 \n".repeat(5) + &asked.collect::<String>();
    let answers = [answer(200, &set, ""), ok.clone(), ok.clone(), ok.clone(), ok];
    play("cookies are told to those whom they concern", "/asked", json!(requests), &answers, right)
}

/// In hours, since a moment is over when the program answers.
fn bought(seed: &mut Seed) -> Conversation {
    let [time, bought, rate] = [0; 3].map(|_| seed.number(2..=50));
    let bytes = bought * 3600 * rate;
    let line = format!("GET /deadline?time={time}&rate={rate}&bytes={bytes}");
    conversation("bytes buy seconds", &line, "", format!("{} hours\n", time + bought))
}

fn patient(seed: &mut Seed) -> Conversation {
    let word = seed.word();
    let [first, second] = [0; 2].map(|_| seed.number(2..=9) as u64);
    let date =
        |seconds: u64| format!("Thu, 01 Jan 1970 00:{:02}:{:02} GMT", seconds / 60, seconds % 60);
    let now = seed.number(100..=3000) as u64;
    let answers = [
        answer(503, &format!("Retry-After: {first}\r\n"), "busy"),
        answer(429, &format!("Date: {}\r\nRetry-After: {}\r\n", date(now), date(now + second)), ""),
        answer(503, "Retry-After: 0\r\n", ""),
        answer(200, "", &word),
    ];
    let asked = "GET / HTTP/1.1\n  Host: one.test\n".repeat(4);
    let right = format!("waits {first}s\nwaits {second}s\nwaits 1s\n200 {word}\n{asked}");
    let requests = json!([get("http://one.test/")]);
    play("who is busy is asked again when it says", "/patient", requests, &answers, right)
}

/// What may not be sent twice, and what would take too long: the program's client has 30 seconds.
fn once(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let busy = |seconds, word: &str| answer(503, &format!("Retry-After: {seconds}\r\n"), word);
    let first = seed.number(10..=20);
    let answers = [
        busy(first, &words[0]),
        busy(first, ""),
        busy(30 - first, &words[1]),
        answer(503, "Retry-After: +5\r\n", &words[2]),
    ];
    let requests = json!([
        { "method": "POST", "url": "http://one.test/1" },
        get("http://one.test/2"),
        get("http://one.test/3"),
    ]);
    let asked = ["POST /1", "GET /2", "GET /2", "GET /3"];
    let asked = asked.map(|line| format!("{line} HTTP/1.1\n  Host: one.test\n")).concat();
    let right =
        format!("503 {}\nwaits {first}s\n503 {}\n503 {}\n{asked}", words[0], words[1], words[2]);
    play("a refusal may be the answer", "/patient", requests, &answers, right)
}

fn fresh(seed: &mut Seed) -> Conversation {
    let words = seed.words(4);
    let [a, b, c, d] = &words[..] else { unreachable!("four were asked for") };
    let time = seed.number(2..=1000) as u64;
    let control = format!("Cache-Control: public, Max-Age={time}\r\n");
    let answers = [
        answer(200, &control, a),
        answer(200, &format!("{control}Vary: Cookie\r\n"), b),
        answer(200, &format!("{control}Cache-Control: no-store\r\n"), c),
        answer(200, "", d),
    ];
    let url = format!("http://one.test/{a}");
    let other = format!("http://one.test/{b}");
    let requests = json!([
        get_at(0, &url),
        get_at(time - 1, &format!("{url}#{b}")),
        get_at(time - 1, &other),
        get_at(time - 1, &other),
        get_at(time, &url),
    ]);
    let asked = [a, b, b, a].map(|path| format!("GET /{path} HTTP/1.1\n  Host: one.test\n"));
    let right = format!("200 {a}\n200 {a}\n200 {b}\n200 {c}\n200 {d}\n{}", asked.concat());
    play("what is fresh is not asked for again", "/cached", requests, &answers, right)
}

fn validated(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [tag, a, b] = &words[..] else { unreachable!("three were asked for") };
    let time = seed.number(2..=1000) as u64;
    let answers = [
        answer(200, &format!("ETag: W/\"{tag}\"\r\n"), a),
        answer(304, &format!("Cache-Control: max-age={time}\r\n"), ""),
        answer(204, "", ""),
        answer(200, "", b),
    ];
    let url = format!("http://one.test/{a}");
    let post = json!({ "at": time, "method": "POST", "url": url });
    let requests =
        json!([get_at(0, &url), get_at(1, &url), get_at(time, &url), post, get_at(time, &url),]);
    let plain = format!("GET /{a} HTTP/1.1\n  Host: one.test\n");
    let right = format!(
        "200 {a}\n200 {a}\n200 {a}\n204 \n200 {b}\n\
         {plain}{plain}  If-None-Match: W/\"{tag}\"\nPOST /{a} HTTP/1.1\n  Host: one.test\n{plain}"
    );
    play("what is still the same is not sent again", "/cached", requests, &answers, right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::{assert_expected, assert_holds_its_own};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    /// The server is chapter 18's.
    #[test]
    fn chapter_18_is_expected_to_pass_each_case_that_is_named() {
        assert_expected(CASES, "ch18");
    }

    /// What is wrong with a conversation when the chapter's own client holds it.
    fn fault(one: &Conversation, patience: Duration) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut server = ch18::HttpServer::default();
        site::add_to(&mut server);
        let stop = server.stop.clone();
        thread::scope(|scope| {
            scope.spawn(|| server.serve(server.stop.accept_from(listener)));
            let fault = one.hold(address, patience).fault;
            stop.request(address);
            fault
        })
    }

    #[test]
    fn chapter_19_holds_its_conversations_and_not_those_of_the_extensions() {
        let short = Duration::from_secs(10);
        assert_holds_its_own("ch19", |_| true, ["retry_after", "http_cache"], short, fault);
    }
}
