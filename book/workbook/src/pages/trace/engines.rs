//! The engines that can be traced, a chapter each.

use anyhow::{Context, Result};

/// What calls a server's conversations.
#[derive(Debug, PartialEq)]
pub struct Engine {
    /// `ch15`
    pub chapter: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// Whether its threads are there from the beginning, and not made for a client.
    pub keeps_threads: bool,
    /// What happens between the thread that accepts and the one that answers, if they are two.
    pub hands_over: Option<&'static str>,
}

/// All of them, in the order of the book.
pub const ENGINES: [Engine; 4] = [
    Engine { chapter: "ch05", title: "one after the other", keeps_threads: true, hands_over: None },
    Engine {
        chapter: "ch13",
        title: "a thread for each",
        keeps_threads: false,
        hands_over: Some("a thread is made"),
    },
    Engine {
        chapter: "ch14",
        title: "a pool of two workers",
        keeps_threads: true,
        hands_over: Some("in the queue"),
    },
    Engine { chapter: "ch15", title: "an event loop", keeps_threads: true, hands_over: None },
];

/// The engine of a chapter.
pub fn engine(chapter: &str) -> Result<&'static Engine> {
    ENGINES.iter().find(|engine| engine.chapter == chapter).with_context(|| {
        let known = ENGINES.map(|engine| format!("{} ({})", engine.chapter, engine.title));
        format!("{chapter} cannot be traced: there are {}, and all", known.join(", "))
    })
}

/// Those that are meant by `all` or by a chapter.
pub fn named(name: &str) -> Result<Vec<&'static Engine>> {
    match name {
        "all" => Ok(ENGINES.iter().collect()),
        chapter => Ok(vec![engine(chapter)?]),
    }
}
