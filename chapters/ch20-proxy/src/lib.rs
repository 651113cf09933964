//! Chapter 20: the proxy.
//!
//! A server that lets others answer: an [`Upstream`] chooses one of several by a [`Balance`], keeps
//! connections to them and knows their [`Health`], and what is said with a client goes on to it
//! and back, as it comes. And on Unix a [`Master`] whose workers share a listening socket, and are
//! exchanged for new ones without a request being lost.

// All of chapter 16; what is named below is new, or takes the place of the old one.
pub use ch16::*;
// Of chapter 19, what we need to understand an answer.
pub use ch19::{Exchange, FetchError, ResponseHead, Stage};

mod backend;
mod balance;
mod check;
mod client;
mod forwarded;
mod health;
mod hop_by_hop;
mod journey;
#[cfg(unix)]
mod master;
mod output;
mod passed_body;
mod passed_head;
mod relay;
mod site;
mod upstream;
#[cfg(unix)]
mod worker;

// Chapter 15's and 16's, which speak of what this chapter has rewritten.
#[path = "../../ch15-event-loop/src/connections.rs"]
mod connections;
#[path = "../../ch15-event-loop/src/end_of_body.rs"]
mod end_of_body;
#[path = "../../ch15-event-loop/src/pipe.rs"]
mod pipe;
#[path = "../../ch15-event-loop/src/progress.rs"]
mod progress;
#[path = "../../ch15-event-loop/src/respond.rs"]
mod respond;
#[path = "../../ch16-async-by-hand/src/serve.rs"]
mod serve;
#[path = "../../ch15-event-loop/src/server.rs"]
mod server;

pub use balance::{Balance, Candidate, Method};
pub use forwarded::{add_forwarded, tells_origin};
pub use health::{Health, HealthRules};
pub use hop_by_hop::end_to_end;
#[cfg(unix)]
pub use master::{Master, Order, Orders};
pub use server::HttpServer;
pub use site::HttpSite;
pub use upstream::{Upstream, UpstreamSettings};
#[cfg(unix)]
pub use worker::Worker;
