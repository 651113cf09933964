use crate::conversations::Conversation;
use crate::conversations::Step::{ExpectEnd, Finish, Send};
use crate::wire::{Answer, Bytes, Corpus, Field};
use ch07::MAX_BODY;
use mock::Seed;

/// The requests of the wire corpus by which the build task is judged: one for each rule of
/// its law, and some that are to be taken.
const CASES: [&str; 12] = [
    "a browser's request is answered",
    "a name may have any sign of a token",
    "a hundred headers are taken",
    "lines that end with a bare LF are refused",
    "a bare CR in a value is refused",
    "a NUL in a value is refused",
    "a space before the colon is refused",
    "a header that is folded with a space is refused",
    "a head over 16 KiB is too long",
    "a length with a plus sign is refused",
    "two different lengths are refused",
    "Transfer-Encoding beside Content-Length is refused",
];

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    let words = seed.words(5);
    let [one, two, three, four, five] = &words[..] else { return Vec::new() };
    match task {
        "build" => {
            let start = format!("POST /{one} HTTP/1.1\r\nhOsT: {two}\r\n{three}:{four}\r\n");
            let body = [five.as_bytes(), b"\r\n\r\n\0\n", &seed.bytes(20)].concat();
            let form = format!("{start}cOnTeNt-LeNgTh:\t{}\r\n\r\n", body.len());
            let cut = seed.number(1..=body.len() - 1);
            let long = MAX_BODY + seed.number(1..=1000);
            let mut talks = vec![
                asks(
                    "a form in three pieces is answered when it is whole",
                    &[],
                    vec![form.into_bytes(), body[..cut].to_vec(), body[cut..].to_vec()],
                    answer(200, "Hi there!\n"),
                ),
                asks(
                    "a header without a colon is refused, and told at which byte",
                    &[],
                    vec![format!("{start}{five}\r\n\r\n").into_bytes()],
                    Answer {
                        contains: Some(Bytes(format!(" at byte {}\n", start.len()).into_bytes())),
                        ..status(400)
                    },
                ),
                asks(
                    "a body that is too long is refused before it comes",
                    &[],
                    vec![format!("{start}Content-Length: {long}\r\n\r\n").into_bytes()],
                    status(413),
                ),
            ];
            let cases = corpus.cases.iter().filter(|case| CASES.contains(&&*case.name));
            talks.extend(cases.map(|case| Conversation::of_case(case, &[])));
            talks
        }
        "joined" => {
            let upper = one.to_uppercase();
            let request = format!(
                "GET / HTTP/1.1\r\n{one}: {two}\r\nHost: {three}\r\nSet-Cookie: {four}\r\n\
                 {upper}: {five}\r\nSet-Cookie: {five}\r\n\r\n"
            );
            let joined = format!(
                "{one}: {two}, {five}\nHost: {three}\nSet-Cookie: {four}\nSet-Cookie: {five}\n"
            );
            vec![asks(
                "a client hears its own fields, joined",
                &["--join"],
                vec![request.into_bytes()],
                answer(200, &joined),
            )]
        }
        "response" => {
            let body = [one.as_bytes(), b"\r\n\r\n\0", &seed.bytes(20)].concat();
            let status = seed.pick(&[200, 203, 404, 500]);
            let length = seed.number(1..=100);
            let (first, second) = (format!("HTTP/1.1 {status} {two}"), "HTTP/1.1 103 Early Hints");
            vec![
                tells(
                    "a response without a length goes on to the end",
                    "GET",
                    [format!("{first}\r\n{three}: {four}\r\n\r\n").as_bytes(), &body].concat(),
                    [format!("{first}\n{} bytes\n", body.len()).as_bytes(), &body].concat(),
                ),
                tells(
                    "an interim response is passed over, and an answer to HEAD has no body",
                    "HEAD",
                    format!("{second}\r\n\r\n{first}\r\nContent-Length: {length}\r\n\r\n").into(),
                    format!("{first}\n0 bytes\n").into(),
                ),
                tells(
                    "a response that ends before its length is cut off",
                    "GET",
                    format!("{first}\r\nContent-Length: {length}\r\n\r\n").into(),
                    b"refused with 400\n".to_vec(),
                ),
            ]
        }
        _ => Vec::new(),
    }
}

/// A request in pieces, and its answer.
fn asks(name: &str, arguments: &[&str], pieces: Vec<Vec<u8>>, answer: Answer) -> Conversation {
    Conversation::of_request(name, arguments, pieces, vec![answer])
}

/// An answer of this status that says how long it is and that it is the last.
fn status(status: u16) -> Answer {
    let fields = [
        ("Connection", Field::Value("close".to_owned())),
        ("Content-Length", Field::Present(true)),
    ];
    let header = fields.map(|(name, field)| (name.to_owned(), field)).into();
    Answer { status: vec![status], header, ..Answer::default() }
}

/// The same with this body.
fn answer(number: u16, body: &str) -> Answer {
    Answer { body: Some(Bytes(body.as_bytes().to_vec())), ..status(number) }
}

/// A client sends a response, and hears what the program makes of it.
fn tells(name: &str, method: &str, response: Vec<u8>, told: Vec<u8>) -> Conversation {
    let steps = vec![Send("ada", response), Finish("ada"), ExpectEnd("ada", told)];
    Conversation::new(name, &["--response", method], steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::{assert_expected, corpus};
    use mock::Live;
    use std::time::Duration;

    #[test]
    fn the_cases_are_in_the_corpus_and_the_chapter_passes_them() {
        assert_expected(CASES, "ch07");
    }

    /// What is wrong with the conversations of `task` when the chapter's own server holds them.
    fn faults(task: &str) -> Vec<String> {
        let server = ch07::HttpServer::default();
        let talks = conversations(task, corpus(), &mut Seed::new()).into_iter();
        let faults = talks.map(|one| {
            Live::run(
                |incoming| server.serve(incoming),
                |live| one.hold(live.addr(), Duration::from_secs(10)).fault,
            )
        });
        faults.flatten().collect()
    }

    #[test]
    fn chapter_7_holds_its_conversations_and_not_those_of_the_extensions() {
        assert_eq!(faults("build"), Vec::<String>::new());
        assert_eq!(faults("joined").len(), 1);
        assert_eq!(faults("response").len(), 3);
    }
}
