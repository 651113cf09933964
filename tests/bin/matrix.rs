//! Runs the wire corpus on the HTTP chapters and prints who passes what.

use course_tests::chapters::{CHAPTERS, play_all};
use course_tests::wire::{Corpus, FOLDER, Matrix, Results};
use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const USAGE: &str = "\
matrix: runs the wire corpus on the HTTP chapters and prints who passes what.

Usage: cargo run -p course-tests --bin matrix -- [OPTION | WORDS]

  WORDS       only the cases with these words in their name, each with what was
              sent and what came back
  --markdown  the table for the book
  --results   everything in JSON; the chapters' log is on standard error
  -h, --help

The exit code is 1 if a chapter does otherwise than tests/wire/matrix.toml says.
";

/// What the marks of the table mean, and what they do not.
const LEGEND: &str = "
✓ right, – wrong. Each case says in tests/wire what is right, and why. ch05 to ch08
serve no files, so nobody can get at one there. ch09 serves any file, on purpose.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--help" | "-h"] => print(USAGE).map(|()| true),
        ["--results"] => results(""),
        ["--results", words] => results(words),
        [] => table(|results, corpus, chapters| results.table(corpus, chapters) + LEGEND),
        ["--markdown"] => table(Results::markdown),
        [option, ..] if option.starts_with('-') => Err(USAGE.to_owned()),
        _ => show(&arguments.join(" ")),
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

/// Plays the cases here.
fn results(words: &str) -> Outcome {
    let results = play_all(&corpus()?, words);
    print(&serde_json::to_string(&results).map_err(|error| error.to_string())?)?;
    Ok(true)
}

fn table(table: impl Fn(&Results, &Corpus, &[&str]) -> String) -> Outcome {
    let corpus = corpus()?;
    let results = play_quietly("")?;
    print(&table(&results, &corpus, &CHAPTERS))?;
    as_expected(&corpus, &results)
}

fn show(words: &str) -> Outcome {
    let corpus = corpus()?;
    let results = play_quietly(words)?;
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
    let path = Path::new(FOLDER).join("matrix.toml");
    let matrix = Matrix::load(&path, corpus, &CHAPTERS).map_err(|errors| errors.join("\n"))?;
    let surprises = matrix.surprises(corpus, results);
    for surprise in &surprises {
        eprintln!("\n{surprise}");
    }
    Ok(surprises.is_empty())
}

/// Plays the cases in another process, whose log nobody hears.
fn play_quietly(words: &str) -> Result<Results, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    command.args(["--results", words]).stderr(Stdio::null());
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
