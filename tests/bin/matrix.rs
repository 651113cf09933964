//! Runs the wire corpus on the HTTP chapters and prints who passes what.

use course_tests::chapters::{CHAPTERS, Manner, play_all};
use course_tests::wire::{Corpus, Cuts, FOLDER, Matrix, Results};
use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const USAGE: &str = "\
matrix: runs the wire corpus on the HTTP chapters and prints who passes what.

Usage: cargo run --bin matrix -- [--every-cut] [OPTION | WORDS]

  WORDS       only the cases with these words in their name, each with what was
              sent and what came back
  --markdown  the table for the book
  --results   everything in JSON; the chapters' log is on standard error
  --every-cut cut what is to be right at every split at every byte, and not only
              once inside each word
  -h, --help

The exit code is 1 if a chapter does otherwise than tests/wire/matrix.toml says.
";

const EVERY_CUT: &str = "--every-cut";

/// What the marks of the table mean, and what they do not.
const LEGEND: &str = "
✓ right, – wrong. Each case says in tests/wire what is right, and why. ch05 to ch08
serve no files, so nobody can get at one there. ch09 serves any file, on purpose.
";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let given = arguments.len();
    arguments.retain(|argument| argument != EVERY_CUT);
    let cuts = if arguments.len() < given { Cuts::All } else { Cuts::Unlike };
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--help" | "-h"] => print(USAGE).map(|()| true),
        ["--results"] => results("", cuts),
        ["--results", words] => results(words, cuts),
        [] => table(cuts, |results, corpus, chapters| results.table(corpus, chapters) + LEGEND),
        ["--markdown"] => table(cuts, Results::markdown),
        [option, ..] if option.starts_with('-') => Err(USAGE.to_owned()),
        _ => show(&arguments.join(" "), cuts),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("matrix: {error}");
            ExitCode::from(2)
        }
    }
}

type Outcome = Result<bool, String>;

/// Plays the cases here. Of all of them, there are reports where the matrix is wrong.
fn results(words: &str, cuts: Cuts) -> Outcome {
    let corpus = corpus()?;
    let matrix = matrix(&corpus)?;
    let tell = |case: &str, chapter: &str, passed: bool| {
        !words.is_empty() || passed != matrix.expects(case, chapter)
    };
    let results = play_all(&corpus, Manner { words, cuts, tell: &tell });
    print(&serde_json::to_string(&results).map_err(|error| error.to_string())?)?;
    Ok(true)
}

fn table(cuts: Cuts, table: impl Fn(&Results, &Corpus, &[&str]) -> String) -> Outcome {
    let corpus = corpus()?;
    // What it says would not be heard of the other process.
    matrix(&corpus)?;
    let results = play_quietly("", cuts)?;
    print(&table(&results, &corpus, &CHAPTERS))?;
    as_expected(&corpus, &results)
}

fn show(words: &str, cuts: Cuts) -> Outcome {
    let corpus = corpus()?;
    matrix(&corpus)?;
    if !corpus.cases.iter().any(|case| case.name.contains(words)) {
        return Err(format!("no case has the words `{words}` in its name"));
    }
    let results = play_quietly(words, cuts)?;
    for case in corpus.cases.iter().filter(|case| case.name.contains(words)) {
        print(&format!("case       {}\nwhy        {}\n\n", case.name, case.why))?;
        for outcome in results.0.iter().filter(|outcome| outcome.case == case.name) {
            print(&format!("{}\n{}\n", outcome.chapter, outcome.report))?;
        }
    }
    as_expected(&corpus, &results)
}

/// Says where the matrix is wrong.
fn as_expected(corpus: &Corpus, results: &Results) -> Outcome {
    let surprises = matrix(corpus)?.surprises(corpus, results);
    for surprise in &surprises {
        eprintln!("\n{surprise}");
    }
    Ok(surprises.is_empty())
}

fn matrix(corpus: &Corpus) -> Result<Matrix, String> {
    let path = Path::new(FOLDER).join("matrix.toml");
    Matrix::load(&path, corpus, &CHAPTERS).map_err(|errors| errors.join("\n"))
}

/// Plays the cases in another process, whose log nobody hears.
fn play_quietly(words: &str, cuts: Cuts) -> Result<Results, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["--results", words]).stderr(Stdio::null());
    command.args((cuts == Cuts::All).then_some(EVERY_CUT));
    let output = command.output().map_err(|error| error.to_string())?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("playing the cases ended with {}: {error}", output.status))
}

fn corpus() -> Result<Corpus, String> {
    Corpus::load(Path::new(FOLDER))
}

/// Not `print!`, which panics if nobody reads on.
fn print(text: &str) -> Result<(), String> {
    io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())
}
