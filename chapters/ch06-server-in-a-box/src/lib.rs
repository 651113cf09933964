//! Chapter 6: a server in a box.
//!
//! [`HttpServer`] has three stages, and each can be called alone: `serve` takes
//! connections, `on_connect` reads a request and writes an answer, `on_request`
//! turns the one into the other. Only [`serve`] knows sockets: it keeps the
//! number of clients, the time they may take, and the lingering close.

// All of chapter 5; what is named below is new, or takes the place of the old one.
pub use ch05::*;

mod close;
mod limits;
mod log_request;
mod permits;
mod serve;
mod server;
mod timed_stream;

pub use close::{DRAIN_BYTES, lingering_close};
pub use limits::{Limits, SLOWEST_RATE};
pub use log_request::{escape_controls, log_request};
pub use permits::{Permit, Permits};
pub use serve::serve;
pub use server::HttpServer;
pub use timed_stream::TimedStream;
