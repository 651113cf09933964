//! Conversations over TCP with an exercise's program: what a grade rests on besides the
//! tests, since no test can run in another process than the code that it tests.
//!
//! A conversation is a list of steps, made with values that nobody could have written into
//! the program. The file of a chapter says which conversations a task is judged by.

mod ch01;
mod ch02;
mod ch03;
mod ch04;
mod ch05;
mod ch06;
mod ch07;
mod ch08;
mod ch09;
mod ch10;
mod ch11;
mod ch12;
mod ch13;
mod ch14;
mod ch15;
mod ch16;
mod ch17;
mod ch18;
mod ch19;
mod ch20;
mod ch21;
mod ch22;
mod play;

pub use play::{Conversation, ConversationResult, Dialogue, Step};

use crate::wire::Corpus;
use mock::Seed;

/// The conversations by which `task` of the exercise of `chapter` is judged; for some tasks
/// there is none, because their code is not seen from outside.
pub fn conversations(
    chapter: &str,
    task: &str,
    corpus: &Corpus,
    seed: &mut Seed,
) -> Vec<Conversation> {
    match chapter {
        "ch01" => ch01::conversations(task, seed),
        "ch02" => ch02::conversations(task, seed),
        "ch03" => ch03::conversations(task, seed),
        "ch04" => ch04::conversations(task, seed),
        "ch05" => ch05::conversations(task, corpus, seed),
        "ch06" => ch06::conversations(task, corpus, seed),
        "ch07" => ch07::conversations(task, corpus, seed),
        "ch08" => ch08::conversations(task, corpus, seed),
        "ch09" => ch09::conversations(task, corpus, seed),
        "ch10" => ch10::conversations(task, corpus, seed),
        "ch11" => ch11::conversations(task, corpus, seed),
        "ch12" => ch12::conversations(task, corpus, seed),
        "ch13" => ch13::conversations(task, corpus, seed),
        "ch14" => ch14::conversations(task, corpus, seed),
        "ch15" => ch15::conversations(task, corpus, seed),
        "ch16" => ch16::conversations(task, corpus, seed),
        "ch17" => ch17::conversations(task, corpus, seed),
        "ch18" => ch18::conversations(task, corpus, seed),
        "ch19" => ch19::conversations(task, corpus, seed),
        "ch20" => ch20::conversations(task, corpus, seed),
        "ch21" => ch21::conversations(task, corpus, seed),
        "ch22" => ch22::conversations(task, corpus, seed),
        _ => {
            panic!("tests/conversations.rs does not know {chapter}: add a module and a line there")
        }
    }
}

/// What the tests here have in common, and the wire corpus, which is read once.
#[cfg(test)]
mod expected {
    use super::{Conversation, conversations};
    use crate::chapters::CHAPTERS;
    use crate::wire::{Corpus, FOLDER, Matrix};
    use mock::Seed;
    use std::path::Path;
    use std::sync::LazyLock;
    use std::time::Duration;

    static CORPUS: LazyLock<Corpus> =
        LazyLock::new(|| Corpus::load(Path::new(FOLDER)).unwrap_or_else(|error| panic!("{error}")));

    static MATRIX: LazyLock<Matrix> = LazyLock::new(|| {
        let file = Path::new(FOLDER).join("matrix.toml");
        Matrix::load(&file, corpus(), &CHAPTERS)
            .unwrap_or_else(|errors| panic!("{}", errors.join("\n")))
    });

    pub fn corpus() -> &'static Corpus {
        &CORPUS
    }

    /// Each of the cases `names` must be there, and `chapter` be expected to pass it.
    pub fn assert_expected<'a>(names: impl IntoIterator<Item = &'a str>, chapter: &str) {
        for name in names {
            assert!(corpus().cases.iter().any(|case| case.name == name), "no case {name:?}");
            assert!(MATRIX.expects(name, chapter), "{chapter} does not pass {name:?}");
        }
    }

    /// `fault`, which says what is wrong when `chapter`'s own server holds a conversation, finds
    /// nothing in those of the chapter that can `be_held`, and something in each of `extensions`,
    /// for which it has `short`.
    pub fn assert_holds_its_own(
        chapter: &str,
        be_held: fn(&Conversation) -> bool,
        extensions: [&str; 2],
        short: Duration,
        fault: impl Fn(&Conversation, Duration) -> Option<String>,
    ) {
        for _ in 0..5 {
            let build = conversations(chapter, "build", corpus(), &mut Seed::new());
            for one in build.iter().filter(|one| be_held(one)) {
                assert_eq!(fault(one, Duration::from_secs(10)), None, "{}", one.name);
            }
        }
        for task in extensions {
            let all = conversations(chapter, task, corpus(), &mut Seed::new());
            assert!(!all.is_empty(), "{task}");
            for one in all {
                assert!(fault(&one, short).is_some(), "{}", one.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mock::Live;
    use std::time::Duration;

    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn every_chapter_has_conversations() {
        for chapter in crate::binaries::chapters() {
            let some = conversations(&chapter.id, "build", expected::corpus(), &mut Seed::new());
            assert!(!some.is_empty(), "{}", chapter.id);
        }
    }

    #[test]
    fn chapter_3_holds_its_conversation() {
        for one in ch03::conversations("build", &mut Seed::new()) {
            let result = Live::run(
                |incoming| ::ch03::serve(incoming, ::ch03::echo_lines),
                |live| one.hold(live.addr(), PATIENCE),
            );
            assert_eq!(result.fault, None, "{}", one.name);
            assert!(!result.events.is_empty());
        }
    }

    #[test]
    fn chapter_2_does_not_hold_chapter_3s() {
        for one in ch03::conversations("build", &mut Seed::new()) {
            let serve = |incoming| ::ch02::serve(incoming, ::ch02::greet_and_echo);
            let patience = Duration::from_millis(200);
            let result = Live::run(serve, |live| one.hold(live.addr(), patience));
            assert!(result.fault.is_some(), "{}", one.name);
        }
    }
}
