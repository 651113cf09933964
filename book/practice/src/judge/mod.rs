//! Whether a learner's code does what is asked. It serves [`practice`](crate::practice),
//! `grade` and `verify`, and uses [`course`](crate::course) and
//! [`system`](crate::system).
//!
//! | module | what it knows |
//! |---|---|
//! | [`outcome`], [`result`] | what came of one test; of an exercise |
//! | [`source`] | what we read in a learner's file ourselves |
//! | `environment` | what programs inherit of our environment |
//! | [`fence`] | what a program that runs a learner's code may reach |
//! | [`limits`] | how much such a program may use |
//! | [`run`] | a test or some, in a process of their own, within limits |
//! | [`build`] | cargo: from files to test programs |
//! | [`conversation`] | the program itself, in conversations over TCP |
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
pub mod fence;
pub mod limits;
pub mod outcome;
pub mod result;
pub mod run;
mod server;
pub mod source;
