//! Recording a run. It serves the reader who wants to see what a server does, and uses
//! [`pages`](workbook::pages), which draw it.
//!
//! | module | what is in it |
//! |---|---|
//! | [`run`] | a run: the server, the clients, the end |
//! | [`clients`] | the five clients |
//! | [`servers`] | the chapters' servers, with taps at their seams |
//! | [`taps`] | what notes and passes on: connections, handlers, the operating system |
//! | [`recorder`] | where it is noted |

pub mod clients;
pub mod recorder;
pub mod run;
pub mod servers;
pub mod taps;
