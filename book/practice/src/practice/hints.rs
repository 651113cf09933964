//! The hints of a test, one after the other.

use crate::course::checkout::Checkout;
use crate::course::exercise::{Exercise, Task};
use crate::judge::result::TestResult;
use crate::practice::cache::target_folder;
use crate::system::screen::{BOLD, DIM, paint, wrapped};
use crate::system::write_file::write_whole;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// What each of the three says.
const KINDS: [&str; 3] = ["what to look at", "where to read", "nearly the code"];

/// How many hints of each test were shown.
#[derive(Debug)]
pub struct HintHistory {
    file: PathBuf,
    seen: BTreeMap<String, usize>,
}

impl HintHistory {
    /// What is remembered in `checkout`; if nothing can be read, nothing was shown.
    pub fn read(checkout: &Checkout) -> Self {
        let file = target_folder(checkout).join("hints.json");
        let text = fs::read_to_string(&file).unwrap_or_default();
        Self { file, seen: serde_json::from_str(&text).unwrap_or_default() }
    }

    /// The next hint of a test, as it is shown. Behind the last one, all are shown again.
    pub fn next(&mut self, exercise: &Exercise, test: &TestResult) -> Result<String> {
        let task = exercise.task(&test.task).context("the test belongs to no task")?;
        let hints = hints(exercise, task, &test.test)?;
        let key = format!("{}/{}/{}", exercise.id, task.id, test.test);
        let seen = self.seen.get(&key).copied().unwrap_or(0);
        let mut text = format!("{}\n", paint(BOLD, &test.sentence));
        let shown = if seen < hints.len() { seen..seen + 1 } else { 0..hints.len() };
        for index in shown {
            let heading = format!("hint {} of {}, {}:", index + 1, hints.len(), KINDS[index]);
            text += &format!("{}\n{}\n", paint(DIM, heading), wrapped(&hints[index], 2));
        }
        self.seen.insert(key, (seen + 1).min(hints.len()));
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot write to {}", folder.display()))?;
        }
        write_whole(&self.file, &serde_json::to_string_pretty(&self.seen)?)?;
        Ok(text)
    }
}

/// The three hints of a test.
fn hints(exercise: &Exercise, task: &Task, test: &str) -> Result<[String; 3]> {
    if let Some(hint) = task.hint(test) {
        return Ok([hint.look.clone(), hint.page.clone(), hint.code.clone()]);
    }
    if !test.starts_with("tcp::") {
        bail!("there is no hint for {test}");
    }
    // A conversation asks for nothing that a test does not ask for.
    let (id, chapter) = (&exercise.id, &exercise.chapter);
    let number = exercise.number();
    Ok([
        format!(
            "Do the other tests of the task `{}` pass? They ask for the same, one thing at a time: \
             begin with them. If all of them pass, be the client yourself: start your program \
             with `cargo run -p {id}`, and with the options that the first line of the transcript \
             has.",
            task.id
        ),
        format!(
            "Talk to it in a second terminal: `cargo run --bin client -- 127.0.0.1:80{number}`. \
             Send what the transcript says, step by step. The chapter's own program, `cargo run \
             --bin {chapter}`, shows you the right answers as far as the chapter goes."
        ),
        "Which step is the first one whose answer is another, or does not come at all? Put a \
         `dbg!` into the function that has to answer it: what your program prints is shown with \
         the failure."
            .to_owned(),
    ])
}

/// The test that is meant by a part of its name.
pub fn find<'a>(tests: &'a [TestResult], part: &str) -> Result<&'a TestResult> {
    let wanted = part.trim().to_lowercase().replace([' ', '-'], "_");
    let name = |test: &TestResult| test.test.to_lowercase();
    let short = |test: &TestResult| name(test).rsplit("::").next().unwrap_or_default().to_owned();
    if let Some(exact) = tests.iter().find(|test| name(test) == wanted || short(test) == wanted) {
        return Ok(exact);
    }
    let found: Vec<_> = tests.iter().filter(|test| name(test).contains(&wanted)).collect();
    match found[..] {
        [one] => Ok(one),
        [] => bail!("no test of this exercise has “{part}” in its name"),
        _ => {
            let names = found.iter().map(|test| format!("\n  {}", test.test));
            bail!("which one is meant by “{part}”?{}", names.collect::<String>())
        }
    }
}
