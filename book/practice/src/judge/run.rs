//! Tests, in a process of their own and within limits.
//!
//! That one passed is believed only of the test harness, and only when it came to its end.
//! Behind each test another one is run in the same process, `the_end::is_reached`, which
//! fails with a word that was made up for this run. A program that left early, or that
//! printed `ok` by itself, does not come so far. Before the test, `a_word::is_taken` has read
//! the word from the standard input, and while the test runs it can be had nowhere any more:
//! see `tests/last_word.rs`.

use crate::judge::fence::{Allowed, behind_the_fence};
use crate::judge::limits::Limits;
use crate::judge::outcome::Status;
use crate::judge::outcome::{Event, Outcome};
use crate::system::process::ScratchFolder;
use anyhow::{Context, Result};
use data_encoding::HEXLOWER;
use launch::ProcessGroup;
use std::env;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The test that takes the word, before all others.
const WORD_IS_TAKEN: &str = "a_word::is_taken";

/// The test that fails when everything before it was run.
const THE_END: &str = "the_end::is_reached";

/// The most that is kept of what a test prints, in bytes.
const MOST_PRINTED: usize = 256 * 1024;

/// A test program, and how its tests are run.
#[derive(Clone, Debug)]
pub struct Tests {
    /// The executable.
    pub program: PathBuf,
    /// Whether it may read and start itself. If not, its name leads to nothing once it runs.
    pub sees_itself: bool,
    /// What it may read besides.
    pub files: Vec<PathBuf>,
    /// Whether it may change permissions of files.
    pub permissions: bool,
    /// The folder for its scratch files.
    pub scratch: PathBuf,
    /// From which its values follow.
    pub seed: u64,
    /// What its processes may use.
    pub limits: Limits,
}

/// Some tests that share a process.
struct Batch<'a> {
    names: &'a [&'a str],
    /// How long all of them may take.
    time: Duration,
    /// For how long the process may print nothing. The harness says when a test begins and ends.
    pause: Duration,
    /// Where the mock writes down what was done and what came back.
    transcript: Option<&'a Path>,
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
    /// The names of all its tests, without the two around them.
    pub fn names(&self) -> Result<Vec<String>> {
        let scratch = self.scratch_folder()?;
        let mut command = self.command(&self.program, &self.program, scratch.path())?;
        command.args(["--list", "--format=terse"]).stdin(Stdio::null());
        let printed = self.print(&mut command, self.limits.time, self.limits.time, || Ok(()))?;
        let names = printed.text.lines().filter_map(|line| line.strip_suffix(": test"));
        let names = names.filter(|name| ![WORD_IS_TAKEN, THE_END].contains(name));
        Ok(names.map(str::to_owned).collect())
    }

    /// Runs the test called `name`.
    pub fn run(&self, name: &str) -> Result<Outcome> {
        self.run_together(&[name])
    }

    /// Runs several tests in one process, one after the other, each of which may take its time.
    /// The outcome is a pass if all of them pass, and of those that fail the first one's.
    pub fn run_together(&self, names: &[&str]) -> Result<Outcome> {
        let own = short_folder()?;
        let transcript = own.path().join("transcript");
        let time = self.time_of(names);
        let batch = Batch { names, time, pause: time, transcript: Some(&transcript) };
        let (word, printed) = self.run_batch(own.path(), &batch)?;
        let mut outcome = judge(names, &word, &printed, time);
        if outcome.status != Status::Pass {
            read_transcript(&first_bytes(&transcript), &mut outcome);
        }
        Ok(outcome)
    }

    /// Runs several tests in one process, one after the other, as long as each takes its time at
    /// most. There is an outcome of each that has passed. Of the others nothing is known: they may
    /// suffer from those before them, or not have been run.
    pub fn passed_together(&self, names: &[&str]) -> Result<Vec<Option<Outcome>>> {
        let own = short_folder()?;
        let (time, pause) = (self.time_of(names), self.limits.time);
        let batch = Batch { names, time, pause, transcript: None };
        let (word, printed) = self.run_batch(own.path(), &batch)?;
        let is_whole = |verdict: &Verdict| {
            verdict.count == names.len() + 2 && verdict.failures == verdict.failed.len()
        };
        let verdict = verdict(&word, &printed).filter(is_whole);
        let time = printed.time / names.len().try_into().unwrap_or(1);
        let outcome = |name| {
            let passed = verdict.as_ref().is_some_and(|verdict| !verdict.failed.contains(name));
            passed.then(|| Outcome { status: Status::Pass, time, ..Outcome::default() })
        };
        Ok(names.iter().map(outcome).collect())
    }

    /// How long so many tests may take.
    fn time_of(&self, names: &[&str]) -> Duration {
        self.limits.time * names.len().try_into().unwrap_or(1)
    }

    /// Runs tests that write in the folder `own`. Returns the word that they were given, and what
    /// came of it.
    fn run_batch(&self, own: &Path, batch: &Batch) -> Result<(String, Printed)> {
        let scratch = self.scratch_folder()?;
        let [start, hidden] = ["start", "hidden"].map(|name| scratch.path().join(name));
        let is_to_hide = !self.sees_itself && cfg!(unix);
        let (program, executable) = match is_to_hide {
            true => (start.join("test"), start.clone()),
            false => (self.program.clone(), self.program.clone()),
        };
        if is_to_hide {
            fs::create_dir(&start)?;
            fs::create_dir(&hidden)?;
            fs::hard_link(&self.program, &program).context("cannot make a link")?;
        }
        let word = format!("{:016x}", random());
        let (input, mut writer) = std::io::pipe().context("cannot make a pipe")?;
        let mut command = self.command(&program, &executable, own)?;
        command
            .args(["--exact", WORD_IS_TAKEN, THE_END])
            .args(batch.names)
            .args(["--test-threads=1", "--color=never"])
            .stdin(input)
            .env("WORKBOOK_GIVES_A_WORD", "on the standard input")
            .env("MOCK_SEED", self.seed.to_string())
            // So that a wait in vain is told as what it is, before the time is over.
            .env("MOCK_PATIENCE_MS", (self.limits.time.as_millis() * 3 / 4).to_string());
        command.envs(batch.transcript.map(|file| ("MOCK_TRANSCRIPT", file)));
        let give_word = || {
            // The harness runs, and the learner's code does not yet: it waits for the word.
            if is_to_hide {
                fs::rename(&program, hidden.join("test")).context("cannot move a program")?;
            }
            // Whoever has ended already reads nothing.
            let _ = writer.write_all(word.as_bytes());
            drop(writer);
            Ok(())
        };
        let printed = self.print(&mut command, batch.time, batch.pause, give_word)?;
        Ok((word, printed))
    }

    fn command(&self, program: &Path, executable: &Path, folder: &Path) -> Result<Command> {
        let (files, permissions, limits) = (&self.files, self.permissions, &self.limits);
        behind_the_fence(program, &Allowed { folder, executable, files, permissions, limits })
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

    /// Runs `command` to its end, to the end of `time`, or until it has printed nothing for as long
    /// as a `pause`. When it has begun to print, and so is the program that it was to become,
    /// `began` is called.
    fn print(
        &self,
        command: &mut Command,
        time: Duration,
        pause: Duration,
        began: impl FnOnce() -> Result<()>,
    ) -> Result<Printed> {
        let (mut reader, writer) = std::io::pipe().context("cannot make a pipe")?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let start = Instant::now();
        let mut group = ProcessGroup::start(command)?;
        // The command holds the writing ends of the pipe.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // No more pieces wait than there is room for in a pipe.
        let (sender, pieces) = mpsc::sync_channel(1);
        thread::Builder::new().spawn(move || {
            let mut piece = [0; 4096];
            // The pipe has ended when nobody is left who could write to it.
            while let Ok(length @ 1..) = reader.read(&mut piece) {
                if sender.send(piece[..length].to_vec()).is_err() {
                    return;
                }
            }
        })?;
        let left = || time.saturating_sub(start.elapsed());
        let (mut text, mut began, mut in_time) = (Vec::new(), Some(began), true);
        loop {
            match pieces.recv_timeout(pause.min(left())) {
                Ok(piece) if !left().is_zero() => {
                    // Whoever goes on printing is not to be stopped by a full pipe, but by the
                    // time.
                    if text.len() < MOST_PRINTED {
                        text.extend(piece);
                    }
                    began.take().map_or(Ok(()), |began| began())?;
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Ok(_) | Err(RecvTimeoutError::Timeout) => {
                    in_time = false;
                    break;
                }
            }
        }
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
        let cut = text.len() >= MOST_PRINTED;
        text.truncate(MOST_PRINTED);
        let text = String::from_utf8_lossy(&text).into_owned();
        Ok(Printed { text, cut, code, in_time, time })
    }
}

/// What the harness says at its end.
struct Verdict<'a> {
    /// How many tests it has run, with the two around them.
    count: usize,
    /// How many of them have failed.
    failures: usize,
    /// Which. The end is one of them.
    failed: Vec<&'a str>,
}

/// What is to be believed of a process that was to run `names` and then the end, within `time`.
fn judge(names: &[&str], word: &str, printed: &Printed, time: Duration) -> Outcome {
    let text = &printed.text;
    let ended = |status, message: String, said: &str| {
        let (time, said) = (printed.time, said.to_owned());
        Outcome { status, time, message, said, ..Outcome::default() }
    };
    if !printed.in_time {
        let message = format!("it was not over after {time:?}, and was ended");
        return ended(Status::Timeout, message, text);
    }
    if printed.cut {
        let most = MOST_PRINTED / 1024;
        let message =
            format!("it printed more than {most} KiB, so that nobody can see how it ended");
        return ended(Status::Crash, message, text);
    }
    let Some(verdict) = verdict(word, printed) else {
        let message = match printed.code {
            Some(code) => format!(
                "the program ended itself in the middle of the test, with exit code {code}: \
                 a test passes when it comes to its end, and this one did not"
            ),
            None => "the program was ended in the middle of the test: out of stack or memory, \
                     or a panic within a panic"
                .to_owned(),
        };
        return ended(Status::Crash, message, text);
    };
    let first = names.iter().find(|name| verdict.failed.contains(name));
    match first {
        _ if verdict.count != names.len() + 2 => {
            ended(Status::Skipped, "there is no such test".to_owned(), "")
        }
        None if verdict.failures == 1 && verdict.failed == [THE_END] => {
            ended(Status::Pass, String::new(), "")
        }
        _ => {
            let name = first.copied().unwrap_or_default();
            let said = section(text, name).unwrap_or_default();
            ended(Status::Fail, why_it_failed(name, &said), &said)
        }
    }
}

/// What the harness says when it has come to its end; `None` if it has not, or if that is not to be
/// believed of it.
fn verdict<'a>(word: &str, printed: &'a Printed) -> Option<Verdict<'a>> {
    let text = &printed.text;
    let the_end = section(text, THE_END).is_some_and(|said| said.contains(word));
    // The harness fails with 101, and must fail: the last of the tests always does.
    let at_the_end = printed.in_time && !printed.cut && printed.code == Some(101) && the_end;
    let (passed, failures) = summary(text).filter(|_| at_the_end)?;
    let failed = text.rsplit("\nfailures:\n").next().unwrap_or_default();
    let failed = failed.lines().map(str::trim).take_while(|line| !line.starts_with("test result"));
    let failed = failed.filter(|line| !line.is_empty()).collect();
    Some(Verdict { count: passed + failures, failures, failed })
}

/// What the harness sums up at its end: how many have passed, and how many failed. It does so
/// once: of two summaries one is a forgery, perhaps by a thread that was left behind, and nobody
/// can say which, nor in what order the pieces of a line came.
fn summary(text: &str) -> Option<(usize, usize)> {
    let (_, summary) = text.split_once("\ntest result: ")?;
    let once = text.matches("\ntest result: ").count() == 1;
    let (passed, rest) = summary.strip_prefix("FAILED. ")?.split_once(" passed; ")?;
    let (failed, rest) = rest.split_once(" failed; 0 ignored;")?;
    let numbers = passed.parse().ok().zip(failed.parse().ok());
    numbers.filter(|_| once && !rest.contains(" passed; "))
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

/// A new folder for what a test writes. Its path is short, however long that of the course is: the
/// path of a socket, which some tests make in theirs, has room for 108 bytes (Linux, `sun_path` in
/// unix(7)).
fn short_folder() -> Result<ScratchFolder> {
    let folder = ScratchFolder::new(env::temp_dir().join(format!("test-{:016x}", random())));
    fs::create_dir(folder.path())
        .with_context(|| format!("cannot write to {}", env::temp_dir().display()))?;
    Ok(folder)
}

/// The beginning of a file that the program has left, if that is a file: it could be a link to
/// one that is ours, a pipe, or a device without end.
fn first_bytes(path: &Path) -> String {
    let is_file = fs::symlink_metadata(path).is_ok_and(|about| about.is_file());
    let mut bytes = Vec::new();
    if let (true, Ok(file)) = (is_file, File::open(path)) {
        let _ = file.take(MOST_PRINTED as u64).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
        assert_eq!(summary(&text), Some((0, 2)));
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
