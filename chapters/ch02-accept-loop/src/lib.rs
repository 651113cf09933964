//! Chapter 2: visitors for ever, one after the other.
//!
//! [`serve`] is the accept loop: it takes visitors from any iterator of
//! connections and errors, so that a test can hand it a list.

mod accepted;
mod greet;
mod serve;

pub use accepted::{PAUSE, accepted};
pub use ch01::{echo, log, program, read_some};
pub use greet::{greet, greet_and_echo};
pub use serve::serve;
