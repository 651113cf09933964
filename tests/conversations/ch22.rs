use crate::conversations::Conversation;
use crate::wire::{Answer, Bytes, Case, Corpus, Field};
use mock::Seed;

pub(super) fn conversations(task: &str, _: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    match task {
        "build" => vec![moved(seed), copied(seed), locked(seed), conditional(seed), gone(seed)],
        "password" => vec![let_in(seed), sent_away(seed), malformed(seed)],
        "quota" => vec![filled(seed), exchanged(seed)],
        _ => Vec::new(),
    }
}

/// A request on a connection that is kept. Each of `fields` ends with CR LF.
fn request(method: &str, path: &str, fields: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Content-Length: {length}\r\n\r\n\
         {body}"
    )
    .into_bytes()
}

/// An answer with this status.
fn is(status: u16) -> Answer {
    Answer { status: vec![status], ..Answer::default() }
}

/// And with this in its body.
fn has(status: u16, text: impl Into<String>) -> Answer {
    let contains = Some(Bytes(text.into().into_bytes()));
    Answer { contains, ..is(status) }
}

/// The same for the whole body.
fn body(status: u16, text: impl Into<String>) -> Answer {
    Answer { body: Some(Bytes(text.into().into_bytes())), ..is(status) }
}

/// One request after the other on one connection, each with its answer; then the client has done.
fn talk(name: &str, steps: Vec<(Vec<u8>, Answer)>) -> Conversation {
    let (mut pieces, mut answers) = (Vec::new(), Vec::new());
    for (piece, answer) in steps {
        pieces.push(piece);
        answers.push(vec![answer]);
    }
    // The last one says so.
    if let Some(last) = pieces.last_mut() {
        let text = String::from_utf8_lossy(last);
        *last = text
            .replacen("Host: localhost\r\n", "Host: localhost\r\nConnection: close\r\n", 1)
            .into_bytes();
    }
    let awaits = (1..pieces.len()).map(|place| (place, place)).collect();
    let case = Case { name: name.to_owned(), pieces, answers, awaits, ..Case::default() };
    Conversation::of_case(&case, &[])
}

fn destination(path: &str) -> String {
    format!("Destination: {path}\r\n")
}

fn set(name: &str, value: &str) -> String {
    format!(
        "<propertyupdate xmlns=\"DAV:\"><set><prop><{name} xmlns=\"urn:x\">{value}</{name}></prop>\
         </set></propertyupdate>"
    )
}

fn find(name: &str) -> String {
    format!("<propfind xmlns=\"DAV:\"><prop><{name} xmlns=\"urn:x\"/></prop></propfind>")
}

const WISH: &str = "<lockinfo xmlns=\"DAV:\"><lockscope><exclusive/></lockscope>\
                    <locktype><write/></locktype></lockinfo>";

/// A property goes along with its file, and with the folder that the file is in.
fn moved(seed: &mut Seed) -> Conversation {
    let words = seed.words(6);
    let [a, b, c, d, name, value] = &words[..] else { unreachable!("six were asked for") };
    let (here, there) = (format!("/{a}/{b}"), format!("/{a}/{c}"));
    let found = format!("<{name} xmlns=\"urn:x\">{value}</{name}></D:prop>");
    talk(
        "what is moved keeps its properties",
        vec![
            (request("MKCOL", &format!("/{a}"), "", ""), is(201)),
            (request("PUT", &here, "", value), is(201)),
            (request("PROPPATCH", &here, "", &set(name, value)), has(207, "HTTP/1.1 200 OK")),
            (request("MOVE", &here, &destination(&there), ""), is(201)),
            (request("GET", &here, "", ""), is(404)),
            (request("PROPFIND", &there, "Depth: 0\r\n", &find(name)), has(207, found.as_str())),
            (request("MOVE", &format!("/{a}"), &destination(&format!("/{d}")), ""), is(201)),
            (
                request("PROPFIND", &format!("/{d}/{c}"), "Depth: 0\r\n", &find(name)),
                has(207, found),
            ),
            (request("DELETE", &format!("/{d}"), "", ""), is(204)),
        ],
    )
}

/// A folder is copied in the place of another one, and neither is half there.
fn copied(seed: &mut Seed) -> Conversation {
    let words = seed.words(6);
    let [a, b, file, other, text, value] = &words[..] else { unreachable!("six were asked for") };
    let (from, to) = (format!("/{a}/"), format!("/{b}"));
    let refused = destination(&to) + "Overwrite: F\r\n";
    talk(
        "a folder is copied with all that is in it",
        vec![
            (request("MKCOL", &from, "", ""), is(201)),
            (request("PUT", &format!("/{a}/{file}"), "", text), is(201)),
            (request("PROPPATCH", &from, "", &set("x", value)), has(207, "HTTP/1.1 200 OK")),
            (request("MKCOL", &to, "", ""), is(201)),
            (request("PUT", &format!("/{b}/{other}"), "", text), is(201)),
            (request("COPY", &from, &refused, ""), is(412)),
            (request("COPY", &from, &destination(&to), ""), is(204)),
            (request("GET", &format!("/{b}/{other}"), "", ""), is(404)),
            (request("GET", &format!("/{b}/{file}"), "", ""), body(200, text)),
            (
                request("PROPFIND", &to, "Depth: 0\r\n", &find("x")),
                has(207, format!(">{value}</x>")),
            ),
            (request("DELETE", &to, "", ""), is(204)),
            (request("DELETE", &from, "", ""), is(204)),
            (request("GET", &format!("/{a}/{file}"), "", ""), is(404)),
        ],
    )
}

/// A lock holds for all below, and a shared one lets others share.
fn locked(seed: &mut Seed) -> Conversation {
    let words = seed.words(4);
    let [a, b, c, text] = &words[..] else { unreachable!("four were asked for") };
    let (folder, file) = (format!("/{a}"), format!("/{a}/{b}"));
    let shared = WISH.replace("exclusive", "shared");
    let no_lock = "If: (Not <DAV:no-lock>)\r\n";
    talk(
        "what is locked nobody else changes",
        vec![
            (request("MKCOL", &folder, "", ""), is(201)),
            (request("PUT", &file, "", text), is(201)),
            (request("LOCK", &file, "Depth: 0\r\n", &shared), has(200, "<D:shared/>")),
            (request("LOCK", &file, "Depth: 0\r\n", &shared), has(200, "Second-3600")),
            (request("LOCK", &folder, "", WISH), has(423, "no-conflicting-lock")),
            (request("LOCK", &file, "Depth: 0\r\n", WISH), has(423, "no-conflicting-lock")),
            (request("LOCK", &format!("/{a}/{c}"), "", WISH), has(201, "<D:exclusive/>")),
            (request("PUT", &file, "", "x"), has(423, "lock-token-submitted")),
            (request("PUT", &format!("/{a}/{c}"), no_lock, "x"), has(423, format!("/{a}/{c}<"))),
            (request("DELETE", &folder, "", ""), has(423, "lock-token-submitted")),
            (request("MOVE", &folder, &destination(&format!("/{c}")), ""), is(423)),
            (request("GET", &file, "", ""), body(200, text)),
            (request("PUT", &format!("/{a}/{b}{c}"), "", text), is(201)),
        ],
    )
}

/// What the field `If` says must hold, and must be understood.
fn conditional(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [a, tag, text] = &words[..] else { unreachable!("three were asked for") };
    let path = format!("/{a}");
    let put = |condition: &str| request("PUT", &path, &format!("If: {condition}\r\n"), text);
    let malformed = seed.pick(&["(", "()", "</x>", "[\"a\"]", "(<a>", "(Not)", "(<a>) </x> (<b>)"]);
    let missing = format!("/{a}{tag}");
    talk(
        "what the field If says must hold",
        vec![
            (put(&format!("([\"{tag}\"])")), is(412)),
            (put(&format!("(Not [\"{tag}\"])")), is(201)),
            (put(&format!("([\"{tag}\"]) (Not <urn:{tag}>)")), is(204)),
            (put(&format!("(Not [\"{tag}\"] <urn:{tag}>)")), is(412)),
            (put(&format!("<{missing}> (NOT [\"{tag}]\"])(<urn:{tag}>)")), is(204)),
            (put(malformed), is(400)),
            (request("DELETE", &path, "If: (Not <DAV:no-lock>)\r\n", ""), is(204)),
        ],
    )
}

/// With what is removed, its properties and locks are gone too.
fn gone(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [a, name, value] = &words[..] else { unreachable!("three were asked for") };
    let (path, copy) = (format!("/{a}"), format!("/{a}{name}"));
    talk(
        "what comes in the place of what is gone has none of its properties",
        vec![
            (request("PUT", &path, "", value), is(201)),
            (request("PROPPATCH", &path, "", &set(name, value)), has(207, "HTTP/1.1 200 OK")),
            (request("COPY", &path, &destination(&copy), ""), is(201)),
            (request("DELETE", &path, "", ""), is(204)),
            (request("PUT", &path, "", "x"), is(201)),
            (request("PROPFIND", &path, "Depth: 0\r\n", &find(name)), has(207, "404 Not Found")),
            (
                request("PROPFIND", &copy, "Depth: 0\r\n", &find(name)),
                has(207, format!(">{value}</{name}>")),
            ),
            (request("MOVE", &path, &destination(&copy), ""), is(204)),
            (request("PROPFIND", &copy, "Depth: 0\r\n", &find(name)), has(207, "404 Not Found")),
            (request("DELETE", &copy, "", ""), is(204)),
        ],
    )
}

fn base64(bytes: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.as_bytes().chunks(3) {
        let number = (0..3).fold(0, |number, place| {
            (number << 8) | usize::from(three.get(place).copied().unwrap_or(0))
        });
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place)) & 63];
            text.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

fn authorization(pair: &str) -> String {
    format!("Authorization: Basic {}\r\n", base64(pair))
}

/// 401, and what is wanted.
fn asks_who() -> Answer {
    let value = Field::Value("Basic realm=\"ex22\", charset=\"UTF-8\"".to_owned());
    Answer { header: [("WWW-Authenticate".to_owned(), value)].into(), ..is(401) }
}

fn let_in(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [name, password, text] = &words[..] else { unreachable!("three were asked for") };
    let path = format!("/let-in/{name}/{password}");
    let right = authorization(&format!("{name}:{password}")).replace("Basic", "basic");
    talk(
        "who has a password is let in",
        vec![
            (request("PUT", &path, &right, text), body(200, format!("come in\n{text}"))),
            (
                request("PUT", &path, &authorization("somebody:else"), text),
                body(200, format!("come in\n{text}")),
            ),
        ],
    )
}

fn sent_away(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [name, password, other] = &words[..] else { unreachable!("three were asked for") };
    let path = format!("/let-in/{name}/{password}");
    let ask = |pair: &str| (request("GET", &path, &authorization(pair), ""), asks_who());
    talk(
        "who has none is asked who they are",
        vec![
            (request("GET", &path, "", ""), asks_who()),
            ask(&format!("{name}:{other}")),
            ask(&format!("{other}:{password}")),
            ask(&format!("{name}:else")),
            ask(&format!("{name}:{password}{other}")),
            ask(&format!("{name}:")),
            ask(name),
        ],
    )
}

fn malformed(seed: &mut Seed) -> Conversation {
    let words = seed.words(2);
    let [name, password] = &words[..] else { unreachable!("two were asked for") };
    let path = format!("/let-in/{name}/{password}");
    let right = base64(&format!("{name}:{password}"));
    let values = ["", "Basic", "Basic =", &format!("Bearer {right}"), &format!("Basic{right}")];
    let steps = values.iter().map(|value| {
        (request("GET", &path, &format!("Authorization: {value}\r\n"), ""), asks_who())
    });
    talk("what is malformed is from nobody", steps.collect())
}

/// What folders are asked, and what they say.
fn room(used: usize) -> (Vec<u8>, Answer) {
    let wanted = "<propfind xmlns=\"DAV:\"><prop><quota-available-bytes/><quota-used-bytes/></prop>\
                  </propfind>";
    let available = 1000 - used;
    let told = format!(
        "<D:quota-available-bytes>{available}</D:quota-available-bytes>\
         <D:quota-used-bytes>{used}</D:quota-used-bytes>"
    );
    (request("PROPFIND", "/small/", "Depth: 0\r\n", wanted), has(207, told))
}

fn filled(seed: &mut Seed) -> Conversation {
    let words = seed.words(2);
    let [a, b] = &words[..] else { unreachable!("two were asked for") };
    let (a, b) = (format!("/small/{a}"), format!("/small/{b}"));
    let length = seed.number(1..=999);
    let put = |path: &str, length| request("PUT", path, "", &"x".repeat(length));
    talk(
        "there is room for so much and no more",
        vec![
            room(0),
            (put(&a, length), is(201)),
            room(length),
            (put(&b, 1001 - length), has(507, "<D:quota-not-exceeded/>")),
            (put(&b, 1000 - length), is(201)),
            room(1000),
            (request("DELETE", &a, "", ""), is(204)),
            room(1000 - length),
            (request("DELETE", &b, "", ""), is(204)),
            room(0),
        ],
    )
}

fn exchanged(seed: &mut Seed) -> Conversation {
    let words = seed.words(2);
    let [a, b] = &words[..] else { unreachable!("two were asked for") };
    let (a, b) = (format!("/small/{a}"), format!("/small/{b}"));
    let (first, second) = (seed.number(501..=999), seed.number(501..=999));
    let put = |path: &str, length| request("PUT", path, "", &"x".repeat(length));
    talk(
        "what takes the place of a file has its room too",
        vec![
            (put(&a, first), is(201)),
            (put(&a, second), is(204)),
            room(second),
            (request("COPY", &a, &destination(&b), ""), has(507, "<D:quota-not-exceeded/>")),
            (request("MOVE", &a, &destination(&b), ""), is(201)),
            room(second),
            (request("DELETE", &b, "", ""), is(204)),
            room(0),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::assert_holds_its_own;
    use ch22::{HttpServer, Store, dav};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    /// What is wrong with a conversation when the chapter's own server holds it.
    fn fault(one: &Conversation, patience: Duration) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut server = HttpServer::default();
        let (pattern, handler) = dav("/", Store::open(&folder.path().join("files")).unwrap());
        server.register_reading(pattern, handler);
        let stop = server.stop.clone();
        thread::scope(|scope| {
            scope.spawn(|| server.serve(server.stop.accept_from(listener)));
            let fault = one.hold(address, patience).fault;
            stop.request(address);
            fault
        })
    }

    #[test]
    fn chapter_22_holds_its_conversations_and_not_those_of_the_extensions() {
        let short = Duration::from_secs(10);
        assert_holds_its_own("ch22", |_| true, ["password", "quota"], short, fault);
    }

    #[test]
    fn base64_is_base64() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            assert_eq!(base64(bytes), text);
        }
    }
}
