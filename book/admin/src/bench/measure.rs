//! `workbook bench`: how fast each HTTP chapter is, beside other servers.

use crate::bench::plot;
use crate::bench::servers::{Measured as Server, chapter, nginx, python, site};
use anyhow::{Context, Result, ensure};
use course_tests::load::{Load, Sample, get, median, percentile};
use course_tests::machine;
use std::fs;
use std::time::Duration;
use workbook::course::checkout::Checkout;
use workbook::pages::measured::{FILE, Measured, Row, thousands};
use workbook::system::programs::Programs;
use workbook::system::screen::{DIM, paint, print_error, print_line};
use workbook::system::write_file::write_whole;

/// How many clients ask at once.
const CLIENTS: [usize; 2] = [1, 10];

/// The most requests of one measurement. More would run out of ports on some
/// systems, since every request is a connection.
const REQUESTS: usize = 5_000;

/// Requests before each measurement, which are not counted: the first are slow.
const WARM_UP: usize = 50;

/// The longest that one measurement takes.
const TIME: Duration = Duration::from_secs(1);

/// Measures everything `rounds` times and writes table, CSV and plot.
pub fn run(checkout: &Checkout, rounds: usize) -> Result<bool> {
    ensure!(rounds > 0, "no round, no numbers: --rounds 1 at least");
    // Before the load, since it tells how busy the machine is with other work.
    let machine = machine::describe();
    print_error(paint(DIM, format_args!("bench: {}", machine.join("; "))));
    let course = checkout.course()?;
    // The chapters that speak HTTP begin with the fifth.
    let chapters: Vec<_> = course.chapters.iter().filter(|one| one.number() >= 5).collect();
    let ids = chapters.iter().map(|one| one.id.as_str());
    print_error(paint(DIM, "bench: building the chapters for speed …"));
    let programs = Programs::build(checkout, ids, true)?;

    let files = course.chapter("ch10").map(|one| site(checkout, one)).context("no ch10")?;
    let mut servers = Vec::new();
    for one in &chapters {
        servers.push(chapter(checkout, &programs, one, &files)?);
    }
    for (name, other) in [("python", python(&files)), ("nginx", nginx(&files, &checkout.target))] {
        match other {
            Some(Ok(server)) => servers.push(server),
            Some(Err(error)) => print_error(format_args!("bench: without {name}: {error:#}")),
            None => print_error(format_args!("bench: without {name}, which is not installed here")),
        }
    }
    let measured = measure(&servers, rounds)?;
    drop(servers);
    let table = plot::table(&measured, &machine.join("; "));
    let folder = checkout.root.join("book/measured");
    fs::create_dir_all(&folder).context("cannot write to book/measured")?;
    write_whole(&checkout.root.join(FILE), &measured.csv())?;
    write_whole(&folder.join("bench.md"), &table)?;
    write_whole(&checkout.root.join("book/pictures/bench.svg"), &plot::svg(&measured))?;
    print_line(table.trim_end());
    print_line("\nWritten to book/measured/ and book/pictures/bench.svg, which the book shows.");
    Ok(true)
}

/// Measures in turn: one round of every server, then the next round. What slows
/// the machine down for a while slows all of them.
fn measure(servers: &[Server], rounds: usize) -> Result<Measured> {
    let mut samples = vec![Vec::new(); servers.len() * CLIENTS.len()];
    for round in 1..=rounds {
        let mut slots = samples.iter_mut();
        for server in servers {
            let request = get(server.target, server.address);
            for (clients, slot) in CLIENTS.into_iter().zip(&mut slots) {
                let put = |requests| {
                    let (address, request, body) = (server.address, &request, &server.body);
                    Load { address, request, body, clients, requests, time: TIME }.run()
                };
                put(WARM_UP)?;
                let sample = put(REQUESTS)?;
                if let Some(error) = &sample.first_error {
                    print_error(format_args!(
                        "bench: {} with {clients} clients: {error}",
                        server.name
                    ));
                }
                print_error(paint(
                    DIM,
                    format_args!(
                        "bench: round {round} of {rounds}: {}, {clients} at once: {} a second",
                        server.name,
                        thousands(sample.rate())
                    ),
                ));
                slot.push(sample);
            }
        }
    }
    let keys = servers.iter().flat_map(|server| CLIENTS.map(|clients| (&server.name, clients)));
    let rows = keys.zip(samples).map(|((name, clients), samples)| row(name, clients, samples));
    Ok(Measured(rows.collect()))
}

/// The middle of the rounds' rates, and the times of all rounds together.
fn row(name: &str, clients: usize, samples: Vec<Sample>) -> Row {
    let rates: Vec<_> = samples.iter().map(Sample::rate).collect();
    let errors = samples.iter().map(|sample| sample.errors as u64).sum();
    let mut latencies: Vec<_> = samples.into_iter().flat_map(|sample| sample.latencies).collect();
    latencies.sort_unstable();
    let microseconds = |percent| {
        percentile(&latencies, percent).map_or(0.0, |time: Duration| time.as_secs_f64() * 1e6)
    };
    Row {
        server: name.to_owned(),
        clients,
        requests: median(&rates).unwrap_or(0.0),
        p50: microseconds(50.0),
        p99: microseconds(99.0),
        errors,
    }
}
