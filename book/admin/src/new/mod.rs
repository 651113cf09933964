//! `cargo workbook new chapter NAME` and `new task chNN NAME`: what is the same in every chapter
//! and in every task. It serves whoever adds one.
//!
//! What is laid passes all tests and all of `cargo workbook verify`: a chapter of one function,
//! a task of one function. From there it is changed step by step, and whatever does not fit any
//! more is named. Manifests are the last chapter's own with other numbers, so that they cannot
//! fall behind; everything else is a file in `src/new/`.

mod chapter;
mod task;
mod words;

pub use chapter::new_chapter;
pub use task::new_task;
