use crate::conversations::Conversation;
use crate::conversations::Step::{Connect, Expect, ExpectEnd, Finish, Judge, Leave, Reset, Send};
use crate::wire::Corpus;
use ch05::{Head, answer};
use mock::{Reply, Seed};

/// The requests of the wire corpus by which the build task is judged.
const CASES: [&str; 11] = [
    "a browser's request is answered",
    "a request in three pieces is one request",
    "an answer does not wait for the client to go",
    "an answer has a length and a type and says that it closes",
    "a client that has closed its sending side gets the answer",
    "who connects and says nothing and closes hears nothing",
    "a head that breaks off is not answered as if it were whole",
    "who resets in the middle of a head does no harm",
    "who sends nonsense does no harm to the next",
    "a body that nobody needs does not spoil the answer",
    "a browser's spare connection keeps nobody waiting",
];

pub(super) fn conversations(task: &str, corpus: &Corpus, seed: &mut Seed) -> Vec<Conversation> {
    let (target, name, value) = (seed.word(), seed.word(), seed.word());
    let head = format!("GET /{target} HTTP/1.1\r\n{name}: {value}\r\n\r\n");
    let picture = format!("GET /picture.png HTTP/1.1\r\n{name}: {value}\r\n\r\n");
    let (head, picture) = (head.into_bytes(), picture.into_bytes());
    let (greets, shows) = (answer_to(&head), answer_to(&picture));
    match task {
        "build" => {
            let (first, second) = picture.split_at(seed.number(1..=picture.len() - 1));
            let mut talks = vec![
                Conversation::new(
                    "a client that thinks keeps nobody waiting, and is answered too",
                    &[],
                    vec![
                        Send("ada", first.to_vec()),
                        Send("bob", head.clone()),
                        ExpectEnd("bob", greets.clone()),
                        Send("eve", head[..head.len() / 2].to_vec()),
                        Reset("eve"),
                        Send("ada", second.to_vec()),
                        ExpectEnd("ada", shows),
                    ],
                ),
                the_connection_limit_is_reached(seed, &head, &greets),
                Conversation::new(
                    "who does not finish a request is hung up on at the deadline",
                    &["--patience", "300"],
                    vec![
                        Connect("ada"),
                        Send("bob", head[..head.len() / 2].to_vec()),
                        ExpectEnd("ada", Vec::new()),
                        ExpectEnd("bob", Vec::new()),
                        Send("eve", head.clone()),
                        ExpectEnd("eve", greets),
                    ],
                ),
            ];
            let cases = corpus.cases.iter().filter(|case| CASES.contains(&case.name.as_str()));
            talks.extend(cases.map(|case| Conversation::of_case(case, &[])));
            talks
        }
        "scripted" => {
            let bytes = seed.number(0..=head.len());
            let more = head.len() + seed.number(1..=100);
            let answered = format!("answered with {} bytes\n", greets.len());
            vec![
                rehearsal(
                    "the client is told after how many bytes it reset",
                    bytes,
                    &head,
                    format!("reset after {bytes} bytes\n"),
                ),
                rehearsal("the client is told that it was answered", more, &head, answered),
            ]
        }
        "record" => {
            // In the target: who takes a recording for a request finds another one.
            let cut = "GET /".len() + seed.number(1..="picture.pn".len());
            let pieces = [&picture[..cut], &picture[cut..]];
            let recording = pieces.map(|piece| {
                let length = format!("{}\n", piece.len());
                [length.as_bytes(), piece, b"\n"].concat()
            });
            vec![
                Conversation::new(
                    "what comes in one piece is recorded as one",
                    &["--record"],
                    vec![
                        Send("ada", head.clone()),
                        ExpectEnd(
                            "ada",
                            [format!("{}\n", head.len()).as_bytes(), &head, b"\n"].concat(),
                        ),
                    ],
                ),
                Conversation::new(
                    "what was recorded in two pieces is answered",
                    &["--replay"],
                    vec![Send("ada", recording.concat()), Finish("ada"), ExpectEnd("ada", shows)],
                ),
            ]
        }
        _ => Vec::new(),
    }
}

/// What chapter 5 answers to a request without a body.
fn answer_to(request: &[u8]) -> Vec<u8> {
    let head = request.strip_suffix(b"\r\n\r\n").and_then(|head| Head::parse(head).ok());
    answer(&head.expect("a request that chapter 5 understands"))
}

/// Somebody comes when there is no permit, and somebody who had one is answered all the same.
fn the_connection_limit_is_reached(seed: &mut Seed, request: &[u8], answer: &[u8]) -> Conversation {
    let permits = seed.number(1..=3);
    let guests = &["ada", "bob", "eve"][..permits];
    let mut steps: Vec<_> = guests.iter().map(|guest| Connect(guest)).collect();
    steps.push(Judge("late", |answer| {
        let reply = Reply::try_parse(answer, false)?;
        match reply.status {
            503 => Ok(()),
            status => Err(format!("the connection limit is reached, and the answer is {status}")),
        }
    }));
    for guest in guests {
        steps.extend([Send(guest, request.to_vec()), Expect(guest, answer.to_vec())]);
        steps.push(Leave(guest));
    }
    let name = "who comes when the connection limit is reached is told 503";
    Conversation::new(name, &["--permits", &permits.to_string()], steps)
}

fn rehearsal(name: &str, bytes: usize, request: &[u8], report: String) -> Conversation {
    let arguments = ["--rehearse", &bytes.to_string()];
    let steps =
        vec![Send("ada", request.to_vec()), Finish("ada"), ExpectEnd("ada", report.into_bytes())];
    Conversation::new(name, &arguments, steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::expected::{assert_expected, corpus};
    use mock::Live;
    use std::time::Duration;

    #[test]
    fn the_cases_are_in_the_corpus_and_the_chapter_passes_them() {
        assert_expected(CASES, "ch06");
    }

    /// What is wrong with a conversation when the chapter's own server holds it, with what its
    /// program would make of the arguments.
    fn fault(one: &Conversation) -> Option<String> {
        let mut server = ch06::HttpServer::default();
        if let [name, value] = &one.arguments[..] {
            let value = value.parse().unwrap();
            match name.as_str() {
                "--permits" => server.limits.connections = value,
                "--patience" => server.limits.request_time = Duration::from_millis(value as u64),
                _ => {}
            }
        }
        Live::run(
            |incoming| server.serve(incoming),
            |live| one.hold(live.addr(), Duration::from_secs(10)).fault,
        )
    }

    #[test]
    fn chapter_6_holds_its_conversations_and_not_those_of_the_extensions() {
        for one in conversations("build", corpus(), &mut Seed::new()) {
            assert_eq!(fault(&one), None, "{}", one.name);
        }
        for task in ["scripted", "record"] {
            for one in conversations(task, corpus(), &mut Seed::new()) {
                assert!(fault(&one).is_some(), "{}", one.name);
            }
        }
    }
}
