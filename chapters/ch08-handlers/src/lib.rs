//! Chapter 8: handlers.
//!
//! A server becomes useful for others when they can say what it answers:
//! [`HttpServer::register`] takes a pattern (any function from a [`Request`] to
//! yes or no) and a handler (any function from a [`Request`] to a
//! [`Response`]). The first pattern that matches decides.

mod date;
mod no_handler;
mod patterns;
mod percent;
mod request;
mod response;
mod server;

pub use ch07::{
    FieldFault, Headers, InvalidHeader, InvalidStartLine, Limits, MAX_BODY, MAX_FIELDS, MAX_HEAD,
    MAX_TARGET, Message, PICTURE, ParseError, Parsed, ReadError, StartLine, TimedStream, Version,
    encode, escape_controls, is_authority, log, log_request, method_of, parse, program,
    read_message, reason, serve,
};
pub use date::http_date;
pub use no_handler::{METHODS, is_known_method, no_handler};
pub use patterns::{and, method, path, prefix};
pub use percent::percent_decode;
pub use request::{Request, read_request};
pub use response::Response;
pub use server::{HttpServer, NOT_FOUND};
