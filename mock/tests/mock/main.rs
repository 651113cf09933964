//! What the rest of the tests stand on, tested.

mod alone;
mod at_once;
mod bytes;
mod client;
mod connection;
mod gate_and_events;
mod live;
mod script;
mod seed;
mod split;
mod transcript;
