//! `cargo bench -p course-tests --bench load`: how many requests a second the
//! servers of the chapters answer, what each costs, and how long it takes; beside
//! a pool of four threads and Python's `http.server`.
//!
//! Every server is a process of its own, started anew in each round, asked over
//! loopback by one client and by ten, and ended. Whatever else the machine does
//! disturbs all servers alike, since the rounds take turns, and a median of
//! several rounds forgets the worst. Compare the rows of one run; a row alone
//! says more about the machine than about the server.

use course_tests::load::{self, Load, Sample, get, median};
use course_tests::{binaries, machine};
use launch::{NotStarted, Server, listening_on};
use std::env;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

const HELP: &str = "\
Usage: cargo bench -p course-tests --bench load -- [OPTIONS]

  --rounds N        how often each server is measured (5)
  --requests N      requests in each measurement, at most 10000 (2000)
  --seconds N       the longest time of each measurement (10)
  --only A,B        only these servers: ch05 to ch11, pool, python
  --help            print this text
";

/// How many clients ask at once, in one measurement and in the other.
const CLIENTS: [usize; 2] = [1, 10];

/// More requests to one address could use up the ports of a system.
const MAX_REQUESTS: usize = 10_000;

/// Requests before the measurement, which are not counted.
const WARM_UP: usize = 200;

const SITE_OF_CH09: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../chapters/ch09-errors/site");
const SITE_OF_CH10: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../chapters/ch10-static-files/site");

/// Where the table is written to, as CSV.
const CSV: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../load.csv");

/// What is measured.
struct Contestant {
    name: &'static str,
    target: &'static str,
    /// The file that has the body of the right answer.
    body: String,
    command: fn() -> Command,
    announced: fn(&str) -> Option<SocketAddr>,
    results: [Results; CLIENTS.len()],
    /// Why it does not take part, if it does not.
    absent: Option<String>,
}

/// The rounds of one server with so many clients.
#[derive(Default)]
struct Results {
    samples: Vec<Sample>,
    /// What the rounds cost; empty where the system does not tell.
    costs: Vec<Cost>,
}

/// Time of the processors: until some moment, or from one to another.
#[derive(Clone, Copy)]
struct Cost {
    server: Duration,
    clients: Duration,
    /// Of everything that runs on this machine.
    all: Duration,
}

impl Cost {
    fn until_now(server: &Server) -> Option<Self> {
        let server = load::cpu_time(server.id())?;
        let clients = load::cpu_time(std::process::id())?;
        Some(Self { server, clients, all: machine::busy_time()? })
    }

    fn since(self, before: Self) -> Self {
        Self {
            server: self.server - before.server,
            clients: self.clients - before.clients,
            all: self.all.saturating_sub(before.all),
        }
    }

    fn others(&self) -> Duration {
        self.all.saturating_sub(self.server + self.clients)
    }
}

fn contestants() -> Vec<Contestant> {
    let contestant = |name, command, announced| Contestant {
        name,
        target: "/picture.png",
        body: format!("{SITE_OF_CH10}/picture.png"),
        command,
        announced,
        results: Default::default(),
        absent: None,
    };
    vec![
        contestant("ch05", || chapter("ch05"), listening_on),
        contestant("ch06", || chapter("ch06"), listening_on),
        contestant("ch07", || chapter("ch07"), listening_on),
        contestant("ch08", || chapter("ch08"), listening_on),
        // Chapter 9 has no picture. Its page is as small.
        Contestant {
            target: "/index.html",
            body: format!("{SITE_OF_CH09}/index.html"),
            ..contestant("ch09", || chapter("ch09"), listening_on)
        },
        contestant("ch10", || chapter("ch10"), listening_on),
        contestant("ch11", of_site, listening_on),
        contestant("pool", || Command::new(env!("CARGO_BIN_EXE_pool")), listening_on),
        contestant("python", python, serving_http_on),
    ]
}

fn chapter(name: &str) -> Command {
    let mut command = Command::new(binaries::binary(name));
    command.arg("127.0.0.1:0");
    command
}

/// Chapter 11's program, which would serve the folder in which it is started.
fn of_site() -> Command {
    let mut command = chapter("ch11");
    command.args(["--directory", SITE_OF_CH10]);
    command
}

/// Python's `http.server`, which uses a `ThreadingHTTPServer`.
fn python() -> Command {
    let mut command = Command::new(if cfg!(windows) { "python" } else { "python3" });
    // `-u`: what it prints is not held back.
    command.args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]);
    command.args(["--directory", SITE_OF_CH10]);
    command
}

/// The address in `Serving HTTP on 127.0.0.1 port 8000 (http://…) ...`.
fn serving_http_on(line: &str) -> Option<SocketAddr> {
    let rest = line.strip_prefix("Serving HTTP on ")?;
    let (host, rest) = rest.split_once(" port ")?;
    let port = rest.split(' ').next()?;
    Some(SocketAddr::new(host.parse().ok()?, port.parse().ok()?))
}

fn main() -> ExitCode {
    if cfg!(debug_assertions) {
        println!("load: a debug build measures nothing of use; start it with `cargo bench`");
        return ExitCode::SUCCESS;
    }
    let options = match Options::parse(env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(sentence) => {
            eprintln!("load: {sentence}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match bench(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn bench(options: &Options) -> io::Result<()> {
    let machine = machine::describe();
    let mut contestants = contestants();
    if !options.only.is_empty() {
        contestants.retain(|one| options.only.iter().any(|name| name == one.name));
    }
    for round in 1..=options.rounds {
        eprint!("round {round} of {}:", options.rounds);
        let mut order: Vec<_> = contestants.iter_mut().collect();
        if round % 2 == 0 {
            order.reverse(); // so that nobody always comes after the same one
        }
        for contestant in order {
            eprint!(" {}", contestant.name);
            contestant.measure(options)?;
        }
        eprintln!();
    }
    report(&contestants, &machine, options)
}

impl Contestant {
    /// One round: starts the server, asks it by one client and by ten, ends it.
    fn measure(&mut self, options: &Options) -> io::Result<()> {
        if self.absent.is_some() {
            return Ok(());
        }
        let mut command = (self.command)();
        command.stderr(Stdio::null()); // a chapter logs a line for each request
        let server = match Server::start(command, self.announced, load::PATIENCE) {
            Ok(server) => server,
            Err(error) => {
                self.absent = Some(match error {
                    NotStarted::System(_) => "not installed".to_owned(),
                    NotStarted::Silent { .. } => error.to_string(),
                });
                return Ok(());
            }
        };
        let address = server.address;
        let request = &get(self.target, address);
        let body = &fs::read(&self.body)?;
        let time = Duration::from_secs(options.seconds);
        for (clients, results) in CLIENTS.into_iter().zip(&mut self.results) {
            let load = |requests| Load { address, request, body, clients, requests, time };
            load(WARM_UP.min(options.requests)).run()?;
            let before = Cost::until_now(&server);
            let sample = load(options.requests).run()?;
            let cost = Cost::until_now(&server).zip(before);
            results.costs.extend(cost.map(|(after, before)| after.since(before)));
            results.samples.push(sample);
        }
        Ok(())
    }
}

/// The numbers of one line of the table; `None` where there is nothing to say.
struct Line {
    name: &'static str,
    clients: usize,
    rate: Option<f64>,
    cpu: Option<f64>,
    p50: Option<f64>,
    p99: Option<f64>,
    errors: usize,
    requests: usize,
}

impl Line {
    fn new(name: &'static str, clients: usize, results: &Results) -> Self {
        let samples = &results.samples;
        let medians = |number: &dyn Fn(&Sample) -> Option<f64>| {
            median(&samples.iter().filter_map(number).collect::<Vec<_>>())
        };
        let latency =
            |percent| medians(&|sample| Some(sample.latency(percent)?.as_secs_f64() * 1e6));
        let requests = samples.iter().map(Sample::requests).sum::<usize>();
        // It is told in steps of 10 ms, so all rounds are taken together.
        let cpu = results.costs.iter().map(|cost| cost.server).sum::<Duration>();
        let known = results.costs.len() == samples.len() && requests > 0;
        Self {
            name,
            clients,
            rate: medians(&|sample| Some(sample.rate())),
            cpu: known.then(|| cpu.as_secs_f64() * 1e6 / requests as f64),
            p50: latency(50.0),
            p99: latency(99.0),
            errors: samples.iter().map(|sample| sample.errors).sum(),
            requests,
        }
    }

    /// The columns as text, with so many decimals for the CPU time.
    fn columns(&self, nothing: &str) -> [String; 8] {
        let text = |number: Option<f64>, decimals| match number {
            Some(number) => format!("{number:.decimals$}"),
            None => nothing.to_owned(),
        };
        [
            self.name.to_owned(),
            self.clients.to_string(),
            text(self.rate, 0),
            text(self.cpu, 1),
            text(self.p50, 0),
            text(self.p99, 0),
            self.errors.to_string(),
            self.requests.to_string(),
        ]
    }
}

fn report(contestants: &[Contestant], machine: &[String], options: &Options) -> io::Result<()> {
    let mut table = format!(
        "{:<8}{:>8}{:>12}{:>10}{:>9}{:>9}{:>8}{:>12}\n",
        "server", "clients", "requests/s", "CPU us", "p50 us", "p99 us", "errors", "of requests"
    );
    let mut csv = "server,clients,requests,cpu_us,p50_us,p99_us,errors,of_requests\n".to_owned();
    let mut notes = String::new();
    for one in contestants {
        if let Some(why) = &one.absent {
            table += &format!("{:<8}{why}\n", one.name);
            continue;
        }
        for (clients, results) in CLIENTS.into_iter().zip(&one.results) {
            let line = Line::new(one.name, clients, results);
            let [name, clients, rate, cpu, p50, p99, errors, requests] = line.columns("-");
            table += &format!(
                "{name:<8}{clients:>8}{rate:>12}{cpu:>10}{p50:>9}{p99:>9}{errors:>8}{requests:>12}\n"
            );
            csv += &format!("{}\n", line.columns("").join(","));
            if let Some(error) = results.samples.iter().find_map(|s| s.first_error.as_ref()) {
                notes += &format!("An error of {name} with {clients} clients: {error}\n");
            }
        }
    }
    if let Some(share) = others(contestants) {
        notes += &format!("Other programs took {share:.0} % of the processors meanwhile.\n");
    }
    fs::write(CSV, csv)?;
    let csv_file = Path::new(CSV).canonicalize()?;
    let Options { rounds, requests, seconds, .. } = options;
    writeln!(
        io::stdout(),
        "\n{table}\n{notes}\n\
         Requests/s and latencies are medians. Rounds: {rounds}, in which the servers take turns;\n\
         each measurement: {requests} requests, or {seconds} s. The CPU time is the server's, per\n\
         request, over all rounds. Every request has a connection of its own, over loopback;\n\
         clients and server share the processors. ch09 to ch11 and python read a small file,\n\
         the others have their answer in memory. Standard error, to which the chapters and\n\
         python log a line for each request, goes nowhere.\n\n\
         {}\n\nWritten to {}",
        machine.join("\n"),
        csv_file.display(),
    )
}

/// How much of the processors' time, of 100, was not spent on this benchmark.
fn others(contestants: &[Contestant]) -> Option<f64> {
    let results = || contestants.iter().flat_map(|one| &one.results);
    let costs = || results().flat_map(|results| &results.costs);
    let elapsed = results().flat_map(|results| &results.samples).map(|sample| sample.elapsed);
    let processors = thread::available_parallelism().ok()?.get() as f64;
    let available = elapsed.sum::<Duration>().as_secs_f64() * processors;
    let spent = costs().map(Cost::others).sum::<Duration>().as_secs_f64();
    (costs().count() > 0 && available > 0.0).then(|| 100.0 * spent / available)
}

/// What was asked for on the command line.
struct Options {
    rounds: usize,
    requests: usize,
    seconds: u64,
    only: Vec<String>,
}

impl Options {
    /// `None` means that help was asked for; an error is a sentence.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self { rounds: 5, requests: 2000, seconds: 10, only: Vec::new() };
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match argument.as_str() {
                "--bench" => {} // cargo says so to every benchmark
                "--help" | "-h" => return Ok(None),
                "--rounds" => options.rounds = number(&value()?, 1000)?,
                "--requests" => options.requests = number(&value()?, MAX_REQUESTS)?,
                "--seconds" => options.seconds = number(&value()?, 1000)? as u64,
                "--only" => options.only = names(&value()?)?,
                _ => return Err(format!("there is no option {argument}")),
            }
        }
        Ok(Some(options))
    }
}

/// A number from 1 to `most`.
fn number(text: &str, most: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or(format!("{text} is not a number from 1 to {most}"))
}

/// The names of servers, with commas between them.
fn names(text: &str) -> Result<Vec<String>, String> {
    let all = contestants();
    let names: Vec<_> = text.split(',').map(str::to_owned).collect();
    match names.iter().find(|name| all.iter().all(|one| one.name != name.as_str())) {
        Some(name) => Err(format!("there is no server {name}")),
        None => Ok(names),
    }
}
