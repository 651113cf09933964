//! How many system calls a request costs, counted by strace, where that is installed.

use crate::bench::load::{Load, get};
use crate::bench::scenarios::Scenario;
use crate::bench::servers::MeasuredServer;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How many requests are made to count.
const REQUESTS: usize = 2_000;

/// How long they may take, and afterwards strace to write what it has counted.
const TIME: Duration = Duration::from_secs(20);

/// The system calls of one request: those of a run with many, less those of a run with none.
pub fn system_calls(server: &MeasuredServer, scenario: &Scenario, scratch: &Path) -> Result<f64> {
    let none = calls(server, scenario, scratch, 0)?;
    let many = calls(server, scenario, scratch, REQUESTS)?;
    Ok(many.saturating_sub(none) as f64 / REQUESTS as f64)
}

/// How many system calls the server makes from its start until it is killed.
fn calls(
    server: &MeasuredServer,
    scenario: &Scenario,
    scratch: &Path,
    requests: usize,
) -> Result<u64> {
    let file = scratch.join("strace");
    let _ = fs::remove_file(&file);
    // With -DD strace is no member of the group that is killed, and the server has the process
    // id of what was started.
    let mut wrapper: Vec<_> = ["strace", "-DD", "-f", "-c", "-o"].map(Into::into).into();
    wrapper.push(file.clone().into());
    let running = server.start(&wrapper)?;
    let (target, body) = server.answer(scenario.resource).context("it does not have this")?;
    let request = &get(target, running.address, scenario.kept);
    let &Scenario { clients, kept, pipelined, .. } = scenario;
    let address = running.address;
    Load { address, request, body, clients, kept, pipelined, requests, time: TIME }.run()?;
    drop(running);
    let deadline = Instant::now() + TIME;
    loop {
        if let Some(total) = fs::read_to_string(&file).ok().as_deref().and_then(total) {
            return Ok(total);
        }
        anyhow::ensure!(Instant::now() < deadline, "strace has counted nothing");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The number of all calls in what `strace -c` writes.
fn total(summary: &str) -> Option<u64> {
    let line = summary.lines().find(|line| line.ends_with(" total"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_total_is_read_with_and_without_errors() {
        let head = "% time     seconds  usecs/call     calls    errors syscall\n\
                    ------ ----------- ----------- --------- --------- ----------------\n\
                    \x20 0.00    0.000000           0         4           read\n\
                    ------ ----------- ----------- --------- --------- ----------------\n";
        let without = "100.00    0.000000           0       123           total\n";
        let with = "100.00    0.000000           0       123         2 total\n";
        assert_eq!(super::total(&format!("{head}{without}")), Some(123));
        assert_eq!(super::total(&format!("{head}{with}")), Some(123));
        assert_eq!(super::total(head), None);
    }
}
