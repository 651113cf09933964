//! Chapter 21 with programs of others at the other end, clients and servers, and its own program
//! `call`.
//!
//! A program that is not installed is named, and its test passes.

#[path = "rpc/call.rs"]
mod call;
#[cfg(unix)]
#[path = "rpc/outside.rs"]
mod outside;
#[cfg(unix)]
#[allow(dead_code)] // The tests of gateways use the rest.
#[path = "gateways/peers.rs"]
mod peers;
