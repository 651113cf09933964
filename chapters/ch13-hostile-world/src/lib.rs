//! Chapter 13: the hostile world.
//!
//! What strangers do, and one rule for each: nobody holds a permit and asks for nothing while
//! others wait ([`Connections`]), nobody takes all permits ([`Network`]), nobody stays for ever
//! ([`Limits`]). And a server that is told to [`Stop`] lets those finish who are being served.

// All of chapter 12; what is named below is new, or takes the place of the old one.
pub use ch12::*;

mod connections;
mod limits;
mod network;
mod serve;
mod server;
mod stop;
mod timed_stream;

pub use connections::{Connections, Permit, Refused};
pub use limits::{Limits, SLOWEST_RATE};
pub use network::Network;
pub use serve::serve;
pub use server::HttpServer;
pub use stop::Stop;
pub use timed_stream::TimedStream;
