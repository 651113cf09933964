//! Chapter 17: the gateway.
//!
//! The server stops knowing what it serves. An [`Application`] is told of a request by its
//! [`Environ`], and answers; a [`gateway`] is the handler that asks it. The same variables are the
//! environment of a process ([`Cgi`]), and records on a socket ([`FastCgi`]); and an application
//! may have another one in it ([`timed`], [`compressed`], [`caught`], [`logged`], [`Mounts`]).

// All of chapter 13: a gateway waits for others, so each client has a thread of its own. What is
// named below is new, or takes the place of the old one.
pub use ch13::*;

mod application;
mod application_server;
#[cfg(unix)]
mod careless_cgi;
mod caught;
#[cfg(unix)]
mod cgi;
mod complaints;
mod compressed;
mod environ;
mod fast_cgi;
mod fast_cgi_answer;
mod find_script;
mod greeting;
mod local_redirect;
mod logged;
mod mounts;
mod pieces;
#[cfg(unix)]
mod process;
#[cfg(unix)]
mod process_group;
mod record;
mod run_script;
mod script_head;
mod script_reply;
mod spool;
mod stop_at_ctrl_c;
mod timed;
mod turns;

pub use application::{Application, gateway};
pub use application_server::Address;
#[cfg(unix)]
pub use careless_cgi::careless_cgi;
pub use caught::caught;
#[cfg(unix)]
pub use cgi::Cgi;
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
#[cfg(unix)]
pub use process::Process;
#[cfg(unix)]
pub use process_group::{GRACE, ProcessGroup};
pub use record::{Kind, MAX_CONTENT, Record, append_params, append_records, parse_params};
pub use run_script::{run_script, write_reply};
pub use script_head::{MAX_SCRIPT_HEAD, ScriptHead};
pub use script_reply::script_reply;
pub use spool::Spool;
pub use stop_at_ctrl_c::stop_at_ctrl_c;
pub use timed::timed;
pub use turns::{Turn, Turns};
