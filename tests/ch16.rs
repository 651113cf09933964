//! The promises of chapter 16.

#[path = "ch16/http.rs"]
mod http;
#[path = "simulated_system.rs"]
mod simulated_system;
mod since_ch15;

use ch16 as chapter;
use http::Engine;
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A listener for a system that has its own.
fn no_listener() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")
}
