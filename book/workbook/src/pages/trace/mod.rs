//! Timelines of what a server did: recorded by the package `course-trace`, drawn here for the
//! pages and for its terminal.
//!
//! | module | what is in it |
//! |---|---|
//! | [`engines`] | which chapters can be traced, and what they are called |
//! | [`event`] | what is recorded, and the file in which the book's recording is |
//! | [`timeline`] | from single events to what a thread did, and when |
//! | [`drawing`] | the timeline as a picture |
//! | [`close_up`] | one request, step by step, as a picture |
//! | [`plain`] | both as text |
//! | [`page`] | both pictures on a page |
//! | [`alone`] | a picture as a file of its own |

pub mod alone;
pub mod close_up;
pub mod drawing;
pub mod engines;
pub mod event;
pub mod page;
pub mod plain;
pub mod timeline;
