//! Chapter 4, a side road: a room in which everybody hears everybody.
//!
//! The room stays the same; what changes is the [`Outlet`], the place where the
//! lines for one member go. In step one that is the connection itself
//! ([`Direct`]). Step two is what becomes of it: a member who stalls, who stays
//! connected and does not read, freezes the room. In step three it is a bounded
//! [`Queue`], which a thread of the member's own empties.

// All of chapter 3; what is named below is new, or takes the place of the old one.
pub use ch03::*;

mod converse;
mod on_connect;
mod outlet;
mod queue;
mod room;
mod serve;

pub use converse::converse;
pub use on_connect::{on_connect, on_connect_direct};
pub use outlet::{Direct, Outlet};
pub use queue::{QUEUE_LENGTH, Queue};
pub use room::{MAX_NAME, MemberId, Room};
pub use serve::{WRITE_TIMEOUT, serve, serve_direct};
