//! The programs of the course as a user starts them: which there are, how they are
//! built, where a server says that it listens, and that all of them end.
//!
//! Tests, benchmarks, transcripts, the book's console and the grader start programs
//! by this package and by nothing else.

mod lines;
mod list;
mod process_group;
mod programs;
mod running;
mod server;

pub use lines::lines;
pub use list::{Chapter, chapters};
pub use process_group::{ProcessGroup, end_all};
pub use programs::{Build, Programs, Which, cargo, find, installed};
pub use running::{Ended, PATIENCE, Running};
pub use server::{NotStarted, Server, listening_on};
