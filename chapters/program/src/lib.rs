//! What every program of the course needs and no chapter is about: reading its
//! arguments, saying in a sentence what went wrong, writing a log. And the
//! `client`, for machines that have no `nc`.
//!
//! This is not a chapter: nothing here is needed to understand one.

pub mod client;
mod log;
mod program;

pub use log::{LogSink, divert_log, log, print_log};
pub use program::{Arguments, Program, why_not_permitted};
