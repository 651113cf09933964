//! Chapter 8: handlers.
//!
//! A server becomes useful for others when they can say what it answers:
//! [`HttpServer::register`] takes a pattern (any function from a [`Request`] to
//! yes or no) and a handler (any function from a [`Request`] to a
//! [`Response`]). The first pattern that matches decides.

// All of chapter 7; what is named below is new, or takes the place of the old one.
pub use ch07::*;

mod date;
mod no_handler;
mod patterns;
mod percent;
mod request;
mod response;
mod server;

pub use date::http_date;
pub use no_handler::{METHODS, is_known_method, no_handler};
pub use patterns::{and, method, path, prefix};
pub use percent::percent_decode;
pub use request::{Request, read_request};
pub use response::Response;
pub use server::{HttpServer, NOT_FOUND};
