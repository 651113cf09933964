use crate::conversations::Conversation;
use crate::conversations::Step::{Connect, Expect, ExpectEnd, Finish, Leave, Send};
use mock::Seed;

pub(super) fn conversations(task: &str, seed: &mut Seed) -> Vec<Conversation> {
    let (one, two) = (seed.word(), seed.word());
    let (line, other) = (format!("{one}\n").into_bytes(), format!("{two}\r\n").into_bytes());
    match task {
        "build" => vec![
            Conversation::new(
                "lines come back, and done is answered bye",
                &[],
                vec![
                    Send("ada", [&line[..], &other, one.as_bytes()].concat()),
                    Expect("ada", [&line[..], &other].concat()),
                    Send("ada", format!("{two}\ndone\n").into()),
                    ExpectEnd("ada", format!("{one}{two}\nbye!\n").into()),
                ],
            ),
            Conversation::new(
                "a silent client keeps nobody waiting",
                &[],
                vec![
                    Connect("ada"),
                    Send("bob", line.clone()),
                    Expect("bob", line.clone()),
                    Send("ada", other.clone()),
                    Expect("ada", other.clone()),
                    Finish("ada"),
                    ExpectEnd("ada", Vec::new()),
                ],
            ),
            Conversation::new(
                "a line without end is told so",
                &[],
                vec![
                    Send("ada", line.clone()),
                    Expect("ada", line.clone()),
                    Send("ada", vec![b'x'; 1024]),
                    ExpectEnd("ada", b"line too long\n".to_vec()),
                ],
            ),
        ],
        "at_most" => {
            let seats = seed.number(1..=3);
            let guests = &["ada", "bob", "eve"][..seats];
            let mut steps = Vec::new();
            for guest in guests {
                // Answered means that the seat is taken.
                steps.extend([Send(guest, line.clone()), Expect(guest, line.clone())]);
            }
            steps.push(ExpectEnd("late", b"full\n".to_vec()));
            steps.extend(guests.iter().flat_map(|guest| {
                [Send(guest, other.clone()), Expect(guest, other.clone()), Leave(guest)]
            }));
            vec![Conversation::new(
                "client N+1 is told full",
                &["--seats", &seats.to_string()],
                steps,
            )]
        }
        "in_time" => vec![
            Conversation::new(
                "who is silent is too late",
                &["--patience", "300"],
                vec![Send("ada", one.clone().into()), ExpectEnd("ada", b"too late\n".to_vec())],
            ),
            Conversation::new(
                "who is fast is not",
                &["--patience", "5000"],
                vec![
                    Send("ada", [&line[..], b"done\n"].concat()),
                    ExpectEnd("ada", [&line[..], b"bye!\n"].concat()),
                ],
            ),
        ],
        _ => Vec::new(),
    }
}
