//! Chapter 22: WebDAV.
//!
//! [`dav`] gives a pattern and a handler, as [`serve_static`] does, for a folder that clients may
//! write to: files and folders are made, moved and removed ([`Store`]), carry properties
//! ([`Properties`]), and can be locked ([`Locks`]), so that of two who change the same file one is
//! told. What was acknowledged is on the disk, whatever ends the program.

// All of chapter 18; what is named below is new, or takes the place of the old one.
pub use ch18::*;

mod account;
mod change;
mod conditions_hold;
mod copy_or_move;
mod copy_tree;
mod dav;
mod depth;
mod destination;
mod find_properties;
mod guard;
mod if_header;
mod journal;
mod key;
mod live_properties;
mod lock;
mod lock_info;
mod lock_timeout;
mod locking;
mod locks;
mod multi_status;
mod patch_properties;
mod place;
mod prop_find;
mod properties;
mod property_name;
mod property_update;
mod read_xml;
mod refusal;
mod state;
mod store;
mod write_files;

pub use account::Account;
pub use change::{Change, Entry};
pub use conditions_hold::conditions_hold;
pub use dav::{ALLOW, Dav, dav};
pub use depth::Depth;
pub use destination::destination;
pub use if_header::{Condition, IfHeader};
pub use journal::Journal;
pub use live_properties::{LIVE, live_property};
pub use lock::{Lock, Scope};
pub use lock_info::{LockInfo, MAX_OWNER};
pub use lock_timeout::{LONGEST_LOCK, lock_timeout};
pub use locking::{MAX_LOCKS, MAX_SHARED};
pub use locks::Locks;
pub use multi_status::MultiStatus;
pub use place::{Place, Resource, Unplaced};
pub use prop_find::{MAX_NAMES, PropFind};
pub use properties::{MAX_ALL_PROPERTIES, MAX_COUNT, MAX_PROPERTIES, Properties};
pub use property_name::{DAV, PropertyName};
pub use property_update::PropertyUpdate;
pub use read_xml::MAX_XML;
pub use refusal::Refusal;
pub use state::State;
pub use store::{Store, Writer};
