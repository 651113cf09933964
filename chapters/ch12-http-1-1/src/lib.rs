//! Chapter 12: HTTP/1.1.
//!
//! A connection stays when its request has been answered: [`HttpServer::on_connect`] is a loop.
//! So both sides must know exactly where a message ends: [`Framing`] decides it for requests,
//! and a body of unknown length goes [in chunks](ChunkedDecoder). A handler may read a body
//! while it comes, from [`RequestBody`].

// All of chapter 11; what is named below is new, or takes the place of the old one.
pub use ch11::*;

mod chunked;
mod close;
mod expect;
mod framing;
mod incoming;
mod keep_alive;
mod limits;
mod outgoing;
mod request_body;
mod response;
mod server;
mod timed_stream;

// These are as they were. They are compiled again, because what they speak of is another
// `TimedStream` here, other `Limits`, and another `Response`.
#[path = "../../ch11-file-server/src/conditions.rs"]
mod conditions;
#[path = "../../ch09-errors/src/error_page.rs"]
mod error_page;
#[path = "../../ch11-file-server/src/file_response.rs"]
mod file_response;
#[path = "../../ch09-errors/src/no_handler.rs"]
mod no_handler;
#[path = "../../ch06-server-in-a-box/src/serve.rs"]
mod serve;
#[path = "../../ch11-file-server/src/serve_static.rs"]
mod serve_static;
#[path = "../../ch11-file-server/src/validators.rs"]
mod validators;

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
