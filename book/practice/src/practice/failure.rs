//! How a failure is shown: in full, or in a line.

use crate::course::exercise::Exercise;
use crate::course::learner_files::source_path;
use crate::judge::excerpt::{as_text, difference, shortened, transcript};
use crate::judge::outcome::Status;
use crate::judge::result::TestResult;
use crate::practice::test_output::{Panic, TestOutput};
use crate::system::screen::{BOLD, DIM, RED, YELLOW, paint, wrapped};

/// The most lines of what the compiler says.
const MOST_OF_COMPILER: usize = 60;

/// The most lines of a panic's message, and of what was printed.
const MOST_OF_MESSAGE: usize = 16;

/// Before a test that passes.
pub const PASSES: &str = "✓";
/// Before one that does not.
pub const FAILS: &str = "✗";
/// Before what is still to be done.
pub const TO_DO: &str = "·";

/// Why a test does not pass.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// A `todo!()` was reached: where, and what it says.
    ToDo(String, String),
    /// The code does not compile.
    Compile,
    /// It was not run, because of something that stands in a file.
    Refused(String),
    /// Anything else, in a line.
    Other(String),
}

/// Why `test` does not pass.
pub fn reason(exercise: &Exercise, test: &TestResult) -> Reason {
    let outcome = &test.outcome;
    if outcome.status == Status::Compile {
        return Reason::Compile;
    }
    if outcome.status == Status::Skipped
        && let Some(why) = outcome.message.strip_prefix("it was not run: ")
    {
        return Reason::Refused(why.to_owned());
    }
    let said = TestOutput::read(&outcome.said);
    if let Some((panic, nudge)) =
        said.panic_in(&own(exercise)).and_then(|panic| panic.todo().map(|nudge| (panic, nudge)))
    {
        return Reason::ToDo(panic.place.clone(), nudge);
    }
    Reason::Other(outcome.message.clone())
}

/// Those of `tests` that are wrong. A server that is not there is nobody's fault, and what is
/// not run because an earlier one failed is not wrong itself.
pub fn failures<'a>(
    tests: impl IntoIterator<Item = &'a TestResult>,
) -> impl Iterator<Item = &'a TestResult> {
    tests.into_iter().filter(|test| match test.outcome.status {
        Status::Pass => false,
        Status::Skipped => !test.test.starts_with("mutant_") && test.test != "other",
        _ => true,
    })
}

/// A failure in a line.
pub fn line(exercise: &Exercise, test: &TestResult) -> String {
    let why = match reason(exercise, test) {
        Reason::ToDo(place, _) => format!("{}, still to be written", short(exercise, &place)),
        Reason::Compile => "it does not compile".to_owned(),
        Reason::Refused(why) | Reason::Other(why) => shortened(&why, 60),
    };
    format!("{} {}: {}", paint(RED, FAILS), test.sentence, paint(DIM, why))
}

/// A failure in full. `hint` says how one gets a hint.
pub fn failure(exercise: &Exercise, test: &TestResult, hint: &str) -> String {
    let heading = |mark: String, sentence: &str, task: &str| {
        vec![format!("{mark} {}{}", paint(BOLD, sentence), paint(DIM, task))]
    };
    let of_task = format!(" ({})", test.task);
    let (again, hint) = (
        format!("  {} {}", paint(DIM, "again:"), test.repeat),
        format!("  {}  {hint}", paint(DIM, "hint:")),
    );
    let wrong = || paint(RED, FAILS);
    let sections = match reason(exercise, test) {
        Reason::Compile => {
            vec![heading(wrong(), "it does not compile", ""), compiler(&test.outcome.said)]
        }
        Reason::Refused(why) => {
            vec![heading(wrong(), "it was not run", ""), vec![wrapped(&why, 2)]]
        }
        Reason::ToDo(place, nudge) => vec![
            heading(paint(YELLOW, TO_DO), &test.sentence, &of_task),
            vec![
                format!("  still to be written: {}", paint(BOLD, place)),
                format!("    {nudge}").trim_end().to_owned(),
            ],
            vec![hint],
        ],
        Reason::Other(_) => vec![
            heading(wrong(), &test.sentence, &of_task),
            transcript(&test.outcome.transcript),
            indented(&explanation(exercise, test)),
            vec![again, hint],
        ],
    };
    let lines = |section: &Vec<String>| match section.is_empty() {
        true => String::new(),
        false => format!("\n{}\n", section.join("\n")),
    };
    sections.iter().map(lines).collect()
}

/// What is wrong, by what the test said.
fn explanation(exercise: &Exercise, test: &TestResult) -> Vec<String> {
    let outcome = &test.outcome;
    let mut lines = Vec::new();
    let said = TestOutput::read(&outcome.said);
    let own = own(exercise);
    let (mine, others): (Vec<_>, Vec<_>) =
        said.panics.iter().partition(|panic| panic.place.starts_with(&own));
    let compared = others.iter().chain(&mine).any(|panic| context(panic).is_some());
    match outcome.status {
        // These are sentences of ours, and the panics say why.
        Status::Timeout | Status::Crash | Status::Skipped => {
            lines.push(wrapped(&outcome.message, 0));
        }
        _ if said.panics.is_empty() || !compared && outcome.difference.is_some() => {
            lines.push(wrapped(&outcome.message, 0));
        }
        // Which of the learner's tests it is, the panic does not say.
        _ if outcome.message.starts_with("your test ") => {
            let end = outcome.message.find(": ").unwrap_or(outcome.message.len());
            lines.push(format!("{}:", &outcome.message[..end]));
        }
        _ => {}
    }
    // The learner's own code first: there they can do something.
    for panic in mine.iter().chain(&others).take(3) {
        match (context(panic), &outcome.difference) {
            (Some(context), Some((expected, actual))) => {
                lines.extend(in_context(&context, difference(expected, actual)));
            }
            _ => lines.extend(bounded(readable(&panic.message), MOST_OF_MESSAGE)),
        }
        lines.push(paint(DIM, format_args!("at {}", panic.place)));
    }
    if let (false, Some((expected, actual))) = (compared, &outcome.difference) {
        lines.extend(difference(expected, actual));
    }
    if !said.printed.is_empty() {
        lines.push(String::new());
        lines.push("it printed:".to_owned());
        let printed = said.printed.iter().map(|line| format!("  {}", shortened(line, 160)));
        lines.extend(bounded(printed.collect(), MOST_OF_MESSAGE));
    }
    lines
}

/// What stands before the difference in a message of `assert_bytes!`.
fn context(panic: &Panic) -> Option<String> {
    let first = panic.message.first()?;
    let (context, _) = first.split_once("bytes differ at offset ")?;
    Some(context.trim_end_matches([' ', ':']).to_owned())
}

/// A difference, and what was compared.
fn in_context(context: &str, mut difference: Vec<String>) -> Vec<String> {
    if let (false, Some(first)) = (context.is_empty(), difference.first_mut()) {
        *first = format!("{context}: {first}");
    }
    difference
}

/// The lines of a message; bytes that were printed as numbers are shown as text as well, or
/// instead if they are many.
fn readable(message: &[String]) -> Vec<String> {
    const MOST_NUMBERS: usize = 100;
    let with_text = message.iter().flat_map(|line| match as_text(line) {
        None => vec![shortened(line, 400)],
        Some(text) if line.len() > MOST_NUMBERS => vec![text],
        Some(text) => match text.split_once(": ") {
            // Under `  left: [111, 10]` stands `        b"o\n"`.
            Some((label, text)) => {
                vec![line.clone(), format!("{:1$}{text}", "", label.len() + 2)]
            }
            None => vec![line.clone(), text],
        },
    });
    with_text.collect()
}

/// What the compiler says: the first errors, as far as they fit, but at least one of them.
fn compiler(said: &str) -> Vec<String> {
    let mut errors: Vec<Vec<&str>> = Vec::new();
    for line in said.lines() {
        let plain = anstream::adapter::strip_str(line).to_string();
        let begins = plain.starts_with("error") || plain.starts_with("warning");
        match errors.last_mut() {
            Some(error) if !begins => error.push(line),
            _ => errors.push(vec![line]),
        }
    }
    let is_sum = |error: &Vec<&str>| {
        let first = anstream::adapter::strip_str(error[0]).to_string();
        first.starts_with("error: aborting") || first.starts_with("error: could not compile")
    };
    errors.retain(|error| !is_sum(error));
    let mut lines: Vec<String> = Vec::new();
    let mut shown = 0;
    for error in &errors {
        let end = error.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
        if shown > 0 && lines.len() + end + 1 > MOST_OF_COMPILER {
            break;
        }
        if shown > 0 {
            lines.push(String::new());
        }
        let whole = error[..end].iter().map(|&line| line.to_owned()).collect();
        lines.extend(bounded(whole, MOST_OF_COMPILER));
        shown += 1;
    }
    match errors.len() - shown {
        0 => {}
        1 => lines.extend([String::new(), "… and one more error".to_owned()]),
        more => lines.extend([String::new(), format!("… and {more} more errors")]),
    }
    lines
}

/// Of more lines, the middle is left out.
fn bounded(mut lines: Vec<String>, most: usize) -> Vec<String> {
    if lines.len() > most {
        let left_out = lines.len() - most + 1;
        let from = most / 2;
        lines.splice(from..from + left_out, [format!("… {left_out} lines are left out …")]);
    }
    lines
}

fn indented(lines: &[String]) -> Vec<String> {
    let indent = |line: &str| match line.is_empty() {
        true => String::new(),
        false => format!("  {line}"),
    };
    lines.iter().flat_map(|lines| lines.split('\n').map(indent)).collect()
}

/// Where the learner's own files are, seen from the top folder.
fn own(exercise: &Exercise) -> String {
    format!("chapters/{}/exercise/", exercise.folder)
}

/// A place as it is called in the exercise's folder.
pub fn short<'a>(exercise: &Exercise, place: &'a str) -> &'a str {
    place.strip_prefix(&own(exercise)).unwrap_or(place)
}

/// A learner's file, seen from the top folder.
pub fn path(exercise: &Exercise, name: &str) -> String {
    format!("{}{}", own(exercise), source_path(name))
}
