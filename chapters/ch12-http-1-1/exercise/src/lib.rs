//! Your chapter 12. It has what the chapter has, under the same names, and the extensions.
//!
//! Yours to write are `chunked.rs`, `framing.rs` and `keep_alive.rs` (build), `checked.rs` and
//! `at_most.rs` (extend). This file stays as it is.

// What no solution needs, and why: see chapters/clippy.toml.
#![forbid(clippy::disallowed_macros, clippy::disallowed_methods, clippy::disallowed_types)]

// All of chapter 11; what is named below is new, or takes the place of the old one.
pub use ch11::*;

mod at_most;
mod checked;
mod chunked;
#[path = "../../src/close.rs"]
mod close;
#[path = "../../../ch11-file-server/src/conditions.rs"]
mod conditions;
#[path = "../../../ch09-errors/src/error_page.rs"]
mod error_page;
#[path = "../../src/expect.rs"]
mod expect;
#[path = "../../../ch11-file-server/src/file_response.rs"]
mod file_response;
mod framing;
#[path = "../../src/incoming.rs"]
mod incoming;
mod keep_alive;
#[path = "../../src/limits.rs"]
mod limits;
#[path = "../../../ch09-errors/src/no_handler.rs"]
mod no_handler;
#[path = "../../src/outgoing.rs"]
mod outgoing;
#[path = "../../src/request_body.rs"]
mod request_body;
#[path = "../../src/response.rs"]
mod response;
#[path = "../../../ch06-server-in-a-box/src/serve.rs"]
mod serve;
#[path = "../../../ch11-file-server/src/serve_static.rs"]
mod serve_static;
#[path = "../../src/server.rs"]
mod server;
#[path = "../../src/timed_stream.rs"]
mod timed_stream;
#[path = "../../../ch11-file-server/src/validators.rs"]
mod validators;

pub use at_most::answer_at_most;
pub use checked::{Adler32, receive_checked};
pub use chunked::{ChunkedDecoder, LAST_CHUNK, MAX_CHUNK_LINE, MAX_EXTENSIONS, encode_chunk};
pub use close::lingering_close;
pub use conditions::{Verdict, if_range_holds, judge_conditions};
pub use error_page::{Failure, error_page};
pub use expect::awaits_continue;
pub use file_response::file_response;
pub use framing::Framing;
pub use incoming::{Connection, Incoming, RequestHead};
pub use keep_alive::keeps_alive;
pub use limits::{Limits, SLOWEST_RATE};
pub use no_handler::no_handler;
pub use outgoing::Outgoing;
pub use request_body::RequestBody;
pub use response::{Parts, Response, Terms};
pub use serve::serve;
pub use serve_static::{INDEXES, Listing, serve_static};
pub use server::HttpServer;
pub use timed_stream::TimedStream;
pub use validators::Validators;
