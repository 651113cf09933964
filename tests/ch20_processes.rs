//! What chapter 20 promises of its programs: a master with workers that are killed, exchanged and
//! made more and fewer while clients come, and a proxy whose backends die.
#![cfg(unix)]

#[path = "ch20/masters.rs"]
mod masters;
#[path = "ch20/prefork.rs"]
mod prefork;
#[path = "ch20/program.rs"]
mod program;
#[path = "ch20/started.rs"]
mod started;
