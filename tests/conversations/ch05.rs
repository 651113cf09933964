use crate::conversations::Conversation;
use crate::wire::{Answer, Bytes, Corpus, Field};
use ch05::PICTURE;
use mock::Seed;

/// The requests of the wire corpus by which the build task is judged too.
const CASES: [&str; 10] = [
    "a plain GET is answered",
    "a browser's request is answered",
    "HTTP/1.0 is understood",
    "a value may be empty",
    "a field may be repeated",
    "a request in three pieces is one request",
    "an answer does not wait for the client to go",
    "a client that has closed its sending side gets the answer",
    "who resets in the middle of a head does no harm",
    "who sends nonsense does no harm to the next",
];

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    let words = seed.words(4);
    let get = |target: &str| {
        let (host, name, value) = (&words[0], &words[1], &words[2]);
        format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nx-{name}:  {value} \r\n")
    };
    let page = get(&format!("/{}", words[3]));
    let greeting = || body("text/plain; charset=utf-8", b"Hi there!\n");
    match task {
        "build" => {
            let picture = get("/picture.png");
            let mut all = vec![
                ask("there is a greeting at every address", &page, &[], greeting()),
                ask("there is a picture", &picture, &[], body("image/png", PICTURE)),
            ];
            let cases = corpus.cases.iter().filter(|case| CASES.contains(&&*case.name));
            all.extend(cases.map(|case| Conversation::of_case(case, &[])));
            all
        }
        "mirror" => {
            let itself = body("text/plain; charset=utf-8", page.as_bytes());
            vec![ask("a client sees what it asked", &page, &["--mirror"], itself)]
        }
        "pixel" => {
            // Its colours may be any.
            let gif = Answer { contains: Some(Bytes(b"GIF89a".to_vec())), ..of("image/gif", 43) };
            vec![
                ask("there is a pixel", &get("/pixel.gif"), &[], gif),
                ask("the pixel is not everywhere", &page, &[], greeting()),
            ]
        }
        _ => Vec::new(),
    }
}

/// A request that comes in two pieces, and its answer.
fn ask(name: &str, head: &str, arguments: &[&str], answer: Answer) -> Conversation {
    let (first, second) = head.split_at(head.len() / 2);
    Conversation::of_request(
        name,
        arguments,
        vec![first.into(), format!("{second}\r\n").into()],
        vec![answer],
    )
}

/// An answer with this body.
fn body(content_type: &str, body: &[u8]) -> Answer {
    Answer { body: Some(Bytes(body.to_vec())), ..of(content_type, body.len()) }
}

/// An answer of this type and length.
fn of(content_type: &str, length: usize) -> Answer {
    let fields = [
        ("Server", "OwnHands/0.1"),
        ("Content-Type", content_type),
        ("Content-Length", &length.to_string()),
        ("Connection", "close"),
    ];
    let header = fields.map(|(name, value)| (name.to_owned(), Field::Value(value.to_owned())));
    Answer { status: vec![200], header: header.into(), ..Answer::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::corpus;
    use mock::Live;
    use std::time::Duration;

    #[test]
    fn every_case_is_in_the_corpus() {
        let corpus = corpus();
        for name in CASES {
            assert!(corpus.cases.iter().any(|case| case.name == name), "there is no case {name:?}");
        }
    }

    #[test]
    fn chapter_5_holds_its_conversations() {
        for one in conversations("build", corpus(), &mut Seed::new()) {
            let heard = Live::run(
                |incoming| ::ch05::serve(incoming, ::ch05::hello),
                |live| one.hold(live.addr(), Duration::from_secs(10)),
            );
            assert_eq!(heard.fault, None, "{}", one.name);
        }
    }

    #[test]
    fn chapter_5_does_not_hold_those_of_the_extensions() {
        for task in ["mirror", "pixel"] {
            let wrong = conversations(task, corpus(), &mut Seed::new()).iter().any(|one| {
                let heard = Live::run(
                    |incoming| ::ch05::serve(incoming, ::ch05::hello),
                    |live| one.hold(live.addr(), Duration::from_secs(10)),
                );
                heard.fault.is_some()
            });
            assert!(wrong, "{task}");
        }
    }
}
