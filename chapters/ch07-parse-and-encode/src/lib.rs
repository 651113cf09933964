//! Chapter 7: parse and encode.
//!
//! HTTP is symmetric: a request and a response differ in their first line and
//! in nothing else. So there is one [`Message`], one [`parse`] and one
//! [`encode`]. Neither does input or output; bytes go in, and a message, a wish
//! for more bytes, or an error with its place comes out.

// All of chapter 6; what is named below is new, or takes the place of the old one.
pub use ch06::*;

mod answer;
mod body_length;
mod encode;
mod grammar;
mod headers;
mod host;
mod message;
mod parse;
mod read_message;
mod reason;
mod server;

pub use answer::{answer, error_message};
pub use body_length::{MAX_BODY, body_length};
pub use encode::{InvalidStartLine, encode};
pub use headers::{Headers, InvalidHeader};
pub use host::{check_host, is_authority};
pub use message::{FieldFault, Message, StartLine, Version};
pub use parse::{
    Fields, Head, MAX_FIELDS, MAX_HEAD, MAX_METHOD, MAX_TARGET, ParseError, Parsed,
    expects_continue, parse, parse_fields, parse_head,
};
pub use read_message::{ReadError, may_end_line, method_of, read_message};
pub use reason::reason;
pub use server::HttpServer;
