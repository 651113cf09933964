//! Checks exercises, and helps whoever solves them.
//!
//! It is a package of its own, so that the book is shown without compiling it. Each module is a
//! room, as in [`workbook`], whose rooms these use.
//!
//! | room | whom it serves |
//! |---|---|
//! | [`judge`] | whoever wants to know whether a learner's code does what is asked |
//! | [`practice`] | the learner at an exercise |
//!
//! The program itself, `commands.rs`, calls one module for each command.

pub mod judge;
pub mod practice;

use workbook::{course, pages, system};
