//! What concerns several chapters at once: attacks, the wire corpus, the programs.

pub mod binaries;
pub mod chapters;
pub mod conversations;
pub mod event_loop;
pub mod proxy_server;
pub mod samples;
pub mod scripted_system;
pub mod tables;
pub mod task_server;
pub mod wire;
