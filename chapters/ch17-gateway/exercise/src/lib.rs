//! Your chapter 17. It has what the chapter has, under the same names, and the extensions; but
//! nothing that starts programs, which no exercise may: `Cgi`, and what it is made of.
//!
//! Yours to write is what is missing of `environ.rs`, `mounts.rs`, `script_head.rs`,
//! `script_reply.rs` and `record.rs` (build), and `responder.rs` and `uwsgi.rs` (extend). This file
//! stays as it is.

// What no solution needs, and why: see chapters/clippy.toml.
#![forbid(clippy::disallowed_macros, clippy::disallowed_methods, clippy::disallowed_types)]

// All of chapter 13; what is named below is new, or takes the place of the old one.
pub use ch13::*;

mod answered;
#[path = "../../src/application.rs"]
mod application;
#[path = "../../src/application_server.rs"]
mod application_server;
#[path = "../../src/caught.rs"]
mod caught;
#[path = "../../src/complaints.rs"]
mod complaints;
#[path = "../../src/compressed.rs"]
mod compressed;
mod environ;
#[path = "../../src/fast_cgi.rs"]
mod fast_cgi;
#[path = "../../src/fast_cgi_answer.rs"]
mod fast_cgi_answer;
#[path = "../../src/find_script.rs"]
mod find_script;
#[path = "../../src/greeting.rs"]
mod greeting;
#[path = "../../src/local_redirect.rs"]
mod local_redirect;
#[path = "../../src/logged.rs"]
mod logged;
mod mounts;
#[path = "../../src/pieces.rs"]
mod pieces;
mod record;
mod responder;
#[path = "../../src/run_script.rs"]
mod run_script;
mod script_head;
mod script_reply;
#[path = "../../src/spool.rs"]
mod spool;
#[path = "../../src/timed.rs"]
mod timed;
#[path = "../../src/turns.rs"]
mod turns;
mod uwsgi;

pub use application::{Application, gateway};
pub use application_server::Address;
pub use caught::caught;
pub use complaints::MAX_COMPLAINTS;
pub use compressed::compressed;
pub use environ::Environ;
pub use fast_cgi::FastCgi;
pub use find_script::{Script, find_script, plain_path};
pub use greeting::hello;
pub use local_redirect::LocalRedirect;
pub use logged::logged;
pub use mounts::Mounts;
pub use pieces::pieces_of;
pub use record::{Kind, MAX_CONTENT, Record, append_params, append_records, parse_params};
pub use responder::{MAX_PARAMS, respond};
pub use run_script::{run_script, write_reply};
pub use script_head::{MAX_SCRIPT_HEAD, ScriptHead};
pub use script_reply::script_reply;
pub use spool::Spool;
pub use timed::timed;
pub use turns::{Turn, Turns};
pub use uwsgi::{read_packet, uwsgi};
