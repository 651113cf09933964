use crate::conversations::Conversation;
use crate::wire::{Answer, Bytes, Case, Corpus, Then};
use mock::Seed;

// What the program serves.
#[cfg(test)]
#[path = "../../chapters/ch20-proxy/exercise/src/site.rs"]
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
            let own = [told(seed), believed(seed), in_turn(seed), tried_again(seed), checked(seed)];
            cases.chain(own).collect()
        }
        "proxy_protocol" => vec![written(seed), packed(seed), for_nobody_else(seed), none(seed)],
        "retry_budget" => vec![granted(seed), forgotten(seed)],
        _ => Vec::new(),
    }
}

/// 200, and this body.
fn ok(body: impl Into<Vec<u8>>) -> Vec<Answer> {
    vec![Answer { status: vec![200], body: Some(Bytes(body.into())), ..Answer::default() }]
}

/// A request with these fields and this body, after which the client wants nothing more.
fn request(line: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\nContent-Length: {length}\r\n\
         {fields}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// What comes of this body.
fn play(name: &str, route: &str, body: impl AsRef<[u8]>, right: &str) -> Conversation {
    let heard = vec![request(&format!("POST {route}"), "", body.as_ref())];
    Conversation::of_request(name, &[], heard, ok(right))
}

/// What the client says is for us alone goes no further, and what it says of itself does not
/// either.
fn told(seed: &mut Seed) -> Conversation {
    let words = seed.words(4);
    let [a, b, c, d] = &words[..] else { unreachable!("four were asked for") };
    let fields = format!(
        "X-{a}: {b}\r\nconnection: x-{c} , Host\r\nX-{c}: {d}\r\nTE: trailers\r\n\
         Keep-Alive: {a}\r\nx-forwarded-for: {b}\r\nForwarded: for={c}\r\nX-Real-IP: {d}\r\n"
    );
    let right = format!(
        "Content-Length: 0\n\
         Forwarded: for=127.0.0.1;host=\"one.test\";proto=http\n\
         Host: one.test\n\
         X-Forwarded-For: 127.0.0.1\n\
         X-Forwarded-Host: one.test\n\
         X-Forwarded-Proto: http\n\
         X-{a}: {b}\n"
    );
    let heard = vec![request("GET /told", &fields, b"")];
    Conversation::of_request("what is for us alone goes no further", &[], heard, ok(right))
}

/// The same from somebody who is believed.
fn believed(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [a, b, c] = &words[..] else { unreachable!("three were asked for") };
    let fields = format!(
        "X-Forwarded-For: {a}\r\nX-Forwarded-For: {b}\r\nX-Forwarded-Proto: https\r\n\
         X-Forwarded-Host: {c}.test\r\nForwarded: for={a}\r\n"
    );
    let right = format!(
        "Content-Length: 0\n\
         Forwarded: for={a}, for=127.0.0.1;host=\"{c}.test\";proto=https\n\
         Host: one.test\n\
         X-Forwarded-For: {a}, {b}, 127.0.0.1\n\
         X-Forwarded-Host: {c}.test\n\
         X-Forwarded-Proto: https\n"
    );
    let heard = vec![request("GET /told", &fields, b"")];
    let name = "a proxy before us is believed";
    Conversation::of_request(name, &["--behind-proxy"], heard, ok(right))
}

/// On one connection, one request behind the other.
fn in_turn(seed: &mut Seed) -> Conversation {
    let (weights, order) = seed.pick(&[
        ("5,1,1", "1121311"),
        ("1,1,1", "1231231"),
        ("2,1", "1211211"),
        ("3,2", "1212112"),
        ("1,3", "2122212"),
    ]);
    let request = b"GET /who HTTP/1.1\r\nHost: one.test\r\n\r\n".to_vec();
    let case = Case {
        name: "each server has its turns".to_owned(),
        pieces: vec![request; order.len()],
        then: Then::HalfClose,
        answers: order.chars().map(|number| ok(format!("{number}\n"))).collect(),
        ..Case::default()
    };
    Conversation::of_case(&case, &["--weights", weights])
}

/// After three failures it is down, and tried again after 10 seconds by one request.
fn tried_again(seed: &mut Seed) -> Conversation {
    let times: Vec<_> = (1..=3).map(|second| second * 1000 + seed.number(0..=999)).collect();
    let [a, b, c] = times[..] else { unreachable!("they are three") };
    let after = |milliseconds| c + milliseconds;
    let body = format!(
        "{a} failed\n{a} failed\n{a} answered\n{b} failed\n{b} failed\n{c} failed\n\
         {} waits\n{} waits\n{} chosen\n{} waits\n{} waits\n{} failed\n\
         {} waits\n{} answered\n{} failed\n",
        after(9_999),
        after(10_000),
        after(10_000),
        after(19_999),
        after(20_000),
        after(20_000),
        after(29_999),
        after(30_000),
        after(30_000),
    );
    let right = "up, asked\nup, asked\nup, asked\nup, asked\nup, asked\nnow down, not asked\n\
                 down, not asked\ndown, asked\ndown, not asked\ndown, not asked\ndown, asked\n\
                 down, not asked\ndown, not asked\nnow up, asked\nup, asked\n";
    play("who fails three times has a rest", "/health", body, right)
}

/// With checks it is for them to say who is up.
fn checked(seed: &mut Seed) -> Conversation {
    let body =
        "checks\nfailed\nchecked\nfailed\nfailed\nchecked\nfailed\nchecked\nanswered\nchecked\n";
    let mut time = 0;
    let mut line = |what: &str| {
        time += seed.number(1000..=20_000);
        format!("{time} {what}\n")
    };
    let body: String = body.lines().map(&mut line).collect();
    let right = "up, asked\nup, asked\nup, asked\nup, asked\nnow down, not asked\n\
                 down, not asked\ndown, not asked\ndown, not asked\ndown, not asked\n\
                 now up, asked\n";
    play("two checks in a row bring it back", "/health", body, right)
}

fn ip(seed: &mut Seed) -> [u8; 4] {
    [0; 4].map(|_| seed.number(0..=255) as u8)
}

fn dotted([a, b, c, d]: [u8; 4]) -> String {
    format!("{a}.{b}.{c}.{d}")
}

fn port(seed: &mut Seed) -> u16 {
    seed.number(0..=65_535) as u16
}

fn written(seed: &mut Seed) -> Conversation {
    let (a, b) = (dotted(ip(seed)), dotted(ip(seed)));
    let (c, d) = (port(seed), port(seed));
    let line = format!("PROXY TCP4 {a} {b} {c} {d}\r\n");
    let right = format!("{} bytes: {a}:{c} to {b}:{d}\n", line.len());
    play("a line tells who it is", "/proxy-header", line + &seed.word(), &right)
}

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

fn packed(seed: &mut Seed) -> Conversation {
    let (a, b) = (ip(seed), ip(seed));
    let (c, d) = (port(seed), port(seed));
    let more = seed.number(1..=500);
    let more = seed.bytes(more);
    let length = (12 + more.len() as u16).to_be_bytes();
    let ports = [c.to_be_bytes(), d.to_be_bytes()].concat();
    let header = [SIGNATURE, b"\x21\x11", &length, &a, &b, &ports, &more].concat();
    let right = format!("{} bytes: {}:{c} to {}:{d}\n", header.len(), dotted(a), dotted(b));
    play("bytes tell who it is", "/proxy-header", [header, seed.bytes(9)].concat(), &right)
}

fn for_nobody_else(seed: &mut Seed) -> Conversation {
    let more = seed.number(0..=200);
    let more = seed.bytes(more);
    let header = [SIGNATURE, b"\x20\xff\0", &[more.len() as u8], &more].concat();
    let right = format!("{} bytes\n", header.len());
    play("a check is for nobody else", "/proxy-header", header, &right)
}

fn none(seed: &mut Seed) -> Conversation {
    let zero = dotted(ip(seed));
    let (header, right) = seed.pick(&[
        (format!("PROXY TCP4 {zero} {zero} 080 80\r\n"), "no header\n"),
        (format!("PROXY TCP4 {zero} {zero} 80 80\n\r\n"), "no header\n"),
        (format!("PROXY TCP4 {zero} {zero} 80 80\n"), "more\n"),
        (format!("PROXY TCP6 {zero} {zero} 80 80\r\n"), "no header\n"),
        (format!("GET /{zero} HTTP/1.1\r\n"), "no header\n"),
    ]);
    play("what is none is refused", "/proxy-header", header, right)
}

fn granted(seed: &mut Seed) -> Conversation {
    let fifths = seed.number(31..=300);
    let (time, first) = (seed.number(0..=9_999), seed.number(1..=30));
    let body = format!("{time} sent {}\n{time} again {first}\n{time} again 1000\n", 5 * fifths + 4);
    let right = format!("{first}\n{}\n", fifths - first);
    play("a fifth may be sent again", "/budget", body, &right)
}

fn forgotten(seed: &mut Seed) -> Conversation {
    let fifths = seed.number(40..=100);
    let (late, again) = (seed.number(0..=999), seed.number(31..=40));
    let body = format!(
        "{late} sent {}\n1000 again {again}\n9999 again 1000\n10000 again 1000\n11000 again 1000\n",
        5 * fifths
    );
    // At first what is left; then there is but the minimum, of which more is used; then that anew,
    // less what was used in the last ten seconds.
    let left = fifths - again;
    let right = format!("{again}\n{left}\n0\n{}\n", 30_usize.saturating_sub(left));
    play("what is ten seconds ago is forgotten", "/budget", body, &right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::assert_holds_its_own;
    use ch20::{HttpServer, UpstreamSettings};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    /// What is wrong with a conversation when the chapter's own proxy holds it, with what the
    /// program would make of the arguments.
    fn fault(one: &Conversation, patience: Duration) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let weights = match &one.arguments[..] {
            [option, weights] if option == "--weights" => weights.clone(),
            _ => "1,1,1".to_owned(),
        };
        let weights: Vec<_> = weights.split(',').map(|weight| weight.parse().unwrap()).collect();
        let behind_proxy = one.arguments == ["--behind-proxy"];
        let settings = UpstreamSettings { behind_proxy, ..UpstreamSettings::default() };
        let server = HttpServer::default();
        let stop = server.stop.clone();
        thread::scope(|scope| {
            scope.spawn(|| site::serve(server, listener, &weights, settings));
            let fault = one.hold(address, patience).fault;
            stop.request();
            fault
        })
    }

    #[test]
    fn chapter_20_holds_its_conversations_and_not_those_of_the_extensions() {
        let short = Duration::from_secs(10);
        assert_holds_its_own("ch20", |_| true, ["proxy_protocol", "retry_budget"], short, fault);
    }
}
