//! From Markdown and code to the book. It serves whoever writes a page, and uses
//! [`course`](crate::course) and [`system`](crate::system).
//!
//! | module | what it does |
//! |---|---|
//! | [`build`] | all of it: from the pages to the finished book |
//! | [`preprocess`] | each page: its rules, and what its directives become |
//! | [`outline`] | what is in a page: headings, code blocks, directives |
//! | [`listing`] | code of the course, by the name of an item |
//! | [`step`], [`diff`] | what a chapter changed: on a page, on a terminal |
//! | [`picture`], [`measured`], [`tasks`] | pictures, measured numbers, exercises |
//! | [`transcripts`] | terminal sessions, replayed and compared |
//! | [`links`], [`warnings`] | links that lead nowhere, what mdBook only warns of |
//! | [`escape`] | text as HTML |

pub mod build;
pub mod diff;
pub mod escape;
pub mod links;
pub mod listing;
pub mod measured;
pub mod outline;
pub mod picture;
pub mod preprocess;
pub mod step;
pub mod tasks;
pub mod trace;
pub mod transcripts;
pub mod warnings;
