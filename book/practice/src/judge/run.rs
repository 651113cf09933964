//! One test, in a process of its own and within limits.
//!
//! That it passed is believed only of the test harness, and only when it came to its end.
//! Behind each test a second one is run in the same process, `the_end::is_reached`, which
//! fails with a word that was made up for this run. A program that left early, or that
//! printed `ok` by itself, does not come so far.

use crate::judge::environment::pass_on_what_is_needed;
use crate::judge::outcome::Status;
use crate::judge::outcome::{Event, Outcome};
use crate::system::process::ScratchFolder;
use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use launch::ProcessGroup;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The test that fails when everything before it was run.
pub const THE_END: &str = "the_end::is_reached";

/// The most that is kept of what a test prints, in bytes.
const MOST_PRINTED: u64 = 256 * 1024;

/// What a process may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a test may take.
    pub time: Duration,
    /// The address space of its process, in bytes. (On Unix.)
    pub memory: u64,
    /// The longest file that it may write, in bytes. (On Unix.)
    pub file: u64,
}

impl Default for Limits {
    /// 2 seconds, 8 GiB (most of which threads reserve and do not use), 256 MiB.
    fn default() -> Self {
        Self { time: Duration::from_secs(2), memory: 8 << 30, file: 256 << 20 }
    }
}

/// Starts a program so that it is bounded: in a folder for temporary files, with `limits`.
pub fn bounded(program: &Path, limits: &Limits, scratch: &Path) -> Command {
    let mut command = with_limits(program, limits);
    command
        .env("TMPDIR", scratch)
        .env("TEMP", scratch)
        .env("TMP", scratch)
        // Chapter 9 is about these; the second would print a page for each failure.
        .env("RUST_LIB_BACKTRACE", "1")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null());
    command
}

/// Starts a program with `limits`, and with what it needs of our environment.
pub(super) fn with_limits(program: &Path, limits: &Limits) -> Command {
    let mut command = shell_with_limits(program, limits);
    pass_on_what_is_needed(&mut command);
    command
}

/// On Unix a shell sets the limits and becomes the program.
#[cfg(unix)]
fn shell_with_limits(program: &Path, limits: &Limits) -> Command {
    let mut command = Command::new("/bin/sh");
    // In units of 1024 and of 512 bytes. Not every system knows every limit.
    let script = "ulimit -v \"$1\" 2>/dev/null; ulimit -f \"$2\" 2>/dev/null; ulimit -c 0 2>/dev/null; \
                  shift 2; exec \"$@\"";
    command.args(["-c", script, "sh"]);
    command.arg((limits.memory / 1024).to_string());
    command.arg((limits.file / 512).to_string());
    command.arg(program);
    command
}

#[cfg(not(unix))]
fn shell_with_limits(program: &Path, _: &Limits) -> Command {
    Command::new(program)
}

/// A test program, and how its tests are run.
#[derive(Clone, Debug)]
pub struct Tests {
    /// The executable.
    pub program: PathBuf,
    /// The folder in which it is started, as cargo does.
    pub folder: PathBuf,
    /// The folder for its scratch files.
    pub scratch: PathBuf,
    /// From which its values follow.
    pub seed: u64,
    /// What its processes may use.
    pub limits: Limits,
}

/// What a process printed and how it ended.
struct Printed {
    text: String,
    /// Whether it was more than is kept, so that its end is not there.
    cut: bool,
    code: Option<i32>,
    in_time: bool,
    time: Duration,
}

impl Tests {
    /// The names of all its tests, without the one at the end.
    pub fn names(&self) -> Result<Vec<String>> {
        let scratch = self.scratch_folder()?;
        let mut command = bounded(&self.program, &self.limits, scratch.path());
        command.args(["--list", "--format=terse"]);
        let printed = self.print(&mut command)?;
        let names = printed.text.lines().filter_map(|line| line.strip_suffix(": test"));
        Ok(names.filter(|name| *name != THE_END).map(str::to_owned).collect())
    }

    /// Runs the test called `name`.
    pub fn run(&self, name: &str) -> Result<Outcome> {
        let scratch = self.scratch_folder()?;
        let transcript = scratch.path().join("transcript");
        let word = format!("{:016x}", random());
        let mut command = bounded(&self.program, &self.limits, scratch.path());
        command
            .args(["--exact", name, THE_END, "--test-threads=1", "--color=never"])
            .env("WORKBOOK_LAST_WORD", &word)
            .env("MOCK_SEED", self.seed.to_string())
            .env("MOCK_TRANSCRIPT", &transcript)
            // So that a wait in vain is told as what it is, before the time is over.
            .env("MOCK_PATIENCE_MS", (self.limits.time.as_millis() * 3 / 4).to_string());
        let printed = self.print(&mut command)?;
        let mut outcome = judge(name, &word, &printed, &self.limits);
        if outcome.status != Status::Pass {
            let text = fs::read_to_string(&transcript).unwrap_or_default();
            read_transcript(&text, &mut outcome);
        }
        Ok(outcome)
    }

    fn scratch_folder(&self) -> Result<ScratchFolder> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = self.scratch.join(format!("{}-{count}", std::process::id()));
        let scratch = ScratchFolder::new(folder);
        fs::create_dir_all(scratch.path())
            .with_context(|| format!("cannot write to {}", self.scratch.display()))?;
        Ok(scratch)
    }

    /// Runs `command` to its end, or to the end of its time.
    fn print(&self, command: &mut Command) -> Result<Printed> {
        let (mut reader, writer) = std::io::pipe().context("cannot make a pipe")?;
        command.current_dir(&self.folder).stdout(writer.try_clone()?).stderr(writer);
        let start = Instant::now();
        let mut group = ProcessGroup::start(command)?;
        // The command holds the writing ends of the pipe.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let (sender, all) = mpsc::channel();
        thread::Builder::new().spawn(move || {
            let mut text = Vec::new();
            let _ = (&mut reader).take(MOST_PRINTED).read_to_end(&mut text);
            let _ = sender.send(text);
            // Whoever goes on printing is not to be stopped by a full pipe, but by the time.
            let _ = std::io::copy(&mut reader, &mut std::io::sink());
            let _ = sender.send(Vec::new());
        })?;
        let left = || self.limits.time.saturating_sub(start.elapsed());
        let text = all.recv_timeout(left());
        // The pipe has ended when nobody is left who could write to it.
        let mut in_time = text.is_ok() && all.recv_timeout(left()).is_ok();
        let mut code = None;
        while in_time {
            match group.child().try_wait().context("cannot wait for a test")? {
                Some(status) => {
                    code = status.code();
                    break;
                }
                None if left().is_zero() => in_time = false,
                None => thread::sleep(Duration::from_millis(1)),
            }
        }
        let time = start.elapsed();
        drop(group);
        // What was printed before the end of its time.
        let text = text.or_else(|_| all.recv_timeout(Duration::from_secs(1))).unwrap_or_default();
        let cut = text.len() as u64 >= MOST_PRINTED;
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Printed { text, cut, code, in_time, time })
    }
}

/// What is to be believed of a process that was to run `name` and then the end.
fn judge(name: &str, word: &str, printed: &Printed, limits: &Limits) -> Outcome {
    let mut outcome = Outcome { time: printed.time, ..Outcome::default() };
    let text = &printed.text;
    outcome.said = section(text, name).unwrap_or_default();
    if !printed.in_time {
        outcome.status = Status::Timeout;
        outcome.message = format!("it was not over after {:?}, and was ended", limits.time);
        outcome.said = text.clone();
        return outcome;
    }
    if printed.cut {
        outcome.status = Status::Crash;
        outcome.message = format!(
            "it printed more than {} KiB, so that nobody can see how it ended",
            MOST_PRINTED / 1024
        );
        outcome.said = text.clone();
        return outcome;
    }
    // The harness fails with 101, and must fail: the last of the two tests always does.
    let summary = summary(text);
    let the_end = section(text, THE_END).is_some_and(|said| said.contains(word));
    let failed = text.rsplit("\nfailures:\n").next().unwrap_or_default();
    let failed: Vec<_> = failed
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("test result"))
        .filter(|line| !line.is_empty())
        .collect();
    let counts = |passed: u8, failed: u8| {
        let start = format!("FAILED. {passed} passed; {failed} failed; 0 ignored;");
        summary.is_some_and(|summary| summary.starts_with(&start))
    };
    if printed.code == Some(101) && the_end && counts(1, 1) && failed == [THE_END] {
        outcome.status = Status::Pass;
        outcome.said.clear();
    } else if printed.code == Some(101) && the_end && counts(0, 2) {
        outcome.status = Status::Fail;
        outcome.message = why_it_failed(name, &outcome.said);
    } else if printed.code == Some(101) && the_end && counts(0, 1) {
        outcome.status = Status::Skipped;
        outcome.message = "there is no such test".to_owned();
    } else {
        outcome.status = Status::Crash;
        outcome.message = match printed.code {
            Some(code) => format!(
                "the program ended itself in the middle of the test, with exit code {code}: \
                 a test passes when it comes to its end, and this one did not"
            ),
            None => "the program was ended in the middle of the test: out of stack or memory, \
                     or a panic within a panic"
                .to_owned(),
        };
        outcome.said = text.clone();
    }
    outcome
}

/// What the harness sums up at its end. It does so once: of two summaries one is a forgery,
/// perhaps by a thread that was left behind, and nobody can say which, nor in what order the
/// pieces of a line came.
fn summary(text: &str) -> Option<&str> {
    let (_, summary) = text.split_once("\ntest result: ")?;
    let once = text.matches("\ntest result: ").count() == 1;
    (once && summary.matches(" passed; ").count() == 1).then_some(summary)
}

/// What the harness kept of what a test that failed has printed.
fn section(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("---- {name} stdout ----\n"))?;
    let ends = ["\n---- ", "\nfailures:\n"].into_iter().filter_map(|end| rest.find(end));
    let said = &rest[..ends.min().unwrap_or(rest.len())];
    let note = |line: &&str| !line.starts_with("note: run with `RUST_BACKTRACE=1`");
    Some(said.trim_matches('\n').lines().filter(note).collect::<Vec<_>>().join("\n"))
}

/// What a panic in `said` says, in a line: the one of the test's own thread, since a panic in
/// another one may be what the test is about. But if that was only passed on to it, the first.
fn why_it_failed(name: &str, said: &str) -> String {
    let own = format!("thread '{name}'");
    let panics = || {
        let lines = said.lines().zip(said.lines().skip(1));
        lines.filter(|(line, _)| line.contains(" panicked at "))
    };
    let own = panics()
        .find(|(line, message)| line.starts_with(&own) && *message != "a scoped thread panicked");
    let (_, message) = own.or(panics().next()).unwrap_or(("", "it failed without a word"));
    message.trim().to_owned()
}

/// Reads what the mock wrote down.
fn read_transcript(text: &str, outcome: &mut Outcome) {
    let (mut expected, mut actual) = (None, None);
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (Some(kind), Some(what), Some(hex)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let bytes = HEXLOWER.decode(hex.as_bytes()).unwrap_or_default();
        match kind {
            "sent" => outcome.transcript.push(Event::Sent(what.to_owned(), bytes)),
            "came" => outcome.transcript.push(Event::Received(what.to_owned(), bytes)),
            "note" => outcome.transcript.push(Event::Note(what.to_owned())),
            "expected" => expected = Some(bytes),
            "actual" => actual = Some(bytes),
            _ => {}
        }
    }
    outcome.difference = expected.zip(actual);
}

/// A number that nobody can guess.
pub fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(std::time::SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::{summary, why_it_failed};

    #[test]
    fn there_is_one_summary_and_what_a_message_quotes_is_none() {
        let last = "test result: FAILED. 0 passed; 2 failed; 0 ignored;\n";
        // Chapter 9's tests start processes of their own and quote what those printed.
        let quoted = r#"Output { stdout: "\n\ntest result: ok. 1 passed; 0 failed" }"#;
        let text = format!("{quoted}\n\n{last}");
        assert!(summary(&text).is_some_and(|summary| summary.starts_with("FAILED. 0 passed;")));
        let forged = "test result: FAILED. 1 passed; 1 failed; 0 ignored;\n";
        assert_eq!(summary(&format!("\n{forged}\n{last}")), None);
        assert_eq!(summary(&format!("\n{last}\n{forged}")), None);
        let mixed = "\ntest result: FAILED. 1 passed; 1 failed; 0 ignored;. 0 passed; 2 failed;\n";
        assert_eq!(summary(mixed), None);
        assert_eq!(summary("it left early\n"), None);
    }

    #[test]
    fn a_panic_that_a_test_is_about_is_not_why_it_failed() {
        let said = "thread '<unnamed>' (7) panicked at tests/ex03.rs:1:1:\nno soup today\n\
                    thread 'a::b' (8) panicked at tests/ex03.rs:2:1:\nno seat is free";
        assert_eq!(why_it_failed("a::b", said), "no seat is free");
        let passed_on = "thread '<unnamed>' (7) panicked at src/serve.rs:1:1:\nnot yet\n\
                         thread 'a::b' (8) panicked at scoped.rs:2:1:\na scoped thread panicked";
        assert_eq!(why_it_failed("a::b", passed_on), "not yet");
        assert_eq!(why_it_failed("a::b", "nothing"), "it failed without a word");
    }
}
