//! `workbook bench`: how fast each HTTP chapter is, beside other servers.

use crate::bench::load::{Load, Outcome, ask, percentile, run as put};
use crate::bench::servers::{Measured as Server, chapter, nginx, python, site};
use crate::bench::{machine, plot};
use crate::checkout::Checkout;
use crate::measured::{FILE, Measured, Row, thousands};
use crate::programs::Programs;
use crate::screen::{DIM, paint, say, tell};
use crate::transcript::lock::replace;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::time::Duration;

/// How many clients ask at once.
const CLIENTS: [usize; 2] = [1, 10];

/// The most requests of one measurement. More would run out of ports on some
/// systems, since every request is a connection.
const REQUESTS: usize = 5_000;

/// The longest that one measurement takes.
const TIME: Duration = Duration::from_secs(1);

/// Measures everything `rounds` times and writes table, CSV and plot.
pub fn run(checkout: &Checkout, rounds: usize) -> Result<bool> {
    ensure!(rounds > 0, "no round, no numbers: --rounds 1 at least");
    let busy = machine::busy();
    if let Some(load) = busy {
        tell(format_args!(
            "bench: this machine is busy with other work (a load of {load}): \
             the numbers will say little about the servers"
        ));
    }
    let course = checkout.course()?;
    // The chapters that speak HTTP begin with the fifth.
    let chapters: Vec<_> = course.chapters.iter().filter(|one| one.number() >= 5).collect();
    let ids = chapters.iter().map(|one| one.id.as_str());
    tell(paint(DIM, "bench: building the chapters for speed …"));
    let programs = Programs::build(checkout, ids, true)?;

    let mut servers = Vec::new();
    for one in &chapters {
        servers.push(chapter(&programs, one)?);
    }
    let files = course.chapter("ch10").map(|one| site(checkout, one)).context("no ch10")?;
    for (name, other) in [("python", python(&files)), ("nginx", nginx(&files, &checkout.target))] {
        match other {
            Some(Ok(server)) => servers.push(server),
            Some(Err(error)) => tell(format_args!("bench: without {name}: {error:#}")),
            None => tell(format_args!("bench: without {name}, which is not installed here")),
        }
    }
    for server in &servers {
        ask(server.address, &server.target)
            .with_context(|| format!("{} does not answer {}", server.name, server.target))?;
    }

    let measured = measure(&servers, rounds);
    drop(servers);
    let mut machine = machine::describe();
    if let Some(load) = busy {
        machine += &format!("; busy with other work at that time (a load of {load})");
    }
    let table = plot::table(&measured, &machine);
    let folder = checkout.root.join("book/measured");
    fs::create_dir_all(&folder).context("cannot write to book/measured")?;
    replace(&checkout.root.join(FILE), &measured.csv())?;
    replace(&folder.join("bench.md"), &table)?;
    replace(&checkout.root.join("book/pictures/bench.svg"), &plot::svg(&measured))?;
    say(table.trim_end());
    say("\nWritten to book/measured/ and book/pictures/bench.svg, which the book shows.");
    Ok(true)
}

/// Measures in turn: one round of every server, then the next round. What slows
/// the machine down for a while slows all of them.
fn measure(servers: &[Server], rounds: usize) -> Measured {
    let mut outcomes = vec![Vec::new(); servers.len() * CLIENTS.len()];
    for round in 1..=rounds {
        let mut slots = outcomes.iter_mut();
        for server in servers {
            for (clients, slot) in CLIENTS.into_iter().zip(&mut slots) {
                let load = |requests, time| Load {
                    address: server.address,
                    target: server.target.clone(),
                    clients,
                    requests,
                    time,
                };
                put(&load(50, TIME)); // not counted: a first touch is slow
                let outcome = put(&load(REQUESTS, TIME));
                tell(paint(
                    DIM,
                    format_args!(
                        "bench: round {round} of {rounds}: {}, {clients} at once: {} a second",
                        server.name,
                        thousands(outcome.rate())
                    ),
                ));
                slot.push(outcome);
            }
        }
    }
    let keys = servers.iter().flat_map(|server| CLIENTS.map(|clients| (&server.name, clients)));
    let rows = keys.zip(outcomes).map(|((name, clients), rounds)| row(name, clients, rounds));
    Measured(rows.collect())
}

/// The middle of the rounds' rates, and the times of all rounds together.
fn row(name: &str, clients: usize, rounds: Vec<Outcome>) -> Row {
    let mut rates: Vec<_> = rounds.iter().map(Outcome::rate).collect();
    rates.sort_by(f64::total_cmp);
    let errors = rounds.iter().map(|round| round.errors).sum();
    let mut latencies: Vec<_> = rounds.into_iter().flat_map(|round| round.latencies).collect();
    latencies.sort();
    Row {
        server: name.to_owned(),
        clients,
        requests: rates.get(rates.len() / 2).copied().unwrap_or(0.0),
        p50: percentile(&latencies, 0.5),
        p99: percentile(&latencies, 0.99),
        errors,
    }
}
