//! Chapter 16: async by hand.
//!
//! Chapter 15's loop again, and over it straight-line code: a [`Handle`] makes tasks out of
//! futures, the [`Executor`] polls those that were woken, and a [`Stream`] or a [`Clock`] sees to
//! it that they are. What is said with a client is a function once more.

// All of chapter 15; what is named below is new, or takes the place of the old one.
pub use ch15::*;

mod client;
mod clock;
mod combine;
mod echo;
mod executor;
mod fetch;
mod handle;
mod listener;
mod oneshot;
mod output;
mod reactor;
mod readiness;
mod serve;
mod site;
mod source;
mod spawn_blocking;
mod stop;
mod stream;

// Chapter 15's, which speak of the server or of the stop that this chapter has.
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
#[path = "../../ch15-event-loop/src/server.rs"]
mod server;

pub use clock::{Clock, Sleep};
pub use combine::{Either, join, select};
pub use echo::echo;
pub use executor::Executor;
pub use fetch::fetch;
pub use handle::Handle;
pub use listener::Listener;
pub use oneshot::{Receiver, Sender, oneshot};
pub use server::HttpServer;
pub use site::HttpSite;
pub use spawn_blocking::spawn_blocking;
pub use stop::Stop;
pub use stream::Stream;
