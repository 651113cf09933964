//! Chapter 14: a pool of threads.
//!
//! Threads are made once ([`Pool`]), and what they are to do waits in a bounded [`Queue`]. A
//! worker belongs to a connection until it ends, so [`Connections`] sees to it that nobody
//! has one and asks for nothing while others wait.

// All of chapter 13; what is named below is new, or takes the place of the old one.
pub use ch13::*;

mod close;
mod connections;
mod limits;
mod pool;
mod queue;
mod serve;
mod server;
mod timed_stream;

pub use close::Close;
pub use connections::{Connections, Permit, Refused};
pub use limits::{Limits, SLOWEST_RATE};
pub use pool::{JobHandle, Pool};
pub use queue::Queue;
pub use serve::serve;
pub use server::HttpServer;
pub use timed_stream::TimedStream;
