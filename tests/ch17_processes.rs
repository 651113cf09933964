//! What chapter 17 promises of programs that it starts, and of servers that its applications run
//! under. These tests start programs, and need the other chapters.

#[allow(dead_code, reason = "other tests of the chapter use the rest")]
#[path = "ch17/application_server.rs"]
mod application_server;
#[cfg(unix)]
#[path = "ch17/cgi.rs"]
mod cgi;
#[allow(dead_code, reason = "other tests of the chapter use the rest")]
mod event_loop;
#[path = "ch17/names.rs"]
mod names;
#[cfg(unix)]
#[path = "ch17/process.rs"]
mod process;
#[cfg(unix)]
#[path = "ch17/process_group.rs"]
mod process_group;
#[allow(dead_code, reason = "other tests of the chapter use the rest")]
#[path = "ch17/requests.rs"]
mod requests;
#[allow(dead_code, reason = "the proxy of chapter 20 uses the rest")]
mod scripted_system;
#[path = "ch17/servers.rs"]
mod servers;
#[cfg(unix)]
#[path = "ch17/shell.rs"]
mod shell;
#[cfg(unix)]
#[path = "ch17/stacks.rs"]
mod stacks;
#[allow(dead_code, reason = "other tests of the chapter use the rest")]
mod task_server;
