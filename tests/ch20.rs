//! What chapter 20 promises, but for the master and its workers.

#[path = "ch20/answers.rs"]
mod answers;
#[path = "ch20/balance.rs"]
mod balance;
#[path = "ch20/bodies.rs"]
mod bodies;
#[path = "ch20/checks.rs"]
mod checks;
#[path = "ch20/failures.rs"]
mod failures;
#[path = "ch20/forwarded.rs"]
mod forwarded;
#[path = "ch20/health.rs"]
mod health;
#[path = "ch20/hop_by_hop.rs"]
mod hop_by_hop;
#[path = "ch20/kept.rs"]
mod kept;
#[path = "ch20/requests.rs"]
mod requests;
#[path = "ch20/simulated.rs"]
mod simulated;
#[allow(dead_code, reason = "tests of other chapters use the rest")]
#[path = "simulated_system.rs"]
mod simulated_system;
#[allow(dead_code, reason = "tests of other chapters use the rest")]
mod since_ch15;
#[path = "ch20/site.rs"]
mod site;
#[path = "ch20/tcp.rs"]
mod tcp;

use ch20 as chapter;
use simulated::Engine;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A listener for a system that has its own.
fn no_listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}
