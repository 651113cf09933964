//! What we do with the machine: start programs and end them, write files, talk to a terminal.
//! It serves every other room, and uses [`course`](crate::course).
//!
//! | module | what it does |
//! |---|---|
//! | [`process`] | what Ctrl-C ends and removes: programs with all that they started; scratch folders |
//! | [`parallel`] | work that is done by several threads at once |
//! | [`programs`] | the chapters' programs, built by cargo |
//! | [`ports`] | ports, as words of a command and as free ones |
//! | [`screen`] | what we print |
//! | [`typed`] | what was typed, understood and done |
//! | [`write_file`] | files that are whole at every time |

pub mod parallel;
pub mod ports;
pub mod process;
pub mod programs;
pub mod screen;
pub mod typed;
pub mod write_file;
