//! Chapter 2: clients for ever, one after the other.
//!
//! [`serve`] is the accept loop: it takes clients from any iterator of
//! connections and errors, so that a test can hand it a list.

// All of chapter 1; what is named below is new, or takes the place of the old one.
pub use ch01::*;

mod accepted;
mod greet;
mod serve;

pub use accepted::{PAUSE, accepted};
pub use greet::{greet, greet_and_echo};
pub use serve::serve;
