use crate::conversations::Conversation;
use crate::conversations::Step::{Judge, Send};
use crate::wire::{Answer, Bytes, Case, Corpus, Field, Then};
use mock::Seed;

// What the program serves.
#[cfg(test)]
#[path = "../../chapters/ch18-framework/exercise/src/site.rs"]
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
            let own =
                [captured(seed), rest(seed), query(seed), posted(seed), allowed(), made(seed)];
            cases.chain(own).collect()
        }
        "multipart" => vec![uploaded(seed), cut_off(seed)],
        "single_flight" => vec![two_at_once(seed)],
        _ => Vec::new(),
    }
}

/// 200, and this body.
fn ok(body: impl Into<Vec<u8>>) -> Vec<Answer> {
    vec![Answer { status: vec![200], body: Some(Bytes(body.into())), ..Answer::default() }]
}

/// A request, after which the client wants nothing more.
fn request(line: &str, fields: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n").into_bytes()
}

fn get(target: &str) -> Vec<Vec<u8>> {
    vec![request(&format!("GET {target}"), "")]
}

fn captured(seed: &mut Seed) -> Conversation {
    let word = seed.word();
    let right = ok(format!("Hello, a/{word} b!\n"));
    let heard = get(&format!("/hello/a%2f{word}%20b"));
    Conversation::of_request("a name is captured with its slash", &[], heard, right)
}

fn rest(seed: &mut Seed) -> Conversation {
    let words = seed.words(2).join("/");
    let right = ok(format!("the file {words}/\n"));
    let heard = get(&format!("/files/{words}/"));
    Conversation::of_request("the rest of a path is captured", &[], heard, right)
}

fn query(seed: &mut Seed) -> Conversation {
    let word = seed.word();
    let right = ok(format!("{word}=a+b%2B&=%25&{word}=\n"));
    let heard = get(&format!("/form?{word}=a%20b%2b&&=%&{word}"));
    Conversation::of_request("fields are read and written", &[], heard, right)
}

fn posted(seed: &mut Seed) -> Conversation {
    let (name, text) = (seed.word(), seed.word().repeat(100));
    let form = format!("{name}={text}+%c3%a4");
    let fields = format!(
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
        form.len()
    );
    let (first, second) = form.split_at(seed.number(1..=form.len() - 1));
    let heard = vec![request("POST /form", &fields), first.into(), second.into()];
    let right = ok(format!("{name}={text}+%C3%A4\n"));
    Conversation::of_request("a form is read however it comes", &[], heard, right)
}

fn allowed() -> Conversation {
    let allow = Field::Value("GET, HEAD, OPTIONS, PUT".into());
    let header = [("Allow".to_owned(), allow)].into();
    let right = vec![Answer { status: vec![405], header, ..Answer::default() }];
    let heard = vec![request("DELETE /note", "")];
    Conversation::of_request("who is refused is told what is allowed", &[], heard, right)
}

/// There is room for two.
fn made(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [a, b, c] = &words[..] else { unreachable!("three were asked for") };
    let asked = [a, b, a, c, a, b].map(|key| format!("key={key}")).join("&");
    let right = ok(format!("{a}\n{b}\n{c}\n{b}\n"));
    let heard = get(&format!("/made?{asked}"));
    Conversation::of_request("what was not asked for the longest is forgotten", &[], heard, right)
}

/// The head of a request with this form.
fn upload(boundary: &str, form: &[u8]) -> Vec<u8> {
    let fields = format!(
        "Content-Type: multipart/form-data; boundary={boundary}\r\nContent-Length: {}\r\n",
        form.len()
    );
    request("POST /upload", &fields)
}

/// A field, and a file in whose name there are quotation marks.
fn parts(boundary: &str, name: &str, text: &str, file: &[u8]) -> Vec<u8> {
    let head = "Content-Disposition: form-data; name=";
    let field = format!("--{boundary}\r\n{head}\"{name}\"\r\n\r\n{text}\r\n--{boundary}\r\n");
    let file_head =
        format!("{head}\"f\"; filename=\"%22{name}%22.bin\"\r\nContent-Type: a/b\r\n\r\n");
    let end = format!("\r\n--{boundary}--\r\n");
    [field.as_bytes(), file_head.as_bytes(), file, end.as_bytes()].concat()
}

fn uploaded(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [boundary, name, text] = &words[..] else { unreachable!("three were asked for") };
    // It has the beginnings of boundaries in it.
    let file = [seed.bytes(20_000), format!("\r\n--{}", &boundary[1..]).into_bytes()].concat();
    let form = parts(boundary, name, text, &file);
    let (first, second) = form.split_at(seed.number(1..=form.len() - 1));
    let heard = vec![upload(boundary, &form), first.to_vec(), second.to_vec()];
    let field = format!("{name}, no file, no type, {} bytes\n{text}\n", text.len());
    let of_file = format!("f, \"{name}\".bin, a/b, {} bytes\n", file.len());
    let right = ok([field.as_bytes(), of_file.as_bytes(), &file, b"\n"].concat());
    Conversation::of_request("a form with a file is read however it comes", &[], heard, right)
}

fn cut_off(seed: &mut Seed) -> Conversation {
    let words = seed.words(3);
    let [boundary, name, text] = &words[..] else { unreachable!("three were asked for") };
    let form = parts(boundary, name, text, b"soup");
    let form = &form[..form.len() - 5];
    let right = vec![Answer { status: vec![400], ..Answer::default() }];
    let heard = vec![upload(boundary, form), form.to_vec()];
    Conversation::of_request("a form without its last boundary is refused", &[], heard, right)
}

/// The program waits until both have asked.
fn two_at_once(seed: &mut Seed) -> Conversation {
    let request = request(&format!("GET /once/{}", seed.word()), "");
    let steps = vec![
        Send("ada", request.clone()),
        Send("bob", request),
        Judge("ada", is_first),
        Judge("bob", is_first),
    ];
    Conversation::new("who asks at once for the same has it made once", &[], steps)
}

fn is_first(answer: &[u8]) -> Result<(), String> {
    let is_right = answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"\r\n\r\nnumber 1\n");
    if is_right { Ok(()) } else { Err("it is not the first one that was made".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::{assert_expected, assert_holds_its_own};
    use ch18::{HttpServer, gateway};
    use std::net::TcpListener;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn chapter_18_is_expected_to_pass_each_case_that_is_named() {
        assert_expected(CASES, "ch18");
    }

    /// What is wrong with a conversation when the chapter's own server holds it.
    fn fault(one: &Conversation, patience: Duration) -> Option<String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = gateway(address, site::site().unwrap());
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
    fn chapter_18_holds_its_conversations_and_not_those_of_the_extensions() {
        let short = Duration::from_secs(10);
        assert_holds_its_own("ch18", |_| true, ["multipart", "single_flight"], short, fault);
    }
}
