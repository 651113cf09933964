//! The engines that can be traced, a chapter each.

use anyhow::{Context, Result};
use std::fmt;

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
    /// What is seen step by step.
    pub close_up: CloseUp,
}

/// What is seen of a run step by step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CloseUp {
    /// The request of this client, from its connection on.
    Request(char),
    /// What this client sends last, when the rest of its request is there.
    LastPiece(char),
}

impl CloseUp {
    /// Whom it is about.
    pub fn client(self) -> char {
        match self {
            Self::Request(client) | Self::LastPiece(client) => client,
        }
    }
}

impl fmt::Display for CloseUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(client) => write!(f, "the request of {client}"),
            Self::LastPiece(client) => write!(f, "the last piece of {client}'s request"),
        }
    }
}

/// All of them, in the order of the book.
pub const ENGINES: [Engine; 5] = [
    Engine {
        chapter: "ch05",
        title: "one after the other",
        keeps_threads: true,
        hands_over: None,
        close_up: CloseUp::Request('D'),
    },
    Engine {
        chapter: "ch13",
        title: "a thread for each",
        keeps_threads: false,
        hands_over: Some("a thread is made"),
        close_up: CloseUp::Request('D'),
    },
    Engine {
        chapter: "ch14",
        title: "a pool of two workers",
        keeps_threads: true,
        hands_over: Some("in the queue"),
        close_up: CloseUp::Request('D'),
    },
    Engine {
        chapter: "ch15",
        title: "an event loop",
        keeps_threads: true,
        hands_over: None,
        close_up: CloseUp::Request('D'),
    },
    Engine {
        chapter: "ch16",
        title: "futures",
        keeps_threads: true,
        hands_over: None,
        // The others' bytes are there before anybody waits for them, and no waker is needed.
        close_up: CloseUp::LastPiece('C'),
    },
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
