//! The book, served by the server that it teaches. It serves the reader, and uses
//! [`course`](crate::course), [`system`](crate::system) and [`pages`](crate::pages).
//!
//! | module | what it does |
//! |---|---|
//! | [`read`] | the command `read`: builds, serves, and builds again at every change |
//! | [`site`] | the last good build, and news of the next |
//! | [`snapshot`] | notices that a file has changed |
//! | [`routes`] | what chapter 13's server is asked for |
//! | [`guard`] | who may ask |
//! | [`chapter_servers`], [`exchange`] | the console: chapters' servers, and bytes to and from them |
//! | [`marks`] | how far the learner is with the exercises |

pub mod chapter_servers;
pub mod exchange;
pub mod guard;
pub mod marks;
pub mod read;
pub mod routes;
pub mod site;
pub mod snapshot;
