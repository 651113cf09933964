//! Chapter 10: files below a root, and nothing else.
//!
//! [`serve_static`] gives a pattern and a handler to be registered. On the way
//! from a path in a request to a file, [`resolve`] decides by the text alone
//! what may be asked for, and [`open_below`] decides by the file system what
//! may be given.

// All of chapter 9; what is named below is new, or takes the place of the old one.
pub use ch09::*;

mod content_type;
mod open_below;
mod read_whole;
mod resolve;
mod serve_static;
mod status_of;

pub use content_type::content_type;
pub use open_below::open_below;
pub use read_whole::read_whole;
pub use resolve::{INDEX, resolve};
pub use serve_static::serve_static;
pub use status_of::status_of;
