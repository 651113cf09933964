//! Chapter 21 with programs of others at the other end, clients and servers, and its own program
//! `call`.
//!
//! A program that is not installed is named, and its test passes.

mod call;
#[cfg(unix)]
mod outside;
