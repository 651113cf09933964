//! A server that a test of chapter 3 is run on: the chapter's own one or, by a feature,
//! another right one or a broken one. Each of them has everything that the chapter
//! has, under the same names.

#[cfg_attr(feature = "other", path = "other.rs")]
#[cfg_attr(feature = "mutant_1", path = "mutant_1.rs")]
#[cfg_attr(feature = "mutant_2", path = "mutant_2.rs")]
#[cfg_attr(feature = "mutant_3", path = "mutant_3.rs")]
mod server;

pub use server::*;
