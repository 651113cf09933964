//! Measuring every HTTP chapter beside other servers, in one run.
//!
//! The load itself, and what is known about the machine, come from the package
//! `course-tests`, whose benchmarks use them too.

pub mod plot;
pub mod servers;
