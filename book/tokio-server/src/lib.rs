//! Chapter 16's server on tokio, for comparison. No chapter depends on it.
//!
//! What is written here takes the place of chapter 16's executor, reactor, clock, streams and
//! workers. What is said with a client in HTTP is chapter 16's own text, compiled once more: it
//! awaits, and does not know who polls it.

// Of chapter 16: all that names no runtime, `Stop` and `select` among it.
use ch16::*;

mod clock;
mod site;
mod spawn_blocking;
mod stream;

// Chapter 16's, with tokio behind what they await.
#[path = "../../../chapters/ch16-async-by-hand/src/client.rs"]
mod client;
#[path = "../../../chapters/ch16-async-by-hand/src/output.rs"]
mod output;

// Chapter 15's, which chapter 16 compiles once more as well.
#[path = "../../../chapters/ch15-event-loop/src/connections.rs"]
mod connections;
#[path = "../../../chapters/ch15-event-loop/src/end_of_body.rs"]
mod end_of_body;
#[path = "../../../chapters/ch15-event-loop/src/pipe.rs"]
mod pipe;
#[path = "../../../chapters/ch15-event-loop/src/progress.rs"]
mod progress;
#[path = "../../../chapters/ch15-event-loop/src/respond.rs"]
mod respond;
#[path = "../../../chapters/ch15-event-loop/src/server.rs"]
mod server;

mod serve;

use clock::Clock;
pub use server::HttpServer;
pub use site::HttpSite;
use spawn_blocking::spawn_blocking;
use stream::Stream;
pub use stream::System;
