//! Chapter 19: the other side.
//!
//! A client: an [`Exchange`] finds the answer in the bytes that come, a [`Connection`] sends one
//! request after the other, a [`Session`] remembers connections and cookies, follows redirects,
//! and grants the whole of it one [`Deadline`]. And five ways of waiting for many pages at once,
//! from one after the other to [`by_futures`].

// All of chapter 18; what is named below is new, or takes the place of the old one.
pub use ch18::*;

mod connection;
mod deadline;
mod download;
mod error;
mod event_loop;
mod exchange;
mod futures;
mod hostile;
mod idle;
mod jar;
mod job;
mod limits;
mod origin;
mod page;
mod progress;
mod redirect;
mod request;
mod response;
mod session;
mod tcp;
mod threads;
mod trial;
mod wire;

pub use connection::Connection;
pub use deadline::Deadline;
pub use download::download;
pub use error::{FetchError, Stage};
pub use event_loop::by_event_loop;
pub use exchange::{Exchange, ResponseHead};
pub use futures::by_futures;
pub use hostile::{HOSTILE, misbehave};
pub use jar::Jar;
pub use limits::Limits;
pub use origin::Origin;
pub use page::Page;
pub use progress::Progress;
pub use redirect::redirect;
pub use request::Request;
pub use response::Response;
pub use session::Session;
pub use tcp::Tcp;
pub use threads::{by_threads, in_series, in_session};
pub use trial::{register_trial, register_waiting};
pub use wire::{Connector, Wire};
