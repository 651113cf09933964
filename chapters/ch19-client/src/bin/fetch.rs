//! Fetches what a URL names.

use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use ch16::Pool;
use ch19::{FetchError, Limits, Progress, Request, SLOWEST_RATE, Session, download};
use lexopt::prelude::*;
use program::log;
use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

const HELP: &str = "\
fetch: Fetches what a URL names, and prints it or saves it.

Usage: cargo run --bin fetch -- [OPTIONS] URL...

Options:
  --output FILE         save it in FILE; what an earlier attempt left is gone on with
  --directory DIR       save each in DIR, under the last part of its path
  --from FILE           fetch the URLs that stand in FILE too, one in a line; `-` is standard input
  --threads COUNT       so many at once with --directory; else 4
  --method METHOD       else GET, or POST if there is a body
  --header 'NAME: VALUE'  send this field; may be repeated
  --data TEXT           send this body
  --form NAME=VALUE     send a form with this field; may be repeated
  --json TEXT           send this as JSON
  --head                print the head of the answer too
  --no-redirects        take a redirect for the answer
  --time SECONDS        how long all of it may take; else 30, and a second more for each 16 KiB
  --quiet               show no progress
  --help                print this text
";

/// The exit code of a program that was called in a wrong way.
const WRONG_USE: u8 = 2;
/// How often progress is shown.
const REDRAW: Duration = Duration::from_millis(100);
/// How many characters a bar has.
const BAR: usize = 24;

/// What was typed.
#[derive(Default)]
struct Arguments {
    urls: Vec<String>,
    output: Option<PathBuf>,
    directory: Option<PathBuf>,
    threads: Option<usize>,
    method: Option<String>,
    headers: Vec<(String, String)>,
    data: Option<String>,
    form: Vec<(String, String)>,
    json: Option<String>,
    shows_head: bool,
    keeps_redirects: bool,
    time: Option<u64>,
    is_quiet: bool,
    wants_help: bool,
}

fn main() -> ExitCode {
    let arguments = match Arguments::parse(lexopt::Parser::from_env()) {
        Ok(arguments) => arguments,
        Err(error) => {
            log(format_args!("fetch: {error:#}; `cargo run --bin fetch -- --help` tells more"));
            return ExitCode::from(WRONG_USE);
        }
    };
    if arguments.wants_help {
        // Whoever wants to read the beginning alone may.
        let _ = io::stdout().write_all(HELP.as_bytes());
        return ExitCode::SUCCESS;
    }
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            log(format_args!("fetch: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

impl Arguments {
    fn parse(mut words: lexopt::Parser) -> Result<Self> {
        let mut given = Self::default();
        while let Some(word) = words.next()? {
            match word {
                Value(url) => given.urls.push(url.string()?),
                Long("output") => given.output = Some(words.value()?.into()),
                Long("directory") => given.directory = Some(words.value()?.into()),
                Long("from") => given.urls.extend(urls_in(&words.value()?.string()?)?),
                Long("threads") => given.threads = Some(number(&words.value()?.string()?)?),
                Long("method") => given.method = Some(words.value()?.string()?),
                Long("header") => given.headers.push(pair(&words.value()?.string()?, ':')?),
                Long("data") => given.data = Some(words.value()?.string()?),
                Long("form") => given.form.push(pair(&words.value()?.string()?, '=')?),
                Long("json") => given.json = Some(words.value()?.string()?),
                Long("head") => given.shows_head = true,
                Long("no-redirects") => given.keeps_redirects = true,
                Long("time") => given.time = Some(number(&words.value()?.string()?)? as u64),
                Long("quiet") => given.is_quiet = true,
                Long("help") | Short('h') => given.wants_help = true,
                other => return Err(other.unexpected().into()),
            }
        }
        let bodies = [given.data.is_some(), !given.form.is_empty(), given.json.is_some()];
        ensure!(bodies.iter().filter(|body| **body).count() <= 1, "a request has one body");
        ensure!(given.wants_help || !given.urls.is_empty(), "there is no URL");
        ensure!(given.output.is_none() || given.urls.len() == 1, "--output is for one URL");
        Ok(given)
    }

    fn session(&self) -> Session {
        let mut limits = Limits { slowest_rate: Some(SLOWEST_RATE), ..Limits::default() };
        if let Some(time) = self.time {
            // Who says how long wants it to be over then, whatever comes.
            limits = Limits { time: Duration::from_secs(time), slowest_rate: None, ..limits };
        }
        if self.keeps_redirects {
            limits.redirects = 0;
        }
        Session::new(limits)
    }

    fn request(&self, url: &str) -> Result<Request> {
        // What people type.
        let url = match url.split_once("://") {
            Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => url.to_owned(),
            _ => format!("http://{url}"),
        };
        let has_body = self.data.is_some() || self.json.is_some() || !self.form.is_empty();
        let method = self.method.as_deref().unwrap_or(if has_body { "POST" } else { "GET" });
        let mut request = Request::new(method, &url)?;
        for (name, value) in &self.headers {
            request = request.header(name, value)?;
        }
        if let Some(data) = &self.data {
            request = request.body(data.as_bytes());
        }
        if let Some(text) = &self.json {
            let value: serde_json::Value =
                serde_json::from_str(text).context("what is behind --json is no JSON")?;
            request = request.json(&value)?;
        }
        if !self.form.is_empty() {
            request = request.form(self.form.iter().map(|(name, value)| (&**name, &**value)));
        }
        Ok(request)
    }
}

fn urls_in(file: &str) -> Result<Vec<String>> {
    let text = match file {
        "-" => io::read_to_string(io::stdin()),
        file => fs::read_to_string(file),
    };
    let text = text.with_context(|| format!("cannot read {file}"))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn number(text: &str) -> Result<usize> {
    // A year is enough for everybody, and the clock can hold it.
    let number = text.parse().ok().filter(|number| (1..=365 * 24 * 3600).contains(number));
    number.with_context(|| format!("{text} is not a number between 1 and 31536000"))
}

fn pair(text: &str, separator: char) -> Result<(String, String)> {
    let pair = text.split_once(separator);
    let (name, value) = pair.with_context(|| format!("there is no {separator} in {text:?}"))?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Fetches all, and returns whether all went well.
fn run(arguments: &Arguments) -> Result<bool> {
    let session = arguments.session();
    if let Some(directory) = &arguments.directory {
        return save_all(&session, arguments, directory);
    }
    let mut all_well = true;
    for url in &arguments.urls {
        let request = arguments.request(url)?;
        let outcome = match &arguments.output {
            Some(file) => save(&session, request, file, arguments),
            None => print_answer(&session, request, arguments),
        };
        if let Err(error) = outcome {
            if is_closed_pipe(&error) {
                return Ok(false); // whoever wanted to see it has seen enough
            }
            all_well = false;
            log(format_args!("fetch: {error:#}"));
        }
    }
    Ok(all_well)
}

/// Prints the answer. One that says that there is nothing, or nothing right, is an error.
fn print_answer(session: &Session, request: Request, arguments: &Arguments) -> Result<()> {
    let asked = request.url.to_string();
    let mut response = session.send(request).with_context(|| asked)?;
    let mut out = io::stdout().lock();
    if arguments.shows_head {
        writeln!(out, "{}", response.status_line())?;
        for (name, value) in response.headers.iter() {
            writeln!(out, "{name}: {}", String::from_utf8_lossy(value))?;
        }
        writeln!(out)?;
    }
    let copied = io::copy(&mut response, &mut out);
    out.flush()?;
    copied.with_context(|| response.url.to_string())?;
    if response.status >= 400 {
        bail!("{}: {}", response.url, response.status_line());
    }
    Ok(())
}

/// Saves the answer in a file, and shows how it goes if somebody looks.
fn save(session: &Session, request: Request, file: &Path, arguments: &Arguments) -> Result<()> {
    let is_shown = !arguments.is_quiet && io::stderr().is_terminal();
    let mut shown = Instant::now();
    let show = |progress: &Progress| {
        // It fails if the terminal is gone, which is no reason to stop.
        let _ = write!(io::stderr(), "\r\x1b[K{}", progress.bar(BAR));
    };
    let mut report = |progress: &Progress| {
        if is_shown && shown.elapsed() >= REDRAW {
            shown = Instant::now();
            show(progress);
        }
    };
    let outcome = download(session, request, file, &mut report);
    if is_shown {
        if let Ok(progress) = &outcome {
            show(progress);
        }
        let _ = writeln!(io::stderr());
    }
    outcome.map(drop)
}

/// Saves all in a folder, some at once, and returns whether all went well.
fn save_all(session: &Session, arguments: &Arguments, directory: &Path) -> Result<bool> {
    let mut requests = Vec::new();
    let mut names = HashSet::new();
    for url in &arguments.urls {
        let request = arguments.request(url)?;
        let name = name_of(&request);
        ensure!(names.insert(name.clone()), "two of them would be saved as {name}");
        requests.push((request, directory.join(name)));
    }
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let count = requests.len();
    let threads = arguments.threads.unwrap_or(4).min(count);
    let is_shown = !arguments.is_quiet && io::stderr().is_terminal();
    let saved = Mutex::new(0);
    let save = |(request, file): (Request, PathBuf)| -> Result<()> {
        download(session, request, &file, &mut |_| {})?;
        let mut saved = saved.lock().map_err(|_| anyhow!("another thread panicked"))?;
        *saved += 1;
        if is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K{saved} of {count} files");
        }
        Ok(())
    };
    let save = &save;
    let outcomes = thread::scope(|scope| -> Result<Vec<Result<()>>> {
        let pool = Pool::new(scope, threads, threads)?;
        let submit = |request| pool.submit(move || save(request));
        let asked: Vec<_> = requests.into_iter().map(submit).collect();
        asked.into_iter().map(|outcome| outcome.join()).collect()
    })?;
    if is_shown {
        let _ = writeln!(io::stderr());
    }
    let failed: Vec<Error> = outcomes.into_iter().filter_map(Result::err).collect();
    for error in &failed {
        log(format_args!("fetch: {error:#}"));
    }
    Ok(failed.is_empty())
}

/// The last part of its path, as it stands there: escaped, and so without a slash; and a URL has
/// no part `..`.
fn name_of(request: &Request) -> String {
    match request.url.path().rsplit('/').next() {
        None | Some("") => "index.html".to_owned(),
        Some(name) => name.replace([':', '\\'], "_"), // which Windows takes for something else
    }
}

fn is_closed_pipe(error: &Error) -> bool {
    let is_ours = error.chain().any(|cause| cause.is::<FetchError>());
    let io = error.downcast_ref::<io::Error>();
    !is_ours && io.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
