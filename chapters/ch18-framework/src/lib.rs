//! Chapter 18: a framework.
//!
//! What every application on chapter 17's interface would write again, written once: [`App`]
//! knows which handler a path belongs to ([`Router`]), takes forms apart ([`Form`]), remembers
//! its clients ([`Session`]), makes pages of templates that escape what strangers typed
//! ([`Templates`]), and keeps what was costly to make ([`cached`]). [`GuestBook`] is a site made
//! with it.

// All of chapter 17; what is named below is new.
pub use ch17::*;

mod app;
mod cached;
mod call;
mod disk_cache;
mod file_lock;
mod form;
mod guest_book;
mod journal;
mod lru;
mod methods;
mod origin;
mod quote;
mod redirect;
mod router;
mod segments;
mod session;
mod static_files;
mod templates;
mod timings;
mod ttl;

pub use app::{App, Fault};
pub use cached::{Cache, cached};
pub use call::{Call, MAX_FORM};
pub use disk_cache::{DiskCache, MAX_KEY};
pub use file_lock::FileLock;
pub use form::{Form, MAX_FORM_FIELDS};
pub use guest_book::{Entry, GuestBook};
pub use journal::Journal;
pub use lru::Lru;
pub use methods::{Handler, Methods, Resource, get, post, resource};
pub use origin::is_of_another_site;
pub use quote::fetch_quote;
pub use redirect::see_other;
pub use router::{FoundRoute, Router};
pub use segments::segments;
pub use session::{Session, Sessions, new_secret};
pub use static_files::static_files;
pub use templates::Templates;
pub use timings::Timings;
pub use ttl::Ttl;
