//! Measuring every HTTP chapter beside other servers, in one run. It serves the reader who asks
//! how fast it is, and uses [`course`](crate::course), [`system`](crate::system) and
//! [`pages`](crate::pages), which show the result.
//!
//! The load itself, and what is known about the machine, come from the package
//! `course-tests`, whose benchmarks use them too.

pub mod measure;
pub mod plot;
pub mod servers;
