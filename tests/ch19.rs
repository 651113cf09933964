//! What chapter 19 promises, but for its programs: those are in `fetch.rs`.

#[path = "ch19/connection.rs"]
mod connection;
#[path = "ch19/deadline.rs"]
mod deadline;
#[path = "ch19/download.rs"]
mod download;
#[path = "ch19/error.rs"]
mod error;
#[path = "ch19/exchange.rs"]
mod exchange;
#[path = "ch19/five_ways.rs"]
mod five_ways;
#[path = "ch19/hostile.rs"]
mod hostile;
#[path = "ch19/jar.rs"]
mod jar;
#[path = "ch19/origin.rs"]
mod origin;
#[path = "ch19/progress.rs"]
mod progress;
#[path = "ch19/redirect.rs"]
mod redirect;
#[path = "ch19/request.rs"]
mod request;
#[path = "ch19/response.rs"]
mod response;
#[path = "ch19/scripted.rs"]
mod scripted;
#[path = "ch19/session.rs"]
mod session;
#[path = "ch19/tcp.rs"]
mod tcp;
#[path = "ch19/trial.rs"]
mod trial;
