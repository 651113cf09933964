//! Your chapter 11. It has what the chapter has, under the same names, and the extensions.
//!
//! Yours to write are `body.rs`, `conditions.rs` and `ranges.rs` (build), `compressed.rs` and
//! `resume.rs` (extend). This file stays as it is.

// What no solution needs, and why: see chapters/clippy.toml.
#![forbid(clippy::disallowed_macros, clippy::disallowed_methods, clippy::disallowed_types)]

// All of chapter 10; what is named below is new, or takes the place of the old one.
pub use ch10::*;

#[path = "../../src/access_log.rs"]
mod access_log;
mod body;
#[path = "../../../ch06-server-in-a-box/src/close.rs"]
mod close;
mod compressed;
mod conditions;
#[path = "../../../ch09-errors/src/error_page.rs"]
mod error_page;
#[path = "../../src/file_response.rs"]
mod file_response;
#[path = "../../src/listing.rs"]
mod listing;
#[path = "../../src/names.rs"]
mod names;
#[path = "../../../ch09-errors/src/no_handler.rs"]
mod no_handler;
#[path = "../../src/open_below.rs"]
mod open_below;
#[path = "../../src/outgoing.rs"]
mod outgoing;
#[path = "../../src/parse_date.rs"]
mod parse_date;
mod ranges;
#[path = "../../src/resolve.rs"]
mod resolve;
#[path = "../../src/response.rs"]
mod response;
mod resume;
#[path = "../../../ch06-server-in-a-box/src/serve.rs"]
mod serve;
#[path = "../../src/serve_static.rs"]
mod serve_static;
#[path = "../../src/server.rs"]
mod server;
#[path = "../../src/timed_stream.rs"]
mod timed_stream;
#[path = "../../src/validators.rs"]
mod validators;

pub use access_log::{LogEntry, escape_quoted};
pub use body::{Body, PIECE};
pub use close::{DRAIN_BYTES, lingering_close};
pub use compressed::{prefers_gzip, serve_compressed};
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
pub use resume::{Next, Saved, ask_for_the_rest, judge_answer};
pub use serve::serve;
pub use serve_static::{INDEXES, Listing, serve_static};
pub use server::HttpServer;
pub use timed_stream::TimedStream;
pub use validators::Validators;
