//! Your chapter 20. It has what the chapter has, under the same names, and the extensions; but
//! nothing that starts programs, which no exercise may: `Master`, and its `Worker`.
//!
//! Yours to write is what is missing of `hop_by_hop.rs`, `forwarded.rs`, `balance.rs` and
//! `health.rs` (build), and `proxy_protocol.rs` and `retry_budget.rs` (extend). This file stays as
//! it is.

// What no solution needs, and why: see chapters/clippy.toml.
#![forbid(clippy::disallowed_macros, clippy::disallowed_methods, clippy::disallowed_types)]

// All of chapter 16; what is named below is new, or takes the place of the old one.
pub use ch16::*;
// Of chapter 19, what we need to understand an answer.
pub use ch19::{Exchange, FetchError, ResponseHead, Stage};

#[path = "../../src/backend.rs"]
mod backend;
mod balance;
#[path = "../../src/check.rs"]
mod check;
#[path = "../../src/client.rs"]
mod client;
#[path = "../../../ch15-event-loop/src/connections.rs"]
mod connections;
#[path = "../../../ch15-event-loop/src/end_of_body.rs"]
mod end_of_body;
mod forwarded;
mod health;
mod hop_by_hop;
#[path = "../../src/journey.rs"]
mod journey;
#[path = "../../src/output.rs"]
mod output;
#[path = "../../src/passed_body.rs"]
mod passed_body;
#[path = "../../src/passed_head.rs"]
mod passed_head;
#[path = "../../../ch15-event-loop/src/pipe.rs"]
mod pipe;
#[path = "../../../ch15-event-loop/src/progress.rs"]
mod progress;
mod proxy_protocol;
#[path = "../../src/relay.rs"]
mod relay;
#[path = "../../../ch15-event-loop/src/respond.rs"]
mod respond;
mod retry_budget;
#[path = "../../../ch16-async-by-hand/src/serve.rs"]
mod serve;
#[path = "../../../ch15-event-loop/src/server.rs"]
mod server;
#[path = "../../src/site.rs"]
mod site;
#[path = "../../src/upstream.rs"]
mod upstream;

pub use balance::{Balance, Candidate, Method};
pub use forwarded::{add_forwarded, tells_origin};
pub use health::{Health, HealthRules};
pub use hop_by_hop::end_to_end;
pub use proxy_protocol::{Addresses, MAX_PROXY_HEADER, ProxyHeader};
pub use retry_budget::{RetryBudget, RetryRules};
pub use server::HttpServer;
pub use site::HttpSite;
pub use upstream::{Upstream, UpstreamSettings};
