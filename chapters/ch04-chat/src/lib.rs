//! Chapter 4, a side road: a room in which everybody hears everybody.
//!
//! The room is the same in all three steps; what changes is the [`Outlet`],
//! the place where the lines for one member go. First that is the connection
//! itself ([`Direct`]), and one member who does not read freezes the room. Then
//! it is a bounded [`Queue`] that a thread of the member's own empties.

mod converse;
mod on_connect;
mod outlet;
mod queue;
mod room;
mod serve;

pub use ch03::{LineBuffer, LineTooLong, MAX_LINE, log, program, read_some};
pub use converse::converse;
pub use on_connect::{on_connect, on_connect_direct};
pub use outlet::{Direct, Outlet};
pub use queue::{QUEUE_LENGTH, Queue};
pub use room::{MAX_NAME, MemberId, Room};
pub use serve::{WRITE_TIMEOUT, serve, serve_direct};
