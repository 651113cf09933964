//! What can be typed behind `cargo workbook`.
//!
//! A command that is not there yet gets a module here and a line in `main.rs`:
//! those about exercises (`check`, `watch`, `hint`, `reset`, `compare`, `grade`,
//! `handout`) need the exercises first.

pub mod bench;
pub mod build;
pub mod diff;
pub mod list;
pub mod read;
pub mod verify;
