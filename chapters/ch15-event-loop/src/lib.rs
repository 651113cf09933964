//! Chapter 15: an event loop.

// All of chapter 14; what is named below is new, or takes the place of the old one.
pub use ch14::*;

mod connection;
mod connections;
mod handle;
mod http;
mod limits;
mod mio_system;
mod outgoing;
mod pipe;
mod protocol;
mod reactor;
mod server;
mod stop;
mod system;
mod timers;
mod transport;

pub use handle::{Handle, Remote};
pub use http::{Http, HttpSite};
pub use limits::{Limits, SLOWEST_RATE};
pub use mio_system::Mio;
pub use outgoing::Outgoing;
pub use protocol::Protocol;
pub use reactor::Reactor;
pub use server::HttpServer;
pub use stop::Stop;
pub use system::{Ready, System, Wake};
pub use timers::{TimerId, Timers};
pub use transport::{Transport, Waker};
