//! The exercises: what is asked, and whether a learner's code does it.
//!
//! | module | what it knows |
//! |---|---|
//! | [`list`] | `exercise.toml`: tasks, tests, hints |
//! | [`files`] | which files are the learner's, and what they were at first |
//! | [`scan`] | what must not stand in them |
//! | [`build`] | cargo: from files to test programs |
//! | [`run`] | one test, in a process of its own, within limits |
//! | [`talk`] | the program itself, in conversations over TCP |
//! | [`examine`], `catch`, `parallel` | all of that for exercises; broken servers; several at once |
//! | [`prove`] | that the exercises are what they claim |
//! | [`record`] | the outcome, as it is written down |
//! | [`kept`] | what came of the last run, as long as nothing has changed |
//! | [`now`] | what passes now, for the learner's commands |
//! | [`said`], [`excerpt`], [`show`] | a failure, as a learner reads it |
//! | [`report`] | all of an exercise, as a learner reads it while it runs |
//! | [`choose`] | which exercise is next, and where one begins |
//! | [`hints`] | what helps, one thing after the other |

pub mod build;
mod catch;
pub mod choose;
pub mod examine;
pub mod excerpt;
pub mod files;
pub mod hints;
pub mod kept;
pub mod list;
pub mod now;
mod parallel;
pub mod prove;
pub mod record;
pub mod report;
pub mod run;
pub mod said;
pub mod scan;
pub mod show;
pub mod talk;
