use crate::conversations::Conversation;
use crate::conversations::Step::{Expect, ExpectEnd, Finish, Reset, Send};
use mock::Seed;

pub(super) fn conversations(task: &str, seed: &mut Seed) -> Vec<Conversation> {
    let (one, two) = (seed.word().into_bytes(), seed.word().into_bytes());
    let line = [&one[..], b"\n"].concat();
    match task {
        "build" => {
            let count = seed.number(5000..=20_000);
            let bytes = [seed.bytes(count), b"\0\xff\r\n".to_vec()].concat();
            vec![
                Conversation::new(
                    "what is said comes back at once, and the end is answered with the end",
                    &[],
                    vec![
                        Send("ada", line.clone()),
                        Expect("ada", line),
                        Send("ada", two.clone()),
                        Expect("ada", two),
                        Finish("ada"),
                        ExpectEnd("ada", Vec::new()),
                    ],
                ),
                Conversation::new(
                    "every byte comes back, and none is lost among many",
                    &[],
                    vec![Send("ada", bytes.clone()), Finish("ada"), ExpectEnd("ada", bytes)],
                ),
                Conversation::new(
                    "who says nothing gets nothing",
                    &[],
                    vec![Finish("ada"), ExpectEnd("ada", Vec::new())],
                ),
            ]
        }
        "count" => vec![
            Conversation::new(
                "the number of bytes is the last word",
                &["--count"],
                vec![
                    Send("ada", line.clone()),
                    Expect("ada", line.clone()),
                    Finish("ada"),
                    ExpectEnd("ada", format!("{}\n", line.len()).into()),
                ],
            ),
            Conversation::new(
                "the number has a line to itself",
                &["--count"],
                vec![
                    Send("ada", [&line[..], &two].concat()),
                    Expect("ada", [&line[..], &two].concat()),
                    Finish("ada"),
                    ExpectEnd("ada", format!("\n{}\n", line.len() + two.len()).into()),
                ],
            ),
        ],
        "parting" => vec![
            Conversation::new(
                "a goodbye is a goodbye",
                &["--parting"],
                vec![
                    Send("ada", line.clone()),
                    Finish("ada"),
                    ExpectEnd("ada", line.clone()),
                    ExpectEnd("bob", left_with("a goodbye", line.len())),
                ],
            ),
            Conversation::new(
                "a reset is a reset",
                &["--parting"],
                vec![
                    // What has come back was received: a reset may throw away what was not.
                    Send("ada", two.clone()),
                    Expect("ada", two.clone()),
                    Reset("ada"),
                    ExpectEnd("bob", left_with("a reset", two.len())),
                ],
            ),
        ],
        _ => Vec::new(),
    }
}

/// What the next client is told.
fn left_with(parting: &str, received: usize) -> Vec<u8> {
    format!("left with {parting}; bytes received: {received}\n").into()
}
