//! Chapter 5: the first HTTP answer, by hand, on the loop of chapter 2.
//!
//! A request is lines of text up to a blank line, an answer is lines of text,
//! a blank line and a body. That is enough for a browser to show a page. The
//! language is written down in RFC 9110 (what is meant) and RFC 9112 (how it is
//! said): <https://www.rfc-editor.org/rfc/rfc9112>.

// All of chapter 2; what is named below is new, or takes the place of the old one.
pub use ch02::*;

mod answer;
mod head;
mod hello;

pub use answer::{PICTURE, answer};
pub use head::{Head, read_head};
pub use hello::hello;
