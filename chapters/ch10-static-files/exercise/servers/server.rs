//! The chapter's own server.

pub use chapter::*;
