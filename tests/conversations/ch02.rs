use crate::conversations::Conversation;
use crate::conversations::Step::{self, Connect, Expect, ExpectEnd, Finish, Reset, Send};
use mock::Seed;

const GREETING: &str = "Thank you for connecting\n";

pub(super) fn conversations(task: &str, seed: &mut Seed) -> Vec<Conversation> {
    let (one, two) = (seed.word(), seed.word());
    let seconds = seed.number(0..=4_102_444_799); // until 2100
    let at = seconds.to_string();
    match task {
        "build" => vec![
            Conversation::new(
                "everybody is greeted and served, one after the other",
                &[],
                ["ada", "bob", "cleo", "dan", "eve"].map(|name| served(name, &one)).concat(),
            ),
            Conversation::new(
                "who waits is served when the one before has left",
                &[],
                vec![
                    Expect("ada", GREETING.into()),
                    Connect("bob"),
                    Send("bob", two.clone().into()),
                    Send("ada", one.clone().into()),
                    Expect("ada", one.clone().into()),
                    Finish("ada"),
                    ExpectEnd("ada", Vec::new()),
                    Expect("bob", format!("{GREETING}{two}").into()),
                    Finish("bob"),
                    ExpectEnd("bob", Vec::new()),
                ],
            ),
            Conversation::new(
                "a reset is one client's own affair",
                &[],
                [
                    vec![
                        Send("ada", one.clone().into()),
                        Expect("ada", format!("{GREETING}{one}").into()),
                        Reset("ada"),
                    ],
                    served("bob", &two),
                ]
                .concat(),
            ),
        ],
        "daytime" => vec![Conversation::new(
            "clients are told the date and the time",
            &["--daytime", "--at", &at],
            ["ada", "bob"].map(|name| ExpectEnd(name, daytime(seconds).into())).into(),
        )],
        "visits" => {
            let about = |received: &str, sent: usize| {
                let (began, received) = (began(seconds), received.len());
                format!("before you: {began}, 0 ms, bytes received: {received}, sent: {sent}\n")
            };
            let about_ada = about(&one, GREETING.len() + one.len());
            let about_bob = about(&two, about_ada.len() + GREETING.len() + two.len());
            vec![Conversation::new(
                "each visit is logged, and one that breaks off too",
                &["--guest-book", "--at", &at],
                [
                    served("ada", &one),
                    vec![
                        Expect("bob", format!("{about_ada}{GREETING}").into()),
                        Send("bob", two.clone().into()),
                        Expect("bob", two.into()),
                        Reset("bob"),
                        Expect("eve", format!("{about_bob}{GREETING}").into()),
                    ],
                ]
                .concat(),
            )]
        }
        _ => Vec::new(),
    }
}

/// The client is greeted, says a word, hears it and leaves.
fn served(name: &'static str, word: &str) -> Vec<Step> {
    vec![
        Expect(name, GREETING.into()),
        Send(name, word.into()),
        Expect(name, word.into()),
        Finish(name),
        ExpectEnd(name, Vec::new()),
    ]
}

/// The line of RFC 867 for so many seconds after 1970 began.
fn daytime(seconds: usize) -> String {
    // 1970 began on a Thursday.
    const DAYS: [&str; 7] =
        ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"];
    let (year, month, date) = date(seconds);
    let (day, month, time) = (DAYS[seconds / 86_400 % 7], MONTHS[month].0, time(seconds));
    format!("{day}, {month} {date}, {year} {time}-UTC\r\n")
}

/// The beginning of a visit as the log has it.
fn began(seconds: usize) -> String {
    let (year, month, date) = date(seconds);
    format!("{year}-{:02}-{date:02} {} UTC", month + 1, time(seconds))
}

/// The months and how many days they have.
const MONTHS: [(&str, usize); 12] = [
    ("January", 31),
    ("February", 28),
    ("March", 31),
    ("April", 30),
    ("May", 31),
    ("June", 30),
    ("July", 31),
    ("August", 31),
    ("September", 30),
    ("October", 31),
    ("November", 30),
    ("December", 31),
];

/// Year, month (from 0) and day of the month (from 1), counted by hand and not by the library
/// that is asked in the program.
fn date(seconds: usize) -> (usize, usize, usize) {
    let leap = |year: usize| {
        usize::from(year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let (mut days, mut year, mut month) = (seconds / 86_400, 1970, 0);
    while days >= 365 + leap(year) {
        days -= 365 + leap(year);
        year += 1;
    }
    let length = |month: usize| MONTHS[month].1 + if month == 1 { leap(year) } else { 0 };
    while days >= length(month) {
        days -= length(month);
        month += 1;
    }
    (year, month, days + 1)
}

fn time(seconds: usize) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}
