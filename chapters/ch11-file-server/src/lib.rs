//! Chapter 11: a real file server.
//!
//! A response no longer has its body in memory: a [`Body`] says where it comes from, and
//! [`Outgoing`] takes it in pieces, as fast as the client does. [`serve_static`] knows folders
//! too, and [`file_response`] gives a client the part that it wants, or the news that what it
//! has is still right.

// All of chapter 10; what is named below is new, or takes the place of the old one.
pub use ch10::*;

mod access_log;
mod body;
mod conditions;
mod file_response;
mod listing;
mod names;
mod open_below;
mod outgoing;
mod parse_date;
mod ranges;
mod resolve;
mod response;
mod serve_static;
mod server;
mod timed_stream;
mod validators;

// These four are as they were. They are compiled again, because what they speak of is another
// `TimedStream` here, and another `Response`.
#[path = "../../ch06-server-in-a-box/src/close.rs"]
mod close;
#[path = "../../ch09-errors/src/error_page.rs"]
mod error_page;
#[path = "../../ch09-errors/src/no_handler.rs"]
mod no_handler;
#[path = "../../ch06-server-in-a-box/src/serve.rs"]
mod serve;

pub use access_log::{LogEntry, escape_quoted};
pub use body::{Body, PIECE};
pub use close::{DRAIN_BYTES, lingering_close};
pub use conditions::{Verdict, if_range_holds, judge_conditions};
pub use error_page::{Failure, error_page};
pub use file_response::file_response;
pub use listing::list;
pub use names::{decode_name, encode_name};
pub use no_handler::no_handler;
pub use open_below::{Found, open_below};
pub use outgoing::Outgoing;
pub use parse_date::parse_date;
pub use ranges::{MAX_RANGES, parse_ranges};
pub use resolve::{is_plain, resolve};
pub use response::Response;
pub use serve::serve;
pub use serve_static::{INDEXES, Listing, serve_static};
pub use server::HttpServer;
pub use timed_stream::TimedStream;
pub use validators::Validators;
