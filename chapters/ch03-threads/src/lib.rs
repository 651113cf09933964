//! Chapter 3: a thread per client, and a protocol of lines.
//!
//! A silent client no longer keeps the others waiting. And since TCP delivers
//! a stream of bytes, not messages, the lines of the protocol are found by
//! [`LineBuffer`], however the bytes are cut on the way.

// All of chapter 2; what is named below is new, or takes the place of the old one.
pub use ch02::*;

mod echo_lines;
mod line_buffer;
mod serve;

pub use echo_lines::echo_lines;
pub use line_buffer::{LineBuffer, LineTooLong, MAX_LINE};
pub use serve::serve;
