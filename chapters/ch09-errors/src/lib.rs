//! Chapter 9: errors.
//!
//! A handler may fail: on purpose, with [`HttpError`], or by accident, with any
//! other error or a panic. Whatever happens, the visitor gets an answer, the
//! log gets the story, and the server lives.

mod careless;
mod error_page;
mod html;
mod http_error;
mod no_handler;
mod panics;
mod server;
mod traceback;

pub use careless::careless_files;
pub use ch08::{
    FieldFault, Headers, InvalidHeader, InvalidStartLine, Limits, MAX_BODY, MAX_FIELDS, MAX_HEAD,
    MAX_TARGET, METHODS, Message, NOT_FOUND, PICTURE, ParseError, Parsed, ReadError, Request,
    Response, StartLine, TimedStream, Version, and, encode, escape_controls, http_date,
    is_known_method, log, log_request, method, method_of, parse, path, percent_decode, prefix,
    program, read_message, read_request, reason, serve,
};
pub use error_page::{Failure, error_page};
pub use html::escape_html;
pub use http_error::HttpError;
pub use no_handler::no_handler;
pub use panics::{CaughtPanic, catch_panic};
pub use server::HttpServer;
pub use traceback::{Frame, Traceback};
