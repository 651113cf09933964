//! What can be typed behind `cargo workbook`.
//!
//! A command that is not there yet gets a module here and a line in `main.rs`.

pub mod bench;
pub mod build;
pub mod check;
pub mod compare;
pub mod diff;
pub mod grade;
pub mod handout;
pub mod hint;
pub mod list;
pub mod read;
pub mod reset;
pub mod verify;
pub mod watch;
