//! `cargo workbook trace`: what a chapter's server does while five clients are there, recorded
//! and drawn.
//!
//! It is a package of its own, since it compiles the chapters, which showing the book does not
//! need. No chapter knows of it: it stands at the seams that they have.

pub mod record;
