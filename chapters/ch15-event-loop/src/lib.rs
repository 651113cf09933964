//! Chapter 15: an event loop.
//!
//! One thread, and any number of clients: it asks the system who is ready, and lets each do what
//! can be done without waiting. The smallest loop is [`echo_by_poll`]. A [`Reactor`] calls
//! [`Protocol`]s, which act by their [`Transport`]; [`Http`] is one of them.

// All of chapter 14; what is named below is new, or takes the place of the old one.
pub use ch14::*;

mod access_log;
mod by_poll;
mod chat;
mod connection;
mod connections;
mod dates;
mod descriptors;
mod echo;
mod encode_head;
mod end_of_body;
mod greeter;
mod handle;
mod http;
mod limits;
mod log_thread;
mod mio_system;
mod notes;
mod outgoing;
mod pipe;
mod progress;
mod protocol;
mod reactor;
mod respond;
mod serve;
mod server;
mod stop;
mod system;
mod timers;
mod transport;

pub use access_log::LogEntry;
pub use by_poll::echo_by_poll;
pub use chat::Chat;
pub use dates::{cached_http_date, cached_log_date};
pub use descriptors::room_for_clients;
pub use echo::Echo;
pub use greeter::Greeter;
pub use handle::{Handle, Remote};
pub use http::{Http, HttpSite};
pub use limits::{Limits, SLOWEST_RATE};
pub use log_thread::{BackgroundLog, LogThread};
pub use mio_system::Mio;
pub use notes::{NoteTaker, Notes};
pub use outgoing::Outgoing;
pub use protocol::Protocol;
pub use reactor::Reactor;
pub use server::HttpServer;
pub use stop::Stop;
pub use system::{Ready, System, Wake};
pub use timers::{TimerId, Timers};
pub use transport::{DRAIN_TIME, Transport, Waker};
