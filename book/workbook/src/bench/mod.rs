//! Measuring every HTTP chapter beside other servers, in one run.

pub mod load;
pub mod machine;
pub mod plot;
pub mod servers;
