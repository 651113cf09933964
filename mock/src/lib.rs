//! What every test of the course stands on: connections and clients that do
//! exactly what a test tells them to.
//!
//! A server can be tested at two distances.
//!
//! **Without a socket.** Whatever reads and writes is a connection. A
//! [`MockConnection`] follows a [`Script`]: which bytes each read delivers, when
//! a read fails, when it waits. Its [`Peer`] tells what was sent.
//! [`for_every_split`] runs a test over all the ways in which the network may
//! cut the input into reads. [`MockClient`] makes HTTP requests this way and
//! reads the answers as [`Reply`]s.
//!
//! **Over TCP.** [`Live`] runs a real server on a free port of this machine, for
//! as long as a closure takes, and gives out [`TcpClient`]s.
//!
//! Tests do not sleep. Where the order of things matters, threads write to
//! [`Events`] and stop at a [`Gate`]; where it must not matter, two of them act
//! [`at_once`]. Every wait is bounded by [`patience`] and then panics with a
//! sentence that says what was waited for: a broken server makes a test fail,
//! never hang. What a test sends that nobody could have guessed comes from a
//! [`Seed`]. A test that needs a process for itself is [`alone`] in it.
//!
//! ```
//! use mock::{MockConnection, assert_bytes};
//! use std::io::{self, Read, Write};
//!
//! /// The code under test: asks for a name and greets.
//! fn greet(mut conn: impl Read + Write) -> io::Result<()> {
//!     let mut name = String::new();
//!     conn.read_to_string(&mut name)?;
//!     write!(conn, "Hello, {name}!\r\n")
//! }
//!
//! let (conn, peer) = MockConnection::pair("Ada");
//! greet(conn).unwrap();
//! assert_bytes!(peer.sent(), b"Hello, Ada!\r\n");
//! assert!(peer.is_closed());
//! ```

mod alone;
mod at_once;
mod bytes;
mod client;
mod connection;
mod events;
mod gate;
mod link;
mod live;
#[cfg(unix)]
mod named_pipe;
mod reply;
mod script;
mod seed;
mod split;
mod tcp_client;
mod transcript;
mod watched;
mod word;

#[cfg(test)]
mod bounds;

pub use alone::{alone, full_name};
pub use at_once::at_once;
pub use bytes::assert_same_bytes;
pub use client::{MockClient, RequestBuilder};
pub use connection::{MockConnection, MockReader, MockWriter, Peer};
pub use events::Events;
pub use gate::Gate;
pub use link::symlink;
pub use live::{Incoming, Live};
#[cfg(unix)]
pub use named_pipe::named_pipe;
pub use reply::Reply;
pub use script::Script;
pub use seed::Seed;
pub use split::for_every_split;
pub use tcp_client::{Ending, TcpClient};
pub use watched::{PATIENCE, patience};
pub use word::given_word;
