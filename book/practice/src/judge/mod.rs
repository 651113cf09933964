//! Whether a learner's code does what is asked. It serves [`practice`](crate::practice),
//! `grade` and `verify`, and uses [`course`](crate::course) and
//! [`system`](crate::system).
//!
//! | module | what it knows |
//! |---|---|
//! | [`outcome`], [`result`] | what came of one test; of an exercise |
//! | [`scan`] | what must not stand in a learner's files |
//! | `environment` | what programs inherit of our environment |
//! | [`run`] | one test, in a process of its own, within limits |
//! | [`build`] | cargo: from files to test programs |
//! | [`conversation`] | the program itself, in conversations over TCP |
//! | [`parallel`] | several at once |
//! | [`examiner`] | where, with which values and within which limits |
//! | `server`, `catch` | tasks whose code is a server; tasks whose code is a test |
//! | [`examine`] | all of that for exercises |
//! | [`excerpt`] | bytes and transcripts, as a person reads them |

pub mod build;
mod catch;
pub mod conversation;
mod environment;
pub mod examine;
pub mod examiner;
pub mod excerpt;
pub mod outcome;
pub mod parallel;
pub mod result;
pub mod run;
pub mod scan;
mod server;
