//! What came of one test.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How a test ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should.
    Pass,
    /// With a sentence that says what is wrong.
    Fail,
    /// Not within its time.
    Timeout,
    /// Before it was over: the process ended, or was ended.
    Crash,
    /// Never begun: it does not compile.
    Compile,
    /// Never begun, for another reason.
    #[default]
    Skipped,
}

impl Status {
    /// The word for it, as in the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Timeout => "timeout",
            Self::Crash => "crash",
            Self::Compile => "compile",
            Self::Skipped => "skipped",
        }
    }
}

/// What came of one test.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// How long it took.
    pub time: Duration,
    /// What is wrong, in a line.
    pub message: String,
    /// What the test said, in full.
    pub said: String,
    /// What was done and what came back.
    pub transcript: Vec<Event>,
    /// The bytes that were expected and those that came, if bytes were compared.
    pub difference: Option<(Vec<u8>, Vec<u8>)>,
}

/// Something that happened in a test.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Bytes went to the server: how, and which.
    Sent(String, Vec<u8>),
    /// Bytes came from the server: how, and which.
    Received(String, Vec<u8>),
    /// Something else, in words.
    Note(String),
}
