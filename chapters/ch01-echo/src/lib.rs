//! Chapter 1: one client, and every byte sent back.
//!
//! A server waits at an address until somebody connects; then both sides read
//! and write bytes until one of them has had enough. This chapter does that
//! once, and ends.

mod echo;

pub use echo::{echo, read_some, serve_one};
pub use program::log;
