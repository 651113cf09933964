//! What chapter 17 promises, but for programs that are started: those are in `ch17_processes.rs`.

#[path = "ch17/application_server.rs"]
mod application_server;
#[path = "ch17/environ.rs"]
mod environ;
#[path = "ch17/fast_cgi.rs"]
mod fast_cgi;
#[path = "ch17/find_script.rs"]
mod find_script;
#[path = "ch17/interface.rs"]
mod interface;
#[path = "ch17/middleware.rs"]
mod middleware;
#[path = "ch17/mounts.rs"]
mod mounts;
#[path = "ch17/records.rs"]
mod records;
#[allow(dead_code, reason = "other tests of the chapter use the rest")]
#[path = "ch17/requests.rs"]
mod requests;
#[path = "ch17/run_script.rs"]
mod run_script;
#[path = "ch17/script_head.rs"]
mod script_head;
#[path = "ch17/script_reply.rs"]
mod script_reply;
#[path = "ch17/stacks.rs"]
mod stacks;
