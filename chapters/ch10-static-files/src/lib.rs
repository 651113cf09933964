//! Chapter 10: files below a root, and nothing else.
//!
//! [`serve_static`] gives a pattern and a handler to be registered. On the way
//! from a path in a request to a file, [`resolve`] decides by the text alone
//! what may be asked for, and [`open_below`] decides by the file system what
//! may be given.

mod content_type;
mod open_below;
mod read_whole;
mod resolve;
mod serve_static;
mod status_of;

pub use ch09::{
    CaughtPanic, Failure, FieldFault, Frame, Headers, HttpError, HttpServer, InvalidHeader,
    InvalidStartLine, Limits, MAX_BODY, MAX_FIELDS, MAX_HEAD, MAX_TARGET, Message, NOT_FOUND,
    PICTURE, ParseError, Parsed, ReadError, Request, Response, StartLine, TimedStream, Traceback,
    Version, and, catch_panic, encode, error_page, escape_controls, escape_html, http_date, log,
    log_request, method, parse, path, percent_decode, prefix, program, read_message, read_request,
    reason, serve,
};
pub use content_type::content_type;
pub use open_below::open_below;
pub use read_whole::read_whole;
pub use resolve::{INDEX, resolve};
pub use serve_static::serve_static;
pub use status_of::status_of;
