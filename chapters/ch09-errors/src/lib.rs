//! Chapter 9: errors.
//!
//! A handler may fail: on purpose, with [`HttpError`], or by accident, with any
//! other error or a panic. Whatever happens, the client gets an answer, the
//! log gets the story, and the server lives.

// All of chapter 8; what is named below is new, or takes the place of the old one.
pub use ch08::*;

mod careless;
mod error_page;
mod html;
mod http_error;
mod no_handler;
mod panics;
mod server;
mod traceback;

pub use careless::careless_files;
pub use error_page::{Failure, error_page};
pub use html::escape_html;
pub use http_error::HttpError;
pub use no_handler::no_handler;
pub use panics::{CaughtPanic, catch_panic};
pub use server::HttpServer;
pub use traceback::{Frame, Traceback};
