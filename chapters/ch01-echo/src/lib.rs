//! Chapter 1: one visitor, and every byte sent back.
//!
//! A server waits at an address until somebody connects; then both sides read
//! and write bytes until one of them has had enough. This chapter does that
//! once, and ends.

pub mod client;
mod echo;
mod log;
pub mod program;

pub use echo::{echo, read_some, serve_one};
pub use log::log;
