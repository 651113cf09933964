//! What we do with the machine: start programs and end them, write files, talk to a terminal.
//! It serves every other room, and uses [`course`](crate::course).
//!
//! | module | what it does |
//! |---|---|
//! | [`process`] | programs that always end, with all that they started; scratch folders |
//! | [`programs`] | the chapters' programs, built by cargo |
//! | [`listening`] | what a program prints, and the port that it listens on |
//! | [`screen`] | what we print |
//! | [`write_file`] | files that are whole at every time |

pub mod listening;
pub mod process;
pub mod programs;
pub mod screen;
pub mod write_file;
