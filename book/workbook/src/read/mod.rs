//! `workbook read`: the book, served by the server that it teaches.

pub mod exchange;
pub mod guard;
pub mod marks;
pub mod server;
pub mod servers;
pub mod site;
pub mod watch;
