//! Measuring every HTTP chapter beside other servers, in one run. It serves the reader who asks
//! how fast it is, and uses [`course`](workbook::course), [`system`](workbook::system) and
//! [`pages`](workbook::pages), which show the result.
//!
//! The load itself, and what is known about the machine, come from the package
//! `course-tests`, whose benchmarks use them too.

pub mod measure;
pub mod plot;
pub mod servers;
