//! The learner at an exercise. It serves them, and uses [`course`](crate::course),
//! [`system`](crate::system), [`pages`](crate::pages) and [`judge`](crate::judge).
//!
//! | module | what it does |
//! |---|---|
//! | [`check`], [`watch`], [`hint`], [`reset`], [`compare`], [`list`] | the commands of these names |
//! | [`choose`] | which exercise is next, and where one begins |
//! | [`runner`] | what passes now |
//! | [`cache`] | what came of the last run, as long as nothing has changed |
//! | [`hints`] | what helps, one thing after the other |
//! | [`test_output`], [`failure`] | what a test printed; a failure, as a learner reads it |
//! | [`report`] | all of an exercise, as a learner reads it while it runs |
//! | [`keys`] | keys without Enter |
//! | [`marks`] | how far an exercise is, for the book |

pub mod cache;
pub mod check;
pub mod choose;
pub mod compare;
pub mod failure;
pub mod hint;
pub mod hints;
pub mod keys;
pub mod list;
pub mod marks;
pub mod report;
pub mod reset;
pub mod runner;
pub mod test_output;
pub mod watch;
