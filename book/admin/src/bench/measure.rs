//! `workbook bench`: how fast each HTTP chapter is, beside other servers.

use crate::bench::load::{Load, get};
use crate::bench::scenarios::{Resource, SCENARIOS, Scenario, UNREAD, idle};
use crate::bench::servers::{
    self, BENCH_SERVER, MeasuredServer, PEERS, Running, Site, TOKIO_SERVER,
};
use crate::bench::{machine, memory, plot, trace, usage};
use anyhow::{Context, Result, ensure};
use launch::{Which, installed};
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::time::Duration;
use workbook::course::checkout::Checkout;
use workbook::pages::measured::{FILE, Figure, Measured};
use workbook::system::programs::build;
use workbook::system::screen::{DIM, paint, print_error, print_line};
use workbook::system::write_file::write_whole;

/// The most requests of one measurement with a connection for each. More would run out of ports
/// on some systems.
const CONNECTIONS: usize = 5_000;

/// Requests before each measurement, which are not counted: the first are slow.
const WARM_UP: usize = 100;

/// The longest that one measurement takes.
const TIME: Duration = Duration::from_millis(300);

/// What can be typed behind `bench`.
#[derive(Debug)]
pub struct Options {
    /// How often everything is measured.
    rounds: usize,
    /// Whether servers of others' crates are built and measured too.
    peers: bool,
    /// How many clients are idle.
    idle: Vec<usize>,
    /// The servers and scenarios that are measured; all if there is none of a kind.
    only: Vec<String>,
}

impl Options {
    /// Understands what was typed.
    pub fn parse(words: &mut lexopt::Parser) -> Result<Self, lexopt::Error> {
        use lexopt::prelude::*;
        let mut options = Self { rounds: 5, peers: false, idle: Vec::new(), only: Vec::new() };
        while let Some(word) = words.next()? {
            match word {
                Long("rounds") => options.rounds = words.value()?.parse()?,
                Long("peers") => options.peers = true,
                Long("idle") => options.idle.push(words.value()?.parse()?),
                Long("only") => options.only.push(words.value()?.string()?),
                other => return Err(other.unexpected()),
            }
        }
        if options.rounds == 0 {
            return Err("no round, no numbers: --rounds 1 at least".into());
        }
        if options.idle.is_empty() {
            options.idle.push(1000);
        }
        Ok(options)
    }

    /// Of the names of one kind those that are measured: those that were named, or all.
    fn wanted<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let names: Vec<_> = names.into_iter().collect();
        let is_named = |name: &&str| self.only.iter().any(|only| only == name);
        match names.iter().any(is_named) {
            true => names.into_iter().filter(is_named).collect(),
            false => names,
        }
    }
}

/// Measures, and writes tables, CSV and pictures.
pub fn run(checkout: &Checkout, options: &Options) -> Result<bool> {
    // Before the load, since it tells how busy the machine is with other work.
    let mut machine = machine::describe();
    say(format_args!("{}", machine.join("; ")));
    let course = checkout.course()?;
    let sample = course.chapter("ch10").context("no ch10")?;
    let site = Site::new(checkout, &checkout.chapter(sample).join("site"))?;
    let mut servers = servers(checkout, &site, options.peers)?;

    let idles: Vec<_> = options.idle.iter().map(|clients| idle(*clients)).collect();
    let scenarios = SCENARIOS.iter().map(|scenario| scenario.id);
    let scenarios = options.wanted(scenarios.chain([UNREAD]).chain(idles.iter().map(|id| &**id)));
    let names: Vec<_> = servers.iter().map(|server| server.name.clone()).collect();
    let names = options.wanted(names.iter().map(|name| &**name));
    for only in &options.only {
        ensure!(names.contains(&&**only) || scenarios.contains(&&**only), "there is no {only}");
    }
    servers.retain(|server| names.contains(&&*server.name));

    machine::allow_many_connections();
    let wrapper = machine::keep_apart();
    machine.push(match wrapper.is_empty() {
        true => "servers and clients on the same cores".to_owned(),
        false => "each server on one core, the clients on another".to_owned(),
    });
    let mut measured = Measured::default();
    measure(&servers, &scenarios, options.rounds, &wrapper, &mut measured)?;
    for (clients, id) in options.idle.iter().zip(&idles) {
        if scenarios.contains(&&**id) {
            for server in servers.iter().filter(|server| server.keeps) {
                idle_clients(server, *clients, id, &wrapper, &mut measured);
            }
        }
    }
    if scenarios.contains(&UNREAD) {
        for server in &servers {
            let Some((target, _)) = server.answer(Resource::Huge) else { continue };
            say(format_args!("{UNREAD}: {}", server.name));
            let Some(running) = start(server, &wrapper) else { continue };
            let grown = memory::unread(&running, target)?;
            measured.push(&server.name, UNREAD, Figure::Memory, grown);
        }
    }
    if installed("strace") {
        for scenario in SCENARIOS.iter().filter(|one| one.traced && scenarios.contains(&one.id)) {
            for server in servers.iter().filter(|server| takes_part(server, scenario)) {
                say(format_args!("system calls in {}: {}", scenario.id, server.name));
                match trace::system_calls(server, scenario, &checkout.target) {
                    Ok(calls) => measured.push(&server.name, scenario.id, Figure::Calls, calls),
                    Err(error) => say(format_args!("not counted: {error:#}")),
                }
            }
        }
    }

    let table = plot::tables(&measured, &machine.join("; "));
    print_line(table.trim_end());
    if !options.only.is_empty() {
        return Ok(true);
    }
    let folder = checkout.root.join("book/measured");
    fs::create_dir_all(&folder).context("cannot write to book/measured")?;
    write_whole(&checkout.root.join(FILE), &measured.csv())?;
    write_whole(&folder.join("bench.md"), &table)?;
    for (name, svg) in plot::pictures(&measured) {
        write_whole(&checkout.root.join("book/pictures").join(name), &svg)?;
    }
    print_line("\nWritten to book/measured/ and book/pictures/, which the book shows.");
    Ok(true)
}

/// All servers that can be measured here, built where that is ours to do.
fn servers(checkout: &Checkout, site: &Site, peers: bool) -> Result<Vec<MeasuredServer>> {
    let course = checkout.course()?;
    let chapters: Vec<_> = course.chapters.iter().filter(|one| servers::has_one(one)).collect();
    say("building the servers for speed …");
    let mut packages: Vec<_> = chapters.iter().map(|one| &*one.id).collect();
    packages.push(BENCH_SERVER);
    packages.extend(peers.then_some([PEERS, TOKIO_SERVER]).into_iter().flatten());
    let programs = build(checkout, Which::Of(&packages), true)?;
    let mut servers = Vec::new();
    for one in &chapters {
        servers.push(servers::chapter(checkout, &programs, one, site)?);
    }
    for (name, other) in [("nginx", servers::nginx(site)), ("python", servers::python(site))] {
        match other {
            Some(server) => servers.push(server),
            None => say(format_args!("without {name}, which is not installed here")),
        }
    }
    if peers {
        servers.extend(servers::peers(&programs, site)?);
    }
    Ok(servers)
}

/// Whether a server can do what is asked of it.
fn takes_part(server: &MeasuredServer, scenario: &Scenario) -> bool {
    server.answer(scenario.resource).is_some() && (server.keeps || !scenario.kept)
}

/// Measures in turn: one round of every server, then the next round. What slows the machine down
/// for a while slows all of them.
fn measure(
    servers: &[MeasuredServer],
    scenarios: &[&str],
    rounds: usize,
    wrapper: &[OsString],
    measured: &mut Measured,
) -> Result<()> {
    let scenarios: Vec<_> = SCENARIOS.iter().filter(|one| scenarios.contains(&one.id)).collect();
    let takes_part = |server: &&MeasuredServer| scenarios.iter().any(|one| takes_part(server, one));
    let running = servers.iter().filter(takes_part);
    let running: Vec<_> =
        running.filter_map(|server| Some((server, start(server, wrapper)?))).collect();
    for round in 1..=rounds {
        for scenario in &scenarios {
            say(format_args!("round {round} of {rounds}: {}", scenario.id));
            for (server, running) in &running {
                measure_once(server, running, scenario, measured)?;
            }
        }
    }
    Ok(())
}

/// Puts one load on one server.
fn measure_once(
    server: &MeasuredServer,
    running: &Running,
    scenario: &Scenario,
    measured: &mut Measured,
) -> Result<()> {
    let &Scenario { id, clients, kept, pipelined, .. } = scenario;
    let Some((target, body)) =
        server.answer(scenario.resource).filter(|_| takes_part(server, scenario))
    else {
        return Ok(());
    };
    let address = running.address;
    let request = &get(target, address, kept);
    let load =
        Load { address, request, body, clients, kept, pipelined, requests: WARM_UP, time: TIME };
    load.run()?;
    let requests = if kept { usize::MAX } else { CONNECTIONS };
    let before = usage::processor_time(running.id);
    let sample = Load { requests, ..load }.run()?;
    let after = usage::processor_time(running.id);
    if let Some(error) = &sample.first_error {
        say(format_args!("{} in {id}: {} errors, as: {error}", server.name, sample.errors));
    }
    let mut push = |figure, value| measured.push(&server.name, id, figure, value);
    push(Figure::Requests, sample.rate());
    if let (Some(before), Some(after)) = (before, after)
        && !sample.latencies.is_empty()
    {
        let used = after.saturating_sub(before).as_secs_f64() * 1e6;
        push(Figure::Cpu, used / sample.latencies.len() as f64);
    }
    push(Figure::P50, sample.latency(50.0));
    push(Figure::P99, sample.latency(99.0));
    push(Figure::Errors, sample.errors as f64);
    Ok(())
}

/// Holds so many idle clients at one server.
fn idle_clients(
    server: &MeasuredServer,
    clients: usize,
    id: &str,
    wrapper: &[OsString],
    measured: &mut Measured,
) {
    let answer = [Resource::Page, Resource::Picture]
        .into_iter()
        .find_map(|resource| server.answer(resource));
    let Some((target, body)) = answer else { return };
    say(format_args!("{id}: {}", server.name));
    let Some(running) = start(server, wrapper) else { return };
    match memory::idle(&running, target, body, clients) {
        Ok(idle) => {
            measured.push(&server.name, id, Figure::Memory, idle.memory);
            measured.push(&server.name, id, Figure::Connected, idle.connected);
            measured.push(&server.name, id, Figure::Answered, idle.answered);
        }
        Err(error) => say(format_args!("{} cannot hold {clients} clients: {error:#}", server.name)),
    }
}

/// Starts a server; where that fails it is said, and the others are measured.
fn start(server: &MeasuredServer, wrapper: &[OsString]) -> Option<Running> {
    let started = server.start(wrapper);
    started.map_err(|error| say(format_args!("without {}: {error:#}", server.name))).ok()
}

/// Tells on standard error what happens.
fn say(what: impl Display) {
    print_error(paint(DIM, format_args!("bench: {what}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> Result<Options, lexopt::Error> {
        Options::parse(&mut lexopt::Parser::from_args(words))
    }

    #[test]
    fn options_are_understood() {
        let all = options(&["--peers", "--idle", "10", "--idle", "20", "--rounds", "3"]).unwrap();
        assert_eq!((all.rounds, all.peers, &all.idle[..]), (3, true, &[10, 20][..]));
        let none = options(&[]).unwrap();
        assert_eq!((none.rounds, none.peers, &none.idle[..]), (5, false, &[1000][..]));
        for wrong in [&["--rounds", "0"][..], &["--rounds"], &["ch05"], &["--idle", "many"]] {
            assert!(options(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn only_what_was_named_of_a_kind_is_measured() {
        let options = options(&["--only", "ch12", "--only", "keep", "--only", "ch13"]).unwrap();
        assert_eq!(options.wanted(["ch11", "ch12", "ch13"]), ["ch12", "ch13"]);
        assert_eq!(options.wanted(["one", "keep"]), ["keep"]);
        assert_eq!(options.wanted(["a", "b"]), ["a", "b"]);
    }
}
